"""Definite integrals and enclosed areas with exact values."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.sizes import nonzero
from veragym.envs.text.maths.terms import antiderivative, function_text, random_powers, sum_text
from veragym.envs.text.maths.topic import Params, ramp, register
from veragym.envs.text.maths.writing import EXACT, polynomial, signed


def _tell_integral(text: str, low: int, high: int) -> tuple[str, ...]:
    return (
        f"What is the integral of {text} from x = {low} to x = {high}? {EXACT}",
        f"Integrate {text} over the interval [{low}, {high}]. {EXACT}",
        f"Evaluate the definite integral of {text} dx between the limits {low} and {high}. {EXACT}",
    )


def _ends(rng: TaskRng, level: float) -> tuple[int, int]:
    low = rng.integers(-ramp(level, 3, 5), 4)
    return low, low + rng.integers(1, ramp(level, 5, 7))


class PolynomialIntegral(Kind):
    """A polynomial between whole limits."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        terms = tuple(random_powers(rng, min(level, 1.0), rng.integers(2, 3 + int(level * 2))))
        return (terms, *_ends(rng, level))

    def tell(self, terms: Params, low: int, high: int) -> tuple[str, ...]:
        return _tell_integral(function_text(terms), low, high)

    def solve(self, terms: Params, low: int, high: int) -> Worked:
        under = lcm(*(n + 1 for _, _, n in terms))  # one common denominator: faster
        weighed = [(c * under // (n + 1), n + 1) for _, c, n in terms]
        top = Fraction(sum(c * high**n for c, n in weighed), under)
        bottom = Fraction(sum(c * low**n for c, n in weighed), under)
        right = top - bottom
        steps = [
            f"F(x) = {sum_text([piece for term in terms for piece in antiderivative(term)])}",
            f"F({high}) = {top}, F({low}) = {bottom}",
            f"{top} - {signed(bottom)} = {right}",
        ]
        values = [sum(c * x**n for _, c, n in terms) for x in (low, high)]
        return Worked(right, steps, [top + bottom, values[1] - values[0], top, -right])


class ChainIntegral(Kind):
    """A power of a linear term."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        low, high = _ends(rng, level)
        a = rng.integers(2, ramp(level, 4, 6)) * rng.sign()
        b = rng.integers(-4, 5) - a * low
        return (
            rng.integers(1, ramp(level, 6, 12)),
            a,
            b or 1,
            rng.integers(2, ramp(level, 4, 6)),
            low,
            high,
        )

    def tell(self, c: int, a: int, b: int, n: int, low: int, high: int) -> tuple[str, ...]:
        return _tell_integral(function_text((("chain", c, a, b, n),)), low, high)

    def solve(self, c: int, a: int, b: int, n: int, low: int, high: int) -> Worked:
        top, bottom = (a * high + b) ** (n + 1), (a * low + b) ** (n + 1)
        factor = Fraction(c, a * (n + 1))
        right = factor * (top - bottom)
        steps = [
            f"F(x) = {sum_text(antiderivative(('chain', c, a, b, n)))}",
            f"F({high}) = {factor * top}, F({low}) = {factor * bottom}",
            f"{factor * top} - {signed(factor * bottom)} = {right}",
        ]
        return Worked(right, steps, [a * right, right / a, factor * (top + bottom), -right])


class AbsoluteIntegral(Kind):
    """The modulus of a linear term, with its zero inside the interval."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        top = ramp(level, 5, 15)
        low = rng.integers(-top, top)
        high = low + rng.integers(2, top + 2)
        k = rng.integers(1, ramp(level, 5, 9))
        num = rng.integers(low * k + 1, high * k)  # zero at num/k
        return k, num, low, high

    def tell(self, k: int, num: int, low: int, high: int) -> tuple[str, ...]:
        return _tell_integral(f"|{polynomial((k, -num))}|", low, high)

    def solve(self, k: int, num: int, low: int, high: int) -> Worked:
        zero = Fraction(num, k)
        left, right = k * (zero - low) ** 2 / 2, k * (high - zero) ** 2 / 2
        steps = [
            f"The zero is x = {zero}; the area is two triangles",
            f"Left: ({zero - low}) * ({k * (zero - low)}) / 2 = {left}",
            f"Right: ({high - zero}) * ({k * (high - zero)}) / 2 = {right}",
            f"{left} + {right} = {left + right}",
        ]
        return Worked(left + right, steps, [abs(right - left), left, right, 2 * (left + right)])


class InverseIntegral(Kind):
    """c/x^n between positive limits."""

    since = 0.3

    def draw(self, rng: TaskRng, level: float) -> Params:
        low = rng.integers(1, ramp(level, 5, 8))
        high = low + rng.integers(1, ramp(level, 6, 10))
        return rng.integers(1, ramp(level, 15, 40)), rng.integers(2, ramp(level, 4, 6)), low, high

    def tell(self, c: int, n: int, low: int, high: int) -> tuple[str, ...]:
        return _tell_integral(function_text((("over", c, n),)), low, high)

    def solve(self, c: int, n: int, low: int, high: int) -> Worked:
        top, bottom = (-Fraction(c, (n - 1) * x ** (n - 1)) for x in (high, low))
        right = top - bottom
        steps = [
            f"F(x) = {sum_text(antiderivative(('over', c, n)))}",
            f"F({high}) = {top}, F({low}) = {bottom}",
            f"{top} - ({bottom}) = {right}",
        ]
        return Worked(right, steps, [-right, top + bottom, right * (n - 1) * 2, right + 1])


class Enclosed(Kind):
    """The area between a parabola and a line that meet at whole numbers."""

    since = 0.55

    # Numbers: (k, p, q, m, t): k*(x - p)*(x - q) + m*x + t and m*x + t.

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = ramp(level, 4, 8)
        p = rng.integers(-size, size)
        q = p + rng.integers(1, ramp(level, 5, 8))
        k = rng.integers(1, ramp(level, 3, 6)) * rng.sign()
        return k, p, q, nonzero(rng, size), rng.integers(-9, 10)

    def tell(self, k: int, p: int, q: int, m: int, t: int) -> tuple[str, ...]:
        curve = polynomial((k, m - k * (p + q), k * p * q + t))
        line = polynomial((m, t))
        return (
            f"What is the area enclosed by y = {curve} and y = {line}? {EXACT}",
            f"Find the area of the region between the curve y = {curve} and the line y = {line}. "
            f"{EXACT}",
            f"The graphs of {curve} and {line} bound a finite region. Compute its area. {EXACT}",
        )

    def solve(self, k: int, p: int, q: int, m: int, t: int) -> Worked:
        width = q - p
        right = Fraction(abs(k) * width**3, 6)
        steps = [
            f"Difference: {polynomial((k, -k * (p + q), k * p * q))} = {k}*({polynomial((1, -p))})"
            f"*({polynomial((1, -q))})",
            f"They meet at x = {p} and x = {q}",
            f"Area: {abs(k)} * {width}^3 / 6 = {right}",
        ]
        return Worked(right, steps, [2 * right, Fraction(width**3, 6) + right, right / 2, -right])


@register
class DefiniteIntegral(KindTopic):
    """Integrals and areas with rational values."""

    name = "definite_integral"
    group = "calculus"
    summary = "Definite integrals with rational values, and areas between curves."
    method = "Find an antiderivative F; the integral from a to b is F(b) - F(a)."
    phrasings = 3
    answer_form = {"kind": "rational"}
    kinds = (
        PolynomialIntegral(),
        ChainIntegral(),
        AbsoluteIntegral(),
        InverseIntegral(),
        Enclosed(),
    )
