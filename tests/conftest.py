"""What the tests share: the shipped document and the records read from it."""

from pathlib import Path

import pytest

from catalog_data.catalog import read_catalog
from catalog_data.disclosure import read_disclosure
from catalog_data.model import Catalog, Disclosure, Document
from catalog_data.readers import read_document
from catalog_service.engine import Engine
from indexer.tagger import Tagger

SOURCE = Path("catalog_data/sources/xiaoyi-civil-affairs-2026-budget.txt")


@pytest.fixture(scope="session")
def document() -> Document:
    return read_document(SOURCE)


@pytest.fixture(scope="session")
def catalog(document: Document) -> Catalog:
    return read_catalog(document)


@pytest.fixture(scope="session")
def disclosure(document: Document) -> Disclosure:
    return read_disclosure(document)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a data folder of its own, built once."""
    engine = Engine(tmp_path_factory.mktemp("data"))
    engine.prepare()
    return engine


@pytest.fixture(scope="session")
def tagger(engine: Engine) -> Tagger:
    return engine.tagger
