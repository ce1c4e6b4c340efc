"""A worker as the service sees it: started, given a task, listened to, ended."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .work import Task

Message = Mapping[str, Any]


class WorkerGone(Exception):
    """The worker's process has ended."""


class Hand:
    """A running worker. It inherits the descriptor ``lock``: as long as it lives, the lock of the crew is held."""

    def __init__(self, data_dir: Path, auto_line: float, lock: int) -> None:
        command = [sys.executable, "-m", "catalog_service.jobs.worker", str(data_dir), str(auto_line)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            pass_fds=(lock,),
            start_new_session=True,
        )
        self._last_sign = time.monotonic()
        self._heard: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        threading.Thread(target=self._hear, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def silence(self) -> float:
        """Seconds since the worker last gave a sign of life, or was given a task."""
        return time.monotonic() - self._last_sign

    def give(self, task: Task) -> None:
        """Send a task. Raises ``WorkerGone``."""
        assert self._process.stdin
        self._last_sign = time.monotonic()
        try:
            self._process.stdin.write(json.dumps(task.message(), ensure_ascii=False) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerGone from error

    def hear(self, seconds: float) -> Message | None:
        """What the worker says within ``seconds``, None where it is silent. Raises ``WorkerGone``."""
        try:
            message = self._heard.get(timeout=seconds)
        except queue.Empty:
            return None
        if message is None:
            raise WorkerGone
        return message

    def end(self) -> None:
        """End the process and whatever it started, and wait until it is gone."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream:
                    stream.close()

    def _hear(self) -> None:
        assert self._process.stdout
        with suppress(OSError, ValueError):
            for line in self._process.stdout:
                self._last_sign = time.monotonic()
                message = json.loads(line)
                if "beat" not in message:
                    self._heard.put(message)
        self._heard.put(None)
