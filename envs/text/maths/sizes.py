"""How large the numbers of a problem are drawn; the linear growth is `topic.ramp`."""

from __future__ import annotations

from veragym.core.seeding import TaskRng


def grow(level: float, start: int, decades: float) -> int:
    """An integer that is `start` at level 0 and about `start * 10**decades` at level 1.

    Linear inside each decade, so that only exactly rounded operations are used and every system
    computes the same number.
    """
    exponent = level * decades
    whole = int(exponent)
    base: int = start * 10**whole
    return base + int(9 * base * (exponent - whole) + 1e-9)


def nonzero(rng: TaskRng, size: int) -> int:
    """An integer from -size to size, but not 0."""
    return rng.integers(1, size + 1) * rng.sign()
