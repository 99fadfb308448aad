"""Properties that hold for all answers: dressing does not matter, values do, nothing raises."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core.task import Draft
from veragym.core.verdict import Outcome, Verdict
from veragym.verifiers import MathVerifier, grade_answer
from veragym.verifiers.maths.exact import normal, same
from veragym.verifiers.maths.syntax import parse

FORMS: list[Any] = [
    "integer",
    "value",
    "complex",
    "set",
    "tuple",
    "interval",
    "matrix",
    "percent",
    "text",
    "any",
    {"kind": "rational", "lowest": True},
    {"kind": "decimal", "places": 2},
    {"kind": "expression", "variables": ["x"]},
    {"kind": "equation", "variables": ["x", "y"]},
    {"kind": "quantity", "unit": "km", "convert": True},
    {"kind": "choice", "options": ["A", "B"]},
    {"kind": "numeral", "base": 16},
    {"kind": "arithmetic", "numbers": [1, 2, 3], "target": 6},
]
GOLDS = {
    "integer": "5",
    "value": "2*sqrt(3)",
    "complex": "1+2i",
    "set": "{1, 2}",
    "tuple": "(1, 2)",
    "interval": "(1, 2]",
    "matrix": "[[1, 2], [3, 4]]",
    "percent": "12%",
    "text": "a word",
    "any": "72",
    "rational": "3/2",
    "decimal": "3.14",
    "expression": "sin(2*x) + 1",
    "equation": "y = 2x + 1",
    "quantity": "5 km",
    "choice": "A",
    "numeral": "ff",
    "arithmetic": "",
}

fractions = st.fractions(min_value=-10_000, max_value=10_000, max_denominator=9_999)
mathlike = st.text(alphabet="0123456789+-*/^_=<>()[]{}|,;:.!%$& \\xyeiπ√∞×−abcdfrstqn", max_size=60)
commands = st.lists(
    st.sampled_from(
        [
            "\\frac",
            "{",
            "}",
            "\\sqrt",
            "1",
            "2",
            "x",
            "(",
            ")",
            "\\left",
            "\\right",
            "^",
            "_",
            "\\pm",
            "\\boxed{",
            "\\{",
            "\\}",
            ",",
            "=",
            "<",
            "\\cup",
            "\\infty",
            "-",
            "+",
            "\\sin",
            "\\text{or}",
            "\\begin{pmatrix}",
            "\\end{pmatrix}",
            "\\\\",
            "&",
            "|",
            "!",
            "\\log",
            " or ",
            "\\in",
            "[",
        ]
    ),
    max_size=25,
).map("".join)


def kind_of(form: Any) -> str:
    return form if isinstance(form, str) else form["kind"]


@pytest.mark.parametrize("form", FORMS, ids=kind_of)
@settings(max_examples=60, deadline=None)
@given(response=st.one_of(st.text(max_size=200), mathlike, commands))
def test_any_text_gets_a_verdict(form: Any, response: str) -> None:
    verdict = grade_answer(GOLDS[kind_of(form)], response, form)
    assert isinstance(verdict, Verdict)
    assert verdict.outcome is not Outcome.INFRA_ERROR, verdict.reason


@pytest.mark.parametrize(
    "response", [None, b"5", 5, 5.0, math.nan, ["5"], {"a": 5}, object(), True]
)
@pytest.mark.parametrize("form", FORMS, ids=kind_of)
def test_what_is_not_text_is_unparsable(form: Any, response: Any) -> None:
    assert grade_answer(GOLDS[kind_of(form)], response, form).outcome is Outcome.UNPARSABLE


@given(st.integers(-(10**30), 10**30))
def test_an_integer_is_right_in_every_dress_and_its_neighbours_are_wrong(number: int) -> None:
    gold = str(number)
    for dress in (
        "{}",
        " {} ",
        "{}.",
        "${}$",
        "\\boxed{{{}}}",
        "Answer: {}",
        "#### {}",
        "<answer>{}</answer>",
        "\\({}\\)",
        "**{}**",
        "x = {}",
        "<think>hm</think>\n{}",
        "{}.0",
    ):
        assert grade_answer(gold, dress.format(number), "integer").score == 1.0
        assert grade_answer(gold, dress.format(number + 1), "integer").score == 0.0
        assert grade_answer(gold, dress.format(number - 1), "integer").score == 0.0
    assert grade_answer(gold, f"{number:,}", "integer").score == 1.0


@given(fractions, st.integers(2, 50))
def test_a_rational_is_right_in_every_notation(value: Fraction, scale: int) -> None:
    over, under = value.numerator, value.denominator
    gold = f"{over}/{under}"
    notations = [
        f"\\frac{{{over}}}{{{under}}}",
        f"\\dfrac{{{over}}}{{{under}}}",
        f"{over} / {under}",
        f"\\frac{{{over * scale}}}{{{under * scale}}}",
        f"\\left(\\frac{{{over}}}{{{under}}}\\right)",
    ]
    whole, rest = divmod(abs(over), under)
    if whole and rest:
        notations.append(f"{'-' if over < 0 else ''}{whole} {rest}/{under}")
    for text in notations:
        assert grade_answer(gold, text, "rational").score == 1.0, text
    for other in (
        Fraction(over + 1, under),
        -value if value else Fraction(1),
        value + Fraction(1, 10**9),
    ):
        assert grade_answer(gold, f"{other.numerator}/{other.denominator}", "rational").score == 0.0


@given(fractions, fractions)
def test_rational_equality_is_symmetric(left: Fraction, right: Fraction) -> None:
    for form in ("rational", "value", "any"):
        there = grade_answer(str(left), str(right), form).score
        back = grade_answer(str(right), str(left), form).score
        assert there == back == float(left == right)


@given(st.decimals(-1000, 1000, places=4), st.integers(0, 3), st.integers(-20, 20))
def test_decimals_are_right_within_half_a_unit_of_the_place(gold: Any, places: int, k: int) -> None:
    step = Fraction(k, 10) / 10**places
    answer = Fraction(gold) + step
    text = f"{float(answer):.10f}"
    expected = abs(Fraction(text) - Fraction(gold)) <= Fraction(1, 2 * 10**places)
    form = {"kind": "decimal", "places": places}
    assert grade_answer(str(gold), text, form).score == float(expected)


polynomials = st.lists(st.integers(-9, 9), min_size=1, max_size=6)
X = sympy.Symbol("x")


def written(coefficients: list[int]) -> Any:
    return sum((c * X**k for k, c in enumerate(coefficients)), sympy.Integer(0))


@settings(max_examples=60, deadline=None)
@given(polynomials, polynomials)
def test_polynomials_rewritten_by_sympy_stay_right_and_perturbed_ones_are_wrong(
    a: list[int], b: list[int]
) -> None:
    form = {"kind": "expression", "variables": ["x"]}
    product = written(a) * written(b)
    gold = str(sympy.expand(product))
    for rewritten in (product, sympy.factor(product), sympy.horner(sympy.expand(product))):
        for text in (str(rewritten), sympy.latex(rewritten)):
            assert grade_answer(gold, text, form).score == 1.0, text
    for perturbed in (product + 1, product - X, product + X**7):
        assert grade_answer(gold, str(perturbed), form).score == 0.0
    assert grade_answer(str(product), gold, form).score == 1.0


surds = st.tuples(fractions.filter(bool), st.integers(2, 60), st.integers(-9, 9))


@settings(max_examples=80, deadline=None)
@given(surds)
def test_surds_agree_with_sympy_in_plain_text_and_latex(parts: tuple[Fraction, int, int]) -> None:
    coefficient, radicand, whole = parts
    scale = sympy.Rational(coefficient.numerator, coefficient.denominator)
    value = scale * sympy.sqrt(radicand) + whole
    for text in (str(value), sympy.latex(value)):
        assert same(normal(parse(text)), normal(parse(str(value)))) is True
    other = value + sympy.Rational(1, 10**12)
    assert same(normal(parse(str(other))), normal(parse(str(value)))) is False


IDENTITIES = [
    ("sin(2*x)", "2*sin(x)*cos(x)"),
    ("cos(2*x)", "1 - 2*sin(x)^2"),
    ("tan(x)", "sin(x)/cos(x)"),
    ("e^(x+1)", "e*e^x"),
    ("ln(x^2)", "2*ln(x)"),
    ("1/(x-1) - 1/(x+1)", "2/(x^2-1)"),
    ("sqrt(x)*sqrt(x)", "x"),
    ("(x^3-1)/(x-1)", "x^2+x+1"),
    ("cosh(x)^2 - sinh(x)^2", "1"),
    ("arctan(x) + arctan(1/x)", "pi/2*abs(x)/x"),
    ("2^(2*x)", "4^x"),
    ("log_2(8^x)", "3*x"),
    ("sin(x)^4 - cos(x)^4", "-cos(2*x)"),
    ("x^(1/3)*x^(2/3)", "x"),
    ("sec(x)^2", "1 + tan(x)^2"),
]


@pytest.mark.parametrize(("left", "right"), IDENTITIES)
def test_identities_hold_both_ways_and_break_when_perturbed(left: str, right: str) -> None:
    form = {"kind": "expression", "variables": ["x"]}
    assert grade_answer(left, right, form).outcome is Outcome.CORRECT
    assert grade_answer(right, left, form).outcome is Outcome.CORRECT
    for change in ("({}) + 10^{{-6}}", "({})*1.000001", "({}) + x*10^{{-5}}", "-({}) + 1/7"):
        assert grade_answer(left, change.format(right), form).outcome is Outcome.WRONG, change
        assert grade_answer(change.format(right), left, form).outcome is Outcome.WRONG, change


SPACED = [
    ("\\frac{1}{2}", "\\left( \\dfrac{1}{2} \\right)", "value"),
    ("x^2+1", "\\left( x ^ { 2 } \\, + \\; 1 \\right)", {"kind": "expression", "variables": ["x"]}),
    ("(1, 2]", "\\left(1,\\, 2\\right]", "interval"),
    ("{1, 2}", "\\left\\{ 1 ,\\; 2 \\right\\}", "set"),
    ("(1, 2)", "\\bigl( 1 ,~ 2 \\bigr)", "tuple"),
    ("2*sqrt(3)", "2 \\, \\sqrt { 3 }", "value"),
    ("9*pi", "9 \\, \\pi", "value"),
    ("5 km", "5\\,\\text{ km }", {"kind": "quantity", "unit": "km"}),
]


@pytest.mark.parametrize(("gold", "spaced", "form"), SPACED)
def test_spacing_and_sizing_commands_do_not_matter(gold: str, spaced: str, form: Any) -> None:
    assert grade_answer(gold, spaced, form).outcome is Outcome.CORRECT


@given(st.permutations(["1", "-2", "1/3", "sqrt(2)", "pi"]))
@settings(max_examples=20, deadline=None)
def test_order_matters_for_tuples_and_not_for_sets(order: list[str]) -> None:
    gold = ["1", "-2", "1/3", "sqrt(2)", "pi"]
    inside, wanted = ", ".join(order), ", ".join(gold)
    assert grade_answer(f"{{{wanted}}}", f"{{{inside}}}", "set").score == 1.0
    assert grade_answer(f"({wanted})", f"({inside})", "tuple").score == float(order == gold)


def test_the_verifier_pickles_reads_tasks_and_keeps_order() -> None:
    verifier = pickle.loads(pickle.dumps(MathVerifier()))
    tasks = [
        Draft("c", "p", {"form": {"kind": "integer"}}, {"answer": str(number)})
        for number in range(200)
    ]
    answers = [str(number if number % 3 else number + 1) for number in range(200)]
    verdicts = verifier.verify_many(tasks, answers)
    assert [verdict.score for verdict in verdicts] == [float(bool(n % 3)) for n in range(200)]
    backwards = verifier.verify_many(tasks[::-1], answers[::-1])
    assert backwards[::-1] == verdicts


def test_broken_golds_and_forms_are_our_failure_and_say_so_without_the_gold() -> None:
    for gold, form in (
        ("seven", "integer"),
        ("1/0", "rational"),
        (None, "integer"),
        ("", "value"),
        ("E", {"kind": "choice", "options": ["A", "B"]}),
        ("5", "nonsense"),
        ("1.5", "integer"),
        ("5", {"kind": "decimal"}),
        ("{1", "set"),
        ("5", {"kind": "integer", "places": 2}),
    ):
        verdict = grade_answer(gold, "5", form)  # type: ignore[arg-type]
        assert verdict.outcome is Outcome.INFRA_ERROR and not verdict.scored
        assert gold is None or gold == "5" or len(gold) < 3 or gold not in verdict.reason


@given(st.integers(-(10**19), 10**19), st.integers(-3, 3), st.sampled_from(["{}", " {}\n", "\t{}"]))
def test_the_short_way_for_plain_integers_gives_the_long_ways_verdict(gold, off, frame):
    task = Draft("", "", {"form": {"kind": "integer"}}, {"answer": str(gold)})
    response = frame.format(gold + off)
    long_way = grade_answer(str(gold), response, {"kind": "integer"})
    assert MathVerifier().verify(task, response) == long_way
    assert (long_way.score == 1.0) is (off == 0)
