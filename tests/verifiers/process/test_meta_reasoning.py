"""Meta-reasoning tags are earned by deeds; everything else about them earns nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.task import Task
from veragym.core.trajectory import Trajectory, Turn
from veragym.core.verdict import Outcome, Verdict, correct, graded, infra_error, unparsable, wrong
from veragym.verifiers.process import (
    MetaReasoning,
    Step,
    Tag,
    meta_credits,
    meta_rewards,
    recovery_rate,
    redundant_share,
)

TASK = Task("e:train:0:0:x", "e", 0, "train", 0.5, "?", {}, {}, "x")


def turn(text: str, failed: bool = False, key: str | None = None, **parts: float) -> Step:
    return Step(text, not failed, failed, key, parts)


def earned(steps: list[Step], success: bool = True) -> list[bool]:
    return [credit.earned for credit in meta_credits(steps, success)]


def act(tag: str, words: str, action: str) -> str:
    return f"<{tag}>{words}</{tag}><action>{action}</action>"


def episode(texts: list[str], verdict: Verdict | None, fails: tuple[int, ...] = ()) -> Trajectory:
    turns = [
        Turn("seen", text, 0.0, False, False, valid=i not in fails) for i, text in enumerate(texts)
    ]
    return Trajectory("e", TASK, turns, verdict)


PLAN = act("planning", "first the key, then the door", "take key")


@pytest.mark.seeds("C20")
def test_planning_is_earned_by_success_and_where_there_is_something_to_plan() -> None:
    again = act("planning", "now the other door", "open door")
    assert earned([turn(PLAN)]) == [True]
    assert earned([turn(PLAN)], success=False) == [False]
    assert earned([turn(PLAN), turn(again)]) == [True, False]
    assert earned([turn("go", failed=True), turn(again)]) == [False, True]
    assert earned([turn("go", **{"subgoal.key": 1.0}), turn(again)]) == [False, True]
    assert earned([turn(PLAN), turn("go", failed=True), turn(PLAN)]) == [True, False, False]


@pytest.mark.seeds("C20")
def test_exploring_is_earned_by_something_new_that_worked() -> None:
    east, west = act("explore", "unknown", "go east"), act("explore", "back", "go west")
    assert earned([turn(east), turn(west)]) == [True, True]
    assert earned([turn(east), turn(east)]) == [True, False]
    assert earned([turn(east, failed=True)]) == [False]
    assert earned([turn("go east"), turn(act("explore", "?", "GO  East"))]) == [False, False]


@pytest.mark.seeds("C20")
def test_with_state_keys_exploring_must_reach_a_new_state() -> None:
    east, west = act("explore", "unknown", "go east"), act("explore", "back", "go west")
    steps = [turn(east, key="s0"), turn(west, key="s1"), turn("wait", key="s0")]
    assert earned(steps) == [True, False, False]
    # the same action in another state is new; one that changes nothing is not
    moving = [turn(east, key="s0"), turn(east, key="s1"), turn(east, key="s2"), turn("x", key="s2")]
    assert earned(moving) == [True, True, False, False]


@pytest.mark.seeds("C20")
def test_reflecting_is_earned_by_mending_a_failure() -> None:
    mend = act("reflection", "the door was locked", "take key")
    assert earned([turn("open door", failed=True), turn(mend)]) == [False, True]
    assert earned([turn("take key", failed=True), turn(mend)]) == [False, False]
    assert earned([turn("open door"), turn(mend)]) == [False, False]
    assert earned([turn("open door", failed=True), turn(mend, failed=True)]) == [False, False]
    assert earned([turn(mend)]) == [False]


@pytest.mark.seeds("C20")
def test_a_failure_is_reflected_on_once() -> None:
    fail, mend = turn("open door", failed=True), act("reflection", "locked", "take key")
    other = act("reflection", "locked", "take lamp")
    assert earned([fail, turn(mend), fail, turn(other)]) == [False, True, False, False]


@pytest.mark.seeds("C20")
def test_monitoring_is_earned_by_naming_the_state_of_affairs() -> None:
    def say(words: str) -> Step:
        return turn(act("monitor", words, "look"))

    key, door = turn("take key", **{"subgoal.Key": 1.0}), turn("open", **{"subgoal.door": 1.0})
    assert earned([key, say("done: key")]) == [False, True]
    assert earned([key, door, say("Done: door, KEY")]) == [False, False, True]
    assert earned([key, say("done: key"), say("done: key")]) == [False, True, False]
    for words in (
        "done: key, door",
        "done:",
        "key",
        "done: key, key",
        "done: key, ",
        "all is done: key",
    ):
        assert earned([key, say(words)]) == [False, False], words
    assert earned([say("done: key")]) == [False]


@pytest.mark.seeds("C20")
@pytest.mark.parametrize(
    "text",
    [
        "<planning></planning><action>a</action>",
        "<planning>  \n</planning><action>a</action>",
        "<planning>p<action>a</action>",
        "p</planning><action>a</action>",
        "<planning>p</planning><planning>q</planning><action>a</action>",
        "<planning>p</planning><explore>q</explore><action>a</action>",
        "<planning>p<explore>q</explore></planning><action>a</action>",
        "<planning><planning>p</planning></planning><action>a</action>",
        "<planning>p</planning><action>a</action><action>b</action>",
        "<Planning>p</Planning><action>a</action>",
        "<planning >p</planning ><action>a</action>",
        "<plan\u200bning>p</plan\u200bning><action>a</action>",
        "<planning>p\u202e</planning><action>a</action>",
        "<ｐlanning>p</ｐlanning><action>a</action>",
        "&lt;planning&gt;p&lt;/planning&gt;<action>a</action>",
        "<planning>p</planning>" * 500,
        "<planning>" * 100_000,
        "",
    ],
    ids=range(18),
)
def test_a_malformed_or_repeated_tag_earns_nothing(text: str) -> None:
    assert earned([turn(text)]) == [False]
    verdict = MetaReasoning(0.5)(TASK, episode([text], correct()))
    assert verdict.score == 0.5


@pytest.mark.seeds("C20")
def test_rewards_for_tags_are_bounded() -> None:
    steps = [turn(act("explore", "new", f"go {i}")) for i in range(100)]
    rewards = meta_rewards(meta_credits(steps, False), reward=0.1, cap=0.25)
    assert rewards[:4] == pytest.approx((0.1, 0.1, 0.05, 0.0))
    assert sum(rewards) == pytest.approx(0.25)
    with pytest.raises(OptionError):
        meta_rewards([], reward=-1.0)


def test_metrics_of_redundancy_and_recovery_by_hand() -> None:
    steps = [turn("a"), turn("b", failed=True), turn("b"), turn("c", failed=True), turn("a")]
    assert redundant_share(steps) == pytest.approx(2 / 5)
    assert recovery_rate(steps) == 0.5
    assert redundant_share([]) == 0.0
    assert recovery_rate([turn("a")]) is None


@pytest.mark.seeds("C20")
def test_the_mixture_by_hand() -> None:
    both = [PLAN, act("explore", "?", "take key")]  # the second repeats an action
    assert MetaReasoning(0.2)(TASK, episode(both[:1], correct())).score == 1.0
    verdict = MetaReasoning(0.2)(TASK, episode(both, correct()))
    assert verdict.score == pytest.approx(0.8 + 0.2 * 0.5)
    assert verdict.parts["quality"] == 0.5 and verdict.parts["planning"] == 1.0
    assert MetaReasoning(0.2)(TASK, episode(["take key"], correct())).score == pytest.approx(0.8)
    assert MetaReasoning(0.2)(TASK, episode(both, graded(0.5, ""))).score == pytest.approx(0.4)
    new = [act("explore", "?", "take key")]
    assert MetaReasoning(0.2)(TASK, episode(new, wrong(""))).score == 0.0
    assert MetaReasoning(0.2, gated=False)(TASK, episode(new, wrong(""))).score == pytest.approx(
        0.2
    )


@given(
    st.lists(
        st.tuples(st.sampled_from([*Tag, "", "action"]), st.text(max_size=6), st.booleans()),
        max_size=8,
    ),
    st.sampled_from([correct(), wrong(""), graded(0.3, ""), unparsable("")]),
    st.floats(0, 0.99),
)
def test_no_episode_scores_above_its_outcome_when_gated(
    turns: list[tuple[str, str, bool]], verdict: Verdict, weight: float
) -> None:
    texts = [f"<{tag}>{words}</{tag}> {words}" if tag else words for tag, words, _ in turns]
    fails = tuple(i for i, (_, _, fail) in enumerate(turns) if fail)
    result = MetaReasoning(weight)(TASK, episode(texts, verdict, fails))
    assert result.outcome is not Outcome.INFRA_ERROR
    assert result.score <= verdict.score
    assert result.score >= verdict.score * (1 - weight) - 1e-12


def test_an_episode_without_a_verdict_or_with_a_failed_one_is_not_scored_as_right() -> None:
    assert MetaReasoning()(TASK, episode([PLAN], None)).outcome is Outcome.WRONG
    assert (
        MetaReasoning()(TASK, episode([PLAN], infra_error("died"))).outcome is Outcome.INFRA_ERROR
    )
    for response in (None, "", PLAN, [Step(PLAN)], 7):
        assert MetaReasoning()(TASK, response).outcome is Outcome.UNPARSABLE
    for weight in (-0.1, 1.0, True):
        with pytest.raises(OptionError):
            MetaReasoning(weight)


def test_a_broken_turn_is_unparsable_not_an_error() -> None:
    broken: Any = episode([PLAN], correct())
    broken.turns[0].action = None
    assert MetaReasoning()(TASK, broken).outcome is Outcome.UNPARSABLE
