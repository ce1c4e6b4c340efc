"""A worker: a process that takes tasks on standard input and tells on standard output what becomes of them.

One JSON object a line. In: a task. Out: ``{"ready"}`` once, ``{"beat"}`` as a sign of life, ``{"stage", "done",
"total"}``, and at the end ``{"outcome"}`` or ``{"failed"}``. It keeps no book: only the service does. When standard
input ends, the service is no more, and the worker ends at once together with what it started.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from catalog_data.database import StoreError
from catalog_data.model import DocumentError

from ..engine import Engine
from ..logs import configure_logs
from .job import Outcome
from .work import perform, task_of

BEAT_SECONDS = 2.0
MEMORY = 1_100_000_000
"""Bytes of address space; a file that wants more fails its own job and nothing else."""

_TOO_LARGE = "文件内容过多，处理时超出内存限制；请拆分后重新上传"
_BROKEN = "处理时出错，原因已记入日志；请把任务编号告诉系统管理员"

Tell = Callable[[Mapping[str, Any]], None]


def main(data_dir: str, auto_line: str) -> None:
    """Work until standard input ends."""
    _limit_memory()
    configure_logs(sys.stderr)
    tell = _teller()
    tasks: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    threading.Thread(target=_beat, args=(tell,), daemon=True).start()
    engine = Engine(Path(data_dir), float(auto_line))
    engine.prepare()
    tell({"ready": True})
    while True:
        tell(_performed(engine, tasks.get(), tell))


def _performed(engine: Engine, message: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    """How a task ended."""

    def report(stage: str, done: int, total: int | None) -> None:
        tell({"stage": stage, "done": done, "total": total})

    try:
        return {"outcome": _outcome_record(perform(engine, task_of(message), report))}
    except (DocumentError, StoreError) as error:
        return {"failed": str(error)}
    except MemoryError:
        return {"failed": _TOO_LARGE}
    except Exception:
        logging.getLogger("catalog.jobs").exception("job failed", extra={"job": message["job"]})
        return {"failed": _BROKEN}


def _outcome_record(outcome: Outcome) -> dict[str, Any]:
    files = [{"name": f.name, "bytes": f.bytes, "sha256": f.sha256} for f in outcome.files]
    return {"counts": dict(outcome.counts), "files": files}


def _teller() -> Tell:
    """What writes to the service; whatever else prints goes to standard error from here on."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lock = threading.Lock()

    def tell(message: Mapping[str, Any]) -> None:
        with lock:
            print(json.dumps(message, ensure_ascii=False), file=out, flush=True)

    return tell


def _listen(tasks: queue.SimpleQueue[Mapping[str, Any]]) -> None:
    for line in sys.stdin:
        tasks.put(json.loads(line))
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _beat(tell: Tell) -> None:
    pause = threading.Event()
    while not pause.wait(BEAT_SECONDS):
        tell({"beat": True})


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main(*sys.argv[1:])
