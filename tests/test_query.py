"""What an officer typed, made ready for ranking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_service.engine import Engine
from indexer.analysis import grams
from indexer.query import EVERYDAY, FAINT, MAX_QUERY, Query, QueryReader, fold
from indexer.vocabulary import load_thesaurus


@pytest.fixture(scope="module")
def texts(engine: Engine) -> list[str]:
    """All names and index entries in the form in which they are compared."""
    terms = (term for item in engine.items for term in engine.terms(item))
    return [fold(text) for text in (*(item.name for item in engine.catalog.items), *terms)]


@pytest.fixture(scope="module")
def reader(engine: Engine, texts: list[str]) -> QueryReader:
    known = {token for text in texts for _, _, token in grams(text)}
    codes = {item.code.lower() for item in engine.catalog.items}
    return QueryReader(known.__contains__, lambda begun: any(code.startswith(begun) for code in codes))


def counted(query: Query) -> str:
    return query.shown.replace(" ", "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("请第三方给养老机构做等级评定要用哪个代码", "养老机构等级评定"),
        ("孝义市2025年度国土空间规划", "国土空间规划"),
        ("城市体检评估", "城市体检评估"),
        ("社区矫正应该归到哪一项", "社区矫正"),
    ],
)
def test_question_words_years_and_places_do_not_count(reader: QueryReader, typed: str, words: str) -> None:
    assert counted(reader.read(typed)) == words


def test_words_of_every_project_count_little_but_are_not_dropped(reader: QueryReader) -> None:
    query = reader.read("养老采购项目")
    assert query.shares == (1.0, 1.0, FAINT, FAINT, FAINT, FAINT)


def test_a_query_of_words_that_do_not_count_is_taken_as_it_is(reader: QueryReader) -> None:
    assert counted(reader.read("怎么做")) == "怎么做"


def test_a_code_and_a_department_stand_beside_other_words(reader: QueryReader) -> None:
    query = reader.read("民政局 Ａ０４.０３ 家访")
    assert (query.code, query.departments, query.unit, counted(query)) == ("a0403", ("民政",), "民政局", "家访")


def test_synonyms_know_the_place_of_the_word_they_stand_for(reader: QueryReader) -> None:
    found = [other for other in reader.read("关爱留守娃").alternatives if other.phrase == "留守儿童"]
    assert [(other.start, other.end) for other in found] == [(2, 5)]


def test_every_word_that_everyday_words_lead_to_is_in_the_catalog(texts: list[str]) -> None:
    everyday = load_thesaurus(name=EVERYDAY)
    lost = [word for entry in everyday for word in entry.preferred if not any(fold(word) in text for text in texts)]
    assert lost == []


def test_no_everyday_word_is_listed_twice() -> None:
    terms = [entry.term for entry in load_thesaurus(name=EVERYDAY)]
    assert len(set(terms)) == len(terms)


@given(st.text(max_size=2 * MAX_QUERY))
def test_any_text_is_read_in_place(reader: QueryReader, typed: str) -> None:
    query = reader.read(typed)
    assert len(query.text) == len(query.shares) == min(len(typed), MAX_QUERY)
    assert all(0 <= share <= 1 for share in query.shares)
    assert all(0 <= other.start < other.end <= len(query.text) for other in query.alternatives)
