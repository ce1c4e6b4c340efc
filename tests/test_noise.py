"""Where hits end and noise begins."""

import json
from importlib.resources import files

import pytest

from catalog_service.engine import Engine
from indexer.noise import FOREIGN_LINE, LONG_LINE, SHORT_LINE, NoiseLine
from indexer.postings import Postings
from indexer.query import Query, fold


@pytest.fixture(scope="module")
def postings(engine: Engine) -> Postings:
    engine.search("准备")
    return Postings(engine.data_dir / "index" / "current")


def line(postings: Postings, text: str, best: int = 0) -> float:
    folded = fold(text)
    return NoiseLine().line(Query(folded, tuple(float(char.isalnum()) for char in folded)), postings.row(best))


def test_the_longer_the_sentence_the_less_of_it_must_be_held(postings: Postings) -> None:
    lines = [line(postings, "检测" * length) for length in (1, 3, 5, 20)]
    assert lines == sorted(lines, reverse=True)
    assert (lines[0], lines[-1]) == (SHORT_LINE, LONG_LINE)


def test_goods_and_works_must_name_an_item_nearly_whole(postings: Postings) -> None:
    assert line(postings, "办公电脑采购") > SHORT_LINE
    assert line(postings, "新建教学楼工程") == pytest.approx(FOREIGN_LINE)


def test_a_word_of_goods_that_the_best_hit_holds_says_nothing(engine: Engine, postings: Postings) -> None:
    numbers = {postings.row(number).id: number for number in range(postings.size)}
    holding, other = numbers["医疗保障:A040806"], numbers["民政:A110102"]
    assert "耗材" in engine.items["医疗保障:A040806"].name
    assert line(postings, "医保耗材", holding) < line(postings, "医保耗材", other)


@pytest.mark.parametrize("asked", ["机关食堂外包", "公务用车租赁", "办公楼保安服务", "职工体检"])
def test_what_an_office_buys_for_itself_finds_nothing(engine: Engine, asked: str) -> None:
    assert engine.search(asked) == ()


def test_labelled_projects_are_told_apart(engine: Engine) -> None:
    """Names of real and written projects: services find something, goods, works and running seldom do."""
    labelled = json.loads((files("indexer") / "gold" / "validation.json").read_text("utf-8"))[:150]
    services = [row["name"] for row in labelled if row["verdicts"] == ["service"]]
    others = [row["name"] for row in labelled if {*row["verdicts"], *row["alts"]} <= {"goods", "works", "operating"}]
    assert sum(bool(engine.search(name)) for name in services) >= 0.8 * len(services)
    assert sum(not engine.search(name) for name in others) >= 0.8 * len(others)
