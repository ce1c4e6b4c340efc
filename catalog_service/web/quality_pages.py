"""What shows where the knowledge or the catalog falls short: queries without an answer, findings about the print."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from catalog_data.model import Catalog, Finding

from ..access import require
from ..api.answers import engine
from ..app import served_settings
from ..unanswered import UnansweredQueries
from ..workbook.labels import SEVERITIES, check_name
from .kept_tables import SHOWN, read_asked
from .paging import pages_of

blueprint = Blueprint("quality", __name__, url_prefix="/knowledge")


@blueprint.get("/unanswered")
def unanswered() -> str:
    """Queries that found nothing, most frequent first."""
    asked = read_asked(request.args)
    every = UnansweredQueries(engine().data_dir).most_frequent()
    first = SHOWN * (asked.number - 1)
    return render_template(
        "unanswered.html",
        queries=every[first : first + SHOWN],
        total=len(every),
        asked=asked,
        pages=pages_of(len(every), SHOWN),
        counting=served_settings().count_unanswered,
    )


@blueprint.post("/unanswered/forget")
@require("reviewer")
def forget() -> Response:
    """Strike a query that has been dealt with."""
    UnansweredQueries(engine().data_dir).forget(request.form.get("query", ""))
    return redirect(url_for("quality.unanswered"), 303)


@blueprint.get("/findings")
def findings() -> str:
    """What the print of the catalog gets wrong, in printed order, by severity and department."""
    catalog = engine().catalog
    severity, department = request.args.get("severity", ""), request.args.get("department", "")
    return render_template(
        "catalog_findings.html",
        findings=[(finding, section_of(catalog, finding)) for finding in narrowed(catalog, severity, department)],
        severity=severity,
        department=department,
        severities=SEVERITIES,
        departments=list(dict.fromkeys(section_of(catalog, finding) for finding in _printed(catalog))),
        check_name=check_name,
        ids={row.id for row in catalog.items},
    )


def narrowed(catalog: Catalog, severity: str, department: str) -> list[Finding]:
    """The findings of a severity and department, of all where ''."""
    return [
        finding
        for finding in _printed(catalog)
        if severity in ("", finding.severity) and department in ("", section_of(catalog, finding))
    ]


def section_of(catalog: Catalog, finding: Finding) -> str:
    """The department in whose section a finding lies; '' where it is about the whole document."""
    line = finding.where.line or 0
    return next((row.name for row in reversed(catalog.departments) if line and row.line <= line), "")


def _printed(catalog: Catalog) -> list[Finding]:
    return sorted(catalog.findings, key=lambda finding: finding.where.line or 0)
