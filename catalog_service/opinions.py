"""What the tagger itself says of every stored project: as it was kept, or judged anew where that is out of date."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from itertools import islice

from catalog_data.database import StoreError
from catalog_data.kept_verdicts import KeptVerdict, KeptVerdicts, outline
from catalog_data.model import Project, Verdict, Versions
from catalog_data.store import DisclosureEntry, Store, StoredVerdict
from indexer.tagger import Tagger, UnreadableProject

from .engine import Engine

CHUNK = 200
"""Verdicts that are kept in one write."""

Listed = tuple[DisclosureEntry, Project]
"""A stored project with the head of its disclosure."""

_log = logging.getLogger(__name__)


def judged(tagger: Tagger, project: Project) -> Verdict | None:
    """The tagger's own verdict, None where the project's name says nothing."""
    try:
        return tagger.tag(project)
    except UnreadableProject:
        return None


def kept_on(engine: Engine, head: DisclosureEntry) -> dict[str, KeptVerdict]:
    """What is kept on the projects of a disclosure, by project id, whatever it rests on."""
    with KeptVerdicts(engine.store_path) as kept:
        return kept.of(head.sha256)


def audited(engine: Engine, head: DisclosureEntry) -> dict[str, KeptVerdict]:
    """The answers of the last audit, by project id, in the place of own verdicts that are still to be made."""
    with Store(engine.store_path) as store:
        answers = store.verdicts(head.sha256)
    return {answer.project: KeptVerdict("", _from_audit(answer, engine.versions)) for answer in answers}


def judge(engine: Engine, projects: Iterable[Listed]) -> Iterator[tuple[Listed, KeptVerdict]]:
    """Judge stored projects and keep the outlines of the verdicts.

    A store that cannot be written, for want of space or leave, costs the next start the same work, and nothing else.
    """
    remaining = iter(projects)
    while chunk := list(islice(remaining, CHUNK)):
        made = [(listed, _opinion(engine, listed[1])) for listed in chunk]
        try:
            with KeptVerdicts(engine.store_path) as kept:
                kept.keep((head, project.id, opinion) for (head, project), opinion in made)
        except StoreError:
            _log.exception("判定未能留存，下次启动须重新判定")
        yield from made


def _opinion(engine: Engine, project: Project) -> KeptVerdict:
    basis, verdict = engine.basis, judged(engine.tagger, project)
    return KeptVerdict(basis, outline(verdict) if verdict else None)


def _from_audit(answer: StoredVerdict, versions: Versions) -> Verdict:
    return Verdict(
        id=answer.project,
        department=answer.department,
        departments=(answer.department,) if answer.department else (),
        nature=answer.nature,
        code=answer.item,
        decision=answer.decision,
        confidence=answer.confidence,
        natures={},
        candidates=(),
        flags=answer.flags,
        evidence=(),
        reason="",
        question="",
        versions=versions,
    )
