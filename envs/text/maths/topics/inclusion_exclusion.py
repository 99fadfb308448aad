"""Counting with overlapping groups."""

from __future__ import annotations

from math import gcd

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register

_PAIRS = (
    ("play chess", "play football"),
    ("drink tea", "drink coffee"),
    ("own a cat", "own a dog"),
    ("speak French", "speak German"),
)


class TwoSets(Kind):
    """Region sizes of two overlapping sets; one of them is asked for."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 25, 120)
        only_a, only_b, both, none = (rng.integers(2, top) for _ in range(4))
        return rng.integers(0, 4), only_a, only_b, both, none, rng.integers(0, len(_PAIRS))

    def canonical(self, ask: int, a: int, b: int, both: int, none: int, story: int) -> Params:
        return (ask, *((a, b) if ask == 2 else sorted((a, b))), both, none)

    def tell(self, ask: int, a: int, b: int, both: int, none: int, story: int) -> tuple[str, ...]:
        first, second = _PAIRS[story]
        total, in_a, in_b = a + b + both + none, a + both, b + both
        known = {
            0: (f"{in_a} {first}", f"{in_b} {second}", f"{both} do both"),
            1: (f"{in_a} {first}", f"{in_b} {second}", f"{none} do neither"),
            2: (f"{in_a} {first}", f"{both} do both", f"{none} do neither"),
            3: (f"{in_a} {first}", f"{in_b} {second}", f"{both} do both"),
        }[ask]
        asked = {
            0: "do neither",
            1: "do both",
            2: f"{second}, whether or not they {first},",
            3: "do exactly one of the two",
        }[ask]
        facts = ", ".join(known[:2])
        return (
            f"Of {total} people, {facts} and {known[2]}. How many {asked.rstrip(',')}?",
            f"In a group of {total}: {'; '.join(known)}. Find how many {asked.rstrip(',')}.",
            f"{total} people were asked. {facts}, and {known[2]}. "
            f"What is the number of those who {asked.rstrip(',')}?",
        )

    def solve(self, ask: int, a: int, b: int, both: int, none: int, story: int) -> Worked:
        total, in_a, in_b = a + b + both + none, a + both, b + both
        union = a + b + both
        if ask == 0:
            steps = [
                f"At least one: {in_a} + {in_b} - {both} = {union}",
                f"Neither: {total} - {union} = {none}",
            ]
            return Worked(none, steps, [total - in_a - in_b, none + both, none - both, union])
        if ask == 1:
            steps = [
                f"At least one: {total} - {none} = {union}",
                f"Both: {in_a} + {in_b} - {union} = {both}",
            ]
            return Worked(both, steps, [in_a + in_b - total, total - in_a - in_b, both + none])
        if ask == 2:
            steps = [
                f"At least one: {total} - {none} = {union}",
                f"Second group: {union} - {in_a} + {both} = {in_b}",
            ]
            return Worked(in_b, steps, [b, total - in_a, in_b + none])
        steps = [
            f"Only one: ({in_a} - {both}) + ({in_b} - {both}) = {a} + {b} = {a + b}",
        ]
        return Worked(a + b, steps, [union, in_a + in_b, a + b + none])


class ThreeSets(Kind):
    """Three overlapping groups with all pairwise sizes."""

    since = 0.4

    # Numbers: (ask, regions): only A, B, C; AB, AC, BC without the third; all three; none.

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 8, 60)
        return rng.integers(0, 4), tuple(rng.integers(2, top) for _ in range(8))

    def tell(self, ask: int, regions: tuple[int, ...]) -> tuple[str, ...]:
        a, b, c, ab, ac, bc, abc, none = regions
        total = sum(regions)
        sizes = (
            f"A has {a + ab + ac + abc}, B has {b + ab + bc + abc} and C has {c + ac + bc + abc}"
        )
        pairs = f"{ab + abc} are in A and B, {ac + abc} in A and C, {bc + abc} in B and C"
        known = f"{none} are in none" if ask == 1 else f"{abc} are in all three"
        asked = (
            "are in none of the clubs",
            "are in all three clubs",
            "are in exactly one club",
            "are in exactly two clubs",
        )[ask]
        return (
            f"Of {total} pupils, club {sizes} members; {pairs}; {known}. How many {asked}?",
            f"A school of {total} has clubs A, B, C. {sizes} members. {pairs}. {known}. "
            f"Find how many pupils {asked}.",
            f"Three clubs, {total} pupils in all: {sizes}. Overlaps: {pairs}; {known}. "
            f"What is the number of pupils that {asked}?",
        )

    def solve(self, ask: int, regions: tuple[int, ...]) -> Worked:
        a, b, c, ab, ac, bc, abc, none = regions
        total = sum(regions)
        in_a, in_b, in_c = a + ab + ac + abc, b + ab + bc + abc, c + ac + bc + abc
        singles, pairs = in_a + in_b + in_c, ab + ac + bc + 3 * abc
        sums = [
            f"Singles: {in_a} + {in_b} + {in_c} = {singles}",
            f"Pairs: {ab + abc} + {ac + abc} + {bc + abc} = {pairs}",
        ]
        union = total - none
        if ask == 0:
            steps = [
                *sums,
                f"At least one: {singles} - {pairs} + {abc} = {union}",
                f"None: {total} - {union} = {none}",
            ]
            return Worked(none, steps, [total - singles + pairs, none + abc, union])
        if ask == 1:
            steps = [
                f"At least one: {total} - {none} = {union}",
                *sums,
                f"All three: {union} - {singles} + {pairs} = {abc}",
            ]
            return Worked(abc, steps, [total - singles + pairs, abc + none, singles - pairs])
        if ask == 2:
            steps = [
                *sums,
                f"Exactly one: {singles} - 2 * {pairs} + 3 * {abc} = {a + b + c}",
            ]
            return Worked(a + b + c, steps, [singles - pairs, singles - pairs + abc, singles])
        steps = [sums[1], f"Exactly two: {pairs} - 3 * {abc} = {ab + ac + bc}"]
        return Worked(ab + ac + bc, steps, [pairs, pairs - abc, pairs - 2 * abc])


class Multiples(Kind):
    """Whole numbers up to n divisible by at least one (or neither) of two numbers."""

    since = 0.2

    def draw(self, rng: TaskRng, level: float) -> Params:
        a = rng.integers(2, ramp(level, 8, 15))
        b = a + rng.integers(1, ramp(level, 6, 12))
        while b % a == 0:
            b += 1
        return rng.integers(0, 3), a, b, rng.integers(40, ramp(level, 120, 2000))

    def tell(self, ask: int, a: int, b: int, n: int) -> tuple[str, ...]:
        asked = (
            f"divisible by {a} or {b} (or both)",
            f"divisible by neither {a} nor {b}",
            f"divisible by exactly one of {a} and {b}",
        )[ask]
        return (
            f"How many of the integers from 1 to {n} are {asked}?",
            f"Count the positive integers up to {n} that are {asked}.",
            f"A number is drawn from 1, 2, ..., {n}. For how many choices is it {asked}?",
        )

    def solve(self, ask: int, a: int, b: int, n: int) -> Worked:
        x, y = n // a, n // b
        lcm = a * b // gcd(a, b)
        z = n // lcm
        union = x + y - z
        steps = [
            f"Multiples of {a}: {x}; of {b}: {y}; of both (of {lcm}): {z}",
            f"At least one: {x} + {y} - {z} = {union}",
        ]
        if ask == 0:
            return Worked(union, steps, [x + y, union - z, x + y - n // (a * b) + 1])
        if ask == 1:
            return Worked(n - union, [*steps, f"{n} - {union} = {n - union}"], [n - x - y, union])
        one = union - z
        return Worked(one, [*steps, f"Exactly one: {union} - {z} = {one}"], [union, x + y])


@register
class InclusionExclusion(KindTopic):
    """Counts with overlapping groups."""

    name = "inclusion_exclusion"
    group = "sets"
    summary = "Counting with two or three overlapping groups, or with multiples."
    method = "Add the single groups, subtract the overlaps of two, add back the overlap of three."
    phrasings = 3
    answer_form = {"kind": "integer"}
    kinds = (TwoSets(), Multiples(), ThreeSets())
