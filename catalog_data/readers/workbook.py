"""The first visible sheet of a workbook as rows of text, written as a process of its own.

A few kilobytes of XLSX can ask for terabytes (one cell in the last row and column, one long shared string
in a million cells), and the native parser then aborts. So ``xlsx`` runs this file as a script under limits
set by the operating system; it imports nothing of the project. Workbook on standard input; on standard
output JSON Lines: a head ``{"sheet", "unread"}`` or ``{"refused": "encrypted" | "damaged" | "no_sheet"}``,
then one array of texts a row, from row 1 on.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError
from python_calamine import SheetTypeEnum as Type
from python_calamine import SheetVisibleEnum as Visible

MEMORY = 1_000_000_000
SECONDS = 60
OUTPUT = 200_000_000
"""What reading may take: bytes of address space, seconds of processor time, bytes of output."""


def lines(data: bytes) -> Iterator[str]:
    """The head and the rows as JSON Lines."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = [m.name for m in book.sheets_metadata if m.typ == Type.WorkSheet and m.visible == Visible.Visible]
        if not names:
            yield json.dumps({"refused": "no_sheet"})
            return
        rows = cell_texts(book.get_sheet_by_name(names[0]))
        yield json.dumps({"sheet": names[0], "unread": [name for name in book.sheet_names if name != names[0]]})
        yield from (json.dumps(row) for row in rows)
    except PasswordError:
        yield json.dumps({"refused": "encrypted"})
    except CalamineError:
        yield json.dumps({"refused": "damaged"})


def cell_texts(sheet: CalamineSheet) -> list[list[str]]:
    """The cells as text from row 1, column A; a merged text stands in every cell it covers.

    A merged figure stays in its first cell alone: it is one amount, not several.
    """
    rows = sheet.to_python(skip_empty_area=False)
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        covered = [row[left : right + 1] for row in rows[top : bottom + 1]]
        if covered and covered[0] and isinstance(covered[0][0], str):
            for row, cells in zip(rows[top : bottom + 1], covered, strict=True):
                row[left : right + 1] = [covered[0][0]] * len(cells)
    return [[cell_text(value) for value in row] for row in rows]


def cell_text(value: object) -> str:
    """A cell's value as text; figures with the fifteen significant digits that spreadsheets keep.

    >>> cell_text(186.37), cell_text(3.0), cell_text(0.1 + 0.2), cell_text(date(2026, 1, 2))
    ('186.37', '3', '0.3', '2026-01-02')
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return format(Decimal(format(value, ".15g")), "f")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _limit() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT, OUTPUT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _limit()
    for line in lines(sys.stdin.buffer.read()):
        print(line)
