"""Sequences, inequalities, calculus, matrices: answers found again from the question."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import TOPICS

X = sympy.Symbol("x")
NAMES = {"x": X, "exp": sympy.exp, "ln": sympy.log, "sqrt": sympy.sqrt}
INTEGER = re.compile(r"-?\d+")


def problems(name: str, phrasing: int, count: int = 210) -> Iterator[tuple[str, str, str]]:
    """(question, answer, name of the kind) over levels 0 to 1.5."""
    topic = TOPICS[name]
    for i in range(count):
        level = 1.5 * i / (count - 1)
        params = topic.draw(TaskRng.from_seed("gold", name, i), level)
        kind = params[0] if isinstance(params[0], str) else ""
        yield topic.question(params, phrasing), topic.answer(params), kind


def symbolic(text: str) -> sympy.Expr:
    return sympy.sympify(text.replace("^", "**"), locals=NAMES)


def python(text: str, **values: object) -> object:
    return eval(text.replace("^", "**"), {"__builtins__": {}, "abs": abs}, values)


def test_next_terms_follow_the_stated_sort_of_rule() -> None:
    for text, answer, kind in problems("sequence_next", 0):
        t = [int(n) for n in INTEGER.findall(text.split("...")[0])]
        if kind == "ArithmeticNext":
            assert {b - a for a, b in itertools.pairwise(t)} == {t[1] - t[0]}
            found = Fraction(t[-1] + t[1] - t[0])
        elif kind == "GeometricNext":
            assert {Fraction(b, a) for a, b in itertools.pairwise(t)} == {Fraction(t[1], t[0])}
            found = Fraction(t[-1] * t[1], t[0])
        elif kind == "QuadraticNext":
            found = Fraction(t[-3] - 3 * t[-2] + 3 * t[-1])
        else:
            rules = [
                (p, q)
                for p in range(-40, 41)
                for q in range(-40, 41)
                if all(p * t[i + 1] + q * t[i] == t[i + 2] for i in range(len(t) - 2))
            ]
            assert len(rules) == 1, text
            found = Fraction(rules[0][0] * t[-1] + rules[0][1] * t[-2])
        assert found == int(answer), text


def test_sums_are_what_adding_up_gives() -> None:
    for text, answer, kind in problems("sequence_sum", 1):
        n = [Fraction(m) for m in re.findall(r"-?\d+(?:/\d+)?", text)]
        if kind == "ArithmeticSum":
            count, first, step = n
            found = sum(first + i * step for i in range(int(count)))
        elif kind == "GeometricSum":
            count, first, ratio = n
            found = sum(first * ratio**i for i in range(int(count)))
        elif kind == "ListedSum":
            first, last, step = map(int, n)
            assert (last - first) % step == 0
            found = Fraction(sum(range(first, last + 1, step)))
        else:
            first, ratio = n
            partial = sum(float(first) * float(ratio) ** i for i in range(1000))
            assert abs(partial - float(Fraction(answer))) < 1e-8, text
            continue
        assert found == Fraction(answer), text


def test_recurrences_run_step_by_step_reach_the_answer() -> None:
    for text, answer, _ in problems("recurrence_term", 1):
        given = dict(re.findall(r"a\((\d)\) = (-?\d+)", text))
        rule = re.search(r"a\(n\) = (.*) for", text)
        wanted = re.search(r"Find a\((\d+)\)", text)
        assert rule and wanted
        body = rule[1].replace("a(n-1)", "u").replace("a(n-2)", "v")
        terms = [int(given[str(i + 1)]) for i in range(len(given))]
        while len(terms) < int(wanted[1]):
            terms.append(python(body, u=terms[-1], v=terms[-2] if len(terms) > 1 else 0))
        assert terms[-1] == int(answer), text


def intervals(answer: str) -> list[tuple[bool, Fraction | None, Fraction | None, bool]]:
    found = []
    for part in answer.split(" U "):
        low, high = part[1:-1].split(", ")
        ends = [None if "oo" in end else Fraction(end) for end in (low, high)]
        found.append((part[0] == "[", ends[0], ends[1], part[-1] == "]"))
    return found


def contains(answer: str, x: Fraction) -> bool:
    return any(
        (low is None or low < x or (low_in and low == x))
        and (high is None or x < high or (high_in and x == high))
        for low_in, low, high, high_in in intervals(answer)
    )


@pytest.mark.parametrize("name", ["linear_inequality", "quadratic_inequality"])
def test_an_interval_holds_exactly_the_points_that_satisfy_the_inequality(name: str) -> None:
    for text, answer, _ in problems(name, 0):
        inequality = re.search(r"Solve (.*?)(?: for x)?\. ", text)
        assert inequality, text
        ends = [e for _, low, high, _ in intervals(answer) for e in (low, high) if e is not None]
        points = [e + d for e in ends for d in (0, Fraction(-1, 97), Fraction(1, 97), 1000, -1000)]
        points += [(a + b) / 2 for a in ends for b in ends]
        for x in points:
            assert python(inequality[1], x=x) == contains(answer, x), (text, answer, x)


def test_derivatives_agree_with_symbolic_differentiation() -> None:
    points = (sympy.Rational(7, 5), sympy.Rational(13, 11))
    for text, answer, _ in problems("derivative", 0):
        function = text.removeprefix("Differentiate ").removesuffix(" with respect to x.")
        gap = sympy.diff(symbolic(function), X) - symbolic(answer)
        for x in points:
            scale = abs(complex(symbolic(answer).subs(X, x).evalf())) + 1
            assert abs(complex(gap.subs(X, x).evalf(30))) < 1e-15 * scale, (text, answer)


def test_differentiating_an_antiderivative_gives_the_function_back() -> None:
    points = (sympy.Rational(7, 5), sympy.Rational(13, 11))
    for text, answer, _ in problems("antiderivative", 0):
        function = text.removeprefix("Find an antiderivative of ").removesuffix(".")
        function = function.removesuffix(" for x > 0")
        gap = sympy.diff(symbolic(answer), X) - symbolic(function)
        for x in points:
            scale = abs(complex(symbolic(function).subs(X, x).evalf())) + 1
            assert abs(complex(gap.subs(X, x).evalf(30))) < 1e-15 * scale, (text, answer)


def test_slopes_agree_with_symbolic_differentiation() -> None:
    for text, answer, _ in problems("derivative_at_point", 1):
        match = re.match(r"Find the derivative of (.*) at x = (-?\d+)\. ", text)
        assert match
        value = sympy.diff(symbolic(match[1]), X).subs(X, int(match[2]))
        assert value == sympy.Rational(answer), text


def test_definite_integrals_agree_with_quadrature() -> None:
    for text, answer, kind in problems("definite_integral", 0):
        gold = float(Fraction(answer))
        if kind == "Enclosed":
            match = re.search(r"y = (.*) and y = (.*)\? ", text)
            assert match
            gap = sympy.Poly(symbolic(match[1]) - symbolic(match[2]), X)
            low, high = sorted(float(r) for r in np.roots([float(c) for c in gap.all_coeffs()]))
            f = sympy.lambdify(X, gap.as_expr(), "mpmath")
            found = abs(mpmath.quad(f, [low, high]))
        else:
            match = re.search(r"integral of (.*) from x = (-?\d+) to x = (-?\d+)", text)
            assert match
            low, high = int(match[2]), int(match[3])
            stops = [low, high]
            if kind == "AbsoluteIntegral":
                inner = symbolic(match[1].strip("|"))
                stops.insert(1, float(sympy.solve(inner, X)[0]))
                f = sympy.lambdify(X, sympy.Abs(inner), "mpmath")
            else:
                f = sympy.lambdify(X, symbolic(match[1]), "mpmath")
            found = mpmath.quad(f, stops)
        assert abs(found - gold) < 1e-9 * (1 + abs(gold)), (text, answer, found)


def test_limits_agree_with_values_close_by() -> None:
    with mpmath.workdps(60):
        for text, answer, _ in problems("limits", 1):
            match = re.match(r"Find lim x->(\S+) of (.*)\. Give", text)
            assert match
            f = sympy.lambdify(X, symbolic(match[2]), "mpmath")
            if match[1] == "infinity":
                near = [mpmath.mpf(10) ** 18]
            else:
                near = [mpmath.mpf(int(match[1])) + s * mpmath.mpf(10) ** -18 for s in (1, -1)]
            gold = Fraction(answer)
            for x in near:
                value = f(x) - mpmath.mpf(gold.numerator) / gold.denominator
                assert abs(value) < mpmath.mpf(10) ** -9, (text, answer)


def matrices(text: str) -> list[sympy.Matrix]:
    return [sympy.Matrix(ast.literal_eval(m)) for m in re.findall(r"\[\[.*?\]\]", text)]


def rational_matrix(answer: str) -> sympy.Matrix:
    return sympy.Matrix(
        [[sympy.Rational(x) for x in row.split(", ")] for row in answer[2:-2].split("], [")]
    )


def test_determinants_agree_with_sympy() -> None:
    for text, answer, _ in problems("matrix_determinant", 0):
        assert matrices(text)[0].det() == int(answer), text


def test_products_agree_with_sympy() -> None:
    for text, answer, kind in problems("matrix_product", 0):
        a, *rest = matrices(text)
        if kind == "square":
            found = a * a
        elif kind == "product":
            found = a * rest[0]
        else:
            found = a * rest[0] - rest[0] * a
        assert found == rational_matrix(answer), text


def test_a_matrix_times_its_inverse_is_the_identity() -> None:
    for text, answer, _ in problems("matrix_inverse", 0):
        a = matrices(text)[0]
        assert a * rational_matrix(answer) == sympy.eye(a.rows), text
