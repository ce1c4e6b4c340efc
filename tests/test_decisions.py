"""The log of reviewers' decisions: whole, in order, signed by its chain, whatever happens to the process."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_data.decision_exchange import exported, import_decisions
from catalog_data.decision_log import DecisionLog
from catalog_data.decisions import (
    KINDS,
    NO_ENTRY,
    Decision,
    DecisionError,
    Offer,
    Ruling,
    Subject,
    canonical,
    digest_of,
    entry_from,
    entry_record,
    standing,
)
from catalog_data.model import NATURES, Disclosure, Versions
from catalog_data.store import Store, StoreError

SUBJECT = Subject("d" * 64, "某局/2026/001", "某局", "公墓维护", "除草", Decimal("194900.05"), "预算.txt", 2026, 8)
OTHER = replace(SUBJECT, project="某局/2026/002", name="公益宣传", amount_yuan=None, line=None)
OFFER = Offer("grant", None, "review", 0.8887)
VERSIONS = Versions("晋财综〔2025〕28号 a445", "0.1.0", "k1")
AGREED = Ruling("accepted", "甲", "grant")
CHANGED = Ruling("changed", "乙", "service", "民政:A110102", "公墓管理服务", "合同约定了服务成果")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = texts.filter(str.strip)
subjects = st.builds(
    Subject, amount_yuan=st.none() | st.decimals(-(10**12), 10**12, places=2), project=texts, text=texts
)
rulings = st.builds(Ruling, st.just("rejected"), names, st.sampled_from(["cash", "goods", "works"]), reason=names)
offers = st.none() | st.builds(Offer, st.sampled_from(list(NATURES)), st.none() | texts, confidence=st.floats(0, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.db"


@pytest.fixture
def log(path: Path) -> Iterator[DecisionLog]:
    with DecisionLog(path) as opened:
        yield opened


def decide(
    log: DecisionLog, subject: Subject = SUBJECT, ruling: Ruling = AGREED, expect: int | None = None
) -> Decision:
    return log.record(subject, OFFER, ruling, VERSIONS, expect)


def write(path: Path, *statements: str) -> None:
    """What somebody does to the file with a tool of their own."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_decision_comes_back_as_it_was_taken(log: DecisionLog) -> None:
    first, second = decide(log), decide(log, OTHER, CHANGED)
    assert log.entries() == (first, second)
    assert (first.id, first.previous, second.previous) == (1, NO_ENTRY, first.digest)
    assert (first.subject, second.ruling, second.made_at[-6:]) == (SUBJECT, CHANGED, "+00:00")


@settings(max_examples=60)
@given(subjects, offers, rulings)
def test_any_entry_survives_its_json_form(subject: Subject, offer: Offer | None, ruling: Ruling) -> None:
    entry = Decision(3, subject, offer, ruling, "2026-01-31T08:00:00+00:00", VERSIONS, None, "", NO_ENTRY, "")
    text = canonical(entry_record(entry))
    assert entry_from(json.loads(text), "") == entry
    assert canonical(entry_record(entry_from(json.loads(text), ""))) == text


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"kind": "changed", "nature": "cash", "reason": " "}, "须说明理由"),
        ({"kind": "rejected", "nature": "service_uncatalogued", "reason": "无"}, "不能是目录外服务"),
        ({"kind": "accepted", "nature": "service"}, "须给出目录条目"),
        ({"kind": "accepted", "nature": "cash", "item": "民政:A110102"}, "不能有目录条目"),
        ({"kind": "accepted", "nature": "现金"}, "支出性质有"),
        ({"kind": "deferred", "nature": "cash", "reason": "待查"}, "不成立"),
        ({"kind": "accepted", "nature": "cash", "who": " "}, "--who"),
    ],
)
def test_a_decision_that_contradicts_itself_cannot_be_made(parts: dict[str, str], said: str) -> None:
    with pytest.raises(DecisionError, match=said):
        Ruling(**{"who": "甲"} | parts)


def test_the_last_decision_stands_and_a_withdrawn_one_gives_way_to_the_one_before(log: DecisionLog) -> None:
    first = decide(log)
    second = decide(log, ruling=CHANGED)
    assert standing(log.entries()) == {SUBJECT.key: second}
    withdrawal = log.undo(second.id, "丙", "看错")
    assert (withdrawal.undoes, withdrawal.ruling.kind) == (second.id, "undone")
    assert standing(log.entries()) == {SUBJECT.key: first}
    assert log.undo(None, "甲").undoes == first.id
    assert standing(log.entries()) == {}


def test_nothing_is_withdrawn_twice_nor_a_withdrawal_itself(log: DecisionLog) -> None:
    decide(log)
    log.undo(1, "甲")
    for entry, said in ((1, "已由第 2 条撤销"), (2, "本身是撤销"), (9, "没有第 9 条"), (None, "没有甲可撤销")):
        with pytest.raises(DecisionError, match=said):
            log.undo(entry, "甲")
    assert len(log.entries()) == 2


def test_of_two_reviewers_at_once_the_second_is_told_of_the_first(log: DecisionLog, path: Path) -> None:
    decide(log, expect=0)
    with DecisionLog(path) as second, pytest.raises(DecisionError, match="甲已于 .*（第 1 条，同意）.*第 0 条"):
        decide(second, ruling=CHANGED, expect=0)
    decide(log, OTHER, expect=0)
    decide(log, ruling=CHANGED, expect=1)
    assert [entry.subject for entry in log.entries()] == [SUBJECT, OTHER, SUBJECT]


def test_a_clock_behind_the_log_is_refused(path: Path, log: DecisionLog) -> None:
    decide(log)
    with (
        DecisionLog(path, lambda: datetime(2020, 1, 1, tzinfo=UTC)) as late,
        pytest.raises(DecisionError, match="系统时间"),
    ):
        decide(late)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET digest = 'x'",
        "DELETE FROM decisions",
        "INSERT INTO decisions (id, entry, digest) VALUES (9, '{}', 'x')",
        "INSERT OR REPLACE INTO decisions (id, entry, digest) VALUES (1, '{}', 'x')",
    ],
)
def test_the_file_itself_refuses_to_change_or_drop_an_entry(log: DecisionLog, path: Path, statement: str) -> None:
    entry = decide(log)
    with pytest.raises(sqlite3.IntegrityError, match="复核记录只能"):
        write(path, statement)
    assert log.entries() == (entry,)


@pytest.mark.parametrize(
    ("tampering", "broken", "said"),
    [
        ("UPDATE decisions SET entry = replace(entry, '公墓', '公园') WHERE id = 3", 3, "被改动"),
        ("DELETE FROM decisions WHERE id = 2", 3, "缺少第 2 条"),
        ("DELETE FROM decisions WHERE id = 4", 4, "末尾的记录被删除"),
        ("UPDATE decisions SET entry = '[]', digest = '{forged}' WHERE id = 2", 2, "不能读取"),
        (
            "UPDATE decisions SET (entry, digest) = (SELECT entry, digest FROM decisions WHERE id = 1) WHERE id = 4",
            4,
            "不相衔接",
        ),
    ],
)
def test_verify_names_the_first_entry_that_was_tampered_with(
    log: DecisionLog, path: Path, tampering: str, broken: int, said: str
) -> None:
    head = [decide(log) for _ in range(4)][-1].digest
    assert (log.verify(head).sound, log.verify(head).broken) == (4, None)
    triggers = ("decisions_are_never_changed", "decisions_are_never_deleted")
    write(path, *(f"DROP TRIGGER {name}" for name in triggers), tampering.format(forged=digest_of("[]")))
    chain = log.verify(head)
    assert chain.broken == broken
    assert said in chain.cause


def test_decisions_outlive_the_reading_of_the_document_they_are_about(path: Path, disclosure: Disclosure) -> None:
    project = disclosure.projects[0]
    with Store(path) as store, DecisionLog(path) as log:
        store.import_disclosure(disclosure)
        entry = decide(log, replace(SUBJECT, disclosure=disclosure.sha256, project=project.id))
        assert store.import_disclosure(replace(disclosure, projects=disclosure.projects[1:]))
        assert log.entries() == (entry,)


_WRITER = """
import sys
from pathlib import Path
from catalog_data.decision_log import DecisionLog
from tests.test_decisions import decide
with DecisionLog(Path(sys.argv[1])) as log:
    for _ in range(50):
        print(decide(log).id, flush=True)
"""


@pytest.mark.parametrize("acknowledged", [1, 20, 45])
def test_a_killed_process_loses_nothing_it_acknowledged(path: Path, acknowledged: int) -> None:
    with subprocess.Popen([sys.executable, "-c", _WRITER, path], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        told = [int(writer.stdout.readline()) for _ in range(acknowledged)]
        writer.send_signal(signal.SIGKILL)
        told += map(int, writer.stdout.read().split())
    with DecisionLog(path) as log:
        chain = log.verify()
        assert (chain.broken, [entry.id for entry in log.entries()][: len(told)]) == (None, told)
        assert decide(log).id == chain.sound + 1


def test_a_log_is_carried_to_another_store_once_with_authors_times_and_withdrawals(tmp_path: Path) -> None:
    file, back = tmp_path / "复核.jsonl", tmp_path / "back.jsonl"
    with DecisionLog(tmp_path / "a.db") as a, DecisionLog(tmp_path / "b.db") as b:
        decide(b, OTHER)
        decide(a)
        decide(a, ruling=CHANGED)
        a.undo(2, "乙", "看错")
        file.write_text("\n".join(exported(a.entries())), "utf-8")
        report = import_decisions(file, b)
        assert (len(report.appended), report.known, report.problems) == (3, 0, ())
        assert [(e.id, e.ruling.who, e.undoes, e.made_at) for e in b.entries()[1:]] == [
            (e.id + 1, e.ruling.who, e.undoes and e.undoes + 1, e.made_at) for e in a.entries()
        ]
        assert standing(b.entries())[SUBJECT.key].ruling == AGREED
        assert b.verify().broken is None
        assert (import_decisions(file, b).appended, import_decisions(file, b).known) == ((), 3)
        back.write_text("\n".join(exported(b.entries())), "utf-8")
        assert [entry.subject for entry in import_decisions(back, a).appended] == [OTHER]


def test_a_decision_of_the_future_is_not_imported(log: DecisionLog, tmp_path: Path) -> None:
    file = tmp_path / "复核.jsonl"
    with DecisionLog(tmp_path / "a.db", lambda: datetime(2100, 1, 1, tzinfo=UTC)) as a:
        decide(a)
        file.write_text("\n".join(exported(a.entries())), "utf-8")
    (problem,) = import_decisions(file, log).problems
    assert "晚于本机的系统时间" in problem.cause


def test_every_line_of_an_import_is_an_entry_or_a_named_problem(log: DecisionLog, tmp_path: Path) -> None:
    with DecisionLog(tmp_path / "a.db") as a:
        decide(a)
        decide(a, OTHER)
        a.undo(1, "甲")
        first, second, third = exported(a.entries())
    file = tmp_path / "复核.jsonl"
    lines = [first.replace("除草", "绿化"), second, third, '{"id": 1}', "不是 JSON", second.replace('"who"', '"by"')]
    file.write_text("\n".join(lines), "utf-8")
    report = import_decisions(file, log)
    assert [entry.subject for entry in report.appended] == [OTHER]
    assert [(problem.line, problem.cause[:8]) for problem in report.problems] == [
        (1, "内容与其校验值不"),
        (3, "所撤销的记录不在"),
        (4, "没有 diges"),
        (5, "不是合法的 JS"),
        (6, "缺少 who，或"),
    ]


@settings(max_examples=100)
@given(
    st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda v: st.dictionaries(texts, v), max_leaves=9)
)
def test_no_json_breaks_the_reading_of_an_entry(value: object) -> None:
    record = {"id": 1, "subject": value, "offered": value, "ruling": value}
    with pytest.raises(DecisionError):
        entry_from(record, "")


def test_an_amount_finer_than_a_fen_and_a_text_that_cannot_be_stored_are_refused(log: DecisionLog) -> None:
    for subject in (replace(SUBJECT, amount_yuan=Decimal("0.001")), replace(SUBJECT, name="\ud800")):
        with pytest.raises(DecisionError):
            decide(log, subject)
    assert log.last() is None


def test_a_folder_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="文件夹"):
        DecisionLog(tmp_path)


def test_every_kind_of_decision_has_a_name_to_show() -> None:
    assert set(KINDS) == {"accepted", "changed", "rejected", "deferred", "undone"}
