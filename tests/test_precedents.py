"""What reviewers decided before counts for the same project in the same department, and for nothing else."""

import json
import random
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from catalog_data.decisions import Decision, Ruling, Subject
from catalog_data.model import Disclosure, Item, Project, Verdict, Versions
from catalog_service.engine import Engine
from catalog_service.review_desk import Case, ReviewDesk
from indexer.departments import resolver
from indexer.gold import GOLD, shipped_gold
from indexer.name_keys import name_keys
from indexer.precedent_weight import UNANIMOUS, with_precedents
from indexer.precedents import NEAR_NAME, Precedent, PrecedentLedger
from indexer.tagger import Tagger

from .office import review_cases

UNIT = "孝义市民政局"
CARE = "民政:A040207"
GRAVES = "民政:A110102"


@pytest.fixture
def own_engine(engine: Engine, tmp_path: Path) -> Engine:
    """An engine over a copy of the data, to be written to."""
    own = Engine(Path(shutil.copytree(engine.data_dir, tmp_path / "data")))
    own.catalog = engine.catalog
    return own


@pytest.fixture(scope="module")
def items(engine: Engine) -> Mapping[str, Item]:
    return engine.items


def next_year(printed: str) -> str:
    """A name as the next budget prints it: years and document numbers are others."""
    later = re.sub(r"20(\d\d)(?=年)", lambda year: f"20{int(year[1]) + 1}", printed)
    return re.sub(r"社([\[(])(?:20\d\d[\])])?\[?1\d\d\]?号", r"社\g<1>2026]203号", later)


def project(name: str, unit: str = UNIT, content: str = "") -> Project:
    return Project("2027/1", unit, name, None, content, document="2027.txt")


def decision(number: int, decided: Project, nature: str = "cash", item: Item | None = None) -> Decision:
    ruling = Ruling("accepted", "甲", nature, item.id if item else None, item.name if item else "")
    subject = Subject(
        "d", f"2026/{number}", decided.unit, decided.name, decided.description, None, "2026.txt", 2026, number
    )
    made_at = f"20{number % 99:02}-03-01T08:00:00+00:00"
    return Decision(number, subject, None, ruling, made_at, VERSIONS, None, "", "", "")


VERSIONS = Versions("晋财综〔2025〕28号 a445", "0.1.0", "k1")


def find(ledger: PrecedentLedger, asked: Project) -> tuple[Precedent, ...]:
    return ledger.find(asked, resolver().resolve(asked.unit).departments)


def decide_as_labelled(desk: ReviewDesk, cases: list[Case]) -> dict[str, tuple[str, str | None]]:
    """Every project decided as its label says; the answers by name."""
    labels = {row["id"]: row for row in json.loads((GOLD / "xiaoyi.json").read_text("utf-8"))}
    answers = {}
    for case in cases:
        label = labels[case.project.id]
        answer = (label["verdicts"][0], label["best"] or None if label["verdicts"][0] == "service" else None)
        assert case.verdict
        if answer == (case.verdict.nature, case.verdict.code):
            desk.accept(case, "甲")
        else:
            desk.change(case, "甲", *answer, "按标注")
        answers[case.project.name] = answer
    return answers


def test_the_second_year_of_a_budget_is_settled_by_the_first(own_engine: Engine, disclosure: Disclosure) -> None:
    desk = ReviewDesk(own_engine)
    answers = decide_as_labelled(desk, review_cases(own_engine))
    flagged = settled = 0
    for old in disclosure.projects:
        verdict = own_engine.tag(
            replace(old, id=f"2027/{old.id}", name=next_year(old.name), document="2027.txt", sheet=None)
        )
        assert (verdict.nature, verdict.code) == answers[old.name], (old.name, verdict.reason)
        flagged += bool(verdict.flags)
        settled += verdict.decision == "auto"
        assert verdict.evidence[0].kind == "precedent"
        assert "2026 年" in verdict.evidence[0].text
    assert settled == len(disclosure.projects) - flagged
    assert settled > 60


def test_a_decision_counts_at_once_and_a_withdrawn_one_no_more(own_engine: Engine) -> None:
    desk = ReviewDesk(own_engine)
    case = next(case for case in review_cases(own_engine) if case.project.name == "养老机构相关工作经费")
    asked = replace(case.project, id="2027/1", document="2027.txt")
    before = own_engine.tag(asked)
    entry = desk.change(case, "甲", "service", CARE, "合同约定了上门服务")
    assert (own_engine.tag(asked).code, own_engine.tag(asked).decision) == (CARE, "auto")
    desk.undo(entry.id, "甲")
    assert own_engine.tag(asked) == before


@pytest.mark.parametrize(
    ("decided", "asked"),
    [
        ("农村最低生活保障金支出项目县级配套1", "农村最低生活保障金支出项目县级配套2"),
        ("孤儿助学金项目(中央)(晋财社[2025]173号)", "孤儿助学金项目(省级)(晋财社[2026]9号)"),
        ("孝义市民政局公墓维护运转2026年", "公墓维护运转（2027年度）"),
        ("2026年“孝亲颐养周”工作经费", "2027年孝亲颐养周工作经费"),
    ],
)
def test_year_level_document_number_and_own_name_make_no_difference(decided: str, asked: str) -> None:
    assert name_keys().key(decided, UNIT) == name_keys().key(asked, UNIT)


@pytest.mark.parametrize(
    ("decided", "asked"),
    [
        ("城市最低生活保障金", "农村最低生活保障金"),
        ("特困人员自理能力评估采购", "特困人员自理能力评估工作经费"),
        ("5号公寓楼工程", "6号公寓楼工程"),
        ("80周岁以上老年人津贴", "90周岁以上老年人津贴"),
    ],
)
def test_what_tells_two_projects_apart_stays(decided: str, asked: str) -> None:
    assert name_keys().key(decided, UNIT) != name_keys().key(asked, UNIT)


def test_a_precedent_of_another_county_counts_in_the_same_department_only(items: Mapping[str, Item]) -> None:
    ledger = PrecedentLedger([decision(1, project("公墓维护运转", "临县民政局"))], items)
    (found,) = find(ledger, project("公墓维护运转"))
    assert (found.same, found.own, found.unit) == (True, False, "临县民政局")
    assert find(ledger, project("公墓维护运转", "孝义市教育局")) == ()
    assert find(ledger, project("公墓维护运转", "某街道办事处")) == ()


def test_the_same_name_with_other_content_is_nearly_the_same_at_most(items: Mapping[str, Item]) -> None:
    told = project("老年人活动经费", content="委托社会组织举办养老政策宣传讲座，制作宣传片并在社区投放公益广告")
    ledger = PrecedentLedger([decision(1, told, "service", items[CARE])], items)
    assert [p.same for p in find(ledger, told)] == [True]
    assert [p.same for p in find(ledger, replace(told, description="购置活动室桌椅、空调"))] == [False]
    assert [p.same for p in find(ledger, project("老年人活动经费", "临县民政局"))] == [False]


def test_a_name_that_says_nothing_is_no_precedent_without_the_content(items: Mapping[str, Item]) -> None:
    told = project("2026年工作经费", content="办公费、差旅费、会议费等日常公用支出")
    ledger = PrecedentLedger([decision(1, told, "operating")], items)
    assert find(ledger, project("2027年工作经费")) == ()
    assert find(ledger, project("2027年工作经费", content="制作宣传片，投放公益广告")) == ()
    assert [p.same for p in find(ledger, replace(told, name="2027年工作经费"))] == [True]


def test_the_decision_on_the_project_itself_goes_before_all_others(items: Mapping[str, Item]) -> None:
    asked = project("公墓维护运转")
    mine = decision(1, asked, "grant")
    mine = replace(mine, subject=replace(mine.subject, project=asked.id, document=asked.document))
    (found,) = find(PrecedentLedger([mine, decision(2, asked, "cash")], items), asked)
    assert (found.own, found.nature, found.conflicts) == (True, "grant", False)


@pytest.fixture(scope="module")
def verdict(tagger: Tagger) -> Verdict:
    return tagger.tag(project("公墓维护运转2027年"))


def test_contradicting_precedents_are_both_named_and_never_averaged(
    items: Mapping[str, Item], verdict: Verdict
) -> None:
    first, second = project("公墓维护运转2025年"), project("公墓维护运转2026年")
    ledger = PrecedentLedger([decision(1, first, "grant"), decision(2, second, "service", items[GRAVES])], items)
    judged = with_precedents(verdict, find(ledger, project("公墓维护运转2027年")))
    assert judged.decision == "review"
    assert all(said in judged.reason for said in ("先例相互矛盾", "第 1 条", "补助单位", "第 2 条", GRAVES))
    assert (judged.nature, judged.confidence) == (verdict.nature, verdict.confidence)
    assert [quoted["conflicts"] for quoted in judged.precedents] == ["yes", "yes"]


def test_repeated_agreement_adds_confidence_and_never_reaches_certainty(
    items: Mapping[str, Item], verdict: Verdict
) -> None:
    years = [decision(n, project(f"公墓维护运转{1960 + n}年"), "service", items[GRAVES]) for n in range(1, 57)]
    once, often = (
        with_precedents(verdict, find(PrecedentLedger(log, items), project("公墓维护运转2027年")))
        for log in (years[:1], years)
    )
    assert (once.confidence, once.decision, once.code) == (UNANIMOUS, "auto", GRAVES)
    assert UNANIMOUS < often.confidence == round(57 / 58, 4)
    assert sum(often.natures.values()) == pytest.approx(1, abs=0.01)
    assert often.candidates[0].id == GRAVES
    assert len(often.candidates) == len({choice.id for choice in often.candidates})


def test_a_flag_or_a_stricter_office_still_asks_for_a_person(items: Mapping[str, Item], verdict: Verdict) -> None:
    found = find(PrecedentLedger([decision(1, project("公墓维护运转"))], items), project("公墓维护运转2027年"))
    flagged = replace(verdict, flags=("prohibited:labour_dispatch",), reason="用工", decision="review")
    assert with_precedents(flagged, found).decision == "review"
    assert with_precedents(flagged, found).reason == "用工"
    strict = with_precedents(verdict, found, auto_line=0.99)
    assert (strict.decision, "99%" in strict.reason) == ("review", True)


def test_a_nearly_same_precedent_is_evidence_but_settles_nothing(items: Mapping[str, Item], tagger: Tagger) -> None:
    asked = project("农村养老机构消防设施运转维护")
    judged = tagger.tag(asked)
    near = PrecedentLedger([decision(1, project("农村养老机构消防设施运行维护"), "service", items[CARE])], items)
    (found,) = find(near, asked)
    assert not found.same
    advised = with_precedents(judged, (found,))
    assert (advised.decision, advised.nature, advised.confidence) == ("review", judged.nature, judged.confidence)
    assert advised.candidates[0].id == CARE
    agreeing = replace(found, nature=judged.nature, code=judged.code)
    assert with_precedents(judged, (agreeing,)).decision == judged.decision


def test_a_precedent_whose_item_left_the_catalog_asks_for_a_person(items: Mapping[str, Item], verdict: Verdict) -> None:
    log = [decision(1, project("公墓维护运转"), "service", items[GRAVES])]
    renamed = {**items, GRAVES: replace(items[GRAVES], name="公墓运营")}
    for catalog in ({}, renamed):
        judged = with_precedents(verdict, find(PrecedentLedger(log, catalog), project("公墓维护运转")))
        assert (judged.decision, judged.nature) == ("review", verdict.nature)
        assert "目录已变动" in judged.reason


def test_the_fast_search_finds_what_comparing_with_every_name_finds(items: Mapping[str, Item]) -> None:
    labelled = [replace(gold.project, description="") for gold in shipped_gold()]
    ledger = PrecedentLedger([decision(n, p) for n, p in enumerate(labelled, 1)], items)
    keys = {name_keys().key(p.name, p.unit) for p in labelled}
    chance = random.Random(7)
    for told in chance.sample([p for p in labelled if len(p.name) > 9], 60):
        cut = chance.randrange(2, len(told.name) - 2)
        asked = replace(told, name=f"{told.name[:cut]}{told.name[cut + 1 :]}", id="x", document="y")
        key = name_keys().key(asked.name, asked.unit)
        likest = max(fuzz.ratio(key, other) for other in keys)
        assert bool(find(ledger, asked)) == (likest >= NEAR_NAME), asked.name
