"""A session without walls: a temporary folder, plain child processes, one bash.

It keeps the whole contract of `Session` except its promises: programs see this machine, its
network and your files, and one that hides well enough outlives the session. It is for programs
you wrote, for developing environments where nothing better works, and for showing that the attacks
of the self-test are real. It must be asked for by name: `SubprocessSandbox(unsafe=True)`.

The home folder has no fixed place here: `HOME` names it, and `/home/agent` does not exist.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from veragym.core.errors import OptionError
from veragym.sandbox.beneath import get_beneath, put_beneath
from veragym.sandbox.closing import Closing
from veragym.sandbox.interface import RunnerUnavailable, RunResult, RunSpec
from veragym.sandbox.plain_bash import PlainBash, words_of
from veragym.sandbox.session import (
    HOME,
    Capabilities,
    Promise,
    SandboxSpec,
    SessionClosed,
    ShellResult,
    Snapshot,
)
from veragym.sandbox.tree import Change, Tree, changes, read_folder
from veragym.sandbox.unsafe import run_in

_MARK = "VERAGYM_SESSION"
_PATH = "/usr/local/bin:/usr/bin:/bin"
# Waits for the end of the pipe, which comes when the parent closes it or dies, however it dies.
_WATCH = """
read -r _
for place in /proc/[0-9]*; do
  if tr '\\0' '\\n' 2>/dev/null <"$place/environ" | grep -qxF -- "$1"; then
    kill -9 "${place#/proc/}" 2>/dev/null
  fi
done
find "$2" -type d ! -perm -700 -exec chmod u+rwx {} ';' 2>/dev/null
rm -rf -- "$2"
"""


@dataclass(frozen=True)
class SubprocessSandbox:
    """Opens sessions without walls.

    Args:
        unsafe: must be True: you have read what this does not do.
    Raises:
        OptionError: `unsafe` is not True.
    """

    unsafe: bool = False
    name: str = dataclasses.field(default="subprocess", init=False)

    def __post_init__(self) -> None:
        if self.unsafe is not True:
            raise OptionError(
                "SubprocessSandbox puts no wall around a program; use another backend for "
                "programs of others, or pass unsafe=True for programs of your own"
            )

    def capabilities(self) -> Capabilities:
        """See `Sandbox.capabilities`: it promises nothing."""
        nothing = Promise.NOT_CONTAINED
        notes = ("There are no walls: use bubblewrap, landlock or docker for what others wrote.",)
        return Capabilities(
            "subprocess", nothing, nothing, nothing, nothing, nothing, nothing, notes=notes
        )

    def open(self, spec: SandboxSpec | None = None) -> SubprocessSession:
        """See `Sandbox.open`."""
        return SubprocessSession(SandboxSpec() if spec is None else spec)


class SubprocessSession(Closing):
    """See `Session`. Memory is limited for each process, and disk for each file."""

    def __init__(self, spec: SandboxSpec) -> None:
        for inside, outside in spec.folders.items():
            if inside != outside:
                raise RunnerUnavailable(
                    f"{outside!r} cannot stand at {inside!r} without walls; use bubblewrap"
                )
        self.spec = spec
        self._mark = secrets.token_hex(16)
        self._shell: PlainBash | None = None
        self._closed = False
        try:
            self._root = Path(tempfile.mkdtemp(prefix="session-"))
            self._home = self._root / "home"
            self._watch = subprocess.Popen(
                ["/bin/sh", "-c", _WATCH, "sh", f"{_MARK}={self._mark}", str(self._root)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": _PATH},
                cwd="/",
                start_new_session=True,
            )
            self._fill(spec.files)
        except OSError as error:
            raise RunnerUnavailable(f"no process or file could be made: {error}") from error

    def exec(
        self,
        command: str | Sequence[str],
        *,
        timeout: float | None = None,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> RunResult:
        """See `Session.exec`."""
        self._check()
        words = words_of(command)
        if isinstance(words, RunResult):
            return words
        limits = self.spec.limits
        if timeout is not None:
            limits = dataclasses.replace(limits, wall_seconds=timeout)
        spec = RunSpec(words, stdin=stdin, env={**self._env(), **(env or {})}, limits=limits)
        # What the shell has running stays; what this command starts is told from it by its mark.
        mark = secrets.token_hex(16)
        spec = dataclasses.replace(spec, env={**spec.env, "VERAGYM_COMMAND": mark})
        try:
            with contextlib.ExitStack() as stack:
                streams = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
                streams[0].write(stdin)
                streams[0].seek(0)
                return run_in(spec, words[0], self._home, streams)
        except OSError as error:
            raise RunnerUnavailable(f"no process or file could be made: {error}") from error
        finally:
            _kill("VERAGYM_COMMAND", mark)

    def shell(self, command: str, *, timeout: float | None = None) -> ShellResult:
        """See `Session.shell`."""
        self._check()
        if self._shell is None:
            try:
                self._shell = self._new_shell()
            except OSError as error:
                raise RunnerUnavailable(f"bash could not be started: {error}") from error
        wall = self.spec.limits.wall_seconds if timeout is None else timeout
        result = self._shell.run(command, wall)
        if result.replaced:
            self._shell.close()
            self._shell = None
        cwd = result.cwd
        home = str(self._home)
        if cwd == home or cwd.startswith(home + "/"):
            cwd = HOME + cwd[len(home) :]
        return dataclasses.replace(result, cwd=cwd)

    def put(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """See `Session.put`."""
        self._check()
        put_beneath(self._home, self._inner(path), content, mode, home=HOME, owner=None)

    def get(self, path: str, *, limit: int = 1 << 20) -> bytes:
        """See `Session.get`."""
        self._check()
        return get_beneath(self._home, self._inner(path), limit=limit, home=HOME)

    def tree(self) -> Tree:
        """See `Session.tree`.

        Raises:
            OSError: there is more in the home folder than can be read.
        """
        return self._read(1 << 20)

    def diff(self) -> tuple[Change, ...]:
        """See `Session.diff`. Costs time by what is there."""
        return changes(self.spec.files, self.tree())

    def snapshot(self) -> Snapshot:
        """See `Session.snapshot`.

        Raises:
            OSError: a file is larger than `spec.disk_bytes`.
        """
        self._check()
        state = self._shell.state() if self._shell is not None else b""
        for word, stands in self._own():
            state = state.replace(word, stands)
        files = self._read(self.spec.disk_bytes)
        for name, node in files.items():
            if not node.whole:
                raise OSError(f"{name!r} holds {node.size} bytes, too many to keep")
        return Snapshot(files, state)

    def restore(self, snapshot: Snapshot) -> None:
        """See `Session.restore`. Sockets come back as pipes: a tree knows special files only."""
        self._again(snapshot.files)
        if snapshot.shell:
            state = snapshot.shell
            for word, stands in self._own():
                state = state.replace(stands, word)
            self._shell = self._new_shell()
            self._shell.resume(state)

    def reset(self) -> None:
        """See `Session.reset`."""
        self._again(self.spec.files)

    def close(self) -> None:
        """See `Session.close`."""
        if self._closed:
            return
        self._closed = True
        self._end()
        # The watcher removes the folder, whether we ask it to or die.
        assert self._watch.stdin is not None
        self._watch.stdin.close()
        self._watch.wait()

    def __del__(self) -> None:
        # Only where the constructor came to its end.
        if hasattr(self, "_watch"):
            self.close()

    def _check(self) -> None:
        if self._closed:
            raise SessionClosed("this session is closed; open another one")

    def _env(self) -> dict[str, str]:
        return {
            "PATH": _PATH,
            "HOME": str(self._home),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            **self.spec.env,
            _MARK: self._mark,
        }

    def _inner(self, path: str) -> str:
        """The folder's name on this machine is as good as the one it should have."""
        home = str(self._home)
        return HOME + path[len(home) :] if path.startswith(home + "/") else path

    def _own(self) -> list[tuple[bytes, bytes]]:
        """What differs from session to session, and what stands for it in a snapshot."""
        return [(os.fsencode(self._home), b"\0home\0"), (self._mark.encode(), b"\0mark\0")]

    def _new_shell(self) -> PlainBash:
        return PlainBash(self._root, self._home, self._env(), self.spec.limits)

    def _read(self, limit: int) -> Tree:
        self._check()
        with self._still():
            return read_folder(self._home, limit=limit)

    @contextlib.contextmanager
    def _still(self) -> Iterator[None]:
        held = [pid for pid in _marked(_MARK, self._mark) if _state(pid) not in "TtZX"]
        for pid in held:
            _signal(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in held:
                _signal(pid, signal.SIGCONT)

    def _end(self) -> None:
        if self._shell is not None:
            self._shell.close()
            self._shell = None
        _kill(_MARK, self._mark)

    def _again(self, files: Tree) -> None:
        self._check()
        self._end()
        try:
            _remove(self._home)
            self._fill(files)
        except OSError as error:
            raise RunnerUnavailable(f"the home folder could not be made anew: {error}") from error

    def _fill(self, files: Tree) -> None:
        self._home.mkdir(mode=0o755)
        special = [name for name, node in files.items() if node.kind == "special"]
        if special:
            plain = Tree({name: node for name, node in files.items() if name not in special})
            plain.write(self._home)
            for name in special:
                os.mkfifo(self._home / name)
                (self._home / name).chmod(files[name].mode)
        else:
            files.write(self._home)


def _remove(folder: Path) -> None:
    # These go to any depth. Folders that were made unreadable are still ours.
    closed = ["-type", "d", "!", "-perm", "-700", "-exec", "chmod", "u+rwx", "{}", ";"]
    for words in (["find", str(folder), *closed], ["rm", "-rf", "--", str(folder)]):
        subprocess.run(
            words,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env={"PATH": _PATH},
        )
    if folder.exists():
        raise OSError(f"{folder} could not be removed")


def _marked(name: str, mark: str) -> list[int]:
    """The processes that carry a mark in the environment they were started with."""
    wanted = f"{name}={mark}".encode()
    found = []
    for entry in os.listdir("/proc"):  # noqa: PTH208
        if entry.isdigit():
            with contextlib.suppress(OSError):
                if wanted in Path("/proc", entry, "environ").read_bytes().split(b"\0"):
                    found.append(int(entry))
    return found


def _kill(name: str, mark: str) -> None:
    # One that forks while we look is met in the next round.
    for _ in range(100):
        alive = [pid for pid in _marked(name, mark) if _state(pid) not in "ZX"]
        if not alive:
            return
        for pid in alive:
            _signal(pid, signal.SIGKILL)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
