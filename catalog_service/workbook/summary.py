"""The sheet 汇总: money and count by nature, by catalog item and by flag, live from 项目判定, with two charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog_data.model import DECISIONS, NATURES, Item

from .audit import Audit, Judgement, amount_of
from .labels import SEPARATOR, flag_names
from .projects import project_page
from .review import review_page
from .sheet import FIRST_ROW, Book, Column, Formula, Page, Value, address, height

COLUMNS = (
    Column("支出性质 / 目录条目 / 标记", 34, "text", "汇总的对象"),
    Column("项目数", 9, "count", "个"),
    Column("金额（万元）", 14, "money", "合计金额"),
    Column("金额占比", 10, "percent", "占全部项目金额的比例"),
    Column("自动判定项目数", 10, "count", "结论为自动判定的"),
    Column("自动判定金额（万元）", 14, "money", "结论为自动判定的"),
    Column("待复核项目数", 10, "count", "结论为待人工复核的"),
    Column("待复核金额（万元）", 14, "money", "结论为待人工复核的"),
    Column("目录代码", 12, "code", "按目录条目汇总时的代码"),
    Column("目录部门", 12, "center", "按目录条目汇总时，代码所属部门的目录"),
)
_TOTAL_STYLES = ["total", *["total_count", "total_money", "total_percent"], *["total_count", "total_money"] * 2]
_AUTO_COLOUR, _REVIEW_COLOUR, _LINE_COLOUR = "#7FA88B", "#E0B15E", "#3D5A80"
_CHART = {"width": 620, "height": 320}
_GRID = {"visible": True, "line": {"color": "#E3E7EC"}}


@dataclass(frozen=True, slots=True)
class Group:
    """A line of the sheet: its label, which judgements it takes in, and the same as a condition of a formula.

    In ``condition`` the field ``{row}`` stands for the line's 1-based row.
    """

    label: str
    takes: Callable[[Judgement], bool]
    condition: str
    item: Item | None = None


def summary_page(audit: Audit) -> Page:
    """The sheet's name, columns and heading."""
    summary = "各数由“项目判定”表实时计算；复核进度随复核结论的填写更新。"
    return Page("汇总", f"{audit.heading}预算项目汇总", summary, COLUMNS)


class Summary:
    """The sheet under construction: ``row`` is the next free row."""

    def __init__(self, book: Book, audit: Audit) -> None:
        self.book, self.audit = book, audit
        self.judgements = audit.judgements()
        self.source = project_page(audit)
        self.page = summary_page(audit)
        self.sheet: Any = book.add(self.page)
        self.row = FIRST_ROW

    def range(self, column: str) -> str:
        """A column of 项目判定 as a reference."""
        return self.source.cells(column, len(self.judgements))

    def section(self, name: str, groups: Sequence[Group], *, total: bool) -> int:
        """Write a named block of lines and give its first row; ``total`` adds the sum of the lines."""
        blanks = len(COLUMNS) - 1
        self.sheet.set_row(self.row, 22)
        self.book.write_row(self.sheet, self.row, [name, *[None] * blanks], ["section"] * (blanks + 1))
        first = self.row + 1
        for row, group in enumerate(groups, first):
            self._line(row, group)
        self.row = first + len(groups)
        if total:
            self._total(first)
            self.row += 1
        self.row += 1
        return first

    def _line(self, row: int, group: Group) -> None:
        taken = [one for one in self.judgements if group.takes(one)]
        condition = group.condition.format(row=row + 1)
        whole = self._figures(taken, condition)
        parts = [
            figure
            for name in DECISIONS
            for figure in self._figures(
                [one for one in taken if one.verdict.decision == name],
                f'{condition},--({self.range("结论")}="{DECISIONS[name]}")',
            )
        ]
        code = [group.item.code, group.item.department] if group.item else [None, None]
        values: list[Value] = [group.label, *whole, self._share(row, amount_of(taken)), *parts, *code]
        self.sheet.set_row(row, height([group.label], [COLUMNS[0].width]))
        self.book.write_row(self.sheet, row, values, [column.style for column in COLUMNS])

    def _figures(self, taken: Sequence[Judgement], condition: str) -> list[Value]:
        """Count and amount as formulas. SUMPRODUCT passes over amounts that are not printed."""
        count = Formula(f"=SUMPRODUCT({condition})", len(taken))
        amount = Formula(f"=SUMPRODUCT({condition},{self.range('金额（万元）')})", amount_of(taken))
        return [count, amount]

    def _share(self, row: int, amount: Decimal) -> Formula:
        everything = self.range("金额（万元）")
        total = amount_of(self.judgements)
        share = amount / total if total else Decimal(0)
        return Formula(f"=IF(SUM({everything})=0,0,{address(row, 2)}/SUM({everything}))", round(share, 12))

    def _total(self, first: int) -> None:
        auto = [one for one in self.judgements if one.verdict.decision == "auto"]
        review = [one for one in self.judgements if one.verdict.decision == "review"]
        whole = Decimal(1) if amount_of(self.judgements) else Decimal(0)
        sums: list[int | Decimal] = [len(self.judgements), amount_of(self.judgements), whole]
        sums += [len(auto), amount_of(auto), len(review), amount_of(review)]
        values: list[Value] = ["合计"]
        for position, value in enumerate(sums, 1):
            values.append(Formula(f"=SUM({address(first, position)}:{address(self.row - 1, position)})", value))
        self.book.write_row(self.sheet, self.row, values, _TOTAL_STYLES)

    def progress(self) -> None:
        """How many projects carry a reviewer's decision: none when the workbook is made."""
        values: list[Value] = ["已签署复核结论的项目", Formula(f"=COUNTA({self.range('复核结论')})", 0)]
        self.book.write_row(self.sheet, self.row, values, ["total", "total_count"])
        self.row += 2


def add_summary(book: Book, audit: Audit) -> None:
    """Add the sheet."""
    summary = Summary(book, audit)
    first = summary.section("一、按支出性质", _natures(summary), total=True)
    summary.progress()
    summary.section("二、按目录条目（目录内服务）", _items(summary), total=False)
    flags = _flags(summary)
    if flags:
        summary.section("三、按标记", flags, total=False)
    summary.sheet.freeze_panes(FIRST_ROW, 1)
    _chart_natures(book, summary, first)
    if audit.for_review():
        _chart_coverage(book, summary)


def _natures(summary: Summary) -> list[Group]:
    def of(nature: str) -> Callable[[Judgement], bool]:
        return lambda one: one.verdict.nature == nature

    condition = f"--({summary.range('支出性质')}=$A{{row}})"
    return [Group(label, of(nature), condition) for nature, label in NATURES.items()]


def _items(summary: Summary) -> list[Group]:
    """The items that verdicts name, the most money first."""

    def of(item: Item) -> Callable[[Judgement], bool]:
        return lambda one: one.item is not None and (one.item.code, one.item.department) == (item.code, item.department)

    condition = f"--({summary.range('目录代码')}=$I{{row}}),--({summary.range('目录部门')}=$J{{row}})"
    items = {(one.item.code, one.item.department): one.item for one in summary.judgements if one.item}
    groups = [Group(item.name, of(item), condition, item) for item in items.values()]
    return sorted(groups, key=lambda group: -amount_of([one for one in summary.judgements if group.takes(one)]))


def _flags(summary: Summary) -> list[Group]:
    def of(flag: str) -> Callable[[Judgement], bool]:
        return lambda one: flag in one.verdict.flags

    names = flag_names()
    marks = summary.range("标记")
    condition = f'--ISNUMBER(FIND("{SEPARATOR}"&$A{{row}}&"{SEPARATOR}","{SEPARATOR}"&{marks}&"{SEPARATOR}"))'
    seen = Counter(flag for one in summary.judgements for flag in one.verdict.flags)
    return [Group(names.get(flag, flag), of(flag), condition) for flag in seen]


def _chart_natures(book: Book, summary: Summary, first: int) -> None:
    """Columns of money by nature, what is settled and what awaits review in two colours."""
    chart = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    last = first + len(NATURES) - 1
    for position, decision, colour in ((5, "auto", _AUTO_COLOUR), (7, "review", _REVIEW_COLOUR)):
        chart.add_series(
            {
                "name": DECISIONS[decision],
                "categories": [summary.page.name, first, 0, last, 0],
                "values": [summary.page.name, first, position, last, position],
                "fill": {"color": colour},
                "gap": 60,
            }
        )
    chart.set_title({"name": "各类支出性质的金额（万元）", "name_font": {"size": 12}})
    chart.set_y_axis({"num_format": "#,##0", "major_gridlines": _GRID})
    chart.set_legend({"position": "bottom"})
    chart.set_size(_CHART)
    summary.sheet.insert_chart(FIRST_ROW, len(COLUMNS) + 1, chart)


def _chart_coverage(book: Book, summary: Summary) -> None:
    """How much of the money in doubt the first n reviews cover."""
    page, count = review_page(summary.audit), len(summary.audit.for_review())
    chart = book.workbook.add_chart({"type": "line"})
    chart.add_series(
        {
            "name": "累计覆盖的存疑金额",
            "categories": f"={page.cells('次序', count)}",
            "values": f"={page.cells('累计占比', count)}",
            "line": {"color": _LINE_COLOUR, "width": 2.25},
        }
    )
    chart.set_title({"name": "复核前 n 项可覆盖的存疑金额", "name_font": {"size": 12}})
    chart.set_x_axis({"name": "复核的项目数（存疑金额从大到小）", "interval_unit": max(1, count // 10)})
    chart.set_y_axis({"num_format": "0%", "min": 0, "max": 1, "major_gridlines": _GRID})
    chart.set_legend({"none": True})
    chart.set_size(_CHART)
    summary.sheet.insert_chart(FIRST_ROW, len(COLUMNS) + 1, chart, {"y_offset": _CHART["height"] + 20})
