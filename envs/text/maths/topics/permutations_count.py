"""Counting orders: letters, rows, digits, prizes, round tables."""

from __future__ import annotations

from math import comb, factorial, perm, prod

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register

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
            f"two. Count the outcomes where {rule}.",
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
