"""What judging rests on is the same whether it was just made or comes out of its file."""

import shutil
from pathlib import Path

import pytest

from catalog_data.model import Catalog
from indexer.groundwork import Groundwork, kept_groundwork, make_groundwork
from indexer.tables import KNOWLEDGE


@pytest.fixture(scope="module")
def made(catalog: Catalog) -> Groundwork:
    return make_groundwork(catalog)


def same(one: Groundwork, other: Groundwork) -> bool:
    parts = ((g.profiles.plain(), g.vocabulary, g.cues.plain(), g.knowledge) for g in (one, other))
    first, second = parts
    return first == second


def test_what_is_kept_is_what_was_made(catalog: Catalog, made: Groundwork, tmp_path: Path) -> None:
    path = tmp_path / "groundwork.bin"
    assert same(kept_groundwork(path, catalog, KNOWLEDGE), made)
    written = path.stat().st_mtime_ns
    assert same(kept_groundwork(path, catalog, KNOWLEDGE), made)
    assert path.stat().st_mtime_ns == written, "the second answer came out of the file"


def test_cues_are_found_alike(catalog: Catalog, made: Groundwork, tmp_path: Path) -> None:
    kept_groundwork(tmp_path / "groundwork.bin", catalog, KNOWLEDGE)
    kept = kept_groundwork(tmp_path / "groundwork.bin", catalog, KNOWLEDGE)
    project = "农村电影公益放映补助资金（2026年）", "按每场200元拨付放映公司"
    assert made.cues.find(*project)
    assert kept.cues.find(*project) == made.cues.find(*project)


def test_changed_knowledge_is_read_again(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    path = tmp_path / "groundwork.bin"
    before = kept_groundwork(path, catalog, folder)
    with (folder / "programmes.tsv").open("a", encoding="utf-8") as file:
        file.write("稀有蘑菇认养\t农业农村\tservice_uncatalogued\t3\t本县做法\n")
    after = kept_groundwork(path, catalog, folder)
    assert after.knowledge != before.knowledge
    assert not before.cues.find("稀有蘑菇认养", "")
    assert [hit.cue.section for hit in after.cues.find("稀有蘑菇认养", "")] == ["农业农村"]
