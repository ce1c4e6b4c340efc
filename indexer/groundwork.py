"""What judging rests on besides the fitted weights: profiles of the items, index entries, cues and programmes.

Reading tens of thousands of lines takes longer than everything else that a fresh process does before its first answer,
so what was made of them is kept in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog_data.model import Catalog

from .cache_file import kept
from .cues import CueFinder, read_finder
from .profiles import Profiles, make_profiles
from .tables import KNOWLEDGE, knowledge_version
from .vocabulary import Vocabulary, load_vocabulary

FORMAT = 3
"""Raised whenever any part is made otherwise, so that older files are not used."""


@dataclass(frozen=True, slots=True)
class Groundwork:
    """The parts, all by the knowledge files of one folder, whose version they carry."""

    profiles: Profiles
    vocabulary: Vocabulary
    cues: CueFinder
    knowledge: str


def make_groundwork(catalog: Catalog, folder: Path = KNOWLEDGE, vocabulary: Vocabulary | None = None) -> Groundwork:
    """Make it of a catalog and a folder's files, with another vocabulary where one is given.

    Raises ``KnowledgeError`` where a file is damaged.
    """
    vocabulary = load_vocabulary(folder) if vocabulary is None else vocabulary
    return Groundwork(make_profiles(catalog, vocabulary), vocabulary, read_finder(folder), knowledge_version(folder))


def kept_groundwork(path: Path, catalog: Catalog, folder: Path) -> Groundwork:
    """The same, kept in the file ``path`` as long as catalog and knowledge stay what they are."""
    version = knowledge_version(folder)
    origin = f"{FORMAT} {catalog.sha256} {version}"
    profiles, vocabulary, cues = kept(path, origin, lambda: _plain(make_groundwork(catalog, folder)))
    return Groundwork(Profiles.of(*profiles), Vocabulary.of(vocabulary), CueFinder.of(*cues), version)


def _plain(made: Groundwork) -> tuple[Any, ...]:
    return made.profiles.plain(), made.vocabulary.plain(), made.cues.plain()
