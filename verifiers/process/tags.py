"""Readable text and its tagged sections, in linear time.

Both judges of tagged traces (meta-reasoning, faithfulness) read with the same rules, and both
refuse instead of guessing: an unclosed, nested or repeated tag has no content.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from veragym.core.verifier import MAX_RESPONSE_CHARS
from veragym.verifiers.faults import Unreadable

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HIDDEN = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})


def readable(response: Any) -> str:
    """The response as text that reads the way it looks.

    Raises:
        Unreadable: not a text, too long, or with control, invisible or direction characters.
    """
    if not isinstance(response, str):
        raise Unreadable(f"the response is a {type(response).__name__}, not text")
    if len(response) > MAX_RESPONSE_CHARS:
        raise Unreadable(f"the response is longer than {MAX_RESPONSE_CHARS} characters")
    if _CONTROL.search(response):
        raise Unreadable("the response holds control characters; send plain text")
    if not response.isascii():
        for char in set(response):
            if char not in "\t\n\r" and unicodedata.category(char) in _HIDDEN:
                raise Unreadable(f"the response holds the invisible character U+{ord(char):04X}")
    return response


def folded(text: str) -> str:
    """Text compared without regard to case, composition of accents and amount of white space."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


@dataclass(frozen=True)
class Sections:
    """Tagged sections of a text.

    Attributes:
        found: (name, content) in order of appearance, contents stripped.
        outside: the text outside all sections, pieces joined by a line break, stripped.
    """

    found: tuple[tuple[str, str], ...]
    outside: str


def sections(text: str, names: Sequence[str]) -> Sections:
    """Splits `text` at `<name>…</name>` for the given names; other tags are ordinary text.

    Raises:
        Unreadable: a tag is not closed, not opened, or inside another.
    """
    pattern = re.compile("<(/?)(" + "|".join(re.escape(name) for name in names) + ")>")
    found: list[tuple[str, str]] = []
    outside: list[str] = []
    inside: str | None = None
    start = 0
    for mark in pattern.finditer(text):
        closing, name = mark.group(1) == "/", mark.group(2)
        if not closing and inside is not None:
            raise Unreadable(f"<{name}> is opened inside <{inside}>; close one before the next")
        if closing and inside != name:
            raise Unreadable(f"</{name}> closes nothing; write <{name}>…</{name}>")
        piece = text[start : mark.start()].strip()
        if closing:
            found.append((name, piece))
            inside = None
        else:
            outside.append(piece)
            inside = name
        start = mark.end()
    if inside is not None:
        raise Unreadable(f"<{inside}> is never closed")
    outside.append(text[start:].strip())
    return Sections(tuple(found), "\n".join(piece for piece in outside if piece))
