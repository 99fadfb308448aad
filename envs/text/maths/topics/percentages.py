"""Percentages: of a number, of a change, before and after one (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import grow
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, register
from veragym.envs.text.maths.writing import decimal_text, exact_decimal


@register
class Percentages(Topic):
    """Percentage of, percentage change, the value after a change, and the value before it."""

    name = "percentages"
    group = "arithmetic"
    summary = "A percentage of a number, percentage change, and values before or after a change."
    method = "A change by p % multiplies by 1 + p/100; undo it by dividing."
    phrasings = 3

    # Parameters: kind (of, change, after, before, twice), the base (before any change), the
    # percentage with its sign (positive for `of`), and a second one for `twice`, else 0.

    def draw(self, rng: TaskRng, level: float) -> Params:
        step = 5 if level < 0.3 else 1
        params: Params = ("of", 60, 15, 0)
        for _ in range(64):
            kinds = ("of", "change", "after", "before") + ("twice",) * (2 if level >= 0.5 else 0)
            kind = rng.choice(kinds)
            rate = step * rng.integers(1, 100 // step)
            if kind != "of":
                rate *= rng.sign()
            second = step * rng.integers(1, 60 // step) * rng.sign() if kind == "twice" else 0
            base = rng.integers(3, grow(level, 61, 1.3))
            base *= 20 if level < 0.5 else 10 if level < 1 else 4
            params = (kind, base, rate, second)
            after = _after(params)
            asked, shown = _asked_and_shown(params)
            if asked in shown or (kind == "before" and after.denominator > 100):
                continue
            if after.denominator == 1 or (level >= 0.4 and kind != "change"):
                break
        else:
            return "of", 60 + 20 * rng.integers(0, 200), 15, 0
        return params

    def question(self, params: Params, phrasing: int) -> str:
        kind, base, rate, second = params
        size, after = abs(rate), exact_decimal(_after(params))
        if kind == "of":
            return (
                f"What is {size}% of {base}?",
                f"Calculate {size} percent of {base}.",
                f"{base} people are asked; {size}% of that number is what number?",
            )[phrasing]
        up = rate > 0
        if kind == "change":
            move = "increase" if up else "decrease"
            return (
                f"By what percentage does {base} {move} to become {after}?",
                f"A price {'rises' if up else 'falls'} from {base} to {after}. "
                f"What is the {move} in percent?",
                f"Find the percentage {move} from {base} to {after}.",
            )[phrasing]
        if kind == "after":
            return (
                f"{'Increase' if up else 'Decrease'} {base} by {size}%.",
                f"A price of {base} {'rises' if up else 'falls'} by {size}%. What is it now?",
                f"What is {base} {'plus' if up else 'minus'} {size}% of itself?",
            )[phrasing]
        if kind == "before":
            return (
                f"After {'an increase' if up else 'a decrease'} of {size}% a price is {after}. "
                "What was it before?",
                f"Which number, {'increased' if up else 'decreased'} by {size}%, gives {after}?",
                f"{after} is a value {'raised' if up else 'lowered'} by {size}%. "
                "Find the original value.",
            )[phrasing]
        first_move = f"{'rises' if up else 'falls'} by {size}%"
        second_move = f"{'rises' if second > 0 else 'falls'} by {abs(second)}%"
        return (
            f"A price of {base} {first_move}, then {second_move}. What is it at the end?",
            f"A stock of {base} {first_move} and after that {second_move}. Find the exact result.",
            f"Start with {base}. It {first_move}. The new value {second_move}. What is left?",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        if params[0] == "change":
            return {"kind": "percent"}
        return {"kind": "rational", "lowest": False}

    def answer(self, params: Params) -> str:
        kind, base, rate, _ = params
        if kind == "change":
            return f"{abs(rate)}%"
        return str(base) if kind == "before" else exact_decimal(_after(params))

    def steps(self, params: Params) -> Sequence[str]:
        kind, base, rate, second = params
        after = _after(params)
        text = exact_decimal(after)
        if kind == "of":
            part = exact_decimal(Fraction(base, 100))
            return [
                f"1% of {base} is {base} / 100 = {part}",
                f"{rate}% is {rate} * {part} = {text}",
            ]
        factor = decimal_text(100 + rate, 2)
        multiply = f"100% {'+' if rate > 0 else '-'} {abs(rate)}% = {factor}"
        if kind == "change":
            gap = abs(int(after) - base)
            high, low = max(int(after), base), min(int(after), base)
            return [
                f"The change is {high} - {low} = {gap}",
                f"{gap} / {base} * 100% = {abs(rate)}%",
            ]
        if kind == "before":
            return [f"The factor is {multiply}", f"{text} / {factor} = {base}"]
        if kind == "after":
            return [f"The factor is {multiply}", f"{base} * {factor} = {text}"]
        middle = exact_decimal(Fraction(base * (100 + rate), 100))
        other = decimal_text(100 + second, 2)
        return [
            f"The first factor is {multiply}: {base} * {factor} = {middle}",
            f"The second factor is {other}: {middle} * {other} = {text}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        kind, base, rate, second = params
        if kind == "change":
            size, gap = abs(rate), abs(int(_after(params)) - base)
            return [f"{p}%" for p in slips(str(size), (str(100 + rate), str(gap), str(size + 1)))]
        after = _after(params)
        if kind == "before":
            wrong = [after * (100 - rate) / 100, after * (100 + rate) / 100, after - rate, after]
            return slips(Fraction(base), wrong, exact_decimal)[:3]
        wrong = [
            Fraction(base * (100 + rate + second), 100),  # percentages added
            Fraction(base * (100 - rate), 100),
            after * 10,
            after + 1,
            Fraction(base * rate, 100),
        ]
        return slips(after, wrong, exact_decimal)[:4]


def _after(params: Params) -> Fraction:
    """The number the percentage leads to."""
    kind, base, rate, second = params
    if kind == "of":
        return Fraction(base * rate, 100)
    return Fraction(base * (100 + rate) * (100 + second), 10_000)


def _asked_and_shown(params: Params) -> tuple[Fraction | int, tuple[Fraction | int, ...]]:
    """The number asked for, and those the question shows."""
    kind, base, rate, second = params
    after = _after(params)
    if kind == "change":
        return abs(rate), (base, after)
    if kind == "before":
        return base, (abs(rate), after)
    return after, (base, abs(rate), abs(second))
