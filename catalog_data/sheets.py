"""Performance target sheets (项目支出绩效目标表) as records: texts as printed, amounts in 元, indicators.

Labels decide, not columns, since these shift from sheet to sheet. A value stands behind the nearest label to
its left; what stands behind none is reported and never moved to where it might belong. Signers and their
telephone numbers are not kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from .indicators import read_row, year_column
from .model import Document, Finding, Indicator, Line, PerformanceSheet, Place, Severity
from .sheet_funds import FundLines
from .sheet_labels import TEXT_FIELDS, Token, completes_label, tokens
from .text import key

_TITLE = re.compile(r".*项目(支出)?绩效目标(申报)?表(\(.*\))?")
_PREFACE = re.compile(r"\(?(19|20)\d{2}\s*年度?\)?|[—–-]?\s*\d{1,4}\s*[—–-]?|.*单位\s*[:：].*")
_SIGNED = {"filled_on", "signer"}
_LAST_ROW = "signed"
_ERRORS = {"sheet_amount", "sheet_name_missing", "sheet_amount_missing"}
_HEADINGS = {"period_heading", "year_heading", "funds"}


@dataclass(frozen=True, slots=True)
class SheetReading:
    """A sheet with the findings of its print, the lines it takes up, and the fields whose labels it prints."""

    sheet: PerformanceSheet
    findings: tuple[Finding, ...]
    lines: range
    printed: frozenset[str]


def read_sheets(document: Document) -> list[SheetReading]:
    """All performance sheets of a document in printed order."""
    readings = [_SheetReader(document.name, block).read() for block in _blocks(document)]
    prints = Counter(name for reading in readings for name in reading.printed)
    usual = [name for name, count in prints.items() if count * 2 >= len(readings)]
    return [_compared(document.name, reading, usual) for reading in readings]


def _blocks(document: Document) -> Iterator[list[Line]]:
    """The lines of each sheet: its title, then its rows; a second 项目名称 begins the next sheet."""
    block: list[Line] = []
    for line in document.lines:
        begins = len(line.filled) == 1 and bool(_TITLE.fullmatch(key(line.text)))
        if begins or (block and _is_name_row(line) and any(_is_name_row(known) for known in block)):
            if block:
                yield block
            block = [line]
        elif block and len(line.cells) > 1 and line.filled:
            block.append(line)
        elif block and line.filled and not _PREFACE.fullmatch(_plain(line.text)):
            yield block
            block = []
    if block:
        yield block


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _is_name_row(line: Line) -> bool:
    return bool(line.filled) and key(line.filled[0]) == TEXT_FIELDS["name"]


def _compared(document: str, reading: SheetReading, usual: list[str]) -> SheetReading:
    """A sheet with findings for what most sheets of the document print and this one does not."""
    place = Place(document, reading.sheet.line, reading.sheet.name)
    found = list(reading.findings)
    for name in sorted(set(usual) - reading.printed):
        if name == _LAST_ROW:
            message = f"绩效目标表“{reading.sheet.name}”没有末行（负责人、填报日期），可能被截断"
            found.append(Finding("disclosure.sheet_cut_off", "error", message, "末行", "", place))
        else:
            message = f"绩效目标表“{reading.sheet.name}”没有“{TEXT_FIELDS[name]}”一栏"
            found.append(Finding("disclosure.sheet_field_missing", "error", message, TEXT_FIELDS[name], "", place))
    return replace(reading, findings=tuple(found))


class _Problem(NamedTuple):
    """A finding before the sheet's name is known."""

    check: str
    message: str
    expected: str
    found: str
    line: int


@dataclass
class _SheetReader:
    """Reads one sheet row by row; holds what the rows above decide for the rows below."""

    document: str
    block: list[Line]
    texts: dict[str, str] = field(default_factory=dict)
    indicators: list[Indicator] = field(default_factory=list)
    problems: list[_Problem] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    last: str = ""
    filled_on: str = ""
    group: str = ""
    year_goal_from: int = 0
    indicators_from: int | None = None
    signed: bool = False
    funds: FundLines = field(default_factory=FundLines)

    def read(self) -> SheetReading:
        for line in self.block:
            row = tokens(line)
            if len(line.cells) > 1:
                self._row(line, row)
        self._report_blanks()
        sheet = PerformanceSheet(
            **{name: self.texts.get(name, "") for name in TEXT_FIELDS},
            line=self.block[0].number,
            filled_on=self.filled_on,
            period_funds=self.funds.amounts["period"],
            year_funds=self.funds.amounts["year"],
            indicators=tuple(self.indicators),
        )
        lines = range(self.block[0].number, self.block[-1].number + 1)
        printed = frozenset({*self.texts, *([_LAST_ROW] if self.signed else [])})
        return SheetReading(sheet, tuple(self._findings(sheet.name)), lines, printed)

    def _row(self, line: Line, row: list[Token]) -> None:
        fields = {token.field for token in row}
        self.signed = self.signed or bool(fields & _SIGNED)
        if "indicators" in fields:
            self.indicators_from = year_column(row)
        if self.indicators_from is not None and not self.signed:
            self._indicator_row(line, row)
        elif "fund" in fields or ("funds" in fields and self.funds.are_amounts(row[1:])):
            self.problems += [_Problem("sheet_amount", *problem, line.number) for problem in self.funds.read(row)]
            self.last = "fund"
        elif self.last == "fund" and all(completes_label(token.print, self.labels) for token in row):
            return
        elif "goals" in fields:
            self._goal_row(line, row)
        else:
            self._text_row(line, row)
        self.labels = [token.print for token in row if token.field]

    def _indicator_row(self, line: Line, row: list[Token]) -> None:
        reading = read_row(row, self.group, self.indicators_from or 0, line.number)
        self.group = reading.group
        self.indicators += reading.indicators
        if reading.problem:
            message = f"第 {line.number} 行的绩效指标：{reading.problem}"
            self.problems.append(
                _Problem("sheet_indicator", message, "一级、二级、三级指标和指标值", _print(row), line.number)
            )

    def _goal_row(self, line: Line, row: list[Token]) -> None:
        """The goals of period and year: in this order, or, where one is printed, the one it is printed under."""
        heading = next((token.column for token in row if token.field == "year_heading"), self.year_goal_from)
        values = [token for token in row if not token.field]
        goals = dict.fromkeys(("period_goal", "year_goal"), "")
        if len(values) == 1:
            goals["year_goal" if heading and values[0].column >= heading else "period_goal"] = values[0].print
        else:
            goals.update(zip(goals, (token.print for token in values), strict=False))
        for name, text in goals.items():
            self._keep(name, text, line)
        for token in values[2:]:
            self._misplaced(token, line)
        self.last = "goals"

    def _text_row(self, line: Line, row: list[Token]) -> None:
        current, taken = "", False
        if row[0].field == "" and row[0].column == 0:
            self._misplaced(row[0], line)
            row = row[1:]
        elif row[0].field == "" and (self.last in TEXT_FIELDS or self.last == "filled_on"):
            current = self.last
        for token in row:
            if token.field:
                current, taken = "" if token.field in self.texts else token.field, False
                self._open(token, line)
            if token.value and (taken or not current or (current in _HEADINGS and not token.field)):
                self._misplaced(token, line)
            elif token.value:
                self._fill(current, token.value, line)
                taken = True
        self.last = current or self.last

    def _open(self, token: Token, line: Line) -> None:
        if token.field == "year_heading":
            self.year_goal_from = token.column
        elif token.field == "funds":
            self.funds.read_unit(token.print)
        elif token.field in TEXT_FIELDS:
            self._keep(token.field, "", line)

    def _keep(self, name: str, text: str, line: Line) -> None:
        """Open a field once; a label that comes again keeps the first print."""
        if name in self.texts:
            message = f"“{TEXT_FIELDS[name]}”一栏重复出现，保留第一次的内容"
            self.problems.append(_Problem("sheet_field_repeated", message, "每栏一次", text, line.number))
        else:
            self.texts[name] = text

    def _fill(self, name: str, text: str, line: Line) -> None:
        if name in TEXT_FIELDS:
            self.texts[name] = self.texts.get(name, "") + text
        elif name == "filled_on":
            self.filled_on = text

    def _misplaced(self, token: Token, line: Line) -> None:
        message = f"“{token.print[:40]}”前没有可辨认的栏目名称，未归入任何一栏"
        self.problems.append(_Problem("sheet_value_misplaced", message, "栏目名称和内容", token.print, line.number))

    def _report_blanks(self) -> None:
        first = self.block[0].number
        for name in [name for name in TEXT_FIELDS if self.texts.get(name) == ""]:
            message = f"“{TEXT_FIELDS[name]}”一栏是空的，内容可能缺失或串到相邻栏目"
            self.problems.append(_Problem("sheet_field_empty", message, TEXT_FIELDS[name], "", first))
        if not self.texts.get("name"):
            self.problems.append(_Problem("sheet_name_missing", "没有印出项目名称", TEXT_FIELDS["name"], "", first))
        self.problems += [_Problem("sheet_amount_missing", *problem, first) for problem in self.funds.blanks()]

    def _findings(self, name: str) -> Iterator[Finding]:
        for check, message, expected, found, line in self.problems:
            severity: Severity = "error" if check in _ERRORS else "warning"
            place = Place(self.document, line, name)
            yield Finding(f"disclosure.{check}", severity, f"绩效目标表“{name}”：{message}", expected, found, place)


def _print(row: list[Token]) -> str:
    return "、".join(token.print for token in row)
