"""Load on loopback: searches and single tags a second at 50 connections, and a batch of 1,000.

The clients are processes beside the server, so both share the machine's cores; with wrk installed the clients cost
next to nothing (``--client wrk``, the default where it is found). The peer, measured in the same run, is the same
server answering ``/healthz``: what HTTP, logs and figures cost without any search.

``search`` asks the same few words again and again, as people do; ``search-new`` asks for names of items with one
character left out, more of them than the service keeps answers for, so that each is searched for.

    python benchmarks/load.py [--seconds 10] [--connections 50] [--client wrk|python]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parent.parent))

from catalog_data.catalog import read_catalog
from catalog_data.readers import read_document
from catalog_data.shipped import shipped_documents

QUERIES = ("养老服务", "殡葬", "A0403", "流浪乞讨人员救助", "residential 养老", "低保核查", "社工", "yanglao")
PROJECTS = tuple(
    {"unit": "某县民政局", "name": name, "description": text}
    for name, text in (
        ("居家养老上门服务", "为居家老年人提供助餐、助浴服务"),
        ("城乡低保金", "按月发放城乡居民最低生活保障金"),
        ("殡仪馆设备购置", "购置火化炉两台"),
        ("办公楼维修改造", "对办公楼屋面防水进行维修"),
        ("困难群众入户核查", "委托第三方机构入户核查申请救助家庭的经济状况"),
    )
)
PROCESSES = 2
KINDS = ("healthz", "search", "search-new", "tag")


@dataclass(frozen=True, slots=True)
class Load:
    """Answers a second, the 99th percentile in milliseconds, and answers that were not 200."""

    rate: float
    p99: float
    errors: int


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The service over a folder: its port and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "catalog_service", "--data-dir", str(folder), "serve", "--port", str(port)]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            while True:
                try:
                    if ask(port, "GET", "/readyz")[0] == 200:
                        break
                except OSError:
                    time.sleep(0.1)
            yield port, process
        finally:
            process.terminate()


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """One request on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def requests_of(kind: str) -> list[tuple[str, str, bytes | None]]:
    """What is asked in turn: method, path, body."""
    if kind == "search":
        return [("GET", f"/api/v1/search?q={quote(query)}", None) for query in QUERIES]
    if kind == "search-new":
        return [("GET", f"/api/v1/search?q={quote(name)}", None) for name in shortened_names()]
    if kind == "tag":
        return [("POST", "/api/v1/tag", json.dumps(project).encode()) for project in PROJECTS]
    return [("GET", "/healthz", None)]


def shortened_names() -> list[str]:
    """The names of the shipped catalog's items, each as often as it has characters, with one of them left out."""
    document = next(shipped.path for shipped in shipped_documents() if "catalog" in shipped.kinds)
    names = {item.name for item in read_catalog(read_document(document)).items if item.level == 4}
    short = {name[:k] + name[k + 1 :] for name in names for k in range(len(name)) if len(name) > 4}
    return random.Random(1).sample(sorted(short), len(short))


def with_wrk(port: int, kind: str, connections: int, seconds: float, folder: Path) -> Load:
    """The load as wrk measures it."""
    asked = requests_of(kind)
    rows = ",".join(f"{{{json.dumps(m)},{json.dumps(p)},[=[{(b or b'').decode()}]=]}}" for m, p, b in asked)
    script = folder / "requests.lua"
    script.write_text(
        f"local asked={{{rows}}} local started=0\n"
        f'function setup(thread) thread:set("at",started) started=started+1 end\n'
        f"request=function() at=at+{PROCESSES} local r=asked[at%#asked+1]\n"
        'return wrk.format(r[1],r[2],{["Content-Type"]="application/json"},r[3]~="" and r[3] or nil) end\n'
        'done=function(s,l,r) io.write(string.format("RESULT %f %f %d\\n",s.requests/s.duration*1e6,'
        "l:percentile(99)/1000,s.errors.status+s.errors.read+s.errors.write+s.errors.connect+s.errors.timeout)) end\n",
        "utf-8",
    )
    command = [
        "wrk",
        f"-t{PROCESSES}",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "-s",
        str(script),
        f"http://127.0.0.1:{port}",
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"RESULT ([\d.]+) ([\d.]+) (\d+)", printed)
    assert found, printed
    return Load(float(found[1]), float(found[2]), int(found[3]))


def with_python(port: int, kind: str, connections: int, seconds: float) -> Load:
    """The load as Python processes measure it; they use a good part of the cores themselves."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        share = connections // PROCESSES
        parts = list(pool.map(_client, *zip(*[(port, kind, share, seconds)] * PROCESSES, strict=True)))
    times = sorted(spent for part in parts for spent in part[0])
    return Load(len(times) / seconds, times[int(len(times) * 0.99)] * 1000, sum(part[1] for part in parts))


def _client(port: int, kind: str, connections: int, seconds: float) -> tuple[list[float], int]:
    with ThreadPoolExecutor(connections) as pool:
        parts = list(pool.map(lambda _: _one_connection(port, kind, seconds), range(connections)))
    return [spent for part in parts for spent in part[0]], sum(part[1] for part in parts)


def _one_connection(port: int, kind: str, seconds: float) -> tuple[list[float], int]:
    connection, asked = HTTPConnection("127.0.0.1", port, timeout=60), requests_of(kind)
    random.shuffle(asked)
    times, errors, end = [], 0, time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        method, path, body = asked[len(times) % len(asked)]
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        answer.read()
        errors += answer.status != 200
        times.append(time.perf_counter() - began)
    return times, errors


def batch_seconds(port: int) -> float:
    """How long a batch of 1,000 different projects takes."""
    rows = [{**PROJECTS[k % len(PROJECTS)], "id": str(k), "name": f"{PROJECTS[k % 5]['name']}{k}"} for k in range(1000)]
    began = time.perf_counter()
    status, body = ask(port, "POST", "/api/v1/tag/batch", json.dumps({"projects": rows}).encode())
    assert status == 200 and json.loads(body)["data"]["judged"] == 1000, body[:200]
    return time.perf_counter() - began


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Memory of a process in MB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Load on loopback")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--client", choices=("wrk", "python"), default="wrk" if shutil.which("wrk") else "python")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (port, process):
        print(f"{given.client}, {given.connections} connections, {given.seconds:g} s each")
        base = 0.0
        for kind in KINDS:
            before, used = resident_mb(process.pid), processor_seconds(process.pid)
            arguments = (port, kind, given.connections, given.seconds)
            load = with_wrk(*arguments, Path(folder)) if given.client == "wrk" else with_python(*arguments)
            base = base or load.rate
            memory = f"memory {before:.0f} -> {resident_mb(process.pid):.0f} MB"
            used = (processor_seconds(process.pid) - used) / (load.rate * given.seconds) * 1000
            ratio = f"{used:.2f} ms of processor each, {load.rate / base:.2f} of healthz"
            print(f"{kind:10} {load.rate:7.0f}/s  p99 {load.p99:6.1f} ms  errors {load.errors}  {ratio}  {memory}")
        print(f"batch of 1,000: {batch_seconds(port):.2f} s")


if __name__ == "__main__":
    main()
