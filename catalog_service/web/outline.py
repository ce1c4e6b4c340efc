"""How the rows of a catalog stand to each other: headings above, rows below and beside, what the print gets wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from catalog_data.model import Catalog, Finding, Item

LOWEST_LEVEL = 4
"""The level whose rows are purchased; the levels above are headings (晋财综〔2025〕28号)."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A row with the rows printed under it, in printed order."""

    item: Item
    branches: tuple[Branch, ...]

    @property
    def items(self) -> int:
        """How many rows of the lowest level are printed under it."""
        return sum(branch.items if branch.branches else branch.item.level == LOWEST_LEVEL for branch in self.branches)


@dataclass(frozen=True, slots=True)
class Section:
    """A department with the number of its items and of the headings above them."""

    department: str
    items: int
    headings: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is printed around a row: headings above (outermost first), rows below and beside it, its code elsewhere."""

    headings: tuple[Item, ...]
    children: tuple[Item, ...]
    siblings: tuple[Item, ...]
    same_code: tuple[Item, ...]
    findings: tuple[Finding, ...]


def find_item(catalog: Catalog, item_id: str) -> Item | None:
    """The row of an id (``民政:A040303``), or None."""
    return next((item for item in catalog.items if item.id == item_id), None)


def surroundings(catalog: Catalog, item: Item) -> Surroundings:
    """What is printed around ``item``, each part in printed order."""
    peers = [other for other in catalog.items if other.id != item.id]
    return Surroundings(
        headings=_headings(catalog, item),
        children=tuple(other for other in peers if other.parent == item.id),
        siblings=tuple(o for o in peers if (o.department, o.parent) == (item.department, item.parent)),
        same_code=tuple(other for other in peers if other.code == item.code),
        findings=tuple(f for f in catalog.findings if f.where.subject == item.id or f.where.line == item.line),
    )


def _headings(catalog: Catalog, item: Item) -> tuple[Item, ...]:
    by_id = {row.id: row for row in catalog.items}
    above: list[Item] = []
    while item.parent in by_id:
        item = by_id[item.parent]
        above.insert(0, item)
    return tuple(above)


def branches(catalog: Catalog, department: str) -> tuple[Branch, ...]:
    """The rows of a department as a tree, in printed order."""
    below: dict[str, list[Item]] = {}
    for item in catalog.section(department):
        below.setdefault(item.parent, []).append(item)

    def grow(parent: str) -> tuple[Branch, ...]:
        return tuple(Branch(item, grow(item.id)) for item in below.get(parent, ()))

    return grow("")


def sections(catalog: Catalog) -> tuple[Section, ...]:
    """Every department with its counts, in printed order."""
    rows = Counter((item.department, item.level == LOWEST_LEVEL) for item in catalog.items)
    names = (department.name for department in catalog.departments)
    return tuple(Section(name, rows[name, True], rows[name, False]) for name in names)


def section_findings(catalog: Catalog, department: str) -> tuple[Finding, ...]:
    """What the print of a department's section gets wrong: the findings from its first line to the next section's."""
    starts = {row.name: row.line for row in catalog.departments}
    start = starts[department]
    end = min((line for line in starts.values() if line > start), default=None)
    return tuple(
        f for f in catalog.findings if f.where.line and start <= f.where.line and (not end or f.where.line < end)
    )
