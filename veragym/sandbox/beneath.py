"""Names below a folder that somebody else writes to, opened without ever leaving the folder.

A path that a model gives, in a folder that its programs change while we look, cannot be checked
first and opened afterwards. Here every component is opened from the descriptor of the one before,
links are read and followed by us, and a step above the folder is refused. Nobody can swap a link
in between: there is no in between.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from veragym.core.errors import OptionError

_LINKS = 40
_LOOK = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


def get_beneath(root: Path | int, path: str, *, limit: int, home: str) -> bytes:
    """At most `limit` bytes of a regular file below `root`.

    Args:
        root: an existing folder of this machine, by path or open descriptor.
        path: relative to it, or absolute below `home`, the name it has for those who use it.
    Raises:
        OptionError: the path leaves the folder, through a link or by name.
        OSError: there is no such regular file.
    """
    with _parent(root, path, home, make=False) as (handle, name):
        # O_NONBLOCK: a pipe is opened without a writer, seen to be none of ours and closed.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with open(os.open(name, flags, dir_fd=handle), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise OSError(f"{path!r:.200} is no regular file")
            return stream.read(limit)


def put_beneath(
    root: Path | int,
    path: str,
    content: bytes,
    mode: int,
    *,
    home: str,
    owner: tuple[int, int] | None,
) -> None:
    """Writes a file below `root`, making folders that are missing.

    An existing regular file is replaced, so that its other names keep what they had.

    Args:
        owner: user and group of what is made; None for our own.
    Raises:
        OptionError: the path leaves the folder, through a link or by name.
        OSError: it cannot be written there.
    """
    with _parent(root, path, home, make=True, owner=owner) as (handle, name):
        try:
            found = os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode
        except FileNotFoundError:
            pass
        else:
            if not stat.S_ISREG(found):
                raise OSError(f"{path!r:.200} exists and is no regular file")
            os.unlink(name, dir_fd=handle)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=handle)
        try:
            with open(descriptor, "wb", closefd=False) as stream:
                stream.write(content)
            if owner is not None:
                os.fchown(descriptor, *owner)
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)


@contextmanager
def _parent(
    root: Path | int, path: str, home: str, *, make: bool, owner: tuple[int, int] | None = None
) -> Iterator[tuple[int, str]]:
    """The open folder that holds the path's last name, and that name, which is no link."""
    if "\0" in path:
        raise OptionError(f"a path cannot hold a null byte: {path!r:.200}")
    todo = _parts(path, home, path)
    if isinstance(root, int):
        opened = [os.dup(root)]
    else:
        opened = [os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)]
    links = 0
    try:
        while todo:
            part = todo.pop(0)
            if part == "..":
                if len(opened) == 1:
                    raise OptionError(f"{path!r:.200} leaves the home folder")
                os.close(opened.pop())
                continue
            try:
                kind = os.stat(part, dir_fd=opened[-1], follow_symlinks=False).st_mode
            except FileNotFoundError:
                if not todo:
                    yield opened[-1], part
                    return
                if not make:
                    raise
                _make(part, opened[-1], owner)
                kind = stat.S_IFDIR
            if stat.S_ISLNK(kind):
                links += 1
                if links > _LINKS:
                    raise OSError(f"{path!r:.200} follows too many links")
                target = os.readlink(part, dir_fd=opened[-1])
                if target.startswith("/"):
                    steps = _parts(target, home, path)
                    while len(opened) > 1:
                        os.close(opened.pop())
                else:
                    steps = [step for step in target.split("/") if step not in ("", ".")]
                todo[:0] = steps
                continue
            if not todo:
                yield opened[-1], part
                return
            opened.append(os.open(part, os.O_DIRECTORY | _LOOK, dir_fd=opened[-1]))
        raise OSError(f"{path!r:.200} is a folder")
    finally:
        for handle in opened:
            os.close(handle)


def _make(name: str, handle: int, owner: tuple[int, int] | None) -> None:
    os.mkdir(name, 0o700, dir_fd=handle)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    made = os.open(name, flags, dir_fd=handle)
    try:
        if owner is not None:
            os.fchown(made, *owner)
        os.fchmod(made, 0o755)
    finally:
        os.close(made)


def _parts(path: str, home: str, given: str) -> list[str]:
    """A path's components below the home folder; an absolute path must begin with its name."""
    steps = [step for step in path.split("/") if step not in ("", ".")]
    if path.startswith("/"):
        base = [step for step in home.split("/") if step]
        if steps[: len(base)] != base:
            raise OptionError(f"{given!r:.200} leaves the home folder; paths begin below {home}")
        steps = steps[len(base) :]
    return steps
