"""Expected values of payouts, dice and repeated trials."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.chances import FACES, LOWEST_FORM
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import plus

_WANTED = "Answer with an integer or a fraction in lowest terms."


class Payout(Kind):
    """A game with several payments and their probabilities."""

    # Numbers: (payment, weight) per case; probabilities are weights over their sum.

    def draw(self, rng: TaskRng, level: float) -> Params:
        count = rng.integers(2, 4 + int(level * 2))
        top = ramp(level, 12, 60)
        values = rng.sample(range(-top, top + 1), count)
        return (tuple((v, rng.integers(1, ramp(level, 6, 12))) for v in values),)

    def canonical(self, cases: tuple[tuple[int, int], ...]) -> Params:
        return tuple(sorted(cases))

    def tell(self, cases: tuple[tuple[int, int], ...]) -> tuple[str, ...]:
        whole = sum(w for _, w in cases)
        listed = ", ".join(f"{v} with probability {Fraction(w, whole)}" for v, w in cases)
        cards = ", ".join(f"{w} card{'s' * (w > 1)} worth {v}" for v, w in cases)
        wheel = ", ".join(f"{w} of {whole} sectors pay {v}" for v, w in cases)
        return (
            f"X takes the values {listed}. What is the expected value of X? {_WANTED}",
            f"A deck has {cards}. One is drawn at random. Find its mean worth. {_WANTED}",
            f"On a wheel {wheel} (a negative number is a loss). What does one spin bring on "
            f"average? {_WANTED}",
        )

    def solve(self, cases: tuple[tuple[int, int], ...]) -> Worked:
        whole = sum(w for _, w in cases)
        total = sum(v * w for v, w in cases)
        right = Fraction(total, whole)
        terms = " + ".join(f"({v}) * {w}" if v < 0 else f"{v} * {w}" for v, w in cases)
        steps = [
            f"Weights in all: {whole}",
            f"{terms} = {total}",
            f"E = {total}/{whole} = {right}",
        ]
        flat = Fraction(sum(v for v, _ in cases), len(cases))
        return Worked(right, steps, [flat, Fraction(total), right + 1, -right])


class DiceMean(Kind):
    """A linear combination of dice."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        f, g = (FACES[rng.integers(0, 6)] for _ in range(2))
        top = ramp(level, 5, 12)
        return f, g, rng.integers(1, top), rng.integers(1, top) * rng.sign(), rng.integers(-9, 10)

    def tell(self, f: int, g: int, a: int, b: int, c: int) -> tuple[str, ...]:
        sign = "+" if b > 0 else "-"
        tail = f" {plus(c)}" if c else ""
        rule = f"{a}*X {sign} {abs(b)}*Y{tail}"
        return (
            f"X is a fair {f}-sided die and Y a fair {g}-sided die. What is the expected value of "
            f"{rule}? {_WANTED}",
            f"You roll a {f}-sided die (X) and a {g}-sided die (Y) and score {rule}. Find the mean "
            f"score. {_WANTED}",
            f"Compute E({rule}), where X is uniform on 1..{f} and Y on 1..{g}. {_WANTED}",
        )

    def solve(self, f: int, g: int, a: int, b: int, c: int) -> Worked:
        x, y = Fraction(f + 1, 2), Fraction(g + 1, 2)
        right = a * x + b * y + c
        steps = [
            f"E(X) = {x}, E(Y) = {y}",
            f"{a} * {x} {plus(b)} * {y} {plus(c)} = {right}",
        ]
        wrong = [
            a * Fraction(f, 2) + b * Fraction(g, 2) + c,
            a * x + b * y,
            x + y,
            right - 2 * b * y,
        ]
        return Worked(right, steps, wrong)


class MaxMean(Kind):
    """The larger or smaller of two dice."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        f, g = rng.integers(3, ramp(level, 9, 13)), rng.integers(3, ramp(level, 9, 13))
        return min(f, g), max(f, g), rng.integers(0, 3)

    def tell(self, f: int, g: int, ask: int) -> tuple[str, ...]:
        value = ("the larger number", "the smaller number", "the difference (larger - smaller)")[
            ask
        ]
        spins = f"1 to {f} and 1 to {g}"
        return (
            f"Two fair spinners show {spins}. What is the expected value of {value} (either, if "
            f"equal)? {_WANTED}",
            f"Two whole numbers are drawn uniformly, from {spins}. Find the mean of {value}. "
            f"{_WANTED}",
            f"X is uniform on 1..{f}, Y on 1..{g}, independent. Compute the average of {value} of "
            f"the two. {_WANTED}",
        )

    def solve(self, f: int, g: int, ask: int) -> Worked:
        whole = f * g
        low = sum((f - v + 1) * (g - v + 1) for v in range(1, f + 1))
        smaller = Fraction(low, whole)
        both = Fraction(f + g + 2, 2)
        steps = [
            f"E(smaller) = sum of P(smaller >= v) = ({low})/({whole}) = {smaller}",
        ]
        if ask == 1:
            return Worked(smaller, steps, [both - smaller, both / 2, smaller + Fraction(1, f)])
        larger = both - smaller
        steps.append(f"E(larger) = {both} - {smaller} = {larger}")
        if ask == 0:
            return Worked(larger, steps, [smaller, both / 2, larger + Fraction(1, g)])
        gap = larger - smaller
        steps.append(f"{larger} - {smaller} = {gap}")
        return Worked(gap, steps, [Fraction(g - f, 2), larger, smaller, gap + 1])


class Binomial(Kind):
    """Winnings from n independent tries."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        den = rng.integers(3, ramp(level, 8, 20))
        top = ramp(level, 12, 60)
        num = rng.integers(1, den)
        return rng.integers(3, top), num, den, rng.integers(1, top), rng.integers(1, top)

    def canonical(self, n: int, num: int, den: int, win: int, lose: int) -> Params:
        p = Fraction(num, den)
        return n, p.numerator, p.denominator, win, lose

    def tell(self, n: int, num: int, den: int, win: int, lose: int) -> tuple[str, ...]:
        p = Fraction(num, den)
        return (
            f"Each of {n} shots hits with probability {p}. A hit brings {win} points, a miss costs "
            f"{lose}. What is the expected total? {_WANTED}",
            f"A player wins {win} with chance {p} and otherwise loses {lose}. Find the expected "
            f"gain after {n} rounds. {_WANTED}",
            f"{n} questions are answered right with probability {p} each: {win} marks if right, "
            f"minus {lose} if wrong. Compute the mean number of marks. {_WANTED}",
        )

    def solve(self, n: int, num: int, den: int, win: int, lose: int) -> Worked:
        p = Fraction(num, den)
        one = win * p - lose * (1 - p)
        right = n * one
        steps = [
            f"One try: {win} * {p} - {lose} * {1 - p} = {one}",
            f"{n} * ({one}) = {right}"
            if one < 0 or one.denominator > 1
            else f"{n} * {one} = {right}",
        ]
        wrong = [n * (win * p + lose * (1 - p)), n * win * p, one, n * win * p - lose]
        return Worked(right, steps, wrong)


@register
class ExpectedValue(KindTopic):
    """Means of games, dice and repeated tries."""

    name = "expected_value"
    group = "probability"
    summary = "Expected values of payouts, dice, extremes and repeated tries."
    method = "Weigh every value with its probability and add; means of sums add up."
    phrasings = 3
    answer_form = LOWEST_FORM
    kinds = (Payout(), DiceMean(), Binomial(), MaxMean())
