"""Linear equations, systems of them, and equations in an absolute value (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import nonzero
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.topics.matrices import determinant
from veragym.envs.text.maths.writing import (
    LOWEST,
    line,
    listing,
    set_text,
    signed,
    tuple_text,
    with_constant,
)

_NAMES = ("x", "y", "z")


@register
class LinearEquation(Topic):
    """One unknown; first ax + b = c, then x on both sides, brackets, fractional solutions."""

    name = "linear_equation"
    group = "algebra"
    summary = "Linear equations in x, with brackets and x on both sides as the level rises."
    method = "Multiply out, bring the x terms to one side and the numbers to the other, divide."
    phrasings = 4

    # Parameters: two sides (k, m, n, p), each standing for k(mx + n) + p; k = 1 shows no bracket
    # (then p = 0), and m = 0 a bare number.

    def draw(self, rng: TaskRng, level: float) -> Params:
        limit, reach = ramp(level, 10, 16), ramp(level, 13, 30)
        left, right = (1, 2, 3, 0), (1, 0, 13, 0)
        for _ in range(64):
            solution = nonzero(rng, reach - 1)
            left = _side(rng, limit, level >= 0.45)
            right = _side(rng, limit, level >= 0.9) if level >= 0.2 else (1, 0, 0, 0)
            slope = left[0] * left[1] - right[0] * right[1]
            if slope == 0:
                continue
            den = rng.integers(2, 10) if rng.random() < level - 0.3 else 1
            if slope % den:
                den = 1
            constant = left[0] * left[2] + left[3] + slope // den * solution
            k, m, n, _ = right
            right = (k, m, n, constant - k * n) if k != 1 else (1, m, constant, 0)
            shown = {abs(v) for v in (*left, *right)}
            if solution % den or abs(solution // den) not in {1, *shown}:
                break
        return left, right

    def question(self, params: Params, phrasing: int) -> str:
        text = f"{_side_text(params[0])} = {_side_text(params[1])}"
        tail = LOWEST if _linear_root(params).denominator > 1 else ""
        if phrasing == 0:
            return f"Solve {text}.{tail}"
        if phrasing == 1:
            return f"For which x is {text}?{tail}"
        if phrasing == 2:
            return f"Find the value of x that satisfies {text}.{tail}"
        return f"Let {text}. What is x?{tail}"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational", "lowest": True}

    def answer(self, params: Params) -> str:
        return str(_linear_root(params))

    def steps(self, params: Params) -> Sequence[str]:
        (k, m, n, p), (j, r, s, q) = params
        a, b, c, d = k * m, k * n + p, j * r, j * s + q
        steps = []
        if (k, p) != (1, 0) or (j, q) != (1, 0):
            steps.append(f"Without brackets: {line(a, b)} = {line(c, d)}")
        if c:
            steps.append(f"x terms: {line(a, 0)} - {signed_line(c)} = {line(a - c, 0)}")
        steps.append(f"Numbers: {d} - {signed(b)} = {d - b}")
        steps.append(f"{line(a - c, 0)} = {d - b}")
        if a - c != 1:
            steps.append(f"x = {d - b} / {signed(a - c)} = {_linear_root(params)}")
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        (k, m, n, p), (j, r, s, q) = params
        right = _linear_root(params)
        a, b, c, d = k * m, k * n + p, j * r, j * s + q
        wrong = [-right, Fraction(d + b, a - c), right + 1]
        if a + c:
            wrong.append(Fraction(d - b, a + c))  # x term moved without changing its sign
        if n and k != 1:
            wrong.append(Fraction(d - n - p, a - c))  # bracket multiplied in its first term only
        return slips(right, wrong)


def signed_line(c: int) -> str:
    """`3x`, or `(-3x)` as a right operand."""
    text = line(c, 0)
    return f"({text})" if c < 0 else text


def _side(rng: TaskRng, limit: int, bracket: bool) -> tuple[int, int, int, int]:
    m, n = nonzero(rng, limit - 1), nonzero(rng, 2 * limit - 1)
    if not bracket:
        return 1, m if abs(m) > 1 else 2, n, 0
    return rng.integers(2, limit) * rng.sign(), m, n, rng.integers(-2 * limit, 2 * limit)


def _side_text(side: tuple[int, int, int, int]) -> str:
    k, m, n, p = side
    return with_constant(line(m, n) if k == 1 else f"{k}({line(m, n)})", p)


def _linear_root(params: Params) -> Fraction:
    (k, m, n, p), (j, r, s, q) = params
    return Fraction(j * s + q - k * n - p, k * m - j * r)


@register
class AbsoluteValueEquation(Topic):
    """|ax + b| equal to a number, then to another absolute value or to a line with false roots."""

    name = "absolute_value_equation"
    group = "algebra"
    summary = "Equations |ax + b| = c, |ax + b| = |cx + d| and |ax + b| = cx + d."
    method = "Solve for both signs of the inside and keep the solutions that fit the equation."
    phrasings = 3

    # Parameters: kind (number, line, absolute), a, b, c, d of |ax + b| = (|)cx + d(|).

    def draw(self, rng: TaskRng, level: float) -> Params:
        limit = ramp(level, 11, 20)
        params: Params = ("number", 1, -2, 0, 5)
        for _ in range(64):
            kind = rng.choice(("number", "absolute", "line")) if level >= 0.4 else "number"
            a, b = rng.integers(1, ramp(level, 4, 9)), rng.integers(-limit + 1, limit)
            c = 0 if kind == "number" else nonzero(rng, ramp(level, 3, 8))
            d = rng.integers(1, 2 * limit)
            if c and rng.sign() < 0:
                d = -d
            if abs(a) == abs(c):
                continue
            params = (kind, a, b, c, d)
            roots = _absolute_roots(params)
            if not roots or (len(roots) < 2 and rng.random() < 0.7):
                continue
            if level >= 0.3 or all(root.denominator == 1 for root in roots):
                break
        else:
            return "number", 1, rng.integers(-200, 200), 0, 5
        return params

    def question(self, params: Params, phrasing: int) -> str:
        kind, a, b, c, d = params
        other = f"|{line(c, d)}|" if kind == "absolute" else line(c, d)
        text = f"|{line(a, b)}| = {other}"
        if phrasing == 0:
            return f"Solve {text}. Answer with the set of solutions."
        if phrasing == 1:
            return f"Find all real x with {text}, as a set in braces."
        return f"What is the solution set of {text}?"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "set"}

    def answer(self, params: Params) -> str:
        return set_text(_absolute_roots(params))

    def steps(self, params: Params) -> Sequence[str]:
        kind, a, b, c, d = params
        steps = []
        roots = _absolute_roots(params)
        for s in (1, -1):
            x = Fraction(s * d - b, a - s * c)
            steps.append(f"{line(a, b)} = {line(s * c, s * d)} gives x = {x}")
            if kind == "line":
                value = c * x + d
                verdict = "kept" if x in roots else "dropped, an absolute value is not negative"
                steps.append(f"There {line(c, d)} = {value}: {verdict}")
        return [*steps, f"The solution set is {self.answer(params)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        _, a, b, c, d = params
        right = _absolute_roots(params)
        both = sorted({Fraction(d - b, a - c), Fraction(-d - b, a + c)})
        wrong = [both[:1], both[-1:], both, sorted(-x for x in right), [x + 1 for x in right]]
        return slips(tuple(right), map(tuple, wrong), set_text)[:4]


def _absolute_roots(params: Params) -> list[Fraction]:
    """The solutions in ascending order."""
    kind, a, b, c, d = params
    roots = {Fraction(d - b, a - c), Fraction(-d - b, a + c)}
    return sorted(x for x in roots if kind != "line" or c * x + d >= 0)


@register
class LinearSystem(Topic):
    """Two or three linear equations with integer coefficients and a unique integer solution."""

    name = "linear_system"
    group = "algebra"
    summary = "Systems of two, later three, linear equations with one integer solution."
    method = "Eliminate one unknown by combining equations, solve, and substitute back."
    phrasings = 3

    # Parameters: rows of coefficients with the right-hand side last.

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = 3 if rng.random() < 2.0 * level - 1.0 else 2
        limit, reach = ramp(level, 6, 10), ramp(level, 10, 16)
        rows: tuple[tuple[int, ...], ...] = ((1, 1, 3), (1, -1, 1))
        for _ in range(64):
            solution = [rng.integers(-reach + 1, reach) for _ in range(size)]
            matrix = tuple(tuple(nonzero(rng, limit - 1) for _ in range(size)) for _ in range(size))
            rows = tuple((*row, sum(a * x for a, x in zip(row, solution))) for row in matrix)
            if determinant(matrix) != 0 and any(solution):
                return rows
        return ((1, 1, 3), (1, -1, 1))

    def canonical(self, params: Params) -> Params:
        return tuple(sorted(params))

    def question(self, params: Params, phrasing: int) -> str:
        texts = [_equation(row) for row in params]
        names = ", ".join(_NAMES[: len(params)])
        if phrasing == 0:
            return f"Solve the system {'; '.join(texts)}. Answer with ({names})."
        if phrasing == 1:
            return f"Find ({names}) with {listing(texts)}."
        return f"Which ({names}) satisfies {' and '.join(texts)} at once?"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "tuple"}

    def answer(self, params: Params) -> str:
        return tuple_text(_cramer(params))

    def steps(self, params: Params) -> Sequence[str]:
        steps: list[str] = []
        values = _solution(params, steps)
        names = ", ".join(_NAMES[: len(params)])
        return [*steps, f"({names}) = {tuple_text(values)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        right = _cramer(params)
        wrong = [
            tuple(reversed(right)),
            tuple(-x for x in right),
            (right[0] + 1, *right[1:]),
            (*right[:-1], -right[-1]),
        ]
        return slips(right, wrong, tuple_text)


def _cramer(rows: Params) -> tuple[int, ...]:
    """The solution as quotients of determinants: short, where `_solution` shows its working."""
    if len(rows) == 2:
        (a, b, e), (c, d, f) = rows
        det = a * d - b * c
        return (e * d - b * f) // det, (a * f - e * c) // det
    det = determinant(tuple(row[:3] for row in rows))
    swapped = (tuple((*row[:k], row[3], *row[k + 1 : 3]) for row in rows) for k in range(3))
    return tuple(determinant(matrix) // det for matrix in swapped)


def _equation(row: Sequence[int]) -> str:
    text = ""
    for c, name in zip(row, _NAMES[: len(row) - 1]):
        if c:
            size = "" if abs(c) == 1 else str(abs(c))
            sign = ("-" if c < 0 else "") if not text else f" {'-' if c < 0 else '+'} "
            text += f"{sign}{size}{name}"
    return f"{text or '0'} = {row[-1]}"


def _solution(rows: Params, steps: list[str]) -> tuple[int, ...]:
    """Fraction-free elimination and substitution; appends the working."""
    work = [tuple(row) for row in rows]
    size = len(work)
    for k in range(size - 1):
        top = next(i for i in range(k, size) if work[i][k])
        work[k], work[top] = work[top], work[k]
        pivot = work[k]
        for i in range(k + 1, size):
            a, b = pivot[k], work[i][k]
            if b == 0:
                continue
            common = gcd(a, b)
            a, b = a // common, b // common
            work[i] = tuple(a * x - b * y for x, y in zip(work[i], pivot))
            steps.append(
                f"{signed(a)} * (equation {i + 1}) - {signed(b)} * (equation {k + 1}): "
                f"{_equation(work[i])}"
            )
    values = [0] * size
    for k in range(size - 1, -1, -1):
        known = sum(work[k][j] * values[j] for j in range(k + 1, size))
        rest = work[k][-1] - known
        values[k] = rest // work[k][k]
        name = _NAMES[k]
        if k < size - 1:
            steps.append(
                f"Into {_equation(work[k])}: {line(work[k][k], 0).replace('x', name)} = {rest}"
            )
        steps.append(f"{name} = {rest} / {signed(work[k][k])} = {values[k]}")
    return tuple(values)
