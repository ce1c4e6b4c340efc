"""Labelled projects: reading gold files, and what counts as right.

A gold file is a JSON array of objects with ``id``, ``unit``, ``name``, ``description``, ``verdicts`` (accepted
natures), ``alts`` (defensible ones), ``best`` and ``acceptable`` item ids, ``department``; the amount may stand
as ``amount_wan`` (万元) or ``amount_yuan`` (元).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from catalog_data.model import DocumentError, Project, Verdict

GOLD = Path(str(files("indexer"))) / "gold"


@dataclass(frozen=True, slots=True)
class GoldProject:
    """A project with its accepted answers; ``constructed`` where it was written rather than found in a budget."""

    project: Project
    natures: frozenset[str]
    defensible: frozenset[str]
    best: str
    acceptable: frozenset[str]
    related: frozenset[str]
    department: str
    constructed: bool = False
    province: str = ""

    @property
    def codes(self) -> frozenset[str]:
        """Every item that counts as right."""
        return self.acceptable | ({self.best} if self.best else set())

    @property
    def is_service(self) -> bool:
        """Whether a service in the catalog is the only accepted nature."""
        return self.natures == {"service"}

    def accepts(self, verdict: Verdict) -> bool:
        """Whether nature and code are right, a defensible nature counting as right."""
        if verdict.nature not in self.natures | self.defensible:
            return False
        if verdict.nature == "service":
            return verdict.code in self.codes | self.related
        return verdict.code is None


def read_gold(path: Path) -> tuple[GoldProject, ...]:
    """Read a gold file. Raises ``DocumentError`` naming the record where something is missing."""
    try:
        records = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DocumentError("文件不存在或不能读取，请检查路径", str(path)) from error
    except ValueError as error:
        raise DocumentError(f"不是有效的 JSON：{error}", str(path)) from error
    if not isinstance(records, list):
        raise DocumentError("应为 JSON 数组，每个元素是一个已标注的项目", str(path))
    return tuple(_gold_project(record, k, path.name) for k, record in enumerate(records, 1))


def _gold_project(record: Any, number: int, file: str) -> GoldProject:
    try:
        words = {field: _text(record, field) for field in ("best", "department", "province", "description")}
        required = {field: record[field] for field in ("id", "unit", "name")}
        labels = {field: _texts(record, field) for field in ("alts", "acceptable", "related")}
        if not all(isinstance(value, str) for value in required.values()):
            raise TypeError("id、unit、name（应为文字）")
        project = Project(**required, amount_yuan=_amount(record), description=words["description"])
        natures = _texts({"verdicts": record["verdicts"]}, "verdicts")
    except (KeyError, TypeError, ArithmeticError) as error:
        raise DocumentError(f"第 {number} 个项目缺少或写错字段 {error}", file) from error
    return GoldProject(
        project,
        natures,
        labels["alts"],
        words["best"],
        labels["acceptable"],
        labels["related"],
        words["department"],
        bool(record.get("constructed")),
        words["province"],
    )


def _text(record: dict[str, Any], field: str) -> str:
    value = record.get(field) or ""
    if not isinstance(value, str):
        raise TypeError(f"{field}（应为文字）")
    return value


def _texts(record: dict[str, Any], field: str) -> frozenset[str]:
    values = record.get(field) or ()
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{field}（应为文字的数组）")
    return frozenset(values)


def _amount(record: dict[str, Any]) -> Decimal | None:
    if record.get("amount_yuan") is not None:
        return Decimal(str(record["amount_yuan"]))
    return Decimal(str(record["amount_wan"])) * 10000 if record.get("amount_wan") is not None else None


def shipped_gold(names: Sequence[str] = ("practice", "development")) -> tuple[GoldProject, ...]:
    """The project's own labelled sets: ``development`` (real, labelled twice), ``practice`` (constructed)."""
    return tuple(row for name in names for row in read_gold(GOLD / f"{name}.json"))
