"""Whatever an environment does to its process, the check says what it was and leaves nothing."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import planted
import pytest

from veragym.check import Finding, Report, check
from veragym.check import isolation as isolation_module
from veragym.check import keeper as keeper_module
from veragym.check.finding import ok
from veragym.check.isolation import Failure, isolated
from veragym.sandbox.cgroup import available

BOMB = 200
"""Children a fork bomb makes at most, should nobody stop it."""


class Crashes(planted.Walk):
    """Reads address 0."""

    def step(self, action: int) -> Any:
        return ctypes.string_at(0)


class HangsWithTheLock(planted.Walk):
    """Sleeps in C without giving up the interpreter's lock: no thread of its own can run."""

    def step(self, action: int) -> Any:
        return ctypes.PyDLL(None).sleep(600)


class Forks(planted.Walk):
    def step(self, action: int) -> Any:
        for _ in range(BOMB):
            if os.fork() == 0:
                time.sleep(600)
                os._exit(0)
        time.sleep(600)


class Doubles(planted.Walk):
    """Twelve doublings: 4,096 processes within a look's time, if nothing holds them."""

    def step(self, action: int) -> Any:
        for _ in range(12):
            with contextlib.suppress(OSError):
                os.fork()
        time.sleep(600)


class EatsMemory(planted.Walk):
    def step(self, action: int) -> Any:
        hoard = []
        for _ in range(500):  # 4 GB, should nobody stop it
            hoard.append(np.ones(8 << 20, np.uint8))
            time.sleep(0.01)
        time.sleep(600)


class AsksForTooMuch(planted.Walk):
    def step(self, action: int) -> Any:
        self.hoard = np.ones(1 << 45, np.uint8)
        return super().step(action)


class PrintsMegabytes(planted.Walk):
    """25 MB to each of the two streams."""

    def __init__(self) -> None:
        for stream in (1, 2):
            for _ in range(25):
                os.write(stream, b"x" * 1_000_000)


class StartsDaemons(planted.Walk):
    """Every environment starts a process that lets go of its parents and lives on."""

    def __init__(self) -> None:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        os.wait()


def verdict_of(report: Report, name: str) -> str:
    return next(finding.verdict for finding in report.failures if finding.name == name)


@pytest.mark.skipif(not available().processes, reason=available().reason or "no groups")
def test_processes_that_double_are_held_by_the_kernel(marked: Marked) -> None:
    most = 0
    done = threading.Event()

    def look() -> None:
        nonlocal most
        while not done.wait(0.02):
            most = max(most, sum(place.name.isdigit() for place in Path("/proc").iterdir()))

    before = sum(place.name.isdigit() for place in Path("/proc").iterdir())
    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        report = check(Doubles, seeds=2, limit_s=20.0)
    finally:
        done.set()
        watcher.join()
    (finding,) = report.failures
    assert "more than 128 processes were started" in finding.verdict
    assert most - before < 2 * isolation_module.TASKS * isolation_module.MOST_PROCESSES
    assert marked.others() == set()


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        (Crashes, "the process died: killed by SIGSEGV"),
        (HangsWithTheLock, "no end after 1.5 s: the environment hangs"),
        (Forks, "more than 128 processes were started"),
        (EatsMemory, "of memory were taken"),
        (AsksForTooMuch, "Unable to allocate 32.0 TiB"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_takes_the_process_down_is_named_and_said_once(
    environment: Any, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, marked: Marked
) -> None:
    if environment is EatsMemory:
        monkeypatch.setattr(isolation_module, "MOST_MEMORY", 0.02)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.chdir(tmp_path)
    report = check(environment, seeds=2, limit_s=1.5 if environment is HangsWithTheLock else 30.0)
    (finding,) = report.failures
    assert reason in finding.verdict
    assert finding.name in ("api.completes", "api.works")
    assert list(tmp_path.iterdir()) == []  # neither a core nor a temporary file
    assert marked.others() == set()


def test_a_crash_in_c_is_reported_with_the_place_in_python() -> None:
    def work() -> Iterator[Finding]:
        yield ok("one", "first")
        ctypes.string_at(0)

    found = list(isolated(work, 20.0))
    assert isinstance(found[1], Failure)
    assert "test_attack.py" in found[1].traceback


def test_fifty_megabytes_of_print_are_a_finding_with_their_size() -> None:
    report = check(PrintsMegabytes, seeds=2, witnesses=["snapshot"])
    size = int(verdict_of(report, "snapshot.quiet").partition(" bytes")[0].replace(",", ""))
    assert size > 0
    assert size % 50_000_000 == 0


def test_a_fork_that_nobody_ends_would_be_seen(marked: Marked) -> None:
    pid = os.fork()
    if pid == 0:
        signal.pause()
    assert marked.others() == {str(pid)}
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_daemons_are_found_and_killed(marked: Marked) -> None:
    report = check(StartsDaemons, seeds=2, witnesses=["residue"])
    assert [finding.name for finding in report.failures] == ["residue.processes"]
    assert marked.others() == set()


def test_memory_of_all_processes_counts_together() -> None:
    hoard = "import time; x = bytearray(b'x') * (150 << 20); time.sleep(600)"

    def work() -> Iterator[Finding]:
        yield ok("one", "first")
        for _ in range(3):
            subprocess.Popen([sys.executable, "-c", hoard])
        time.sleep(600)

    found = list(isolated(work, 60.0, most_memory=400 << 20))
    assert isinstance(found[1], Failure)
    assert found[1].verdict == "more than 400 MiB of memory were taken"


def test_processes_that_come_and_go_do_not_confuse_the_keeper(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeper_module, "POLL_S", 0.001)

    def work() -> Iterator[Finding]:
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            for pid in [os.posix_spawn("/bin/true", ["true"], {}) for _ in range(8)]:
                os.waitpid(pid, 0)
        yield ok("one", "first")

    assert [type(found) for found in isolated(work, 30.0)] == [Finding]


def test_whoever_kills_the_keeper_dies_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def work() -> Iterator[Finding]:
        yield ok("one", "first", pid=os.getpid())
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)

    first, failure = list(isolated(work, 60.0))
    assert isinstance(first, Finding)
    assert isinstance(failure, Failure)
    assert failure.verdict == "the process that kept it was killed"
    assert _within(5.0, lambda: not _alive(first.evidence["pid"]))
    assert list(tmp_path.iterdir()) == []


SCRIPT = """
import json, os, subprocess, sys, tempfile, time
import gymnasium as gym
from veragym.check import check

NOTE = sys.argv[1]

class Busy(gym.Env):
    observation_space = action_space = gym.spaces.Discrete(2)
    def __init__(self):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.setsid()
            daemon = os.fork()
            if daemon == 0:
                time.sleep(600)
            os.write(writer, str(daemon).encode())
            os._exit(0)
        daemon = int(os.read(reader, 20))
        folder = tempfile.mkdtemp()
        note = {"pids": [os.getpid(), os.getppid(), child.pid, daemon], "folder": folder}
        with open(NOTE + ".part", "w") as file:
            json.dump(note, file)
        os.rename(NOTE + ".part", NOTE)
        time.sleep(600)

if __name__ == "__main__":
    check(Busy, witnesses=["residue"])
"""


def test_a_check_that_is_killed_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    script, note, temporary = tmp_path / "busy.py", tmp_path / "note", tmp_path / "temporary"
    script.write_text(SCRIPT)
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, str(script), str(note)], env={**os.environ, "TMPDIR": str(temporary)}
    )
    try:
        assert _within(60.0, note.exists)
        seen = json.loads(note.read_text())
        assert Path(seen["folder"]).is_relative_to(temporary)
        assert all(map(_alive, seen["pids"]))
    finally:
        process.kill()
        process.wait()
    assert _within(10.0, lambda: not any(map(_alive, seen["pids"])))
    assert _within(5.0, lambda: not list(temporary.iterdir()))


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return False


class Marked:
    """Sees the processes forked since: each of them holds our file open, whoever adopted it."""

    def __init__(self) -> None:
        self.name = f"check-{uuid.uuid4().hex}"
        self._file = os.memfd_create(self.name)

    def others(self) -> set[str]:
        """Living processes but this one that hold the file."""
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            if folder.name == str(os.getpid()):
                continue
            with contextlib.suppress(OSError):
                for descriptor in (folder / "fd").iterdir():
                    if self.name in str(descriptor.readlink()):
                        found.add(folder.name)
        return {pid for pid in found if _alive(int(pid))}

    def close(self) -> None:
        os.close(self._file)


@pytest.fixture
def marked() -> Iterator[Marked]:
    made = Marked()
    yield made
    made.close()
