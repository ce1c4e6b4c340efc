"""Verdicts on gold projects by a model that is fair, and beside them those of the plain baselines.

A model must not be measured on what it was fitted on. Where a gold file shares a project with the shipped
sets, its verdicts come from cross-validation: each project is judged by a model that has not seen it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from catalog_data.model import NATURES, Catalog, DocumentError, Item, Project, Verdict, Versions
from catalog_data.text import key

from .baselines import baseline_outcomes
from .figures import Outcome
from .gold import GoldProject, shipped_gold
from .tagger import Tagger, UnreadableProject

Method = Literal["cross_validation", "shipped", "optimistic"]
METHODS = {
    "cross_validation": "交叉验证：每个项目都由没有见过它的模型判定",
    "shipped": "随附的模型，未用这些项目拟合过",
    "optimistic": "随附的模型，曾用这些项目拟合：数字偏乐观，不能作为质量依据",
}
"""How the verdicts were made, as it is told to the reader."""

MIN_FOLDED = 2
"""Fewer projects cannot be divided into folds."""

PROHIBITED = "prohibited"
"""A label among the defensible natures: what is bought may not be bought (财政部令第102号 第十条)."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A measured gold set: its name, how the verdicts were made and at which line (0.5..1), the outcomes of the
    engine and of each baseline by name, and the catalog's items by id."""

    gold: str
    method: Method
    auto_line: float
    versions: Versions
    outcomes: tuple[Outcome, ...]
    baselines: Mapping[str, tuple[Outcome, ...]]
    items: Mapping[str, Item]


def evaluate(
    name: str, gold: Sequence[GoldProject], tagger: Tagger, catalog: Catalog, *, cross_validation: bool = True
) -> Evaluation:
    """Judge and measure a gold set.

    ``tagger`` is the shipped one; it judges unless it was fitted on some of the projects and
    ``cross_validation`` is wanted. Raises ``FittingUnavailable`` where that needs scikit-learn and there is
    none, ``DocumentError`` for a gold set without projects or with too few.
    """
    if not gold:
        raise DocumentError("评测集中没有项目", name)
    fitted, rest = split_fitted(gold)
    if fitted and cross_validation:
        method: Method = "cross_validation"
        outcomes = judged_by_cross_validation(gold, rest, catalog, tagger.auto_line)
    else:
        method = "optimistic" if fitted else "shipped"
        outcomes = tuple(Outcome(row, _verdict(tagger, row.project)) for row in gold)
    items = {item.id: item for item in catalog.items}
    baselines = baseline_outcomes(gold, catalog)
    return Evaluation(name, method, tagger.auto_line, tagger.versions, outcomes, baselines, items)


def gold_problems(gold: Sequence[GoldProject], catalog: Catalog) -> list[str]:
    """What in the gold file does not belong to this catalog, in Chinese, by project."""
    items = {item.id for item in catalog.items}
    departments = {department.name for department in catalog.departments}
    problems = []
    for row in gold:
        unknown = sorted((row.natures | row.defensible) - {*NATURES, PROHIBITED})
        problems += [f"{row.project.id}：未知的性质“{nature}”" for nature in unknown]
        problems += [f"{row.project.id}：目录中没有条目“{code}”" for code in sorted(row.codes - items)]
        if row.department and row.department not in departments:
            problems.append(f"{row.project.id}：目录中没有部门“{row.department}”")
        if not row.natures:
            problems.append(f"{row.project.id}：没有标注性质")
    return problems


def with_stored_projects(gold: Sequence[GoldProject], stored: Mapping[str, Project]) -> tuple[GoldProject, ...]:
    """The gold projects, each with the disclosure's own project, and so its performance sheet, where one of
    that id and name is stored."""
    return tuple(replace(row, project=_same(row.project, stored.get(row.project.id))) for row in gold)


def _same(project: Project, stored: Project | None) -> Project:
    return stored if stored and key(stored.name) == key(project.name) else project


def split_fitted(gold: Sequence[GoldProject]) -> tuple[bool, tuple[GoldProject, ...]]:
    """Whether the shipped model was fitted on any of these projects, and the shipped ones that are not among them.

    Projects are the same by id, or by unit and name.
    """
    shipped = shipped_gold()
    names = {mark for row in gold for mark in _marks(row)}
    rest = tuple(row for row in shipped if names.isdisjoint(_marks(row)))
    return len(rest) < len(shipped), rest


def _marks(row: GoldProject) -> tuple[str, str]:
    return f"id:{row.project.id}", f"{key(row.project.unit)}/{key(row.project.name)}"


def judged_by_cross_validation(
    gold: Sequence[GoldProject], support: Sequence[GoldProject], catalog: Catalog, auto_line: float
) -> tuple[Outcome, ...]:
    """The verdict on each project by a model fitted on ``support`` and the other folds.

    Raises ``FittingUnavailable`` without scikit-learn, ``DocumentError`` for fewer than two projects.
    """
    from .fitting import cross_validated, start_tagger

    tagger = start_tagger(catalog).with_line(auto_line)
    places = readable_places(gold, tagger)
    verdicts = cross_validated(tagger, [gold[place] for place in places], support)
    judged = dict(zip(places, verdicts, strict=True))
    return tuple(Outcome(row, judged.get(place)) for place, row in enumerate(gold))


def readable_places(gold: Sequence[GoldProject], tagger: Tagger) -> list[int]:
    """The places of the projects that say enough to be judged.

    Raises ``DocumentError`` where there are too few to be divided into folds.
    """
    places = [place for place, row in enumerate(gold) if _verdict(tagger, row.project)]
    if len(places) < MIN_FOLDED:
        raise DocumentError("交叉验证至少需要两个可判定的项目")
    return places


def _verdict(tagger: Tagger, project: Project) -> Verdict | None:
    """The verdict of a tagger; None where the project says nothing."""
    try:
        return tagger.tag(project)
    except UnreadableProject:
        return None
