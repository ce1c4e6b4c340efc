"""``catalog user``: who may sign in, with which role, and the tokens of programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ..accounts.roles import ROLES, SCOPES, UserRole
from . import settings_in_force, speaks_plainly

if TYPE_CHECKING:
    from ..accounts.book import AccountBook
    from ..engine import Engine

password_from_stdin = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="从标准输入的第一行读密码，不提问"
)
as_json_lines = click.option("--json", "as_json", is_flag=True, help="输出 JSON Lines")


@click.group()
def user() -> None:
    """账号：建立、停用、角色、密码、接口令牌。"""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), help="角色；默认第一个账号为 admin，其后为 reader")
@password_from_stdin
@click.pass_obj
@speaks_plainly
def add(engine: Engine, name: str, role: UserRole | None, from_stdin: bool) -> None:
    """建立账号；密码提问两次，不显示。"""
    from ..accounts.users import add_user, list_users

    with _accounts(engine) as book:
        chosen = role or ("reader" if list_users(book) else "admin")
        made = add_user(book, name, _password(from_stdin), chosen, settings_in_force().password_length, _now())
    click.echo(f"已建立账号“{made.name}”，角色：{ROLES[made.role]}", err=True)


@user.command("list")
@as_json_lines
@click.pass_obj
@speaks_plainly
def list_(engine: Engine, as_json: bool) -> None:
    """列出账号。"""
    from ..accounts.users import list_users

    with _accounts(engine) as book:
        for found in list_users(book):
            state = f"{found.disabled_at} 停用" if found.disabled_at else "使用中"
            line = f"{found.name}\t{found.role}\t{found.created_at}\t{state}"
            click.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else line)


@user.command()
@click.argument("name")
@click.pass_obj
@speaks_plainly
def disable(engine: Engine, name: str) -> None:
    """停用账号：登录立即退出，令牌立即失效，记录保留。"""
    from ..accounts.users import disable_user, user_named

    with _accounts(engine) as book:
        disable_user(book, user_named(book, name), _now())
    click.echo(f"已停用“{name}”", err=True)


@user.command()
@click.argument("name")
@click.pass_obj
@speaks_plainly
def enable(engine: Engine, name: str) -> None:
    """恢复停用的账号；未撤销的令牌一并恢复。"""
    from ..accounts.users import enable_user, user_named

    with _accounts(engine) as book:
        enable_user(book, user_named(book, name))
    click.echo(f"已恢复“{name}”", err=True)


@user.command()
@click.argument("name")
@password_from_stdin
@click.pass_obj
@speaks_plainly
def passwd(engine: Engine, name: str, from_stdin: bool) -> None:
    """重设密码：已有的登录全部退出，因登录失败而锁定的随即解锁。"""
    from ..accounts.secret import installation_secret
    from ..accounts.sessions import clear_failures
    from ..accounts.users import change_password, user_named

    with _accounts(engine) as book:
        found = user_named(book, name)
        change_password(book, found, _password(from_stdin), settings_in_force().password_length)
        clear_failures(book, installation_secret(engine.data_dir), found.name)
    click.echo(f"已重设“{found.name}”的密码", err=True)


@user.command()
@click.argument("name")
@click.argument("role", type=click.Choice(list(ROLES)))
@click.pass_obj
@speaks_plainly
def role(engine: Engine, name: str, role: UserRole) -> None:
    """改变角色，立即生效。"""
    from ..accounts.users import change_role, user_named

    with _accounts(engine) as book:
        change_role(book, user_named(book, name), role)
    click.echo(f"“{name}”的角色已改为：{ROLES[role]}", err=True)


@user.group()
def token() -> None:
    """接口令牌：供别的系统访问接口。"""


@token.command("add")
@click.argument("name")
@click.option("--label", required=True, help="用途，如：预算一体化系统")
@click.option("--scope", "scopes", type=click.Choice(list(SCOPES)), multiple=True, required=True, help="权限，可重复")
@click.pass_obj
@speaks_plainly
def add_token(engine: Engine, name: str, label: str, scopes: tuple[str, ...]) -> None:
    """为账号建立令牌，输出到标准输出，仅此一次。"""
    from ..accounts.tokens import issue_token
    from ..accounts.users import user_named

    with _accounts(engine) as book:
        click.echo(issue_token(book, user_named(book, name), label, scopes, _now()))
    click.echo("请立即妥善保存：令牌不能再次查看", err=True)


@token.command("list")
@click.argument("name", required=False)
@as_json_lines
@click.pass_obj
@speaks_plainly
def list_tokens(engine: Engine, name: str | None, as_json: bool) -> None:
    """列出一个账号或全部账号的令牌，不含令牌本身。"""
    from ..accounts.tokens import list_tokens as kept_tokens
    from ..accounts.users import user_named

    with _accounts(engine) as book:
        for kept in kept_tokens(book, user_named(book, name) if name else None):
            state = f"{kept.revoked_at} 撤销" if kept.revoked_at else f"最近使用 {kept.used_at or '从未'}"
            line = f"{kept.id}\t{kept.owner}\t{kept.label}\t{','.join(kept.scopes)}\t{state}"
            click.echo(json.dumps(asdict(kept), ensure_ascii=False) if as_json else line)


@token.command("revoke")
@click.argument("number", type=int)
@click.pass_obj
@speaks_plainly
def revoke(engine: Engine, number: int) -> None:
    """撤销令牌（编号见 token list），立即失效。"""
    from ..accounts.tokens import revoke_token

    with _accounts(engine) as book:
        revoke_token(book, number, _now())
    click.echo(f"已撤销令牌 {number}", err=True)


@contextmanager
def _accounts(engine: Engine) -> Iterator[AccountBook]:
    from ..accounts.book import open_accounts

    engine.data_dir.mkdir(parents=True, exist_ok=True)
    book = open_accounts(engine.store_path)
    try:
        yield book
    finally:
        book.close()


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("密码", hide_input=True, confirmation_prompt="再输一次", err=True)
    return asked


def _now() -> datetime:
    return datetime.now(UTC)
