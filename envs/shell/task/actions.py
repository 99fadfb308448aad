"""What an agent's text asks for: a command, or the end of the episode.

    ls -l notes                        a command, as typed; it may have several lines
    ```bash … ```                      the one fenced block of a text is its command
    {"command": "ls"}                  a tool call; also {"name": "bash", "arguments": {…}}
    submit                             ends the episode (also: exit)
    answer 42                          ends it with an answer (one line)
    {"submit": true}, {"answer": "42"} likewise; together with a command, after it

What cannot be read costs a turn and changes nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_FENCE = re.compile(r"```[ \t]*(?:bash|sh|shell|console)?[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
_END = re.compile(r"(?:submit|exit(?:[ \t]+\d{1,3})?|logout)[ \t]*;?", re.IGNORECASE)
_ANSWER = re.compile(r"(?:submit[ \t]+)?answer(?:[ \t]*:)?[ \t]+(\S[^\n]*)", re.IGNORECASE)
_NAMES = ("bash", "shell", "run", "execute", "terminal")
LONGEST_COMMAND = 65_536


@dataclass(frozen=True, slots=True)
class Action:
    """One turn's request.

    Attributes:
        command: what to run first, if anything.
        ends: the episode ends then.
        answer: what is answered at the end.
        fault: why the text could not be read; nothing else is set then.
    """

    command: str | None = None
    ends: bool = False
    answer: str | None = None
    fault: str = ""


def read_action(text: str) -> Action:
    """The request in a text. Never raises."""
    if "\0" in text:
        return Action(fault="a command cannot hold a null byte")
    try:
        text.encode()
    except UnicodeEncodeError:
        return Action(fault="a command cannot hold half a character (a lone surrogate)")
    bare = text.strip()
    if not bare:
        return Action(fault="there is no command")
    if bare.startswith("{") and bare.endswith("}"):
        called = _tool_call(bare)
        if called is not None:
            return called
    blocks = _FENCE.findall(bare)
    if len(blocks) > 1:
        return Action(fault=f"there are {len(blocks)} fenced blocks; give one command a turn")
    if blocks:
        bare = blocks[0].strip()
        if not bare:
            return Action(fault="the fenced block is empty")
    elif bare.startswith("```"):
        return Action(fault="the fenced block is not closed, or is of another language")
    if _END.fullmatch(bare):
        return Action(ends=True)
    found = _ANSWER.fullmatch(bare)
    if found:
        return Action(ends=True, answer=found.group(1).strip())
    return Action(command=bare)


def _tool_call(text: str) -> Action | None:
    """None where the text is no JSON object: `{ ls; }` is a command."""
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    if "arguments" in data and isinstance(data.get("name"), str):
        name, data = data["name"].lower(), data["arguments"]
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                return Action(fault="the arguments of the tool call are no JSON object")
        if not isinstance(data, dict):
            return Action(fault="the arguments of the tool call are no JSON object")
        if name in ("submit", "answer"):
            data = {"submit": True, **data}
        elif name not in _NAMES:
            return Action(fault="there is no such tool; there are bash and submit")
    unknown = set(data) - {"command", "submit", "answer"}
    if unknown or not data:
        return Action(fault="a tool call may have command, submit and answer, and at least one")
    command, answer = data.get("command"), data.get("answer")
    if isinstance(answer, (int, float)) and not isinstance(answer, bool):
        answer = str(answer)
    if command is not None and not (isinstance(command, str) and command.strip()):
        return Action(fault="command must be a text that is not empty")
    if "submit" in data and not isinstance(data["submit"], bool):
        return Action(fault="submit must be true or false")
    if answer is not None and not isinstance(answer, str):
        return Action(fault="answer must be a text or a number")
    if any("\0" in part or not _whole(part) for part in (command or "", answer or "")):
        return Action(fault="a command cannot hold a null byte or half a character")
    ends = data.get("submit") is True or answer is not None
    if command is None and not ends:
        return Action(fault="the tool call asks for nothing")
    return Action(command, ends, answer)


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
