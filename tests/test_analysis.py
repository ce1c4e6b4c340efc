"""One analysis of Chinese text for index, query and project."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis import grams, normalise
from indexer.gram_tokenizer import GramTokenizer


def tokens(text: str) -> list[str]:
    return [token for _, _, token in grams(text)]


def test_han_is_cut_into_overlapping_pairs_and_latin_stays_whole() -> None:
    assert tokens("农村养老IPv6") == ["农村", "村养", "养老", "ipv6"]
    assert tokens("12345 热线") == ["12345", "热线"]
    assert tokens("水") == ["水"]


def test_full_width_and_compatibility_forms_are_one() -> None:
    assert tokens("Ａ０５０２⼈⼝") == ["a0502", "人口"]


@given(st.text())
def test_offsets_point_into_the_printed_text(text: str) -> None:
    assert len(normalise(text)) == len(text)
    for start, end, token in grams(text):
        assert normalise(text[start:end]) == token


@given(st.text(max_size=60))
def test_the_index_and_the_query_see_the_same_tokens(text: str) -> None:
    seen = [token.text for token in GramTokenizer()(text, positions=True, chars=True)]
    assert seen == tokens(text)
