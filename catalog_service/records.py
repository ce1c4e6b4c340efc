"""The JSON form of records, the same on the command line and in the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from catalog_data.model import Catalog, Choice, Evidence, Finding, Item, Verdict, Versions

if TYPE_CHECKING:
    from indexer.search import Highlight, Hit


def item_records(catalog: Catalog) -> Iterator[dict[str, Any]]:
    """The printed rows of a catalog in printed order, each with the findings about its print."""
    about: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in catalog.findings:
        about[finding.where.subject].append(finding)
    for item in catalog.items:
        yield item_record(item, catalog.document, about[item.id])


def item_record(item: Item, document: str, findings: Sequence[Finding]) -> dict[str, Any]:
    """A printed row: ``parent`` is an item id or null, ``path`` the names of the broader headings."""
    return {
        "id": item.id,
        "department": item.department,
        "level": item.level,
        "code": item.code,
        "printed_code": item.printed_code,
        "suggested_code": item.suggested_code or None,
        "name": item.name,
        "printed_name": item.printed_name,
        "parent": item.parent or None,
        "path": list(item.path),
        "source": {"document": document, "line": item.line},
        "findings": [finding_record(finding) for finding in findings],
    }


def finding_record(finding: Finding) -> dict[str, Any]:
    """A finding with its place."""
    return {
        "check": finding.check,
        "severity": finding.severity,
        "message": finding.message,
        "expected": finding.expected,
        "found": finding.found,
        "suggestion": finding.suggestion or None,
        "where": asdict(finding.where),
    }


def hit_record(hit: Hit) -> dict[str, Any]:
    """A search hit; a highlight holds field, text and half-open character spans."""
    return {
        "id": hit.id,
        "department": hit.department,
        "level": hit.level,
        "code": hit.code,
        "name": hit.name,
        "path": list(hit.path),
        "score": hit.score,
        "grade": hit.grade,
        "highlights": [_highlight_record(highlight) for highlight in hit.highlights],
    }


def _highlight_record(highlight: Highlight) -> dict[str, Any]:
    return {"field": highlight.field, "text": highlight.text, "spans": [list(span) for span in highlight.spans]}


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """The engine's answer for a project, as ``tag`` gives it."""
    return {
        "id": verdict.id,
        "department": verdict.department or None,
        "departments": list(verdict.departments),
        "nature": verdict.nature,
        "code": verdict.code,
        "decision": verdict.decision,
        "confidence": verdict.confidence,
        "reason": verdict.reason,
        "question": verdict.question or None,
        "heading": verdict.heading or None,
        "natures": verdict.natures,
        "candidates": [_choice_record(choice) for choice in verdict.candidates],
        "flags": list(verdict.flags),
        "evidence": [_evidence_record(evidence) for evidence in verdict.evidence],
        "precedents": list(verdict.precedents),
        "versions": versions_record(verdict.versions),
    }


@lru_cache(maxsize=16)
def versions_record(versions: Versions) -> Mapping[str, str]:
    """What an answer rests on; the same object every time, to be read only."""
    return asdict(versions)


def _choice_record(choice: Choice) -> dict[str, Any]:
    return {
        "id": choice.id,
        "name": choice.name,
        "path": list(choice.path),
        "score": choice.score,
        "confidence": choice.confidence,
        "foreign": choice.foreign,
        "evidence": [_evidence_record(evidence) for evidence in choice.evidence],
    }


def _evidence_record(evidence: Evidence) -> dict[str, Any]:
    span = {"field": evidence.field, "start": evidence.span[0], "end": evidence.span[1]} if evidence.span else None
    return {"kind": evidence.kind, "text": evidence.text, "span": span, "source": evidence.source}
