"""Sets of whole numbers: operations on them, counting by inclusion and exclusion, subsets."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, gcd
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.topics.kinds import TRIES, Kind, KindTopic, Worked, slips

# -- operations ------------------------------------------------------------------------------------

_SYMBOLS = {"|": "union", "&": "intersection", "-": "minus", "^": "symmetric difference"}
# Expressions as nested tuples over the names of sets, with the first level they are drawn at.
_SHAPES: tuple[tuple[float, Any], ...] = (
    (0.0, ("|", "A", "B")),
    (0.0, ("&", "A", "B")),
    (0.0, ("-", "A", "B")),
    (0.0, ("-", "B", "A")),
    (0.25, ("^", "A", "B")),
    (0.25, ("&", "A", ("|", "B", "C"))),
    (0.25, ("|", "A", ("&", "B", "C"))),
    (0.25, ("-", "A", ("|", "B", "C"))),
    (0.5, ("-", ("|", "A", "B"), "C")),
    (0.5, ("-", ("&", "A", "B"), "C")),
    (0.5, ("|", ("-", "A", "B"), ("-", "B", "C"))),
    (0.5, ("^", "A", ("&", "B", "C"))),
    (0.75, ("^", ("^", "A", "B"), "C")),
    (0.75, ("&", ("|", "A", "B"), ("|", "B", "C"))),
    (0.75, ("-", ("|", "A", "B"), ("&", "B", "C"))),
)


def _evaluate(shape: Any, sets: dict[str, frozenset[int]], steps: list[str]) -> frozenset[int]:
    if isinstance(shape, str):
        return sets[shape]
    op, left, right = shape
    a, b = _evaluate(left, sets, steps), _evaluate(right, sets, steps)
    value = a | b if op == "|" else a & b if op == "&" else a - b if op == "-" else a ^ b
    steps.append(f"{_words(shape)} = {_braces(value)}")
    return value


def _words(shape: Any, nested: bool = False) -> str:
    if isinstance(shape, str):
        return shape
    text = f"{_words(shape[1], True)} {_SYMBOLS[shape[0]]} {_words(shape[2], True)}"
    return f"({text})" if nested else text


def _braces(elements: Any) -> str:
    return f"{{{', '.join(map(str, sorted(elements)))}}}"


@register
class SetOperations(Topic):
    """Two or three listed sets under union, intersection and differences."""

    name = "set_operations"
    group = "sets"
    summary = "Union, intersection and differences of two or three sets of whole numbers."
    method = "Do the operation in brackets first; go through the elements one by one."
    phrasings = 4

    # Parameters: (shape, A, B[, C]), the sets as ascending tuples.

    def draw(self, rng: TaskRng, level: float) -> Params:
        shape = rng.choice([s for since, s in _SHAPES if since <= level])
        count = 3 if "C" in _words(shape) else 2
        top = ramp(level, 12, 30)
        size = ramp(level, 4, 8)
        params: Params = ()
        for _ in range(TRIES):
            sets = []
            for _ in range(count):
                k = rng.integers(size - 1, size + 2)
                sets.append(tuple(sorted(rng.sample(range(1, top + 1), k))))
            params = (shape, *sets)
            right = _evaluate(shape, _named(params), [])
            if right and tuple(sorted(right)) not in sets:
                break
        return params

    def canonical(self, params: Params) -> Params:
        shape, *sets = params
        if len(sets) == 2 and shape[0] in "|&^":
            sets.sort()
        return (shape, *sets)

    def question(self, params: Params, phrasing: int) -> str:
        wanted = _words(params[0])
        listed = [f"{name} = {_braces(s)}" for name, s in zip("ABC", params[1:])]
        commas = ", ".join(listed)
        return (
            f"{commas}. Find {wanted}. Write the answer as a set in braces.",
            f"Let {' and '.join(listed)}. Which elements are in {wanted}? Answer as a set {{...}}.",
            f"List the set {wanted} in braces, where {commas}.",
            f"Given {commas}: what is {wanted}, written in braces?",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "set"}

    def answer(self, params: Params) -> str:
        return _braces(_evaluate(params[0], _named(params), []))

    def steps(self, params: Params) -> Sequence[str]:
        steps: list[str] = []
        _evaluate(params[0], _named(params), steps)
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        sets = _named(params)
        right = _evaluate(params[0], sets, [])
        everything = frozenset().union(*sets.values())
        low = min(right, default=0)
        wrong = [
            right - {low} if len(right) > 1 else right | {low + 1},
            everything,
            everything - right,
            right | {max(everything) + 1},
            frozenset.intersection(*sets.values()),
        ]
        return slips(_braces(right), [_braces(w) for w in wrong if w and w != right])


def _named(params: Params) -> dict[str, frozenset[int]]:
    return {name: frozenset(s) for name, s in zip("ABC", params[1:])}


# -- inclusion and exclusion -----------------------------------------------------------------------

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


# -- subsets ---------------------------------------------------------------------------------------


def _tell_subsets(elements: tuple[int, ...], condition: str) -> tuple[str, ...]:
    listed = _braces(elements)
    return (
        f"How many subsets of {listed} {condition}?",
        f"S = {listed}. Count the subsets of S that {condition}.",
        f"From {listed} a subset is chosen. In how many ways can it be one of those that "
        f"{condition}?",
    )


def _elements(rng: TaskRng, level: float) -> tuple[int, ...]:
    count = rng.integers(ramp(level, 5, 8), ramp(level, 10, 13))
    return tuple(sorted(rng.sample(range(1, ramp(level, 15, 30)), count)))


class SizeWithEven(Kind):
    """Exactly k elements, at least one of them even."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        elements = _elements(rng, level)
        if all(n % 2 for n in elements):
            elements = (*elements[:-1], elements[-1] + 1)
        return elements, rng.integers(2, len(elements) - 1)

    def tell(self, elements: tuple[int, ...], k: int) -> tuple[str, ...]:
        return _tell_subsets(elements, f"have exactly {k} elements, at least one of them even")

    def solve(self, elements: tuple[int, ...], k: int) -> Worked:
        n, odd = len(elements), sum(e % 2 for e in elements)
        every, none = comb(n, k), comb(odd, k)
        steps = [
            f"All subsets of {k} elements: C({n},{k}) = {every}",
            f"Without an even element: C({odd},{k}) = {none}",
            f"{every} - {none} = {every - none}",
        ]
        wrong = [every, none, every - none + 1, 2**n - 2**odd, (n - odd) * comb(n - 1, k - 1)]
        return Worked(every - none, steps, wrong)


class SizeRange(Kind):
    """At least (or at most) k elements."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        elements = _elements(rng, level)
        return elements, rng.integers(2, len(elements) - 1), rng.integers(0, 2)

    def tell(self, elements: tuple[int, ...], k: int, at_least: int) -> tuple[str, ...]:
        word = "at least" if at_least else "at most"
        return _tell_subsets(elements, f"have {word} {k} elements")

    def solve(self, elements: tuple[int, ...], k: int, at_least: int) -> Worked:
        n = len(elements)
        sizes = range(k, n + 1) if at_least else range(k + 1)
        parts = [comb(n, j) for j in sizes]
        total = sum(parts)
        steps = [
            f"{n} elements, sizes {sizes[0]} to {sizes[-1]}: "
            + ", ".join(f"C({n},{j}) = {c}" for j, c in zip(sizes, parts)),
            f"{' + '.join(map(str, parts))} = {total}",
        ]
        return Worked(total, steps, [comb(n, k), total - comb(n, k), 2**n - total, total - 1])


class SizeWithLargest(Kind):
    """Exactly k elements with a given largest (or smallest) element."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        elements = _elements(rng, level)
        rank = rng.integers(3, len(elements))  # 0-based position of the largest
        return elements, rank, rng.integers(2, rank + 1)

    def tell(self, elements: tuple[int, ...], rank: int, k: int) -> tuple[str, ...]:
        return _tell_subsets(
            elements, f"have exactly {k} elements and {elements[rank]} as the largest one"
        )

    def solve(self, elements: tuple[int, ...], rank: int, k: int) -> Worked:
        right = comb(rank, k - 1)
        steps = [
            f"{rank} elements are smaller than {elements[rank]}",
            f"Choose the other {k - 1} among them: C({rank},{k - 1}) = {right}",
        ]
        n = len(elements)
        return Worked(right, steps, [comb(rank, k), comb(n - 1, k - 1), comb(n, k), 2**rank])


class BothParities(Kind):
    """At least one even and one odd element."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        elements = _elements(rng, level)
        odd = sum(e % 2 for e in elements)
        if odd in (0, len(elements)):
            elements = (*elements[:-1], elements[-1] + 1)
        return (elements,)

    def tell(self, elements: tuple[int, ...]) -> tuple[str, ...]:
        return _tell_subsets(elements, "have at least one even and at least one odd element")

    def solve(self, elements: tuple[int, ...]) -> Worked:
        n, odd = len(elements), sum(e % 2 for e in elements)
        even = n - odd
        right = (2**odd - 1) * (2**even - 1)
        steps = [
            f"Non-empty choices among {odd} odd: 2^{odd} - 1 = {2**odd - 1}",
            f"Non-empty choices among {even} even: 2^{even} - 1 = {2**even - 1}",
            f"{2**odd - 1} * {2**even - 1} = {right}",
        ]
        return Worked(right, steps, [2**n - 2**odd - 2**even, odd * even, 2**n - 1, 2**n])


class NoNeighbours(Kind):
    """Subsets of an interval of integers without two consecutive ones, of size k."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        n = rng.integers(ramp(level, 8, 10), ramp(level, 13, 16))
        return rng.integers(1, 30), n, rng.integers(2, (n + 1) // 2)

    def tell(self, first: int, n: int, k: int) -> tuple[str, ...]:
        return _tell_subsets(
            tuple(range(first, first + n)),
            f"have exactly {k} elements and contain no two consecutive integers",
        )

    def solve(self, first: int, n: int, k: int) -> Worked:
        right = comb(n - k + 1, k)
        steps = [
            f"Put {k} chosen numbers into the gaps of the {n - k} others: {n - k + 1} gaps",
            f"C({n - k + 1},{k}) = {right}",
        ]
        return Worked(right, steps, [comb(n, k), comb(n - k, k), comb(n, k) - (n - 1)])


class SumParity(Kind):
    """Exactly k elements with an even (or odd) sum."""

    since = 0.5

    def draw(self, rng: TaskRng, level: float) -> Params:
        elements = _elements(rng, level)
        k, parity = rng.integers(2, len(elements) - 1), rng.integers(0, 2)
        if not _with_parity(elements, k, parity):
            parity = 1 - parity
        return elements, k, parity

    def tell(self, elements: tuple[int, ...], k: int, parity: int) -> tuple[str, ...]:
        word = "odd" if parity else "even"
        return _tell_subsets(elements, f"have exactly {k} elements with an {word} sum")

    def solve(self, elements: tuple[int, ...], k: int, parity: int) -> Worked:
        odd = sum(e % 2 for e in elements)
        even = len(elements) - odd
        cases = _with_parity(elements, k, parity)
        parts = [part for _, part in cases]
        total = sum(parts)
        word = "odd" if parity else "even"
        steps = [
            f"{odd} odd and {even} even elements; the number of odd ones taken must be {word}",
            *(f"{j} odd: C({odd},{j}) * C({even},{k - j}) = {part}" for j, part in cases),
            f"{' + '.join(map(str, parts))} = {total}",
        ]
        whole = comb(odd + even, k)
        return Worked(total, steps, [whole, whole - total, whole // 2, 2 ** (odd + even - 1)])


def _with_parity(elements: tuple[int, ...], k: int, parity: int) -> list[tuple[int, int]]:
    """(j, ways) for every possible number j of odd elements among k, of the given parity."""
    odd = sum(e % 2 for e in elements)
    even = len(elements) - odd
    cases = [(j, comb(odd, j) * comb(even, k - j)) for j in range(parity, k + 1, 2)]
    return [case for case in cases if case[1]]


@register
class SubsetsCount(KindTopic):
    """Subsets of a listed set under a condition."""

    name = "subsets_count"
    group = "sets"
    summary = "Number of subsets of a listed set that satisfy a condition."
    method = "Split by size or by the kind of elements taken, count each case, and add up."
    phrasings = 3
    answer_form = {"kind": "integer"}
    kinds = (
        SizeWithEven(),
        SizeRange(),
        SizeWithLargest(),
        BothParities(),
        NoNeighbours(),
        SumParity(),
    )
