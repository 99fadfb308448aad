"""Polynomials in one variable: expanding, factoring, values (A17, D39).

A polynomial is the tuple of its integer coefficients, highest power first.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import nonzero
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import polynomial_text, signed

Poly = tuple[int, ...]


def times(p: Poly, q: Poly) -> Poly:
    """The product of two polynomials."""
    result = [0] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            result[i + j] += a * b
    return tuple(result)


def product(factors: Sequence[Poly]) -> Poly:
    """The product of any number of polynomials."""
    result: Poly = (1,)
    for factor in factors:
        result = times(result, factor)
    return result


def value_at(coefficients: Sequence[int], num: int, den: int = 1) -> Fraction:
    """The value of a polynomial at num / den, in integers until the end."""
    value, scale = 0, 1
    for c in coefficients:
        value = value * num + c * scale
        scale *= den
    return Fraction(value * den, scale)


def factors_text(factors: Sequence[Poly], content: int = 1) -> str:
    """`3(x - 1)^2(2x + 5)`: equal factors as a power, in the order of first appearance."""
    powers: dict[Poly, int] = {}
    for factor in factors:
        powers[factor] = powers.get(factor, 0) + 1
    head = "" if content == 1 else "-" if content == -1 else str(content)
    return head + "".join(
        f"({polynomial_text(factor)}){f'^{n}' if n > 1 else ''}" for factor, n in powers.items()
    )


@register
class PolynomialExpand(Topic):
    """Products of polynomials, multiplied out; degree and coefficients grow with the level."""

    name = "polynomial_expand"
    group = "algebra"
    summary = "Multiplying out products of two to four brackets of total degree two to five."
    method = "Multiply every term of one bracket by every term of the other and collect powers."
    phrasings = 3

    # Parameters: the factors.

    def draw(self, rng: TaskRng, level: float) -> Params:
        degree = 2 + int(level * 2.01)
        lead, limit = ramp(level, 4, 7), ramp(level, 10, 16)
        factors: list[Poly] = []
        while degree > 0:
            own = 1 if degree == 1 or level < 0.3 else rng.integers(1, min(degree, 3))
            middle = [rng.integers(-limit + 1, limit) for _ in range(own - 1)]
            factors.append((rng.integers(1, lead), *middle, nonzero(rng, limit - 1)))
            degree -= own
        return tuple(factors)

    def canonical(self, params: Params) -> Params:
        return tuple(sorted(params))

    def question(self, params: Params, phrasing: int) -> str:
        text = factors_text(params)
        if phrasing == 0:
            return f"Expand {text}."
        if phrasing == 1:
            return f"Multiply out {text} and collect like terms."
        return f"Write {text} as a polynomial without brackets."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "expression", "variables": ["x"], "shape": "expanded"}

    def answer(self, params: Params) -> str:
        return polynomial_text(product(params))

    def steps(self, params: Params) -> Sequence[str]:
        steps = []
        total = params[0]
        for factor in params[1:]:
            steps.append(f"Multiply {polynomial_text(total)} by {polynomial_text(factor)}:")
            for i, c in enumerate(factor):
                if c:
                    term = (c, *(0,) * (len(factor) - 1 - i))
                    row = polynomial_text(times(total, term))
                    steps.append(f"({polynomial_text(term)})({polynomial_text(total)}) = {row}")
            total = times(total, factor)
            steps.append(f"Together: {polynomial_text(total)}")
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        right = product(params)
        ends = (right[0], *(0,) * (len(right) - 2), right[-1])  # only first and last terms
        flipped = (*right[:-1], -right[-1])
        off = (*right[:-2], right[-2] + 1, right[-1])
        return slips(right, (ends, flipped, off), polynomial_text)


@register
class PolynomialFactor(Topic):
    """Factoring over the integers; always a product of linear factors, perhaps with a content."""

    name = "polynomial_factor"
    group = "algebra"
    summary = "Factoring quadratics, cubics and quartics into linear factors over the integers."
    method = "Take out the common factor, then find integer or rational roots and divide by them."
    phrasings = 3

    # Parameters: the content, and the linear factors, primitive and with positive leads.

    def draw(self, rng: TaskRng, level: float) -> Params:
        degree = 2 + int(max(level - 0.1, 0.0) * 1.6)
        limit = 16 if degree == 2 else ramp(level, 9, 13)
        factors = []
        for _ in range(degree):
            a = rng.integers(1, 2 + int(level * 3.5))
            b = nonzero(rng, limit - 1)
            common = gcd(a, b)
            factors.append((a // common, b // common))
        content = rng.integers(1, 2 + int(level * 4))
        return content, tuple(factors)

    def canonical(self, params: Params) -> Params:
        return params[0], tuple(sorted(params[1]))

    def question(self, params: Params, phrasing: int) -> str:
        text = polynomial_text(_whole(params))
        if phrasing == 0:
            return f"Factor {text} completely."
        if phrasing == 1:
            return f"Write {text} as a product of linear factors with integer coefficients."
        return f"Factorise {text} over the integers."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "expression", "variables": ["x"], "shape": "factored"}

    def answer(self, params: Params) -> str:
        return factors_text(sorted(params[1]), params[0])

    def steps(self, params: Params) -> Sequence[str]:
        content, factors = params
        factors = sorted(factors)
        steps = []
        rest = product(factors)
        if content > 1:
            whole = polynomial_text(_whole(params))
            steps.append(f"Common factor {content}: {whole} = {content}({polynomial_text(rest)})")
        while len(factors) > 2:
            a, b = factors.pop(0)
            smaller = product(factors)
            steps.append(
                f"x = {Fraction(-b, a)} is a root of {polynomial_text(rest)}, which is "
                f"({polynomial_text((a, b))})({polynomial_text(smaller)})"
            )
            rest = smaller
        (a, b), (c, d) = factors
        x, y = a * d, b * c  # the two parts of the middle coefficient
        steps.append(
            f"In {polynomial_text(rest)} find two numbers with sum {rest[1]} and product "
            f"{rest[0]} * {signed(rest[2])} = {rest[0] * rest[2]}: {x} and {y}"
        )
        second = polynomial_text((abs(y), rest[2] if y > 0 else -rest[2]))
        split = f"{polynomial_text((rest[0], x, 0))} {'+' if y > 0 else '-'} ({second})"
        steps.append(f"{split} = ({polynomial_text((a, b))})({polynomial_text((c, d))})")
        steps.append(f"The factored form is {self.answer(params)}")
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        content, factors = params
        (a, b), *others = sorted(factors)
        candidates = [
            (content, [(c, -d) for c, d in factors]),
            (content, [(a, -b), *others]),
            (content, [(a, b + a), *others]),
            (content + 1, sorted(factors)),
        ]
        right, texts = _whole(params), []
        for factor, parts in candidates:
            if _whole((factor, parts)) != right:
                texts.append(factors_text(sorted(parts), factor))
        return texts


def _whole(params: Any) -> Poly:
    content, factors = params
    return tuple(content * c for c in product(factors))


@register
class PolynomialValue(Topic):
    """A polynomial evaluated at a number, a fraction from the middle levels on."""

    name = "polynomial_value"
    group = "algebra"
    summary = "The value of a polynomial at an integer or a fraction."
    method = "Start with the leading coefficient; multiply by x and add the next one, to the end."
    phrasings = 3

    # Parameters: the coefficients, numerator and denominator of x.

    def draw(self, rng: TaskRng, level: float) -> Params:
        degree = ramp(level, 2, 4)
        limit, reach = ramp(level, 7, 13), ramp(level, 6, 12)
        poly: Poly = (1, 0, 0)
        num, den = 2, 1
        for _ in range(64):
            rest = [rng.integers(-limit + 1, limit) for _ in range(degree)]
            poly = (nonzero(rng, ramp(level, 3, 7)), *rest)
            num, den = rng.integers(2, reach) * rng.sign(), 1
            if rng.random() < 0.8 * level - 0.3:
                den = rng.integers(2, 4)
            value = value_at(poly, num, den)
            given = {abs(c) for c in poly} | {abs(num), den, *range(degree + 1)}
            if gcd(num, den) == 1 and abs(value) not in given:
                break
        return poly, num, den

    def question(self, params: Params, phrasing: int) -> str:
        poly, num, den = params
        text, x = polynomial_text(poly), str(Fraction(num, den))
        tail = " Give a fraction in lowest terms." if den > 1 else ""
        if phrasing == 0:
            return f"Evaluate {text} at x = {x}.{tail}"
        if phrasing == 1:
            return f"Let p(x) = {text}. What is p({x})?{tail}"
        return f"Find the remainder of {text} divided by x {_shift(x)}.{tail}"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational", "lowest": True}

    def answer(self, params: Params) -> str:
        return str(value_at(*params))

    def steps(self, params: Params) -> Sequence[str]:
        poly, num, den = params
        x = Fraction(num, den)
        point = str(x) if num > 0 and den == 1 else f"({x})"
        value = Fraction(poly[0])
        steps = [f"Start with {value}"]
        for c in poly[1:]:
            follow = value * x + c
            steps.append(f"{value} * {point} {'-' if c < 0 else '+'} {abs(c)} = {follow}")
            value = follow
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        poly, num, den = params
        right = value_at(*params)
        return slips(right, (value_at(poly, -num, den), -right, right + 1, right - poly[-1]))


def _shift(x: str) -> str:
    """`x - (that)` after the letter x: `- 3` or `+ 1/2`."""
    return f"+ {x[1:]}" if x.startswith("-") else f"- {x}"
