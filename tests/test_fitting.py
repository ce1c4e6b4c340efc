"""Learned weights come from labelled projects, and no rule names one of them."""

from collections import Counter
from collections.abc import Callable

import pytest

from catalog_data.model import Catalog, Verdict
from indexer.fitting import cross_validated, fit, start_tagger
from indexer.gold import GOLD, GoldProject, read_gold
from indexer.parameters import load_parameters

DEVELOPMENT = read_gold(GOLD / "development.json")
PRACTICE = read_gold(GOLD / "practice.json")
SUPPORT = PRACTICE[::4]
"""Enough to fit on where many models are fitted, so that it takes a minute."""


@pytest.fixture(scope="module")
def judged(catalog: Catalog) -> Callable[[Callable[[GoldProject], str] | None], list[bool]]:
    """Whether each development project is judged rightly by models that have not seen it or its group."""
    tagger = start_tagger(catalog)
    seen: dict[object, list[bool]] = {}

    def judge(group: Callable[[GoldProject], str] | None) -> list[bool]:
        if group not in seen:
            verdicts = cross_validated(tagger, DEVELOPMENT, SUPPORT, group, calibrate=False)
            seen[group] = [_right(row, verdict) for row, verdict in zip(DEVELOPMENT, verdicts, strict=True)]
        return seen[group]

    return judge


def _right(row: GoldProject, verdict: Verdict) -> bool:
    item = verdict.candidates[0].id if verdict.candidates else ""
    return verdict.nature in row.natures | row.defensible and (not row.is_service or item in row.codes)


PROVINCES = Counter(row.province for row in DEVELOPMENT)
DEPARTMENTS = Counter(row.department for row in DEVELOPMENT)


def province(row: GoldProject) -> str:
    """The province; those with one or two projects together, which is the harder test."""
    return row.province if PROVINCES[row.province] > 2 else "其余"


def department(row: GoldProject) -> str:
    return row.department if DEPARTMENTS[row.department] > 2 else "其余"


@pytest.mark.parametrize("group", [province, department])
def test_no_rule_names_a_development_project(judged, group: Callable[[GoldProject], str]) -> None:
    """Leaving a province or department out of fitting must not cost it more than chance allows (95 %)."""
    together, apart = judged(None), judged(group)
    for name in sorted({group(row) for row in DEVELOPMENT}):
        rows = [k for k, row in enumerate(DEVELOPMENT) if group(row) == name]
        lost = sum(together[k] and not apart[k] for k in rows) - sum(apart[k] and not together[k] for k in rows)
        allowed = 1.96 * (len(rows) * 0.25) ** 0.5
        assert lost <= max(1.0, allowed), name
    assert sum(apart) >= sum(together) - 1.96 * (len(apart) * 0.1 * 0.9) ** 0.5


def test_projects_are_judged_by_models_that_have_not_seen_them(judged) -> None:
    right = judged(None)
    assert sum(right) / len(right) > 0.8


def test_the_shipped_model_is_what_fitting_gives(catalog: Catalog) -> None:
    tagger = start_tagger(catalog)
    gold = (*PRACTICE, *DEVELOPMENT)
    fitted = fit(tagger, gold, [tagger.read(row.project) for row in gold], calibrate=False)
    shipped = load_parameters()
    assert fitted.ranking == pytest.approx(dict(shipped.ranking), abs=0.02)
    assert set(fitted.nature_weights) == set(shipped.nature_weights)
