"""Angles in triangles and polygons, at parallel lines, on clocks and in circles."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import plus, polynomial

_DEGREES = "Answer in degrees, as a number."


class Polygon(Kind):
    """The last angle of a triangle, quadrilateral or bigger polygon."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        n = rng.integers(3, ramp(level, 5, 8))
        mean = 180 * (n - 2) // n
        angles: Params = ()
        for spread in range(45, 0, -1):  # narrower until the polygon is convex; 1 always is
            angles = tuple(
                rng.integers(max(5, mean - spread), min(175, mean + spread)) for _ in range(n - 1)
            )
            if 5 <= 180 * (n - 2) - sum(angles) <= 175:
                break
        return angles

    def canonical(self, *angles: int) -> Params:
        return tuple(sorted(angles))

    def tell(self, *angles: int) -> tuple[str, ...]:
        *most, last = map(str, angles)
        listed = f"{', '.join(most)} and {last} degrees"
        name = {2: "triangle", 3: "quadrilateral", 4: "pentagon", 5: "hexagon"}.get(
            len(angles), f"polygon with {len(angles) + 1} corners"
        )
        return (
            f"A {name} has angles of {listed}. What is the remaining angle? {_DEGREES}",
            f"All but one of the interior angles of a convex {name} are {listed}. Find the last. "
            f"{_DEGREES}",
            f"In a {name} the known angles measure {listed}. How large is the unknown one? "
            f"{_DEGREES}",
        )

    def solve(self, *angles: int) -> Worked:
        n = len(angles) + 1
        whole, known = 180 * (n - 2), sum(angles)
        right = whole - known
        steps = [
            f"Sum of all angles: 180 * {n - 2} = {whole}",
            f"{' + '.join(map(str, angles))} = {known}",
            f"{whole} - {known} = {right}",
        ]
        wrong = [w for w in (whole + 180 - known, whole - 180 - known, known) if w > 0]
        return Worked(right, steps, [*wrong, right + 10])


class Isosceles(Kind):
    """One angle of an isosceles triangle from another, or from an exterior one."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        ask = rng.integers(0, 4)
        return ask, rng.integers(11, 89) if ask in (0, 3) else rng.integers(6, 88) * 2

    def tell(self, ask: int, a: int) -> tuple[str, ...]:
        known, want = (
            (f"a base angle is {a}", "the angle between the equal sides"),
            (f"the angle between the equal sides is {a}", "each base angle"),
            (f"the exterior angle at the tip (between the equal sides) is {a}", "each base angle"),
            (f"a base angle is {a}", "the exterior angle at the tip (between the equal sides)"),
        )[ask]
        return (
            f"In an isosceles triangle {known} degrees. How large is {want}? {_DEGREES}",
            f"Two sides of a triangle are equal and {known} degrees. Find {want}. {_DEGREES}",
            f"An isosceles triangle is drawn so that {known} degrees. What does {want} measure? "
            f"{_DEGREES}",
        )

    def solve(self, ask: int, a: int) -> Worked:
        if ask == 0:
            right = 180 - 2 * a
            return Worked(right, [f"180 - 2 * {a} = {right}"], [180 - a, Fraction(180 - a, 2)])
        if ask == 1:
            right = (180 - a) // 2
            steps = [f"(180 - {a}) / 2 = {180 - a} / 2 = {right}"]
            return Worked(right, steps, [180 - a, 180 - 2 * a, right + 5])
        if ask == 2:
            right = a // 2
            steps = [f"The base angles together are the exterior angle: {a} / 2 = {right}"]
            return Worked(right, steps, [180 - a, Fraction(180 - a, 2), right + 5])
        steps = [f"The base angles together are the exterior angle: 2 * {a} = {2 * a}"]
        return Worked(2 * a, steps, [180 - 2 * a, 180 - a, 2 * a + 5])


class Transversal(Kind):
    """Angles p*x + q and r*x + s at two parallel lines."""

    since = 0.1

    def draw(self, rng: TaskRng, level: float) -> Params:
        corresponding = rng.integers(0, 2)
        x = rng.integers(5, ramp(level, 25, 30))
        p = rng.integers(2, 5)
        r = p + rng.integers(1, 4) if corresponding else rng.integers(1, 6)
        first = p * x + rng.integers(1, 20)
        second = first if corresponding else 180 - first
        return corresponding, p, first - p * x, r, second - r * x, x, rng.integers(0, 2)

    def canonical(self, c: int, p: int, q: int, r: int, s: int, x: int, ask: int) -> Params:
        return (c, p, q, r, s, ask)

    def tell(self, c: int, p: int, q: int, r: int, s: int, x: int, ask: int) -> tuple[str, ...]:
        one, two = polynomial((p, q)), polynomial((r, s))
        sort = "corresponding" if c else "co-interior"
        want = "x" if ask else "the first angle"
        return (
            f"A line crosses two parallel lines. Two {sort} angles measure {one} and {two} "
            f"degrees. What is {want}? {_DEGREES}",
            f"At two parallels cut by a transversal, {sort} angles are {one} and {two} (in "
            f"degrees). Find {want}. {_DEGREES}",
            f"Parallel lines are met by a third line; {one} and {two} degrees are {sort} angles. "
            f"Work out {want}. {_DEGREES}",
        )

    def solve(self, c: int, p: int, q: int, r: int, s: int, x: int, ask: int) -> Worked:
        if c:
            steps = [
                f"Corresponding angles are equal: {polynomial((p, q))} = {polynomial((r, s))}",
                f"{polynomial((r - p, 0))} = {q - s}",
            ]
        else:
            steps = [
                f"Co-interior angles add to 180: {polynomial((p + r, q + s))} = 180",
                f"{polynomial((p + r, 0))} = {180 - q - s}",
            ]
        steps.append(f"x = {x}")
        right = x
        if not ask:
            right = p * x + q
            steps.append(f"{p} * {x} {plus(q)} = {right}")
        other = Fraction(180 - q - s, p + r) if c else Fraction(q - s, r - p) if r != p else x + 1
        return Worked(right, steps, [other, 180 - right, p * x, right + 2])


class Ratio(Kind):
    """Angles of a polygon in a given ratio."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        n = rng.integers(3, ramp(level, 4, 6))
        return tuple(rng.integers(1, ramp(level, 8, 12)) + (n > 3) * 6 for _ in range(n))

    def canonical(self, *parts: int) -> Params:
        return tuple(sorted(parts))

    def tell(self, *parts: int) -> tuple[str, ...]:
        n = len(parts)
        name = {3: "triangle", 4: "quadrilateral", 5: "pentagon"}.get(n, f"polygon of {n} corners")
        ratio = ":".join(map(str, parts))
        exact = "Answer in degrees, exactly (a fraction if need be)."
        return (
            f"The angles of a {name} are in the ratio {ratio}. What is the largest? {exact}",
            f"A {name} has interior angles proportional to {ratio}. Find its largest angle. "
            f"{exact}",
            f"Divide the angle sum of a {name} in the ratio {ratio}. How big is the biggest part? "
            f"{exact}",
        )

    def solve(self, *parts: int) -> Worked:
        whole, total, top = 180 * (len(parts) - 2), sum(parts), max(parts)
        right = Fraction(whole * top, total)
        steps = [
            f"Sum: {whole}; parts: {' + '.join(map(str, parts))} = {total}",
            f"{whole} * {top} / {total} = {right}",
        ]
        wrong = [
            Fraction(whole * min(parts), total),
            Fraction(360 * top, total),
            Fraction(whole, total),
        ]
        return Worked(right, steps, [w for w in wrong if w != right])


class Regular(Kind):
    """Regular polygons: interior angle, exterior angle, diagonal-free facts."""

    since = 0.25

    def draw(self, rng: TaskRng, level: float) -> Params:
        return rng.integers(5, ramp(level, 30, 80)), rng.integers(0, 2)

    def tell(self, n: int, ask: int) -> tuple[str, ...]:
        exact = "Answer in degrees, exactly (a fraction if need be)."
        if ask:
            return (
                f"How large is each interior angle of a regular polygon with {n} sides? {exact}",
                f"Find the angle between neighbouring sides of a regular {n}-gon. {exact}",
                f"A regular polygon has {n} corners. What does the angle inside each measure? "
                f"{exact}",
            )
        return (
            f"Diagonals from one corner of a regular {n}-gon cut the angle there into {n - 2} "
            f"equal parts. How large is one part? {exact}",
            f"All corners of a regular {n}-gon are joined to one of them. Find the angle between "
            f"neighbouring segments there. {exact}",
            f"A side of a regular polygon with {n} sides is seen from a corner that is not one of "
            f"its ends. Under which angle? {exact}",
        )

    def solve(self, n: int, ask: int) -> Worked:
        inner = Fraction(180 * (n - 2), n)
        steps = [f"Sum: 180 * {n - 2} = {180 * (n - 2)}", f"{180 * (n - 2)} / {n} = {inner}"]
        if ask:
            return Worked(
                inner, steps, [Fraction(360, n), 180 * (n - 2), Fraction(180 * (n - 1), n)]
            )
        right = Fraction(180, n)
        steps.append(f"({inner}) / {n - 2} = {right}")
        return Worked(right, steps, [Fraction(360, n), inner, inner / (n - 1)])


class Clock(Kind):
    """The angle between the hands of a clock."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        return rng.integers(1, 13), rng.integers(1, 60) if level >= 0.3 else 2 * rng.integers(1, 30)

    def tell(self, hour: int, minute: int) -> tuple[str, ...]:
        exact = "Answer in degrees, exactly."
        return (
            f"What is the smaller angle between the hands of a clock at {hour}:{minute:02d}? "
            f"{exact}",
            f"A clock shows {hour}:{minute:02d}. Find the angle (at most 180) between its hour and "
            f"minute hand. {exact}",
            f"By how much do hour hand and minute hand differ in direction at {hour}:{minute:02d}, "
            f"taking the smaller angle? {exact}",
        )

    def solve(self, hour: int, minute: int) -> Worked:
        h, m = 30 * (hour % 12) + Fraction(minute, 2), 6 * minute
        gap = abs(h - m)
        right = min(gap, 360 - gap)
        steps = [
            f"Hour hand: 30 * {hour % 12} + {minute}/2 = {h}; minute hand: 6 * {minute} = {m}",
            f"Difference: {gap}" + (f", smaller angle 360 - {gap} = {right}" if gap > 180 else ""),
        ]
        still = abs(30 * (hour % 12) - m)
        return Worked(right, steps, [min(still, 360 - still), 360 - right, 180 - right])


class Circle(Kind):
    """Inscribed angles, and the isosceles triangle at the centre."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        return rng.integers(0, 3), rng.integers(5, 85), rng.integers(5, 85)

    def canonical(self, ask: int, a: int, b: int) -> Params:
        return ask, a, b if ask == 2 else 0

    def tell(self, ask: int, a: int, b: int) -> tuple[str, ...]:
        facts = (
            f"A, B, C lie on a circle with centre O; C is on the major arc AB and angle OAB = {a}",
            f"A, B, C lie on a circle with centre O; C is on the major arc AB and angle ACB = {a}",
            f"ABCD is inscribed in a circle; angle BAC = {a} and angle CAD = {b}",
        )[ask]
        want = ("angle ACB", "angle OAB", "angle BCD")[ask]
        return (
            f"{facts} degrees. What is {want}? {_DEGREES}",
            f"Find {want} if {facts} degrees. {_DEGREES}",
            f"Suppose that {facts} degrees. How large is {want}? {_DEGREES}",
        )

    def solve(self, ask: int, a: int, b: int) -> Worked:
        if ask == 0:
            steps = [
                f"OA = OB, so angle AOB = 180 - 2 * {a} = {180 - 2 * a}",
                f"The inscribed angle is half of it: {180 - 2 * a} / 2 = {90 - a}",
            ]
            return Worked(90 - a, steps, [180 - 2 * a, 2 * a, a + 90])
        if ask == 1:
            steps = [
                f"The central angle is twice the inscribed one: AOB = 2 * {a} = {2 * a}",
                f"OA = OB, so angle OAB = (180 - {2 * a}) / 2 = {90 - a}",
            ]
            return Worked(90 - a, steps, [2 * a, 180 - 2 * a, a + 90])
        steps = [
            f"Angle BAD = {a} + {b} = {a + b}",
            f"Opposite angles add to 180: 180 - {a + b} = {180 - a - b}",
        ]
        return Worked(180 - a - b, steps, [a + b, 180 - a, 2 * (a + b)])


@register
class Angles(KindTopic):
    """Angles in triangles, polygons, at parallels, on clocks and in circles."""

    name = "angles"
    group = "geometry"
    summary = "Unknown angles in polygons, at parallel lines, on clocks and in circles."
    method = "Write down which angles are equal or add up to 180 degrees, then solve."
    phrasings = 3
    answer_form = {"kind": "rational"}
    kinds = (Polygon(), Isosceles(), Clock(), Transversal(), Ratio(), Regular(), Circle())
