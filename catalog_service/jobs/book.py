"""The book of jobs: every change of a job's state, each one transaction that says which state it leaves.

    queued -> running -> done | failed          queued | running -> cancelled
    running -> queued    (its worker died or the service stopped)
    failed | cancelled -> queued    (a person's retry)

A job is taken by one claim only, since a claim is one write and leaves the state that it looks for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlite_utils import Database

from catalog_data.database import spoken_errors, writing

from .job import FINAL, MAX_ATTEMPTS, STATES, Job, JobConflict, Outcome, State, UnknownJob
from .table import job_of, open_table, outcome_text
from .uploads import Upload

LOST = f"处理进程中断 {MAX_ATTEMPTS} 次，可能是文件过大；可拆分后重新上传，或重试"

_FRESH = "stage = '', done = 0, total = NULL, cancel_asked = 0, started_at = '', ended_at = '', message = ''"


class JobBook:
    """The open table of jobs; for one thread at a time. Every method raises ``StoreError`` where SQLite fails."""

    def __init__(self, database: Database, path: Path, now: Callable[[], datetime]) -> None:
        self._database, self._path, self._now = database, path, now

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def add(self, upload: Upload, owner: str) -> Job:
        """Queue an upload whose file already lies in its place."""
        values = (upload.id, upload.kind, upload.document, upload.suffix, upload.bytes, upload.sha256, owner)
        with writing(self._database, self._path):
            self._database.execute(
                "INSERT INTO jobs (id, kind, document, suffix, bytes, sha256, owner, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, self._stamp()),
            )
        return self.job(upload.id)

    def job(self, id_: str) -> Job:
        """The job of an id. Raises ``UnknownJob``."""
        for row in self._rows("WHERE id = ?", id_):
            return job_of(row)
        raise UnknownJob(f"没有任务 {id_}")

    def jobs(self, state: State | None = None, limit: int = -1, skip: int = 0) -> tuple[Job, ...]:
        """The jobs, the latest upload first."""
        where, values = ("WHERE state = ?", (state,)) if state else ("", ())
        rows = self._rows(f"{where} ORDER BY number DESC LIMIT ? OFFSET ?", *values, limit, skip)
        return tuple(job_of(row) for row in rows)

    def counts(self) -> dict[State, int]:
        """How many jobs are in each state."""
        with spoken_errors(self._path):
            found = list(self._database.query("SELECT state, count(*) AS jobs FROM jobs GROUP BY state"))
        return dict.fromkeys(STATES, 0) | {row["state"]: row["jobs"] for row in found}

    def waits(self) -> bool:
        """Whether a job waits."""
        return bool(self._rows("WHERE state = 'queued' LIMIT 1"))

    def claim(self) -> Job | None:
        """Begin the job that has waited longest; None where none waits."""
        if not self.waits():
            return None
        with writing(self._database, self._path):
            for row in self._rows("WHERE state = 'queued' ORDER BY number LIMIT 1"):
                change = f"{_FRESH}, state = 'running', attempts = attempts + 1, started_at = ?"
                self._change(row["id"], change, self._stamp())
                return job_of(self._rows("WHERE id = ?", row["id"])[0])
        return None

    def note(self, id_: str, stage: str, done: int, total: int | None) -> None:
        """Keep how far a running job has come."""
        self._move(id_, {"running"}, "stage = ?, done = ?, total = ?", stage, done, total)

    def finish(self, id_: str, outcome: Outcome) -> bool:
        """A running job is done; False where it is not running any more."""
        values = (outcome_text(outcome), self._stamp())
        return self._move(id_, {"running"}, "state = 'done', stage = '', outcome = ?, ended_at = ?", *values)

    def fail(self, id_: str, message: str) -> bool:
        """A running job cannot be done, and why; False where it is not running any more."""
        return self._move(id_, {"running"}, "state = 'failed', message = ?, ended_at = ?", message, self._stamp())

    def lose(self, id_: str) -> None:
        """The worker of a running job died: it waits again, or fails once it was begun ``MAX_ATTEMPTS`` times."""
        job = self.job(id_)
        if job.cancel_asked:
            self.end_cancelled(id_)
        elif job.attempts >= MAX_ATTEMPTS:
            self.fail(id_, LOST)
        else:
            self._move(id_, {"running"}, f"{_FRESH}, state = 'queued'")

    def release(self, id_: str) -> None:
        """The service stops: a running job waits again, as if it had not been begun."""
        self._move(id_, {"running"}, f"{_FRESH}, state = 'queued', attempts = attempts - 1")

    def recover(self) -> int:
        """After a start with no worker alive: whatever still counts as running was lost. Returns how many."""
        left = self.jobs("running")
        for job in left:
            self.lose(job.id)
        return len(left)

    def cancel(self, id_: str) -> Job:
        """Cancel a waiting job, or ask for a running one to be stopped. Raises ``UnknownJob`` or ``JobConflict``."""
        job = self.job(id_)
        ended = self._move(id_, {"queued"}, "state = 'cancelled', ended_at = ?", self._stamp())
        if not ended and not self._move(id_, {"running"}, "cancel_asked = 1"):
            raise JobConflict(f"任务已是“{STATES[job.state]}”状态，不能取消")
        return self.job(id_)

    def cancel_asked(self, id_: str) -> bool:
        """Whether somebody wants a running job stopped."""
        return self.job(id_).cancel_asked

    def end_cancelled(self, id_: str) -> None:
        """The worker of a job that was to be cancelled is no more."""
        self._move(id_, {"running"}, "state = 'cancelled', stage = '', ended_at = ?", self._stamp())

    def retry(self, id_: str) -> Job:
        """Queue a failed or cancelled job again. Raises ``UnknownJob`` or ``JobConflict``."""
        job = self.job(id_)
        if not self._move(id_, {"failed", "cancelled"}, f"{_FRESH}, state = 'queued', attempts = 0"):
            raise JobConflict(f"任务是“{STATES[job.state]}”状态，只有失败或已取消的任务可以重试")
        return self.job(id_)

    def remove(self, id_: str) -> None:
        """Strike a job that has ended out of the book. Raises ``UnknownJob`` or ``JobConflict``."""
        job = self.job(id_)
        if job.state not in FINAL:
            raise JobConflict(f"任务是“{STATES[job.state]}”状态，请先取消")
        with writing(self._database, self._path):
            self._database.execute("DELETE FROM jobs WHERE id = ? AND state = ?", (id_, job.state))

    def _move(self, id_: str, leaves: set[State], change: str, *values: object) -> bool:
        """Change a job that is in one of the states; False where it is in another."""
        with writing(self._database, self._path):
            return self._change(id_, change, *values, leaves=leaves)

    def _change(self, id_: str, change: str, *values: object, leaves: set[State] | None = None) -> bool:
        among = f" AND state IN ({', '.join(repr(state) for state in sorted(leaves))})" if leaves else ""
        sql = f"UPDATE jobs SET {change}, revision = revision + 1 WHERE id = ?{among}"
        return self._database.execute(sql, (*values, id_)).rowcount == 1

    def _rows(self, rest: str, *values: object) -> list[dict[str, Any]]:
        with spoken_errors(self._path):
            return list(self._database.query(f"SELECT * FROM jobs {rest}", values))

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="milliseconds")


def open_jobs(path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> JobBook:
    """Open the book of jobs in a store's file. Raises ``StoreError``."""
    return JobBook(open_table(path), path, now)
