"""Serving the pages in production: waitress, one process, a loopback address by default."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING

from waitress import create_server

from .app import create_app

if TYPE_CHECKING:
    from .config import Settings
    from .engine import Engine

THREADS = 8


def serve(engine: Engine, settings: Settings) -> None:
    """Serve until interrupted. Raises ``OSError`` in Chinese where the address cannot be had."""
    host, port = settings.host, settings.port
    app = create_app(engine, settings=settings)
    engine.prepare()
    try:
        server = create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            ident="catalog",
            clear_untrusted_proxy_headers=False,  # the application judges them, and must see that they are there
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(f"端口 {port} 已被占用，请用 --port 换一个端口") from error
        raise OSError(f"不能在 {host}:{port} 上监听：{error.strerror}") from error
    print(f"请用浏览器打开 http://{host}:{port}/ （按 Ctrl+C 停止）", file=sys.stderr, flush=True)
    try:
        server.run()
    finally:
        server.close()
