"""Linear and quadratic inequalities, answered by intervals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import nonzero
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import polynomial

_RELATIONS = ("<", "<=", ">", ">=")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_FORM = {"kind": "interval", "variable": "x"}
_WANTED = "Give the answer as an interval."


def _ray(relation: str, bound: Fraction) -> str:
    """The solutions of `x relation bound`."""
    if relation[0] == "<":
        return f"(-oo, {bound}{']' if relation == '<=' else ')'}"
    return f"{'[' if relation == '>=' else '('}{bound}, oo)"


def _between(low: Fraction, low_in: bool, high: Fraction, high_in: bool) -> str:
    return f"{'[' if low_in else '('}{low}, {high}{']' if high_in else ')'}"


@register
class LinearInequality(Topic):
    """One unknown, to the first power; double inequalities at higher levels."""

    name = "linear_inequality"
    group = "inequalities"
    summary = "Linear inequalities in one unknown, also double ones; the answer is an interval."
    method = "Collect x on one side; dividing by a negative number turns the relation round."
    phrasings = 4

    # Parameters: ("one", a, b, c, d, k, relation) for k*(a*x + b) relation c*x + d, or
    # ("two", a, b, low, high, relation, relation) for low relation a*x + b relation high.

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = ramp(level, 9, 30)
        if level >= 0.4 and rng.integers(0, 3) == 0:
            low = rng.integers(-2 * size, 2 * size)
            high = low + rng.integers(2, 3 * size)
            upward = (rng.choice(("<", "<=")), rng.choice(("<", "<=")))
            a = nonzero(rng, ramp(level, 3, 9))
            a = a if abs(a) > 1 else 2 * a
            return ("two", a, nonzero(rng, size), low, high, *upward)
        a = rng.integers(2, ramp(level, 6, 12)) * (1 if level < 0.15 else rng.sign())
        b, d = nonzero(rng, size), nonzero(rng, 2 * size)
        c, k = 0, 1
        if level >= 0.25:
            c = nonzero(rng, ramp(level, 4, 12))
        if level >= 0.6:
            k = rng.integers(2, ramp(level, 3, 7))
        if k * a == c:
            c = -c
        if level < 0.3:  # whole bounds first
            d = b + (a - c) * nonzero(rng, 9)
        return ("one", a, b, c, d, k, rng.choice(_RELATIONS))

    def question(self, params: Params, phrasing: int) -> str:
        text = self._text(params)
        return (
            f"Solve {text} for x. {_WANTED}",
            f"For which x does {text} hold? {_WANTED}",
            f"Find the solution set of {text} in interval notation.",
            f"Write all real x with {text} as an interval.",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return dict(_FORM)

    def answer(self, params: Params) -> str:
        if params[0] == "one":
            _, a, b, c, d, k, relation = params
            lead = k * a - c
            return _ray(relation if lead > 0 else _FLIPPED[relation], Fraction(d - k * b, lead))
        low, low_in, high, high_in = self._ends(params)
        return _between(low, low_in, high, high_in)

    def steps(self, params: Params) -> Sequence[str]:
        if params[0] == "one":
            _, a, b, c, d, k, relation = params
            steps = []
            if k != 1:
                steps.append(f"{polynomial((k * a, k * b))} {relation} {polynomial((c, d))}")
            lead, rest = k * a - c, d - k * b
            steps.append(f"{polynomial((lead, 0))} {relation} {rest}")
            turned = relation if lead > 0 else _FLIPPED[relation]
            if lead != 1:
                note = "" if lead > 0 else " (dividing by a negative number)"
                steps.append(f"x {turned} {Fraction(rest, lead)}{note}")
            return [*steps, f"x is in {self.answer(params)}"]
        _, a, b, low, high, first, second = params
        steps = [f"{low - b} {first} {polynomial((a, 0))} {second} {high - b}"]
        left, right = Fraction(low - b, a), Fraction(high - b, a)
        if a > 0:
            steps.append(f"{left} {first} x {second} {right}")
        else:
            steps.append(f"{right} {second} x {first} {left} (dividing by a negative number)")
        return [*steps, f"x is in {self.answer(params)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        if params[0] == "one":
            _, a, b, c, d, k, relation = params
            lead = k * a - c
            bound = Fraction(d - k * b, lead)
            right = relation if lead > 0 else _FLIPPED[relation]
            flipped = _FLIPPED[right]
            closed = right[0] if right.endswith("=") else right + "="
            moved = Fraction(d + k * b, lead)
            wrong = [_ray(flipped, bound), _ray(closed, bound)]
            return wrong + ([_ray(right, moved)] if moved != bound else [])
        low, low_in, high, high_in = self._ends(params)
        return [
            _between(low, not low_in, high, high_in),
            _between(low, low_in, high + 1, high_in),
            f"(-oo, {low}{']' if low_in else ')'} U {'[' if high_in else '('}{high}, oo)",
        ]

    def _text(self, params: Params) -> str:
        if params[0] == "one":
            _, a, b, c, d, k, relation = params
            left = polynomial((a, b))
            return f"{left if k == 1 else f'{k}*({left})'} {relation} {polynomial((c, d))}"
        _, a, b, low, high, first, second = params
        return f"{low} {first} {polynomial((a, b))} {second} {high}"

    def _ends(self, params: Params) -> tuple[Fraction, bool, Fraction, bool]:
        _, a, b, low, high, first, second = params
        left, right = Fraction(low - b, a), Fraction(high - b, a)
        if a > 0:
            return left, first == "<=", right, second == "<="
        return right, second == "<=", left, first == "<="


@register
class QuadraticInequality(Topic):
    """A quadratic with two rational roots against a number; between the roots or outside them."""

    name = "quadratic_inequality"
    group = "inequalities"
    summary = "Quadratic inequalities with rational roots; the answer is an interval or two rays."
    method = "Bring all to one side, find the roots, and see on which side of them the sign fits."
    phrasings = 4

    # Parameters: (p, q, r, s, flip, k, relation): flip*(p*x - q)*(r*x - s) with p, r > 0, expanded,
    # k added on both sides.

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = ramp(level, 9, 14)
        top = ramp(level, 1, 4)
        p, r = rng.integers(1, top + 1), rng.integers(1, top + 1)
        q, s = nonzero(rng, size), nonzero(rng, size)
        if q * r == s * p:
            s = -s
        flip = 1 if level < 0.35 else rng.sign()
        k = nonzero(rng, ramp(level, 5, 30)) if level >= 0.2 else 0
        if q * r > s * p:
            p, q, r, s = r, s, p, q
        return p, q, r, s, flip, k, rng.choice(_RELATIONS)

    def canonical(self, params: Params) -> Params:
        p, q, r, s, flip, k, relation = params
        return flip * p * r, -flip * (p * s + q * r), flip * q * s + k, k, relation

    def question(self, params: Params, phrasing: int) -> str:
        a, b, c, k, relation = self.canonical(params)
        text = f"{polynomial((a, b, c))} {relation} {k}"
        return (
            f"Solve {text}. Use interval notation (U for union).",
            f"For which real x is {text}? Answer with an interval or a union of intervals.",
            f"Find all real x such that {text}, written with intervals and U.",
            f"Give the solution set of {text} as an interval or union of intervals.",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return dict(_FORM)

    def answer(self, params: Params) -> str:
        low, high = self._roots(params)
        inside, closed = self._side(params)
        return _solution(low, high, inside, closed)

    def steps(self, params: Params) -> Sequence[str]:
        p, q, r, s, flip, k, relation = params
        a, b, c, _, _ = self.canonical(params)
        steps = []
        if k:
            steps.append(f"{polynomial((a, b, c - k))} {relation} 0")
        if flip < 0:
            steps.append(f"{polynomial((-a, -b, k - c))} {_FLIPPED[relation]} 0")
        low, high = self._roots(params)
        inside, _ = self._side(params)
        where = "between the roots" if inside else "outside the roots"
        sign = "-" if inside else "+"
        factors = f"({polynomial((p, -q))})*({polynomial((r, -s))})"
        return [
            *steps,
            f"Factors: {factors}, roots {low} and {high}",
            f"The sign has to be {sign}, which holds {where}",
            f"x is in {self.answer(params)}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        low, high = self._roots(params)
        inside, closed = self._side(params)
        wrong = [_solution(low, high, not inside, closed), _solution(low, high, inside, not closed)]
        if (low, high) != (-high, -low):
            wrong.append(_solution(-high, -low, inside, closed))
        return wrong

    def _roots(self, params: Params) -> tuple[Fraction, Fraction]:
        p, q, r, s = params[:4]
        return Fraction(q, p), Fraction(s, r)

    def _side(self, params: Params) -> tuple[bool, bool]:
        """(between the roots?, roots included?)"""
        flip, relation = params[4], params[6]
        return (relation[0] == "<") == (flip > 0), relation.endswith("=")


def _solution(low: Fraction, high: Fraction, inside: bool, closed: bool) -> str:
    if inside:
        return _between(low, closed, high, closed)
    return f"(-oo, {low}{']' if closed else ')'} U {'[' if closed else '('}{high}, oo)"
