"""Chances given something already known."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.chances import FACES, LOWEST_FORM, WANTED, probability_text, sum_counts
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register


class TwoMachines(Kind):
    """Bayes: which of two or three sources a marked thing came from."""

    # Numbers: per source (made, of them faulty), and the source asked for.

    def draw(self, rng: TaskRng, level: float) -> Params:
        count = 3 if level >= 0.5 else 2
        scale = ramp(level, 5, 20)
        sources = []
        for _ in range(count):
            made = rng.integers(3, 11) * scale
            sources.append((made, rng.integers(1, min(scale * 2, made // 2))))
        return tuple(sources), rng.integers(0, count)

    def canonical(self, sources: tuple[tuple[int, int], ...], ask: int) -> Params:
        return sources[ask], tuple(sorted(s for i, s in enumerate(sources) if i != ask))

    def tell(self, sources: tuple[tuple[int, int], ...], ask: int) -> tuple[str, ...]:
        facts = "; ".join(
            f"machine {name} made {made}, {bad} faulty" for name, (made, bad) in zip("ABC", sources)
        )
        name = "ABC"[ask]
        return (
            f"Of the lamps in a crate, {facts}. A random lamp is faulty. What is the probability "
            f"that it is from {name}? {WANTED}",
            f"{facts[0].upper()}{facts[1:]}. One lamp is picked from all and turns out faulty. "
            f"Find the chance that {name} made it. {WANTED}",
            f"Given that a lamp chosen at random is faulty, how likely did it come from {name}, if "
            f"{facts}? {WANTED}",
        )

    def solve(self, sources: tuple[tuple[int, int], ...], ask: int) -> Worked:
        bad = [b for _, b in sources]
        total, made = sum(bad), sum(m for m, _ in sources)
        right = Fraction(bad[ask], total)
        steps = [
            f"Faulty lamps: {' + '.join(map(str, bad))} = {total}",
            f"From {'ABC'[ask]}: {bad[ask]}",
            probability_text(bad[ask], total),
        ]
        wrong = [Fraction(bad[ask], sources[ask][0]), Fraction(sources[ask][0], made)]
        return Worked(right, steps, [*wrong, Fraction(bad[ask], made), 1 - right])


class TwoUrns(Kind):
    """An urn is chosen, then a ball; given its colour, which urn was it?"""

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 8, 14)
        urns = tuple((rng.integers(1, top), rng.integers(1, top)) for _ in range(2))
        sides = rng.integers(3, ramp(level, 7, 10)) if level >= 0.35 else 2
        chosen = rng.integers(1, sides)
        return urns, chosen, sides, rng.integers(0, 2)

    def tell(
        self, urns: tuple[tuple[int, int], ...], chosen: int, sides: int, ask: int
    ) -> tuple[str, ...]:
        (a, b), (c, d) = urns
        p, q = Fraction(chosen, sides), 1 - Fraction(chosen, sides)
        bags = f"Bag 1 has {a} red and {b} blue balls, bag 2 has {c} red and {d} blue"
        return (
            f"{bags}. Bag 1 is chosen with probability {p}, bag 2 with {q}, then a ball is drawn. "
            f"It is red. What is the probability that it came from bag {ask + 1}? {WANTED}",
            f"{bags}. One takes bag 1 with chance {p}, else bag 2, and draws a red ball. Find the "
            f"probability that bag {ask + 1} was taken. {WANTED}",
            f"A ball is drawn from bag 1 (with probability {p}) or bag 2 ({q}). {bags}. Given that "
            f"the ball is red, how likely is bag {ask + 1}? {WANTED}",
        )

    def solve(self, urns: tuple[tuple[int, int], ...], chosen: int, sides: int, ask: int) -> Worked:
        (a, b), (c, d) = urns
        prior = Fraction(chosen, sides)
        joint = [prior * Fraction(a, a + b), (1 - prior) * Fraction(c, c + d)]
        total = joint[0] + joint[1]
        right = joint[ask] / total
        steps = [
            f"Bag 1 and red: {prior} * {Fraction(a, a + b)} = {joint[0]}",
            f"Bag 2 and red: {1 - prior} * {Fraction(c, c + d)} = {joint[1]}",
            f"Red: {joint[0]} + {joint[1]} = {total}",
            f"P = ({joint[ask]}) / ({total}) = {right}",
        ]
        flat = Fraction((a, c)[ask], a + c)
        wrong = [flat, joint[ask], (prior, 1 - prior)[ask], 1 - right, total]
        return Worked(right, steps, wrong)


class GivenSum(Kind):
    """Two dice with a known bound on the sum; probability that one shows v."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        f = FACES[rng.integers(0, ramp(min(level, 1.0), 3, 5))]
        s = rng.integers(f // 2 + 2, 2 * f - 1)
        above = rng.integers(0, 2)
        low, high = (max(1, s - f), f) if above else (1, min(f, s - 1))
        return f, s, above, rng.integers(low, high + 1)

    def tell(self, f: int, s: int, above: int, v: int) -> tuple[str, ...]:
        bound = "at least" if above else "at most"
        return (
            f"Two fair {f}-sided dice are rolled and the sum is {bound} {s}. What is the "
            f"probability that the first die shows {v}? {WANTED}",
            f"Given that two {f}-sided dice add up to {bound} {s}, find the chance of a {v} on the "
            f"first one. {WANTED}",
            f"Someone rolls two fair {f}-sided dice and says: the sum is {bound} {s}. How likely "
            f"is it that the first is a {v}? {WANTED}",
        )

    def solve(self, f: int, s: int, above: int, v: int) -> Worked:
        counts = sum_counts((f, f))
        whole = sum(counts[s:]) if above else sum(counts[: s + 1])
        part = min(f, f - (s - v) + 1) if above else min(f, s - v)
        steps = [
            f"Pairs with that sum: {whole} of {f * f}",
            f"Of these with a {v} first: {part}",
            probability_text(part, whole),
        ]
        wrong = [
            Fraction(part, f * f),
            Fraction(1, f),
            Fraction(whole, f * f),
            Fraction(part + 1, whole),
        ]
        return Worked(Fraction(part, whole), steps, wrong)


class Table(Kind):
    """A two-way table of counts; one probability given one of its margins."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 20, 90)
        return tuple(rng.integers(2, top) for _ in range(4)), rng.integers(0, 4)

    def tell(self, cells: tuple[int, ...], ask: int) -> tuple[str, ...]:
        a, b, c, d = cells
        facts = (
            f"Of {a + b} adults, {a} like jazz and {b} do not; of {c + d} children, {c} like jazz "
            f"and {d} do not"
        )
        given, event = (
            ("likes jazz", "an adult"),
            ("likes jazz", "a child"),
            ("does not like jazz", "an adult"),
            ("does not like jazz", "a child"),
        )[ask]
        return (
            f"{facts}. A random person {given}. What is the probability that it is {event}? "
            f"{WANTED}",
            f"{facts}. Find the chance that somebody picked from all is {event}, given that the "
            f"person {given}. {WANTED}",
            f"In a survey: {facts[0].lower()}{facts[1:]}. Among those of whom it is true that each "
            f"{given}, what fraction is {event[2:].strip()}{'s' if ask % 2 == 0 else 'ren'}? "
            f"{WANTED}",
        )

    def solve(self, cells: tuple[int, ...], ask: int) -> Worked:
        a, b, c, d = cells
        column = (a, c) if ask < 2 else (b, d)
        part, whole = column[ask % 2], sum(column)
        row = (a + b, c + d)[ask % 2]
        steps = [
            f"People in the given group: {column[0]} + {column[1]} = {whole}",
            f"Of these wanted: {part}",
            probability_text(part, whole),
        ]
        right = Fraction(part, whole)
        return Worked(right, steps, [Fraction(part, row), Fraction(part, sum(cells)), 1 - right])


class Testing(Kind):
    """A test with known hit and false-alarm rates."""

    since = 0.3

    # Numbers: rate 1/n, hits h out of 20, false alarms f out of 20.

    def draw(self, rng: TaskRng, level: float) -> Params:
        n = rng.integers(5, ramp(level, 30, 200))
        return (
            n,
            rng.integers(12, 20),
            rng.integers(1, ramp(min(level, 1.0), 8, 6)),
            rng.integers(0, 2),
        )

    def tell(self, n: int, h: int, f: int, ask: int) -> tuple[str, ...]:
        hit, alarm = Fraction(h, 20), Fraction(f, 20)
        result = "negative" if ask else "positive"
        return (
            f"1 in {n} has a disease. A test is positive for {hit} of the ill and {alarm} of the "
            f"healthy. Someone tests {result}. What is the probability of being ill? {WANTED}",
            f"A test detects {hit} of ill people and wrongly flags {alarm} of healthy ones; a "
            f"fraction 1/{n} is ill. Find the chance of illness after a {result} test. {WANTED}",
            f"Illness has rate 1/{n}. P(positive | ill) = {hit}, P(positive | healthy) = {alarm}. "
            f"Compute P(ill | {result}). {WANTED}",
        )

    def solve(self, n: int, h: int, f: int, ask: int) -> Worked:
        ill, well = Fraction(1, n), Fraction(n - 1, n)
        hit, alarm = Fraction(h, 20), Fraction(f, 20)
        if ask:
            hit, alarm = 1 - hit, 1 - alarm
        first, second = ill * hit, well * alarm
        right = first / (first + second)
        steps = [
            f"Ill and that result: {ill} * {hit} = {first}",
            f"Healthy and that result: {well} * {alarm} = {second}",
            f"P = ({first}) / ({first} + {second}) = {right}",
        ]
        return Worked(right, steps, [hit, first, hit / (hit + alarm), 1 - right])


@register
class ConditionalProbability(KindTopic):
    """Probabilities under a condition, forward and backward."""

    name = "conditional_probability"
    group = "probability"
    summary = "Conditional probability and Bayes' rule with machines, bags, dice, tables and tests."
    method = "Divide the chance of event and condition together by the chance of the condition."
    phrasings = 3
    answer_form = LOWEST_FORM
    kinds = (TwoMachines(), TwoUrns(), GivenSum(), Table(), Testing())
