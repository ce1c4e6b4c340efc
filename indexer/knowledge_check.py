"""Whether the knowledge files can be used: every problem at once, with file, line and cause.

Reading a damaged file stops at its first problem; an officer who has edited one wants to know them all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog_data.model import NATURES, Catalog

from . import competence, cues, departments, query, regulations, vocabulary, wording
from .analysis import normalise
from .matching import FEATURES
from .parameters import Parameters, load_parameters
from .tables import KNOWLEDGE, KnowledgeError, KnowledgeRow, knowledge_version, scan_table

NO_SECTION = "-"
"""Stands in departments.tsv for a unit that the catalog has no section for."""

GREATEST_WEIGHT = 3.0


@dataclass(frozen=True, slots=True)
class KnowledgeReport:
    """The rows of each file (weights of the model), what is wrong with them, and the version of the whole."""

    counts: Mapping[str, int]
    problems: tuple[KnowledgeError, ...]
    version: str


@dataclass(frozen=True, slots=True)
class _Table:
    """How a file is checked: its columns, those that may be empty, those that must not repeat together."""

    columns: tuple[str, ...]
    optional: frozenset[str]
    unique: tuple[str, ...]
    check: Callable[[list[KnowledgeRow], Catalog], Iterator[KnowledgeError]]


def check_knowledge(catalog: Catalog, folder: Path = KNOWLEDGE) -> KnowledgeReport:
    """Check every file of a folder against each other and against the catalog."""
    counts: dict[str, int] = {}
    problems: list[KnowledgeError] = []
    tables: dict[str, list[KnowledgeRow]] = {}
    for name, table in TABLES.items():
        scanned = list(scan_table(name, table.columns, folder))
        tables[name] = [row for row in scanned if isinstance(row, KnowledgeRow)]
        counts[name] = len(tables[name])
        problems += [row for row in scanned if isinstance(row, KnowledgeError)]
        problems += _empty_cells(tables[name], table)
        problems += _repeated(tables[name], table.unique)
        problems += table.check(tables[name], catalog)
    problems += _rules_without_article(tables["rules.tsv"], tables["regulations.tsv"])
    weights, wrong = _model(tables["cues.tsv"], folder)
    counts[MODEL] = weights
    return KnowledgeReport(counts, (*problems, *wrong, *_strangers(folder)), knowledge_version(folder))


def _problem(row: KnowledgeRow, cause: str) -> KnowledgeError:
    return KnowledgeError(row.file, row.line, cause)


def _empty_cells(rows: list[KnowledgeRow], table: _Table) -> Iterator[KnowledgeError]:
    for row in rows:
        empty = [column for column in table.columns if not row[column] and column not in table.optional]
        if empty:
            yield _problem(row, f"{'、'.join(empty)} 不能为空")


def _repeated(rows: list[KnowledgeRow], unique: tuple[str, ...]) -> Iterator[KnowledgeError]:
    """Rows that say again what an earlier one says in the columns ``unique``; none where that is left to another
    check."""
    first: dict[tuple[str, ...], int] = {}
    for row in rows if unique else ():
        earlier = first.setdefault(tuple(normalise(row[column]) for column in unique), row.line)
        if earlier != row.line:
            yield _problem(row, f"与第 {earlier} 行重复：{'、'.join(row[column] for column in unique)}")


def _departments(rows: list[KnowledgeRow], catalog: Catalog) -> Iterator[KnowledgeError]:
    known = {department.name for department in catalog.departments}
    sections: dict[str, set[str]] = {}
    for row in rows:
        sections.setdefault(normalise(row["alias"]), set()).add(row["department"])
        if row["department"] and row["department"] not in known | {NO_SECTION}:
            yield _problem(row, f"目录中没有部门“{row['department']}”")
    for row in rows:
        if row["department"] == NO_SECTION and len(sections[normalise(row["alias"])]) > 1:
            yield _problem(row, f"“{row['alias']}”既对应部门，又标为没有部门")


def _affiliations(rows: list[KnowledgeRow], catalog: Catalog) -> Iterator[KnowledgeError]:
    known = {department.name for department in catalog.departments}
    for row in rows:
        for name in sorted({row["section"], row["affiliated"]} - known - {competence.EVERYTHING, ""}):
            yield _problem(row, f"目录中没有部门“{name}”")
        if row["section"] == row["affiliated"]:
            yield _problem(row, f"“{row['section']}”不能兼管它自己")


def _cues(rows: list[KnowledgeRow], _: Catalog) -> Iterator[KnowledgeError]:
    for row in rows:
        silent = row["nature"] == cues.NO_NATURE
        yield from _nature(row)
        if row["scope"] not in cues.SCOPES:
            yield _problem(row, f"未知的范围“{row['scope']}”，可用：{'、'.join(cues.SCOPES)}")
        if not _is_weight(row["weight"], silent=silent):
            asked = f"性质为“{cues.NO_NATURE}”的须为 0" if silent else f"应为大于 0、不大于 {GREATEST_WEIGHT:g} 的数"
            yield _problem(row, f"权重“{row['weight']}”{asked}")
        yield from _gaps(row, "cue")


def _programmes(rows: list[KnowledgeRow], catalog: Catalog) -> Iterator[KnowledgeError]:
    known = {department.name for department in catalog.departments}
    for row in rows:
        yield from _nature(row)
        if row["section"] and row["section"] not in known:
            yield _problem(row, f"目录中没有部门“{row['section']}”")
        if row["nature"] == cues.NO_NATURE and not row["section"]:
            yield _problem(row, f"“{row['wording']}”既没有主管部门，也没有性质")
        if not _is_weight(row["weight"], silent=False):
            yield _problem(row, f"权重“{row['weight']}”应为大于 0、不大于 {GREATEST_WEIGHT:g} 的数")
        yield from _gaps(row, "wording")


def _nature(row: KnowledgeRow) -> Iterator[KnowledgeError]:
    if row["nature"] not in {*NATURES, cues.NO_NATURE}:
        yield _problem(row, f"未知的性质“{row['nature']}”，可用：{'、'.join(NATURES)}")


def _is_weight(cell: str, *, silent: bool) -> bool:
    """Whether a cell is a prior weight; a wording that is no cue (``silent``) has the weight 0."""
    try:
        return float(cell) == 0 if silent else 0 < float(cell) <= GREATEST_WEIGHT
    except ValueError:
        return False


def _gaps(row: KnowledgeRow, column: str) -> Iterator[KnowledgeError]:
    """A gap must stand between words: the search begins with the words before it."""
    if row[column] and not all(part.strip() for part in row[column].split("…")):
        yield _problem(row, f"“{row[column]}”的“…”前后都要有字")


def _entries(rows: list[KnowledgeRow], catalog: Catalog) -> Iterator[KnowledgeError]:
    entries: dict[str, list[vocabulary.IndexEntry]] = {}
    for row in rows:
        entry = vocabulary.IndexEntry(row["item"], row["term"], row["kind"], row["source"], row["note"], row.line)
        entries.setdefault(entry.item, []).append(entry)
    known = vocabulary.Vocabulary({item: tuple(held) for item, held in entries.items()})
    for line, cause in vocabulary.entry_problems(known, {item.id: item.level for item in catalog.items}):
        yield KnowledgeError("entries.tsv", line or None, cause)


def _thesaurus(rows: list[KnowledgeRow], _: Catalog) -> Iterator[KnowledgeError]:
    for row in rows:
        if row["term"] and {row["term"]} == set(row["preferred"].split()):
            yield _problem(row, f"“{row['term']}”的目录说法就是它自己")


def _words(kinds: tuple[str, ...]) -> Callable[[list[KnowledgeRow], Catalog], Iterator[KnowledgeError]]:
    """The check of a list of words, in which ``pattern`` marks regular expressions."""

    def check(rows: list[KnowledgeRow], _: Catalog) -> Iterator[KnowledgeError]:
        for row in rows:
            if row["kind"] not in kinds:
                yield _problem(row, f"未知的种类“{row['kind']}”，可用：{'、'.join(kinds)}")
            if row["kind"] == "pattern":
                yield from _pattern(row)

    return check


def _pattern(row: KnowledgeRow) -> Iterator[KnowledgeError]:
    try:
        if re.compile(row["word"]).fullmatch(""):
            yield _problem(row, f"正则表达式“{row['word']}”会匹配空文字")
    except re.error as error:
        yield _problem(row, f"正则表达式“{row['word']}”有误：{error}")


def _regulations(rows: list[KnowledgeRow], _: Catalog) -> Iterator[KnowledgeError]:
    for row in rows:
        for unknown in sorted(set(row["natures"].split()) - NATURES.keys()):
            yield _problem(row, f"未知的性质“{unknown}”，可用：{'、'.join(NATURES)}")


def _rules(rows: list[KnowledgeRow], _: Catalog) -> Iterator[KnowledgeError]:
    for row in rows:
        yield from _gaps(row, "wording")


def _rules_without_article(rules: list[KnowledgeRow], articles: list[KnowledgeRow]) -> Iterator[KnowledgeError]:
    known = {row["id"] for row in articles}
    for row in rules:
        if row["regulation"] and row["regulation"] not in known:
            yield _problem(row, f"规则没有法条依据：regulations.tsv 中没有“{row['regulation']}”")


MODEL = "model.json"

TABLES = {
    "affiliations.tsv": _Table(competence.COLUMNS, frozenset(), ("section", "affiliated"), _affiliations),
    "cues.tsv": _Table(cues.CUE_COLUMNS, frozenset(), ("cue", "nature", "scope"), _cues),
    "departments.tsv": _Table(departments.COLUMNS, frozenset(), ("alias", "department"), _departments),
    "entries.tsv": _Table(vocabulary.ENTRY_COLUMNS, frozenset({"term", "source", "note"}), (), _entries),
    query.EVERYDAY: _Table(vocabulary.THESAURUS_COLUMNS, frozenset(), ("term",), _thesaurus),
    "everyday.tsv": _Table(vocabulary.THESAURUS_COLUMNS, frozenset(), ("term",), _thesaurus),
    "generic_words.tsv": _Table(wording.COLUMNS, frozenset(), ("word", "kind"), _words(("word", "pattern"))),
    "programmes.tsv": _Table(cues.PROGRAMME_COLUMNS, frozenset({"section"}), ("wording",), _programmes),
    "query_words.tsv": _Table(
        query.QUERY_WORD_COLUMNS, frozenset(), ("word",), _words(("void", "faint", "own", "pattern"))
    ),
    "regulations.tsv": _Table(regulations.REGULATION_COLUMNS, frozenset({"natures"}), ("id",), _regulations),
    "rules.tsv": _Table(regulations.RULE_COLUMNS, frozenset({"wording", "only_with"}), ("flag", "wording"), _rules),
    "thesaurus.tsv": _Table(vocabulary.THESAURUS_COLUMNS, frozenset(), ("term",), _thesaurus),
}
"""How each table is checked beyond the number of its cells."""


def _strangers(folder: Path) -> Iterator[KnowledgeError]:
    """Files that nothing reads, such as a copy kept beside the original; they would change the version."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name not in {*TABLES, MODEL}:
            yield KnowledgeError(path.name, None, "不是知识文件，请移出这个文件夹")


def _model(known_cues: list[KnowledgeRow], folder: Path) -> tuple[int, list[KnowledgeError]]:
    """How many weights the model holds, and what is wrong with them."""
    try:
        model = load_parameters(folder)
        causes = [
            *_feature_causes("排序", FEATURES, model.ranking),
            *_feature_causes("主管部门", competence.FEATURES, model.competence),
            *_nature_causes(model, known_cues),
        ]
        count = len(model.ranking) + len(model.competence) + sum(map(len, model.nature_weights.values()))
    except KnowledgeError as error:
        return 0, [error]
    except (TypeError, AttributeError) as error:
        return 0, [KnowledgeError(MODEL, None, f"模型参数的结构有误，请重新拟合（{error}）")]
    return count, [KnowledgeError(MODEL, None, cause) for cause in causes]


def _feature_causes(what: str, features: Sequence[str], weights: Mapping[str, float]) -> Iterator[str]:
    yield from (f"缺少{what}特征 {name}" for name in features if name not in weights)
    yield from (f"未知的{what}特征 {name}" for name in weights if name not in features)


def _nature_causes(model: Parameters, known_cues: list[KnowledgeRow]) -> Iterator[str]:
    """Natures that are missing, unknown or without a finite weight, and weights of cues that are no more."""
    yield from (f"缺少性质 {name} 的截距" for name in NATURES if name not in model.nature_intercept)
    for feature, weights in {"nature_intercept": model.nature_intercept, **model.nature_weights}.items():
        yield from (f"{feature} 中未知的性质 {name}" for name in weights if name not in NATURES)
        yield from (f"{feature} 的权重不是有限的数" for value in weights.values() if not math.isfinite(value))
    known = {f"cue:{row['cue']}|{row['nature']}|{row['scope']}" for row in known_cues}
    stale = (name for name in model.nature_weights if name.startswith("cue:") and name not in known)
    yield from (f"{name} 不在 cues.tsv 中，请重新拟合" for name in stale)
