"""Sheets and project rows are joined one to one, and never by a name alone that contradicts the money."""

from decimal import Decimal

import pytest

from catalog_data.model import Disclosure, PerformanceSheet, Project
from catalog_data.sheet_joins import join


def project(name: str, amount: int | None) -> Project:
    return Project(f"甲/2026/{name}", "甲", name, None if amount is None else Decimal(amount), line=1)


def sheet(name: str, amount: int | None) -> PerformanceSheet:
    return PerformanceSheet(name, 2, year_funds={} if amount is None else {"总额": Decimal(amount)})


def test_misprinted_names_join_with_a_finding_that_shows_both(disclosure: Disclosure) -> None:
    differing = {f.found: f.expected for f in disclosure.findings if f.check == "disclosure.sheet_name_differs"}
    assert differing == {
        "公坟维护运转2026年": "公墓维护运转2026年",
        "养老服务工作经历": "养老服务工作经费",
        "养老院新建液氧体适用房及配套工程": "养护院新建液氧储罐用房及配套工程",
        "2025年“孝亲颐养”系列活动项目": "2025年“孝亲颐养周”系列活动项目",
    }


def test_every_sheet_has_its_project_and_the_projects_without_one_are_named(disclosure: Disclosure) -> None:
    joined = [p.sheet for p in disclosure.projects if p.sheet]
    assert sorted(s.line for s in joined) == sorted(s.line for s in disclosure.sheets)
    lacking = {p.id for p in disclosure.projects if p.sheet is None}
    reported = {f.where.subject for f in disclosure.findings if f.check == "disclosure.project_without_sheet"}
    assert len(lacking) == 10
    assert reported == lacking


@pytest.mark.parametrize(
    ("listed", "printed"),
    [
        (project("护理补贴县级配套1", 100), sheet("护理补贴县级配套2", 100)),
        (project("最低生活保障金(中央)", 100), sheet("最低生活保障金(省级)", 100)),
        (project("养老服务工作经费", 100), sheet("养老服务工作经历", 100000)),
        (project("养老服务工作经费", None), sheet("养老服务工作经历", 100)),
    ],
)
def test_names_that_differ_in_number_level_or_money_are_not_joined(listed: Project, printed: PerformanceSheet) -> None:
    projects, findings = join([listed], [printed], "x.txt")
    assert projects[0].sheet is None
    assert [f.check for f in findings] == ["disclosure.sheet_without_project", "disclosure.project_without_sheet"]


def test_a_sheet_as_like_to_two_projects_is_joined_to_neither() -> None:
    projects, findings = join(
        [project("甲村道路维修工程款", 100), project("乙村道路维修工程款", 100)],
        [sheet("丙村道路维修工程款", 100)],
        "x.txt",
    )
    assert [p.sheet for p in projects] == [None, None]
    assert len(findings) == 3


def test_forms_of_brackets_and_quotes_make_no_difference() -> None:
    projects, findings = join(
        [project("“两节”慰问（吕财社〔2023〕152号）", 5)], [sheet("两节”慰问(吕财社[2023]152号)", 5)], "x"
    )
    assert projects[0].sheet is not None
    assert findings == []


def test_of_two_projects_of_one_name_each_gets_the_sheet_with_its_money() -> None:
    projects, _ = join(
        [project("取暖费", 100), project("取暖费", 900)], [sheet("取暖费", 900), sheet("取暖费", 100)], "x"
    )
    assert [p.sheet and p.sheet.amount_yuan for p in projects] == [100, 900]
