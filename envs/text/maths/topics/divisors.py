"""Common divisors and multiples, prime factors, divisors (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, lcm, prod
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import grow
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import listing, tuple_text

_PRIMES = tuple(n for n in range(2, 400) if all(n % d for d in range(2, int(n**0.5) + 1)))


def factorised(n: int) -> list[int]:
    """Prime factors in ascending order, with repetition."""
    factors, d = [], 2
    while d * d <= n:
        while n % d == 0:
            factors.append(d)
            n //= d
        d += 1
    return [*factors, n] if n > 1 else factors


def _primes_below(limit: int) -> int:
    """How many of the listed primes are below `limit`."""
    return sum(p < limit for p in _PRIMES)


@register
class GcdLcm(Topic):
    """Greatest common divisors and least common multiples by Euclid's algorithm."""

    name = "gcd_lcm"
    group = "number_theory"
    summary = "Greatest common divisor or least common multiple of two or three numbers."
    method = "Euclid: replace the larger number by its remainder until it is 0; lcm = a*b/gcd."
    phrasings = 3

    # Parameters: kind (gcd, lcm) and the numbers.

    def draw(self, rng: TaskRng, level: float) -> Params:
        count = 3 if level >= 0.7 and rng.random() < level - 0.4 else 2
        kind = "gcd"
        numbers: tuple[int, ...] = (12, 18)
        for _ in range(64):
            kind = rng.choice(("gcd", "lcm"))
            common = rng.integers(3, grow(level, 30, 0.9))
            cofactors = [rng.integers(2, ramp(level, 12, 60)) for _ in range(count)]
            numbers = tuple(common * c for c in cofactors)
            right = _common(kind, numbers)
            if len(set(numbers)) == count and right not in numbers and right > 2:
                break
        return kind, numbers

    def canonical(self, params: Params) -> Params:
        return params[0], tuple(sorted(params[1]))

    def question(self, params: Params, phrasing: int) -> str:
        kind, numbers = params
        text = listing(numbers)
        if kind == "gcd":
            return (
                f"What is the greatest common divisor of {text}?",
                f"Find the largest number that divides {text}.",
                f"Compute gcd({', '.join(map(str, numbers))}).",
            )[phrasing]
        return (
            f"What is the least common multiple of {text}?",
            f"Find the smallest positive number that is a multiple of {text}.",
            f"Compute lcm({', '.join(map(str, numbers))}).",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(_common(*params))

    def steps(self, params: Params) -> Sequence[str]:
        kind, numbers = params
        steps: list[str] = []
        total = numbers[0]
        for n in numbers[1:]:
            a, b = max(total, n), min(total, n)
            high, low = a, b
            while b:
                steps.append(f"{a} = {a // b} * {b} + {a % b}")
                a, b = b, a % b
            steps.append(f"gcd({high}, {low}) = {a}")
            if kind == "lcm":
                steps.append(f"lcm = {high} / {a} * {low} = {high // a * low}")
            total = a if kind == "gcd" else high // a * low
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        kind, numbers = params
        right = _common(kind, numbers)
        swapped = _common("lcm" if kind == "gcd" else "gcd", numbers)
        if kind == "gcd":
            return slips(right, (right * 2, swapped, 1, min(numbers)))
        return slips(right, (prod(numbers), swapped, right * 2, max(numbers)))


def _common(kind: str, numbers: tuple[int, ...]) -> int:
    return gcd(*numbers) if kind == "gcd" else lcm(*numbers)


@register
class PrimeFactorisation(Topic):
    """The prime factors of a composite number, or one number made of them."""

    name = "prime_factorisation"
    group = "number_theory"
    summary = "All prime factors of a number, the largest one, or the sum of the distinct ones."
    method = "Divide by 2, 3, 5, 7, ... as often as possible until what is left is prime."
    phrasings = 3

    # Parameters: kind (all, largest, sum) and the number.

    def draw(self, rng: TaskRng, level: float) -> Params:
        large, small = _primes_below(ramp(level, 60, 260)), _primes_below(ramp(level, 8, 24))
        kind = rng.choice(("all", "largest", "sum"))
        n = _PRIMES[rng.integers(2, large)]
        for _ in range(rng.integers(2, 4 + int(level * 2))):
            n *= _PRIMES[rng.integers(0, small)]
        return kind, n

    def question(self, params: Params, phrasing: int) -> str:
        kind, n = params
        return {
            "all": (
                f"Write {n} as a product of primes. Answer with the primes in ascending order, "
                "repeated as needed, like (2, 2, 3).",
                f"List the prime factors of {n} with repetition, ascending, like (2, 2, 3).",
                f"Factorise {n} into primes; give them as an ascending tuple like (2, 2, 3).",
            ),
            "largest": (
                f"What is the largest prime factor of {n}?",
                f"Find the greatest prime that divides {n}.",
                f"Which is the largest prime number dividing {n}?",
            ),
            "sum": (
                f"What is the sum of the distinct prime factors of {n}?",
                f"Add up the different primes that divide {n}.",
                f"Find the sum of all primes dividing {n}, each counted once.",
            ),
        }[kind][phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "tuple" if params[0] == "all" else "integer"}

    def answer(self, params: Params) -> str:
        kind, n = params
        factors = factorised(n)
        if kind == "all":
            return tuple_text(factors)
        return str(factors[-1] if kind == "largest" else sum(set(factors)))

    def steps(self, params: Params) -> Sequence[str]:
        kind, n = params
        factors = factorised(n)
        steps, rest = [], n
        for p in factors[:-1]:
            steps.append(f"{rest} = {p} * {rest // p}")
            rest //= p
        steps.append(f"{rest} is prime")
        if kind == "all":
            steps.append(f"{n} = {' * '.join(map(str, factors))}: {self.answer(params)}")
        elif kind == "largest":
            steps.append(f"The largest prime factor is {factors[-1]}")
        else:
            distinct = sorted(set(factors))
            steps.append(f"{' + '.join(map(str, distinct))} = {sum(distinct)}")
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        kind, n = params
        factors = factorised(n)
        if kind == "all":
            merged = sorted([factors[0] * factors[1], *factors[2:]])
            wrong = [factors[1:], merged, [1, *factors], [*factors[:-1], factors[-1] + 2]]
            return [tuple_text(w) for w in wrong if len(w) > 1]
        if kind == "largest":
            cofactor = n // factors[-1]
            return slips(factors[-1], (cofactor, factors[-1] * factors[0], factors[0], n))
        total = sum(set(factors))
        return slips(total, (sum(factors), total + 1, prod(set(factors)), len(set(factors))))


@register
class DivisorCount(Topic):
    """How many divisors a number has (all, even or odd ones), and what they add up to."""

    name = "divisor_count"
    group = "number_theory"
    summary = "Number of divisors, of even or odd divisors, or the sum of all divisors."
    method = "From n = p^a * q^b * ... count (a+1)(b+1)..., or multiply the sums 1 + p + ... + p^a."
    phrasings = 3

    # Parameters: kind (count, even, sum, oddsum) and the number.

    def draw(self, rng: TaskRng, level: float) -> Params:
        kind, n = "sum", 60
        variety = 2 + int(level * 2)
        small = _primes_below(ramp(level, 18, 40))
        top = grow(level, 3000, 2.5)
        for _ in range(64):
            kind = rng.weighted(("count", "even", "sum", "oddsum"), (0.2, 0.15, 0.4, 0.25))
            n = 2 ** rng.integers(0 if kind in ("count", "sum") else 1, 6)
            for _ in range(rng.integers(2, variety + 1)):
                p = _PRIMES[rng.integers(1, small)]
                n *= p ** rng.integers(1, 4 if p < 6 else 3 if p < 12 else 2)
            if top // 40 <= n < top:
                break
        return kind, n

    def question(self, params: Params, phrasing: int) -> str:
        kind, n = params
        what = {
            "count": (
                "How many positive divisors does {} have?",
                "the number of positive divisors",
            ),
            "even": (
                "How many even positive divisors does {} have?",
                "the number of even divisors",
            ),
            "sum": ("What do all positive divisors of {} add up to?", "the sum of the divisors"),
            "oddsum": (
                "What do the odd positive divisors of {} add up to?",
                "the sum of odd divisors",
            ),
        }[kind]
        if phrasing == 0:
            return what[0].format(n)
        if phrasing == 1:
            return f"Find {what[1]} of {n}, with 1 and {n} among the divisors."
        return f"Let n = {n}. Determine {what[1]} of n (1 and n count as divisors)."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(_divisors(*params))

    def steps(self, params: Params) -> Sequence[str]:
        kind, n = params
        powers = _powers(n)
        steps = [f"{n} = {' * '.join(f'{p}^{k}' for p, k in powers)}"]
        if kind == "oddsum":
            powers = [(p, k) for p, k in powers if p != 2]
            steps.append("Odd divisors use no factor 2")
        if kind in ("sum", "oddsum"):
            sums = [sum(p**i for i in range(k + 1)) for p, k in powers]
            for (p, k), total in zip(powers, sums):
                steps.append(f"{' + '.join(str(p**i) for i in range(k + 1))} = {total}")
            return [*steps, f"{' * '.join(map(str, sums))} = {prod(sums)}"]
        if kind == "even":
            steps.append("Even divisors use 2 at least once, so 2 has one choice fewer")
        counts = [k + 1 - (kind == "even" and p == 2) for p, k in powers]
        return [*steps, f"{' * '.join(map(str, counts))} = {prod(counts)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        kind, n = params
        right = _divisors(kind, n)
        powers = _powers(n)
        if kind in ("sum", "oddsum"):
            return slips(right, (right - n, right - 1, right + 1, sum(p * k for p, k in powers)))
        return slips(right, (prod(k for _, k in powers), right - 2, right + 1, len(powers)))


def _powers(n: int) -> list[tuple[int, int]]:
    factors = factorised(n)
    return [(p, factors.count(p)) for p in sorted(set(factors))]


def _divisors(kind: str, n: int) -> int:
    powers = _powers(n)
    if kind == "oddsum":
        powers = [(p, k) for p, k in powers if p != 2]
    if kind in ("sum", "oddsum"):
        return prod((p ** (k + 1) - 1) // (p - 1) for p, k in powers)
    return prod(k + 1 - (kind == "even" and p == 2) for p, k in powers)
