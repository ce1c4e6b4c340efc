"""What whoever asks may see of the reviews: names are for reviewers, and a blind opinion is blind everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest
from flask.testing import FlaskClient

from catalog_data.model import Disclosure, Project

from .office import COSTS, Office, decide, form_of, form_token_in

REASON = "见采购合同机密"


@pytest.fixture
def printed(disclosure: Disclosure) -> Project:
    return next(project for project in disclosure.projects if project.id == COSTS)


def everything(client: FlaskClient, disclosure: Disclosure, printed: Project) -> Iterator[tuple[str, str]]:
    """All places at which a reader meets the project or what was decided about it: address and answer."""
    audit, number = f"/audits/{disclosure.sha256[:12]}", 1 + disclosure.projects.index(printed)
    asked = [
        *(audit, f"{audit}/projects", f"{audit}/projects/{number}", f"{audit}/projects?nature=goods"),
        *("/knowledge/precedents", f"/knowledge/precedents?q={printed.name}", "/knowledge/precedents/1"),
        *("/listings/precedents", "/listings/precedents.csv", "/knowledge/changes", "/listings/changes.csv"),
        *("/api/v1/projects?limit=100", f"/api/v1/projects/{COSTS}", "/api/v1/decisions", "/api/v1/decisions/1"),
        *("/review?state=all", "/review?state=all&nature=goods", f"/review/{COSTS}", f"/review/bulk/{COSTS}"),
    ]
    for address in asked:
        yield address, client.get(address, follow_redirects=True).text
    pasted = f"{printed.unit}\t{printed.name}\t{printed.description}"
    page = client.get("/tag").text
    token = {"form_token": form_token_in(page)} if 'name="form_token"' in page else {}
    yield "tag", client.post("/tag", data={"projects": pasted, **token}).text
    query: Mapping[str, object] = {"query": printed.name, "properties": [{"pid": "单位", "v": printed.unit}]}
    yield "reconcile", client.get("/reconcile", query_string={"queries": json.dumps({"q0": query})}).text


def api_tag(office: Office, printed: Project) -> str:
    told = {"unit": printed.unit, "name": printed.name, "description": printed.description}
    return office.app.test_client().post("/api/v1/tag", json=told).text


def test_who_decided_is_told_to_reviewers_alone(office: Office, disclosure: Disclosure, printed: Project) -> None:
    assert decide(office.client("王复核"), COSTS, "goods|", REASON).status_code == 303
    for reader in ("", "孙查阅"):
        seen = dict(everything(office.client(reader), disclosure, printed))
        assert [place for place, text in seen.items() if "王复核" in text] == []
        assert REASON in seen["/knowledge/precedents/1"] and REASON in seen[f"/api/v1/projects/{COSTS}"]
    assert "王复核" not in api_tag(office, printed) and REASON in api_tag(office, printed)
    seen = dict(everything(office.client("李复核"), disclosure, printed))
    named = {place for place, text in seen.items() if "王复核" in text}
    assert {"tag", "/knowledge/precedents/1", "/listings/precedents.csv", f"/review/{COSTS}"} <= named


def test_the_first_decision_is_shown_nowhere_to_whoever_may_judge_blind_until_they_have(
    office: Office, disclosure: Disclosure, printed: Project
) -> None:
    untouched = dict(everything(office.client("李复核"), disclosure, printed))
    assert decide(office.client("王复核"), COSTS, "goods|", REASON).status_code == 303
    admin = office.client("赵管理")
    admin.post(f"/review/ask/{COSTS}", data=form_of(admin.get(f"/review/{COSTS}").text))
    for judge in ("李复核", ""):
        for place, text in everything(office.client(judge), disclosure, printed):
            assert REASON not in text and "认定不属于购买服务" not in text, (judge, place)
            assert not (printed.name in text and "nature=goods" in place), (judge, place)
    assert REASON not in api_tag(office, printed)
    second = office.client("李复核")
    seen = dict(everything(second, disclosure, printed))
    audited = f"/audits/{disclosure.sha256[:12]}/projects"
    assert seen[audited] == untouched[audited]
    for knowing in ("王复核", "赵管理"):
        assert REASON in office.client(knowing).get(f"/review/{COSTS}").text
    fields = {"form_token": form_token_in(second.get("/tag").text), "expect": "0"}
    for path in (f"/review/{COSTS}", f"/review/comment/{COSTS}", f"/review/bulk/{COSTS}"):
        answer = second.post(path, data={**fields, "choice": "cash|", "text": "猜", "reason": "猜", "previewed": ""})
        assert answer.status_code == 303 and "/review/second/" in answer.headers["Location"]
    assert second.post(f"/review/second/{COSTS}", data={**fields, "choice": "operating|"}).status_code == 303
    assert REASON in second.get(f"/review/{COSTS}").text
    assert office.entries() == [("王复核", "rejected", COSTS)]
