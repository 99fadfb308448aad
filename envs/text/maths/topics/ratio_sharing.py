"""Sharing in a ratio (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import listing

_PEOPLE = ("Ann", "Ben", "Cal", "Dee", "Eve")
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


@register
class RatioSharing(Topic):
    """Sharing in a ratio: a share from the total, from another share, or from a difference."""

    name = "ratio_sharing"
    group = "arithmetic"
    summary = "One share from the total, from another share or from a difference of two shares."
    method = "Find what one part of the ratio is worth, then multiply."
    phrasings = 3

    # Parameters: kind (total, share, gap), the ratio, the value of one part, the share wanted,
    # the share that is known (for total: the same as the wanted one).

    def draw(self, rng: TaskRng, level: float) -> Params:
        people = 2 + min(3, int(level * 2.5))
        params: Params = ("total", (2, 3), 5, 0, 0)
        for _ in range(64):
            ratio = tuple(rng.integers(1, ramp(level, 10, 16)) for _ in range(people))
            unit = rng.integers(3, ramp(level, 20, 200))
            kind = rng.choice(("total", "share", "gap"))
            wanted = rng.integers(0, people)
            known = (wanted + rng.integers(1, people)) % people
            params = (kind, ratio, unit, wanted, wanted if kind == "total" else known)
            given = _given(params)
            right = ratio[wanted] * unit
            if (
                gcd(*ratio) == 1
                and ratio[wanted] != ratio[known]
                and unit not in ratio
                and right not in (*ratio, given)
            ):
                break
        return params

    def question(self, params: Params, phrasing: int) -> str:
        kind, ratio, _, wanted, known = params
        text, given = ":".join(map(str, ratio)), _given(params)
        if phrasing == 2:
            x, y = _ORDINALS[wanted], _ORDINALS[known]
            fact = {
                "total": f"{given} is divided in the ratio {text}.",
                "share": f"Numbers are in the ratio {text}; the {y} is {given}.",
                "gap": f"Numbers are in the ratio {text}; the {x} and the {y} differ by {given}.",
            }[kind]
            return f"{fact} What is the {x} {'part' if kind == 'total' else 'number'}?"
        names = _PEOPLE[: len(ratio)]
        who = listing(names)
        thing = ("coins", "grams of rice")[phrasing]
        x, y = names[wanted], names[known]
        fact = {
            "total": f"{who} share {given} {thing} in the ratio {text}.",
            "share": f"{who} share {thing} in the ratio {text}. {y} gets {given}.",
            "gap": f"{who} share {thing} in the ratio {text}. "
            f"The shares of {x} and {y} differ by {given}.",
        }[kind]
        return f"{fact} How many {thing} does {x} get?"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(params[1][params[3]] * params[2])

    def steps(self, params: Params) -> Sequence[str]:
        kind, ratio, unit, wanted, known = params
        given = _given(params)
        if kind == "total":
            parts = sum(ratio)
            first = f"Parts in all: {' + '.join(map(str, ratio))} = {parts}"
        elif kind == "share":
            parts = ratio[known]
            first = f"The known share has {parts} parts"
        else:
            high, low = max(ratio[wanted], ratio[known]), min(ratio[wanted], ratio[known])
            parts = high - low
            first = f"The difference is {high} - {low} = {parts} parts"
        return [
            first,
            f"One part: {given} / {parts} = {unit}",
            f"The share: {ratio[wanted]} * {unit} = {ratio[wanted] * unit}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        _, ratio, unit, wanted, _ = params
        right, given = ratio[wanted] * unit, _given(params)
        wrong = (given // len(ratio), given // ratio[wanted], unit, right + unit, right + 1)
        return slips(right, wrong)[:4]


def _given(params: Params) -> int:
    kind, ratio, unit, wanted, known = params
    if kind == "total":
        return unit * sum(ratio)  # type: ignore[no-any-return]
    if kind == "share":
        return unit * ratio[known]  # type: ignore[no-any-return]
    return unit * abs(ratio[wanted] - ratio[known])  # type: ignore[no-any-return]
