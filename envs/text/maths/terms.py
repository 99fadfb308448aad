"""Functions of x as sums of terms: written, differentiated, integrated, drawn at random.

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
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import nonzero
from veragym.envs.text.maths.topic import Params, ramp
from veragym.envs.text.maths.writing import Rational, polynomial

Term = tuple[Any, ...]
Piece = tuple[Rational, str, str]
"""coefficient * above / below; an empty text stands for 1."""


def _piece(size: Rational, above: str, below: str) -> str:
    """A piece with positive coefficient as text."""
    top, bottom = size.numerator, size.denominator
    text = above if above and top == 1 else f"{top}*{above}" if above else str(top)
    if bottom == 1 and not below:
        return text
    if bottom == 1:
        return f"{text}/{below}"
    return f"{text}/({bottom}*{below})" if below else f"{text}/{bottom}"


def sum_text(parts: Sequence[Piece]) -> str:
    """The sum of some pieces: `3*x^2 - 2/x`."""
    texts: list[str] = []
    for size, above, below in parts:
        if size == 0:
            continue
        body = _piece(-size if size < 0 else size, above, below)
        if texts:
            texts.append(f"- {body}" if size < 0 else f"+ {body}")
        else:
            texts.append(f"-{body}" if size < 0 else body)
    return " ".join(texts) or "0"


def power_text(base: str, n: int) -> str:
    """`base^n`, nothing for n = 0."""
    return "" if n == 0 else base if n == 1 else f"{base}^{n}"


def times_x(k: int) -> str:
    """`k*x`."""
    return polynomial((k, 0))


def pieces(term: Term) -> list[Piece]:
    """The term itself."""
    tag, c, *rest = term
    if tag == "pow":
        return [(c, power_text("x", rest[0]), "")]
    if tag == "over":
        return [(c, "", power_text("x", rest[0]))]
    if tag == "root":
        return [(c, "sqrt(x)", "")]
    if tag in ("sin", "cos", "exp"):
        return [(c, f"{tag}({times_x(rest[0])})", "")]
    if tag == "ln":
        return [(c, "ln(x)", "")]
    if tag == "chain":
        a, b, n = rest
        return [(c, power_text(f"({polynomial((a, b))})", n), "")]
    if tag == "times":
        n, k = rest
        return [(c, f"{power_text('x', n)}*exp({times_x(k)})", "")]
    a, (b, c, d) = c, rest
    return [(1, f"({polynomial((a, b))})", f"({polynomial((c, d))})")]


def function_text(function: Params) -> str:
    """The function as an expression in x."""
    return sum_text([piece for term in function for piece in pieces(term)])


def derivative(term: Term) -> list[Piece]:
    """The derivative of a term."""
    tag, c, *rest = term
    if tag == "pow":
        n = rest[0]
        return [(c * n, power_text("x", n - 1), "")] if n else []
    if tag == "over":
        n = rest[0]
        return [(-c * n, "", f"x^{n + 1}")]
    if tag == "root":
        return [(Fraction(c, 2), "", "sqrt(x)")]
    if tag == "sin":
        return [(c * rest[0], f"cos({times_x(rest[0])})", "")]
    if tag == "cos":
        return [(-c * rest[0], f"sin({times_x(rest[0])})", "")]
    if tag == "exp":
        return [(c * rest[0], f"exp({times_x(rest[0])})", "")]
    if tag == "ln":
        return [(c, "", "x")]
    if tag == "chain":
        a, b, n = rest
        return [(c * a * n, power_text(f"({polynomial((a, b))})", n - 1), "")]
    if tag == "times":
        n, k = rest
        exp = f"exp({times_x(k)})"
        low = power_text("x", n - 1)
        return [
            (c * n, f"{low}*{exp}" if low else exp, ""),
            (c * k, f"{power_text('x', n)}*{exp}", ""),
        ]
    a, (b, c, d) = c, rest
    return [(a * d - b * c, "", f"({polynomial((c, d))})^2")]


def antiderivative(term: Term) -> list[Piece]:
    """An antiderivative of a term (not offered for `ln` and `ratio`)."""
    tag, c, *rest = term
    if tag == "pow":
        n = rest[0]
        return [(Fraction(c, n + 1), power_text("x", n + 1), "")]
    if tag == "over":
        n = rest[0]
        return [(c, "ln(x)", "")] if n == 1 else [(-Fraction(c, n - 1), "", power_text("x", n - 1))]
    if tag == "root":
        return [(Fraction(2 * c, 3), "x*sqrt(x)", "")]
    if tag == "sin":
        return [(-Fraction(c, rest[0]), f"cos({times_x(rest[0])})", "")]
    if tag == "cos":
        return [(Fraction(c, rest[0]), f"sin({times_x(rest[0])})", "")]
    if tag == "exp":
        return [(Fraction(c, rest[0]), f"exp({times_x(rest[0])})", "")]
    if tag == "chain":
        a, b, n = rest
        return [(Fraction(c, a * (n + 1)), power_text(f"({polynomial((a, b))})", n + 1), "")]
    n, k = rest  # c*x*exp(k*x): only n = 1 is drawn for integration
    exp = f"exp({times_x(k)})"
    return [(Fraction(c, k), f"x*{exp}", ""), (-Fraction(c, k * k), exp, "")]


def random_powers(rng: TaskRng, level: float, count: int) -> list[Term]:
    """Different powers, falling; the highest is at least 2."""
    top = ramp(level, 4, 7)
    size = ramp(level, 9, 15)
    exponents = sorted(rng.sample(range(top + 1), count), reverse=True)
    if exponents[0] < 2:
        exponents[0] = 2 + rng.integers(0, 2)
    return [("pow", nonzero(rng, size), n) for n in exponents]


def _special(rng: TaskRng, tag: str, level: float) -> Term:
    c, k = nonzero(rng, ramp(level, 6, 12)), rng.integers(2, ramp(level, 5, 8)) * rng.sign()
    if tag in ("root", "ln"):
        return tag, c
    if tag == "over":
        return tag, c, rng.integers(1, 5)
    if tag == "chain":
        return tag, c, k, nonzero(rng, 9), rng.integers(3, ramp(level, 5, 8))
    if tag == "times":
        return tag, c, rng.integers(1, 4), k
    if tag in ("sin", "cos"):
        k = abs(k)
    return tag, c, k


DERIVABLE = (
    (0.25, "over"),
    (0.25, "root"),
    (0.25, "chain"),
    (0.25, "exp"),
    (0.25, "sin"),
    (0.45, "cos"),
    (0.45, "ln"),
    (0.6, "times"),
)
INTEGRABLE = tuple((since, tag) for since, tag in DERIVABLE if tag != "ln")
"""Tags of terms other than powers, each with the level from which it is drawn."""


def random_function(rng: TaskRng, level: float, tags: Sequence[tuple[float, str]]) -> Params:
    """Powers, and from level 0.25 on other terms out of those open at this level."""
    if level < 0.25:
        return tuple(random_powers(rng, level, rng.integers(2, 4)))
    others = min(3, rng.integers(1, 2 + int(level * 2)))
    choice = rng.sample([tag for since, tag in tags if since <= level], others)
    count = rng.integers(1, 3 + int(level))
    return (*random_powers(rng, level, count), *(_special(rng, tag, level) for tag in choice))
