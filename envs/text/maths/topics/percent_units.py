"""Percentages, units of measurement and rates (A17, D39).

All conversion factors are exact by definition of the units; nothing is measured or rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.topics.numbers import decimal_text, grow, slips


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


_SYSTEMS: dict[str, tuple[tuple[str, Fraction], ...]] = {
    "length": (
        ("mm", Fraction(1)),
        ("cm", Fraction(10)),
        ("m", Fraction(1000)),
        ("km", Fraction(1_000_000)),
    ),
    "mass": (
        ("mg", Fraction(1)),
        ("g", Fraction(1000)),
        ("kg", Fraction(1_000_000)),
        ("t", Fraction(1_000_000_000)),
    ),
    "volume": (("ml", Fraction(1)), ("cl", Fraction(10)), ("l", Fraction(1000))),
    "time": (
        ("s", Fraction(1)),
        ("min", Fraction(60)),
        ("h", Fraction(3600)),
        ("days", Fraction(86_400)),
    ),
}
_SYSTEM_NAMES = tuple(_SYSTEMS)
_SIZE = {unit: size for system in _SYSTEMS.values() for unit, size in system}


@register
class UnitConversion(Topic):
    """Metric lengths, masses, volumes, and times; up and down, whole, decimal and mixed amounts."""

    name = "unit_conversion"
    group = "arithmetic"
    summary = "Conversions of length, mass, volume and time between units, also of mixed amounts."
    method = (
        "Multiply by the factor when going to a smaller unit, divide when going to a larger one."
    )
    phrasings = 3

    # Parameters: the parts of the amount as (mantissa, places, unit), and the unit wanted.

    def draw(self, rng: TaskRng, level: float) -> Params:
        parts: tuple[tuple[int, int, str], ...] = ((5, 0, "km"),)
        target = "m"
        for _ in range(128):
            system = _SYSTEMS[rng.choice(_SYSTEM_NAMES)]
            reach = 1 + min(len(system) - 2, int(level * 2.5))
            source = rng.integers(0, len(system))
            goal = source + rng.sign() * rng.integers(1, reach + 1)
            if not 0 <= goal < len(system):
                continue
            target = system[goal][0]
            places = 0 if level < 0.2 else rng.integers(0, 2 + int(level * 2))
            mantissa = rng.integers(2, grow(level, 120, 1.5))
            mantissa = mantissa // 10 * 10 + 1 + rng.integers(0, 9) if places else mantissa
            parts = ((mantissa, places, system[source][0]),)
            if places == 0 and source > 0 and rng.random() < 0.6 * level:
                ratio = int(system[source][1] / system[source - 1][1])
                small = rng.integers(1, min(ratio, 1000))
                parts = (*parts, (small, 0, system[source - 1][0]))
            value = _in_unit(parts, target)
            if _terminates(value) and parts[0][2] != target and value < 10**9:
                break
        return parts, target

    def question(self, params: Params, phrasing: int) -> str:
        parts, target = params
        amount = _amount(parts)
        if phrasing == 0:
            return f"Convert {amount} to {target}."
        if phrasing == 1:
            return f"How much is {amount} in {target}?"
        return f"Write {amount} in the unit {target}."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "quantity", "unit": params[1], "convert": False}

    def answer(self, params: Params) -> str:
        return f"{exact_decimal(_in_unit(*params))} {params[1]}"

    def steps(self, params: Params) -> Sequence[str]:
        parts, target = params
        steps = []
        mantissa, places, unit = parts[-1]
        if len(parts) > 1:  # everything in the smaller of its two units first
            count, _, larger = parts[0]
            ratio = int(_SIZE[larger] / _SIZE[unit])
            whole = count * ratio
            steps.append(f"1 {larger} = {ratio} {unit}: {count} * {ratio} = {whole}")
            steps.append(f"{whole} + {mantissa} = {whole + mantissa}")
            mantissa += whole
        number, result = decimal_text(mantissa, places), exact_decimal(_in_unit(*params))
        factor = _SIZE[unit] / _SIZE[target]
        if factor > 1:
            steps.append(f"1 {unit} = {factor} {target}: {number} * {factor} = {result}")
        elif factor < 1:
            steps.append(f"1 {target} = {1 / factor} {unit}: {number} / {1 / factor} = {result}")
        steps.append(f"{_amount(parts)} = {self.answer(params)}")
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        parts, target = params
        right = _in_unit(parts, target)
        wrong = [right * 10, right / 10, right + 1]
        if len(parts) > 1:
            wrong.insert(0, _in_unit(parts[:1], target))
        ending = [value for value in wrong if _terminates(value * 10)]
        return [*slips(right, ending, lambda v: f"{exact_decimal(v)} {target}"), _amount(parts)]


def _amount(parts: tuple[tuple[int, int, str], ...]) -> str:
    return " ".join(f"{decimal_text(m, places)} {unit}" for m, places, unit in parts)


def _in_unit(parts: tuple[tuple[int, int, str], ...], target: str) -> Fraction:
    total = sum((Fraction(m, 10**p) * _SIZE[unit] for m, p, unit in parts), Fraction(0))
    return total / _SIZE[target]


def _terminates(value: Fraction) -> bool:
    """Whether the decimal ends, after at most six places."""
    return 1_000_000 % value.denominator == 0


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
            return [f"For one: {b} / {a} = {rate}", f"For {c}: {c} * {_bracket(rate)} = {right}"]
        if kind == "time":
            rate = Fraction(b, a)
            return [f"In one hour: {b} / {a} = {rate}", f"Time: {c} / {_bracket(rate)} = {right}"]
        if kind == "work":
            return [
                f"The whole job: {a} * {b} = {a * b}",
                f"Divided by {c}: {a * b} / {c} = {right}",
            ]
        rate = Fraction(a + b, a * b)
        return [
            f"In one hour both do 1/{a} + 1/{b} = {rate}",
            f"Time: 1 / {_bracket(rate)} = {right}",
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


def _bracket(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"({value})"


def _solved(params: Params) -> Fraction:
    kind, a, b, c = params
    if kind in ("price", "distance"):
        return Fraction(b * c, a)
    if kind == "time":
        return Fraction(a * c, b)
    return Fraction(a * b, c) if kind == "work" else Fraction(a * b, a + b)
