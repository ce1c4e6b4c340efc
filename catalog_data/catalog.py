"""Printed catalog tables -> ``Catalog``: departments, headings and items in printed order, with findings.

The table has the columns 代码, 一级目录 … 四级目录 and prints its header again on every page. A row that fills
only the first cell opens a department; any other row prints one code and one name, and the column of the
name is its level. What a row prints against its place is kept and reported, never repaired in silence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from . import catalog_checks
from .catalog_checks import CODE_LENGTH, LEVEL_NAMES
from .model import Catalog, Department, Document, DocumentError, Finding, Item, Line, Place
from .text import unwrap

_CODE = re.compile(r"[A-Z](\d\d){0,3}")
_CODE_LIKE = re.compile(r"[A-Z]?\d*")
_PAGE_NUMBER = re.compile(r"[—–-]\s*\d+\s*[—–-]|第?\s*\d+\s*页?")
_ISSUED = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日印发")
_NUMBER_LINE = re.compile(r"[\u4e00-\u9fff]{2,8}[〔\[(（]\d{4}[〕\])）]\d{1,5}号")


@dataclass(frozen=True, slots=True)
class _Row:
    """A table row read by its shape: a department (level 0) or a code with a name (level 1 to 4)."""

    level: int
    code: str
    name: str
    line: int


def read_catalog(document: Document) -> Catalog:
    """Read the catalog that a document prints, alone or as an annex.

    Raises ``DocumentError`` where the document has no catalog table or the table has no readable row.
    """
    start = _table_start(document)
    end = _table_end(document, start)
    rows, findings = _read_rows(document, start, end)
    departments, items, place_findings = _Hierarchy(document.name).build(rows)
    if not items:
        raise DocumentError("目录表头之后没有可读的目录行，文件可能被截断", document.name, start)
    title, number, issued = _imprint(document, start, end)
    if not issued:
        findings.append(_cut_off(document, end))
    findings += place_findings
    findings += [*catalog_checks.check(document.name, items), *document.findings]
    findings.sort(key=lambda finding: finding.where.line or 0)
    return Catalog(
        document.name, document.sha256, title, number, issued, tuple(departments), tuple(items), tuple(findings)
    )


def _is_header(line: Line) -> bool:
    cells = [unwrap(cell) for cell in line.filled]
    return len(cells) == 5 and cells[0] in {"代码", "编码"} and cells[1:] == list(LEVEL_NAMES.values())


def _table_start(document: Document) -> int:
    for line in document.lines:
        if _is_header(line):
            return line.number
    raise DocumentError(
        "没有找到政府购买服务目录：缺少表头“代码、一级目录、二级目录、三级目录、四级目录”", document.name
    )


def _table_end(document: Document, start: int) -> int:
    """The line of the last row that prints a code and a name, or a header."""
    for line in reversed(document.lines[start - 1 :]):
        if _is_header(line) or (len(line.filled) >= 2 and _CODE.fullmatch(_code(line.filled[0]))):
            return line.number
    return start


def _code(cell: str) -> str:
    return re.sub(r"[\s.．]", "", unicodedata.normalize("NFKC", cell)).upper()


def _read_rows(document: Document, start: int, end: int) -> tuple[list[_Row], list[Finding]]:
    rows: list[_Row] = []
    findings: list[Finding] = []
    for line in document.lines[start - 1 : end]:
        if not line.filled or _is_header(line) or _PAGE_NUMBER.fullmatch(line.text.strip()):
            continue
        row, problem = _read_row(line)
        if row:
            rows.append(row)
        if problem:
            expected = "一行一个代码和一个名称，或只有部门名称"
            found = line.text[:120]
            findings.append(
                Finding("catalog.row", "error", problem, expected, found, Place(document.name, line.number))
            )
    return rows, findings


def _read_row(line: Line) -> tuple[_Row | None, str]:
    """The row that a line prints, and what is wrong with it ('' where nothing is)."""
    cells = [cell.strip() for cell in line.cells]
    filled = [k for k, cell in enumerate(cells) if cell]
    codes = [k for k in filled if _CODE_LIKE.fullmatch(_code(cells[k]))]
    shape = "" if len(cells) == 5 else f"本行有 {len(cells)} 格，应为 5 格"
    if len(codes) > 1:
        return None, f"一行有 {len(codes)} 个代码，无法判断归属，未作为条目收录"
    if not codes and filled == [0] and len(cells) > 1:
        return _Row(0, "", cells[0], line.number), shape
    if codes != [0] or len(filled) != 2 or not 1 <= filled[1] <= 4:
        return None, "没有代码" if not codes else "代码与名称的位置无法辨认，未作为条目收录"
    return _Row(filled[1], cells[0], cells[filled[1]], line.number), shape


class _Hierarchy:
    """Puts rows under their printed headings, department by department."""

    def __init__(self, document: str) -> None:
        self.document = document
        self.departments: list[Department] = []
        self.items: list[Item] = []
        self.findings: list[Finding] = []
        self.open: dict[int, Item] = {}
        self.siblings: dict[str, list[str]] = {}
        self.ids: set[str] = set()

    def build(self, rows: list[_Row]) -> tuple[list[Department], list[Item], list[Finding]]:
        for row in rows:
            if row.level == 0:
                self._department(row)
            elif self.departments:
                self._item(row)
            else:
                self._report("catalog.no_department", row, "部门名称", "目录行之前没有部门名称，未收录")
        return self.departments, self.items, self.findings

    def _department(self, row: _Row) -> None:
        name = unwrap(row.name)
        if name in {department.name for department in self.departments}:
            self._report("catalog.department_repeated", row, "每个部门只出现一次", f"部门“{name}”重复出现")
        else:
            self.departments.append(Department(name, row.name, row.line))
        self.open = {}
        self._current = name

    def _item(self, row: _Row) -> None:
        parent = next((self.open[k] for k in range(row.level - 1, 0, -1) if k in self.open), None)
        code = self._completed(row, parent)
        suggested = ""
        if parent and parent.level == row.level - 1 and not code.startswith(parent.code):
            parent, suggested = self._misplaced(row, code, parent)
        item = self._record(row, code, suggested, parent)
        self.open = {level: kept for level, kept in self.open.items() if level < row.level} | {row.level: item}
        self.siblings.setdefault(item.parent, []).append(suggested or code)

    def _completed(self, row: _Row, parent: Item | None) -> str:
        """The printed code, or what the place makes of a print that is no code of its level."""
        code = _code(row.code)
        if _CODE.fullmatch(code) and len(code) == CODE_LENGTH[row.level]:
            return code
        letter = parent.code[0] if parent else "A"
        digits = re.sub(r"\D", "", code)
        stem = parent.code if parent and parent.level == row.level - 1 else letter
        whole = len(digits) == CODE_LENGTH[row.level] - 1
        completed = letter + digits if whole else stem + digits[-2:].rjust(2, "0")
        self._report("catalog.malformed_code", row, completed, f"代码“{row.code}”不合编码规则", row.code, completed)
        return completed

    def _misplaced(self, row: _Row, code: str, parent: Item) -> tuple[Item | None, str]:
        """A code that continues its place's numbering errs in its prefix; a heading that does not lacks its own."""
        taken = self.siblings.get(parent.id, [])
        number = max((int(sibling[-2:]) for sibling in taken), default=0) + 1
        if row.level < 4 and int(code[-2:]) != number:
            return self.open.get(row.level - 2), ""
        suggested = parent.code + code[-2:]
        if suggested in taken:
            suggested = f"{parent.code}{number:02d}"
        self._report(
            "catalog.code_contradicts_place",
            row,
            suggested,
            f"代码“{code}”与所在标题 {parent.code} {parent.name} 矛盾",
            row.code,
            suggested,
        )
        return parent, suggested

    def _record(self, row: _Row, code: str, suggested: str, parent: Item | None) -> Item:
        identity = f"{self._current}:{code}"
        if identity in self.ids:
            self._report("catalog.duplicate_code", row, "同一部门内代码唯一", f"“{identity}”重复出现", row.code)
            identity = next(f"{identity}~{k}" for k in range(2, 10**6) if f"{identity}~{k}" not in self.ids)
        self.ids.add(identity)
        item = Item(
            identity,
            self._current,
            row.level,
            code,
            row.code,
            suggested,
            unwrap(row.name),
            row.name,
            parent.id if parent else "",
            (*parent.path, parent.name) if parent else (),
            row.line,
        )
        self.items.append(item)
        return item

    def _report(
        self, check: str, row: _Row, expected: str, message: str, found: str = "", suggestion: str = ""
    ) -> None:
        subject = f"{self._current}:{_code(row.code)}" if row.level and self.departments else row.name
        if check == "catalog.malformed_code":
            subject = f"{self._current}:{expected}"
        place = Place(self.document, row.line, subject)
        severity = catalog_checks.SEVERITY[check]
        self.findings.append(Finding(check, severity, message, expected, found or row.name, place, suggestion))


def _imprint(document: Document, start: int, end: int) -> tuple[str, str, str]:
    """Title, document number and ISO date of issue, each '' where it is not printed."""
    before = [line.text.strip() for line in document.lines[: start - 1] if line.text.strip()]
    title = unwrap(next((text for text in reversed(before) if text.endswith("目录")), ""))
    number = next((text for text in reversed(before) if _NUMBER_LINE.fullmatch(text)), "")
    after = "\n".join(line.text for line in document.lines[end:])
    issued = _ISSUED.search(after) or _ISSUED.search("\n".join(before))
    return title, number, "{}-{:0>2}-{:0>2}".format(*issued.groups()) if issued else ""


def _cut_off(document: Document, end: int) -> Finding:
    message = "目录表之后没有版记（“××××年×月×日印发”），文件可能被截断，条目数可能不全"
    last = document.lines[end - 1].text[:80]
    return Finding("catalog.cut_off", "warning", message, "印发日期", last, Place(document.name, end))
