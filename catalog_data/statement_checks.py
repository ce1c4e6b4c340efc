"""Do the figures that the prose states agree with each other and with the tables?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from .comparisons import Comparison, half_unit, rounding
from .model import Disclosure, Place, Statement
from .table_checks import Cell, look_up
from .text import in_yuan, key

ZERO = Decimal(0)

WHOLES = (
    ("procurement", ("货物", "工程", "服务")),
    ("income", ("^本年收入", "^上年结转")),
    ("income", ("一般公共预算", "政府性基金", "国有资本", "财政专户", "单位资金", "^上年结转")),
    ("expenditure", ("^本年(预算|支出)", "^上年结转")),
    ("expenditure", ("^基本支出", "^项目支出")),
    ("appropriation", ("一般公共预算", "政府性基金", "国有资本")),
    ("basic", ("人员经费", "公用经费")),
    ("three_public", ("因公出国", "公务接待", "公务用车购置及运行")),
)
"""Wholes that prose divides up without remainder, and their parts."""

VEHICLES = ("公务用车购置及运行", ("公务用车运行维护费", "公务用车购置费"))
"""The one part that prose divides up again: 公务用车购置及运行(维护)费."""

TABLES = (
    ("income.total", Cell("balance", "收入总计")),
    ("income.part:一般公共预算", Cell("income", "合计", r"一般公共预算[^/]*$")),
    ("income.part:政府性基金", Cell("income", "合计", r"政府性基金[^/]*$")),
    ("expenditure.total", Cell("balance", "支出总计")),
    ("expenditure.part:基本支出", Cell("expenditure", "合计", "基本支出$")),
    ("expenditure.part:项目支出", Cell("expenditure", "合计", "项目支出$")),
    ("appropriation.total", Cell("appropriation_balance", "收入总计")),
    ("general_budget.total", Cell("general_budget", "合计", "合计$")),
    ("basic.total", Cell("economic", "合计", "合计$")),
    ("basic.part:人员经费", Cell("economic", "合计", "人员经费$")),
    ("basic.part:公用经费", Cell("economic", "合计", "公用经费$")),
    ("three_public.total", Cell("three_public", "合计", "合计$")),
    ("running_cost.total", Cell("running_cost", "", "合计$")),
    ("procurement.total", Cell("procurement", "合计|总计", "合计|总计|金额")),
)
"""What a statement's kind begins with, and where the tables print the same figure."""

SUBJECT_NAMES = {
    "income": "收入总计",
    "expenditure": "支出总计",
    "appropriation": "财政拨款收支总预算",
    "general_budget": "一般公共预算支出",
    "basic": "一般公共预算基本支出",
    "three_public": "“三公”经费",
    "running_cost": "机关运行经费",
    "procurement": "政府采购预算总额",
}

Passage = list[Statement]
"""A stated whole and what is stated about it, up to the next whole."""


def parts(disclosure: Disclosure) -> Iterator[Comparison]:
    """A stated whole equals the sum of its stated parts."""
    for passage in _passages(disclosure):
        whole = passage[0]
        for subject, names in WHOLES:
            if whole.kind == f"{subject}.total":
                yield from _sum(disclosure, whole, [_part(passage, name) for name in names])
        vehicles = _part(passage, VEHICLES[0])
        if vehicles and whole.kind == "three_public.total":
            yield from _sum(disclosure, vehicles, [_part(passage, name) for name in VEHICLES[1]])


def shares(disclosure: Disclosure) -> Iterator[Comparison]:
    """A stated share (占…%) is the part's amount in the whole's, as far as its printed digits go."""
    for passage in _passages(disclosure):
        whole = passage[0]
        stated = {one.kind: one for one in passage}
        for kind, share in stated.items():
            part = stated.get(kind.replace(".share:", ".part:"))
            if ".share:" in kind and part and whole.value:
                expected = part.value / whole.value * 100
                name = kind.partition(":")[2]
                yield from _percentage(disclosure, share, expected, f"“{name}”占比与按金额计算的占比")


def changes(disclosure: Disclosure) -> Iterator[Comparison]:
    """A stated change in percent follows from the stated amount and its stated change: 增减额 ÷ 上年数."""
    for passage in _passages(disclosure):
        stated = {one.kind: one for one in passage}
        for kind, change in stated.items():
            if not re.search(r"\.change(:|$)", kind):
                continue
            percent = stated.get(kind.replace(".change", ".change_percent"))
            name = kind.partition(":")[2]
            amount = stated.get(f"{kind.partition('.')[0]}.part:{name}") if name else passage[0]
            before = amount.value - change.value if amount else ZERO
            if percent and before:
                expected = change.value / before * 100
                yield from _percentage(disclosure, percent, expected, "增减百分比与按增减额计算的百分比")


def against_tables(disclosure: Disclosure) -> Iterator[Comparison]:
    """A figure that the prose states is the one that its table prints."""
    for statement in disclosure.statements:
        for kind, cell in _cells(statement):
            printed = look_up(disclosure, cell)
            factor = in_yuan(Decimal(1), printed.unit) if printed else None
            yuan = in_yuan(statement.value, statement.unit)
            if statement.kind.startswith(kind) and printed and factor and yuan is not None:
                what = f"说明所述{_name(statement)}与{printed.name}（第 {printed.line} 行）"
                place = _place(disclosure, statement)
                yield Comparison(what, printed.value, yuan / factor, place, printed.unit)


def _cells(statement: Statement) -> list[tuple[str, Cell]]:
    """The cells that print a statement's figure; the parts of the general budget are rows by their names."""
    subject, _, name = statement.kind.partition(".part:")
    if name and subject == "general_budget":
        return [(statement.kind, Cell("general_budget", re.escape(name), "合计$"))]
    return [(kind, cell) for kind, cell in TABLES if statement.kind.startswith(kind)]


def _passages(disclosure: Disclosure) -> Iterator[Passage]:
    passage: Passage = []
    for statement in disclosure.statements:
        subject = statement.kind.partition(".")[0]
        if statement.kind.endswith(".total"):
            if passage:
                yield passage
            passage = [statement]
        elif passage and passage[0].kind == f"{subject}.total":
            passage.append(statement)
    if passage:
        yield passage


def _part(passage: Passage, name: str) -> Statement | None:
    named = ((one, one.kind.partition(".part:")[2]) for one in passage)
    return next((one for one, part in named if part and re.search(name, part)), None)


def _sum(disclosure: Disclosure, whole: Statement, found: list[Statement | None]) -> Iterator[Comparison]:
    """Compare where at least two of the parts are stated in the whole's unit; one not stated counts as nothing."""
    stated = [part for part in found if part and part.unit == whole.unit]
    if len(stated) > 1:
        names = " + ".join(part.kind.partition(".part:")[2] for part in stated)
        values = [part.value for part in stated]
        what = f"说明所述{_name(whole)}与其各部分之和（{names}）"
        place = _place(disclosure, whole)
        yield Comparison(what, sum(values, ZERO), whole.value, place, whole.unit, rounding(values))


def _percentage(disclosure: Disclosure, stated: Statement, expected: Decimal, what: str) -> Iterator[Comparison]:
    if abs(expected - stated.value) > half_unit(stated.value):
        shown = Decimal(f"{expected:.2f}")
        yield Comparison(f"说明所述{what}", shown, stated.value, _place(disclosure, stated), "%")


def _name(statement: Statement) -> str:
    """What a statement is about, in the words of its sentence where the kind has them."""
    part = statement.kind.partition(":")[2]
    subject = statement.kind.partition(".")[0]
    return f"“{part or SUBJECT_NAMES.get(subject, key(statement.text)[:20])}”"


def _place(disclosure: Disclosure, statement: Statement) -> Place:
    return Place(disclosure.document, statement.line, statement.kind)
