"""The one piece of work a response hands in: a tagged or fenced block, or the whole response.

A response that hands in two pieces is refused: a policy must not gain by offering several proofs
or programs and leaving the choice to the verifier. What is judged depends on the response alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from veragym.core.verifier import MAX_RESPONSE_CHARS
from veragym.verifiers.faults import Unreadable

_FENCE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^`]*\Z")


def only_block(response: Any, tag: str, languages: Collection[str] = ()) -> str:
    """The text handed in.

    In order: the only `<tag>…</tag>`; the only fenced block whose language is in `languages`; the
    only fenced block; the whole response. Text in `<think>…</think>` is no part of the response.

    Args:
        response: the model's text.
        tag: name of the tag that marks the piece, without brackets.
        languages: fence languages that mark the piece, lower case.
    Raises:
        Unreadable: no text, too long, nothing in it, a block not closed, or several blocks.
    """
    if not isinstance(response, str):
        raise Unreadable(f"the response is a {type(response).__name__}, not text")
    if len(response) > MAX_RESPONSE_CHARS:
        raise Unreadable(f"the response is longer than {MAX_RESPONSE_CHARS} characters")
    text = _outside_thinking(response.replace("\r\n", "\n"))
    tagged = _tagged(text, tag)
    if tagged is not None:
        text = tagged
    blocks = _fenced(text)
    if blocks:
        wanted = [body for language, body in blocks if language in languages]
        chosen = wanted or [body for _, body in blocks]
        if len(chosen) > 1:
            raise Unreadable(f"the response holds {len(chosen)} blocks; hand in exactly one")
        text = chosen[0]
    if not text.strip():
        raise Unreadable("the response is empty")
    return text


def _outside_thinking(text: str) -> str:
    """The text after `</think>`, and before `<think>`; a lone `</think>` closes a prefilled one."""
    if "think>" not in text:
        return text
    opened, closed = text.find("<think>"), text.rfind("</think>")
    if text.find("<think>", max(closed, 0)) >= 0:
        raise Unreadable("<think> is not closed, so nothing is handed in")
    if closed < 0:
        return text
    before = text[:opened] if 0 <= opened < closed else ""
    return before + "\n" + text[closed + len("</think>") :]


def _tagged(text: str, tag: str) -> str | None:
    """What the only `<tag>` holds; None without the tag."""
    opening, closing = f"<{tag}>", f"</{tag}>"
    opened, closed = text.count(opening), text.count(closing)
    if opened == closed == 0:
        return None
    if opened != 1 or closed != 1:
        raise Unreadable(
            f"{opened} {opening} and {closed} {closing} are given; hand in exactly one of each"
        )
    start, end = text.index(opening) + len(opening), text.index(closing)
    if end < start:
        raise Unreadable(f"{closing} comes before {opening}")
    return text[start:end]


def _fenced(text: str) -> list[tuple[str, str]]:
    """(language, body) of every fenced block."""
    if "```" not in text and "~~~" not in text:
        return []
    blocks: list[tuple[str, str]] = []
    body: list[str] = []
    mark = language = ""
    for line in text.split("\n"):
        found = _FENCE.match(line) if len(line) < 200 else None
        if not mark:
            if found:
                mark, language = found.group(1), found.group(2).lower()
                body = []
        elif found and not found.group(2) and found.group(1).startswith(mark):
            blocks.append((language, "\n".join(body)))
            mark = ""
        else:
            body.append(line)
    if mark:
        raise Unreadable("a fenced block is not closed")
    return blocks
