"""Serving in production: waitress in one process, workers beside it, a loopback address by default.

SIGTERM and Ctrl+C stop it gracefully: no new connections, requests under way are answered, workers end and their
jobs wait for the next start.
"""

from __future__ import annotations

import errno
import logging
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from waitress import create_server, wasyncore

from .app import create_app, prepare
from .jobs.crew import Crew
from .jobs.streams import FLUSHED_BYTES
from .logs import configure_logs
from .unreadable import Channel

if TYPE_CHECKING:
    from types import FrameType

    from flask import Flask

    from .config import Settings
    from .engine import Engine

THREADS = 4
"""More only wait for each other: Python computes in one at a time."""

CONNECTIONS = 500
MAX_BODY = 64_000_000
"""Bytes of a request: above the largest upload, so that the application can say in Chinese what is too large."""

GRACE_SECONDS = 20.0
"""How long requests under way may take once the service is to stop."""

log = logging.getLogger("catalog.service")


class Stop:
    """Becomes true with the first SIGTERM or SIGINT; a second one ends the process at once."""

    def __init__(self) -> None:
        self.asked = False
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._ask)

    def _ask(self, name: int, _: FrameType | None) -> None:
        if self.asked:
            sys.exit(128 + name)
        self.asked = True


def serve(engine: Engine, settings: Settings) -> None:
    """Serve until told to stop. Raises ``OSError`` in Chinese where the address cannot be had."""
    stop = Stop()
    configure_logs(sys.stderr)
    engine.prepare()
    app = create_app(engine, settings=settings)
    prepare(app)
    sockets: dict[int, Any] = {}
    server = _server(app, settings, sockets)
    crew = Crew(engine.data_dir, engine.store_path, engine.auto_line, settings.workers)
    if settings.workers:
        app.extensions["crew"] = crew
        crew.start()
    address = f"http://{settings.host}:{settings.port}/"
    log.info(f"请用浏览器打开 {address} （按 Ctrl+C 停止）", extra={"versions": engine.versions.engine})
    try:
        while not stop.asked:
            wasyncore.loop(timeout=0.5, map=sockets, count=1)
    finally:
        log.info("stopping")
        crew.stop()
        _drain(server, sockets)
        log.info("stopped")


def _server(app: Flask, settings: Settings, sockets: dict[int, Any]) -> Any:
    """The listening server; its connections stand in ``sockets``."""
    host, port = settings.host, settings.port
    try:
        server = create_server(
            app,
            map=sockets,
            host=host,
            port=port,
            threads=THREADS,
            connection_limit=CONNECTIONS,
            max_request_body_size=MAX_BODY,
            send_bytes=FLUSHED_BYTES,  # events of a stream go out as they happen
            ident="catalog",
            clear_untrusted_proxy_headers=False,  # the application judges them, and must see that they are there
        )
        server.channel_class = Channel
        return server
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(f"端口 {port} 已被占用，请用 --port 换一个端口") from error
        raise OSError(f"不能在 {host}:{port} 上监听：{error.strerror}") from error


def _drain(server: Any, sockets: dict[int, Any]) -> None:
    """Take no new connection, answer what has been asked, close."""
    server.accepting = False
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(map(_busy, list(server.active_channels.values()))):
        wasyncore.loop(timeout=0.1, map=sockets, count=1)
    server.task_dispatcher.shutdown()
    wasyncore.close_all(sockets)


def _busy(channel: Any) -> bool:
    return bool(channel.requests or channel.total_outbufs_len)
