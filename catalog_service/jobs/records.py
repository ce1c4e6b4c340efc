"""The JSON form of a job, the same on the command line and in the API."""

from __future__ import annotations

from typing import Any

from .job import Job, ResultFile
from .work import MEDIA_TYPES


def job_record(job: Job) -> dict[str, Any]:
    """A job; results are named, and fetched under the job's address."""
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
        "results": [_result_record(file) for file in job.outcome.files],
        "created_at": job.created_at,
        "started_at": job.started_at or None,
        "ended_at": job.ended_at or None,
    }


def _result_record(file: ResultFile) -> dict[str, Any]:
    return {"name": file.name, "media_type": MEDIA_TYPES[file.name], "bytes": file.bytes, "sha256": file.sha256}
