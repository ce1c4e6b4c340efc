"""10,000 hostile requests, oversized bodies, bombs and macros: every one is refused or answered, in little memory.

Prints the answers by status, the slowest, and the most memory that the service and its workers took; the exit status
is 1 where one was answered 5xx, not at all, or refused without a clear problem, or the memory passed 1 GB. Peer: the
same number of plain searches in the same run.

    python benchmarks/hostile.py [--count 10000] [--seed 1]
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.hostile import Attacker, Case, ask, complaint
from tests.service_process import Service, children
from tests.test_jobs import HOSTILE

AT_A_TIME = 8
MOST_MB = 1_000
SIZES = (50_000_001, 63_900_000, 64_000_001, 300_000_000)
"""Bytes of bodies above the limits of uploads and requests; those of JSON are lower."""

PLAIN = b"GET /api/v1/search?q=%E5%85%BB%E8%80%81 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def heavy_cases(token: str) -> list[Case]:
    """Bombs, macros and bodies that are too large, sent to uploads and to tagging."""
    cases = [Case(upload(token, name, content), refused=True) for name, (content, _) in HOSTILE.items()]
    for size in SIZES:
        cases.append(Case(upload(token, "a.csv", b"a" * size), refused=True))
        head = (
            f"POST /api/v1/tag HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {size}"
        )
        cases.append(Case(f"{head}\r\n\r\n".encode() + b"[" * size, refused=True))
    return cases


def upload(token: str, name: str, content: bytes) -> bytes:
    """The request that uploads a file."""
    part = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = part + content + b"\r\n--b--\r\n"
    head = (
        "POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    )
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def most_memory_mb(pid: int) -> float:
    """The most memory that a process and its children have taken, in MB, each at its worst."""
    peaks = 0.0
    for process in (str(pid), *children(pid)):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
        peaks += int(found[1]) / 1024 if found else 0.0
    return peaks


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Hostile requests")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_A_TIME) as pool:
        service = Service(Path(folder))
        service.engine.build()
        service.start()
        found: list[str] = []
        spent: list[tuple[float, bytes]] = []
        statuses: Counter[int] = Counter()

        def judge(case: Case) -> None:
            began = time.perf_counter()
            told = ask(service.port, case.sent)
            spent.append((time.perf_counter() - began, case.sent[:200]))
            statuses[told.status] += 1
            if wrong := complaint(case, told):
                found.append(wrong)

        began = time.perf_counter()
        list(pool.map(lambda _: ask(service.port, PLAIN), range(given.count)))
        plain = time.perf_counter() - began
        began = time.perf_counter()
        list(pool.map(judge, Attacker(given.seed, service.token).cases(given.count)))
        hostile, slowest = time.perf_counter() - began, max(spent)
        for case in heavy_cases(service.token):
            judge(case)
        ready = service.asked("/readyz")[0]
        memory = most_memory_mb(service.process.pid) if service.process else 0.0
        service.stop()
    answers = f"{sum(statuses.values())} requests: {dict(sorted(statuses.items()))}"
    print(f"{answers}; slowest {slowest[0]:.2f} s; {hostile:.0f} s")
    print(
        f"hostile / plain: {hostile / plain:.1f} of the time; memory {memory:.0f} MB; ready afterwards: {ready == 200}"
    )
    print(f"slowest: {slowest[1]!r}", f"wrong: {len(found)}", *found[:40], sep="\n")
    sys.exit(bool(found) or memory > MOST_MB or ready != 200)


if __name__ == "__main__":
    main()
