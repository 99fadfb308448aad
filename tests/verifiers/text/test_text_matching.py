"""Exact and numeric match: what counts as the same is what was declared, and no more."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.task import Draft
from veragym.core.verdict import Outcome
from veragym.verifiers.text import WORDING, Normal, NumericVerifier, TextMatchVerifier
from veragym.verifiers.text.numeric import numeral

ALL = [
    Normal(unicode, case, space, punctuation, articles)
    for unicode in ("keep", "NFC", "NFKC")
    for case in (False, True)
    for space in ("keep", "strip", "collapse")
    for punctuation in (False, True)
    for articles in (False, True)
]
# One pair per step: the step makes the two the same, and without it they differ.
STEPS = [
    ("unicode", "NFC", "caf\u00e9", "cafe\u0301"),
    ("unicode", "NFKC", "１２", "12"),
    ("unicode", "NFKC", "ﬁre", "fire"),
    ("case", True, "Straße", "STRASSE"),
    ("whitespace", "strip", "\t a b\n", "a b"),
    ("whitespace", "collapse", " a \n b", "a b"),
    ("punctuation", True, '"Yes!"', "Yes"),
    ("punctuation", True, "it’s", "it's"),
    ("articles", True, "the cat", "cat"),
]
# Pairs that no step may make the same: merging them would pay for another value.
APART = [
    ("10²", "102"), ("x₂", "x2"), ("2½", "21⁄2"), ("①1", "11"), ("-5", "5"), ("3.5", "35"),
    ("1,5", "15"), ("C#", "C"), ("C++", "C"), ("5!", "5"), ("(1, 2)", "[1, 2]"), ("50%", "50"),
    ("we're", "were"), ("vitamin A", "vitamin"), ("vitamin a pill", "vitamin pill"),
    ("a", "the"), ("resume", "résumé"), ("$5", "5"),
    ("Paris", "Pаris"), ("1/2", "12"), ("a-b", "ab"), ("{1}", "1"), ("x = 1", "x 1"), (".5", "5"),
    ("№ 1", "1"), ("I", "l"), ("O", "0"), ("not Paris", "Paris"), ("Paris Rome", "Paris"),
]  # fmt: skip


def matched(normal: Normal, gold: str, answer: str) -> Outcome:
    task = Draft("", "", {}, {"answer": gold})
    return TextMatchVerifier(normal)(task, answer).outcome


@pytest.mark.parametrize(("name", "value", "answer", "gold"), STEPS)
def test_each_step_of_normalisation_does_what_it_declares(
    name: str, value: object, answer: str, gold: str
) -> None:
    assert matched(Normal(**{name: value}), gold, answer) is Outcome.CORRECT
    assert matched(Normal(), gold, answer) is Outcome.WRONG


@pytest.mark.parametrize(("one", "other"), APART)
def test_no_normalisation_merges_different_values(one: str, other: str) -> None:
    for normal in ALL:
        if normal(one) and normal(other):
            assert matched(normal, one, other) is not Outcome.CORRECT, normal
            assert matched(normal, other, one) is not Outcome.CORRECT, normal


@settings(max_examples=500)
@given(
    st.text(max_size=30) | st.text(st.sampled_from("aB9é!(“‘'1.,\u0301 \n)«»:-"), max_size=12),
    st.sampled_from(ALL),
)
def test_normalising_twice_changes_nothing_more(text: str, normal: Normal) -> None:
    once = normal(text)
    # "the the cat" loses one article at a time: two of them are not the same as one.
    assert normal(once) == once or normal.articles


@given(st.text(st.sampled_from("aB é!(“1.,\u0301 \n'"), min_size=1, max_size=12))
def test_every_text_matches_itself_and_matching_is_symmetric(text: str) -> None:
    other = text[::-1]
    if WORDING(text).strip() and WORDING(other).strip():
        assert matched(WORDING, text, text) is Outcome.CORRECT
        there, back = matched(WORDING, text, other), matched(WORDING, other, text)
        assert (there is Outcome.CORRECT) == (back is Outcome.CORRECT)


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        ("Paris", Outcome.CORRECT),
        ("It was long ago.\nAnswer: Paris", Outcome.CORRECT),
        ("\\boxed{\\text{Paris}}", Outcome.CORRECT),
        ("<think>Rome?</think>Paris", Outcome.CORRECT),
        ("Answer: Paris\nAnswer: Rome", Outcome.UNPARSABLE),
        ("Paris or Rome", Outcome.WRONG),
        ("Rome", Outcome.WRONG),
    ],
)
def test_the_marked_answer_is_the_one_judged(response: str, outcome: Outcome) -> None:
    task = Draft("", "", {}, {"answer": ["Paris", "City of Light"]})
    assert TextMatchVerifier(WORDING, "marked")(task, response).outcome is outcome


NUMBERS = [
    # gold, rel, abs, answer, right
    (100, 0.01, 0.0, "101", True), (100, 0.01, 0.0, "101.0000000001", False),
    (100, 0.01, 0.0, "99", True), (100, 0.01, 0.0, "98.99", False),
    (0.3, 0.0, 0.0, "0.3", True), (0.3, 0.0, 0.0, "0.30000000000000004", False),
    (0, 0.5, 0.0, "0.0001", False), (0, 0.0, 0.1, "0.1", True), (0, 0.0, 0.1, "-0.1", True),
    (-2, 0.1, 0.0, "-2.2", True), (-2, 0.1, 0.0, "2", False),
    ("1,234.5", 0.0, 0.0, "1234.50", True),
    (1234, 0.0, 0.0, "1,234", True), (1e3, 0.0, 0.0, "1e3", True), (1000, 0.0, 0.0, "1E+3", True),
    (10**30, 0.0, 0.0, "1" + "0" * 30, True), (10**30, 0.0, 0.0, "1" + "0" * 29 + "1", False),
    (0.5, 0.0, 0.0, ".5", True), (5, 0.0, 0.0, "5.", True), (5, 0.0, 0.0, "\u22125", False),
    (-5, 0.0, 0.0, "\u22125", True), (1, 0.0, 0.0, "+1", True),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "rel", "absolute", "answer", "right"), NUMBERS)
def test_numbers_match_within_exactly_the_declared_tolerance(
    gold: object, rel: float, absolute: float, answer: str, right: bool
) -> None:
    task = Draft("", "", {"rel_tol": rel, "abs_tol": absolute}, {"answer": gold})
    verdict = NumericVerifier()(task, answer)
    assert verdict.outcome is (Outcome.CORRECT if right else Outcome.WRONG)


NO_NUMBER = [
    "", "five", "nan", "NaN", "-nan", "inf", "-Infinity", "1e", "e5", ".", "-", "+-5", "5 5",
    "5 or 6", "not 5",
    "5..", "5,", "1,00", "1,0000", "12,34,567", "5/1", "5%", "$5", "5 km", "0x5", "5_0", "٥", "５",
    "²", "Ⅴ",
    "1e99999", "1e401", "-1e-402", "9" * 401, "5\u200b", "5\n6", "[5]", "5=5", "True", "5j", "--5",
    "5e5e5",
]  # fmt: skip


@pytest.mark.parametrize("answer", NO_NUMBER)
def test_what_is_not_one_plain_number_is_unparsable(answer: str) -> None:
    task = Draft("", "", {"abs_tol": 1e300}, {"answer": 5})
    assert NumericVerifier()(task, answer).outcome is Outcome.UNPARSABLE


def test_only_the_declared_unit_may_follow_a_number() -> None:
    task = Draft("", "", {"unit": "km"}, {"answer": 5})
    outcomes = [NumericVerifier()(task, text).outcome for text in ("5 km", "5km", "5", "5 m")]
    assert outcomes == [Outcome.CORRECT] * 3 + [Outcome.UNPARSABLE]


@given(st.integers(-(10**20), 10**20), st.integers(0, 1000), st.integers(-2000, 2000))
def test_tolerance_agrees_with_integer_arithmetic(gold: int, room: int, off: int) -> None:
    task = Draft("", "", {"abs_tol": room}, {"answer": gold})
    right = NumericVerifier()(task, str(gold + off)).outcome is Outcome.CORRECT
    assert right == (abs(off) <= room)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9, places=6))
def test_a_numeral_has_the_value_that_decimal_arithmetic_gives_it(value: object) -> None:
    assert numeral(str(value)) == Fraction(str(value))


@pytest.mark.parametrize(
    "gold", [None, "", "  ", "five", True, float("nan"), float("inf"), [5], {}, b"5", "5 or 6"]
)
def test_a_task_without_a_usable_number_is_nobodys_fault(gold: object) -> None:
    for response in ("5", "", "five", None):
        verdict = NumericVerifier()(Draft("", "", {}, {"answer": gold}), response)
        assert verdict.outcome is Outcome.INFRA_ERROR


@pytest.mark.parametrize(
    "options",
    [{"rel_tol": 1.0}, {"rel_tol": -0.1}, {"rel_tol": float("nan")}, {"abs_tol": -1},
     {"abs_tol": float("inf")}, {"take": "last"}, {"rel_tol": True}],
)  # fmt: skip
def test_impossible_options_are_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        NumericVerifier(**options)  # type: ignore[arg-type]
    task = Draft("", "", dict(options), {"answer": 5})
    if "take" not in options:
        assert NumericVerifier()(task, "5").outcome is Outcome.INFRA_ERROR
