"""Keeps the processes of one piece of work together and ends them all, whatever else dies.

    the caller ── keeper ── worker ── whatever the environment starts

The caller forks a keeper, the keeper forks the worker. The keeper never runs anybody's code: it
watches the bounds, adopts the daemons that let go of their parents (Linux), and when the work is
over, the caller is gone (even by SIGKILL) or a bound is passed, it kills every process below it and
removes the folder that took their temporary files.

Out of reach: an environment that kills the keeper itself, or every process of its user.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

POLL_S = 0.1
PATIENCE_S = 5.0
"""How long the processes may take to be gone after they were killed."""
ROOM_S = 10.0
"""How long to wait for the machine to have room for another process."""
MIB = 1 << 20
PREFIX = "veragym-check-"
STACK = signal.SIGUSR2
"""Asks a worker to write down where it is."""
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
"""See prctl(2)."""

_keeper: int | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the work may take before it is ended.

    Attributes:
        seconds: wall time.
        memory: bytes, of all its processes together.
        processes: how many may run at once.
        output: bytes printed.
    """

    seconds: float
    memory: int
    processes: int
    output: int


def keep(
    work: Callable[[], None],
    control: Connection,
    bounds: Bounds,
    output: int,
    folder: str,
    caller: int,
) -> None:
    """Runs `work` in a child and sees it through; called in a process of its own, which it ends.

    Args:
        work: what to run.
        control: to the caller. Told why the work ended, if it was not asked to end; it is asked by
            closing the other side.
        bounds: when to end it.
        output: descriptor of the file that takes what is printed.
        folder: for the temporary files of the work; removed.
        caller: process id of the caller.
    """
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    worker = multiprocessing.get_context("fork").Process(
        target=_work, args=(work, folder, os.getpid(), bounds, control)
    )
    try:
        started(worker)
        assert worker.pid is not None
        reason = _watch(worker.pid, control, bounds, output, caller)
    except Exception as error:  # noqa: BLE001 - nobody else would say so
        reason = f"its keeper failed: {type(error).__name__}: {error}"
    try:
        if reason is not None:
            with contextlib.suppress(OSError):
                control.send(reason)
    finally:
        if worker.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(worker.pid, signal.SIGKILL)
        _end_all()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)


def started(process: multiprocessing.process.BaseProcess) -> None:
    """Starts a process; a machine that is full for a moment is no fault of any environment.

    Raises:
        BlockingIOError: it stays full.
    """
    deadline = time.monotonic() + ROOM_S
    while True:
        try:
            process.start()
            return
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise BlockingIOError(
                    error.errno,
                    f"this machine could not start another process for {ROOM_S:g} s; check again "
                    "when less is running on it",
                ) from error
            time.sleep(0.2)


def adopted() -> set[int]:
    """In a worker: processes it or its children started that have let go of their parents."""
    if _keeper is None or os.getppid() != _keeper:
        return set()
    return set(_children(_keeper)) - {os.getpid()}


# -- the worker's side -----------------------------------------------------------------------------


def _work(
    work: Callable[[], None], folder: str, keeper: int, bounds: Bounds, control: Connection
) -> None:
    global _keeper
    os.setsid()
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:  # it died before we could ask to follow
        os._exit(1)
    control.close()
    _keeper = keeper
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    tempfile.tempdir = os.environ["TMPDIR"] = folder
    _limit("RLIMIT_CORE", 0)
    # Whoever asks for much more than is granted at once is not left to the next look at the clock.
    # What is only reserved does not count.
    _limit("RLIMIT_DATA", _data() + 2 * bounds.memory)
    work()


def _limit(name: str, most: int) -> None:
    import resource  # not on every system

    what = getattr(resource, name)
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(what, (most, most))


def _data() -> int:
    """Bytes of this process's own writable memory; no bound where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[5]) * page_size()
    except (OSError, IndexError, ValueError):
        return 1 << 48


# -- the keeper's side -----------------------------------------------------------------------------


def _watch(
    worker: int, control: Connection, bounds: Bounds, output: int, caller: int
) -> str | None:
    """Why the work ended, or None if the caller ended it or is gone."""
    deadline = time.monotonic() + bounds.seconds
    watched: list[Connection | int] = [control]
    with contextlib.suppress(AttributeError, OSError):
        watched.append(os.pidfd_open(worker))
    while True:
        if control in wait(watched, POLL_S if len(watched) > 1 else POLL_S / 5):
            return None
        if os.getppid() != caller:
            return None
        for pid, status in _reaped():
            if pid == worker:
                return f"the process died: {_cause(status)}"
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(worker, STACK)
            time.sleep(POLL_S)
            return f"no end after {bounds.seconds:g} s: the environment hangs or is very slow"
        if os.fstat(output).st_size > bounds.output:
            return f"more than {bounds.output // MIB} MiB were printed"
        running = [worker, *descendants(worker), *descendants(os.getpid(), without=worker)]
        if len(running) > bounds.processes:
            return f"more than {bounds.processes} processes were started"
        if _held(running) > bounds.memory < (_shared_once(running) or _held(running)):
            return f"more than {bounds.memory // MIB} MiB of memory were taken"


def _cause(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"it left with status {code}"


def _reaped() -> Iterator[tuple[int, int]]:
    """The children, own and adopted, that have ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, status


def _end_all() -> None:
    """Kills what is below this process until nothing is; what forks meanwhile is stopped first."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        list(_reaped())
        found = list(descendants(os.getpid()))
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in found:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
        if not found:
            return
        time.sleep(0.0005)


def descendants(pid: int, without: int | None = None) -> Iterator[int]:
    """Process ids of all that a process has started, directly or not."""
    waiting = [pid]
    while waiting:
        for child in _children(waiting.pop()):
            if child != without:
                waiting.append(child)
                yield child


def _children(pid: int) -> list[int]:
    """Process ids, where the system lists them (Linux); a process may be gone while one looks."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found.extend(map(int, (thread / "children").read_text().split()))
    return found


def page_size() -> int:
    """Bytes of a page of memory."""
    return os.sysconf("SC_PAGE_SIZE")


def _held(pids: list[int]) -> int:
    """Bytes that processes hold, what they share counted for each; 0 where it is not said."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError, ValueError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page_size()
    return total


def _shared_once(pids: list[int]) -> int:
    """Bytes that processes hold, exactly, which takes longer to say."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError, ValueError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(text.partition("\nPss:")[2].split()[0]) * 1024
    return total


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
