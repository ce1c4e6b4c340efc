"""Candidates among catalog items: own section first, measured by words that people really use."""

import pytest

from catalog_data.model import Catalog
from indexer.matching import FEATURES, SHORTLIST, share
from indexer.tagger import Tagger
from indexer.vocabulary import load_vocabulary
from indexer.wording import cleaner


def ids(tagger: Tagger, name: str, departments: list[str], text: str = "") -> list[str]:
    found = tagger.matcher.candidates(cleaner().clean(name), cleaner().clean(text), departments)
    return [candidate.item.id for candidate in found]


def test_an_item_is_found_by_its_own_name_within_its_department(tagger: Tagger, catalog: Catalog) -> None:
    leaves = [item for item in catalog.items if item.level == 4][::20]
    hits = [ids(tagger, item.name, [item.department])[:1] == [item.id] for item in leaves]
    assert sum(hits) >= 0.95 * len(hits)


def test_an_item_is_found_by_the_entries_that_people_know_it_by(tagger: Tagger, catalog: Catalog) -> None:
    vocabulary = load_vocabulary()
    rows = [rows[0] for item, rows in sorted(vocabulary.entries.items()) if len(item.split(":")[1]) == 7][::15]
    hits = [entry.item in ids(tagger, entry.term, [entry.item.split(":")[0]])[:3] for entry in rows]
    assert sum(hits) >= 0.95 * len(hits)


def test_the_thesaurus_translates_what_projects_say(tagger: Tagger) -> None:
    assert ids(tagger, "公坟看护", ["民政"])[0] == "民政:A110102"


def test_other_sections_compete_only_where_no_own_item_is_named(tagger: Tagger) -> None:
    named = ids(tagger, "特困人员生活自理能力评估", ["民政"])
    assert {identity.split(":")[0] for identity in named} == {"民政"}
    vague = ids(tagger, "商用密码应用安全性评估", ["民政"])
    assert vague[0].startswith("行政审批:")


def test_candidates_are_measured_by_the_named_features(tagger: Tagger) -> None:
    name = cleaner().clean("社区矫正社会组织服务")
    found = tagger.matcher.candidates(name, cleaner().clean(""), ["司法"])
    assert len(found) <= 2 * SHORTLIST
    assert set(found[0].by_name()) == set(FEATURES)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert sum(share(found)) == pytest.approx(1)


def test_nothing_to_match_gives_no_candidate(tagger: Tagger) -> None:
    assert ids(tagger, "㊙㊙", []) == []
    assert share([]) == []
