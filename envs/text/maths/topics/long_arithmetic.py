"""Long multiplication, and long division with a remainder (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import grow
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, register


@register
class Multiplication(Topic):
    """Products of two whole numbers; the digits of both factors grow with the level."""

    name = "multiplication"
    group = "arithmetic"
    summary = "Products of two whole numbers of one to six digits."
    method = "Split one factor into its digits, multiply by each, and add the partial products."
    phrasings = 4

    # Parameters: the two factors.

    def draw(self, rng: TaskRng, level: float) -> Params:
        return rng.integers(11, grow(level, 99, 2.0)), rng.integers(3, grow(level, 24, 1.5))

    def canonical(self, params: Params) -> Params:
        return tuple(sorted(params))

    def question(self, params: Params, phrasing: int) -> str:
        a, b = params
        if phrasing == 0:
            return f"What is {a} * {b}?"
        if phrasing == 1:
            return f"Multiply {a} by {b}."
        if phrasing == 2:
            return f"Find the product of {a} and {b}."
        return f"{a} times {b} is how much?"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(params[0] * params[1])

    def steps(self, params: Params) -> Sequence[str]:
        a, parts = _split(params)
        if len(parts) == 1:
            return [f"{a} * {parts[0]} = {a * parts[0]}"]
        steps = [f"{a} * {part} = {a * part}" for part in parts]
        total = a * parts[0]
        for part in parts[1:]:
            steps.append(f"{total} + {a * part} = {total + a * part}")
            total += a * part
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        a, b = params
        right = a * b
        _, parts = _split(params)
        misplaced = right - (a * parts[0]) + a * parts[0] // 10
        return slips(right, (right + 10, right - a, misplaced, right + 1, a + b))


def _split(params: Params) -> tuple[int, list[int]]:
    """A factor, and the other one as a sum of digits times powers of ten."""
    a, b = params
    parts = _places(b)
    if len(parts) == 1 and len(_places(a)) > 1:
        return b, _places(a)
    return a, parts


def _places(n: int) -> list[int]:
    text = str(n)
    return [int(d) * 10 ** (len(text) - 1 - i) for i, d in enumerate(text) if d != "0"]


@register
class DivisionRemainder(Topic):
    """Long division: the quotient and what is left over."""

    name = "division_remainder"
    group = "arithmetic"
    summary = "Quotient and remainder of a whole-number division, as a pair."
    method = "Divide from the left, bringing down one digit at a time and keeping the remainder."
    phrasings = 3

    # Parameters: dividend, divisor. The remainder is never 0.

    def draw(self, rng: TaskRng, level: float) -> Params:
        divisor = rng.integers(3, grow(level, 13, 1.3))
        quotient = rng.integers(4, grow(level, 40, 2.0))
        return divisor * quotient + rng.integers(1, divisor), divisor

    def question(self, params: Params, phrasing: int) -> str:
        n, d = params
        if phrasing == 0:
            return f"Divide {n} by {d}. Answer with (quotient, remainder)."
        if phrasing == 1:
            return f"Find q and r with {n} = {d}*q + r and 0 <= r < {d}. Answer with (q, r)."
        return f"What are quotient and remainder of {n} / {d}? Give them as a pair (q, r)."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "tuple"}

    def answer(self, params: Params) -> str:
        n, d = params
        return f"({n // d}, {n % d})"

    def steps(self, params: Params) -> Sequence[str]:
        n, d = params
        steps: list[str] = []
        rest = 0
        for i, digit in enumerate(str(n)):
            rest = rest * 10 + int(digit)
            if rest < d and not steps:
                continue
            brought = f"Bring down {digit}: " if steps else f"Start with {str(n)[: i + 1]}: "
            steps.append(f"{brought}{rest} = {d} * {rest // d} + {rest % d}")
            rest %= d
        steps.append(f"{n} = {d} * {n // d} + {n % d}, so the pair is {self.answer(params)}")
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        n, d = params
        q, r = divmod(n, d)
        return slips((q, r), ((q - 1, r + d), (r, q), (q, r + 1), (q + 1, d - r), (q * 10, r)), str)
