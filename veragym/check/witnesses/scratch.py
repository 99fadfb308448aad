"""What an environment writes and starts while a witness looks: files, and commands with arguments.

Folders for temporary files are private to the block, so that what lies there is the environment's.
Files and commands are recorded by an audit hook, which also sees those that are gone again at once.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")
"""Events of a command being started; see "Audit events table" in Python's documentation."""


@dataclass(slots=True)
class Record:
    """What was done while a block ran.

    Attributes:
        written: absolute paths opened for writing or created.
        commands: the arguments, and the variables where they were given, of commands started.
    """

    written: list[str] = field(default_factory=list)
    commands: list[tuple[str, str]] = field(default_factory=list)


_record: Record | None = None
_hooked = False


@contextlib.contextmanager
def recorded() -> Iterator[Record]:
    """Records what this process writes and starts while the block runs."""
    global _hooked, _record
    if not _hooked:
        sys.addaudithook(_hook)  # it cannot be taken away again, and does nothing outside
        _hooked = True
    before, _record = _record, Record()
    try:
        yield _record
    finally:
        _record = before


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that takes all temporary files of this process and its children, then vanishes."""
    before = os.environ.get("TMPDIR"), tempfile.tempdir
    private = Path(tempfile.mkdtemp(prefix="veragym-check-"))
    tempfile.tempdir = os.environ["TMPDIR"] = str(private)
    try:
        yield private
    finally:
        os.environ.pop("TMPDIR", None)
        if before[0] is not None:
            os.environ["TMPDIR"] = before[0]
        tempfile.tempdir = before[1]
        shutil.rmtree(private, ignore_errors=True)


def left_files(record: Record, private: Path) -> set[str]:
    """Files that are there now and were written by the environment or one of its processes."""
    named = {path for path in record.written if _counts(path) and Path(path).exists()}
    return named | {str(path) for path in private.rglob("*")}


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _record is None:
        return
    if event == "open":
        path, _, flags = arguments[:3]
        if isinstance(path, str | bytes) and isinstance(flags, int) and flags & WRITING:
            _record.written.append(str(Path(os.fsdecode(path)).absolute()))
    elif event == "os.mkdir" and isinstance(arguments[0], str | bytes):
        _record.written.append(str(Path(os.fsdecode(arguments[0])).absolute()))
    elif event in STARTS:
        variables = arguments[-1] if isinstance(arguments[-1], Mapping) else {}
        line = " ".join(map(_text, _flat(arguments[:2])))
        _record.commands.append(
            (line, "\n".join(f"{_text(k)}={_text(v)}" for k, v in variables.items()))
        )


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from value
        else:
            yield value


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _counts(path: str) -> bool:
    """Whether a path is a file of the environment's, not of the interpreter's or the system's."""
    return not (
        path.startswith(("/dev/", "/proc/")) or "__pycache__" in path or path.endswith(".pyc")
    )
