"""Serving the pages in production: waitress, one process, a loopback address by default."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING

from waitress import create_server

from .app import create_app

if TYPE_CHECKING:
    from .engine import Engine

THREADS = 8


def serve(engine: Engine, host: str, port: int) -> None:
    """Serve until interrupted. Raises ``OSError`` in Chinese where the address cannot be had."""
    app = create_app(engine)
    engine.prepare()
    try:
        server = create_server(app, host=host, port=port, threads=THREADS, ident="catalog")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(f"端口 {port} 已被占用，请用 --port 换一个端口") from error
        raise OSError(f"不能在 {host}:{port} 上监听：{error.strerror}") from error
    print(f"请用浏览器打开 http://{host}:{port}/ （按 Ctrl+C 停止）", file=sys.stderr, flush=True)
    try:
        server.run()
    finally:
        server.close()
