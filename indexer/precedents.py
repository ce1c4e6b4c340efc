"""Precedents: what reviewers decided before about the same or nearly the same project.

Budgets repeat every year with another year, document number or level of funds in the name. What is left of a
name without these is its key (``name_keys``). Two projects are the same where their keys are and their contents
do not speak against it. A decision counts for the units of the same section of the catalog.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from pathlib import Path

from rapidfuzz import fuzz

from catalog_data.decisions import SETTLING, Decision, Kind, Subject, standing
from catalog_data.model import Item, Project

from .analysis import normalise
from .departments import resolver
from .name_keys import letters, name_keys
from .tables import KNOWLEDGE
from .tagger import project_text
from .wording import cleaner

NEAR_NAME = 85.0
"""The likeness of two keys, in percent of characters in common order, from which names are nearly the same."""

SAME_TEXT = 40.0
"""The percentage of the shorter content's pairs of characters that the longer must have for the two not to speak
against each other. In a county bureau's budget one benefit paid from two levels of funds reaches 49 and more,
two different projects 8 in the median and 46 at the 95th percentile."""

_NEAREST, _RARE, _SHORTLIST = 5, 6, 30


@dataclass(frozen=True, slots=True)
class Precedent:
    """A reviewer's decision that bears on a project.

    ``entry`` is its number in the log; ``name``, ``unit``, ``year`` and ``document`` tell its project. ``code``
    is an item id or None, ``item`` the catalog's row of that id, None where the catalog no longer has it under
    the same name; ``catalog`` the version that was decided by. ``likeness`` is 0..1; ``same``: wording and
    content are the same; ``own``: it is about this very project; ``conflicts``: another precedent found with it
    decided otherwise.
    """

    entry: int
    name: str
    unit: str
    year: int
    document: str
    who: str
    made_at: str
    kind: Kind
    nature: str
    code: str | None
    item: Item | None
    reason: str
    catalog: str
    likeness: float
    same: bool
    own: bool
    conflicts: bool = False

    @property
    def answer(self) -> tuple[str, str | None]:
        """Nature and item id."""
        return self.nature, self.code


@dataclass(frozen=True, slots=True)
class _Wording:
    """A project as precedents compare it; ``telling``: its name alone says what it is about."""

    key: str
    text: str
    unit: str
    departments: frozenset[str]
    telling: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A decision that bears on a project, with their likeness (0..1)."""

    decision: Decision
    likeness: float
    same: bool


class PrecedentLedger:
    """The decisions in force (``decisions``, latest first), found by the wording of their projects.

    ``decisions`` are all entries of a log; those withdrawn, superseded or deferred do not count. ``items`` are
    the rows of the catalog in force, by id; ``knowledge`` is the folder with the aliases of departments;
    ``earlier`` is a ledger over the same folder whose work need not be done again.
    """

    def __init__(
        self,
        decisions: Iterable[Decision],
        items: Mapping[str, Item],
        knowledge: Path = KNOWLEDGE,
        earlier: PrecedentLedger | None = None,
    ) -> None:
        self._items = items
        resolve = resolver(knowledge).resolve
        self._filed: defaultdict[str, list[tuple[_Wording, Decision]]] = defaultdict(list)
        known = earlier._wordings if earlier else {}
        self._wordings: dict[Subject, _Wording] = {}
        settled = [d for d in standing(decisions).values() if d.ruling.kind in SETTLING]
        self.decisions = tuple(sorted(settled, key=lambda d: (d.made_at, d.id), reverse=True))
        for decision in self.decisions:
            subject = decision.subject
            wording = known.get(subject) or _wording(
                subject.name, subject.text, subject.unit, resolve(subject.unit).departments
            )
            self._wordings[subject] = wording
            self._filed[wording.key].append((wording, decision))
        self._keys = list(self._filed)
        self._postings: defaultdict[str, list[int]] = defaultdict(list)
        for number, key in enumerate(self._keys):
            for pair in _pairs(key):
                self._postings[pair].append(number)

    def find(self, project: Project, departments: Sequence[str]) -> tuple[Precedent, ...]:
        """The precedents for a project of a unit with these sections.

        The decision about this very project, where there is one; else those about the same project, all of them,
        latest first; else those about nearly the same, the likest first, at most five.
        """
        if not self._filed:
            return ()
        asked = _wording(project.name, project_text(project), project.unit, departments)
        alike = [*self._alike(asked, asked.key, 100.0)] if asked.key in self._filed else []
        same = [_precedent(found, project, self._items) for found in alike if found.same]
        if same:
            return _compared([precedent for precedent in same if precedent.own] or same)
        nearest = nlargest(_NEAREST, [*alike, *self._near(asked)], key=lambda found: found.likeness)
        return _compared([_precedent(found, project, self._items) for found in nearest])

    def _near(self, asked: _Wording) -> Iterator[_Found]:
        if not asked.telling:
            return
        for key in self._shortlist(asked.key):
            likeness = fuzz.ratio(asked.key, key, score_cutoff=NEAR_NAME)
            if likeness and key != asked.key:
                yield from self._alike(asked, key, likeness)

    def _shortlist(self, key: str) -> list[str]:
        """The keys that share most of the key's rarest pairs of characters."""
        postings = sorted((self._postings[pair] for pair in _pairs(key) if pair in self._postings), key=len)
        shared = Counter(number for numbers in postings[:_RARE] for number in numbers)
        return [self._keys[number] for number, _ in shared.most_common(_SHORTLIST)]

    def _alike(self, asked: _Wording, key: str, likeness: float) -> Iterator[_Found]:
        """The decisions filed under a key that bear on what is asked; ``likeness`` is that of the keys."""
        for filed, decision in self._filed[key]:
            if filed.unit == asked.unit or filed.departments & asked.departments:
                content = _shared(filed.text, asked.text) if filed.text and asked.text else None
                same = _bearing(asked, filed, likeness, content)
                if same is not None:
                    whole = 100.0 if same else likeness if content is None else (likeness + content) / 2
                    yield _Found(decision, round(whole / 100, 4), same)


def _bearing(asked: _Wording, filed: _Wording, likeness: float, content: float | None) -> bool | None:
    """Whether a precedent is about the same project (True), nearly the same (False) or not at all (None).

    ``likeness`` is that of the keys; ``content`` what the contents share, None where one of them is not told. A
    name that tells nothing (工作经费) is the same only with nearly the same content; a name alone only within
    the same unit or where neither side tells more.
    """
    if not asked.telling:
        return True if content is not None and fuzz.ratio(asked.text, filed.text) >= NEAR_NAME else None
    if likeness < 100:
        return False if content is None or content >= SAME_TEXT else None
    if content is None:
        return filed.unit == asked.unit or not (filed.text or asked.text)
    return content >= SAME_TEXT


def _precedent(found: _Found, project: Project, items: Mapping[str, Item]) -> Precedent:
    decision, subject, ruling = found.decision, found.decision.subject, found.decision.ruling
    item = items.get(ruling.item or "")
    return Precedent(
        entry=decision.id,
        name=subject.name,
        unit=subject.unit,
        year=subject.year,
        document=subject.document,
        who=ruling.who,
        made_at=decision.made_at,
        kind=ruling.kind,
        nature=ruling.nature,
        code=ruling.item,
        item=item if item and item.name == ruling.item_name else None,
        reason=ruling.reason,
        catalog=decision.versions.catalog,
        likeness=found.likeness,
        same=found.same,
        own=(subject.document, subject.project, subject.name) == (project.document, project.id, project.name),
    )


def _compared(precedents: list[Precedent]) -> tuple[Precedent, ...]:
    """The same precedents, marked where they do not agree."""
    if len({precedent.answer for precedent in precedents}) < 2:
        return tuple(precedents)
    return tuple(replace(precedent, conflicts=True) for precedent in precedents)


def _wording(name: str, text: str, unit: str, departments: Iterable[str]) -> _Wording:
    key = name_keys().key(name, unit)
    telling = bool(cleaner().clean(name, unit).grams)
    return _Wording(key, letters(normalise(text)), normalise(unit), frozenset(departments), telling)


def _shared(one: str, other: str) -> float:
    """What the longer of two texts has of the shorter one's pairs, in percent."""
    pairs, others = _pairs(one), _pairs(other)
    return 100 * len(pairs & others) / min(len(pairs), len(others))


def _pairs(key: str) -> set[str]:
    """The pairs of adjoining characters of a key; a lone character stands for itself."""
    return {key[k : k + 2] for k in range(max(1, len(key) - 1))}
