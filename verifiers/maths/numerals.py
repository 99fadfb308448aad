"""Reading numerals exactly: integers, decimals, scientific notation, fractions, mixed numbers.

A numeral is a way of *writing* a number, not a way of computing it: `1,024` and `1.024e3` are
numerals, `2^{10}` and `17*23` are not. Everything here is exact and free of sympy.

The decimal sign is a point. Thousands are parted by a comma, `{,}`, `\\,` or `\\!`, in groups of
three. What other countries write (`3,5`, `3 000`, `1.234.567`) is refused with a reason that says
what to write: read either way it would sometimes be another number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from veragym.verifiers.extract import undressed
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.maths.characters import legible
from veragym.verifiers.maths.tokens import MAX_DIGITS, repeating

MAX_POWER = 1_000
"""Largest power of ten in scientific notation."""

_DECIMAL = re.compile(
    r"([-+]?)\s*(?:([1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([-+]?\d{1,5}))?\Z",
    re.ASCII,
)
_SCIENTIFIC = re.compile(
    r"([-+]?\d+(?:\.\d+)?)\s*(?:\\times|\\cdot|\*|x)\s*10\s*(?:\^|\*\*)\s*"
    r"(?:\{\s*([-+]?\d{1,5})\s*\}|\(\s*([-+]?\d{1,5})\s*\)|([-+]?\d{1,5}))\Z",
    re.ASCII,
)
_FRACTION = re.compile(
    r"([-+]?)\s*(?:\\[dtc]?frac\s*(?:\{\s*([-+]?\d+)\s*\}|(\d))\s*(?:\{\s*([-+]?\d+)\s*\}|(\d))"
    r"|\(?(\d+)\s*/\s*(\d+)\)?)\Z",
    re.ASCII,
)
_MIXED = re.compile(
    r"([-+]?)\s*(\d+)(?:\s*\\[dtc]?frac\s*(?:\{\s*(\d+)\s*\}|(\d))\s*(?:\{\s*(\d+)\s*\}|(\d))"
    r"|(?:\s+|\s+and\s+)(\d+)\s*/\s*(\d+))\Z",
    re.ASCII,
)
_REPEATING = re.compile(r"([-+]?)(\d*)\.(\d*)\\(?:overline|bar)\s*\{\s*(\d{1,50})\s*\}\Z", re.ASCII)
_COMMA_DECIMAL = re.compile(
    r"[-+]?\s*(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,|\{,\})\d+(?:\s*%)?\Z", re.ASCII
)
_POINTED_GROUPS = re.compile(r"[-+]?\s*\d{1,3}(?:\.\d{3}){2,}\Z", re.ASCII)
_OTHER_GROUPS = re.compile(
    r"[-+]?\s*\d{1,3}(?:(?:[ \u00a0'_]|\\_|\\ )\d{2,3})+(?:\.\d+)?\Z", re.ASCII
)
_GAP = re.compile(r"(?<=\d)(?:\{,\}|\\,|\\!)(?=\d{3}(?!\d))")
_COMMA = re.compile(r",\\!\s*(?=\d{3}(?!\d))")
_THIN = re.compile(r"\\[,;!: ]")
_NAMED = re.compile(
    r"(?:[A-Za-z]|\\[a-z]{2,7})(?:_(?:\w|\{\w{1,8}\}))?(?:\s*\(\s*[^()=<>]{1,20}\))?\s*=\s*(?!=)"
)
_CURRENCY = re.compile(r"([-+]?)\s*(?:\\\$|\$|£|€|¥|₹|\\pounds\s)\s*(?=[\d.])")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number and how it was written.

    Attributes:
        value: exact.
        style: `decimal` (integers included), `fraction` or `mixed`.
        over: numerator as written (fraction part, for a mixed number); 0 for decimals.
        under: denominator as written; 1 for decimals.
        places: decimal places written.
    """

    value: Fraction
    style: str
    over: int = 0
    under: int = 1
    places: int = 0


def without_name(text: str) -> str:
    """The answer without a leading `x = ` or `f(3) =`."""
    found = _NAMED.match(text)
    return text[found.end() :] if found else text


def refuse_other_notation(text: str) -> None:
    """Passes unless the text is a number as written elsewhere.

    Raises:
        Unreadable: a decimal comma, or digits grouped by spaces, points or apostrophes.
    """
    if _COMMA_DECIMAL.match(text):
        raise Unreadable("write the decimal sign as a point; a comma parts thousands")
    if _POINTED_GROUPS.match(text) or _OTHER_GROUPS.match(text):
        raise Unreadable("write large numbers without gaps, or with commas between thousands")


def read_decimal(text: str) -> Numeral | None:
    """A numeral in positional or scientific notation, or None."""
    found = _DECIMAL.match(text)
    if found:
        sign, whole, decimals, bare, power = found.groups()
        decimals = decimals or bare or ""
        digits = (whole or "").replace(",", "") + decimals
        shift = int(power or 0) - len(decimals)
    else:
        found = _SCIENTIFIC.match(text)
        if not found:
            return None
        mantissa, *powers = found.groups()
        power = next(piece for piece in powers if piece is not None)
        sign = "-" if mantissa.startswith("-") else ""
        whole, _, decimals = mantissa.lstrip("+-").partition(".")
        digits, shift = whole + decimals, int(power) - len(decimals)
    if len(digits) > MAX_DIGITS or abs(shift) > MAX_POWER + MAX_DIGITS:
        raise Unreadable("the numeral is too long to be read")
    magnitude = int(digits)
    number = -magnitude if sign == "-" else magnitude
    if shift >= 0:
        return Numeral(Fraction(number * 10**shift), "decimal")
    return Numeral(Fraction(number, 10**-shift), "decimal", places=max(0, -shift))


def read_numeral(text: str) -> Numeral | None:
    """A decimal, fraction, mixed number or repeating decimal, or None.

    Raises:
        Unreadable: it is one, but too long, or its denominator is 0.
    """
    decimal = read_decimal(text)
    if decimal is not None:
        return decimal
    if len(text) > 2 * MAX_DIGITS:
        return None
    found = _FRACTION.match(text)
    if found:
        sign, *parts = found.groups()
        over, under = (int(piece) for piece in parts if piece is not None)
        if not under:
            raise Unreadable("the answer divides by zero")
        value = Fraction(over, under)
        return Numeral(-value if sign == "-" else value, "fraction", over, under)
    found = _MIXED.match(text)
    if found:
        sign, *parts = found.groups()
        whole, over, under = (int(piece) for piece in parts if piece is not None)
        if not 0 < over < under:
            return None
        value = whole + Fraction(over, under)
        return Numeral(-value if sign == "-" else value, "mixed", over, under)
    found = _REPEATING.match(text)
    if found:
        sign, before, fixed, cycle = found.groups()
        value = repeating(before, fixed, cycle)
        return Numeral(-value if sign == "-" else value, "decimal", places=len(fixed))
    return None


def plain(text: str, currency: bool = True) -> str:
    """A candidate readied for the patterns above: name, currency, spacing commands removed."""
    text = undressed(without_name(legible(text)))
    if "\\" in text or "{,}" in text:
        text = _COMMA.sub(",", text)
        text = _GAP.sub("", text).replace("\\left", "").replace("\\right", "")
        text = _THIN.sub(" ", text)
        text = undressed(text)
    while text.startswith("{") and text.endswith("}") and "{" not in text[1:-1]:
        text = text[1:-1].strip()
    if text.startswith("(") and text.endswith(")") and "(" not in text[1:-1]:
        text = text[1:-1].strip()
    if currency:
        found = _CURRENCY.match(text)
        if found:
            text = found.group(1) + text[found.end() :]
    return text
