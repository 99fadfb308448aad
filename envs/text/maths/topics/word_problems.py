"""Short word problems of four classical sorts: shopping, travel, shared work, ages."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.topics.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topics.word_multistep import NAMES

_EXACT = "Give the exact value."


class Tale(Kind):
    """A kind whose last number picks names and things, and is no part of the problem."""

    def canonical(self, *args: Any, **kwargs: Any) -> Params:
        return args[:-1]


def _tale(rng: TaskRng) -> int:
    return rng.integers(0, 1 << 20)


def _name(story: int, which: int = 0) -> str:
    """Two different names for which = 0 and 1, three for 2."""
    return NAMES[(story + which * (1 + story // 24 % 11)) % 24]


# -- shopping --------------------------------------------------------------------------------------

_GOODS = (
    "pens", "apples", "notebooks", "rolls", "postcards", "lemons", "candles", "mugs", "stickers",
    "ropes", "plants", "socks",
)  # fmt: skip


def _good(story: int, which: int = 0) -> str:
    step = (1, 5, 7, 11)[story // 3168 % 4]  # prime to 12, so that all names differ
    return _GOODS[(story // 264 + which * step) % 12]


class Change(Tale):
    """Several sorts of things are paid for with one sum."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        sorts = rng.integers(2, ramp(level, 3, 5))
        top, price = ramp(level, 8, 20), ramp(level, 10, 60)
        lines = tuple((rng.integers(2, top), rng.integers(2, price)) for _ in range(sorts))
        total = sum(n * p for n, p in lines)
        return lines, total + rng.integers(1, ramp(level, 20, 100)), _tale(rng)

    def canonical(self, lines: tuple[Params, ...], paid: int, story: int) -> Params:
        return tuple(sorted(lines)), paid

    def tell(self, lines: tuple[Params, ...], paid: int, story: int) -> tuple[str, ...]:
        a = _name(story)
        listed = [f"{n} {_good(story, i)} at {p} cents each" for i, (n, p) in enumerate(lines)]
        text = f"{', '.join(listed[:-1])} and {listed[-1]}"
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
        return n, rng.integers(2, price), m, rng.integers(2, price), _tale(rng)

    def tell(self, n: int, p: int, m: int, q: int, story: int) -> tuple[str, ...]:
        a, x, y = _name(story), _good(story), _good(story, 1)
        bill = n * p + m * q
        return (
            f"{a} pays {bill} coins for {n} {x} and {m} {y}. The {x} cost {p} coins each. What "
            f"does "
            f"one of the {y} cost, in coins?",
            f"A bill over {bill} coins lists {n} {x} at {p} coins each and {m} {y}. Find the "
            f"price of "
            f"one of the {y}.",
            f"{m} {y} and {n} {x} come to {bill} coins together. If each of the {x} is {p} coins, "
            f"how "
            f"many coins is each of the {y}?",
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
            _tale(rng),
        )

    def tell(self, n: int, p: int, percent: int, fee: int, story: int) -> tuple[str, ...]:
        a, x = _name(story), _good(story)
        post = f" Sending costs {fee} dollars more." if fee else ""
        return (
            f"{a} orders {n} {x} at {p} dollars each and gets {percent}% off.{post} What does "
            f"{a} pay in dollars? {_EXACT}",
            f"The {x} are {p} dollars apiece, but today {percent}% less.{post} Find the cost in "
            f"dollars of {n} of them. {_EXACT}",
            f"A shop takes {percent}% off the price of {p} dollars for each of {n} {x}.{post} How "
            f"many dollars must {a} pay? {_EXACT}",
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
        return low, high, rng.integers(3, top), rng.integers(3, top), _tale(rng)

    def tell(self, p: int, q: int, n: int, m: int, story: int) -> tuple[str, ...]:
        event = ("fair", "concert", "match", "museum")[story % 4]
        total, money = n + m, n * p + m * q
        return (
            f"A {event} sells {total} tickets for {money} dollars in all: children pay {p} "
            f"dollars, "
            f"adults {q}. How many adults are there?",
            f"Child tickets of a {event} cost {p} dollars and adult tickets {q}. {total} people "
            f"paid "
            f"{money} dollars together. Find the number of adults.",
            f"{total} visitors bring a {event} {money} dollars. A child's ticket is {p} dollars, "
            f"an "
            f"adult's {q}. How many of them were adults?",
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
            _tale(rng),
        )

    def tell(self, k: int, n: int, p: int, story: int) -> tuple[str, ...]:
        a, x = _name(story), _good(story)
        return (
            f"Every {k}th of the {x} bought is free; otherwise they cost {p} coins each. How many "
            f"coins does {a} pay for {n} of them?",
            f"{a} takes {n} {x} at {p} coins. In each full group of {k}, one is free. What is the "
            f"bill in coins?",
            f"A shop gives {k} {x} for the price of {k - 1}, singles at {p} coins. What is the "
            f"lowest "
            f"price, in coins, for {n}?",
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
        return a, p, b, max(1, q), whole * rng.integers(1, ramp(level, 4, 8)), _tale(rng)

    def tell(self, a: int, p: int, b: int, q: int, n: int, story: int) -> tuple[str, ...]:
        x, name = _good(story), _name(story)
        return (
            f"{x[0].upper()}{x[1:]} come in packs of {a} for {p} coins or packs of {b} for {q} "
            f"coins. "
            f"{name} needs {n}. How many coins does the cheaper sort of pack save over the other?",
            f"{name} wants {n} {x}, all in packs of one sort: {a} for {p} coins, or {b} for {q} "
            f"coins. "
            f"By how many coins do the two bills differ?",
            f"Find the difference in coins between buying {n} {x} in packs of {a} at {p} coins "
            f"and in "
            f"packs of {b} at {q} coins.",
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


# -- travel ----------------------------------------------------------------------------------------


def _place(story: int) -> tuple[str, str]:
    towns = ("Ash", "Brook", "Cliff", "Dale", "Elm", "Ford", "Glen", "Hill")
    return towns[story % 8], towns[(story + 1 + story // 8 % 7) % 8]


class Leg(Tale):
    """Speed, time or distance from the two others, the time in minutes."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        minutes = 5 * rng.integers(2, ramp(level, 30, 90))
        return rng.integers(0, 3), 6 * rng.integers(1, ramp(level, 16, 25)), minutes, _tale(rng)

    def tell(self, ask: int, v: int, minutes: int, story: int) -> tuple[str, ...]:
        a, (x, y) = _name(story), _place(story)
        way = Fraction(v * minutes, 60)
        facts = (
            f"at {v} km/h and needs {minutes} minutes",
            f"the {way} km at {v} km/h",
            f"the {way} km in {minutes} minutes",
        )[ask]
        want = ("the distance in km", "the time in minutes", "the speed in km/h")[ask]
        return (
            f"{a} travels from {x} to {y} {facts}. What is {want}? {_EXACT}",
            f"Going from {x} to {y}, {a} covers the way {facts}. Find {want}. {_EXACT}"
            if ask == 0
            else f"Going from {x} to {y}, {a} covers {facts}. Find {want}. {_EXACT}",
            f"Between {x} and {y} a coach goes {facts}. Work out {want}. {_EXACT}",
        )

    def solve(self, ask: int, v: int, minutes: int, story: int) -> Worked:
        hours, way = Fraction(minutes, 60), Fraction(v * minutes, 60)
        if ask == 0:
            steps = [f"{minutes} minutes = {hours} hours", f"{v} * {hours} = {way}"]
            return Worked(way, steps, [v * minutes, Fraction(v, 60), Fraction(v * minutes, 100)])
        if ask == 1:
            steps = [f"{way} / {v} = {hours} hours", f"{hours} * 60 = {minutes}"]
            return Worked(minutes, steps, [hours, 100 * hours, way * v])
        steps = [f"{minutes} minutes = {hours} hours", f"({way}) / ({hours}) = {v}"]
        return Worked(v, steps, [way / minutes, way * hours, Fraction(v * 60, 100)])


class Average(Tale):
    """The mean speed over two or three legs."""

    since = 0.1

    def draw(self, rng: TaskRng, level: float) -> Params:
        legs = rng.integers(2, ramp(level, 3, 4))
        top = ramp(level, 12, 25)
        return (
            tuple((5 * rng.integers(2, top), rng.integers(1, 6)) for _ in range(legs)),
            rng.integers(0, 2),
            _tale(rng),
        )

    # Numbers: legs as (speed, hours); the second says whether hours or distances are told.

    def canonical(self, legs: tuple[Params, ...], by_way: int, story: int) -> Params:
        return tuple(sorted(legs)), by_way

    def tell(self, legs: tuple[Params, ...], by_way: int, story: int) -> tuple[str, ...]:
        a = _name(story)
        if by_way:
            listed = [f"{v * t} km at {v} km/h" for v, t in legs]
        else:
            listed = [f"{t} hour{'s' * (t > 1)} at {v} km/h" for v, t in legs]
        text = ", then ".join(listed)
        return (
            f"{a} drives {text}. What is the average speed of the whole trip in km/h? {_EXACT}",
            f"A trip consists of {text}. Find its mean speed in km/h. {_EXACT}",
            f"A train goes {text}. At which constant speed (km/h) would it take just as long? "
            f"{_EXACT}",
        )

    def solve(self, legs: tuple[Params, ...], by_way: int, story: int) -> Worked:
        way, time = sum(v * t for v, t in legs), sum(t for _, t in legs)
        right = Fraction(way, time)
        steps = [
            f"Distance: {' + '.join(str(v * t) for v, t in legs)} = {way}",
            f"Time: {' + '.join(str(t) for _, t in legs)} = {time}",
            f"{way} / {time} = {right}",
        ]
        flat = Fraction(sum(v for v, _ in legs), len(legs))
        return Worked(right, steps, [flat, way, Fraction(way, len(legs)), right + 5])


class Meeting(Tale):
    """Towards each other, or one after the other."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        chase = rng.integers(0, 2)
        top = ramp(level, 20, 60)
        u = rng.integers(4, top)
        v = u + rng.integers(1, ramp(level, 12, 30)) if chase else rng.integers(4, top)
        return chase, u, v, rng.integers(5, ramp(level, 60, 300)), rng.integers(0, 2), _tale(rng)

    def tell(self, chase: int, u: int, v: int, way: int, ask: int, story: int) -> tuple[str, ...]:
        a, b = _name(story), _name(story, 1)
        if chase:
            facts = f"{a} is {way} km ahead and rides at {u} km/h; {b} follows at {v} km/h"
            want = f"how many km has {b} ridden" if ask else "how many hours have passed"
            event = f"when {b} catches up"
        else:
            facts = f"{a} and {b} start {way} km apart towards each other at {u} and {v} km/h"
            want = f"how many km has {b} gone" if ask else "how many hours have passed"
            event = "when they meet"
        return (
            f"{facts}. {want[0].upper()}{want[1:]} {event}? {_EXACT}",
            f"On a straight road {facts}. Find {want} {event}. {_EXACT}",
            f"Say {want} {event}, if {facts}. {_EXACT}",
        )

    def canonical(self, chase: int, u: int, v: int, way: int, ask: int, story: int) -> Params:
        if not chase and not ask:
            return (chase, *sorted((u, v)), way, ask)
        return chase, u, v, way, ask

    def solve(self, chase: int, u: int, v: int, way: int, ask: int, story: int) -> Worked:
        pace = v - u if chase else u + v
        time = Fraction(way, pace)
        steps = [
            f"The gap shrinks by {v} {'-' if chase else '+'} {u} = {pace} km per hour",
            f"{way} / {pace} = {time} hours",
        ]
        other = Fraction(way, u + v) if chase else Fraction(2 * way, pace)
        if ask:
            right = v * time
            steps.append(f"{v} * {time} = {right}")
            return Worked(right, steps, [u * time, v * other, time, Fraction(way, 2)])
        return Worked(time, steps, [other, Fraction(way, v), Fraction(way, u), time * v])


class River(Tale):
    """Speeds with and against a current."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        w = rng.integers(1, ramp(level, 6, 12))
        v = w + rng.integers(2, ramp(level, 15, 40))
        way = rng.integers(10, ramp(level, 60, 200))
        return rng.integers(0, 3), v, w, way, _tale(rng)

    def tell(self, ask: int, v: int, w: int, way: int, story: int) -> tuple[str, ...]:
        a = _name(story)
        if ask == 2:
            facts = (
                f"{a}'s boat makes {v} km/h in still water, the current {w} km/h. It goes {way} km "
                f"upstream and back"
            )
            want = "the total time in hours"
        else:
            facts = f"downstream {a}'s boat makes {v + w} km/h, upstream {v - w} km/h"
            facts = f"{facts[0].upper()}{facts[1:]}"
            want = "the speed of the current in km/h" if ask else "its speed in still water in km/h"
        return (
            f"{facts}. What is {want}? {_EXACT}",
            f"{facts}. Find {want}. {_EXACT}",
            f"A river trip: {facts}. Compute {want}. {_EXACT}",
        )

    def canonical(self, ask: int, v: int, w: int, way: int, story: int) -> Params:
        return ask, v, w, way if ask == 2 else 0

    def solve(self, ask: int, v: int, w: int, way: int, story: int) -> Worked:
        if ask == 0:
            return Worked(v, [f"({v + w} + {v - w}) / 2 = {v}"], [w, 2 * v, v + w, v - w])
        if ask == 1:
            return Worked(w, [f"({v + w} - {v - w}) / 2 = {w}"], [2 * w, v, v - w])
        up, down = Fraction(way, v - w), Fraction(way, v + w)
        steps = [
            f"Upstream: {way} / ({v} - {w}) = {up}",
            f"Downstream: {way} / ({v} + {w}) = {down}",
            f"{up} + {down} = {up + down}",
        ]
        return Worked(up + down, steps, [Fraction(2 * way, v), up, Fraction(way, v), up - down])


class Train(Tale):
    """A train past a bridge, or past another train."""

    since = 0.2

    def draw(self, rng: TaskRng, level: float) -> Params:
        length = 10 * rng.integers(6, ramp(level, 25, 60))
        other = 10 * rng.integers(5, ramp(level, 40, 120))
        meets = rng.integers(0, 2)
        speed = rng.integers(8, ramp(level, 30, 60))
        return length, other, speed, rng.integers(8, 40) if meets else 0, _tale(rng)

    def tell(self, length: int, other: int, u: int, v: int, story: int) -> tuple[str, ...]:
        if v:
            facts = (
                f"a train {length} m long at {u} m/s meets one of {other} m that comes towards it "
                f"at "
                f"{v} m/s"
            )
            want = "how many seconds does it take until they have passed each other"
        else:
            facts = f"a train {length} m long crosses a bridge of {other} m at {u} m/s"
            want = "how many seconds pass from its front entering to its end leaving"
        return (
            f"{facts[0].upper()}{facts[1:]}. {want[0].upper()}{want[1:]}? {_EXACT}",
            f"If {facts}, {want}? {_EXACT}",
            f"Imagine that {facts}. Then {want}? {_EXACT}",
        )

    def solve(self, length: int, other: int, u: int, v: int, story: int) -> Worked:
        way, pace = length + other, u + v
        right = Fraction(way, pace)
        steps = [f"Way: {length} + {other} = {way}"]
        if v:
            steps.append(f"Speeds add: {u} + {v} = {pace}")
        steps.append(f"{way} / {pace} = {right}")
        wrong = [
            Fraction(other, pace),
            Fraction(length, pace),
            Fraction(way, u) if v else Fraction(way, 2 * u),
        ]
        return Worked(right, steps, wrong)


@register
class WordTravel(KindTopic):
    """Speeds, times, distances."""

    name = "word_travel"
    group = "word_problems"
    summary = "Travel: single legs, mean speeds, meeting and catching up, currents, trains."
    method = "Distance is speed times time; add speeds for a meeting, subtract them for a chase."
    phrasings = 3
    answer_form = {"kind": "rational"}
    kinds = (Leg(), Meeting(), Average(), Train(), River())


# -- shared work -----------------------------------------------------------------------------------

_JOBS = (
    ("paint a fence", "the fence is painted"),
    ("dig a ditch", "the ditch is dug"),
    ("type a report", "the report is typed"),
    ("clean a hall", "the hall is clean"),
    ("sort the mail", "the mail is sorted"),
    ("pick a field", "the field is picked"),
)


class Together(Tale):
    """Two or three workers at once, or one of them undoing the work."""

    # Numbers: (hours each needs, sign of the last, story).

    def draw(self, rng: TaskRng, level: float) -> Params:
        count = 3 if level >= 0.35 and rng.integers(0, 2) else 2
        top = ramp(level, 22, 40)
        hours = [rng.integers(2, top) for _ in range(count)]
        drain = 1 if rng.integers(0, 3) == 0 else 0
        if drain:
            hours[-1] = max(hours) + rng.integers(1, 20)
        return tuple(hours), drain, _tale(rng)

    def canonical(self, hours: tuple[int, ...], drain: int, story: int) -> Params:
        if drain:
            return (*sorted(hours[:-1]), hours[-1], drain)
        return (*sorted(hours), drain)

    def tell(self, hours: tuple[int, ...], drain: int, story: int) -> tuple[str, ...]:
        if drain:
            pipes = " and ".join(f"{h} hours" for h in hours[:-1])
            one = "One pipe fills" if len(hours) == 2 else "Two pipes fill"
            alone = "" if len(hours) == 2 else " (each alone)"
            facts = f"{one} a tank in {pipes}{alone}, a drain empties it in {hours[-1]} hours"
            done = "the empty tank is full, with all of them open"
        else:
            job, done = _JOBS[story % 6]
            who = ", ".join(f"{_name(story, i)} in {h} hours" for i, h in enumerate(hours))
            facts = f"Working alone, {who}: that is how long each takes to {job}"
            done = f"{done} if all work together"
        return (
            f"{facts}. After how many hours is it true that {done}? {_EXACT}",
            f"{facts}. Find the number of hours until {done}. {_EXACT}",
            f"How many hours does it take until {done}? {facts}. {_EXACT}",
        )

    def solve(self, hours: tuple[int, ...], drain: int, story: int) -> Worked:
        rates = [Fraction(1, h) for h in hours]
        if drain:
            rates[-1] = -rates[-1]
        rate = sum(rates, Fraction(0))
        right = 1 / rate
        text = " + ".join(map(str, rates[:-1])) + (
            f" - {-rates[-1]}" if drain else f" + {rates[-1]}"
        )
        steps = [f"Per hour: {text} = {rate}", f"1 / ({rate}) = {right}"]
        mean = Fraction(sum(hours), len(hours))
        plain = sum((Fraction(1, h) for h in hours), Fraction(0))
        return Worked(
            right, steps, [mean, rate, 1 / plain, Fraction(max(hours), len(hours)), right + 1]
        )


class Crew(Tale):
    """More workers, fewer days."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 20, 60)
        m, n = rng.integers(2, top), rng.integers(2, top)
        return m, rng.integers(2, ramp(level, 25, 60)), n + (m == n), _tale(rng)

    def tell(self, m: int, d: int, n: int, story: int) -> tuple[str, ...]:
        job = _JOBS[story % 6][0]
        return (
            f"{m} workers need {d} hours to {job}. How many hours do {n} workers need? {_EXACT}",
            f"It takes {m} people {d} hours to {job}. Find the hours for {n} people at the same "
            f"pace. "
            f"{_EXACT}",
            f"With {m} helpers it takes {d} hours to {job}; all are equally fast. How long, in "
            f"hours, "
            f"with {n}? {_EXACT}",
        )

    def canonical(self, m: int, d: int, n: int, story: int) -> Params:
        return m, d, n

    def solve(self, m: int, d: int, n: int, story: int) -> Worked:
        right = Fraction(m * d, n)
        steps = [f"Work: {m} * {d} = {m * d} worker hours", f"{m * d} / {n} = {right}"]
        return Worked(right, steps, [Fraction(n * d, m), m * d, Fraction(m * n, d), d + m - n])


class Output(Tale):
    """Machines, minutes, pieces: the rule of three, twice."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 9, 20)
        m, t, m2, t2 = (rng.integers(2, top) for _ in range(4))
        return (
            m,
            t,
            m * t * rng.integers(1, ramp(level, 5, 9)),
            m2 + (m2 == m),
            t2 + (t2 == t),
            _tale(rng),
        )

    def tell(self, m: int, t: int, n: int, m2: int, t2: int, story: int) -> tuple[str, ...]:
        x = _good(story)
        return (
            f"{m} machines make {n} {x} in {t} minutes. How many do {m2} machines make in {t2} "
            f"minutes?",
            f"In {t} minutes {m} equal machines turn out {n} {x}. Find the output of {m2} such "
            f"machines in {t2} minutes.",
            f"If {n} {x} take {m} machines {t} minutes, how many {x} come from {m2} machines "
            f"within "
            f"{t2} minutes?",
        )

    def solve(self, m: int, t: int, n: int, m2: int, t2: int, story: int) -> Worked:
        each = n // (m * t)
        right = each * m2 * t2
        steps = [
            f"One machine, one minute: {n} / ({m} * {t}) = {each}",
            f"{each} * {m2} * {t2} = {right}",
        ]
        return Worked(
            right, steps, [Fraction(n * m2, m), Fraction(n * t2, t), n * m2 * t2, right + each]
        )


class Alone(Tale):
    """One worker's time from the common time and the other's."""

    since = 0.2

    def draw(self, rng: TaskRng, level: float) -> Params:
        both = rng.integers(2, ramp(level, 15, 40))
        return both, both + rng.integers(1, ramp(level, 20, 60)), _tale(rng)

    def tell(self, both: int, a: int, story: int) -> tuple[str, ...]:
        x, y = _name(story), _name(story, 1)
        job = _JOBS[story % 6][0]
        return (
            f"{x} and {y} together {job} in {both} hours; {x} alone needs {a} hours. How many "
            f"hours "
            f"does {y} alone need? {_EXACT}",
            f"To {job}, {x} alone takes {a} hours, but with {y}'s help {both}. Find {y}'s time "
            f"alone "
            f"in hours. {_EXACT}",
            f"Two friends {job} in {both} hours when both work. One of them would need {a} hours. "
            f"How "
            f"long would the other take, in hours? {_EXACT}",
        )

    def solve(self, both: int, a: int, story: int) -> Worked:
        rate = Fraction(1, both) - Fraction(1, a)
        right = 1 / rate
        steps = [f"Per hour: 1/{both} - 1/{a} = {rate}", f"1 / ({rate}) = {right}"]
        return Worked(right, steps, [a - both, Fraction(both * a, both + a), rate, a + both])


class Joined(Tale):
    """One starts, the other joins later."""

    since = 0.35

    def draw(self, rng: TaskRng, level: float) -> Params:
        a, b = rng.integers(4, ramp(level, 20, 40)), rng.integers(3, ramp(level, 20, 40))
        return a, b, rng.integers(1, a - 1), _tale(rng)

    def tell(self, a: int, b: int, k: int, story: int) -> tuple[str, ...]:
        x, y = _name(story), _name(story, 1)
        job, done = _JOBS[story % 6]
        after = f"{k} hour{'s' * (k > 1)}"
        return (
            f"{x} can {job} in {a} hours, {y} in {b}. {x} starts alone; after {after} {y} joins. "
            f"How "
            f"many hours after the start is it that {done}? {_EXACT}",
            f"Alone, {x} needs {a} and {y} {b} hours to {job}. {x} works {after}, then both do. "
            f"Find "
            f"the total time in hours until {done}. {_EXACT}",
            f"{x} begins to {job}, which takes {a} hours alone. After {after} {y}, who would need "
            f"{b} "
            f"hours, helps. How many hours does it all last? {_EXACT}",
        )

    def solve(self, a: int, b: int, k: int, story: int) -> Worked:
        left = 1 - Fraction(k, a)
        rate = Fraction(1, a) + Fraction(1, b)
        rest = left / rate
        steps = [
            f"Left after {k} hours: 1 - {Fraction(k, a)} = {left}",
            f"Together per hour: 1/{a} + 1/{b} = {rate}",
            f"({left}) / ({rate}) = {rest}",
            f"{k} + {rest} = {k + rest}",
        ]
        return Worked(k + rest, steps, [rest, 1 / rate, k + 1 / rate, k + left * b])


@register
class WordWorkRate(KindTopic):
    """Rates of work."""

    name = "word_work_rate"
    group = "word_problems"
    summary = "Shared work: together, alone, joined later, crews, machines, pipes and drains."
    method = "Add what each does per hour; the time is one divided by the common rate."
    phrasings = 3
    answer_form = {"kind": "rational"}
    kinds = (Together(), Crew(), Output(), Alone(), Joined())


# -- ages ------------------------------------------------------------------------------------------


_OLDEST = 100
"""Ages stay believable: about the oldest age told."""


class RatioSum(Tale):
    """Ages with a ratio (or a difference) and a sum."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        k = rng.integers(2, ramp(level, 6, 8))
        young = rng.integers(3, min(ramp(level, 25, 50), _OLDEST // k))
        more = rng.integers(-5, 20) if level >= 0.2 else 0
        return rng.integers(0, 2), k, young, more, _tale(rng)

    def tell(self, ask: int, k: int, young: int, more: int, story: int) -> tuple[str, ...]:
        a, b = _name(story), _name(story, 1)
        old = k * young + more
        extra = f" plus {more} years" if more > 0 else f" minus {-more} years" if more < 0 else ""
        want = a if ask else b
        return (
            f"{a}'s age is {k} times {b}'s age{extra}. Together they are {old + young} years old. "
            f"How "
            f"old is {want}?",
            f"The ages of {a} and {b} add up to {old + young}. {a}'s is {k} times {b}'s{extra}. "
            f"Find "
            f"{want}'s age.",
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
        return k, both - years, years, _tale(rng)

    def tell(self, k: int, young: int, years: int, story: int) -> tuple[str, ...]:
        a, b = _name(story), _name(story, 1)
        old = k * (young + years) - years
        return (
            f"{a} is {old} years old and {b} is {young}. In how many years will {a} be {k} times "
            f"as "
            f"old as {b}?",
            f"{b} is {young} and {a} {old}. How many years must pass until {a}'s age is {k} times "
            f"{b}'s?",
            f"Today the ages are {a}: {old}, {b}: {young}. Find the number of years after which "
            f"the "
            f"first is {k} times the second.",
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
        return k, m, y * unit, (k - m) // g * unit, rng.integers(0, 2), _tale(rng)

    def tell(self, k: int, m: int, b: int, t: int, ask: int, story: int) -> tuple[str, ...]:
        x, y = _name(story), _name(story, 1)
        want = x if ask else y
        later = f"in {t} year{'s' * (t > 1)}"
        return (
            f"{x} is {k} times as old as {y}; {later} it will be {m} times. How old is {want} now?",
            f"Today {x}'s age is {k} times {y}'s, {later} only {m} times. Find {want}'s age today.",
            f"{later[0].upper()}{later[1:]} {x} will be {m} times as old as {y}, now it is {k} "
            f"times. "
            f"What is {want}'s present age?",
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
        return start, tuple(links), rng.integers(0, 2), _tale(rng)

    def tell(self, start: int, links: tuple[Params, ...], ask: int, story: int) -> tuple[str, ...]:
        people = [_name(story, i) for i in range(len(links) + 1)]
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
        return k, young, ago, rng.integers(0, 2), _tale(rng)

    def tell(self, k: int, young: int, ago: int, ask: int, story: int) -> tuple[str, ...]:
        a, b = _name(story), _name(story, 1)
        total = (k + 1) * young + 2 * ago
        want = a if ask else b
        return (
            f"{a} and {b} are {total} years old together. {ago} years ago {a} was {k} times as "
            f"old as "
            f"{b}. How old is {want} today?",
            f"{ago} years back, {a}'s age was {k} times {b}'s; today the two add up to {total}. "
            f"Find "
            f"{want}'s present age.",
            f"The sum of {a}'s and {b}'s ages is {total}. It is {ago} years since {a} was {k} "
            f"times as "
            f"old as {b}. What is {want}'s age now?",
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
