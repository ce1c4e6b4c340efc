"""An auditor's OpenRefine reconciles the shipped budget: the whole way, with the real program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request

from catalog_data.model import Disclosure
from catalog_service.app import create_app
from catalog_service.engine import Engine
from indexer.gold import GOLD, read_gold
from indexer.tagger import project_text

from .browsing import listening
from .openrefine import PROGRAM, OpenRefine, open_refine
from .reconciliation_schemas import violations

NAME, UNIT, ABOUT, AMOUNT = "项目名称", "单位", "项目概况", "金额"
CONTEXT = {UNIT: "unit", ABOUT: "description", AMOUNT: "amount"}
SHOWN = {
    "name": f'cells["{NAME}"].value',
    "judgment": f'cells["{NAME}"].recon.judgment',
    "match": f'cells["{NAME}"].recon.match.id',
    "matched_name": f'cells["{NAME}"].recon.match.name',
    "matched_type": f'cells["{NAME}"].recon.match.type',
    "candidates": f'forEach(cells["{NAME}"].recon.candidates, c, c.id)',
}


@dataclass(slots=True)
class Service:
    """The service under test: its address, and the requests and answers that went over the wire."""

    address: str
    heard: list[tuple[dict[str, str], Any]] = field(default_factory=list)


@pytest.fixture(scope="module")
def service(engine: Engine) -> Iterator[Service]:
    app = create_app(engine)
    with listening(app) as address:
        service = Service(f"{address}/reconcile")
        _listen(app, service)
        yield service


def _listen(app: Flask, service: Service) -> None:
    @app.after_request
    def hear(response: Response) -> Response:
        assert response.status_code == 200, response.text
        service.heard.append((request.values.to_dict(), response.get_json()))
        return response


@pytest.fixture(scope="module")
def refine(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[OpenRefine]:
    """A real OpenRefine, stopped before the service to which it keeps connections."""
    if PROGRAM is None:
        pytest.skip("没有安装 OpenRefine（Debian 软件包 openrefine），未用其客户端试对账")
    with open_refine(tmp_path_factory.mktemp("openrefine")) as running:
        yield running


@pytest.fixture(scope="module")
def project(refine: OpenRefine, disclosure: Disclosure) -> str:
    """The 67 projects as an auditor would load them, one a row."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow([NAME, UNIT, ABOUT, AMOUNT])
    for listed in disclosure.projects:
        about = project_text(listed).replace("\n", " ")
        writer.writerow([listed.name, listed.unit, about, listed.amount_yuan])
    return refine.create_project("民政局2026", table.getvalue())


@pytest.fixture(scope="module")
def rows(refine: OpenRefine, project: str, service: Service) -> list[dict[str, Any]]:
    """The rows after reconciling against 民政 with unit, description and amount, auto-match on."""
    details = [
        {"column": column, "propertyName": column, "property": {"id": pid, "name": column}}
        for column, pid in CONTEXT.items()
    ]
    config = {
        "mode": "standard-service",
        "service": service.address,
        "identifierSpace": "urn:items",
        "schemaSpace": "urn:types",
        "type": {"id": "民政", "name": "民政"},
        "autoMatch": True,
        "columnDetails": details,
        "limit": 5,
    }
    refine.apply(
        project, {"op": "core/recon", "columnName": NAME, "config": config, "engineConfig": {"mode": "row-based"}}
    )
    return refine.rows(project, SHOWN)


def test_openrefine_reconciles_every_row_and_matches_exactly_what_stands_without_a_person(
    rows: list[dict[str, Any]], disclosure: Disclosure, engine: Engine
) -> None:
    verdicts = [engine.tag(listed) for listed in disclosure.projects]
    auto = [verdict.code if verdict.decision == "auto" else None for verdict in verdicts]
    assert len(rows) == len(disclosure.projects) == 67
    assert [row["match"] for row in rows] == auto
    assert all(row["judgment"] == ("matched" if row["match"] else "none") for row in rows)
    assert all(row["candidates"] is None for row, v in zip(rows, verdicts, strict=True) if v.natures["service"] < 0.05)


def test_at_least_nine_of_ten_automatic_matches_are_right(rows: list[dict[str, Any]], disclosure: Disclosure) -> None:
    gold = {labelled.project.id: labelled for labelled in read_gold(GOLD / "xiaoyi.json")}
    matched = [(gold[p.id], row["match"]) for p, row in zip(disclosure.projects, rows, strict=True) if row["match"]]
    right = [code for labelled, code in matched if code in labelled.codes]
    assert matched and len(right) >= 0.9 * len(matched)


def test_the_figures_in_the_documentation_are_those_of_the_real_client(
    rows: list[dict[str, Any]], disclosure: Disclosure
) -> None:
    gold = {labelled.project.id: labelled.codes for labelled in read_gold(GOLD / "xiaoyi.json")}
    right = sum(row["match"] in gold[p.id] for p, row in zip(disclosure.projects, rows, strict=True))
    matched, offered = sum(bool(row["match"]) for row in rows), sum(bool(row["candidates"]) for row in rows)
    told = Path("docs/reconciliation.md").read_text("utf-8").replace("\n", "")
    assert (
        f"自动匹配 {matched} 项，{right} 项都对；另有 {offered - matched} 项给出候选，{len(rows) - offered} 项留空"
        in told
    )


def test_name_and_type_of_a_match_tell_code_and_department(rows: list[dict[str, Any]], engine: Engine) -> None:
    for row in filter(lambda row: row["match"], rows):
        item = engine.items[row["match"]]
        assert row["matched_name"] == f"{item.code} {item.name}（{item.department}）"
        assert row["matched_type"] == [item.department]


def test_openrefine_guesses_the_department_from_services_and_nothing_from_cash_benefits(
    refine: OpenRefine, project: str, service: Service
) -> None:
    services = refine.create_project("服务", f"{NAME}\n居家养老\n流浪乞讨人员救助\n养老机构等级评定\n")
    assert refine.guess_types(services, NAME, service.address)[0]["id"] == "民政"
    assert refine.guess_types(project, NAME, service.address) == []


def test_openrefine_adds_columns_from_the_matched_items(
    refine: OpenRefine, project: str, service: Service, rows: list[dict[str, Any]], engine: Engine
) -> None:
    columns = {"code": "代码", "level3": "三级目录", "department": "部门"}
    operation = {
        "op": "core/extend-reconciled-data",
        "engineConfig": {"mode": "row-based"},
        "baseColumnName": NAME,
        "endpoint": service.address,
        "identifierSpace": "urn:items",
        "schemaSpace": "urn:types",
        "extension": {"properties": [{"id": id_, "name": name} for id_, name in columns.items()]},
        "columnInsertIndex": 1,
    }
    refine.apply(project, operation)
    shown = refine.rows(project, {name: f'cells["{name}"].value' for name in columns.values()})
    matched = [engine.items[row["match"]] for row in rows if row["match"]]
    expected = [{"代码": i.code, "三级目录": i.path[2], "部门": i.department} for i in matched]
    assert [row for row in shown if row["代码"]] == expected


def test_everything_that_went_over_the_wire_is_valid_under_the_published_schemas(
    rows: list[dict[str, Any]], service: Service
) -> None:
    batches = [(json.loads(asked["queries"]), told) for asked, told in service.heard if "queries" in asked]
    assert sum(len(asked) for asked, _ in batches) >= len(rows)
    for asked, told in batches:
        assert violations("reconciliation-query-batch", asked) == []
        assert violations("reconciliation-result-batch", told) == []
        assert told.keys() == asked.keys()
