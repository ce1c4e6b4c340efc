"""Separated values as numbered rows: comma, semicolon or tab, in UTF-8 (with or without BOM) or GB18030."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from ..model import Document, DocumentError, Finding, TableRow
from . import txt

_DELIMITERS = {",": re.compile(r"(?<!\d),|,(?!\d)"), "\t": re.compile("\t"), ";": re.compile(";")}
"""What separates cells; a comma between two digits groups a figure."""

_QUOTED = re.compile(r'"[^"]*"')
_SAMPLE = 20


def read_rows(data: bytes, name: str) -> tuple[list[TableRow], tuple[Finding, ...]]:
    """The rows with the physical line each begins on, and a finding for every line with damaged bytes.

    Cells are stripped; a blank line is a row without cells. Raises ``DocumentError`` for an empty or binary
    file, and, with the line, where the quoting breaks off: what follows could belong to any row.
    """
    if b"\0" in data:
        raise DocumentError("不是 CSV，或是 UTF-16 的“Unicode 文本”；请另存为“CSV UTF-8”或 XLSX", name)
    document = txt.decode(data, name)
    return list(_rows(document)), document.findings


def _rows(document: Document) -> Iterator[TableRow]:
    texts = [line.text for line in document.lines]
    if not texts[-1]:
        texts.pop()
    reader = csv.reader((f"{text}\n" for text in texts), delimiter=_delimiter(texts[:_SAMPLE]), strict=True)
    line = 1
    try:
        for cells in reader:
            yield TableRow(tuple(cell.strip() for cell in cells), line)
            line = reader.line_num + 1
    except csv.Error as error:
        message = "从这一行起引号不配对、行内有多余的回车，或内容过长；含引号、换行或分隔符的内容须用双引号括起"
        raise DocumentError(message, document.name, line) from error


def _delimiter(texts: Sequence[str]) -> str:
    """The delimiter found on the most of the first lines, then the most often; a comma where none is found."""
    unquoted = [_QUOTED.sub("", text) for text in texts]

    def frequency(delimiter: str) -> tuple[int, int]:
        counts = [len(_DELIMITERS[delimiter].findall(text)) for text in unquoted]
        return sum(1 for count in counts if count), sum(counts)

    return max(_DELIMITERS, key=frequency)
