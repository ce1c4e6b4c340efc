"""What kind of spending a project is, and the words that say so."""

import pytest

from catalog_data.model import NATURES
from indexer.cues import CueHit, cue_finder, gap_pattern


def found(name: str, text: str = "") -> dict[str, CueHit]:
    return {hit.cue.wording: hit for hit in cue_finder().find(name, text)}


def test_a_cue_is_quoted_with_its_place() -> None:
    hit = found("困难残疾人生活补贴支出项目", "按月通过社会化方式发放补贴资金")["社会化方式"]
    assert hit.cue.nature == "cash"
    assert hit.field == "text"
    assert "按月通过社会化方式发放补贴资金"[slice(*hit.span)] == hit.words == "社会化方式"


def test_a_word_inside_a_longer_cue_does_not_count() -> None:
    assert "档案数字化" in found("馆藏档案数字化")
    assert "数字化" not in found("馆藏档案数字化")


def test_what_a_name_ends_with_counts_apart_from_brackets_and_numbers() -> None:
    tails = [hit.cue for hit in cue_finder().find("绿化工程监理费（二期）2026", "") if hit.cue.scope == "tail"]
    assert [cue.wording for cue in tails] == ["监理费"]


def test_a_gap_does_not_cross_a_sentence() -> None:
    pattern = gap_pattern("招聘…派遣")
    assert pattern.search("通过招标第三方进行人员招聘、派遣")
    assert not pattern.search("公开招聘。另有派遣")


@pytest.mark.parametrize("nature", NATURES)
def test_every_nature_has_cues_with_a_source(nature: str) -> None:
    cues = [cue for cue in cue_finder().cues if cue.nature == nature]
    assert len(cues) > 50
    assert all(cue.source for cue in cues)
