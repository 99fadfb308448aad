"""Trees as JSON, so that a task can carry the files it starts from.

    {"a.txt": "text", "b.sh": {"text": "…", "mode": "0755"}, "c.bin": {"base64": "…"},
     "d/": {"mode": "0700"}, "e": {"link": "a.txt"}}

A file's content is text where it is UTF-8, else base64; a mode is left out where it is 0644 for a
file or 0755 for a folder.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from typing import Any

from veragym.core.errors import OptionError
from veragym.sandbox.tree import Node, Tree, file, folder, link
from veragym.verifiers.state.faults import CheckFault

_PLAIN = {"file": 0o644, "folder": 0o755}


def tree_to_json(tree: Tree) -> dict[str, Any]:
    """A tree of whole files, folders and links as JSON types; `tree_from_json` inverts it.

    Raises:
        CheckFault: it holds something else.
    """
    found: dict[str, Any] = {}
    for path, node in tree.items():
        if node.kind == "special" or not node.whole or not _writable(path):
            raise CheckFault(f"{path!r:.200} cannot be written down: a {node.kind}, or too large")
        if node.kind == "link":
            found[path] = {"link": os.fsdecode(node.content)}
            continue
        row: dict[str, Any] = {}
        if node.mode != _PLAIN[node.kind]:
            row["mode"] = f"{node.mode:04o}"
        if node.kind == "folder":
            found[path + "/"] = row
            continue
        try:
            row["text"] = node.content.decode()
        except UnicodeDecodeError:
            row["base64"] = base64.b64encode(node.content).decode()
        found[path] = row["text"] if set(row) == {"text"} else row
    return found


def _writable(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # a name that is no UTF-8
        return False
    return True


def tree_from_json(data: object) -> Tree:
    """Inverse of `tree_to_json`.

    Raises:
        CheckFault: something else is written there.
    """
    if not isinstance(data, Mapping):
        raise CheckFault(f"files must map paths to contents, got {data!r:.80}")
    try:
        return Tree({str(path): _node(str(path), row) for path, row in data.items()})
    except OptionError as error:
        raise CheckFault(str(error)) from error


def _node(path: str, row: object) -> Node:
    if isinstance(row, str):
        return file(row)
    if not isinstance(row, Mapping) or set(row) - {"text", "base64", "mode", "link"}:
        raise CheckFault(
            f"file {path!r:.200} is a text, or has text, base64, link or mode; got {row!r:.80}"
        )
    if "link" in row:
        if set(row) != {"link"} or not isinstance(row["link"], str) or not row["link"]:
            raise CheckFault(f"link {path!r:.200} must have a target and nothing else")
        return link(row["link"])
    is_folder = path.endswith("/")
    mode = mode_of(row.get("mode", _PLAIN["folder" if is_folder else "file"]))
    if is_folder:
        if set(row) - {"mode"}:
            raise CheckFault(f"folder {path!r:.200} can have a mode only")
        return folder(mode)
    if ("text" in row) == ("base64" in row):
        raise CheckFault(f"file {path!r:.200} needs either text or base64")
    if "text" in row:
        if not isinstance(row["text"], str):
            raise CheckFault(f"the text of {path!r:.200} is {row['text']!r:.80}")
        return file(row["text"], mode)
    try:
        return file(base64.b64decode(row["base64"], validate=True), mode)
    except (binascii.Error, TypeError, ValueError) as error:
        raise CheckFault(f"the base64 of {path!r:.200} cannot be read: {error}") from error


def mode_of(value: object) -> int:
    """Permission bits from an octal text such as "0644", or the number itself.

    Raises:
        CheckFault: neither.
    """
    if isinstance(value, str):
        try:
            number = int(value, 8)
        except ValueError:
            number = -1
    else:
        number = value if isinstance(value, int) and not isinstance(value, bool) else -1
    if not 0 <= number <= 0o7777:
        raise CheckFault(f'a mode must be an octal text such as "0644", got {value!r:.80}')
    return number
