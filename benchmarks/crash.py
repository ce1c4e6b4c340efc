"""Kill -9 at random moments: 200 uploads and 2,000 decisions while the service and its workers are killed.

Prints what was acknowledged and what became of it; the exit status is 1 where anything acknowledged is missing,
doubled or stuck, or the chain of the log is broken. Takes several minutes. Peer: the same without a kill, in the same
run.

    python benchmarks/crash.py [--uploads 200] [--decisions 2000] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.crash import Storm
from tests.service_process import Service

PAUSE_SECONDS = 2.0
"""Between two kills, on the average."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Kill -9 during uploads and decisions")
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--decisions", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    spent, found = [], []
    for label, pause in (("undisturbed", None), ("killed", PAUSE_SECONDS)):
        with tempfile.TemporaryDirectory() as folder:
            service = Service(Path(folder))
            service.engine.build()
            service.start()
            storm = Storm(service, random.Random(given.seed))
            began = time.perf_counter()
            storm.rage(given.uploads, given.decisions, pause)
            found += storm.complaints()
            spent.append(time.perf_counter() - began)
            service.stop()
        kills = f"{storm.kills['service']} kills of the service, {storm.kills['worker']} of a worker"
        taken = f"{len(storm.uploads)} uploads and {len(storm.decisions)} decisions acknowledged"
        print(
            f"{label}: {taken}, {len(storm.unknown)} decisions without an answer, {kills}, {spent[-1]:.0f} s",
            flush=True,
        )
    print(f"killed / undisturbed: {spent[1] / spent[0]:.1f} of the time; lost, doubled, stuck or broken: {len(found)}")
    print(*found[:20], sep="\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
