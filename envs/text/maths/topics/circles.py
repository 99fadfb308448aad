"""Lengths and areas at circles, exact in terms of pi."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import pi_times


class Disc(Kind):
    """Area or circumference, from radius, diameter, or each other."""

    # Numbers: (given, wanted, r) with 0 radius, 1 diameter, 2 circumference, 3 area.

    def draw(self, rng: TaskRng, level: float) -> Params:
        r = rng.integers(2, ramp(level, 80, 400))
        given = rng.integers(0, 4)
        wanted = 5 - given if given > 1 else rng.integers(2, 4)
        return given, wanted, r

    def tell(self, given: int, wanted: int, r: int) -> tuple[str, ...]:
        known = (
            f"radius {r}",
            f"diameter {2 * r}",
            f"circumference {2 * r}*pi",
            f"area {r * r}*pi",
        )[given]
        want = "circumference" if wanted == 2 else "area"
        return (
            f"A circle has {known}. What is its {want} (in terms of pi)?",
            f"Find the exact {want} of a circle with {known}, using pi.",
            f"Express in terms of pi the {want} of a circle of {known}.",
        )

    def solve(self, given: int, wanted: int, r: int) -> Worked:
        steps = []
        if given == 1:
            steps.append(f"Radius: {2 * r} / 2 = {r}")
        if given == 2:
            steps.append(f"Radius: {2 * r}*pi / (2*pi) = {r}")
        if given == 3:
            steps.append(f"Radius: sqrt({r * r}) = {r}")
        if wanted == 2:
            steps.append(f"2 * pi * {r} = {2 * r}*pi")
            return Worked(f"{2 * r}*pi", steps, [f"{r}*pi", f"{r * r}*pi", f"{4 * r}*pi", 2 * r])
        steps.append(f"pi * {r}^2 = {r * r}*pi")
        return Worked(f"{r * r}*pi", steps, [f"{2 * r}*pi", f"{4 * r * r}*pi", r * r, f"{r}*pi"])


class Sector(Kind):
    """Area, arc or perimeter of a sector."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        step = 30 if level < 0.5 else 5
        degrees = step * rng.integers(1, 360 // step)
        if degrees == 180:
            degrees += step
        return (
            degrees,
            rng.integers(2, ramp(level, 20, 60)),
            rng.integers(0, 3 if level >= 0.3 else 2),
        )

    def tell(self, degrees: int, r: int, ask: int) -> tuple[str, ...]:
        want = ("area", "arc length", "perimeter (arc and two radii)")[ask]
        return (
            f"A circular sector has radius {r} and angle {degrees} degrees. What is its {want}, in "
            f"terms of pi?",
            f"Find the exact {want} of a sector of {degrees} degrees cut from a circle of radius "
            f"{r}. Use pi.",
            f"From a disc of radius {r} a slice with angle {degrees} degrees is cut. Express its "
            f"{want} with pi.",
        )

    def solve(self, degrees: int, r: int, ask: int) -> Worked:
        part = Fraction(degrees, 360)
        area, arc = part * r * r, part * 2 * r
        steps = [f"Share of the circle: {degrees}/360 = {part}"]
        if ask == 0:
            steps.append(f"{part} * pi * {r}^2 = {pi_times(area)}")
            return Worked(
                pi_times(area),
                steps,
                [pi_times(arc), pi_times((1 - part) * r * r), pi_times(r * r)],
            )
        steps.append(f"{part} * 2 * pi * {r} = {pi_times(arc)}")
        if ask == 1:
            return Worked(
                pi_times(arc),
                steps,
                [pi_times(area), pi_times(2 * r - arc), pi_times(part * r), pi_times(2 * arc)],
            )
        right = pi_times(arc, 2 * r)
        steps.append(f"With the two radii: {right}")
        return Worked(right, steps, [pi_times(arc), pi_times(arc, r), pi_times(2 * r - arc, 2 * r)])


class Ring(Kind):
    """The area between two circles with one centre."""

    since = 0.2

    def draw(self, rng: TaskRng, level: float) -> Params:
        r = rng.integers(1, ramp(level, 15, 60))
        return r, r + rng.integers(1, ramp(level, 10, 40))

    def tell(self, r: int, big: int) -> tuple[str, ...]:
        return (
            f"Two circles share a centre and have radii {r} and {big}. What is the area between "
            f"them, in terms of pi?",
            f"Find the exact area of a ring with inner radius {r} and outer radius {big}. Use pi.",
            f"A disc of radius {big} has a round hole of radius {r} in its middle. Express the "
            "area that is left with pi.",
        )

    def solve(self, r: int, big: int) -> Worked:
        right = pi_times(big * big - r * r)
        steps = [f"{big}^2 - {r}^2 = {big * big} - {r * r} = {big * big - r * r}", f"Area: {right}"]
        return Worked(
            right,
            steps,
            [pi_times((big - r) ** 2), pi_times(big * big + r * r), pi_times(2 * (big - r))],
        )


class HalfDisc(Kind):
    """Figures of a square and parts of circles."""

    since = 0.4

    def draw(self, rng: TaskRng, level: float) -> Params:
        return rng.integers(0, 4), rng.integers(2, ramp(level, 40, 120))

    def tell(self, ask: int, r: int) -> tuple[str, ...]:
        facts, want = (
            (f"a half disc with radius {r}", "perimeter, diameter included"),
            (
                f"what is left of a square with side {2 * r} after the largest disc is cut out",
                "area",
            ),
            (
                f"a {2 * r} by {r} rectangle with a half disc put on a side of length {2 * r}",
                "area",
            ),
            (
                f"the segment cut from a disc of radius {r} by a chord seen from the centre at 90 "
                f"degrees (the smaller piece)",
                "area",
            ),
        )[ask]
        return (
            f"What is the {want}, of {facts}? Use pi.",
            f"Find exactly, in terms of pi, the {want}, of this figure: {facts}.",
            f"Take {facts}. Express its {want}, with pi.",
        )

    def solve(self, ask: int, r: int) -> Worked:
        if ask == 0:
            right = pi_times(r, 2 * r)
            steps = [f"Half circle: {pi_times(r)}; diameter: {2 * r}", f"Together: {right}"]
            return Worked(right, steps, [pi_times(r), pi_times(2 * r, 2 * r), pi_times(r, r)])
        if ask == 1:
            right = pi_times(-r * r, 4 * r * r)
            steps = [f"Square: {4 * r * r}; disc: {pi_times(r * r)}", f"Left: {right}"]
            return Worked(
                right,
                steps,
                [
                    pi_times(-r * r, 2 * r * r),
                    pi_times(-4 * r * r, 4 * r * r),
                    pi_times(r * r, 4 * r * r),
                ],
            )
        if ask == 2:
            half = Fraction(r * r, 2)
            right = pi_times(half, 2 * r * r)
            steps = [f"Rectangle: {2 * r * r}; half disc: {pi_times(half)}", f"Together: {right}"]
            return Worked(
                right, steps, [pi_times(r * r, 2 * r * r), pi_times(half), pi_times(half, r * r)]
            )
        quarter = Fraction(r * r, 4)
        right = pi_times(quarter, -Fraction(r * r, 2))
        steps = [
            f"Quarter disc: {pi_times(quarter)}; right triangle: {r} * {r} / 2 = "
            f"{Fraction(r * r, 2)}",
            f"Segment: {right}",
        ]
        return Worked(
            right,
            steps,
            [pi_times(quarter), pi_times(quarter, Fraction(r * r, 2)), pi_times(quarter, -r * r)],
        )


@register
class CircleMeasures(KindTopic):
    """Lengths and areas at circles, as multiples of pi."""

    name = "circle_measures"
    group = "geometry"
    summary = "Circumference, area, sectors, rings and segments, exact in terms of pi."
    method = "Find the radius; area is pi*r^2, circumference 2*pi*r; take the share that is there."
    phrasings = 3
    answer_form = {"kind": "value"}
    kinds = (Disc(), Sector(), Ring(), HalfDisc())
