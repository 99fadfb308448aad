"""File tools: what they are called, how a call is written, and what it does to a tree.

    {"name": "read_file", "arguments": {"path": "kit/spans.py", "start": 1, "lines": 200}}

Also as the only fenced block of a text, and with the arguments as a JSON text. `run` and `submit`
are calls, too; they are what a plain command and `submit` are.

A tool reads and writes files from outside the session, by name, and follows no link.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from veragym.envs.shell.task.screen import SHOWN, harmless, is_binary
from veragym.sandbox.session import HOME
from veragym.sandbox.tree import Tree

_FENCE = re.compile(r"\A```(?:json)?[ \t]*\n(\{.*\})\s*```\Z", re.DOTALL)
LISTED = 200
LINES = 400
LARGEST = 1 << 20


def _tool(name: str, what: str, needed: Mapping[str, str], more: Mapping[str, str]) -> Any:
    kinds = {"start": "integer", "lines": "integer"}
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": what,
            "parameters": {
                "type": "object",
                "properties": {
                    key: {"type": kinds.get(key, "string"), "description": said}
                    for key, said in {**needed, **more}.items()
                },
                "required": list(needed),
                "additionalProperties": False,
            },
        },
    }


_PATH = {"path": "relative to the home folder"}
TOOLS: tuple[Mapping[str, Any], ...] = (
    _tool(
        "list_files", "Names and sizes below a folder.", {}, {"path": "a folder; home if absent"}
    ),
    _tool(
        "read_file",
        f"Lines of a text file, at most {LINES}.",
        _PATH,
        {"start": "the first line, from 1", "lines": "how many"},
    ),
    _tool(
        "write_file",
        "Makes a file, or replaces all of it.",
        {**_PATH, "content": "the whole content"},
        {},
    ),
    _tool(
        "replace_in_file",
        "Replaces a text that is in the file exactly once.",
        {**_PATH, "old": "the text to be replaced", "new": "what takes its place"},
        {},
    ),
    _tool("run", "Runs a command in bash.", {"command": "the command"}, {}),
    _tool("submit", "Ends the episode.", {}, {}),
)
_FILE_TOOLS = {
    tool["function"]["name"]: tool["function"]["parameters"]
    for tool in TOOLS
    if tool["function"]["name"] not in ("run", "submit")
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a file tool.

    Attributes:
        name: which one.
        arguments: texts and whole numbers, as the schema says.
        fault: why it cannot be carried out.
    """

    name: str
    arguments: Mapping[str, Any]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What a call comes to.

    Attributes:
        text: for the agent.
        path, content: what is to be written, if anything.
        failed: nothing was done.
    """

    text: str
    path: str = ""
    content: bytes | None = None
    failed: bool = False


def unfenced(text: str) -> str:
    """A tool call without the fence around it."""
    found = _FENCE.match(text.strip())
    return found.group(1) if found else text


def read_call(text: str) -> Call | None:
    """The file tool a text calls, or None if it calls none. Never raises."""
    bare = text.strip()
    if not (bare.startswith("{") and bare.endswith("}")):
        return None
    try:
        data = json.loads(bare)
    except (ValueError, RecursionError):
        return None
    name = data.get("name") if isinstance(data, dict) else None
    if not isinstance(name, str) or name not in _FILE_TOOLS:
        return None
    arguments = data.get("arguments", {})
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            arguments = None
    if not isinstance(arguments, dict) or set(data) - {"name", "arguments"}:
        return Call(name, {}, "a call has a name and arguments, which are a JSON object")
    return Call(name, arguments, _fault(name, arguments))


def _fault(name: str, arguments: Mapping[str, Any]) -> str:
    schema = _FILE_TOOLS[name]
    for key in schema["required"]:
        if key not in arguments:
            return f"{name} needs {key}"
    for key, value in arguments.items():
        if key not in schema["properties"]:
            return f"{name} does not take {harmless(str(key)[:40].encode('utf-8', 'replace'))!r}"
        kind: type = int if schema["properties"][key]["type"] == "integer" else str
        if not isinstance(value, kind) or isinstance(value, bool):
            return f"{key} must be a {'whole number' if kind is int else 'text'}"
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:
                return f"{key} holds half a character (a lone surrogate)"
    return ""


def carried_out(call: Call, files: Tree) -> Done:
    """What a call without fault does to files. Never raises."""
    arguments = call.arguments
    path = place_of(str(arguments.get("path", ".")))
    if path is None:
        return Done("the path leaves the home folder", failed=True)
    if call.name == "list_files":
        return _listed(path, files)
    if call.name == "write_file":
        fault = _unwritable(path, files)
        content = str(arguments["content"]).encode()
        if fault or len(content) > LARGEST:
            return Done(fault or "the content is too large", failed=True)
        return Done(f"wrote {len(content):,} bytes", path, content)
    node = files.get(path)
    if node is None or node.kind != "file":
        what = "there is no such file" if node is None else f"it is a {node.kind}"
        return Done(what, failed=True)
    if not node.whole or is_binary(node.content):
        return Done("the file is no text, or too large", failed=True)
    try:
        text = node.content.decode()
    except UnicodeDecodeError:
        return Done("the file is no UTF-8", failed=True)
    if call.name == "read_file":
        return _read(text, int(arguments.get("start", 1)), int(arguments.get("lines", LINES)))
    old, new = str(arguments["old"]), str(arguments["new"])
    count = text.count(old) if old else 0
    if count != 1:
        return Done(f"the old text is in the file {count} times; it must be once", failed=True)
    content = text.replace(old, new, 1).encode()
    if len(content) > LARGEST:
        return Done("the content is too large", failed=True)
    return Done("replaced", path, content)


def place_of(path: str) -> str | None:
    """A path relative to home, `.` for home itself; None if it is elsewhere."""
    if path.startswith("~/") or path == "~":
        path = "." + path[1:]
    if path.startswith("/"):
        whole = posixpath.normpath("/" + path.lstrip("/"))
        if whole != HOME and not whole.startswith(HOME + "/"):
            return None
        path = whole[len(HOME) + 1 :] or "."
    plain = posixpath.normpath(path) if path else ""
    if not plain or "\0" in plain or plain == ".." or plain.startswith("../"):
        return None
    return plain


def _unwritable(path: str, files: Tree) -> str:
    """Why there can be no file of that name; empty if there can."""
    parts = path.split("/")
    above = ["/".join(parts[:n]) for n in range(1, len(parts))]
    if any(each in files and files[each].kind != "folder" for each in above):
        return "something above it is no folder"
    if path == "." or (path in files and files[path].kind != "file"):
        return "it is no file"
    if len(path.encode()) > 1024 or any(len(part.encode()) > 255 for part in parts):
        return "the name is too long"
    return ""


def _listed(path: str, files: Tree) -> Done:
    if path != "." and (path not in files or files[path].kind != "folder"):
        return Done("there is no such folder", failed=True)
    start = "" if path == "." else path + "/"
    rows = []
    for name, node in files.items():
        if name.startswith(start):
            size = f"{node.size:,} bytes" if node.kind == "file" else node.kind
            rows.append(f"{harmless(name.encode('utf-8', 'surrogateescape'))!s}  ({size})")
    if len(rows) > LISTED:
        rows = [*rows[:LISTED], f"[… {len(rows) - LISTED:,} more]"]
    return Done("\n".join(rows) or "nothing")


def _read(text: str, start: int, count: int) -> Done:
    rows = text.split("\n")
    if rows[-1] == "":
        rows.pop()
    if start < 1 or count < 1 or (rows and start > len(rows)):
        return Done(f"the file has {len(rows):,} lines; start and lines count from 1", failed=True)
    end = start - 1 + min(count, LINES)
    shown: list[str] = []
    size = 0
    for row in rows[start - 1 : end]:
        size += len(row) + 1
        if size > SHOWN and shown:
            break
        shown.append(harmless(row[:SHOWN].encode()))
    last = start - 1 + len(shown)
    more = f"\n[lines {start} to {last} of {len(rows):,}]" if last < len(rows) or start > 1 else ""
    return Done("\n".join(shown) + more)
