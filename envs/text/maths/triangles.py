"""Right triangles with whole sides."""

from __future__ import annotations

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import ramp

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
