"""Arithmetic with complex numbers in the form a + bi (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import nonzero
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import signed


@register
class ComplexArithmetic(Topic):
    """Sums, products, quotients and powers of complex numbers."""

    name = "complex_arithmetic"
    group = "algebra"
    summary = "Sums, products, quotients and powers of complex numbers a + bi."
    method = (
        "Calculate as with brackets and use i^2 = -1; divide by multiplying with the conjugate."
    )
    phrasings = 3

    # Parameters: op, then real and imaginary parts of both operands; for ^ the exponent and 0.

    def draw(self, rng: TaskRng, level: float) -> Params:
        limit = ramp(level, 8, 20)
        params: Params = ("*", 1, 2, 3, 4)
        for _ in range(64):
            op = rng.choice("+-*" if level < 0.3 else "-**/^")
            a, b = rng.integers(-limit + 1, limit), nonzero(rng, limit - 1)
            if op == "^":
                small = ramp(level, 4, 8)
                a, b = nonzero(rng, small - 1), nonzero(rng, small - 1)
                params = (op, a, b, rng.integers(2, ramp(level, 4, 7)), 0)
            elif op == "/":
                small = ramp(level, 4, 8)
                params = (op, a, b, nonzero(rng, small - 1), nonzero(rng, small - 1))
            else:
                params = (op, a, b, rng.integers(-limit + 1, limit), nonzero(rng, limit - 1))
            x, y = _complex(params)
            if x != 0 and y != 0:
                break
        return params

    def canonical(self, params: Params) -> Params:
        op, a, b, c, d = params
        return (op, c, d, a, b) if op in "+*" and (c, d) < (a, b) else params

    def question(self, params: Params, phrasing: int) -> str:
        op, a, b, c, d = params
        if op == "^":
            text = f"({complex_text(a, b)})^{c}"
        else:
            sign = "" if op == "*" else op if op == "/" else f" {op} "
            text = f"({complex_text(a, b)}){sign}({complex_text(c, d)})"
        if phrasing == 0:
            return f"Calculate {text} in the form a + bi."
        if phrasing == 1:
            return f"What is {text}, written as a + bi?"
        return f"Work out {text}, where i^2 = -1, as a + bi."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "complex"}

    def answer(self, params: Params) -> str:
        return complex_text(*_complex(params))

    def steps(self, params: Params) -> Sequence[str]:
        op, a, b, c, d = params
        x, y = _complex(params)
        right = complex_text(x, y)
        if op in "+-":
            return [
                f"Real part: {a} {op} {signed(c)} = {x}",
                f"Imaginary part: {b} {op} {signed(d)} = {y}",
                f"The result is {right}",
            ]
        if op == "^":
            steps, (p, q) = [], (a, b)
            for n in range(2, c + 1):
                old = complex_text(p, q)
                p, q = p * a - q * b, p * b + q * a
                steps.append(f"Power {n}: ({old})({complex_text(a, b)}) = {complex_text(p, q)}")
            return steps
        if op == "*":
            return [
                f"Real part: {a}*{signed(c)} - {signed(b)}*{signed(d)} = {x}",
                f"Imaginary part: {a}*{signed(d)} + {signed(b)}*{signed(c)} = {y}",
                f"The result is {right}",
            ]
        norm, top = c * c + d * d, (a * c + b * d, b * c - a * d)
        return [
            f"Multiply above and below by {complex_text(c, -d)}; below: {norm}",
            f"Above: ({complex_text(a, b)})({complex_text(c, -d)}) = {complex_text(*top)}",
            f"({complex_text(*top)}) / {norm} = {right}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        op, a, b, c, d = params
        x, y = _complex(params)
        wrong: list[tuple[Any, Any]] = [(x, -y), (-x, y), (y, x), (x + 1, y)]
        if op == "*":
            wrong = [(a * c + b * d, a * d + b * c), (a * c, b * d), *wrong]
        return [complex_text(p, q) for p, q in dict.fromkeys(wrong) if (p, q) != (x, y)][:4]


def complex_text(a: Fraction | int, b: Fraction | int) -> str:
    """`3 - 4i`, `-i`, `1/2 + (3/4)i`."""
    size = -b if b < 0 else b
    if size.denominator != 1:
        imaginary = f"({size})i"
    else:
        imaginary = "i" if size == 1 else f"{size}i"
    if b == 0:
        return str(a)
    if a == 0:
        return f"{'-' if b < 0 else ''}{imaginary}"
    return f"{a} {'-' if b < 0 else '+'} {imaginary}"


def _complex(params: Params) -> tuple[Fraction | int, Fraction | int]:
    op, a, b, c, d = params
    if op == "+":
        return a + c, b + d
    if op == "-":
        return a - c, b - d
    if op == "*":
        return a * c - b * d, a * d + b * c
    if op == "^":
        p, q = a, b
        for _ in range(c - 1):
            p, q = p * a - q * b, p * b + q * a
        return p, q
    norm = c * c + d * d
    return Fraction(a * c + b * d, norm), Fraction(b * c - a * d, norm)
