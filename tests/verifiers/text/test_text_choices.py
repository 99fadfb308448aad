"""Choices, sets of choices and orders: exactly what is named, named exactly once."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.task import Draft
from veragym.core.verdict import Outcome
from veragym.verifiers.text import ChoiceVerifier, MultiSelectVerifier, OrderingVerifier
from veragym.verifiers.text.ordering import inversions, kendall_tau

OK, WRONG, NOT = Outcome.CORRECT, Outcome.WRONG, Outcome.UNPARSABLE
CITIES = Draft("", "", {"choices": ["Rome", "Paris", "New York", "York"]}, {"answer": "B"})

ONE = [
    ("B", OK), ("b", OK), ("(B)", OK), ("B.", OK), ("B)", OK), ("[b]", OK), ("B: Paris", OK),
    ("(b) paris", OK),
    ("Paris", OK), ("paris.", OK), ("**B**", OK), ("The answer is B.", OK), ("Option B", OK),
    ("\\boxed{B}", OK),
    ("<answer>B</answer>", OK), ("reasons\nAnswer: B) Paris", OK), ("choice B", OK),
    ("<think>A?</think>B", OK),
    ("A", WRONG), ("York", WRONG), ("New York", WRONG), ("D) York", WRONG), ("Rome", WRONG),
    ("A or B", NOT), ("A, B", NOT), ("AB", NOT), ("B) Rome", NOT), ("B or Paris", NOT),
    ("Paris, Rome", NOT),
    ("E", NOT), ("", NOT), ("I do not know", NOT), ("Parisian", NOT), ("not B", NOT), ("B?A", NOT),
    ("В", NOT),
    ("Ｂ", NOT), ("B\u200b", NOT), ("ABCD", NOT), ("all of them", NOT),
    ("Answer: A\nAnswer: B", NOT), ("2", NOT),
    ("\\boxed{A} \\boxed{B}", NOT), ("B B", NOT), ("ß", NOT), ("1", NOT), ("B" * 5000, NOT),
    ("B)B", NOT),
    ("Rome (A) Paris (B)", NOT), ("B, because A is wrong", NOT), ("{A,B}", NOT),
    ("The answer is A or B", NOT),
]  # fmt: skip


@pytest.mark.parametrize(("response", "outcome"), ONE)
def test_exactly_one_option_is_named(response: str, outcome: Outcome) -> None:
    assert ChoiceVerifier()(CITIES, response).outcome is outcome


def test_a_bare_label_wins_over_an_option_with_that_text() -> None:
    task = Draft("", "", {"choices": {"1": "2", "2": "3", "3": "1"}}, {"answer": "2"})
    assert [ChoiceVerifier()(task, text).outcome for text in ("1", "2", "3", "2) 3", "2) 2")] == [
        WRONG, OK, WRONG, OK, NOT,
    ]  # fmt: skip


def test_reciting_the_options_is_not_choosing_the_last() -> None:
    recital = "A) Rome\nB) Paris\nC) New York\nD) York"
    last = Draft("", "", dict(CITIES.public), {"answer": "D"})
    assert ChoiceVerifier()(last, recital).outcome is NOT
    assert ChoiceVerifier()(last, "Rome\nParis\nYork").outcome is NOT
    assert ChoiceVerifier()(last, recital + "\n\nD").outcome is OK
    assert ChoiceVerifier()(last, recital + "\nAnswer: D").outcome is OK
    assert ChoiceVerifier()(last, recital + "\nSo it must be the last.\nD) York").outcome is OK


def test_letters_that_fold_to_a_label_are_not_that_label() -> None:
    # Long s and the Kelvin sign are S and K to a case-insensitive Unicode match.
    for label, lookalike in (("S", "\u017f"), ("K", "\u212a")):
        task = Draft("", "", {"choices": {"S": "one", "K": "two"}}, {"answer": label})
        assert ChoiceVerifier()(task, label.lower()).outcome is OK
        assert ChoiceVerifier()(task, lookalike).outcome is NOT


def test_the_gold_may_be_given_by_text() -> None:
    task = Draft("", "", dict(CITIES.public), {"answer": "new york"})
    assert ChoiceVerifier()(task, "C").outcome is OK
    assert ChoiceVerifier()(task, "D").outcome is WRONG


MALFORMED = [
    ({}, "A"), ({"choices": ["x"]}, "A"), ({"choices": []}, "A"), ({"choices": "xy"}, "A"),
    ({"choices": ["x", "X."]}, "A"), ({"choices": ["x", 3]}, "A"), ({"choices": ["x", ""]}, "A"),
    ({"choices": ["x", "..."]}, "A"), ({"choices": {"a": "x", "A": "y"}}, "A"),
    ({"choices": {"long": "x", "B": "y"}}, "B"), ({"choices": ["x", "y"]}, "C"),
    ({"choices": ["x", "y"]}, None), ({"choices": ["x", "y"]}, 0), ({"choices": ["x", "y"]}, True),
    ({"choices": [str(i) for i in range(27)]}, "A"),
]  # fmt: skip


@pytest.mark.parametrize(("public", "answer"), MALFORMED)
def test_a_choice_task_that_cannot_be_judged_is_nobodys_fault(public: Any, answer: Any) -> None:
    for response in ("A", "x", ""):
        verdict = ChoiceVerifier()(Draft("", "", public, {"answer": answer}), response)
        assert verdict.outcome is Outcome.INFRA_ERROR
        several = MultiSelectVerifier()(Draft("", "", public, {"answer": [answer]}), response)
        assert several.outcome is Outcome.INFRA_ERROR


SETS = [
    ("A, C", 1.0), ("C, A", 1.0), ("A and C", 1.0), ("[A, C]", 1.0), ('["A", "C"]', 1.0),
    ("A; C", 1.0),
    ("A\nC", 1.0), ("Answer: A, C", 1.0), ("Rome, New York", 1.0), ("A) Rome, C) New York", 1.0),
    ("A & C", 1.0),
    ("A", 0.5), ("A, B", 0.0), ("A, B, C", 0.5), ("A, B, C, D", 0.0), ("none", 0.0), ("B, D", 0.0),
    ("D", 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("response", "score"), SETS)
def test_sets_of_options_and_their_credit(response: str, score: float) -> None:
    task = Draft("", "", dict(CITIES.public), {"answer": ["A", "C"]})
    assert MultiSelectVerifier("youden")(task, response).score == score
    assert MultiSelectVerifier()(task, response).score == float(score == 1.0)


@pytest.mark.parametrize(
    "response",
    ["A, A", "A, C, A", "A, E", "ABCD", "A C", "A, ", "all", "A, C or D", "AC", "A,,Q", "", "[]A"]
)  # fmt: skip
def test_a_set_with_repeats_or_strangers_is_unparsable(response: str) -> None:
    task = Draft("", "", dict(CITIES.public), {"answer": ["B", "C"]})
    verdict = MultiSelectVerifier("youden")(task, response)
    assert verdict.score == 0.0
    if response != "A, ":
        assert verdict.outcome is NOT


def test_no_fixed_set_earns_anything_on_average_under_youden() -> None:
    # Without the cut at 0, every fixed answer would average exactly 0 over all golds of a size.
    labels = "ABCD"
    golds = list(combinations(labels, 2))
    for size in (0, 1, 2, 3, 4):
        answer = ", ".join(labels[:size]) or "none"
        total = 0.0
        for gold in golds:
            task = Draft("", "", dict(CITIES.public), {"answer": list(gold)})
            total += MultiSelectVerifier("youden")(task, answer).score
        # By hand: one label is right in 3 of 6 golds (0.5 each); two labels: all of 1 (1.0), else
        # half of 4 (0.0); three labels: 2 right and 1 wrong in 3 of 6 (0.5 each).
        assert total / len(golds) == {0: 0, 1: 0.25, 2: 1 / 6, 3: 0.25, 4: 0}[size]


def test_an_empty_gold_set_is_answered_by_none_alone() -> None:
    task = Draft("", "", dict(CITIES.public), {"answer": []})
    scores = [
        MultiSelectVerifier("youden")(task, text).score for text in ("none", "[]", "A", "A, B")
    ]
    assert scores == [1.0, 1.0, 0.0, 0.0]


ITEMS = Draft("", "", {"items": ["b", "c", "a", "d"]}, {"answer": ["a", "b", "c", "d"]})
ORDERS = [
    ("a, b, c, d", 1.0), ("a > b > c > d", 1.0), ("a -> b -> c -> d", 1.0), ("a → b → c → d", 1.0),
    ("1. a\n2. b\n3. c\n4. d", 1.0), ("- a\n- b\n- c\n- d", 1.0), ("a\nb\n\nc\nd", 1.0),
    ("(1) a\n(2) b\n(3) c\n(4) d", 1.0),
    ('["a", "b", "c", "d"]', 1.0), ("A; B; C; D", 1.0), ("b, a, c, d", 2 / 3),
    ("a, b, d, c", 2 / 3),
    ("b, c, a, d", 1 / 3), ("d, c, b, a", 0.0), ("b, a, d, c", 1 / 3), ("d, a, b, c", 0.0),
    ("c, b, a, d", 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("response", "score"), ORDERS)
def test_orders_and_their_credit(response: str, score: float) -> None:
    assert OrderingVerifier("kendall")(ITEMS, response).score == pytest.approx(score, abs=1e-12)
    assert OrderingVerifier()(ITEMS, response).score == float(score == 1.0)


@pytest.mark.parametrize(
    "response",
    ["a, b, c", "a, b, c, d, d", "a, b, c, e", "a, a, a, a", "abcd", "", "a b c d",
     '["a","b","c"]', '["a",["b"],"c","d"]',
     '[1,2,3,4]', "2. a\n1. b\n3. c\n4. d", "a, b; c, d", "The order is a, b, c, d",
     "a, b, c, d or d, c, b, a", "[", ",,,,",
     '["a","b","c","d"] ["a"]', "\n" * 5000, "a,b,c,d," * 500],
)  # fmt: skip
def test_what_is_not_a_permutation_is_unparsable(response: str) -> None:
    assert OrderingVerifier("kendall")(ITEMS, response).outcome is NOT


def test_two_readings_that_differ_are_unparsable() -> None:
    task = Draft("", "", {}, {"answer": ["1. x", "x", "2. x"]})
    assert OrderingVerifier()(task, "1. x\nx\n2. x").outcome is OK
    clash = Draft("", "", {}, {"answer": ["z z", "z"]})
    assert OrderingVerifier()(clash, "z z\nz").outcome is OK
    # By lines it is "z, z" and "z"; by commas "z" and "z z".
    assert OrderingVerifier()(clash, "z, z\nz").outcome is NOT


@given(st.permutations(range(7)))
def test_tau_agrees_with_counting_every_pair(ranks: list[int]) -> None:
    pairs = [(i, j) for i in range(7) for j in range(i + 1, 7)]
    bad = sum(ranks[i] > ranks[j] for i, j in pairs)
    assert inversions(ranks) == bad
    assert kendall_tau(ranks) == pytest.approx((len(pairs) - 2 * bad) / len(pairs))
    assert kendall_tau(ranks[::-1]) == pytest.approx(-kendall_tau(ranks))


def test_the_published_floor_of_kendall_credit_is_what_a_blind_answer_averages() -> None:
    for n, floor in ((3, 0.28), (4, 0.19), (7, 0.13)):
        earned = [max(0.0, kendall_tau(order)) for order in permutations(range(n))]
        assert round(sum(earned) / len(earned), 2) == floor


@pytest.mark.parametrize(
    ("public", "secret"),
    [({}, {}), ({}, {"answer": "abc"}), ({}, {"answer": ["a"]}), ({}, {"answer": ["a", "A"]}),
     ({}, {"answer": ["a", 3]}),
     ({"items": ["a", "c"]}, {"answer": ["a", "b"]}), ({}, {"answer": ["a", "..."]}),
     ({}, {"answer": []})],
)  # fmt: skip
def test_an_ordering_task_that_cannot_be_judged_is_nobodys_fault(public: Any, secret: Any) -> None:
    for response in ("a, b", "a", ""):
        verdict = OrderingVerifier()(Draft("", "", public, secret), response)
        assert verdict.outcome is Outcome.INFRA_ERROR
