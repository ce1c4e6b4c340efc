"""The one object that command line, pages and API share: the open store and index, search, tag, audit."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from catalog_data.kept_verdicts import KeptVerdict, KeptVerdicts
from catalog_data.model import Catalog, Disclosure, Finding, Item, Place, Project, Verdict, Versions
from catalog_data.store import Store, StoredVerdict
from indexer.knowledge_changes import KEPT_TABLES
from indexer.own_knowledge import OwnKnowledge
from indexer.precedent_weight import with_precedents
from indexer.precedents import Precedent, PrecedentLedger
from indexer.tagger import AUTO_LINE, Tagger, UnreadableProject
from indexer.vocabulary import Vocabulary, load_vocabulary

from .budgets import Budgets
from .live_decisions import LiveDecisions
from .live_knowledge import KnowledgeInUse, LiveKnowledge
from .live_requests import LiveRequests

if TYPE_CHECKING:
    from indexer.search import Answer, Hit, Page

    from .workbook import Audit

Seen = Callable[[Sequence[Precedent]], tuple[Precedent, ...]]

STORE_FILE = "catalog.db"
INDEX_FOLDER = "index"
KNOWLEDGE_FOLDER = "knowledge"


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What ``build`` read: the catalog, the disclosures, and whether store and index had to change."""

    catalog: Catalog
    disclosures: tuple[Disclosure, ...]
    store_changed: bool
    index_built: bool


class Engine:
    """Everything that answers questions, over one data folder.

    ``auto_line`` is the confidence (0..1) from which a verdict stands without a person. A folder without
    store or index is built on first use. Raises ``StoreError`` or ``DocumentError`` where it cannot be.

    Search, readers and checks of documents are imported where they are used: a verdict does not wait for them.
    """

    def __init__(self, data_dir: Path, auto_line: float = AUTO_LINE) -> None:
        self.data_dir = data_dir
        self.auto_line = auto_line

    @property
    def store_path(self) -> Path:
        """The SQLite file."""
        return self.data_dir / STORE_FILE

    def build(self) -> BuildReport:
        """Read the shipped documents into the store and build the index; a second run changes nothing."""
        from catalog_data.catalog import read_catalog
        from catalog_data.disclosure import read_disclosure
        from catalog_data.readers import read_document
        from catalog_data.shipped import shipped_documents
        from indexer.index_files import build_index

        self.data_dir.mkdir(parents=True, exist_ok=True)
        changed = False
        disclosures = []
        with Store(self.store_path) as store:
            for shipped in shipped_documents():
                document = read_document(shipped.path)
                if "catalog" in shipped.kinds:
                    changed |= store.import_catalog(read_catalog(document))
                if "disclosure" in shipped.kinds:
                    disclosures.append(read_disclosure(document))
                    changed |= store.import_disclosure(disclosures[-1])
            catalog = store.catalog()
        knowledge = self.own_knowledge.files()
        built = build_index(catalog, load_vocabulary(knowledge), self.data_dir / INDEX_FOLDER, knowledge)
        return BuildReport(catalog, tuple(disclosures), changed, built)

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog in force: the latest issued in the store."""
        if not self.store_path.exists():
            return self.build().catalog
        with Store(self.store_path) as store:
            return store.catalog() if store.catalogs() else self.build().catalog

    def prepare(self) -> None:
        """Load whatever the first answer would otherwise wait for."""
        self.search("准备")
        self.tagger.tag(Project("", "", "准备就绪检查"))

    def prepare_pages(self) -> None:
        """Load what the pages need beyond a verdict: searches of every kind, the tables that officers keep."""
        self._knowledge.current().prepare()
        for table in KEPT_TABLES:
            self.own_knowledge.rows(table)

    @cached_property
    def _knowledge(self) -> LiveKnowledge:
        index = self.data_dir / INDEX_FOLDER

        def use(folder: Path) -> KnowledgeInUse:
            return KnowledgeInUse(folder, self.catalog, self.items, self.decisions, index, self.auto_line)

        return LiveKnowledge(self.own_knowledge, use)

    @property
    def own_knowledge(self) -> OwnKnowledge:
        """The shipped knowledge with what the officers of this installation have changed."""
        return OwnKnowledge(self.data_dir / KNOWLEDGE_FOLDER)

    @property
    def vocabulary(self) -> Vocabulary:
        """The index entries."""
        return self._knowledge.current().vocabulary

    @cached_property
    def items(self) -> dict[str, Item]:
        """The catalog's rows by id."""
        return {item.id: item for item in self.catalog.items}

    @property
    def tagger(self) -> Tagger:
        """The tagger over the catalog in force."""
        return self._knowledge.current().tagger

    @property
    def precedents(self) -> PrecedentLedger:
        """The decisions in force, as they bear on other projects."""
        return self._knowledge.current().ledger.current()

    @property
    def versions(self) -> Versions:
        """What every answer rests on."""
        return self.tagger.versions

    @property
    def basis(self) -> str:
        """What the tagger's own verdicts rest on, in a word."""
        versions = self.versions
        return f"{versions.catalog} · {versions.engine} · {versions.knowledge} · {self.auto_line}"

    @cached_property
    def decisions(self) -> LiveDecisions:
        """The reviewers' decisions."""
        return LiveDecisions(self.store_path)

    @cached_property
    def requests(self) -> LiveRequests:
        """The requests for a second opinion."""
        return LiveRequests(self.store_path)

    @cached_property
    def budgets(self) -> Budgets:
        """The stored budgets."""
        return Budgets(self.store_path)

    def terms(self, item: str) -> tuple[str, ...]:
        """The index entries of an item."""
        return self.vocabulary.terms(item)

    def search(
        self, query: str, *, department: str | None = None, level: int | None = 4, limit: int = 20
    ) -> tuple[Hit, ...]:
        """The items that answer a query, best first; ``level`` None searches headings too."""
        return self._knowledge.current().index.current().search(query, department=department, level=level, limit=limit)

    def answer(
        self,
        query: str,
        *,
        department: str | None = None,
        level: int | None = 4,
        page: Page | None = None,
        recognise: bool = True,
    ) -> Answer:
        """A page of items (the first unless another is given) that answer a query, with facets, corrections and the
        department recognised in it."""
        from indexer.search import FIRST_PAGE

        index = self._knowledge.current().index.current()
        return index.answer(query, department=department, level=level, page=page or FIRST_PAGE, recognise=recognise)

    def tag(self, project: Project, seen: Seen = tuple) -> Verdict:
        """The verdict on a project, in the light of what reviewers decided before; ``seen`` takes the precedents and
        gives those that may be quoted.

        Raises ``UnreadableProject`` where there is nothing to judge.
        """
        in_use = self._knowledge.current()
        return self._weighed(project, in_use.tagger.tag(project), in_use, seen)

    def weigh(self, project: Project, verdict: Verdict, seen: Seen = tuple) -> Verdict:
        """The tagger's verdict on a project in the light of what reviewers decided before; ``seen`` as for ``tag``."""
        return self._weighed(project, verdict, self._knowledge.current(), seen)

    def _weighed(self, project: Project, verdict: Verdict, in_use: KnowledgeInUse, seen: Seen) -> Verdict:
        precedents = in_use.ledger.current().find(project, verdict.departments)
        return with_precedents(verdict, seen(precedents), self.auto_line)

    def audit(self, path: Path, name: str = "") -> Audit:
        """Read, store, tag and cross-check a disclosure; ``name`` is what it is called where it is kept under another.

        A project whose name says nothing is stored, and named among the findings in the place of a verdict. Raises
        ``DocumentError`` where the document is no disclosure.
        """
        from catalog_data.checks import cross_check
        from catalog_data.disclosure import read_disclosure
        from catalog_data.readers import read_document

        from .workbook import Audit

        disclosure = read_disclosure(read_document(path, name))
        own = readable_verdicts(disclosure, self.tagger.tag)
        verdicts = tuple(self.weigh(project, own[project.id]) for project in disclosure.projects if project.id in own)
        findings = (*unjudged_findings(disclosure, own), *cross_check(disclosure), *disclosure.findings)
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        catalog = self.catalog
        with Store(self.store_path) as store:
            store.import_disclosure(disclosure)
            store.save_verdicts(disclosure.sha256, list(stored_verdicts(verdicts, catalog, made_at)))
            head = next(head for head in store.disclosures() if head.sha256 == disclosure.sha256)
        with KeptVerdicts(self.store_path) as kept:
            kept.keep((head, verdict.id, KeptVerdict(self.basis, verdict)) for verdict in own.values())
        return Audit(disclosure, catalog, verdicts, findings, made_at, without_verdict(disclosure, own))


def readable_verdicts(disclosure: Disclosure, judge: Callable[[Project], Verdict]) -> dict[str, Verdict]:
    """The verdicts of ``judge`` on the projects of a disclosure, by id in printed order, without those whose name says
    nothing (``UnreadableProject``)."""
    verdicts = {}
    for project in disclosure.projects:
        with suppress(UnreadableProject):
            verdicts[project.id] = judge(project)
    return verdicts


def without_verdict(disclosure: Disclosure, judged: Collection[str]) -> frozenset[str]:
    """The ids of the projects that are not among ``judged``."""
    return frozenset(project.id for project in disclosure.projects) - frozenset(judged)


def unjudged_findings(disclosure: Disclosure, judged: Collection[str]) -> Iterator[Finding]:
    """What takes the place of a verdict on each project whose id is not among ``judged``."""
    message = "项目名称没有可辨认的文字，未判定；请补充项目名称后重新判定"
    for project in disclosure.projects:
        if project.id not in judged:
            place = Place(project.document or disclosure.document, project.line, project.id)
            yield Finding("disclosure.project_unreadable", "error", message, "项目名称", project.name, place)


def stored_verdicts(verdicts: Sequence[Verdict], catalog: Catalog, made_at: str) -> Iterator[StoredVerdict]:
    """Verdicts by ``catalog`` in the form in which the store keeps them; ``made_at`` is ISO in UTC."""
    for verdict in verdicts:
        yield StoredVerdict(
            verdict.id,
            verdict.nature,
            verdict.department,
            verdict.code,
            verdict.decision,
            verdict.confidence,
            verdict.flags,
            json.dumps([asdict(evidence) for evidence in verdict.evidence], ensure_ascii=False),
            catalog.sha256,
            verdict.versions.engine,
            verdict.versions.knowledge,
            made_at,
        )
