"""A runner over any sandbox: each command gets a session that nothing was done in yet.

Opening a session costs more than emptying one, so a few are kept: after a run the session goes back
to its start, with everything the command started ended, and waits for the next run with the same
limits. More runs than sessions wait for one another.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from veragym.core.errors import OptionError
from veragym.sandbox.interface import Limits, RunnerUnavailable, RunResult, RunSpec
from veragym.sandbox.session import Sandbox, SandboxSpec, Session

IDLE_S = 60.0
"""A session that nobody used for so long is closed at the next run."""

_forked: list[Session] = []
"""Sessions that belong to the process this one was forked from; kept so that nobody ends them."""


_pools: weakref.WeakSet[_Pool] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Before the interpreter takes itself apart: closing a session needs it whole."""
    for pool in list(_pools):
        if pool.process == os.getpid():
            for session in pool.old(0.0, 0):
                session.close()


class _Pool:
    """Sessions at rest, by the limits they were made with."""

    def __init__(self, size: int) -> None:
        self.process = os.getpid()
        self.lock = threading.Lock()
        self.room = threading.BoundedSemaphore(size)
        self.idle: dict[Limits, list[tuple[float, Session]]] = {}
        _pools.add(self)

    def take(self, limits: Limits) -> Session | None:
        with self.lock:
            resting = self.idle.get(limits)
            return resting.pop()[1] if resting else None

    def give(self, limits: Limits, session: Session) -> None:
        with self.lock:
            self.idle.setdefault(limits, []).append((time.monotonic(), session))

    def old(self, age: float, most: int) -> list[Session]:
        """Takes out those that rest too long, and the oldest of too many."""
        with self.lock:
            known = [(when, limits, s) for limits, some in self.idle.items() for when, s in some]
            known.sort(key=lambda one: one[0])
            before = time.monotonic() - age
            out = [one for n, one in enumerate(known) if one[0] < before or n < len(known) - most]
            for when, limits, session in out:
                self.idle[limits].remove((when, session))
            return [session for _, _, session in out]


@dataclass(frozen=True)
class SandboxRunner:
    """Runs each command in a session of a sandbox, as `Runner` describes.

    Picklable and usable from several threads; a copy in another process has sessions of its own.

    Args:
        sandbox: what opens the sessions.
        size: sessions at work at once; the number of processors if None.
        disk_bytes: of one run's files.
        folders: see `SandboxSpec.folders`; for an interpreter that is not below `/usr`.
    Raises:
        OptionError: `size` is not positive.
    """

    sandbox: Sandbox
    size: int | None = None
    disk_bytes: int = 64 << 20
    folders: Mapping[str, str] = field(default_factory=dict, hash=False)
    _pool: list[_Pool] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.size is not None and self.size < 1:
            raise OptionError(f"size must be at least 1, got {self.size!r}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.sandbox, self.size, self.disk_bytes, dict(self.folders))

    def run(self, spec: RunSpec) -> RunResult:
        """See `Runner.run`.

        Raises:
            RunnerUnavailable: no session could be made, or it failed.
        """
        pool = self._here()
        with pool.room, self._session(pool, spec.limits) as session:
            for name, content in spec.files.items():
                try:
                    session.put(name, content)
                except OSError as error:
                    raise RunnerUnavailable(
                        f"the file {name!r:.100} does not fit into the session: {error}; give the "
                        f"runner more than disk_bytes={self.disk_bytes}"
                    ) from error
            return session.exec(
                spec.argv, timeout=spec.limits.wall_seconds, stdin=spec.stdin, env=spec.env
            )

    def close(self) -> None:
        """Closes the sessions at rest; the next run opens new ones."""
        for pool in self._pool:
            if pool.process == os.getpid():
                for session in pool.old(0.0, 0):
                    session.close()

    def _here(self) -> _Pool:
        with _making:
            if self._pool and self._pool[0].process != os.getpid():
                _forked.extend(self._pool.pop().old(0.0, 0))
            if not self._pool:
                self._pool.append(_Pool(self._most()))
            return self._pool[0]

    def _most(self) -> int:
        return self.size or os.cpu_count() or 1

    @contextlib.contextmanager
    def _session(self, pool: _Pool, limits: Limits) -> Iterator[Session]:
        """A session nothing was done in, which is emptied afterwards, or closed if that fails."""
        for old in pool.old(IDLE_S, self._most()):
            old.close()
        session = pool.take(limits)
        if session is None:
            session = self.sandbox.open(
                SandboxSpec(limits=limits, disk_bytes=self.disk_bytes, folders=self.folders)
            )
        try:
            yield session
        except BaseException:
            session.close()
            raise
        try:
            session.reset()
        except RunnerUnavailable:
            # The result is already known; the session is not used again.
            session.close()
        else:
            pool.give(limits, session)


_making = threading.Lock()
