"""A real OpenRefine without its pages, driven by its own HTTP commands, for tests of what its users see."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

PROGRAM = shutil.which("openrefine")
PATIENCE = 120
"""Seconds that OpenRefine may take to start, and to finish an operation."""

_BOUNDARY = "9c1f3e0f6d5b4a55"


@dataclass(frozen=True, slots=True)
class OpenRefine:
    """A running OpenRefine; operations are those of its history panel (extract and apply)."""

    address: str

    def create_project(self, name: str, csv: str) -> str:
        """Make a project of a CSV file with a header; the answer is the project's number."""
        fields = {"project-name": name, "format": "text/line-based/*sv", "options": '{"separator": ","}'}
        parts = [_part(field, value) for field, value in fields.items()]
        parts.append(_part('project-file"; filename="projects.csv', csv))
        body = "".join([*parts, f"--{_BOUNDARY}--\r\n"]).encode()
        request = Request(self._command("create-project-from-upload", csrf_token=self._token()), body)
        request.add_header("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}")
        with urlopen(request) as answer:
            return parse_qs(urlsplit(answer.url).query)["project"][0]

    def guess_types(self, project: str, column: str, service: str) -> list[dict[str, Any]]:
        """The types that the reconciliation dialog would offer first."""
        command = self._command("guess-types-of-column", project=project, columnName=column, service=service)
        guessed: list[dict[str, Any]] = json.loads(self._post(command, {}))["types"]
        return guessed

    def apply(self, project: str, operation: Mapping[str, Any]) -> None:
        """Apply an operation and wait until it is done."""
        form = {"project": project, "operations": json.dumps([operation])}
        applied = json.loads(self._post(self._command("apply-operations"), form))
        assert applied["code"] in {"ok", "pending"}, applied
        deadline = time.monotonic() + PATIENCE
        while json.loads(_read(self._command("get-processes", project=project)))["processes"]:
            assert time.monotonic() < deadline, "the operation did not end"
            time.sleep(0.2)

    def rows(self, project: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
        """The rows as the templating export gives them; ``values`` are GREL expressions by name."""
        template = ", ".join(f"{json.dumps(name)}: {{{{jsonize({grel})}}}}" for name, grel in values.items())
        form = {"project": project, "format": "template", "engine": '{"facets": [], "mode": "row-based"}'}
        form |= {"template": f"{{{template}}}", "prefix": "[", "suffix": "]", "separator": ","}
        exported: list[dict[str, Any]] = json.loads(self._post(self._command("export-rows"), form))
        return exported

    def _post(self, command: str, form: Mapping[str, str]) -> str:
        return _read(Request(command, urlencode({**form, "csrf_token": self._token()}).encode()))

    def _token(self) -> str:
        token: str = json.loads(_read(self._command("get-csrf-token")))["token"]
        return token

    def _command(self, name: str, **parameters: str) -> str:
        return f"{self.address}/command/core/{name}?{urlencode(parameters)}"


@contextmanager
def open_refine(folder: Path) -> Iterator[OpenRefine]:
    """Run OpenRefine with its projects in ``folder`` until the block is left."""
    assert PROGRAM, "openrefine is not installed"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["-i", "127.0.0.1", "-p", str(port), "-d", str(folder), "-m", "512M", "-x", "refine.headless=true"]
    with (folder / "openrefine.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM, *options], stdout=log, stderr=log, start_new_session=True)
        try:
            refine = OpenRefine(f"http://127.0.0.1:{port}")
            _wait_for(f"{refine.address}/command/core/get-version", process)
            yield refine
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _part(name: str, value: str) -> str:
    return f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


def _read(request: Request | str) -> str:
    with urlopen(request) as answer:
        return str(answer.read().decode())


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "OpenRefine stopped while starting"
        try:
            _read(address)
        except (URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError("OpenRefine did not start")
