"""A place to work in over many commands: what every backend of the sandbox keeps.

A `Sandbox` is a way of containing processes; it opens `Session`s. A session is a home folder that
starts as a given `Tree`, on a machine that is otherwise read-only, without network, and emptied of
everything that belongs to us: our environment, our files, our processes. Files outlast a command,
and so does one shell.

What happened on disk is read by us, from outside of what runs in the session, never by asking a
program in there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from veragym.core.errors import OptionError, VeragymError
from veragym.sandbox.interface import Limits, RunResult
from veragym.sandbox.tree import Change, Tree

HOME = "/home/agent"
"""Where a session's files are, inside."""


class SessionClosed(VeragymError, RuntimeError):
    """A closed session was used; open another one. Says nothing about what ran in it."""


class Promise(Enum):
    """How well a backend keeps something in."""

    CONTAINED = "contained"
    DEGRADED = "degraded"
    NOT_CONTAINED = "not contained"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend does on this machine, found by trying it.

    Attributes:
        backend: its name.
        files: the machine's files are read-only, and the private ones out of sight.
        processes: everything that was started is seen and ended.
        memory, disk: bounded for a session as a whole.
        network: cut off.
        kernel: calls that have been ways out of containers are refused. The kernel itself is
            shared with this machine in every backend.
        privileged: mounts are made as root, which is faster.
        notes: what falls short and how to get it, one sentence each.
    """

    backend: str
    files: Promise
    processes: Promise
    memory: Promise
    disk: Promise
    network: Promise
    kernel: Promise
    privileged: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """What a session is.

    Attributes:
        files: the home folder at the start and after `reset`.
        env: environment variables beside PATH, HOME, LANG and TERM.
        limits: `wall_seconds` is what a command gets unless it is told otherwise; `output_bytes`
            and `file_bytes` hold for each command and file; `cpu_seconds` for each command;
            `memory_bytes` and `processes` for the session as a whole.
        disk_bytes: the home folder's and temporary files' together.
        inodes: so many names may be added.
        folders: folders of this machine that can be read inside, by the absolute path they have
            there, such as a language's installation; `/usr` is always there.
    Raises:
        OptionError: a bound that is not positive, or a path that is not absolute.
    """

    files: Tree = field(default_factory=Tree)
    env: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    disk_bytes: int = 64 << 20
    inodes: int = 16_384
    folders: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("disk_bytes", "inodes"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                raise OptionError(f"{name} must be a positive whole number, got {value!r}")
        for name, value in self.env.items():
            if not name or "=" in name or "\0" in name + value:
                raise OptionError(f"environment variable {name!r} cannot be set")
        for inside, outside in self.folders.items():
            if not (inside.startswith("/") and outside.startswith("/")):
                raise OptionError(f"folders must map absolute paths, got {inside!r}: {outside!r}")


@dataclass(frozen=True, slots=True)
class ShellResult(RunResult):
    """What a command did in the session's shell.

    Attributes:
        cwd: the shell's folder afterwards; empty if the shell was lost.
        replaced: the shell could not go on (it exited, hung or was killed) and the next command
            meets a new one, in the home folder. Files stay as they are.
    """

    cwd: str = ""
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session's files and its shell's state at one time, to go back to.

    Attributes:
        files: the home folder.
        shell: how to bring back folder, variables and functions; the backend's own business.
    """

    files: Tree
    shell: bytes = b""


@runtime_checkable
class Session(Protocol):
    """One place to work in. Not for use by several threads at once; many sessions are.

    Every method raises `RunnerUnavailable` if the machinery failed, and `SessionClosed` after
    `close`.
    """

    spec: SandboxSpec

    def exec(
        self,
        command: str | Sequence[str],
        *,
        timeout: float | None = None,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> RunResult:
        """Runs one command in the home folder; whatever it left running is ended.

        Args:
            command: words, or a text for `bash -c`.
            timeout: wall seconds; `spec.limits.wall_seconds` if None.
            stdin: the whole of standard input.
            env: variables beside the session's.
        """
        ...

    def shell(self, command: str, *, timeout: float | None = None) -> ShellResult:
        """Runs a command in the session's one bash, which keeps folder, variables and jobs.

        Nothing the command prints can end it early or pass for the next one's output. Standard
        input is empty.
        """
        ...

    def put(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Writes a file under the home folder, making folders that are missing.

        Raises:
            OptionError: the path leaves the home folder, through a link or by name.
            OSError: it cannot be written there (a folder is in the way, the disk is full).
        """
        ...

    def get(self, path: str, *, limit: int = 1 << 20) -> bytes:
        """At most `limit` bytes of a regular file under the home folder.

        Raises:
            OptionError: the path leaves the home folder, through a link or by name.
            OSError: there is no such regular file.
        """
        ...

    def tree(self) -> Tree:
        """The home folder now, read from outside, with processes of the session held still."""
        ...

    def diff(self) -> tuple[Change, ...]:
        """What differs from `spec.files`, by path. Costs time by what changed, not by what is."""
        ...

    def snapshot(self) -> Snapshot:
        """Keeps files and shell state; processes are not kept."""
        ...

    def restore(self, snapshot: Snapshot) -> None:
        """Ends all processes and goes back to a snapshot, of this or an equal session."""
        ...

    def reset(self) -> None:
        """Ends all processes and goes back to `spec.files`, with a new shell."""
        ...

    def close(self) -> None:
        """Ends everything and leaves nothing; a second time does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@runtime_checkable
class Sandbox(Protocol):
    """A way of containing processes. Picklable, and usable from several threads."""

    @property
    def name(self) -> str:
        """What it is called in `choose` and on the command line."""
        ...

    def capabilities(self) -> Capabilities:
        """What it does here, found by trying.

        Raises:
            RunnerUnavailable: it does not work here; the message says what is missing.
        """
        ...

    def open(self, spec: SandboxSpec | None = None) -> Session:
        """A new session.

        Raises:
            RunnerUnavailable: it cannot be made.
        """
        ...
