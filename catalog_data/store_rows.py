"""Records as rows of the store's tables, and back, without loss.

A row lacks the id of its owner (the ``catalog`` or ``disclosure`` column), which only the store knows.
Amounts become whole 分, tuples of text JSON arrays, and a record's place among its like ``position``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from .database import StoreError
from .model import (
    BudgetTable,
    Catalog,
    Department,
    Disclosure,
    Finding,
    Indicator,
    Item,
    PerformanceSheet,
    Place,
    Project,
    Statement,
    TableRow,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = Mapping[str, Any]
Rows = Mapping[str, list[dict[str, Any]]]
"""Table name -> its rows, in an order in which every row comes after those it refers to."""

CATALOG_TABLES = {"departments": "position", "items": "position", "findings": "position"}
"""The tables of a catalog's rows, each with the columns that give their printed order."""

DISCLOSURE_TABLES = {
    "budget_tables": "position",
    "budget_rows": "budget_table, position",
    "performance_sheets": "position",
    "sheet_funds": "rowid",
    "indicators": "sheet, position",
    "projects": "position",
    "project_funds": "rowid",
    "statements": "position",
    "findings": "position",
}
"""The tables of a disclosure's rows, likewise."""

Record = TypeVar("Record", bound="DataclassInstance")

_SCOPES = {"period": "period_funds", "year": "year_funds"}


def catalog_rows(catalog: Catalog) -> Rows:
    """The rows of a catalog; the first table holds the one row that stands for it."""
    items = [
        _plain(item) | {"path": to_json(item.path), "parent": item.parent or None, "position": position}
        for position, item in enumerate(catalog.items, 1)
    ]
    return {
        "catalogs": [_plain(catalog, "departments", "items", "findings")],
        "departments": _numbered(map(_plain, catalog.departments)),
        "items": items,
        "findings": _finding_rows(catalog.findings),
    }


def disclosure_rows(disclosure: Disclosure) -> Rows:
    """The rows of a disclosure; the first table holds the one row that stands for it.

    Raises ``StoreError`` where an amount is no whole number of 分, or a project's performance sheet is not
    among those of the disclosure.
    """
    return {
        "disclosures": [_plain(disclosure, "tables", "projects", "sheets", "statements", "findings")],
        "budget_tables": _numbered(_plain(table, "header", "rows") for table in disclosure.tables),
        "budget_rows": [
            row for k, table in enumerate(disclosure.tables, 1) for row in _budget_rows(table, budget_table=k)
        ],
        "performance_sheets": _numbered(_plain(sheet, *_SCOPES.values(), "indicators") for sheet in disclosure.sheets),
        "sheet_funds": [
            {"sheet": k, "scope": scope} | row
            for k, sheet in enumerate(disclosure.sheets, 1)
            for scope, funds in _SCOPES.items()
            for row in _fund_rows(getattr(sheet, funds))
        ],
        "indicators": [
            {"sheet": k} | row
            for k, sheet in enumerate(disclosure.sheets, 1)
            for row in _numbered(map(_indicator_row, sheet.indicators))
        ],
        "projects": _numbered(_project_row(project, disclosure.sheets) for project in disclosure.projects),
        "project_funds": [
            {"project": project.id} | row for project in disclosure.projects for row in _fund_rows(project.funds)
        ],
        "statements": _numbered(_plain(s) | {"value": str(s.value)} for s in disclosure.statements),
        "findings": _finding_rows(disclosure.findings),
    }


def to_catalog(head: Row, rows: Mapping[str, Iterable[Row]]) -> Catalog:
    """The catalog that ``catalog_rows`` was given; rows of each table in their order."""
    return to_record(
        Catalog,
        head,
        departments=tuple(to_record(Department, row) for row in rows["departments"]),
        items=tuple(_to_item(row) for row in rows["items"]),
        findings=tuple(map(to_finding, rows["findings"])),
    )


def to_disclosure(head: Row, rows: Mapping[str, Iterable[Row]]) -> Disclosure:
    """The disclosure that ``disclosure_rows`` was given; rows of each table in their order."""
    printed = _grouped(rows["budget_rows"], "budget_table")
    indicators = _grouped(rows["indicators"], "sheet")
    sheet_funds = _grouped(rows["sheet_funds"], "sheet")
    project_funds = _grouped(rows["project_funds"], "project")
    sheets = {
        row["position"]: _to_sheet(row, sheet_funds[row["position"]], indicators[row["position"]])
        for row in rows["performance_sheets"]
    }
    return to_record(
        Disclosure,
        head,
        tables=tuple(_to_table(row, printed[row["position"]]) for row in rows["budget_tables"]),
        projects=tuple(_to_project(row, project_funds[row["id"]], sheets) for row in rows["projects"]),
        sheets=tuple(sheets.values()),
        statements=tuple(to_record(Statement, row, value=Decimal(row["value"])) for row in rows["statements"]),
        findings=tuple(map(to_finding, rows["findings"])),
    )


def to_finding(row: Row) -> Finding:
    """A finding from its row."""
    return to_record(Finding, row, check=row["check_name"], where=to_record(Place, row))


def to_record(kind: type[Record], row: Row, **computed: object) -> Record:
    """A record from its row; ``computed`` are the fields that no column holds as they are."""
    values = {**row, **computed}
    return kind(**{name: values[name] for name in _names(kind)})


def to_json(value: Iterable[str]) -> str:
    """A JSON array of texts, with Chinese left readable."""
    return json.dumps(list(value), ensure_ascii=False)


def catalog_named(catalog: Catalog, document: str) -> Catalog:
    """The same reading of a catalog from a file of another name."""
    return replace(catalog, document=document, findings=_findings_named(catalog.findings, catalog.document, document))


def disclosure_named(disclosure: Disclosure, document: str) -> Disclosure:
    """The same reading of a disclosure from a file of another name."""
    old = disclosure.document
    projects = tuple(replace(p, document=document) if p.document == old else p for p in disclosure.projects)
    findings = _findings_named(disclosure.findings, old, document)
    return replace(disclosure, document=document, projects=projects, findings=findings)


def _findings_named(findings: Iterable[Finding], old: str, new: str) -> tuple[Finding, ...]:
    return tuple(replace(f, where=replace(f.where, document=new)) if f.where.document == old else f for f in findings)


@cache
def _names(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _plain(record: DataclassInstance, *left_out: str) -> dict[str, Any]:
    """The fields of a record that a column holds as they are."""
    return {name: getattr(record, name) for name in _names(type(record)) if name not in left_out}


def _numbered(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"position": position} for position, row in enumerate(rows, 1)]


def _grouped(rows: Iterable[Row], column: str) -> defaultdict[Any, list[Row]]:
    groups: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def _fen(amount: Decimal) -> int:
    """An amount in 元 as whole 分."""
    if not amount.is_finite() or (Fraction(amount) * 100).denominator != 1:
        raise StoreError(f"金额 {amount} 元不是整分，无法入库，请核对原文的金额和单位")
    return int(Fraction(amount) * 100)


def _to_yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def _finding_rows(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return _numbered(_plain(f, "check", "where") | {"check_name": f.check} | _plain(f.where) for f in findings)


def _to_item(row: Row) -> Item:
    return to_record(Item, row, parent=row["parent"] or "", path=tuple(json.loads(row["path"])))


def _budget_rows(table: BudgetTable, budget_table: int) -> list[dict[str, Any]]:
    printed = [(True, row) for row in table.header] + [(False, row) for row in table.rows]
    return _numbered(
        {"budget_table": budget_table, "header": header, "cells": to_json(row.cells), "line": row.line}
        for header, row in printed
    )


def _to_table(row: Row, printed: list[Row]) -> BudgetTable:
    parts: dict[int, list[TableRow]] = {0: [], 1: []}
    for line in printed:
        parts[line["header"]].append(TableRow(tuple(json.loads(line["cells"])), line["line"]))
    return to_record(BudgetTable, row, header=tuple(parts[1]), rows=tuple(parts[0]), empty=bool(row["empty"]))


def _fund_rows(funds: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    return [{"fund": fund, "amount_fen": _fen(amount)} for fund, amount in funds.items()]


def _to_funds(rows: Iterable[Row]) -> dict[str, Decimal]:
    return {row["fund"]: _to_yuan(row["amount_fen"]) for row in rows}


def _indicator_row(indicator: Indicator) -> dict[str, Any]:
    return _plain(indicator, "group") | {"indicator_group": indicator.group}


def _to_sheet(row: Row, funds: list[Row], indicators: list[Row]) -> PerformanceSheet:
    return to_record(
        PerformanceSheet,
        row,
        period_funds=_to_funds(fund for fund in funds if fund["scope"] == "period"),
        year_funds=_to_funds(fund for fund in funds if fund["scope"] == "year"),
        indicators=tuple(to_record(Indicator, i, group=i["indicator_group"]) for i in indicators),
    )


def _project_row(project: Project, sheets: tuple[PerformanceSheet, ...]) -> dict[str, Any]:
    if project.sheet and project.sheet not in sheets:
        raise StoreError(f"项目“{project.name}”的绩效目标表“{project.sheet.name}”不在本公开文件中，无法入库")
    return _plain(project, "amount_yuan", "funds", "sheet") | {
        "amount_fen": None if project.amount_yuan is None else _fen(project.amount_yuan),
        "sheet": sheets.index(project.sheet) + 1 if project.sheet else None,
    }


def _to_project(row: Row, funds: list[Row], sheets: Mapping[int, PerformanceSheet]) -> Project:
    return to_record(
        Project,
        row,
        amount_yuan=None if row["amount_fen"] is None else _to_yuan(row["amount_fen"]),
        carried_over=bool(row["carried_over"]),
        funds=_to_funds(funds),
        sheet=sheets.get(row["sheet"]),
    )
