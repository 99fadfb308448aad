"""What the upper folder of an overlay says about a home folder: records to nodes, changes, trees.

An upper folder holds what was written, a mark for each name that was removed, and the folders above
them. Reading it costs time by what changed.
"""

from __future__ import annotations

import bisect
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from veragym.sandbox.tree import Change, Kind, Node, Tree, changes

_KINDS: dict[bytes, Kind] = {b"f": "file", b"d": "folder", b"l": "link", b"s": "special"}
_WORDS: dict[str, bytes] = {name: word for word, name in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in an upper folder.

    Attributes:
        node: what is there now; None if the name was removed.
        hides: what the template has below this folder is not seen.
    """

    path: str
    node: Node | None
    hides: bool = False


def read_entries(file: BinaryIO) -> Iterator[Entry]:
    """The records a supervisor wrote (see its `Reader`)."""
    while line := file.readline():
        word, mode, size, inode, hides, digest, path_length, length = line.split()
        path = os.fsdecode(file.read(int(path_length)))
        content = file.read(int(length))
        if word == b"w":
            yield Entry(path, None)
            continue
        kind = _KINDS[word]
        if kind == "file":
            node = Node(kind, int(mode), content, int(size), digest.decode(), int(inode))
        elif kind == "link":
            node = Node(kind, 0o777, content)
        else:
            node = Node(kind, int(mode))
        yield Entry(path, node, hides == b"1")


class Base:
    """A template, and what every comparison with it needs.

    Attributes:
        names: its paths, in order.
        last: the largest number of a shared file.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.names = list(tree)
        self.last = max((node.inode for node in tree.values()), default=0)


class Overlaid:
    """A template with an upper folder over it.

    Args:
        base: the tree below.
        entries: of the upper folder, parents first.
    """

    def __init__(self, base: Base, entries: Iterator[Entry]) -> None:
        self._template = template = base.tree
        names, above = base.names, base.last
        groups: dict[int, int] = {}
        self.removed: set[str] = set()
        self.present: dict[str, Node] = {}
        for entry in entries:
            node = entry.node
            old = template.get(entry.path)
            if old is not None and (
                node is None or entry.hides or (old.kind == "folder" and node.kind != "folder")
            ):
                self.removed.update(_below(names, entry.path))
                self.removed.add(entry.path)
            if node is None:
                continue
            if node.inode:
                # The numbers of two file systems may coincide. A file that shared in the template
                # keeps its number there.
                if node.inode not in groups:
                    known = old.inode if old is not None else 0
                    taken = not known or known in groups.values()
                    groups[node.inode] = above + len(groups) + 1 if taken else known
                node = replace(node, inode=groups[node.inode])
            self.present[entry.path] = node
        self.removed -= self.present.keys()

    def tree(self) -> Tree:
        """The whole folder."""
        nodes = {path: node for path, node in self._template.items() if path not in self.removed}
        return Tree({**nodes, **self.present})

    def changes(self) -> tuple[Change, ...]:
        """What differs from the template, at the cost of what was touched."""
        touched = {*self.removed, *self.present}
        before = {path: self._template[path] for path in touched if path in self._template}
        return changes(Tree(before), Tree(self.present))


def _below(names: list[str], path: str) -> list[str]:
    """The names of a sorted tree below a folder."""
    prefix = path + "/"
    start = bisect.bisect_left(names, prefix)
    end = start
    while end < len(names) and names[end].startswith(prefix):
        end += 1
    return names[start:end]


def write_changes(template: Tree, target: Tree, file: BinaryIO) -> None:
    """What a supervisor must do to a fresh home folder to make it `target`: removals first.

    A file whose other names are to share it is written with all of them.
    """
    found = changes(template, target)
    shared: dict[int, list[str]] = {}
    for path, node in target.items():
        if node.inode:
            shared.setdefault(node.inode, []).append(path)
    paths = {change.path for change in found}
    for names in shared.values():
        if len(names) > 1 and paths.intersection(names):
            paths.update(names)
    for path in sorted(paths):
        if path not in target:
            _write(file, b"w", 0, 0, path, b"")
    for path in sorted(paths & target.keys()):
        node = target[path]
        group = node.inode if len(shared.get(node.inode, ())) > 1 else 0
        _write(file, _WORDS[node.kind], node.mode, group, path, node.content)


def _write(file: BinaryIO, word: bytes, mode: int, group: int, path: str, content: bytes) -> None:
    name = os.fsencode(path)
    file.write(b"%s %d %d %d %d\n" % (word, mode, group, len(name), len(content)))
    file.write(name + content)
