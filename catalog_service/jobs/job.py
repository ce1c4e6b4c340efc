"""A job: an upload to be judged, how far it has come, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

JobKind = Literal["disclosure", "list"]
State = Literal["queued", "running", "done", "failed", "cancelled"]

KINDS: Mapping[JobKind, str] = {"disclosure": "预算公开文件", "list": "项目清单"}
STATES: Mapping[State, str] = {
    "queued": "等待",
    "running": "进行中",
    "done": "完成",
    "failed": "失败",
    "cancelled": "已取消",
}
FINAL: frozenset[State] = frozenset({"done", "failed", "cancelled"})
"""States that only a person's retry leaves."""

MAX_ATTEMPTS = 3
"""How often a job is begun whose worker dies under it; then it fails."""


class JobError(ValueError):
    """Something about a job that cannot be done; the message says what and why, in Chinese."""


class UnknownJob(JobError):
    """There is no such job."""


class JobConflict(JobError):
    """The job is not in a state that allows this."""


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file that a job made: its name in the job's folder of results, its size in bytes, its SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job came to: how many of what, and the files that hold it."""

    counts: Mapping[str, int] = field(default_factory=dict)
    files: tuple[ResultFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands.

    ``document`` is the name the upload came with, for people only; ``suffix`` says how it is read. ``done`` of
    ``total`` projects (None until known) are judged; ``attempts`` counts how often work began, ``revision`` every
    change of the row. ``message`` says why it failed. Times are UTC, '' where not reached.
    """

    id: str
    kind: JobKind
    document: str
    suffix: str
    bytes: int
    sha256: str
    owner: str
    state: State
    stage: str
    done: int
    total: int | None
    attempts: int
    cancel_asked: bool
    message: str
    outcome: Outcome
    created_at: str
    started_at: str
    ended_at: str
    revision: int

    @property
    def upload(self) -> str:
        """The name of the upload in the job's folder."""
        return f"upload{self.suffix}"
