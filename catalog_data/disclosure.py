"""A printed budget disclosure (单位预算公开) -> ``Disclosure``: tables, projects, sheets, stated figures, findings.

What each part prints is read by its own module; this one finds the unit, the year and the title, puts the
parts together, and sees that no printed amount is lost between them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from .budget_tables import EXPECTED_KINDS, read_tables
from .model import BudgetTable, Disclosure, Document, DocumentError, Finding, Line, Place, Project
from .projects import read_projects
from .sheet_joins import join
from .sheets import SheetReading, read_sheets
from .statements import read_statements
from .text import amount, key

_TITLE = re.compile(r"(?:19|20)\d{2}年度?.{0,20}预算(信息)?(公开|说明|公开说明)?")
_YEAR = re.compile(r"((?:19|20)\d{2})\s*年")
_UNIT_NAME = re.compile(r"^(?:(?:编制|填报|部门|预算)?单位(?:名称)?|部门(?:名称)?)\s*[:：]\s*([^\s\d:：]{2,40})")
_MONEY = re.compile(r"(万|千|亿)?元")
_FRONT_PAGE = 40
"""Printed lines among which the title stands."""


def read_disclosure(document: Document) -> Disclosure:
    """Read a unit's published budget.

    A document that stops early gives the records so far, with findings. Raises ``DocumentError`` where a
    text has neither budget tables nor performance sheets.
    """
    tables, findings = read_tables(document)
    readings = read_sheets(document)
    if not any(table.kind in EXPECTED_KINDS for table in tables) and not readings:
        wanted = "“预算收支总表”“项目支出预算表”等预算表，也没有“项目支出绩效目标表”"
        raise DocumentError(f"没有找到{wanted}，不是部门（单位）预算公开文件", document.name)
    title = _title(document)
    unit, year = _unit(document, title), _year(title, tables)
    projects, project_findings = _projects(tables, unit, year, document.name)
    sheets = tuple(reading.sheet for reading in readings)
    projects, join_findings = join(projects, sheets, document.name)
    taken = _taken_lines(tables, readings)
    findings += [*document.findings, *project_findings, *join_findings]
    findings += [finding for reading in readings for finding in reading.findings]
    findings += [*_missing(document.name, title, unit, year, tables), *_stray_rows(document, tables, taken)]
    return Disclosure(
        document=document.name,
        sha256=document.sha256,
        unit=unit,
        year=year,
        title=title,
        tables=tuple(tables),
        projects=tuple(projects),
        sheets=sheets,
        statements=tuple(read_statements(document, taken, unit)),
        findings=tuple(sorted(findings, key=lambda finding: finding.where.line or 0)),
    )


def _title(document: Document) -> str:
    """The title on the front page, with the unit's name where the line above prints it; '' where there is none."""
    above = ""
    for line in [line for line in document.lines if line.filled][:_FRONT_PAGE]:
        printed = key(line.text)
        if len(line.cells) == 1 and _TITLE.search(printed) and len(printed) < 60:
            return (above if printed[:1].isdigit() and len(above) < 30 else "") + line.text.strip()
        above = line.text.strip()
    return ""


def _unit(document: Document, title: str) -> str:
    """The unit's name as the tables print it most often, else as the title prints it before the year."""
    printed = (_UNIT_NAME.match(line.text.strip()) for line in document.lines)
    names = Counter(match.group(1) for match in printed if match and not _MONEY.fullmatch(match.group(1)))
    if names:
        return names.most_common(1)[0][0]
    return _YEAR.split(title)[0].strip() if _YEAR.search(title) else ""


def _year(title: str, tables: list[BudgetTable]) -> int:
    """The budget year: as the title prints it, else as most tables do; 0 where none is printed."""
    years = _YEAR.findall(title) or [year for table in tables for year in _YEAR.findall(table.title)]
    return int(Counter(years).most_common(1)[0][0]) if years else 0


def _projects(tables: list[BudgetTable], unit: str, year: int, document: str) -> tuple[list[Project], list[Finding]]:
    projects: list[Project] = []
    findings: list[Finding] = []
    for kind in ("projects", "carried_over_projects"):
        for table in [table for table in tables if table.kind == kind and table.rows]:
            read, problems = read_projects(table, unit, year, document)
            projects += read
            findings += problems
    return projects, findings


def _taken_lines(tables: list[BudgetTable], readings: list[SheetReading]) -> set[int]:
    """The lines from each table's title to its last row, and those of the sheets."""
    taken = {number for reading in readings for number in reading.lines}
    for table in tables:
        last = max((row.line for row in (*table.header, *table.rows)), default=table.line)
        taken |= set(range(table.line, last + 1))
    return taken


def _missing(document: str, title: str, unit: str, year: int, tables: list[BudgetTable]) -> Iterator[Finding]:
    printed = {"单位名称": unit, "预算年度": year, "标题": title}
    for name in [name for name, value in printed.items() if not value]:
        yield Finding("disclosure.front_page", "error", f"没有找到{name}", name, "", Place(document, None, name))
    kinds = Counter(table.kind for table in tables)
    for kind, name in EXPECTED_KINDS.items():
        place = Place(document, None, name)
        if not kinds[kind]:
            message = f"没有找到{name}，可能未公开或文件不完整"
            yield Finding("disclosure.table_missing", "error", message, name, "", place)
        elif kinds[kind] > 1:
            message = f"{name}出现 {kinds[kind]} 次，核对时以第一张为准"
            yield Finding("disclosure.table_repeated", "warning", message, "1", str(kinds[kind]), place)


def _stray_rows(document: Document, tables: list[BudgetTable], taken: set[int]) -> Iterator[Finding]:
    """Rows with amounts that stand in no table and no sheet, one finding for rows that follow each other."""
    first = min((table.line for table in tables), default=1)
    previous = 0
    for line in document.lines[first - 1 :]:
        if line.number in taken or not _prints_amount(line):
            continue
        if line.number != previous + 1:
            message = f"第 {line.number} 行起的表格行不在任何可辨认的表内，未收录"
            place = Place(document.name, line.number, line.filled[0])
            yield Finding("disclosure.stray_row", "error", message, "表名和表头", "、".join(line.filled)[:120], place)
        previous = line.number


def _prints_amount(line: Line) -> bool:
    return any(amount(cell) is not None for cell in line.cells[1:])
