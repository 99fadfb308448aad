"""A question to a model judge that the judged text cannot answer for itself.

The text under judgement is data written by someone who wants a good verdict. Three things stand
between it and the verdict:

* it is fenced by a *nonce* derived from a hash of everything in the request, the text included.
  The text cannot contain the hash of itself, so it can neither close the fence nor speak as
  another message;
* the reply must be one JSON object, with exactly the keys asked for and the nonce of this request
  in it; a verdict copied out of the text lacks the nonce, and prose around an object is malformed;
* characters that a reader would not see (direction marks, zero-width and tag characters, control
  codes) are shown by their code points, so that no instruction is invisible to an audit.

What this cannot do is stop a model from believing a persuasive text. See the guide.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Any, TypeVar

from veragym.verifiers.judge.failure import JudgeFailure

T = TypeVar("T")
FORMAT = 1
"""Version of the request's wording and layout: part of the key under which answers are kept."""
MAX_REPLY_CHARS = 1 << 16


@dataclass(frozen=True, slots=True)
class Request:
    """What is put to a model.

    Attributes:
        system, user: the two messages.
        schema: JSON schema of the reply, for endpoints that can enforce one.
        nonce: what the reply must carry in `request`.
    """

    system: str
    user: str
    schema: Mapping[str, Any]
    nonce: str

    def key(self, model: str) -> str:
        """Name under which the answer of `model` is kept: 64 hex digits."""
        content = [FORMAT, model, self.system, self.user, self.schema]
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"):
        return char
    return f"<U+{ord(char):04X}>"


def visible(text: str) -> str:
    """The text with every invisible, control or unassigned character shown by its code point."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def nonce_for(*content: str) -> str:
    """32 hex digits that depend on all of `content` and occur in none of it."""
    parts = [text.encode("utf-8", "surrogatepass") for text in content]
    for turn in range(1 << 16):
        digest = blake2b(digest_size=16, salt=turn.to_bytes(2, "little"))
        for part in parts:
            digest.update(len(part).to_bytes(8, "little") + part)
        nonce = digest.hexdigest()
        if not any(nonce in text.lower() for text in content):
            return nonce
    raise JudgeFailure("no fence could be found for this text")  # 2**16 chances in 2**128 each


def fenced(name: str, text: str, nonce: str) -> str:
    """The text between two lines that carry the nonce."""
    return f"BEGIN {name} {nonce}\n{text}\nEND {name} {nonce}"


def read_reply(reply: str, nonce: str, keys: frozenset[str]) -> dict[str, Any]:
    """The object in a reply.

    Args:
        reply: the model's whole text.
        nonce: of the request.
        keys: the object's keys besides `request`, all required, no others allowed.
    Raises:
        JudgeFailure: anything but exactly that.
    """
    if not isinstance(reply, str) or not reply.strip():
        raise JudgeFailure("the judge's reply is empty")
    if len(reply) > MAX_REPLY_CHARS:
        raise JudgeFailure(f"the judge's reply is longer than {MAX_REPLY_CHARS} characters")
    data = strict_json(reply)
    if not isinstance(data, dict):
        raise JudgeFailure("the judge's reply is not a JSON object")
    if data.get("request") != nonce:
        raise JudgeFailure("the judge's reply does not carry this request's number")
    if set(data) != keys | {"request"}:
        raise JudgeFailure("the judge's reply has missing or unknown fields")
    return data


def strict_json(text: str) -> Any:
    """JSON as the standard has it: no duplicate keys, no NaN, nothing around it.

    Raises:
        JudgeFailure: it is not.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise JudgeFailure("the judge's reply is not valid JSON") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key twice")
    return data


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


Reader = Callable[[str], T]
"""Turns a reply into a judgement; raises `JudgeFailure` if it is none."""
