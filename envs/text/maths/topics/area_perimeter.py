"""Areas and perimeters of plane figures with straight edges."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import plus


def _sides(rng: TaskRng, level: float, count: int) -> tuple[int, ...]:
    top = ramp(level, 20, 90)
    return tuple(rng.integers(2, top) for _ in range(count))


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
                f"one is {p * k}. How long is the matching side of the larger?",
                f"Similar figures cover {area} and {k * q * q} units. If an edge of the first is "
                f"{p * k}, find that edge in the second.",
                f"A shape of area {area} with a side {p * k} is enlarged to area {k * q * q}. What "
                f"becomes of that side?",
            )
        return (
            f"Two similar triangles have matching sides {p} and {q}. The first has area {area}. "
            "What is the area of the second?",
            f"A figure of area {area} is scaled so that a side of {p} becomes {q}. Find its new "
            f"area.",
            f"Matching edges of similar shapes are in the ratio {p}:{q}. The smaller covers "
            f"{area}; how much does the larger cover?",
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
    answer_form = {"kind": "rational"}
    kinds = (Rectangle(), Flat(), Corner(), Path(), TrapezoidBack(), Similar())
