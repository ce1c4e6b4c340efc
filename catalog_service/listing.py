"""A listing that leaves the program: as CSV and as XLSX, both made to be opened in Excel.

CSV begins with a byte order mark, without which Excel takes UTF-8 for GBK, and a text that Excel would take for a
formula gets an apostrophe before it (OWASP, CSV Injection). XLSX keeps texts as texts and needs neither.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO

import xlsxwriter

from .workbook.sheet import HEADER_ROW, STYLES, height, shown

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

_TEXT_STAYS_TEXT = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)

Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a listing: its name, and its width in characters."""

    name: str
    width: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows under named columns, with a title and a line that says where they come from."""

    title: str
    source: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]


def as_csv(listing: Listing) -> bytes:
    """The listing as CSV (RFC 4180) in UTF-8 with a byte order mark."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.name for column in listing.columns])
    writer.writerows([quoted(cell) for cell in row] for row in listing.rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def quoted(cell: Cell) -> Cell:
    """A cell that no spreadsheet runs.

    >>> quoted("=1+1"), quoted("养老服务"), quoted(-5)
    ("'=1+1", '养老服务', -5)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def as_xlsx(listing: Listing) -> bytes:
    """The listing as a workbook of one sheet, its header frozen, filtered and repeated on every printed page."""
    stream = BytesIO()
    options = {"in_memory": True} | dict.fromkeys(
        ("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False
    )
    book = xlsxwriter.Workbook(stream, options)
    looks = {name: book.add_format(STYLES[name]) for name in ("title", "note", "header", "text", "line")}
    sheet = book.add_worksheet("清单")
    sheet.write_string(0, 0, shown(listing.title), looks["title"])
    sheet.write_string(1, 0, shown(listing.source), looks["note"])
    for position, column in enumerate(listing.columns):
        sheet.set_column(position, position, column.width)
        sheet.write_string(HEADER_ROW, position, column.name, looks["header"])
    widths = [column.width for column in listing.columns]
    for number, row in enumerate(listing.rows, HEADER_ROW + 1):
        sheet.set_row(number, height(row, widths))
        for position, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, position, shown(cell), looks["text"])
            else:
                sheet.write(number, position, cell, looks["line"])
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + max(1, len(listing.rows)), len(listing.columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    sheet.set_footer("&R第 &P 页，共 &N 页")
    book.close()
    return stream.getvalue()
