"""The index on disk: built aside, swapped in, rebuilt when damaged, read while it is replaced."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from catalog_data.model import Catalog
from catalog_service.live_index import LiveIndex
from indexer.index_files import CURRENT, build_index, fingerprint, sound
from indexer.search import SearchIndex
from indexer.vocabulary import Vocabulary, load_vocabulary

Open = Callable[[], LiveIndex]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="module")
def built(catalog: Catalog, vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    assert build_index(catalog, vocabulary, folder)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy of a built index that a test may damage."""
    return Path(shutil.copytree(built, tmp_path / "index", symlinks=True))


@pytest.fixture
def live(folder: Path, catalog: Catalog, vocabulary: Vocabulary) -> Open:
    return lambda: LiveIndex(folder, catalog, lambda: vocabulary)


def test_building_again_changes_nothing(folder: Path, catalog: Catalog, vocabulary: Vocabulary) -> None:
    before = (folder / CURRENT).stat().st_mtime_ns
    assert not build_index(catalog, vocabulary, folder)
    assert (folder / CURRENT).stat().st_mtime_ns == before


def test_one_changed_byte_is_noticed(folder: Path, catalog: Catalog) -> None:
    file = next(file for file in (folder / CURRENT).iterdir() if file.suffix == ".seg")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert not sound(folder / CURRENT, catalog)


@pytest.mark.parametrize("cause", ["缺失", "已损坏", "不一致"])
def test_an_index_that_cannot_be_used_is_rebuilt_with_a_message(
    folder: Path, catalog: Catalog, live: Open, caplog: pytest.LogCaptureFixture, cause: str
) -> None:
    if cause == "缺失":
        shutil.rmtree(folder)
    elif cause == "已损坏":
        for file in (folder / CURRENT).iterdir():
            file.write_bytes(b"damaged")
    else:
        (folder / fingerprint(catalog)).rename(folder / "another")
        (folder / CURRENT).unlink()
        (folder / CURRENT).symlink_to("another")
    with caplog.at_level(logging.WARNING):
        assert live().current().search("养老")
    assert f"检索索引{cause}" in caplog.text or (cause == "不一致" and "不一致，正在重建" in caplog.text)


def test_a_sound_index_is_opened_without_a_word(live: Open, caplog: pytest.LogCaptureFixture) -> None:
    assert live().current().search("养老")
    assert caplog.text == ""


def test_an_open_index_answers_on_when_its_files_are_gone(folder: Path, live: Open) -> None:
    index = live()
    before = index.current().search("养老")
    shutil.rmtree(folder)
    assert index.current().search("养老") == before
    assert index.current().search("tuoyang")


def test_readers_never_see_an_error_while_the_index_is_rebuilt(
    folder: Path, catalog: Catalog, vocabulary: Vocabulary, live: Open
) -> None:
    index = live()
    expected = [hit.id for hit in index.current().search("养老")]
    opened: list[SearchIndex] = []
    seen: list[list[str]] = []

    def read() -> None:
        while not done:
            opened.append(index.current())
            seen.append([hit.id for hit in opened[-1].search("养老")])
            seen.append([hit.id for hit in live().current().search("养老")])

    done = False
    readers = [Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    (folder / CURRENT).unlink()
    build_index(catalog, vocabulary, folder)
    index.current()
    done = True
    for reader in readers:
        reader.join()
    assert sound(folder / CURRENT, catalog)
    assert seen and all(ids == expected for ids in seen)
