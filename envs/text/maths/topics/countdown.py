"""Reaching a target from given numbers: any right expression wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.expressions import evaluate, infix
from veragym.envs.text.maths.topic import Params, Topic, ramp, register


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
        return infix(params[2])

    def steps(self, params: Params) -> Sequence[str]:
        steps: list[str] = []
        evaluate(params[2], steps)
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
