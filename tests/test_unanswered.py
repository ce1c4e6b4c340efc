"""Queries that found nothing, counted without persons."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from catalog_service.app import create_app
from catalog_service.cli import catalog as command
from catalog_service.config import Settings
from catalog_service.engine import Engine
from catalog_service.unanswered import FILE, MOST, Unanswered, UnansweredQueries


@pytest.fixture
def own(engine: Engine, tmp_path: Path) -> Engine:
    """An engine over a folder that may be written to."""
    (tmp_path / "catalog.db").write_bytes(engine.store_path.read_bytes())
    (tmp_path / "index").symlink_to(engine.data_dir / "index")
    return Engine(tmp_path)


def test_nothing_is_written_unless_the_operator_opts_in(own: Engine) -> None:
    create_app(own).test_client().get("/?q=火星飞碟")
    assert not (own.data_dir / FILE).exists()


def test_queries_that_found_nothing_are_counted_and_listed(own: Engine) -> None:
    client = create_app(own, settings=Settings(count_unanswered=True)).test_client()
    for query in ("火星飞碟", "火星 飞碟", "养老", "时光机"):
        client.get("/", query_string={"q": query})
    listed = CliRunner().invoke(command, ["--data-dir", str(own.data_dir), "unanswered"])
    assert listed.output == "2\t火星飞碟\n1\t时光机\n"


@pytest.mark.parametrize("query", ["", "  ", "张三 13800138000", "字" * 41])
def test_what_may_hold_personal_data_is_not_counted(tmp_path: Path, query: str) -> None:
    UnansweredQueries(tmp_path).count(query)
    assert UnansweredQueries(tmp_path).most_frequent() == ()


def test_the_file_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog_service.unanswered.MOST", 2)
    assert MOST > 2
    counted = UnansweredQueries(tmp_path)
    for query in ("甲", "乙", "丙", "乙"):
        counted.count(query)
    assert counted.most_frequent() == (Unanswered("乙", 2), Unanswered("甲", 1))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    with pytest.raises(OSError, match=FILE):
        UnansweredQueries(tmp_path).most_frequent()
