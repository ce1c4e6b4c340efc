"""What a catalog prints against itself across rows and departments: names of headings, numbering."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from .model import Finding, Item, Place, Severity
from .text import key

CODE_LENGTH = {1: 1, 2: 3, 3: 5, 4: 7}
"""Characters of a code by level: a letter, then two digits a level (晋财综〔2025〕28号)."""

LEVEL_NAMES = {1: "一级目录", 2: "二级目录", 3: "三级目录", 4: "四级目录"}

SEVERITY: dict[str, Severity] = {
    "catalog.malformed_code": "error",
    "catalog.code_contradicts_place": "error",
    "catalog.duplicate_code": "error",
    "catalog.no_department": "error",
    "catalog.department_repeated": "error",
    "catalog.missing_heading": "warning",
    "catalog.heading_names_differ": "warning",
    "catalog.numbering": "info",
}


def check(document: str, items: Sequence[Item]) -> list[Finding]:
    """All checks that need more than one row."""
    return [*_missing_headings(document, items), *_heading_names(document, items), *_numbering(document, items)]


def _missing_headings(document: str, items: Sequence[Item]) -> Iterator[Finding]:
    """Headings that a row's code needs but the department does not print, once each."""
    levels = {item.id: item.level for item in items}
    usual = _usual_names(items)
    seen: set[str] = set()
    for item in items:
        heading = item.code[: CODE_LENGTH[item.level - 1]] if item.level > 1 else ""
        identity = f"{item.department}:{heading}"
        if levels.get(item.parent, 0) >= item.level - 1 or identity in seen:
            continue
        seen.add(identity)
        expected = f"{heading} {usual.get(heading, '')}".strip()
        message = f"“{item.code} {item.name}”之前没有印出{LEVEL_NAMES[item.level - 1]}标题 {expected}"
        place = Place(document, item.line, identity)
        yield Finding(
            "catalog.missing_heading", SEVERITY["catalog.missing_heading"], message, expected, "", place, expected
        )


def _usual_names(items: Sequence[Item]) -> dict[str, str]:
    """The name that most departments print for each heading code."""
    names: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        if item.level < 4:
            names[item.code][item.name] += 1
    return {code: counted.most_common(1)[0][0] for code, counted in names.items()}


def _heading_names(document: str, items: Sequence[Item]) -> Iterator[Finding]:
    """One code, one name: levels 2 and 3 are province-wide headings, so departments must agree on them."""
    by_code: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.level in (2, 3):
            by_code[item.suggested_code or item.code].append(item)
    for code, rows in by_code.items():
        names = Counter(key(row.name) for row in rows)
        if len(names) > 1:
            yield from _deviations(document, code, rows, names)


def _deviations(document: str, code: str, rows: list[Item], names: Counter[str]) -> Iterator[Finding]:
    """A finding for each row that leaves the usual name, or for every row where no name prevails."""
    (usual, most), (_, second) = names.most_common(2)
    printed = {key(row.name): row.name for row in reversed(rows)}
    counts = "、".join(f"{printed[name]}（{count} 个部门）" for name, count in names.most_common())
    prevails = most > second
    for row in rows:
        if prevails and key(row.name) == usual:
            continue
        yield Finding(
            "catalog.heading_names_differ",
            SEVERITY["catalog.heading_names_differ"],
            f"{code} 在不同部门名称不一：{counts}",
            printed[usual] if prevails else counts,
            row.printed_name,
            Place(document, row.line, row.id),
            printed[usual] if prevails else "",
        )


def _numbering(document: str, items: Sequence[Item]) -> Iterator[Finding]:
    """Items under a heading count 01, 02, 03 …; headings do not, since departments use only some of them."""
    last: dict[str, int] = {}
    for item in items:
        if item.level != 4:
            continue
        code = item.suggested_code or item.code
        number, expected = int(code[-2:]), last.get(item.parent, 0) + 1
        last[item.parent] = number
        if number != expected:
            wanted = f"{code[:-2]}{expected:02d}"
            message = f"编号应为 {wanted}，实为 {code}：" + ("不从 01 开始" if expected == 1 else "与上一条不连续")
            place = Place(document, item.line, item.id)
            yield Finding("catalog.numbering", SEVERITY["catalog.numbering"], message, wanted, code, place, wanted)
