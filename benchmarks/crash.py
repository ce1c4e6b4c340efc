"""Kill -9 at random moments: 200 uploads while the service and its workers are killed again and again.

Prints what was acknowledged and what became of it; the exit status is 1 where anything acknowledged is missing or
stuck. Takes several minutes. Peer: the same uploads without a kill, in the same run.

    python benchmarks/crash.py [--uploads 200] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.test_service import CSV, Service


def uploaded(service: Service, uploads: int, chance: random.Random | None) -> list[str]:
    """Upload so many files, killing meanwhile where there is a ``chance``; the ids that were acknowledged."""
    taken = []
    for number in range(uploads):
        status, body = service.upload(f"{number}.csv", CSV.encode())
        if status == 202:
            taken.append(body["data"]["id"])
        if chance:
            time.sleep(chance.random() * 0.3)
            _kill_something(service, chance)
    return taken


def _kill_something(service: Service, chance: random.Random) -> None:
    lot = chance.random()
    if lot < 0.06:
        service.kill()
        service.start()
    elif lot < 0.2:
        for pid in service.workers():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def settled(service: Service, taken: list[str]) -> dict[str, int]:
    """Wait for the end of all jobs; how many are in each state."""
    states: dict[str, int] = {}
    for id_ in taken:
        deadline = time.monotonic() + 300
        while not (job := service.job(id_))["ended_at"] and time.monotonic() < deadline:
            time.sleep(0.1)
        states[job["state"]] = states.get(job["state"], 0) + 1
    return states


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Kill -9 during uploads")
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    spent = []
    stuck = 0
    for label, chance in (("undisturbed", None), ("killed", random.Random(given.seed))):
        with tempfile.TemporaryDirectory() as folder:
            service = Service(Path(folder))
            service.engine.build()
            service.start()
            began = time.perf_counter()
            taken = uploaded(service, given.uploads, chance)
            states = settled(service, taken)
            spent.append(time.perf_counter() - began)
            service.stop()
        stuck += len(taken) - states.get("done", 0) - states.get("failed", 0)
        print(f"{label}: {len(taken)} acknowledged, {states}, {spent[-1]:.0f} s")
    print(f"killed / undisturbed: {spent[1] / spent[0]:.1f} of the time; lost or stuck: {stuck}")
    sys.exit(bool(stuck))


if __name__ == "__main__":
    main()
