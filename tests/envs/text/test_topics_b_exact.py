"""How exact values are written: one canonical text per value, read back by sympy."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind, KindTopic, Worked
from veragym.envs.text.maths.slips import enough_slips
from veragym.envs.text.maths.writing import (
    bracketed,
    decimal_text,
    exact_decimal,
    fixed_decimal,
    line,
    listing,
    multiple,
    pi_times,
    plus,
    polynomial,
    polynomial_text,
    reduction,
    root_of,
    root_text,
    set_text,
    signed,
    square_part,
    tuple_text,
    with_constant,
)

RATIONALS = st.fractions(min_value=-40, max_value=40, max_denominator=12)


def read(text: str) -> sympy.Expr:
    return sympy.sympify(text.replace("^", "**"))


def exact(x: int | Fraction) -> sympy.Rational:
    return sympy.Rational(x.numerator, x.denominator)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (multiple(1, "pi"), "pi"),
        (multiple(Fraction(-1, 2), "pi"), "-pi/2"),
        (multiple(0, "pi"), "0"),
        (pi_times(9), "9*pi"),
        (pi_times(Fraction(3, 2), 6), "3*pi/2 + 6"),
        (pi_times(-4, 16), "-4*pi + 16"),
        (pi_times(0, -3), "-3"),
        (root_of(49), "7"),
        (root_of(12), "2*sqrt(3)"),
        (root_of(Fraction(9, 2)), "3*sqrt(2)/2"),
        (root_of(3, Fraction(1, 2)), "sqrt(3)/2"),
        (root_of(Fraction(1, 4), 3), "3/2"),
        (polynomial((3, 0, -1)), "3*x^2 - 1"),
        (polynomial((-1, 1)), "-x + 1"),
        (polynomial((Fraction(5, 2), 0)), "5*x/2"),
        (polynomial_text((2, -1, 0, 5)), "2x^3 - x^2 + 5"),
        (polynomial_text((-1, 0)), "-x"),
        (line(1, -7), "x - 7"),
        (with_constant("2x", -3), "2x - 3"),
        (with_constant("2x", 0), "2x"),
        (root_text(4, -2, 3, -6), "(-2 + sqrt(3))/3"),
        (root_text(0, 4, 5, 2), "2*sqrt(5)"),
        (decimal_text(-1250, 3), "-1.25"),
        (decimal_text(7, 3), "0.007"),
        (decimal_text(12, -2), "1200"),
        (fixed_decimal(1250, 3), "1.250"),
        (exact_decimal(Fraction(-7, 40)), "-0.175"),
        (bracketed(7), "7"),
        (bracketed(-7), "(-7)"),
        (bracketed(Fraction(2, 3)), "(2/3)"),
        (reduction(3, 4), "3/4"),
        (reduction(-6, 8), "-6/8 = -3/4"),
        (reduction(8, 4), "8/4 = 2"),
        (listing((1, 2)), "1 and 2"),
        (listing(("a", "b", "c")), "a, b and c"),
        (set_text((2, 1)), "{2, 1}"),
        (tuple_text((Fraction(1, 2), -3)), "(1/2, -3)"),
        (polynomial((0, 0)), "0"),
        (signed(-3), "(-3)"),
        (plus(Fraction(-1, 2)), "- 1/2"),
    ],
)
def test_values_have_the_expected_text(text: str, wanted: str) -> None:
    assert text == wanted


@given(st.integers(-(10**6), 10**6), st.integers(0, 8))
def test_decimals_read_back_as_the_same_number(mantissa: int, places: int) -> None:
    number = Fraction(mantissa, 10**places)
    assert Fraction(decimal_text(mantissa, places)) == number
    assert exact_decimal(number) == decimal_text(mantissa, places)


def test_a_decimal_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2/3 does not terminate; write it as a fraction"):
        exact_decimal(Fraction(2, 3))


@given(st.integers(1, 10**6))
def test_the_square_part_leaves_no_square_inside(n: int) -> None:
    outside, inside = square_part(n)
    assert outside * outside * inside == n
    assert all(inside % (d * d) for d in range(2, 1001) if d * d <= inside)


@given(st.fractions(min_value=Fraction(1, 12), max_value=500, max_denominator=12), RATIONALS)
def test_roots_read_back_as_the_same_number(square: Fraction, times: Fraction) -> None:
    gap = read(root_of(square, times)) - exact(times) * sympy.sqrt(exact(square))
    assert sympy.simplify(gap) == 0


@given(RATIONALS, RATIONALS)
def test_multiples_of_pi_read_back_as_the_same_number(a: Fraction, b: Fraction) -> None:
    assert sympy.expand(read(pi_times(a, b)) - exact(a) * sympy.pi - exact(b)) == 0


@given(st.lists(RATIONALS, min_size=1, max_size=5))
def test_polynomials_read_back_with_the_same_coefficients(coefficients: list[Fraction]) -> None:
    x = sympy.Symbol("x")
    wanted = sum(exact(c) * x**i for i, c in enumerate(reversed(coefficients)))
    assert sympy.expand(read(polynomial(coefficients)) - wanted) == 0


@given(st.integers(-50, 50), st.lists(st.integers(-50, 50), max_size=6))
def test_slips_are_different_from_the_answer_and_from_each_other(
    right: int, candidates: list[int]
) -> None:
    wrong = enough_slips(right, candidates)
    assert len(wrong) >= 3 and len(set(wrong)) == len(wrong) and str(right) not in wrong
    assert set(wrong) >= {str(c) for c in candidates if c != right}


class _Copied(Kind):
    """Doubles a number and shows the result in the text three times out of four."""

    def draw(self, rng: TaskRng, level: float) -> tuple[int, ...]:
        return rng.integers(10, 50), rng.integers(0, 4)

    def tell(self, n: int, hide: int) -> tuple[str, ...]:
        shown = f" ({2 * n})" if hide else ""
        return (f"Double {n}{shown}.", f"Twice {n}?", f"A 8 and a 11 of {n}, a 7.")

    def solve(self, n: int, hide: int) -> Worked:
        return Worked(2 * n, [f"2 * {n} = {2 * n}"], [])


class _Doubling(KindTopic):
    name = "doubling"
    group = "test"
    summary = method = "Double."
    answer_form = {"kind": "integer"}
    kinds = (_Copied(),)


def test_problems_that_show_their_answer_are_drawn_again() -> None:
    topic = _Doubling()
    drawn = [topic.draw(TaskRng.from_seed("copied", i), 0.5) for i in range(200)]
    assert all(hide == 0 for _, _, hide in drawn)
    assert topic.question(drawn[0], 2).startswith("An 8 and an 11 of ")
    assert topic.question(drawn[0], 2).endswith(", a 7.")
