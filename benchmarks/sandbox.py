"""How quick sessions are: opening, going back, commands, Python runs, and what they are beside.

    python benchmarks/sandbox.py [--way user-namespace] [--out benchmarks/results/sandbox_root.json]

Measured as whoever runs it: as root mounts are root's, as an ordinary user everything happens in a
user namespace. `--way user-namespace` takes the second way as root too. Every row is timed call by
call and given as its least, middle and 95th percentile; the rows of one group take turns, so that
what else the machine does falls on all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from measure import RESULTS, machine

from veragym.sandbox import Limits, SandboxSpec, Tree
from veragym.sandbox.bubblewrap import BubblewrapSandbox
from veragym.sandbox.python import MODULES, PythonExecutor
from veragym.sandbox.runner import SandboxRunner

BWRAP = [
    *("bwrap", "--unshare-all", "--proc", "/proc", "--dev", "/dev", "--ro-bind", "/usr", "/usr"),
    *("--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"),
    *("--symlink", "usr/lib64", "/lib64"),
]
HELLO = "print(1)"


def files(count: int, size: int) -> Tree:
    """`count` files of `size` bytes in folders of forty."""
    return Tree({f"d{n // 40}/f{n}": bytes([n % 251]) * size for n in range(count)})


def turns(rows: dict[str, Callable[[], object]], count: int) -> dict[str, dict[str, float]]:
    """Times every row `count` times, one after the other; milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in rows}
    for row in rows.values():
        row()
    for _ in range(count):
        for name, row in rows.items():
            started = time.perf_counter()
            row()
            times[name].append(1000 * (time.perf_counter() - started))
    found = {}
    for name, each in times.items():
        middle = statistics.median(each)
        tail = sorted(each)[min(len(each) - 1, int(0.95 * len(each)))]
        found[name] = {
            "least_ms": round(min(each), 3),
            "p50_ms": round(middle, 3),
            "p95_ms": round(tail, 3),
            "per_s_at_p50": round(1000 / middle, 1),
            "per_s_best": round(1000 / min(each), 1),
            "n": len(each),
        }
    return found


def going_back(sandbox: BubblewrapSandbox, count: int) -> dict[str, dict[str, float]]:
    """Resets after a little work, by size of the template, beside copying the same files."""
    rows: dict[str, Callable[[], object]] = {}
    sessions = []
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        for name, tree in (
            ("60 files", files(60, 400)),
            ("2,000 files, 24 MB", files(2000, 12_000)),
        ):
            session = sandbox.open(SandboxSpec(files=tree))
            sessions.append(session)
            source = Path(memory) / f"from {len(tree)}"
            source.mkdir()
            tree.write(source)
            session.shell("echo changed > d0/f1; rm d0/f2; echo new > new")
            rows[f"reset, {name}"] = session.reset

            def copied(source: Path = source, target: Path = Path(memory) / "to") -> None:
                subprocess.run(["cp", "-a", source, target], check=True)
                shutil.rmtree(target)

            rows[f"cp -a and rm -r, {name}"] = copied
        found = turns(rows, count)
        big = sessions[1]

        def worked() -> float:
            big.shell("echo changed > d0/f1; rm d0/f2; echo new > new; mkdir e; mv d1/f41 e/")
            started = time.perf_counter()
            big.reset()
            return 1000 * (time.perf_counter() - started)

        each = [worked() for _ in range(count)]
        found["reset with a shell and changes, 2,000 files"] = {
            "least_ms": round(min(each), 3),
            "p50_ms": round(statistics.median(each), 3),
            "p95_ms": round(sorted(each)[int(0.95 * count)], 3),
            "n": count,
        }
        big.shell("echo changed > d0/f1; rm d0/f2; echo new > new")
        kept = big.snapshot()
        found |= turns(
            {
                "diff, 3 changes in 2,000 files": big.diff,
                "tree, 2,000 files": big.tree,
                "snapshot, 2,000 files": big.snapshot,
                "restore, 3 changes in 2,000 files": lambda: big.restore(kept),
            },
            count,
        )
        for session in sessions:
            session.close()
    return found


def commands(sandbox: BubblewrapSandbox, count: int) -> dict[str, dict[str, float]]:
    """Commands in one session, beside the same without one."""
    with sandbox.open() as session:
        return turns(
            {
                "shell, builtin": lambda: session.shell("true"),
                "shell, external": lambda: session.shell("/bin/true"),
                "exec": lambda: session.exec(["/bin/true"]),
                "bwrap --unshare-all": lambda: subprocess.run([*BWRAP, "/bin/true"], check=True),
                "subprocess": lambda: subprocess.run(["/bin/true"], check=True),
            },
            count,
        )


def opening(sandbox: BubblewrapSandbox, count: int) -> dict[str, dict[str, float]]:
    def opened() -> None:
        sandbox.open().close()

    def used() -> None:
        with sandbox.open() as session:
            session.shell("true")

    found = turns({"open and close": opened, "open, one command, close": used}, count)
    sessions = []
    started = time.perf_counter()

    def several() -> None:
        for _ in range(8):
            session = sandbox.open(SandboxSpec(limits=Limits(memory_bytes=64 << 20)))
            session.shell("true")
            sessions.append(session)

    threads = [threading.Thread(target=several) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found["64 sessions, 8 threads, one command each"] = {
        "s": round(time.perf_counter() - started, 2)
    }
    for session in sessions:
        session.close()
    return found


def python(sandbox: BubblewrapSandbox, count: int) -> dict[str, dict[str, float]]:
    """Runs of a small program: forked, started in a session, in a fresh sandbox, without one."""
    warm = PythonExecutor(BubblewrapSandbox(sandbox.privileged, sandbox.groups, MODULES), size=1)
    cold = SandboxRunner(sandbox, size=1)
    words = ["python3", "-I", "-c", HELLO]
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    spec = SandboxSpec()

    def fresh() -> None:
        with sandbox.open(spec) as session:
            session.exec(words)

    try:
        with sandbox.open() as session:
            return turns(
                {
                    "warm interpreter, nested namespaces": lambda: warm.run_code(HELLO),
                    "exec python3 in a session": lambda: session.exec(words),
                    "fresh session of ours": fresh,
                    "fresh bwrap --unshare-all": lambda: subprocess.run([*BWRAP, *words], **quiet),
                    "subprocess": lambda: subprocess.run(words, **quiet),
                },
                count,
            )
    finally:
        warm.close()
        cold.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--way", choices=["best", "user-namespace"], default="best")
    parser.add_argument("--count", type=int, default=40, help="calls per row")
    parser.add_argument("--out", type=Path, help=f"a file such as {RESULTS}/sandbox.json")
    given = parser.parse_args()
    sandbox = BubblewrapSandbox(privileged=given.way == "best")
    said = sandbox.capabilities()
    result = {
        "machine": machine(),
        "way": "root's mounts" if said.privileged else "a user namespace",
        "as_root": os.geteuid() == 0,
        "niceness": os.nice(0),
        "notes": list(said.notes),
        "going back": going_back(sandbox, given.count),
        "commands": commands(sandbox, 5 * given.count),
        "opening": opening(sandbox, max(5, given.count // 2)),
        "python": python(sandbox, given.count),
    }
    result["machine"]["load_average_after"] = [round(x, 2) for x in os.getloadavg()]
    rows = result["python"]
    ratio = (
        rows["fresh bwrap --unshare-all"]["p50_ms"]
        / rows["warm interpreter, nested namespaces"]["p50_ms"]
    )
    result["warm runs for one in a fresh bwrap, at p50"] = round(ratio, 2)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    if given.out:
        given.out.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
