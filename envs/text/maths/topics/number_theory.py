"""Divisors, primes, residues, numerals and digits of whole numbers (A17, D39)."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, lcm, prod
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.topics.exact import signed
from veragym.envs.text.maths.topics.numbers import grow, slips

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
        text = f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
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
            return f"({', '.join(map(str, factors))})"
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
            return [f"({', '.join(map(str, w))})" for w in wrong if len(w) > 1]
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


_DIGITS = "0123456789ABCDEF"


def numeral(n: int, base: int) -> str:
    """The digits of a positive number in a base from 2 to 16."""
    digits = ""
    while n:
        n, d = divmod(n, base)
        digits = _DIGITS[d] + digits
    return digits or "0"


@register
class BaseConversion(Topic):
    """The same number in another base."""

    name = "base_conversion"
    group = "number_theory"
    summary = "Numerals from one base from 2 to 16 to another."
    method = "Read the digits by place value, then divide by the new base and collect remainders."
    phrasings = 3

    # Parameters: the number, the base it is shown in, the base wanted.

    def draw(self, rng: TaskRng, level: float) -> Params:
        n, source, target = 100, 10, 2
        for _ in range(64):
            n = rng.integers(grow(level, 20, 1.2), grow(level, 260, 2.0))
            if level < 0.5:
                source, target = 10, rng.integers(2, 10)
                if rng.sign() < 0:
                    source, target = target, source
            else:
                source, target = rng.integers(2, 17), rng.integers(2, 17)
            if source != target and numeral(n, source) != numeral(n, target):
                break
        return n, source, target

    def question(self, params: Params, phrasing: int) -> str:
        n, source, target = params
        shown = numeral(n, source)
        letters = " Use A-F for the digits 10 to 15." if target > 10 else ""
        if phrasing == 0:
            text = f"Write the base {source} number {shown} in base {target}."
        elif phrasing == 1:
            text = f"Convert {shown} from base {source} to base {target}."
        else:
            text = (
                f"In base {source} a number is written {shown}. How is it written in base {target}?"
            )
        return text + letters

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "numeral", "base": params[2]}

    def answer(self, params: Params) -> str:
        return numeral(params[0], params[2])

    def steps(self, params: Params) -> Sequence[str]:
        n, source, target = params
        steps = []
        if source != 10:
            text = numeral(n, source)
            value = _DIGITS.index(text[0])
            for c in text[1:]:
                d = _DIGITS.index(c)
                steps.append(f"{value} * {source} + {d} = {value * source + d}")
                value = value * source + d
        if target != 10:
            rest = n
            while rest:
                steps.append(f"{rest} = {rest // target} * {target} + {rest % target}")
                rest //= target
            steps.append(f"Remainders from last to first: {self.answer(params)}")
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        n, source, target = params
        shown = numeral(n, source)
        wrong = [int(self.answer(params)[::-1], target), n + 1, n - 1, n * target]
        if shown.isdigit() and source != 10:
            wrong.append(int(shown))  # read as if it were decimal
        return slips(n, wrong, lambda value: numeral(value, target))


@register
class DigitPuzzles(Topic):
    """Digits of powers, zeros of factorials, and digits written in lists of numbers."""

    name = "digit_puzzles"
    group = "number_theory"
    summary = "Digit sums and last digits of powers, zeros of factorials, digits of lists."
    method = "Count place by place; for ends of numbers work modulo a power of ten."
    phrasings = 3

    # Parameters: kind, then two numbers:
    # power_sum, last_two: base, exponent   zeros: n, 0   written: n, 0   digit: n, the digit

    def draw(self, rng: TaskRng, level: float) -> Params:
        params: Params = ("zeros", 30, 0)
        for _ in range(64):
            kind = rng.choice(("power_sum", "last_two", "zeros", "written", "digit"))
            if kind in ("power_sum", "last_two"):
                wide = 14 if kind == "power_sum" else 60
                base = rng.integers(3, ramp(level, 24, 60))
                params = (kind, base, rng.integers(3, ramp(level, 7, wide)))
                if base % 10 == 0:
                    continue
            else:
                n = rng.integers(grow(level, 25, 1.0), grow(level, 400, 1.4))
                params = (kind, n, rng.integers(1, 10) if kind == "digit" else 0)
            right = _digits(params)
            if right not in params and right > 9:
                break
        return params

    def question(self, params: Params, phrasing: int) -> str:
        kind, n, k = params
        return {
            "power_sum": (
                f"What is the sum of the decimal digits of {n}^{k}?",
                f"Add up the digits of {n}^{k}.",
                f"Find the digit sum of the number {n}^{k}.",
            ),
            "last_two": (
                f"What number do the last two digits of {n}^{k} form?",
                f"Find the last two digits of {n}^{k}.",
                f"With which two digits does {n}^{k} end?",
            ),
            "zeros": (
                f"How many zeros are at the end of {n}!?",
                f"The factorial of {n} ends in how many zeros?",
                f"Count the trailing zeros of {n}! in decimal.",
            ),
            "written": (
                f"How many digits are needed to write all numbers from 1 to {n}?",
                f"The numbers 1, 2, ..., {n} are written in a row. How many digits is that?",
                f"Pages are numbered from 1 to {n}. How many digits are printed in all?",
            ),
            "digit": (
                f"How often is the digit {k} written in the numbers from 1 to {n}?",
                f"Count the digits {k} in the list 1, 2, ..., {n}.",
                f"Pages are numbered from 1 to {n}. How many times is the digit {k} printed?",
            ),
        }[kind][phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(_digits(params))

    def steps(self, params: Params) -> Sequence[str]:
        kind, n, k = params
        right = _digits(params)
        if kind == "power_sum":
            steps, value = [], n
            for i in range(2, k + 1):
                steps.append(f"{n}^{i} = {value} * {n} = {value * n}")
                value *= n
            return [*steps, f"{' + '.join(str(value))} = {right}"]
        if kind == "last_two":
            steps, value = [f"Keep two digits only: {n} gives {n % 100}"], n % 100
            for i in range(2, k + 1):
                product = value * n
                steps.append(f"{n}^{i}: {value} * {n} = {product}, keep {product % 100}")
                value = product % 100
            return steps
        if kind == "zeros":
            steps, parts, rest = [], [], n
            while rest >= 5:
                steps.append(f"{rest} / 5 = {rest // 5} (rounded down)")
                rest //= 5
                parts.append(rest)
            return [*steps, f"{' + '.join(map(str, parts))} = {right}"]
        parts = []
        steps = []
        if kind == "written":
            for length in range(1, len(str(n)) + 1):
                first, last = 10 ** (length - 1), min(n, 10**length - 1)
                parts.append((last - first + 1) * length)
                steps.append(f"{first} to {last}: {last - first + 1} * {length} = {parts[-1]}")
        else:
            for i in range(len(str(n))):
                parts.append(_at_place(n, k, 10**i))
                steps.append(f"In the place of {10**i}: {parts[-1]} times")
        return [*steps, f"{' + '.join(map(str, parts))} = {right}"]

    def decoys(self, params: Params) -> Sequence[str]:
        kind, n, k = params
        right = _digits(params)
        wrong: tuple[int, ...] = (right + 1, right - 1)
        if kind == "power_sum":
            wrong = (n**k % 9, sum(map(int, str(n))) * k, right + 9, right + 1)
        elif kind == "last_two":
            wrong = (n * k % 100, pow(n, k - 1, 100), (right + 10) % 100, n % 100)
        elif kind == "zeros":
            wrong = (n // 5, n // 10, *wrong)
        elif kind == "written":
            wrong = (n * len(str(n)), n, *wrong)
        else:
            wrong = (n // 10, n // 10 + n // 100, *wrong)
        return slips(right, wrong)


def _digits(params: Params) -> int:
    kind, n, k = params
    if kind == "power_sum":
        return sum(map(int, str(n**k)))
    if kind == "last_two":
        return pow(n, k, 100)
    if kind == "zeros":
        count = 0
        while n:
            n //= 5
            count += n
        return count
    if kind == "written":
        return sum(n - 10**i + 1 for i in range(len(str(n))))
    return sum(_at_place(n, k, 10**i) for i in range(len(str(n))))


def _at_place(n: int, digit: int, place: int) -> int:
    """How many of the numbers 1 to n have the (non-zero) digit at that place."""
    high, rest = divmod(n, 10 * place)
    full: int = high * place
    return full + min(max(rest - digit * place + 1, 0), place)
