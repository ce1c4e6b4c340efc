"""Verdicts kept beside the projects: they come back as outlines, and go with the reading that they are about."""

from dataclasses import replace
from pathlib import Path

from catalog_data.kept_verdicts import KeptVerdict, KeptVerdicts, outline
from catalog_data.model import Catalog, Disclosure
from catalog_data.store import Store
from indexer.tagger import Tagger


def test_a_verdict_comes_back_without_what_is_only_shown_with_its_project(
    tmp_path: Path, catalog: Catalog, disclosure: Disclosure, tagger: Tagger
) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.import_catalog(catalog)
        store.import_disclosure(disclosure)
        (head,) = store.disclosures()
    verdicts = {project.id: tagger.tag(project) for project in disclosure.projects}
    first = disclosure.projects[0].id
    with KeptVerdicts(path) as kept:
        kept.keep((head, id_, KeptVerdict("今", verdict)) for id_, verdict in verdicts.items())
        assert kept.of(head.sha256) == {id_: KeptVerdict("今", outline(verdict)) for id_, verdict in verdicts.items()}
        kept.keep([(head, first, KeptVerdict("后", None)), (head, "没有的项目", KeptVerdict("后", None))])
        assert kept.of(head.sha256)[first] == KeptVerdict("后", None) and len(kept.of(head.sha256)) == 67
        kept.keep([(replace(head, imported_at="2020-01-01T00:00:00+00:00"), first, KeptVerdict("旧", None))])
        assert kept.of(head.sha256)[first].basis == "后"
    with Store(path) as store:
        store.import_disclosure(replace(disclosure, title="另一种读法"))
    with KeptVerdicts(path) as kept:
        assert kept.of(head.sha256) == {}
