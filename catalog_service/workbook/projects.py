"""The sheet 项目判定: one row a project, its total against the printed one, and room for the reviewer's signature."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog_data.comparisons import rounding
from catalog_data.model import DECISIONS, NATURES, Item

from .audit import Audit, Judgement, amount_of, printed_total
from .labels import EVIDENCE_KINDS, SEPARATOR, articles, flag_names
from .sheet import FIRST_ROW, Book, Column, Formula, Page, Value, address

COLUMNS = (
    Column("序号", 6, "center", "项目在公开文件中的先后次序"),
    Column("项目名称", 28, "text", "照公开文件所印"),
    Column("金额（万元）", 12, "money", "项目支出表所印合计，换算为万元；没有印出的写“未印出”"),
    Column("支出性质", 12, "center", "目录内服务、目录外服务、补助个人、补助单位、货物、工程、机关运转之一"),
    Column("目录代码", 11, "code", "仅目录内服务有代码，照目录所印；印刷有误的，建议读法写在判定依据里"),
    Column("目录条目", 18, "text", "代码对应的目录条目"),
    Column("目录路径", 20, "text", "条目所在的一、二、三级目录"),
    Column("目录部门", 9, "center", "代码所属部门的目录；同一代码在不同部门可能指不同条目，须连同部门一起引用"),
    Column("置信度", 9, "percent", "性质和代码都判对的概率，由未参与拟合的样本校准：90% 指同类判定十个中约有九个正确"),
    Column("结论", 12, "center", "自动判定，或待人工复核；自动判定不是复核结论"),
    Column("标记", 13, "text", "复核人不能漏看的情形，如疑似以购买服务名义用工"),
    Column("判定依据", 56, "text", "先写作此结论的原因，再逐条写所据的用语、条目、法规和出处"),
    Column("待核实的问题", 24, "text", "查清这一问题即可定性"),
    Column("预算来源", 10, "center", "本年预算或上年结转"),
    Column("来源行", 8, "line", "公开文件文本的行号"),
    Column("绩效目标表", 13, "center", "有绩效目标表的，写明其起始行号"),
    Column("复核结论", 10, "sign", "由复核人选填：同意、修改或退回"),
    Column("修改后性质", 12, "sign", "复核结论为“修改”时，由复核人选填"),
    Column("修改后代码", 12, "sign_code", "复核结论为“修改”且属目录内服务时，由复核人填写"),
    Column("复核人", 10, "sign", "复核人签名"),
    Column("复核日期", 12, "sign_date", "复核日期，不早于本工作簿的生成日期"),
    Column("备注", 16, "sign", "复核人的说明"),
)
SIGN_OFF = ("复核结论", "修改后性质", "修改后代码", "复核人", "复核日期", "备注")
REVIEW_DECISIONS = ["同意", "修改", "退回"]

NATURE_COLOURS = {
    "service": "#DCEBDD",
    "service_uncatalogued": "#E6F0D8",
    "cash": "#DDE7F3",
    "grant": "#E4E1F1",
    "goods": "#F3E9DC",
    "works": "#F1E0DC",
    "operating": "#ECECEC",
}
DECISION_COLOURS = {DECISIONS["review"]: "#FBE9C6", DECISIONS["auto"]: "#EAF3EA"}
NOT_PRINTED = "未印出"
AGREES, ROUNDED, DIFFERS = "一致", "四舍五入误差之内", "不一致，请核实"


def project_page(audit: Audit) -> Page:
    """The sheet's name, columns and heading."""
    auto = sum(verdict.decision == "auto" for verdict in audit.verdicts)
    summary = (
        f"共 {len(audit.verdicts)} 个项目：{DECISIONS['auto']} {auto} 个，{DECISIONS['review']} "
        f"{len(audit.verdicts) - auto} 个。自动判定不代替人工复核，请在右侧浅黄色各栏签署复核结论。"
    )
    if audit.unjudged:
        summary += f"另有 {len(audit.unjudged)} 个项目的名称无法辨认，未判定，列在核对发现中。"
    return Page("项目判定", f"{audit.heading}预算项目政府购买服务判定表", summary, COLUMNS, wide=True)


def add_projects(book: Book, audit: Audit) -> None:
    """Add the sheet."""
    page, judgements = project_page(audit), audit.judgements()
    sheet = book.add_table(page, list(_rows(judgements)), 2, "公开文件中没有读到项目")
    count = len(judgements)
    if count:
        last = FIRST_ROW + count - 1
        _colour(book, sheet, page, last)
        _validate(sheet, page, last, audit.made_on_utc)
    _add_totals(book, sheet, page, audit)


def _rows(judgements: tuple[Judgement, ...]) -> Iterator[list[Value]]:
    flags, quoted = flag_names(), frozenset(text for _, text in articles())
    for one in judgements:
        project, verdict, item = one.project, one.verdict, one.item
        yield [
            one.number,
            project.name,
            NOT_PRINTED if one.amount is None else one.amount,
            NATURES[verdict.nature],
            item.code if item else None,
            item.name if item else None,
            " › ".join(item.path) if item else None,
            one.department,
            verdict.confidence,
            DECISIONS[verdict.decision],
            SEPARATOR.join(flags.get(flag, flag) for flag in verdict.flags),
            grounds(one, quoted),
            verdict.question,
            "上年结转" if project.carried_over else "本年预算",
            project.line,
            f"有（第 {project.sheet.line} 行）" if project.sheet else "无",
            *[None for _ in SIGN_OFF],
        ]


def grounds(judgement: Judgement, quoted: frozenset[str]) -> str:
    """Why the verdict is what it is: the reason, then the evidence line by line with its sources.

    An article whose words are ``quoted`` on the sheet 说明 is only cited.
    """
    lines = [judgement.verdict.reason] if judgement.verdict.reason else []
    for number, evidence in enumerate(judgement.verdict.evidence, 1):
        kind = EVIDENCE_KINDS.get(evidence.kind, evidence.kind)
        source = f"〔{evidence.source}〕" if evidence.source else ""
        cited = f"{evidence.source}（条文见“说明”）" if evidence.text in quoted else f"{evidence.text}{source}"
        lines.append(f"{number}. {kind}：{cited}")
    if judgement.item:
        lines += _misprint(judgement.item)
    if judgement.heading:
        lines.append(f"目录中可参考的标题：{judgement.heading.code} {judgement.heading.name}")
    return "\n".join(lines)


def _misprint(item: Item) -> Iterator[str]:
    if item.printed_code != item.code:
        yield f"目录所印代码为“{item.printed_code}”（第 {item.line} 行），补全为 {item.code}"
    if item.suggested_code:
        yield f"目录所印代码与所在标题矛盾（第 {item.line} 行），建议读作 {item.suggested_code}"


def _colour(book: Book, sheet: Any, page: Page, last: int) -> None:
    natures = {NATURES[nature]: colour for nature, colour in NATURE_COLOURS.items()}
    for name, colours in (("支出性质", natures), ("结论", DECISION_COLOURS)):
        position = page.position(name)
        book.colour(sheet, (FIRST_ROW, position, last, position), colours)


def _validate(sheet: Any, page: Page, last: int, made_on: datetime) -> None:
    """Lists for decision and nature, a date not before the workbook's own."""
    rules: dict[str, dict[str, object]] = {
        "复核结论": {"validate": "list", "source": REVIEW_DECISIONS, "error_message": "请选择：同意、修改或退回"},
        "修改后性质": {"validate": "list", "source": list(NATURES.values()), "error_message": "请从列表中选择性质"},
        "复核日期": {
            "validate": "date",
            "criteria": ">=",
            "value": made_on.date(),
            "error_message": f"请填写日期，不早于 {made_on:%Y-%m-%d}",
        },
    }
    for name, rule in rules.items():
        position = page.position(name)
        sheet.data_validation(FIRST_ROW, position, last, position, rule | {"error_title": name})


def _add_totals(book: Book, sheet: Any, page: Page, audit: Audit) -> None:
    """The live sum of the amounts, the total that the document prints, and whether they agree."""
    judgements = audit.judgements()
    row, amounts = FIRST_ROW + max(1, len(judgements)), page.position("金额（万元）")
    total = amount_of(judgements)
    first, last = address(FIRST_ROW, amounts), address(row - 1, amounts)
    _write_total(book, sheet, page, row, "合计", Formula(f"=SUM({first}:{last})", total), None)
    printed = printed_total(audit.disclosure)
    if printed is None:
        _write_total(book, sheet, page, row + 1, "公开文件所印合计", None, "没有印出，无从核对")
        return
    lines = "、".join(str(line) for line in printed[1])
    _write_total(book, sheet, page, row + 1, f"公开文件所印合计（第 {lines} 行）", printed[0], None)
    missing = round(total - printed[0], 4)
    difference = Formula(f"=ROUND({address(row, amounts)}-{address(row + 1, amounts)},4)", missing)
    cell, tolerance = address(row + 2, amounts), rounding([one.amount for one in judgements if one.amount is not None])
    agreement = Formula(
        f'=IF({cell}=0,"{AGREES}",IF(ABS({cell})<={tolerance:f},"{ROUNDED}","{DIFFERS}"))',
        _agreement(missing, tolerance),
    )
    _write_total(book, sheet, page, row + 2, "差额（合计减所印合计）", difference, agreement)


def _agreement(difference: Decimal, tolerance: Decimal) -> str:
    if not difference:
        return AGREES
    return ROUNDED if abs(difference) <= tolerance else DIFFERS


def _write_total(book: Book, sheet: Any, page: Page, row: int, name: str, amount: Value, remark: Value) -> None:
    rest = len(page.columns) - 4
    values = [None, name, amount, remark, *[None] * rest]
    book.write_row(sheet, row, values, ["total", "total", "total_money", *["total"] * (rest + 1)])
