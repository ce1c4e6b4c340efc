"""Lists of projects to be judged, as units hand them in: JSON Lines, CSV and XLSX.

Nothing is lost: every row becomes a project or a problem that names file, line and cause; what a reader
should know beside that (an assumed unit, rows of totals) is kept as notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO

from .model import DocumentError, Finding, Project, Severity, TableRow
from .project_rows import RowProblem, budget_amount, printed_yuan, unique_ids
from .project_table import table_projects
from .readers import csv, jsonl, xlsx

__all__ = ["ProjectList", "RowProblem", "iter_projects", "read_projects", "read_projects_stream"]

MAX_BYTES = 50_000_000
"""Size of a CSV or XLSX file; JSON Lines are read line by line and may be of any size."""

_TABLES = {".csv": csv.read_rows, ".tsv": csv.read_rows, ".xlsx": xlsx.read_rows}
_LINES = (".jsonl", ".ndjson")
_REFUSED = {
    ".xlsm": "含宏的工作簿（XLSM）不予打开，请另存为 XLSX",
    ".json": "JSON 请改为每行一个对象（JSON Lines），以 .jsonl 为扩展名",
}
_TEXT_FIELDS = {"unit": "单位 unit", "description": "描述 description"}
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ProjectList:
    """A list as read: ``problems`` are the rows that gave no project, ``notes`` what else is to be known."""

    projects: tuple[Project, ...]
    problems: tuple[RowProblem, ...]
    notes: tuple[RowProblem, ...]


def read_projects(path: Path, name: str = "") -> ProjectList:
    """Read a list by its file type; ``name`` is what it is called where it is kept under another name.

    Raises ``DocumentError`` where the file is missing, empty, too large or of a format that is not read, and
    where a table has no column for the project's name.
    """
    suffix, name = path.suffix.lower(), name or path.name
    if not path.is_file():
        raise DocumentError("文件不存在，请检查路径", str(path))
    if suffix in _LINES:
        with path.open("rb") as stream:
            return read_projects_stream(stream, name)
    if suffix not in _TABLES:
        message = _REFUSED.get(suffix, f"不能读取“{suffix}”格式的项目清单，请另存为 XLSX 或 CSV 后重试")
        raise DocumentError(message, name)
    if path.stat().st_size > MAX_BYTES:
        raise DocumentError(f"文件超过 {MAX_BYTES // 1_000_000} MB，请拆分后重试", name)
    rows, findings = _TABLES[suffix](path.read_bytes(), name)
    return _list_of([*map(_note, findings), *_table(rows, name)])


def read_projects_stream(stream: IO[bytes], name: str) -> ProjectList:
    """Read JSON Lines from a stream; raises ``DocumentError`` where it holds none."""
    rows = list(iter_projects(stream, name))
    if not rows:
        raise DocumentError("文件是空的", name)
    return _list_of(rows)


def iter_projects(stream: IO[bytes], name: str) -> Iterator[Project | RowProblem]:
    """The rows of JSON Lines one by one, ``{id, unit, name, description, amount_yuan}``, for lists of any length.

    Every line that is not blank gives a ``Project`` or a ``RowProblem`` of severity error. A project whose
    amount cannot be read is followed by a ``RowProblem`` of severity warning. Without an id the line number
    serves; keys not named here are ignored.
    """
    return unique_ids(result for line, value in jsonl.read_objects(stream) for result in _record(value, name, line))


def _table(rows: list[TableRow], name: str) -> Iterator[Project | RowProblem]:
    if not any(any(row.cells) for row in rows):
        raise DocumentError("文件是空的", name)
    return unique_ids(table_projects(rows, name))


def _list_of(rows: Iterable[Project | RowProblem]) -> ProjectList:
    said = [row for row in rows if isinstance(row, RowProblem)]
    return ProjectList(
        projects=tuple(row for row in rows if isinstance(row, Project)),
        problems=tuple(row for row in said if row.severity == "error"),
        notes=tuple(row for row in said if row.severity != "error"),
    )


def _note(finding: Finding) -> RowProblem:
    """A reader's finding; the row it concerns is read all the same, so an error is no more than a warning here."""
    severity: Severity = "info" if finding.severity == "info" else "warning"
    return RowProblem(finding.where.document, finding.where.line, finding.message, severity)


def _record(value: dict[str, object] | str, name: str, line: int) -> Iterator[Project | RowProblem]:
    cause = value if isinstance(value, str) else _cause(value)
    if cause or isinstance(value, str):
        yield RowProblem(name, line, cause)
        return
    printed = value.get("amount_yuan")
    yuan = _yuan(printed)
    yield Project(
        id=_text(value.get("id")) or str(line),
        unit=_text(value.get("unit")),
        name=_text(value["name"]),
        amount_yuan=yuan,
        description=_text(value.get("description")),
        document=name,
        line=line,
    )
    if printed not in (None, "") and yuan is None:
        yield RowProblem(name, line, f"金额“{str(printed)[:40]}”无法识别，项目按没有金额读入", "warning")


def _cause(record: dict[str, object]) -> str:
    """Why an object is no project, '' where it is one."""
    name, number, printed = record.get("name"), record.get("id"), record.get("amount_yuan")
    if not isinstance(name, str) or not name.strip():
        return "没有项目名称：name 应为非空文字"
    if number is not None and (isinstance(number, bool) or not isinstance(number, str | int)):
        return "编号 id 应为文字或整数"
    for field, label in _TEXT_FIELDS.items():
        if not isinstance(record.get(field), str | None):
            return f"{label} 应为文字"
    if printed is not None and (isinstance(printed, bool) or not isinstance(printed, str | int | Decimal)):
        return "金额 amount_yuan 应为数字或写成数字的文字"
    if any(_SURROGATE.search(_text(record.get(field))) for field in ("id", "unit", "name", "description")):
        return "文字里有不成对的代理字符（\\ud800 至 \\udfff）"
    return ""


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _yuan(value: object) -> Decimal | None:
    if isinstance(value, str):
        return printed_yuan(value, "元")
    return budget_amount(Decimal(value)) if isinstance(value, int | Decimal) else None
