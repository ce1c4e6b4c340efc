"""The report of an evaluation stands on its own and hides no wrong answer."""

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from catalog_service.engine import Engine
from indexer.ablation import AblationRow
from indexer.evaluate import Evaluation, evaluate
from indexer.figures import FIGURES, Outcome, answers
from indexer.gold import GOLD, read_gold, shipped_gold
from indexer.metrics import risk_coverage
from indexer.report import report_page, report_record, write_report
from indexer.report_tables import ReportTable, ablation_table, error_table, figures_table
from indexer.risk_chart import risk_chart


@pytest.fixture(scope="module")
def evaluation(engine: Engine) -> Evaluation:
    """The 67 shipped projects, and three real ones beside them, by the shipped model."""
    gold = (*read_gold(GOLD / "xiaoyi.json"), *shipped_gold(("development",))[:30])
    return evaluate("xiaoyi", gold, engine.tagger, engine.catalog, cross_validation=False)


def test_the_page_needs_nothing_from_elsewhere(evaluation: Evaluation) -> None:
    page = report_page(evaluation)
    assert re.findall(r"<script|<link|<img|src=|url\(|@import|href=", page) == []
    assert set(re.findall(r"https?://[^\"' ]+", page)) <= {"http://www.w3.org/2000/svg"}
    for title in ("总表", "性质混淆表", "风险与覆盖", "把握与实际", "各部门", "各条目", "判错的项目"):
        assert f"<h2>{title}</h2>" in page


def test_a_page_on_a_model_that_has_seen_the_projects_says_so_first(evaluation: Evaluation) -> None:
    assert 'class="warning"' in report_page(evaluation)
    assert 'class="warning"' not in report_page(replace(evaluation, method="cross_validation"))


def test_what_a_gold_file_says_is_text_on_the_page(evaluation: Evaluation) -> None:
    first = evaluation.outcomes[0]
    hostile = replace(first.gold.project, name="<script>alert(1)</script>")
    outcome = Outcome(replace(first.gold, project=hostile, natures=frozenset({"works"})), first.verdict)
    page = report_page(replace(evaluation, outcomes=(outcome,)))
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page


def test_every_wrong_answer_is_listed_with_what_was_wrong(evaluation: Evaluation) -> None:
    wrong = [outcome.gold.project.id for outcome in evaluation.outcomes if not outcome.right]
    rows = error_table(evaluation).rows
    assert [row[0] for row in rows] == [record["id"] for record in report_record(evaluation)["wrong"]] == wrong
    assert wrong
    assert all(re.match("性质应为|条目应为|标注没有条目", row[3]) for row in rows)


def test_the_json_holds_the_figures_that_the_table_shows(evaluation: Evaluation, tmp_path: Path) -> None:
    path, _ = write_report(evaluation, tmp_path)
    record = json.loads(path.read_text("utf-8"))
    assert [figure["figure"] for figure in record["figures"]] == [*FIGURES, "ece"]
    for figure, row in zip(record["figures"], figures_table(evaluation).rows, strict=True):
        assert row[1].startswith(f"{figure['value']:.1%} [")
        assert figure["interval"][0] <= figure["interval"][1]
    assert sum(cell["projects"] for cell in record["confusion"]) == len(evaluation.outcomes)
    assert record["risk_coverage"][-1]["coverage"] == 1


def test_writing_again_leaves_the_same_two_files(evaluation: Evaluation, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_report(evaluation, tmp_path)]
    assert [path.read_bytes() for path in write_report(evaluation, tmp_path)] == first
    assert len(list(tmp_path.iterdir())) == 2


def test_the_curve_stays_inside_its_picture(evaluation: Evaluation) -> None:
    picture = ElementTree.fromstring(risk_chart(risk_coverage(answers(evaluation.outcomes)), 0.95))
    width, height = map(int, picture.attrib["viewBox"].split()[2:])
    drawn = [part.attrib["points"].split() for part in picture.iter() if "points" in part.attrib]
    assert len(drawn) == 2
    for numbers in drawn:
        assert all(0 <= float(x) <= width for x in numbers[::2])
        assert all(0 <= float(y) <= height for y in numbers[1::2])


def test_columns_of_han_characters_are_aligned() -> None:
    table = ReportTable("", ("指标", "n"), (("覆盖率", "1"), ("ECE", "22")))
    assert table.markdown().splitlines() == [
        "| 指标   | n  |",
        "|--------|----|",
        "| 覆盖率 | 1  |",
        "| ECE    | 22 |",
    ]


def test_an_ablation_tells_what_was_lost_apart_from_what_was_gained() -> None:
    whole = AblationRow("全部信号", (True, True, False, True), (True, False))
    without = AblationRow("索引词", (False, False, True, True), (False, False))
    assert ablation_table([whole, without]).rows == (
        ("全部信号", "75.0%", "—", "50.0%", "—"),
        ("去掉 索引词", "-25.0", "2／1", "-50.0", "1／0"),
    )
