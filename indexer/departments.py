"""From a unit's name to the sections of the catalog whose services it may buy.

The rule: known words are sought in the name, longer ones first. A unit's nature stands at the end of its name
(公安县民政局 is 民政), so the last group of adjoining words counts. 教育和体育局 names two sections, 街道办事处
none: several or none are honest answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .analysis import normalise
from .phrases import Found, Phrases
from .tables import KNOWLEDGE, KnowledgeRow, read_table

COLUMNS = ("alias", "department", "ground")
_CONNECTORS = {"", "和", "与", "及", "暨", "、", "(", ")", "(市", "·", "以及"}


@dataclass(frozen=True, slots=True)
class DepartmentMatch:
    """The sections a unit's name points to, in the order of the name, with the words that decided.

    ``departments`` is empty where the unit has no section of its own; ``explanation`` says why in Chinese.
    """

    departments: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    explanation: str


class DepartmentResolver:
    """Resolves unit names by the aliases of ``knowledge/departments.tsv``."""

    def __init__(self, rows: list[KnowledgeRow]) -> None:
        self._phrases = Phrases((row["alias"], row) for row in rows)

    def resolve(self, unit: str) -> DepartmentMatch:
        """The sections of a unit, by its printed name."""
        text = normalise(unit)
        group = self._last_group(text, self._phrases.longest(text))
        named = list(dict.fromkeys(hit.value["department"] for hit in group if hit.value["department"] != "-"))
        spans = tuple(sorted({(hit.start, hit.end) for hit in group}))
        words = "、".join(f"“{unit[start:end]}”" for start, end in spans)
        if named:
            return DepartmentMatch(tuple(named), spans, f"单位名称中的{words}对应目录部门：{'、'.join(named)}")
        if group:
            return DepartmentMatch((), spans, f"单位名称中的{words}在目录中没有专门的部门")
        return DepartmentMatch((), (), f"单位名称“{unit}”未能对应到目录部门")

    def named(self, text: str) -> frozenset[str]:
        """The sections that a text, given normalised, names wherever in it."""
        hits = self._phrases.longest(text)
        return frozenset(hit.value["department"] for hit in hits if hit.value["department"] != "-")

    @staticmethod
    def _last_group(text: str, found: list[Found[KnowledgeRow]]) -> list[Found[KnowledgeRow]]:
        """The last words of the name that stand side by side or are joined by 和, 与, 、."""
        group: list[Found[KnowledgeRow]] = []
        for hit in reversed(found):
            if group and hit.end < group[-1].start and text[hit.end : group[-1].start] not in _CONNECTORS:
                break
            group.append(hit)
        return group[::-1]


@cache
def resolver(folder: Path = KNOWLEDGE) -> DepartmentResolver:
    """The resolver over a folder's aliases. Raises ``KnowledgeError`` where the file is damaged."""
    return DepartmentResolver(list(read_table("departments.tsv", COLUMNS, folder)))
