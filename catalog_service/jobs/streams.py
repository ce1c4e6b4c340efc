"""Progress as server-sent events (WHATWG HTML, section 9.2): every change of a job, until it has ended.

A stream keeps a thread of the server busy, so there are few, and none lasts long: a browser's ``EventSource`` asks
again by itself, everybody else polls.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from .book import open_jobs
from .job import FINAL, Job
from .records import job_record

MOST = 2
LAST_SECONDS = 60.0
LOOK_SECONDS = 0.3
SILENT_SECONDS = 10.0
"""Streams at a time, their longest time, how often one looks at the job, after how long it says that it lives."""


FLUSHED_BYTES = 1_200
"""What the server sends at once instead of gathering more: every event is filled up to it with an empty comment."""


class Streams:
    """The streams of one application."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(MOST)

    def open(self, store_path: Path, job: Job) -> Events | None:
        """A stream of a job's changes, None where there are too many already."""
        return Events(store_path, job, self._free) if self._free.acquire(blocking=False) else None


class Events:
    """The events of one stream, as text; ``close`` gives the place back, whether or not anything was read."""

    def __init__(self, store_path: Path, job: Job, free: threading.BoundedSemaphore) -> None:
        self._changes = _changes(store_path, job)
        self._free: threading.BoundedSemaphore | None = free

    def __iter__(self) -> Iterator[str]:
        return self._changes

    def close(self) -> None:
        """Called by the server when everything is said or the client is gone."""
        if self._free:
            self._free.release()
            self._free = None


def _changes(store_path: Path, job: Job) -> Iterator[str]:
    began = spoken = time.monotonic()
    yield "retry: 2000\n" + _event(job)
    with open_jobs(store_path) as book:
        while job.state not in FINAL and time.monotonic() - began < LAST_SECONDS:
            time.sleep(LOOK_SECONDS)
            now = book.job(job.id)
            if now.revision != job.revision:
                job, spoken = now, time.monotonic()
                yield _event(job)
            elif time.monotonic() - spoken > SILENT_SECONDS:
                spoken = time.monotonic()
                yield _filled(": \n\n")


def _event(job: Job) -> str:
    data = json.dumps(job_record(job), ensure_ascii=False)
    return _filled(f"event: job\nid: {job.revision}\ndata: {data}\n\n")


def _filled(event: str) -> str:
    return event + ":" + " " * max(0, FLUSHED_BYTES - len(event.encode())) + "\n\n"
