"""The kit rejects environments with a planted fault for the right reason and accepts sound ones."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import gymnasium as gym
import planted
import pytest

from veragym.check import check
from veragym.check.witnesses import WITNESSES
from veragym.core.errors import OptionError
from veragym.registry import Entry

SEEDS = 24


def names(report: Any) -> set[str]:
    return {finding.name for finding in report.failures}


@pytest.mark.parametrize("environment", planted.SOUND, ids=lambda e: e.__name__)
def test_a_sound_environment_passes_every_witness(environment: Any) -> None:
    report = check(environment, seeds=SEEDS)
    assert report.failures == ()
    assert report.passed


@pytest.mark.parametrize(
    "env_id",
    [
        "CartPole-v1",
        "FrozenLake-v1",
        "Blackjack-v1",
        "Taxi-v4",
        "CliffWalking-v1",
        "MountainCar-v0",
        "MountainCarContinuous-v0",
        "Pendulum-v1",
        "Acrobot-v1",
    ],
)
def test_stock_environments_of_gymnasium_pass(env_id: str) -> None:
    assert check(env_id, seeds=8).failures == ()


def test_the_maths_environment_passes_and_every_witness_was_heard() -> None:
    report = check("veragym:MathRLVR-v0", seeds=SEEDS)
    assert report.failures == ()
    heard = {finding.name.partition(".")[0] for finding in report.findings}
    assert heard == {witness.name for witness in WITNESSES}
    assert "vectors.native" in {finding.name for finding in report.findings if finding.passed}


@pytest.mark.parametrize(
    ("environment", "reason"), planted.FAULTS.items(), ids=lambda x: getattr(x, "__name__", x)
)
def test_a_planted_fault_is_rejected_for_the_right_reason(environment: Any, reason: str) -> None:
    witness = reason.partition(".")[0]
    report = check(environment, seeds=SEEDS, witnesses=[witness])
    assert not report.passed
    assert reason in names(report)
    culprit = next(finding for finding in report.failures if finding.name == reason)
    assert culprit.verdict
    assert culprit.fix
    if not reason.endswith((".completes", ".quiet")):
        assert culprit.evidence or reason.startswith(("api.", "capabilities."))


def test_a_fault_fails_no_witness_that_does_not_look_for_it() -> None:
    report = check(planted.SecretInReason, seeds=SEEDS)
    assert names(report) == {"leak.secret-permuted"}


def test_a_failure_can_be_played_again_from_its_evidence() -> None:
    report = check(planted.AcceptsDecoy, seeds=SEEDS, witnesses=["decoys"])
    evidence = next(f for f in report.failures if f.name == "decoys.fail").evidence
    env = planted.AcceptsDecoy()
    env.reset(seed=evidence["seed"], options=evidence["options"])
    assert evidence["actions"][0] != env.task.secret["answer"]
    assert env.step(evidence["actions"][0])[1] == 1.0


def test_a_hanging_environment_is_killed_and_reported() -> None:
    start = time.monotonic()
    report = check(planted.HangsOnBrackets, seeds=4, witnesses=["api", "oracle"], limit_s=1.5)
    assert time.monotonic() - start < 20
    assert "api.completes" in names(report)
    assert "hangs" in next(f.verdict for f in report.failures if f.name == "api.completes")
    assert not any(name.startswith("oracle.") for name in names(report))


def test_an_environment_that_takes_its_process_down_does_not_take_the_check_down() -> None:
    report = check(planted.DiesOnStep, seeds=4, witnesses=["oracle"])
    assert "SIGKILL" in next(f.verdict for f in report.failures if f.name == "oracle.completes")


@pytest.mark.parametrize("environment", [planted.NeverJudges, planted.NeverSteps])
def test_where_nothing_works_that_is_said_first_once_and_alone(environment: Any) -> None:
    report = check(environment, seeds=4)
    assert [finding.name for finding in report.failures] == ["api.works"]
    assert report.findings[0] is report.failures[0]
    assert "LookupError" in report.findings[0].verdict
    others = report.findings[1:]
    assert {finding.name for finding in others} == {f"{w.name}.applies" for w in WITNESSES[1:]}
    assert {finding.verdict for finding in others} == {"see api.works first"}


def test_what_dies_at_once_is_reported_once() -> None:
    report = check(planted.CannotBeMade, seeds=4)
    (finding,) = report.failures
    assert finding.name == "api.completes"
    assert "no such luck" in finding.verdict


def _entry(**changes: Any) -> Entry:
    base = Entry(
        id="PlantedSums-v0",
        family="text",
        summary="Sums.",
        entry_point="planted:Sums",
        capabilities=(
            "snapshot", "state_key", "oracle", "hint", "answer_forms", "paraphrases",
        ),
    )  # fmt: skip
    return dataclasses.replace(base, **changes)


def test_capabilities_declared_in_the_entry_are_compared_with_those_offered() -> None:
    assert check(planted.Sums, seeds=4, entry=_entry(), witnesses=["capabilities"]).passed
    for wrong in (("oracle",), (*_entry().capabilities, "progress")):
        report = check(
            planted.Sums, seeds=4, entry=_entry(capabilities=wrong), witnesses=["capabilities"]
        )
        assert names(report) == {"capabilities.declared"}


def test_a_native_batch_that_differs_from_single_environments_is_rejected() -> None:
    point = "planted:SwappedBatch"
    gym.register(
        "PlantedSums-v0", entry_point=planted.Sums, vector_entry_point=planted.SwappedBatch
    )
    try:
        report = check(
            "PlantedSums-v0", seeds=4, entry=_entry(vector_entry_point=point), witnesses=["vectors"]
        )
    finally:
        del gym.registry["PlantedSums-v0"]
    assert names(report) == {"vectors.native"}


def test_arguments_reach_the_environment() -> None:
    report = check(
        "MathRLVR-v0", seeds=4, kwargs={"topics": ["arithmetic"]}, witnesses=["determinism"]
    )
    assert report.passed
    with pytest.raises(OptionError, match="no witness 'orakel'"):
        check("MathRLVR-v0", witnesses=["orakel"])


def test_a_factory_that_only_exists_here_is_checked_and_what_cannot_be_said_is() -> None:
    report = check(lambda **options: planted.Sums(**options), seeds=4, witnesses=["determinism"])
    assert report.passed
    other = next(f for f in report.findings if f.name == "determinism.other-process")
    assert other.passed is None
    assert "top level" in other.verdict


def test_a_class_can_be_named_by_its_module() -> None:
    assert check("planted:Sums", seeds=4, witnesses=["oracle"]).passed
    with pytest.raises(OptionError, match="no_such_module_at_all"):
        check("no_such_module_at_all:Sums")
    with pytest.raises(gym.error.NameNotFound, match="Nearest: MathRLVR-v0"):
        check("MathRLVR-v1")


def test_nothing_in_this_process_is_touched_by_a_check() -> None:
    import os
    import random

    state, environ = random.getstate(), dict(os.environ)
    check(planted.UsesGlobalRandom, seeds=4, witnesses=["determinism"])
    check(planted.SecretInEnvironment, seeds=4, witnesses=["leak"])
    assert random.getstate() == state
    assert dict(os.environ) == environ
