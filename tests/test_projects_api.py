"""Projects and decisions in the API: what was seen is what is decided on, and who decided is for reviewers."""

import shutil
from typing import Any

import pytest
from flask.testing import FlaskClient

from catalog_data.model import Disclosure
from catalog_service.app import create_app
from catalog_service.engine import Engine

from .live_server import reviewer_token
from .problems import kind_of

API = "/api/v1"
PROJECT = f"{API}/projects/孝义市民政局/2026/004"
UNDECIDED = "undecided.db"
DEFERRED = {"project": "孝义市民政局/2026/004", "kind": "deferred", "reason": "请单位补充资金发放对象"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a data folder that reviewers write to; beside its store lies a copy without decisions."""
    engine = Engine(tmp_path_factory.mktemp("office"))
    engine.prepare()
    shutil.copy(engine.store_path, engine.data_dir / UNDECIDED)
    return engine


@pytest.fixture
def reviewer(office: Engine) -> FlaskClient:
    """A reviewer's program; nothing has been decided yet."""
    for file in office.data_dir.glob(f"{office.store_path.name}-*"):
        file.unlink()
    shutil.copy(office.data_dir / UNDECIDED, office.store_path)
    client = create_app(office).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {reviewer_token(office.store_path)}"
    return client


def test_projects_are_listed_with_verdict_and_state(client: FlaskClient, disclosure: Disclosure) -> None:
    page = client.get(f"{API}/projects?limit=200").json
    assert {row["id"] for row in page["data"]} == {project.id for project in disclosure.projects}
    doubts = [float(row["doubt_yuan"]) for row in page["data"]]
    assert doubts == sorted(doubts, reverse=True)
    still = client.get(f"{API}/projects?state=open&limit=200").json
    assert {row["state"] for row in still["data"]} == {"open"} and still["total"] < page["total"]
    assert client.get(f"{API}/projects?year=2031").json["data"] == []


def test_a_decision_is_taken_on_what_was_seen_and_kept(reviewer: FlaskClient) -> None:
    seen = reviewer.get(PROJECT)
    assert not seen.headers["ETag"].startswith("W/") and seen.json["data"]["review"] is None
    taken = reviewer.post(f"{API}/decisions", json=DEFERRED, headers={"If-Match": seen.headers["ETag"]})
    assert taken.status_code == 201
    assert reviewer.get(taken.headers["Location"]).json["data"] == taken.json["data"]
    assert taken.json["data"]["ruling"]["who"] == "王复核"
    now = reviewer.get(PROJECT)
    assert now.headers["ETag"] != seen.headers["ETag"] and now.json["data"]["review"]["kind"] == "deferred"
    log = reviewer.get(f"{API}/decisions?project={DEFERRED['project']}").json["data"]
    assert log == [taken.json["data"]]


def test_two_reviewers_cannot_decide_on_the_same_sight(reviewer: FlaskClient) -> None:
    seen = {"If-Match": reviewer.get(PROJECT).headers["ETag"]}
    assert reviewer.post(f"{API}/decisions", json=DEFERRED, headers=seen).status_code == 201
    assert kind_of(reviewer.post(f"{API}/decisions", json=DEFERRED, headers=seen)) == "changed-meanwhile"
    assert kind_of(reviewer.post(f"{API}/decisions", json=DEFERRED)) == "condition-required"
    assert reviewer.get(f"{API}/decisions").json["total"] == 1


def test_every_kind_of_decision_can_be_taken_and_undone(reviewer: FlaskClient) -> None:
    rulings: list[dict[str, Any]] = [
        {"kind": "accepted"},
        {"kind": "accepted", "candidate": 1},
        {"kind": "changed", "nature": "service", "item": "民政:A040207", "reason": "合同为上门照料"},
        {"kind": "rejected", "nature": "works", "reason": "资金用于修缮"},
        {"kind": "deferred", "reason": "待补充材料"},
        {"kind": "undone"},
    ]
    for ruling in rulings:
        seen = {"If-Match": reviewer.get(PROJECT).headers["ETag"]}
        answer = reviewer.post(f"{API}/decisions", json=ruling | {"project": DEFERRED["project"]}, headers=seen)
        assert answer.status_code == 201, answer.text
    assert reviewer.get(PROJECT).json["data"]["review"]["kind"] == "rejected"
    assert [entry["ruling"]["kind"] for entry in reviewer.get(f"{API}/decisions").json["data"]] == [
        ruling["kind"] for ruling in rulings
    ]


@pytest.mark.parametrize(
    ("ruling", "kind"),
    [
        ({"kind": "changed", "nature": "works"}, "invalid-body"),
        ({"kind": "changed", "nature": "service", "reason": "理由"}, "invalid-body"),
        ({"kind": "changed", "nature": "works", "item": "民政:A040207", "reason": "理由"}, "invalid-body"),
        ({"kind": "rejected", "nature": "service", "reason": "理由"}, "invalid-body"),
        ({"kind": "deferred", "reason": " "}, "invalid-body"),
        ({"kind": "deferred", "reason": "理由", "who": "别人"}, "invalid-body"),
        ({"kind": "changed", "nature": "service", "item": "民政:A9999", "reason": "理由"}, "conflict"),
        ({"kind": "accepted", "candidate": 19}, "conflict"),
        ({"kind": "undone"}, "conflict"),
    ],
)
def test_a_decision_that_does_not_hold_together_is_refused(
    reviewer: FlaskClient, ruling: dict[str, Any], kind: str
) -> None:
    body = ruling | {"project": DEFERRED["project"]}
    assert kind_of(reviewer.post(f"{API}/decisions", json=body, headers={"If-Match": "*"})) == kind
    assert reviewer.get(f"{API}/decisions").json["total"] == 0


def test_who_decided_is_for_reviewers_only(reviewer: FlaskClient) -> None:
    reviewer.post(f"{API}/decisions", json=DEFERRED, headers={"If-Match": "*"})
    anybody = reviewer.application.test_client()
    assert "王复核" not in anybody.get(PROJECT).text + anybody.get(f"{API}/projects").text
    assert kind_of(anybody.get(f"{API}/decisions")) == kind_of(anybody.get(f"{API}/decisions/1")) == "unauthorized"
