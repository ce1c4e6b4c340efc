"""The figures of an evaluation and what each is counted on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from catalog_data.model import Item, Verdict

from .gold import GoldProject
from .metrics import Answer, Proportion, proportion

FIGURES = {
    "nature": "性质（严格）",
    "nature_defensible": "性质（含可辩护的）",
    "department": "部门",
    "top1": "条目首选（目录内服务）",
    "top3": "条目前三",
    "top5": "条目前五",
    "heading": "三级目录首选",
    "code": "直接给出正确代码",
    "false_tag": "误给代码（非服务）",
    "auto_precision": "自动判定的正确率",
    "auto_coverage": "自动判定的覆盖率",
}
"""The figures in the order they are shown, with their Chinese names."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A gold project beside its verdict; no verdict where the project says nothing."""

    gold: GoldProject
    verdict: Verdict | None

    @property
    def right(self) -> bool:
        """Whether nature and code are right, as the confidence claims.

        A service that was given no code for want of certainty is judged by its first candidate.
        """
        verdict = self.verdict
        if verdict is None:
            return False
        if verdict.nature == "service" and verdict.code is None and verdict.candidates:
            verdict = replace(verdict, code=verdict.candidates[0].id)
        return self.gold.accepts(verdict)

    def found(self, first: int) -> bool:
        """Whether a right item is among the first candidates."""
        offered = self.verdict.candidates[:first] if self.verdict else ()
        return any(choice.id in self.gold.codes for choice in offered)

    @property
    def gold_nature(self) -> str:
        """The accepted nature; of several, the one that was said, else a service, else the first by name."""
        natures = self.gold.natures
        if self.verdict and self.verdict.nature in natures:
            return self.verdict.nature
        return "service" if "service" in natures else min(natures, default="")


def figures(outcomes: Sequence[Outcome], items: Mapping[str, Item]) -> dict[str, Proportion]:
    """Every figure of ``FIGURES``; ``items`` are the catalog's by id.

    Nature and coverage are counted on all projects, candidates on those whose only accepted nature is a
    catalogued service, false codes on those where such a service is not even defensible, precision on ``auto``.
    """
    judged = [(outcome, outcome.verdict) for outcome in outcomes if outcome.verdict]
    services = [(outcome, verdict) for outcome, verdict in judged if outcome.gold.is_service]
    others = [v for o, v in judged if "service" not in o.gold.natures | o.gold.defensible]
    auto = [(outcome, verdict) for outcome, verdict in judged if verdict.decision == "auto"]
    strict = sum(verdict.nature in outcome.gold.natures for outcome, verdict in judged)
    lenient = sum(verdict.nature in outcome.gold.natures | outcome.gold.defensible for outcome, verdict in judged)
    return {
        "nature": Proportion(strict, len(outcomes)),
        "nature_defensible": Proportion(lenient, len(outcomes)),
        "department": proportion(v.department == o.gold.department for o, v in judged if o.gold.department),
        **{f"top{k}": proportion(outcome.found(k) for outcome, _ in services) for k in (1, 3, 5)},
        "heading": proportion(_heading_found(outcome.gold, verdict, items) for outcome, verdict in services),
        "code": proportion(verdict.code in outcome.gold.codes for outcome, verdict in services),
        "false_tag": proportion(verdict.code is not None for verdict in others),
        "auto_precision": proportion(outcome.gold.accepts(verdict) for outcome, verdict in auto),
        "auto_coverage": Proportion(len(auto), len(outcomes)),
    }


def _heading_found(gold: GoldProject, verdict: Verdict, items: Mapping[str, Item]) -> bool:
    """Whether the first candidate stands under the level-3 heading of a right item."""
    headings = {items[code].parent for code in gold.codes if code in items}
    return bool(verdict.candidates) and items[verdict.candidates[0].id].parent in headings


def answers(outcomes: Sequence[Outcome]) -> list[Answer]:
    """Confidence and rightness of each verdict, for calibration and the risk-coverage curve."""
    return [Answer(outcome.verdict.confidence, outcome.right) for outcome in outcomes if outcome.verdict]


def confusion(outcomes: Sequence[Outcome]) -> Counter[tuple[str, str]]:
    """How often a project of one nature (first) was judged to be of another (second)."""
    return Counter((outcome.gold_nature, outcome.verdict.nature) for outcome in outcomes if outcome.verdict)


@dataclass(frozen=True, slots=True)
class Group:
    """The quality within one department or for one item: natures of all projects, candidates of its services."""

    name: str
    nature: Proportion
    top1: Proportion
    top3: Proportion


def by_department(outcomes: Sequence[Outcome]) -> list[Group]:
    """Quality by the section that the gold file names, most projects first; '' where it names none."""
    return _grouped((outcome.gold.department, outcome) for outcome in outcomes)


def by_item(outcomes: Sequence[Outcome]) -> list[Group]:
    """Quality by the best item of each catalogued service, most projects first."""
    return _grouped((outcome.gold.best, outcome) for outcome in outcomes if outcome.gold.is_service)


def _grouped(pairs: Iterable[tuple[str, Outcome]]) -> list[Group]:
    members: dict[str, list[Outcome]] = {}
    for name, outcome in pairs:
        members.setdefault(name, []).append(outcome)
    ranked = sorted(members.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [_group(name, held) for name, held in ranked]


def _group(name: str, held: Sequence[Outcome]) -> Group:
    services = [outcome for outcome in held if outcome.gold.is_service]
    natures = proportion(o.verdict is not None and o.verdict.nature in o.gold.natures for o in held)
    return Group(name, natures, proportion(o.found(1) for o in services), proportion(o.found(3) for o in services))
