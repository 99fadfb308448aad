"""Units of measurement (A17, D39).

All factors are exact by definition of the units; nothing is measured or rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import grow
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, register
from veragym.envs.text.maths.writing import decimal_text, exact_decimal

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
