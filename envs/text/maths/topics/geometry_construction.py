"""Geometry that becomes easy with an auxiliary line, mixed with problems that need none.

A policy that may draw has to learn when drawing pays (SEEDS A17). So every setting comes in two
forms: one solved by a construction that the worked steps name, and one where all is given. The
second parameter says which; neither the wording nor the answer form does.
"""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.triangles import right_triangle
from veragym.envs.text.maths.writing import EXACT, root_of


def _needed(rng: TaskRng) -> int:
    """1 where a construction is needed: two problems in three."""
    return min(1, rng.integers(0, 3))


def _legs(rng: TaskRng, level: float) -> tuple[int, int]:
    """Legs of a right triangle; from level 0.4 on the hypotenuse need not be whole."""
    if level < 0.4 or rng.integers(0, 2):
        return right_triangle(rng, level)[:2]
    return rng.integers(1, ramp(level, 10, 25)), rng.integers(1, ramp(level, 10, 25))


def _wordings(facts: str, want: str) -> tuple[str, ...]:
    return (
        f"{facts[0].upper()}{facts[1:]}. What is {want}? {EXACT}",
        f"Find {want}, if {facts}. {EXACT}",
        f"Given that {facts}, work out {want}. {EXACT}",
    )


class Trapezoid(Kind):
    """Isosceles trapezoid: altitudes from the ends of the shorter base cut off right triangles."""

    # Numbers: (needed, base, p, h): bases base and base + 2p, height h, legs sqrt(p*p + h*h).
    # With whole legs only, since the legs are given.

    def draw(self, rng: TaskRng, level: float) -> Params:
        p, h, _ = right_triangle(rng, level)
        return _needed(rng), rng.integers(2, ramp(level, 20, 60)), p, h

    def tell(self, needed: int, base: int, p: int, h: int) -> tuple[str, ...]:
        leg = root_of(p * p + h * h)
        last = f"its two other sides are {leg} each" if needed else f"these are {h} apart"
        facts = f"a trapezoid has parallel sides {base} and {base + 2 * p}, and {last}"
        return _wordings(facts, "its area")

    def solve(self, needed: int, base: int, p: int, h: int) -> Worked:
        long = base + 2 * p
        right = (base + p) * h
        leg = root_of(p * p + h * h)
        steps = []
        if needed:
            steps = [
                "Construction: drop altitudes from the ends of the shorter side",
                f"Each cuts off a right triangle with leg ({long} - {base}) / 2 = {p}",
                f"Height: sqrt({leg}^2 - {p}^2) = {h}",
            ]
        steps.append(f"({base} + {long}) / 2 * {h} = {base + p} * {h} = {right}")
        wrong = [(base + p) * int(leg), 2 * right, base * h, right + p * h]
        return Worked(right, steps, wrong)


class IsoscelesArea(Kind):
    """Isosceles triangle: the altitude to the base halves it."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        if level < 0.4 or rng.integers(0, 2):
            p, _, c = right_triangle(rng, level)
            return _needed(rng), 2 * p, c
        base = rng.integers(2, ramp(level, 20, 40))
        return _needed(rng), base, base // 2 + rng.integers(1, ramp(level, 15, 30))

    def tell(self, needed: int, base: int, c: int) -> tuple[str, ...]:
        if needed:
            facts = f"a triangle has sides {c}, {c} and {base}"
        else:
            facts = f"a triangle has a base of {base} and the height on it is {c}"
        return _wordings(facts, "its area")

    def solve(self, needed: int, base: int, c: int) -> Worked:
        if not needed:
            area = Fraction(base * c, 2)
            return Worked(area, [f"{base} * {c} / 2 = {area}"], [2 * area, base + c])
        square = c * c - Fraction(base * base, 4)
        right = root_of(square, Fraction(base, 2))
        steps = [
            f"Construction: drop the altitude to the side {base}; it meets it in the middle",
            f"Height: sqrt({c}^2 - ({base}/2)^2) = sqrt({square}) = {root_of(square)}",
            f"Half of {base} times the height: {right}",
        ]
        slip = root_of(c * c - Fraction(base, 2))
        return Worked(right, steps, [Fraction(base * c, 2), root_of(square, base), slip])


class Chord(Kind):
    """A chord and its distance from the centre: join the centre to the chord's midpoint and end."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        if level < 0.4 or rng.integers(0, 2):
            d, _, r = right_triangle(rng, level)
            return _needed(rng), r, d, rng.integers(0, 2)
        d = rng.integers(1, ramp(level, 12, 25))
        return _needed(rng), d + rng.integers(1, ramp(level, 12, 25)), d, rng.integers(0, 2)

    def canonical(self, needed: int, r: int, d: int, ask: int) -> Params:
        return needed, r, d, ask if needed else 0

    def tell(self, needed: int, r: int, d: int, ask: int) -> tuple[str, ...]:
        if not needed:
            facts = (
                f"M is a point inside a circle with centre O and radius {r}; OM = {d} and A, on "
                "the circle, makes angle OMA a right angle"
            )
            return _wordings(facts, "the length of MA")
        if ask:
            facts = f"a circle of radius {r} has a chord of length {2 * d}"
            return _wordings(facts, "the distance of the chord from the centre")
        facts = f"a chord of a circle with radius {r} lies at distance {d} from the centre"
        return _wordings(facts, "the length of the chord")

    def solve(self, needed: int, r: int, d: int, ask: int) -> Worked:
        square = r * r - d * d
        half = root_of(square)
        if not needed:
            steps = [f"{r}^2 - {d}^2 = {square}", f"MA = sqrt({square}) = {half}"]
            return Worked(half, steps, [root_of(square, 2), root_of(r * r + d * d), r - d])
        line = "Construction: join the centre to an end of the chord and to its midpoint"
        if ask:
            steps = [
                f"{line}; half the chord is {d}",
                f"{r}^2 - {d}^2 = {square}",
                f"Distance: sqrt({square}) = {half}",
            ]
            return Worked(half, steps, [root_of(r * r + d * d), r - d, root_of(square, 2)])
        steps = [
            f"{line}; the angle at the midpoint is right",
            f"{r}^2 - {d}^2 = {square}",
            f"Chord: 2 * sqrt({square}) = {root_of(square, 2)}",
        ]
        return Worked(root_of(square, 2), steps, [half, root_of(r * r + d * d, 2), 2 * (r - d)])


class Tangent(Kind):
    """A tangent from a point outside: join the centre to the point of contact."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        r, t = _legs(rng, level)
        needed = _needed(rng)
        if needed and level >= 0.4 and rng.integers(0, 2):
            return needed, r, r + t, 1
        return needed, r, t, 0

    # Numbers: (needed, r, x, far): far says x is the distance of the point, else the tangent.

    def tell(self, needed: int, r: int, x: int, far: int) -> tuple[str, ...]:
        if not needed:
            facts = (
                f"both tangents from P to a circle with centre O touch it, one in T and one in S; "
                f"PT = {x} and OS = {r}"
            )
            return _wordings(facts, "the perimeter of the quadrilateral PTOS")
        if far:
            facts = f"a point is at distance {x} from the centre of a circle with radius {r}"
            return _wordings(facts, "the length of a tangent from the point to the circle")
        facts = f"a tangent from a point P to a circle of radius {r} has length {x}"
        return _wordings(facts, "the distance of P from the centre")

    def solve(self, needed: int, r: int, x: int, far: int) -> Worked:
        if not needed:
            right = 2 * (x + r)
            steps = [f"PT = PS = {x} and OT = OS = {r}", f"2 * ({x} + {r}) = {right}"]
            return Worked(right, steps, [x + r, x * r, root_of(x * x + r * r)])
        line = "Construction: join the centre to the point of contact; the angle there is right"
        if far:
            square = x * x - r * r
            steps = [line, f"{x}^2 - {r}^2 = {square}", f"sqrt({square}) = {root_of(square)}"]
            return Worked(root_of(square), steps, [x - r, root_of(x * x + r * r), x + r])
        square = x * x + r * r
        steps = [line, f"{x}^2 + {r}^2 = {square}", f"sqrt({square}) = {root_of(square)}"]
        wrong: list[int | str] = [x + r, root_of(square + 1)]
        if x != r:
            wrong.append(root_of(abs(x * x - r * r)))
        return Worked(root_of(square), steps, wrong)


class ZigZag(Kind):
    """A bent line between parallels: a third parallel through the bend."""

    until = 1.0

    def draw(self, rng: TaskRng, level: float) -> Params:
        return _needed(rng), rng.integers(8, 85), rng.integers(8, 85)

    def canonical(self, needed: int, a: int, b: int) -> Params:
        return (needed, *(sorted((a, b)) if needed else (a, b)))

    def tell(self, needed: int, a: int, b: int) -> tuple[str, ...]:
        if needed:
            facts = (
                f"lines AB and CD are parallel, B and D both on the right; E lies between them, to "
                f"the right of A and C; angle BAE is {a} degrees and angle DCE is {b} degrees"
            )
            return _wordings(facts, "angle AEC in degrees")
        facts = (
            f"line AB crosses line CD in E; angle AEC is {a} degrees and F, inside angle CEB, "
            f"makes angle CEF {b} degrees"
        )
        return _wordings(facts, "angle FEB in degrees")

    def solve(self, needed: int, a: int, b: int) -> Worked:
        if needed:
            steps = [
                "Construction: draw a parallel to AB through E; it splits angle AEC in two",
                f"The parts are alternate angles: {a} and {b}",
                f"{a} + {b} = {a + b}",
            ]
            return Worked(a + b, steps, [abs(a - b), 180 - a - b, 360 - a - b])
        right = 180 - a - b
        return Worked(right, [f"180 - {a} - {b} = {right}"], [a + b, 180 - a, 90 - b])


class Hexagon(Kind):
    """An equiangular hexagon: extend alternate sides to an equilateral triangle."""

    # Numbers: (needed, a, b, c, d): four consecutive sides, such that the other two are positive.

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 12, 60)
        a, b, c = (rng.integers(2, top) for _ in range(3))
        d = rng.integers(1, a + b)
        if a + b - d >= b + c:  # the sixth side a2 + a3 - a5 must be positive
            d = a + b - 1 - rng.integers(0, min(a + b - 1, b + c - 1))
        return _needed(rng), a, b, c, d

    def canonical(self, needed: int, a: int, b: int, c: int, d: int) -> Params:
        return (needed, *(min((a, b, c, d), (d, c, b, a)) if needed else sorted((a, b, c, d))))

    def tell(self, needed: int, a: int, b: int, c: int, d: int) -> tuple[str, ...]:
        if needed:
            facts = (
                f"all angles of a hexagon are 120 degrees and four consecutive sides are {a}, {b}, "
                f"{c}, {d}"
            )
        else:
            facts = (
                "a hexagon is symmetric about the line through two opposite corners, and its sides "
                f"on one side of that line are {a}, {b}, {c + d}"
            )
        return _wordings(facts, "its perimeter")

    def solve(self, needed: int, a: int, b: int, c: int, d: int) -> Worked:
        if not needed:
            half = a + b + c + d
            steps = [f"{a} + {b} + {c + d} = {half}", f"2 * {half} = {2 * half}"]
            return Worked(2 * half, steps, [half, 3 * half, 6 * a])
        e, f = a + b - d, c + d - a
        right = a + b + c + d + e + f
        steps = [
            "Construction: extend every other side; they form an equilateral triangle",
            f"Equal sums of neighbours: {a} + {b} = {d} + e, so e = {e}",
            f"{c} + {d} = f + {a}, so f = {f}",
            f"{a} + {b} + {c} + {d} + {e} + {f} = {right}",
        ]
        return Worked(right, steps, [a + b + c + d, 2 * (a + b + c), right + 1])


class CommonTangent(Kind):
    """The outer common tangent of two circles: a parallel through the centre of the smaller one."""

    since = 0.25

    def draw(self, rng: TaskRng, level: float) -> Params:
        r = rng.integers(1, ramp(level, 10, 30))
        gap, t = _legs(rng, level)
        # The circles must lie apart: their distance is more than r + r + gap.
        scale = 1
        while scale < 16 and scale * scale * (gap * gap + t * t) <= (2 * r + scale * gap) ** 2:
            scale *= 2
        return _needed(rng), r, scale * gap, scale * t

    def tell(self, needed: int, r: int, gap: int, t: int) -> tuple[str, ...]:
        big = r + gap
        d = root_of(gap * gap + t * t)
        if needed:
            facts = f"two circles of radii {r} and {big} have centres at distance {d}"
            want = "the length of an outer common tangent, between the points of contact"
            return _wordings(facts, want)
        facts = f"two circles of radii {r} and {big} have centres at distance {d}"
        return _wordings(
            facts, "the largest distance between a point of one and a point of the other"
        )

    def solve(self, needed: int, r: int, gap: int, t: int) -> Worked:
        big, square = r + gap, gap * gap + t * t
        d = root_of(square)
        if needed:
            steps = [
                "Construction: join centres to points of contact and draw a parallel to the "
                "tangent through the smaller centre",
                f"It makes a right triangle with leg {big} - {r} = {gap} and hypotenuse {d}",
                f"{square} - {gap * gap} = {t * t}",
                f"sqrt({t * t}) = {t}",
            ]
            inner = square - (big + r) ** 2
            wrong = [d, root_of(inner) if inner > 0 else t + r, root_of(square + gap * gap)]
            return Worked(t, steps, wrong)
        whole = root_of(square)
        if "sqrt" in whole:
            right = f"{whole} + {big + r}"
            steps = [f"Both points on the line of centres: {d} + {r} + {big} = {right}"]
            return Worked(right, steps, [f"{whole} - {big + r}", whole, f"{whole} + {gap}"])
        total = int(whole) + big + r
        steps = [f"Both points on the line of centres: {d} + {r} + {big} = {total}"]
        return Worked(total, steps, [int(whole) - big - r, big + r, total + r])


class FourSides(Kind):
    """A trapezoid by its four sides: shift one leg to make a triangle."""

    since = 0.4

    # Numbers: (needed, base, p, q, h): a height h over offsets p and q on the longer side.

    def draw(self, rng: TaskRng, level: float) -> Params:
        h, p, q = _FOUR[rng.integers(0, len(_FOUR))]
        k = rng.integers(1, ramp(level, 5, 9))
        return _needed(rng), rng.integers(2, ramp(level, 20, 60)), p * k, q * k, h * k

    def tell(self, needed: int, base: int, p: int, q: int, h: int) -> tuple[str, ...]:
        c, d = root_of(p * p + h * h), root_of(q * q + h * h)
        sides = f"{base} and {base + p + q}; the other two are {c} and {d}"
        facts = f"a trapezoid has parallel sides {sides}"
        if needed:
            return _wordings(facts, "its area")
        return _wordings(facts, "its perimeter")

    def solve(self, needed: int, base: int, p: int, q: int, h: int) -> Worked:
        c, d = int(root_of(p * p + h * h)), int(root_of(q * q + h * h))
        long, base_cut = base + p + q, p + q
        if not needed:
            right = base + long + c + d
            steps = [f"{base} + {long} + {c} + {d} = {right}"]
            return Worked(right, steps, [base + long, c + d, right + base])
        area = Fraction((base + long) * h, 2)
        triangle = Fraction(base_cut * h, 2)
        steps = [
            f"Construction: through an end of the side {base} draw a parallel to the opposite leg",
            f"It cuts off a triangle with sides {c}, {d} and {long} - {base} = {base_cut}",
            f"By Heron's formula its area is {triangle}, so its height is {h}",
            f"({base} + {long}) / 2 * {h} = {area}",
        ]
        wrong = [Fraction((base + long) * min(c, d), 2), triangle, base * h + 2 * triangle]
        return Worked(area, steps, [*wrong, 2 * area])


_FOUR = (
    (12, 5, 9),
    (12, 9, 16),
    (12, 5, 16),
    (12, 5, 35),
    (8, 6, 15),
    (24, 7, 10),
    (24, 7, 18),
    (24, 10, 18),
    (24, 18, 32),
    (15, 8, 20),
    (15, 8, 36),
    (20, 15, 21),
    (20, 21, 48),
    (40, 9, 30),
)
"""(h, p, q) where both h, p and h, q are the legs of right triangles with whole sides."""


class DoubledMedian(Kind):
    """A side from two sides and a median: double the median to a parallelogram."""

    since = 0.5

    # Numbers: (needed, a, b, m): sides a and b, median m to the third side.

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 9, 25)
        a, b = rng.integers(2, top), rng.integers(2, top)
        low, high = abs(a - b) // 2 + 1, (a + b - 1) // 2
        return _needed(rng), a, b, rng.integers(low, max(low, high) + 1)

    def canonical(self, needed: int, a: int, b: int, m: int) -> Params:
        return needed, min(a, b), max(a, b), m

    def tell(self, needed: int, a: int, b: int, m: int) -> tuple[str, ...]:
        facts = f"two sides of a triangle are {a} and {b}, and the median to the third side is {m}"
        if needed:
            return _wordings(facts, "the third side")
        facts = (
            f"in a triangle with sides {a} and {b}, the segment from their corner to the midpoint "
            f"of the third side is doubled beyond that midpoint"
        )
        return _wordings(facts, "the perimeter of the parallelogram with this as a diagonal")

    def solve(self, needed: int, a: int, b: int, m: int) -> Worked:
        if not needed:
            right = 2 * (a + b)
            steps = [f"Its sides are {a} and {b}", f"2 * ({a} + {b}) = {right}"]
            return Worked(right, steps, [a + b, a * b, 4 * a + b])
        square = 2 * (a * a + b * b) - 4 * m * m
        steps = [
            f"Construction: extend the median by itself; a parallelogram with sides {a}, {b} and a "
            f"diagonal {2 * m} arises",
            f"Squares of the diagonals add up to 2 * ({a * a} + {b * b}) = {2 * (a * a + b * b)}",
            f"Third side squared: {2 * (a * a + b * b)} - {4 * m * m} = {square}",
            f"sqrt({square}) = {root_of(square)}",
        ]
        wrong = [
            root_of(a * a + b * b),
            root_of(2 * (a * a + b * b)),
            root_of(square + 4),
            str(2 * m),
        ]
        return Worked(root_of(square), steps, wrong)


@register
class GeometryConstruction(KindTopic):
    """Problems with and without a useful auxiliary line, under one answer form."""

    name = "geometry_construction"
    group = "geometry"
    summary = "Plane geometry where an auxiliary line often, but not always, opens the problem."
    method = "Ask which line to add: an altitude, a parallel, a radius to a point, a longer side."
    phrasings = 3
    answer_form = {"kind": "value"}
    kinds = (
        Trapezoid(),
        IsoscelesArea(),
        Chord(),
        Tangent(),
        Hexagon(),
        ZigZag(),
        CommonTangent(),
        FourSides(),
        DoubledMedian(),
    )
