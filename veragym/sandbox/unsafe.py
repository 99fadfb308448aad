"""A runner without walls: a plain child process with limits on time and memory.

It keeps honest mistakes (an endless loop, a large list) from the caller. It keeps nothing from
malice: the command can read every file you can, use the network, leave processes behind and fill
the disk. Use it for programs you wrote, and for the tests of this project. Because of that it is
never a default, and it must be asked for by name: `SubprocessRunner(unsafe=True)`.
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from veragym.core.errors import OptionError
from veragym.sandbox.interface import RunnerUnavailable, RunResult, RunSpec

# `ulimit` in a shell, because setting limits between fork and exec is not safe with threads.
_LIMITED = (
    'ulimit -t "$1" 2>/dev/null; ulimit -f "$2" 2>/dev/null; ulimit -v "$3" 2>/dev/null; '
    'ulimit -c 0; shift 3; exec "$@"'
)
_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class SubprocessRunner:
    """Runs commands as plain child processes of this one.

    `Limits.processes` is not enforced, memory is limited per process, and a command that leaves
    its session survives. `peak_memory` is None: the system counts the parent's share into it.

    Args:
        unsafe: must be True: you have read what this does not do.
    Raises:
        OptionError: `unsafe` is not True.
    """

    unsafe: bool = False

    def __post_init__(self) -> None:
        if self.unsafe is not True:
            raise OptionError(
                "SubprocessRunner puts no wall around a program; use a sandbox for programs of "
                "others, or pass unsafe=True for programs of your own"
            )

    def run(self, spec: RunSpec) -> RunResult:
        """See `Runner.run`.

        Raises:
            RunnerUnavailable: the command is not installed, or no process or file can be made.
        """
        program: str | None = spec.argv[0]
        if "/" not in spec.argv[0] or spec.argv[0].startswith("/"):
            program = shutil.which(spec.argv[0], path=_PATH)
        if program is None:
            raise RunnerUnavailable(f"{spec.argv[0]!r} is not installed in {_PATH}; install it")
        try:
            with contextlib.ExitStack() as stack:
                folder = Path(
                    stack.enter_context(
                        tempfile.TemporaryDirectory(prefix="run-", ignore_cleanup_errors=True)
                    )
                )
                for name, content in spec.files.items():
                    path = folder / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                # Files instead of pipes: nobody has to read while the command writes, and what
                # survives the command cannot keep us waiting.
                streams = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
                streams[0].write(spec.stdin)
                streams[0].seek(0)
                return run_in(spec, program, folder, streams)
        except OSError as error:
            raise RunnerUnavailable(f"no process or file could be made: {error}") from error


def run_in(spec: RunSpec, program: str, folder: Path, streams: Sequence[IO[bytes]]) -> RunResult:
    """Runs a command in a folder of this machine, on files for its three streams.

    Raises:
        OSError: no process can be made.
    """
    limits = spec.limits
    blocks = math.ceil(max(limits.file_bytes, limits.output_bytes + 1) / 512)
    bounds = [math.ceil(limits.cpu_seconds), blocks, math.ceil(limits.memory_bytes / 1024)]
    process = subprocess.Popen(
        ["/bin/sh", "-c", _LIMITED, "sh", *map(str, bounds), program, *spec.argv[1:]],
        stdin=streams[0],
        stdout=streams[1],
        stderr=streams[2],
        cwd=folder,
        env={"PATH": _PATH, "HOME": str(folder), "LANG": "C.UTF-8", **spec.env},
        start_new_session=True,
    )
    try:
        late = not _ended(process.pid, limits.wall_seconds)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    cpu = usage.ru_utime + usage.ru_stime
    killed = -code if code < 0 else None
    # The kernel ends it by its own coarser count, which can be ahead of the one it reports.
    spent = killed in (signal.SIGXCPU, signal.SIGKILL) and cpu >= 0.6 * limits.cpu_seconds
    texts, cut = [], False
    for stream in streams[1:]:
        stream.seek(0)
        text = stream.read(limits.output_bytes + 1)
        cut = cut or len(text) > limits.output_bytes
        texts.append(text[: limits.output_bytes])
    return RunResult(
        stdout=texts[0],
        stderr=texts[1],
        exit_status=None if code < 0 else code,
        signal=killed,
        timed_out=late or spent,
        truncated=cut,
        cpu_seconds=cpu,
    )


def _ended(pid: int, seconds: float) -> bool:
    """Whether the process ends in time; not reaped yet, so that its number stays its own."""
    end = time.monotonic() + seconds
    pause = 0.001
    while True:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return True
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(pause * 1.2, 0.02)
