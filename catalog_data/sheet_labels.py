"""What a performance sheet prints as a label: fields, lines of funds, levels of indicators.

The print varies from sheet to sheet (主管部门及代管, 项目日期, 可持续性影响, 实施资金总额:), so a label is known by
what every print of it shares. Labels end in a colon or not; a value may stand behind the colon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .model import Line
from .text import key

TEXT_FIELDS = {
    "name": "项目名称",
    "department": "主管部门及代码",
    "unit": "实施单位",
    "project_property": "项目属性",
    "period": "项目期",
    "overview": "项目概况",
    "legal_basis": "立项依据",
    "necessity": "项目设立必要性",
    "safeguards": "保证项目实施的制度、措施",
    "plan": "项目实施计划",
    "period_goal": "实施期目标",
    "year_goal": "年度目标",
}
"""Fields of a ``PerformanceSheet`` and their usual labels."""

Scope = Literal["period", "year"]
SCOPES: tuple[Scope, Scope] = ("period", "year")
SCOPE_NAMES = {"period": "实施期", "year": "年度"}

_FIELDS = {
    "name": r"项目名称",
    "department": r"(项目)?主管部门.{0,6}",
    "unit": r"(项目)?实施单位",
    "project_property": r"项目(属性|类别|性质|类型)",
    "period": r"项目(日?期|周期|期限|实施期|起止.{0,4})",
    "overview": r"项目概[况述]",
    "legal_basis": r"(项目)?立项依据",
    "necessity": r"项目(设立|立项)的?必要性",
    "safeguards": r"保证项目实施的?制度.{0,4}",
    "plan": r"项目实施(计划|方案)",
    "goals": r"(总体|绩效)目标",
    "period_heading": r"实施期(总体)?目标",
    "year_heading": r"年度(总体)?目标",
    "filled_on": r"填[报表]日期",
    "signer": r"负责人|经办人|填[报表]人|联系(电话|人)",
    "indicators": r"绩效指标",
    "funds": r"项目资金.{0,6}",
}
_FUNDS = {
    "总额": r"(?P<scope>实施期?|中期|年度)?(资金|预算)?总额",
    "中央": r"中央(财政)?(资金|补助)?",
    "省级": r"省级?(财政)?(资金|补助)?",
    "市县": r"(市|县|区|市县|市县\(区\)|市级|县级)级?财政(资金?)?",
    "财政拨款": r"(当年|本年)?财政(拨款|资金)",
    "单位自筹": r"(单位)?自筹(资金)?",
    "其他": r"其他(资金)?",
}
_GROUPS = re.compile(r"(产出|效益|满意度|成本)指标")
_KINDS = re.compile(
    r"((数量|质量|时效|成本|经济成本|社会成本|生态环境成本|服务对象满意度|满意度)(指标)?"
    r"|(经济|社会|生态)效益(指标)?|可持续性?影响(指标)?)"
)
_HEADINGS = {"一级指标", "二级指标", "三级指标", "指标值"}
_OF_WHICH = re.compile(r"^其中[:：]?")


@dataclass(frozen=True, slots=True)
class Token:
    """A filled cell: its column, what it labels ('' where it is a value), and its value ('' where it has none).

    ``field`` is a key of ``TEXT_FIELDS``, ``goals``, a heading, ``signer`` or ``fund``; then ``level`` is the
    level of government and ``scope`` the period that the label itself names.
    """

    column: int
    print: str
    field: str = ""
    value: str = ""
    level: str = ""
    scope: Scope | None = None


def tokens(line: Line) -> list[Token]:
    """The filled cells of a row, labels told from values."""
    return [_token(k, cell.strip()) for k, cell in enumerate(line.cells) if cell.strip()]


def completes_label(fragment: str, labels: list[str]) -> bool:
    """Whether a fragment on the next row completes one of the labels above it (市县(区)财政资 + 金)."""
    joined = (_OF_WHICH.sub("", key(name)) + key(fragment) for name in labels)
    return len(fragment) <= 4 and any(name.endswith("资金") and _fund(name) for name in joined)


def is_group(cell: str) -> bool:
    """Whether a cell prints a first-level indicator: 产出指标, 效益指标, 满意度指标, 成本指标."""
    return bool(_GROUPS.fullmatch(key(cell)))


def is_kind(cell: str) -> bool:
    """Whether a cell prints a second-level indicator: 数量指标, 社会效益, 可持续影响 …"""
    return bool(_KINDS.fullmatch(key(cell)))


def is_heading(cell: str) -> bool:
    """Whether a cell heads a column of the indicators: 一级指标 … 指标值."""
    return key(cell) in _HEADINGS


def _token(column: int, printed: str) -> Token:
    head, value = _split(printed)
    for field, pattern in _FIELDS.items():
        if re.fullmatch(pattern, head):
            return Token(column, printed, field, value)
    fund = _fund(head)
    if fund:
        return Token(column, printed, "fund", value, *fund)
    return Token(column, printed, value=printed)


def _split(printed: str) -> tuple[str, str]:
    """A cell's possible label as ``key`` gives it, and what stands behind its colon."""
    printed = _OF_WHICH.sub("", printed)
    head, _, value = printed.replace("：", ":").partition(":")
    return key(head), value.strip()


def _fund(head: str) -> tuple[str, Scope | None] | None:
    for level, pattern in _FUNDS.items():
        match = re.fullmatch(pattern, head)
        if match:
            named = match.groupdict().get("scope")
            return level, None if not named else "year" if named == "年度" else "period"
    return None
