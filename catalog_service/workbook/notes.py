"""The sheet 说明: what the workbook rests on, how to read it, and its legal ground."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone

from catalog_data.model import DECISIONS

from .audit import Audit, amount_of
from .findings import catalog_page, counted, disclosure_page
from .labels import articles
from .projects import project_page
from .review import review_page
from .sheet import FIRST_ROW, Book, Column, Page, height
from .summary import summary_page

COLUMNS = (Column("事项", 30, "text", "所说明的事项"), Column("内容", 90, "text", "说明"))
_CHINA = timezone(timedelta(hours=8))

Note = tuple[str, str]


def add_notes(book: Book, audit: Audit) -> None:
    """Add the sheet."""
    page = Page("说明", f"{audit.heading}预算项目政府购买服务审核说明", "供审核、复核人员阅读", COLUMNS)
    sheet, row = book.add(page), FIRST_ROW
    sheet.freeze_panes(FIRST_ROW, 0)
    sheet.set_portrait()
    for name, notes in _sections(audit):
        sheet.set_row(row, 24)
        book.write_row(sheet, row, [name, None], ["section", "section"])
        for note in notes:
            row += 1
            sheet.set_row(row, height(note, [column.width for column in COLUMNS]))
            book.write_row(sheet, row, note, ["text", "text"])
        row += 2


def _sections(audit: Audit) -> Iterator[tuple[str, list[Note]]]:
    yield "一、怎样使用", _use()
    yield "二、依据的文件和版本", list(_versions(audit))
    yield "三、数量", list(_counts(audit))
    yield "四、法律依据", list(articles())
    pages = (project_page, review_page, summary_page, catalog_page, disclosure_page)
    for page in (build(audit) for build in pages):
        yield f"“{page.name}”各栏", [(column.name, column.meaning) for column in page.columns]


def _use() -> list[Note]:
    return [
        (DECISIONS["auto"], "程序的把握达到规定的自动判定线。自动判定不是复核，不能代替单位和财政部门的审核意见。"),
        (DECISIONS["review"], "程序没有把握，或遇有法规禁止的情形，必须由人判断。请从“待复核”表的第一行开始。"),
        ("置信度", "程序对“性质和代码都正确”的把握，是统计意义上的概率，不是对单个项目的保证。"),
        ("签署", "请在“项目判定”表右侧浅黄色各栏填写复核结论、复核人和复核日期；同意、修改、退回三者选一。"),
        ("照录", "名称和金额一律照印刷内容收录，不作改动；有疑问的另列于“目录问题”和“公开数据核对”。"),
        ("替换字符", "原文中单元格无法容纳的控制字符显示为“\ufffd”。"),
    ]


def _versions(audit: Audit) -> Iterator[Note]:
    disclosure, catalog = audit.disclosure, audit.catalog
    yield "公开文件", f"{disclosure.title or '（没有印出标题）'}（{disclosure.document}）"
    yield "公开文件 SHA-256", disclosure.sha256
    yield "目录", f"{catalog.title}（{catalog.number}，{catalog.issued} 印发，{catalog.document}）"
    yield "目录 SHA-256", catalog.sha256
    for versions in dict.fromkeys(verdict.versions for verdict in audit.verdicts):
        yield "判定所用目录版本", versions.catalog
        yield "程序版本", versions.engine
        yield "知识文件版本", versions.knowledge
    china = audit.made_on.astimezone(_CHINA)
    yield "生成时间", f"{china:%Y-%m-%d %H:%M:%S}（北京时间），即 {audit.made_on_utc:%Y-%m-%dT%H:%M:%SZ}"


def _counts(audit: Audit) -> Iterator[Note]:
    judgements = audit.judgements()
    unprinted = sum(one.amount is None for one in judgements)
    money = f"{amount_of(judgements):,.2f} 万元" + (f"，另有 {unprinted} 个没有印出金额" if unprinted else "")
    yield "项目", f"{len(judgements)} 个，{money}"
    for decision, name in DECISIONS.items():
        chosen = [one for one in judgements if one.verdict.decision == decision]
        yield name, f"{len(chosen)} 个，{amount_of(chosen):,.2f} 万元"
    joined = sum(one.project.sheet is not None for one in judgements)
    yield "绩效目标表", f"{len(audit.disclosure.sheets)} 张，与 {joined} 个项目对应"
    leaves = sum(item.level == 4 for item in audit.catalog.items)
    yield "目录", f"{len(audit.catalog.departments)} 个部门，{len(audit.catalog.items)} 行，其中四级条目 {leaves} 个"
    yield "目录问题", counted(audit.catalog.findings)
    yield "公开数据核对", counted(audit.findings)
