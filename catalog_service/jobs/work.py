"""What a job does: read the upload, judge its projects, write the results as files.

Everything is written into a folder of the attempt; whoever gave the task moves it to its place when the work is
complete, so results are whole or not there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog_data.project_list import RowProblem, read_projects
from indexer.tagger import UnreadableProject

from ..engine import Engine
from ..records import finding_record, verdict_record
from ..workbook import write_workbook
from .job import JobKind, Outcome, ResultFile
from .verdict_table import VerdictTable

Report = Callable[[str, int, int | None], None]
"""Takes how far the work has come: stage, projects judged, of how many."""

VERDICTS, PROBLEMS, FINDINGS, WORKBOOK = "verdicts.jsonl", "problems.jsonl", "findings.jsonl", "workbook.xlsx"
TABLE = "verdicts.csv"
MEDIA_TYPES = {
    VERDICTS: "application/jsonl",
    PROBLEMS: "application/jsonl",
    FINDINGS: "application/jsonl",
    WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    TABLE: "text/csv",
}
"""What a job can make: verdicts as ``tag`` gives them, rows that gave none, findings as ``audit`` gives them, the
audit workbook, and the verdicts on a list as a table."""

REPORT_EVERY = 200


@dataclass(frozen=True, slots=True)
class Task:
    """A job as its worker is told of it: the upload's path, the name it came with, the folder for the results."""

    job: str
    kind: JobKind
    upload: Path
    document: str
    folder: Path

    def message(self) -> dict[str, str]:
        """The task as it is sent."""
        return {
            "job": self.job,
            "kind": self.kind,
            "upload": str(self.upload),
            "document": self.document,
            "folder": str(self.folder),
        }


def task_of(message: Mapping[str, Any]) -> Task:
    """The task that was sent as a message."""
    paths = {name: Path(message[name]) for name in ("upload", "folder")}
    return Task(job=message["job"], kind=message["kind"], document=message["document"], **paths)


def perform(engine: Engine, task: Task, report: Report) -> Outcome:
    """Do the work. Raises ``DocumentError`` or ``StoreError`` where the upload cannot be judged or kept."""
    counts = _audit(engine, task, report) if task.kind == "disclosure" else _judge_list(engine, task, report)
    made = sorted(path for path in task.folder.iterdir() if path.name in MEDIA_TYPES)
    return Outcome(counts, tuple(_result(path) for path in made))


def _audit(engine: Engine, task: Task, report: Report) -> dict[str, int]:
    report("读取并判定", 0, None)
    audit = engine.audit(task.upload, task.document)
    total = len(audit.verdicts)
    report("写出结果", total, total)
    _write(task.folder / VERDICTS, map(verdict_record, audit.verdicts))
    _write(task.folder / FINDINGS, map(finding_record, audit.findings))
    write_workbook(task.folder / WORKBOOK, audit)
    automatic = sum(verdict.decision == "auto" for verdict in audit.verdicts)
    printed = len(audit.disclosure.projects)
    return {"projects": printed, "judged": total, "automatic": automatic, "findings": len(audit.findings)}


def _judge_list(engine: Engine, task: Task, report: Report) -> dict[str, int]:
    report("读取", 0, None)
    listed = read_projects(task.upload, task.document)
    total, automatic = len(listed.projects), 0
    problems = [_problem_record(problem) for problem in (*listed.problems, *listed.notes)]
    table = VerdictTable(task.folder / TABLE, engine.items)
    with table, (task.folder / VERDICTS).open("w", encoding="utf-8") as verdicts:
        for number, project in enumerate(listed.projects, 1):
            try:
                verdict = engine.tag(project)
            except UnreadableProject as error:
                problems.append(_problem_record(RowProblem(task.document, project.line or number, str(error))))
                continue
            automatic += verdict.decision == "auto"
            verdicts.write(_line(verdict_record(verdict)))
            table.add(project, verdict)
            if number % REPORT_EVERY == 0:
                report("判定", number, total)
    _write(task.folder / PROBLEMS, problems)
    refused = sum(problem["severity"] == "error" for problem in problems)
    judged = total - (refused - len(listed.problems))
    return {"projects": judged + refused, "judged": judged, "automatic": automatic, "refused": refused}


def _problem_record(problem: RowProblem) -> dict[str, Any]:
    return {
        "document": problem.file,
        "line": problem.line,
        "severity": problem.severity,
        "message": problem.cause,
    }


def _write(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(map(_line, records))


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _result(path: Path) -> ResultFile:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return ResultFile(path.name, path.stat().st_size, sha256)
