"""Fractions and mixed numbers, exact and in lowest terms (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.expressions import RANK, is_leaf, ordered
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import reduction, signed


def reduced(rng: TaskRng, low: int, high: int, top: int) -> tuple[int, int]:
    """Numerator below `top` and denominator in [low, high), coprime; never a whole number."""
    num, den = 1, low
    for _ in range(32):
        den = rng.integers(low, high)
        num = rng.integers(1, top)
        if gcd(num, den) == 1:
            return num, den
    return 1, den


@register
class Fractions(Topic):
    """The four operations on fractions; a second operation joins as the level rises."""

    name = "fractions"
    group = "arithmetic"
    summary = "Sums, differences, products and quotients of two or three fractions."
    method = (
        "Bring sums to a common denominator; multiply across; divide by multiplying by the inverse."
    )
    phrasings = 3

    # Parameters: an expression (op, left, right); a leaf is (numerator, denominator).

    def draw(self, rng: TaskRng, level: float) -> Params:
        high, top = ramp(level, 10, 26), ramp(level, 9, 24)
        low = ramp(level, 2, 5)
        node: Any = ("+", (1, 2), (1, 3))
        for _ in range(64):
            a, b = reduced(rng, low, high, top), reduced(rng, low, high, top)
            node = (rng.choice("+-*/"), a, b)
            if rng.random() < 1.6 * level - 0.4:
                node = (rng.choice("+-*/"), reduced(rng, low, high, top), node)
            value = _exact(node, [])
            if value is not None and value.denominator > 1 and value not in _leaves(node):
                break
        return node  # type: ignore[no-any-return]

    def canonical(self, params: Params) -> Params:
        return ordered(params)  # type: ignore[no-any-return]

    def question(self, params: Params, phrasing: int) -> str:
        text = _written(params)[0]
        if phrasing == 0:
            return f"Calculate {text} as a fraction in lowest terms."
        if phrasing == 1:
            return f"What is {text}? Give a fraction in lowest terms."
        return f"Work out {text} and reduce the result."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational", "lowest": True}

    def answer(self, params: Params) -> str:
        return str(_exact(params, []))

    def steps(self, params: Params) -> Sequence[str]:
        steps: list[str] = []
        _exact(params, steps)
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        right = _exact(params, []) or Fraction(0)
        (a, b), (c, d) = _leaves_raw(params)[:2]
        wrong = [Fraction(a + c, b + d), Fraction(a * d, b * c), Fraction(a * c, b * d)]
        wrong += [-right, right + 1, Fraction(right.numerator + 1, right.denominator)]
        return slips(right, wrong)[:4]


def _leaves_raw(node: Any) -> list[tuple[int, int]]:
    if is_leaf(node):
        return [node]
    return _leaves_raw(node[1]) + _leaves_raw(node[2])


def _leaves(node: Any) -> list[Fraction]:
    return [Fraction(*leaf) for leaf in _leaves_raw(node)]


def _exact(node: Any, steps: list[str]) -> Fraction | None:
    """The value, None where it divides by 0; appends the working."""
    if is_leaf(node):
        return Fraction(*node)
    op = node[0]
    a, b = _exact(node[1], steps), _exact(node[2], steps)
    if a is None or b is None or (op == "/" and b == 0):
        return None
    value, line = operate(op, a, b)
    steps.append(line)
    return value


def operate(op: str, a: Fraction, b: Fraction) -> tuple[Fraction, str]:
    """One operation on fractions, and the line of working that does it."""
    if op in "+-":
        value = a + b if op == "+" else a - b
        den = lcm(a.denominator, b.denominator)
        x, y = a.numerator * (den // a.denominator), b.numerator * (den // b.denominator)
        top = x + y if op == "+" else x - y
        middle = f"({x} {op} {signed(y)})/{den}"
        return value, f"{a} {op} {signed(b)} = {middle} = {reduction(top, den)}"
    flipped = ""
    if op == "/":
        flipped = f"{a} / ({b}) = {a} * {signed(1 / b)}"
        b = 1 / b
    top, den = a.numerator * b.numerator, a.denominator * b.denominator
    start = flipped or f"{a} * {signed(b)}"
    return a * b, f"{start} = {reduction(top, den)}"


def _written(node: Any) -> tuple[str, int]:
    """Text; fractions themselves are bracketed beside * and /, where they could be misread."""
    if is_leaf(node):
        return f"{node[0]}/{node[1]}", 2
    op, left, right = node
    rank = RANK[op]
    a, _ = _written(left)
    b, pb = _written(right)
    if rank == 2:
        return f"({a}) {op} ({b})", 2
    return f"{a} {op} {f'({b})' if pb == 1 and op == '-' else b}", 1


@register
class MixedNumbers(Topic):
    """Operations on mixed numbers, with the result as an improper fraction."""

    name = "mixed_numbers"
    group = "arithmetic"
    summary = "Sums, differences, products and quotients of mixed numbers."
    method = "Turn each mixed number into an improper fraction first, then calculate with those."
    phrasings = 3

    # Parameters: op, then whole part, numerator and denominator of both operands.

    def draw(self, rng: TaskRng, level: float) -> Params:
        wholes, high = ramp(level, 6, 15), ramp(level, 7, 16)
        op, a, b = "+", (1, 1, 2), (1, 1, 3)
        for _ in range(64):
            op = rng.choice("+-*/")
            a, b = _mixed(rng, wholes, high), _mixed(rng, wholes, high)
            if op == "-" and _improper(a) < _improper(b):
                a, b = b, a
            if operate(op, _improper(a), _improper(b))[0].denominator > 1:
                break
        return op, a, b

    def canonical(self, params: Params) -> Params:
        op, a, b = params
        return (op, b, a) if op in "+*" and b < a else params

    def question(self, params: Params, phrasing: int) -> str:
        op, a, b = params
        x, y = ("{} {}/{}".format(*part) for part in (a, b))
        if phrasing == 0:
            return f"Calculate ({x}) {op} ({y}) as an improper or proper fraction in lowest terms."
        verb = {
            "+": f"Add the mixed numbers {x} and {y}.",
            "-": f"Subtract the mixed number {y} from {x}.",
            "*": f"Multiply the mixed numbers {x} and {y}.",
            "/": f"Divide the mixed number {x} by {y}.",
        }[op]
        if phrasing == 1:
            return f"{verb} Answer with one fraction in lowest terms."
        return f"Write ({x}) {op} ({y}) as a single fraction p/q in lowest terms."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational", "lowest": True}

    def answer(self, params: Params) -> str:
        op, a, b = params
        return str(operate(op, _improper(a), _improper(b))[0])

    def steps(self, params: Params) -> Sequence[str]:
        op, a, b = params
        steps = [f"{w} {n}/{d} = ({w}*{d} + {n})/{d} = {w * d + n}/{d}" for w, n, d in (a, b)]
        return [*steps, operate(op, _improper(a), _improper(b))[1]]

    def decoys(self, params: Params) -> Sequence[str]:
        op, a, b = params
        right = operate(op, _improper(a), _improper(b))[0]
        parts = Fraction(a[1], a[2]), Fraction(b[1], b[2])
        whole = a[0] * b[0] if op == "*" else a[0] // b[0] if op == "/" else 0
        apart = whole + operate(op, *parts)[0]  # whole parts and fractions treated on their own
        return slips(right, (apart, right + 1, right - 1, Fraction(right.denominator, 2)))[:3]


def _mixed(rng: TaskRng, wholes: int, high: int) -> tuple[int, int, int]:
    den = rng.integers(2, high)
    num = rng.integers(1, den)
    common = gcd(num, den)
    return rng.integers(1, wholes), num // common, den // common


def _improper(part: tuple[int, int, int]) -> Fraction:
    return Fraction(part[0] * part[2] + part[1], part[2])
