"""Fitting ranking, nature and calibration on labelled projects, and judging each project by a model that
has not seen it.

Needs scikit-learn (``pip install catalog-service[fit]``); tagging itself does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from catalog_data.model import Catalog, Verdict

from .competence import NEUTRAL, Competence
from .confidence import Calibration
from .gold import GoldProject
from .groundwork import make_groundwork
from .matching import FEATURES, Candidate, share
from .nature import SPARSE, refitted
from .parameters import Parameters
from .tagger import Reading, Tagger, fit_of, topic_of
from .vocabulary import load_thesaurus

FOLDS = 8
CALIBRATION_FOLDS = 4
SEED = 20250715
ACCEPTABLE_WORTH = 0.35
"""What an acceptable item is worth beside the best one (1.0) when ranking is fitted."""

RANKING_PENALTY = 0.003
COMPETENCE_PENALTY = 0.003
NATURE_STRENGTH = 0.5
FEWEST = 3
"""A word or a pair of characters is learned where so many names have it."""

REAL_WEIGHT = 2.0
"""How many constructed projects one real project counts for."""

REAL_CALIBRATION_WEIGHT = 60.0
"""The same for the confidence, which must hold on real projects: they were labelled twice, the others once."""

CALIBRATION_STRENGTH = 1.0

START = dict.fromkeys(FEATURES, 1.0) | {"foreign": -2.0}
_NEUTRAL = Calibration(0.0, {})


class FittingUnavailable(RuntimeError):
    """scikit-learn is not installed; the message says how to install it."""


def start_tagger(catalog: Catalog) -> Tagger:
    """A tagger with unfitted weights, for reading projects."""
    return Tagger(catalog, make_groundwork(catalog), load_thesaurus(), Parameters(START, {}, {}, NEUTRAL, _NEUTRAL))


def fit(
    tagger: Tagger, gold: Sequence[GoldProject], readings: Sequence[Reading], *, calibrate: bool = True
) -> Parameters:
    """Fit everything on ``gold``, whose ``readings`` come from ``tagger`` in the same order.

    Without ``calibrate`` the confidence is left unfitted, which is all that natures and items need.
    """
    ranking, natures, scored = _fit_verdicts(gold, readings)
    competence = fit_competence(tagger.competence, gold, scored)
    if not calibrate:
        return Parameters(ranking, *natures, competence, _NEUTRAL)
    seen: list[tuple[dict[str, float], bool, float]] = []
    for train, test in folds(len(gold), CALIBRATION_FOLDS):
        others, natures_of_others, _ = _fit_verdicts([gold[k] for k in train], [readings[k] for k in train])
        part = Parameters(others, *natures_of_others, NEUTRAL, _NEUTRAL)
        judge = tagger.with_parameters(part)
        for k in test:
            reading = rescored(readings[k], part.ranking)
            verdict = _named(judge.judge(gold[k].project, reading))
            support = judge.support(verdict.nature, verdict.natures, reading, share(reading.candidates))
            seen.append((support, gold[k].accepts(verdict), 1.0 if gold[k].constructed else REAL_CALIBRATION_WEIGHT))
    return Parameters(ranking, *natures, competence, _fit_calibration(seen))


def cross_validated(
    tagger: Tagger,
    gold: Sequence[GoldProject],
    support: Sequence[GoldProject] = (),
    group: Callable[[GoldProject], str] | None = None,
    *,
    calibrate: bool = True,
) -> list[Verdict]:
    """The verdict on each gold project by a model fitted on ``support`` and the other folds of ``gold``.

    With ``group`` all projects of one group (a province, a department) are left out together.
    """
    everything = [*gold, *support]
    readings = [tagger.read(row.project) for row in everything]
    verdicts: dict[int, Verdict] = {}
    splits = folds(len(gold)) if group is None else _group_folds(gold, group)
    for train, test in splits:
        rows = [*train, *range(len(gold), len(everything))]
        part = fit(tagger, [everything[k] for k in rows], [readings[k] for k in rows], calibrate=calibrate)
        for k, (_, verdict) in zip(test, _judged(tagger, part, gold, readings, test), strict=True):
            verdicts[k] = verdict
    return [verdicts[k] for k in range(len(gold))]


def folds(count: int, parts: int = FOLDS) -> Iterator[tuple[list[int], list[int]]]:
    """Shuffled folds as (train, test) indices; the same for the same count."""
    _require()
    from sklearn.model_selection import KFold

    for train, test in KFold(min(parts, count), shuffle=True, random_state=SEED).split(range(count)):
        yield train.tolist(), test.tolist()


def _group_folds(
    gold: Sequence[GoldProject], group: Callable[[GoldProject], str]
) -> Iterator[tuple[list[int], list[int]]]:
    names = [group(row) for row in gold]
    for name in sorted(set(names)):
        yield [k for k, n in enumerate(names) if n != name], [k for k, n in enumerate(names) if n == name]


def _judged(
    tagger: Tagger,
    parameters: Parameters,
    gold: Sequence[GoldProject],
    readings: Sequence[Reading],
    test: Sequence[int],
) -> Iterator[tuple[GoldProject, Verdict]]:
    judge = tagger.with_parameters(parameters)
    for k in test:
        yield gold[k], judge.judge(gold[k].project, rescored(readings[k], parameters.ranking))


def rescored(reading: Reading, ranking: Mapping[str, float]) -> Reading:
    """The reading with candidates scored by other ranking weights."""
    weights = [ranking[feature] for feature in FEATURES]
    candidates = [_scored(candidate, weights) for candidate in reading.candidates]
    candidates.sort(key=lambda candidate: -candidate.score)
    features = refitted(reading.features, fit_of(candidates))
    return replace(reading, candidates=tuple(candidates), features=features)


def _scored(candidate: Candidate, weights: Sequence[float]) -> Candidate:
    return candidate._replace(score=sum(w * v for w, v in zip(weights, candidate.features, strict=True)))


def _named(verdict: Verdict) -> Verdict:
    """The verdict with the code it would name if it were sure of its nature, so that calibration sees all."""
    if verdict.nature == "service" and verdict.code is None and verdict.candidates:
        return replace(verdict, code=verdict.candidates[0].id)
    return verdict


def _fit_verdicts(
    gold: Sequence[GoldProject], readings: Sequence[Reading]
) -> tuple[dict[str, float], tuple[dict[str, float], dict[str, dict[str, float]]], list[Reading]]:
    """The weights of ranking, those of the nature, and the readings as that ranking scores them."""
    ranking = fit_ranking(gold, readings)
    scored = [rescored(reading, ranking) for reading in readings]
    return ranking, fit_nature(gold, scored), scored


def fit_ranking(gold: Sequence[GoldProject], readings: Sequence[Reading]) -> dict[str, float]:
    """Listwise softmax (Cao et al., ICML 2007, ListNet) over the candidates of each service."""
    choices = []
    for row, reading in zip(gold, readings, strict=True):
        worth = [_worth(row, candidate) for candidate in reading.candidates]
        if row.is_service and sum(worth) > 0:
            choices.append(_Choice([c.features for c in reading.candidates], worth))
    fitted = _fit_choices(choices, list(START.values()), RANKING_PENALTY)
    return dict(zip(FEATURES, fitted, strict=True))


def fit_competence(
    competence: Competence, gold: Sequence[GoldProject], readings: Sequence[Reading]
) -> dict[str, float]:
    """Conditional logit (McFadden 1974) over the sections in question of each project with a labelled one."""
    choices = []
    for row, reading in zip(gold, readings, strict=True):
        sections = competence.sections(topic_of(row.project, reading)) if row.department else []
        worth = [float(section.name == row.department) for section in sections]
        if len(sections) > 1 and sum(worth) > 0:
            weight = 1.0 if row.constructed else REAL_WEIGHT
            choices.append(_Choice([section.features for section in sections], worth, weight))
    fitted = _fit_choices(choices, list(NEUTRAL.values()), COMPETENCE_PENALTY)
    return dict(zip(NEUTRAL, fitted, strict=True))


@dataclass(frozen=True, slots=True)
class _Choice:
    """What one project chooses from: features of each alternative, how right each is, weight of the project."""

    features: Sequence[Sequence[float]]
    worth: Sequence[float]
    weight: float = 1.0


def _fit_choices(choices: Sequence[_Choice], start: Sequence[float], penalty: float) -> list[float]:
    """The weights under which a softmax over the alternatives comes nearest to what is right."""
    import numpy as np
    from scipy.optimize import minimize

    features = np.concatenate([np.array(choice.features) for choice in choices])
    sizes = np.array([len(choice.features) for choice in choices])
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    target = np.concatenate([np.array(choice.worth) / sum(choice.worth) for choice in choices])
    weights = np.array([choice.weight for choice in choices]) / sum(choice.weight for choice in choices)
    weight = np.repeat(weights, sizes)

    def loss(guess: np.ndarray) -> tuple[float, np.ndarray]:
        scores = features @ guess
        scores -= np.repeat(np.maximum.reduceat(scores, begins), sizes)
        powers = np.exp(scores)
        chance = powers / np.repeat(np.add.reduceat(powers, begins), sizes)
        missed = -float((weight * target * np.log(chance + 1e-12)).sum())
        gradient = penalty * guess - features.T @ (weight * (target - chance))
        return missed + penalty * float(guess @ guess) / 2, gradient

    fitted = minimize(loss, np.array(start), jac=True, method="L-BFGS-B").x
    return [round(float(value), 4) for value in fitted]


def _worth(row: GoldProject, candidate: Candidate) -> float:
    if candidate.item.id == row.best:
        return 1.0
    return ACCEPTABLE_WORTH if candidate.item.id in row.acceptable else 0.0


def fit_nature(
    gold: Sequence[GoldProject], readings: Sequence[Reading]
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = DictVectorizer()
    inputs = vectorizer.fit_transform(_learnable(readings))
    labels = [_label(row) for row in gold]
    model = LogisticRegression(C=NATURE_STRENGTH, max_iter=5000, tol=1e-3)
    model.fit(inputs, labels, sample_weight=_sample_weights(gold, labels))
    classes = [str(name) for name in model.classes_]
    intercept = {name: round(float(value), 4) for name, value in zip(classes, model.intercept_, strict=True)}
    weights = {
        str(feature): {name: round(float(model.coef_[k, j]), 4) for k, name in enumerate(classes)}
        for j, feature in enumerate(vectorizer.feature_names_)
    }
    return intercept, weights


def _learnable(readings: Sequence[Reading]) -> list[dict[str, float]]:
    """The features of each reading without the words and pairs of characters that are too rare to learn from."""
    frequency = Counter(name for reading in readings for name in reading.features if name.startswith(SPARSE))
    return [
        {name: value for name, value in reading.features.items() if frequency.get(name, FEWEST) >= FEWEST}
        for reading in readings
    ]


def _label(row: GoldProject) -> str:
    """The nature to learn: the accepted one; where two are accepted, a service if that is one of them."""
    return "service" if "service" in row.natures else min(row.natures)


def _sample_weights(gold: Sequence[GoldProject], labels: Sequence[str]) -> list[float]:
    """Real projects count ``REAL_WEIGHT``; constructed ones are weighed so that natures are as frequent as in
    the real ones, since the practice set was not drawn from any budget."""
    real = Counter(label for row, label in zip(gold, labels, strict=True) if not row.constructed)
    made = Counter(label for row, label in zip(gold, labels, strict=True) if row.constructed)
    ratio = sum(made.values()) / max(1, sum(real.values()))
    constructed = {label: real[label] * ratio / made[label] if real[label] else 1.0 for label in made}
    return [constructed[label] if row.constructed else REAL_WEIGHT for row, label in zip(gold, labels, strict=True)]


def _fit_calibration(seen: Sequence[tuple[dict[str, float], bool, float]]) -> Calibration:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = DictVectorizer()
    inputs = vectorizer.fit_transform([support for support, _, _ in seen])
    model = LogisticRegression(C=CALIBRATION_STRENGTH, max_iter=5000)
    model.fit(inputs, [right for _, right, _ in seen], sample_weight=[weight for _, _, weight in seen])
    weights = zip(vectorizer.feature_names_, model.coef_[0], strict=True)
    return Calibration(round(float(model.intercept_[0]), 4), {str(n): round(float(w), 4) for n, w in weights})


def _require() -> None:
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise FittingUnavailable("拟合和交叉验证需要 scikit-learn：pip install scikit-learn") from error
