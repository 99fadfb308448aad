"""Counting choices: committees, points, rectangles, equal shares."""

from __future__ import annotations

from math import comb

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register


class Committee(Kind):
    """k of m men and w women, with a bound on the number of women."""

    _BOUNDS = ("exactly", "at least", "at most")

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 8, 13)
        low = ramp(level, 3, 5)
        m, w = rng.integers(low, top), rng.integers(low, top)
        k = rng.integers(3, ramp(level, 5, 7))
        return m, w, k, rng.integers(1, min(k, w)), rng.integers(0, 3)

    def tell(self, m: int, w: int, k: int, j: int, bound: int) -> tuple[str, ...]:
        rule = f"{self._BOUNDS[bound]} {j}"
        return (
            f"From {m} men and {w} women a committee of {k} is chosen. How many committees have "
            f"{rule} women?",
            f"A box holds {m} different black and {w} different white counters. In how many ways "
            f"can {k} be taken so that {rule} are white?",
            f"Count the teams of {k} made of {m} boys and {w} girls in which the number of girls "
            f"is {rule}.",
        )

    def solve(self, m: int, w: int, k: int, j: int, bound: int) -> Worked:
        sizes = (range(j, j + 1), range(j, k + 1), range(j + 1))[bound]
        cases = [(i, comb(w, i) * comb(m, k - i)) for i in sizes if i <= w and k - i <= m]
        right = sum(c for _, c in cases)
        steps = [
            f"{i} from {w} and {k - i} from {m}: C({w},{i}) * C({m},{k - i}) = "
            f"{comb(w, i)} * {comb(m, k - i)} = {c}"
            for i, c in cases
        ]
        if len(cases) != 1:
            steps.append(f"{' + '.join(str(c) for _, c in cases) or 0} = {right}")
        whole = comb(m + w, k)
        wrong = [
            whole,
            whole - right,
            comb(w, j) * comb(m + w - j, k - j),
            comb(w, j) + comb(m, k - j),
        ]
        return Worked(right, steps, wrong)


class Feud(Kind):
    """k of n people, with a condition on two named ones."""

    _RULES = (
        "Ann and Bob are not both chosen",
        "Ann and Bob are both chosen or both left out",
        "exactly one of Ann and Bob is chosen",
    )

    def draw(self, rng: TaskRng, level: float) -> Params:
        n = rng.integers(ramp(level, 6, 10), ramp(level, 13, 20))
        return n, rng.integers(2, min(n - 2, ramp(level, 5, 8))), rng.integers(0, 3)

    def tell(self, n: int, k: int, rule: int) -> tuple[str, ...]:
        text = self._RULES[rule]
        return (
            f"{k} of {n} people (Ann and Bob among them) are chosen. In how many ways is it true "
            f"that {text}?",
            f"A coach picks {k} from {n} players, including Ann and Bob, so that {text}. How many "
            f"choices are there?",
            f"Count the groups of {k} out of {n} pupils such that {text}. (Both are pupils.)",
        )

    def solve(self, n: int, k: int, rule: int) -> Worked:
        both, none, one = comb(n - 2, k - 2), comb(n - 2, k), 2 * comb(n - 2, k - 1)
        whole = comb(n, k)
        with_both = f"Both: C({n - 2},{k - 2}) = {both}"
        if rule == 0:
            right = whole - both
            steps = [f"All: C({n},{k}) = {whole}", with_both, f"{whole} - {both} = {right}"]
            return Worked(right, steps, [none, whole, both, one])
        if rule == 1:
            steps = [
                with_both,
                f"Neither: C({n - 2},{k}) = {none}",
                f"{both} + {none} = {both + none}",
            ]
            return Worked(both + none, steps, [none, both, one, whole])
        steps = [
            f"One of the two, and {k - 1} of the other {n - 2}: "
            f"2 * C({n - 2},{k - 1}) = 2 * {one // 2} = {one}"
        ]
        return Worked(one, steps, [one // 2, whole - both, comb(n - 1, k - 1), both + none])


class Points(Kind):
    """Triangles with corners among points on two parallel lines."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        return rng.integers(2, ramp(level, 12, 30)), rng.integers(3, ramp(level, 12, 30))

    def canonical(self, a: int, b: int) -> Params:
        return (a, b) if a < b else (b, a)

    def tell(self, a: int, b: int) -> tuple[str, ...]:
        return (
            f"{a} points lie on one line and {b} on a parallel line. How many triangles have their "
            f"corners at these points?",
            f"Two parallel lines carry {a} and {b} marked points. Count the triangles whose three "
            f"vertices are marked.",
            f"Mark {a} points on a line and {b} on another one parallel to it. In how many ways "
            "can three of the marked points be chosen that do not lie on one line?",
        )

    def solve(self, a: int, b: int) -> Worked:
        x, y = comb(a, 2) * b, a * comb(b, 2)
        steps = [
            f"Two on the first line: C({a},2) * {b} = {x}",
            f"Two on the second line: {a} * C({b},2) = {y}",
            f"{x} + {y} = {x + y}",
        ]
        return Worked(x + y, steps, [comb(a + b, 3), x, y, comb(a, 3) + comb(b, 3)])


class Rectangles(Kind):
    """Rectangles in a grid of cells; for contrast with lattice paths."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        return rng.integers(2, ramp(level, 10, 25)), rng.integers(2, ramp(level, 10, 25))

    def canonical(self, a: int, b: int) -> Params:
        return (a, b) if a < b else (b, a)

    def tell(self, a: int, b: int) -> tuple[str, ...]:
        return (
            f"How many rectangles of any size, squares included, does a grid of {a} by {b} cells "
            f"contain?",
            f"A sheet is ruled into {a} rows and {b} columns. Count all rectangles bounded by its "
            f"lines.",
            f"{a + 1} horizontal lines cross {b + 1} vertical lines. How many rectangles do they "
            f"form?",
        )

    def solve(self, a: int, b: int) -> Worked:
        x, y = comb(a + 1, 2), comb(b + 1, 2)
        steps = [
            f"Two of {a + 1} horizontal lines: C({a + 1},2) = {x}",
            f"Two of {b + 1} vertical lines: C({b + 1},2) = {y}",
            f"{x} * {y} = {x * y}",
        ]
        return Worked(x * y, steps, [a * b, comb(a, 2) * comb(b, 2), x + y, (a + 1) * (b + 1)])


class Sharing(Kind):
    """n equal things to k different people, each at least m."""

    since = 0.25

    def draw(self, rng: TaskRng, level: float) -> Params:
        k, least = rng.integers(3, ramp(level, 5, 7)), rng.integers(0, 3)
        return k * least + rng.integers(4, ramp(level, 10, 20)), k, least

    def tell(self, n: int, k: int, least: int) -> tuple[str, ...]:
        rule = f"each gets at least {least}" if least else "some may get none"
        return (
            f"{n} equal coins are shared among {k} children so that {rule}. In how many ways?",
            f"Count the ways to put {n} identical balls into {k} numbered boxes; {rule}.",
            f"How many solutions in integers, all at least {least}, has "
            f"{' + '.join(f'x{i + 1}' for i in range(k))} = {n}?",
        )

    def solve(self, n: int, k: int, least: int) -> Worked:
        free = n - k * least
        right = comb(free + k - 1, k - 1)
        steps = (
            [] if not least else [f"First give everyone {least}: {n} - {k} * {least} = {free} left"]
        )
        steps.append(f"{free} things and {k - 1} dividers: C({free + k - 1},{k - 1}) = {right}")
        wrong = [comb(n + k - 1, k - 1), comb(free + k, k), comb(free, k - 1), k**free]
        return Worked(right, steps, wrong)


class Chaired(Kind):
    """A committee of k with a chair; the chair or at least one member is a woman."""

    since = 0.4

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 7, 12)
        m, w = rng.integers(4, top), rng.integers(4, top)
        return m, w, rng.integers(3, ramp(level, 4, 6)), rng.integers(0, 2)

    def tell(self, m: int, w: int, k: int, ask: int) -> tuple[str, ...]:
        rule = ("the chair is a woman", "the chair is a woman and some member is a man")[ask]
        return (
            f"From {m} men and {w} women a committee of {k} is formed and one member made chair. "
            f"In how many ways, if {rule}?",
            f"Count the committees of {k}, each with a chair from its members, out of {m} men and "
            f"{w} women, where {rule}.",
            f"{m} men and {w} women stand for a board of {k} that includes a chair. How many "
            f"boards are possible such that {rule}?",
        )

    def solve(self, m: int, w: int, k: int, ask: int) -> Worked:
        rest, women = comb(m + w - 1, k - 1), comb(w - 1, k - 1)
        steps = [f"Chair: {w} choices", f"Others: C({m + w - 1},{k - 1}) = {rest}"]
        if ask == 0:
            steps.append(f"{w} * {rest} = {w * rest}")
            wrong = [comb(m + w, k) * k, rest, comb(m + w, k), w * comb(w - 1, k - 1)]
            return Worked(w * rest, steps, wrong)
        right = w * (rest - women)
        steps += [
            f"Others all women: C({w - 1},{k - 1}) = {women}",
            f"{w} * ({rest} - {women}) = {right}",
        ]
        return Worked(right, steps, [w * rest, w * m * comb(m + w - 2, k - 2), rest - women])


@register
class CombinationsCount(KindTopic):
    """Choices without order."""

    name = "combinations_count"
    group = "combinatorics"
    summary = "Committees, pairs that may not both serve, triangles, rectangles, equal shares."
    method = "Split into cases that fix how many come from each part; multiply inside, add across."
    phrasings = 3
    answer_form = {"kind": "integer"}
    kinds = (Committee(), Feud(), Points(), Rectangles(), Sharing(), Chaired())
