"""Chinese names of what records name in English: severities, kinds of evidence, flags, checks."""

from __future__ import annotations

from indexer.regulations import REGULATION_COLUMNS, RULE_COLUMNS
from indexer.tables import read_table

SEPARATOR = "、"
"""Stands between the flags of a project."""

SEVERITIES = {"error": "错误", "warning": "疑点", "info": "提示"}

EVIDENCE_KINDS = {
    "department": "部门",
    "cue": "用语",
    "match": "条目",
    "rule": "法规",
    "precedent": "先例",
    "sheet": "绩效目标表",
}

CHECKS = {
    "catalog.row": "目录行无法辨认",
    "catalog.malformed_code": "代码不合编码规则",
    "catalog.code_contradicts_place": "代码与所在标题矛盾",
    "catalog.duplicate_code": "代码重复",
    "catalog.no_department": "目录行没有部门",
    "catalog.department_repeated": "部门重复出现",
    "catalog.missing_heading": "缺少上级标题",
    "catalog.heading_names_differ": "同一代码名称不一",
    "catalog.numbering": "编号不连续",
    "catalog.cut_off": "目录可能不全",
    "document.damaged_bytes": "无法解码的字节",
    "disclosure.front_page": "单位、年度、标题",
    "disclosure.table_missing": "缺少应公开的表",
    "disclosure.table_repeated": "表重复出现",
    "disclosure.table_without_rows": "表没有数据行",
    "disclosure.unit_of_amount": "没有印出金额单位",
    "disclosure.row_shape": "格数与表头不符",
    "disclosure.stray_row": "表外的金额行",
    "disclosure.unreadable_amount": "金额无法辨认",
    "disclosure.project_header": "项目表表头无法辨认",
    "disclosure.project_total_missing": "项目表没有合计",
    "disclosure.project_name_missing": "没有项目名称",
    "disclosure.project_amount_missing": "没有项目金额",
    "disclosure.project_unreadable": "项目名称无法辨认",
    "disclosure.project_repeated": "项目重复出现",
    "disclosure.project_without_sheet": "项目没有绩效目标表",
    "disclosure.sheet_without_project": "绩效目标表没有对应项目",
    "disclosure.sheet_name_differs": "绩效目标表与项目名称不一",
    "disclosure.sheet_cut_off": "绩效目标表不完整",
    "disclosure.sheet_name_missing": "绩效目标表没有项目名称",
    "disclosure.sheet_amount_missing": "绩效目标表没有金额",
    "disclosure.sheet_field_empty": "绩效目标表栏目为空",
    "disclosure.sheet_field_repeated": "绩效目标表栏目重复",
    "disclosure.sheet_value_misplaced": "绩效目标表内容错位",
    "disclosure.sheet_indicator": "绩效指标不完整",
    "tables.hierarchy": "科目逐级汇总",
    "tables.columns": "各栏之和",
    "tables.headings": "“其中”项之和",
    "tables.balances": "收支平衡",
    "tables.same_figures": "表间一致",
    "tables.three_public": "“三公”经费",
    "projects.total": "项目合计",
    "projects.fund_totals": "项目资金来源合计",
    "projects.expenditure": "项目表与支出总表",
    "projects.count": "项目个数",
    "projects.stated_amount": "文字所述项目金额",
    "projects.stated_groups": "文字所述项目分类",
    "sheets.count": "绩效目标表份数",
    "sheets.amount": "绩效目标表与项目表金额",
    "sheets.funds": "绩效目标表资金构成",
    "sheets.indicated_amount": "绩效指标所写金额",
    "statements.parts": "文字所述分项之和",
    "statements.shares": "文字所述占比",
    "statements.changes": "文字所述增减",
    "statements.tables": "文字与表格",
}
"""What a finding's rule is called; a rule not named here is shown by its own name."""


def check_name(check: str) -> str:
    """The Chinese name of a check."""
    return CHECKS.get(check, check)


def flag_names() -> dict[str, str]:
    """The Chinese names of flags, as the knowledge file ``rules.tsv`` words them.

    Raises ``KnowledgeError`` where the file cannot be used.
    """
    rows = list(read_table("rules.tsv", RULE_COLUMNS))
    return {row["flag"]: row["label"] for row in reversed(rows)}


def articles() -> tuple[tuple[str, str], ...]:
    """The articles that verdicts quote, citation and words, from ``regulations.tsv``; raises like ``flag_names``."""
    return tuple((row["citation"], row["text"]) for row in read_table("regulations.tsv", REGULATION_COLUMNS))
