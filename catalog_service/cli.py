"""The command line: ``python -m catalog_service COMMAND``, also installed as ``catalog``.

With ``--json`` stdout carries JSON Lines and nothing else; messages go to stderr. Exit status: 0 done,
1 the input has errors, 2 wrong usage.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from catalog_data.model import DECISIONS, NATURES, DocumentError, Verdict

from .commands import SETTINGS, settings_in_force, speaks_plainly
from .commands.backup import backup, restore
from .commands.config import config
from .commands.evaluate import evaluate
from .commands.fit import fit
from .commands.jobs import jobs
from .commands.knowledge import knowledge
from .commands.review import review
from .commands.unanswered import unanswered
from .commands.user import user
from .config import load_settings
from .records import finding_record, hit_record, item_records, verdict_record

if TYPE_CHECKING:
    from indexer.search import Answer

    from .engine import Engine


def main() -> None:
    """Run the command line."""
    catalog(prog_name="catalog")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="存放数据库、索引和上传文件的文件夹 [默认：配置项 data_dir，即 var]",
)
@click.option(
    "--auto-line",
    type=click.FloatRange(0.5, 1.0),
    help="自动判定线：把握不低于此值的判定才可不经人工复核 [默认：配置项 auto_line，即 0.95]",
)
@click.pass_context
@speaks_plainly
def catalog(context: click.Context, data_dir: Path | None, auto_line: float | None) -> None:
    """政府购买服务指导性目录：检索、判定、审计。"""
    from .engine import Engine

    settings = load_settings(os.environ)
    context.meta[SETTINGS] = settings
    context.obj = Engine(data_dir or settings.data_dir, settings.auto_line if auto_line is None else auto_line)


@catalog.command()
@click.pass_obj
@speaks_plainly
def build(engine: Engine) -> None:
    """读入随附的目录和预算公开文件，建立数据库和索引；重复执行不改变任何内容。"""
    report = engine.build()
    items = report.catalog.items
    by_level = [sum(item.level == level for item in items) for level in (1, 2, 3, 4)]
    click.echo(f"目录：{report.catalog.title}（{report.catalog.number}）", err=True)
    counts = "、".join(f"{name} {n}" for name, n in zip(("一级", "二级", "三级", "四级"), by_level, strict=True))
    click.echo(f"  {len(report.catalog.departments)} 个部门，{len(items)} 行：{counts}", err=True)
    click.echo(f"  目录印刷问题 {len(report.catalog.findings)} 处（catalog items --json 可逐条查看）", err=True)
    for disclosure in report.disclosures:
        sheets = f"{len(disclosure.projects)} 个项目、{len(disclosure.sheets)} 张绩效目标表"
        click.echo(f"公开文件：{disclosure.unit} {disclosure.year} 年，{sheets}", err=True)
    changes = ["数据库已更新"] * report.store_changed + ["索引已重建"] * report.index_built
    click.echo("、".join(changes) or "没有变化", err=True)


@catalog.command()
@click.option("--department", help="只列一个部门")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON Lines")
@click.pass_obj
@speaks_plainly
def items(engine: Engine, department: str | None, as_json: bool) -> None:
    """列出目录的全部印刷行，按印刷顺序。"""
    _known_department(engine, department)
    for record in item_records(engine.catalog):
        if department in (None, record["department"]):
            _print(record if as_json else "\t".join((record["department"], record["code"], record["name"])))


@catalog.command()
@click.argument("query", required=False)
@click.option("--department", help="只在一个部门的目录中检索")
@click.option("--level", type=click.IntRange(1, 4), default=4, show_default=True, help="目录级次")
@click.option("--limit", type=click.IntRange(1, 200), default=10, show_default=True)
@click.option("--batch", type=click.File("rb"), help="每行一个 {id, query, department} 的 JSON Lines；- 为标准输入")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON Lines")
@click.pass_obj
@speaks_plainly
def search(
    engine: Engine,
    query: str | None,
    department: str | None,
    level: int,
    limit: int,
    batch: IO[bytes] | None,
    as_json: bool,
) -> None:
    """检索目录：词语、政策用语、代码。"""
    _known_department(engine, department)
    if batch:
        for line, asked in _json_lines(batch):
            if not isinstance(asked.get("query"), str):
                raise DocumentError("缺少 query 字段", batch.name, line)
            wanted = asked.get("department") or department
            hits = engine.search(asked["query"], department=wanted, level=level, limit=limit)
            _print({"id": asked.get("id"), "hits": [hit_record(hit) for hit in hits]})
        return
    if query is None:
        raise click.UsageError("请给出检索词，或用 --batch 给出文件")
    from indexer.search import Page

    answer = engine.answer(query, department=department, level=level, page=Page(limit))
    for hit in answer.hits:
        _print(hit_record(hit) if as_json else f"{hit.id}\t{hit.name}\t{' › '.join(hit.path)}\t{hit.grade}")
    for remark in _remarks(answer):
        click.echo(remark, err=True)


@catalog.command()
@click.argument("source", metavar="INPUT")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="写入文件，默认标准输出")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON Lines（写文件时总是）")
@click.pass_obj
@speaks_plainly
def tag(engine: Engine, source: str, output: Path | None, as_json: bool) -> None:
    """判定项目。INPUT 为 -（标准输入）、JSON Lines、CSV、XLSX，或预算公开文件。"""
    from .tagging import tag_source

    refused = tag_source(
        engine, source, output, lambda verdict: _print(verdict_record(verdict) if as_json else _line(verdict))
    )
    for problem in refused:
        click.echo(f"未判定：{problem}", err=True)
    if refused:
        sys.exit(1)


@catalog.command()
@click.argument("disclosure", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="审计工作簿（XLSX）"
)
@click.option("--json", "as_json", is_flag=True, help="把核对发现输出为 JSON Lines")
@click.pass_obj
@speaks_plainly
def audit(engine: Engine, disclosure: Path, output: Path, as_json: bool) -> None:
    """读取预算公开文件，判定项目，核对公开数据，写出审计工作簿。"""
    from .workbook import write_workbook

    made = engine.audit(disclosure)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_workbook(output, made)
    if as_json:
        for finding in made.findings:
            _print(finding_record(finding))
    total = sum(project.amount_yuan or 0 for project in made.disclosure.projects) / 10000
    settled = sum(verdict.decision == "auto" for verdict in made.verdicts)
    coded = sum(verdict.code is not None for verdict in made.verdicts)
    click.echo(
        f"{made.disclosure.unit} {made.disclosure.year} 年：{len(made.disclosure.projects)} 个项目，{total:,.2f} 万元",
        err=True,
    )
    if made.unjudged:
        click.echo(f"  {len(made.unjudged)} 个项目的名称无法辨认，未判定，列在核对发现中", err=True)
    click.echo(f"  自动判定 {settled} 项，待复核 {len(made.verdicts) - settled} 项；归入目录 {coded} 项", err=True)
    click.echo(f"  公开数据核对发现 {len(made.findings)} 处", err=True)
    click.echo(f"工作簿：{output}", err=True)


@catalog.command()
@click.option("--host", help="监听地址 [默认：配置项 host，即 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="监听端口 [默认：配置项 port，即 8000]")
@click.pass_obj
@speaks_plainly
def serve(engine: Engine, host: str | None, port: int | None) -> None:
    """启动网页服务。"""
    from .serving import serve as run

    settings = settings_in_force()
    run(engine, replace(settings, host=host or settings.host, port=port or settings.port))


catalog.add_command(backup)
catalog.add_command(restore)
catalog.add_command(config)
catalog.add_command(evaluate)
catalog.add_command(fit)
catalog.add_command(jobs)
catalog.add_command(knowledge)
catalog.add_command(unanswered)
catalog.add_command(user)
catalog.add_command(review)


def _remarks(answer: Answer) -> Iterator[str]:
    """What the reader should know of how hits were found, or where to look instead."""
    if answer.departments:
        yield f"按“{answer.unit}”只检索：{'、'.join(answer.departments)}"
    if answer.meant:
        yield f"按相近的“{answer.meant}”检索"
    if not answer.hits:
        yield "没有找到相符的条目：可减少字词、换用别的说法，或用 catalog items 浏览"
    if answer.nearest:
        yield "最接近的标题：" + "、".join(f"{row.department} {row.code} {row.name.text}" for row in answer.nearest)


def _known_department(engine: Engine, department: str | None) -> None:
    names = [known.name for known in engine.catalog.departments] if department else []
    if department and department not in names:
        from rapidfuzz import process

        near = "、".join(name for name, _, _ in process.extract(department, names, limit=3))
        raise click.UsageError(f"目录中没有部门“{department}”；相近的有：{near}")


def _json_lines(stream: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise DocumentError(f"不是有效的 JSON：{error}", stream.name, number) from error
        if not isinstance(record, dict):
            raise DocumentError("应为 JSON 对象", stream.name, number)
        yield number, record


def _line(verdict: Verdict) -> str:
    """A verdict for the eye: decision, confidence, nature, item."""
    item = verdict.code or ""
    return f"{verdict.id}\t{DECISIONS[verdict.decision]}\t{verdict.confidence:.0%}\t{NATURES[verdict.nature]}\t{item}"


def _print(record: dict[str, Any] | str) -> None:
    click.echo(record if isinstance(record, str) else json.dumps(record, ensure_ascii=False))
