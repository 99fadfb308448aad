"""Chances with two or three fair dice."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import prod

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.chances import FACES, LOWEST_FORM, WANTED, probability_text, sum_counts
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import listing


def _dice(faces: tuple[int, ...]) -> str:
    if len(set(faces)) == 1:
        return f"{'two' if len(faces) == 2 else 'three'} fair {faces[0]}-sided dice"
    names = [f"a {f}-sided" for f in faces]
    return f"{listing(names)} fair die"


def _draw_dice(rng: TaskRng, level: float) -> tuple[int, ...]:
    count = 3 if level >= 0.4 and rng.integers(0, 4) < 1 + int(level * 2) else 2
    top = ramp(level, 5, 6)
    return tuple(sorted(FACES[rng.integers(0, min(top, 6))] for _ in range(count)))


def _tell_dice(faces: tuple[int, ...], event: str) -> tuple[str, ...]:
    dice = _dice(faces)
    return (
        f"You roll {dice}. What is the probability that {event}? {WANTED}",
        f"Roll {dice} once. Find the chance that {event}. {WANTED}",
        f"How likely is it, with {dice} numbered from 1, that {event}? {WANTED}",
    )


class DiceSum(Kind):
    """The sum is exactly, at least or at most s."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        faces = _draw_dice(rng, level)
        low, high = len(faces), sum(faces)
        return faces, rng.integers(low + 1, high), rng.integers(0, 3)

    def tell(self, faces: tuple[int, ...], s: int, ask: int) -> tuple[str, ...]:
        bound = ("exactly", "at least", "at most")[ask]
        return _tell_dice(faces, f"the sum is {bound} {s}")

    def solve(self, faces: tuple[int, ...], s: int, ask: int) -> Worked:
        counts, whole = sum_counts(faces), prod(faces)
        part = counts[s] if ask == 0 else sum(counts[s:]) if ask == 1 else sum(counts[: s + 1])
        bound = ("equal to", "at least", "at most")[ask]
        steps = [
            f"Outcomes: {' * '.join(map(str, faces))} = {whole}",
            f"Outcomes with sum {bound} {s}: {part}",
            probability_text(part, whole),
        ]
        sums = sum(faces) - len(faces) + 1
        wrong = [
            Fraction(1, sums),
            Fraction(part + counts[s], whole),
            Fraction(whole - part, whole),
            Fraction(part + 1, whole),
        ]
        return Worked(Fraction(part, whole), steps, [w for w in wrong if w < 1])


class DiceExtreme(Kind):
    """The largest (or smallest) number shown is exactly v."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        faces = _draw_dice(rng, level)
        return faces, rng.integers(2, faces[0] + 1), rng.integers(0, 2)

    def tell(self, faces: tuple[int, ...], v: int, low: int) -> tuple[str, ...]:
        return _tell_dice(faces, f"the {'smallest' if low else 'largest'} number shown is {v}")

    def solve(self, faces: tuple[int, ...], v: int, low: int) -> Worked:
        whole = prod(faces)
        if low:
            wide, narrow = prod(f - v + 1 for f in faces), prod(f - v for f in faces)
            side, inner = f"all at least {v}", f"all at least {v + 1}"
        else:
            wide, narrow = prod(min(v, f) for f in faces), prod(min(v - 1, f) for f in faces)
            side, inner = f"all at most {v}", f"all at most {v - 1}"
        part = wide - narrow
        steps = [
            f"Outcomes {side}: {wide}; {inner}: {narrow}",
            f"{wide} - {narrow} = {part} of {whole}",
            probability_text(part, whole),
        ]
        wrong = [Fraction(wide, whole), Fraction(part + 1, whole), Fraction(1, faces[0])]
        return Worked(Fraction(part, whole), steps, wrong)


class DiceDivisible(Kind):
    """The product or sum is divisible by k."""

    since = 0.2

    def draw(self, rng: TaskRng, level: float) -> Params:
        faces = tuple(f for f in _draw_dice(rng, level) if f <= 12) or (6, 8)
        if len(faces) == 1:
            faces = (4, *faces)
        return faces, rng.integers(3, ramp(level, 6, 9)), rng.integers(0, 2)

    def tell(self, faces: tuple[int, ...], k: int, times: int) -> tuple[str, ...]:
        return _tell_dice(faces, f"the {'product' if times else 'sum'} is divisible by {k}")

    def solve(self, faces: tuple[int, ...], k: int, times: int) -> Worked:
        whole = prod(faces)
        part = _divisible(faces, k, times)
        steps = [f"Outcomes: {whole}"]
        if not times:
            counts = sum_counts(faces)
            hits = [s for s in range(k, len(counts), k) if counts[s]]
            steps.append("Ways: " + ", ".join(f"sum {s}: {counts[s]}" for s in hits))
        else:
            last = faces[-1]
            steps += [
                f"Last die {v}: {c} outcomes"
                for v in range(1, last + 1)
                if (c := _divisible_with(faces[:-1], k, v))
            ]
        steps += [f"In all: {part}", probability_text(part, whole)]
        wrong = [Fraction(1, k), Fraction(whole - part, whole), Fraction(part - 1, whole)]
        return Worked(Fraction(part, whole), steps, wrong)


@lru_cache(maxsize=1024)
def _residues(faces: tuple[int, ...], k: int) -> tuple[int, ...]:
    """How many outcomes have product congruent to r mod k, at index r."""
    counts = [0] * k
    counts[1 % k] = 1
    for f in faces:
        after = [0] * k
        for r, c in enumerate(counts):
            for v in range(1, f + 1):
                after[r * v % k] += c
        counts = after
    return tuple(counts)


def _divisible_with(faces: tuple[int, ...], k: int, v: int) -> int:
    return sum(c for r, c in enumerate(_residues(faces, k)) if r * v % k == 0)


def _divisible(faces: tuple[int, ...], k: int, times: int) -> int:
    return _residues(faces, k)[0] if times else sum(sum_counts(faces)[::k]) - (sum_counts(faces)[0])


class DiceGap(Kind):
    """Two dice: the numbers differ by exactly d, or the first is larger by at least d."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        a, b = (FACES[rng.integers(0, ramp(min(level, 1.0), 5, 6))] for _ in range(2))
        return a, b, rng.integers(1, min(a, b) - 1), rng.integers(0, 2)

    def tell(self, a: int, b: int, d: int, ask: int) -> tuple[str, ...]:
        if ask == 0:
            event = f"the numbers differ by exactly {d}"
        else:
            event = f"the first is greater than the second by at least {d}"
        dice = f"first a fair {a}-sided die, then a fair {b}-sided die"
        return (
            f"You roll {dice}. What is the probability that {event}? {WANTED}",
            f"Roll {dice}. Find the chance that {event}. {WANTED}",
            f"How likely is it, rolling {dice}, that {event}? {WANTED}",
        )

    def canonical(self, a: int, b: int, d: int, ask: int) -> Params:
        return (min(a, b), max(a, b), d, ask) if ask == 0 else (a, b, d, ask)

    def solve(self, a: int, b: int, d: int, ask: int) -> Worked:
        whole = a * b
        if ask == 0:
            up, down = max(0, min(a, b - d)), max(0, min(b, a - d))
            part = up + down
            steps = [f"Second higher by {d}: {up} outcomes; first higher by {d}: {down}"]
        else:
            counts = [max(0, min(b, x - d)) for x in range(d + 1, a + 1)]
            part = sum(counts)
            steps = [f"First die {d + 1} to {a}: {' + '.join(map(str, counts))} = {part} outcomes"]
            up = part
        steps += [f"Outcomes in all: {a} * {b} = {whole}", probability_text(part, whole)]
        wrong = [Fraction(up, 2 * whole), Fraction(whole - part, whole), Fraction(part + 1, whole)]
        return Worked(Fraction(part, whole), steps, wrong)


@register
class DiceProbability(KindTopic):
    """Two or three fair dice, not always with six faces."""

    name = "dice_probability"
    group = "probability"
    summary = "Sums, extremes, differences and divisibility on two or three fair dice."
    method = "Count the favourable outcomes and divide by the number of all outcomes."
    phrasings = 3
    answer_form = LOWEST_FORM
    kinds = (DiceSum(), DiceExtreme(), DiceGap(), DiceDivisible())
