"""Uploads and decisions that go on while the service and its workers are killed again and again, and what is left."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from catalog_data.decision_log import DecisionLog
from catalog_service.jobs import open_jobs
from catalog_service.jobs.book import LOST

from .service_process import CSV, PATIENCE, Service

REVIEWERS = 3
"""Programs that decide at the same time, each on projects of its own."""

RULINGS: tuple[dict[str, Any], ...] = (
    {"kind": "deferred"},
    {"kind": "rejected", "nature": "works"},
    {"kind": "changed", "nature": "service", "item": "民政:A040207"},
    {"kind": "undone"},
)


@dataclass
class Storm:
    """What was acknowledged meanwhile: job ids with the hash of their file, log entries by their reason.

    ``unknown`` holds the reasons of decisions whose answer never came: they may be in the log or not.
    """

    service: Service
    chance: random.Random
    uploads: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, Any] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    kills: dict[str, int] = field(default_factory=lambda: {"service": 0, "worker": 0})
    _over: threading.Event = field(default_factory=threading.Event)

    def rage(self, uploads: int, decisions: int, pause: float | None) -> None:
        """Upload and decide, killing something every ``pause`` seconds or so (None: never); then wait for the jobs."""
        projects = [row["id"] for row in self.service.asked("/api/v1/projects?limit=200")[1]["data"]]
        killer = threading.Thread(target=self._kill, args=(pause,))
        if pause:
            killer.start()
        with ThreadPoolExecutor(REVIEWERS + 1) as pool:
            shares = [decisions // REVIEWERS + (k < decisions % REVIEWERS) for k in range(REVIEWERS)]
            work = [pool.submit(self._decide, k, share, projects[k::REVIEWERS]) for k, share in enumerate(shares)]
            work.append(pool.submit(self._upload, uploads))
            for done in work:
                done.result()
        self._over.set()
        if pause:
            killer.join()

    def complaints(self) -> list[str]:
        """Whatever is lost, stuck, doubled or broken; waits for the jobs to end."""
        return [*self._of_uploads(), *self._of_decisions()]

    def _upload(self, uploads: int) -> None:
        while len(self.uploads) < uploads:
            content = f"{CSV}{1000 + len(self.uploads)},养老护理员培训{self.chance.random()},\n".encode()
            status, body = self.service.upload("名单.csv", content)
            if status == 202:
                self.uploads[body["data"]["id"]] = hashlib.sha256(content).hexdigest()
            elif status:
                self.refused.append(f"upload: {status} {body}")
            else:
                time.sleep(0.1)

    def _decide(self, who: int, decisions: int, projects: list[str]) -> None:
        taken = number = 0
        while taken < decisions:
            number += 1
            reason = f"第 {who}-{number} 次"
            project, ruling = projects[number // len(RULINGS) % len(projects)], RULINGS[number % len(RULINGS)]
            body = json.dumps(ruling | {"project": project, "reason": reason}).encode()
            seen = {"If-Match": self._tag(f"/api/v1/projects/{project}")}
            status, answer = self.service.asked("/api/v1/decisions", body, "application/json", seen)
            if status == 201:
                self.decisions[reason] = answer["data"]
                taken += 1
            elif status == 0:
                self.unknown.add(reason)
            elif status == 409:
                continue  # nothing is left to undo, or the evidence has come to say the same as the reviewer
            elif status != 412:  # 412: a decision about a like project has changed the evidence since
                self.refused.append(f"decision: {status} {answer}")
                taken += 1

    def _tag(self, path: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while (etag := self.service.etag(path)) is None:
            assert time.monotonic() < deadline, "the service does not come back"
            time.sleep(0.1)
        return etag

    def _kill(self, pause: float) -> None:
        while not self._over.wait(pause * (0.2 + 1.6 * self.chance.random())):
            if self.chance.random() < 0.4:
                self.service.kill()
                self.service.start()
                self.kills["service"] += 1
            elif workers := self.service.workers():
                with suppress(ProcessLookupError):
                    os.kill(self.chance.choice(workers), signal.SIGKILL)
                    self.kills["worker"] += 1

    def _of_uploads(self) -> list[str]:
        found = list(self.refused)
        for id_, sha256 in self.uploads.items():
            job = self._ended(id_)
            if job["state"] == "failed" and job["message"] == LOST:
                self.service.asked(f"/api/v1/jobs/{id_}/retry", b"")
                job = self._ended(id_)
            status, verdicts = self.service.asked(f"/api/v1/jobs/{id_}/results/verdicts.jsonl")
            if job["state"] != "done" or status != 200:
                found.append(f"job {id_}: {job['state']} {job['message']} {status}")
            elif len(verdicts.splitlines()) != job["counts"]["judged"] or job["counts"]["judged"] != 301:
                found.append(f"job {id_}: {job['counts']}")
            elif job["sha256"] != sha256:
                found.append(f"job {id_}: another file")
        with open_jobs(self.service.engine.store_path) as book:
            found += [f"job {job.id} is {job.state}" for job in book.jobs() if job.state in ("queued", "running")]
        return found

    def _ended(self, id_: str) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (job := self.service.job(id_))["ended_at"] and time.monotonic() < deadline:
            time.sleep(0.05)
        return job

    def _of_decisions(self) -> list[str]:
        with DecisionLog(self.service.engine.store_path) as log:
            chain, entries = log.verify(), log.entries()
        found = [f"chain: entry {chain.broken}: {chain.cause}"] if chain.broken is not None else []
        kept = {entry.ruling.reason: entry for entry in entries}
        if len(kept) != len(entries):
            found.append(f"{len(entries) - len(kept)} entries twice")
        for reason, told in self.decisions.items():
            if reason not in kept or (kept[reason].id, kept[reason].digest) != (told["id"], told["digest"]):
                found.append(f"decision {reason} is lost")
        return found + [f"decision {reason} was never sent" for reason in kept.keys() - self.decisions - self.unknown]
