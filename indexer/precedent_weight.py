"""What precedents weigh: the engine's verdict in the light of what reviewers decided before.

A reviewer's decision about the same project is the strongest evidence and takes the place of the engine's own
judgement; one about nearly the same project is evidence only; where reviewers contradict each other, a person
must look, and no middle is struck.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from catalog_data.decisions import KINDS
from catalog_data.model import NATURES, Choice, Evidence, Verdict
from catalog_data.moments import day

from .precedents import Precedent
from .tagger import AUTO_LINE

UNANIMOUS = 0.97
"""The least confidence in an answer that all precedents about the same project gave."""

SHOWN = 5
"""How many precedents are quoted."""


def with_precedents(verdict: Verdict, precedents: Sequence[Precedent], auto_line: float = AUTO_LINE) -> Verdict:
    """The verdict with its precedents, in the order of ``PrecedentLedger.find``; ``auto_line`` is 0.5..1.

    Precedents about the same project that agree set nature and code. With n of them the confidence is
    (n + 1) / (n + 2), the rule of succession (Laplace 1814) for the next reviewer to agree, and at least
    ``UNANIMOUS``: that wording, content and section are the same is known, not estimated. The verdict is
    then ``auto`` unless it has flags, the office asks for more confidence, or the catalog has changed in what
    the precedent rests on. Contradicting ones leave the answer and ask for a person; so do nearly the same
    ones that decided otherwise than the engine.
    """
    if not precedents:
        return verdict
    shown = _shown(precedents)
    quoted = replace(
        verdict,
        precedents=tuple(map(_record, shown)),
        evidence=(*map(_evidence, shown), *verdict.evidence),
    )
    first = precedents[0]
    if first.conflicts:
        return _contested(quoted, precedents)
    if _outdated(first, verdict):
        return _referred(quoted, f"目录已变动，须核对先例{_named(first)}", "先例所用的条目在现行目录中对应哪一条？")
    if first.same:
        return _followed(quoted, precedents, auto_line)
    return _advised(quoted, first)


def _followed(verdict: Verdict, precedents: Sequence[Precedent], auto_line: float) -> Verdict:
    first, n = precedents[0], len(precedents)
    confidence = round(max(UNANIMOUS, (n + 1) / (n + 2)), 4)
    settled = confidence >= auto_line and not verdict.flags
    short = f"；把握 {confidence:.0%}，不足自动判定线 {auto_line:.0%}" if confidence < auto_line else ""
    return replace(
        verdict,
        department=verdict.department or (first.item.department if first.item else ""),
        nature=first.nature,
        code=first.code,
        decision="auto" if settled else "review",
        confidence=confidence,
        natures=_natures(verdict.natures, first.nature, confidence),
        candidates=_candidates(verdict, first, confidence),
        reason=verdict.reason if verdict.flags else _ground(first) + short,
        question=verdict.question if verdict.flags else "" if settled else "本年的内容与先例是否相同？",
        heading=verdict.heading if first.nature == "service_uncatalogued" else "",
    )


def _advised(verdict: Verdict, first: Precedent) -> Verdict:
    """Nearly the same: what agrees confirms, what differs asks for a person."""
    if first.answer == (verdict.nature, verdict.code):
        return verdict
    advised = replace(verdict, candidates=_candidates(verdict, first, None))
    said = f"与先例{_named(first)}相近，但系统判定不同于先例（{_answer(first)}）"
    return _referred(advised, said, f"是否与“{first.name}”为同一内容？")


def _contested(verdict: Verdict, precedents: Sequence[Precedent]) -> Verdict:
    said = "；".join(f"{_named(side)}为{_answer(side)}" for side in _sides(precedents))
    return _referred(verdict, f"先例相互矛盾：{said}", "以哪一个先例为准？")


def _sides(precedents: Sequence[Precedent]) -> list[Precedent]:
    """The first precedent of each answer."""
    sides: dict[tuple[str, str | None], Precedent] = {}
    for precedent in precedents:
        sides.setdefault(precedent.answer, precedent)
    return list(sides.values())


def _shown(precedents: Sequence[Precedent]) -> list[Precedent]:
    """The precedents to quote: every answer first, then the others."""
    sides = _sides(precedents)
    return [*sides, *(precedent for precedent in precedents if precedent not in sides)][:SHOWN]


def _referred(verdict: Verdict, reason: str, question: str) -> Verdict:
    """To a person; what a flag says comes first."""
    if verdict.flags:
        return replace(verdict, decision="review")
    return replace(verdict, decision="review", reason=reason, question=question)


def _outdated(precedent: Precedent, verdict: Verdict) -> bool:
    """Whether the catalog has changed in what the precedent rests on: its item, or that there is none."""
    if precedent.nature == "service_uncatalogued":
        return precedent.catalog != verdict.versions.catalog
    return precedent.code is not None and precedent.item is None


def _natures(natures: dict[str, float], nature: str, confidence: float) -> dict[str, float]:
    """The probabilities with that of one nature set, the others in their old proportions."""
    others = sum(p for kind, p in natures.items() if kind != nature)
    rest = 1 - confidence
    even = rest / (len(natures) - 1)
    return {
        kind: confidence if kind == nature else round(rest * p / others if others else even, 4)
        for kind, p in natures.items()
    }


def _candidates(verdict: Verdict, precedent: Precedent, confidence: float | None) -> tuple[Choice, ...]:
    """The candidates, that of the precedent first; ``confidence`` None leaves it the one it had."""
    item = precedent.item
    if item is None:
        return verdict.candidates
    had = next((choice for choice in verdict.candidates if choice.id == item.id), None)
    foreign = bool(verdict.departments) and item.department not in verdict.departments
    choice = had or Choice(item.id, item.name, item.path, 0.0, 0.0, foreign)
    others = tuple(other for other in verdict.candidates if other.id != item.id)
    top = max((other.score for other in verdict.candidates), default=0.0)
    first = replace(
        choice,
        score=top,
        confidence=choice.confidence if confidence is None else confidence,
        evidence=(_evidence(precedent), *choice.evidence),
    )
    return first, *others


def _evidence(precedent: Precedent) -> Evidence:
    likeness = "本项目" if precedent.own else "相同" if precedent.same else f"相近，{precedent.likeness:.0%}"
    reason = f"，理由：{precedent.reason}" if precedent.reason else ""
    text = (
        f"先例（{likeness}）：{day(precedent.made_at)}{precedent.who}对{precedent.unit} {precedent.year} 年"
        f"“{precedent.name}”的复核为{KINDS[precedent.kind]}，{_answer(precedent)}{reason}"
    )
    return Evidence("precedent", text, source=f"{precedent.document}，复核记录第 {precedent.entry} 条")


def _record(precedent: Precedent) -> dict[str, str]:
    """A precedent as JSON: texts only, '' where there is nothing."""

    return {
        "entry": str(precedent.entry),
        "name": precedent.name,
        "unit": precedent.unit,
        "year": str(precedent.year),
        "document": precedent.document,
        "who": precedent.who,
        "made_at": precedent.made_at,
        "kind": precedent.kind,
        "nature": precedent.nature,
        "code": precedent.code or "",
        "reason": precedent.reason,
        "likeness": f"{precedent.likeness:.4f}",
        "same": "yes" if precedent.same else "",
        "conflicts": "yes" if precedent.conflicts else "",
    }


def _ground(first: Precedent) -> str:
    if first.own:
        return f"本项目已由{first.who}复核（第 {first.entry} 条）：{_answer(first)}"
    return f"与先例{_named(first)}相同：{_answer(first)}"


def _named(precedent: Precedent) -> str:
    return f"“{precedent.name}”（{precedent.year} 年，{precedent.who}，第 {precedent.entry} 条）"


def _answer(precedent: Precedent) -> str:
    name = f"“{precedent.item.name}”（{precedent.code}）" if precedent.item else precedent.code or ""
    return f"{NATURES[precedent.nature]}{name}"
