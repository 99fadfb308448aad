"""Decimals: exact sums, differences and products, and rounding (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import grow
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import decimal_text, fixed_decimal


@register
class Decimals(Topic):
    """Exact sums, differences and products of decimals."""

    name = "decimals"
    group = "arithmetic"
    summary = "Sums, differences and products of two decimals, exact."
    method = "Work with whole numbers of the smallest decimal place, then set the point."
    phrasings = 3

    # Parameters: op, then mantissa and decimal places of both operands. Last digits are not 0.

    def draw(self, rng: TaskRng, level: float) -> Params:
        op = rng.choice("+-*")
        deepest = 2 + int(level * 2)
        sizes = (
            grow(level, 300, 2.0),
            grow(level, 300, 2.0) if op != "*" else ramp(level, 50, 900),
        )
        m, p = _decimal(rng, sizes[0], deepest)
        n, q = _decimal(rng, sizes[1], deepest)
        if op == "-":
            for _ in range(16):
                if m * 10**q != n * 10**p:
                    break
                n, q = _decimal(rng, sizes[1], deepest)
            if m * 10**q < n * 10**p:
                m, p, n, q = n, q, m, p
        return op, m, p, n, q

    def canonical(self, params: Params) -> Params:
        op, m, p, n, q = params
        if op != "-" and (n, q) < (m, p):
            return op, n, q, m, p
        return params

    def question(self, params: Params, phrasing: int) -> str:
        op, m, p, n, q = params
        a, b = decimal_text(m, p), decimal_text(n, q)
        if phrasing == 0:
            return f"Calculate {a} {op} {b} exactly."
        if phrasing == 1:
            return f"What is {a} {op} {b}? Give the exact decimal."
        verb = {"+": f"Add {a} and {b}", "-": f"Subtract {b} from {a}", "*": f"Multiply {a} by {b}"}
        return f"{verb[op]}. Give the exact decimal."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational", "lowest": False}

    def answer(self, params: Params) -> str:
        return decimal_text(*_combined(params))

    def steps(self, params: Params) -> Sequence[str]:
        op, m, p, n, q = params
        value, places = _combined(params)
        if op == "*":
            return [
                f"Without the points: {m} * {n} = {value}",
                f"Decimal places: {p} + {q} = {places}",
                f"The product is {self.answer(params)}",
            ]
        a, b = m * 10 ** (places - p), n * 10 ** (places - q)
        return [
            f"In units of {decimal_text(1, places)}: {a} and {b}",
            f"{a} {op} {b} = {value}",
            f"With {places} decimal places this is {self.answer(params)}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        op, m, p, n, q = params
        value, places = _combined(params)
        wrong = [(value, places + 1), (value * 10, places), (value + 1, places)]
        if op != "*" and p != q:
            unaligned = m + n if op == "+" else m - n
            wrong.append((unaligned, max(p, q)))
        scaled = [(m * 10 ** (places + 1 - p), places + 1) for m, p in wrong]
        return slips((value * 10, places + 1), scaled, lambda pair: decimal_text(*pair))


def _decimal(rng: TaskRng, limit: int, deepest: int) -> tuple[int, int]:
    """A mantissa not ending in 0, and a number of places."""
    return rng.integers(1, limit) * 10 + rng.integers(1, 10), rng.integers(1, deepest + 1)


def _combined(params: Params) -> tuple[int, int]:
    """Mantissa and places of the result."""
    op, m, p, n, q = params
    if op == "*":
        return m * n, p + q
    places = max(p, q)
    a, b = m * 10 ** (places - p), n * 10 ** (places - q)
    return (a + b if op == "+" else a - b), places


@register
class Rounding(Topic):
    """Rounding to decimal places, significant figures or powers of ten; never a tie."""

    name = "rounding"
    group = "arithmetic"
    summary = "Rounding to decimal places, significant figures or the nearest power of ten."
    method = "Look at the first digit dropped: from 5 on the kept part goes up by one."
    phrasings = 3

    # Parameters: mantissa, decimal places, mode (places, figures, nearest), digits to drop.
    # The mode is wording only: number and digits dropped make the problem.

    def draw(self, rng: TaskRng, level: float) -> Params:
        digits = ramp(level, 4, 8)
        mantissa, scale, mode, drop = 1234, 2, "places", 1
        for _ in range(64):
            digits_now = digits - rng.integers(0, 2)
            drop = rng.integers(1, min(digits_now - 1, ramp(level, 2, 5)) + 1)
            head = rng.integers(10 ** (digits_now - drop - 1), 10 ** (digits_now - drop))
            if rng.random() < 0.25 * level:  # a chain of carries
                head = head - head % 10 + 9
            mantissa = head * 10**drop + rng.integers(1, 10**drop)
            mode = rng.choice(("places", "figures", "nearest"))
            scale = 0 if mode == "nearest" else rng.integers(1, digits_now)
            if mode == "places":
                scale = max(scale, drop)
            kept = scale - drop if mode == "places" else digits_now - drop
            rounded = _rounded(mantissa, drop)
            if mantissa % 10**drop != 5 * 10 ** (drop - 1) and rounded != kept * 10**scale:
                break
        return mantissa, scale, mode, drop

    def canonical(self, params: Params) -> Params:
        mantissa, scale, _, drop = params
        return mantissa, scale, drop

    def question(self, params: Params, phrasing: int) -> str:
        number = fixed_decimal(params[0], params[1])
        target = _target(params)
        if phrasing == 0:
            return f"Round {number} to {target}."
        if phrasing == 1:
            return f"What is {number} rounded to {target}?"
        return f"Write {number} correct to {target}."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational", "lowest": False}

    def answer(self, params: Params) -> str:
        return decimal_text(_rounded(params[0], params[3]), params[1])

    def steps(self, params: Params) -> Sequence[str]:
        mantissa, scale, _, drop = params
        kept, dropped = divmod(mantissa, 10**drop)
        first = dropped // 10 ** (drop - 1)
        lower = decimal_text(kept * 10**drop, scale)
        way = "5 or more, so round up" if first >= 5 else "less than 5, so round down"
        return [
            f"Keep {kept} of the digits {mantissa}; cut off, the number is {lower}",
            f"The first digit dropped is {first}: {way}",
            f"The rounded number is {self.answer(params)}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        mantissa, scale, _, drop = params
        right = _rounded(mantissa, drop)
        unit = 10**drop
        other = right - unit if right > mantissa else right + unit
        finer = _rounded(mantissa, drop - 1) if drop > 1 else mantissa
        wrong = (other, finer, _rounded(mantissa, drop + 1), right + unit, right - unit)
        return slips(right, wrong, lambda n: decimal_text(n, scale))


def _rounded(mantissa: int, drop: int) -> int:
    unit: int = 10**drop
    return (2 * mantissa + unit) // (2 * unit) * unit


def _target(params: Params) -> str:
    mantissa, scale, mode, drop = params
    if mode == "nearest":
        return f"the nearest {10**drop}"
    if mode == "places":
        places = scale - drop
        if places == 0:
            return "the nearest whole number"
        return f"{places} decimal place{'s' if places > 1 else ''}"
    figures = len(str(mantissa)) - drop
    return f"{figures} significant figure{'s' if figures > 1 else ''}"
