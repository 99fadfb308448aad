"""Limits at a point and at infinity."""

from __future__ import annotations

from fractions import Fraction

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.sizes import nonzero
from veragym.envs.text.maths.terms import power_text, sum_text, times_x
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import EXACT, polynomial, signed


def _tell_limit(text: str, where: str) -> tuple[str, ...]:
    return (
        f"What is the limit of {text} as x tends to {where}? {EXACT}",
        f"Find lim x->{where} of {text}. {EXACT}",
        f"To which number does {text} tend when x goes to {where}? {EXACT}",
    )


class Cancelling(Kind):
    """A common factor x - a of two quadratics."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = ramp(level, 6, 12)
        lead = ramp(level, 2, 5)
        a = nonzero(rng, size)
        p, r = rng.integers(1, lead + 1), rng.integers(1, lead + 1)
        q, s = nonzero(rng, size), nonzero(rng, size)
        if r * a + s == 0:
            s = -s
        if p * s == q * r:
            q += 1
        return a, p, q, r, s

    def tell(self, a: int, p: int, q: int, r: int, s: int) -> tuple[str, ...]:
        top, bottom = polynomial((p, q - a * p, -a * q)), polynomial((r, s - a * r, -a * s))
        return _tell_limit(f"({top})/({bottom})", str(a))

    def solve(self, a: int, p: int, q: int, r: int, s: int) -> Worked:
        top, bottom = p * a + q, r * a + s
        right = Fraction(top, bottom)
        factor = f"({polynomial((1, -a))})"
        steps = [
            f"Cancel {factor}: ({polynomial((p, q))})/({polynomial((r, s))})",
            f"At {a}: ({top})/({bottom}) = {right}",
        ]
        wrong: list[int | Fraction] = [Fraction(p, r), Fraction(q, s), 0, right + 1, -right]
        return Worked(right, steps, wrong)


class PowerQuotient(Kind):
    """k*(x^n - a^n)/(x - a): a derivative in disguise."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        a = rng.integers(2, ramp(level, 9, 11)) * (1 if level < 0.2 else rng.sign())
        return a, rng.integers(2, ramp(level, 5, 6)), rng.integers(1, ramp(level, 7, 10))

    def tell(self, a: int, n: int, k: int) -> tuple[str, ...]:
        top = sum_text([(k, f"x^{n}", ""), (-k * a**n, "", "")])
        return _tell_limit(f"({top})/({polynomial((1, -a))})", str(a))

    def solve(self, a: int, n: int, k: int) -> Worked:
        right = k * n * a ** (n - 1)
        steps = [
            f"x^{n} - {signed(a**n)} = ({polynomial((1, -a))}) * (sum of {n} products of power "
            f"{n - 1})",
            f"Each product tends to {signed(a)}^{n - 1} = {a ** (n - 1)}",
            f"{k} * {n} * {signed(a ** (n - 1))} = {right}",
        ]
        return Worked(right, steps, [k * a ** (n - 1), k * a**n, 0, n * a ** (n - 1)])


class AtInfinity(Kind):
    """A quotient of polynomials of one degree."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        n = rng.integers(1, ramp(level, 3, 5))
        size = ramp(level, 12, 30)
        top = tuple(nonzero(rng, size) for _ in range(n + 1))
        return top, tuple(nonzero(rng, size) for _ in range(n + 1))

    def tell(self, top: tuple[int, ...], bottom: tuple[int, ...]) -> tuple[str, ...]:
        return _tell_limit(f"({polynomial(top)})/({polynomial(bottom)})", "infinity")

    def solve(self, top: tuple[int, ...], bottom: tuple[int, ...]) -> Worked:
        right = Fraction(top[0], bottom[0])
        power = power_text("x", len(top) - 1)
        steps = [
            f"Divide above and below by {power}: the lower powers vanish",
            f"({top[0]})/({bottom[0]}) = {right}",
        ]
        wrong: list[int | Fraction] = [
            Fraction(top[-1], bottom[-1]),
            1 / right,
            Fraction(sum(top), sum(bottom) or 1),
            -right,
            0,
        ]
        return Worked(right, steps, wrong)


class Conjugate(Kind):
    """k*(sqrt(x + a) - b)/(x - c) with c = b^2 - a."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        return (
            rng.integers(-9, 20),
            rng.integers(2, ramp(level, 9, 15)),
            nonzero(rng, 12),
            rng.integers(0, 2),
        )

    def tell(self, a: int, b: int, k: int, flip: int) -> tuple[str, ...]:
        c = b * b - a
        root = f"sqrt({polynomial((1, a))}) - {b}"
        front = {1: "", -1: "-"}.get(k, f"{k}*")
        line = polynomial((1, -c))
        if flip:
            return _tell_limit(f"{front}({line})/({root})", str(c))
        return _tell_limit(f"{front}({root})/({line})", str(c))

    def solve(self, a: int, b: int, k: int, flip: int) -> Worked:
        c = b * b - a
        root, line = f"sqrt({polynomial((1, a))})", polynomial((1, -c))
        steps = [f"({root} - {b})*({root} + {b}) = {line}"]
        if flip:
            right = Fraction(2 * b * k)
            steps.append(f"So the limit is {k} * ({b} + {b}) = {right}")
            return Worked(right, steps, [b * k, Fraction(k, 2 * b), 0, -right])
        right = Fraction(k, 2 * b)
        steps.append(f"So the limit is {k} / ({b} + {b}) = {right}")
        return Worked(right, steps, [Fraction(k, b), 2 * b * k, 0, -right])


class Small(Kind):
    """Standard limits at 0: sin, tan, exp, 1 - cos."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 9, 20)
        a, b = rng.integers(1, top), rng.integers(1, top)
        return rng.integers(0, 5), a, b + (a == b)

    def tell(self, sort: int, a: int, b: int) -> tuple[str, ...]:
        x, y = times_x(a), times_x(b)
        text = (
            f"sin({x})/({y})",
            f"tan({x})/sin({y})",
            f"(exp({x}) - 1)/({y})",
            f"(1 - cos({x}))/({polynomial((b, 0, 0))})",
            f"ln(1 + {x})/sin({y})",
        )[sort]
        return _tell_limit(text, "0")

    def solve(self, sort: int, a: int, b: int) -> Worked:
        if sort == 3:
            right = Fraction(a * a, 2 * b)
            steps = [f"1 - cos(t) is t^2/2 to leading order, so this is {a * a}/(2*{b}) = {right}"]
            return Worked(right, steps, [Fraction(a * a, b), Fraction(a, b), 0, Fraction(a, 2 * b)])
        right = Fraction(a, b)
        steps = [
            "sin(t), tan(t), exp(t) - 1 and ln(1 + t) are t to leading order",
            f"({times_x(a)})/({times_x(b)}) = {right}",
        ]
        return Worked(right, steps, [1, Fraction(b, a), 0, -right])


class RootGap(Kind):
    """sqrt(p^2*x^2 + a*x + b) - p*x at infinity."""

    since = 0.5

    def draw(self, rng: TaskRng, level: float) -> Params:
        return (
            rng.integers(1, ramp(level, 5, 9)),
            nonzero(rng, ramp(level, 15, 30)),
            nonzero(rng, 15),
        )

    def tell(self, p: int, a: int, b: int) -> tuple[str, ...]:
        text = f"sqrt({polynomial((p * p, a, b))}) - {polynomial((p, 0))}"
        return _tell_limit(text, "infinity")

    def solve(self, p: int, a: int, b: int) -> Worked:
        right = Fraction(a, 2 * p)
        steps = [
            f"Multiply by the conjugate: ({polynomial((a, b))}) / (root + {polynomial((p, 0))})",
            f"Divide by x: {a} / ({p} + {p}) = {right}",
        ]
        return Worked(right, steps, [0, Fraction(a, p), Fraction(a, 2) + p, -right])


@register
class Limits(KindTopic):
    """Limits with rational values."""

    name = "limits"
    group = "calculus"
    summary = "Limits of quotients, roots and standard functions, with rational values."
    method = "Bring the expression into a form without 0/0 or infinity - infinity, then put x in."
    phrasings = 3
    answer_form = {"kind": "rational"}
    kinds = (Cancelling(), AtInfinity(), PowerQuotient(), Conjugate(), Small(), RootGap())
