"""Counting the subsets of a listed set that satisfy a condition."""

from __future__ import annotations

from math import comb

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import set_text


def _tell_subsets(elements: tuple[int, ...], condition: str) -> tuple[str, ...]:
    listed = set_text(elements)
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
