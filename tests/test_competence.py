"""Which section of the catalog a project belongs to: the unit's own, or that of its topic."""

import pytest

from catalog_data.model import Project
from indexer.competence import FEATURES, NEUTRAL, affiliations, most_competent
from indexer.tagger import Tagger, topic_of


def department(tagger: Tagger, unit: str, name: str, description: str = "") -> str:
    return tagger.tag(Project("1", unit, name, description=description)).department


@pytest.mark.parametrize(
    ("unit", "name", "section"),
    [
        ("某县民政局", "养老机构等级评定", "民政"),
        ("某县民政局", "困难残疾人生活补贴", "民政"),
        ("某县文化和旅游局", "全国重点文物保护单位安全巡查", "文物"),
        ("某县文化和旅游局", "送戏下乡演出", "文化和旅游"),
        ("某县自然资源局", "国有林场森林防火隔离带养护", "林业和草原"),
        ("某县发展和改革局", "县级储备粮保管费", "粮食和物资储备"),
        ("某县自然资源局", "国土空间规划编制", "自然资源"),
        ("某县财政局", "城乡义务教育补助经费", "教育"),
        ("某县财政局", "财政投资评审", "财政"),
        ("某县教育体育局", "全民健身运动会", "体育"),
    ],
)
def test_the_section_in_charge_is_the_units_own_or_one_whose_affairs_it_keeps(
    tagger: Tagger, unit: str, name: str, section: str
) -> None:
    assert department(tagger, unit, name) == section


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("城乡义务教育补助经费", "项目名称中的“城乡义务教育补助”由教育部门主管"),
        ("教育局校舍零星修缮补助", "从项目内容看，属于教育部门的目录管"),
    ],
)
def test_a_section_that_is_not_the_units_own_is_told_among_the_reasons(tagger: Tagger, name: str, reason: str) -> None:
    verdict = tagger.tag(Project("1", "某县财政局", name))
    assert reason in [e.text for e in verdict.evidence if e.kind == "department"]
    assert verdict.departments == ("财政",)


def test_items_of_a_section_in_charge_stay_foreign_to_the_unit(tagger: Tagger) -> None:
    verdict = tagger.tag(Project("1", "某县文化和旅游局", "全国重点文物保护单位安全巡查"))
    assert verdict.candidates[0].id.startswith("文物:") and verdict.candidates[0].foreign
    assert verdict.decision == "review"


def test_every_section_in_question_is_measured_and_the_own_one_is_always_among_them(tagger: Tagger) -> None:
    project = Project("1", "某县水利局", "河道保洁", description="委托公司打捞漂浮物，购买生态环境监测")
    sections = tagger.competence.sections(topic_of(project, tagger.read(project)))
    measured = {section.name: dict(zip(FEATURES, section.features, strict=True)) for section in sections}
    assert measured["水利"]["own"] == 1 and measured["水利"]["topic_name"] > 0
    assert measured["生态环境"]["own"] == 0 and measured["生态环境"]["named_in_text"] == 1


def test_nothing_in_question_is_no_section() -> None:
    assert most_competent([], NEUTRAL) == ""


def test_no_section_keeps_its_own_affairs_for_another(tagger: Tagger) -> None:
    assert all(section not in kept for section, kept in affiliations().items())
