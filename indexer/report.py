"""The report of an evaluation: one page that needs nothing else, and the same figures as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from .evaluate import METHODS, Evaluation
from .figures import FIGURES, Group, Outcome, answers, by_department, by_item, confusion, figures
from .metrics import (
    Proportion,
    bootstrap_interval,
    calibration_bins,
    expected_calibration_error,
    risk_coverage,
)
from .report_tables import (
    ReportTable,
    calibration_table,
    confusion_table,
    department_table,
    error_table,
    figures_table,
    item_table,
)
from .risk_chart import risk_chart

JSON_FILE = "evaluation.json"
PAGE_FILE = "evaluation.html"

_STYLE = """
body { font: 15px/1.6 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 2rem auto; max-width: 78rem;
       padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-size: 14px; }
th, td { border: 1px solid #ccc; padding: .25rem .6rem; text-align: left; vertical-align: top; }
th { background: #f3f3f3; } .warning { color: #a00; font-weight: bold; }
svg { max-width: 44rem; width: 100%; font-size: 12px; }
.grid { stroke: #ddd; } .band { fill: #cfe0f5; } .curve { fill: none; stroke: #1a5fb4; stroke-width: 2; }
.mark { fill: #c01c28; }
"""


def write_report(evaluation: Evaluation, folder: Path) -> tuple[Path, Path]:
    """Write the JSON and the page into a folder, each complete or not at all; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    record = json.dumps(report_record(evaluation), ensure_ascii=False, indent=1) + "\n"
    return _written(folder / JSON_FILE, record), _written(folder / PAGE_FILE, report_page(evaluation))


def _written(path: Path, text: str) -> Path:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return path


def figure_records(evaluation: Evaluation) -> list[dict[str, Any]]:
    """One record a figure: value, 95 % interval, what it was counted on, and the baselines' values beside it."""
    own = figures(evaluation.outcomes, evaluation.items)
    others = {name: figures(held, evaluation.items) for name, held in evaluation.baselines.items()}
    records = [
        {
            "figure": name,
            "label": label,
            **_share(own[name]),
            "baselines": {baseline: _share(held[name]) for baseline, held in others.items()},
        }
        for name, label in FIGURES.items()
    ]
    sure = answers(evaluation.outcomes)
    interval = bootstrap_interval(sure, expected_calibration_error)
    error = {"value": expected_calibration_error(sure), "interval": list(interval), "n": len(sure)}
    return [*records, {"figure": "ece", "label": "预期校准误差", **error, "baselines": {}}]


def _share(share: Proportion) -> dict[str, Any]:
    interval = list(share.interval) if share.interval else None
    return {"value": share.value, "interval": interval, "right": share.right, "n": share.n}


def report_record(evaluation: Evaluation) -> dict[str, Any]:
    """The whole evaluation as JSON; confidences, risks and coverages are 0..1."""
    sure = answers(evaluation.outcomes)
    return {
        "gold": evaluation.gold,
        "projects": len(evaluation.outcomes),
        "method": evaluation.method,
        "auto_line": evaluation.auto_line,
        "versions": asdict(evaluation.versions),
        "figures": figure_records(evaluation),
        "confusion": [
            {"labelled": labelled, "judged": judged, "projects": count}
            for (labelled, judged), count in sorted(confusion(evaluation.outcomes).items())
        ],
        "calibration": [
            {"low": held.low, "high": held.high, "confidence": held.confidence, **_share(held.right)}
            for held in calibration_bins(sure)
        ],
        "risk_coverage": [
            {"line": point.line, "coverage": point.coverage, "risk": point.risk} for point in risk_coverage(sure)
        ],
        "departments": _groups(by_department(evaluation.outcomes)),
        "items": _groups(by_item(evaluation.outcomes)),
        "wrong": [_wrong_record(outcome) for outcome in evaluation.outcomes if not outcome.right],
    }


def _groups(groups: Sequence[Group]) -> list[dict[str, Any]]:
    return [
        {"name": group.name, "nature": _share(group.nature), "top1": _share(group.top1), "top3": _share(group.top3)}
        for group in groups
    ]


def _wrong_record(outcome: Outcome) -> dict[str, Any]:
    gold, verdict = outcome.gold, outcome.verdict
    return {
        "id": gold.project.id,
        "unit": gold.project.unit,
        "name": gold.project.name,
        "labelled": {"natures": sorted(gold.natures), "defensible": sorted(gold.defensible), "best": gold.best or None},
        "judged": None
        if verdict is None
        else {
            "nature": verdict.nature,
            "code": verdict.code,
            "candidates": [choice.id for choice in verdict.candidates],
            "confidence": verdict.confidence,
            "decision": verdict.decision,
            "reason": verdict.reason,
        },
    }


def report_page(evaluation: Evaluation) -> str:
    """The page: HTML without scripts and without anything fetched from elsewhere."""
    points = risk_coverage(answers(evaluation.outcomes))
    chart = f"<h2>风险与覆盖</h2>\n{risk_chart(points, evaluation.auto_line)}"
    tables = (calibration_table, department_table, item_table, error_table)
    parts = (
        _heading(evaluation),
        _html(figures_table(evaluation)),
        _html(confusion_table(evaluation)),
        chart,
        *(_html(table(evaluation)) for table in tables),
    )
    title = f"判定质量：{escape(evaluation.gold)}"
    head = f'<meta charset="utf-8">\n<title>{title}</title>\n<style>{_STYLE}</style>'
    body = "\n".join((f"<h1>{title}</h1>", *parts))
    return f'<!doctype html>\n<html lang="zh-CN">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def _heading(evaluation: Evaluation) -> str:
    versions = evaluation.versions
    kind = ' class="warning"' if evaluation.method == "optimistic" else ""
    said = (
        f"{len(evaluation.outcomes)} 个项目；自动判定线 {evaluation.auto_line:.0%}；"
        f"目录 {versions.catalog}，程序 {versions.engine}，知识 {versions.knowledge}。"
    )
    return f"<p{kind}>{METHODS[evaluation.method]}。</p>\n<p>{escape(said)}</p>"


def _html(table: ReportTable) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.header)
    rows = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    note = f"<p>{escape(table.note)}</p>\n" if table.note else ""
    return f"<h2>{escape(table.title)}</h2>\n{note}<table>\n<tr>{head}</tr>\n{rows}\n</table>"
