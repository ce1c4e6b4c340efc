"""``catalog knowledge``: the editable data that verdicts rest on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from . import speaks_plainly

if TYPE_CHECKING:
    from catalog_service.engine import Engine


@click.group()
def knowledge() -> None:
    """知识文件：索引词、线索、部门别名、规则和拟合的参数。"""


@knowledge.command()
@click.pass_obj
@speaks_plainly
def check(engine: Engine) -> None:
    """校验全部知识文件；有问题时逐条列出文件、行和原因，退出状态为 1。"""
    from indexer.knowledge_check import check_knowledge

    report = check_knowledge(engine.catalog, engine.own_knowledge.files())
    for problem in report.problems:
        click.echo(f"错误：{problem}", err=True)
    for file, count in report.counts.items():
        click.echo(f"{file}\t{count}")
    click.echo(f"知识版本 {report.version}，问题 {len(report.problems)} 处")
    if report.problems:
        sys.exit(1)
