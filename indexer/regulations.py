"""The legal ground of verdicts: which article a nature rests on, and what a reviewer must not miss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .analysis import normalise
from .cues import gap_pattern
from .tables import KNOWLEDGE, KnowledgeError, read_table

REGULATION_COLUMNS = ("id", "citation", "text", "natures")
RULE_COLUMNS = ("flag", "label", "wording", "only_with", "regulation")


@dataclass(frozen=True, slots=True)
class Regulation:
    """An article: how it is cited, and its words."""

    citation: str
    text: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A situation found in a text: flag, Chinese label, half-open span, words as printed, the article."""

    flag: str
    label: str
    span: tuple[int, int]
    words: str
    regulation: Regulation


class RuleBook:
    """``knowledge/regulations.tsv`` and ``rules.tsv``. Raises ``KnowledgeError`` where a rule has no article."""

    def __init__(self, folder: Path = KNOWLEDGE) -> None:
        articles: dict[str, Regulation] = {}
        self._by_nature: dict[str, list[Regulation]] = {}
        for row in read_table("regulations.tsv", REGULATION_COLUMNS, folder):
            articles[row["id"]] = Regulation(row["citation"], row["text"])
            for nature in row["natures"].split():
                self._by_nature.setdefault(nature, []).append(articles[row["id"]])
        self._rules = []
        self._named: dict[str, tuple[str, Regulation]] = {}
        for row in read_table("rules.tsv", RULE_COLUMNS, folder):
            if row["regulation"] not in articles:
                raise KnowledgeError(row.file, row.line, f"regulations.tsv 中没有“{row['regulation']}”")
            if not row["wording"]:
                self._named[row["flag"]] = (row["label"], articles[row["regulation"]])
                continue
            needed = tuple(normalise(word) for word in row["only_with"].split())
            pattern = gap_pattern(row["wording"])
            self._rules.append((row["flag"], row["label"], pattern, needed, articles[row["regulation"]]))

    def articles(self, nature: str) -> tuple[Regulation, ...]:
        """The articles that a verdict of this nature quotes."""
        return tuple(self._by_nature.get(nature, ()))

    def named(self, flag: str, words: str) -> Flag:
        """A flag that is not read from a wording but concluded, on ``words``; ``KeyError`` if unknown."""
        label, regulation = self._named[flag]
        return Flag(flag, label, (0, len(words)), words, regulation)

    def flags(self, text: str) -> list[Flag]:
        """The situations found in a text, each flag once, at its first place."""
        normalised = normalise(text)
        found: dict[str, Flag] = {}
        for flag, label, pattern, needed, regulation in self._rules:
            match = pattern.search(normalised)
            if match and flag not in found and (not needed or any(word in normalised for word in needed)):
                words = text[match.start() : match.end()]
                found[flag] = Flag(flag, label, match.span(), words, regulation)
        return list(found.values())


@cache
def rule_book(folder: Path = KNOWLEDGE) -> RuleBook:
    """The rule book of a folder."""
    return RuleBook(folder)
