"""Sequences: the next term, sums of series, and terms of recurrences."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.sizes import nonzero
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import bracketed, plus, signed


def _tell_next(kind: str, terms: list[int]) -> tuple[str, ...]:
    shown = ", ".join(map(str, terms))
    return (
        f"{shown}, ... {kind}. What is the next term?",
        f"A sequence begins {shown}. It {kind}. Find the term that follows.",
        f"Continue the sequence by one number: {shown}, ? (The sequence {kind}.)",
        f"The sequence {kind}: {shown}, ... Which number comes next?",
    )


class ArithmeticNext(Kind):
    """A constant difference."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        start = rng.integers(1, ramp(level, 60, 900))
        return start, nonzero(rng, ramp(level, 12, 250)), 4

    def tell(self, a: int, d: int, n: int) -> tuple[str, ...]:
        return _tell_next("has a constant difference", [a + i * d for i in range(n)])

    def solve(self, a: int, d: int, n: int) -> Worked:
        last = a + (n - 1) * d
        steps = [f"{a + d} - {signed(a)} = {d}", f"{last} {plus(d)} = {last + d}"]
        return Worked(last + d, steps, [last - d, last + 2 * d, last + d + 1])


class GeometricNext(Kind):
    """A constant ratio num/den; all terms are whole."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        n = 3 if level < 0.5 else 4
        den = rng.integers(1, 2 + int(level * 2))
        num = rng.integers(2, ramp(level, 5, 9))
        if num == den:
            num += 1
        if level >= 0.4:
            num *= rng.sign()
        start = rng.integers(1, ramp(level, 16, 24)) * den**n
        return start, num, den, n

    def canonical(self, a: int, num: int, den: int, n: int) -> Params:
        ratio = Fraction(num, den)
        return a, ratio.numerator, ratio.denominator, n

    def tell(self, a: int, num: int, den: int, n: int) -> tuple[str, ...]:
        return _tell_next("has a constant ratio", _geometric(a, num, den, n))

    def solve(self, a: int, num: int, den: int, n: int) -> Worked:
        terms = _geometric(a, num, den, n + 1)
        ratio = Fraction(num, den)
        *_, before, last, right = terms
        steps = [f"{terms[1]} / {signed(a)} = {ratio}", f"{last} * {bracketed(ratio)} = {right}"]
        return Worked(right, steps, [2 * last - before, -right, right + a])


def _geometric(a: int, num: int, den: int, n: int) -> list[int]:
    return [a * num**i // den**i for i in range(n)]


class QuadraticNext(Kind):
    """Constant second differences."""

    since = 0.2

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = ramp(level, 3, 8)
        return nonzero(rng, size), rng.integers(-3 * size, 3 * size + 1), rng.integers(-40, 41), 5

    def tell(self, a: int, b: int, c: int, n: int) -> tuple[str, ...]:
        return _tell_next("has constant second differences", _quadratic(a, b, c, n))

    def solve(self, a: int, b: int, c: int, n: int) -> Worked:
        terms = _quadratic(a, b, c, n + 1)
        gaps = [y - x for x, y in pairwise(terms)]
        steps = [
            f"Differences: {', '.join(map(str, gaps[:-1]))}",
            f"Second difference: {2 * a}",
            f"Next difference: {gaps[-2]} {plus(2 * a)} = {gaps[-1]}",
            f"{terms[-2]} {plus(gaps[-1])} = {terms[-1]}",
        ]
        return Worked(terms[-1], steps, [terms[-2] + gaps[-2], terms[-1] + a, terms[-1] + 2 * a])


def _quadratic(a: int, b: int, c: int, n: int) -> list[int]:
    return [a * k * k + b * k + c for k in range(1, n + 1)]


class RecurrenceNext(Kind):
    """Each term p times the last plus q times the one before; p and q have to be found."""

    since = 0.5

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = ramp(level, 2, 4)
        for _ in range(16):
            p, q = nonzero(rng, size), nonzero(rng, size)
            x, y = rng.integers(-6, 13), rng.integers(-6, 13)
            t = _recurrence(x, y, p, q, 5)
            # Two equations must pin p and q down: t(2)*t(2) - t(1)*t(3) is not zero.
            if y * y != x * t[2]:
                return x, y, p, q, 6
        return 0, 1, p, q, 6

    def tell(self, x: int, y: int, p: int, q: int, n: int) -> tuple[str, ...]:
        kind = "follows a rule t(n) = p*t(n-1) + q*t(n-2) with fixed integers p and q"
        return _tell_next(kind, _recurrence(x, y, p, q, n))

    def solve(self, x: int, y: int, p: int, q: int, n: int) -> Worked:
        t = _recurrence(x, y, p, q, n + 1)
        steps = [
            f"{y}*p {plus(x)}*q = {t[2]} and {t[2]}*p {plus(y)}*q = {t[3]}",
            f"These give p = {p}, q = {q}",
            f"{p} * {signed(t[-2])} {plus(q)} * {signed(t[-3])} = {t[-1]}",
        ]
        slips = [t[-2] + t[-3], q * t[-2] + p * t[-3], 2 * t[-2] - t[-3], t[-1] + 1]
        return Worked(t[-1], steps, slips)


def _recurrence(x: int, y: int, p: int, q: int, n: int) -> list[int]:
    terms = [x, y]
    while len(terms) < n:
        terms.append(p * terms[-1] + q * terms[-2])
    return terms


@register
class SequenceNext(KindTopic):
    """The next term of a sequence whose sort of rule is stated, so that it is determined."""

    name = "sequence_next"
    group = "sequences"
    summary = "Next term of an arithmetic, geometric, quadratic or second-order linear sequence."
    method = "Find the rule from the first terms (differences, ratios), then apply it once more."
    phrasings = 4
    answer_form = {"kind": "integer"}
    kinds = (ArithmeticNext(), GeometricNext(), QuadraticNext(), RecurrenceNext())


class ArithmeticSum(Kind):
    """First n terms, from the first term and the difference."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        start = rng.integers(1, ramp(level, 25, 80))
        step = rng.integers(1, ramp(level, 6, 25)) * (1 if level < 0.3 else rng.sign())
        return start, step, rng.integers(4, ramp(level, 9, 60))

    def tell(self, a: int, d: int, n: int) -> tuple[str, ...]:
        return (
            f"An arithmetic sequence starts {a}, {a + d}, {a + 2 * d}, ... "
            f"What is the sum of its first {n} terms?",
            f"Add up the first {n} terms of the arithmetic sequence with first term {a} and "
            f"common difference {d}.",
            f"Find the sum of {n} terms of the arithmetic series {a} {plus(a + d)} "
            f"{plus(a + 2 * d)} + ...",
        )

    def solve(self, a: int, d: int, n: int) -> Worked:
        last = a + (n - 1) * d
        total = n * (a + last) // 2
        steps = [
            f"Last term: {a} + {n - 1} * {signed(d)} = {last}",
            f"Sum: {n} * ({a} {plus(last)}) / 2 = {n} * {signed(a + last)} / 2 = {total}",
        ]
        return Worked(total, steps, [total + last + d, n * (a + last), n * a, total - last])


class ListedSum(Kind):
    """The terms from first to last with a given step; their number has to be found."""

    since = 0.25

    def draw(self, rng: TaskRng, level: float) -> Params:
        start, step = rng.integers(1, ramp(level, 20, 120)), rng.integers(2, ramp(level, 5, 20))
        return start, step, rng.integers(6, ramp(level, 12, 60))

    def tell(self, a: int, d: int, n: int) -> tuple[str, ...]:
        last = a + (n - 1) * d
        return (
            f"What is {a} + {a + d} + {a + 2 * d} + ... + {last} (constant steps)?",
            f"Numbers go from {a} to {last} in steps of {d}. What is their sum?",
            f"Compute the sum of the arithmetic series that starts at {a}, has difference {d} and "
            f"ends at {last}.",
        )

    def solve(self, a: int, d: int, n: int) -> Worked:
        last = a + (n - 1) * d
        total = n * (a + last) // 2
        steps = [
            f"Number of terms: ({last} - {a}) / {d} + 1 = {n}",
            f"Sum: {n} * ({a} + {last}) / 2 = {n} * {a + last} / 2 = {total}",
        ]
        return Worked(
            total, steps, [Fraction((n - 1) * (a + last), 2), total + last + d, 2 * total]
        )


class GeometricSum(Kind):
    """First n terms of a geometric sequence with a whole ratio."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        ratio = rng.integers(2, ramp(level, 4, 6))
        if level >= 0.5:
            ratio *= rng.sign()
        return rng.integers(1, ramp(level, 12, 20)), ratio, rng.integers(3, ramp(level, 5, 9))

    def tell(self, a: int, r: int, n: int) -> tuple[str, ...]:
        return (
            f"A geometric sequence starts {a}, {a * r}, {a * r * r}, ... "
            f"What is the sum of its first {n} terms?",
            f"Add up the first {n} terms of the geometric sequence with first term {a} and common "
            f"ratio {r}.",
            f"Find the sum of {n} terms of the geometric series {a} {plus(a * r)} "
            f"{plus(a * r * r)} ...",
        )

    def solve(self, a: int, r: int, n: int) -> Worked:
        power = r**n
        total = a * (power - 1) // (r - 1)
        steps = [
            f"{signed(r)}^{n} = {power}",
            f"Sum: {a} * ({power} - 1) / ({r} - 1) = {a * (power - 1)} / {signed(r - 1)} = {total}",
        ]
        return Worked(
            total, steps, [a * r ** (n - 1), total + a * power, a * (power - 1), total - a]
        )


class InfiniteSum(Kind):
    """A geometric series with ratio between -1 and 1."""

    since = 0.5
    answer_form = {"kind": "rational", "lowest": True}

    def draw(self, rng: TaskRng, level: float) -> Params:
        den = rng.integers(2, ramp(level, 6, 12))
        return rng.integers(1, ramp(level, 20, 60)), rng.integers(1, den) * rng.sign(), den

    def canonical(self, a: int, num: int, den: int) -> Params:
        ratio = Fraction(num, den)
        return a, ratio.numerator, ratio.denominator

    def tell(self, a: int, num: int, den: int) -> tuple[str, ...]:
        ratio = Fraction(num, den)
        wanted = "Answer with an integer or a fraction in lowest terms."
        return (
            f"What is the sum of the infinite geometric series with first term {a} and ratio "
            f"{ratio}? {wanted}",
            f"An endless geometric sequence starts at {a}; each term is {ratio} times the one "
            f"before. Find the sum of all its terms. {wanted}",
            f"Sum the series with terms {a}*({ratio})^k over k = 0, 1, 2, ... {wanted}",
        )

    def solve(self, a: int, num: int, den: int) -> Worked:
        ratio = Fraction(num, den)
        total = a / (1 - ratio)
        steps = [f"1 - {bracketed(ratio)} = {1 - ratio}", f"{a} / ({1 - ratio}) = {total}"]
        return Worked(total, steps, [a / (1 + ratio), total - a, a * (1 - ratio), total * ratio])


@register
class SequenceSum(KindTopic):
    """Sums of arithmetic and geometric series, finite and infinite."""

    name = "sequence_sum"
    group = "sequences"
    summary = "Sum of an arithmetic or geometric series, finite or infinite."
    method = "Arithmetic: terms * (first + last) / 2. Geometric: a * (r^n - 1) / (r - 1)."
    phrasings = 3
    answer_form = {"kind": "integer"}
    kinds = (ArithmeticSum(), GeometricSum(), ListedSum(), InfiniteSum())


def _tell_term(start: str, rule: str, n: int) -> tuple[str, ...]:
    return (
        f"A sequence has {start} and {rule}. What is a({n})?",
        f"Given {start}; {rule}. Find a({n}).",
        f"Let {rule}, where {start}. Work out term number {n}, a({n}).",
    )


class FirstOrder(Kind):
    """a(n) = p*a(n-1) + q."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        p = rng.integers(2, ramp(level, 4, 6)) * (1 if level < 0.4 else rng.sign())
        q = nonzero(rng, ramp(level, 9, 20))
        return rng.integers(1, ramp(level, 13, 20)), p, q, rng.integers(3, ramp(level, 5, 8))

    def tell(self, a: int, p: int, q: int, n: int) -> tuple[str, ...]:
        return _tell_term(f"a(1) = {a}", f"a(n) = {p}*a(n-1) {plus(q)} for n > 1", n)

    def solve(self, a: int, p: int, q: int, n: int) -> Worked:
        steps, x, before = [], a, a
        for k in range(2, n + 1):
            before, x = x, p * x + q
            steps.append(f"a({k}) = {p} * {signed(before)} {plus(q)} = {x}")
        return Worked(x, steps, [before, p * x + q, x - 2 * q, p ** (n - 1) * a])


class SecondOrder(Kind):
    """a(n) = p*a(n-1) + q*a(n-2) + r."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = ramp(level, 2, 4)
        extra = rng.integers(-5, 6) if level >= 0.6 else 0
        x, y = rng.integers(-3, 10), rng.integers(1, 10)
        return (
            x,
            y,
            nonzero(rng, size),
            nonzero(rng, size),
            extra,
            rng.integers(4, ramp(level, 6, 9)),
        )

    def tell(self, x: int, y: int, p: int, q: int, r: int, n: int) -> tuple[str, ...]:
        first = {1: "", -1: "-"}.get(p, f"{p}*")
        second = {1: "+ ", -1: "- "}.get(q, f"{plus(q)}*")
        rule = f"a(n) = {first}a(n-1) {second}a(n-2){' ' + plus(r) if r else ''} for n > 2"
        return _tell_term(f"a(1) = {x} and a(2) = {y}", rule, n)

    def solve(self, x: int, y: int, p: int, q: int, r: int, n: int) -> Worked:
        terms, steps = [x, y], []
        for k in range(3, n + 1):
            terms.append(p * terms[-1] + q * terms[-2] + r)
            tail = f" {plus(r)}" if r else ""
            steps.append(
                f"a({k}) = {p} * {signed(terms[-2])} {plus(q)} * {signed(terms[-3])}{tail} "
                f"= {terms[-1]}"
            )
        right = terms[-1]
        after = p * right + q * terms[-2] + r
        return Worked(right, steps, [terms[-2], after, q * terms[-2] + p * terms[-3] + r])


@register
class RecurrenceTerm(KindTopic):
    """A named term of a sequence given by a recurrence."""

    name = "recurrence_term"
    group = "sequences"
    summary = "A term of a sequence given by a linear recurrence of first or second order."
    method = "Apply the rule again and again, starting from the given terms."
    phrasings = 3
    answer_form = {"kind": "integer"}
    kinds = (FirstOrder(), SecondOrder())
