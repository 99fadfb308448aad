"""Finding a multiple in a range: several right answers, all of them accepted (A17, D39).

The oracle draws its answer from all of them alike. A policy that imitates it has to spread as
widely; one that is rewarded may settle on those it can find.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, Topic, ramp, register


@register
class MultipleInRange(Topic):
    """A multiple of one number between two others."""

    name = "multiple_in_range"
    group = "number_theory"
    summary = "Give a multiple of a number that lies in a range."
    method = "Divide the lower end by the number, round up, and multiply back."
    phrasings = 3

    # Parameters: divisor, lower end, upper end, and a witness, which is not part of the problem's
    # identity. The range holds one to six multiples, and one number in it that is none.

    def draw(self, rng: TaskRng, level: float) -> Params:
        divisor = rng.integers(3, ramp(level, 10, 60))
        width = rng.integers(divisor * 3 // 2, 6 * divisor)
        low = rng.integers(2, ramp(level, 300, 4000))
        first, last = -(-low // divisor), (low + width) // divisor
        return divisor, low, low + width, divisor * rng.integers(first, last + 1)

    def canonical(self, params: Params) -> Params:
        return params[:3]

    def question(self, params: Params, phrasing: int) -> str:
        divisor, low, high, _ = params
        if phrasing == 0:
            return f"Give a multiple of {divisor} from {low} to {high}."
        if phrasing == 1:
            return f"Name a number from {low} to {high} that {divisor} divides."
        return f"Find one number divisible by {divisor} that is at least {low} and at most {high}."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "multiple", "divisor": params[0], "low": params[1], "high": params[2]}

    def answer(self, params: Params) -> str:
        return str(params[3])

    def steps(self, params: Params) -> Sequence[str]:
        divisor, low, high, witness = params
        return [f"{divisor} * {witness // divisor} = {witness}", f"{low} <= {witness} <= {high}"]

    def decoys(self, params: Params) -> Sequence[str]:
        divisor, low, high, witness = params
        below, above = (low - 1) // divisor * divisor, (high // divisor + 1) * divisor
        off = witness + 1 if witness < high else witness - 1
        return [str(off), str(above), str(below), f"{divisor} * {witness // divisor}"]
