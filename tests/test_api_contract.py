"""The contract is the whole truth: every route, every example and every answer is held to ``openapi.json``."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import validate

from catalog_service.access import requirement_of
from catalog_service.api.contract import ROOT, load_contract
from catalog_service.api.docs_page import resolved
from catalog_service.api.problems import KINDS
from catalog_service.api.violations import _SAYINGS
from catalog_service.app import create_app
from catalog_service.engine import Engine

from .live_server import live_server, reviewer_token

CONTRACT = load_contract()
DOCUMENT = CONTRACT.document
HERE = Path(__file__).parent


class Example(NamedTuple):
    """A documented request: method, address with its parameters filled in, headers, body."""

    method: str
    path: str
    address: str
    headers: dict[str, str]
    body: Any

    def __str__(self) -> str:
        return f"{self.method} {self.address}"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The service over a data folder that the examples may write to."""
    engine = Engine(tmp_path_factory.mktemp("contract"))
    engine.prepare()
    return create_app(engine)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    client = app.test_client()
    token = reviewer_token(app.extensions["catalog_engine"].store_path)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, described in methods.items():
            yield method.upper(), path, described


def _documented() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The operations that examples can show; uploads, and jobs that come of them, have no fixed names or bytes."""
    for method, path, described in _operations():
        if "{job_id}" not in path and "multipart/form-data" not in described.get("requestBody", {}).get("content", {}):
            yield method, path, described


def _examples() -> Iterator[Example]:
    for method, path, described in _documented():
        address, headers = ROOT + path, {}
        asked = [resolved(DOCUMENT, parameter) for parameter in described.get("parameters", ())]
        for parameter in (p for p in asked if p["in"] != "query" and "example" in p):
            address = address.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
            headers |= {parameter["name"]: parameter["example"]} if parameter["in"] == "header" else {}
        query = "&".join(f"{p['name']}={p['example']}" for p in asked if p["in"] == "query" and "example" in p)
        media = described.get("requestBody", {}).get("content", {}).get("application/json", {})
        bodies = [example["value"] for example in media.get("examples", {}).values()] or [None]
        for body in bodies:
            yield Example(method, path, f"{address}?{query}" if query else address, headers, body)


def _writes_first(example: Example) -> bool:
    """Decisions are taken before they are read."""
    return example.path != "/decisions" or example.method != "POST"


EXAMPLES = sorted(_examples(), key=_writes_first)


def test_the_contract_is_a_valid_openapi_document() -> None:
    validate(dict(DOCUMENT))


def test_every_route_is_in_the_contract_and_nothing_else(app: Flask) -> None:
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(ROOT)))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(ROOT)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == {(method, path) for method, path, _ in _operations()}


def test_the_contract_says_who_may_do_what_and_the_views_agree(app: Flask) -> None:
    marks = {}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(ROOT):
            needed = requirement_of(app.view_functions[rule.endpoint])
            said = {"role": needed.role or "nobody", "scope": needed.scope if needed.role else None}
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(ROOT))
            marks |= {(method, path): said for method in rule.methods or ()}
    for method, path, described in _operations():
        assert described["x-access"] == marks[method, path], f"{method} {path}"
        assert ({} in described["security"]) == (described["x-access"]["role"] in {"nobody", "reader"})


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_documented_example_runs_and_is_answered_as_documented(client: FlaskClient, example: Example) -> None:
    answer = client.open(example.address, method=example.method, headers=example.headers, json=example.body)
    responses = DOCUMENT["paths"][example.path][example.method.lower()]["responses"]
    assert answer.status_code in {200, 201} and str(answer.status_code) in responses, answer.text
    pointer = f"/paths/{example.path.replace('/', '~1')}/{example.method.lower()}/responses/{answer.status_code}"
    media = answer.mimetype.replace("/", "~1")
    value = answer.json if answer.is_json else answer.text
    assert CONTRACT.violations(f"{pointer}/content/{media}/schema", value) == ()


def test_every_operation_with_a_body_or_a_parameter_has_an_example() -> None:
    shown = {(example.method, example.path) for example in EXAMPLES if example.body or "{" not in example.address}
    assert shown == {(method, path) for method, path, _ in _documented()}


def test_every_rule_of_a_request_has_words_of_its_own_when_it_is_broken() -> None:
    silent = {"properties", "items", "allOf", "anyOf", "if", "then", "else", "const", "$ref", "description"}
    used: set[str] = set()

    def collect(schema: Any) -> None:
        if isinstance(schema, dict):
            used.update(key for key in schema if not key.startswith("x-"))
            inside = [*schema.get("properties", {}).values(), *schema.get("allOf", ()), *schema.get("anyOf", ())]
            for part in (*inside, *(schema[key] for key in ("items", "then", "else") if key in schema)):
                collect(part)

    for name in ("ProjectToTag", "NewDecision"):
        collect(DOCUMENT["components"]["schemas"][name])
    assert used - silent <= set(_SAYINGS)


@given(
    value=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.dictionaries(st.text(), s))
)
def test_whatever_is_wrong_with_a_body_is_said_in_both_languages(value: Any) -> None:
    for violation in CONTRACT.violations("/components/schemas/ProjectToTag", value):
        assert violation.detail and violation.detail_en and len(violation.place) <= 200


def test_the_docs_page_holds_every_operation_schema_and_problem_and_loads_nothing(client: FlaskClient) -> None:
    page = client.get(f"{ROOT}/docs").text
    anchors = set(re.findall(r'id="([^"]+)"', page))
    operations = {described["operationId"] for _, _, described in _operations()}
    assert operations | set(DOCUMENT["components"]["schemas"]) | set(KINDS) <= anchors
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors
    assert "http://" not in page and "https://" not in page and not re.search(r"<script(?! src=\"/static/)", page)


def test_schemathesis_finds_nothing_in_the_whole_contract_with_all_checks(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("st")
    with live_server(tmp_path) as server:
        command = [program, "--config-file", HERE / "schemathesis.toml", "run", f"{server.address}{ROOT}/openapi.json"]
        limits = ["--checks", "all", "--max-examples", "4", "--generation-deterministic", "--no-color"]
        token = ["--header", f"Authorization: Bearer {server.token}"]
        run = subprocess.run([*command, *limits, *token], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
