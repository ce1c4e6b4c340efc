"""``catalog review``: a person decides where the engine may not, and the log of what was decided."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from catalog_data.decisions import KINDS, PURCHASES, Decision, DecisionError
from catalog_data.model import NATURES

from . import speaks_plainly

if TYPE_CHECKING:
    from catalog_service.engine import Engine
    from catalog_service.review_desk import Case, ReviewDesk

_as_json = click.option("--json", "as_json", is_flag=True, help="输出 JSON Lines")
_document = click.option("--document", default="", help="几份文件有同一项目编号时，所指文件 SHA-256 的开头几位")
_who = click.option("--who", envvar="CATALOG_REVIEWER", help="复核人，默认当前登录用户")
_expect = click.option("--expect", type=click.IntRange(0), help="所见最后一条记录的编号；该项目其后另有记录则不写入")
_reason = click.option("--reason", required=True, help="理由")


@click.group()
def review() -> None:
    """人工复核：列出待复核项目，记录复核决定；记录只能追加。"""


@review.command("list")
@click.option(
    "--state",
    type=click.Choice(("open", "decided", "all")),
    default="open",
    show_default=True,
    help="待复核、已复核或全部",
)
@_as_json
@click.pass_obj
@speaks_plainly
def list_cases(engine: Engine, state: str, as_json: bool) -> None:
    """列出已入库预算公开文件中的项目，存疑金额（金额×不确定程度）大的在前。"""
    from catalog_service.review_queue import ReviewQueue
    from catalog_service.review_records import case_line, case_record

    queued = ReviewQueue(engine).complete()
    last, cases = queued.last, sorted((one.case for one in queued.cases), key=lambda case: -case.doubt_yuan)
    chosen = [case for case in cases if state in {"all", case.state}]
    for case in chosen:
        click.echo(_line(case_record(case, last)) if as_json else case_line(case))
    click.echo(f"{len(chosen)} 项；复核记录至第 {last} 条", err=True)


@review.command()
@click.argument("project")
@_document
@_as_json
@click.pass_obj
@speaks_plainly
def show(engine: Engine, project: str, document: str, as_json: bool) -> None:
    """查看一个项目：判定、候选条目、依据、先例和历次复核。"""
    from catalog_service.review_records import case_details, case_text

    desk = _desk(engine)
    last = desk.last()
    case = desk.case(project, document)
    history = desk.history(case)
    click.echo(_line(case_details(case, history, last)) if as_json else case_text(case, history))
    click.echo(f"复核记录至第 {last} 条", err=True)


def _deciding(decide: Callable[..., Decision]) -> Callable[..., None]:
    """A command on one project: ``decide(desk, case, who=, expect=, …)`` appends the entry that is then printed."""

    @click.argument("project")
    @_document
    @_expect
    @_who
    @_as_json
    @click.pass_obj
    @speaks_plainly
    @wraps(decide)
    def run(
        engine: Engine,
        /,
        project: str,
        document: str,
        expect: int | None,
        who: str | None,
        as_json: bool,
        **given: Any,
    ) -> None:
        desk = _desk(engine)
        _say(decide(desk, desk.case(project, document), who=_reviewer(who), expect=expect, **given), as_json)

    return run


@review.command()
@click.option("--candidate", type=click.IntRange(1), help="选定第几个候选条目，默认同意系统的判定")
@_deciding
def accept(desk: ReviewDesk, case: Case, **given: Any) -> Decision:
    """同意系统的判定，或选定它的一个候选条目。"""
    return desk.accept(case, **given)


@review.command()
@click.option("--nature", type=click.Choice(list(NATURES)), required=True, help="支出性质")
@click.option("--code", help="目录条目，如 民政:A040303；支出性质为 service 时必填")
@_reason
@_deciding
def change(desk: ReviewDesk, case: Case, **given: Any) -> Decision:
    """改判：给出与系统判定不同的支出性质或目录条目。"""
    return desk.change(case, **given)


@review.command()
@click.option("--nature", type=click.Choice([n for n in NATURES if n not in PURCHASES]), required=True, help="支出性质")
@_reason
@_deciding
def reject(desk: ReviewDesk, case: Case, **given: Any) -> Decision:
    """认定项目不属于购买服务，并给出支出性质。"""
    return desk.reject(case, **given)


@review.command()
@_reason
@_deciding
def defer(desk: ReviewDesk, case: Case, **given: Any) -> Decision:
    """暂缓：项目仍待复核，并说明理由。"""
    return desk.defer(case, **given)


@review.command()
@click.argument("entry", type=click.IntRange(1), required=False)
@click.option("--reason", default="", help="理由")
@_expect
@_who
@_as_json
@click.pass_obj
@speaks_plainly
def undo(engine: Engine, entry: int | None, reason: str, expect: int | None, who: str | None, as_json: bool) -> None:
    """撤销第 ENTRY 条记录，默认为本人最后一条；撤销本身也是一条记录。"""
    _say(_desk(engine).undo(entry, _reviewer(who), reason, expect), as_json)


@review.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_as_json
@click.pass_obj
@speaks_plainly
def import_entries(engine: Engine, file: Path, as_json: bool) -> None:
    """并入别处 export 写出的复核记录，保留其复核人和时间；重复并入不改变任何内容。"""
    from catalog_data.decision_exchange import import_decisions

    with _desk(engine).log() as log:
        report = import_decisions(file, log)
    for entry in report.appended if as_json else ():
        _say(entry, as_json)
    for problem in report.problems:
        click.echo(f"未并入：{problem.file} 第 {problem.line} 行：{problem.cause}", err=True)
    refused = len(report.problems)
    click.echo(f"并入 {len(report.appended)} 条，已有 {report.known} 条，未并入 {refused} 条", err=True)
    if refused:
        sys.exit(1)


@review.command("export")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="写入文件，默认标准输出")
@click.pass_obj
@speaks_plainly
def export_entries(engine: Engine, output: Path | None) -> None:
    """按顺序写出全部复核记录（JSON Lines），供备查和并入别处。"""
    from catalog_data.decision_exchange import exported, write_decisions

    with _desk(engine).log() as log:
        entries = log.entries()
    if output:
        write_decisions(output, entries)
    else:
        for line in exported(entries):
            click.echo(line)
    click.echo(f"写出 {len(entries)} 条", err=True)


@review.command()
@click.option("--head", default="", help="以前记下的末条校验值，用以查明末尾有无记录被删除")
@_as_json
@click.pass_obj
@speaks_plainly
def verify(engine: Engine, head: str, as_json: bool) -> None:
    """核验复核记录是否完整、未被改动；有问题时指出第一条，退出状态为 1。"""
    with _desk(engine).log() as log:
        chain = log.verify(head)
    if as_json:
        click.echo(_line({"sound": chain.sound, "head": chain.head, "broken": chain.broken, "cause": chain.cause}))
    if chain.broken:
        click.echo(f"错误：第 {chain.broken} 条：{chain.cause}；此前 {chain.sound} 条完好", err=True)
        sys.exit(1)
    click.echo(f"{chain.sound} 条记录完好，末条校验值 {chain.head}", err=True)


def _desk(engine: Engine) -> ReviewDesk:
    from catalog_service.review_desk import ReviewDesk

    return ReviewDesk(engine)


def _reviewer(who: str | None) -> str:
    """The reviewer named, or whoever is logged in."""
    try:
        return who or getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise DecisionError("无法得知当前登录用户，请用 --who 或环境变量 CATALOG_REVIEWER 给出复核人") from error


def _say(entry: Decision, as_json: bool) -> None:
    """An entry just written."""
    from catalog_service.review_records import answer_text, decision_record

    if as_json:
        click.echo(_line(decision_record(entry)))
        return
    ruling = entry.ruling
    answer = "，" + answer_text(ruling.nature, ruling.item) if ruling.nature else ""
    target = f"第 {entry.undoes} 条" if entry.undoes else ""
    click.echo(f"第 {entry.id} 条：{ruling.who}{KINDS[ruling.kind]}{target}“{entry.subject.name}”{answer}")


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)
