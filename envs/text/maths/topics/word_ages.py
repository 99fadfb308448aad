"""Word problems about ages."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import KindTopic, Worked
from veragym.envs.text.maths.tales import NAMES, Tale, person, story_number
from veragym.envs.text.maths.topic import Params, ramp, register

_OLDEST = 100
"""Ages stay believable: about the oldest age told."""


class RatioSum(Tale):
    """Ages with a ratio (or a difference) and a sum."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        k = rng.integers(2, ramp(level, 6, 8))
        young = rng.integers(3, min(ramp(level, 25, 50), _OLDEST // k))
        more = rng.integers(-5, 20) if level >= 0.2 else 0
        return rng.integers(0, 2), k, young, more, story_number(rng)

    def tell(self, ask: int, k: int, young: int, more: int, story: int) -> tuple[str, ...]:
        a, b = person(story), person(story, 1)
        old = k * young + more
        extra = f" plus {more} years" if more > 0 else f" minus {-more} years" if more < 0 else ""
        want = a if ask else b
        return (
            f"{a}'s age is {k} times {b}'s age{extra}. Together they are {old + young} years old. "
            f"How old is {want}?",
            f"The ages of {a} and {b} add up to {old + young}. {a}'s is {k} times {b}'s{extra}. "
            f"Find {want}'s age.",
            f"{a} and {b} are {old + young} years old in all, and {k} times {b}'s age{extra} gives "
            f"{a}'s. What is {want}'s age?",
        )

    def solve(self, ask: int, k: int, young: int, more: int, story: int) -> Worked:
        old = k * young + more
        total = old + young
        steps = []
        if more:
            steps.append(f"{total} {'-' if more > 0 else '+'} {abs(more)} = {total - more}")
        steps.append(
            f"That is {k} + 1 = {k + 1} times the younger age: {total - more} / {k + 1} = {young}"
        )
        if ask:
            steps.append(f"{total} - {young} = {old}")
        right = old if ask else young
        return Worked(
            right,
            steps,
            [young if ask else old, Fraction(total, k), Fraction(total, k + 1), total - k],
        )


class Until(Tale):
    """In how many years one is k times as old as another."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        k = rng.integers(2, ramp(level, 5, 8))
        both = rng.integers(5, min(ramp(level, 30, 50), _OLDEST // k))  # the younger one's age then
        years = rng.integers(2, both - 1)
        return k, both - years, years, story_number(rng)

    def tell(self, k: int, young: int, years: int, story: int) -> tuple[str, ...]:
        a, b = person(story), person(story, 1)
        old = k * (young + years) - years
        return (
            f"{a} is {old} years old and {b} is {young}. In how many years will {a} be {k} times "
            f"as old as {b}?",
            f"{b} is {young} and {a} {old}. How many years must pass until {a}'s age is {k} times "
            f"{b}'s?",
            f"Today the ages are {a}: {old}, {b}: {young}. Find the number of years after which "
            f"the first is {k} times the second.",
        )

    def solve(self, k: int, young: int, years: int, story: int) -> Worked:
        old = k * (young + years) - years
        steps = [
            f"{old} + t = {k} * ({young} + t) = {k * young} + {k}*t",
            f"{old - k * young} = {k - 1}*t" if k > 2 else f"{old - k * young} = t",
            f"t = {years}",
        ]
        return Worked(
            years, steps, [old - k * young + (k == 2), old - young, young + years, k * years]
        )


class TwoTimes(Tale):
    """A ratio now and another ratio some years later (or earlier)."""

    since = 0.15

    # Numbers: k now, m later, b's age now, years t (negative: ago), who is asked.

    def draw(self, rng: TaskRng, level: float) -> Params:
        m = rng.integers(2, ramp(level, 4, 6))
        k = m + rng.integers(1, ramp(level, 3, 6))
        # k*b + t = m*(b + t)  =>  (k - m)*b = (m - 1)*t
        g = gcd(k - m, m - 1)
        y = (m - 1) // g
        unit = rng.integers(1, max(2, min(ramp(level, 7, 12), _OLDEST // (k * y))))
        return k, m, y * unit, (k - m) // g * unit, rng.integers(0, 2), story_number(rng)

    def tell(self, k: int, m: int, b: int, t: int, ask: int, story: int) -> tuple[str, ...]:
        x, y = person(story), person(story, 1)
        want = x if ask else y
        later = f"in {t} year{'s' * (t > 1)}"
        return (
            f"{x} is {k} times as old as {y}; {later} it will be {m} times. How old is {want} now?",
            f"Today {x}'s age is {k} times {y}'s, {later} only {m} times. Find {want}'s age today.",
            f"{later[0].upper()}{later[1:]} {x} will be {m} times as old as {y}, now it is {k} "
            f"times. What is {want}'s present age?",
        )

    def solve(self, k: int, m: int, b: int, t: int, ask: int, story: int) -> Worked:
        steps = [
            f"{k}*y + {t} = {m}*(y + {t})",
            f"{k - m}*y = {m * t - t}" if k - m > 1 else f"y = {m * t - t}",
            f"y = {b}",
        ]
        right = b
        if ask:
            steps.append(f"{k} * {b} = {k * b}")
            right = k * b
        return Worked(
            right, steps, [b if ask else k * b, b + t, k * b + t, Fraction(m * t, k - m) + 1]
        )


class Chain(Tale):
    """Three or four people, each told by the one before."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        count = rng.integers(2, ramp(level, 4, 6))
        links: list[Params] = []
        age = start = rng.integers(4, ramp(level, 25, 40))
        for _ in range(count):
            if age < 30 and rng.integers(0, 3) == 0:
                link = ("times", rng.integers(2, 4))
                age *= link[1]
            elif age > 12 and (age > 80 or rng.integers(0, 2)):
                link = ("younger", rng.integers(1, age - 6))
                age -= link[1]
            else:
                link = ("older", rng.integers(2, 25))
                age += link[1]
            links.append(link)
        return start, tuple(links), rng.integers(0, 2), story_number(rng)

    def tell(self, start: int, links: tuple[Params, ...], ask: int, story: int) -> tuple[str, ...]:
        people = [person(story, i) for i in range(len(links) + 1)]
        if len(set(people)) < len(people):
            people = [NAMES[(story + i) % 24] for i in range(len(links) + 1)]
        told = []
        for (op, n), a, b in zip(links, people, people[1:]):
            if op == "times":
                told.append(f"{b} is {n} times as old as {a}")
            else:
                told.append(f"{b} is {n} year{'s' * (n > 1)} {op} than {a}")
        first = f"{people[0]} is {start} years old"
        facts = ", ".join([first, *told])
        back = ", ".join([*reversed(told), first])
        want = "the sum of all their ages" if ask else f"{people[-1]}'s age"
        return (
            f"{facts}. What is {want}?",
            f"{back}. Find {want}.",
            f"Work out {want} from this: {facts}.",
        )

    def solve(self, start: int, links: tuple[Params, ...], ask: int, story: int) -> Worked:
        ages, steps = [start], []
        for op, n in links:
            age = ages[-1]
            symbol = {"times": "*", "older": "+", "younger": "-"}[op]
            new = age * n if op == "times" else age + n if op == "older" else age - n
            steps.append(f"{age} {symbol} {n} = {new}")
            ages.append(new)
        total = sum(ages)
        if ask:
            steps.append(f"{' + '.join(map(str, ages))} = {total}")
            return Worked(total, steps, [total - start, ages[-1], total + links[0][1]])
        wrong = [start + sum(n if op != "younger" else -n for op, n in links), ages[-2], total]
        return Worked(ages[-1], steps, wrong)


class Past(Tale):
    """A sum of ages now, a ratio some years ago."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        k = rng.integers(2, ramp(level, 6, 9))
        young = rng.integers(2, min(ramp(level, 14, 25), _OLDEST // k))
        ago = rng.integers(2, ramp(level, 12, 25))
        return k, young, ago, rng.integers(0, 2), story_number(rng)

    def tell(self, k: int, young: int, ago: int, ask: int, story: int) -> tuple[str, ...]:
        a, b = person(story), person(story, 1)
        total = (k + 1) * young + 2 * ago
        want = a if ask else b
        return (
            f"{a} and {b} are {total} years old together. {ago} years ago {a} was {k} times as old "
            f"as {b}. How old is {want} today?",
            f"{ago} years back, {a}'s age was {k} times {b}'s; today the two add up to {total}. "
            f"Find {want}'s present age.",
            f"The sum of {a}'s and {b}'s ages is {total}. It is {ago} years since {a} was {k} "
            f"times as old as {b}. What is {want}'s age now?",
        )

    def solve(self, k: int, young: int, ago: int, ask: int, story: int) -> Worked:
        then = (k + 1) * young
        total = then + 2 * ago
        steps = [
            f"{ago} years ago the sum was {total} - 2 * {ago} = {then}",
            f"{then} / {k + 1} = {young}, so {young} and {k * young} then",
        ]
        old, now = k * young + ago, young + ago
        right, first = (old, k * young) if ask else (now, young)
        steps.append(f"{first} + {ago} = {right}")
        return Worked(
            right, steps, [first, now if ask else old, Fraction(total - ago, k + 1), right + ago]
        )


@register
class WordAges(KindTopic):
    """Ages now, before and later."""

    name = "word_ages"
    group = "word_problems"
    summary = "Ages: sums and ratios, past and future, chains of comparisons."
    method = "Call one age y, write the others in terms of it, and mind that everybody ages alike."
    phrasings = 3
    answer_form = {"kind": "integer"}
    kinds = (RatioSum(), Until(), Chain(), TwoTimes(), Past())
