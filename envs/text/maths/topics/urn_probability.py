"""Chances of drawing coloured balls, with and without replacement."""

from __future__ import annotations

from fractions import Fraction
from math import comb, perm

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.chances import LOWEST_FORM, WANTED, probability_text
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.topic import Params, ramp, register


def _urn(red: int, blue: int, green: int) -> str:
    if green:
        return f"{red} red, {blue} blue and {green} green balls"
    return f"{red} red and {blue} blue balls"


def _draw_urn(rng: TaskRng, level: float) -> tuple[int, int, int]:
    top = ramp(level, 9, 15)
    green = rng.integers(2, top) if level >= 0.4 and rng.integers(0, 2) else 0
    return rng.integers(2, top), rng.integers(2, top), green


class ExactlyRed(Kind):
    """k drawn at once; exactly or at least j are red."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        red, blue, green = _draw_urn(rng, level)
        k = rng.integers(2, ramp(level, 3, 5))
        k = min(k, red + blue + green - 1)
        low = max(1, k - blue - green)
        return red, blue, green, k, rng.integers(low, max(low, min(k, red)) + 1), rng.integers(0, 2)

    def tell(
        self, red: int, blue: int, green: int, k: int, j: int, at_least: int
    ) -> tuple[str, ...]:
        balls = _urn(red, blue, green)
        event = (
            f"{'at least' if at_least else 'exactly'} {j} of them {'is' if j == 1 else 'are'} red"
        )
        return (
            f"A bag holds {balls}. {k} are drawn without replacement. What is the probability that "
            f"{event}? {WANTED}",
            f"{k} balls are taken at once from an urn with {balls}. Find the chance that {event}. "
            f"{WANTED}",
            f"From a box of {balls}, {k} leave at random, none put back. How likely is it that "
            f"{event}? {WANTED}",
        )

    def solve(self, red: int, blue: int, green: int, k: int, j: int, at_least: int) -> Worked:
        other = blue + green
        n, whole = red + other, comb(red + other, k)
        sizes = range(j, k + 1) if at_least else range(j, j + 1)
        cases = [(i, c) for i in sizes if (c := comb(red, i) * comb(other, k - i))]
        part = sum(c for _, c in cases)
        steps = [
            f"All choices: C({n},{k}) = {whole}",
            *(f"{i} red: C({red},{i}) * C({other},{k - i}) = {c}" for i, c in cases),
        ]
        if len(cases) > 1:
            steps.append(f"{' + '.join(str(c) for _, c in cases)} = {part}")
        steps.append(probability_text(part, whole))
        back = sum(Fraction(comb(k, i) * red**i * other ** (k - i), n**k) for i in sizes)
        wrong = [back, Fraction(whole - part, whole), Fraction(red, n), Fraction(part + 1, whole)]
        return Worked(Fraction(part, whole), steps, [w for w in wrong if w])


class WithReplacement(Kind):
    """k drawn one by one and put back; exactly j are red."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        red, blue, green = _draw_urn(rng, level)
        k = rng.integers(2, ramp(level, 4, 6))
        return red, blue, green, k, rng.integers(1, k + 1)

    def tell(self, red: int, blue: int, green: int, k: int, j: int) -> tuple[str, ...]:
        balls = _urn(red, blue, green)
        event = f"red comes up exactly {j} time{'s' * (j > 1)}"
        return (
            f"A bag holds {balls}. A ball is drawn and put back, {k} times in all. What is the "
            f"probability that {event}? {WANTED}",
            f"{k} times one ball is drawn from {balls} and returned. Find the chance that {event}. "
            f"{WANTED}",
            f"Drawing {k} times with replacement from {balls}, how likely is it that {event}? "
            f"{WANTED}",
        )

    def canonical(self, red: int, blue: int, green: int, k: int, j: int) -> Params:
        return (red, *sorted((blue, green)), k, j)

    def solve(self, red: int, blue: int, green: int, k: int, j: int) -> Worked:
        n = red + blue + green
        other = n - red
        p = Fraction(red, n)
        one = p**j * (1 - p) ** (k - j)
        right = comb(k, j) * one
        steps = [
            f"Red each time: {red}/{n}; not red: {other}/{n}",
            f"Orders: C({k},{j}) = {comb(k, j)}",
            f"P = {comb(k, j)} * ({red}/{n})^{j} * ({other}/{n})^{k - j} = {right}",
        ]
        wrong = [one, p**j, Fraction(comb(red, j) * comb(other, k - j), comb(n, k) or 1), 1 - right]
        return Worked(right, steps, [w for w in wrong if w])


class Colours(Kind):
    """Two drawn: the same colour, or different colours."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        red, blue, green = _draw_urn(rng, level)
        if not green and level >= 0.4:
            green = rng.integers(2, 12)
        return red, blue, green, rng.integers(0, 2), rng.integers(0, 2)

    def tell(self, red: int, blue: int, green: int, back: int, same: int) -> tuple[str, ...]:
        balls = _urn(red, blue, green)
        event = "have the same colour" if same else "have different colours"
        how = "with replacement" if back else "without replacement"
        return (
            f"Two balls are drawn {how} from a bag of {balls}. What is the probability that they "
            f"{event}? {WANTED}",
            f"An urn contains {balls}. You draw twice, {how}. Find the chance that both balls "
            f"{event}. {WANTED}",
            f"How likely is it that two balls, taken {how} from {balls}, {event}? {WANTED}",
        )

    def canonical(self, red: int, blue: int, green: int, back: int, same: int) -> Params:
        return (*sorted((red, blue, green)), back, same)

    def solve(self, red: int, blue: int, green: int, back: int, same: int) -> Worked:
        sizes = [c for c in (red, blue, green) if c]
        n = sum(sizes)
        whole = n * (n - 1 + back)
        parts = [c * (c - 1 + back) for c in sizes]
        alike = sum(parts)
        steps = [
            f"Ordered pairs: {n} * {n - 1 + back} = {whole}",
            f"Same colour: {' + '.join(f'{c} * {c - 1 + back}' for c in sizes)} = {alike}",
        ]
        part = alike
        if not same:
            part = whole - alike
            steps.append(f"Different: {whole} - {alike} = {part}")
        steps.append(probability_text(part, whole))
        squares = sum(c * (c - back) for c in sizes)
        other = Fraction(squares, n * (n - back)) if n > back else Fraction(1, 2)
        wrong = [1 - Fraction(part, whole), other if same else 1 - other, Fraction(part, 2 * whole)]
        return Worked(Fraction(part, whole), steps, [w for w in wrong if w])


class InOrder(Kind):
    """A named order of colours without replacement."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        red, blue, _ = _draw_urn(rng, level)
        k = rng.integers(2, ramp(level, 4, 5) + 1)
        order = tuple(rng.integers(0, 2) for _ in range(k))
        return max(red, k), max(blue, k), order

    def tell(self, red: int, blue: int, order: tuple[int, ...]) -> tuple[str, ...]:
        balls = _urn(red, blue, 0)
        names = ", ".join("blue" if b else "red" for b in order)
        return (
            f"{len(order)} balls are drawn one by one, without replacement, from {balls}. What is "
            f"the probability of the order {names}? {WANTED}",
            f"A bag has {balls}. Nothing is put back. Find the chance that the first draws are "
            f"{names}, in this order. {WANTED}",
            f"How likely is the sequence {names} when balls are taken from {balls} without "
            f"replacement? {WANTED}",
        )

    def solve(self, red: int, blue: int, order: tuple[int, ...]) -> Worked:
        n, blues = red + blue, sum(order)
        left = [red, blue]
        factors = []
        for i, b in enumerate(order):
            factors.append(f"{left[b]}/{n - i}")
            left[b] -= 1
        k = len(order)
        right = Fraction(perm(red, k - blues) * perm(blue, blues), perm(n, k))
        steps = [f"P = {' * '.join(factors)}", f"P = {right}"]
        ways = comb(k, blues)
        wrong = [right * ways, Fraction(red ** (k - blues) * blue**blues, n**k), 1 - right]
        return Worked(right, steps, wrong)


@register
class UrnProbability(KindTopic):
    """Coloured balls, drawn with and without replacement."""

    name = "urn_probability"
    group = "probability"
    summary = "Coloured balls drawn with or without replacement."
    method = "Without replacement count choices; with replacement multiply independent chances."
    phrasings = 3
    answer_form = LOWEST_FORM
    kinds = (ExactlyRed(), WithReplacement(), Colours(), InOrder())
