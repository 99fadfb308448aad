"""Radicals.

A radical answer is never asked for as "simplify this": the expression shown would be its own right
answer. The question asks for the integers of the simplified form, or for the root of an equation
(A17, D39).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.sizes import nonzero
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.topics.quadratics import quadratic_roots
from veragym.envs.text.maths.writing import line, polynomial_text, signed, with_constant


@register
class Radicals(Topic):
    """Sums, products and quotients with square roots, and equations that lead to them."""

    name = "radicals"
    group = "algebra"
    summary = "Square roots: collecting, multiplying, rationalising, and equations with roots."
    method = "Take squares out of each root; use (a + b)(a - b) to clear a denominator."
    phrasings = 3

    # Parameters, by kind:
    # ("sum", d, (a, s), (b, t)...): terms a*sqrt(s*s*d)   ("equation", m, c, k, n): sqrt(mx+c)+n=k
    # ("product", d, a, b, e, f): (a + b sqrt d)(e + f sqrt d)   ("quotient", ...): their quotient
    # ("larger" or "smaller", b, c): a root of x^2 + bx + c = 0

    def draw(self, rng: TaskRng, level: float) -> Params:
        params: Params = ("sum", 2, (1, 2), (1, 3))
        for _ in range(64):
            kind = rng.choice(("sum", "product", "quotient", "equation", "larger", "smaller"))
            d = rng.choice((2, 3, 5, 6, 7, 10, 11, 13)[: 5 + int(level * 3)])
            limit = ramp(level, 6, 12)
            if kind == "sum":
                terms = [
                    (nonzero(rng, limit - 1), rng.integers(1, ramp(level, 6, 10)))
                    for _ in range(2 + int(level * 1.5))
                ]
                if len({s for _, s in terms}) < len(terms) or terms[0][0] < 0:
                    continue
                params = (kind, d, *terms)
                if sum(a * s for a, s in terms) == 0:
                    continue
            elif kind in ("product", "quotient"):
                a, e = rng.integers(-limit + 1, limit), rng.integers(1, limit)
                params = (kind, d, a, nonzero(rng, limit - 1), e, nonzero(rng, limit - 1))
            elif kind == "equation":
                k, m = rng.integers(3, ramp(level, 12, 20)), rng.integers(2, limit + 2)
                n = nonzero(rng, 9) if level >= 0.3 else 0
                x = rng.integers(2, ramp(level, 25, 60))
                c = k * k - m * x
                if abs(x) in (k + n, m, abs(c), abs(n)) or c == 0 or k + n == 0:
                    continue
                params = (kind, m, c, k + n, n)
            else:
                p, s = rng.integers(-limit, limit + 1), rng.integers(1, 2 + int(level * 3))
                params = (kind, -2 * p, p * p - s * s * d)
                if p == 0:
                    continue
            break
        return params

    def canonical(self, params: Params) -> Params:
        kind, *rest = params
        if kind == "sum":
            return kind, rest[0], *sorted(rest[1:])
        if kind == "product":
            d, a, b, e, f = rest
            return kind, d, *min((a, b, e, f), (e, f, a, b))
        return params

    def question(self, params: Params, phrasing: int) -> str:
        kind = params[0]
        if kind == "equation":
            _, m, c, k, n = params
            text = f"{with_constant(f'sqrt({line(m, c)})', n)} = {k}"
            return (f"Solve {text}.", f"Find x with {text}.", f"For which x is {text}?")[phrasing]
        if kind in ("larger", "smaller"):
            text = f"{polynomial_text((1, params[1], params[2]))} = 0"
            return (
                f"What is the {kind} solution of {text}, exactly?",
                f"Give the exact {kind} root of {text}.",
                f"{text} has two real solutions. What is the exact value of the {kind} one?",
            )[phrasing]
        text, d = _radical_text(params), params[1]
        if kind == "sum":
            return (
                f"Write {text} as a*sqrt(b) with b free of squares. Answer with (a, b).",
                f"Find (a, b), b without square factors, with a*sqrt(b) = {text}.",
                f"Simplify {text} to a*sqrt(b) with b as small as possible; give (a, b).",
            )[phrasing]
        return (
            f"Write {text} as a + b*sqrt({d}) with rational a, b. Answer with (a, b).",
            f"Find rational numbers (a, b) with a + b*sqrt({d}) = {text}.",
            f"Simplify {text} to a + b*sqrt({d}); give the pair (a, b).",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        kind = params[0]
        if kind == "equation":
            return {"kind": "integer"}
        return {"kind": "value" if kind in ("larger", "smaller") else "tuple"}

    def answer(self, params: Params) -> str:
        kind = params[0]
        if kind == "equation":
            _, m, c, k, n = params
            return str(((k - n) ** 2 - c) // m)
        if kind in ("larger", "smaller"):
            return quadratic_roots(1, params[1], params[2])[kind == "larger"]
        a, b = _pair(params)
        return f"({a}, {b})"

    def steps(self, params: Params) -> Sequence[str]:
        kind, right = params[0], self.answer(params)
        if kind == "equation":
            _, m, c, k, n = params
            root = k - n
            steps = [f"sqrt({line(m, c)}) = {k} - {signed(n)} = {root}"] if n else []
            steps.append(f"Square both sides: {line(m, c)} = {root * root}")
            return [*steps, f"x = ({root * root} - {signed(c)}) / {m} = {right}"]
        if kind in ("larger", "smaller"):
            _, b, c = params
            h, inside = -b // 2, b * b // 4 - c
            root = f"x = {h} {'+' if kind == 'larger' else '-'} sqrt({inside})"
            steps = [f"(x - {signed(h)})^2 = {h * h} - {signed(c)} = {inside}"]
            return [*steps, root if root.endswith(f"= {right}") else f"{root} = {right}"]
        if kind == "sum":
            _, d, *terms = params
            lines = [
                f"{a}*sqrt({s * s * d}) = {a}*{s}*sqrt({d}) = {a * s}*sqrt({d})" for a, s in terms
            ]
            total = " + ".join(signed(a * s) for a, s in terms)
            return [*lines, f"{total} = {_pair(params)[0]}", f"(a, b) = {right}"]
        _, d, a, b, e, f = params
        if kind == "product":
            x, y = a * e + b * f * d, a * f + b * e
            return [
                f"Rational part: {a}*{e} + {signed(b)}*{signed(f)}*{d} = {x}",
                f"Factor of sqrt({d}): {a}*{signed(f)} + {signed(b)}*{e} = {y}",
                f"(a, b) = {right}",
            ]
        norm, x, y = e * e - f * f * d, a * e - b * f * d, b * e - a * f
        return [
            f"Multiply above and below by {_surd(e, -f, d)}",
            f"Below: {e}^2 - {f * f}*{d} = {norm}",
            f"Above: ({_surd(a, b, d)})({_surd(e, -f, d)}) = {x} + {signed(y)}*sqrt({d})",
            f"(a, b) = ({x}/{signed(norm)}, {y}/{signed(norm)}) = {right}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        kind = params[0]
        if kind == "equation":
            _, m, c, k, n = params
            right = ((k - n) ** 2 - c) // m
            return slips(right, (right + 1, -right, (k - n) ** 2 - c, k * k - c))
        if kind in ("larger", "smaller"):
            _, b, c = params
            roots = quadratic_roots(1, b, c)
            turned = quadratic_roots(1, -b, c)
            return [roots[kind != "larger"], *turned]
        if kind == "sum":
            terms = params[2:]
            a, b = _pair(params)
            loose = sum(c for c, _ in terms)
            return slips((a, b), [(loose, b), (a + 1, b), (a, b * 4), (-a, b)], str)
        x, y = _pair(params)
        _, _, a, b, e, f = params
        wrong = [(-x, -y), (x, -y), (x + 1, y), (y, x)]
        if kind == "product":
            wrong.insert(0, (Fraction(a * e), Fraction(b * f)))
        return slips((x, y), wrong, lambda pair: f"({pair[0]}, {pair[1]})")[:4]


def _surd(a: int, b: int, d: int) -> str:
    """`3 - 2*sqrt(5)`."""
    size = "" if abs(b) == 1 else f"{abs(b)}*"
    if a == 0:
        return f"{'-' if b < 0 else ''}{size}sqrt({d})"
    return f"{a} {'-' if b < 0 else '+'} {size}sqrt({d})"


def _radical_text(params: Params) -> str:
    kind, d = params[:2]
    if kind == "sum":
        text = ""
        for a, s in params[2:]:
            size = "" if abs(a) == 1 else f"{abs(a)}*"
            sign = ("-" if a < 0 else "") if not text else f" {'-' if a < 0 else '+'} "
            text += f"{sign}{size}sqrt({s * s * d})"
        return text
    _, _, a, b, e, f = params
    op = "" if kind == "product" else "/"
    return f"({_surd(a, b, d)}){op}({_surd(e, f, d)})"


def _pair(params: Params) -> tuple[Any, Any]:
    kind, d = params[:2]
    if kind == "sum":
        return sum(a * s for a, s in params[2:]), d
    _, _, a, b, e, f = params
    if kind == "product":
        return Fraction(a * e + b * f * d), Fraction(a * f + b * e)
    norm = e * e - f * f * d
    return Fraction(a * e - b * f * d, norm), Fraction(b * e - a * f, norm)
