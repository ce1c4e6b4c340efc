"""Structured logs: one JSON object a line on standard error, with the id of the request it belongs to.

No personal data: a request is logged by its route (``/items/<id>``), never by its address, so that no search words,
no names and no tokens get into a log; neither do user names and network addresses. Of an exception its type and the
places in the code are kept. Its message is kept only where it speaks of the machine (disk, database, network) and
not of what somebody typed.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sqlite3
import time
import traceback
from collections import deque
from contextvars import ContextVar
from datetime import UTC, datetime
from threading import Event, Thread
from types import TracebackType
from typing import IO, Any

from flask import Flask, Response, g, request

from catalog_data.database import StoreError

REQUEST_ID = "X-Request-Id"
OF_THE_MACHINE = (OSError, sqlite3.Error, StoreError, MemoryError)

WAITING = 10_000
"""Lines that may wait for a stream that takes none; whoever logs more waits too."""

GATHERED_SECONDS = 0.02
"""How long lines gather before they are written together."""

_current: ContextVar[str] = ContextVar("request_id", default="")
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode

requests_log = logging.getLogger("catalog.requests")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; what a call gives as ``extra`` becomes members."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if _current.get():
            line["request_id"] = _current.get()
        line |= {name: value for name, value in vars(record).items() if name not in _KNOWN}
        if record.exc_info and record.exc_info[1]:
            line["error"] = error_record(record.exc_info[1], record.exc_info[2])
        return _encode(line)


class LineWriter(logging.Handler):
    """Writes lines to ``stream`` in a thread of its own.

    Whoever answers a request does not wait for the stream: a handler that writes under its lock lets every other
    thread queue for that lock.
    """

    def __init__(self, stream: IO[str]) -> None:
        super().__init__()
        self._stream = stream
        self._lines: deque[str] = deque()
        self._some, self._closed = Event(), False
        self._writer = Thread(target=self._run, name="log", daemon=True)
        self._writer.start()

    def handle(self, record: logging.LogRecord) -> bool:
        """Take a record; without the lock, since a deque needs none."""
        if taken := bool(self.filter(record)):
            self.emit(record)
        return taken

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a line over."""
        try:
            self._lines.append(self.format(record) + "\n")
        except Exception:
            self.handleError(record)
        self._some.set()
        while len(self._lines) > WAITING and self._writer.is_alive():
            time.sleep(GATHERED_SECONDS)

    def close(self) -> None:
        """Write what is left."""
        self._closed = True
        self._some.set()
        self._writer.join(timeout=5)
        super().close()

    def _run(self) -> None:
        while not self._closed:
            self._some.wait()
            time.sleep(GATHERED_SECONDS)
            self._some.clear()
            self._write()
        self._write()

    def _write(self) -> None:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        try:
            self._stream.write("".join(lines))
            self._stream.flush()
        except (OSError, ValueError):
            pass  # nobody reads: there is no other place to say so


def error_record(error: BaseException, trace: TracebackType | None) -> dict[str, Any]:
    """An exception without what a person typed: its type, the places it came through, a message of the machine."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    message = {"message": str(error)} if isinstance(error, OF_THE_MACHINE) else {}
    return {"type": type(error).__name__, **message, "places": places}


def configure_logs(stream: IO[str]) -> None:
    """Write every log of the process to ``stream`` as JSON lines."""
    root = logging.getLogger()
    for former in root.handlers:
        former.close()
    handler = LineWriter(stream)
    handler.setFormatter(JsonFormatter())
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("waitress").setLevel(logging.WARNING)  # its notices hold addresses
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for every request that waits for a thread


def register(app: Flask) -> None:
    """Give every request an id, tell it to the client, and log how the request ended."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def route() -> str:
    """The route of the current request as it stands in the code, '' where the address leads nowhere."""
    return request.url_rule.rule if request.url_rule else ""


def _begin() -> None:
    """The id that a proxy or client gave is kept where it is a plain one."""
    given = request.headers.get(REQUEST_ID, "")
    g.began = time.perf_counter()
    g.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    _current.set(g.request_id)


def _end(response: Response) -> Response:
    if "began" not in g:
        return response
    response.headers[REQUEST_ID] = g.request_id
    told = {
        "method": request.method,
        "route": route(),
        "status": response.status_code,
        "milliseconds": round((time.perf_counter() - g.began) * 1000, 1),
        "bytes": response.content_length,
    }
    requests_log.info("request", extra=told)
    return response


def _forget(_: BaseException | None) -> None:
    _current.set("")
