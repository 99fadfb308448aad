"""A pool of killable child processes for questions that may never end.

Each worker (`symbolic.py` in an isolated interpreter) answers one question at a time over pipes.
A worker that misses its deadline is killed and replaced; the others go on. The pool may be used
from any thread, from asyncio through a thread, and from forked processes, which get a pool of
their own. Workers end at exit, on end of file, when their parent is gone, and at their own limits
of memory and processor time.

The deadline is wall-clock time and contains hostile answers; it decides nothing about ordinary
ones, which take milliseconds.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from veragym.core.errors import OptionError
from veragym.verifiers.faults import MachineryFailed, TooLarge

DEADLINE_S = 5.0
START_S = 60.0
"""A worker that has not reported by then cannot be started."""
MEMORY_BYTES = 256 << 20
"""Memory an answer may take above what the libraries take."""
_LENGTH = struct.Struct(">I")
_PROGRAM = str(Path(__file__).with_name("symbolic.py"))


class _Answer(threading.local):
    """What the answer now judged in this thread has used of its deadline; None between answers."""

    used: float | None = None


_answer = _Answer()


@contextlib.contextmanager
def one_answer() -> Iterator[None]:
    """All questions asked inside share one deadline: a long list of hard parts gets no more."""
    outer, _answer.used = _answer.used, 0.0
    try:
        yield
    finally:
        _answer.used = outer


def _charge(seconds: float) -> None:
    if _answer.used is not None:
        _answer.used += seconds


class WorkerDied(Exception):
    """The worker ended without an answer."""


class DeadlineMissed(Exception):
    """The worker did not answer in time."""


class Worker:
    """One child process. Not thread-safe: the pool lends it to one thread at a time."""

    def __init__(self, deadline: float, memory: int) -> None:
        options = {
            "parent": os.getpid(),
            "deadline": deadline,
            "memory": memory,
            "path": [path for path in sys.path if path],
        }
        self.process = subprocess.Popen(
            [sys.executable, "-I", _PROGRAM, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self.ready = False
        self.deadline = deadline
        self.took = 0.0

    def receive(self, seconds: float) -> dict[str, Any]:
        """The next message.

        Raises:
            DeadlineMissed, WorkerDied.
        """
        end = time.monotonic() + seconds
        header = self._read(_LENGTH.size, end)
        message = json.loads(self._read(_LENGTH.unpack(header)[0], end))
        if not isinstance(message, dict):
            raise WorkerDied
        return message

    def _read(self, size: int, end: float) -> bytes:
        stream = self.process.stdout
        assert stream is not None
        data = b""
        while len(data) < size:
            left = end - time.monotonic()
            poll = select.poll()
            poll.register(stream, select.POLLIN)
            if left <= 0 or not poll.poll(left * 1000):
                raise DeadlineMissed
            chunk = os.read(stream.fileno(), size - len(data))
            if not chunk:
                raise WorkerDied
            data += chunk
        return data

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The reply to one request.

        Raises:
            DeadlineMissed, WorkerDied.
        """
        if not self.ready:
            waited = time.monotonic()
            try:
                self.receive(START_S)
            except DeadlineMissed:
                raise WorkerDied from None
            self.ready = True
            # The start and the question together keep to the deadline, with a tenth to spare; a
            # second is left to the question however slow the start was.
            left = 1.1 * self.deadline - (time.monotonic() - waited)
            seconds = min(seconds, max(1.0, left))
        data = json.dumps(request).encode()
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(_LENGTH.pack(len(data)) + data)
        except OSError:
            raise WorkerDied from None
        begun = time.monotonic()
        try:
            return self.receive(seconds)
        finally:
            self.took = time.monotonic() - begun  # without its start, which no answer is charged

    def kill(self) -> None:
        """Ends the process at once."""
        self.process.kill()
        self.process.wait()
        self.forget()

    def forget(self) -> None:
        """Closes this process's ends of the pipes only (a forked child's inherited copies)."""
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


class WorkerPool:
    """Lends workers to questions.

    Args:
        size: workers at most; started as needed.
        deadline: seconds a question may take.
        memory: bytes an answer may take above the libraries.
    """

    def __init__(
        self, size: int = 0, deadline: float = DEADLINE_S, memory: int = MEMORY_BYTES
    ) -> None:
        if deadline <= 0 or memory <= 0 or size < 0:
            raise OptionError(
                f"size, deadline and memory must be positive, got {size}, {deadline}, {memory}"
            )
        self.size = size or min(4, os.cpu_count() or 1)
        self.deadline = deadline
        self.memory = memory
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(self.size)
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The reply of some worker; waits for a free one.

        A worker that dies of outside causes (killed by the system) loses nothing: the question is
        put once more to a fresh one.

        Raises:
            TooLarge: deadline or memory exceeded, by the question itself or by the earlier ones
                of the same answer (`one_answer`).
            MachineryFailed: no worker could be started.
        """
        seconds = self.deadline - (_answer.used or 0.0)
        if seconds <= 0:
            raise TooLarge("checking the answer took longer than its deadline")
        with self._free:
            for attempt in (1, 2):
                # The second one is fresh: whatever ended one idle worker may have ended them all.
                worker = self._take(fresh=attempt == 2)
                started = worker.ready
                try:
                    reply = worker.ask(request, seconds)
                except DeadlineMissed:
                    _charge(worker.took)
                    self._drop(worker)
                    raise TooLarge("checking the answer took longer than its deadline") from None
                except WorkerDied:
                    started = worker.ready
                    self._drop(worker)
                    if attempt == 2 and started:
                        raise TooLarge("checking the answer exceeded its resources") from None
                    if attempt == 2:
                        raise MachineryFailed("no checking process could be started") from None
                    continue
                except BaseException:
                    self._drop(worker)
                    raise
                self._give(worker, reply)
                _charge(worker.took)
                return reply
        raise MachineryFailed("no checking process could be started")

    def _take(self, fresh: bool = False) -> Worker:
        with self._lock:
            if self._idle and not fresh:
                worker = self._idle.pop()
                self._busy.add(worker)
                return worker
        try:
            worker = Worker(self.deadline, self.memory)
        except OSError as error:
            raise MachineryFailed(f"no checking process could be started: {error}") from None
        with self._lock:
            self._busy.add(worker)
        return worker

    def _give(self, worker: Worker, reply: dict[str, Any]) -> None:
        """Returns a worker; one that ran out of memory is not used again."""
        if reply.get("fault") in {"memory", "depth"}:
            self._drop(worker)
            return
        with self._lock:
            self._busy.discard(worker)
            self._idle.append(worker)

    def _drop(self, worker: Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
        worker.kill()

    def close(self) -> None:
        """Ends all workers. The pool can be used again afterwards."""
        with self._lock:
            workers, self._idle = [*self._idle, *self._busy], []
            self._busy.clear()
        for worker in workers:
            worker.kill()

    def abandon(self) -> None:
        """After a fork, in the child: lets go of the parent's workers without ending them."""
        for worker in (*self._idle, *self._busy):
            worker.forget()
            # Popen's own bookkeeping must not wait for a process that is not ours.
            worker.process.returncode = 0
        self._idle, self._busy = [], set()


_pool: WorkerPool | None = None
_pool_lock = threading.Lock()


def shared_pool() -> WorkerPool:
    """The process's pool, made on first use."""
    global _pool
    with _pool_lock:
        if _pool is None:
            _pool = WorkerPool()
        return _pool


def _after_fork() -> None:
    global _pool, _pool_lock
    _pool_lock = threading.Lock()
    if _pool is not None:
        _pool.abandon()
        _pool = None


def _at_exit() -> None:
    if _pool is not None:
        _pool.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
