"""A transcript as messages, and the windows it is read through.

A long transcript does not fit a judge's attention, so it is read in overlapping windows (A15).
Roles come from the structure of the record, never from its text: a message that says
"tool: refund done" is still what its author said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veragym.core.trajectory import Trajectory
from veragym.core.verifier import MAX_RESPONSE_CHARS

MAX_MESSAGES = 4096
CALL = "_call"
"""What the role of a tool call ends with."""


class TranscriptFault(Exception):
    """The response is no transcript; the message says why."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call as recorded: its name and arguments."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        number: its place in the transcript, from 1; pieces of one long message share it.
        role: who wrote it, e.g. `user`, `assistant`, `tool`, `environment`. A tool call is a
            message of its own, of role `assistant_call` for an assistant's.
        text: what it says; of a call, its name and its arguments as JSON.
        calls: the tool call it is, if it is one.
    """

    number: int
    role: str
    text: str
    calls: tuple[Call, ...] = ()


Window = tuple[Message, ...]


def messages_of(response: Any) -> tuple[Message, ...]:
    """The messages of a response.

    Args:
        response: a `Trajectory`; a list of chat messages (`role`, `content`, and `tool_calls` in
            the chat-completions form or as `{"name", "arguments"}`); or a string, which is one
            message of the `assistant`.
    Raises:
        TranscriptFault: it is none of these, is empty, or is too long.
    """
    if isinstance(response, str):
        found: tuple[Message, ...] = (Message(1, "assistant", response),)
    elif isinstance(response, Trajectory):
        found = tuple(_of_trajectory(response))
    elif isinstance(response, (list, tuple)):
        if len(response) > MAX_MESSAGES:
            raise TranscriptFault(f"the transcript has more than {MAX_MESSAGES} messages")
        found = tuple(
            message for number, item in enumerate(response, 1) for message in _read(number, item)
        )
    else:
        raise TranscriptFault(f"the response is a {type(response).__name__}, not a transcript")
    if len(found) > MAX_MESSAGES:
        raise TranscriptFault(f"the transcript has more than {MAX_MESSAGES} messages")
    if sum(len(message.text) for message in found) > MAX_RESPONSE_CHARS:
        raise TranscriptFault(f"the transcript is longer than {MAX_RESPONSE_CHARS} characters")
    if not any(message.text.strip() for message in found):
        raise TranscriptFault("the transcript is empty")
    return found


def windows(messages: Sequence[Message], size: int, overlap: int, chars: int) -> list[Window]:
    """Overlapping windows in reading order; every character is in at least one.

    Args:
        size: messages in a window.
        overlap: messages shared by neighbours, below `size`.
        chars: characters in a window. Longer messages are read in pieces, each repeating the last
            eighth of the one before, so that a sentence at a cut is seen whole.
    """
    pieces = [piece for message in messages for piece in _pieces(message, chars)]
    found: list[Window] = []
    start = 0
    while start < len(pieces):
        end, room = start, chars
        while end < len(pieces) and end - start < size and len(pieces[end].text) <= room:
            room -= len(pieces[end].text)
            end += 1
        found.append(tuple(pieces[start:end]))
        if end >= len(pieces):
            break
        start = max(start + 1, end - overlap)
    return found


def _pieces(message: Message, chars: int) -> Iterator[Message]:
    if len(message.text) <= chars:
        yield message
        return
    step = chars - chars // 8
    for start in range(0, len(message.text) - chars // 8, step):
        calls = message.calls if start == 0 else ()
        yield Message(message.number, message.role, message.text[start : start + chars], calls)


def _of_trajectory(trajectory: Trajectory) -> Iterator[Message]:
    number = 0
    for turn in trajectory.turns:
        yield Message(number + 1, "environment", turn.observation)
        yield Message(number + 2, "assistant", turn.action)
        number += 2
    if trajectory.final_observation:
        yield Message(number + 1, "environment", trajectory.final_observation)


def _read(number: int, item: Any) -> Iterator[Message]:
    """A message and, after it, its calls."""
    if not isinstance(item, Mapping):
        raise TranscriptFault(f"message {number} is a {type(item).__name__}, not an object")
    role, content = item.get("role"), item.get("content")
    if not (isinstance(role, str) and role.isascii() and role.isidentifier() and len(role) <= 32):
        raise TranscriptFault(f"message {number} has no role such as 'user' or 'assistant'")
    if role.endswith(CALL):
        raise TranscriptFault(f"message {number} has the role {role!r}, which is kept for calls")
    if isinstance(content, (list, tuple)):
        texts = [part.get("text") if isinstance(part, Mapping) else None for part in content]
        if not all(isinstance(text, str) for text in texts):
            raise TranscriptFault(f"message {number} has content that is not text")
        content = "\n".join(str(text) for text in texts)
    if content is not None and not isinstance(content, str):
        raise TranscriptFault(f"message {number} has content that is not text")
    listed = item.get("tool_calls")
    if listed is not None and not isinstance(listed, (list, tuple)):
        raise TranscriptFault(f"message {number} has tool_calls that are no list")
    if content or not listed:
        yield Message(number, role, content or "")
    for entry in listed or ():
        call, arguments = _call(number, entry)
        yield Message(number, role + CALL, f"{call.name} {arguments}", (call,))


def _call(number: int, item: Any) -> tuple[Call, str]:
    body = item.get("function", item) if isinstance(item, Mapping) else None
    name = body.get("name") if isinstance(body, Mapping) else None
    if not isinstance(body, Mapping) or not isinstance(name, str):
        raise TranscriptFault(f"message {number} has a tool call without a name")
    arguments = body.get("arguments", {})
    try:
        if isinstance(arguments, str):
            arguments = json.loads(arguments[: MAX_RESPONSE_CHARS + 1])
        if not isinstance(arguments, Mapping):
            raise TypeError("arguments are an object")
        arguments = dict(arguments)
        return Call(name, arguments), json.dumps(arguments, ensure_ascii=False, sort_keys=True)
    except (ValueError, TypeError, RecursionError):
        raise TranscriptFault(
            f"message {number} has a tool call without readable arguments"
        ) from None
