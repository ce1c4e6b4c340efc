"""docs/api.md says what the API does: its curl commands are run against a real server."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog_service.api.contract import MAX_JSON_BYTES, load_contract

from .live_server import LiveServer, live_server

DOCUMENT = Path("docs/api.md").read_text("utf-8")
BLOCKS = re.findall(r"^```console\n\$ (.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
COMMANDS = [part.rstrip("\n").split("\n", 1) for block in BLOCKS for part in block.split("\n$ ")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("documented")) as server:
        yield server


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[command[:60] for command, _ in COMMANDS])
def test_every_command_answers_as_shown(server: LiveServer, command: str, shown: str) -> None:
    there = command.replace("http://127.0.0.1:8000", server.address)
    environment = os.environ | {"TOKEN": server.token}
    run = subprocess.run(["bash", "-c", there], env=environment, capture_output=True, text=True, check=True)
    parts = (re.sub(r"\d+", r"\\d+", re.escape(part)) for part in shown.strip().split("…"))
    assert re.fullmatch(".*".join(parts), run.stdout.strip(), re.DOTALL), run.stdout


def test_every_resource_is_named() -> None:
    prose = re.sub(r"^```.*?^```", "", DOCUMENT, flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`([^`]+)`", prose))
    tops = {re.match(r"/[a-z.]+", path)[0] for path in load_contract().document["paths"]}  # type: ignore[index]
    assert tops - {"/openapi.json", "/docs"} <= named
    assert {"/api/v1/openapi.json", "/api/v1/docs"} <= named


def test_the_limits_are_those_of_the_program() -> None:
    batch = load_contract().document["paths"]["/tag/batch"]["post"]["requestBody"]["content"]["application/json"]
    most = batch["schema"]["properties"]["projects"]["x-max-items"]
    assert f"up to {most:,} projects" in DOCUMENT and f"may have {MAX_JSON_BYTES // 2**20} MB" in DOCUMENT
