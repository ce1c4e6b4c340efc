"""The service as a process of its own that can be started, asked, killed and stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from catalog_service.engine import Engine

from .live_server import free_port, reviewer_token

PATIENCE = 90.0
CSV = "编号,项目名称,项目内容\n" + "".join(
    f"{number},居家养老上门服务{number},为老年人提供助餐、助浴服务\n" for number in range(300)
)


class Service:
    """The service over a data folder, to be started, asked and killed."""

    def __init__(self, data_dir: Path) -> None:
        self.engine = Engine(data_dir)
        self.data_dir, self.port = data_dir, free_port()
        self.token = reviewer_token(self.engine.store_path)
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = data_dir / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "catalog_service", "--data-dir", str(self.data_dir)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*command, "serve", "--port", str(self.port)], stderr=log)
        wait(lambda: self.asked("/readyz")[0] == 200, "the service is not ready")

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def workers(self) -> list[int]:
        """The processes of the workers."""
        assert self.process
        return [int(pid) for pid in children(self.process.pid)]

    def asked(
        self, path: str, body: bytes | None = None, kind: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and body of an answer; status 0 where nobody answers."""
        given = {"Content-Type": kind} if kind else {}
        given |= {"Authorization": f"Bearer {self.token}"} | dict(headers or {})
        try:
            with urlopen(Request(self.address + quote(path, safe="/?=&"), body, given), timeout=30) as answer:
                return answer.status, _read(answer)
        except HTTPError as error:
            with error:
                return error.code, _read(error)
        except (URLError, OSError, HTTPException, ValueError):  # ValueError: half an answer
            return 0, None

    def upload(self, name: str, content: bytes) -> tuple[int, Any]:
        """The answer to an upload."""
        head = f'--limit\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + b"\r\n--limit--\r\n"
        return self.asked("/api/v1/jobs", body, "multipart/form-data; boundary=limit")

    def etag(self, path: str) -> str | None:
        """The ETag of an answer, None where nobody answers."""
        try:
            with urlopen(Request(self.address + quote(path)), timeout=30) as answer:
                return str(answer.headers["ETag"])
        except (URLError, OSError, HTTPException):
            return None

    def job(self, id_: str) -> Any:
        return self.asked(f"/api/v1/jobs/{id_}")[1]["data"]


def _read(answer: Any) -> Any:
    body = answer.read()
    return json.loads(body) if "json" in answer.headers["Content-Type"].split("jsonl")[0] else body.decode()


def children(pid: int) -> list[str]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if status.read_text().rpartition(")")[2].split()[1] == str(pid):
                found.append(status.parent.name)
    return found


def wait(true: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)
