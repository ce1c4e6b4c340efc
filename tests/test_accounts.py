"""Accounts: users, passwords, lock-out, sessions, tokens, and the commands for them."""

import json
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from catalog_data.store import Store
from catalog_service.accounts.book import AccountBook, AccountError, open_accounts
from catalog_service.accounts.passwords import hash_password, matches, require_good_password
from catalog_service.accounts.secret import installation_secret
from catalog_service.accounts.sessions import (
    ADDRESS_SHARE,
    Attempt,
    LockedOut,
    SignInRefused,
    check_password,
    session_user,
    sign_in,
)
from catalog_service.accounts.tokens import find_token, issue_token, list_tokens, revoke_token
from catalog_service.accounts.users import (
    User,
    add_user,
    change_password,
    change_role,
    disable_user,
    enable_user,
    user_named,
)
from catalog_service.cli import catalog as command
from catalog_service.config import Settings

GOOD = "Sheng-Ji 2026"
OTHER = "Qing_Dan 2027"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECRET = b"k" * 32
STRICT = Settings(lock_after=3)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AccountBook]:
    book = open_accounts(tmp_path / "catalog.db")
    yield book
    book.close()


@pytest.fixture
def admin(book: AccountBook) -> User:
    return add_user(book, "张三", GOOD, "admin", 10, NOW)


@pytest.fixture
def reader(book: AccountBook, admin: User) -> User:
    return add_user(book, "Li.Si", GOOD, "reader", 10, NOW)


def attempt(password: str, name: str = "张三", address: str = "10.0.0.1") -> Attempt:
    return Attempt(name, password, address)


def test_the_file_remains_a_store_and_is_its_owners_alone(tmp_path: Path, book: AccountBook) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("catalog.db*")} == {0o600}
    with Store(tmp_path / "catalog.db") as store:
        assert store.catalogs() == ()
    open_accounts(tmp_path / "catalog.db").close()


def test_no_password_session_or_token_can_be_read_from_the_file(tmp_path: Path, book: AccountBook, admin: User) -> None:
    session = sign_in(book, SECRET, attempt(GOOD), Settings(), NOW)
    token = issue_token(book, admin, "预算", ["read"], NOW)
    with pytest.raises(SignInRefused):
        check_password(book, SECRET, attempt(GOOD, name=OTHER), Settings(), NOW)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("catalog.db*"))
    assert b"$argon2id$" in stored
    for secret in (GOOD, OTHER, session, token, "10.0.0.1"):
        assert secret.encode() not in stored


def test_names_are_the_same_whatever_their_case_and_width(book: AccountBook, reader: User) -> None:
    assert user_named(book, "li.si") == user_named(book, "ＬＩ.ＳＩ") == reader
    with pytest.raises(AccountError, match="已有用户"):
        add_user(book, "LI.SI", GOOD, "reader", 10, NOW)


@pytest.mark.parametrize("name", ["", "张", "a" * 41, "-ab", "a b", "a/b", "a\nb", "<b>"])
def test_a_name_that_will_not_do_is_refused(book: AccountBook, name: str) -> None:
    with pytest.raises(AccountError, match="用户名应为"):
        add_user(book, name, GOOD, "reader", 10, NOW)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("Short-1", "10 到 256"),
        ("L" * 257, "10 到 256"),
        ("alllowercase1", "三种"),
        ("aaaaaaaaaa-A1", "重复"),
        ("Zhang-SAN 2026", "用户名"),
        ("Sheng-Ji\x00 2026", "控制字符"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, said: str) -> None:
    with pytest.raises(AccountError, match=said):
        require_good_password(password, "zhang-san", 10)


def test_a_long_pass_phrase_needs_no_mixture() -> None:
    require_good_password("correct horse battery staple", "zhang", 10)
    require_good_password("春眠不觉晓处处闻啼鸟夜来风雨声花落知多少", "zhang", 10)


@given(password=st.text(max_size=300), name=st.text(min_size=2, max_size=40))
def test_any_text_at_all_is_a_password_or_refused(password: str, name: str) -> None:
    try:
        require_good_password(password, name, 10)
    except AccountError:
        return
    assert 10 <= len(password) <= 256 and name.casefold() not in password.casefold()


def test_a_password_typed_in_full_width_is_the_same() -> None:
    hashed = hash_password(GOOD)
    assert matches("Ｓheng-Ji　2026", hashed)
    assert not matches("sheng-ji 2026", hashed) and not matches("", hashed) and not matches(GOOD, "damaged")


def test_without_a_user_a_password_is_hashed_all_the_same(monkeypatch, book: AccountBook, admin: User) -> None:
    asked = []
    monkeypatch.setattr(
        "catalog_service.accounts.sessions.matches", lambda password, hashed: bool(asked.append(hashed))
    )
    for name in ("张三", "nobody"):
        with pytest.raises(SignInRefused):
            check_password(book, SECRET, attempt(OTHER, name=name), Settings(), NOW)
    assert len(asked) == 2 and asked[1] is None
    assert not matches("", None)


def test_whether_the_name_the_password_or_the_account_is_wrong_is_not_told(book: AccountBook, reader: User) -> None:
    disable_user(book, reader, NOW)
    said = set()
    for tried in (attempt(OTHER), attempt(GOOD, name="nobody"), attempt(GOOD, name="li.si")):
        with pytest.raises(SignInRefused) as refused:
            sign_in(book, SECRET, tried, Settings(), NOW)
        said.add(str(refused.value))
    assert said == {"用户名或密码不对，或账号已停用"}


def fail(book: AccountBook, times: int, name: str = "张三", address: str = "10.0.0.1", at: datetime = NOW) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            check_password(book, SECRET, attempt("x", name, address), STRICT, at)


def test_a_name_is_locked_after_repeated_failures_from_anywhere_and_for_a_time(book: AccountBook, admin: User) -> None:
    for k in range(3):
        fail(book, 1, address=f"10.0.0.{k}")
    with pytest.raises(LockedOut) as locked:
        check_password(book, SECRET, attempt(GOOD, address="10.0.0.9"), STRICT, NOW + timedelta(minutes=5))
    assert locked.value.seconds == 600 and "10 分钟" in str(locked.value)
    assert check_password(book, SECRET, attempt(GOOD), STRICT, NOW + timedelta(minutes=15)) == admin


def test_an_unknown_name_is_locked_just_the_same(book: AccountBook) -> None:
    fail(book, 3, name="nobody")
    with pytest.raises(LockedOut):
        check_password(book, SECRET, attempt("x", name="NOBODY"), STRICT, NOW)


def test_an_address_is_locked_after_more_failures_whatever_the_names(book: AccountBook, admin: User) -> None:
    for k in range(3 * ADDRESS_SHARE):
        fail(book, 1, name=f"name{k}")
    with pytest.raises(LockedOut):
        check_password(book, SECRET, attempt(GOOD), STRICT, NOW)
    check_password(book, SECRET, attempt(GOOD, address="10.0.0.2"), STRICT, NOW)


def test_a_right_password_clears_the_failures_of_the_name_but_not_of_the_address(
    book: AccountBook, admin: User
) -> None:
    fail(book, 2)
    check_password(book, SECRET, attempt(GOOD), STRICT, NOW)
    fail(book, 2)
    assert book.rows("SELECT count(*) AS n FROM sign_in_failures") == [{"n": 6}]


def test_guesses_made_at_the_same_moment_cannot_pass_the_limit_together(tmp_path: Path, admin: User) -> None:
    def guess(_: int) -> str:
        book = open_accounts(tmp_path / "catalog.db")
        try:
            check_password(book, SECRET, attempt("x"), STRICT, NOW)
        except AccountError as refused:
            return type(refused).__name__
        finally:
            book.close()
        return "let in"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(12)))
    assert sorted(outcomes) == ["LockedOut"] * 9 + ["SignInRefused"] * 3


def test_a_session_ends_when_idle_too_long_and_in_any_case_after_its_hours(book: AccountBook, admin: User) -> None:
    session = sign_in(book, SECRET, attempt(GOOD), Settings(), NOW)
    minutes, hours = timedelta(minutes=29), timedelta(hours=12)
    moment = NOW
    while moment + minutes < NOW + hours:
        moment += minutes
        assert session_user(book, session, Settings(), moment) == admin
    assert session_user(book, session, Settings(), NOW + hours) is None

    idle = sign_in(book, SECRET, attempt(GOOD), Settings(), NOW)
    assert session_user(book, idle, Settings(), NOW + timedelta(minutes=30)) is None


def test_expired_sessions_are_forgotten(book: AccountBook, admin: User) -> None:
    sign_in(book, SECRET, attempt(GOOD), Settings(), NOW)
    sign_in(book, SECRET, attempt(GOOD), Settings(), NOW + timedelta(hours=1))
    assert book.rows("SELECT count(*) AS n FROM sessions") == [{"n": 1}]


def test_a_new_password_a_disabled_account_and_a_new_role_take_effect_at_once(
    book: AccountBook, admin: User, reader: User
) -> None:
    session = sign_in(book, SECRET, attempt(GOOD, name="li.si"), Settings(), NOW)
    change_role(book, reader, "reviewer")
    seen = session_user(book, session, Settings(), NOW)
    assert seen and seen.role == "reviewer"
    change_password(book, reader, OTHER, 10)
    assert session_user(book, session, Settings(), NOW) is None
    session = sign_in(book, SECRET, attempt(OTHER, name="li.si"), Settings(), NOW)
    token = issue_token(book, reader, "预算", ["read"], NOW)
    disable_user(book, reader, NOW)
    assert session_user(book, session, Settings(), NOW) is None and find_token(book, token, NOW) is None
    enable_user(book, reader)
    assert session_user(book, session, Settings(), NOW) is None and find_token(book, token, NOW) is not None


def test_the_last_administrator_can_neither_be_disabled_nor_demoted(book: AccountBook, admin: User) -> None:
    with pytest.raises(AccountError, match="唯一的管理员"):
        disable_user(book, admin, NOW)
    with pytest.raises(AccountError, match="唯一的管理员"):
        change_role(book, admin, "reviewer")
    add_user(book, "王五", GOOD, "admin", 10, NOW)
    disable_user(book, admin, NOW)


def test_a_token_shows_its_last_use_and_ends_when_revoked(book: AccountBook, admin: User) -> None:
    token = issue_token(book, admin, " 预算一体化 ", ["tag", "read"], NOW)
    kept = list_tokens(book, admin)[0]
    assert (kept.label, kept.scopes, kept.used_at, kept.revoked_at) == ("预算一体化", ("read", "tag"), "", "")
    found = find_token(book, token, NOW + timedelta(days=1))
    assert found and found[0] == admin
    assert list_tokens(book)[0].used_at == "2026-03-03T08:00:00+00:00"
    revoke_token(book, kept.id, NOW)
    assert find_token(book, token, NOW) is None and list_tokens(book)[0].revoked_at


def test_a_token_goes_no_further_than_its_owner(book: AccountBook, reader: User) -> None:
    for scopes in (["review"], ["read", "admin"], [], ["write"]):
        with pytest.raises(AccountError):
            issue_token(book, reader, "预算", scopes, NOW)
    with pytest.raises(AccountError, match="用途"):
        issue_token(book, reader, " ", ["read"], NOW)


def test_nobody_revokes_the_token_of_another(book: AccountBook, admin: User, reader: User) -> None:
    issue_token(book, admin, "预算", ["read"], NOW)
    with pytest.raises(AccountError, match="没有编号为 1 的令牌"):
        revoke_token(book, 1, NOW, reader)


def test_processes_that_start_at_once_share_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: installation_secret(tmp_path), range(16)))
    assert len(found) == 1 and [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    (tmp_path / "secret.key").write_bytes(b"")
    with pytest.raises(AccountError, match="已损坏"):
        installation_secret(tmp_path)


@pytest.fixture
def run(tmp_path: Path):  # noqa: ANN201
    def invoke(*arguments: str, stdin: str = "", status: int = 0) -> str:
        result = CliRunner().invoke(command, ["--data-dir", str(tmp_path), "user", *arguments], input=stdin)
        assert result.exit_code == status, result.output
        assert GOOD not in result.output and OTHER not in result.output
        return result.stdout if not status else result.stderr

    return invoke


def test_the_first_account_is_the_administrators_and_the_next_a_readers(run) -> None:
    run("add", "张三", stdin=f"{GOOD}\n{GOOD}\n")
    run("add", "li.si", "--password-stdin", stdin=f"{GOOD}\n")
    run("add", "wang.wu", "--role", "reviewer", "--password-stdin", stdin=f"{GOOD}\n")
    found = [json.loads(line) for line in run("list", "--json").splitlines()]
    assert [(user["name"], user["role"]) for user in found] == [
        ("张三", "admin"),
        ("li.si", "reader"),
        ("wang.wu", "reviewer"),
    ]
    assert "password" not in run("list", "--json")


def test_passwords_that_differ_are_asked_for_again(run, tmp_path: Path) -> None:
    run("add", "张三", stdin=f"{GOOD}\n{OTHER}\n{OTHER}\n{OTHER}\n")
    book = open_accounts(tmp_path / "catalog.db")
    check_password(book, SECRET, attempt(OTHER), Settings(), NOW)
    book.close()


def test_an_account_is_managed_from_the_command_line(run, tmp_path: Path) -> None:
    run("add", "张三", "--password-stdin", stdin=f"{GOOD}\n")
    assert "唯一的管理员" in run("disable", "张三", status=1)
    run("add", "li.si", "--password-stdin", stdin=f"{GOOD}\n")
    run("role", "li.si", "admin")
    run("disable", "张三")
    assert "停用" in run("list").splitlines()[0]
    run("enable", "张三")
    assert "10 到 256" in run("passwd", "张三", "--password-stdin", stdin="short\n", status=1)
    run("passwd", "张三", "--password-stdin", stdin=f"{OTHER}\n")
    assert "没有用户“nobody”" in run("role", "nobody", "reader", status=1)
    token = run("token", "add", "li.si", "--label", "预算", "--scope", "read", "--scope", "admin").strip()
    book = open_accounts(tmp_path / "catalog.db")
    assert find_token(book, token, NOW) is not None
    assert token not in run("token", "list") and "read,admin" in run("token", "list", "li.si")
    run("token", "revoke", "1")
    assert find_token(book, token, NOW) is None
    book.close()
    assert "撤销" in run("token", "list")


def test_a_new_password_lifts_the_lock(run, tmp_path: Path) -> None:
    run("add", "张三", "--password-stdin", stdin=f"{GOOD}\n")
    secret, now = installation_secret(tmp_path), datetime.now(UTC)
    book = open_accounts(tmp_path / "catalog.db")
    for _ in range(3):
        with pytest.raises(SignInRefused):
            check_password(book, secret, attempt("x"), STRICT, now)
    with pytest.raises(LockedOut):
        check_password(book, secret, attempt(GOOD), STRICT, now)
    run("passwd", "张三", "--password-stdin", stdin=f"{OTHER}\n")
    check_password(book, secret, attempt(OTHER), STRICT, now)
    book.close()
