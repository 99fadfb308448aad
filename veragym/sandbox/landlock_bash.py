"""The one shell of a session behind Landlock: `bash` started by the session's launcher.

What passes between it and us lies in a folder that is ours: its programs can write to the pipes and
files we make there, and make or remove none.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from veragym.sandbox.bash import CONTROL, STATE, WORDS, Bash, Desynchronised
from veragym.sandbox.interface import RunnerUnavailable
from veragym.sandbox.landlock_launcher import all_descendants, descendants, look, strike
from veragym.sandbox.session import ShellResult

if TYPE_CHECKING:
    from veragym.sandbox.landlock_session import LandlockSession, Started

_START_S = 30.0
_STATE_S = 10.0
_TICKS = os.sysconf("SC_CLK_TCK")
_NULL = b"bash: a command cannot hold a null byte\n"


class LandlockBash:
    """A bash that lives as long as it can, behind the walls.

    Args:
        session: what starts it.
        folder: for what passes between it and us.
        owner: the session's user and group; None for our own.
    Attributes:
        ended_by: once it is lost, what its keeper ended it for; see `Ended.why`.
    Raises:
        RunnerUnavailable: it cannot be started.
    """

    def __init__(
        self, session: LandlockSession, folder: Path, owner: tuple[int, int] | None
    ) -> None:
        limits = session.spec.limits
        self._cpu = float(limits.cpu_seconds)
        self._folder = folder
        self._owner = owner
        self._home = session.home
        self.ended_by = ""
        self._code = 0
        self._pidfd = -1
        for path in folder.iterdir():
            path.unlink()
        ours, theirs = socket.socketpair()
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        held = range(10, CONTROL)
        try:
            self._started: Started = session.start(
                WORDS,
                [null, null, null, theirs.fileno(), *[null] * len(held)],
                [0, 1, 2, 3, *held],
                {},
                cpu=None,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(null)
        self._bash = Bash(
            ours,
            os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC),
            str(folder),
            owner=owner,
            output_bytes=int(limits.output_bytes),
        )
        self._pidfd = os.pidfd_open(self._started.pid)
        try:
            self._bash.begin(_START_S, over=self._over, watch=self._pidfd)
        except Desynchronised as error:
            self.close()
            raise RunnerUnavailable(f"bash could not be started: {error}") from error

    def run(self, command: str, wall: float) -> ShellResult:
        """Runs one command; see `Session.shell`."""
        if "\0" in command:
            return ShellResult(b"", _NULL, 2, cwd=self._cwd())
        before = self._spent()
        began = int(time.clock_gettime(time.CLOCK_BOOTTIME) * _TICKS)
        said = self._bash.run(
            _bytes(command),
            wall,
            interrupt=lambda strikes: self._interrupt(strikes, began),
            over=self._over,
            watch=self._pidfd,
            spent=lambda: self._spent() - before > self._cpu,
        )
        status, number, cwd = said.status, None, ""
        lost = status is None
        if lost:
            spent = self.close()
            code = self._code
            status, number = (code, None) if code >= 0 else (None, -code)
        else:
            spent, cwd = self._spent(), self._cwd()
        return ShellResult(
            bytes(said.stdout),
            bytes(said.stderr),
            exit_status=status,
            signal=number,
            timed_out=said.late or said.spent,
            truncated=said.truncated,
            cpu_seconds=max(0.0, spent - before),
            cwd=cwd,
            replaced=lost,
        )

    def hold(self, still: bool) -> None:
        """Halts the shell and all it started, or lets them go on."""
        self._started.hold(still)

    def state(self) -> bytes:
        """Folder, variables, functions and options, as commands that bring them back."""
        with self._between(b"") as (path, handle):
            self.run(f"{{ {STATE} ; }} >{path}", _STATE_S)
            return os.pread(handle, 16 << 20, 0)

    def resume(self, state: bytes) -> None:
        """Brings back what `state` said."""
        with self._between(state) as (path, _):
            self.run(f". {path} >/dev/null 2>&1", _STATE_S)

    @contextlib.contextmanager
    def _between(self, content: bytes) -> Iterator[tuple[Path, int]]:
        path = self._folder / "state"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(path, flags, 0o600)
        try:
            if self._owner is not None:
                os.fchown(handle, *self._owner)
            with open(handle, "wb", closefd=False) as stream:
                stream.write(content)
            yield path, handle
        finally:
            os.close(handle)
            path.unlink()

    def close(self) -> float:
        """Ends the shell and everything it started.

        Returns:
            All its processor seconds; 0 the second time.
        """
        if self._pidfd < 0:
            return 0.0
        os.close(self._pidfd)
        self._pidfd = -1
        self._bash.close()
        with contextlib.closing(self._started):
            self._started.tell(b"k")
            ended = self._started.ended()
        self._code = ended.status
        self.ended_by = ended.why
        return ended.cpu

    def _over(self) -> bool:
        return bool(select.select([self._pidfd], [], [], 0)[0])

    def _interrupt(self, strikes: int, began: int) -> bool:
        """Asks what the command started to end, then makes it; the shell itself may be well.

        Jobs in the background ignore the request, and what was there before is left alone.
        """
        if strikes > 1:
            return False
        for pid, seen in all_descendants(self._started.pid).items():
            if seen.start >= began:
                strike(pid, seen.start, (signal.SIGINT, signal.SIGKILL)[strikes])
        return True

    def _cwd(self) -> str:
        try:
            return str(Path(f"/proc/{self._started.pid}/cwd").readlink())
        except OSError:
            return ""

    def _spent(self) -> float:
        """Processor seconds of the shell, what it started, and those of them it waited for."""
        below = descendants(self._started.pid).values()
        return math.fsum(seen.spent for seen in (look(self._started.pid), *below) if seen)


def _bytes(text: str) -> bytes:
    """UTF-8; undecodable bytes come back as they were, lone surrogates as question marks."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
