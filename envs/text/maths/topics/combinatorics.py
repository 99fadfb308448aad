"""Counting: arrangements, selections and lattice paths, each under conditions."""

from __future__ import annotations

from math import comb, factorial, perm, prod

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.topics.kinds import Kind, KindTopic, Worked

# -- arrangements ----------------------------------------------------------------------------------

_LETTERS = "ABCDEGHIKLMNOPRSTUVW"


def _multinomial(counts: tuple[int, ...]) -> int:
    return factorial(sum(counts)) // prod(map(factorial, counts))


class Letters(Kind):
    """Arrangements of letters, some of them repeated; from the middle on with two of them fixed."""

    # Numbers: (letters, counts, ends): a letter of each sort, how often it stands, and the index
    # of the letter at both ends (needs a count of 2 or more) or -1.

    def draw(self, rng: TaskRng, level: float) -> Params:
        sorts = rng.integers(ramp(level, 3, 4), ramp(level, 6, 7))
        counts = tuple(rng.integers(1, 4) for _ in range(sorts))
        if max(counts) == 1:
            counts = (2, *counts[1:])
        letters = tuple(rng.sample(_LETTERS, sorts))
        doubled = [i for i, c in enumerate(counts) if c > 1]
        ends = rng.choice(doubled) if level >= 0.4 and rng.integers(0, 2) else -1
        return letters, counts, ends

    def canonical(self, letters: tuple[str, ...], counts: tuple[int, ...], ends: int) -> Params:
        return tuple(sorted(zip(letters, counts))), letters[ends] if ends >= 0 else ""

    def tell(self, letters: tuple[str, ...], counts: tuple[int, ...], ends: int) -> tuple[str, ...]:
        word = "".join(a * c for a, c in zip(letters, counts))
        also = f" beginning and ending with {letters[ends]}" if ends >= 0 else ""
        where = f" if both ends must be {letters[ends]}" if ends >= 0 else ""
        return (
            f"How many different arrangements of the letters {word} are there{where}?",
            f"Count the distinct strings{also}, made of the letters {word}, each used once.",
            f"In how many distinguishable ways can the letters of {word} be ordered{where}?",
        )

    def solve(self, letters: tuple[str, ...], counts: tuple[int, ...], ends: int) -> Worked:
        steps = []
        left = counts
        if ends >= 0:
            left = tuple(c - 2 * (i == ends) for i, c in enumerate(counts))
            steps.append(f"With {letters[ends]} at both ends, {sum(left)} letters are left")
        n, right = sum(left), _multinomial(left)
        below = [c for c in left if c > 1]
        if below:
            steps.append(
                f"{n}! / ({' * '.join(f'{c}!' for c in below)}) = {factorial(n)} / "
                f"{prod(map(factorial, below))} = {right}"
            )
        else:
            steps.append(f"{n}! = {right}")
        wrong = [factorial(n), _multinomial(counts), factorial(sum(counts)), right // 2, 2 * right]
        return Worked(right, steps, wrong)


class Row(Kind):
    """n people in a row; k named ones all together, or no two of them side by side."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        k = rng.integers(2, ramp(level, 4, 6))
        n = rng.integers(max(k + 1, ramp(level, 5, 7)), ramp(level, 10, 12))
        together = rng.integers(0, 2)
        return max(n, 2 * k - 1), k, together

    def tell(self, n: int, k: int, together: int) -> tuple[str, ...]:
        rule = "all stand next to each other" if together else "are never next to one another"
        return (
            f"{n} people line up; {k} of them are sisters. In how many orders do the sisters "
            f"{'stand all together' if together else 'stand with no two side by side'}?",
            f"Count the orders of {n} different books on a shelf in which {k} given books {rule}.",
            f"{n} runners, {k} of them in red, stand in a row. How many arrangements are there in "
            f"which the red ones {rule}?",
        )

    def solve(self, n: int, k: int, together: int) -> Worked:
        block, apart = factorial(n - k + 1) * factorial(k), factorial(n - k) * perm(n - k + 1, k)
        if together:
            steps = [
                f"The {k} as one block: {n - k + 1}! = {factorial(n - k + 1)} orders",
                f"Inside the block: {k}! = {factorial(k)}",
                f"{factorial(n - k + 1)} * {factorial(k)} = {block}",
            ]
            wrong = [factorial(n - k + 1), factorial(n), block // factorial(k) * k, apart]
            return Worked(block, steps, wrong)
        steps = [
            f"The other {n - k}: {n - k}! = {factorial(n - k)} orders",
            f"Places for the {k} in {n - k + 1} gaps: {perm(n - k + 1, k)}",
            f"{factorial(n - k)} * {perm(n - k + 1, k)} = {apart}",
        ]
        wrong = [factorial(n) - block, block, factorial(n - k) * comb(n - k + 1, k)]
        return Worked(apart, steps, wrong)


class Digits(Kind):
    """Numbers of k different digits from a list; even, odd or any; none starts with 0."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = rng.integers(ramp(level, 5, 7), ramp(level, 9, 10))
        digits = tuple(sorted(rng.sample(range(10), min(size, 10))))
        if not 0 < sum(d % 2 for d in digits) < len(digits):
            digits = (*digits[:-1], digits[-1] - 1) if digits[-2] < digits[-1] - 1 else digits
        return digits, rng.integers(3, ramp(level, 5, 6)), rng.integers(0, 3)

    def tell(self, digits: tuple[int, ...], k: int, ask: int) -> tuple[str, ...]:
        listed = ", ".join(map(str, digits))
        kind = ("", "even ", "odd ")[ask]
        return (
            f"How many {kind}{k}-digit numbers can be formed from the digits {listed}, using each "
            f"at most once?",
            f"Digits {listed} are printed on one card each. Count the {kind}numbers of {k} digits "
            f"(no leading zero) that the cards can show.",
            f"Find how many {kind}{k}-digit integers have only different digits taken from "
            f"{listed}.",
        )

    def solve(self, digits: tuple[int, ...], k: int, ask: int) -> Worked:
        n = len(digits)
        zero = 0 in digits
        whole = perm(n, k)
        if ask == 0:
            first = n - zero
            right = first * perm(n - 1, k - 1)
            steps = [
                f"First digit: {first} choices; the other {k - 1}: {perm(n - 1, k - 1)} ways",
                f"{first} * {perm(n - 1, k - 1)} = {right}",
            ]
            return Worked(right, steps, [whole, n**k, comb(n, k), first * (n - 1) ** (k - 1)])
        last = [d for d in digits if d % 2 == ask - 1]
        middle = perm(n - 2, k - 2)
        counts = [(n - 1 - (zero and d != 0)) * middle for d in last]
        right = sum(counts)
        steps = [
            f"Last digit {d}: {c // middle} first digits * {middle} for the rest = {c}"
            for d, c in zip(last, counts)
        ]
        steps.append(f"{' + '.join(map(str, counts)) or 0} = {right}")
        wrong = [len(last) * perm(n - 1, k - 1), whole, len(last) * n ** (k - 1), right + middle]
        return Worked(right, steps, wrong)


class Prizes(Kind):
    """k different prizes among n people, at most one each; a named person wins, or two not both."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        k = rng.integers(2, ramp(level, 4, 6))
        return rng.integers(k + 2, ramp(level, 11, 25)), k, rng.integers(0, 3)

    def tell(self, n: int, k: int, ask: int) -> tuple[str, ...]:
        rule = (
            "Ann wins nothing",
            "Ann wins a prize",
            "Ann and Bob do not both win a prize",
        )[ask]
        return (
            f"{k} different prizes go to {n} people (Ann and Bob among them), at most one each. "
            f"In how many ways so that {rule}?",
            f"A club of {n} members, with Ann and Bob, gives {k} different cups, nobody getting "
            f"two. "
            f"Count the outcomes where {rule}.",
            f"Among {n} runners, with Ann and Bob, places 1 to {k} earn a prize. How many lists of "
            f"those {k} places are there in which {rule}?",
        )

    def solve(self, n: int, k: int, ask: int) -> Worked:
        whole, without = perm(n, k), perm(n - 1, k)
        product = " * ".join(str(n - i) for i in range(k))
        if ask == 0:
            product = " * ".join(str(n - 1 - i) for i in range(k))
            return Worked(
                without, [f"{product} = {without}"], [whole, comb(n - 1, k), (n - 1) ** k]
            )
        if ask == 1:
            right = whole - without
            steps = [
                f"Ann's prize: {k} choices",
                f"The other {k - 1} prizes among {n - 1} people: {perm(n - 1, k - 1)} ways",
                f"{k} * {perm(n - 1, k - 1)} = {right}",
            ]
            return Worked(right, steps, [perm(n - 1, k - 1), without, whole, comb(n - 1, k - 1)])
        both = k * (k - 1) * perm(n - 2, k - 2)
        right = whole - both
        steps = [
            f"All: {product} = {whole}",
            f"Both win: {k} * {k - 1} * {perm(n - 2, k - 2)} = {both}",
            f"{whole} - {both} = {right}",
        ]
        return Worked(right, steps, [both, perm(n - 2, k), whole - both // 2, whole])


class RoundTable(Kind):
    """Seats round a table, rotations not told apart, with two people together or apart."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        n = rng.integers(ramp(level, 5, 7), ramp(level, 9, 12))
        return n, rng.integers(0, 2), rng.integers(1, ramp(level, 2, 4))

    def tell(self, n: int, apart: int, pairs: int) -> tuple[str, ...]:
        if apart:
            rule = "Ann and Bob do not sit side by side"
            who = f"{n + 1} people, Ann and Bob among them,"
        else:
            rule = "every couple sits side by side"
            who = f"{n + pairs} people, {pairs} couple{'s' * (pairs > 1)} and {n - pairs} singles,"
        return (
            f"{who} sit at a round table. How many seatings are there in which {rule}? "
            f"(Rotations count as the same.)",
            f"Count the circular arrangements, up to rotation, of {who} such that {rule}.",
            f"In how many ways can {who} be placed round a table so that {rule}, if turning the "
            f"table makes no difference?",
        )

    def canonical(self, n: int, apart: int, pairs: int) -> Params:
        return n, apart, 0 if apart else pairs

    def solve(self, n: int, apart: int, pairs: int) -> Worked:
        if apart:
            whole, together = factorial(n), 2 * factorial(n - 1)
            steps = [
                f"All seatings: {n}! = {whole}",
                f"Ann and Bob side by side: 2 * {n - 1}! = {together}",
                f"{whole} - {together} = {whole - together}",
            ]
            wrong = [whole, together, factorial(n + 1) - 2 * factorial(n), whole - together // 2]
            return Worked(whole - together, steps, wrong)
        blocks = factorial(n - 1)
        right = blocks * 2**pairs
        steps = [
            f"{pairs} blocks and {n - pairs} singles are {n} units: {n - 1}! = {blocks} circles",
            f"Orders inside the couples: 2^{pairs} = {2**pairs}",
            f"{blocks} * {2**pairs} = {right}",
        ]
        return Worked(right, steps, [blocks, factorial(n) * 2**pairs, blocks * 2 * (pairs + 1)])


@register
class PermutationsCount(KindTopic):
    """Orders of things, with repeated things or under conditions."""

    name = "permutations_count"
    group = "combinatorics"
    summary = "Arrangements of letters, people, digits and prizes under conditions."
    method = "Fill the restricted places first, then count the ways for the rest and multiply."
    phrasings = 3
    answer_form = {"kind": "integer"}
    kinds = (Letters(), Row(), Digits(), Prizes(), RoundTable())


# -- selections ------------------------------------------------------------------------------------


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
            f"can "
            f"three of the marked points be chosen that do not lie on one line?",
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
            f"In "
            f"how many ways, if {rule}?",
            f"Count the committees of {k}, each with a chair from its members, out of {m} men and "
            f"{w} women, where {rule}.",
            f"{m} men and {w} women stand for a board of {k} that includes a chair. How many "
            f"boards "
            f"are possible such that {rule}?",
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


# -- lattice paths ---------------------------------------------------------------------------------


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
