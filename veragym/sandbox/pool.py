"""Sessions opened beforehand and used again: a bounded pool that makes its users wait.

Opening a session takes tens of milliseconds, taking one back to its start less than five. A pool
keeps at most `size` of them; who comes when all are out waits for one, so that any number of
threads share a machine's memory. Those nobody used for a while are closed.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator

from veragym.core.errors import OptionError
from veragym.sandbox.closing import Closing
from veragym.sandbox.interface import RunnerUnavailable
from veragym.sandbox.session import Sandbox, SandboxSpec, Session, SessionClosed


class SessionPool(Closing):
    """At most `size` sessions of one kind. For use by several threads of one process.

    Args:
        sandbox: what opens them.
        spec: what they are.
        size: how many at once.
        idle_seconds: those at rest for so long are closed.
        warm: so many are opened at once.
    Raises:
        OptionError: a number that makes no sense.
        RunnerUnavailable: a session cannot be opened.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        spec: SandboxSpec | None = None,
        *,
        size: int = 8,
        idle_seconds: float = 60.0,
        warm: int = 0,
    ) -> None:
        if size < 1 or not 0 <= warm <= size or not idle_seconds > 0:
            raise OptionError(
                "a pool needs a size of at least 1, no more warm sessions than that and a positive "
                f"idle time, got size={size!r}, warm={warm!r}, idle_seconds={idle_seconds!r}"
            )
        self._sandbox = sandbox
        self._spec = spec or SandboxSpec()
        self._size = size
        self._idle_seconds = idle_seconds
        self._change = threading.Condition()
        self._resting: list[tuple[float, Session]] = []
        self._out: set[int] = set()
        self._opening = 0
        self._closed = False
        self._timer: threading.Timer | None = None
        self._process = os.getpid()
        try:
            for session in [sandbox.open(self._spec) for _ in range(warm)]:
                self._resting.append((time.monotonic(), session))
        except BaseException:
            self.close()
            raise
        self._set_timer()

    def __len__(self) -> int:
        """Sessions there are now, in use or at rest."""
        with self._change:
            return len(self._resting) + len(self._out) + self._opening

    def acquire(self, timeout: float | None = None) -> Session:
        """A session at its start, to be given back by `release`.

        Args:
            timeout: seconds to wait for one; None for as long as it takes.
        Raises:
            RunnerUnavailable: none came free in time, or none can be opened.
            SessionClosed: the pool is closed.
        """
        end = None if timeout is None else time.monotonic() + timeout
        with self._change:
            while True:
                self._check()
                if self._resting:
                    session = self._resting.pop()[1]
                    self._out.add(id(session))
                    return session
                if len(self._out) + self._opening < self._size:
                    self._opening += 1
                    break
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    raise RunnerUnavailable(
                        f"all {self._size} sessions of the pool are in use; none came free in "
                        f"{timeout:g} s; release sessions sooner or make the pool larger"
                    )
                self._change.wait(left)
        try:
            session = self._sandbox.open(self._spec)
        except BaseException:
            with self._change:
                self._opening -= 1
                self._change.notify()
            raise
        with self._change:
            self._opening -= 1
            self._out.add(id(session))
        return session

    def release(self, session: Session) -> None:
        """Takes a session back to its start and keeps it; one that cannot go back is closed.

        Raises:
            OptionError: the session is not out of this pool.
        """
        with self._change:
            if id(session) not in self._out:
                raise OptionError("this session was not taken from this pool, or is back already")
        whole = True
        try:
            session.reset()
        except (RunnerUnavailable, SessionClosed):
            whole = False
        with self._change:
            self._out.discard(id(session))
            keep = whole and not self._closed
            if keep:
                self._resting.append((time.monotonic(), session))
            self._change.notify()
        if not keep:
            session.close()
        self._set_timer()

    @contextlib.contextmanager
    def session(self, timeout: float | None = None) -> Iterator[Session]:
        """A session for the length of a `with` block; see `acquire`."""
        session = self.acquire(timeout)
        try:
            yield session
        finally:
            self.release(session)

    def reap(self) -> int:
        """Closes the sessions that rest too long; gives how many. Done by itself in time."""
        before = time.monotonic() - self._idle_seconds
        with self._change:
            old = [session for when, session in self._resting if when <= before]
            self._resting = [(when, s) for when, s in self._resting if when > before]
        for session in old:
            session.close()
        return len(old)

    def close(self) -> None:
        """Closes those at rest now, and those in use when they come back."""
        with self._change:
            self._closed = True
            resting, self._resting = self._resting, []
            if self._timer is not None:
                self._timer.cancel()
            self._change.notify_all()
        for _, session in resting:
            session.close()

    def _check(self) -> None:
        if self._closed:
            raise SessionClosed("this pool is closed; make another one")
        if self._process != os.getpid():
            raise RunnerUnavailable("a pool belongs to the process that made it; make one here")

    def _set_timer(self) -> None:
        """Wakes up when the oldest session at rest will have rested too long."""
        with self._change:
            waiting = self._timer is not None and self._timer.is_alive()
            mine = self._timer is threading.current_thread()
            if self._closed or not self._resting or (waiting and not mine):
                return
            oldest = min(when for when, _ in self._resting)
            wait = max(0.01, oldest + self._idle_seconds - time.monotonic())
            self._timer = threading.Timer(wait, self._wake)
            self._timer.daemon = True
            self._timer.start()

    def _wake(self) -> None:
        self.reap()
        self._set_timer()
