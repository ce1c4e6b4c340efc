"""``catalog evaluate``: how good the verdicts are, measured on labelled projects."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catalog_data.model import Project
from indexer.gold import GOLD, GoldProject, read_gold

from . import speaks_plainly

if TYPE_CHECKING:
    from catalog_service.engine import Engine
    from indexer.evaluate import Evaluation


@click.command()
@click.argument("gold", metavar="GOLD")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="把 JSON 和网页报告写入这个文件夹")
@click.option("--ablation", is_flag=True, help="改为逐一去掉各个信号，输出变化表（Markdown）")
@click.option("--no-cross-validation", is_flag=True, help="对拟合用过的评测集也直接用随附的模型，数字偏乐观")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON Lines，每个指标一行")
@click.pass_obj
@speaks_plainly
def evaluate(
    engine: Engine, gold: str, report: Path | None, ablation: bool, no_cross_validation: bool, as_json: bool
) -> None:
    """在已标注的项目上衡量判定质量。

    GOLD 为评测文件（JSON），或随附评测集的名称：development、practice、validation、xiaoyi。
    """
    from indexer.fitting import FittingUnavailable

    if ablation and (report or no_cross_validation or as_json):
        raise click.UsageError("--ablation 单独使用，不与 --report、--no-cross-validation、--json 合用")
    rows = _projects(engine, gold)
    try:
        if ablation:
            _print_ablation(engine, rows)
        else:
            _print_evaluation(_measured(engine, gold, rows, not no_cross_validation), report, as_json)
    except FittingUnavailable as error:
        advice = "安装后重试" if ablation else "安装后重试，或加 --no-cross-validation（数字偏乐观）"
        click.echo(f"错误：{error}；{advice}", err=True)
        sys.exit(1)


def _projects(engine: Engine, gold: str) -> tuple[GoldProject, ...]:
    """The labelled projects, with their performance sheets where the store holds them."""
    from indexer.evaluate import gold_problems, with_stored_projects

    path, shipped = Path(gold), GOLD / f"{gold}.json"
    rows = read_gold(shipped if not path.exists() and path.name == gold and shipped.is_file() else path)
    for problem in gold_problems(rows, engine.catalog):
        click.echo(f"评测集 {path.name}：{problem}", err=True)
    return with_stored_projects(rows, _stored(engine))


def _stored(engine: Engine) -> dict[str, Project]:
    """The projects of the stored disclosures by id."""
    from catalog_data.store import Store

    with Store(engine.store_path) as store:
        disclosures = [store.disclosure(entry.sha256) for entry in store.disclosures()]
    return {project.id: project for disclosure in disclosures for project in disclosure.projects}


def _measured(engine: Engine, gold: str, rows: Sequence[GoldProject], cross_validation: bool) -> Evaluation:
    from indexer.evaluate import METHODS, evaluate, split_fitted

    if cross_validation and split_fitted(rows)[0]:
        click.echo("评测集中有拟合用过的项目，改用交叉验证，约需几分钟", err=True)
    measured = evaluate(Path(gold).stem, rows, engine.tagger, engine.catalog, cross_validation=cross_validation)
    warning = "警告！" if measured.method == "optimistic" else ""
    click.echo(f"{warning}{METHODS[measured.method]}", err=True)
    return measured


def _print_evaluation(measured: Evaluation, report: Path | None, as_json: bool) -> None:
    from indexer.report import figure_records, write_report
    from indexer.report_tables import confusion_table, figures_table

    if as_json:
        for record in figure_records(measured):
            click.echo(json.dumps(record | {"method": measured.method}, ensure_ascii=False))
    else:
        for table in (figures_table(measured), confusion_table(measured)):
            click.echo(f"{table.title}：{table.note}\n\n{table.markdown()}\n")
    if report:
        click.echo(f"报告：{'、'.join(str(path) for path in write_report(measured, report))}", err=True)


def _print_ablation(engine: Engine, rows: Sequence[GoldProject]) -> None:
    from indexer.ablation import ablation
    from indexer.evaluate import split_fitted
    from indexer.report_tables import ablation_table

    support = split_fitted(rows)[1]
    steps = ablation(rows, support, engine.catalog, lambda label: click.echo(f"正在评测：{label}", err=True))
    table = ablation_table(list(steps))
    click.echo(f"{table.note}\n\n{table.markdown()}")
