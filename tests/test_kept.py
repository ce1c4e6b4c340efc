"""Answers are kept for whoever asks the same again, never for whoever may not ask, never beyond what they rest on."""

import gzip
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from catalog_service.api.kept import Kept, KeptAnswers
from catalog_service.app import create_app
from catalog_service.config import Settings
from catalog_service.engine import Engine
from indexer.knowledge_changes import Change

WORD = ("民政:A040207", "爱心送餐上门", "everyday", "本局电话记录", "")
PATIENCE = 60
"""Seconds that the new index may take."""

SEARCH = "/api/v1/search?q=养老"


class Counting:
    """An engine that counts the searches it is asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self.searches = engine, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def answer(self, *asked: Any, **how: Any) -> Any:
        self.searches += 1
        return self._engine.answer(*asked, **how)


@pytest.fixture
def counting(engine: Engine) -> Counting:
    return Counting(engine)


@pytest.fixture
def client(counting: Counting) -> FlaskClient:
    return create_app(counting).test_client()


def test_the_same_question_is_searched_for_once_and_answered_alike(client: FlaskClient, counting: Counting) -> None:
    first, second = client.get(SEARCH), client.get(SEARCH)
    assert counting.searches == 1
    assert first.data == second.data
    assert {*first.headers.keys()} == {*second.headers.keys()}
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    assert client.get(SEARCH, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_a_kept_answer_is_compressed_for_whoever_can_read_that_and_for_nobody_else(client: FlaskClient) -> None:
    plain = client.get(SEARCH)
    for _ in range(2):
        packed = client.get(SEARCH, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.data) == plain.data
        assert "Content-Encoding" not in client.get(SEARCH).headers


def test_what_is_refused_is_not_kept(client: FlaskClient) -> None:
    assert [client.get("/api/v1/search?q=养老&limit=0").status_code for _ in range(2)] == [400, 400]


def test_a_kept_answer_is_shared_with_the_sites_that_may_read_it_and_no_other(engine: Engine) -> None:
    client = create_app(engine, settings=Settings(cors_origins=("https://a.example",))).test_client()
    for origin, shared in (("https://a.example", "https://a.example"), ("https://b.example", None)) * 2:
        answer = client.get(SEARCH, headers={"Origin": origin})
        assert answer.headers.get("Access-Control-Allow-Origin") == shared and "Origin" in answer.vary


def test_whoever_may_not_ask_gets_no_kept_answer(engine: Engine) -> None:
    client = create_app(engine, settings=Settings(reading="loopback")).test_client()
    assert client.get(SEARCH).status_code == 200
    assert client.get(SEARCH, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 401


@pytest.fixture
def own(engine: Engine, tmp_path: Path) -> Iterator[Engine]:
    """An engine over a folder of its own, whose knowledge may be changed."""
    folder = tmp_path / "data"
    shutil.copytree(engine.data_dir, folder, symlinks=True)
    yield Engine(folder)


def test_nothing_kept_outlives_a_change_of_the_knowledge(own: Engine) -> None:
    client = create_app(own).test_client()
    address = f"/api/v1/items/{WORD[0]}"
    assert WORD[1] not in [client.get(address).json["data"]["entries"] for _ in range(2)][1]
    own.own_knowledge.make(Change(0, "", "李敏", "补充常用叫法", "entries.tsv", (), (WORD,)), own.catalog)
    deadline = time.monotonic() + PATIENCE
    while WORD[1] not in client.get(address).json["data"]["entries"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert WORD[1] in client.get(address).json["data"]["entries"]


def test_answers_not_asked_for_longest_make_room() -> None:
    answers = KeptAnswers(most_bytes=30)
    for name in "abc":
        answers.keep(name, Kept(b"x" * 10, ()))
    assert answers.find("a")
    answers.keep("d", Kept(b"x" * 10, ()))
    assert [name for name in "abcd" if answers.find(name)] == ["a", "c", "d"]
    answers.keep("a", Kept(b"x" * 30, ()))
    assert [name for name in "abcd" if answers.find(name)] == ["a"]
