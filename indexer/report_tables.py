"""The tables of an evaluation, in words: what the terminal, the page and the documents show alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from catalog_data.model import NATURES

from .ablation import AblationRow
from .evaluate import Evaluation
from .figures import FIGURES, Group, Outcome, answers, by_department, by_item, confusion, figures
from .metrics import Proportion, bootstrap_interval, calibration_bins, expected_calibration_error

NOTHING = "—"
GIVEN = "已给定"


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A titled table of text cells, with a note on how to read it."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def markdown(self) -> str:
        """The table in Markdown, its columns aligned where Han characters are two cells wide."""
        rows = [self.header, *self.rows]
        widths = [max(_width(row[k]) for row in rows) for k in range(len(self.header))]
        lines = [f"| {' | '.join(_padded(cell, w) for cell, w in zip(row, widths, strict=True))} |" for row in rows]
        lines.insert(1, f"|{'|'.join('-' * (width + 2) for width in widths)}|")
        return "\n".join(lines)


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in cell)


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def shown(share: Proportion) -> str:
    """A proportion with its count and 95 % interval."""
    if share.value is None or share.interval is None:
        return NOTHING
    low, high = share.interval
    return f"{share.value:.1%} [{low:.1%}, {high:.1%}] {share.right}/{share.n}"


def figures_table(evaluation: Evaluation) -> ReportTable:
    """Every figure of the engine beside those of the baselines."""
    own = figures(evaluation.outcomes, evaluation.items)
    others = [figures(held, evaluation.items) for held in evaluation.baselines.values()]
    rows = [
        (label, shown(own[name]), *(GIVEN if name == "department" else shown(other[name]) for other in others))
        for name, label in FIGURES.items()
    ]
    sure = answers(evaluation.outcomes)
    low, high = bootstrap_interval(sure, expected_calibration_error)
    error = f"{expected_calibration_error(sure):.1%} [{low:.1%}, {high:.1%}] n={len(sure)}"
    rows.append(("预期校准误差（ECE）", error, *(NOTHING for _ in evaluation.baselines)))
    note = "方括号内为 95% 区间；基线已给定正确的部门，总是给出条目，不会说“不是购买服务”。"
    return ReportTable("总表", ("指标", "本系统", *evaluation.baselines), tuple(rows), note)


def confusion_table(evaluation: Evaluation) -> ReportTable:
    """Natures as labelled (rows) against natures as judged (columns)."""
    counts = confusion(evaluation.outcomes)
    natures = list(dict.fromkeys((*NATURES, *(labelled for labelled, _ in counts))))
    rows = [
        (_nature(own), *(str(counts[own, said] or "") for said in NATURES))
        for own in natures
        if any(counts[own, said] for said in NATURES)
    ]
    return ReportTable("性质混淆表", ("标注＼判定", *NATURES.values()), tuple(rows), "行为标注的性质，列为判定的性质。")


def _nature(nature: str) -> str:
    return NATURES.get(nature, nature or "未标注")


def calibration_table(evaluation: Evaluation) -> ReportTable:
    """What was claimed against what was right."""
    rows = [
        (f"{held.low:.0%}–{held.high:.0%}", f"{held.confidence:.1%}", shown(held.right))
        for held in calibration_bins(answers(evaluation.outcomes))
    ]
    note = "校准好的把握，应与实际正确率相等。"
    return ReportTable("把握与实际", ("把握", "平均把握", "实际正确"), tuple(rows), note)


def department_table(evaluation: Evaluation) -> ReportTable:
    """Quality by department."""
    rows = [(group.name or "无对应部门", *_group_cells(group)) for group in by_department(evaluation.outcomes)]
    return ReportTable("各部门", ("部门", *_GROUP_HEADER), tuple(rows))


def item_table(evaluation: Evaluation) -> ReportTable:
    """Quality by catalog item."""
    rows = [(_item(evaluation, group.name), *_group_cells(group)) for group in by_item(evaluation.outcomes)]
    return ReportTable("各条目", ("条目（标注的最佳条目）", *_GROUP_HEADER), tuple(rows), "只计目录内服务。")


_GROUP_HEADER = ("性质（严格）", "条目首选", "条目前三")


def _group_cells(group: Group) -> tuple[str, ...]:
    return shown(group.nature), shown(group.top1), shown(group.top3)


def error_table(evaluation: Evaluation) -> ReportTable:
    """Every wrong answer: what was wrong, and the reasons that the verdict gave."""
    rows = [_error_cells(evaluation, outcome) for outcome in evaluation.outcomes if not outcome.right]
    header = ("编号", "单位", "项目", "错在哪里", "把握", "决定", "判定时的理由")
    return ReportTable("判错的项目", header, tuple(rows), "可辩护的性质、可接受的条目不算错。")


def _error_cells(evaluation: Evaluation, outcome: Outcome) -> tuple[str, ...]:
    project, verdict = outcome.gold.project, outcome.verdict
    named = (project.id, project.unit, project.name, _mistake(evaluation, outcome))
    if verdict is None:
        return (*named, NOTHING, NOTHING, NOTHING)
    grounds = [evidence.text for evidence in verdict.evidence if evidence.kind in {"cue", "match"}]
    decision = "自动判定" if verdict.decision == "auto" else "待人工复核"
    return (*named, f"{verdict.confidence:.0%}", decision, "；".join((*grounds, verdict.reason)))


def _mistake(evaluation: Evaluation, outcome: Outcome) -> str:
    gold, verdict = outcome.gold, outcome.verdict
    if verdict is None:
        return "项目名称没有可辨认的文字，没有判定"
    if verdict.nature not in gold.natures | gold.defensible:
        labelled = "、".join(_nature(nature) for nature in sorted(gold.natures))
        return f"性质应为{labelled}，判为{_nature(verdict.nature)}"
    first = _item(evaluation, verdict.candidates[0].id) if verdict.candidates else "无"
    return f"条目应为 {_item(evaluation, gold.best)}，首选 {first}" if gold.best else f"标注没有条目，首选 {first}"


def _item(evaluation: Evaluation, identity: str) -> str:
    item = evaluation.items.get(identity)
    return f"{identity} {item.name}" if item else identity or "无"


def ablation_table(rows: Sequence[AblationRow]) -> ReportTable:
    """The change in points without each signal, and how many projects it turned wrong and right.

    The first row is that with every signal.
    """
    whole, *others = rows
    start = (whole.label, _points(whole.natures), NOTHING, _points(whole.tops), NOTHING)
    body = [
        (
            f"去掉 {row.label}",
            _points(row.natures, whole.natures),
            _turned(row.natures, whole.natures),
            _points(row.tops, whole.tops),
            _turned(row.tops, whole.tops),
        )
        for row in others
    ]
    counted = f"性质 n={len(whole.natures)}，条目首选 n={len(whole.tops)}；变化以百分点计。"
    header = ("信号", "性质（严格）", "失／得", "条目首选", "失／得")
    return ReportTable("消融", header, (start, *body), f"交叉验证；{counted}")


def _points(right: Sequence[bool], whole: Sequence[bool] | None = None) -> str:
    """A share in percent, or its difference to that with every signal in points."""
    if not right:
        return NOTHING
    if whole is None:
        return f"{sum(right) / len(right):.1%}"
    return f"{100 * (sum(right) - sum(whole)) / len(right):+.1f}"


def _turned(right: Sequence[bool], whole: Sequence[bool]) -> str:
    lost = sum(before and not now for now, before in zip(right, whole, strict=True))
    gained = sum(now and not before for now, before in zip(right, whole, strict=True))
    return f"{lost}／{gained}"
