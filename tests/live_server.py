"""The service as a process of its own, with a reviewer's token, for tests that ask it from outside."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from catalog_service.accounts.book import open_accounts
from catalog_service.accounts.tokens import issue_token
from catalog_service.accounts.users import add_user
from catalog_service.engine import Engine

PATIENCE = 60
"""Seconds that a server may take to start or to stop."""


@dataclass(frozen=True, slots=True)
class LiveServer:
    """Where the service listens, and the token of a reviewer."""

    address: str
    token: str


def reviewer_token(store: Path, name: str = "王复核") -> str:
    """A reviewer's token for everything that reviewers may do, in the accounts of a store."""
    book = open_accounts(store)
    try:
        now = datetime.now(UTC)
        reviewer = add_user(book, name, "correct horse battery", "reviewer", 10, now)
        return issue_token(book, reviewer, "测试", ["read", "tag", "review"], now)
    finally:
        book.close()


@contextmanager
def live_server(data_dir: Path) -> Iterator[LiveServer]:
    """Serve a data folder until the block is left."""
    engine = Engine(data_dir)
    engine.build()
    token = reviewer_token(engine.store_path)
    port = free_port()
    command = [sys.executable, "-m", "catalog_service", "--data-dir", str(data_dir), "serve", "--port", str(port)]
    with (data_dir / "server.log").open("wb") as log, subprocess.Popen(command, stderr=log, stdout=log) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/api/v1/openapi.json", process)
            yield LiveServer(address, token)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE * 10):
        assert process.poll() is None, "the server stopped while starting"
        try:
            with urlopen(address):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the server did not start")
