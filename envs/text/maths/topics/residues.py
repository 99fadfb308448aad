"""Powers and inverses modulo a number (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import grow
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import signed


@register
class ModularPower(Topic):
    """Powers modulo m by repeated squaring."""

    name = "modular_power"
    group = "number_theory"
    summary = "The remainder of a power on division by a modulus."
    method = "Square repeatedly, reducing each time, and multiply the squares the exponent needs."
    phrasings = 3

    # Parameters: base, exponent, modulus.

    def draw(self, rng: TaskRng, level: float) -> Params:
        base, exponent, modulus = 3, 5, 17
        for _ in range(64):
            modulus = rng.integers(17, grow(level, 70, 1.2))
            base = rng.integers(3, min(modulus, ramp(level, 20, 200)))
            exponent = rng.integers(3, grow(level, 13, 1.2))
            right = pow(base, exponent, modulus)
            if right > 1 and right not in (base, exponent, modulus) and base**exponent > modulus:
                break
        return base, exponent, modulus

    def question(self, params: Params, phrasing: int) -> str:
        a, k, m = params
        if phrasing == 0:
            return f"What is the remainder of {a}^{k} divided by {m}?"
        if phrasing == 1:
            return f"Compute {a}^{k} mod {m}."
        return f"Find r with 0 <= r < {m} and {a}^{k} = r (mod {m})."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(pow(*params))

    def steps(self, params: Params) -> Sequence[str]:
        a, k, m = params
        steps = [f"Work modulo {m}: {a}^1 = {a}"]
        power, square = 1, a
        parts = []
        while power <= k:
            if power > 1:
                old, square = square, square * square % m
                steps.append(f"{a}^{power} = {old} * {old} = {_residue(old * old, m)}")
            if k & power:
                parts.append((power, square))
            power *= 2
        names = " + ".join(str(p) for p, _ in parts)
        if len(parts) > 1:
            steps.append(f"{k} = {names}")
            exponent, total = parts[0]
            for p, value in parts[1:]:
                exponent += p
                product = total * value
                steps.append(f"{a}^{exponent} = {total} * {value} = {_residue(product, m)}")
                total = product % m
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        a, k, m = params
        right = pow(a, k, m)
        wrong = (a * k % m, pow(a, k - 1, m), pow(a, k + 1, m), m - right, right + 1, right - 1)
        return slips(right, wrong)[:4]


def _residue(n: int, m: int) -> str:
    """`n`, followed by its remainder where that differs."""
    return str(n) if n < m else f"{n} = {n % m}"


@register
class ModularInverse(Topic):
    """Inverses and linear congruences by the extended Euclidean algorithm."""

    name = "modular_inverse"
    group = "number_theory"
    summary = "The inverse of a number modulo m, or the solution of a linear congruence."
    method = (
        "Run Euclid's algorithm on the modulus, tracking multiples of a, until the remainder is 1."
    )
    phrasings = 3

    # Parameters: a, b, m of a * x = b (mod m); a and m are coprime.

    def draw(self, rng: TaskRng, level: float) -> Params:
        a, b, m = 3, 1, 11
        for _ in range(64):
            m = rng.integers(13, grow(level, 50, 1.3))
            a = rng.integers(2, m)
            b = 1 if rng.random() < 0.4 else rng.integers(2, m)
            if gcd(a, m) == 1 and pow(a, -1, m) * b % m not in (0, 1, a, b):
                break
        return a, b, m

    def question(self, params: Params, phrasing: int) -> str:
        a, b, m = params
        if b == 1:
            return (
                f"What is the inverse of {a} modulo {m}, between 0 and {m - 1}?",
                f"Find x with 0 <= x < {m} and {a}*x = 1 (mod {m}).",
                f"Which x from 0 to {m - 1} makes {a}*x leave remainder 1 when divided by {m}?",
            )[phrasing]
        return (
            f"Solve {a}*x = {b} (mod {m}) for 0 <= x < {m}.",
            f"Find the number x from 0 to {m - 1} with {a}*x = {b} modulo {m}.",
            f"For which x with 0 <= x < {m} is {a}*x - {b} divisible by {m}?",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        a, b, m = params
        return str(pow(a, -1, m) * b % m)

    def steps(self, params: Params) -> Sequence[str]:
        a, b, m = params
        steps = []
        r0, r1, s0, s1 = m, a, 0, 1
        while r1 != 1:
            q = r0 // r1
            line = f"{r0} - {q} * {r1} = {r0 - q * r1}"
            r0, r1, s0, s1 = r1, r0 - q * r1, s1, s0 - q * s1
            steps.append(f"{line}, so {a} * {signed(s1)} = {r1} (mod {m})")
        inverse = s1 % m
        if s1 < 0 or not steps:
            steps.append(f"The inverse of {a} is {s1} = {inverse} (mod {m})")
        else:
            steps.append(f"The inverse of {a} is {inverse}")
        if b != 1:
            product = inverse * b
            steps.append(f"x = {inverse} * {b} = {product} = {product % m} (mod {m})")
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        a, b, m = params
        right = pow(a, -1, m) * b % m
        wrong = (m - right, pow(a, -1, m), right + m, a * b % m, right + 1)
        return slips(right, wrong)[:4]
