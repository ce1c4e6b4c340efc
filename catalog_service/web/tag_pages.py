"""Judging: what is pasted is answered at once, what is uploaded becomes a job that the reader watches."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from catalog_data.model import DECISIONS, NATURES, DocumentError
from indexer.tagger import UnreadableProject

from ..access import current_actor, require
from ..accounts.roles import reaches
from ..api.answers import engine
from ..app import NotKept
from ..discretion import current_sight
from ..jobs import Job, JobBook, JobConflict, UnknownJob, open_jobs
from ..jobs.job import FINAL, KINDS, STATES
from ..jobs.uploads import KIND_OF, MAX_BYTES, RESULTS, TooLarge, job_folder, take_in
from ..jobs.work import TABLE, WORKBOOK
from .chinese_forms import wan
from .paging import pages_of
from .pasted_projects import LONGEST, MONEY, MOST, Pasted, read_pasted
from .shown_verdict import ShownVerdict, shown_verdict, unjudged

blueprint = Blueprint("tag", __name__)

FORM_BYTES = 100_000
"""What the form around a file may take."""

RECENT = 8
"""Uploads listed on the page."""

ROWS = 50
"""Rows of a judged list on a page."""

MOST_PAGES = 2_000

FILES = {
    WORKBOOK: "审计工作簿（XLSX）",
    TABLE: "判定表（CSV，可用 Excel 打开）",
    "verdicts.jsonl": "判定结果（JSON Lines）",
    "problems.jsonl": "未判定的行（JSON Lines）",
    "findings.jsonl": "核对发现（JSON Lines）",
}
"""What the results of a job are called, those for officers first."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What stands in the form of the page."""

    text: str = ""
    unit: str = ""
    money: str = MONEY[0]


@blueprint.url_value_preprocessor
def _admit_large_files(endpoint: str | None, _: object) -> None:
    """An upload may be larger than other requests; said before anything reads the form."""
    if endpoint == "tag.upload":
        request.max_content_length = MAX_BYTES + FORM_BYTES


@blueprint.get("/tag")
@require("reader", "tag")
def paste() -> str:
    """The form for pasting and the one for uploading."""
    return _page(Entered(unit=request.args.get("unit", "")[:100]))


@blueprint.post("/tag")
@require("reader", "tag")
def judge() -> str | tuple[str, int]:
    """The verdicts on what was pasted; status 400 where it cannot be read, with everything still in the form."""
    money = request.form.get("money", "")
    entered = Entered(
        request.form.get("projects", ""),
        request.form.get("unit", "").strip()[:100],
        money if money in MONEY else MONEY[0],
    )
    try:
        pasted = read_pasted(entered.text, entered.unit, entered.money)
    except DocumentError as error:
        return _page(entered, problem=error.message), 400
    return _page(entered, pasted, list(_judged(pasted)))


@blueprint.post("/tag/upload")
@require("reviewer")
def upload() -> Response | tuple[str, int]:
    """Take an upload in and lead to its job."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _page(Entered(), upload_problem="还没有选择文件，请先选择再上传"), 400
    try:
        taken = take_in(_data_dir(), file.stream, file.filename)
    except DocumentError as error:
        return _page(Entered(), upload_problem=str(error)), 413 if isinstance(error, TooLarge) else 400
    with _book() as book:
        job = book.add(taken, current_actor().name)
    return redirect(url_for("tag.job", job_id=job.id, follow=1), 303)


@blueprint.get("/tag/jobs/<job_id>")
@require("reviewer")
def job(job_id: str) -> str | Response:
    """How far an upload has come and what came of it; who waited for a disclosure is led on to its audit."""
    with _book() as book:
        found = _found(book, job_id)
    if found.state == "done" and found.kind == "disclosure" and "follow" in request.args:
        return redirect(url_for("audits.overview", audit_id=found.sha256[:12]), 303)
    number = min(request.args.get("page", 1, type=int), MOST_PAGES)
    return _job_page(found, max(1, number))


@blueprint.post("/tag/jobs/<job_id>/<any(cancel, retry):step>")
@require("reviewer")
def move(job_id: str, step: str) -> str | Response | tuple[str, int]:
    """Cancel a job, or begin one anew that failed or was cancelled; 409 where it is not in a state for that."""
    with _book() as book:
        found = _found(book, job_id)
        try:
            (book.cancel if step == "cancel" else book.retry)(job_id)
        except JobConflict as conflict:
            return _job_page(found, problem=str(conflict)), 409
    return redirect(url_for("tag.job", job_id=job_id, follow=1 if step == "retry" else None), 303)


def _page(
    entered: Entered,
    pasted: Pasted | None = None,
    judged: list[ShownVerdict] | None = None,
    problem: str = "",
    upload_problem: str = "",
) -> str:
    may_upload = current_actor().kind == "session" and _reviews()
    jobs: tuple[Job, ...] = ()
    if may_upload:
        with _book() as book:
            jobs = book.jobs(limit=RECENT)
    return render_template(
        "tag.html",
        entered=entered,
        pasted=pasted,
        judged=judged or [],
        problem=problem,
        upload_problem=upload_problem,
        may_upload=may_upload,
        jobs=jobs,
        states=STATES,
        kinds=KINDS,
        nature_names=NATURES,
        decision_names=DECISIONS,
        most=MOST,
        longest=LONGEST,
        money=MONEY,
        suffixes=",".join(KIND_OF),
        megabytes=MAX_BYTES // 1_000_000,
    )


def _job_page(found: Job, number: int = 1, problem: str = "") -> str:
    names = [file.name for file in found.outcome.files]
    rows = list(_rows(found, number)) if TABLE in names else []
    return render_template(
        "tag_job.html",
        job=found,
        ended=found.state in FINAL,
        states=STATES,
        kinds=KINDS,
        files={name: label for name, label in FILES.items() if name in names},
        decision_names=DECISIONS,
        rows=rows,
        pages=pages_of(found.outcome.counts.get("judged", 0), ROWS),
        number=number,
        follow="follow" in request.args,
        problem=problem,
    )


def _judged(pasted: Pasted) -> Iterator[ShownVerdict]:
    for project in pasted.projects:
        try:
            yield shown_verdict(project, engine().tag(project, current_sight().precedents), engine().items)
        except UnreadableProject as error:
            yield unjudged(project, str(error))


def _rows(found: Job, number: int) -> Iterator[dict[str, str]]:
    """The rows of a page of a judged list."""
    path = job_folder(_data_dir(), found.id) / RESULTS / TABLE
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in islice(csv.DictReader(file), ROWS * (number - 1), ROWS * number):
            printed = row["金额（元）"]
            yield row | {"金额（万元）": wan(Decimal(printed) if printed else None)}


def _found(book: JobBook, job_id: str) -> Job:
    try:
        return book.job(job_id)
    except UnknownJob as error:
        raise NotKept(f"{error}，它可能已被管理员清理。") from error


def _reviews() -> bool:
    role = current_actor().role
    return role != "nobody" and reaches(role, "reviewer")


def _book() -> JobBook:
    return open_jobs(engine().store_path)


def _data_dir() -> Path:
    return engine().store_path.parent
