"""Words that say what a project is: cues, and the names of programmes."""

import pytest

from catalog_data.model import NATURES
from indexer.cues import NO_NATURE, CueHit, gap_pattern, read_finder

FINDER = read_finder()


def found(name: str, text: str = "") -> dict[str, CueHit]:
    return {hit.cue.wording: hit for hit in FINDER.find(name, text)}


def test_a_cue_is_quoted_with_its_place() -> None:
    hit = found("困难残疾人生活补贴支出项目", "按月通过社会化方式发放补贴资金")["社会化方式"]
    assert hit.cue.nature == "cash"
    assert hit.field == "text"
    assert "按月通过社会化方式发放补贴资金"[slice(*hit.span)] == hit.words == "社会化方式"


def test_a_word_inside_a_longer_cue_does_not_count() -> None:
    assert "档案数字化" in found("食堂档案数字化")
    assert "数字化" not in found("食堂档案数字化")


def test_what_a_name_ends_with_counts_apart_from_brackets_and_numbers() -> None:
    tails = [hit.cue for hit in FINDER.find("坝顶监理费（二期）2026", "") if hit.cue.scope == "tail"]
    assert [cue.wording for cue in tails] == ["监理费"]


def test_a_gap_does_not_cross_a_sentence() -> None:
    pattern = gap_pattern("招聘…派遣")
    assert pattern.search("通过招标第三方进行人员招聘、派遣")
    assert not pattern.search("公开招聘。另有派遣")


@pytest.mark.parametrize("nature", NATURES)
def test_every_nature_has_cues_with_a_source(nature: str) -> None:
    cues = [cue for cue in FINDER.cues if cue.nature == nature and not cue.is_programme]
    assert len(cues) > 50
    assert all(cue.source for cue in cues)


def programmes(name: str, text: str = "") -> list[tuple[str, str]]:
    return [(hit.words, hit.field) for hit in FINDER.find(name, text) if hit.cue.is_programme]


def test_a_programme_tells_who_is_in_charge_and_on_what_ground() -> None:
    hit = found("2026年农家书屋专项资金")["农家书屋"]
    assert hit.cue.section == "宣传部"
    assert hit.cue.source


def test_the_longer_of_two_programmes_counts() -> None:
    assert programmes("雪亮工程运维") == [("雪亮工程运维", "name")]


def test_a_programme_inside_a_cue_counts_and_a_cue_inside_a_programme_does_not() -> None:
    hits = FINDER.find("城市最低生活保障金", "")
    assert {hit.cue.is_programme for hit in hits} == {True, False}
    assert "档案数字化" not in found("文书档案数字化加工")


def test_a_programme_counts_once_though_name_and_text_say_it() -> None:
    assert programmes("雨露计划", "由雨露计划出资") == [("雨露计划", "name")]


def test_only_the_beginning_of_a_text_is_searched_for_programmes() -> None:
    assert ("高标准农田", "text") in programmes("农业项目", "高标准农田")
    assert not programmes("农业项目", "，" * 80 + "高标准农田")


def test_every_programme_rests_on_something() -> None:
    known = [cue for cue in FINDER.cues if cue.is_programme]
    assert len(known) > 30_000
    assert all(cue.source and (cue.section or cue.nature != NO_NATURE) for cue in known)
