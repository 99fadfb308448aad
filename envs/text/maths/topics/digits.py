"""Numerals in other bases, and puzzles about decimal digits (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import grow
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register

_DIGITS = "0123456789ABCDEF"


def numeral(n: int, base: int) -> str:
    """The digits of a positive number in a base from 2 to 16."""
    digits = ""
    while n:
        n, d = divmod(n, base)
        digits = _DIGITS[d] + digits
    return digits or "0"


@register
class BaseConversion(Topic):
    """The same number in another base."""

    name = "base_conversion"
    group = "number_theory"
    summary = "Numerals from one base from 2 to 16 to another."
    method = "Read the digits by place value, then divide by the new base and collect remainders."
    phrasings = 3

    # Parameters: the number, the base it is shown in, the base wanted.

    def draw(self, rng: TaskRng, level: float) -> Params:
        n, source, target = 100, 10, 2
        for _ in range(64):
            n = rng.integers(grow(level, 20, 1.2), grow(level, 260, 2.0))
            if level < 0.5:
                source, target = 10, rng.integers(2, 10)
                if rng.sign() < 0:
                    source, target = target, source
            else:
                source, target = rng.integers(2, 17), rng.integers(2, 17)
            if source != target and numeral(n, source) != numeral(n, target):
                break
        return n, source, target

    def question(self, params: Params, phrasing: int) -> str:
        n, source, target = params
        shown = numeral(n, source)
        letters = " Use A-F for the digits 10 to 15." if target > 10 else ""
        if phrasing == 0:
            text = f"Write the base {source} number {shown} in base {target}."
        elif phrasing == 1:
            text = f"Convert {shown} from base {source} to base {target}."
        else:
            text = (
                f"In base {source} a number is written {shown}. How is it written in base {target}?"
            )
        return text + letters

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "numeral", "base": params[2]}

    def answer(self, params: Params) -> str:
        return numeral(params[0], params[2])

    def steps(self, params: Params) -> Sequence[str]:
        n, source, target = params
        steps = []
        if source != 10:
            text = numeral(n, source)
            value = _DIGITS.index(text[0])
            for c in text[1:]:
                d = _DIGITS.index(c)
                steps.append(f"{value} * {source} + {d} = {value * source + d}")
                value = value * source + d
        if target != 10:
            rest = n
            while rest:
                steps.append(f"{rest} = {rest // target} * {target} + {rest % target}")
                rest //= target
            steps.append(f"Remainders from last to first: {self.answer(params)}")
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        n, source, target = params
        shown = numeral(n, source)
        wrong = [int(self.answer(params)[::-1], target), n + 1, n - 1, n * target]
        if shown.isdigit() and source != 10:
            wrong.append(int(shown))  # read as if it were decimal
        return slips(n, wrong, lambda value: numeral(value, target))


@register
class DigitPuzzles(Topic):
    """Digits of powers, zeros of factorials, and digits written in lists of numbers."""

    name = "digit_puzzles"
    group = "number_theory"
    summary = "Digit sums and last digits of powers, zeros of factorials, digits of lists."
    method = "Count place by place; for ends of numbers work modulo a power of ten."
    phrasings = 3

    # Parameters: kind, then two numbers:
    # power_sum, last_two: base, exponent   zeros: n, 0   written: n, 0   digit: n, the digit

    def draw(self, rng: TaskRng, level: float) -> Params:
        params: Params = ("zeros", 30, 0)
        for _ in range(64):
            kind = rng.choice(("power_sum", "last_two", "zeros", "written", "digit"))
            if kind in ("power_sum", "last_two"):
                wide = 14 if kind == "power_sum" else 60
                base = rng.integers(3, ramp(level, 24, 60))
                params = (kind, base, rng.integers(3, ramp(level, 7, wide)))
                if base % 10 == 0:
                    continue
            else:
                n = rng.integers(grow(level, 25, 1.0), grow(level, 400, 1.4))
                params = (kind, n, rng.integers(1, 10) if kind == "digit" else 0)
            right = _digits(params)
            if right not in params and right > 9:
                break
        return params

    def question(self, params: Params, phrasing: int) -> str:
        kind, n, k = params
        return {
            "power_sum": (
                f"What is the sum of the decimal digits of {n}^{k}?",
                f"Add up the digits of {n}^{k}.",
                f"Find the digit sum of the number {n}^{k}.",
            ),
            "last_two": (
                f"What number do the last two digits of {n}^{k} form?",
                f"Find the last two digits of {n}^{k}.",
                f"With which two digits does {n}^{k} end?",
            ),
            "zeros": (
                f"How many zeros are at the end of {n}!?",
                f"The factorial of {n} ends in how many zeros?",
                f"Count the trailing zeros of {n}! in decimal.",
            ),
            "written": (
                f"How many digits are needed to write all numbers from 1 to {n}?",
                f"The numbers 1, 2, ..., {n} are written in a row. How many digits is that?",
                f"Pages are numbered from 1 to {n}. How many digits are printed in all?",
            ),
            "digit": (
                f"How often is the digit {k} written in the numbers from 1 to {n}?",
                f"Count the digits {k} in the list 1, 2, ..., {n}.",
                f"Pages are numbered from 1 to {n}. How many times is the digit {k} printed?",
            ),
        }[kind][phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(_digits(params))

    def steps(self, params: Params) -> Sequence[str]:
        kind, n, k = params
        right = _digits(params)
        if kind == "power_sum":
            steps, value = [], n
            for i in range(2, k + 1):
                steps.append(f"{n}^{i} = {value} * {n} = {value * n}")
                value *= n
            return [*steps, f"{' + '.join(str(value))} = {right}"]
        if kind == "last_two":
            steps, value = [f"Keep two digits only: {n} gives {n % 100}"], n % 100
            for i in range(2, k + 1):
                product = value * n
                steps.append(f"{n}^{i}: {value} * {n} = {product}, keep {product % 100}")
                value = product % 100
            return steps
        if kind == "zeros":
            steps, parts, rest = [], [], n
            while rest >= 5:
                steps.append(f"{rest} / 5 = {rest // 5} (rounded down)")
                rest //= 5
                parts.append(rest)
            return [*steps, f"{' + '.join(map(str, parts))} = {right}"]
        parts = []
        steps = []
        if kind == "written":
            for length in range(1, len(str(n)) + 1):
                first, last = 10 ** (length - 1), min(n, 10**length - 1)
                parts.append((last - first + 1) * length)
                steps.append(f"{first} to {last}: {last - first + 1} * {length} = {parts[-1]}")
        else:
            for i in range(len(str(n))):
                parts.append(_at_place(n, k, 10**i))
                steps.append(f"In the place of {10**i}: {parts[-1]} times")
        return [*steps, f"{' + '.join(map(str, parts))} = {right}"]

    def decoys(self, params: Params) -> Sequence[str]:
        kind, n, k = params
        right = _digits(params)
        wrong: tuple[int, ...] = (right + 1, right - 1)
        if kind == "power_sum":
            wrong = (n**k % 9, sum(map(int, str(n))) * k, right + 9, right + 1)
        elif kind == "last_two":
            wrong = (n * k % 100, pow(n, k - 1, 100), (right + 10) % 100, n % 100)
        elif kind == "zeros":
            wrong = (n // 5, n // 10, *wrong)
        elif kind == "written":
            wrong = (n * len(str(n)), n, *wrong)
        else:
            wrong = (n // 10, n // 10 + n // 100, *wrong)
        return slips(right, wrong)


def _digits(params: Params) -> int:
    kind, n, k = params
    if kind == "power_sum":
        return sum(map(int, str(n**k)))
    if kind == "last_two":
        return pow(n, k, 100)
    if kind == "zeros":
        count = 0
        while n:
            n //= 5
            count += n
        return count
    if kind == "written":
        return sum(n - 10**i + 1 for i in range(len(str(n))))
    return sum(_at_place(n, k, 10**i) for i in range(len(str(n))))


def _at_place(n: int, digit: int, place: int) -> int:
    """How many of the numbers 1 to n have the (non-zero) digit at that place."""
    high, rest = divmod(n, 10 * place)
    full: int = high * place
    return full + min(max(rest - digit * place + 1, 0), place)
