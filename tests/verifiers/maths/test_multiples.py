"""The form `multiple`: any multiple in the range counts, and nothing else does."""

from __future__ import annotations

import pytest

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome
from veragym.verifiers import Form, grade_answer

FORM = {"kind": "multiple", "divisor": 17, "low": 687, "high": 765}


@pytest.mark.parametrize("answer", ["697", "714", "731", "748", "765", "\\boxed{731}", "7.31e2"])
def test_every_multiple_in_the_range_is_right(answer: str) -> None:
    assert grade_answer("731", answer, FORM).outcome is Outcome.CORRECT


@pytest.mark.parametrize(
    "answer", ["680", "782", "730", "17 * 43", "0", "-731", "731.5", "697 + 17", "17"]
)
def test_a_number_outside_or_between_is_wrong_and_so_is_an_expression(answer: str) -> None:
    assert grade_answer("731", answer, FORM).outcome is Outcome.WRONG


@pytest.mark.parametrize("answer", ["697 or 714", "697, 698", "", "17k", "a multiple of 17", None])
def test_no_reward_without_one_number(answer: object) -> None:
    verdict = grade_answer("731", answer, FORM)
    assert verdict.score == 0.0 and verdict.outcome is not Outcome.INFRA_ERROR


def test_every_offer_must_be_right() -> None:
    """Nothing can be hedged: several offers count only if each of them is a right answer."""
    right = grade_answer("731", "\\boxed{697} \\boxed{714}", FORM)
    hedged = grade_answer("731", "\\boxed{697} \\boxed{698}", FORM)
    assert (right.score, hedged.score) == (1.0, 0.0)


def test_a_range_without_a_multiple_is_refused() -> None:
    with pytest.raises(OptionError, match="no multiple of 17 lies from 698 to 713"):
        Form.of({"kind": "multiple", "divisor": 17, "low": 698, "high": 713})
