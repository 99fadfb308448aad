"""Word problems about shared work."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import KindTopic, Worked
from veragym.envs.text.maths.tales import Tale, good, person, story_number
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import EXACT

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
        return tuple(hours), drain, story_number(rng)

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
            who = ", ".join(f"{person(story, i)} in {h} hours" for i, h in enumerate(hours))
            facts = f"Working alone, {who}: that is how long each takes to {job}"
            done = f"{done} if all work together"
        return (
            f"{facts}. After how many hours is it true that {done}? {EXACT}",
            f"{facts}. Find the number of hours until {done}. {EXACT}",
            f"How many hours does it take until {done}? {facts}. {EXACT}",
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
        return m, rng.integers(2, ramp(level, 25, 60)), n + (m == n), story_number(rng)

    def tell(self, m: int, d: int, n: int, story: int) -> tuple[str, ...]:
        job = _JOBS[story % 6][0]
        return (
            f"{m} workers need {d} hours to {job}. How many hours do {n} workers need? {EXACT}",
            f"It takes {m} people {d} hours to {job}. Find the hours for {n} people at the same "
            f"pace. {EXACT}",
            f"With {m} helpers it takes {d} hours to {job}; all are equally fast. How long, in "
            f"hours, with {n}? {EXACT}",
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
            story_number(rng),
        )

    def tell(self, m: int, t: int, n: int, m2: int, t2: int, story: int) -> tuple[str, ...]:
        x = good(story)
        return (
            f"{m} machines make {n} {x} in {t} minutes. How many do {m2} machines make in {t2} "
            f"minutes?",
            f"In {t} minutes {m} equal machines turn out {n} {x}. Find the output of {m2} such "
            f"machines in {t2} minutes.",
            f"If {n} {x} take {m} machines {t} minutes, how many {x} come from {m2} machines "
            f"within {t2} minutes?",
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
        return both, both + rng.integers(1, ramp(level, 20, 60)), story_number(rng)

    def tell(self, both: int, a: int, story: int) -> tuple[str, ...]:
        x, y = person(story), person(story, 1)
        job = _JOBS[story % 6][0]
        return (
            f"{x} and {y} together {job} in {both} hours; {x} alone needs {a} hours. How many "
            f"hours does {y} alone need? {EXACT}",
            f"To {job}, {x} alone takes {a} hours, but with {y}'s help {both}. Find {y}'s time "
            f"alone in hours. {EXACT}",
            f"Two friends {job} in {both} hours when both work. One of them would need {a} hours. "
            f"How long would the other take, in hours? {EXACT}",
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
        return a, b, rng.integers(1, a - 1), story_number(rng)

    def tell(self, a: int, b: int, k: int, story: int) -> tuple[str, ...]:
        x, y = person(story), person(story, 1)
        job, done = _JOBS[story % 6]
        after = f"{k} hour{'s' * (k > 1)}"
        return (
            f"{x} can {job} in {a} hours, {y} in {b}. {x} starts alone; after {after} {y} joins. "
            f"How many hours after the start is it that {done}? {EXACT}",
            f"Alone, {x} needs {a} and {y} {b} hours to {job}. {x} works {after}, then both do. "
            f"Find the total time in hours until {done}. {EXACT}",
            f"{x} begins to {job}, which takes {a} hours alone. After {after} {y}, who would need "
            f"{b} hours, helps. How many hours does it all last? {EXACT}",
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
