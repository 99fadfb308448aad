"""Direct and inverse proportion (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import grow
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import bracketed


@register
class UnitRates(Topic):
    """Proportion: prices, distances at constant speed, shared work, and pipes filling together."""

    name = "unit_rates"
    group = "arithmetic"
    summary = "Direct and inverse proportion: prices, speeds, work shared, joint rates."
    method = "Find the rate for one unit first; with shared work, the product stays the same."
    phrasings = 3

    # Parameters: kind, then three whole numbers (two for `joint`, the smaller first):
    # price: (items, price of them, items wanted)   distance: (hours, km, hours wanted)
    # time: (hours, km, km wanted)   work: (workers, days, workers now)   joint: (a, b, 0)

    def draw(self, rng: TaskRng, level: float) -> Params:
        kinds = ("price", "distance", "time", "work") + (("joint",) if level >= 0.4 else ())
        params: Params = ("price", 3, 12, 5)
        for _ in range(64):
            kind = rng.choice(kinds)
            size = ramp(level, 13, 40)
            a, b = rng.integers(2, size), rng.integers(2, size)
            if kind == "joint":
                a, b = sorted((a, b))
                params = (kind, a, b, 0)
            elif kind == "work":
                days = rng.integers(2, ramp(level, 16, 60))
                product = a * days
                if level < 0.6 and product % b:
                    continue
                params = (kind, a, days, b)
            else:
                rate = rng.integers(3, grow(level, 31, 1.0))
                divisor = rng.integers(1, 2 + int(level * 4))  # the rate is rate / divisor
                if a * rate % divisor:
                    continue
                total = a * rate // divisor
                if kind == "time":
                    wanted = b * rate // gcd(rate, divisor)
                else:
                    wanted = b
                params = (kind, a, total, wanted)
            right = _solved(params)
            _, first, second, third = params
            if (
                first not in (second, third)
                and right not in params[1:]
                and (right.denominator <= 12 or kind == "joint")
            ):
                break
        return params

    def question(self, params: Params, phrasing: int) -> str:
        kind, a, b, c = params
        tail = "" if _solved(params).denominator == 1 else " Give a fraction in lowest terms."
        text = {
            "price": (
                f"{a} pens cost {b} cents. How many cents do {c} pens cost?",
                f"If {a} kg of corn cost {b} coins, how many coins do {c} kg cost?",
                f"{a} tickets cost {b} euros. What do {c} tickets cost in euros?",
            ),
            "distance": (
                f"A train goes {b} km in {a} hours. How many km does it go in {c} hours?",
                f"At constant speed a ship covers {b} km in {a} h. How many km in {c} h?",
                f"A pump moves {b} litres in {a} hours. How many litres in {c} hours?",
            ),
            "time": (
                f"A train goes {b} km in {a} hours. How many hours does it need for {c} km?",
                f"At constant speed a ship covers {b} km in {a} h. How many h for {c} km?",
                f"A pump moves {b} litres in {a} hours. How many hours for {c} litres?",
            ),
            "work": (
                f"{a} workers need {b} days for a job. How many days do {c} workers need?",
                f"A job takes {a} machines {b} hours. How many hours does it take {c} machines?",
                f"Food lasts {a} horses {b} days. How many days does it last {c} horses?",
            ),
            "joint": (
                f"One pipe fills a tank in {a} hours, another in {b} hours. "
                "How many hours do both need together?",
                f"Ann paints a wall in {a} hours, Ben in {b} hours. "
                "How many hours do they need working together?",
                f"Two machines finish a job alone in {a} and {b} hours. "
                "In how many hours do they finish it together?",
            ),
        }[kind][phrasing]
        return text + tail

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational", "lowest": True}

    def answer(self, params: Params) -> str:
        return str(_solved(params))

    def steps(self, params: Params) -> Sequence[str]:
        kind, a, b, c = params
        right = _solved(params)
        if kind in ("price", "distance"):
            rate = Fraction(b, a)
            return [f"For one: {b} / {a} = {rate}", f"For {c}: {c} * {bracketed(rate)} = {right}"]
        if kind == "time":
            rate = Fraction(b, a)
            return [f"In one hour: {b} / {a} = {rate}", f"Time: {c} / {bracketed(rate)} = {right}"]
        if kind == "work":
            return [
                f"The whole job: {a} * {b} = {a * b}",
                f"Divided by {c}: {a * b} / {c} = {right}",
            ]
        rate = Fraction(a + b, a * b)
        return [
            f"In one hour both do 1/{a} + 1/{b} = {rate}",
            f"Time: 1 / {bracketed(rate)} = {right}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        kind, a, b, c = params
        right = _solved(params)
        if kind == "joint":
            wrong = [Fraction(a + b, 2), Fraction(a + b), Fraction(a + b, a * b), Fraction(b - a)]
        elif kind == "work":
            wrong = [Fraction(b * c, a), Fraction(a * c, b), right + 1, Fraction(b + a - c)]
        else:
            wrong = [Fraction(a * b, c), Fraction(a * c, b), Fraction(b + c - a), right + 1]
            wrong.append(Fraction(b * c, a))
        return slips(right, wrong)[:4]


def _solved(params: Params) -> Fraction:
    kind, a, b, c = params
    if kind in ("price", "distance"):
        return Fraction(b * c, a)
    if kind == "time":
        return Fraction(a * c, b)
    return Fraction(a * b, c) if kind == "work" else Fraction(a * b, a + b)
