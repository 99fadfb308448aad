"""Regression tests for recordings that one odd action, verdict or kill made useless."""

from __future__ import annotations

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import veragym  # noqa: F401 - registers the ids
from veragym.core import Recorder, SourceError, read_trajectories, replay
from veragym.core.verdict import Outcome, wrong
from veragym.verifiers import MathVerifier


def record(file: Path, *actions: object, **options: object) -> None:
    env = Recorder(gym.make("MathRLVR-v0", topics=["arithmetic"], **options), file)
    for seed, action in enumerate(actions):
        env.reset(seed=seed)
        env.step(action)
    env.close()


def test_an_action_that_no_file_can_hold_costs_no_other_episode_its_record(tmp_path: Path) -> None:
    file = tmp_path / "episodes.jsonl"
    record(file, "1", b"\xff", object(), {1, 2}, "\ud800", None, float("nan"), "2")
    found = list(read_trajectories(file))
    assert len(found) == 8
    for trajectory in found:
        assert replay(trajectory) == trajectory.verdict
    assert all(t.verdict.outcome is Outcome.UNPARSABLE for t in found[1:7])


class Numpy(MathVerifier):
    """Gives evidence in numpy's types and in one that JSON lacks."""

    def verify(self, task, response):
        return wrong("no", count=np.int64(3), seen=np.bool_(True), odd={"set": {1}})


def test_evidence_that_json_lacks_is_written_as_near_as_can_be(tmp_path: Path) -> None:
    file = tmp_path / "episodes.jsonl"
    record(file, "1", verifier=Numpy())
    (found,) = read_trajectories(file)
    assert found.verdict.evidence == {"count": 3, "seen": True, "odd": {"set": "{1}"}}


@pytest.mark.parametrize("tail", ['{"half": ', '{"half": "\u00e9', "x" * 200_000])
def test_a_run_killed_in_mid_line_loses_that_line_alone(tmp_path: Path, tail: str) -> None:
    file = tmp_path / "episodes.jsonl"
    record(file, "1", "2")
    with file.open("ab") as torn:
        torn.write(tail.encode()[:-1])
    with pytest.warns(UserWarning, match="line 3 has no end"):
        assert len(list(read_trajectories(file))) == 2
    record(file, "3")
    assert [t.turns[0].action for t in read_trajectories(file)] == ["1", "2", "3"]


def test_a_last_line_that_only_lacks_its_newline_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "episodes.jsonl"
    record(file, "1", "2")
    file.write_bytes(file.read_bytes().rstrip(b"\n"))
    assert len(list(read_trajectories(file))) == 2
    record(file, "3")
    assert [t.turns[0].action for t in read_trajectories(file)] == ["1", "2", "3"]


@pytest.mark.parametrize("content", [b"\xff\xfe\n", b"[" * 100_000 + b"\n", b"5\n", b"\n"])
def test_a_line_that_is_no_trajectory_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "episodes.jsonl"
    file.write_bytes(content)
    with pytest.raises(SourceError, match="line 1"):
        list(read_trajectories(file))
    with pytest.raises(SourceError, match="no file"):
        list(read_trajectories(tmp_path / "none.jsonl"))
