"""Recorded episodes survive files and kills, replay bit for bit, and say where they part."""

import json

import gymnasium as gym
import pytest

import veragym  # noqa: F401 - registers the ids
from veragym.core import (
    Recorder,
    ReplayMismatch,
    SourceError,
    Trajectory,
    read_trajectories,
    replay,
)
from veragym.core.trajectory import write_trajectories


def play(env, seeds, wrong_first=False):
    for seed in seeds:
        env.reset(seed=seed, options={"hint": seed % 2})
        if wrong_first:
            env.step("-1")
        env.step(env.unwrapped.task.secret["answer"])


def test_episodes_are_written_and_read_back(tmp_path, make_sum_env):
    path = tmp_path / "deep" / "episodes.jsonl"
    env = Recorder(make_sum_env(), path, policy="oracle", policy_version="1")
    play(env, range(3), wrong_first=True)
    env.reset(seed=9)
    env.step("-1")
    env.close()
    episodes = list(read_trajectories(path))
    assert len(episodes) == 4
    assert [len(e.turns) for e in episodes] == [2, 2, 2, 1]
    assert [e.guided for e in episodes] == [False, True, False, False]
    assert episodes[0].verdict.score == 1.0 and episodes[3].verdict is None
    assert episodes[0].total_reward == 1.0 and episodes[0].policy == "oracle"
    assert episodes[0].turns[0].action == "-1"
    assert episodes[0].turns[1].observation == "try again"


def test_parquet_and_jsonl_hold_the_same(tmp_path, make_sum_env):
    env = Recorder(make_sum_env())
    play(env, range(3))
    write_trajectories(tmp_path / "a.jsonl", env.finished)
    write_trajectories(tmp_path / "a.parquet", env.finished)
    one, two = read_trajectories(tmp_path / "a.jsonl"), read_trajectories(tmp_path / "a.parquet")
    assert list(one) == list(two) == env.finished


def test_tokens_can_be_added_to_the_last_turn(tmp_path, make_sum_env):
    env = Recorder(make_sum_env(), tmp_path / "a.jsonl")
    play(env, [0])
    env.annotate([1, 2], [-0.5, -0.25])
    with pytest.raises(ValueError, match="2 token ids, 1 log-probs"):
        env.annotate([1, 2], [-0.5])
    env.close()
    turn = next(read_trajectories(tmp_path / "a.jsonl")).turns[-1]
    assert (turn.token_ids, turn.log_probs, turn.mask) == ([1, 2], [-0.5, -0.25], [1, 1])


def test_a_recorded_episode_replays_from_its_provenance_alone():
    env = Recorder(gym.make("MathRLVR-v0", topics=["arithmetic", "countdown"], split="test"))
    play(env, range(6))
    for episode in env.finished:
        stored = Trajectory.from_json(json.loads(json.dumps(episode.to_json())))
        assert replay(stored) == episode.verdict


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e: setattr(e.turns[0], "reward", 0.0), "recorded reward was 0.0"),
        (lambda e: setattr(e.turns[0], "observation", "other"), "recorded observation was 'other'"),
        (lambda e: setattr(e.turns[0], "action", "12345678"), "recorded reward was 1.0"),
        (lambda e: setattr(e, "verdict", None), "recorded verdict was None"),
    ],
)
def test_a_changed_record_is_found_out(change, message):
    env = Recorder(gym.make("MathRLVR-v0", topics=["arithmetic"]))
    play(env, [0])
    change(env.finished[0])
    with pytest.raises(ReplayMismatch, match=message):
        replay(env.finished[0])


def test_a_multi_turn_episode_replays_in_a_given_environment(make_sum_env):
    env = Recorder(make_sum_env())
    play(env, [3], wrong_first=True)
    assert replay(env.finished[0], make_sum_env()).score == 1.0


def test_broken_files_name_the_line(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"format": 1}\n')
    with pytest.raises(SourceError, match=r"bad.jsonl, line 1: not a trajectory"):
        list(read_trajectories(path))
    with pytest.raises(SourceError, match="ending in .jsonl or .parquet"):
        list(read_trajectories(tmp_path / "x.csv"))
    with pytest.raises(SourceError, match="ending in .jsonl or .parquet"):
        write_trajectories(tmp_path / "x.csv", [])
