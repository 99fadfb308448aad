"""What it means to run a command somewhere safe, without saying where.

A runner takes one `RunSpec`, runs it in a fresh place of its own and says what happened. Whoever
calls it (a verifier, an environment) is handed a runner by the user and never picks one: which
walls stand around a model's program is a decision to be made in the open.

Two kinds of failure are kept apart. What the command did, however bad (crashed, hung, ran out of
memory), is a `RunResult`. That the machinery could not run it is `RunnerUnavailable`, and nothing
about the command follows from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol, runtime_checkable

from veragym.core.errors import OptionError, VeragymError


class RunnerUnavailable(VeragymError, RuntimeError):
    """The runner could not run the command: a backend is missing, full or broken.

    A caller may conclude nothing about the command: it may not have started, or its result may be
    lost. It may try again or pass the failure on (`infra_error`); it must not score the command,
    and must not run it in a less safe place instead. The message names the remedy. Nothing the
    command does may lead to this error, or a program could choose not to be judged.
    """


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one run, all of them positive.

    Attributes:
        wall_seconds: time from start to end, of the command and all it started.
        cpu_seconds: processor time, likewise.
        memory_bytes: memory, likewise where the runner can tell, else of each process.
        output_bytes: of standard output and standard error, each; what is beyond is dropped.
        file_bytes: written to one file.
        processes: alive at the same time.
    Raises:
        OptionError: a limit is not a positive finite number.
    """

    wall_seconds: float = 10.0
    cpu_seconds: float = 10.0
    memory_bytes: int = 512 << 20
    output_bytes: int = 1 << 20
    file_bytes: int = 16 << 20
    processes: int = 32

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or value <= 0:
                raise OptionError(f"limit {name} must be a positive number, got {value!r}")


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One command and everything it is given.

    Attributes:
        argv: the command and its arguments; `argv[0]` is looked up where the command runs.
        files: content by relative path, written to the working folder before the start.
        stdin: the whole of standard input.
        env: the whole environment; nothing is inherited but what the runner must set.
        limits: bounds on the run.
    Raises:
        OptionError: no command, or a file outside the working folder.
    """

    argv: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    env: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not self.argv or not all(
            isinstance(word, str) and "\0" not in word for word in self.argv
        ):
            raise OptionError(f"argv must be words without null bytes, got {self.argv!r:.200}")
        for name in self.files:
            path = PurePosixPath(name)
            if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name:
                raise OptionError(f"a file's name must be a path inside the run, got {name!r:.200}")


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a command did.

    Attributes:
        stdout, stderr: what it wrote, cut at `Limits.output_bytes`.
        exit_status: what it returned; None if a signal ended it.
        signal: number of the signal that ended it; None if it returned.
        timed_out: it was ended for exceeding `wall_seconds` or `cpu_seconds`.
        out_of_memory: it was ended for exceeding `memory_bytes`. False where the runner cannot
            tell; a refused allocation the command survives does not count.
        truncated: something was cut from `stdout` or `stderr`.
        cpu_seconds: processor time of the command and its children.
        peak_memory: bytes; None where the runner cannot tell.
    """

    stdout: bytes
    stderr: bytes
    exit_status: int | None
    signal: int | None = None
    timed_out: bool = False
    out_of_memory: bool = False
    truncated: bool = False
    cpu_seconds: float = 0.0
    peak_memory: int | None = None


@runtime_checkable
class Runner(Protocol):
    """Runs commands, each in a fresh place that nothing of an earlier run reaches.

    A runner is picklable, usable from several threads, and gives every command only what its
    `RunSpec` names: no other files, no inherited environment, no open descriptors, no network.
    """

    def run(self, spec: RunSpec) -> RunResult:
        """Runs one command to its end or to a limit.

        Everything the command started is gone when this returns.

        Raises:
            RunnerUnavailable: the machinery failed.
        """
        ...
