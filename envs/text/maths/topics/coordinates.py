"""Points and lines in the plane, given by coordinates."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.triangles import right_triangle
from veragym.envs.text.maths.writing import multiple, polynomial, root_of, signed

_LINE = {"kind": "equation", "variables": ["x", "y"]}
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

    answer_form = {"kind": "value"}

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

    answer_form = {"kind": "tuple"}

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
            "Find an equation in x and y satisfied by all points on the line that joins "
            f"{_text(*p)} to {_text(*q)}.",
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
    answer_form = {"kind": "rational"}

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

    answer_form = {"kind": "tuple"}

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
    answer_form = {"kind": "rational"}
    kinds = (
        Distance(),
        Dividing(),
        LineThrough(),
        Mirror(),
        TriangleArea(),
        LineThroughPoint(),
        Bisector(),
    )
