"""API v1 as an integrator meets it: answers, paging, batches, conditions, errors, compression, other sites."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_data.model import Catalog, Disclosure, Project
from catalog_service.api.contract import Contract
from catalog_service.api.problems import KINDS
from catalog_service.app import create_app
from catalog_service.config import Settings
from catalog_service.engine import Engine
from catalog_service.records import item_records, verdict_record
from indexer.tagger import UnreadableProject

from .problems import kind_of

API = "/api/v1"


def _pages(client: FlaskClient, address: str) -> Iterator[dict[str, Any]]:
    joint = "&" if "?" in address else "?"
    cursor = ""
    while cursor is not None:
        page = client.get(f"{address}{joint}cursor={cursor}" if cursor else address).json
        yield page
        cursor = page["next"]


def test_every_answer_says_what_it_rests_on(client: FlaskClient, engine: Engine) -> None:
    for address in (
        "/catalogs",
        "/departments",
        "/items?limit=1",
        "/items/民政:A0402",
        "/search?q=养老",
        "/suggest?q=养",
    ):
        assert client.get(API + address).json["versions"] == asdict(engine.versions)
    assert client.post(f"{API}/tag", json={"name": "养老服务评估"}).json["versions"] == asdict(engine.versions)


def test_the_pages_of_items_hold_every_printed_row_once_and_in_order(client: FlaskClient, catalog: Catalog) -> None:
    pages = list(_pages(client, f"{API}/items?limit=200"))
    assert [row for page in pages for row in page["data"]] == list(item_records(catalog))
    assert {page["total"] for page in pages} == {len(catalog.items)}


def test_the_pages_of_a_search_are_the_search_cut_into_pieces(client: FlaskClient, engine: Engine) -> None:
    pages = list(_pages(client, f"{API}/search?q=养老&limit=4"))
    found = [hit.id for hit in engine.search("养老", limit=1000)]
    assert len(found) > 8 and [hit["id"] for page in pages for hit in page["data"]] == found
    assert all(len(page["data"]) == 4 for page in pages[:-1])


def test_a_search_says_how_it_was_understood(client: FlaskClient) -> None:
    both = client.get(f"{API}/search?q=孝义市民政局 养老").json
    assert both["departments"] == ["民政"] and {hit["department"] for hit in both["data"]} == {"民政"}
    wide = client.get(f"{API}/search?q=孝义市民政局 养老&anywhere=true").json
    assert wide["departments"] == []
    by_code = client.get(f"{API}/search?q=养老&sort=code&limit=200").json
    assert [hit["code"] for hit in by_code["data"]] == sorted(hit["code"] for hit in by_code["data"])
    assert sum(facet["count"] for facet in by_code["by_department"]) == by_code["total"] == len(by_code["data"])


def test_a_cursor_does_not_go_on_in_another_list(client: FlaskClient) -> None:
    cursor = client.get(f"{API}/items?department=民政&limit=2").json["next"]
    assert client.get(f"{API}/items?department=民政&limit=5&cursor={cursor}").status_code == 200
    for address in (f"/items?department=教育&cursor={cursor}", f"/departments?cursor={cursor}", "/items?cursor=MTAw"):
        assert kind_of(client.get(API + address)) == "stale-cursor"


def test_the_tree_of_a_department_holds_its_rows(client: FlaskClient, catalog: Catalog) -> None:
    def walk(branches: list[dict[str, Any]]) -> Iterator[str]:
        for branch in branches:
            yield branch["id"]
            yield from walk(branch["children"])

    tree = client.get(f"{API}/items/tree?department=民政").json["data"]
    assert sorted(walk(tree)) == sorted(item.id for item in catalog.section("民政"))


def test_the_neighbours_of_an_item_are_those_of_the_print(client: FlaskClient, catalog: Catalog) -> None:
    heading, item = "民政:A0402", "民政:A040207"
    below = {row.id for row in catalog.items if row.parent == heading}
    same = {row.id for row in catalog.items if row.code == "A040207"}

    def ids(address: str) -> set[str]:
        return {row["id"] for row in client.get(f"{API}/items/{address}?limit=200").json["data"]}

    assert ids(f"{heading}/children") == below
    assert ids(f"{item}/siblings") == below - {item}
    assert ids(f"{item}/same-code") == same - {item}


def test_a_code_filters_by_its_beginning_in_either_case(client: FlaskClient) -> None:
    rows = client.get(f"{API}/items?department=民政&code=a0402").json["data"]
    assert rows and all(row["code"].startswith("A0402") for row in rows)


def test_an_unknown_department_is_refused_with_those_that_are_near(client: FlaskClient) -> None:
    answer = client.get(f"{API}/items?department=民正")
    assert kind_of(answer) == "not-found" and "民政" in answer.json["near_departments"]


def test_suggestions_are_names_each_once(client: FlaskClient, engine: Engine) -> None:
    offered = client.get(f"{API}/suggest?q=养老&limit=5").json["data"]
    texts = [suggestion["text"] for suggestion in offered]
    assert 0 < len(texts) <= 5 and len(set(texts)) == len(texts)
    assert all(engine.items[id_].name == row["text"] for row in offered for id_ in row["items"])


def test_tagging_by_the_api_is_tagging_by_the_engine(client: FlaskClient, engine: Engine) -> None:
    body = {"id": "a", "unit": "孝义市民政局", "name": "特困人员生活自理能力评估", "amount_yuan": "58000.50"}
    verdict = verdict_record(engine.tag(Project("a", "孝义市民政局", "特困人员生活自理能力评估")))
    assert client.post(f"{API}/tag", json=body).json["data"] == verdict


def test_a_batch_answers_every_row_in_order_and_one_bad_row_spoils_no_other(
    client: FlaskClient, disclosure: Disclosure
) -> None:
    good = [{"id": p.id, "unit": p.unit, "name": p.name} for p in disclosure.projects]
    bad = [
        {"id": "无名"},
        None,
        {"id": 7, "name": "养老服务"},
        {"id": "空", "name": "2026年"},
        {"name": "养老", "x": 1},
    ]
    rows = client.post(f"{API}/tag/batch", json={"projects": [*good[:3], *bad, *good[3:]]}).json["data"]["rows"]
    assert [row["row"] for row in rows] == list(range(1, len(good) + len(bad) + 1))
    assert [row["id"] for row in rows if row["verdict"]] == [project["id"] for project in good]
    refused = rows[3:8]
    assert [row["id"] for row in refused] == ["无名", None, None, "空", None]
    assert all(row["verdict"] is None and row["problem"]["detail"] for row in refused)
    assert refused[0]["problem"]["errors"][0] == {
        "place": "",
        "rule": "required",
        "detail": "缺少 name",
        "detail_en": "lacks name",
    }


def test_a_row_of_a_batch_is_judged_as_it_would_be_alone(client: FlaskClient) -> None:
    project = {"id": "x", "unit": "孝义市民政局", "name": "居家养老服务", "description": "为老年人上门服务"}
    alone = client.post(f"{API}/tag", json=project).json["data"]
    together = client.post(f"{API}/tag/batch", json={"projects": [{"name": "护林员工资"}, project]}).json["data"]
    assert together["rows"][1]["verdict"] == alone


def test_a_batch_of_a_thousand_is_taken_and_one_more_is_not(client: FlaskClient) -> None:
    full = client.post(f"{API}/tag/batch", json={"projects": [None] * 1000})
    assert full.json["data"]["refused"] == 1000
    assert kind_of(client.post(f"{API}/tag/batch", json={"projects": [None] * 1001})) == "too-many-rows"


def test_of_too_many_rows_none_is_looked_at(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Contract, "violations", lambda *_: pytest.fail("rows are checked one by one"))
    assert kind_of(client.post(f"{API}/tag/batch", json={"projects": [1] * 50_000})) == "too-many-rows"


@pytest.mark.parametrize(
    ("body", "type_", "kind"),
    [
        (b"{", "application/json", "invalid-request"),
        (b"", "application/json", "invalid-request"),
        (b'{"name": NaN}', "application/json", "invalid-request"),
        (b'{"name": "\xd1\xf8\xc0\xcf"}', "application/json", "invalid-request"),
        (b'{"name": "\\ud800\xe5\x85\xbb\xe8\x80\x81"}', "application/json", "invalid-request"),
        (b"[" * 100_000, "application/json", "invalid-request"),
        (b'{"name": "ab", "amount_yuan": ' + b"9" * 5000 + b"}", "application/json", "invalid-request"),
        (b'{"name": "ab", "amount_yuan": 1e400}', "application/json", "invalid-body"),
        (b'{"name": "ab", "amount": 1}', "application/json", "invalid-body"),
        (b'{"name": "a"}', "application/json", "invalid-body"),
        ('{"name": "2026年"}'.encode(), "application/json", "invalid-body"),
        (b"name=ab", "application/x-www-form-urlencoded", "unsupported-type"),
        (b"<name>ab</name>", "application/xml", "unsupported-type"),
        (b'{"name": "' + b"a" * 9_000_000 + b'"}', "application/json", "too-large"),
    ],
    ids=lambda value: value[:30] if isinstance(value, bytes) else value,
)
def test_a_body_that_cannot_be_used_is_refused_with_its_cause(
    client: FlaskClient, body: bytes, type_: str, kind: str
) -> None:
    answer = client.post(f"{API}/tag", data=body, content_type=type_)
    assert kind_of(answer) == kind and answer.status_code == KINDS[kind].status


def test_a_compressed_body_is_not_unpacked(client: FlaskClient) -> None:
    packed = gzip.compress(b'{"name": "' + b"a" * 1_000_000 + b'"}')
    headers = {"Content-Encoding": "gzip"}
    answer = client.post(f"{API}/tag", data=packed, content_type="application/json", headers=headers)
    assert kind_of(answer) == "unsupported-type"


def test_a_project_that_the_engine_cannot_read_is_refused(
    client: FlaskClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(project: Project, _: object) -> None:
        raise UnreadableProject("项目名称没有可辨认的文字")

    monkeypatch.setattr(engine, "tag", unreadable)
    answer = client.post(f"{API}/tag", json={"name": "项目"})
    assert kind_of(answer) == "invalid-body" and answer.json["errors"][0]["place"] == "/name"


@pytest.mark.parametrize(
    ("query", "place", "rule"),
    [
        ("", "q", "required"),
        ("q=", "q", "minLength"),
        (f"q={'养' * 201}", "q", "maxLength"),
        ("q=养老&limit=0", "limit", "minimum"),
        ("q=养老&limit=1e3", "limit", "type"),
        ("q=养老&limit=²", "limit", "type"),
        ("q=养老&level=5", "level", "enum"),
        ("q=养老&q=残疾", "q", "repeated"),
        ("q=养老&departement=民政", "departement", "unknown"),
        ("q=养老&cursor=%00", "cursor", "pattern"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(client: FlaskClient, query: str, place: str, rule: str) -> None:
    answer = client.get(f"{API}/search?{query}")
    assert kind_of(answer) == "invalid-parameter"
    assert [(error["place"], error["rule"]) for error in answer.json["errors"]] == [(place, rule)]


@given(query=st.text(st.characters(exclude_categories=["Cs"]), max_size=300), path=st.text(max_size=30))
@settings(max_examples=200)
def test_whatever_is_asked_is_answered_or_refused_never_failed(client: FlaskClient, query: str, path: str) -> None:
    sought = client.get(f"{API}/search", query_string={"q": query})
    assert sought.status_code in {200, 400}
    named = quote(path.encode(errors="replace"), safe="")
    assert client.get(f"{API}/items/{named}").status_code in {200, 301, 308, 404}
    assert client.get(f"{API}/{named}").status_code < 500


def test_an_address_or_a_method_that_is_not_there_is_a_problem_too(client: FlaskClient) -> None:
    assert kind_of(client.get(f"{API}/nothing")) == "not-found"
    refused = client.delete(f"{API}/tag")
    assert kind_of(refused) == "method-not-allowed" and "POST" in refused.headers["Allow"]


def test_a_failure_tells_nothing_of_the_inside(engine: Engine) -> None:
    app = create_app(engine)
    app.add_url_rule(f"{API}/failing", view_func=lambda: str(1 // 0))
    answer = app.test_client().get(f"{API}/failing")
    assert kind_of(answer) == "internal" and "Zero" not in answer.text


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get(f"{API}/items/民政:A0402")
    again = client.get(f"{API}/items/民政:A0402", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get(f"{API}/items/民政:A0403", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_large_answers_are_compressed_for_whoever_can_read_them(client: FlaskClient) -> None:
    plain = client.get(f"{API}/items?limit=50")
    packed = client.get(f"{API}/items?limit=50", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"] and "Accept-Encoding" in plain.headers["Vary"]
    assert json.loads(gzip.decompress(packed.data)) == plain.json
    assert len(packed.data) < len(plain.data) / 4


def test_other_sites_read_answers_only_where_the_configuration_names_them(engine: Engine) -> None:
    app = create_app(engine, settings=Settings(cors_origins=("https://budget.example",)))
    client = app.test_client()
    named = client.get(f"{API}/catalogs", headers={"Origin": "https://budget.example"})
    assert named.headers["Access-Control-Allow-Origin"] == "https://budget.example"
    assert "Access-Control-Allow-Credentials" not in named.headers
    strange = client.get(f"{API}/catalogs", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in strange.headers and "Origin" in strange.headers["Vary"]
    asking = {"Origin": "https://budget.example", "Access-Control-Request-Method": "POST"}
    preflight = client.options(f"{API}/tag", headers=asking)
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    closed = create_app(engine).test_client().get(f"{API}/catalogs", headers={"Origin": "https://budget.example"})
    assert "Access-Control-Allow-Origin" not in closed.headers


def test_where_reading_is_closed_only_the_contract_is_open(engine: Engine) -> None:
    client = create_app(engine, settings=Settings(reading="closed")).test_client()
    assert client.get(f"{API}/openapi.json").status_code == 200
    for answer in (client.get(f"{API}/catalogs"), client.post(f"{API}/tag", json={"name": "养老服务"})):
        assert kind_of(answer) == "unauthorized" and "WWW-Authenticate" in answer.headers


def test_whoever_may_not_ask_is_told_so_before_what_is_wrong_with_the_question(client: FlaskClient) -> None:
    assert kind_of(client.post(f"{API}/decisions", data=b"{", content_type="text/plain")) == "unauthorized"
