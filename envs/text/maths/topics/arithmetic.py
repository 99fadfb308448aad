"""Sums and differences of whole numbers, and reaching a target from given numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from veragym.core.seeding import TaskRng, columns
from veragym.envs.text.maths.topic import Params, Topic, ramp, register

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


@register
class Countdown(Topic):
    """Reach a target by combining given numbers. Any right expression wins; the witness is one."""

    name = "countdown"
    group = "arithmetic"
    summary = "Combine all the given numbers with + - * / into an expression equal to a target."
    method = "Look for a product or sum near the target, then correct it with what is left."
    phrasings = 3

    # Parameters: the numbers in ascending order, the target, and a witness as nested tuples
    # (op, left, right) over the numbers. The witness is not part of the problem's identity.

    def draw(self, rng: TaskRng, level: float) -> Params:
        count = 3 + min(3, int(level * 3.0))
        limit = ramp(level, 10, 30)
        while True:
            numbers = [rng.integers(1, limit) for _ in range(count)]
            target, witness = _combine(rng, numbers)
            if 1 <= target <= 999 and target not in numbers:
                return (tuple(sorted(numbers)), target, witness)

    def canonical(self, params: Params) -> Params:
        return params[:2]

    def question(self, params: Params, phrasing: int) -> str:
        numbers = ", ".join(map(str, params[0]))
        if phrasing == 0:
            return f"Use {numbers} once each with + - * / to make {params[1]}."
        if phrasing == 1:
            return f"Write an expression equal to {params[1]} from {numbers}, each used once."
        return (
            f"Combine all of {numbers} by + - * / and brackets so that the result is {params[1]}."
        )

    def form(self, params: Params) -> dict[str, Any]:
        return {
            "kind": "arithmetic",
            "numbers": list(params[0]),
            "target": params[1],
            "use_all": True,
        }

    def answer(self, params: Params) -> str:
        return _render(params[2])[0]

    def steps(self, params: Params) -> Sequence[str]:
        steps: list[str] = []
        _evaluate(params[2], steps)
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        numbers, target, _ = params
        right = self.answer(params)
        return [
            str(target),
            f"{right} + 1",
            f"{right} = {target + 1}",
            " + ".join(map(str, numbers[:-1])),
        ]


def _combine(rng: TaskRng, numbers: list[int]) -> tuple[int, Any]:
    """A random way to merge all numbers through positive integers."""
    pool: list[tuple[int, Any]] = [(n, n) for n in numbers]
    while len(pool) > 1:
        rng.shuffle(pool)
        (b, right), (a, left) = pool.pop(), pool.pop()
        choices = ["+", "*"]
        if a > b:
            choices.append("-")
        if b > 1 and a % b == 0:
            choices.append("/")
        op = rng.choice(choices)
        value = {"+": a + b, "*": a * b, "-": a - b}.get(op)
        pool.append((a // b if value is None else value, (op, left, right)))
    return pool[0]


_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2}


def _render(node: Any) -> tuple[str, int]:
    """Text with the fewest brackets, and its precedence."""
    if isinstance(node, int):
        return str(node), 3
    op, left, right = node
    own = _PRECEDENCE[op]
    a, pa = _render(left)
    b, pb = _render(right)
    a = f"({a})" if pa < own else a
    b = f"({b})" if pb < own or (pb == own and op in "-/") else b
    return f"{a} {op} {b}", own


def _evaluate(node: Any, steps: list[str]) -> int:
    if isinstance(node, int):
        return node
    op, left, right = node
    a, b = _evaluate(left, steps), _evaluate(right, steps)
    value = {"+": a + b, "-": a - b, "*": a * b}.get(op)
    value = a // b if value is None else value
    steps.append(f"{a} {op} {b} = {value}")
    return value
