"""The index: built aside, swapped in, rebuilt when damaged; what a query finds."""

import shutil
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_data.model import Catalog
from catalog_service.engine import Engine
from indexer.search import SearchIndex, build_index
from indexer.vocabulary import load_vocabulary


def found(engine: Engine, query: str, **options: str | int | None) -> list[str]:
    return [hit.id for hit in engine.search(query, **options)]  # type: ignore[arg-type]


def test_words_in_any_order_find_an_item(engine: Engine) -> None:
    assert found(engine, "低保、特困人员家访服务")[0] == "民政:A040303"
    assert found(engine, "家访 低保")[0] == "民政:A040303"


def test_the_words_people_use_find_an_item(engine: Engine) -> None:
    assert found(engine, "松材线虫")[0] == "林业和草原:A060102"


def test_a_code_in_any_shape_finds_its_items_by_prefix(engine: Engine) -> None:
    plain = found(engine, "A0403", limit=50)
    assert all(hit.split(":")[1].startswith("A0403") for hit in plain)
    for shape in ("a0403", "Ａ０４０３", "A04 03", "A04.03", "0403"):
        assert found(engine, shape, limit=50) == plain


def test_a_department_and_a_level_narrow_the_answer(engine: Engine) -> None:
    assert {hit.split(":")[0] for hit in found(engine, "宣传", department="民政")} == {"民政"}
    assert {hit.level for hit in engine.search("宣传", level=3)} == {3}


def test_highlights_mark_the_words_that_matched(engine: Engine) -> None:
    hit = engine.search("留守儿童家访")[0]
    name = next(highlight for highlight in hit.highlights if highlight.field == "name")
    assert [name.text[start:end] for start, end in name.spans] == ["留守儿童家访"]


def test_nonsense_finds_nothing(engine: Engine) -> None:
    assert found(engine, "火星移民飞碟") == []
    assert found(engine, "   ") == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_string_at_all_gives_hits_or_none(engine: Engine, query: str) -> None:
    for hit in engine.search(query):
        assert hit.id in engine.items
        for highlight in hit.highlights:
            assert all(0 <= start < end <= len(highlight.text) for start, end in highlight.spans)


def test_building_again_changes_nothing_and_a_damaged_index_is_rebuilt(catalog: Catalog, tmp_path: Path) -> None:
    vocabulary = load_vocabulary()
    assert build_index(catalog, vocabulary, tmp_path)
    assert not build_index(catalog, vocabulary, tmp_path)
    for file in (tmp_path / "current").iterdir():
        file.write_bytes(b"damaged")
    assert build_index(catalog, vocabulary, tmp_path)
    assert SearchIndex(tmp_path / "current").search("养老")


def test_an_open_index_answers_while_another_is_built(catalog: Catalog, tmp_path: Path) -> None:
    vocabulary = load_vocabulary()
    build_index(catalog, vocabulary, tmp_path)
    reader = SearchIndex(tmp_path / "current")
    before = reader.search("养老")
    shutil.rmtree(tmp_path / "current", ignore_errors=True)
    (tmp_path / "current").unlink()
    assert build_index(catalog, vocabulary, tmp_path)
    assert reader.search("养老") == before


def test_exactly_one_distribution_owns_whoosh() -> None:
    from importlib.metadata import packages_distributions

    assert packages_distributions()["whoosh"] == ["Whoosh-Reloaded"]
