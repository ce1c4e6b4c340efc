"""``catalog config``: the settings in force and where each comes from."""

from __future__ import annotations

import json
import os

import click

from ..config import read_settings, settings_table, shown, variable_of
from . import speaks_plainly


@click.command()
@click.option("--json", "as_json", is_flag=True, help="输出 JSON Lines")
@click.option("--table", is_flag=True, help="输出全部配置项及其含义的表（Markdown）")
@speaks_plainly
def config(as_json: bool, table: bool) -> None:
    """列出环境变量和配置文件给出的配置及其来源。"""
    if table:
        click.echo(settings_table(), nl=False)
        return
    for name, (value, origin) in read_settings(os.environ).items():
        record = {"name": name, "variable": variable_of(name), "value": shown(value), "origin": origin}
        click.echo(json.dumps(record, ensure_ascii=False) if as_json else f"{name} = {shown(value)}\t{origin}")
