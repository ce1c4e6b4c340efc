"""The measures of the search box."""

import math

from hypothesis import given
from hypothesis import strategies as st

from indexer.evaluate_search import ALL, DEPTH, GradedQuery, ndcg, search_quality, success

GRADES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 3), min_size=1)


def test_the_gain_of_a_hit_is_discounted_by_its_place() -> None:
    assert ndcg({"a": 3, "b": 1}, ["b", "a"]) == (1 + 7 / math.log2(3)) / (7 + 1 / math.log2(3))
    assert ndcg({"a": 3}, ["x"] * DEPTH + ["a"]) == 0
    assert (success({"a": 1}, ["a"]), success({"a": 2}, ["a"])) == (0, 1)


def test_a_query_without_answer_must_find_nothing() -> None:
    assert (ndcg({}, []), ndcg({}, ["a"]), success({}, []), success({}, ["a"])) == (1, 0, 1, 0)


@given(GRADES, st.permutations("abcdefgh"))
def test_the_order_of_the_grades_is_the_best_there_is(relevant: dict[str, int], found: list[str]) -> None:
    ideal = sorted(relevant, key=lambda item: -relevant[item])
    assert 0 <= ndcg(relevant, found) <= ndcg(relevant, ideal) + 1e-9
    assert math.isclose(ndcg(relevant, ideal), 1)


def test_the_means_are_told_by_kind_and_over_all() -> None:
    queries = [GradedQuery("1", "甲", "exact", None, {"a": 3}), GradedQuery("2", "乙", "none", None, {})]
    quality = search_quality(queries, lambda asked: ["a"])
    assert {kind: (mean.queries, mean.ndcg, mean.success) for kind, mean in quality.items()} == {
        "exact": (1, 1, 1),
        "none": (1, 0, 0),
        ALL: (2, 0.5, 0.5),
    }
