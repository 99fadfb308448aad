"""Nothing is left behind by a game that was closed: processes, threads, open or written files."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from veragym.check.finding import Finding, bad, ok
from veragym.check.games.table import legal, play, table_of
from veragym.check.keeper import adopted
from veragym.check.subject import Plan, Subject

PATIENCE_S = 1.0
"""Seconds a closed game's processes and threads have to end."""

_written: list[str] | None = None
_hooked = False


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Plays, closes, and looks around; one episode goes before, to load what loads once."""
    global _written
    _episode(subject, plan, 0)
    _hook_once()
    before = _present()
    _written = []
    try:
        for seed in (1, 2, 3):
            _episode(subject, plan, seed)
    finally:
        paths, _written = sorted(set(_written)), None
    gc.collect()
    deadline = time.monotonic() + PATIENCE_S
    while (left := _more(_present(), before)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for kind, count in left.items():
        yield bad(
            kind,
            f"after close() {count} {kind} more than before are left",
            "end in close() what was started, and close what was opened",
            seeds=[1, 2, 3],
        )
        return
    files = [path for path in paths if Path(path).is_file() and not _harmless(path)]
    if files:
        yield bad(
            "files",
            f"{len(files)} files were written and left behind, {files[0]!r} the first",
            "write to a temporary folder of the game's own and remove it in close()",
            seeds=[1, 2, 3],
            files=files[:10],
        )
        return
    yield ok(
        "none", "after close() no process, thread or open file is left, and no file was written"
    )


def _episode(subject: Subject, plan: Plan, seed: int) -> None:
    env = subject.make()
    play(table_of(env), legal(seed), seed=seed, max_turns=min(plan.max_steps, 50))
    env.close()


def _present() -> dict[str, int]:
    own, daemons = str(os.getpid()), {str(pid) for pid in adopted()}
    children = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rsplit(")", 1)[1].split()[:2]
        except (OSError, IndexError, ValueError):
            continue
        # One that has ended and let go of its parents waits only to be noticed by the keeper.
        children += parent == own or (stat.parent.name in daemons and state != "Z")
    folder = Path("/proc/self/fd")
    return {
        "processes": children,
        "threads": threading.active_count(),
        "open files": len(list(folder.iterdir())) if folder.exists() else 0,
    }


def _more(now: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    # Three games were played: what each left behind shows three times, a cache at most once.
    return {kind: now[kind] - before[kind] for kind in now if now[kind] - before[kind] >= 2}


def _hook_once() -> None:
    global _hooked
    if not _hooked:
        sys.addaudithook(_hook)  # it cannot be taken away again, and does nothing unless asked
        _hooked = True


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _written is None or event != "open":
        return
    path, mode, flags = arguments
    writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else (
        isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    )  # fmt: skip
    if writes and isinstance(path, (str, bytes)):
        _written.append(str(Path(os.fsdecode(path)).absolute()))


def _harmless(path: str) -> bool:
    return path.startswith(("/dev/", "/proc/")) or "__pycache__" in path
