"""Runs something that may crash, hang or print, in a child process that can be killed.

The child is a fork, so that classes and factories that exist only in this process can be tested; it
leads its own process group, which is killed when it is done, so nothing is left behind. Where the
system cannot fork, the work runs here, without that protection.

Not covered: the memory of grandchildren, and grandchildren that move to another session.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, BinaryIO

from veragym.check.finding import Finding

LONGEST_OUTPUT = 64 << 20
"""Bytes a child may print before it is killed."""
MOST_MEMORY = 0.5
"""Share of this machine's memory a child may hold before it is killed."""
POLL_S = 0.1

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


def isolated(work: Work, limit_s: float, most_memory: int | None = None) -> Messages:
    """The findings of `work` as they come, then what went wrong and what was printed, if anything.

    Args:
        work: gives findings; runs in a fork of this process.
        limit_s: wall seconds until it is killed.
        most_memory: bytes it may hold; `MOST_MEMORY` of this machine's by default.
    """
    if not can_fork():
        yield from unprotected(work)
        return
    with tempfile.TemporaryFile() as output:
        bound = int(MOST_MEMORY * _page() * os.sysconf("SC_PHYS_PAGES"))
        yield from _forked(work, limit_s, most_memory or bound, output)
        output.seek(0)
        text = output.read(1 << 16).decode("utf-8", "replace")
        if text:
            yield Printed(text)


def _failure(error: BaseException) -> Failure:
    frames = traceback.format_exception(error)
    return Failure(f"{type(error).__name__}: {error}"[:500], "".join(frames)[-2000:])


def _page() -> int:
    return os.sysconf("SC_PAGE_SIZE")


def _memory(pid: int) -> int:
    """Bytes a process holds in memory; 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _page()
    except (OSError, IndexError, ValueError):
        return 0


def _forked(
    work: Work, limit_s: float, most_memory: int, output: BinaryIO
) -> Iterator[Finding | Failure]:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(work, sender, output.fileno()))
    try:
        with warnings.catch_warnings(), _uninterrupted():
            # Newer Pythons warn of any fork beside threads; the child uses nothing they hold.
            warnings.simplefilter("ignore", DeprecationWarning)
            child.start()
        sender.close()
        yield from _listen(child, receiver, limit_s, most_memory, output)
    finally:
        receiver.close()
        if child.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.kill()
            child.join()


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Holds Ctrl-C back until a child that has begun is one that can be killed."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _listen(
    child: Any, receiver: Connection, limit_s: float, most_memory: int, output: BinaryIO
) -> Iterator[Finding | Failure]:
    deadline = time.monotonic() + limit_s
    while True:
        if receiver.poll(POLL_S):
            try:
                message = receiver.recv()
            except (EOFError, OSError):
                child.join(5)
                yield Failure(f"the process died: {_cause(child.exitcode)}")
                return
            if message is None:
                return
            yield message
        elif time.monotonic() > deadline:
            yield Failure(f"no end after {limit_s:g} s: the environment hangs or is very slow")
            return
        elif os.fstat(output.fileno()).st_size > LONGEST_OUTPUT:
            yield Failure(f"more than {LONGEST_OUTPUT >> 20} MiB were printed")
            return
        elif _memory(child.pid) > most_memory:
            yield Failure(f"more than {most_memory >> 20} MiB of memory were taken")
            return


def _cause(code: int | None) -> str:
    if code is None:
        return "it closed its connection"
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"it left with status {code}"


def _child(work: Work, sender: Connection, output: int) -> None:
    os.setsid()
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
    try:
        for finding in work():
            sender.send(finding)
        sender.send(None)
    except BaseException as error:  # noqa: BLE001 - sys.exit() in an environment is a finding too
        sender.send(_failure(error))
        sender.send(None)
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        # Neither the parent's exit handlers nor its buffered output may run twice.
        os._exit(0)
