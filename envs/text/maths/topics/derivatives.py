"""Derivatives of functions, and their values at a point."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import TRIES
from veragym.envs.text.maths.sizes import nonzero
from veragym.envs.text.maths.slips import enough_slips
from veragym.envs.text.maths.terms import (
    DERIVABLE,
    Term,
    derivative,
    function_text,
    pieces,
    power_text,
    random_function,
    random_powers,
    sum_text,
)
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import signed


@register
class Derivative(Topic):
    """Term by term: powers, chains, products, elementary functions."""

    name = "derivative"
    group = "calculus"
    summary = "Derivatives of polynomials, roots, powers of linear terms, sin, cos, exp, ln."
    method = "Differentiate term by term; multiply by the derivative of what is inside."
    phrasings = 4

    def draw(self, rng: TaskRng, level: float) -> Params:
        if level >= 0.5 and rng.integers(0, 5) == 0:
            a, b, c, d = (nonzero(rng, ramp(level, 6, 12)) for _ in range(4))
            d = d + 1 if a * d == b * c else d
            if a * d != b * c and d:
                return (*random_powers(rng, level, 1), ("ratio", a, b, c, d))
        return random_function(rng, level, DERIVABLE)

    def question(self, params: Params, phrasing: int) -> str:
        text = function_text(params)
        return (
            f"Differentiate {text} with respect to x.",
            f"What is the derivative of f(x) = {text}?",
            f"Compute d/dx of {text}.",
            f"y = {text}. Find y' as an expression in x.",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "expression", "variables": ["x"]}

    def answer(self, params: Params) -> str:
        return sum_text([piece for term in params for piece in derivative(term)])

    def steps(self, params: Params) -> Sequence[str]:
        steps = [f"({sum_text(pieces(term))})' = {sum_text(derivative(term))}" for term in params]
        return [*steps, f"Sum: {self.answer(params)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        kept = [  # the power rule without lowering the power
            piece
            for term in params
            for piece in (
                [(term[1] * max(term[2], 1), power_text("x", term[2]), "")]
                if term[0] == "pow"
                else derivative(term)
            )
        ]
        right = self.answer(params)
        return [sum_text(kept), function_text(params), f"{right} + 1"]


@register
class DerivativeAtPoint(Topic):
    """The slope at an integer point."""

    name = "derivative_at_point"
    group = "calculus"
    summary = "Value of a derivative at a point: polynomials, powers of linear terms, fractions."
    method = "Differentiate first, then put in the number."
    phrasings = 4

    # Parameters: (terms, x).

    def draw(self, rng: TaskRng, level: float) -> Params:
        terms: Params = ()
        x = 0
        for _ in range(TRIES):
            x = nonzero(rng, ramp(level, 3, 5))
            terms = tuple(
                random_powers(rng, min(level, 0.7), rng.integers(2, 4 if level < 1 else 5))
            )
            if level >= 0.3 and rng.integers(0, 2):
                terms = (*terms[:1], self._extra(rng, level, x))
            if self._value(terms, x) not in (0, x, *(n for t in terms for n in t[1:])):
                break
        return terms, x

    def _extra(self, rng: TaskRng, level: float, x: int) -> Term:
        if rng.integers(0, 2):
            a, c = nonzero(rng, 4), nonzero(rng, 6)
            b = rng.integers(-3, 4) - a * x  # keeps the bracket small at x
            return "chain", c, a, b or 1, rng.integers(2, ramp(level, 4, 6))
        if level >= 0.6 and rng.integers(0, 2):
            a, b, c, d = (nonzero(rng, 9) for _ in range(4))
            d = d + 1 if c * x + d == 0 else d
            return "ratio", a, b, c, d
        return "over", nonzero(rng, 12), rng.integers(1, 4)

    def _value(self, terms: Params, x: int) -> Fraction:
        return sum((_slope(term, x) for term in terms), Fraction(0))

    def question(self, params: Params, phrasing: int) -> str:
        terms, x = params
        text = function_text(terms)
        exact = "Give the exact value."
        return (
            f"f(x) = {text}. What is f'({x})? {exact}",
            f"Find the derivative of {text} at x = {x}. {exact}",
            f"What is the slope of the tangent to y = {text} at x = {x}? {exact}",
            f"At x = {x}, how fast does {text} change with x? {exact}",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational"}

    def answer(self, params: Params) -> str:
        return str(self._value(*params))

    def steps(self, params: Params) -> Sequence[str]:
        terms, x = params
        values = [_slope(term, x) for term in terms]
        steps = [f"f'(x) = {sum_text([piece for term in terms for piece in derivative(term)])}"]
        steps += [f"{sum_text(derivative(t)) or 0} at {x}: {v}" for t, v in zip(terms, values)]
        return [*steps, f"{' + '.join(map(signed, values))} = {sum(values)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        terms, x = params
        right = self._value(terms, x)
        value = sum(_value_at(term, x) for term in terms)
        return enough_slips(right, [value, -right, right + x, right + 1])


def _value_at(term: Term, x: int) -> Fraction:
    """The value of a power, over, chain or ratio term at x."""
    tag, c, *rest = term
    if tag == "pow":
        return Fraction(c * x ** rest[0])
    if tag == "over":
        return Fraction(c, x ** rest[0])
    if tag == "chain":
        a, b, n = rest
        return Fraction(c * (a * x + b) ** n)
    b, d, e = rest
    return Fraction(c * x + b, d * x + e) if d * x + e else Fraction(0)


def _slope(term: Term, x: int) -> Fraction:
    """The derivative of such a term at x."""
    tag, c, *rest = term
    if tag == "pow":
        n = rest[0]
        return Fraction(c * n * x ** (n - 1)) if n else Fraction(0)
    if tag == "over":
        return Fraction(-c * rest[0], x ** (rest[0] + 1))
    if tag == "chain":
        a, b, n = rest
        return Fraction(c * n * a * (a * x + b) ** (n - 1))
    b, d, e = rest
    return Fraction(c * e - b * d, (d * x + e) ** 2)
