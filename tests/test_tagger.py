"""The verdict: no code without a service in the catalog, no certainty without ground, always a reason."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_data.model import NATURES, Disclosure, Project, Verdict
from indexer.tagger import Tagger, UnreadableProject


def project(name: str, unit: str = "孝义市民政局", description: str = "") -> Project:
    return Project("1", unit, name, Decimal("100000"), description)


@pytest.fixture(scope="module")
def verdicts(tagger: Tagger, disclosure: Disclosure) -> dict[str, Verdict]:
    return {p.name: tagger.tag(p) for p in disclosure.projects}


def test_a_cash_benefit_is_never_given_a_code(verdicts: dict[str, Verdict]) -> None:
    cash = [v for name, v in verdicts.items() if any(word in name for word in ("津贴", "补贴支出", "最低生活保障"))]
    assert len(cash) > 15
    assert {(v.nature, v.code) for v in cash} == {("cash", None)}


def test_goods_and_works_are_never_given_a_code(verdicts: dict[str, Verdict]) -> None:
    named = [v for name, v in verdicts.items() if any(w in name for w in ("医用气体工程", "监理费", "棉衣裤采购"))]
    assert {v.nature for v in named} == {"works", "goods"}
    assert {v.code for v in named} == {None}


def test_buying_staff_under_the_name_of_a_service_is_flagged_and_left_to_a_person(
    verdicts: dict[str, Verdict],
) -> None:
    verdict = verdicts["政府购买基层社会救助工作经费(中央)晋财社[2025]177号"]
    assert "prohibited:labour_dispatch" in verdict.flags
    assert verdict.decision == "review"
    assert any("第十条第五项" in evidence.source for evidence in verdict.evidence)


def test_the_content_decides_where_the_name_misleads(tagger: Tagger) -> None:
    bought = project("2025年工作经费", "某市公安局", "制作反诈短视频和宣传片，在电视台投放公益宣传广告")
    plain = project("2025年工作经费", "某市公安局", "办公费、差旅费、会议费等日常公用支出")
    assert tagger.tag(bought).nature == "service"
    assert tagger.tag(plain).nature == "operating"


def test_a_service_is_found_with_its_item(tagger: Tagger) -> None:
    verdict = tagger.tag(project("2026年特困人员生活自理能力评估服务采购", description="委托第三方机构入户评估"))
    assert (verdict.nature, verdict.code) == ("service", "民政:A170101")


def test_evidence_quotes_the_words_of_project_and_catalog(tagger: Tagger) -> None:
    asked = project("社区矫正购买社会组织服务项目", "安庆市司法局", "社工协助对社区矫正对象监督管理和教育帮扶")
    verdict = tagger.tag(asked)
    match = next(e for e in verdict.candidates[0].evidence if e.kind == "match")
    assert match.span and asked.name[slice(*match.span)] in match.text
    assert "第" in match.source
    assert {e.kind for e in verdict.evidence} >= {"department", "cue", "rule"}


def test_an_item_of_another_section_is_offered_but_never_settled(tagger: Tagger) -> None:
    verdict = tagger.tag(project("商用密码应用安全性评估服务", "某市交通运输局"))
    assert verdict.candidates[0].foreign
    assert verdict.decision == "review"
    assert verdict.question


def test_a_unit_without_a_section_is_never_settled_with_a_code(tagger: Tagger) -> None:
    verdict = tagger.tag(project("背街小巷清扫保洁服务外包", "沙坪街道办事处"))
    assert verdict.departments == ()
    assert not (verdict.code and verdict.decision == "auto")


def test_the_office_chooses_the_line(tagger: Tagger, disclosure: Disclosure) -> None:
    strict = tagger.with_line(0.999)
    assert all(strict.tag(p).decision == "review" for p in disclosure.projects)


@pytest.mark.parametrize("name", ["", "   ", "2026年", "！！！", "123"])
def test_a_project_that_says_nothing_is_refused(tagger: Tagger, name: str) -> None:
    with pytest.raises(UnreadableProject, match="项目名称"):
        tagger.tag(project(name))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=200))
def test_any_text_gives_a_sound_verdict_or_a_refusal(tagger: Tagger, name: str, unit: str, description: str) -> None:
    try:
        verdict = tagger.tag(Project("x", unit, name, None, description))
    except UnreadableProject:
        return
    assert set(verdict.natures) == set(NATURES)
    assert sum(verdict.natures.values()) == pytest.approx(1, abs=0.01)
    assert 0 <= verdict.confidence <= 1
    assert (verdict.code is None) or verdict.nature == "service"
    assert verdict.decision == "review" or verdict.confidence >= tagger.auto_line
    assert verdict.reason
