"""Turn by turn: verdicts per turn, outcomes given back to steps, trajectories read."""

from __future__ import annotations

import math
import pickle
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.task import Task
from veragym.core.trajectory import Trajectory, Turn
from veragym.core.verdict import Outcome
from veragym.verifiers import MathVerifier
from veragym.verifiers.process import (
    NotATrajectory,
    Step,
    Turnwise,
    events_of,
    potentials_of,
    redistribute,
    steps_of,
    with_executability,
)

near = pytest.approx


# -- progress (C13) --------------------------------------------------------------------------------


@pytest.mark.seeds("C13")
def test_redistribution_by_hand() -> None:
    assert redistribute(1.0, [0.0, 0.5, 0.25, 1.0]).tolist() == [0.5, -0.25, 0.75]
    # the potentials explain 0.4 of 1.0
    assert redistribute(1.0, [0.0, 0.2, 0.4]).tolist() == near([0.2, 0.8])
    assert redistribute(1.0, [0.0, 0.2, 0.4], rest="even").tolist() == near([0.5, 0.5])
    assert redistribute(0.0, [0.0, 1.0, 1.0]).tolist() == [1.0, -1.0]


potentials = st.lists(st.floats(0, 1), min_size=2, max_size=60)


@pytest.mark.seeds("C13")
@given(outcome=st.floats(-10, 10), phi=potentials, rest=st.sampled_from(["last", "even"]))
def test_contributions_add_up_to_the_outcome(outcome: float, phi: list[float], rest: Any) -> None:
    contributions = redistribute(outcome, phi, rest=rest)
    assert contributions.shape == (len(phi) - 1,)
    assert math.fsum(contributions) == near(outcome, abs=1e-12)


@pytest.mark.seeds("C13")
@given(phi=potentials, laps=st.integers(1, 20), place=st.integers(0, 59), high=st.floats(0, 1))
def test_going_in_circles_earns_nothing(
    phi: list[float], laps: int, place: int, high: float
) -> None:
    place %= len(phi)
    detour = phi[: place + 1] + [high, phi[place]] * laps + phi[place + 1 :]
    there_and_back = redistribute(1.0, detour)[place : place + 2 * laps]
    if place + 2 * laps < len(detour) - 1:  # the last step also carries the rest
        assert math.fsum(there_and_back) == near(0.0, abs=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda: redistribute(math.nan, [0.0, 1.0]),
        lambda: redistribute(True, [0.0, 1.0]),
        lambda: redistribute(1.0, [0.0]),
        lambda: redistribute(1.0, [[0.0, 1.0]]),
        lambda: redistribute(1.0, [0.0, 1.5]),
        lambda: redistribute(1.0, [0.0, math.nan]),
        lambda: redistribute(1.0, [0.0, 1.0], rest="first"),  # type: ignore[arg-type]
        lambda: with_executability([1.0], [True, False]),
        lambda: with_executability([1.0], [True], beta=-1.0),
        lambda: potentials_of([Step("a")]),
    ],
)
def test_arguments_out_of_range_are_refused(call: Any) -> None:
    with pytest.raises(OptionError):
        call()


@pytest.mark.seeds("C13")
def test_executability_is_added_per_valid_action() -> None:
    assert with_executability([0.5, 0.5], [True, False], alpha=2.0, beta=0.25).tolist() == [
        1.25,
        1.0,
    ]
    steps = [Step("a", parts={"progress": 0.25}), Step("b", parts={"progress": 1.0})]
    assert potentials_of(steps).tolist() == [0.0, 0.25, 1.0]


# -- turns -----------------------------------------------------------------------------------------

JUDGE = Turnwise(MathVerifier(), rule="share")
GOLDS = {"turns": [{"answer": "2"}, {"answer": "6"}, {"answer": "24"}]}
FORMS = {"turns": [{"form": "integer"}] * 3}


def task(public: Any = FORMS, secret: Any = GOLDS) -> Any:
    return SimpleNamespace(public=public, secret=secret)


def turns(*actions: str) -> list[dict[str, Any]]:
    return [{"action": action} for action in actions]


def test_every_turn_is_judged_against_its_own_gold() -> None:
    verdict = JUDGE(task(), turns("2", "7", "24"))
    assert verdict.score == near(2 / 3)
    assert verdict.parts == {"turn.0": 1.0, "turn.1": 0.0, "turn.2": 1.0}
    assert Turnwise(MathVerifier())(task(), turns("2", "7", "24")).outcome is Outcome.WRONG
    assert JUDGE(task(), turns("2", "6", "24")).outcome is Outcome.CORRECT
    assert JUDGE(task(), turns("2")).score == near(1 / 3)


def test_turns_that_were_not_valid_earn_nothing() -> None:
    played = [{"action": "2", "valid": False}, *turns("6", "24")]
    assert JUDGE(task(), played).parts["turn.0"] == 0.0


@pytest.mark.parametrize(
    ("public", "secret"),
    [
        (FORMS, {}),
        (FORMS, {"turns": []}),
        (FORMS, {"turns": "2"}),
        ({"turns": [{}]}, GOLDS),
        (FORMS, {"turns": [1, 2, 3]}),
        (FORMS, {"turns": [{"answer": None}] * 3}),
    ],
)
def test_a_malformed_task_is_our_failure(public: Any, secret: Any) -> None:
    assert JUDGE(task(public, secret), turns("2", "6", "24")).outcome is Outcome.INFRA_ERROR


def test_turnwise_checks_its_options_and_pickles() -> None:
    with pytest.raises(OptionError):
        Turnwise(MathVerifier(), rule="mean")  # type: ignore[arg-type]
    with pytest.raises(OptionError):
        Turnwise("judge")  # type: ignore[arg-type]
    again = pickle.loads(pickle.dumps(JUDGE))
    assert again(task(), turns("2", "6", "24")).score == 1.0


# -- reading ---------------------------------------------------------------------------------------


def test_trajectories_turns_and_dicts_read_alike() -> None:
    turn = Turn("o", "go", 0.5, False, False, {"progress": 0.5}, valid=False, state_key="s")
    whole = Trajectory("e", Task("e:train:0:0:x", "e", 0, "train", 0.5, "?", {}, {}, "x"), [turn])
    as_dict = {"action": "go", "valid": False, "state_key": "s", "parts": {"progress": 0.5}}
    expected = (Step("go", False, True, "s", {"progress": 0.5}),)
    assert steps_of(whole) == steps_of([turn]) == steps_of([as_dict]) == expected
    assert steps_of(list(expected)) == expected
    assert steps_of([{"action": "go", "error": "boom"}])[0].failed
    assert events_of(whole)[0].fields == {"action": "go", "valid": False, "failed": True}


BROKEN: list[Any] = [
    None,
    7,
    "go",
    b"go",
    {"action": "go"},
    [None],
    [7],
    ["go"],
    [{}],
    [{"action": 7}],
    [{"action": "go", "valid": 1}],
    [{"action": "go", "error": 7}],
    [{"action": "go", "state_key": 7}],
    [{"action": "go", "parts": {"x": math.nan}}],
    [{"action": "go", "parts": [1]}],
    [{"action": "go", "parts": {1: 1.0}}],
    {"turns": []},
    object(),
    np.zeros(3),
]


@pytest.mark.parametrize("source", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_trajectory_is_refused_and_unparsable(source: Any) -> None:
    with pytest.raises(NotATrajectory):
        steps_of(source)
    assert JUDGE(task(), source).outcome is Outcome.UNPARSABLE
