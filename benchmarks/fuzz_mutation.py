"""Mutations that know what verifiers read: LaTeX, tags, JSON, proofs, digits of other scripts."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from typing import Any

LONGEST = 1 << 20
DIGITS = "０１２３４５６７８９٠١٢٣٤٥٦٧٨٩०१२३४५६७८९²³¹⁴½¼①Ⅻ𝟘𝟙𝟚"
ODD = (
    "\x00\x08\x1b\u200b\u200d\u202e\u2066\ufeff\u00ad\u0301\u00a0\u3000\ud800\udfff\u2028\x85\U000e0041"
    "🙂ßİıſΩ−–∞≤×÷·√∑∫∈∪∅π"
)
PAIRS = (
    ("{", "}"), ("(", ")"), ("[", "]"), ("\\boxed{", "}"), ("\\frac{", "}{2}"), ("\\sqrt{", "}"),
    ("\\left(", "\\right)"), ("<answer>", "</answer>"), ("<think>", "</think>"), ("$", "$"),
    ("\\text{", "}"), ("```\n", "\n```"), ('"', '"'), ("|", "|"), ("\\{", "\\}"), ("-(", ")"),
    ("<proof>", "</proof>"), ("\\begin{pmatrix}", "\\end{pmatrix}"),
)  # fmt: skip
WORDS = (
    "\\frac", "\\dfrac", "\\sqrt", "\\boxed", "\\cdot", "\\times", "\\pi", "\\infty", "\\cup",
    "\\pm", "\\%", "^{", "^", "_", "!", "e", "E", "i", "%", "=", ",", ";", ":", ".", "..", "-",
    "+", "*", "/", "//", "**", "<", ">", "\\\\", "&", "\n", "\n\n", " ", "\t", "0", "1", "-1",
    "9" * 30, "1e9", "1e999", "10^{10^{10}}", "100000000!", "nan", "inf", "None", "none", "true",
    "or", "and", "not", "if", "Answer:", "The answer is ", "#### ", "step ", "x", "y", "\\sum",
    "\\int", "\\sin", "\\log", "\\begin{cases}", "\\end{cases}", "\\in", "\\mathbb{R}", "<", ">",
    "</answer>", "<answer>", "<think>", "</think>", "```", "```json\n", "[d: \"", "\"]", "km",
    "cm", "$", "I can't help with that.", "one", "million", "half", "0.5", "1/2", "°",
)  # fmt: skip
ATOMS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 10**400, -(10**30), "", "a", "\ud800", "\x00",
    "9" * 50, float("inf"), float("nan"), [], {}, [[]], {"": None}, "request", "met", "right",
)  # fmt: skip
_NUMBER = re.compile(r"[0-9]+")


def mutated(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    """A neighbour of a text: one to eight small changes, rarely a very large one.

    Args:
        others: texts to splice with, at least one.
        words: the target's own vocabulary, used as often as the shared one.
    """
    for _ in range(min(8, 1 + int(rng.expovariate(0.6)))):
        text = _OPERATIONS[rng.randrange(len(_OPERATIONS))](text, others, words, rng)
    if rng.random() < 0.004:
        text = _blown_up(text, rng)
    return text[:LONGEST]


def _span(text: str, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(text) + 1)
    return start, min(len(text), start + int(rng.expovariate(0.15)))


def _word(words: Sequence[str], rng: random.Random) -> str:
    return rng.choice(words) if words and rng.random() < 0.5 else rng.choice(WORDS)


def _insert(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + _word(words, rng) + text[at:]


def _replace(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    start, end = _span(text, rng)
    return text[:start] + _word(words, rng) + text[end:]


def _delete(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    start, end = _span(text, rng)
    return text[:start] + text[end:]


def _repeat(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    start, end = _span(text, rng)
    return text[:end] + text[start:end] * rng.choice((1, 1, 2, 5, 40)) + text[end:]


def _splice(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    other = rng.choice(others)
    start, end = _span(other, rng)
    at = rng.randrange(len(text) + 1)
    if rng.random() < 0.5:
        return text[:at] + other[start:]
    return text[:at] + other[start:end] + text[at:]


def _wrap(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    start, end = _span(text, rng) if rng.random() < 0.7 else (0, len(text))
    opening, closing = rng.choice(PAIRS)
    deep = rng.choice((1, 1, 1, 2, 30))
    return text[:start] + opening * deep + text[start:end] + closing * deep + text[end:]


def _odd(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    start = rng.randrange(len(text) + 1)
    return text[:start] + rng.choice(rng.choice((ODD, DIGITS))) + text[start + rng.randrange(2) :]


def _count(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    found = list(_NUMBER.finditer(text))
    if not found:
        return text
    one = rng.choice(found)
    value = int(one.group()[:40])
    new = rng.choice((value + 1, value - 1, value * 2, -value, 0, value * 10**20))
    return text[: one.start()] + str(new) + text[one.end() :]


def _shuffle(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    separator = rng.choice(("\n", ",", " ", ";"))
    pieces = text.split(separator)
    rng.shuffle(pieces)
    return separator.join(pieces)


def _case(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    start, end = _span(text, rng)
    return text[:start] + text[start:end].swapcase() + text[end:]


_OPERATIONS = (
    _insert, _insert, _replace, _delete, _repeat, _splice, _splice, _wrap, _odd, _count, _shuffle,
    _case,
)  # fmt: skip


def _blown_up(text: str, rng: random.Random) -> str:
    start, end = _span(text, rng)
    piece = text[start:end] or rng.choice(WORDS)
    size = rng.choice((1_000, 10_000, 100_000, LONGEST))
    return text[:start] + piece * (size // len(piece)) + text[end:]


def mutated_json(text: str, others: Sequence[str], words: Sequence[str], rng: random.Random) -> str:
    """A neighbour of a JSON document, mostly JSON again."""
    if rng.random() < 0.1:
        return mutated(text, others, words, rng)
    try:
        value = json.loads(text)
        for _ in range(min(6, 1 + int(rng.expovariate(0.7)))):
            value = _changed(value, others, words, rng)
        return json.dumps(value)[:LONGEST]
    except (ValueError, RecursionError):
        return mutated(text, others, words, rng)


def _changed(value: Any, others: Sequence[str], words: Sequence[str], rng: random.Random) -> Any:
    """The value with one place in it changed, the places chosen by a walk from the root."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        kind = rng.random()
        if kind < 0.08:
            return {k: v for k, v in value.items() if k != key}
        if kind < 0.14:
            return {(_word(words, rng) if k == key else k): v for k, v in value.items()}
        if kind < 0.2:
            return {**value, _word(words, rng): rng.choice(ATOMS)}
        return {**value, key: _changed(value[key], others, words, rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        at = rng.randrange(len(value))
        kind = rng.random()
        if kind < 0.1:
            return value[:at] + value[at + 1 :]
        if kind < 0.2:
            return value[:at] + value[at : at + 1] * rng.choice((2, 3, 200)) + value[at + 1 :]
        if kind < 0.25:
            return rng.sample(value, len(value))
        return [*value[:at], _changed(value[at], others, words, rng), *value[at + 1 :]]
    if isinstance(value, str) and rng.random() < 0.6:
        return mutated(value, ["", *others[:50]], words, rng)[:2_000]
    if isinstance(value, int) and not isinstance(value, bool) and rng.random() < 0.4:
        return rng.choice((value + 1, value - 1, -value, value * 10**20, float(value % 2**60)))
    kind = rng.random()
    if kind < 0.15:
        nested: Any = value
        for _ in range(rng.choice((1, 2, 90, 200))):
            nested = [nested] if rng.random() < 0.7 else {"a": nested}
        return nested
    if kind < 0.3 and words:
        return rng.choice(words)
    if kind < 0.4:
        try:
            return json.loads(rng.choice(others))
        except (ValueError, RecursionError):
            return value
    return rng.choice(ATOMS)
