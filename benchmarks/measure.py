"""What every benchmark here shares: repeated interleaved timing, the machine, and the record."""

from __future__ import annotations

import gc
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """The machine and the versions that matter, without anything that names the host."""
    model = platform.processor()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    versions = {}
    for name in ("veragym", "gymnasium", "numpy", "sympy", "torch", "reasoning-gym", "math-verify"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_average": [round(x, 2) for x in os.getloadavg()],
        "versions": versions,
    }


def cpu_rate(work: Callable[[], int]) -> float:
    """Items per CPU second of this process for one call of `work`, which returns its item count.

    The garbage collector rests meanwhile, as in `timeit`: what the other jobs keep alive would
    otherwise be charged to this one.
    """
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        count = work()
        return count / (time.process_time() - start)
    finally:
        gc.enable()


def rates(jobs: Mapping[str, Callable[[], int]], repeats: int) -> dict[str, float]:
    """Median rate of each job; the jobs take turns, so that a noisy machine disturbs all alike."""
    for work in jobs.values():
        work()
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, work in jobs.items():
            found[name].append(cpu_rate(work))
    return {name: statistics.median(values) for name, values in found.items()}


def record(name: str, title: str, data: Mapping[str, Any], table: str) -> None:
    """Writes `results/<name>.json` and `.md`, and prints the table."""
    RESULTS.mkdir(exist_ok=True)
    here = machine()
    document = {"machine": here, **data}
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
    about = (
        f"{here['cpu']}, {here['cores']} cores, {here['system']}, Python {here['python']}, "
        f"load {here['load_average'][0]}; "
        + ", ".join(f"{package} {number}" for package, number in here["versions"].items())
    )
    text = f"# {title}\n\n{table}\n\n{about}.\n"
    (RESULTS / f"{name}.md").write_text(text)
    print(text)
