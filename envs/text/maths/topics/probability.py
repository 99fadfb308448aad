"""Probability with equally likely cases: dice, urns, conditions, expected values."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import comb, perm, prod

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.topics.exact import plus
from veragym.envs.text.maths.topics.kinds import Kind, KindTopic, Worked

_WANTED = "Answer with a fraction in lowest terms."
_FORM = {"kind": "rational", "lowest": True}

# -- dice ------------------------------------------------------------------------------------------

_FACES = (4, 6, 8, 10, 12, 20)


@lru_cache(maxsize=256)
def _sums(faces: tuple[int, ...]) -> tuple[int, ...]:
    """How many outcomes of the dice have sum s, at index s."""
    counts: tuple[int, ...] = (1,)
    for f in faces:
        counts = tuple(
            sum(counts[s - v] for v in range(1, f + 1) if 0 <= s - v < len(counts))
            for s in range(len(counts) + f)
        )
    return counts


def _dice(faces: tuple[int, ...]) -> str:
    if len(set(faces)) == 1:
        return f"{'two' if len(faces) == 2 else 'three'} fair {faces[0]}-sided dice"
    names = [f"a {f}-sided" for f in faces]
    return f"{', '.join(names[:-1])} and {names[-1]} fair die"


def _draw_dice(rng: TaskRng, level: float) -> tuple[int, ...]:
    count = 3 if level >= 0.4 and rng.integers(0, 4) < 1 + int(level * 2) else 2
    top = ramp(level, 5, 6)
    return tuple(sorted(_FACES[rng.integers(0, min(top, 6))] for _ in range(count)))


def _tell_dice(faces: tuple[int, ...], event: str) -> tuple[str, ...]:
    dice = _dice(faces)
    return (
        f"You roll {dice}. What is the probability that {event}? {_WANTED}",
        f"Roll {dice} once. Find the chance that {event}. {_WANTED}",
        f"How likely is it, with {dice} numbered from 1, that {event}? {_WANTED}",
    )


def _share(count: int, whole: int) -> str:
    """The last step of a count: the fraction, reduced if need be."""
    right = Fraction(count, whole)
    same = f"{count}/{whole}"
    return f"P = {same}" if str(right) == same else f"P = {same} = {right}"


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
        counts, whole = _sums(faces), prod(faces)
        part = counts[s] if ask == 0 else sum(counts[s:]) if ask == 1 else sum(counts[: s + 1])
        bound = ("equal to", "at least", "at most")[ask]
        steps = [
            f"Outcomes: {' * '.join(map(str, faces))} = {whole}",
            f"Outcomes with sum {bound} {s}: {part}",
            _share(part, whole),
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
            _share(part, whole),
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
            counts = _sums(faces)
            hits = [s for s in range(k, len(counts), k) if counts[s]]
            steps.append("Ways: " + ", ".join(f"sum {s}: {counts[s]}" for s in hits))
        else:
            last = faces[-1]
            steps += [
                f"Last die {v}: {c} outcomes"
                for v in range(1, last + 1)
                if (c := _divisible_with(faces[:-1], k, v))
            ]
        steps += [f"In all: {part}", _share(part, whole)]
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
    return _residues(faces, k)[0] if times else sum(_sums(faces)[::k]) - (_sums(faces)[0])


class DiceGap(Kind):
    """Two dice: the numbers differ by exactly d, or the first is larger by at least d."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        a, b = (_FACES[rng.integers(0, ramp(min(level, 1.0), 5, 6))] for _ in range(2))
        return a, b, rng.integers(1, min(a, b) - 1), rng.integers(0, 2)

    def tell(self, a: int, b: int, d: int, ask: int) -> tuple[str, ...]:
        if ask == 0:
            event = f"the numbers differ by exactly {d}"
        else:
            event = f"the first is greater than the second by at least {d}"
        dice = f"first a fair {a}-sided die, then a fair {b}-sided die"
        return (
            f"You roll {dice}. What is the probability that {event}? {_WANTED}",
            f"Roll {dice}. Find the chance that {event}. {_WANTED}",
            f"How likely is it, rolling {dice}, that {event}? {_WANTED}",
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
        steps += [f"Outcomes in all: {a} * {b} = {whole}", _share(part, whole)]
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
    answer_form = _FORM
    kinds = (DiceSum(), DiceExtreme(), DiceGap(), DiceDivisible())


# -- urns ------------------------------------------------------------------------------------------


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
            f"{event}? {_WANTED}",
            f"{k} balls are taken at once from an urn with {balls}. Find the chance that {event}. "
            f"{_WANTED}",
            f"From a box of {balls}, {k} leave at random, none put back. How likely is it that "
            f"{event}? {_WANTED}",
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
        steps.append(_share(part, whole))
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
            f"probability that {event}? {_WANTED}",
            f"{k} times one ball is drawn from {balls} and returned. Find the chance that {event}. "
            f"{_WANTED}",
            f"Drawing {k} times with replacement from {balls}, how likely is it that {event}? "
            f"{_WANTED}",
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
            f"{event}? {_WANTED}",
            f"An urn contains {balls}. You draw twice, {how}. Find the chance that both balls "
            f"{event}. {_WANTED}",
            f"How likely is it that two balls, taken {how} from {balls}, {event}? {_WANTED}",
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
        steps.append(_share(part, whole))
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
            f"the probability of the order {names}? {_WANTED}",
            f"A bag has {balls}. Nothing is put back. Find the chance that the first draws are "
            f"{names}, in this order. {_WANTED}",
            f"How likely is the sequence {names} when balls are taken from {balls} without "
            f"replacement? {_WANTED}",
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
    answer_form = _FORM
    kinds = (ExactlyRed(), WithReplacement(), Colours(), InOrder())


# -- conditional probability -----------------------------------------------------------------------


class TwoMachines(Kind):
    """Bayes: which of two or three sources a marked thing came from."""

    # Numbers: per source (made, of them faulty), and the source asked for.

    def draw(self, rng: TaskRng, level: float) -> Params:
        count = 3 if level >= 0.5 else 2
        scale = ramp(level, 5, 20)
        sources = []
        for _ in range(count):
            made = rng.integers(3, 11) * scale
            sources.append((made, rng.integers(1, min(scale * 2, made // 2))))
        return tuple(sources), rng.integers(0, count)

    def canonical(self, sources: tuple[tuple[int, int], ...], ask: int) -> Params:
        return sources[ask], tuple(sorted(s for i, s in enumerate(sources) if i != ask))

    def tell(self, sources: tuple[tuple[int, int], ...], ask: int) -> tuple[str, ...]:
        facts = "; ".join(
            f"machine {name} made {made}, {bad} faulty" for name, (made, bad) in zip("ABC", sources)
        )
        name = "ABC"[ask]
        return (
            f"Of the lamps in a crate, {facts}. A random lamp is faulty. What is the probability "
            f"that it is from {name}? {_WANTED}",
            f"{facts[0].upper()}{facts[1:]}. One lamp is picked from all and turns out faulty. "
            f"Find "
            f"the chance that {name} made it. {_WANTED}",
            f"Given that a lamp chosen at random is faulty, how likely did it come from {name}, if "
            f"{facts}? {_WANTED}",
        )

    def solve(self, sources: tuple[tuple[int, int], ...], ask: int) -> Worked:
        bad = [b for _, b in sources]
        total, made = sum(bad), sum(m for m, _ in sources)
        right = Fraction(bad[ask], total)
        steps = [
            f"Faulty lamps: {' + '.join(map(str, bad))} = {total}",
            f"From {'ABC'[ask]}: {bad[ask]}",
            _share(bad[ask], total),
        ]
        wrong = [Fraction(bad[ask], sources[ask][0]), Fraction(sources[ask][0], made)]
        return Worked(right, steps, [*wrong, Fraction(bad[ask], made), 1 - right])


class TwoUrns(Kind):
    """An urn is chosen, then a ball; given its colour, which urn was it?"""

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 8, 14)
        urns = tuple((rng.integers(1, top), rng.integers(1, top)) for _ in range(2))
        sides = rng.integers(3, ramp(level, 7, 10)) if level >= 0.35 else 2
        chosen = rng.integers(1, sides)
        return urns, chosen, sides, rng.integers(0, 2)

    def tell(
        self, urns: tuple[tuple[int, int], ...], chosen: int, sides: int, ask: int
    ) -> tuple[str, ...]:
        (a, b), (c, d) = urns
        p, q = Fraction(chosen, sides), 1 - Fraction(chosen, sides)
        bags = f"Bag 1 has {a} red and {b} blue balls, bag 2 has {c} red and {d} blue"
        return (
            f"{bags}. Bag 1 is chosen with probability {p}, bag 2 with {q}, then a ball is drawn. "
            f"It is red. What is the probability that it came from bag {ask + 1}? {_WANTED}",
            f"{bags}. One takes bag 1 with chance {p}, else bag 2, and draws a red ball. Find the "
            f"probability that bag {ask + 1} was taken. {_WANTED}",
            f"A ball is drawn from bag 1 (with probability {p}) or bag 2 ({q}). {bags}. Given that "
            f"the ball is red, how likely is bag {ask + 1}? {_WANTED}",
        )

    def solve(self, urns: tuple[tuple[int, int], ...], chosen: int, sides: int, ask: int) -> Worked:
        (a, b), (c, d) = urns
        prior = Fraction(chosen, sides)
        joint = [prior * Fraction(a, a + b), (1 - prior) * Fraction(c, c + d)]
        total = joint[0] + joint[1]
        right = joint[ask] / total
        steps = [
            f"Bag 1 and red: {prior} * {Fraction(a, a + b)} = {joint[0]}",
            f"Bag 2 and red: {1 - prior} * {Fraction(c, c + d)} = {joint[1]}",
            f"Red: {joint[0]} + {joint[1]} = {total}",
            f"P = ({joint[ask]}) / ({total}) = {right}",
        ]
        flat = Fraction((a, c)[ask], a + c)
        wrong = [flat, joint[ask], (prior, 1 - prior)[ask], 1 - right, total]
        return Worked(right, steps, wrong)


class GivenSum(Kind):
    """Two dice with a known bound on the sum; probability that one shows v."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        f = _FACES[rng.integers(0, ramp(min(level, 1.0), 3, 5))]
        s = rng.integers(f // 2 + 2, 2 * f - 1)
        above = rng.integers(0, 2)
        low, high = (max(1, s - f), f) if above else (1, min(f, s - 1))
        return f, s, above, rng.integers(low, high + 1)

    def tell(self, f: int, s: int, above: int, v: int) -> tuple[str, ...]:
        bound = "at least" if above else "at most"
        return (
            f"Two fair {f}-sided dice are rolled and the sum is {bound} {s}. What is the "
            f"probability that the first die shows {v}? {_WANTED}",
            f"Given that two {f}-sided dice add up to {bound} {s}, find the chance of a {v} on the "
            f"first one. {_WANTED}",
            f"Someone rolls two fair {f}-sided dice and says: the sum is {bound} {s}. How likely "
            f"is "
            f"it that the first is a {v}? {_WANTED}",
        )

    def solve(self, f: int, s: int, above: int, v: int) -> Worked:
        counts = _sums((f, f))
        whole = sum(counts[s:]) if above else sum(counts[: s + 1])
        part = min(f, f - (s - v) + 1) if above else min(f, s - v)
        steps = [
            f"Pairs with that sum: {whole} of {f * f}",
            f"Of these with a {v} first: {part}",
            _share(part, whole),
        ]
        wrong = [
            Fraction(part, f * f),
            Fraction(1, f),
            Fraction(whole, f * f),
            Fraction(part + 1, whole),
        ]
        return Worked(Fraction(part, whole), steps, wrong)


class Table(Kind):
    """A two-way table of counts; one probability given one of its margins."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 20, 90)
        return tuple(rng.integers(2, top) for _ in range(4)), rng.integers(0, 4)

    def tell(self, cells: tuple[int, ...], ask: int) -> tuple[str, ...]:
        a, b, c, d = cells
        facts = (
            f"Of {a + b} adults, {a} like jazz and {b} do not; of {c + d} children, {c} like jazz "
            f"and {d} do not"
        )
        given, event = (
            ("likes jazz", "an adult"),
            ("likes jazz", "a child"),
            ("does not like jazz", "an adult"),
            ("does not like jazz", "a child"),
        )[ask]
        return (
            f"{facts}. A random person {given}. What is the probability that it is {event}? "
            f"{_WANTED}",
            f"{facts}. Find the chance that somebody picked from all is {event}, given that the "
            f"person {given}. {_WANTED}",
            f"In a survey: {facts[0].lower()}{facts[1:]}. Among those of whom it is true that each "
            f"{given}, what fraction is {event[2:].strip()}{'s' if ask % 2 == 0 else 'ren'}? "
            f"{_WANTED}",
        )

    def solve(self, cells: tuple[int, ...], ask: int) -> Worked:
        a, b, c, d = cells
        column = (a, c) if ask < 2 else (b, d)
        part, whole = column[ask % 2], sum(column)
        row = (a + b, c + d)[ask % 2]
        steps = [
            f"People in the given group: {column[0]} + {column[1]} = {whole}",
            f"Of these wanted: {part}",
            _share(part, whole),
        ]
        right = Fraction(part, whole)
        return Worked(right, steps, [Fraction(part, row), Fraction(part, sum(cells)), 1 - right])


class Testing(Kind):
    """A test with known hit and false-alarm rates."""

    since = 0.3

    # Numbers: rate 1/n, hits h out of 20, false alarms f out of 20.

    def draw(self, rng: TaskRng, level: float) -> Params:
        n = rng.integers(5, ramp(level, 30, 200))
        return (
            n,
            rng.integers(12, 20),
            rng.integers(1, ramp(min(level, 1.0), 8, 6)),
            rng.integers(0, 2),
        )

    def tell(self, n: int, h: int, f: int, ask: int) -> tuple[str, ...]:
        hit, alarm = Fraction(h, 20), Fraction(f, 20)
        result = "negative" if ask else "positive"
        return (
            f"1 in {n} has a disease. A test is positive for {hit} of the ill and {alarm} of the "
            f"healthy. Someone tests {result}. What is the probability of being ill? {_WANTED}",
            f"A test detects {hit} of ill people and wrongly flags {alarm} of healthy ones; a "
            f"fraction 1/{n} is ill. Find the chance of illness after a {result} test. {_WANTED}",
            f"Illness has rate 1/{n}. P(positive | ill) = {hit}, P(positive | healthy) = {alarm}. "
            f"Compute P(ill | {result}). {_WANTED}",
        )

    def solve(self, n: int, h: int, f: int, ask: int) -> Worked:
        ill, well = Fraction(1, n), Fraction(n - 1, n)
        hit, alarm = Fraction(h, 20), Fraction(f, 20)
        if ask:
            hit, alarm = 1 - hit, 1 - alarm
        first, second = ill * hit, well * alarm
        right = first / (first + second)
        steps = [
            f"Ill and that result: {ill} * {hit} = {first}",
            f"Healthy and that result: {well} * {alarm} = {second}",
            f"P = ({first}) / ({first} + {second}) = {right}",
        ]
        return Worked(right, steps, [hit, first, hit / (hit + alarm), 1 - right])


@register
class ConditionalProbability(KindTopic):
    """Probabilities under a condition, forward and backward."""

    name = "conditional_probability"
    group = "probability"
    summary = "Conditional probability and Bayes' rule with machines, bags, dice, tables and tests."
    method = "Divide the chance of event and condition together by the chance of the condition."
    phrasings = 3
    answer_form = _FORM
    kinds = (TwoMachines(), TwoUrns(), GivenSum(), Table(), Testing())


# -- expected value --------------------------------------------------------------------------------

_EXACT = "Answer with an integer or a fraction in lowest terms."


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
            f"X takes the values {listed}. What is the expected value of X? {_EXACT}",
            f"A deck has {cards}. One is drawn at random. Find its mean worth. {_EXACT}",
            f"On a wheel {wheel} (a negative number is a loss). What does one spin bring on "
            f"average? {_EXACT}",
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
        f, g = (_FACES[rng.integers(0, 6)] for _ in range(2))
        top = ramp(level, 5, 12)
        return f, g, rng.integers(1, top), rng.integers(1, top) * rng.sign(), rng.integers(-9, 10)

    def tell(self, f: int, g: int, a: int, b: int, c: int) -> tuple[str, ...]:
        sign = "+" if b > 0 else "-"
        tail = f" {plus(c)}" if c else ""
        rule = f"{a}*X {sign} {abs(b)}*Y{tail}"
        return (
            f"X is a fair {f}-sided die and Y a fair {g}-sided die. What is the expected value of "
            f"{rule}? {_EXACT}",
            f"You roll a {f}-sided die (X) and a {g}-sided die (Y) and score {rule}. Find the mean "
            f"score. {_EXACT}",
            f"Compute E({rule}), where X is uniform on 1..{f} and Y on 1..{g}. {_EXACT}",
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
            f"equal)? {_EXACT}",
            f"Two whole numbers are drawn uniformly, from {spins}. Find the mean of {value}. "
            f"{_EXACT}",
            f"X is uniform on 1..{f}, Y on 1..{g}, independent. Compute the average of {value} of "
            f"the two. {_EXACT}",
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
            f"{lose}. What is the expected total? {_EXACT}",
            f"A player wins {win} with chance {p} and otherwise loses {lose}. Find the expected "
            f"gain "
            f"after {n} rounds. {_EXACT}",
            f"{n} questions are answered right with probability {p} each: {win} marks if right, "
            f"minus {lose} if wrong. Compute the mean number of marks. {_EXACT}",
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
    answer_form = _FORM
    kinds = (Payout(), DiceMean(), Binomial(), MaxMean())
