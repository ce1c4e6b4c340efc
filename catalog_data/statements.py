"""The figures that the prose of a disclosure states, each with its sentence.

The explanatory part of a disclosure follows one form in every province: a clause names a whole (预算收入总计
…万元, 政府采购预算总额…万元), the clauses behind it name its parts, their share (占…%), and the change against
the year before (比上年减少…万元，下降…%). Kinds of statement: ``income.total``, ``income.part:基本支出``,
``income.share:基本支出``, ``income.change``, ``income.change_percent``, ``projects.count``, ``projects.amount``.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from decimal import Decimal

from .model import Document, Line, Statement
from .text import amount, key

SUBJECTS = (
    ("published", r"公开.*绩效目标$"),
    ("projects", r"绩效目标.*项目$"),
    ("procurement", r"政府采购(预算|支出|资金|计划)*(总额|总计|总金额|金额)?$"),
    ("three_public", r"三公.?经费"),
    ("running_cost", r"机关运行(\(公用\))?经费"),
    ("appropriation", r"财政拨款收支(总?预算|总计|预算总计)"),
    ("basic", r"一般公共预算.*基本支出"),
    ("general_budget", r"一般公共预算(财政拨款)?(当年)?(财政拨款)?(拨款|支出)(预算)?$"),
    ("income", r"(预算|部门|单位)?收入(预算)?(总计|合计|总额)$|预算收入$|收入(总)?预算$"),
    ("expenditure", r"(预算|部门|单位)?支出(预算)?(总计|合计|总额)$|预算支出$|支出(总)?预算$"),
)
"""The wholes that prose speaks of, and how the clause before the figure ends; the first that fits counts."""

_LEAD = re.compile(r"^(其中|(主要)?包括|主要是|分别)+")
_PASSAGE = re.compile(r"[；;]")
_CLAUSE = re.compile(r"[，。：:、]|,(?!\d{3}(?!\d))")
_FIGURE = re.compile(r"(?P<value>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>亿元|万元|元|个|%)")
_FILLERS = re.compile(r"(为|是|约|数|共计?|安排)$")
_OF_WHICH = re.compile(r"^其中")
_YEAR = re.compile(r"^(19|20)\d{2}年度?")
_CHANGE = re.compile(r"(比|较|同比).*(?P<way>增|减|降|升|长)")
_RISE_OR_FALL = re.compile(r"^(?P<way>增长|增加|上升|下降|减少|降低)(了|约)?$")
_SHARE = re.compile(r"^(约)?占")
_AMOUNT_WORDS = re.compile(r"(共计|涉及|总计|合计)?(项目)?(资金|金额)")
_SENTENCE = re.compile(r"[^。]*。?")
_PARTS_COMPARED = {"three_public"}
"""Subjects whose parts are compared with the year before; elsewhere a change is the whole's."""

_FULL_LINE = 40
"""A line at least this long that ends without punctuation was wrapped, and its sentence goes on."""


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause with its first figure: the words before it, its value and unit, and the sentence it is in.

    ``of_which`` is true behind 其中 up to the next semicolon: there only parts are named.
    """

    words: str
    value: Decimal
    unit: str
    sentence: str
    line: int
    of_which: bool


def read_statements(document: Document, taken: Container[int], unit: str) -> list[Statement]:
    """The stated figures outside of tables and sheets (lines ``taken``), in printed order."""
    statements: list[Statement] = []
    subject, open_end = "", False
    for line in _paragraphs(document, taken):
        if not open_end:
            subject = ""
        found, subject = _read_paragraph(line, unit, subject)
        statements += found
        open_end = line.text.rstrip().endswith(("：", ":", "；", ";"))
    return statements


def _paragraphs(document: Document, taken: Container[int]) -> Iterator[Line]:
    """Lines of prose, those that a page or line break cut put together."""
    held: Line | None = None
    for line in document.lines:
        if line.number in taken or len(line.cells) > 1 or not line.filled:
            continue
        text = line.text.strip()
        held = Line(held.number, held.text + text) if held else Line(line.number, text)
        if len(text) < _FULL_LINE or text[-1] in "。；;：:！？）)":
            yield held
            held = None
    if held:
        yield held


def _read_paragraph(line: Line, unit: str, subject: str) -> tuple[list[Statement], str]:
    statements: list[Statement] = []
    part = ""
    for clause in _clauses(line, unit):
        whole = "" if clause.of_which and subject else _subject(clause.words)
        if whole:
            subject, part = whole, ""
        kind, part = _kind(clause, subject or "other", part, bool(whole))
        statements.append(Statement(kind, _signed(clause), clause.unit, clause.sentence, clause.line))
    return statements, subject


def _clauses(line: Line, unit: str) -> Iterator[_Clause]:
    for match in _SENTENCE.finditer(line.text):
        sentence = match.group().strip()
        for passage in _PASSAGE.split(sentence):
            of_which = False
            for text in _CLAUSE.split(passage):
                of_which = of_which or bool(_OF_WHICH.match(key(text)))
                figure = _FIGURE.search(key(text))
                value = amount(figure["value"]) if figure else None
                if figure and value is not None:
                    words = _words(key(text)[: figure.start()], key(unit))
                    yield _Clause(words, value, figure["unit"], sentence, line.number, of_which)


def _words(text: str, unit: str) -> str:
    """The words before a figure without year, the unit's own name, and 其中 or 为."""
    text = _YEAR.sub("", _LEAD.sub("", text))
    text = text.replace(unit, "") if unit else text
    return _FILLERS.sub("", text)


def _subject(words: str) -> str:
    if _CHANGE.search(words) or _SHARE.match(words):
        return ""
    return next((name for name, pattern in SUBJECTS if re.search(pattern, words)), "")


def _kind(clause: _Clause, subject: str, part: str, whole: bool) -> tuple[str, str]:
    """The kind of a statement, and the part that the clauses behind it speak of."""
    of_part = f":{part}" if part else ""
    compared = of_part if subject in _PARTS_COMPARED else ""
    if _SHARE.match(clause.words) and clause.unit == "%":
        return f"{subject}.share{of_part}", part
    if clause.unit == "%":
        return f"{subject}.change_percent{compared}", part
    if _CHANGE.search(clause.words):
        return f"{subject}.change{compared}", part
    if clause.unit == "个":
        part = "" if whole else clause.words
        return f"{subject}.count" + (f":{part}" if part else ""), part
    if whole:
        return f"{subject}.total", ""
    if _AMOUNT_WORDS.fullmatch(clause.words):
        return f"{subject}.amount{of_part}", part
    return f"{subject}.part:{clause.words}", clause.words


def _signed(clause: _Clause) -> Decimal:
    way = _CHANGE.search(clause.words) or _RISE_OR_FALL.search(clause.words)
    return -clause.value if way and re.search("减|降", way["way"]) else clause.value
