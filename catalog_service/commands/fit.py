"""``catalog fit``: fit ranking, nature and confidence anew on the labelled sets."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import click

from indexer.gold import shipped_gold
from indexer.tables import KNOWLEDGE

from . import speaks_plainly

if TYPE_CHECKING:
    from catalog_service.engine import Engine


@click.command()
@click.pass_obj
@speaks_plainly
def fit(engine: Engine) -> None:
    """按评测集重新拟合模型参数（indexer/knowledge/model.json）；改动线索、索引词后使用。"""
    from indexer.fitting import FittingUnavailable, fit, start_tagger

    gold = shipped_gold()
    click.echo(f"读取 {len(gold)} 个已标注项目 ……", err=True)
    try:
        tagger = start_tagger(engine.catalog)
        parameters = fit(tagger, gold, [tagger.read(row.project) for row in gold])
    except FittingUnavailable as error:
        raise ValueError(str(error)) from error
    target = KNOWLEDGE / "model.json"
    aside = target.with_name(f".model.{os.getpid()}")
    aside.write_text(json.dumps(parameters.as_json(), ensure_ascii=False, indent=0), "utf-8")
    aside.replace(target)
    click.echo(f"已写入 {target.name}；各项指标请用 catalog evaluate 查看", err=True)
