"""Equations and exact values: linear, systems, quadratic, powers and logs, radicals, complex, |x|.

A radical answer is never asked for as "simplify this": the expression shown would be its own right
answer. Radical topics ask for the integers of the simplified form, or for the root of an equation
(A17, D39).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.topics.fractions_topic import signed
from veragym.envs.text.maths.topics.numbers import slips
from veragym.envs.text.maths.topics.polynomials import polynomial_text

LOWEST = " Give a fraction in lowest terms."


def _nonzero(rng: TaskRng, limit: int) -> int:
    return rng.integers(1, limit) * rng.sign()


def _line(m: int, n: int) -> str:
    return polynomial_text((m, n))


def _add(text: str, n: int) -> str:
    """`text` followed by the signed constant, left out if 0."""
    return text if n == 0 else f"{text} {'-' if n < 0 else '+'} {abs(n)}"


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
            solution = _nonzero(rng, reach)
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
            steps.append(f"Without brackets: {_line(a, b)} = {_line(c, d)}")
        if c:
            steps.append(f"x terms: {_line(a, 0)} - {signed_line(c)} = {_line(a - c, 0)}")
        steps.append(f"Numbers: {d} - {signed(b)} = {d - b}")
        steps.append(f"{_line(a - c, 0)} = {d - b}")
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
    text = _line(c, 0)
    return f"({text})" if c < 0 else text


def _side(rng: TaskRng, limit: int, bracket: bool) -> tuple[int, int, int, int]:
    m, n = _nonzero(rng, limit), _nonzero(rng, 2 * limit)
    if not bracket:
        return 1, m if abs(m) > 1 else 2, n, 0
    return rng.integers(2, limit) * rng.sign(), m, n, rng.integers(-2 * limit, 2 * limit)


def _side_text(side: tuple[int, int, int, int]) -> str:
    k, m, n, p = side
    return _add(_line(m, n) if k == 1 else f"{k}({_line(m, n)})", p)


def _linear_root(params: Params) -> Fraction:
    (k, m, n, p), (j, r, s, q) = params
    return Fraction(j * s + q - k * n - p, k * m - j * r)


_NAMES = ("x", "y", "z")


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
            matrix = [tuple(_nonzero(rng, limit) for _ in range(size)) for _ in range(size)]
            rows = tuple((*row, sum(a * x for a, x in zip(row, solution))) for row in matrix)
            if _determinant(matrix) != 0 and any(solution):
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
            return f"Find ({names}) with {', '.join(texts[:-1])} and {texts[-1]}."
        return f"Which ({names}) satisfies {' and '.join(texts)} at once?"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "tuple"}

    def answer(self, params: Params) -> str:
        return _point(_cramer(params))

    def steps(self, params: Params) -> Sequence[str]:
        steps: list[str] = []
        values = _solution(params, steps)
        names = ", ".join(_NAMES[: len(params)])
        return [*steps, f"({names}) = {_point(values)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        right = _cramer(params)
        wrong = [
            tuple(reversed(right)),
            tuple(-x for x in right),
            (right[0] + 1, *right[1:]),
            (*right[:-1], -right[-1]),
        ]
        return slips(right, wrong, _point)


def _determinant(matrix: Sequence[Sequence[int]]) -> int:
    if len(matrix) == 2:
        (a, b), (c, d) = matrix
        return a * d - b * c
    (a, b, c), (d, e, f), (g, h, i) = matrix
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def _cramer(rows: Params) -> tuple[int, ...]:
    """The solution as quotients of determinants: short, where `_solution` shows its working."""
    if len(rows) == 2:
        (a, b, e), (c, d, f) = rows
        det = a * d - b * c
        return (e * d - b * f) // det, (a * f - e * c) // det
    det = _determinant([row[:3] for row in rows])
    swapped = ([(*row[:k], row[3], *row[k + 1 : 3]) for row in rows] for k in range(3))
    return tuple(_determinant(matrix) // det for matrix in swapped)


def _equation(row: Sequence[int]) -> str:
    text = ""
    for c, name in zip(row, _NAMES[: len(row) - 1]):
        if c:
            size = "" if abs(c) == 1 else str(abs(c))
            sign = ("-" if c < 0 else "") if not text else f" {'-' if c < 0 else '+'} "
            text += f"{sign}{size}{name}"
    return f"{text or '0'} = {row[-1]}"


def _point(values: Sequence[int]) -> str:
    return f"({', '.join(map(str, values))})"


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
                f"Into {_equation(work[k])}: {_line(work[k][k], 0).replace('x', name)} = {rest}"
            )
        steps.append(f"{name} = {rest} / {signed(work[k][k])} = {values[k]}")
    return tuple(values)


def square_part(n: int) -> tuple[int, int]:
    """(s, d) with n = s * s * d and d free of squares."""
    s, k = 1, 2
    while k * k <= n:
        while n % (k * k) == 0:
            n //= k * k
            s *= k
        k += 1
    return s, n


def root_text(p: int, s: int, d: int, q: int) -> str:
    """`(p + s*sqrt(d)) / q` in lowest terms; d > 1 free of squares, s not 0."""
    if q < 0:
        p, s, q = -p, -s, -q
    common = gcd(p, s, q)
    p, s, q = p // common, s // common, q // common
    size = "" if abs(s) == 1 else f"{abs(s)}*"
    if p == 0:
        text = f"{'-' if s < 0 else ''}{size}sqrt({d})"
        return text if q == 1 else f"{text}/{q}"
    text = f"{p} {'-' if s < 0 else '+'} {size}sqrt({d})"
    return text if q == 1 else f"({text})/{q}"


def quadratic_roots(a: int, b: int, c: int) -> tuple[str, str]:
    """The two real roots as text; the smaller first if a > 0."""
    s, d = square_part(b * b - 4 * a * c)
    if d == 1:
        return str(Fraction(-b - s, 2 * a)), str(Fraction(-b + s, 2 * a))
    return root_text(-b, -s, d, 2 * a), root_text(-b, s, d, 2 * a)


def set_text(items: Sequence[Any]) -> str:
    """`{1, 2}`."""
    return f"{{{', '.join(map(str, items))}}}"


@register
class QuadraticEquation(Topic):
    """Two real solutions: whole numbers first, then fractions, then radicals."""

    name = "quadratic_equation"
    group = "algebra"
    summary = "Quadratic equations with two real solutions, rational or with square roots."
    method = "Bring it to ax^2 + bx + c = 0 and use x = (-b +- sqrt(b^2 - 4ac)) / (2a)."
    phrasings = 3

    # Parameters: a, b, c with a > 0, and how many of the last terms stand on the right.

    def draw(self, rng: TaskRng, level: float) -> Params:
        shape = rng.integers(0, 3) if level >= 0.2 else 0
        a, b, c = 1, -5, 6
        radical = rng.random() < 1.2 * level - 0.5
        for _ in range(64):
            if radical:
                limit = ramp(level, 4, 10)
                p, q = rng.integers(-limit, limit + 1), rng.integers(1, 2 + int(level * 2))
                s, d = (
                    rng.integers(1, 1 + max(1, int(level * 4))),
                    rng.choice((2, 3, 5, 6, 7, 10, 11)),
                )
                a, b, c = q * q, -2 * p * q, p * p - s * s * d
            else:
                limit, lead = ramp(level, 17, 20), 2 + int(level * 4)
                m, n = rng.integers(1, lead), rng.integers(1, lead)
                p, q = rng.integers(-limit, limit + 1), rng.integers(-limit, limit + 1)
                a, b, c = m * n, -(m * q + n * p), p * q
            common = gcd(a, b, c)
            a, b, c = a // common, b // common, c // common
            if b * b - 4 * a * c > 0 and c != 0:
                break
        return a, b, c, shape

    def canonical(self, params: Params) -> Params:
        return params[:3]

    def question(self, params: Params, phrasing: int) -> str:
        a, b, c, shape = params
        left = [a, b, c]
        right = [0, 0, 0]
        for i in range(3 - shape, 3):
            left[i], right[i] = 0, -left[i]
        text = f"{polynomial_text(left)} = {polynomial_text(right)}"
        if phrasing == 0:
            return f"Solve {text}. Answer with the set of solutions."
        if phrasing == 1:
            return f"Find all real x with {text}, as a set like {{x1, x2}}."
        return f"What is the solution set of {text}?"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "set"}

    def answer(self, params: Params) -> str:
        return set_text(quadratic_roots(*params[:3]))

    def steps(self, params: Params) -> Sequence[str]:
        a, b, c, _ = params
        disc = b * b - 4 * a * c
        s, d = square_part(disc)
        root = str(s) if d == 1 else f"sqrt({d})" if s == 1 else f"{s}*sqrt({d})"
        low, high = quadratic_roots(a, b, c)
        return [
            f"Standard form: {polynomial_text((a, b, c))} = 0",
            f"b^2 - 4ac = {signed(b)}^2 - 4*{a}*{signed(c)} = {disc}",
            f"sqrt({disc}) = {root}",
            f"x = ({-b} - {root}) / {2 * a} = {low}",
            f"x = ({-b} + {root}) / {2 * a} = {high}",
            f"The solution set is {self.answer(params)}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        a, b, c, _ = params
        low, high = quadratic_roots(a, b, c)
        candidates = [quadratic_roots(a, -b, c), (low,), (high,)]
        if a > 1:
            s, d = square_part(b * b - 4 * a * c)
            undivided = (root_text(-b, -s, d, 2), root_text(-b, s, d, 2)) if d > 1 else None
            candidates.append(undivided or (str(Fraction(-b - s, 2)), str(Fraction(-b + s, 2))))
        right = {low, high}
        return [set_text(roots) for roots in candidates if set(roots) != right]


@register
class ExponentsLogs(Topic):
    """Fractional powers, exponential and logarithmic equations, values of logarithms."""

    name = "exponents_logs"
    group = "algebra"
    summary = "Fractional powers, logarithms, and equations with x in an exponent or a logarithm."
    method = "Write everything as powers of one base and compare exponents."
    phrasings = 3

    # Parameters, by kind:
    # ("power", r, t, q, p): ((r/t)^q)^(p/q)     ("log", b, i, j): log of b^j to base b^i
    # ("exp", b, i, m, c, j, n, d): (b^i)^(mx + c) = (b^j)^(nx + d)
    # ("logeq", b, k, m, c): log_b(mx + c) = k

    def draw(self, rng: TaskRng, level: float) -> Params:
        params: Params = ("logeq", 2, 3, 1, 1)
        for _ in range(64):
            kind = rng.weighted(("power", "exp", "logeq", "log"), (0.3, 0.3, 0.3, 0.1))
            if kind == "power":
                q = rng.integers(2, 4 + int(level * 1.5))
                top = 10 if q == 2 else 8 if q == 3 else 5
                r, t = rng.integers(2, top), rng.integers(1, top)
                p = rng.integers(1, ramp(level, 4, 6)) * rng.sign()
                if gcd(r, t) > 1 or gcd(p, q) > 1 or max(r, t) ** abs(p) > 10_000:
                    continue
                params = (kind, r, t, q, p)
            elif kind == "exp":
                b = rng.choice((2, 3, 5, 7))
                most = 2 + int(level * 2) if b < 5 else 2
                i, j = rng.integers(1, most + 1), rng.integers(1, most + 1)
                m, c = _nonzero(rng, ramp(level, 5, 8)), rng.integers(-9, 10)
                if rng.random() < level:
                    n, d = _nonzero(rng, 6), rng.integers(-9, 10)
                else:
                    n, d, j = 0, 1, rng.integers(2, 9 if b < 5 else 5)
                if i * m == j * n or (i * m == 1 and c == 0):
                    continue
                params = (kind, b, i, m, c, j, n, d)
            elif kind == "logeq":
                b = rng.integers(2, 6)
                k = rng.integers(2, ramp(level, 5, 6))
                params = (kind, b, k, rng.integers(1, ramp(level, 6, 12)), _nonzero(rng, 30))
            else:
                b = rng.choice((2, 3, 5, 6, 7))
                i, j = rng.integers(2, 5 + int(level)), _nonzero(rng, 8)
                if b**i > 1000 or b ** abs(j) > 10_000 or j % i == 0:
                    continue
                params = (kind, b, i, j)
            right = _power_value(params)
            if (
                right not in (0, 1)
                and right.denominator < 2000
                and abs(right) not in _power_numbers(params)
            ):
                break
        return params

    def question(self, params: Params, phrasing: int) -> str:
        kind = params[0]
        tail = LOWEST if _power_value(params).denominator > 1 else ""
        if kind == "power":
            _, r, t, q, p = params
            base = str(r**q) if t == 1 else f"({r**q}/{t**q})"
            text = f"{base}^({p}/{q})"
            verbs = (
                f"Evaluate {text}.",
                f"What is the value of {text}?",
                f"Compute {text} exactly.",
            )
        elif kind == "log":
            _, b, i, j = params
            inner = str(b**j) if j > 0 else f"1/{b**-j}"
            text = f"log_{b**i}({inner})"
            verbs = (
                f"Evaluate {text}, the logarithm to base {b**i}.",
                f"To which power must {b**i} be raised to give {inner}?",
                f"What is the logarithm of {inner} to base {b**i}?",
            )
        elif kind == "exp":
            _, b, i, m, c, j, n, d = params
            left = f"{b**i}^({_line(m, c)})"
            text = f"{left} = {f'{b**j}^({_line(n, d)})' if n else b**j}"
            verbs = (f"Solve {text} for x.", f"Find x with {text}.", f"For which x is {text}?")
        else:
            _, b, k, m, c = params
            text = f"log_{b}({_line(m, c)}) = {k}"
            verbs = (
                f"Solve {text}, with the logarithm to base {b}.",
                f"Find x such that {text} (logarithm to base {b}).",
                f"The logarithm of {_line(m, c)} to base {b} is {k}. What is x?",
            )
        return verbs[phrasing] + tail

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational", "lowest": True}

    def answer(self, params: Params) -> str:
        return str(_power_value(params))

    def steps(self, params: Params) -> Sequence[str]:
        kind, right = params[0], _power_value(params)
        if kind == "power":
            _, r, t, q, p = params
            whole, base = Fraction(r**q, t**q), Fraction(r, t)
            steps = [f"{whole} = ({base})^{q}, so the root of order {q} is {base}"]
            if p > 0:
                return [*steps, f"({base})^{p} = {right}"]
            return [*steps, f"({base})^({p}) = 1 / ({base})^{-p} = 1 / ({base**-p}) = {right}"]
        if kind == "log":
            _, b, i, j = params
            inner = b**j if j > 0 else f"1/{b**-j}"
            return [
                f"{b**i} = {b}^{i} and {inner} = {b}^({j})",
                f"({b}^{i})^y = {b}^({j}) means {i}y = {j}",
                f"y = {j}/{i} = {right}",
            ]
        if kind == "exp":
            _, b, i, m, c, j, n, d = params
            left, other = _line(i * m, i * c), _line(j * n, j * d)
            steps = [f"Powers of {b}: {b}^({left}) = {b}^({other})", f"{left} = {other}"]
            slope, constant = i * m - j * n, j * d - i * c
            return [*steps, f"{_line(slope, 0)} = {constant}", f"x = {right}"]
        _, b, k, m, c = params
        return [
            f"{_line(m, c)} = {b}^{k} = {b**k}",
            f"{_line(m, 0)} = {b**k} - {signed(c)} = {b**k - c}",
            f"x = {right}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        kind, right = params[0], _power_value(params)
        wrong = [-right]
        if kind == "power":
            _, r, t, q, p = params
            wrong = [1 / right, Fraction(r**q, t**q) * Fraction(p, q), -right]
        elif kind == "log":
            wrong = [1 / right, -right, Fraction(params[3] - params[2])]
        elif kind == "logeq":
            _, b, k, m, c = params
            wrong = [
                Fraction(b * k - c, m),
                Fraction(k**b - c, m),
                Fraction(b**k + c, m),
                right + 1,
            ]
        return slips(right, (*wrong, right + 1, right - 1))[:4]


def _power_value(params: Params) -> Fraction:
    kind = params[0]
    if kind == "power":
        _, r, t, _, p = params
        return Fraction(r**p, t**p) if p > 0 else Fraction(t**-p, r**-p)
    if kind == "log":
        return Fraction(params[3], params[2])
    if kind == "exp":
        _, _, i, m, c, j, n, d = params
        return Fraction(j * d - i * c, i * m - j * n)
    _, b, k, m, c = params
    return Fraction(b**k - c, m)


def _power_numbers(params: Params) -> tuple[int, ...]:
    """Absolute values of the numbers the question shows."""
    kind = params[0]
    if kind == "power":
        _, r, t, q, p = params
        return r**q, t**q, q, abs(p)
    if kind == "log":
        _, b, i, j = params
        return b**i, b ** abs(j)
    if kind == "exp":
        _, b, i, m, c, j, n, d = params
        return b**i, abs(m), abs(c), b**j, abs(n), abs(d)
    return tuple(map(abs, params[1:]))


@register
class Radicals(Topic):
    """Sums, products and quotients with square roots, and equations that lead to them."""

    name = "radicals"
    group = "algebra"
    summary = "Square roots: collecting, multiplying, rationalising, and equations with roots."
    method = "Take squares out of each root; use (a + b)(a - b) to clear a denominator."
    phrasings = 3

    # Parameters, by kind:
    # ("sum", d, (a, s), (b, t)...): terms a*sqrt(s*s*d)   ("equation", m, c, k, n): sqrt(mx+c)+n=k
    # ("product", d, a, b, e, f): (a + b sqrt d)(e + f sqrt d)   ("quotient", ...): their quotient
    # ("larger" or "smaller", b, c): a root of x^2 + bx + c = 0

    def draw(self, rng: TaskRng, level: float) -> Params:
        params: Params = ("sum", 2, (1, 2), (1, 3))
        for _ in range(64):
            kind = rng.choice(("sum", "product", "quotient", "equation", "larger", "smaller"))
            d = rng.choice((2, 3, 5, 6, 7, 10, 11, 13)[: 5 + int(level * 3)])
            limit = ramp(level, 6, 12)
            if kind == "sum":
                terms = [
                    (_nonzero(rng, limit), rng.integers(1, ramp(level, 6, 10)))
                    for _ in range(2 + int(level * 1.5))
                ]
                if len({s for _, s in terms}) < len(terms) or terms[0][0] < 0:
                    continue
                params = (kind, d, *terms)
                if sum(a * s for a, s in terms) == 0:
                    continue
            elif kind in ("product", "quotient"):
                a, e = rng.integers(-limit + 1, limit), rng.integers(1, limit)
                params = (kind, d, a, _nonzero(rng, limit), e, _nonzero(rng, limit))
            elif kind == "equation":
                k, m = rng.integers(3, ramp(level, 12, 20)), rng.integers(2, limit + 2)
                n = _nonzero(rng, 10) if level >= 0.3 else 0
                x = rng.integers(2, ramp(level, 25, 60))
                c = k * k - m * x
                if abs(x) in (k + n, m, abs(c), abs(n)) or c == 0 or k + n == 0:
                    continue
                params = (kind, m, c, k + n, n)
            else:
                p, s = rng.integers(-limit, limit + 1), rng.integers(1, 2 + int(level * 3))
                params = (kind, -2 * p, p * p - s * s * d)
                if p == 0:
                    continue
            break
        return params

    def canonical(self, params: Params) -> Params:
        kind, *rest = params
        if kind == "sum":
            return kind, rest[0], *sorted(rest[1:])
        if kind == "product":
            d, a, b, e, f = rest
            return kind, d, *min((a, b, e, f), (e, f, a, b))
        return params

    def question(self, params: Params, phrasing: int) -> str:
        kind = params[0]
        if kind == "equation":
            _, m, c, k, n = params
            text = f"{_add(f'sqrt({_line(m, c)})', n)} = {k}"
            return (f"Solve {text}.", f"Find x with {text}.", f"For which x is {text}?")[phrasing]
        if kind in ("larger", "smaller"):
            text = f"{polynomial_text((1, params[1], params[2]))} = 0"
            return (
                f"What is the {kind} solution of {text}, exactly?",
                f"Give the exact {kind} root of {text}.",
                f"{text} has two real solutions. What is the exact value of the {kind} one?",
            )[phrasing]
        text, d = _radical_text(params), params[1]
        if kind == "sum":
            return (
                f"Write {text} as a*sqrt(b) with b free of squares. Answer with (a, b).",
                f"Find (a, b), b without square factors, with a*sqrt(b) = {text}.",
                f"Simplify {text} to a*sqrt(b) with b as small as possible; give (a, b).",
            )[phrasing]
        return (
            f"Write {text} as a + b*sqrt({d}) with rational a, b. Answer with (a, b).",
            f"Find rational numbers (a, b) with a + b*sqrt({d}) = {text}.",
            f"Simplify {text} to a + b*sqrt({d}); give the pair (a, b).",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        kind = params[0]
        if kind == "equation":
            return {"kind": "integer"}
        return {"kind": "value" if kind in ("larger", "smaller") else "tuple"}

    def answer(self, params: Params) -> str:
        kind = params[0]
        if kind == "equation":
            _, m, c, k, n = params
            return str(((k - n) ** 2 - c) // m)
        if kind in ("larger", "smaller"):
            return quadratic_roots(1, params[1], params[2])[kind == "larger"]
        a, b = _pair(params)
        return f"({a}, {b})"

    def steps(self, params: Params) -> Sequence[str]:
        kind, right = params[0], self.answer(params)
        if kind == "equation":
            _, m, c, k, n = params
            root = k - n
            steps = [f"sqrt({_line(m, c)}) = {k} - {signed(n)} = {root}"] if n else []
            steps.append(f"Square both sides: {_line(m, c)} = {root * root}")
            return [*steps, f"x = ({root * root} - {signed(c)}) / {m} = {right}"]
        if kind in ("larger", "smaller"):
            _, b, c = params
            h, inside = -b // 2, b * b // 4 - c
            root = f"x = {h} {'+' if kind == 'larger' else '-'} sqrt({inside})"
            steps = [f"(x - {signed(h)})^2 = {h * h} - {signed(c)} = {inside}"]
            return [*steps, root if root.endswith(f"= {right}") else f"{root} = {right}"]
        if kind == "sum":
            _, d, *terms = params
            lines = [
                f"{a}*sqrt({s * s * d}) = {a}*{s}*sqrt({d}) = {a * s}*sqrt({d})" for a, s in terms
            ]
            total = " + ".join(signed(a * s) for a, s in terms)
            return [*lines, f"{total} = {_pair(params)[0]}", f"(a, b) = {right}"]
        _, d, a, b, e, f = params
        if kind == "product":
            x, y = a * e + b * f * d, a * f + b * e
            return [
                f"Rational part: {a}*{e} + {signed(b)}*{signed(f)}*{d} = {x}",
                f"Factor of sqrt({d}): {a}*{signed(f)} + {signed(b)}*{e} = {y}",
                f"(a, b) = {right}",
            ]
        norm, x, y = e * e - f * f * d, a * e - b * f * d, b * e - a * f
        return [
            f"Multiply above and below by {_surd(e, -f, d)}",
            f"Below: {e}^2 - {f * f}*{d} = {norm}",
            f"Above: ({_surd(a, b, d)})({_surd(e, -f, d)}) = {x} + {signed(y)}*sqrt({d})",
            f"(a, b) = ({x}/{signed(norm)}, {y}/{signed(norm)}) = {right}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        kind = params[0]
        if kind == "equation":
            _, m, c, k, n = params
            right = ((k - n) ** 2 - c) // m
            return slips(right, (right + 1, -right, (k - n) ** 2 - c, k * k - c))
        if kind in ("larger", "smaller"):
            _, b, c = params
            roots = quadratic_roots(1, b, c)
            turned = quadratic_roots(1, -b, c)
            return [roots[kind != "larger"], *turned]
        if kind == "sum":
            terms = params[2:]
            a, b = _pair(params)
            loose = sum(c for c, _ in terms)
            return slips((a, b), [(loose, b), (a + 1, b), (a, b * 4), (-a, b)], str)
        x, y = _pair(params)
        _, _, a, b, e, f = params
        wrong = [(-x, -y), (x, -y), (x + 1, y), (y, x)]
        if kind == "product":
            wrong.insert(0, (Fraction(a * e), Fraction(b * f)))
        return slips((x, y), wrong, lambda pair: f"({pair[0]}, {pair[1]})")[:4]


def _surd(a: int, b: int, d: int) -> str:
    """`3 - 2*sqrt(5)`."""
    size = "" if abs(b) == 1 else f"{abs(b)}*"
    if a == 0:
        return f"{'-' if b < 0 else ''}{size}sqrt({d})"
    return f"{a} {'-' if b < 0 else '+'} {size}sqrt({d})"


def _radical_text(params: Params) -> str:
    kind, d = params[:2]
    if kind == "sum":
        text = ""
        for a, s in params[2:]:
            size = "" if abs(a) == 1 else f"{abs(a)}*"
            sign = ("-" if a < 0 else "") if not text else f" {'-' if a < 0 else '+'} "
            text += f"{sign}{size}sqrt({s * s * d})"
        return text
    _, _, a, b, e, f = params
    op = "" if kind == "product" else "/"
    return f"({_surd(a, b, d)}){op}({_surd(e, f, d)})"


def _pair(params: Params) -> tuple[Any, Any]:
    kind, d = params[:2]
    if kind == "sum":
        return sum(a * s for a, s in params[2:]), d
    _, _, a, b, e, f = params
    if kind == "product":
        return Fraction(a * e + b * f * d), Fraction(a * f + b * e)
    norm = e * e - f * f * d
    return Fraction(a * e - b * f * d, norm), Fraction(b * e - a * f, norm)


@register
class ComplexArithmetic(Topic):
    """Sums, products, quotients and powers of complex numbers."""

    name = "complex_arithmetic"
    group = "algebra"
    summary = "Sums, products, quotients and powers of complex numbers a + bi."
    method = (
        "Calculate as with brackets and use i^2 = -1; divide by multiplying with the conjugate."
    )
    phrasings = 3

    # Parameters: op, then real and imaginary parts of both operands; for ^ the exponent and 0.

    def draw(self, rng: TaskRng, level: float) -> Params:
        limit = ramp(level, 8, 20)
        params: Params = ("*", 1, 2, 3, 4)
        for _ in range(64):
            op = rng.choice("+-*" if level < 0.3 else "-**/^")
            a, b = rng.integers(-limit + 1, limit), _nonzero(rng, limit)
            if op == "^":
                small = ramp(level, 4, 8)
                a, b = _nonzero(rng, small), _nonzero(rng, small)
                params = (op, a, b, rng.integers(2, ramp(level, 4, 7)), 0)
            elif op == "/":
                small = ramp(level, 4, 8)
                params = (op, a, b, _nonzero(rng, small), _nonzero(rng, small))
            else:
                params = (op, a, b, rng.integers(-limit + 1, limit), _nonzero(rng, limit))
            x, y = _complex(params)
            if x != 0 and y != 0:
                break
        return params

    def canonical(self, params: Params) -> Params:
        op, a, b, c, d = params
        return (op, c, d, a, b) if op in "+*" and (c, d) < (a, b) else params

    def question(self, params: Params, phrasing: int) -> str:
        op, a, b, c, d = params
        if op == "^":
            text = f"({complex_text(a, b)})^{c}"
        else:
            sign = "" if op == "*" else op if op == "/" else f" {op} "
            text = f"({complex_text(a, b)}){sign}({complex_text(c, d)})"
        if phrasing == 0:
            return f"Calculate {text} in the form a + bi."
        if phrasing == 1:
            return f"What is {text}, written as a + bi?"
        return f"Work out {text}, where i^2 = -1, as a + bi."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "complex"}

    def answer(self, params: Params) -> str:
        return complex_text(*_complex(params))

    def steps(self, params: Params) -> Sequence[str]:
        op, a, b, c, d = params
        x, y = _complex(params)
        right = complex_text(x, y)
        if op in "+-":
            return [
                f"Real part: {a} {op} {signed(c)} = {x}",
                f"Imaginary part: {b} {op} {signed(d)} = {y}",
                f"The result is {right}",
            ]
        if op == "^":
            steps, (p, q) = [], (a, b)
            for n in range(2, c + 1):
                old = complex_text(p, q)
                p, q = p * a - q * b, p * b + q * a
                steps.append(f"Power {n}: ({old})({complex_text(a, b)}) = {complex_text(p, q)}")
            return steps
        if op == "*":
            return [
                f"Real part: {a}*{signed(c)} - {signed(b)}*{signed(d)} = {x}",
                f"Imaginary part: {a}*{signed(d)} + {signed(b)}*{signed(c)} = {y}",
                f"The result is {right}",
            ]
        norm, top = c * c + d * d, (a * c + b * d, b * c - a * d)
        return [
            f"Multiply above and below by {complex_text(c, -d)}; below: {norm}",
            f"Above: ({complex_text(a, b)})({complex_text(c, -d)}) = {complex_text(*top)}",
            f"({complex_text(*top)}) / {norm} = {right}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        op, a, b, c, d = params
        x, y = _complex(params)
        wrong: list[tuple[Any, Any]] = [(x, -y), (-x, y), (y, x), (x + 1, y)]
        if op == "*":
            wrong = [(a * c + b * d, a * d + b * c), (a * c, b * d), *wrong]
        return [complex_text(p, q) for p, q in dict.fromkeys(wrong) if (p, q) != (x, y)][:4]


def complex_text(a: Fraction | int, b: Fraction | int) -> str:
    """`3 - 4i`, `-i`, `1/2 + (3/4)i`."""
    size = -b if b < 0 else b
    if size.denominator != 1:
        imaginary = f"({size})i"
    else:
        imaginary = "i" if size == 1 else f"{size}i"
    if b == 0:
        return str(a)
    if a == 0:
        return f"{'-' if b < 0 else ''}{imaginary}"
    return f"{a} {'-' if b < 0 else '+'} {imaginary}"


def _complex(params: Params) -> tuple[Fraction | int, Fraction | int]:
    op, a, b, c, d = params
    if op == "+":
        return a + c, b + d
    if op == "-":
        return a - c, b - d
    if op == "*":
        return a * c - b * d, a * d + b * c
    if op == "^":
        p, q = a, b
        for _ in range(c - 1):
            p, q = p * a - q * b, p * b + q * a
        return p, q
    norm = c * c + d * d
    return Fraction(a * c + b * d, norm), Fraction(b * c - a * d, norm)


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
            c = 0 if kind == "number" else _nonzero(rng, ramp(level, 4, 9))
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
        other = f"|{_line(c, d)}|" if kind == "absolute" else _line(c, d)
        text = f"|{_line(a, b)}| = {other}"
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
            steps.append(f"{_line(a, b)} = {_line(s * c, s * d)} gives x = {x}")
            if kind == "line":
                value = c * x + d
                verdict = "kept" if x in roots else "dropped, an absolute value is not negative"
                steps.append(f"There {_line(c, d)} = {value}: {verdict}")
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
