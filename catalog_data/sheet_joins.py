"""Performance sheets joined to the rows of the project table, one to one.

The same name joins first, compared without regard to the form of brackets and quotes. What is left joins by
likeness where numbers and levels of government are the same, the amounts agree, and no other pair is as
likely; every such join is reported, and what cannot be joined is reported too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from rapidfuzz import fuzz

from .model import Finding, PerformanceSheet, Place, Project
from .text import digit_runs, key

AMOUNT_TOLERANCE = Decimal(50)
"""Half of 0.01 万元, in 元: how far a sheet's amount may stand from the table's rounded one."""

LIKENESS = 70
LIKENESS_WITHOUT_AMOUNT = 90
"""Least likeness (0 to 100) of two names with amounts that agree, and of two names where one prints no amount."""

LIKENESS_MARGIN = 5
"""How much likelier a pair must be than any other pair of the same project or sheet."""

_BRACKETS = str.maketrans("〔【《<[〕】》>]", "((((()))))")
_QUOTES = re.compile(r"[“”\"'‘’「」]")
_LEVELS = re.compile(r"中央|省级|市级|县级|区级|乡级|镇级")


def comparable(name: str) -> str:
    """A project's name without regard to white space, forms of brackets, and quotes."""
    return _QUOTES.sub("", key(name).translate(_BRACKETS))


def join(
    projects: Sequence[Project], sheets: Sequence[PerformanceSheet], document: str
) -> tuple[list[Project], list[Finding]]:
    """The projects with their sheets, and a finding for each join by likeness and each left alone."""
    pairs = _same_names(projects, sheets)
    alike = _alike(projects, sheets, pairs)
    pairs |= alike
    joined = [_with_sheet(project, sheets, pairs.get(k)) for k, project in enumerate(projects)]
    findings = [_name_differs(projects[k], sheets[i], document) for k, i in sorted(alike.items())]
    if projects and not sheets:
        findings.append(_no_sheets(document))
    return joined, [*findings, *_left_alone(projects, sheets, pairs, document)]


def _with_sheet(project: Project, sheets: Sequence[PerformanceSheet], position: int | None) -> Project:
    if position is None:
        return project
    sheet = sheets[position]
    return replace(project, sheet=sheet, description=sheet.overview)


def _same_names(projects: Sequence[Project], sheets: Sequence[PerformanceSheet]) -> dict[int, int]:
    """Pairs of one name; where several bear it, those whose amounts agree come first."""
    names = [comparable(sheet.name) for sheet in sheets]
    same = [
        (k, i)
        for k, project in enumerate(projects)
        for i, name in enumerate(names)
        if name and comparable(project.name) == name
    ]
    pairs: dict[int, int] = {}
    for k, i in sorted(same, key=lambda pair: _agrees(projects[pair[0]], sheets[pair[1]]) is not True):
        if k not in pairs and i not in pairs.values():
            pairs[k] = i
    return pairs


def _agrees(project: Project, sheet: PerformanceSheet) -> bool | None:
    """Whether table and sheet print the same amount; None where one prints none."""
    printed = sheet.amount_yuan if sheet.amount_yuan is not None else sheet.period_funds.get("总额")
    if printed is None or project.amount_yuan is None:
        return None
    return abs(printed - project.amount_yuan) <= AMOUNT_TOLERANCE


def _likeness(project: Project, sheet: PerformanceSheet) -> float:
    """Likeness of the names from 0 to 100; 0 where numbers, levels of government or amounts contradict it."""
    names = comparable(project.name), comparable(sheet.name)
    agrees = _agrees(project, sheet)
    if agrees is False or any(of(names[0]) != of(names[1]) for of in (digit_runs, _LEVELS.findall)):
        return 0.0
    score = fuzz.ratio(*names)
    return score if score >= (LIKENESS if agrees else LIKENESS_WITHOUT_AMOUNT) else 0.0


def _alike(projects: Sequence[Project], sheets: Sequence[PerformanceSheet], pairs: dict[int, int]) -> dict[int, int]:
    scores = {
        (k, i): score
        for k, project in enumerate(projects)
        if k not in pairs
        for i, sheet in enumerate(sheets)
        if i not in pairs.values() and (score := _likeness(project, sheet))
    }
    alike: dict[int, int] = {}
    while scores:
        best = max(scores, key=lambda pair: scores[pair])
        rivals = {pair for pair in scores if pair[0] == best[0] or pair[1] == best[1]}
        if all(scores[pair] <= scores[best] - LIKENESS_MARGIN for pair in rivals - {best}):
            alike[best[0]] = best[1]
        scores = {pair: score for pair, score in scores.items() if pair not in rivals}
    return alike


def _name_differs(project: Project, sheet: PerformanceSheet, document: str) -> Finding:
    message = (
        f"绩效目标表（第 {sheet.line} 行）的项目名称“{sheet.name}”与项目支出表（第 {project.line} 行）的"
        f"“{project.name}”不一致，按名称相近、金额一致对应为同一项目，请核实"
    )
    place = Place(document, sheet.line, project.id)
    return Finding("disclosure.sheet_name_differs", "warning", message, project.name, sheet.name, place, project.name)


def _no_sheets(document: str) -> Finding:
    message = "没有一张项目支出绩效目标表，可能另附文件公开，或文件被截断"
    return Finding("disclosure.sheets_missing", "warning", message, "项目支出绩效目标表", "", Place(document))


def _left_alone(
    projects: Sequence[Project], sheets: Sequence[PerformanceSheet], pairs: dict[int, int], document: str
) -> Iterator[Finding]:
    for i, sheet in enumerate(sheets):
        if i not in pairs.values():
            message = f"绩效目标表“{sheet.name}”在项目支出表中没有对应的项目"
            place = Place(document, sheet.line, sheet.name)
            yield Finding("disclosure.sheet_without_project", "error", message, "项目支出表中的项目", sheet.name, place)
    for k, project in enumerate(projects):
        if sheets and k not in pairs:
            message = f"项目“{project.name}”没有绩效目标表"
            place = Place(document, project.line, project.id)
            yield Finding("disclosure.project_without_sheet", "warning", message, "绩效目标表", "", place)
