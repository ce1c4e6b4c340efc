"""The sheet 待复核: what a person must decide, the most money in doubt first."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from catalog_data.model import NATURES, Item, Verdict

from .audit import Audit, Judgement, amount_of
from .labels import SEPARATOR, flag_names
from .projects import NATURE_COLOURS, NOT_PRINTED
from .sheet import FIRST_ROW, Book, Column, Page, Value

CANDIDATES = 3
"""How many candidates stand beside each other."""

COVERED = Decimal("0.8")
"""The share of the money in doubt that the sheet's summary speaks of."""

_ORDINALS = "一二三"


def _candidate_columns() -> Iterator[Column]:
    for ordinal in _ORDINALS[:CANDIDATES]:
        yield Column(f"候选{ordinal}代码", 11, "code", f"第{ordinal}候选条目的目录代码")
        yield Column(f"候选{ordinal}条目", 22, "text", f"第{ordinal}候选条目的名称；属于其他部门目录的写明部门")
        yield Column(f"候选{ordinal}可能性", 9, "percent", "如属目录内服务，正是此条目的概率")


COLUMNS = (
    Column("次序", 6, "center", "建议的复核次序：存疑金额从大到小"),
    Column("项目名称", 34, "text", "照公开文件所印"),
    Column("项目序号", 7, "center", "在“项目判定”表中的序号"),
    Column("金额（万元）", 13, "money", "项目支出表所印合计，换算为万元"),
    Column("置信度", 9, "percent", "性质和代码都判对的概率"),
    Column("存疑金额（万元）", 13, "money", "（1 − 置信度）× 金额，即可能判错的金额的期望值"),
    Column("累计占比", 9, "percent", "复核到本行为止，已覆盖全部存疑金额的比例"),
    Column("支出性质", 12, "center", "最可能的性质"),
    Column("性质可能性", 20, "text", "各种性质的概率，不足 5% 的不列"),
    Column("判定理由", 34, "text", "为什么需要人工复核"),
    Column("待核实的问题", 34, "text", "查清这一问题即可定性"),
    Column("标记", 16, "text", "复核人不能漏看的情形"),
    *_candidate_columns(),
    Column("来源行", 8, "line", "公开文件文本的行号"),
)
_WORTH_SHOWING = 0.05


def review_page(audit: Audit) -> Page:
    """The sheet's name, columns and heading."""
    return Page("待复核", f"{audit.heading}待人工复核项目", _summary(audit.for_review()), COLUMNS, wide=True)


def _summary(judgements: tuple[Judgement, ...]) -> str:
    if not judgements:
        return "没有待人工复核的项目"
    doubtful = sum((one.doubtful for one in judgements), Decimal(0))
    amount = amount_of(judgements)
    counted = f"共 {len(judgements)} 项待复核，涉及金额 {amount:,.2f} 万元，其中存疑金额 {doubtful:,.2f} 万元"
    enough = next((k for k, share in enumerate(coverage(judgements), 1) if share >= COVERED), None)
    if enough is None:
        return f"{counted}。"
    return f"{counted}；复核前 {enough} 项即可覆盖 {coverage(judgements)[enough - 1]:.1%} 的存疑金额。"


def coverage(judgements: tuple[Judgement, ...]) -> list[Decimal]:
    """For each judgement the share, 0..1, of all money in doubt that it and those before it hold; 0 where none is."""
    total = sum((one.doubtful for one in judgements), Decimal(0))
    shares, held = [], Decimal(0)
    for one in judgements:
        held += one.doubtful
        shares.append(round(held / total, 6) if total else Decimal(0))
    return shares


def add_review(book: Book, audit: Audit) -> None:
    """Add the sheet."""
    page, judgements = review_page(audit), audit.for_review()
    items, flags = {item.id: item for item in audit.catalog.items}, flag_names()
    rows = [
        _row(number, one, share, items, flags)
        for number, (one, share) in enumerate(zip(judgements, coverage(judgements), strict=True), 1)
    ]
    sheet = book.add_table(page, rows, 2, "没有待人工复核的项目")
    if rows:
        last = FIRST_ROW + len(rows) - 1
        nature, share = page.position("支出性质"), page.position("累计占比")
        colours = {NATURES[name]: colour for name, colour in NATURE_COLOURS.items()}
        book.colour(sheet, (FIRST_ROW, nature, last, nature), colours)
        bar = {"type": "data_bar", "bar_color": "#C9D6E6", "min_type": "num", "max_type": "num"}
        sheet.conditional_format(FIRST_ROW, share, last, share, bar | {"min_value": 0, "max_value": 1})


def _row(number: int, one: Judgement, share: Decimal, items: dict[str, Item], flags: dict[str, str]) -> list[Value]:
    return [
        number,
        one.project.name,
        one.number,
        NOT_PRINTED if one.amount is None else one.amount,
        one.verdict.confidence,
        one.doubtful,
        share,
        NATURES[one.verdict.nature],
        _likely_natures(one.verdict),
        one.verdict.reason,
        one.verdict.question,
        SEPARATOR.join(flags.get(flag, flag) for flag in one.verdict.flags),
        *_candidates(one.verdict, items),
        one.project.line,
    ]


def _likely_natures(verdict: Verdict) -> str:
    ordered = sorted(verdict.natures.items(), key=lambda pair: -pair[1])
    return "\n".join(f"{NATURES[nature]} {share:.0%}" for nature, share in ordered if share >= _WORTH_SHOWING)


def _candidates(verdict: Verdict, items: dict[str, Item]) -> Iterator[Value]:
    for choice in verdict.candidates[:CANDIDATES]:
        item = items[choice.id]
        yield item.code
        yield f"{item.name}（{item.department}部门目录）" if choice.foreign else item.name
        yield choice.confidence
    for _ in range(3 * (CANDIDATES - len(verdict.candidates[:CANDIDATES]))):
        yield None
