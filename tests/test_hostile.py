"""Whatever is sent, the service answers, refuses clearly, and lives on; ``benchmarks/hostile.py`` sends more of it."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from .hostile import Attacker, Case, ask, complaint
from .live_server import LiveServer, live_server

REQUESTS = 600


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("hostile")) as server:
        yield server


@pytest.fixture
def port(server: LiveServer) -> int:
    return urlsplit(server.address).port or 0


def test_no_hostile_request_fails_hangs_or_is_refused_without_a_clear_problem(server: LiveServer, port: int) -> None:
    def judged(case: Case) -> str:
        return complaint(case, ask(port, case.sent))

    with ThreadPoolExecutor(8) as pool:
        found = list(filter(None, pool.map(judged, Attacker(20260302, server.token).cases(REQUESTS))))
    assert found == []


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("GET http://[::1/ HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nContent-Length: 70000000\r\n\r\n", 413),
        (f"GET /{'a' * 300_000} HTTP/1.1\r\n\r\n", 431),
    ],
)
def test_what_is_no_http_is_refused_with_a_problem_too(port: int, sent: str, status: int) -> None:
    told = ask(port, sent.encode())
    assert told.status == status
    assert complaint(Case(sent.encode(), refused=True), told) == ""


def test_nothing_can_be_smuggled_behind_a_request_that_is_refused(port: int) -> None:
    behind = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(f"POST /api/v1/tag HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n{behind}".encode())
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answers.count(b"HTTP/1.1 ") == 1


def test_a_condition_on_what_is_read_is_refused_with_a_problem_where_it_does_not_hold(port: int) -> None:
    sent = b'GET /api/v1/search?q=x HTTP/1.1\r\nHost: localhost\r\nIf-Match: "0"\r\nConnection: close\r\n\r\n'
    for _ in range(2):
        assert ask(port, sent).status == 412
        assert complaint(Case(sent, refused=True), ask(port, sent)) == ""
