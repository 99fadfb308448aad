"""What a quick check costs, from the command line, start of the interpreter included.

Run `python benchmarks/conformance_quick.py [--times 3]`. Every registered id, some of Gymnasium's
and some of PettingZoo's games are checked one after the other; of several runs the best counts,
because other work on the machine can only add. CPU seconds are those of the command and all its
child processes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from measure import record

from veragym.registry import entries

STOCK = (
    "CartPole-v1",
    "FrozenLake-v1",
    "MountainCar-v0",
    "Pendulum-v1",
    "Acrobot-v1",
    "Taxi-v4",
    "Blackjack-v1",
)
GAMES = (
    "pettingzoo.classic.tictactoe_v3",
    "pettingzoo.classic.connect_four_v3",
    "pettingzoo.classic.rps_v2",
    "pettingzoo.classic.leduc_holdem_v4",
    "mpe2.simple_spread_v3",
)
BOUND_S = 2.0
"""A quick check of a cheap environment may take this many seconds."""


def children() -> float:
    """CPU seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(target: str, times: int) -> dict[str, Any]:
    """The best wall and CPU time of a quick check, and its slowest witness."""
    # Compiled modules are kept, as they are after an installation.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [str(Path(sys.executable).with_name("veragym")), "check", target]
    command += ["--mode", "quick", "--json"]
    walls, cpus, reports = [], [], []
    for _ in range(times):
        cpu, wall = children(), time.perf_counter()
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        walls.append(time.perf_counter() - wall)
        cpus.append(children() - cpu)
        reports.append(json.loads(done.stdout))
    seconds = reports[-1]["seconds"]
    slowest = max(seconds, key=lambda name: seconds[name])
    return {
        "id": target,
        "passed": all(report["passed"] for report in reports),
        "cpu_s": round(min(cpus), 2),
        "wall_s": round(min(walls), 2),
        "slowest": slowest,
        "slowest_s": round(seconds[slowest], 2),
    }


def main() -> None:
    """Times all of them and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="runs per id (default 3)")
    times = parser.parse_args().times
    timed("CartPole-v1", 1)  # the first run compiles
    rows = [timed(target, times) for target in (*entries(), *STOCK, *GAMES)]
    within = sum(row["cpu_s"] < BOUND_S for row in rows)
    lines = [
        f"`veragym check ID --mode quick`, best of {times} runs, start of the interpreter "
        f"included. {within} of {len(rows)} take less than {BOUND_S:g} s of CPU time.",
        "",
        "| id | passes | CPU s | wall s | slowest witness | its wall s |",
        "|---|---|--:|--:|---|--:|",
        *(
            f"| `{row['id']}` | {'yes' if row['passed'] else 'no'} | {row['cpu_s']:.2f} | "
            f"{row['wall_s']:.2f} | {row['slowest']} | {row['slowest_s']:.2f} |"
            for row in rows
        ),
    ]
    record(
        "conformance_quick",
        "What a quick check costs",
        {"times": times, "rows": rows},
        "\n".join(lines),
    )


if __name__ == "__main__":
    main()
