"""Volumes and surfaces of solids."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.triangles import right_triangle
from veragym.envs.text.maths.writing import pi_times

_IN_PI = "Give it in terms of pi."


class Box(Kind):
    """Volume or surface of a box, or its height from these."""

    answer_form = {"kind": "rational"}

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

    answer_form = {"kind": "rational"}

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
    answer_form = {"kind": "value"}

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
    answer_form = {"kind": "value"}

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
    answer_form = {"kind": "rational"}

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
    answer_form = {"kind": "rational"}
    kinds = (Box(), Wedge(), Round(), Skin(), Melted())
