"""The crew: the threads of the service that give jobs to workers and keep the book of what becomes of them.

Only one crew works on a data folder: it holds the lock of a file, and its workers inherit the lock. A crew that
starts therefore knows that no worker of an earlier service is alive, and whatever the book calls running is lost and
may begin anew. This takes the place of leases that run out: no job waits for a clock, and none runs twice.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from catalog_data.database import StoreError
from catalog_data.file_lock import FileLock

from .book import JobBook, open_jobs
from .hand import Hand, Message, WorkerGone
from .job import Job, Outcome, ResultFile
from .uploads import RESULTS, job_folder, sweep
from .work import Task

LOCK_FILE = "jobs.lock"
ATTEMPT = "attempt"
IDLE_SECONDS = 0.2
NOTE_SECONDS = 0.5
STALL_SECONDS = 60.0
"""How often the book is asked for work, how often progress is kept, how long a worker may give no sign of life."""

log = logging.getLogger("catalog.jobs")


class Crew:
    """``size`` workers over a data folder; nothing runs before ``start``."""

    def __init__(self, data_dir: Path, store_path: Path, auto_line: float, size: int) -> None:
        self._data_dir, self._store_path, self._auto_line, self._size = data_dir, store_path, auto_line, size
        self._lock = FileLock(data_dir / LOCK_FILE)
        self._stopping = threading.Event()
        self._working = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def working(self) -> bool:
        """Whether jobs are being taken: the lock is held, and every thread is alive."""
        return self._working.is_set() and all(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        """Begin as soon as no other service works on the folder."""
        self._thread(self._begin, "jobs")

    def stop(self) -> None:
        """End the workers; what they were at waits for the next start."""
        self._stopping.set()
        for thread in list(self._threads):
            thread.join()
        self._lock.release()

    def _begin(self) -> None:
        while not self._lock.take():
            if self._stopping.wait(IDLE_SECONDS):
                return
        self._until_done(self._recover)
        for number in range(self._size):
            self._thread(self._take_jobs, f"jobs-{number + 1}")
        self._working.set()
        with open_jobs(self._store_path):  # an open connection keeps SQLite from clearing its journal every time
            self._stopping.wait()

    def _recover(self) -> None:
        with open_jobs(self._store_path) as book:
            lost = book.recover()
            left = sweep(self._data_dir, {job.id for job in book.jobs()})
        if lost or left:
            log.warning("jobs found interrupted", extra={"interrupted": lost, "abandoned_uploads": left})

    def _take_jobs(self) -> None:
        hand: Hand | None = None
        while not self._stopping.is_set():
            try:
                with open_jobs(self._store_path) as book:
                    while not self._stopping.is_set():
                        hand = self._ready(book, hand)
                        if hand and (job := book.claim()):
                            hand = self._see_through(book, job, hand)
                        else:
                            self._stopping.wait(IDLE_SECONDS)
            except (StoreError, OSError):
                log.exception("jobs cannot be taken")
                self._stopping.wait(1.0)
        if hand:
            hand.end()

    def _ready(self, book: JobBook, hand: Hand | None) -> Hand | None:
        """A worker that can begin at once; one is started where a job waits. None where there is none yet.

        A worker that dies while it starts costs no job an attempt.
        """
        if hand and hand.alive:
            return hand
        if hand:
            hand.end()
        if not book.waits():
            return None
        hand = Hand(self._data_dir, self._auto_line, self._lock.fileno())
        try:
            while not (self._stopping.is_set() or hand.silence > STALL_SECONDS):
                if hand.hear(IDLE_SECONDS):
                    return hand
        except WorkerGone:
            log.warning("worker cannot start")
            self._stopping.wait(1.0)
        hand.end()
        return None

    def _see_through(self, book: JobBook, job: Job, hand: Hand) -> Hand | None:
        """Have a job done. Gives the worker, None where it had to be ended."""
        try:
            settle, usable = self._listen(book, job, hand)
        except (WorkerGone, StoreError, OSError):
            log.warning("worker lost", extra={"job": job.id, "attempt": job.attempts})
            settle, usable = partial(book.lose, job.id), False
        if not usable:
            hand.end()
        self._until_done(settle)
        return hand if usable else None

    def _listen(self, book: JobBook, job: Job, hand: Hand) -> tuple[Callable[[], object], bool]:
        """How the book is to be closed on a job, and whether the worker can take another. Raises ``WorkerGone``."""
        hand.give(self._task(job))
        noted = time.monotonic()
        while True:
            message = hand.hear(IDLE_SECONDS)
            if self._stopping.is_set():
                return partial(book.release, job.id), False
            if book.cancel_asked(job.id):
                return partial(book.end_cancelled, job.id), False
            if message is None and hand.silence > STALL_SECONDS:
                raise WorkerGone
            if message and "failed" in message:
                return partial(book.fail, job.id, message["failed"]), True
            if message and "outcome" in message:
                return partial(self._keep, book, job, message["outcome"]), True
            if message and time.monotonic() - noted >= NOTE_SECONDS:
                book.note(job.id, message["stage"], message["done"], message["total"])
                noted = time.monotonic()

    def _task(self, job: Job) -> Task:
        """The task of a job, with an empty folder for its results."""
        folder = job_folder(self._data_dir, job.id)
        attempt = folder / ATTEMPT
        shutil.rmtree(attempt, ignore_errors=True)
        attempt.mkdir(parents=True)
        return Task(job.id, job.kind, folder / job.upload, job.document, attempt)

    def _keep(self, book: JobBook, job: Job, told: Message) -> None:
        """Put the results in their place, then call the job done: what is called done is there."""
        folder = job_folder(self._data_dir, job.id)
        if (folder / ATTEMPT).exists():
            shutil.rmtree(folder / RESULTS, ignore_errors=True)
            (folder / ATTEMPT).rename(folder / RESULTS)
        book.finish(job.id, Outcome(told["counts"], tuple(ResultFile(**file) for file in told["files"])))

    def _until_done(self, action: Callable[[], object]) -> None:
        """Do something, again where the disk or the database refuse; a stop leaves it to the next start."""
        while True:
            try:
                action()
                return
            except (StoreError, OSError):
                log.exception("job cannot be kept")
            if self._stopping.wait(1.0):
                return

    def _thread(self, work: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
