"""What each signal is worth: leave one out, fit again, judge the projects by cross-validation, count the change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from catalog_data.model import Catalog

from .competence import NEUTRAL
from .confidence import Calibration
from .evaluate import readable_places
from .figures import Outcome
from .fitting import START, fit_nature, fit_ranking, folds, rescored, start_tagger
from .gold import GoldProject
from .groundwork import make_groundwork
from .matching import FEATURES
from .parameters import Parameters
from .tagger import Reading, Tagger
from .vocabulary import Vocabulary, load_thesaurus


@dataclass(frozen=True, slots=True)
class Signal:
    """Something to leave out: ranking features, features of the nature by their prefixes, or a knowledge file."""

    label: str
    ranking: frozenset[str] = frozenset()
    nature: tuple[str, ...] = ()
    entries: bool = False
    thesaurus: bool = False


SIGNALS = (
    Signal("条目名称的覆盖", ranking=frozenset({"name_cover", "text_cover", "head_word"})),
    Signal("条目文档的余弦", ranking=frozenset({"name_cosine", "text_cosine"})),
    Signal("索引词（entries.tsv）", entries=True),
    Signal("词表（thesaurus.tsv）", thesaurus=True),
    Signal("上级目录", ranking=frozenset({"heading_name", "heading_text", "domain_name"})),
    Signal("字符串相似（rapidfuzz）", ranking=frozenset({"partial_ratio"})),
    Signal(
        "项目内容（描述、绩效目标表）",
        ranking=frozenset({"text_cover", "text_cosine", "entry_in_text", "entry_near_text", "heading_text"}),
    ),
    Signal("性质：逐条线索", nature=("cue:",)),
    Signal("性质：线索权重之和", nature=("sum:",)),
    Signal("性质：资金项目的名称（programmes.tsv）", nature=("programme:",)),
    Signal("性质：名称的字对", nature=("gram:",)),
    Signal("性质：名称的中心语", nature=("head", "word:", "money:", "length", "bought", "fit:")),
    Signal("性质：与目录的相合程度", nature=("fit",)),
)
"""The signals that are left out, one at a time."""

EVERYTHING = Signal("全部信号")

_UNCALIBRATED = Calibration(0.0, {})


@dataclass(frozen=True, slots=True)
class AblationRow:
    """Without a signal: is the nature of each project right, and the first candidate of each catalogued service."""

    label: str
    natures: tuple[bool, ...]
    tops: tuple[bool, ...]


def ablation(
    gold: Sequence[GoldProject],
    support: Sequence[GoldProject],
    catalog: Catalog,
    progress: Callable[[str], None],
) -> Iterator[AblationRow]:
    """The row with every signal, then one row for each of ``SIGNALS``.

    ``support`` are further projects to fit on, ``progress`` is told which signal is being left out. Projects that
    say nothing are not counted. Raises ``FittingUnavailable`` without scikit-learn, ``DocumentError`` where fewer
    than two are left.
    """
    readable = [gold[place] for place in readable_places(gold, start_tagger(catalog))]
    for signal in (EVERYTHING, *SIGNALS):
        progress(signal.label)
        outcomes = _judged_without(signal, readable, support, catalog)
        yield AblationRow(
            signal.label,
            tuple(o.verdict is not None and o.verdict.nature in o.gold.natures for o in outcomes),
            tuple(outcome.found(1) for outcome in outcomes if outcome.gold.is_service),
        )


def _judged_without(
    signal: Signal, gold: Sequence[GoldProject], support: Sequence[GoldProject], catalog: Catalog
) -> list[Outcome]:
    rows = [*gold, *support]
    tagger = _tagger_without(signal, catalog)
    readings = [_without_ranking(tagger.read(row.project), signal) for row in rows]
    outcomes: dict[int, Outcome] = {}
    for train, test in folds(len(gold)):
        seen = [*train, *range(len(gold), len(rows))]
        for k, outcome in _fold(signal, tagger, rows, readings, seen, test):
            outcomes[k] = outcome
    return [outcomes[k] for k in range(len(gold))]


def _fold(
    signal: Signal,
    tagger: Tagger,
    rows: Sequence[GoldProject],
    readings: Sequence[Reading],
    train: Sequence[int],
    test: Sequence[int],
) -> Iterator[tuple[int, Outcome]]:
    """The verdicts on ``test`` by models fitted on ``train``; nothing here depends on calibration."""
    ranking = fit_ranking([rows[k] for k in train], [readings[k] for k in train])
    scored = {k: _without_nature(rescored(readings[k], ranking), signal) for k in (*train, *test)}
    intercept, weights = fit_nature([rows[k] for k in train], [scored[k] for k in train])
    judge = tagger.with_parameters(Parameters(ranking, intercept, weights, NEUTRAL, _UNCALIBRATED))
    for k in test:
        yield k, Outcome(rows[k], judge.judge(rows[k].project, scored[k]))


def _tagger_without(signal: Signal, catalog: Catalog) -> Tagger:
    ground = make_groundwork(catalog, vocabulary=Vocabulary({}) if signal.entries else None)
    thesaurus = () if signal.thesaurus else load_thesaurus()
    return Tagger(catalog, ground, thesaurus, Parameters(START, {}, {}, NEUTRAL, _UNCALIBRATED))


def _without_ranking(reading: Reading, signal: Signal) -> Reading:
    if not signal.ranking:
        return reading
    kept = [feature not in signal.ranking for feature in FEATURES]
    candidates = tuple(
        candidate._replace(features=tuple(v * keep for v, keep in zip(candidate.features, kept, strict=True)))
        for candidate in reading.candidates
    )
    return replace(reading, candidates=candidates)


def _without_nature(reading: Reading, signal: Signal) -> Reading:
    if not signal.nature:
        return reading
    features = {name: value for name, value in reading.features.items() if not name.startswith(signal.nature)}
    return replace(reading, features=features)
