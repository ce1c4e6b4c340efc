"""Profiles of items: made from catalog and index entries."""

import pytest

from catalog_data.model import Catalog
from indexer.profiles import Profiles, make_profiles
from indexer.vocabulary import load_vocabulary


@pytest.fixture(scope="module")
def made(catalog: Catalog) -> Profiles:
    return make_profiles(catalog, load_vocabulary())


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
