"""``catalog unanswered``: what officers searched for in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import speaks_plainly

if TYPE_CHECKING:
    from catalog_service.engine import Engine


@click.command()
@click.pass_obj
@speaks_plainly
def unanswered(engine: Engine) -> None:
    """列出检索页上查不到结果的检索词和次数，多的在前；须开启配置项 count_unanswered 才有记录。"""
    from catalog_service.unanswered import UnansweredQueries

    for found in UnansweredQueries(engine.data_dir).most_frequent():
        click.echo(f"{found.times}\t{found.query}")
