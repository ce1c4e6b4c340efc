"""Many known phrases are found in one pass, none twice, none missed."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis import normalise
from indexer.phrases import Phrases

WORDS = st.text(alphabet="市政务服水利", min_size=1, max_size=4)


@given(st.lists(WORDS, max_size=8), st.text(alphabet="市政务服水利局", max_size=30))
def test_every_occurrence_is_found(phrases: list[str], text: str) -> None:
    found = {(hit.start, hit.end) for hit in Phrases((p, p) for p in phrases).find(normalise(text))}
    naive = {(k, k + len(p)) for p in phrases for k in range(len(text)) if text.startswith(p, k)}
    assert found == naive


@given(st.lists(WORDS, max_size=8), st.text(alphabet="市政务服水利局", max_size=30))
def test_the_longest_do_not_overlap_and_keep_the_order_of_the_text(phrases: list[str], text: str) -> None:
    kept = Phrases((p, p) for p in set(phrases)).longest(normalise(text))
    assert all(a.end <= b.start for a, b in zip(kept, kept[1:], strict=False))


def test_one_phrase_may_stand_for_several_values() -> None:
    values = [hit.value for hit in Phrases([("教体", "教育"), ("教体", "体育")]).longest("县教体局")]
    assert values == ["教育", "体育"]
