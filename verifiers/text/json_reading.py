"""Strict reading of one JSON document out of a response.

What lenient parsers let through is refused: duplicate keys (which value was meant?), `NaN` and
infinities, numbers no float can hold, comments, trailing text, several documents.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Literal, NoReturn

from veragym.verifiers.faults import Unreadable

Fence = Literal["never", "allowed", "required"]
"""Whether the document may (or must) be the one fenced block of the response."""

MAX_DEPTH = 100
_FENCE = re.compile(r"^[ \t]{0,8}```[ \t]{0,8}(\w{0,16})[ \t]{0,8}$", re.MULTILINE)


def read_json(text: str, fence: Fence = "never", prose: bool = False) -> Any:
    """The document's value, in JSON types.

    Args:
        text: what `plain_text` passed.
        fence: see `Fence`; the block's language must be `json` or not named.
        prose: whether text around a fenced block is allowed.
    Raises:
        Unreadable: no document, several, or one that is not strict JSON.
    """
    body = _unfenced(text, prose) if fence != "never" and "```" in text else text
    if fence == "required" and body is text:
        raise Unreadable("the JSON must stand in one fenced block")
    if _depth(body) > MAX_DEPTH:
        raise Unreadable(f"the JSON is nested more than {MAX_DEPTH} deep")
    try:
        value = json.loads(
            body.strip(" \t\n\r"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_float,
        )
    except json.JSONDecodeError as error:
        raise Unreadable(
            f"not one JSON document: {error.msg.lower()}, line {error.lineno} column {error.colno}"
        ) from None
    except ValueError:
        raise Unreadable("the JSON holds an integer of too many digits") from None
    if "\\u" in body and _has_surrogates(value):
        raise Unreadable("the JSON holds an unpaired surrogate")
    return value


def _unfenced(text: str, prose: bool) -> str:
    marks = list(_FENCE.finditer(text))
    if len(marks) != 2 or text.count("```") != 2 or marks[1].group(1):
        raise Unreadable("exactly one fenced block is expected, closed")
    if marks[0].group(1).lower() not in ("", "json"):
        raise Unreadable(f"the fenced block is marked {marks[0].group(1)!r}, not json")
    if not prose and (text[: marks[0].start()].strip() or text[marks[1].end() :].strip()):
        raise Unreadable("text stands around the fenced block; send the block alone")
    return text[marks[0].end() : marks[1].start()]


def _depth(text: str) -> int:
    """How deep brackets are nested outside strings, without recursion."""
    depth = deepest = 0
    quoted = escaped = False
    for char in text:
        if quoted:
            quoted = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            quoted = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("a JSON object names a key twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable(f"{name} is not JSON")


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Unreadable("the JSON holds a number too large for a float")
    return value


def _has_surrogates(value: Any) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, dict):
        return any(_has_surrogates(key) or _has_surrogates(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_surrogates(item) for item in value)
