"""Profiles of items: made from catalog and index entries, kept in a file that is only a cache."""

from pathlib import Path

import pytest

from catalog_data.model import Catalog
from indexer.profiles import Profiles, kept_profiles, make_profiles
from indexer.vocabulary import Vocabulary, load_vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="module")
def made(catalog: Catalog, vocabulary: Vocabulary) -> Profiles:
    return make_profiles(catalog, vocabulary)


def test_every_level_4_item_has_a_profile_and_no_heading_has(catalog: Catalog, made: Profiles) -> None:
    assert set(made.items) == {item.id for item in catalog.items if item.level == 4}


def test_the_shares_of_a_name_and_of_each_entry_sum_to_one(made: Profiles) -> None:
    for identity, profile in made.items.items():
        assert sum(in_name for _, in_name, _ in profile.tokens.values()) == pytest.approx(1), identity
        entries: dict[int, float] = {}
        for _, _, places in profile.tokens.values():
            for number, part in places:
                entries[number] = entries.get(number, 0.0) + part
        assert list(entries.values()) == pytest.approx([1] * len(entries)), identity


def test_what_is_kept_is_what_was_made(
    catalog: Catalog, vocabulary: Vocabulary, made: Profiles, tmp_path: Path
) -> None:
    kept_profiles(tmp_path / "profiles.bin", "1", catalog, vocabulary)
    assert kept_profiles(tmp_path / "profiles.bin", "1", catalog, Vocabulary({})) == made


@pytest.mark.parametrize("damage", ["origin", "one byte", "cut short", "empty", "not text"])
def test_a_file_of_another_origin_or_damaged_is_made_anew(
    damage: str, catalog: Catalog, vocabulary: Vocabulary, made: Profiles, tmp_path: Path
) -> None:
    path = tmp_path / "profiles.bin"
    kept_profiles(path, "other" if damage == "origin" else "1", catalog, Vocabulary({}))
    sound = path.read_bytes()
    middle = len(sound) // 2
    changed = bytes([sound[middle] ^ 1])
    damaged = {
        "origin": sound,
        "one byte": sound[:middle] + changed + sound[middle + 1 :],
        "cut short": sound[:middle],
        "empty": b"",
        "not text": b"\xff\xfe\n",
    }
    path.write_bytes(damaged[damage])
    assert kept_profiles(path, "1", catalog, vocabulary) == made
    assert kept_profiles(path, "1", catalog, Vocabulary({})) == made


def test_a_folder_that_cannot_be_written_costs_no_answer(
    catalog: Catalog, vocabulary: Vocabulary, made: Profiles, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert kept_profiles(tmp_path / "file" / "profiles.bin", "1", catalog, vocabulary) == made
