"""Step labels and the first wrong step: reading, scoring, and what constants earn."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome
from veragym.verifiers.process import (
    FindWrongStep,
    StepLabels,
    constant_floors,
    label_verdict,
    majority_labels,
    process_f1,
)


def find(gold: Any, steps: Any = 5) -> Any:
    return SimpleNamespace(public={"steps": steps}, secret={"first_error": gold})


def labels(*gold: Any) -> Any:
    return SimpleNamespace(public={}, secret={"labels": list(gold)})


@pytest.mark.seeds("E17")
@pytest.mark.parametrize(
    ("gold", "response", "outcome"),
    [
        (2, "3", "correct"),
        (2, "step 3", "correct"),
        (2, " Step\n3 ", "correct"),
        (2, "first 1, 2 … so \\boxed{3}", "correct"),
        (2, "1 2 <answer>step 3</answer>", "correct"),
        (None, "none", "correct"),
        (None, "-1", "correct"),
        (None, "\\boxed{None}", "correct"),
        (2, "2", "wrong"),
        (2, "none", "wrong"),
        (None, "1", "wrong"),
        (2, "6", "wrong"),
        (2, "0", "wrong"),
        (0, "1", "correct"),
        (4, "5", "correct"),
    ],
)
def test_the_first_wrong_step_is_one_number_or_none(gold: Any, response: str, outcome: str) -> None:
    assert FindWrongStep()(find(gold), response).outcome == outcome


def test_steps_can_be_numbered_from_zero() -> None:
    assert FindWrongStep(first_number=0)(find(2), "2").score == 1.0
    assert FindWrongStep(first_number=0)(find(0), "0").score == 1.0
    with pytest.raises(OptionError):
        FindWrongStep(first_number=2)


HEDGES: list[Any] = [
    None,
    "",
    " ",
    3,
    3.0,
    True,
    ["3"],
    b"3",
    "3 or 4",
    "1 2 3 4 5",
    "3, none",
    "\\boxed{3} \\boxed{4}",
    "\\boxed{3}\\boxed{3}",
    "<answer>3</answer><answer>4</answer>",
    "\\boxed{3} <answer>4</answer>",
    "\\boxed{3 or 4}",
    "03",
    "3.0",
    "+3",
    "three",
    "３",
    "٣",
    "²",
    "3\u200b",
    "\u202e3",
    "3\x00",
    "all steps are wrong",
    "3" * 1000,
    "\\boxed{" * 100_000,
    "<answer>" * 100_000,
    "x" * 1_000_000,
    "1e0",
    "0x3",
    "1_0",
    "-3",
    "step",
    "step step 3",
    "3 " + "." * 200,
]


@pytest.mark.parametrize("response", HEDGES, ids=range(len(HEDGES)))
def test_a_hedge_names_no_step(response: Any) -> None:
    assert FindWrongStep()(find(2), response).outcome is Outcome.UNPARSABLE


@pytest.mark.parametrize(
    ("gold", "steps"),
    [(5, 5), (-1, 5), (True, 5), ("2", 5), (2.0, 5), (2, None), (2, 0), (2, True), (2, "5")],
)
def test_a_task_whose_error_is_no_step_is_our_failure(gold: Any, steps: Any) -> None:
    assert FindWrongStep()(find(gold, steps), "3").outcome is Outcome.INFRA_ERROR
    missing = SimpleNamespace(public={"steps": 5}, secret={})
    assert FindWrongStep()(missing, "none").outcome is Outcome.INFRA_ERROR


@pytest.mark.seeds("E17")
def test_labels_are_scored_by_hand() -> None:
    judge, full = StepLabels(), StepLabels(until_first_error=False)
    gold = labels(True, True, False, True)
    assert judge(gold, "[true, true, false, true]").score == 1.0
    assert judge(gold, '["right", "correct", "wrong", "incorrect"]').score == 1.0  # after the error
    assert full(gold, "[true, true, false, false]").score == pytest.approx(2 / 3)
    half = judge(gold, "[true, false, false, true]")
    assert half.score == pytest.approx(0.5)
    assert half.parts == {"right_steps": 0.5, "wrong_steps": 1.0}
    assert judge(labels(True, True), "[true, false]").score == 0.0
    assert judge(labels(True, True), "[true, true]").score == 1.0


@pytest.mark.seeds("E17")
@given(gold=st.lists(st.booleans(), min_size=1, max_size=12), until=st.booleans())
def test_saying_the_same_of_every_step_scores_zero_wherever_steps_differ(
    gold: list[bool], until: bool
) -> None:
    judged = gold[: gold.index(False) + 1] if until and False in gold else gold
    for constant in (True, False):
        score = label_verdict(gold, [constant] * len(gold), until_first_error=until).score
        assert score == (1.0 if set(judged) == {constant} else 0.0)


@given(gold=st.lists(st.booleans(), min_size=1, max_size=8), data=st.data())
def test_mending_one_label_never_lowers_the_score(gold: list[bool], data: Any) -> None:
    said = data.draw(st.lists(st.booleans(), min_size=len(gold), max_size=len(gold)))
    place = data.draw(st.integers(0, len(gold) - 1))
    mended = [*said[:place], gold[place], *said[place + 1 :]]
    before, after = (label_verdict(gold, s, until_first_error=False).score for s in (said, mended))
    assert after >= before - 1e-12


@pytest.mark.parametrize(
    "response",
    [
        None,
        "",
        "true",
        "[]",
        "[true]",
        "[true, true, true]",
        "[1, 0]",
        "[1.0, 0.0]",
        '["yes", "no"]',
        "[null, true]",
        "[[true], [false]]",
        '{"0": true, "1": false}',
        "[true, false] [true, false]",
        '["RIGHT", "wrong"]',
        '["right ", "wrong"]',
        "[" * 100_000,
        "[NaN, true]",
        "[true,false]\u200b",
        True,
        [True, False],
        "[" + "9" * 10_000 + ", true]",
    ],
    ids=range(21),
)
def test_labels_that_are_not_one_per_step_are_unparsable(response: Any) -> None:
    assert StepLabels()(labels(True, False), response).outcome is Outcome.UNPARSABLE


@pytest.mark.parametrize("gold", [None, [], "tf", [1, 0], [True, None], {"0": True}], ids=range(6))
def test_a_task_without_labels_is_our_failure(gold: Any) -> None:
    task = SimpleNamespace(public={}, secret={"labels": gold})
    assert StepLabels()(task, "[true, false]").outcome is Outcome.INFRA_ERROR


@pytest.mark.seeds("E17")
def test_process_f1_is_the_harmonic_mean_of_two_accuracies() -> None:
    golds = [0, 1, 2, 3, None, None]
    assert process_f1(golds, [0, 1, 0, 3, None, 0]) == pytest.approx(2 * 0.75 * 0.5 / 1.25)
    assert process_f1(golds, golds) == 1.0
    for args in (([0], [0]), ([None], [None]), (golds, [0])):
        with pytest.raises(OptionError):
            process_f1(*args)


@pytest.mark.seeds("E17")
def test_the_floor_of_constants_is_measured() -> None:
    golds: list[int | None] = [None, None, 0, 0, 0, 1, 2, 3]
    steps = [4] * 8
    floors = constant_floors(golds, steps)
    assert floors["none"] == (2 / 8, 0.0)
    assert floors["first"] == (3 / 8, 0.0)
    assert floors["second"] == (1 / 8, 0.0)
    assert floors["last"] == (1 / 8, 0.0)
    # "all wrong" is right only where the first step is wrong and judged alone
    assert floors["all_wrong"] == (3 / 8, 0.0)
    for bad in (([0], [1, 2]), ([1], [1]), ([0], [1])):
        with pytest.raises(OptionError):
            constant_floors(*bad)  # type: ignore[arg-type]


@pytest.mark.seeds("E17")
@given(
    st.lists(
        st.integers(1, 6).flatmap(
            lambda n: st.tuples(st.one_of(st.none(), st.integers(0, n - 1)), st.just(n))
        ),
        min_size=2,
        max_size=20,
    ).filter(lambda rows: {g is None for g, _ in rows} == {True, False})
)
def test_no_constant_has_a_process_f1(rows: list[tuple[int | None, int]]) -> None:
    floors = constant_floors([g for g, _ in rows], [n for _, n in rows])
    assert all(f1 == 0.0 for _, f1 in floors.values())


@pytest.mark.seeds("E17")
def test_several_verifications_vote_step_by_step() -> None:
    votes = [[True, True, False], [True, False, False], [False, True, False]]
    assert majority_labels(votes) == (True, True, False)
    assert majority_labels(votes[:2]) == (True, None, False)
    for bad in ([], [[True], [True, False]]):
        with pytest.raises(OptionError):
            majority_labels(bad)


def test_reasons_never_tell_the_gold() -> None:
    said = FindWrongStep()(find(3), "2")
    assert "4" not in said.reason + repr(dict(said.evidence)) + repr(dict(said.parts))
    task = labels(*json.loads("[true, true, false, true]"))
    assert "false" not in StepLabels()(task, "[true, true, true, true]").reason.lower()
