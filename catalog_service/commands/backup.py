"""``catalog backup`` and ``catalog restore``: all that cannot be made again, in one checked file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import speaks_plainly

if TYPE_CHECKING:
    from catalog_service.backup import Backup
    from catalog_service.engine import Engine


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
@speaks_plainly
def backup(engine: Engine, file: Path) -> None:
    """把数据库和任务文件备份为一个 ZIP 文件，写完后整体校验；服务可以照常运行。"""
    from catalog_service.backup import make_backup

    _say("已备份", make_backup(engine.data_dir, file))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="替换已有数据，原有数据移到旁边的文件夹")
@click.pass_obj
@speaks_plainly
def restore(engine: Engine, file: Path, replace: bool) -> None:
    """校验备份并恢复到数据文件夹；须先停止服务。"""
    from catalog_service.backup import restore_backup

    restored, aside = restore_backup(file, engine.data_dir, replace)
    _say("已恢复", restored)
    if aside:
        click.echo(f"原有数据：{aside}", err=True)


def _say(done: str, backup: Backup) -> None:
    held = f"公开文件 {backup.disclosures} 份、复核记录 {backup.decisions} 条、任务 {backup.jobs} 个"
    size = f"{backup.files} 个文件，{backup.bytes / 1_000_000:.1f} MB"
    click.echo(f"{done}（校验无误）：{held}；{size}，备份于 {backup.made_at}", err=True)
