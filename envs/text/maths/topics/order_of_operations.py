"""Expressions whose value depends on precedence and brackets (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.expressions import evaluate, infix, ordered
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register


@register
class OrderOfOperations(Topic):
    """Expressions whose value depends on precedence and brackets."""

    name = "order_of_operations"
    group = "arithmetic"
    summary = "Values of expressions with + - * /, powers and brackets; left to right fails."
    method = "Brackets first, then powers, then * and /, then + and -, each from left to right."
    phrasings = 4

    # Parameters: one tree (op, left, right) over whole numbers.

    def draw(self, rng: TaskRng, level: float) -> Params:
        operations = ramp(level, 2, 5)
        limit = ramp(level, 13, 30)
        tree: Any = ("+", 2, ("*", 3, 4))
        for _ in range(64):
            tree, value = _tree(rng, operations, limit, level >= 0.4)
            tokens = infix(tree).replace("(", "").replace(")", "").split()
            if str(abs(value)) not in tokens and value != 0 and _leftward(tokens) != value:
                break
        return (tree,)

    def canonical(self, params: Params) -> Params:
        return (ordered(params[0]),)

    def question(self, params: Params, phrasing: int) -> str:
        text = infix(params[0])
        if phrasing == 0:
            return f"Evaluate {text}."
        if phrasing == 1:
            return f"What is the value of {text}?"
        if phrasing == 2:
            return f"Work out {text}."
        return f"{text} = ?"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(evaluate(params[0]))

    def steps(self, params: Params) -> Sequence[str]:
        steps: list[str] = []
        evaluate(params[0], steps)
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        right = evaluate(params[0])
        tokens = infix(params[0]).replace("(", "").replace(")", "").split()
        leftward = _leftward(tokens)
        naive = [] if leftward is None else [leftward]
        return slips(right, (*naive, -right, right + 1, right - 2))


def _tree(rng: TaskRng, operations: int, limit: int, powers: bool) -> tuple[Any, int]:
    """A random expression and its value; every division in it is exact."""
    if operations == 0:
        leaf = rng.integers(2, limit)
        return leaf, leaf
    op = rng.choice("++--**/^" if powers else "+-*/")
    if op == "^" and operations == 1:
        base, exponent = rng.integers(2, 10), rng.integers(2, 4)
        return ("^", base, exponent), base**exponent
    if op == "/":
        right, b = _tree(rng, operations - 1, limit, powers)
        if 1 < abs(b) <= 2 * limit:
            leaf = abs(b) * rng.integers(2, limit)
            return ("/", leaf, right), leaf // b
        left: Any = rng.integers(2, limit)
        return ("-", left, right), left - b
    share = rng.integers(0, operations)
    left, a = _tree(rng, share, limit, powers)
    right, b = _tree(rng, operations - 1 - share, limit, powers)
    if op == "*" and abs(a * b) <= 100 * limit:
        return ("*", left, right), a * b
    if op == "-":
        return ("-", left, right), a - b
    return ("+", left, right), a + b


def _leftward(tokens: list[str]) -> int | None:
    """What strict left-to-right reading without brackets gives; None where it is no integer."""
    value = int(tokens[0])
    for op, text in zip(tokens[1::2], tokens[2::2]):
        n = int(text)
        if op == "/":
            if value % n:
                return None
            value //= n
        elif op == "^":
            if n > 3 or abs(value) > 10**6:
                return None
            value = value**n
        else:
            value = value + n if op == "+" else value - n if op == "-" else value * n
    return value
