"""How exact values are written: one text per value, so that equal values have equal texts.

Rationals are written by `str(Fraction(...))`. Here are multiples of a radical or of pi, and
polynomials.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

Rational = int | Fraction


def multiple(coefficient: Rational, symbol: str) -> str:
    """`coefficient` times a symbol: `3*pi/2`, `-pi`, `2*sqrt(3)`, `0`."""
    over, under = coefficient.numerator, coefficient.denominator
    if over == 0:
        return "0"
    if over == 1:
        text = symbol
    elif over == -1:
        text = f"-{symbol}"
    else:
        text = f"{over}*{symbol}"
    return text if under == 1 else f"{text}/{under}"


def pi_times(coefficient: Rational, plus: Rational = 0) -> str:
    """`coefficient*pi + plus`: `9*pi`, `3*pi/2 + 6`."""
    text = multiple(coefficient, "pi")
    if not plus:
        return text
    if not coefficient:
        return str(plus)
    return f"{text} {'+' if plus > 0 else '-'} {abs(plus)}"


def square_part(n: int) -> tuple[int, int]:
    """(outside, inside) with n = outside**2 * inside and inside free of squares; n positive."""
    root = isqrt(n)
    if root * root == n:
        return root, 1
    outside, d = 1, 2
    while d * d <= n:
        while n % (d * d) == 0:
            n //= d * d
            outside *= d
        d += 1
    return outside, n


def root_of(square: Rational, times: Rational = 1) -> str:
    """`times * sqrt(square)` simplified: `5`, `2*sqrt(3)`, `3*sqrt(2)/2`; square positive."""
    under = square.denominator
    outside, inside = square_part(square.numerator * under)
    coefficient = Fraction(times) * Fraction(outside, under)
    return str(coefficient) if inside == 1 else multiple(coefficient, f"sqrt({inside})")


def polynomial(coefficients: Sequence[Rational], variable: str = "x") -> str:
    """A polynomial, highest power first: (3, 0, -1) is `3*x^2 - 1`; fractions as `5*x/2`."""
    parts: list[str] = []
    degree = len(coefficients) - 1
    for i, c in enumerate(coefficients):
        if not c:
            continue
        power = degree - i
        symbol = "" if power == 0 else variable if power == 1 else f"{variable}^{power}"
        size = -c if c < 0 else c
        body = multiple(size, symbol) if symbol else str(size)
        if not parts:
            parts.append(f"-{body}" if c < 0 else body)
        else:
            parts.append(f"- {body}" if c < 0 else f"+ {body}")
    return " ".join(parts) or "0"


def signed(n: Rational) -> str:
    """A number as it stands after a multiplication or minus sign: negatives in brackets."""
    return f"({n})" if n < 0 else str(n)


def plus(n: Rational) -> str:
    """A number as the next term of a sum: `+ 3` or `- 3`."""
    return f"- {-n}" if n < 0 else f"+ {n}"
