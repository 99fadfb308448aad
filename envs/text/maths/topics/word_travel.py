"""Word problems about speeds, times and distances."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import KindTopic, Worked
from veragym.envs.text.maths.tales import Tale, person, story_number
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import EXACT


def _place(story: int) -> tuple[str, str]:
    towns = ("Ash", "Brook", "Cliff", "Dale", "Elm", "Ford", "Glen", "Hill")
    return towns[story % 8], towns[(story + 1 + story // 8 % 7) % 8]


class Leg(Tale):
    """Speed, time or distance from the two others, the time in minutes."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        minutes = 5 * rng.integers(2, ramp(level, 30, 90))
        return (
            rng.integers(0, 3),
            6 * rng.integers(1, ramp(level, 16, 25)),
            minutes,
            story_number(rng),
        )

    def tell(self, ask: int, v: int, minutes: int, story: int) -> tuple[str, ...]:
        a, (x, y) = person(story), _place(story)
        way = Fraction(v * minutes, 60)
        facts = (
            f"at {v} km/h and needs {minutes} minutes",
            f"the {way} km at {v} km/h",
            f"the {way} km in {minutes} minutes",
        )[ask]
        want = ("the distance in km", "the time in minutes", "the speed in km/h")[ask]
        return (
            f"{a} travels from {x} to {y} {facts}. What is {want}? {EXACT}",
            f"Going from {x} to {y}, {a} covers the way {facts}. Find {want}. {EXACT}"
            if ask == 0
            else f"Going from {x} to {y}, {a} covers {facts}. Find {want}. {EXACT}",
            f"Between {x} and {y} a coach goes {facts}. Work out {want}. {EXACT}",
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
            story_number(rng),
        )

    # Numbers: legs as (speed, hours); the second says whether hours or distances are told.

    def canonical(self, legs: tuple[Params, ...], by_way: int, story: int) -> Params:
        return tuple(sorted(legs)), by_way

    def tell(self, legs: tuple[Params, ...], by_way: int, story: int) -> tuple[str, ...]:
        a = person(story)
        if by_way:
            listed = [f"{v * t} km at {v} km/h" for v, t in legs]
        else:
            listed = [f"{t} hour{'s' * (t > 1)} at {v} km/h" for v, t in legs]
        text = ", then ".join(listed)
        return (
            f"{a} drives {text}. What is the average speed of the whole trip in km/h? {EXACT}",
            f"A trip consists of {text}. Find its mean speed in km/h. {EXACT}",
            f"A train goes {text}. At which constant speed (km/h) would it take just as long? "
            f"{EXACT}",
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
        return (
            chase,
            u,
            v,
            rng.integers(5, ramp(level, 60, 300)),
            rng.integers(0, 2),
            story_number(rng),
        )

    def tell(self, chase: int, u: int, v: int, way: int, ask: int, story: int) -> tuple[str, ...]:
        a, b = person(story), person(story, 1)
        if chase:
            facts = f"{a} is {way} km ahead and rides at {u} km/h; {b} follows at {v} km/h"
            want = f"how many km has {b} ridden" if ask else "how many hours have passed"
            event = f"when {b} catches up"
        else:
            facts = f"{a} and {b} start {way} km apart towards each other at {u} and {v} km/h"
            want = f"how many km has {b} gone" if ask else "how many hours have passed"
            event = "when they meet"
        return (
            f"{facts}. {want[0].upper()}{want[1:]} {event}? {EXACT}",
            f"On a straight road {facts}. Find {want} {event}. {EXACT}",
            f"Say {want} {event}, if {facts}. {EXACT}",
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
        return rng.integers(0, 3), v, w, way, story_number(rng)

    def tell(self, ask: int, v: int, w: int, way: int, story: int) -> tuple[str, ...]:
        a = person(story)
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
            f"{facts}. What is {want}? {EXACT}",
            f"{facts}. Find {want}. {EXACT}",
            f"A river trip: {facts}. Compute {want}. {EXACT}",
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
        return length, other, speed, rng.integers(8, 40) if meets else 0, story_number(rng)

    def tell(self, length: int, other: int, u: int, v: int, story: int) -> tuple[str, ...]:
        if v:
            facts = (
                f"a train {length} m long at {u} m/s meets one of {other} m that comes towards it "
                f"at {v} m/s"
            )
            want = "how many seconds does it take until they have passed each other"
        else:
            facts = f"a train {length} m long crosses a bridge of {other} m at {u} m/s"
            want = "how many seconds pass from its front entering to its end leaving"
        return (
            f"{facts[0].upper()}{facts[1:]}. {want[0].upper()}{want[1:]}? {EXACT}",
            f"If {facts}, {want}? {EXACT}",
            f"Imagine that {facts}. Then {want}? {EXACT}",
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
