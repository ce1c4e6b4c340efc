"""Labelled sets are read whole or refused with the record's number."""

import json
from pathlib import Path

import pytest

from catalog_data.model import Catalog, DocumentError
from indexer.gold import GOLD, read_gold


@pytest.mark.parametrize(
    ("name", "count"), [("development", 97), ("practice", 6610), ("validation", 300), ("xiaoyi", 67)]
)
def test_every_label_names_an_item_of_the_catalog(catalog: Catalog, name: str, count: int) -> None:
    known = {item.id for item in catalog.items if item.level == 4}
    rows = read_gold(GOLD / f"{name}.json")
    assert len(rows) == count
    for row in rows:
        assert row.codes | row.related <= known, row.project.id
        assert bool(row.best) == ("service" in row.natures) or not row.is_service, row.project.id


def test_only_the_real_projects_are_not_marked_as_constructed() -> None:
    assert not any(row.constructed for row in read_gold(GOLD / "development.json"))
    assert all(row.constructed for row in read_gold(GOLD / "practice.json"))


def test_a_record_that_lacks_a_field_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gold.json"
    path.write_text(json.dumps([{"id": "1", "unit": "某局"}]), "utf-8")
    with pytest.raises(DocumentError, match="第 1 个项目缺少"):
        read_gold(path)
