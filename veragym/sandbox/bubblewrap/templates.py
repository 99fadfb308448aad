"""Trees written to this machine's disk once, to lie read-only below many sessions' home folders.

They live in a private temporary folder of this process that its name tells apart (number and start
time), so that the next process removes what a killed one left. Those no session uses are kept, the
latest first, up to a bound.
"""

# Descriptors and many small files: `os` is the plain way.
# ruff: noqa: PTH101, PTH102, PTH114, PTH211

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

from veragym.core.errors import OptionError
from veragym.sandbox.bubblewrap.supervisor import EPOCH
from veragym.sandbox.interface import RunnerUnavailable
from veragym.sandbox.tree import Tree

PREFIX = "veragym-bubblewrap-"
_KEPT_BYTES = 256 << 20
_KEPT = 64


class Templates:
    """The folders of this process, by tree and owner. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = 0
        self._root: Path | None = None
        self._users: dict[Path, int] = {}
        self._sizes: dict[Path, int] = {}
        self._idle: OrderedDict[Path, None] = OrderedDict()

    def begin_anew(self) -> None:
        """In a forked child: the parent's folders stay its own, and nobody holds the lock."""
        self._lock = threading.Lock()
        self._root = None

    def root(self) -> Path:
        """This process's own folder; made, and those of dead processes removed, at first use.

        Made anew if somebody has removed it: temporary folders are swept.
        """
        with self._lock:
            return self._own_root()

    def _own_root(self) -> Path:
        if self._root is None or self._process != os.getpid() or not self._root.is_dir():
            sweep()
            mark = f"{PREFIX}{os.getpid()}-{start_time(os.getpid())}-"
            self._root = Path(tempfile.mkdtemp(prefix=mark))
            self._process = os.getpid()
            self._users, self._sizes, self._idle = {}, {}, OrderedDict()
            atexit.register(_remove, self._root, os.getpid())
        return self._root

    def take(self, tree: Tree, owner: tuple[int, int]) -> Path:
        """The folder of a tree, to be given back.

        Raises:
            RunnerUnavailable: it cannot be written.
            OptionError: the tree has files that were cut or are special.
        """
        # An equal digest means equal paths, kinds, modes and contents.
        with self._lock:
            path = self._own_root() / f"{tree.digest}-{owner[0]}"
            if path not in self._users:
                try:
                    path.mkdir(mode=0o755)
                    write(tree, path, owner)
                except OSError as error:
                    _remove(path, os.getpid())
                    raise RunnerUnavailable(
                        f"files cannot be written to {path}: {error}"
                    ) from error
                except OptionError:
                    _remove(path, os.getpid())
                    raise
                self._sizes[path] = sum(4096 + len(node.content) for node in tree.values())
            self._users[path] = self._users.get(path, 0) + 1
            self._idle.pop(path, None)
            return path

    def give_back(self, path: Path) -> None:
        """A session that took it is over."""
        with self._lock:
            if self._process != os.getpid() or path not in self._users:
                return
            self._users[path] -= 1
            if self._users[path] <= 0:
                self._idle[path] = None
            while self._idle and (
                len(self._idle) > _KEPT
                or sum(map(self._sizes.__getitem__, self._idle)) > _KEPT_BYTES
            ):
                old, _ = self._idle.popitem(last=False)
                del self._users[old], self._sizes[old]
                _remove(old, os.getpid())


def write(tree: Tree, root: Path, owner: tuple[int, int]) -> None:
    """A tree as files, all of one time; each belongs to `owner` where we may give it away.

    Raises:
        OSError: something cannot be written.
        OptionError: a node that cannot be written.
    """
    give = os.geteuid() == 0
    first: dict[int, str] = {}
    for name, node in tree.items():
        path = f"{root}/{name}"
        if node.kind == "folder":
            os.mkdir(path, 0o700)
            continue
        if node.kind == "special" or not node.whole:
            what = "a special file" if node.kind == "special" else "cut"
            raise OptionError(f"{name!r:.200} is {what}; a session's files must be whole files")
        if node.inode and node.inode in first:
            os.link(first[node.inode], path, follow_symlinks=False)
            continue
        if node.kind == "link":
            os.symlink(node.content, os.fsencode(path))
        else:
            with open(path, "xb") as file:
                file.write(node.content)
        if node.inode:
            first[node.inode] = path
        _settle(path, node.mode if node.kind == "file" else None, owner if give else None)
    for name, node in reversed(list(tree.items())):
        if node.kind == "folder":
            _settle(f"{root}/{name}", node.mode, owner if give else None)


def _settle(path: str, mode: int | None, owner: tuple[int, int] | None) -> None:
    if owner is not None:
        os.chown(path, *owner, follow_symlinks=False)
    os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)
    if mode is not None:
        os.chmod(path, mode)


def shared_names(tree: Tree) -> list[tuple[bytes, int]]:
    """Names that share a file, with a number for the file."""
    count: dict[int, int] = {}
    for node in tree.values():
        if node.inode:
            count[node.inode] = count.get(node.inode, 0) + 1
    return [
        (os.fsencode(name), node.inode)
        for name, node in tree.items()
        if count.get(node.inode, 0) > 1
    ]


def sweep() -> int:
    """Removes the folders of dead processes of this user; gives how many."""
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*-*"):
        words = path.name.removeprefix(PREFIX).split("-")
        try:
            mine = path.lstat().st_uid == os.geteuid() and stat.S_ISDIR(path.lstat().st_mode)
        except OSError:
            continue
        if mine and words[0].isdigit() and str(start_time(int(words[0]))) != words[1]:
            _remove(path, os.getpid())
            removed += 1
    return removed


def start_time(pid: int) -> int:
    """When a process started, in ticks since boot; 0 if there is no such process."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return int(line.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def _remove(path: Path, process: int) -> None:
    """Removes a folder whatever modes it holds; not from a forked child."""
    if process != os.getpid():
        return
    if os.geteuid() != 0:
        for above, names, _ in os.walk(path):
            for name in names:
                below = f"{above}/{name}"
                if not os.path.islink(below):
                    os.chmod(below, 0o700)
    shutil.rmtree(path, ignore_errors=True)
