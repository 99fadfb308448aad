"""One bash over pipes, for the session without walls.

Bash reads its script from a pipe of ours. A command is one line of that script, an `eval` whose
output goes to files made for it; the next line reports the status on a second pipe. Only then do we
send a fresh word, which the shell must return: what a command wrote to the pipe before cannot end
it early, and what it leaves running writes into files that nobody reads any more.
"""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from veragym.sandbox.interface import Limits, RunResult
from veragym.sandbox.session import ShellResult

NULL = b"bash: a command cannot hold a null byte\n"
_TICKS = os.sysconf("SC_CLK_TCK")
# Everything the shell knows, as commands. Errors are those of its read-only variables.
_STATE = (
    "{ declare -p; declare -f; alias -p; shopt -p; umask -p; trap -p; "
    'printf "cd -- %q\\n" "$PWD"; set +o; } >{file} 2>/dev/null'
)


def words_of(command: str | Sequence[str]) -> tuple[str, ...] | RunResult:
    """A command as words; the result of one that cannot be written as words."""
    words = ("bash", "-c", command) if isinstance(command, str) else tuple(command)
    if any("\0" in word for word in words):
        return RunResult(b"", NULL, 2)
    return tuple(command_bytes(word).decode("utf-8", "surrogateescape") for word in words)


class PlainBash:
    """A bash that lives as long as it can.

    Args:
        root: a folder for what passes between it and us.
        home: the folder it starts in.
        env: its whole environment.
        limits: on every process, as in `SubprocessRunner`.
    Raises:
        OSError: no process or file can be made.
    """

    def __init__(self, root: Path, home: Path, env: Mapping[str, str], limits: Limits) -> None:
        self._root = root
        self._limits = limits
        script, self._script = os.pipe()
        self._reports, reports = os.pipe()
        self._say = reports
        # Limits are set in a shell: between fork and exec it would not be safe with threads.
        blocks = -(-max(limits.file_bytes, limits.output_bytes + 1) // 512)
        start = (
            f"ulimit -f {blocks}; ulimit -v {-(-limits.memory_bytes // 1024)}; ulimit -c 0; "
            f"exec bash --norc --noprofile /dev/fd/{script}"
        )
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", start],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=home,
                env=dict(env),
                pass_fds=(script, reports),
                start_new_session=True,
            )
        finally:
            os.close(script)
            os.close(reports)
        self._pidfd = os.pidfd_open(self._process.pid)
        os.set_blocking(self._script, False)
        self._send(f"exec {script}<&-; BASH_ARGV0=bash\n".encode())

    def run(self, command: str, wall: float) -> ShellResult:
        """Runs one command; see `Session.shell`."""
        if "\0" in command:
            return ShellResult(b"", NULL, 2, cwd=self._cwd())
        before = self._spent()
        self._allow_cpu()
        streams = (self._root / "stdout", self._root / "stderr")
        text = shlex.quote(os.fsdecode(command_bytes(command)))
        line = (
            f"eval -- {text} </dev/null >{shlex.quote(str(streams[0]))} "
            f"2>{shlex.quote(str(streams[1]))} {self._say}>&-\n"
            f"builtin printf '%s\\0' \"$?\" >&{self._say}\n"
        )
        began = int(time.clock_gettime(time.CLOCK_BOOTTIME) * _TICKS)
        end = time.monotonic() + wall
        status, late = self._finish(os.fsencode(line), end), False
        if status is None and self._alive():
            late = True
            # The shell itself may be well and wait for a program that is not.
            for pid in self._started_since(began):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            status = self._finish(b"", time.monotonic() + 0.3)
        number: int | None = None
        lost = status is None
        cwd = "" if lost else self._cwd()
        if lost:
            spent = self.close()
            code = self._process.returncode
            status, number = (None, -code) if code < 0 else (code, None)
        else:
            spent = self._spent()
        out, err = (self._take(path) for path in streams)
        most = self._limits.output_bytes
        return ShellResult(
            out[:most],
            err[:most],
            exit_status=status,
            signal=number,
            timed_out=late or number == signal.SIGXCPU,
            truncated=len(out) > most or len(err) > most,
            cpu_seconds=max(0.0, spent - before),
            cwd=cwd,
            replaced=lost,
        )

    def state(self) -> bytes:
        """Folder, variables, functions and options, as commands that bring them back."""
        path = self._root / "state"
        path.touch(mode=0o600)
        kept = _STATE.replace("{file}", shlex.quote(str(path)))
        self.run(kept, 10.0)
        return self._take(path, whole=True)

    def resume(self, state: bytes) -> None:
        """Brings back what `state` said."""
        path = self._root / "state"
        path.write_bytes(state)
        self.run(f". {shlex.quote(str(path))} >/dev/null 2>&1", 10.0)
        path.unlink()

    def close(self) -> float:
        """Ends the shell and what is in its process group.

        Returns:
            All its processor seconds; 0 the second time.
        """
        if self._pidfd < 0:
            return 0.0
        # Not reaped before, so that the number is still its own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        for handle in (self._pidfd, self._script, self._reports):
            os.close(handle)
        self._pidfd = -1
        return usage.ru_utime + usage.ru_stime

    def _finish(self, line: bytes, end: float) -> int | None:
        """Sends lines and awaits the status they report; None if the shell dies or is late."""
        self._send(line)
        heard = b""
        token = secrets.token_hex(16).encode()
        asked = False
        while True:
            left = end - time.monotonic()
            if left <= 0:
                return None
            ready, _, _ = select.select([self._reports, self._pidfd], [], [], left)
            if self._reports in ready:
                block = os.read(self._reports, 65_536)
                if not block:
                    # Closed, so nobody will answer; its death follows.
                    select.select([self._pidfd], [], [], max(0.0, end - time.monotonic()))
                    return None
                heard = (heard + block)[-(1 << 16) :]
                if not asked:
                    asked = True
                    self._send(b"builtin printf '%s\\0' " + token + f" >&{self._say}\n".encode())
                if heard.endswith(b"\0" + token + b"\0"):
                    # The last word before the token: what came earlier was not the shell's.
                    said = heard[: -len(token) - 1].split(b"\0")[-2]
                    return int(said) if said.isdigit() else None
            elif self._pidfd in ready:
                return None

    def _send(self, data: bytes) -> None:
        """Writes to the shell's script, unless the shell dies meanwhile."""
        with contextlib.suppress(BrokenPipeError):
            while data:
                _, free, _ = select.select([self._pidfd], [self._script], [])
                if not free:
                    return
                data = data[os.write(self._script, data) :]

    def _alive(self) -> bool:
        return os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def _cwd(self) -> str:
        try:
            return str(Path(f"/proc/{self._process.pid}/cwd").readlink())
        except OSError:
            return ""

    def _stat(self, pid: int) -> list[str]:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()

    def _spent(self) -> float:
        """Processor seconds of the shell and those of its children that have ended."""
        try:
            return sum(map(int, self._stat(self._process.pid)[11:15])) / _TICKS
        except OSError:
            return 0.0

    def _allow_cpu(self) -> None:
        """The shell lives on from command to command, and so does the count of its seconds."""
        with contextlib.suppress(OSError, ProcessLookupError):
            own = sum(map(int, self._stat(self._process.pid)[11:13])) / _TICKS
            bound = int(own) + max(1, round(self._limits.cpu_seconds))
            hard = resource.RLIM_INFINITY
            resource.prlimit(self._process.pid, resource.RLIMIT_CPU, (bound, hard))

    def _started_since(self, tick: int) -> set[int]:
        """What was started below the shell since then, in clock ticks since the machine did."""
        above: dict[int, list[int]] = {}
        born: dict[int, int] = {}
        for entry in os.listdir("/proc"):  # noqa: PTH208
            if entry.isdigit():
                with contextlib.suppress(OSError):
                    fields = self._stat(int(entry))
                    above.setdefault(int(fields[1]), []).append(int(entry))
                    born[int(entry)] = int(fields[19])
        found: set[int] = set()
        todo = [self._process.pid]
        while todo:
            below = above.get(todo.pop(), [])
            found.update(pid for pid in below if born[pid] >= tick)
            todo.extend(below)
        return found

    def _take(self, path: Path, whole: bool = False) -> bytes:
        """What a file holds, up to a byte more than may be shown; the file is gone then."""
        try:
            with path.open("rb") as stream:
                path.unlink()
                return stream.read() if whole else stream.read(self._limits.output_bytes + 1)
        except FileNotFoundError:
            return b""


def command_bytes(text: str) -> bytes:
    """UTF-8; undecodable bytes come back as they were, lone surrogates as question marks."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
