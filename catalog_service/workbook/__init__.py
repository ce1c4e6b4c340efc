"""The audit workbook (XLSX): what auditors check and reviewers sign.

The same ``Audit`` gives the same bytes. Sheets in order: 项目判定, 待复核, 汇总, 目录问题, 公开数据核对, 说明.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from uuid import uuid4

from .audit import Audit
from .findings import add_findings
from .notes import add_notes
from .projects import add_projects
from .review import add_review
from .sheet import Book
from .summary import add_summary

__all__ = ["Audit", "write_workbook"]


def write_workbook(path: Path, audit: Audit) -> None:
    """Write an audit's workbook, replacing a file of that name in one step.

    Raises ``OSError`` where the folder cannot be written; an existing file then stays as it was.
    """
    content = _content(audit)
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _content(audit: Audit) -> bytes:
    stream = BytesIO()
    book = Book(stream, audit.heading, audit.made_on_utc)
    for add in (add_projects, add_review, add_summary, add_findings, add_notes):
        add(book, audit)
    book.workbook.close()
    return stream.getvalue()
