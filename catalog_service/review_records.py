"""Cases and decisions as JSON, the same on the command line and in the API, and as lines for the eye."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from catalog_data.decisions import KINDS, Decision, entry_record
from catalog_data.model import DECISIONS, NATURES

from .records import verdict_record
from .review_desk import STATES, Case


def decision_record(entry: Decision) -> dict[str, Any]:
    """An entry of the log with its digest, as ``review export`` writes it."""
    return entry_record(entry) | {"digest": entry.digest}


def case_record(case: Case, last_entry: int) -> dict[str, Any]:
    """A case of the list; ``doubt_yuan`` orders it, ``last_entry`` is what ``--expect`` takes, amounts are texts."""
    project, verdict = case.project, case.verdict
    return {
        "id": project.id,
        "disclosure": case.disclosure.sha256,
        "document": case.disclosure.document,
        "line": project.line,
        "year": case.disclosure.year,
        "unit": project.unit,
        "name": project.name,
        "amount_yuan": None if project.amount_yuan is None else f"{project.amount_yuan:f}",
        "doubt_yuan": f"{case.doubt_yuan:.2f}",
        "state": case.state,
        "nature": verdict.nature if verdict else None,
        "code": verdict.code if verdict else None,
        "decision": verdict.decision if verdict else None,
        "confidence": verdict.confidence if verdict else None,
        "reason": verdict.reason if verdict else None,
        "question": verdict.question or None if verdict else None,
        "review": decision_record(case.decision) if case.decision else None,
        "last_entry": last_entry,
    }


def case_details(case: Case, history: Sequence[Decision], last_entry: int) -> dict[str, Any]:
    """A case with the whole verdict and every entry about it."""
    return case_record(case, last_entry) | {
        "verdict": verdict_record(case.verdict) if case.verdict else None,
        "history": [decision_record(entry) for entry in history],
    }


def case_line(case: Case) -> str:
    """A case of the list: id, state, amount, the answer in force, name."""
    project = case.project
    return "\t".join((project.id, STATES[case.state], _yuan(case), _answer_in_force(case), project.name))


def case_text(case: Case, history: Sequence[Decision]) -> str:
    """A case with all that a reviewer needs to decide."""
    return "\n".join(_case_lines(case, history))


def answer_text(nature: str, code: str | None) -> str:
    """Nature and item: 目录内服务 民政:A040303."""
    return f"{NATURES[nature]} {code}" if code else NATURES[nature]


def _case_lines(case: Case, history: Sequence[Decision]) -> Iterator[str]:
    project, verdict = case.project, case.verdict
    yield f"{project.id}  {project.name}"
    yield f"{project.unit} {case.disclosure.year} 年，{_yuan(case)}；{case.disclosure.document} 第 {project.line} 行"
    yield f"状态：{STATES[case.state]}"
    if verdict is None:
        yield "判定：项目名称没有可辨认的文字，未能判定"
    else:
        answer = answer_text(verdict.nature, verdict.code)
        yield f"判定：{answer}，把握 {verdict.confidence:.0%}，{DECISIONS[verdict.decision]}：{verdict.reason}"
        yield from (f"须查清：{question}" for question in [verdict.question] if question)
        for number, choice in enumerate(verdict.candidates, 1):
            yield f"  候选 {number}  {choice.id}  {choice.name}  {choice.confidence:.0%}"
        for evidence in verdict.evidence:
            yield f"  依据  {evidence.text}" + (f"（{evidence.source}）" if evidence.source else "")
    for entry in history:
        yield _entry_text(entry)


def _entry_text(entry: Decision) -> str:
    ruling = entry.ruling
    said = f"第 {entry.undoes} 条" if entry.undoes else answer_text(ruling.nature, ruling.item) if ruling.nature else ""
    reason = f"，理由：{ruling.reason}" if ruling.reason else ""
    return f"  复核  第 {entry.id} 条 {entry.made_at} {ruling.who} {KINDS[ruling.kind]} {said}".rstrip() + reason


def _answer_in_force(case: Case) -> str:
    """What was decided, or else the engine's verdict with its confidence."""
    ruling, verdict = case.decision.ruling if case.decision else None, case.verdict
    if ruling and ruling.nature:
        return f"{KINDS[ruling.kind]} {answer_text(ruling.nature, ruling.item)}"
    return f"{verdict.confidence:.0%} {answer_text(verdict.nature, verdict.code)}" if verdict else "未能判定"


def _yuan(case: Case) -> str:
    amount = case.project.amount_yuan
    return "无金额" if amount is None else f"{amount:,.2f} 元"
