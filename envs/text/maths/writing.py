"""How exact values are written: one text per value, so that equal values have equal texts.

Rationals are written by `str(Fraction(...))`. Here are the others: multiples of a radical or of pi,
decimals, polynomials, tuples and sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, isqrt

Rational = int | Fraction
Exact = int | Fraction | str
"""An exact value; as text it is in canonical form, so equal values have equal texts."""

EXACT = "Give the exact value."
LOWEST = " Give a fraction in lowest terms."
"""Requests that go with a question whose answer could be written in several ways."""


# -- signs, fractions, lists -----------------------------------------------------------------------


def signed(n: Rational) -> str:
    """A number as it stands after a multiplication or minus sign: negatives in brackets."""
    return f"({n})" if n < 0 else str(n)


def plus(n: Rational) -> str:
    """A number as the next term of a sum: `+ 3` or `- 3`."""
    return f"- {-n}" if n < 0 else f"+ {n}"


def bracketed(n: Rational) -> str:
    """A number as a factor or divisor: negatives and fractions in brackets."""
    return str(n) if n.denominator == 1 and n >= 0 else f"({n})"


def reduction(top: int, bottom: int) -> str:
    """A fraction as it stands and, where that differs, in lowest terms: `6/8 = 3/4`."""
    shown, lowest = f"{top}/{bottom}", str(Fraction(top, bottom))
    return shown if shown == lowest else f"{shown} = {lowest}"


def listing(items: Sequence[object]) -> str:
    """At least two things in a sentence: `1, 2 and 3`."""
    return f"{', '.join(map(str, items[:-1]))} and {items[-1]}"


def tuple_text(items: Iterable[object]) -> str:
    """`(1, 2)`."""
    return f"({', '.join(map(str, items))})"


def set_text(items: Iterable[object]) -> str:
    """`{1, 2}`, in the order given."""
    return f"{{{', '.join(map(str, items))}}}"


# -- decimals --------------------------------------------------------------------------------------


def decimal_text(mantissa: int, places: int) -> str:
    """`mantissa / 10**places` in decimal notation, without trailing zeros."""
    while places > 0 and mantissa % 10 == 0:
        mantissa //= 10
        places -= 1
    if places <= 0:
        return str(mantissa * 10**-places)
    digits = str(abs(mantissa)).rjust(places + 1, "0")
    return f"{'-' if mantissa < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def fixed_decimal(mantissa: int, places: int) -> str:
    """`mantissa / 10**places` with exactly that many places, zeros included."""
    if places == 0:
        return str(mantissa)
    digits = str(mantissa).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


def exact_decimal(value: Fraction) -> str:
    """A terminating fraction as a decimal.

    Raises:
        ValueError: the denominator has a prime factor other than 2 and 5.
    """
    den, twos, fives = value.denominator, 0, 0
    while den % 2 == 0:
        den //= 2
        twos += 1
    while den % 5 == 0:
        den //= 5
        fives += 1
    if den != 1:
        raise ValueError(f"{value} does not terminate; write it as a fraction instead")
    places = max(twos, fives)
    return decimal_text(value.numerator * 10**places // value.denominator, places)


# -- radicals and pi -------------------------------------------------------------------------------


def multiple(coefficient: Rational, symbol: str, times: str = "*") -> str:
    """`coefficient` times a symbol: `3*pi/2`, `-pi`, `2*sqrt(3)`, `0`."""
    over, under = coefficient.numerator, coefficient.denominator
    if over == 0:
        return "0"
    if over == 1:
        text = symbol
    elif over == -1:
        text = f"-{symbol}"
    else:
        text = f"{over}{times}{symbol}"
    return text if under == 1 else f"{text}/{under}"


def pi_times(coefficient: Rational, constant: Rational = 0) -> str:
    """`coefficient*pi + constant`: `9*pi`, `3*pi/2 + 6`."""
    text = multiple(coefficient, "pi")
    if not constant:
        return text
    if not coefficient:
        return str(constant)
    return f"{text} {plus(constant)}"


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


def root_text(p: int, s: int, d: int, q: int) -> str:
    """`(p + s*sqrt(d)) / q` in lowest terms; d > 1 free of squares, s not 0."""
    if q < 0:
        p, s, q = -p, -s, -q
    common = gcd(p, s, q)
    p, s, q = p // common, s // common, q // common
    size = "" if abs(s) == 1 else f"{abs(s)}*"
    if p == 0:
        text = f"{'-' if s < 0 else ''}{size}sqrt({d})"
        return text if q == 1 else f"{text}/{q}"
    text = f"{p} {'-' if s < 0 else '+'} {size}sqrt({d})"
    return text if q == 1 else f"({text})/{q}"


# -- polynomials -----------------------------------------------------------------------------------


def polynomial(coefficients: Sequence[Rational], times: str = "*") -> str:
    """A polynomial in x, highest power first: (3, 0, -1) is `3*x^2 - 1`; fractions as `5*x/2`."""
    parts: list[str] = []
    degree = len(coefficients) - 1
    for i, c in enumerate(coefficients):
        if not c:
            continue
        power = degree - i
        symbol = "" if power == 0 else "x" if power == 1 else f"x^{power}"
        size = -c if c < 0 else c
        body = multiple(size, symbol, times) if symbol else str(size)
        if not parts:
            parts.append(f"-{body}" if c < 0 else body)
        else:
            parts.append(f"- {body}" if c < 0 else f"+ {body}")
    return " ".join(parts) or "0"


def polynomial_text(coefficients: Sequence[int]) -> str:
    """The same as written by hand, for whole coefficients: `2x^2 - x + 5`."""
    return polynomial(coefficients, times="")


def line(m: int, n: int) -> str:
    """`mx + n`."""
    return polynomial_text((m, n))


def with_constant(text: str, n: int) -> str:
    """`text` followed by the signed constant, left out if 0."""
    return text if n == 0 else f"{text} {plus(n)}"
