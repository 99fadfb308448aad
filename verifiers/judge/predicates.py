"""Rubric items judged by a program: no model, no network, the same every time.

A predicate is a function `(messages, args) -> Signal`; the messages are those of one window that
the item's `roles` allow. Four are built in:

    says, never_says      {"any": [phrases]}           in one message, at word boundaries
    calls, never_calls    {"tool": name, "args": {…}}  a recorded call with at least these arguments
                          (the role of an assistant's call is `assistant_call`)

`says` finds words, not meaning: "I did not refund it" says "refund it". Use it where saying is the
deed, restrict it by `roles` where it is not, and prefer the environment's state to both.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from veragym.verifiers.judge.rubric import Item, RubricFault, Signal
from veragym.verifiers.judge.transcript import Message

Predicate = Callable[[Sequence[Message], Mapping[str, Any]], Signal]

MAX_PHRASES = 64
MAX_MARKS = 32


def says(messages: Sequence[Message], args: Mapping[str, Any]) -> Signal:
    """`met` if a message contains one of `args["any"]`, case and spacing aside."""
    phrases = _phrases(args)
    texts = [_plain(message.text) for message in messages]
    found = any(_occurs(phrase, text) for text in texts for phrase in phrases)
    return Signal.MET if found else Signal.SILENT


def never_says(messages: Sequence[Message], args: Mapping[str, Any]) -> Signal:
    """`broken` where `says` would be met."""
    return Signal.BROKEN if says(messages, args) is Signal.MET else Signal.SILENT


def calls(messages: Sequence[Message], args: Mapping[str, Any]) -> Signal:
    """`met` if a message calls `args["tool"]` with at least the arguments `args["args"]`."""
    tool, wanted = args.get("tool"), args.get("args", {})
    if not isinstance(tool, str) or not tool or not isinstance(wanted, Mapping):
        raise RubricFault("the predicate 'calls' needs 'tool', a name, and 'args', an object")
    for message in messages:
        for call in message.calls:
            if call.name == tool and all(
                name in call.arguments and _same(call.arguments[name], value)
                for name, value in wanted.items()
            ):
                return Signal.MET
    return Signal.SILENT


def never_calls(messages: Sequence[Message], args: Mapping[str, Any]) -> Signal:
    """`broken` where `calls` would be met."""
    return Signal.BROKEN if calls(messages, args) is Signal.MET else Signal.SILENT


BUILT_IN: Mapping[str, tuple[Predicate, str]] = {
    "says": (says, "achieve"),
    "calls": (calls, "achieve"),
    "never_says": (never_says, "maintain"),
    "never_calls": (never_calls, "maintain"),
}
"""Each with the kind of item it can decide: with the other, the item could never change."""


def predicate_of(item: Item, number: int, own: Mapping[str, Predicate]) -> Predicate:
    """The program that judges an item; a user's own come first.

    Raises:
        RubricFault: there is none of that name, or the built-in one cannot decide such an item.
    """
    if item.predicate in own:
        return own[item.predicate]
    if item.predicate not in BUILT_IN:
        raise RubricFault(f"item {number} of its rubric names a predicate that is not registered")
    predicate, kind = BUILT_IN[item.predicate]
    if kind != item.kind:
        raise RubricFault(f"item {number} of its rubric has a predicate for items to {kind}")
    return predicate


def _phrases(args: Mapping[str, Any]) -> list[str]:
    given = args.get("any")
    if not isinstance(given, (list, tuple)) or not 0 < len(given) <= MAX_PHRASES:
        raise RubricFault(f"the predicate 'says' needs 'any', a list of 1 to {MAX_PHRASES} phrases")
    phrases = [_plain(phrase) if isinstance(phrase, str) else "" for phrase in given]
    if not all(phrases):
        raise RubricFault("the predicate 'says' has an empty phrase or one that is not text")
    return phrases


@lru_cache(maxsize=256)
def _plain(text: str) -> str:
    """Compatibility-normalised, invisible characters out, case and spacing levelled."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _thinned(text))
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(text.casefold().split())


def _thinned(text: str) -> str:
    """At most `MAX_MARKS` combining marks in a row: normalising a run takes its length squared."""
    kept, run = [], 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def _occurs(phrase: str, text: str) -> bool:
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        before = text[at - 1] if at else " "
        after = text[end] if end < len(text) else " "
        inside_left = before.isalnum() and phrase[0].isalnum()
        inside_right = after.isalnum() and phrase[-1].isalnum()
        if not (inside_left or inside_right):
            return True
        at = text.find(phrase, at + 1)
    return False


def _same(a: Any, b: Any) -> bool:
    """Equality of JSON values in which True is not 1 and NaN is nothing."""
    if isinstance(a, bool) or isinstance(b, bool):
        return isinstance(a, bool) and isinstance(b, bool) and a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b and not math.isnan(a)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return set(a) == set(b) and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and bool(a == b)
