"""The sheets of the workbook: styles, columns, cells that hold what the print holds, and the printed page.

Text is never read as a formula or a link. What a cell cannot hold is shown: a character that XML forbids as
U+FFFD, the end of a text beyond the cell's limit as a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

HEADER_ROW = 2
"""0-based row of the column names; above it stand the title and a line that sums the sheet up."""

FIRST_ROW = HEADER_ROW + 1
CELL_LIMIT = 32_767
"""UTF-16 units that a cell can hold (ECMA-376, Excel's specifications and limits)."""

_PRINT_HEADER_LIMIT = 80
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_A3, _A4 = 8, 9
_EVERYWHERE = "A1:XFD1048576"
_LINE_HEIGHT, _MOST_LINES = 14.0, 40
_BASE = {"font_name": "微软雅黑", "font_size": 10, "valign": "top"}
_CELL = _BASE | {"border": 1, "border_color": "#D0D5DB"}
_MONEY = {"num_format": "#,##0.00", "align": "right"}
_TOTAL = {"bold": True, "bg_color": "#EEF1F5", "top": 2, "top_color": "#5B6B7F"}

STYLES: dict[str, dict[str, object]] = {
    "title": _BASE | {"font_size": 14, "bold": True, "font_color": "#1F3A5F", "valign": "vcenter"},
    "note": _BASE | {"font_color": "#5B6B7F", "valign": "vcenter"},
    "header": _CELL
    | {"bold": True, "font_color": "#FFFFFF", "bg_color": "#3D5A80", "text_wrap": True}
    | {"align": "center", "valign": "vcenter"},
    "text": _CELL | {"text_wrap": True},
    "center": _CELL | {"align": "center"},
    "code": _CELL | {"num_format": "@", "align": "center"},
    "line": _CELL | {"num_format": "0", "align": "center"},
    "count": _CELL | {"num_format": "#,##0", "align": "right"},
    "money": _CELL | _MONEY,
    "percent": _CELL | {"num_format": "0.0%", "align": "right"},
    "sign": _CELL | {"bg_color": "#FFFDF0", "text_wrap": True},
    "sign_code": _CELL | {"bg_color": "#FFFDF0", "num_format": "@", "align": "center"},
    "sign_date": _CELL | {"bg_color": "#FFFDF0", "num_format": "yyyy-mm-dd", "align": "center"},
    "total": _CELL | _TOTAL,
    "total_money": _CELL | _TOTAL | _MONEY,
    "total_count": _CELL | _TOTAL | {"num_format": "#,##0", "align": "right"},
    "total_percent": _CELL | _TOTAL | {"num_format": "0.0%", "align": "right"},
    "section": _BASE | {"bold": True, "font_size": 12, "font_color": "#1F3A5F", "bottom": 2, "bottom_color": "#3D5A80"},
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of ours and the value it has when the workbook is made."""

    text: str
    value: str | int | Decimal


Value = str | int | float | Decimal | Formula | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, width in characters, a style of ``STYLES``, and what it tells the reader."""

    name: str
    width: float
    style: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet's name, its title, the line that sums it up, and its columns; ``wide`` prints on A3."""

    name: str
    title: str
    summary: str
    columns: tuple[Column, ...]
    wide: bool = False

    def position(self, column: str) -> int:
        """The 0-based position of a column; ``ValueError`` where there is none of this name."""
        return [one.name for one in self.columns].index(column)

    def cells(self, column: str, rows: int) -> str:
        """The first ``rows`` rows of a column (one at least) as a reference that formulas and charts take."""
        letter = xl_col_to_name(self.position(column))
        return f"'{self.name}'!${letter}${FIRST_ROW + 1}:${letter}${FIRST_ROW + max(1, rows)}"


class Book:
    """An open workbook with its styles. ``heading`` stands over every printed page."""

    def __init__(self, stream: BytesIO, heading: str, made_on: datetime) -> None:
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.workbook: Any = xlsxwriter.Workbook(stream, options)
        self.heading = heading
        created = made_on.replace(tzinfo=None)
        properties = {"title": f"{shown(heading)}预算项目政府购买服务审核", "subject": "政府购买服务判定与预算公开核对"}
        comments = "自动判定不代替人工复核"
        self.workbook.set_properties(properties | {"comments": comments, "created": created})
        self.styles = {name: self.workbook.add_format(properties) for name, properties in STYLES.items()}

    def add(self, page: Page) -> Any:
        """A sheet with title, summary and column names, ready for its rows and for print."""
        sheet = self.workbook.add_worksheet(page.name)
        self.write(sheet, 0, 0, page.title, "title")
        self.write(sheet, 1, 0, page.summary, "note")
        sheet.set_row(0, 26)
        sheet.set_row(1, 20)
        for position, column in enumerate(page.columns):
            sheet.set_column(position, position, column.width)
            self.write(sheet, HEADER_ROW, position, column.name, "header")
        sheet.set_row(HEADER_ROW, 32)
        self._set_up_print(sheet, page)
        return sheet

    def add_table(self, page: Page, rows: Sequence[Sequence[Value]], frozen: int, nothing: str) -> Any:
        """A sheet of rows under a frozen, filtered header, ``frozen`` columns kept in sight.

        Without rows the sheet says ``nothing`` in their place.
        """
        sheet = self.add(page)
        sheet.freeze_panes(FIRST_ROW, frozen)
        sheet.ignore_errors({"number_stored_as_text": _EVERYWHERE})
        sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + max(1, len(rows)), len(page.columns) - 1)
        for row, values in enumerate(rows, FIRST_ROW):
            sheet.set_row(row, height(values, [column.width for column in page.columns]))
            self.write_row(sheet, row, values, [column.style for column in page.columns])
        if not rows:
            self.write(sheet, FIRST_ROW, min(1, len(page.columns) - 1), nothing, "note")
        return sheet

    def write_row(self, sheet: Any, row: int, values: Iterable[Value], styles: Iterable[str]) -> None:
        """Write values from the first column on, each in its style."""
        for position, (value, style) in enumerate(zip(values, styles, strict=True)):
            self.write(sheet, row, position, value, style)

    def write(self, sheet: Any, row: int, position: int, value: Value, style: str) -> None:
        """Write one cell: text as text, numbers as numbers, our formulas as formulas, nothing as a blank."""
        look = self.styles[style]
        if isinstance(value, Formula):
            sheet.write_formula(row, position, value.text, look, value.value)
        elif value is None or value == "":
            sheet.write_blank(row, position, None, look)
        elif isinstance(value, str):
            sheet.write_string(row, position, shown(value), look)
        else:
            sheet.write_number(row, position, value, look)

    def colour(self, sheet: Any, area: tuple[int, int, int, int], colours: dict[str, str]) -> None:
        """Colour the cells of an area (first row, column, last row, column) by the text they hold."""
        for text, colour in colours.items():
            look = self.workbook.add_format({"bg_color": colour})
            sheet.conditional_format(*area, {"type": "cell", "criteria": "==", "value": f'"{text}"', "format": look})

    def _set_up_print(self, sheet: Any, page: Page) -> None:
        sheet.set_landscape()
        sheet.set_paper(_A3 if page.wide else _A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.6)
        sheet.repeat_rows(HEADER_ROW)
        heading = shown(self.heading)[:_PRINT_HEADER_LIMIT].replace("&", "&&")
        sheet.set_header(f"&L{heading}&C{page.name}&R金额单位：万元")
        sheet.set_footer("&L自动判定不代替人工复核&R第 &P 页，共 &N 页")
        sheet.hide_gridlines(2)


def shown(text: str) -> str:
    """A text as a cell can hold it.

    >>> shown("低保\\x07家访"), shown("甲\\r\\n乙")
    ('低保�家访', '甲\\n乙')
    """
    clean = _not_markup(_FORBIDDEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")))
    if len(clean.encode("utf-16-le")) // 2 > CELL_LIMIT:
        note = f"……（原文共 {len(clean)} 字，超出单元格上限，以下略）"
        room = 2 * (CELL_LIMIT - len(note))
        clean = clean.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + note
    return clean


def height(values: Sequence[Value], widths: Sequence[float]) -> float:
    """The height in points that shows the texts of a row whole; Excel allows 409 at most.

    Not every spreadsheet program fits rows to wrapped text by itself.
    """
    lines = max((_lines(value, width) for value, width in zip(values, widths, strict=True)), default=1)
    return min(409.0, 6 + _LINE_HEIGHT * lines)


def _lines(value: Value, width: float) -> int:
    """How many lines a text takes in a column: a Chinese character is two wide, and one may be left at the end."""
    if not isinstance(value, str):
        return 1
    texts = value[: int(width) * _MOST_LINES].split("\n")
    return sum(1 + int(sum(1 + (char > "\u00ff") for char in text) // (width - 1)) for text in texts)


def _not_markup(text: str) -> str:
    """XlsxWriter takes a text between <r> and </r> for ready-made XML; a space behind it keeps it text."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def address(row: int, position: int) -> str:
    """The address of a cell by 0-based row and column: C4."""
    return str(xl_rowcol_to_cell(row, position))
