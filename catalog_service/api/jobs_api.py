"""Jobs: uploading, how far they have come (asked or streamed), cancelling, retrying, results."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from flask import Blueprint, Flask, Response, current_app, g, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from catalog_data.model import DocumentError

from ..access import current_actor, require
from ..app import served_engine
from ..jobs import Job, JobBook, JobConflict, UnknownJob, open_jobs
from ..jobs.job import State
from ..jobs.records import job_record
from ..jobs.streams import Streams
from ..jobs.uploads import MAX_BYTES, RESULTS, TooLarge, WrongType, job_folder, take_in
from ..jobs.work import MEDIA_TYPES
from .answers import answer, answer_page
from .contract import ROOT, parameters
from .paging import Page, cursor_at, position
from .problems import Problem, problem

jobs_api = Blueprint("jobs_api", __name__, url_prefix=ROOT)

FORM_BYTES = 100_000
"""What the form around a file may take."""

ORDER = "jobs"


def register(app: Flask) -> None:
    """Serve the jobs of the engine's store."""
    app.extensions["job_streams"] = Streams()
    app.register_blueprint(jobs_api)
    app.register_error_handler(UnknownJob, job_problem)
    app.teardown_request(_close_book)


@jobs_api.post("/jobs")
@require("reviewer")
def create_job() -> Response:
    """Take an upload in and queue it; what is answered is safely kept."""
    request.max_content_length = MAX_BYTES + FORM_BYTES
    request.max_form_parts = 4
    file = _file()
    try:
        upload = take_in(_data_dir(), file.stream, file.filename or "")
    except TooLarge as error:
        raise Problem("too-large", str(error), f"A file may have at most {MAX_BYTES:,} bytes") from error
    except WrongType as error:
        raise Problem("unsupported-type", str(error), "Send TXT, CSV, TSV, XLSX or JSONL") from error
    except DocumentError as error:
        raise Problem("invalid-body", str(error), "The file is empty, damaged, or not safe to open") from error
    job = _book().add(upload, current_actor().name)
    headers = {"Location": url_for("jobs_api.read_job", job_id=job.id), "Retry-After": "1"}
    return answer(job_record(job), 202, _state(job), headers)


@jobs_api.get("/jobs")
@require("reviewer")
def list_jobs() -> Response:
    """The jobs, the latest upload first."""
    state = cast("State | None", parameters()["state"])
    skip, limit = position(ORDER), parameters()["limit"]
    found = _book().jobs(state, limit + 1, skip)
    counts = _book().counts()
    more = cursor_at(skip + limit, ORDER) if len(found) > limit else None
    total = counts[state] if state else sum(counts.values())
    return answer_page(Page([job_record(job) for job in found[:limit]], total, more))


@jobs_api.get("/jobs/<job_id>")
@require("reviewer")
def read_job(job_id: str) -> Response:
    """How far a job has come, and what came of it."""
    job = _job(job_id)
    return answer(job_record(job), state=_state(job))


@jobs_api.post("/jobs/<job_id>/cancel")
@require("reviewer")
def cancel_job(job_id: str) -> Response:
    """Cancel a job that waits or runs."""
    _compare(_job(job_id))
    try:
        job = _book().cancel(job_id)
    except JobConflict as error:
        raise Problem("conflict", str(error), "The job has ended already") from error
    return answer(job_record(job), state=_state(job))


@jobs_api.post("/jobs/<job_id>/retry")
@require("reviewer")
def retry_job(job_id: str) -> Response:
    """Queue a failed or cancelled job again."""
    _compare(_job(job_id))
    try:
        job = _book().retry(job_id)
    except JobConflict as error:
        raise Problem("conflict", str(error), "Only a failed or cancelled job can be retried") from error
    return answer(job_record(job), state=_state(job))


@jobs_api.get("/jobs/<job_id>/results/<name>")
@require("reviewer")
def read_result(job_id: str, name: str) -> Response:
    """A file that the job made."""
    job = _job(job_id)
    kept = {file.name: file for file in job.outcome.files}
    if name not in kept:
        raise Problem("not-found", f"任务没有结果文件“{name[:40]}”", "The job has no such result")
    path = job_folder(_data_dir(), job.id) / RESULTS / name
    response = send_file(
        path.absolute(),
        mimetype=MEDIA_TYPES[name],
        as_attachment=True,
        download_name=f"{Path(job.document).stem}-{name}",
        etag=kept[name].sha256,
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@jobs_api.get("/jobs/<job_id>/events")
@require("reviewer")
def job_events(job_id: str) -> Response:
    """Every change of a job as a server-sent event, until it has ended."""
    job = _job(job_id)
    streams: Streams = current_app.extensions["job_streams"]
    events = streams.open(served_engine().store_path, job)
    if events is None:
        wait = {"Retry-After": "5"}
        raise Problem("unavailable", "进度推送已满，请改用轮询", "Too many streams; poll the job instead", headers=wait)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(events, content_type="text/event-stream; charset=utf-8", headers=headers)


def job_problem(error: UnknownJob) -> Response:
    """An id that is of no job."""
    return problem("not-found", str(error), "There is no such job")


def _file() -> FileStorage:
    """The one file of the form. Raises ``Problem`` where there is none, or something else beside it."""
    try:
        names = [*request.files.keys(), *request.form.keys()]
    except RequestEntityTooLarge as error:
        saying = f"文件超过 {MAX_BYTES // 1_000_000} MB，请拆分后重试"
        raise Problem("too-large", saying, f"A file may have at most {MAX_BYTES:,} bytes") from error
    if names != ["file"] or len(request.files.getlist("file")) != 1:
        saying = "表单应只有一个名为 file 的文件"
        raise Problem("invalid-body", saying, "The form must hold one file, named file, and nothing else")
    return request.files["file"]


def _compare(job: Job) -> None:
    """Raise ``Problem`` where If-Match is sent and names another state of the job."""
    if "If-Match" in request.headers and not request.if_match.contains(_state(job)):
        saying = "任务已有变化，请重新读取后再操作"
        raise Problem("changed-meanwhile", saying, "The job has changed; read it again first")


def _job(id_: str) -> Job:
    return _book().job(id_)


def _book() -> JobBook:
    """The book of jobs, open until the request has been answered."""
    if "job_book" not in g:
        g.job_book = open_jobs(served_engine().store_path)
    return cast(JobBook, g.job_book)


def _close_book(_: BaseException | None) -> None:
    book: JobBook | None = g.pop("job_book", None)
    if book is not None:
        book.close()


def _data_dir() -> Path:
    return served_engine().store_path.parent


def _state(job: Job) -> str:
    return f"{job.id}-{job.revision}"
