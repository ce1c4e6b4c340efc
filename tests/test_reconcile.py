"""The reconciliation API as its clients use it, and as the published schemas of version 0.2 want it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from catalog_data.catalog_checks import LEVEL_NAMES
from catalog_data.model import NATURES, Project
from catalog_service.app import create_app
from catalog_service.config import Settings
from catalog_service.engine import Engine
from catalog_service.reconcile.entities import ANY_DEPARTMENT, full_name
from catalog_service.reconcile.properties import ASKED, FETCHED
from catalog_service.reconcile.queries import BATCH_SIZE, MAX_LIMIT, MAX_TEXT, read_queries
from catalog_service.reconcile.suggestions import flyout
from catalog_service.web.outline import LOWEST_LEVEL
from indexer.gold import GOLD, read_gold

from .reconciliation_schemas import folder, violations

UNIT = {"pid": "unit", "v": "孝义市民政局"}
SURE = {"query": "特困人员生活自理能力评估2026年", "properties": [UNIT]}
CASH = {"query": "困难残疾人生活补贴支出项目县级配套1", "properties": [UNIT]}
DOUBTFUL = {"query": "儿童救助工作费用", "properties": [UNIT]}


@pytest.fixture(scope="module")
def app(engine: Engine) -> Flask:
    return create_app(engine)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def ask(client: FlaskClient, **query: Any) -> list[dict[str, Any]]:
    """The candidates for one query, sent as OpenRefine sends it."""
    answer = client.post("/reconcile", data={"queries": json.dumps({"q0": query})})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["q0"]["result"]
    return found


def send(client: FlaskClient, queries: Any) -> TestResponse:
    return client.post("/reconcile", data={"queries": queries if isinstance(queries, str) else json.dumps(queries)})


def test_only_a_verdict_that_stands_without_a_person_is_a_match(client: FlaskClient, engine: Engine) -> None:
    best, *others = ask(client, **SURE)
    assert best["match"] and not any(other["match"] for other in others)
    assert full_name(engine.items[best["id"]]) == best["name"] and "（民政）" in best["name"]
    assert best["type"] == [{"id": "民政", "name": "民政"}]
    assert not any(candidate["match"] for candidate in ask(client, **DOUBTFUL))


def test_of_a_whole_budget_only_what_stands_is_matched_and_nine_of_ten_matches_are_right(
    client: FlaskClient, engine: Engine
) -> None:
    labelled = read_gold(GOLD / "xiaoyi.json")
    matched = []
    for batch in (labelled[k : k + BATCH_SIZE] for k in range(0, len(labelled), BATCH_SIZE)):
        queries = {str(k): _told(one.project) for k, one in enumerate(batch)}
        answers = send(client, queries).get_json()
        for k, one in enumerate(batch):
            verdict = engine.tag(one.project)
            codes = [candidate["id"] for candidate in answers[str(k)]["result"] if candidate["match"]]
            assert codes == ([verdict.code] if verdict.decision == "auto" and verdict.code else [])
            matched += [code in one.codes for code in codes]
    assert len(labelled) == 67 and matched
    assert sum(matched) >= 0.9 * len(matched)


def _told(project: Project) -> dict[str, Any]:
    """A project as OpenRefine tells it: its name, and what other columns say as properties."""
    about = {"unit": project.unit, "description": project.description, "amount": str(project.amount_yuan)}
    return {
        "query": project.name,
        "type": "民政",
        "properties": [{"pid": pid, "v": v} for pid, v in about.items() if v],
    }


def test_what_is_surely_no_service_of_the_catalog_gets_an_empty_answer(client: FlaskClient) -> None:
    assert ask(client, **CASH) == []
    assert ask(client, query=CASH["query"]) == []
    assert ask(client, query="１２３") == []


def test_what_is_in_doubt_is_offered_with_its_probability_for_a_person_to_choose(client: FlaskClient) -> None:
    offered = ask(client, **DOUBTFUL)
    scores = [candidate["score"] for candidate in offered]
    assert offered and scores == sorted(scores, reverse=True) and all(5 <= score <= 100 for score in scores)


def test_every_item_is_found_by_its_id_its_full_name_and_its_name(engine: Engine) -> None:
    reconciled = create_app(engine).test_client()
    items = [item for item in engine.catalog.items if item.level == LOWEST_LEVEL]
    for item in items[::40]:
        for said in (item.id, item.id.replace(":", "："), full_name(item)):
            best = ask(reconciled, query=said)[0]
            assert (best["id"], best["score"]) == (item.id, 100)
        assert ask(reconciled, query=item.name, type=item.department)[0]["id"] == item.id
        with_context = ask(reconciled, query=item.name, properties=[{"pid": "unit", "v": f"某县{item.department}局"}])
        assert with_context[0]["name"].startswith(f"{item.code} {item.name}（")


def test_a_name_that_several_departments_print_gives_all_of_them_and_a_type_settles_it(
    client: FlaskClient, engine: Engine
) -> None:
    names = [item.name for item in engine.catalog.items if item.level == LOWEST_LEVEL]
    name = next(name for name in names if names.count(name) > 1)
    sharing = {item.id for item in engine.catalog.items if item.level == LOWEST_LEVEL and item.name == name}
    assert {c["id"] for c in ask(client, query=name) if c["score"] == 100} == sharing
    own = sorted(sharing)[0]
    settled = ask(client, query=name, type=own.split(":")[0], type_strict="should")
    assert [c["id"] for c in settled if c["score"] == 100] == [own]


def test_a_type_stands_in_for_the_unit_of_a_project(client: FlaskClient) -> None:
    best = ask(client, query=SURE["query"], type="民政", type_strict="should")[0]
    assert best["match"] and best["id"] == ask(client, **SURE)[0]["id"]


def test_a_strict_type_lets_no_other_department_in_and_a_preferred_one_does(client: FlaskClient) -> None:
    strict, preferred = (ask(client, query="法律咨询", type="民政", type_strict=how) for how in ("any", "should"))
    assert {c["type"][0]["id"] for c in strict} <= {"民政"}
    assert "司法" in {c["type"][0]["id"] for c in preferred}
    assert ask(client, query="法律咨询", type="没有这个部门") == []
    assert ask(client, query="法律咨询", type=["民政", "司法"], type_strict="all") == []
    assert {c["type"][0]["id"] for c in ask(client, query="法律咨询", type=["民政", "司法"])} == {"司法"}
    assert ask(client, query="法律咨询", type=ANY_DEPARTMENT) == ask(client, query="法律咨询")


def test_everyday_words_and_slips_are_found_as_search_finds_them(client: FlaskClient, engine: Engine) -> None:
    for words in ("低保入户核查", "特困人员生活自理能力评古"):
        hits = [hit.id for hit in engine.search(words, limit=5)]
        assert hits and hits[0] == ask(client, query=words)[0]["id"]


def test_the_limit_is_kept(client: FlaskClient) -> None:
    assert len(ask(client, query="养老", limit=2)) == 2
    assert len(ask(client, query="服务管理培训", limit=10**9)) <= MAX_LIMIT


def test_properties_may_be_lists_numbers_and_entities(client: FlaskClient) -> None:
    entity = {"pid": "unit", "v": [{"id": "1", "name": "孝义市民政局"}]}
    assert ask(client, query=SURE["query"], properties=[entity, {"pid": "其他", "v": True}])[0]["match"]
    by_amount = read_queries(json.dumps({"q": {"query": "评估", "properties": [{"pid": "amount", "v": "9,324.25"}]}}))
    assert str(by_amount["q"].amount_yuan) == "9324.25"
    by_number = read_queries(json.dumps({"q": {"query": "评估", "properties": [{"pid": "amount", "v": 0.1}]}}))
    assert str(by_number["q"].amount_yuan) == "0.1"


def test_a_description_alone_can_be_judged(client: FlaskClient) -> None:
    about = {"pid": "description", "v": "委托第三方机构对特困人员生活自理能力进行评估"}
    assert ask(client, properties=[UNIT, about])[0]["id"] == ask(client, **SURE)[0]["id"]


def test_a_batch_answers_every_key_and_get_does_as_well_as_post(client: FlaskClient) -> None:
    batch = {"q0": SURE, "甲": CASH, "": {"query": "养老"}}
    posted = send(client, batch)
    assert posted.get_json().keys() == batch.keys()
    assert client.get("/reconcile", query_string={"queries": json.dumps(batch)}).data == posted.data


def test_a_batch_above_the_size_of_the_manifest_is_413(client: FlaskClient) -> None:
    assert client.get("/reconcile").get_json()["batchSize"] == BATCH_SIZE
    assert send(client, {str(k): {"query": "养"} for k in range(BATCH_SIZE)}).status_code == 200
    refused = send(client, {str(k): {"query": "养"} for k in range(BATCH_SIZE + 1)})
    assert refused.status_code == 413 and refused.get_json()["maximum"] == BATCH_SIZE


@pytest.mark.parametrize(
    "queries",
    [
        "",
        "{",
        "[]",
        "NaN",
        "[" * 100_000,
        '{"\\ud800": {"query": "养老"}}',
        '{"q": 1}',
        '{"q": {}}',
        '{"q": {"query": 1}}',
        '{"q": {"query": "养老", "limit": 0}}',
        '{"q": {"query": "养老", "limit": true}}',
        '{"q": {"query": "养老", "limit": -1e999999999}}',
        '{"q": {"query": "养老", "type": {"id": "民政"}}}',
        '{"q": {"query": "养老", "type_strict": "sometimes"}}',
        '{"q": {"query": "养老", "properties": {}}}',
        '{"q": {"query": "养老", "properties": [{"pid": "unit"}]}}',
        '{"q": {"query": "养老", "properties": [{"pid": "unit", "v": null}]}}',
        json.dumps({"q": {"query": "养" * (MAX_TEXT + 1)}}),
    ],
)
def test_what_cannot_be_read_as_queries_is_a_problem_in_two_languages(client: FlaskClient, queries: str) -> None:
    refused = send(client, queries)
    assert refused.status_code == 400 and refused.content_type == "application/problem+json"
    assert refused.get_json()["detail"] and refused.get_json()["detail_en"]


def test_bodies_of_other_kinds_and_sizes_are_refused(client: FlaskClient) -> None:
    assert client.post("/reconcile", json={"queries": {}}).status_code == 415
    assert client.post("/reconcile", data={"query": "养老"}).status_code == 400
    assert client.post("/reconcile", data={"queries": "x" * 9_000_000}).status_code == 413
    assert client.put("/reconcile").content_type == "application/problem+json"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "query": st.text(max_size=60) | VALUES,
        "type": st.sampled_from(["民政", ANY_DEPARTMENT, ["民政", "司法"]]) | VALUES,
        "type_strict": st.sampled_from(["any", "should", "all"]) | VALUES,
        "limit": st.integers(1, 3) | VALUES,
        "properties": st.lists(st.fixed_dictionaries({"pid": st.sampled_from(["unit", "amount", "x"]), "v": VALUES})),
    },
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=5), QUERIES, max_size=3) | VALUES)
def test_no_query_is_ever_answered_but_as_the_protocol_says(app: Flask, queries: Any) -> None:
    answer = send(app.test_client(), queries)
    assert answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert answer.get_json().keys() == queries.keys()
        for told in answer.get_json().values():
            scores = [candidate["score"] for candidate in told["result"]]
            assert scores == sorted(scores, reverse=True)


def test_suggestions_find_items_departments_and_properties(client: FlaskClient) -> None:
    entities = client.get("/reconcile/suggest/entity?prefix=居家养老").get_json()["result"]
    assert any(entity["name"] == "A040207 居家养老服务（民政）" for entity in entities)
    assert client.get("/reconcile/suggest/entity?prefix=民政:A040207").get_json()["result"][0]["id"] == "民政:A040207"
    types = client.get("/reconcile/suggest/type?prefix=民").get_json()["result"]
    assert types[0]["id"] == "民政" and types[0]["broader"][0]["id"] == ANY_DEPARTMENT
    assert client.get("/reconcile/suggest/property?prefix=单位").get_json()["result"][0]["id"] == "unit"
    everything = client.get("/reconcile/suggest/property?prefix=").get_json()["result"]
    assert [entry["id"] for entry in everything] == [entry.id for entry in (*ASKED, *FETCHED)]


def test_suggestions_go_on_at_the_cursor_and_put_the_asked_department_first(client: FlaskClient) -> None:
    whole = client.get("/reconcile/suggest/entity?prefix=服务培训").get_json()["result"]
    rest = client.get("/reconcile/suggest/entity?prefix=服务培训&cursor=3").get_json()["result"]
    assert rest[: len(whole) - 3] == whole[3:]
    first = client.get("/reconcile/suggest/entity?prefix=培训&type=林业和草原").get_json()["result"][0]
    assert first["notable"] == ["林业和草原"]
    assert client.get("/reconcile/suggest/entity?prefix=").get_json() == {"result": []}
    assert client.get("/reconcile/suggest/entity?prefix=养老&cursor=x").status_code == 400


def test_properties_of_items_can_be_fetched(client: FlaskClient, engine: Engine) -> None:
    item = engine.items["民政:A040207"]
    asked = {"ids": [item.id, "民政:没有"], "properties": [{"id": fetched.id} for fetched in FETCHED]}
    told = client.post("/reconcile", data={"extend": json.dumps(asked)}).get_json()
    values = {id_: cells[0]["str"] for id_, cells in told["rows"][item.id].items()}
    levels = {f"level{k}": name for k, name in enumerate(item.path, 1)}
    assert len(levels) == len(LEVEL_NAMES) - 1
    assert values == levels | {
        "code": item.code,
        "name": item.name,
        "path": " › ".join(item.path),
        "department": item.department,
        "nature": NATURES["service"],
    }
    assert set(map(tuple, told["rows"]["民政:没有"].values())) == {()}
    assert [entry["id"] for entry in told["meta"]] == [fetched.id for fetched in FETCHED]


@pytest.mark.parametrize(
    "extend", ["[]", '{"ids": []}', '{"ids": [1], "properties": []}', '{"ids": [], "properties": [{"id": "颜色"}]}']
)
def test_an_extension_that_cannot_be_given_is_a_problem(client: FlaskClient, extend: str) -> None:
    assert client.post("/reconcile", data={"extend": extend}).status_code == 400


def test_a_preview_may_be_framed_runs_nothing_and_leads_to_the_item(client: FlaskClient) -> None:
    preview = client.get("/reconcile/preview?id=民政:A040207")
    assert "居家养老服务" in preview.text and "<script" not in preview.text and " style=" not in preview.text
    assert "frame-ancestors http: https:" in preview.headers["Content-Security-Policy"]
    assert "script-src" not in preview.headers["Content-Security-Policy"] and "X-Frame-Options" not in preview.headers
    assert client.get("/reconcile/preview?id=没有").status_code == 404
    view = client.get("/reconcile").get_json()["view"]["url"].replace("{{id}}", "民政:A040207")
    assert client.get(view).status_code == 200


def test_the_flyout_escapes_what_the_catalog_prints(client: FlaskClient, engine: Engine) -> None:
    hostile = replace(engine.items["民政:A040207"], name="<img src=x onerror=alert(1)>", path=("<b>",))
    assert "<img" not in flyout(hostile, ("<i>",))["html"] and "<i>" not in flyout(hostile, ("<i>",))["html"]
    assert client.get("/reconcile/flyout/entity?id=民政:A040207").get_json()["id"] == "民政:A040207"
    assert client.get("/reconcile/flyout/entity?id=没有").status_code == 404


def test_pages_of_other_sites_may_read_answers_but_get_no_cookie(client: FlaskClient) -> None:
    for answer in (client.get("/reconcile"), client.options("/reconcile"), send(client, "{")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_where_reading_is_closed_so_is_reconciliation(engine: Engine) -> None:
    closed = create_app(engine, settings=Settings(reading="closed")).test_client()
    for address in ("/reconcile", "/reconcile/suggest/type", "/reconcile/preview?id=民政:A040207"):
        assert closed.get(address).status_code == 401


def test_the_published_fixtures_confirm_the_validator() -> None:
    checked = 0
    for path in folder().glob("examples/*/*/*.json"):
        schema, verdict = path.parent.parent.name, path.parent.name
        if (folder() / "schemas" / f"{schema}.json").exists():
            found = violations(schema, json.loads(path.read_text("utf-8")))
            assert bool(found) == (verdict == "invalid"), (path, found)
            checked += 1
    assert checked > 30


@pytest.mark.parametrize(
    ("schema", "address"),
    [
        ("manifest", "/reconcile"),
        ("suggest-entities-response", "/reconcile/suggest/entity?prefix=养老"),
        ("suggest-types-response", "/reconcile/suggest/type?prefix="),
        ("suggest-properties-response", "/reconcile/suggest/property?prefix="),
        ("data-extension-property-proposal", "/reconcile/properties?type=民政&limit=3"),
    ],
)
def test_answers_are_valid_under_the_published_schemas(client: FlaskClient, schema: str, address: str) -> None:
    assert violations(schema, client.get(address).get_json()) == []


def test_queries_and_extensions_are_answered_in_the_published_form(client: FlaskClient) -> None:
    batch = {"q0": SURE, "q1": CASH, "q2": DOUBTFUL, "q3": {"query": "养老"}}
    assert violations("reconciliation-query-batch", batch) == []
    assert violations("reconciliation-result-batch", send(client, batch).get_json()) == []
    asked = {"ids": ["民政:A040207", "没有"], "properties": [{"id": "code"}, {"id": "level3"}]}
    assert violations("data-extension-query", asked) == []
    told = client.post("/reconcile", data={"extend": json.dumps(asked)}).get_json()
    assert violations("data-extension-response", told) == []
