"""A closed environment leaves nothing behind: no process, thread, file, open handle or setting.

An environment that goes on does not grow either; see `memory`.

Environments are made, played and closed a few times. What is there once (a pool, a cache) is the
library's own affair; what grows with every environment is a leak. Files are looked for among those
that were opened for writing and in a directory for temporary files that is private to this witness.
"""

from __future__ import annotations

import contextlib
import gc
import locale
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.keeper import adopted
from veragym.check.second_process import Scene, agent_of, scenes
from veragym.check.subject import Plan, Subject
from veragym.check.transcript import play
from veragym.check.witnesses import memory
from veragym.check.witnesses.scratch import left_files, private_folder, recorded

ROUNDS = 3
STEPS = 30
GRACE_S = 1.0
"""How long threads and processes may take to end after close()."""
SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGALRM", "SIGCHLD")
    if hasattr(signal, name)
)


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Counts after each of a few rounds of make, play and close."""
    with private_folder() as private:
        yield from _counted(subject, plan, private)
    yield memory.grown(subject, plan)


def _counted(subject: Subject, plan: Plan, private: Path) -> Iterator[Finding]:
    env = subject.make()
    scene = scenes(env, 1)[0]
    env.close()
    settings = _settings()
    rounds: list[dict[str, set[str]]] = []
    for number in range(ROUNDS + 1):
        with recorded() as record:
            _round(subject, scene, plan)
        counted = {"files": left_files(record, private), **_settled(rounds)}
        if number:  # the first one warms up
            rounds.append(counted)
    changed = [name for name, value in _settings().items() if settings[name] != value]
    for what in ("processes", "threads", "handles"):
        yield _grown(what, rounds, scene)
    yield _files(rounds, scene)
    if changed:
        yield bad(
            "settings",
            f"playing changed the process's {', '.join(changed)}",
            "leave what belongs to the whole process alone, or put it back",
            seed=scene.seed,
        )
    else:
        yield ok("settings", "directory, variables, signal handlers and limits are as before")


def _round(subject: Subject, scene: Scene, plan: Plan) -> None:
    options = None if scene.split is None else {"split": scene.split}
    env = subject.make()
    with contextlib.suppress(policies.OracleRanDry):
        play(
            env,
            agent_of(scene),
            seed=scene.seed,
            options=options,
            max_steps=min(STEPS, plan.max_steps),
        )
    env.close()


def _settled(rounds: list[dict[str, set[str]]]) -> dict[str, set[str]]:
    """What runs and is open, once it no longer shrinks to what was there before."""
    deadline = time.monotonic() + GRACE_S
    while True:
        gc.collect()
        now = {"processes": _children(), "threads": _threads(), "handles": _handles()}
        grown = rounds and any(
            len(now[what]) > len(rounds[-1][what]) for what in ("processes", "threads")
        )
        if not grown or time.monotonic() > deadline:
            return now
        time.sleep(0.02)


def _threads() -> set[str]:
    return {f"{thread.name} ({thread.ident})" for thread in threading.enumerate()}


def _children() -> set[str]:
    """Living children of this process, and daemons; empty where the system does not say."""
    found = {str(pid) for pid in adopted()}
    for listing in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.update(listing.read_text().split())
    return {pid for pid in found if _alive(pid)}


def _alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def _handles() -> set[str]:
    found = set()
    for link in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(OSError):
            found.add(f"{link.name}: {link.readlink()}")
    return found


def _settings() -> dict[str, Any]:
    return {
        "working directory": Path.cwd(),
        "environment variables": {k: v for k, v in os.environ.items() if k != "TMPDIR"},
        "signal handlers": [repr(signal.getsignal(number)) for number in SIGNALS],
        "recursion limit": sys.getrecursionlimit(),
        "thread switch interval": sys.getswitchinterval(),
        "garbage collection": gc.isenabled(),
        "logging": logging.root.manager.disable,
        "locale": locale.setlocale(locale.LC_ALL),
        "file mode mask": _mask(),
        "numpy error handling": np.geterr(),
        "numpy print options": repr(np.get_printoptions()),
    }


def _mask() -> int:
    mask = os.umask(0o077)  # there is no way to ask without setting it
    os.umask(mask)
    return mask


def _grown(what: str, rounds: list[dict[str, set[str]]], scene: Scene) -> Finding:
    counts = [len(counted[what]) for counted in rounds]
    if not Path("/proc/self/task").exists() and what != "threads":
        return not_applicable(what, "this system does not say what is open and running")
    if all(later > earlier for earlier, later in pairwise(counts)):
        extra = sorted(rounds[-1][what] - rounds[0][what])
        return bad(
            what,
            f"with every environment that was made, played and closed there are more {what}: "
            f"{', '.join(map(str, counts))}",
            "end and close in close() what the environment has started and opened",
            seed=scene.seed,
            agent=scene.agent,
            left=extra[:10],
        )
    return ok(what, f"{ROUNDS} environments left no {what} behind")


def _files(rounds: list[dict[str, set[str]]], scene: Scene) -> Finding:
    new = [rounds[i]["files"] - rounds[i - 1]["files"] for i in range(1, len(rounds))]
    if all(new):
        return bad(
            "files",
            f"every environment leaves files behind, such as {min(new[-1])}",
            "use a temporary directory and remove it in close()",
            seed=scene.seed,
            agent=scene.agent,
            left=sorted(new[-1])[:10],
        )
    return ok("files", f"{ROUNDS} environments left no files behind")
