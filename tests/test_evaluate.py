"""What an evaluation counts, and that no project is judged by a model that has seen it."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_data.model import NATURES, Catalog, Choice, Disclosure, DocumentError, Project, Verdict, Versions
from catalog_service.cli import catalog as command
from catalog_service.engine import Engine
from indexer.ablation import ablation
from indexer.evaluate import (
    evaluate,
    gold_problems,
    judged_by_cross_validation,
    split_fitted,
    with_stored_projects,
)
from indexer.figures import Outcome, answers, by_department, by_item, confusion, figures
from indexer.fitting import cross_validated, start_tagger
from indexer.gold import GOLD, GoldProject, read_gold, shipped_gold

CODES = ("民政:A040303", "民政:A040304", "民政:A170101", "教育:A020101")
DEVELOPMENT = shipped_gold(("development",))
XIAOYI = read_gold(GOLD / "xiaoyi.json")
FEW, SUPPORT = DEVELOPMENT[:3], shipped_gold(("practice",))[:80]


def gold_project(natures: set[str], best: str = "", acceptable: set[str] | None = None, **more: Any) -> GoldProject:
    project = Project("1", "某县民政局", "某项目")
    labels = {"defensible": frozenset(), "related": frozenset(), "department": "民政"} | more
    return GoldProject(project, frozenset(natures), best=best, acceptable=frozenset(acceptable or ()), **labels)


def verdict(nature: str, code: str | None = None, candidates: tuple[str, ...] = (), **more: Any) -> Verdict:
    choices = tuple(Choice(identity, "", (), 0.0, 0.0, foreign=False) for identity in candidates)
    values = {"department": "民政", "decision": "review", "confidence": 0.5} | more
    return Verdict(
        id="1",
        departments=("民政",),
        nature=nature,
        code=code,
        natures={nature: 1.0},
        candidates=choices,
        flags=(),
        evidence=(),
        reason="",
        question="",
        versions=Versions("", "", ""),
        **values,
    )


GOLD_PROJECTS = st.builds(
    gold_project,
    st.sets(st.sampled_from(sorted(NATURES)), min_size=1, max_size=2),
    best=st.sampled_from(("", *CODES)),
    acceptable=st.sets(st.sampled_from(CODES), max_size=2),
    defensible=st.frozensets(st.sampled_from(sorted(NATURES)), max_size=2),
    related=st.frozensets(st.sampled_from(CODES), max_size=1),
    department=st.sampled_from(("", "民政", "教育")),
)
VERDICTS = st.builds(
    verdict,
    st.sampled_from(sorted(NATURES)),
    st.none() | st.sampled_from(CODES),
    st.permutations(CODES).map(tuple),
    department=st.sampled_from(("民政", "教育")),
    decision=st.sampled_from(("auto", "review")),
)


def reference_scores(outcomes: list[Outcome]) -> dict[str, tuple[int, int]]:
    """The labelling guide's scoring, written out row by row: figure -> (right, counted)."""
    scores = dict.fromkeys(("nature", "lenient", "department", "top1", "top3", "top5", "code", "false", "auto"), (0, 0))

    def count(figure: str, right: bool) -> None:
        scores[figure] = (scores[figure][0] + right, scores[figure][1] + 1)

    for gold, said in ((outcome.gold, outcome.verdict) for outcome in outcomes):
        count("nature", bool(said) and said.nature in gold.natures)
        lenient = gold.natures | gold.defensible
        count("lenient", bool(said) and said.nature in lenient)
        if not said:
            continue
        right = {gold.best, *gold.acceptable} - {""}
        offered = [choice.id for choice in said.candidates]
        if gold.department:
            count("department", said.department == gold.department)
        if gold.natures == {"service"}:
            for k in (1, 3, 5):
                count(f"top{k}", any(code in right for code in offered[:k]))
            count("code", said.code in right)
        if "service" not in lenient:
            count("false", bool(said.code))
        if said.decision == "auto":
            item = said.code in right | gold.related if said.nature == "service" else not said.code
            count("auto", said.nature in lenient and item)
    return scores


@settings(max_examples=200, deadline=None)
@given(st.lists(st.builds(Outcome, GOLD_PROJECTS, st.none() | VERDICTS), min_size=1, max_size=12))
def test_the_figures_are_those_of_the_labelling_guide(catalog: Catalog, outcomes: list[Outcome]) -> None:
    measured = {n: (p.right, p.n) for n, p in figures(outcomes, {item.id: item for item in catalog.items}).items()}
    expected = reference_scores(outcomes)
    renamed = {"nature_defensible": "lenient", "false_tag": "false", "auto_precision": "auto"}
    for name, counted in measured.items():
        if name not in {"heading", "auto_coverage"}:
            assert counted == expected[renamed.get(name, name)], name
    assert measured["auto_coverage"] == (expected["auto"][1], len(outcomes))
    assert measured["top1"][0] <= measured["heading"][0]


def test_an_item_beside_the_right_one_still_finds_the_heading(catalog: Catalog) -> None:
    outcome = Outcome(gold_project({"service"}, CODES[0]), verdict("service", CODES[1], CODES[1:2]))
    measured = figures([outcome], {item.id: item for item in catalog.items})
    assert (measured["top1"].right, measured["heading"].right) == (0, 1)


def test_a_service_left_without_a_code_is_judged_by_its_first_candidate() -> None:
    gold = gold_project({"service"}, CODES[0])
    assert [Outcome(gold, verdict("service", None, c)).right for c in (CODES[:2], CODES[1:3])] == [True, False]


def test_a_project_that_says_nothing_is_a_wrong_answer_without_a_confidence() -> None:
    outcomes = [Outcome(gold_project({"goods"}), None), Outcome(gold_project({"goods"}), verdict("goods"))]
    assert [outcome.right for outcome in outcomes] == [False, True]
    assert len(answers(outcomes)) == 1
    assert confusion(outcomes) == {("goods", "goods"): 1}


def test_quality_is_told_by_department_and_by_item() -> None:
    service = Outcome(gold_project({"service"}, CODES[0]), verdict("service", CODES[0], CODES))
    goods = Outcome(gold_project({"goods"}), verdict("cash"))
    (department,) = by_department([service, goods])
    assert (department.name, department.nature.right, department.nature.n, department.top1.n) == ("民政", 1, 2, 1)
    assert [group.name for group in by_item([service, goods])] == [CODES[0]]


def test_projects_used_for_fitting_are_known_by_id_or_by_their_words() -> None:
    known = DEVELOPMENT[0]
    renumbered = replace(known, project=replace(known.project, id="新编号"))
    reworded = replace(known, project=replace(known.project, name="完全不同的名称"))
    for row in (known, renumbered, reworded):
        fitted, rest = split_fitted([row])
        assert fitted
        assert known not in rest
    assert not split_fitted(XIAOYI)[0]


def test_the_label_of_a_project_never_reaches_the_model_that_judges_it(catalog: Catalog) -> None:
    honest = judged_by_cross_validation(FEW, SUPPORT, catalog, 0.95)
    lied = replace(FEW[0], natures=frozenset({"goods"}), best="", acceptable=frozenset())
    again = judged_by_cross_validation([lied, *FEW[1:]], SUPPORT, catalog, 0.95)
    assert honest[0].verdict == again[0].verdict
    assert [o.verdict for o in honest[1:]] != [o.verdict for o in again[1:]]


def test_the_ablation_starts_from_the_verdicts_of_cross_validation(catalog: Catalog) -> None:
    told: list[str] = []
    steps = ablation(FEW, SUPPORT, catalog, told.append)
    whole, without_names = next(steps), next(steps)
    verdicts = cross_validated(start_tagger(catalog), FEW, SUPPORT, calibrate=False)
    assert whole.natures == tuple(v.nature in row.natures for row, v in zip(FEW, verdicts, strict=True))
    assert len(without_names.tops) == len(whole.tops) == sum(row.is_service for row in FEW)
    assert told == [whole.label, without_names.label]


def test_a_stored_project_brings_its_performance_sheet(disclosure: Disclosure) -> None:
    stored = {project.id: project for project in disclosure.projects}
    rows = with_stored_projects(XIAOYI, stored)
    assert [row.project for row in rows] == list(disclosure.projects)
    other = replace(XIAOYI[0], project=replace(XIAOYI[0].project, name="别的项目"))
    assert with_stored_projects([other], stored) == (other,)


def test_labels_that_the_catalog_does_not_know_are_named(catalog: Catalog) -> None:
    assert gold_problems(XIAOYI, catalog) == gold_problems(DEVELOPMENT, catalog) == []
    wrong = gold_project({"services"}, "民政:Z9", department="民政局")
    assert len(gold_problems([wrong], catalog)) == 3


Run = Callable[..., Result]


@pytest.fixture
def run(engine: Engine) -> Run:
    return lambda *arguments: CliRunner().invoke(command, ["--data-dir", str(engine.data_dir), "evaluate", *arguments])


def test_a_gold_set_that_was_not_fitted_on_is_judged_by_the_shipped_model(run: Run, tmp_path: Path) -> None:
    result = run("xiaoyi", "--json", "--report", str(tmp_path))
    assert result.exit_code == 0, result.stderr
    records = {record["figure"]: record for record in map(json.loads, result.stdout.splitlines())}
    assert records["nature"]["method"] == "shipped"
    assert records["nature"]["n"] == len(XIAOYI)
    assert records["false_tag"]["baselines"]["RapidFuzz WRatio"]["value"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evaluation.html", "evaluation.json"]


def test_a_file_of_the_office_is_measured_too(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    label = {"id": "甲1", "unit": "某县民政局", "name": "高龄津贴", "verdicts": ["cash"], "department": "民政"}
    path.write_text(json.dumps([label, label | {"id": "甲2", "name": "2026"}]), "utf-8")
    result = run(str(path))
    assert result.exit_code == 0
    assert "1/2" in result.stdout


def test_figures_of_a_model_on_its_own_projects_come_with_a_warning(run: Run) -> None:
    result = run("development", "--no-cross-validation", "--json")
    assert result.exit_code == 0
    assert "警告" in result.stderr
    assert {json.loads(line)["method"] for line in result.stdout.splitlines()} == {"optimistic"}


def test_without_the_library_for_fitting_the_message_says_how_to_get_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "few.json"
    path.write_text(json.dumps(json.loads((GOLD / "development.json").read_text("utf-8"))[:3]), "utf-8")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    result = run(str(path))
    assert result.exit_code == 1
    assert "pip install scikit-learn" in result.stderr
    assert "--no-cross-validation" in result.stderr


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{}",
        "[{}]",
        "没有",
        '[{"id": "1", "unit": null, "name": "高龄津贴", "verdicts": ["cash"]}]',
        '[{"id": "1", "unit": "某局", "name": "高龄津贴", "verdicts": ["cash"], "amount_wan": "若干"}]',
        '[{"id": "1", "unit": "某局", "name": "高龄津贴", "verdicts": ["cash"], "acceptable": [1]}]',
    ],
)
def test_a_gold_file_that_cannot_be_measured_is_refused(run: Run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "gold.json"
    path.write_text(content, "utf-8")
    result = run(str(path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("错误：")


def test_one_project_alone_cannot_be_cross_validated(catalog: Catalog, engine: Engine) -> None:
    with pytest.raises(DocumentError, match="至少需要两个"):
        evaluate("一个", DEVELOPMENT[:1], engine.tagger, catalog)
