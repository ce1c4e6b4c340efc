"""Jobs: uploading, how far they have come (asked or streamed), cancelling, retrying, results."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app, g, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from catalog_data.model import DocumentError

from ..access import current_actor, require
from ..app import served_engine
from ..jobs import Job, JobBook, JobConflict, UnknownJob, open_jobs
from ..jobs.job import FINAL, State
from ..jobs.uploads import MAX_BYTES, RESULTS, TooLarge, WrongType, job_folder, take_in
from ..jobs.work import MEDIA_TYPES
from .answers import answer, answer_page
from .contract import ROOT, parameters
from .paging import Page, cursor_at, position
from .problems import Problem

jobs_api = Blueprint("jobs_api", __name__, url_prefix=ROOT)

FORM_BYTES = 100_000
"""What the form around a file may take."""

STREAMS = 4
STREAM_SECONDS = 60.0
LOOK_SECONDS = 0.3
SILENCE_SECONDS = 10.0
"""Streams at a time (each keeps a thread busy), their longest time before the client has to ask again, how often a
stream looks at the job, and after how long it says that it still lives."""

ORDER = "jobs"


def register(app: Flask) -> None:
    """Serve the jobs of the engine's store."""
    app.extensions["job_streams"] = threading.BoundedSemaphore(STREAMS)
    app.register_blueprint(jobs_api)
    app.teardown_request(_close_book)


@jobs_api.post("/jobs")
@require("reviewer")
def create_job() -> Response:
    """Take an upload in and queue it; what is answered is safely kept."""
    request.max_content_length = MAX_BYTES + FORM_BYTES
    request.max_form_parts = 4
    try:
        upload = take_in(_data_dir(), cast("Any", _file().stream), _file().filename or "")
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
    _job(job_id)
    try:
        job = _book().cancel(job_id)
    except JobConflict as error:
        raise Problem("conflict", str(error), "The job has ended already") from error
    return answer(job_record(job), state=_state(job))


@jobs_api.post("/jobs/<job_id>/retry")
@require("reviewer")
def retry_job(job_id: str) -> Response:
    """Queue a failed or cancelled job again."""
    _job(job_id)
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
    streams: threading.BoundedSemaphore = current_app.extensions["job_streams"]
    if not streams.acquire(blocking=False):
        wait = {"Retry-After": "5"}
        raise Problem("unavailable", "进度推送已满，请改用轮询", "Too many streams; poll the job instead", headers=wait)
    response = Response(_Events(served_engine().store_path, job, streams), content_type="text/event-stream")
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    return response


class _Events:
    """The events of a job; gives its place among the streams back when it is closed, read or not."""

    def __init__(self, store_path: Path, job: Job, streams: threading.BoundedSemaphore) -> None:
        self._events = _changes(store_path, job, [_record_text(job)])
        self._streams: threading.BoundedSemaphore | None = streams

    def __iter__(self) -> Iterator[str]:
        return self._events

    def close(self) -> None:
        """Called by the server when the client is gone or everything is said."""
        if self._streams:
            self._streams.release()
            self._streams = None


def job_record(job: Job) -> dict[str, Any]:
    """The JSON form of a job."""
    results = [
        {
            "name": file.name,
            "media_type": MEDIA_TYPES[file.name],
            "bytes": file.bytes,
            "sha256": file.sha256,
            "href": f"{ROOT}/jobs/{job.id}/results/{file.name}",
        }
        for file in job.outcome.files
    ]
    return {
        "id": job.id,
        "kind": job.kind,
        "document": job.document,
        "bytes": job.bytes,
        "sha256": job.sha256,
        "owner": job.owner,
        "state": job.state,
        "stage": job.stage or None,
        "done": job.done,
        "total": job.total,
        "attempts": job.attempts,
        "cancel_asked": job.cancel_asked,
        "message": job.message or None,
        "counts": dict(job.outcome.counts),
        "results": results,
        "created_at": job.created_at,
        "started_at": job.started_at or None,
        "ended_at": job.ended_at or None,
    }
