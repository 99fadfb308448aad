"""Word problems about prices, bills and offers."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import KindTopic, Worked
from veragym.envs.text.maths.tales import Tale, good, person, story_number
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import EXACT, listing


class Change(Tale):
    """Several sorts of things are paid for with one sum."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        sorts = rng.integers(2, ramp(level, 3, 5))
        top, price = ramp(level, 8, 20), ramp(level, 10, 60)
        lines = tuple((rng.integers(2, top), rng.integers(2, price)) for _ in range(sorts))
        total = sum(n * p for n, p in lines)
        return lines, total + rng.integers(1, ramp(level, 20, 100)), story_number(rng)

    def canonical(self, lines: tuple[Params, ...], paid: int, story: int) -> Params:
        return tuple(sorted(lines)), paid

    def tell(self, lines: tuple[Params, ...], paid: int, story: int) -> tuple[str, ...]:
        a = person(story)
        listed = [f"{n} {good(story, i)} at {p} cents each" for i, (n, p) in enumerate(lines)]
        text = listing(listed)
        return (
            f"{a} buys {text} and pays with {paid} cents. How many cents of change are due?",
            f"With {paid} cents in the purse, {a} buys {text}. How many cents are left?",
            f"How many cents remain of {paid} after {a} has paid for {text}?",
        )

    def solve(self, lines: tuple[Params, ...], paid: int, story: int) -> Worked:
        costs = [n * p for n, p in lines]
        total = sum(costs)
        steps = [f"{n} * {p} = {n * p}" for n, p in lines]
        steps += [f"{' + '.join(map(str, costs))} = {total}", f"{paid} - {total} = {paid - total}"]
        prices = sum(p for _, p in lines)
        return Worked(paid - total, steps, [total, paid - prices, paid - costs[0], paid + total])


class Unknown(Tale):
    """The price of one thing from a bill."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        top, price = ramp(level, 8, 20), ramp(level, 12, 90)
        n, m = rng.integers(2, top), rng.integers(2, top)
        return n, rng.integers(2, price), m, rng.integers(2, price), story_number(rng)

    def tell(self, n: int, p: int, m: int, q: int, story: int) -> tuple[str, ...]:
        a, x, y = person(story), good(story), good(story, 1)
        bill = n * p + m * q
        return (
            f"{a} pays {bill} coins for {n} {x} and {m} {y}. The {x} cost {p} coins each. What "
            f"does one of the {y} cost, in coins?",
            f"A bill over {bill} coins lists {n} {x} at {p} coins each and {m} {y}. Find the price "
            f"of one of the {y}.",
            f"{m} {y} and {n} {x} come to {bill} coins together. If each of the {x} is {p} coins, "
            f"how many coins is each of the {y}?",
        )

    def solve(self, n: int, p: int, m: int, q: int, story: int) -> Worked:
        bill = n * p + m * q
        steps = [
            f"{n} * {p} = {n * p}",
            f"{bill} - {n * p} = {m * q}",
            f"{m * q} / {m} = {q}",
        ]
        return Worked(q, steps, [m * q, Fraction(bill, m), Fraction(bill - p, m), bill - n * p - m])


class Discount(Tale):
    """A percentage off, on several things; later with a fixed fee."""

    answer_form = {"kind": "rational"}

    def draw(self, rng: TaskRng, level: float) -> Params:
        percent = 5 * rng.integers(1, 15)
        fee = rng.integers(2, 30) if level >= 0.4 else 0
        return (
            rng.integers(2, ramp(level, 9, 25)),
            rng.integers(3, ramp(level, 40, 200)),
            percent,
            fee,
            story_number(rng),
        )

    def tell(self, n: int, p: int, percent: int, fee: int, story: int) -> tuple[str, ...]:
        a, x = person(story), good(story)
        post = f" Sending costs {fee} dollars more." if fee else ""
        return (
            f"{a} orders {n} {x} at {p} dollars each and gets {percent}% off.{post} What does "
            f"{a} pay in dollars? {EXACT}",
            f"The {x} are {p} dollars apiece, but today {percent}% less.{post} Find the cost in "
            f"dollars of {n} of them. {EXACT}",
            f"A shop takes {percent}% off the price of {p} dollars for each of {n} {x}.{post} How "
            f"many dollars must {a} pay? {EXACT}",
        )

    def solve(self, n: int, p: int, percent: int, fee: int, story: int) -> Worked:
        full = n * p
        cut = Fraction(full * percent, 100)
        right = full - cut + fee
        steps = [f"{n} * {p} = {full}", f"{percent}% of {full} = {cut}"]
        steps.append(f"{full} - {cut} = {full - cut}")
        if fee:
            steps.append(f"{full - cut} + {fee} = {right}")
        wrong = [cut, full + cut, Fraction(full - percent), p - Fraction(p * percent, 100)]
        return Worked(right, steps, [w for w in wrong if w > 0])


class Tickets(Tale):
    """Two sorts of tickets: how many of one, from the number and the sum of all."""

    since = 0.25

    def draw(self, rng: TaskRng, level: float) -> Params:
        low = rng.integers(2, ramp(level, 9, 30))
        top = ramp(level, 20, 90)
        high = low + rng.integers(1, 12)
        return low, high, rng.integers(3, top), rng.integers(3, top), story_number(rng)

    def tell(self, p: int, q: int, n: int, m: int, story: int) -> tuple[str, ...]:
        event = ("fair", "concert", "match", "museum")[story % 4]
        total, money = n + m, n * p + m * q
        return (
            f"A {event} sells {total} tickets for {money} dollars in all: children pay {p} "
            f"dollars, adults {q}. How many adults are there?",
            f"Child tickets of a {event} cost {p} dollars and adult tickets {q}. {total} people "
            f"paid {money} dollars together. Find the number of adults.",
            f"{total} visitors bring a {event} {money} dollars. A child's ticket is {p} dollars, "
            f"an adult's {q}. How many of them were adults?",
        )

    def solve(self, p: int, q: int, n: int, m: int, story: int) -> Worked:
        total, money = n + m, n * p + m * q
        steps = [
            f"All children would pay {total} * {p} = {total * p}",
            f"{money} - {total * p} = {money - total * p}",
            f"Each adult adds {q} - {p} = {q - p}: {money - total * p} / {q - p} = {m}",
        ]
        return Worked(m, steps, [n, money // q, money - total * p, m + 1])


class Offer(Tale):
    """Pay for fewer: every k-th thing is free."""

    since = 0.2

    def draw(self, rng: TaskRng, level: float) -> Params:
        k = rng.integers(3, ramp(level, 6, 9))
        return (
            k,
            rng.integers(k + 1, ramp(level, 30, 120)),
            rng.integers(2, ramp(level, 15, 60)),
            story_number(rng),
        )

    def tell(self, k: int, n: int, p: int, story: int) -> tuple[str, ...]:
        a, x = person(story), good(story)
        return (
            f"Every {k}th of the {x} bought is free; otherwise they cost {p} coins each. How many "
            f"coins does {a} pay for {n} of them?",
            f"{a} takes {n} {x} at {p} coins. In each full group of {k}, one is free. What is the "
            f"bill in coins?",
            f"A shop gives {k} {x} for the price of {k - 1}, singles at {p} coins. What is the "
            f"lowest price, in coins, for {n}?",
        )

    def solve(self, k: int, n: int, p: int, story: int) -> Worked:
        free = n // k
        right = (n - free) * p
        steps = [
            f"Free: {n} / {k} is {free} full groups, so {free}",
            f"{n} - {free} = {n - free}",
            f"{n - free} * {p} = {right}",
        ]
        return Worked(right, steps, [n * p, free * p, (n - k) * p, right - p])


class Packs(Tale):
    """Two pack sizes compared over the same amount."""

    since = 0.35

    def draw(self, rng: TaskRng, level: float) -> Params:
        a = rng.integers(2, ramp(level, 7, 12))
        b = a + rng.integers(1, 6)
        whole = a * b // gcd(a, b)
        p = rng.integers(a + 1, ramp(level, 30, 80))
        q = rng.integers(b, b * p // a + 1)
        if q * a == p * b:
            q -= 1
        return a, p, b, max(1, q), whole * rng.integers(1, ramp(level, 4, 8)), story_number(rng)

    def tell(self, a: int, p: int, b: int, q: int, n: int, story: int) -> tuple[str, ...]:
        x, name = good(story), person(story)
        return (
            f"{x[0].upper()}{x[1:]} come in packs of {a} for {p} coins or packs of {b} for {q} "
            f"coins. "
            f"{name} needs {n}. How many coins does the cheaper sort of pack save over the other?",
            f"{name} wants {n} {x}, all in packs of one sort: {a} for {p} coins, or {b} for {q} "
            "coins. By how many coins do the two bills differ?",
            f"Find the difference in coins between buying {n} {x} in packs of {a} at {p} coins and "
            f"in packs of {b} at {q} coins.",
        )

    def solve(self, a: int, p: int, b: int, q: int, n: int, story: int) -> Worked:
        first, second = n // a * p, n // b * q
        gap = abs(first - second)
        steps = [
            f"Packs of {a}: {n} / {a} = {n // a}, {n // a} * {p} = {first}",
            f"Packs of {b}: {n} / {b} = {n // b}, {n // b} * {q} = {second}",
            f"{max(first, second)} - {min(first, second)} = {gap}",
        ]
        return Worked(gap, steps, [first, second, abs(p - q), first + second])


@register
class WordShopping(KindTopic):
    """Prices, bills and offers."""

    name = "word_shopping"
    group = "word_problems"
    summary = "Bills, change, unknown prices, discounts, offers, tickets."
    method = "Number times price for every line of the bill; then add, subtract or divide."
    phrasings = 3
    answer_form = {"kind": "integer"}
    kinds = (Change(), Unknown(), Discount(), Tickets(), Offer(), Packs())
