"""Tagging: one project, or up to a thousand at once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response

from catalog_data.model import Project
from indexer.tagger import UnreadableProject

from ..access import require
from ..discretion import current_sight
from ..records import verdict_record
from .answers import answer, engine
from .contract import ROOT, body, refusal, served_contract
from .problems import Problem
from .violations import Violation

tagging_api = Blueprint("tagging_api", __name__, url_prefix=ROOT)

PROJECT_SCHEMA = "/components/schemas/ProjectToTag"


@tagging_api.post("/tag")
@require("reader", "tag")
def tag() -> Response:
    """The verdict on one project."""
    return answer(_verdict(body(), "1"))


@tagging_api.post("/tag/batch")
@require("reader", "tag")
def tag_batch() -> Response:
    """A verdict or a problem for every row, in the order of the rows."""
    projects = body()["projects"]
    rows = [_row(row, number) for number, row in enumerate(projects, 1)]
    refused = sum(row["problem"] is not None for row in rows)
    return answer({"rows": rows, "judged": len(rows) - refused, "refused": refused})


def _row(row: Any, number: int) -> dict[str, Any]:
    """What became of a row of a batch: ``id`` as it came in, null where it has none that can be given back."""
    identity = row.get("id") if isinstance(row, Mapping) else None
    told = {"row": number, "id": identity if isinstance(identity, str) else None}
    try:
        if wrong := served_contract().violations(PROJECT_SCHEMA, row):
            raise refusal("invalid-body", wrong)
        return told | {"verdict": _verdict(row, str(number)), "problem": None}
    except Problem as problem:
        return told | {"verdict": None, "problem": problem.record()}


def _verdict(row: Mapping[str, Any], number: str) -> dict[str, Any]:
    """The verdict on a checked row; ``number`` stands in for an id. Raises ``Problem`` where it says nothing."""
    amount = row.get("amount_yuan")
    project = Project(
        id=row.get("id") or number,
        unit=row.get("unit") or "",
        name=row["name"].strip(),
        amount_yuan=None if amount is None else Decimal(amount),
        description=row.get("description") or "",
    )
    try:
        return verdict_record(engine().tag(project, current_sight().precedents))
    except UnreadableProject as error:
        wrong = Violation("/name", "readable", f"：{error}", "holds no words to judge by")
        raise refusal("invalid-body", [wrong]) from error
