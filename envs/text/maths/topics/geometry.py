"""Geometry by formula: areas, right triangles, angles, circles, coordinates, solids."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.topics.exact import (
    multiple,
    pi_times,
    plus,
    polynomial,
    root_of,
    signed,
)
from veragym.envs.text.maths.topics.kinds import Kind, KindTopic, Worked

_VALUE = {"kind": "value"}
_RATIONAL = {"kind": "rational"}
_TUPLE = {"kind": "tuple"}
_LINE = {"kind": "equation", "variables": ["x", "y"]}

_TRIPLES = (
    (3, 4, 5),
    (5, 12, 13),
    (8, 15, 17),
    (7, 24, 25),
    (20, 21, 29),
    (12, 35, 37),
    (9, 40, 41),
    (28, 45, 53),
)


def right_triangle(rng: TaskRng, level: float) -> tuple[int, int, int]:
    """Legs and hypotenuse of a right triangle with whole sides, legs in random order."""
    a, b, c = _TRIPLES[rng.integers(0, ramp(min(level, 1.0), 5, 8))]
    k = rng.integers(1, ramp(level, 9, 16))
    if rng.integers(0, 2):
        a, b = b, a
    return k * a, k * b, k * c


def _sides(rng: TaskRng, level: float, count: int) -> tuple[int, ...]:
    top = ramp(level, 20, 90)
    return tuple(rng.integers(2, top) for _ in range(count))


# -- areas and perimeters --------------------------------------------------------------------------


class Rectangle(Kind):
    """From one side and the area or the perimeter, the other of these."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        return *_sides(rng, level, 2), rng.integers(0, 2)

    def tell(self, a: int, b: int, ask: int) -> tuple[str, ...]:
        area, around = a * b, 2 * (a + b)
        if ask:
            return (
                f"A rectangle has perimeter {around} and one side {a}. What is its area?",
                f"One side of a rectangle is {a}, its perimeter is {around}. Find the area.",
                f"A fence of length {around} encloses a rectangle that is {a} wide. How large is "
                f"the enclosed area?",
            )
        return (
            f"A rectangle has area {area} and one side {a}. What is its perimeter?",
            f"One side of a rectangle is {a}, its area is {area}. Find the perimeter.",
            f"A rectangular field of area {area} is {a} wide. How long is a fence around it?",
        )

    def solve(self, a: int, b: int, ask: int) -> Worked:
        if ask:
            around = 2 * (a + b)
            steps = [f"Other side: {around} / 2 - {a} = {b}", f"Area: {a} * {b} = {a * b}"]
            return Worked(a * b, steps, [a * (around - a), a * b * 2, around - a])
        steps = [f"Other side: {a * b} / {a} = {b}", f"Perimeter: 2 * ({a} + {b}) = {2 * (a + b)}"]
        return Worked(2 * (a + b), steps, [a + b, a * b - a, 2 * a + b])


class Flat(Kind):
    """Triangle, parallelogram, trapezoid or rhombus by its formula."""

    until = 0.9

    def draw(self, rng: TaskRng, level: float) -> Params:
        return rng.integers(0, 3), *_sides(rng, level, 3)

    def canonical(self, shape: int, a: int, b: int, h: int) -> Params:
        return (shape, *sorted((a, b)), h if shape == 2 else 0)

    def tell(self, shape: int, a: int, b: int, h: int) -> tuple[str, ...]:
        facts = (
            f"a triangle with base {a} and height {b}",
            f"a rhombus with diagonals {a} and {b}",
            f"a trapezoid with parallel sides {a} and {b}, {h} apart",
        )[shape]
        return (
            f"What is the area of {facts}?",
            f"Find how much surface {facts} covers.",
            f"Given {facts}: compute its area.",
        )

    def solve(self, shape: int, a: int, b: int, h: int) -> Worked:
        if shape == 2:
            right = Fraction((a + b) * h, 2)
            steps = [f"({a} + {b}) / 2 * {h} = {a + b} / 2 * {h} = {right}"]
            return Worked(right, steps, [2 * right, Fraction(a * b * h, 2), Fraction(a * h, 2)])
        right = Fraction(a * b, 2)
        return Worked(
            right, [f"{a} * {b} / 2 = {a * b} / 2 = {right}"], [2 * right, a + b, right + 1]
        )


class Corner(Kind):
    """A rectangle with a rectangular corner cut out: area or perimeter."""

    since = 0.15

    def draw(self, rng: TaskRng, level: float) -> Params:
        a, b, c, d = _sides(rng, level, 4)
        return a + c, b + d, c, d, rng.integers(0, 2)

    def tell(self, a: int, b: int, c: int, d: int, ask: int) -> tuple[str, ...]:
        what = "perimeter" if ask else "area"
        return (
            f"From the corner of a {a} by {b} rectangle a {c} by {d} rectangle is cut off (sides "
            f"{a} and {c} are parallel). What is the {what} of the remaining L-shape?",
            f"An L-shaped room is a {a} by {b} rectangle without a {c} by {d} rectangle in one "
            f"corner, {c} measured along {a}. Find its {what}.",
            f"Cut a {c} by {d} piece out of a corner of a {a} by {b} sheet, parallel to its edges "
            f"({c} along {a}). Which {what} has the rest?",
        )

    def solve(self, a: int, b: int, c: int, d: int, ask: int) -> Worked:
        if ask:
            right = 2 * (a + b)
            steps = [
                "Moving the two inner edges outwards does not change their lengths",
                f"2 * ({a} + {b}) = {right}",
            ]
            return Worked(right, steps, [right - 2 * (c + d), right + 2 * (c + d), right - c - d])
        right = a * b - c * d
        steps = [f"{a} * {b} = {a * b}", f"{c} * {d} = {c * d}", f"{a * b} - {c * d} = {right}"]
        return Worked(right, steps, [a * b + c * d, (a - c) * (b - d), a * b, right - c])


class Path(Kind):
    """A path of constant width around (or just inside) a rectangle."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        w = rng.integers(1, ramp(level, 4, 9))
        a, b = (2 * w + n for n in _sides(rng, level, 2))
        return a, b, w, rng.integers(0, 2)

    def tell(self, a: int, b: int, w: int, inside: int) -> tuple[str, ...]:
        where = "inside, along its edge" if inside else "outside, all around it"
        return (
            f"A garden measures {a} by {b}. A path {w} wide runs {where} (square corners). What is "
            f"the area of the path?",
            f"Find the area of a strip of width {w} that lies {where}, for a {a} by {b} lawn with "
            f"square corners.",
            f"How many unit tiles cover a border {w} wide, laid {where}, at a rectangular pool of "
            f"{a} by {b} with square corners?",
        )

    def canonical(self, a: int, b: int, w: int, inside: int) -> Params:
        return (*sorted((a, b)), w, inside)

    def solve(self, a: int, b: int, w: int, inside: int) -> Worked:
        s = -2 * w if inside else 2 * w
        other = (a + s) * (b + s)
        right = abs(other - a * b)
        big, small = max(other, a * b), min(other, a * b)
        steps = [
            f"The other edge: {a} {plus(s)} = {a + s} and {b} {plus(s)} = {b + s}",
            f"{a + s} * {b + s} = {other}",
            f"{big} - {small} = {right}",
        ]
        one = (a + s // 2) * (b + s // 2)
        return Worked(right, steps, [abs(one - a * b), 2 * (a + b) * w, other, right + 4])


class TrapezoidBack(Kind):
    """A trapezoid's missing side or height from its area."""

    since = 0.4

    def draw(self, rng: TaskRng, level: float) -> Params:
        a, b, h = _sides(rng, level, 3)
        return a, b, 2 * h, rng.integers(0, 2)

    def tell(self, a: int, b: int, h: int, ask: int) -> tuple[str, ...]:
        area = (a + b) * h // 2
        known = f"parallel sides {a} and {b}" if ask else f"one parallel side {a} and height {h}"
        want = "height" if ask else "other parallel side"
        return (
            f"A trapezoid of area {area} has {known}. What is its {want}?",
            f"Find the {want} of a trapezoid with {known} whose area is {area}.",
            f"The area of a trapezoid is {area}; it has {known}. How long is its {want}?",
        )

    def solve(self, a: int, b: int, h: int, ask: int) -> Worked:
        area = (a + b) * h // 2
        if ask:
            steps = [f"2 * {area} = {2 * area}", f"{2 * area} / ({a} + {b}) = {h}"]
            return Worked(h, steps, [Fraction(h, 2), Fraction(area, a), 2 * h])
        steps = [f"2 * {area} / {h} = {a + b}", f"{a + b} - {a} = {b}"]
        return Worked(b, steps, [a + b, Fraction(a + b, 2) - a, Fraction(area, h)])


class Similar(Kind):
    """Areas of similar figures."""

    since = 0.5

    def draw(self, rng: TaskRng, level: float) -> Params:
        p = rng.integers(2, ramp(level, 9, 20))
        q = p + rng.integers(1, ramp(level, 9, 20))
        return p, q, rng.integers(2, ramp(level, 15, 40)), rng.integers(0, 2)

    def tell(self, p: int, q: int, k: int, ask: int) -> tuple[str, ...]:
        area = k * p * p
        if ask:
            return (
                f"Two similar triangles have areas {area} and {k * q * q}. A side of the smaller "
                f"one "
                f"is {p * k}. How long is the matching side of the larger?",
                f"Similar figures cover {area} and {k * q * q} units. If an edge of the first is "
                f"{p * k}, find that edge in the second.",
                f"A shape of area {area} with a side {p * k} is enlarged to area {k * q * q}. What "
                f"becomes of that side?",
            )
        return (
            f"Two similar triangles have matching sides {p} and {q}. The first has area {area}. "
            f"What "
            f"is the area of the second?",
            f"A figure of area {area} is scaled so that a side of {p} becomes {q}. Find its new "
            f"area.",
            f"Matching edges of similar shapes are in the ratio {p}:{q}. The smaller covers "
            f"{area}; "
            f"how much does the larger cover?",
        )

    def solve(self, p: int, q: int, k: int, ask: int) -> Worked:
        ratio = Fraction(q, p)
        if ask:
            steps = [
                f"Areas: {k * q * q}/{k * p * p} = {ratio * ratio}, so sides: {ratio}",
                f"{p * k} * {ratio} = {q * k}",
            ]
            return Worked(q * k, steps, [p * k * ratio * ratio, p * k + q - p, p * k])
        right = k * q * q
        steps = [f"({ratio})^2 = {ratio * ratio}", f"{k * p * p} * {ratio * ratio} = {right}"]
        return Worked(right, steps, [k * p * p * ratio, k * p * p + q - p, k * p * q + 1])


@register
class AreaPerimeter(KindTopic):
    """Plane figures with straight edges."""

    name = "area_perimeter"
    group = "geometry"
    summary = "Areas and perimeters of rectangles, trapezoids, L-shapes, paths and similar figures."
    method = "Write down the formula of the figure; split or complete it into rectangles."
    phrasings = 3
    answer_form = _RATIONAL
    kinds = (Rectangle(), Flat(), Corner(), Path(), TrapezoidBack(), Similar())


# -- right triangles -------------------------------------------------------------------------------


class RightTriangle(Kind):
    """A side from the two others, in several settings."""

    # Numbers: (setting, x, y): even settings want sqrt(x*x + y*y), odd ones sqrt(x*x - y*y).

    def draw(self, rng: TaskRng, level: float) -> Params:
        setting = rng.integers(0, 6)
        if level < 0.3 or rng.integers(0, 4) == 0:
            a, b, c = right_triangle(rng, level)
            return (setting, a, b) if setting % 2 == 0 else (setting, c, a)
        top = ramp(level, 20, 60)
        x, y = rng.integers(1, top), rng.integers(1, top)
        return (setting, x, y) if setting % 2 == 0 else (setting, x + y, y)

    def canonical(self, setting: int, x: int, y: int) -> Params:
        return (setting, min(x, y), max(x, y))

    def tell(self, setting: int, x: int, y: int) -> tuple[str, ...]:
        exact = "Give the exact value."
        facts, want = (
            (f"a right triangle has legs {x} and {y}", "hypotenuse"),
            (f"a right triangle has hypotenuse {x} and a leg {y}", "other leg"),
            (f"a rectangle measures {x} by {y}", "diagonal"),
            (
                f"a ladder of length {x} stands with its foot {y} from a vertical wall",
                "reached height",
            ),
            (f"a rhombus has diagonals {2 * x} and {2 * y}", "side"),
            (f"an isosceles triangle has base {2 * y} and two sides {x}", "height on the base"),
        )[setting]
        return (
            f"{facts[0].upper()}{facts[1:]}. How long is the {want}? {exact}",
            f"Find the length of the {want}, if {facts}. {exact}",
            f"Given that {facts}, compute the {want}. {exact}",
        )

    def solve(self, setting: int, x: int, y: int) -> Worked:
        sign = -1 if setting % 2 else 1
        square = x * x + sign * y * y
        right = root_of(square)
        op = "-" if sign < 0 else "+"
        steps = []
        if setting == 4:
            steps.append(f"Half diagonals: {x} and {y}")
        if setting == 5:
            steps.append(f"Half the base: {y}")
        steps += [
            f"{x}^2 {op} {y}^2 = {x * x} {op} {y * y} = {square}",
            f"sqrt({square}) = {right}",
        ]
        wrong: list[int | str] = [root_of(x * x - sign * y * y)] if x > y else []
        return Worked(right, steps, [*wrong, x + sign * y, square, root_of(square + 1)])


class BoxDiagonal(Kind):
    """The space diagonal of a box."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        return tuple(rng.integers(1, ramp(level, 20, 60)) for _ in range(3))

    def canonical(self, *sides: int) -> Params:
        return tuple(sorted(sides))

    def tell(self, a: int, b: int, c: int) -> tuple[str, ...]:
        return (
            f"How long is the space diagonal of a {a} by {b} by {c} box? Give the exact value.",
            f"A box has edges {a}, {b} and {c}. Find the exact distance between opposite corners.",
            f"Compute exactly the longest straight rod that fits into a {a} x {b} x {c} crate.",
        )

    def solve(self, a: int, b: int, c: int) -> Worked:
        square = a * a + b * b + c * c
        steps = [
            f"{a}^2 + {b}^2 + {c}^2 = {a * a} + {b * b} + {c * c} = {square}",
            f"sqrt({square}) = {root_of(square)}",
        ]
        return Worked(root_of(square), steps, [a + b + c, root_of(a * a + b * b), square])


class Equilateral(Kind):
    """Height or area of an equilateral triangle, or its side from the height."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        return rng.integers(2, ramp(level, 60, 200)), rng.integers(0, 3)

    def tell(self, s: int, ask: int) -> tuple[str, ...]:
        known = "height" if ask == 2 else "side"
        want = ("height", "area", "side")[ask]
        return (
            f"An equilateral triangle has {known} {s}. What is its {want}? Give the exact value.",
            f"Find the exact {want} of an equilateral triangle whose {known} is {s}.",
            f"All angles of a triangle are 60 degrees and its {known} is {s}. Give the {want} "
            f"exactly.",
        )

    def solve(self, s: int, ask: int) -> Worked:
        if ask == 0:
            right = root_of(3, Fraction(s, 2))
            square = Fraction(3 * s * s, 4)
            steps = [
                f"{s}^2 - ({s}/2)^2 = {s * s} - {Fraction(s * s, 4)} = {square}",
                f"Height: sqrt({square}) = {right}",
            ]
            return Worked(right, steps, [root_of(3, s), Fraction(s, 2), root_of(2, Fraction(s, 2))])
        if ask == 1:
            right = root_of(3, Fraction(s * s, 4))
            steps = [
                f"{s}^2 - ({s}/2)^2 = {s * s} - {Fraction(s * s, 4)} = {Fraction(3 * s * s, 4)}",
                f"Height: {root_of(3, Fraction(s, 2))}",
                f"Half of {s} times the height: {right}",
            ]
            return Worked(right, steps, [root_of(3, Fraction(s * s, 2)), Fraction(s * s, 2), s * s])
        right = root_of(3, Fraction(2 * s, 3))
        steps = [
            f"side^2 - (side/2)^2 = 3/4 * side^2 = {s}^2 = {s * s}",
            f"side^2 = 4/3 * {s * s} = {Fraction(4 * s * s, 3)}",
            f"Side: {right}",
        ]
        return Worked(right, steps, [root_of(3, Fraction(s, 2)), 2 * s, root_of(3, Fraction(s, 3))])


class Altitude(Kind):
    """The height on the hypotenuse."""

    since = 0.5

    def draw(self, rng: TaskRng, level: float) -> Params:
        if rng.integers(0, 2):
            return right_triangle(rng, level)[:2]
        return rng.integers(1, ramp(level, 15, 40)), rng.integers(1, ramp(level, 15, 40))

    def canonical(self, a: int, b: int) -> Params:
        return min(a, b), max(a, b)

    def tell(self, a: int, b: int) -> tuple[str, ...]:
        return (
            f"A right triangle has legs {a} and {b}. How long is the height on the hypotenuse? "
            f"Give "
            f"the exact value.",
            f"Find the exact distance from the right angle to the hypotenuse, if the legs are {a} "
            f"and {b}.",
            f"The legs {a} and {b} of a triangle are perpendicular. Compute exactly the altitude "
            f"onto the third side.",
        )

    def solve(self, a: int, b: int) -> Worked:
        square = a * a + b * b
        right = root_of(square, Fraction(a * b, square))
        steps = [
            f"Hypotenuse: sqrt({a * a} + {b * b}) = {root_of(square)}",
            f"Twice the area: {a} * {b} = {a * b}",
            f"Height: {a * b} / ({root_of(square)}) = {right}",
        ]
        wrong = [root_of(square), root_of(square, Fraction(1, 2)), str(Fraction(a * b, 2))]
        return Worked(right, steps, wrong)


@register
class Pythagoras(KindTopic):
    """Sides of right triangles; radicals from the middle levels on."""

    name = "pythagoras"
    group = "geometry"
    summary = "Lengths from right triangles: whole numbers first, then radicals."
    method = "Find the right triangle; the squares of its legs add up to that of the hypotenuse."
    phrasings = 3
    answer_form = _VALUE
    kinds = (RightTriangle(), BoxDiagonal(), Equilateral(), Altitude())


# -- angles ----------------------------------------------------------------------------------------

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
            f"degrees. "
            f"What is {want}? {_DEGREES}",
            f"At two parallels cut by a transversal, {sort} angles are {one} and {two} (in "
            f"degrees). "
            f"Find {want}. {_DEGREES}",
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
            f"equal "
            f"parts. How large is one part? {exact}",
            f"All corners of a regular {n}-gon are joined to one of them. Find the angle between "
            f"neighbouring segments there. {exact}",
            f"A side of a regular polygon with {n} sides is seen from a corner that is not one of "
            f"its ends. Under "
            f"which angle? {exact}",
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
    answer_form = _RATIONAL
    kinds = (Polygon(), Isosceles(), Clock(), Transversal(), Ratio(), Regular(), Circle())


# -- circles ---------------------------------------------------------------------------------------


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
            f"{r}. "
            f"Use pi.",
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
            f"area "
            f"that is left with pi.",
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
    answer_form = _VALUE
    kinds = (Disc(), Sector(), Ring(), HalfDisc())


# -- coordinates -----------------------------------------------------------------------------------

Point = tuple[int, int]


def _point(rng: TaskRng, level: float) -> Point:
    size = ramp(level, 9, 30)
    return rng.integers(-size, size + 1), rng.integers(-size, size + 1)


def _two_points(rng: TaskRng, level: float) -> tuple[Point, Point]:
    """Two points that differ in both coordinates."""
    (x, y), (u, v) = _point(rng, level), _point(rng, level)
    return (x, y), (u + 1 if u == x else u, v - 1 if v == y else v)


def _text(x: int | Fraction, y: int | Fraction) -> str:
    return f"({x}, {y})"


class Distance(Kind):
    """Between two points."""

    answer_form = _VALUE

    def draw(self, rng: TaskRng, level: float) -> Params:
        p, q = _two_points(rng, level)
        if level < 0.3:
            a, b, _ = right_triangle(rng, 0.0)
            return p, (p[0] + a * rng.sign(), p[1] + b * rng.sign())
        return p, q

    def canonical(self, p: Point, q: Point) -> Params:
        return tuple(sorted((p, q)))

    def tell(self, p: Point, q: Point) -> tuple[str, ...]:
        return (
            f"How far apart are the points {_text(*p)} and {_text(*q)}? Give the exact value.",
            f"Find the exact distance from {_text(*p)} to {_text(*q)}.",
            f"A segment joins {_text(*p)} and {_text(*q)}. What is its exact length?",
        )

    def solve(self, p: Point, q: Point) -> Worked:
        dx, dy = q[0] - p[0], q[1] - p[1]
        square = dx * dx + dy * dy
        steps = [
            f"Differences: {dx} and {dy}",
            f"{dx * dx} + {dy * dy} = {square}",
            f"sqrt({square}) = {root_of(square)}",
        ]
        return Worked(root_of(square), steps, [abs(dx) + abs(dy), square, root_of(square + 1)])


class Dividing(Kind):
    """The midpoint, or a point that divides a segment in a given ratio."""

    answer_form = _TUPLE

    def draw(self, rng: TaskRng, level: float) -> Params:
        p, q = _two_points(rng, level)
        if level < 0.35 or rng.integers(0, 2):
            return p, q, 1, 1
        return p, q, rng.integers(1, 5), rng.integers(2, 6)

    def canonical(self, p: Point, q: Point, m: int, n: int) -> Params:
        return (*(sorted((p, q)) if m == n else (p, q)), m, n)

    def tell(self, p: Point, q: Point, m: int, n: int) -> tuple[str, ...]:
        form = "Answer as a point (x, y)."
        if m == n:
            return (
                f"What is the midpoint of {_text(*p)} and {_text(*q)}? {form}",
                f"A segment has ends {_text(*p)} and {_text(*q)}. Find its centre. {form}",
                f"Which point lies halfway between {_text(*p)} and {_text(*q)}? {form}",
            )
        return (
            f"Which point P of the segment from A{_text(*p)} to B{_text(*q)} has AP:PB = {m}:{n}? "
            f"{form}",
            f"Find the point dividing the segment from {_text(*p)} to {_text(*q)} in the ratio "
            f"{m}:{n}, counted from the first end. {form}",
            f"Walk from {_text(*p)} towards {_text(*q)} and stop when walked and remaining way are "
            f"as {m} to {n}. Where is that? {form}",
        )

    def solve(self, p: Point, q: Point, m: int, n: int) -> Worked:
        t = Fraction(m, m + n)
        x, y = (a + t * (b - a) for a, b in zip(p, q))
        steps = [
            f"x: {p[0]} + {t} * {signed(q[0] - p[0])} = {x}",
            f"y: {p[1]} + {t} * {signed(q[1] - p[1])} = {y}",
            f"Point: {_text(x, y)}",
        ]
        u, v = (b + t * (a - b) for a, b in zip(p, q))
        wrong = [
            _text(p[0] + q[0], p[1] + q[1]),
            _text(u, v),
            _text(q[0] - p[0], q[1] - p[1]),
            _text(y, x),
        ]
        return Worked(_text(x, y), steps, [*wrong, _text(x + 1, y)])


class LineThrough(Kind):
    """The line through two points."""

    answer_form = _LINE

    def draw(self, rng: TaskRng, level: float) -> Params:
        p, q = _two_points(rng, level)
        return p, q

    def canonical(self, p: Point, q: Point) -> Params:
        return tuple(sorted((p, q)))

    def tell(self, p: Point, q: Point) -> tuple[str, ...]:
        return (
            f"What is the equation of the line through {_text(*p)} and {_text(*q)}, in x and y?",
            f"A line passes through {_text(*p)} and {_text(*q)}. Write its equation in x and y.",
            f"Find an equation in x and y satisfied by all points on the line that joins "
            f"{_text(*p)} "
            f"to {_text(*q)}.",
        )

    def solve(self, p: Point, q: Point) -> Worked:
        slope = Fraction(q[1] - p[1], q[0] - p[0])
        cut = p[1] - slope * p[0]
        right = _line(slope, cut)
        steps = [
            f"Slope: ({q[1]} - {signed(p[1])}) / ({q[0]} - {signed(p[0])}) = {slope}",
            f"At x = 0: {p[1]} - ({slope}) * {signed(p[0])} = {cut}",
            right,
        ]
        return Worked(
            right, steps, [_line(-slope, cut), _line(slope, cut + 1), _line(1 / slope, cut + 2)]
        )


def _line(slope: Fraction, cut: Fraction) -> str:
    return f"y = {polynomial((slope, cut))}"


class LineThroughPoint(Kind):
    """Parallel or perpendicular to a given line through a given point."""

    since = 0.3
    answer_form = _LINE

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = ramp(level, 5, 12)
        a, b = rng.integers(1, size), rng.integers(1, size) * rng.sign()
        return (a, b, rng.integers(-20, 21)), _point(rng, level), rng.integers(0, 2)

    def tell(self, line: tuple[int, int, int], p: Point, ask: int) -> tuple[str, ...]:
        a, b, c = line
        given = f"{polynomial((a, 0))} {plus_y(b)} = {c}"
        how = "perpendicular" if ask else "parallel"
        return (
            f"Which line through {_text(*p)} is {how} to {given}? Give an equation in x and y.",
            f"Write an equation in x and y of the line through {_text(*p)} {how} to the line "
            f"{given}.",
            f"A line contains {_text(*p)} and is {how} to {given}. Find its equation in x and y.",
        )

    def solve(self, line: tuple[int, int, int], p: Point, ask: int) -> Worked:
        a, b, _ = line
        given = Fraction(-a, b)
        slope = -1 / given if ask else given
        cut = p[1] - slope * p[0]
        right = _line(slope, cut)
        steps = [f"Slope of the given line: {given}"]
        if ask:
            steps.append(f"Perpendicular slope: -1 / ({given}) = {slope}")
        steps += [f"At x = 0: {p[1]} - ({slope}) * {signed(p[0])} = {cut}", right]
        other = 1 / slope
        return Worked(
            right,
            steps,
            [
                _line(-slope, p[1] + slope * p[0]),
                _line(slope, cut + 1),
                _line(other, p[1] - other * p[0] + 2),
            ],
        )


def plus_y(b: int) -> str:
    """`b*y` as the next term of a sum."""
    return f"{'-' if b < 0 else '+'} {multiple(abs(b), 'y')}"


class TriangleArea(Kind):
    """A triangle by its corners."""

    since = 0.2
    answer_form = _RATIONAL

    def draw(self, rng: TaskRng, level: float) -> Params:
        p, q = _two_points(rng, level)
        r = _point(rng, level)
        if _double_area(p, q, r) == 0:
            r = (r[0] + 1, r[1])
        return p, q, r

    def canonical(self, *corners: Point) -> Params:
        return tuple(sorted(corners))

    def tell(self, p: Point, q: Point, r: Point) -> tuple[str, ...]:
        corners = f"{_text(*p)}, {_text(*q)} and {_text(*r)}"
        return (
            f"What is the area of the triangle with corners {corners}?",
            f"Three points {corners} form a triangle. Find its area exactly.",
            f"Compute the exact area enclosed by the segments between {corners}.",
        )

    def solve(self, p: Point, q: Point, r: Point) -> Worked:
        a, b = q[0] - p[0], q[1] - p[1]
        c, d = r[0] - p[0], r[1] - p[1]
        double = a * d - b * c
        right = Fraction(abs(double), 2)
        steps = [
            f"Edge vectors from {_text(*p)}: {_text(a, b)} and {_text(c, d)}",
            f"{a} * {signed(d)} - {signed(b)} * {signed(c)} = {double}",
            f"{abs(double)} / 2 = {right}",
        ]
        return Worked(right, steps, [2 * right, Fraction(abs(a * d + b * c), 2), right + 1])


def _double_area(p: Point, q: Point, r: Point) -> int:
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])


class Mirror(Kind):
    """A point reflected in a simple line or in another point."""

    answer_form = _TUPLE

    # Numbers: (mirror, k, l, point): 0 the line x = k, 1 y = k, 2 y = x + k, 3 the point (k, l).

    def draw(self, rng: TaskRng, level: float) -> Params:
        mirror = rng.integers(0, 4)
        x, y = _point(rng, level)
        k, other = rng.integers(-9, 10), rng.integers(-9, 10) if mirror == 3 else 0
        fixed = (x == k, y == k, y == x + k, (x, y) == (k, other))[mirror]
        return mirror, k + 1 if fixed else k, other, (x, y)

    def tell(self, mirror: int, k: int, other: int, p: Point) -> tuple[str, ...]:
        name = (
            f"the line x = {k}",
            f"the line y = {k}",
            f"the line y = {polynomial((1, k))}",
            f"the point ({k}, {other})",
        )[mirror]
        form = "Answer as a point (x, y)."
        return (
            f"The point {_text(*p)} is reflected in {name}. What is its image? {form}",
            f"Find the mirror image of {_text(*p)} with respect to {name}. {form}",
            f"Where does a reflection in {name} send {_text(*p)}? {form}",
        )

    def solve(self, mirror: int, k: int, other: int, p: Point) -> Worked:
        x, y = p
        if mirror == 0:
            right, steps = _text(2 * k - x, y), [f"x: 2 * {signed(k)} - {signed(x)} = {2 * k - x}"]
        elif mirror == 1:
            right, steps = _text(x, 2 * k - y), [f"y: 2 * {signed(k)} - {signed(y)} = {2 * k - y}"]
        elif mirror == 2:
            right = _text(y - k, x + k)
            steps = [f"x: {y} - {signed(k)} = {y - k}", f"y: {x} + {signed(k)} = {x + k}"]
        else:
            right = _text(2 * k - x, 2 * other - y)
            steps = [
                f"x: 2 * {signed(k)} - {signed(x)} = {2 * k - x}",
                f"y: 2 * {signed(other)} - {signed(y)} = {2 * other - y}",
            ]
        wrong = [
            _text(-x, y),
            _text(x, -y),
            _text(y, x),
            _text(k - x, y),
            _text(x + 1, y - 1),
            _text(x, y),
        ]
        return Worked(right, [*steps, f"Image: {right}"], wrong)


class Bisector(Kind):
    """The perpendicular bisector of a segment."""

    since = 0.5
    answer_form = _LINE

    def draw(self, rng: TaskRng, level: float) -> Params:
        return _two_points(rng, level)

    def canonical(self, p: Point, q: Point) -> Params:
        return tuple(sorted((p, q)))

    def tell(self, p: Point, q: Point) -> tuple[str, ...]:
        return (
            f"What is the equation, in x and y, of the perpendicular bisector of the segment from "
            f"{_text(*p)} to {_text(*q)}?",
            f"Which points are as far from {_text(*p)} as from {_text(*q)}? Give the equation of "
            f"that line in x and y.",
            f"Find an equation in x and y of the line that halves the segment between {_text(*p)} "
            f"and {_text(*q)} at a right angle.",
        )

    def solve(self, p: Point, q: Point) -> Worked:
        slope = Fraction(q[1] - p[1], q[0] - p[0])
        mx, my = Fraction(p[0] + q[0], 2), Fraction(p[1] + q[1], 2)
        turned = -1 / slope
        cut = my - turned * mx
        right = _line(turned, cut)
        steps = [
            f"Midpoint: {_text(mx, my)}",
            f"Slope of the segment: {slope}; of the bisector: {turned}",
            f"At x = 0: {my} - ({turned}) * ({mx}) = {cut}",
            right,
        ]
        through = my - slope * mx
        return Worked(
            right,
            steps,
            [_line(slope, through), _line(turned, cut + 1), _line(-turned, my + turned * mx)],
        )


@register
class CoordinateGeometry(KindTopic):
    """Points and lines in the plane."""

    name = "coordinate_geometry"
    group = "geometry"
    summary = "Distances, dividing points, lines, mirror images and triangles given by coordinates."
    method = "Work with differences of coordinates; a line is fixed by its slope and one point."
    phrasings = 3
    answer_form = _RATIONAL
    kinds = (
        Distance(),
        Dividing(),
        LineThrough(),
        Mirror(),
        TriangleArea(),
        LineThroughPoint(),
        Bisector(),
    )


# -- solids ----------------------------------------------------------------------------------------

_IN_PI = "Give it in terms of pi."


class Box(Kind):
    """Volume or surface of a box, or its height from these."""

    answer_form = _RATIONAL

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 12, 40)
        return *(rng.integers(2, top) for _ in range(3)), rng.integers(0, 4)

    def canonical(self, a: int, b: int, c: int, ask: int) -> Params:
        if ask < 2:
            return (*sorted((a, b, c)), ask)
        return (*sorted((a, b)), c, ask)

    def tell(self, a: int, b: int, c: int, ask: int) -> tuple[str, ...]:
        surface = 2 * (a * b + a * c + b * c)
        if ask < 2:
            want = "surface area" if ask else "volume"
            return (
                f"What is the {want} of a {a} by {b} by {c} box?",
                f"A box has edges {a}, {b} and {c}. Find its {want}.",
                f"Compute the {want} of a rectangular block that is {a} long, {b} wide and {c} "
                f"high.",
            )
        known = f"volume {a * b * c}" if ask == 2 else f"surface area {surface}"
        return (
            f"A box with base {a} by {b} has {known}. How high is it?",
            f"Find the height of a rectangular block with {known} that stands on a {a} by {b} "
            f"base.",
            f"The base of a box measures {a} by {b}; the box has {known}. What is the third edge?",
        )

    def solve(self, a: int, b: int, c: int, ask: int) -> Worked:
        volume, surface = a * b * c, 2 * (a * b + a * c + b * c)
        if ask == 0:
            steps = [f"{a} * {b} = {a * b}", f"{a * b} * {c} = {volume}"]
            return Worked(volume, steps, [surface, a * b + c, surface // 2])
        if ask == 1:
            steps = [
                f"{a}*{b} + {a}*{c} + {b}*{c} = {a * b} + {a * c} + {b * c} = {surface // 2}",
                f"2 * {surface // 2} = {surface}",
            ]
            return Worked(surface, steps, [surface // 2, volume, surface - a * b])
        if ask == 2:
            steps = [f"{a} * {b} = {a * b}", f"{volume} / {a * b} = {c}"]
            return Worked(c, steps, [Fraction(volume, a + b), Fraction(volume, a), b * c])
        steps = [
            f"Sides: {surface} - 2 * {a * b} = {surface - 2 * a * b}",
            f"Perimeter of the base: {2 * (a + b)}",
            f"{surface - 2 * a * b} / {2 * (a + b)} = {c}",
        ]
        return Worked(
            c, steps, [Fraction(surface, a * b), Fraction(surface - a * b, 2 * (a + b)), 2 * c]
        )


class Wedge(Kind):
    """A pyramid on a rectangle, or a prism on a right triangle."""

    answer_form = _RATIONAL

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 14, 50)
        return *(rng.integers(2, top) for _ in range(3)), rng.integers(0, 2)

    def canonical(self, a: int, b: int, h: int, prism: int) -> Params:
        return (*sorted((a, b)), h, prism)

    def tell(self, a: int, b: int, h: int, prism: int) -> tuple[str, ...]:
        if prism:
            facts = f"a prism of height {h} on a right triangle with legs {a} and {b}"
        else:
            facts = f"a pyramid of height {h} on a {a} by {b} rectangle"
        return (
            f"What is the volume of {facts}?",
            f"Find how much space {facts} takes up.",
            f"Given {facts}: compute its volume.",
        )

    def solve(self, a: int, b: int, h: int, prism: int) -> Worked:
        box, part = a * b * h, 2 if prism else 3
        right = Fraction(box, part)
        steps = [f"{a} * {b} * {h} = {box}", f"{box} / {part} = {right}"]
        return Worked(right, steps, [box, Fraction(box, 5 - part), Fraction(box, 6)])


class Round(Kind):
    """Cylinder, cone, sphere and half sphere."""

    since = 0.1
    answer_form = _VALUE

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 12, 40)
        return rng.integers(0, 4), rng.integers(2, top), rng.integers(2, top)

    def canonical(self, shape: int, r: int, h: int) -> Params:
        return shape, r, h if shape < 2 else 0

    def tell(self, shape: int, r: int, h: int) -> tuple[str, ...]:
        facts = (
            f"a cylinder with radius {r} and height {h}",
            f"a cone with base radius {r} and height {h}",
            f"a sphere with radius {r}",
            f"half a ball with radius {r}",
        )[shape]
        return (
            f"What is the volume of {facts}? {_IN_PI}",
            f"Find how much space {facts} takes up. {_IN_PI}",
            f"Given {facts}: compute its volume. {_IN_PI}",
        )

    def solve(self, shape: int, r: int, h: int) -> Worked:
        if shape < 2:
            whole = r * r * h
            steps = [f"pi * {r}^2 * {h} = {whole}*pi"]
            if shape == 0:
                return Worked(
                    pi_times(whole),
                    steps,
                    [pi_times(2 * r * h), pi_times(Fraction(whole, 3)), whole],
                )
            right = pi_times(Fraction(whole, 3))
            steps.append(f"{whole}*pi / 3 = {right}")
            return Worked(
                right, steps, [pi_times(whole), pi_times(Fraction(whole, 2)), pi_times(r * h)]
            )
        part = Fraction(4, 3) if shape == 2 else Fraction(2, 3)
        right = pi_times(part * r**3)
        steps = [f"{r}^3 = {r**3}", f"{part} * pi * {r**3} = {right}"]
        return Worked(
            right, steps, [pi_times(4 * r * r), pi_times(r**3), pi_times(2 * part * r * r)]
        )


class Skin(Kind):
    """Surface areas of cylinders, cones and spheres."""

    since = 0.4
    answer_form = _VALUE

    def draw(self, rng: TaskRng, level: float) -> Params:
        shape = rng.integers(0, 3)
        if shape == 1:
            return shape, *right_triangle(rng, level)
        top = ramp(level, 15, 50)
        return shape, rng.integers(2, top), rng.integers(2, top), 0

    def canonical(self, shape: int, r: int, h: int, slant: int) -> Params:
        return shape, r, h if shape < 2 else 0

    def tell(self, shape: int, r: int, h: int, slant: int) -> tuple[str, ...]:
        facts = (
            f"a closed cylinder with radius {r} and height {h}",
            f"a cone (with its base) of base radius {r} and height {h}",
            f"a half ball (with its flat side) of radius {r}",
        )[shape]
        return (
            f"What is the surface area of {facts}? {_IN_PI}",
            f"Find the total outer surface of {facts}. {_IN_PI}",
            f"How much paint, in unit squares, covers {facts} all over? {_IN_PI}",
        )

    def solve(self, shape: int, r: int, h: int, slant: int) -> Worked:
        disc = r * r
        if shape == 0:
            side, right = 2 * r * h, 2 * r * h + 2 * disc
            steps = [f"Side: 2 * pi * {r} * {h} = {side}*pi", f"Two discs: {2 * disc}*pi"]
            wrong = [side, side + disc, r * r * h]
        elif shape == 1:
            side, right = r * slant, r * slant + disc
            steps = [
                f"Slant height: sqrt({r * r} + {h * h}) = {slant}",
                f"Side: pi * {r} * {slant} = {side}*pi; base: {disc}*pi",
            ]
            wrong = [side, r * h + disc, 2 * side + disc]
        else:
            right = 3 * disc
            steps = [f"Half sphere: 2 * pi * {r}^2 = {2 * disc}*pi; disc: {disc}*pi"]
            wrong = [2 * disc, 4 * disc, 5 * disc]
        steps.append(f"Total: {right}*pi")
        return Worked(f"{right}*pi", steps, [pi_times(w) for w in wrong])


class Melted(Kind):
    """A solid recast: a height or a number of pieces from equal volumes."""

    since = 0.5
    answer_form = _RATIONAL

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 10, 25)
        return rng.integers(2, top), rng.integers(2, top), rng.integers(2, top), rng.integers(0, 2)

    def tell(self, r: int, h: int, q: int, ask: int) -> tuple[str, ...]:
        if ask:
            first, second = f"a ball of radius {r}", f"a cone of base radius {q}"
        else:
            first, second = f"a cone of base radius {r} and height {h}", f"a cylinder of radius {q}"
        exact = "Give the exact value."
        return (
            f"{first[0].upper()}{first[1:]} is melted and cast into {second}. How high is that? "
            f"{exact}",
            f"Find the height of {second} with the same volume as {first}. {exact}",
            f"Wax from {first} is poured into the shape of {second}. What height results? {exact}",
        )

    def canonical(self, r: int, h: int, q: int, ask: int) -> Params:
        return r, 0 if ask else h, q, ask

    def solve(self, r: int, h: int, q: int, ask: int) -> Worked:
        if ask:
            right = Fraction(4 * r**3, q * q)
            steps = [
                f"4/3 * pi * {r}^3 = 1/3 * pi * {q}^2 * height",
                f"height = 4 * {r**3} / {q * q} = {right}",
            ]
            return Worked(right, steps, [right / 3, right * 3, Fraction(4 * r * r, q)])
        right = Fraction(r * r * h, 3 * q * q)
        steps = [
            f"1/3 * pi * {r}^2 * {h} = pi * {q}^2 * height",
            f"height = {r * r * h} / (3 * {q * q}) = {right}",
        ]
        return Worked(right, steps, [3 * right, Fraction(r * h, 3 * q), right + 1])


@register
class SolidsVolume(KindTopic):
    """Volumes and surfaces."""

    name = "solids_volume"
    group = "geometry"
    summary = "Volumes and surfaces of boxes, prisms, pyramids, cylinders, cones and balls."
    method = "Base area times height; a third of it for pyramids and cones; 4/3*pi*r^3 for a ball."
    phrasings = 3
    answer_form = _RATIONAL
    kinds = (Box(), Wedge(), Round(), Skin(), Melted())
