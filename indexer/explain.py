"""Evidence in Chinese: which words of the project stand for which words of the item."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from catalog_data.model import Evidence, Item

from .analysis import grams, normalise
from .vocabulary import ENTRY_KINDS, Vocabulary
from .wording import Wording

FIELD_LABELS = {"name": "项目名称", "text": "项目内容"}


def match_evidence(item: Item, vocabulary: Vocabulary, name: Wording, text: Wording) -> tuple[Evidence, ...]:
    """Why an item is offered: words in common with its name, and the index entry nearest to the project."""
    found = [*_name_evidence(item, name, text), *_entry_evidence(item, vocabulary, name, text)]
    return tuple(found)


def _name_evidence(item: Item, name: Wording, text: Wording) -> Iterator[Evidence]:
    tokens = _tokens(item.name)
    for field, wording in (("name", name), ("text", text)):
        span = _longest_common(wording, tokens)
        if span:
            words = wording.text[slice(*span)]
            said = f"{FIELD_LABELS[field]}中的“{words}”与目录条目“{item.code} {item.name}”的名称相合"
            yield Evidence("match", said, field, span, f"目录第 {item.line} 行")
            return


@cache
def _tokens(phrase: str) -> frozenset[str]:
    """The tokens of a name or an entry; there are as many as the knowledge has phrases."""
    return frozenset(token for _, _, token in grams(phrase))


def _longest_common(wording: Wording, tokens: frozenset[str]) -> tuple[int, int] | None:
    """The longest run of adjoining tokens that the item shares, as a span of the printed text."""
    best: tuple[int, int] | None = None
    start = end = -1
    for position, token in wording.grams:
        if token not in tokens:
            start = end = -1
            continue
        if position > end - 1 or start < 0:
            start = position
        end = position + len(token)
        if best is None or end - start > best[1] - best[0]:
            best = (start, end)
    return best


def _entry_evidence(item: Item, vocabulary: Vocabulary, name: Wording, text: Wording) -> Iterator[Evidence]:
    """The index entry whose tokens the project holds most fully, if at least two thirds of them."""
    held = name.tokens | text.tokens
    nearest, best = None, (0.66, 0)
    for candidate in vocabulary.entries.get(item.id, ()):
        tokens = _tokens(candidate.term)
        shared = len(tokens & held)
        if shared and (shared / len(tokens), len(tokens)) > best:
            nearest, best = candidate, (shared / len(tokens), len(tokens))
    if nearest is None:
        return
    entry, tokens = nearest, _tokens(nearest.term)
    for field, wording in (("name", name), ("text", text)):
        whole = wording.normalised.find(normalise(entry.term))
        span = (whole, whole + len(entry.term)) if whole >= 0 else _longest_common(wording, tokens)
        if span:
            words = wording.text[slice(*span)]
            entered = f"索引词“{entry.term}”（{ENTRY_KINDS[entry.kind]}）"
            said = f"{FIELD_LABELS[field]}中的“{words}”对应{entered}，即“{item.name}”"
            yield Evidence("match", said, field, span, f"索引词第 {entry.line} 行，{entry.source}")
            return
