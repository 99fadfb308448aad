"""Lengths from right triangles."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.triangles import right_triangle
from veragym.envs.text.maths.writing import root_of


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
            "Give the exact value.",
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
    answer_form = {"kind": "value"}
    kinds = (RightTriangle(), BoxDiagonal(), Equilateral(), Altitude())
