"""Python programs in a sandbox, at the price of a fork.

A fresh interpreter in a fresh sandbox costs tens of milliseconds before the first line runs. Here
an interpreter waits inside a session with the usual modules imported; each run is forked from it
into namespaces of its own, with empty folders, without rights, behind the same walls as any
command. The interpreter itself never sees a program: what to run is read after the fork.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from veragym.sandbox.bubblewrap import BubblewrapSandbox
from veragym.sandbox.interface import Limits, RunResult, RunSpec
from veragym.sandbox.runner import IDLE_S, SandboxRunner, _Pool
from veragym.sandbox.session import Sandbox, SandboxSpec, Session

MODULES = (
    *("abc", "array", "atexit", "bisect", "collections", "contextlib", "copy", "dataclasses"),
    *("datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "io"),
    *("itertools", "json", "linecache", "math", "operator", "random", "re", "site", "statistics"),
    *("string", "struct", "textwrap", "threading", "time", "traceback", "types", "typing"),
)
"""Imported before the first run: what small programs import."""

_NAMES = {"python", "python3", f"python3.{sys.version_info[1]}"}
_FLAGS = frozenset("IsSEBu")


def warm_words(argv: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The program among the words of a command, and the interpreter's flags as letters.

    None if it is not for this interpreter, or not a file or `-c` after flags known not to matter.
    """
    mine = argv[0] in _NAMES or os.path.realpath(argv[0]) == os.path.realpath(sys.executable)
    if not mine:
        return None
    flags: list[str] = []
    for place, word in enumerate(argv[1:], 1):
        if word == "-c" and place + 1 < len(argv):
            return argv[place:], tuple(flags)
        if not word.startswith("-"):
            return argv[place:], tuple(flags)
        if not word[1:] or not _FLAGS.issuperset(word[1:]):
            return None
        flags += word[1:]
    return None


def warm_sandbox() -> Sandbox:
    """The sandbox whose sessions hold a warm interpreter."""
    found: Sandbox = BubblewrapSandbox(modules=MODULES)
    return found


@dataclass(frozen=True)
class PythonExecutor(SandboxRunner):
    """A `Runner` that forks Python programs from a warm interpreter; other commands are started.

    Programs get this version of Python with its standard library and nothing else; `Limits` hold
    for each run. Sessions are kept by their limits, so few different limits are best.
    """

    sandbox: Sandbox = field(default_factory=warm_sandbox)

    @contextlib.contextmanager
    def _session(self, pool: _Pool, limits: Limits) -> Iterator[Session]:
        """A session; its own home folder is never used, so that there is nothing to empty."""
        for old in pool.old(IDLE_S, self._most()):
            old.close()
        session = pool.take(limits)
        if session is None:
            session = self.sandbox.open(SandboxSpec(limits=limits, disk_bytes=self.disk_bytes))
        try:
            yield session
        except BaseException:
            session.close()
            raise
        pool.give(limits, session)

    def run(self, spec: RunSpec) -> RunResult:
        """See `Runner.run`."""
        pool = self._here()
        with pool.room, self._session(pool, spec.limits) as session:
            warm = warm_words(spec.argv)
            program, flags = warm or (spec.argv, None)
            result: RunResult = session.run(spec, program, flags)  # type: ignore[attr-defined]
            return result

    def run_code(
        self,
        code: str,
        stdin: bytes = b"",
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
    ) -> RunResult:
        """Runs a text of Python in a folder that holds `files`."""
        argv = ("python3", "-I", "main.py")
        given = {**(files or {}), "main.py": code.encode("utf-8", "surrogateescape")}
        return self.run(RunSpec(argv, given, stdin, {}, limits or Limits()))
