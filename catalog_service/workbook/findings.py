"""The sheets 目录问题 and 公开数据核对: what the documents print against themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from catalog_data.model import Finding

from .audit import Audit
from .labels import SEVERITIES, check_name
from .sheet import FIRST_ROW, Book, Column, Page, Value

SEVERITY_COLOURS = {SEVERITIES["error"]: "#F4D9D6", SEVERITIES["warning"]: "#FBE9C6", SEVERITIES["info"]: "#E8EDF3"}

CATALOG_COLUMNS = (
    Column("行号", 8, "line", "目录所在文件文本的行号；涉及全文的为空"),
    Column("部门/代码", 20, "text", "所在部门和代码"),
    Column("问题", 52, "text", "目录哪里与自身的编排规则不符"),
    Column("印刷内容", 34, "text", "照目录所印，未作改动"),
    Column("应为", 30, "text", "按编排规则应有的内容"),
    Column("建议读法", 24, "text", "本系统采用或建议的读法；无从建议的为空"),
    Column("严重程度", 10, "center", "错误：代码或归属不能照印刷内容使用；疑点：须核实；提示：知晓即可"),
    Column("检查", 20, "text", "所依据的检查规则"),
)

DISCLOSURE_COLUMNS = (
    Column("检查", 24, "text", "所依据的检查规则"),
    Column("严重程度", 10, "center", "错误：数据不符或缺失；疑点：须核实；提示：四舍五入等，知晓即可"),
    Column("说明", 76, "text", "哪两处数据应当一致，相差多少"),
    Column("应为", 26, "text", "由分项或另一处数据得出"),
    Column("实为", 26, "text", "照公开文件所印"),
    Column("位置（行）", 10, "line", "公开文件文本的行号；涉及全文的为空"),
    Column("涉及", 30, "text", "所在的表、项目或语句"),
)


def catalog_page(audit: Audit) -> Page:
    """The sheet of the catalog's findings."""
    title = f"{audit.catalog.title}（{audit.catalog.number}）印刷问题"
    return Page("目录问题", title, counted(audit.catalog.findings), CATALOG_COLUMNS)


def disclosure_page(audit: Audit) -> Page:
    """The sheet of the disclosure's findings."""
    return Page("公开数据核对", f"{audit.heading}预算公开数据核对", counted(audit.findings), DISCLOSURE_COLUMNS)


def counted(findings: Iterable[Finding]) -> str:
    """How many findings there are of each severity."""
    numbers: Counter[str] = Counter(finding.severity for finding in findings)
    parts = "，".join(f"{name} {numbers[severity]} 处" for severity, name in SEVERITIES.items())
    return f"共 {numbers.total()} 处：{parts}。印刷内容一律照录，未作改动。"


def add_findings(book: Book, audit: Audit) -> None:
    """Add both sheets; the gravest findings come first, those of one severity in printed order."""
    page = catalog_page(audit)
    rows = [_catalog_row(finding) for finding in _gravest_first(audit.catalog.findings)]
    _colour(book, book.add_table(page, rows, 2, "没有发现问题"), page, len(rows))
    page = disclosure_page(audit)
    names = {project.id: project.name for project in audit.disclosure.projects}
    names |= {statement.kind: "文字说明" for statement in audit.disclosure.statements}
    rows = [_disclosure_row(finding, names) for finding in _gravest_first(audit.findings)]
    _colour(book, book.add_table(page, rows, 1, "没有发现问题"), page, len(rows))


def _gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    ranks = list(SEVERITIES)
    return sorted(findings, key=lambda finding: (ranks.index(finding.severity), finding.where.line or 0))


def _catalog_row(finding: Finding) -> list[Value]:
    place = finding.where
    severity, check = SEVERITIES[finding.severity], check_name(finding.check)
    subject = place.subject.replace(":", " / ")
    return [place.line, subject, finding.message, finding.found, finding.expected, finding.suggestion, severity, check]


def _disclosure_row(finding: Finding, names: dict[str, str]) -> list[Value]:
    """``names`` says how a subject that is an id or the kind of a statement is shown."""
    place = finding.where
    subject = names.get(place.subject, place.subject)
    severity, check = SEVERITIES[finding.severity], check_name(finding.check)
    return [check, severity, finding.message, finding.expected, finding.found, place.line, subject]


def _colour(book: Book, sheet: Any, page: Page, count: int) -> None:
    if count:
        position = page.position("严重程度")
        book.colour(sheet, (FIRST_ROW, position, FIRST_ROW + count - 1, position), SEVERITY_COLOURS)
