"""What an officer typed, made ready for ranking: which characters count, and what else they may mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from .analysis import grams, normalise
from .characters import simplify
from .phrases import Phrases
from .tables import KNOWLEDGE, KnowledgeError, read_table
from .vocabulary import load_thesaurus

MAX_QUERY = 200
"""The longest query in characters; what goes beyond it is not read."""

MOST_COUNTED = 64
"""Characters that count in one query; a pasted text says in its first sentences what is meant."""

QUERY_WORD_COLUMNS = ("word", "kind", "why")
QUERY_WORD_KINDS = ("void", "faint", "own", "pattern")
FAINT = 0.15
"""The weight of a character in a word that most projects share (项目, 采购), against 1 in any other word."""

EVERYDAY = "everyday.tsv"
"""The words of the street, for search alone: broader than what a verdict may rest on."""

SYNONYM = 0.85
"""How far a thesaurus word stands for the word that was typed."""

EXACT, PREFIX, NAME, ENTRY, SOUND, NEAR, PART, CODE, SECTION, RELATED, ALIKE = (
    "完全匹配",
    "前缀匹配",
    "名称匹配",
    "同义词",
    "拼音",
    "相近字",
    "部分匹配",
    "代码",
    "部门",
    "同一标题",
    "名称相近",
)
"""The grades of match."""

_CODE = re.compile(
    r"(?<![a-z0-9])a[\s.．·-]*\d{1,2}(?:[\s.．·-]*\d{2})*(?!\d)|(?<![a-z0-9.])\d{2}(?:[\s.．·-]*\d{2}){0,2}(?![\d.])"
)
_JOINT = re.compile(r"[\s.．·-]")
_OFFICE = "局厅委办部室联"
_OFFICES = ("法院", "检察院", "政协", "人大", "共青团", "委员会", "联合会", "团委")
_LOCALITY = re.compile(r"[\u4e00-\u9fff]{2,7}?(?:自治区|自治州|自治县|省|市|州|县|区|旗)")
_ABOVE = re.compile(r"(?:^|(?<=[^\u4e00-\u9fff]))[\u4e00-\u9fff]{0,6}?[省市州县区旗]$")


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another wording of the characters ``start:end``: counts ``factor`` (0..1] of what was typed."""

    start: int
    end: int
    phrase: str
    factor: float
    ground: str


@dataclass(frozen=True, slots=True)
class Query:
    """A query: ``text`` is folded and has the length of what was typed; ``shares`` says how much each character
    counts (0..1); ``departments`` are recognised in ``unit``, the words as typed; ``own_running`` says that the asking
    office itself is to be served (机关食堂)."""

    text: str
    shares: tuple[float, ...]
    alternatives: tuple[Alternative, ...] = ()
    departments: tuple[str, ...] = ()
    unit: str = ""
    code: str = ""
    own_running: bool = False

    @property
    def shown(self) -> str:
        """The text with blanks for what does not count."""
        return "".join(char if share else " " for char, share in zip(self.text, self.shares, strict=True))

    @property
    def grams(self) -> tuple[tuple[int, int, str], ...]:
        """The tokens of what counts, with their places."""
        return tuple(grams(self.shown))


def fold(text: str) -> str:
    """The form in which query and index are compared: NFKC, lower case, simplified, position by position."""
    return simplify(normalise(text))


class QueryReader:
    """Reads queries by the knowledge files. Raises ``KnowledgeError`` where one is damaged.

    ``known`` tells whether a token occurs in the index, ``codes`` whether a code or its beginning is printed.
    """

    def __init__(self, known: Callable[[str], bool], codes: Callable[[str], bool], folder: Path = KNOWLEDGE) -> None:
        self._known, self._codes = known, codes
        self._void, self._faint, self._own = _word_patterns(folder)
        everyday = {entry.term: entry.preferred for entry in load_thesaurus(folder, EVERYDAY)}
        shared = {entry.term: entry.preferred for entry in load_thesaurus(folder)}
        self._thesaurus = Phrases({**shared, **everyday}.items())
        rows = read_table("departments.tsv", ("alias", "department", "ground"), folder)
        self._units = Phrases((row["alias"], row["department"]) for row in rows if row["department"] != "-")

    def read(self, typed: str, *, recognise: bool = True) -> Query:
        """The query that ``typed`` stands for; ``recognise`` looks for a department or unit named in it."""
        text = fold(typed[:MAX_QUERY])
        query = Query(text, tuple(1.0 if char.isalnum() else 0.0 for char in text))
        query = self._with_code(query)
        query = self._with_unit(query, typed) if recognise else query
        return self._with_synonyms(self._weighed(query))

    def _with_code(self, query: Query) -> Query:
        """A code is one that is printed, or the beginning of one; 12345 is a word."""
        for match in _CODE.finditer(query.text):
            digits = _JOINT.sub("", match.group())
            code = digits if digits[0] == "a" else f"a{digits}"
            if self._codes(code) and not (digits.isdigit() and self._known(digits)):
                return replace(_without(query, *match.span()), code=code)
        return query

    def _with_unit(self, query: Query, typed: str) -> Query:
        """The department whose office is named: 残联, 县人大办, 孝义市民政局; 养老院 is a topic, not an office."""
        text = query.shown
        start, end = max(self._offices(text), key=lambda span: (span[1] - span[0], -span[0]), default=(0, 0))
        if not end:
            return query
        inside = list(self._units.find(text[start:end]))
        longest = max(hit.end - hit.start for hit in inside)
        names = tuple(dict.fromkeys(hit.value for hit in inside if hit.end - hit.start == longest))
        above = _ABOVE.search(text[:start])
        start = above.start() if above else start
        return replace(_without(query, start, end), departments=names, unit=typed[start:end].strip())

    def _offices(self, text: str) -> Iterator[tuple[int, int]]:
        for hit in self._units.find(text):
            following = text[hit.end : hit.end + 1]
            if following and following in _OFFICE[:-1]:
                yield hit.start, hit.end + 1
            elif text[hit.start : hit.end].endswith(_OFFICES) or text[hit.end - 1] in _OFFICE:
                yield hit.start, hit.end

    def _weighed(self, query: Query) -> Query:
        """Question words, years and places count nothing, the words of every project little, unless alone."""
        shares = list(query.shares)
        for match in self._void.finditer(query.text):
            shares[slice(*match.span())] = [0.0] * len(match.group())
        for start, end in self._places(query.text):
            shares[start:end] = [0.0] * (end - start)
        for match in self._faint.finditer(query.text):
            span = slice(*match.span())
            shares[span] = [share * FAINT for share in shares[span]]
        counted = shares if any(shares) else list(query.shares)
        for place in [place for place, share in enumerate(counted) if share][MOST_COUNTED:]:
            counted[place] = 0.0
        return replace(query, shares=tuple(counted), own_running=bool(self._own.search(query.text)))

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """The places before the topic (临汾市尧都区), as long as no row knows them."""
        place = _LOCALITY.match(text)
        while place and not any(self._known(token) for _, _, token in grams(place.group())):
            yield place.span()
            place = _LOCALITY.match(text, place.end())

    def _with_synonyms(self, query: Query) -> Query:
        found = self._thesaurus.longest(query.text)
        known = [
            Alternative(hit.start, hit.end, fold(word), SYNONYM, ENTRY)
            for hit in found
            if any(query.shares[hit.start : hit.end])
            for word in hit.value
        ]
        return replace(query, alternatives=tuple(known))


def _without(query: Query, start: int, end: int) -> Query:
    shares = (0.0 if start <= k < end else share for k, share in enumerate(query.shares))
    return replace(query, shares=tuple(shares))


@cache
def _word_patterns(folder: Path) -> tuple[re.Pattern[str], ...]:
    """The words that count nothing in a query, those that count little, and those of an office's own running."""
    words: dict[str, list[str]] = {"void": [], "faint": [], "own": []}
    for row in read_table("query_words.tsv", QUERY_WORD_COLUMNS, folder):
        if row["kind"] not in QUERY_WORD_KINDS:
            raise KnowledgeError(row.file, row.line, f"kind 只能是 {'、'.join(QUERY_WORD_KINDS)}")
        word = row["word"] if row["kind"] == "pattern" else re.escape(row["word"])
        words["void" if row["kind"] == "pattern" else row["kind"]].append(word)
    try:
        return tuple(re.compile("|".join(sorted(kept, key=len, reverse=True)) or "(?!)") for kept in words.values())
    except re.error as error:
        raise KnowledgeError("query_words.tsv", None, f"正则表达式有误：{error}") from error
