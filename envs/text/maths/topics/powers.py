"""Fractional powers, exponential and logarithmic equations (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import nonzero
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import LOWEST, line, signed


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
                m, c = nonzero(rng, ramp(level, 4, 7)), rng.integers(-9, 10)
                if rng.random() < level:
                    n, d = nonzero(rng, 5), rng.integers(-9, 10)
                else:
                    n, d, j = 0, 1, rng.integers(2, 9 if b < 5 else 5)
                if i * m == j * n or (i * m == 1 and c == 0):
                    continue
                params = (kind, b, i, m, c, j, n, d)
            elif kind == "logeq":
                b = rng.integers(2, 6)
                k = rng.integers(2, ramp(level, 5, 6))
                params = (kind, b, k, rng.integers(1, ramp(level, 6, 12)), nonzero(rng, 29))
            else:
                b = rng.choice((2, 3, 5, 6, 7))
                i, j = rng.integers(2, 5 + int(level)), nonzero(rng, 7)
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
            left = f"{b**i}^({line(m, c)})"
            text = f"{left} = {f'{b**j}^({line(n, d)})' if n else b**j}"
            verbs = (f"Solve {text} for x.", f"Find x with {text}.", f"For which x is {text}?")
        else:
            _, b, k, m, c = params
            text = f"log_{b}({line(m, c)}) = {k}"
            verbs = (
                f"Solve {text}, with the logarithm to base {b}.",
                f"Find x such that {text} (logarithm to base {b}).",
                f"The logarithm of {line(m, c)} to base {b} is {k}. What is x?",
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
            left, other = line(i * m, i * c), line(j * n, j * d)
            steps = [f"Powers of {b}: {b}^({left}) = {b}^({other})", f"{left} = {other}"]
            slope, constant = i * m - j * n, j * d - i * c
            return [*steps, f"{line(slope, 0)} = {constant}", f"x = {right}"]
        _, b, k, m, c = params
        return [
            f"{line(m, c)} = {b}^{k} = {b**k}",
            f"{line(m, 0)} = {b**k} - {signed(c)} = {b**k - c}",
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
