"""Counting shortest paths on a grid."""

from __future__ import annotations

from math import comb

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register


def _paths(a: tuple[int, int], b: tuple[int, int]) -> int:
    """Paths from a to b with steps right and up."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    return comb(dx + dy, dx) if dx >= 0 and dy >= 0 else 0


def _tell_paths(m: int, n: int, rule: str) -> tuple[str, ...]:
    return (
        f"How many paths go from (0, 0) to ({m}, {n}) in unit steps right or up and {rule}?",
        f"A robot moves from (0, 0) to ({m}, {n}), one unit right or one unit up at a time. Count "
        f"its routes that {rule}.",
        f"On a street grid one walks from the corner (0, 0) to ({m}, {n}), always east or north. "
        f"Find the number of shortest walks that {rule}.",
    )


def _inner(rng: TaskRng, m: int, n: int) -> tuple[int, int]:
    """A lattice point of the grid other than its start and end."""
    spot = rng.integers(1, (m + 1) * (n + 1) - 1)
    return divmod(spot, n + 1)


class Via(Kind):
    """Through one point, or not through it."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        m, n = (rng.integers(ramp(level, 3, 5), ramp(level, 7, 11)) for _ in range(2))
        return m, n, *_inner(rng, m, n), rng.integers(0, 2)

    def tell(self, m: int, n: int, x: int, y: int, avoid: int) -> tuple[str, ...]:
        return _tell_paths(m, n, f"{'do not pass' if avoid else 'pass'} through ({x}, {y})")

    def solve(self, m: int, n: int, x: int, y: int, avoid: int) -> Worked:
        first, second = comb(x + y, x), comb(m + n - x - y, m - x)
        whole, through = comb(m + n, m), first * second
        steps = [
            f"To ({x}, {y}): C({x + y},{x}) = {first}; on to ({m}, {n}): "
            f"C({m + n - x - y},{m - x}) = {second}",
            f"Through the point: {first} * {second} = {through}",
        ]
        if not avoid:
            return Worked(through, steps, [first + second, whole, whole - through])
        steps += [f"All: C({m + n},{m}) = {whole}", f"{whole} - {through} = {whole - through}"]
        return Worked(whole - through, steps, [through, whole, whole - first - second])


class TwoBlocked(Kind):
    """Past two closed points."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        m, n = (rng.integers(ramp(level, 4, 5), ramp(level, 7, 11)) for _ in range(2))
        p, q = sorted((_inner(rng, m, n), _inner(rng, m, n)))
        if p == q:  # move to two fixed, different points
            p, q = (0, 1), (m - 1, n)
        return m, n, p, q

    def tell(self, m: int, n: int, p: tuple[int, int], q: tuple[int, int]) -> tuple[str, ...]:
        return _tell_paths(m, n, f"pass through neither ({p[0]}, {p[1]}) nor ({q[0]}, {q[1]})")

    def solve(self, m: int, n: int, p: tuple[int, int], q: tuple[int, int]) -> Worked:
        start, end = (0, 0), (m, n)
        whole = _paths(start, end)
        by_p, by_q = _paths(start, p) * _paths(p, end), _paths(start, q) * _paths(q, end)
        both = _paths(start, p) * _paths(p, q) * _paths(q, end)
        right = whole - by_p - by_q + both
        steps = [
            f"All: C({m + n},{m}) = {whole}",
            f"Through ({p[0]}, {p[1]}): {_paths(start, p)} * {_paths(p, end)} = {by_p}",
            f"Through ({q[0]}, {q[1]}): {_paths(start, q)} * {_paths(q, end)} = {by_q}",
            f"Through both: {both}",
            f"{whole} - {by_p} - {by_q} + {both} = {right}",
        ]
        return Worked(right, steps, [whole - by_p - by_q, by_p + by_q - both, whole - by_p, whole])


class Below(Kind):
    """Never above the line y = x + c: reflection."""

    since = 0.5

    def draw(self, rng: TaskRng, level: float) -> Params:
        m = rng.integers(ramp(level, 4, 6), ramp(level, 8, 14))
        n = rng.integers(3, m + 1)
        return m, n, rng.integers(0, max(1, n - 2))

    def tell(self, m: int, n: int, c: int) -> tuple[str, ...]:
        return _tell_paths(m, n, f"never go above the line y = x{f' + {c}' if c else ''}")

    def solve(self, m: int, n: int, c: int) -> Worked:
        whole, bad = comb(m + n, m), comb(m + n, n - c - 1)
        right = whole - bad
        steps = [
            f"All: C({m + n},{m}) = {whole}",
            f"Paths that touch y = x + {c + 1}, reflected in it: C({m + n},{n - c - 1}) = {bad}",
            f"{whole} - {bad} = {right}",
        ]
        wrong = [whole, bad, whole - comb(m + n, n - c) if c else whole // 2, right + 1]
        return Worked(right, steps, wrong)


@register
class LatticePaths(KindTopic):
    """Shortest paths on a grid under conditions."""

    name = "lattice_paths"
    group = "combinatorics"
    summary = "Shortest grid paths through, around or below given points and lines."
    method = "Paths from corner to corner are binomials; multiply legs, subtract forbidden paths."
    phrasings = 3
    answer_form = {"kind": "integer"}
    kinds = (Via(), TwoBlocked(), Below())
