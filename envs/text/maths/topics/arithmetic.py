"""Sums and differences of whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from veragym.core.seeding import TaskRng, columns
from veragym.envs.text.maths.topic import Params, Topic, register

_LIMITS = (
    20,
    50,
    100,
    300,
    1000,
    3000,
    10_000,
    30_000,
    100_000,
    300_000,
    1_000_000,
    3_000_000,
    10_000_000,
)

_LIMITS_COLUMN = np.array(_LIMITS, dtype=np.int64)


@register
class Arithmetic(Topic):
    """Chains of additions and subtractions with carries; size and length grow with the level."""

    name = "arithmetic"
    group = "arithmetic"
    summary = "Sums and differences of two to four whole numbers, with carries and borrows."
    method = "Work from left to right, adding or subtracting one number at a time."
    phrasings = 4
    batch_words = 6

    # One word each: number of terms, four operands, the signs. All six are always consumed, so
    # that `draw_many` can find them at fixed places.

    def draw(self, rng: TaskRng, level: float) -> Params:
        limit = _LIMITS[int(level * 8)]
        terms = rng.integers(2, 3 + int(level * 2))
        operands = [rng.integers(2, limit) for _ in range(4)]
        signs = rng.integers(0, 8)
        terms = min(terms, 4)
        return _chain(operands, signs, terms)

    def draw_many(self, words: NDArray[np.uint64], level: NDArray[np.float64]) -> list[Params]:
        limit = _LIMITS_COLUMN[(level * 8).astype(np.int64)]
        terms = columns.integers(words[:, 0], 2, 3 + (level * 2).astype(np.int64))
        signs = columns.integers(words[:, 5], 0, 8)
        operands = np.stack([columns.integers(words[:, 1 + i], 2, limit) for i in range(4)], axis=1)
        minus = (signs[:, None] >> np.arange(3)) & 1 == 0
        operands[:, 1:][minus] *= -1
        return [
            tuple(row[:count])
            for row, count in zip(operands.tolist(), np.minimum(terms, 4).tolist())
        ]

    def question(self, params: Params, phrasing: int) -> str:
        text = str(params[0])
        for n in params[1:]:
            text += f" + {n}" if n >= 0 else f" - {-n}"
        if phrasing == 0:
            return f"What is {text}?"
        if phrasing == 1:
            return f"Calculate {text}."
        if phrasing == 2:
            return f"Work out the value of {text}."
        return f"{text} = ?"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(sum(params))

    def steps(self, params: Params) -> Sequence[str]:
        steps, total = [], params[0]
        for n in params[1:]:
            steps.append(f"{total} {'+' if n >= 0 else '-'} {abs(n)} = {total + n}")
            total += n
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        total = sum(params)
        flipped = params[0] - params[1] + sum(params[2:])
        return [str(n) for n in (total + 10, total - 1, total + 1, flipped) if n != total]


def _chain(operands: list[int], signs: int, terms: int) -> Params:
    """First operand positive, the rest signed by the bits of `signs`."""
    return (
        operands[0],
        *(n if signs >> i & 1 else -n for i, n in enumerate(operands[1:terms])),
    )
