"""Wilson's interval, held-out sets and scripted policies."""

from __future__ import annotations

import pytest

from veragym.agents.evaluate import HeldOut
from veragym.agents.interval import wilson
from veragym.agents.policy.scripted import ConstantPolicy, OraclePolicy, RandomPolicy, scripted
from veragym.core.errors import OptionError

COUNTDOWN = {"topics": ["countdown"], "difficulty": (0.15, 0.33), "instruction": "none"}


def test_wilson_matches_published_values() -> None:
    # Newcombe 1998, table I: 81/263, 15/148, 0/20, 1/29.
    for successes, trials, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)


def test_wilson_without_trials_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="3"):
        wilson(3, 2)


@pytest.fixture(scope="module")
def held_out() -> HeldOut:
    return HeldOut("MathRLVR-v0", COUNTDOWN, count=60, parallel=25)


def test_held_out_problems_are_the_splits_own_draws_and_always_the_same(held_out: HeldOut) -> None:
    assert {task.split for task in held_out.tasks} == {"test"}
    assert [task.id.split(":")[3] for task in held_out.tasks] == [str(i) for i in range(60)]
    again = HeldOut("MathRLVR-v0", COUNTDOWN, count=60, parallel=7)
    assert again.tasks == held_out.tasks


def test_the_oracle_is_always_right_and_the_floor_is_the_floor(held_out: HeldOut) -> None:
    assert held_out.evaluate(OraclePolicy()).accuracy == 1.0
    assert held_out.evaluate(OraclePolicy(bare=True)).accuracy == 1.0
    null = held_out.evaluate(scripted("null"))
    assert (null.accuracy, null.valid) == (0.0, 0.0)
    assert null.outcomes == {"unparsable": 60}
    assert held_out.evaluate(ConstantPolicy("1 + 2 * 3")).accuracy <= 0.05


def test_the_random_policy_is_repeatable(held_out: HeldOut) -> None:
    first = [e.messages[1].text for e in held_out.play(RandomPolicy(3))]
    assert first == [e.messages[1].text for e in held_out.play(RandomPolicy(3))]
    assert first != [e.messages[1].text for e in held_out.play(RandomPolicy(4))]
    assert len(set(first)) > 1


def test_an_evaluation_needs_a_task() -> None:
    with pytest.raises(OptionError, match="at least 1 task, got 0"):
        HeldOut("MathRLVR-v0", COUNTDOWN, count=0)


def test_an_oracle_cannot_act_on_words_alone() -> None:
    with pytest.raises(OptionError, match="act_inside"):
        OraclePolicy().act([])


def test_an_unknown_scripted_policy_is_refused() -> None:
    with pytest.raises(OptionError, match="oracle, null"):
        scripted("genius")
