"""What can be said of a name: each maker turns data into a function of the two trees.

    {"file": path, …}        a regular file whose content is as said (`contents`), and
                             `as`: the content that name had at the start; `mode`: "0644"
    {"folder": path, …}      a folder; `holds`: exactly these names; `mode`
    {"link": path, "to": p}  a symbolic link that leads to this path, whichever way it is written
    {"absent": pattern}      there is no such name
    {"unchanged": pattern}   these names are as at the start
    {"mode": pattern, …}     all these have the mode `is`, or the bits of `set` and none of `clear`
    {"same_file": [a, b]}    two names of one file (hard links)
    {"archive": path, "holds": {name: text | {"as": path} | {"base64": …}}, …}
                             holds these files and no others (`more`: others may be there);
                             `format`: "tar.gz" and the like; `below`: leading folders allowed
    {"compressed": path, "as": path}   one compressed file; `format`: "gz" and the like
    {"ref": name, "in": repository, "is": id}   a reference of a git repository
    {"all": […]}, {"any": […]}, {"not": condition}

Paths are relative to the home folder. Nothing here follows a link or touches a disk.
"""

from __future__ import annotations

import base64
import binascii
import os
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from veragym.sandbox.session import HOME
from veragym.sandbox.tree import Node, Tree, changes
from veragym.verifiers.state.archives import format_of, members_of, plain_of
from veragym.verifiers.state.contents import MAKERS
from veragym.verifiers.state.faults import CheckFault
from veragym.verifiers.state.frame import check_pattern, matches
from veragym.verifiers.state.records import mode_of

DEEPEST = 8
"""Conditions within conditions."""
MOST = 400
"""Conditions of one check."""


@dataclass(frozen=True, slots=True)
class World:
    """The files at the start and at the end."""

    before: Tree
    after: Tree

    def file(self, path: str) -> Node | None:
        """The final file of that name, if it is one and was read whole."""
        node = self.after.get(path)
        return node if node is not None and node.kind == "file" and node.whole else None


Condition = Callable[[World], bool]
Data = Mapping[str, Any]


def read_condition(data: object, depth: int = 0) -> Condition:
    """A function of the two trees that never raises.

    Raises:
        CheckFault: the data says nothing.
    """
    if not isinstance(data, Mapping) or depth > DEEPEST:
        raise CheckFault(f"a condition must be a mapping, at most {DEEPEST} deep: {data!r:.80}")
    kinds = [kind for kind in MAKERS_BY_KIND if kind in data]
    if "file" in kinds or "folder" in kinds:
        kinds = [kind for kind in kinds if kind != "mode"]
    if len(kinds) != 1:
        raise CheckFault(
            f"a condition has exactly one of {', '.join(MAKERS_BY_KIND)}; got {sorted(data)!r:.120}"
        )
    kind = kinds[0]
    maker, options = MAKERS_BY_KIND[kind]
    unknown = set(data) - {kind, "name"} - set(options)
    if unknown:
        raise CheckFault(
            f"condition {kind!r} does not know {sorted(unknown)!r:.120}; it may have "
            f"{', '.join(options) or 'nothing else'}"
        )
    return maker(data, depth)


def _path(value: object, pattern: bool = False) -> str:
    if not isinstance(value, str) or not value or value.startswith("/") or ".." in value.split("/"):
        raise CheckFault(f"a path must be relative to the home folder, got {value!r:.120}")
    return (check_pattern(value) if pattern else value).rstrip("/")


def _file(data: Data, depth: int) -> Condition:
    path = _path(data["file"])
    judges = [MAKERS[key](value) for key, value in data.items() if key in MAKERS]
    source = _path(data["as"]) if "as" in data else None
    mode = mode_of(data["mode"]) if "mode" in data else None

    def holds(world: World) -> bool:
        node = world.file(path)
        if node is None or (mode is not None and node.mode != mode):
            return False
        if source is not None:
            origin = world.before.get(source)
            if origin is None or (origin.kind, origin.digest) != ("file", node.digest):
                return False
        return all(judge(node.content) for judge in judges)

    return holds


def _folder(data: Data, depth: int) -> Condition:
    path = _path(data["folder"])
    mode = mode_of(data["mode"]) if "mode" in data else None
    names = data.get("holds")
    if names is not None and not isinstance(names, list):
        raise CheckFault(f"holds must be a list of names, got {names!r:.80}")

    def holds(world: World) -> bool:
        node = world.after.get(path)
        if node is None or node.kind != "folder" or (mode is not None and node.mode != mode):
            return False
        if names is None:
            return True
        start = path + "/"
        found = {name[len(start) :] for name in world.after if name.startswith(start)}
        return {name for name in found if "/" not in name} == set(names)

    return holds


def resolved(path: str, target: str) -> str:
    """Where a link at `path` leads, as a path relative to home; empty if elsewhere."""
    if target.startswith("/"):
        whole = posixpath.normpath(target)
    else:
        whole = posixpath.normpath(posixpath.join(HOME, posixpath.dirname(path), target))
    return whole[len(HOME) + 1 :] if whole.startswith(HOME + "/") else ""


def _link(data: Data, depth: int) -> Condition:
    path, target = _path(data["link"]), _path(data.get("to"))

    def holds(world: World) -> bool:
        node = world.after.get(path)
        if node is None or node.kind != "link":
            return False
        return resolved(path, os.fsdecode(node.content)) == target

    return holds


def _absent(data: Data, depth: int) -> Condition:
    pattern = _path(data["absent"], True)
    return lambda world: not any(matches(pattern, path) for path in world.after)


def _unchanged(data: Data, depth: int) -> Condition:
    pattern = _path(data["unchanged"], True)
    return lambda world: (
        not any(matches(pattern, change.path) for change in changes(world.before, world.after))
    )


def _mode(data: Data, depth: int) -> Condition:
    pattern = _path(data["mode"], True)
    if ("is" in data) == bool({"set", "clear"} & set(data)):
        raise CheckFault("mode needs `is`, or `set` and `clear`")
    whole = mode_of(data["is"]) if "is" in data else None
    must, must_not = mode_of(data.get("set", 0)), mode_of(data.get("clear", 0))

    def right(node: Node) -> bool:
        if whole is not None:
            return node.mode == whole
        return node.mode & must == must and not node.mode & must_not

    def holds(world: World) -> bool:
        found = [node for path, node in world.after.items() if matches(pattern, path)]
        return bool(found) and all(node.kind != "link" and right(node) for node in found)

    return holds


def _same_file(data: Data, depth: int) -> Condition:
    pair = data["same_file"]
    if not isinstance(pair, list) or len(pair) < 2:
        raise CheckFault(f"same_file must be a list of two paths or more, got {pair!r:.80}")
    paths = [_path(path) for path in pair]

    def holds(world: World) -> bool:
        nodes = [world.after.get(path) for path in paths]
        inodes = {node.inode if node is not None else 0 for node in nodes}
        return len(inodes) == 1 and 0 not in inodes

    return holds


def _archive(data: Data, depth: int) -> Condition:
    path, rows = _path(data["archive"]), data.get("holds")
    if not isinstance(rows, Mapping):
        raise CheckFault(f"holds must map names in the archive to contents, got {rows!r:.80}")
    wanted = {str(name): _source(row) for name, row in rows.items()}
    more, form = data.get("more", False) is True, data.get("format")
    below = data.get("below", [""])
    if not isinstance(below, list) or not all(isinstance(start, str) for start in below):
        raise CheckFault(f"below must be a list of folders, got {below!r:.80}")

    def holds(world: World) -> bool:
        node = world.file(path)
        if node is None or (form is not None and format_of(node.content) != form):
            return False
        found = members_of(node.content)
        if found is None:
            return False
        gold = {name: source(world) for name, source in wanted.items()}
        for start in below:
            lead = f"{start}/" if start else ""
            named = {lead + name: content for name, content in gold.items()}
            if more:
                if all(found.get(name) == content for name, content in named.items()):
                    return True
            elif found == named:
                return True
        return False

    return holds


def _source(row: object) -> Callable[[World], bytes | None]:
    if isinstance(row, str):
        content = row.encode()
        return lambda world: content
    if isinstance(row, Mapping) and set(row) == {"as"}:
        path = _path(row["as"])

        def origin(world: World) -> bytes | None:
            node = world.before.get(path)
            return node.content if node is not None and node.kind == "file" else None

        return origin
    if isinstance(row, Mapping) and set(row) == {"base64"}:
        try:
            raw = base64.b64decode(row["base64"], validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise CheckFault(f"base64 cannot be read: {error}") from error
        return lambda world: raw
    raise CheckFault(f"a content is a text, {{'as': path}} or {{'base64': …}}; got {row!r:.80}")


def _compressed(data: Data, depth: int) -> Condition:
    path, form = _path(data["compressed"]), data.get("format")
    source = _source({"as": data["as"]} if "as" in data else data.get("holds"))

    def holds(world: World) -> bool:
        node = world.file(path)
        if node is None or (form is not None and format_of(node.content) != form):
            return False
        try:
            plain = plain_of(node.content)
        except Exception:  # noqa: BLE001 - three libraries' errors for broken bytes
            return False
        return plain != node.content and plain == source(world)

    return holds


_ID = re.compile(r"(?:[0-9a-f]{40}|ref: \S+)")


def _ref(data: Data, depth: int) -> Condition:
    name, place, gold = data["ref"], _path(data.get("in")), data.get("is")
    if not isinstance(name, str) or not isinstance(gold, str) or not _ID.fullmatch(gold):
        raise CheckFault("ref needs a name, `in` and `is` (40 hex digits or 'ref: …')")

    def holds(world: World) -> bool:
        loose = world.after.text(f"{place}/.git/{name}")
        if loose is not None:
            return loose.strip() == gold
        packed = world.after.text(f"{place}/.git/packed-refs") or ""
        return f"{gold} {name}" in packed.split("\n")

    return holds


def _several(data: object, depth: int) -> list[Condition]:
    if not isinstance(data, list) or not data or len(data) > MOST:
        raise CheckFault(f"conditions must be a list of 1 to {MOST}, got {data!r:.80}")
    return [read_condition(row, depth + 1) for row in data]


def _all(data: Data, depth: int) -> Condition:
    rows = _several(data["all"], depth)
    return lambda world: all(row(world) for row in rows)


def _any(data: Data, depth: int) -> Condition:
    rows = _several(data["any"], depth)
    return lambda world: any(row(world) for row in rows)


def _not(data: Data, depth: int) -> Condition:
    inner = read_condition(data["not"], depth + 1)
    return lambda world: not inner(world)


MAKERS_BY_KIND: dict[str, tuple[Callable[[Data, int], Condition], tuple[str, ...]]] = {
    "file": (_file, (*MAKERS, "as", "mode")),
    "folder": (_folder, ("holds", "mode")),
    "link": (_link, ("to",)),
    "absent": (_absent, ()),
    "unchanged": (_unchanged, ()),
    "mode": (_mode, ("is", "set", "clear")),
    "same_file": (_same_file, ()),
    "archive": (_archive, ("holds", "more", "format", "below")),
    "compressed": (_compressed, ("as", "holds", "format")),
    "ref": (_ref, ("in", "is")),
    "all": (_all, ()),
    "any": (_any, ()),
    "not": (_not, ()),
}
"""Each kind's maker, and what else its data may have."""
