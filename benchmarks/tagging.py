"""How fast projects are judged: one project, very many on one core, the first answer of a fresh process.

The peer is plain RapidFuzz in the same run: ``process.extract`` with its default scorer over the names of the
unit's own section. It gives five names and nothing else: no nature, no confidence, no evidence.

    python -m benchmarks.tagging [--projects 100000]
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import ParamSpec

from rapidfuzz import process

from catalog_data.model import Project
from catalog_service.engine import Engine
from indexer.departments import resolver
from indexer.gold import shipped_gold

P = ParamSpec("P")

SEED = 20250715
RUNS = 5
PEER_SCRIPT = """
import json, sys
from rapidfuzz import process
names = json.load(open(sys.argv[1], encoding="utf-8"))
print(process.extract(json.loads(sys.stdin.readline())["name"], names, limit=5))
"""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A question, and the seconds that the engine and the peer take to answer it."""

    question: str
    engine: float
    peer: float

    def row(self) -> str:
        """The measurement as a row of a Markdown table, with the ratio."""
        return f"| {self.question} | {_shown(self.engine)} | {_shown(self.peer)} | {self.engine / self.peer:.1f} |"


def _shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"


def _seconds(work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> float:
    start = time.perf_counter()
    work(*args, **kwargs)
    return time.perf_counter() - start


class Peer:
    """Plain RapidFuzz over the section of a project's unit, or over all items where it has none."""

    def __init__(self, engine: Engine) -> None:
        items = [item for item in engine.catalog.items if item.level == 4]
        self.names = [item.name for item in items]
        self._sections: dict[str, list[str]] = {}
        for item in items:
            self._sections.setdefault(item.department, []).append(item.name)

    def extract(self, project: Project) -> object:
        """The five nearest names."""
        departments = resolver().resolve(project.unit).departments
        names = [name for department in departments for name in self._sections[department]]
        return process.extract(project.name, names or self.names, limit=5)


def recombined(projects: Sequence[Project]) -> Iterator[Project]:
    """Distinct projects without end: the unit of one, the name of another, the description of a third."""
    draw = random.Random(SEED)
    seen: set[tuple[str, str, str]] = set()
    while True:
        unit, name, description = (draw.choice(projects) for _ in range(3))
        words = unit.unit, name.name, description.description
        if words not in seen:
            seen.add(words)
            yield replace(name, id=str(len(seen)), unit=words[0], description=words[2])


def one_project(engine: Engine, peer: Peer, projects: Sequence[Project]) -> Measurement:
    """The median over the labelled projects, each at its first sight."""
    own = median(_seconds(engine.tag, project) for project in projects)
    other = median(_seconds(peer.extract, project) for project in projects)
    return Measurement(f"一个项目（{len(projects):,} 个的中位数）", own, other)


def many_projects(engine: Engine, peer: Peer, projects: Sequence[Project], count: int) -> Measurement:
    """All of ``count`` distinct projects, one after the other in one process."""
    asked = list(islice(recombined(projects), count))
    own = _seconds(lambda: [engine.tag(project) for project in asked])
    other = _seconds(lambda: [peer.extract(project) for project in asked])
    return Measurement(f"{count:,} 个不同项目，单核（每秒 {count / own:,.0f} 个）", own, other)


def fresh_process(engine: Engine, peer: Peer, project: Project) -> Measurement:
    """The median of ``RUNS`` starts of ``tag`` for one project; the peer's process reads the names and answers."""
    line = json.dumps({"id": "1", "unit": project.unit, "name": project.name}, ensure_ascii=False) + "\n"
    names = engine.data_dir / "names.json"
    names.write_text(json.dumps(peer.names, ensure_ascii=False), "utf-8")
    tag = [sys.executable, "-m", "catalog_service", "--data-dir", str(engine.data_dir), "tag", "-", "--json"]
    extract = [sys.executable, "-c", PEER_SCRIPT, str(names)]
    own, other = (median(_seconds(_start, command, line) for _ in range(RUNS)) for command in (tag, extract))
    return Measurement("新进程中 tag 的第一个回答", own, other)


def _start(command: Sequence[str], line: str) -> None:
    subprocess.run(command, input=line.encode(), check=True, capture_output=True)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, default=100_000, help="how many projects the second question takes")
    arguments = parser.parse_args()
    projects = [row.project for row in shipped_gold()]
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder))
        engine.prepare()
        peer = Peer(engine)
        print("| 问题 | catalog | RapidFuzz | 倍数 |\n|---|---|---|---|")
        print(one_project(engine, peer, projects).row(), flush=True)
        print(many_projects(engine, peer, projects, arguments.projects).row(), flush=True)
        print(fresh_process(engine, peer, projects[0]).row())


if __name__ == "__main__":
    main()
