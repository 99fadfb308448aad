"""Quadratic equations: rational roots first, radicals later (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import (
    polynomial_text,
    root_text,
    set_text,
    signed,
    square_part,
)


def quadratic_roots(a: int, b: int, c: int) -> tuple[str, str]:
    """The two real roots as text; the smaller first if a > 0."""
    s, d = square_part(b * b - 4 * a * c)
    if d == 1:
        return str(Fraction(-b - s, 2 * a)), str(Fraction(-b + s, 2 * a))
    return root_text(-b, -s, d, 2 * a), root_text(-b, s, d, 2 * a)


@register
class QuadraticEquation(Topic):
    """Two real solutions: whole numbers first, then fractions, then radicals."""

    name = "quadratic_equation"
    group = "algebra"
    summary = "Quadratic equations with two real solutions, rational or with square roots."
    method = "Bring it to ax^2 + bx + c = 0 and use x = (-b +- sqrt(b^2 - 4ac)) / (2a)."
    phrasings = 3

    # Parameters: a, b, c with a > 0, and how many of the last terms stand on the right.

    def draw(self, rng: TaskRng, level: float) -> Params:
        shape = rng.integers(0, 3) if level >= 0.2 else 0
        a, b, c = 1, -5, 6
        radical = rng.random() < 1.2 * level - 0.5
        for _ in range(64):
            if radical:
                limit = ramp(level, 4, 10)
                p, q = rng.integers(-limit, limit + 1), rng.integers(1, 2 + int(level * 2))
                s, d = (
                    rng.integers(1, 1 + max(1, int(level * 4))),
                    rng.choice((2, 3, 5, 6, 7, 10, 11)),
                )
                a, b, c = q * q, -2 * p * q, p * p - s * s * d
            else:
                limit, lead = ramp(level, 17, 20), 2 + int(level * 4)
                m, n = rng.integers(1, lead), rng.integers(1, lead)
                p, q = rng.integers(-limit, limit + 1), rng.integers(-limit, limit + 1)
                a, b, c = m * n, -(m * q + n * p), p * q
            common = gcd(a, b, c)
            a, b, c = a // common, b // common, c // common
            if b * b - 4 * a * c > 0 and c != 0:
                break
        return a, b, c, shape

    def canonical(self, params: Params) -> Params:
        return params[:3]

    def question(self, params: Params, phrasing: int) -> str:
        a, b, c, shape = params
        left = [a, b, c]
        right = [0, 0, 0]
        for i in range(3 - shape, 3):
            left[i], right[i] = 0, -left[i]
        text = f"{polynomial_text(left)} = {polynomial_text(right)}"
        if phrasing == 0:
            return f"Solve {text}. Answer with the set of solutions."
        if phrasing == 1:
            return f"Find all real x with {text}, as a set like {{x1, x2}}."
        return f"What is the solution set of {text}?"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "set"}

    def answer(self, params: Params) -> str:
        return set_text(quadratic_roots(*params[:3]))

    def steps(self, params: Params) -> Sequence[str]:
        a, b, c, _ = params
        disc = b * b - 4 * a * c
        s, d = square_part(disc)
        root = str(s) if d == 1 else f"sqrt({d})" if s == 1 else f"{s}*sqrt({d})"
        low, high = quadratic_roots(a, b, c)
        return [
            f"Standard form: {polynomial_text((a, b, c))} = 0",
            f"b^2 - 4ac = {signed(b)}^2 - 4*{a}*{signed(c)} = {disc}",
            f"sqrt({disc}) = {root}",
            f"x = ({-b} - {root}) / {2 * a} = {low}",
            f"x = ({-b} + {root}) / {2 * a} = {high}",
            f"The solution set is {self.answer(params)}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        a, b, c, _ = params
        low, high = quadratic_roots(a, b, c)
        candidates = [quadratic_roots(a, -b, c), (low,), (high,)]
        if a > 1:
            s, d = square_part(b * b - 4 * a * c)
            undivided = (root_text(-b, -s, d, 2), root_text(-b, s, d, 2)) if d > 1 else None
            candidates.append(undivided or (str(Fraction(-b - s, 2)), str(Fraction(-b + s, 2))))
        right = {low, high}
        return [set_text(roots) for roots in candidates if set(roots) != right]
