"""What kind of spending a project is, by its cues, its programmes and what its name ends in."""

import pytest

from catalog_data.model import NATURES
from indexer.cues import read_finder
from indexer.nature import Fit, NatureModel, nature_features
from indexer.wording import cleaner

FINDER = read_finder()


def features(name: str, text: str = "") -> dict[str, float]:
    hits = FINDER.find(name, text)
    return nature_features(hits, cleaner().clean(name), text, Fit(), sectionless=False)


def programmes(name: str, text: str = "") -> set[str]:
    return {feature for feature in features(name, text) if feature.startswith("programme:")}


def test_a_programme_counts_apart_from_cues_and_more_where_the_name_ends_in_it() -> None:
    assert programmes("义务兵优待金") == {"programme:name:cash", "programme:head:cash"}
    assert programmes("某某项目", "发放义务兵优待金") == {"programme:text:cash"}


@pytest.mark.parametrize(
    ("name", "place"), [("义务兵优待金发放设备购置", "purchase"), ("义务兵优待金工作经费", "payment")]
)
def test_a_programme_before_a_head_that_speaks_for_something_else_counts_apart(name: str, place: str) -> None:
    assert any(feature.startswith(f"programme:before {place}:") for feature in programmes(name)), programmes(name)


def test_many_words_prove_no_more_than_a_few_clear_ones() -> None:
    text = "义务兵优待金、高龄津贴、孤儿基本生活费、残疾人两项补贴、临时救助、低保金、特困人员供养"
    assert max(value for name, value in features("某某项目", text).items() if name.startswith("programme:")) <= 2.0


def test_probabilities_sum_to_one_and_follow_the_weights() -> None:
    model = NatureModel({"grant": 0.5}, {"programme:name:cash": {"cash": 3.0}})
    plain, cash = model.probabilities({}), model.probabilities({"programme:name:cash": 1.0, "unknown": 9.0})
    assert set(plain) == set(NATURES) and sum(plain.values()) == pytest.approx(1)
    assert max(plain, key=plain.__getitem__) == "grant" and max(cash, key=cash.__getitem__) == "cash"


def test_what_a_cue_adds_is_told_beyond_the_mean_of_all_natures() -> None:
    model = NatureModel({}, {"programme:name:cash": {"cash": 3.0}, "programme:head:cash": {"cash": 1.0}})
    hit = next(hit for hit in FINDER.find("义务兵优待金", "") if hit.cue.is_programme)
    assert model.contribution(hit, "cash") == pytest.approx(4.0 * (1 - 1 / len(NATURES)))
