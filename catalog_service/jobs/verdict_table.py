"""Verdicts on a list as a table (CSV with a byte order mark) that opens in a spreadsheet with a double click."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from catalog_data.model import DECISIONS, NATURES, Item, Project, Verdict

from ..listing import quoted

HEADER = (
    *("编号", "单位", "项目名称", "金额（元）", "支出性质", "目录代码", "目录条目", "目录部门"),
    *("把握", "结论", "原因", "待核实的问题"),
)


class VerdictTable:
    """A table being written; ``items`` are the rows of the catalog in force, by id."""

    def __init__(self, path: Path, items: Mapping[str, Item]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._items = items
        self._writer.writerow(HEADER)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, project: Project, verdict: Verdict) -> None:
        """Write a project's line."""
        item = self._items.get(verdict.code or "")
        amount = "" if project.amount_yuan is None else f"{project.amount_yuan:f}"
        place = (item.code, item.name, item.department) if item else ("", "", verdict.department)
        texts = (project.id, project.unit, project.name)
        said = (DECISIONS[verdict.decision], verdict.reason, verdict.question)
        answer = (amount, NATURES[verdict.nature], *place, f"{verdict.confidence:.0%}", *said)
        self._writer.writerow([*map(quoted, texts), *answer])
