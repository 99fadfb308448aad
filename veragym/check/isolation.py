"""Runs something that may crash, hang or print, in a child process that can be killed.

The child is a fork, so that classes and factories that exist only in this process can be tested. A
keeper stands between, which ends it and all that it started, and leaves nothing behind even if this
process is killed; see `keeper`. Where the system cannot fork, the work runs here, without that
protection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import faulthandler
import json
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from typing import Any, BinaryIO

from veragym.check.finding import Finding
from veragym.check.keeper import PATIENCE_S, PREFIX, STACK, Bounds, keep, page_size, started
from veragym.sandbox.cgroup import UNIFIED, Cgroup, CgroupSupport, available, sweep
from veragym.sandbox.interface import RunnerUnavailable

LONGEST_OUTPUT = 64 << 20
"""Bytes a child may print before it is killed."""
MOST_MEMORY = 0.5
"""Share of this machine's memory a child may hold before it is killed."""
MOST_PROCESSES = 128
"""Processes that may run at once in a child before it is killed."""
TASKS = 8
"""Processes and threads the kernel grants for each of them, where it can be asked to."""
MOST_WITH_SANDBOXES = 2048
"""The same for an environment of which every instance has a sandbox with processes of its own."""
LONGEST_MESSAGE = 16 << 20
"""Bytes of one finding; more is not written by a witness."""

Work = Callable[[], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the work did not come to its end, in one line, with the traceback if there was one."""

    verdict: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """What the work wrote to standard output and standard error."""

    text: str
    """Its beginning."""
    size: int
    """All of it, in bytes."""


Messages = Generator[Finding | Failure | Printed, None, None]


def can_fork() -> bool:
    """Whether this system has what isolation needs."""
    return hasattr(os, "fork") and hasattr(os, "setsid")


def unprotected(work: Work) -> Messages:
    """The findings of `work`, run in this process; for debugging, and where nothing can fork."""
    try:
        yield from work()
    except Exception as error:  # noqa: BLE001 - whatever the environment raises is a finding
        yield _failure(error)


def isolated(
    work: Work,
    limit_s: float,
    most_memory: int | None = None,
    most_processes: int = MOST_PROCESSES,
) -> Messages:
    """The findings of `work` as they come, then what went wrong and what was printed, if anything.

    Args:
        work: gives findings; runs in a fork of this process.
        limit_s: wall seconds until it is killed.
        most_memory: bytes it may hold; `MOST_MEMORY` of this machine's by default.
        most_processes: it may have at one time.
    """
    if not can_fork():
        yield from unprotected(work)
        return
    memory = most_memory or int(MOST_MEMORY * page_size() * os.sysconf("SC_PHYS_PAGES"))
    with tempfile.TemporaryFile() as output:
        yield from _forked(work, Bounds(limit_s, memory, most_processes, LONGEST_OUTPUT), output)
        size = os.fstat(output.fileno()).st_size
        output.seek(0)
        text = output.read(1 << 16).decode("utf-8", "replace")
        if text:
            yield Printed(text, size)


def _failure(error: BaseException) -> Failure:
    what = "too much memory was asked for at once: " if isinstance(error, MemoryError) else ""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an exception may refuse even to say what it is
        text = "(an exception that cannot be shown)"
    try:
        frames = "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001 - its text is asked for there too
        frames = ""
    return Failure(f"{what}{type(error).__name__}: {text}"[:500], frames[-2000:])


# -- what is sent: JSON, never pickles, which would let an environment run code in the caller ------


def _written(message: Finding | Failure | None) -> bytes:
    parts: list[Any] = []
    if isinstance(message, Finding):
        parts = ["finding", message.to_json()]
    elif isinstance(message, Failure):
        parts = ["failure", {"verdict": message.verdict, "traceback": message.traceback}]
    return json.dumps(parts, default=repr).encode()


def _read(data: bytes) -> Finding | Failure | None:
    """The message in `data`, or None for the end.

    Raises:
        ValueError: a witness did not write this.
    """
    parts = json.loads(data)
    if parts == []:
        return None
    try:
        kind, values = parts
        if kind == "failure":
            return Failure(str(values["verdict"]), str(values["traceback"]))
        if kind == "finding" and values["passed"] in (True, False, None):
            evidence = dict(values["evidence"])
            return Finding(
                str(values["name"]), values["passed"], str(values["verdict"]), evidence,
                str(values["fix"]),
            )  # fmt: skip
    except (TypeError, KeyError) as error:
        raise ValueError(f"no finding: {error}") from error
    raise ValueError(f"no finding: {data[:80]!r}")


def _group(bounds: Bounds) -> Cgroup | None:
    """A control group for the work, where one can be made: a fork bomb outruns the keeper's look.

    Not where sandboxes are started, which make groups of their own below.
    """
    support = _support()
    if support is None or bounds.processes > MOST_PROCESSES:
        return None
    try:
        return Cgroup.create("check", processes=TASKS * bounds.processes, support=support)
    except RunnerUnavailable:
        return None


@lru_cache(maxsize=1)
def _support() -> CgroupSupport | None:
    """What bounds processes here, if anything does; groups of killed checks are removed."""
    found = available()
    if not found.processes:
        return None
    sweep(found)
    bounding = {key: place for key, place in found.places.items() if key in ("pids", UNIFIED)}
    return dataclasses.replace(found, places=bounding)


def _forked(work: Work, bounds: Bounds, output: BinaryIO) -> Iterator[Finding | Failure]:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    control, kept = context.Pipe()
    folder = tempfile.mkdtemp(prefix=PREFIX)
    with tempfile.TemporaryFile() as crash:
        group = _group(bounds)

        def run() -> None:
            receiver.close()
            if group is not None:
                with contextlib.suppress(OSError):
                    group.add(os.getpid())
            _child(work, sender, output.fileno(), crash.fileno())

        def keep_it(caller: int) -> None:
            control.close()
            keep(run, kept, bounds, output.fileno(), folder, caller)

        keeper = context.Process(target=keep_it, args=(os.getpid(),))
        try:
            with warnings.catch_warnings(), _uninterrupted():
                # Newer Pythons warn of any fork beside threads; the child uses nothing they hold.
                warnings.simplefilter("ignore", DeprecationWarning)
                started(keeper)
            sender.close()
            kept.close()
            yield from _listen(receiver, control, crash, bounds.seconds + 2 * PATIENCE_S)
        finally:
            receiver.close()
            control.close()
            if keeper.pid is not None:
                keeper.join(2 * PATIENCE_S)
                keeper.kill()
                keeper.join()
            if group is not None:
                with contextlib.suppress(OSError):
                    group.close()
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Holds Ctrl-C back until a child that has begun is one that can be killed."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _listen(
    receiver: Connection, control: Connection, crash: BinaryIO, limit_s: float
) -> Iterator[Finding | Failure]:
    """What the worker sends, up to its end or the keeper's word that there will be none.

    Args:
        limit_s: when the keeper should long have ended it; one that was stopped does not.
    """
    reason: str | None = None
    deadline = time.monotonic() + limit_s
    while True:
        if reason is None and not receiver.poll():
            wait([receiver, control], max(0.0, deadline - time.monotonic()))
            if time.monotonic() >= deadline and not receiver.poll() and not control.poll():
                yield Failure("the process that kept it was stopped, and it did not end", "")
                return
        if receiver.poll():
            try:
                message = _read(receiver.recv_bytes(LONGEST_MESSAGE))
            except (EOFError, OSError):
                yield Failure(reason or _word(control), _trace(crash))
                return
            except (ValueError, RecursionError):
                yield Failure("the environment wrote into the pipe that findings come through")
                return
            if message is None:
                return
            yield message
        elif reason is not None:
            yield Failure(reason, _trace(crash))
            return
        elif control.poll():
            reason = _word(control)


def _word(control: Connection) -> str:
    try:
        return str(control.recv())
    except (EOFError, OSError):
        return "the process that kept it was killed"


def _trace(crash: BinaryIO) -> str:
    """Where it was when it died, or hung: the innermost call first."""
    crash.seek(0)
    return crash.read(2000).decode("utf-8", "replace")


def _child(work: Work, sender: Connection, output: int, crash: int) -> None:
    faulthandler.enable(crash)
    faulthandler.register(STACK, crash)  # asked for by the keeper, before a hang is ended
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout = open(1, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)  # noqa: SIM115
    # Some libraries greet on import, which is not the environment's doing.
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    # No window may open on the screen of whoever checks; without a screen SDL would complain.
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    # A warning is not output; the witnesses that care record them.
    warnings.simplefilter("ignore")
    own = os.getpid()

    def send(message: Finding | Failure | None) -> None:
        if os.getpid() == own:  # and not a fork that an environment let return
            sender.send_bytes(_written(message))

    try:
        for finding in work():
            send(finding)
        send(None)
    except BaseException as error:  # noqa: BLE001 - sys.exit() in an environment is a finding too
        send(_failure(error))
        send(None)
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        # Neither the parent's exit handlers nor its buffered output may run twice.
        os._exit(0)
