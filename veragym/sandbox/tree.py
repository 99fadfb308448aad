"""Files as a value: what a session starts from, and what has become of them.

A `Tree` is an immutable folder: relative path to node, parents always present, sorted. It is read
and compared without touching the disk, so that a verdict over files is a pure function. Paths are
text; bytes that are not UTF-8 stand as surrogate escapes, as `os.fsdecode` writes them.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from veragym.core.errors import OptionError

Kind = Literal["file", "folder", "link", "special"]


@dataclass(frozen=True, slots=True)
class Node:
    """One name in a tree.

    Attributes:
        kind: `special` is a pipe, socket or device.
        mode: permission bits, 0 to 0o7777; 0o777 for links.
        content: a file's bytes, a link's target; empty for others. Cut at the reader's limit.
        size: bytes of the whole file, also where `content` is cut.
        digest: blake2b (16 bytes, hex) of the whole content, also where `content` is cut.
        inode: equal numbers above 0 are one file with several names; 0 if it has one name.
    """

    kind: Kind
    mode: int
    content: bytes = b""
    size: int = -1
    digest: str = ""
    inode: int = 0

    def __post_init__(self) -> None:
        if self.size < 0:
            object.__setattr__(self, "size", len(self.content))
        if not self.digest:
            object.__setattr__(self, "digest", digest_of(self.content))

    @property
    def whole(self) -> bool:
        """Nothing was cut from `content`."""
        return self.size == len(self.content)

    @property
    def text(self) -> str:
        """The content as text, undecodable bytes as surrogate escapes."""
        return self.content.decode("utf-8", "surrogateescape")


def digest_of(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def file(content: bytes | str, mode: int = 0o644) -> Node:
    """A regular file; text is written as UTF-8."""
    return Node("file", mode, content.encode() if isinstance(content, str) else content)


def folder(mode: int = 0o755) -> Node:
    return Node("folder", mode)


def link(target: str) -> Node:
    """A symbolic link."""
    return Node("link", 0o777, os.fsencode(target))


class Tree(Mapping[str, Node]):
    """An immutable folder of nodes by relative path (`a/b.txt`); the root itself has no entry.

    Args:
        nodes: by path; missing parent folders are added with mode 0o755. Text and bytes stand for
            files of mode 0o644.
    Raises:
        OptionError: a path that leaves the folder, or stands below something that is no folder.
    """

    __slots__ = ("_digest", "_nodes")

    def __init__(self, nodes: Mapping[str, Node | bytes | str] | None = None) -> None:
        found: dict[str, Node] = {}
        for name, given in (nodes or {}).items():
            path = PurePosixPath(name)
            if (
                not path.parts
                or path.is_absolute()
                or ".." in path.parts
                or "\0" in name
                or str(path) != name.rstrip("/")
            ):
                raise OptionError(f"a path in a tree must be plain and relative, got {name!r:.200}")
            found[str(path)] = given if isinstance(given, Node) else file(given)
        for name in list(found):
            for parent in PurePosixPath(name).parents:
                above = str(parent)
                if above == ".":
                    continue
                if found.setdefault(above, folder()).kind != "folder":
                    raise OptionError(f"{name!r} stands below {above!r}, which is no folder")
        self._nodes = {name: found[name] for name in sorted(found)}
        self._digest = ""

    def __getitem__(self, path: str) -> Node:
        return self._nodes[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def __eq__(self, other: object) -> bool:
        """Equal digests: which names share a file counts, not the number of the inode."""
        return self.digest == other.digest if isinstance(other, Tree) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Tree({len(self)} names, {self.digest[:8]})"

    @property
    def digest(self) -> str:
        """blake2b (16 bytes, hex) over names, kinds, modes, contents and shared inodes."""
        if not self._digest:
            total = hashlib.blake2b(digest_size=16)
            shared: dict[int, int] = {}
            for name, node in self._nodes.items():
                group = shared.setdefault(node.inode, len(shared) + 1) if node.inode else 0
                line = (name, node.kind, node.mode, node.size, node.digest, group)
                total.update(repr(line).encode())
            self._digest = total.hexdigest()
        return self._digest

    def text(self, path: str, missing: str | None = None) -> str | None:
        """A file's text, or `missing` if there is no such whole regular file."""
        node = self._nodes.get(path)
        return node.text if node is not None and node.kind == "file" and node.whole else missing

    def write(self, target: Path) -> None:
        """Writes the tree into an existing empty folder of this machine.

        Raises:
            OSError: something could not be written.
        """
        first: dict[int, Path] = {}
        for name, node in self._nodes.items():
            path = target / name
            if node.kind == "folder":
                path.mkdir(mode=0o700)
            elif node.kind == "link":
                path.symlink_to(os.fsdecode(node.content))
            elif node.kind == "file" and node.inode and node.inode in first:
                os.link(first[node.inode], path, follow_symlinks=False)
            elif node.kind == "file":
                path.write_bytes(node.content)
                path.chmod(node.mode)
                first.setdefault(node.inode, path)
            else:
                raise OSError(f"{name!r} is a special file; a tree that is written has none")
        for name, node in reversed(self._nodes.items()):
            if node.kind == "folder":
                (target / name).chmod(node.mode)


_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def read_folder(
    root: Path, *, limit: int = 1 << 20, names: int = 100_000, depth: int = 256
) -> Tree:
    """The tree of a folder of this machine, without following links anywhere below it.

    Files of ours that were made unreadable are made readable for the moment of reading.

    Args:
        root: an existing folder.
        limit: bytes of one file that are kept; size and digest are always of the whole file.
        names: at most so many.
        depth: folders within folders, at most so many; each costs a descriptor.
    Raises:
        OSError: the folder cannot be read, holds more names, or is deeper.
    """
    found: dict[str, Node] = {}
    handle = os.open(root, _FOLDER)
    try:
        _walk(handle, "", found, limit, names, depth)
    finally:
        os.close(handle)
    return Tree(found)


def _walk(
    handle: int, above: str, found: dict[str, Node], limit: int, names: int, depth: int
) -> None:
    if depth == 0:
        raise OSError("the folder is too deep to be read")
    with os.scandir(handle) as entries:
        listed = sorted(entry.name for entry in entries)
    for name in listed:
        if len(found) >= names:
            raise OSError(f"the folder holds more than {names} names")
        path = above + name
        status = os.stat(name, dir_fd=handle, follow_symlinks=False)
        mode = stat.S_IMODE(status.st_mode)
        inode = status.st_ino if status.st_nlink > 1 else 0
        if stat.S_ISDIR(status.st_mode):
            found[path] = folder(mode)
            with _opened(handle, name, _FOLDER, mode, 0o500) as below:
                _walk(below, path + "/", found, limit, names, depth - 1)
        elif stat.S_ISLNK(status.st_mode):
            target = os.fsencode(os.readlink(name, dir_fd=handle))
            found[path] = Node("link", 0o777, target)
        elif stat.S_ISREG(status.st_mode):
            found[path] = _read_file(handle, name, mode, inode, limit)
        else:
            found[path] = Node("special", mode)


@contextmanager
def _opened(handle: int, name: str, flags: int, mode: int, needed: int) -> Iterator[int]:
    """A name below an open folder, also where its owner, who we may be, has shut it."""
    shut = False
    try:
        # Root may read what is shut, unless it was left without that right.
        descriptor = os.open(name, flags, dir_fd=handle)
    except PermissionError:
        shut = mode & needed != needed
        if not shut:
            raise
        _set_mode(handle, name, mode | needed)
        try:
            descriptor = os.open(name, flags, dir_fd=handle)
        except OSError:
            _set_mode(handle, name, mode)
            raise
    try:
        yield descriptor
    finally:
        os.close(descriptor)
        if shut:
            _set_mode(handle, name, mode)


def _set_mode(handle: int, name: str, mode: int) -> None:
    # By way of a descriptor that is no link; a mode cannot be set on it directly.
    place = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle)
    try:
        if not stat.S_ISLNK(os.fstat(place).st_mode):
            os.chmod(f"/proc/self/fd/{place}", mode)  # noqa: PTH101
    finally:
        os.close(place)


def _read_file(handle: int, name: str, mode: int, inode: int, limit: int) -> Node:
    # O_NONBLOCK: a pipe put in the file's place between look and open must not keep us waiting.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    total = hashlib.blake2b(digest_size=16)
    kept = bytearray()
    size = 0
    with (
        _opened(handle, name, flags, mode, 0o400) as descriptor,
        open(descriptor, "rb", closefd=False) as stream,
    ):
        while block := stream.read(1 << 20):
            total.update(block)
            size += len(block)
            kept += block[: limit - len(kept)]
    return Node("file", mode, bytes(kept), size, total.hexdigest(), inode)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one name; `before` None: added, `after` None: removed."""

    path: str
    before: Node | None
    after: Node | None

    def __str__(self) -> str:
        if self.before is None:
            return f"added {self.path}"
        if self.after is None:
            return f"removed {self.path}"
        what = [
            name
            for name in ("kind", "mode", "digest", "inode")
            if getattr(self.before, name) != getattr(self.after, name)
        ]
        return f"changed {self.path} ({', '.join(what).replace('digest', 'content')})"


def changes(before: Tree, after: Tree) -> tuple[Change, ...]:
    """What differs between two trees, by path. An inode counts by which names share it."""
    old, new = _grouped(before), _grouped(after)
    found = []
    for path in sorted({*before, *after}):
        a, b = before.get(path), after.get(path)
        same = a is not None and b is not None
        if (
            same
            and (a.kind, a.mode, a.digest) == (b.kind, b.mode, b.digest)  # type: ignore[union-attr]
            and old.get(path) == new.get(path)
        ):
            continue
        found.append(Change(path, a, b))
    return tuple(found)


def _grouped(tree: Tree) -> dict[str, tuple[str, ...]]:
    """Names of one file that has several, by each of them."""
    groups: dict[int, list[str]] = {}
    for path, node in tree.items():
        if node.inode:
            groups.setdefault(node.inode, []).append(path)
    return {path: tuple(names) for names in groups.values() if len(names) > 1 for path in names}
