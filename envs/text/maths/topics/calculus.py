"""Derivatives, antiderivatives, definite integrals and limits with exact answers.

A function is a tuple of terms; a term is a tuple of a tag and integers:

    ("pow", c, n)          c*x^n
    ("over", c, n)         c/x^n
    ("root", c)            c*sqrt(x)
    ("sin"|"cos"|"exp", c, k)   c*sin(k*x), ...
    ("ln", c)              c*ln(x)
    ("chain", c, a, b, n)  c*(a*x + b)^n
    ("times", c, n, k)     c*x^n*exp(k*x)
    ("ratio", a, b, c, d)  (a*x + b)/(c*x + d)
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.topics.exact import Rational, polynomial, signed
from veragym.envs.text.maths.topics.kinds import TRIES, Kind, KindTopic, Worked, slips

Term = tuple[Any, ...]
Piece = tuple[Rational, str, str]
"""coefficient * above / below; an empty text stands for 1."""


# -- writing ---------------------------------------------------------------------------------------


def _piece(size: Rational, above: str, below: str) -> str:
    """A piece with positive coefficient as text."""
    top, bottom = size.numerator, size.denominator
    text = above if above and top == 1 else f"{top}*{above}" if above else str(top)
    if bottom == 1 and not below:
        return text
    if bottom == 1:
        return f"{text}/{below}"
    return f"{text}/({bottom}*{below})" if below else f"{text}/{bottom}"


def _join(pieces: Sequence[Piece]) -> str:
    parts: list[str] = []
    for size, above, below in pieces:
        if size == 0:
            continue
        body = _piece(-size if size < 0 else size, above, below)
        if parts:
            parts.append(f"- {body}" if size < 0 else f"+ {body}")
        else:
            parts.append(f"-{body}" if size < 0 else body)
    return " ".join(parts) or "0"


def _power(base: str, n: int) -> str:
    return "" if n == 0 else base if n == 1 else f"{base}^{n}"


def _inside(k: int) -> str:
    return polynomial((k, 0))


def _pieces(term: Term) -> list[Piece]:
    """The term itself."""
    tag, c, *rest = term
    if tag == "pow":
        return [(c, _power("x", rest[0]), "")]
    if tag == "over":
        return [(c, "", _power("x", rest[0]))]
    if tag == "root":
        return [(c, "sqrt(x)", "")]
    if tag in ("sin", "cos", "exp"):
        return [(c, f"{tag}({_inside(rest[0])})", "")]
    if tag == "ln":
        return [(c, "ln(x)", "")]
    if tag == "chain":
        a, b, n = rest
        return [(c, _power(f"({polynomial((a, b))})", n), "")]
    if tag == "times":
        n, k = rest
        return [(c, f"{_power('x', n)}*exp({_inside(k)})", "")]
    a, (b, c, d) = c, rest
    return [(1, f"({polynomial((a, b))})", f"({polynomial((c, d))})")]


def _text(function: Params) -> str:
    return _join([piece for term in function for piece in _pieces(term)])


def _derived(term: Term) -> list[Piece]:
    """The derivative of a term."""
    tag, c, *rest = term
    if tag == "pow":
        n = rest[0]
        return [(c * n, _power("x", n - 1), "")] if n else []
    if tag == "over":
        n = rest[0]
        return [(-c * n, "", f"x^{n + 1}")]
    if tag == "root":
        return [(Fraction(c, 2), "", "sqrt(x)")]
    if tag == "sin":
        return [(c * rest[0], f"cos({_inside(rest[0])})", "")]
    if tag == "cos":
        return [(-c * rest[0], f"sin({_inside(rest[0])})", "")]
    if tag == "exp":
        return [(c * rest[0], f"exp({_inside(rest[0])})", "")]
    if tag == "ln":
        return [(c, "", "x")]
    if tag == "chain":
        a, b, n = rest
        return [(c * a * n, _power(f"({polynomial((a, b))})", n - 1), "")]
    if tag == "times":
        n, k = rest
        exp = f"exp({_inside(k)})"
        low = _power("x", n - 1)
        return [(c * n, f"{low}*{exp}" if low else exp, ""), (c * k, f"{_power('x', n)}*{exp}", "")]
    a, (b, c, d) = c, rest
    return [(a * d - b * c, "", f"({polynomial((c, d))})^2")]


def _integrated(term: Term) -> list[Piece]:
    """An antiderivative of a term (not offered for `ln` and `ratio`)."""
    tag, c, *rest = term
    if tag == "pow":
        n = rest[0]
        return [(Fraction(c, n + 1), _power("x", n + 1), "")]
    if tag == "over":
        n = rest[0]
        return [(c, "ln(x)", "")] if n == 1 else [(-Fraction(c, n - 1), "", _power("x", n - 1))]
    if tag == "root":
        return [(Fraction(2 * c, 3), "x*sqrt(x)", "")]
    if tag == "sin":
        return [(-Fraction(c, rest[0]), f"cos({_inside(rest[0])})", "")]
    if tag == "cos":
        return [(Fraction(c, rest[0]), f"sin({_inside(rest[0])})", "")]
    if tag == "exp":
        return [(Fraction(c, rest[0]), f"exp({_inside(rest[0])})", "")]
    if tag == "chain":
        a, b, n = rest
        return [(Fraction(c, a * (n + 1)), _power(f"({polynomial((a, b))})", n + 1), "")]
    n, k = rest  # c*x*exp(k*x): only n = 1 is drawn for integration
    exp = f"exp({_inside(k)})"
    return [(Fraction(c, k), f"x*{exp}", ""), (-Fraction(c, k * k), exp, "")]


# -- drawing ---------------------------------------------------------------------------------------


def _nonzero(rng: TaskRng, size: int) -> int:
    return rng.integers(1, size + 1) * rng.sign()


def _powers(rng: TaskRng, level: float, count: int) -> list[Term]:
    """Different powers, falling; the highest is at least 2."""
    top = ramp(level, 4, 7)
    size = ramp(level, 9, 15)
    exponents = sorted(rng.sample(range(top + 1), count), reverse=True)
    if exponents[0] < 2:
        exponents[0] = 2 + rng.integers(0, 2)
    return [("pow", _nonzero(rng, size), n) for n in exponents]


def _special(rng: TaskRng, tag: str, level: float) -> Term:
    c, k = _nonzero(rng, ramp(level, 6, 12)), rng.integers(2, ramp(level, 5, 8)) * rng.sign()
    if tag in ("root", "ln"):
        return tag, c
    if tag == "over":
        return tag, c, rng.integers(1, 5)
    if tag == "chain":
        return tag, c, k, _nonzero(rng, 9), rng.integers(3, ramp(level, 5, 8))
    if tag == "times":
        return tag, c, rng.integers(1, 4), k
    if tag in ("sin", "cos"):
        k = abs(k)
    return tag, c, k


def _function(rng: TaskRng, level: float, tags: Sequence[tuple[float, str]]) -> Params:
    """Powers, and from level 0.25 on other terms out of those open at this level."""
    if level < 0.25:
        return tuple(_powers(rng, level, rng.integers(2, 4)))
    others = min(3, rng.integers(1, 2 + int(level * 2)))
    choice = rng.sample([tag for since, tag in tags if since <= level], others)
    count = rng.integers(1, 3 + int(level))
    return (*_powers(rng, level, count), *(_special(rng, tag, level) for tag in choice))


# -- derivatives -----------------------------------------------------------------------------------

_DERIVABLE = (
    (0.25, "over"),
    (0.25, "root"),
    (0.25, "chain"),
    (0.25, "exp"),
    (0.25, "sin"),
    (0.45, "cos"),
    (0.45, "ln"),
    (0.6, "times"),
)
_INTEGRABLE = tuple((since, tag) for since, tag in _DERIVABLE if tag != "ln")


@register
class Derivative(Topic):
    """Term by term: powers, chains, products, elementary functions."""

    name = "derivative"
    group = "calculus"
    summary = "Derivatives of polynomials, roots, powers of linear terms, sin, cos, exp, ln."
    method = "Differentiate term by term; multiply by the derivative of what is inside."
    phrasings = 4

    def draw(self, rng: TaskRng, level: float) -> Params:
        if level >= 0.5 and rng.integers(0, 5) == 0:
            a, b, c, d = (_nonzero(rng, ramp(level, 6, 12)) for _ in range(4))
            d = d + 1 if a * d == b * c else d
            if a * d != b * c and d:
                return (*_powers(rng, level, 1), ("ratio", a, b, c, d))
        return _function(rng, level, _DERIVABLE)

    def question(self, params: Params, phrasing: int) -> str:
        text = _text(params)
        return (
            f"Differentiate {text} with respect to x.",
            f"What is the derivative of f(x) = {text}?",
            f"Compute d/dx of {text}.",
            f"y = {text}. Find y' as an expression in x.",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "expression", "variables": ["x"]}

    def answer(self, params: Params) -> str:
        return _join([piece for term in params for piece in _derived(term)])

    def steps(self, params: Params) -> Sequence[str]:
        steps = [f"({_join(_pieces(term))})' = {_join(_derived(term))}" for term in params]
        return [*steps, f"Sum: {self.answer(params)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        kept = [  # the power rule without lowering the power
            piece
            for term in params
            for piece in (
                [(term[1] * max(term[2], 1), _power("x", term[2]), "")]
                if term[0] == "pow"
                else _derived(term)
            )
        ]
        right = self.answer(params)
        return [_join(kept), _text(params), f"{right} + 1"]


@register
class DerivativeAtPoint(Topic):
    """The slope at an integer point."""

    name = "derivative_at_point"
    group = "calculus"
    summary = "Value of a derivative at a point: polynomials, powers of linear terms, fractions."
    method = "Differentiate first, then put in the number."
    phrasings = 4

    # Parameters: (terms, x).

    def draw(self, rng: TaskRng, level: float) -> Params:
        terms: Params = ()
        x = 0
        for _ in range(TRIES):
            x = _nonzero(rng, ramp(level, 3, 5))
            terms = tuple(_powers(rng, min(level, 0.7), rng.integers(2, 4 if level < 1 else 5)))
            if level >= 0.3 and rng.integers(0, 2):
                terms = (*terms[:1], self._extra(rng, level, x))
            if self._value(terms, x) not in (0, x, *(n for t in terms for n in t[1:])):
                break
        return terms, x

    def _extra(self, rng: TaskRng, level: float, x: int) -> Term:
        if rng.integers(0, 2):
            a, c = _nonzero(rng, 4), _nonzero(rng, 6)
            b = rng.integers(-3, 4) - a * x  # keeps the bracket small at x
            return "chain", c, a, b or 1, rng.integers(2, ramp(level, 4, 6))
        if level >= 0.6 and rng.integers(0, 2):
            a, b, c, d = (_nonzero(rng, 9) for _ in range(4))
            d = d + 1 if c * x + d == 0 else d
            return "ratio", a, b, c, d
        return "over", _nonzero(rng, 12), rng.integers(1, 4)

    def _value(self, terms: Params, x: int) -> Fraction:
        return sum((_slope(term, x) for term in terms), Fraction(0))

    def question(self, params: Params, phrasing: int) -> str:
        terms, x = params
        text = _text(terms)
        exact = "Give the exact value."
        return (
            f"f(x) = {text}. What is f'({x})? {exact}",
            f"Find the derivative of {text} at x = {x}. {exact}",
            f"What is the slope of the tangent to y = {text} at x = {x}? {exact}",
            f"At x = {x}, how fast does {text} change with x? {exact}",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational"}

    def answer(self, params: Params) -> str:
        return str(self._value(*params))

    def steps(self, params: Params) -> Sequence[str]:
        terms, x = params
        values = [_slope(term, x) for term in terms]
        steps = [f"f'(x) = {_join([piece for term in terms for piece in _derived(term)])}"]
        steps += [f"{_join(_derived(t)) or 0} at {x}: {v}" for t, v in zip(terms, values)]
        return [*steps, f"{' + '.join(map(signed, values))} = {sum(values)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        terms, x = params
        right = self._value(terms, x)
        value = sum(_value_at(term, x) for term in terms)
        return slips(right, [value, -right, right + x, right + 1])


def _value_at(term: Term, x: int) -> Fraction:
    """The value of a power, over, chain or ratio term at x."""
    tag, c, *rest = term
    if tag == "pow":
        return Fraction(c * x ** rest[0])
    if tag == "over":
        return Fraction(c, x ** rest[0])
    if tag == "chain":
        a, b, n = rest
        return Fraction(c * (a * x + b) ** n)
    b, d, e = rest
    return Fraction(c * x + b, d * x + e) if d * x + e else Fraction(0)


def _slope(term: Term, x: int) -> Fraction:
    """The derivative of such a term at x."""
    tag, c, *rest = term
    if tag == "pow":
        n = rest[0]
        return Fraction(c * n * x ** (n - 1)) if n else Fraction(0)
    if tag == "over":
        return Fraction(-c * rest[0], x ** (rest[0] + 1))
    if tag == "chain":
        a, b, n = rest
        return Fraction(c * n * a * (a * x + b) ** (n - 1))
    b, d, e = rest
    return Fraction(c * e - b * d, (d * x + e) ** 2)


# -- antiderivatives -------------------------------------------------------------------------------


@register
class Antiderivative(Topic):
    """Term by term, up to a constant."""

    name = "antiderivative"
    group = "calculus"
    summary = "Antiderivatives of polynomials, powers of linear terms, sin, cos, exp, x*exp."
    method = "Integrate term by term; divide by the new power and by the factor of x inside."
    phrasings = 4

    def draw(self, rng: TaskRng, level: float) -> Params:
        terms = _function(rng, level, _INTEGRABLE)
        return tuple((*t[:2], 1, t[3]) if t[0] == "times" else t for t in terms)

    def question(self, params: Params, phrasing: int) -> str:
        text = _text(params)
        where = " for x > 0" if any(t[0] == "over" and t[2] == 1 for t in params) else ""
        return (
            f"Find an antiderivative of {text}{where}.",
            f"Integrate {text} with respect to x{where} (indefinite integral).",
            f"Which function F(x) has F'(x) = {text}{where}? One such F is enough.",
            f"Compute the indefinite integral of {text} dx{where}.",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "expression", "variables": ["x"], "modulo_constant": True}

    def answer(self, params: Params) -> str:
        return _join([piece for term in params for piece in _integrated(term)])

    def steps(self, params: Params) -> Sequence[str]:
        steps = [f"{_join(_pieces(term))} comes from {_join(_integrated(term))}" for term in params]
        return [*steps, f"Sum: {self.answer(params)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        undivided = [
            piece
            for term in params
            for piece in (
                [(term[1], _power("x", term[2] + 1), "")] if term[0] == "pow" else _integrated(term)
            )
        ]
        derived = _join([piece for term in params for piece in _derived(term)])
        return [_join(undivided), derived, f"{self.answer(params)} + x"]


# -- definite integrals ----------------------------------------------------------------------------

_EXACT = "Give the exact value."


def _tell_integral(text: str, low: int, high: int) -> tuple[str, ...]:
    return (
        f"What is the integral of {text} from x = {low} to x = {high}? {_EXACT}",
        f"Integrate {text} over the interval [{low}, {high}]. {_EXACT}",
        f"Evaluate the definite integral of {text} dx between the limits {low} and {high}. "
        f"{_EXACT}",
    )


def _ends(rng: TaskRng, level: float) -> tuple[int, int]:
    low = rng.integers(-ramp(level, 3, 5), 4)
    return low, low + rng.integers(1, ramp(level, 5, 7))


class PolynomialIntegral(Kind):
    """A polynomial between whole limits."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        terms = tuple(_powers(rng, min(level, 1.0), rng.integers(2, 3 + int(level * 2))))
        return (terms, *_ends(rng, level))

    def tell(self, terms: Params, low: int, high: int) -> tuple[str, ...]:
        return _tell_integral(_text(terms), low, high)

    def solve(self, terms: Params, low: int, high: int) -> Worked:
        under = lcm(*(n + 1 for _, _, n in terms))  # one common denominator: faster
        weighed = [(c * under // (n + 1), n + 1) for _, c, n in terms]
        top = Fraction(sum(c * high**n for c, n in weighed), under)
        bottom = Fraction(sum(c * low**n for c, n in weighed), under)
        right = top - bottom
        steps = [
            f"F(x) = {_join([piece for term in terms for piece in _integrated(term)])}",
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
        return _tell_integral(_text((("chain", c, a, b, n),)), low, high)

    def solve(self, c: int, a: int, b: int, n: int, low: int, high: int) -> Worked:
        top, bottom = (a * high + b) ** (n + 1), (a * low + b) ** (n + 1)
        factor = Fraction(c, a * (n + 1))
        right = factor * (top - bottom)
        steps = [
            f"F(x) = {_join(_integrated(('chain', c, a, b, n)))}",
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
        return _tell_integral(_text((("over", c, n),)), low, high)

    def solve(self, c: int, n: int, low: int, high: int) -> Worked:
        top, bottom = (-Fraction(c, (n - 1) * x ** (n - 1)) for x in (high, low))
        right = top - bottom
        steps = [
            f"F(x) = {_join(_integrated(('over', c, n)))}",
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
        return k, p, q, _nonzero(rng, size), rng.integers(-9, 10)

    def tell(self, k: int, p: int, q: int, m: int, t: int) -> tuple[str, ...]:
        curve = polynomial((k, m - k * (p + q), k * p * q + t))
        line = polynomial((m, t))
        return (
            f"What is the area enclosed by y = {curve} and y = {line}? {_EXACT}",
            f"Find the area of the region between the curve y = {curve} and the line y = {line}. "
            f"{_EXACT}",
            f"The graphs of {curve} and {line} bound a finite region. Compute its area. {_EXACT}",
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


# -- limits ----------------------------------------------------------------------------------------


def _tell_limit(text: str, where: str) -> tuple[str, ...]:
    return (
        f"What is the limit of {text} as x tends to {where}? {_EXACT}",
        f"Find lim x->{where} of {text}. {_EXACT}",
        f"To which number does {text} tend when x goes to {where}? {_EXACT}",
    )


class Cancelling(Kind):
    """A common factor x - a of two quadratics."""

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = ramp(level, 6, 12)
        lead = ramp(level, 2, 5)
        a = _nonzero(rng, size)
        p, r = rng.integers(1, lead + 1), rng.integers(1, lead + 1)
        q, s = _nonzero(rng, size), _nonzero(rng, size)
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
        top = _join([(k, f"x^{n}", ""), (-k * a**n, "", "")])
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
        top = tuple(_nonzero(rng, size) for _ in range(n + 1))
        return top, tuple(_nonzero(rng, size) for _ in range(n + 1))

    def tell(self, top: tuple[int, ...], bottom: tuple[int, ...]) -> tuple[str, ...]:
        return _tell_limit(f"({polynomial(top)})/({polynomial(bottom)})", "infinity")

    def solve(self, top: tuple[int, ...], bottom: tuple[int, ...]) -> Worked:
        right = Fraction(top[0], bottom[0])
        power = _power("x", len(top) - 1)
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
            _nonzero(rng, 12),
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
        x, y = _inside(a), _inside(b)
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
            f"({_inside(a)})/({_inside(b)}) = {right}",
        ]
        return Worked(right, steps, [1, Fraction(b, a), 0, -right])


class RootGap(Kind):
    """sqrt(p^2*x^2 + a*x + b) - p*x at infinity."""

    since = 0.5

    def draw(self, rng: TaskRng, level: float) -> Params:
        return (
            rng.integers(1, ramp(level, 5, 9)),
            _nonzero(rng, ramp(level, 15, 30)),
            _nonzero(rng, 15),
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
