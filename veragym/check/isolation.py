"""Runs something that may crash, hang or print, in a child process that can be killed.

The child is a fork, so that classes and factories that exist only in this process can be tested. A
keeper stands between, which ends it and all that it started, and leaves nothing behind even if this
process is killed; see `keeper`. Where the system cannot fork, the work runs here, without that
protection.
"""

from __future__ import annotations

import contextlib
import faulthandler
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import BinaryIO

from veragym.check.finding import Finding
from veragym.check.keeper import PATIENCE_S, PREFIX, Bounds, keep, page_size

LONGEST_OUTPUT = 64 << 20
"""Bytes a child may print before it is killed."""
MOST_MEMORY = 0.5
"""Share of this machine's memory a child may hold before it is killed."""
MOST_PROCESSES = 128
"""Processes that may run at once in a child before it is killed."""

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
    memory = most_memory or int(MOST_MEMORY * page_size() * os.sysconf("SC_PHYS_PAGES"))
    with tempfile.TemporaryFile() as output:
        yield from _forked(work, Bounds(limit_s, memory, MOST_PROCESSES, LONGEST_OUTPUT), output)
        size = os.fstat(output.fileno()).st_size
        output.seek(0)
        text = output.read(1 << 16).decode("utf-8", "replace")
        if text:
            yield Printed(text, size)


def _failure(error: BaseException) -> Failure:
    frames = traceback.format_exception(error)
    what = "too much memory was asked for at once: " if isinstance(error, MemoryError) else ""
    return Failure(f"{what}{type(error).__name__}: {error}"[:500], "".join(frames)[-2000:])


def _forked(work: Work, bounds: Bounds, output: BinaryIO) -> Iterator[Finding | Failure]:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    control, kept = context.Pipe()
    folder = tempfile.mkdtemp(prefix=PREFIX)
    with tempfile.TemporaryFile() as crash:

        def run() -> None:
            receiver.close()
            _child(work, sender, output.fileno(), crash.fileno())

        def keep_it(caller: int) -> None:
            control.close()
            keep(run, kept, bounds, output.fileno(), folder, caller)

        keeper = context.Process(target=keep_it, args=(os.getpid(),))
        try:
            with warnings.catch_warnings(), _uninterrupted():
                # Newer Pythons warn of any fork beside threads; the child uses nothing they hold.
                warnings.simplefilter("ignore", DeprecationWarning)
                keeper.start()
            sender.close()
            kept.close()
            yield from _listen(receiver, control, crash)
        finally:
            receiver.close()
            control.close()
            if keeper.pid is not None:
                keeper.join(2 * PATIENCE_S)
                keeper.kill()
                keeper.join()
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
    receiver: Connection, control: Connection, crash: BinaryIO
) -> Iterator[Finding | Failure]:
    """What the worker sends, up to its end or the keeper's word that there will be none."""
    reason: str | None = None
    while True:
        if reason is None and not receiver.poll():
            wait([receiver, control])
        if receiver.poll():
            try:
                message = receiver.recv()
            except (EOFError, OSError):
                yield Failure(reason or _word(control), _trace(crash))
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
    """Where it was when it died of a fault of memory or arithmetic, the innermost call first."""
    crash.seek(0)
    return crash.read(2000).decode("utf-8", "replace")


def _child(work: Work, sender: Connection, output: int, crash: int) -> None:
    faulthandler.enable(crash)
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
