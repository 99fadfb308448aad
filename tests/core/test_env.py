"""The environment contract: order of calls, options, ends, costs, and what never raises."""

import random

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from veragym.core import EpisodeOrderError, OptionError, Outcome, Task, TaskMismatch
from veragym.core.generator import split_of

KEYS = {"task", "parts", "cost", "valid", "error", "verdict"}


def solution(env):
    return env.task.secret["answer"]


def test_gymnasium_accepts_it(sum_env):
    check_env(sum_env, skip_render_check=True)


def test_a_right_answer_ends_the_episode_with_reward_one(sum_env):
    observation, info = sum_env.reset(seed=1)
    assert observation == sum_env.task.prompt and info["verdict"] is None
    _, reward, terminated, truncated, info = sum_env.step(solution(sum_env))
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["verdict"].outcome is Outcome.CORRECT
    assert info["cost"]["turns"] == 1


def test_turns_that_run_out_truncate(sum_env):
    sum_env.reset(seed=1)
    for _ in range(2):
        *_, terminated, truncated, info = sum_env.step("-1")
        assert not terminated and not truncated and info["verdict"] is None
    _, reward, terminated, truncated, info = sum_env.step("-1")
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["verdict"].outcome is Outcome.WRONG and "3 turns" in info["verdict"].reason


def test_info_has_the_same_keys_throughout(sum_env):
    _, info = sum_env.reset(seed=1)
    assert set(info) == KEYS
    for action in ("words", "-1", "-1"):
        *_, info = sum_env.step(action)
        assert set(info) == KEYS


def test_step_before_reset_and_after_the_end_raise(sum_env):
    with pytest.raises(EpisodeOrderError, match="before reset"):
        sum_env.step("1")
    with pytest.raises(EpisodeOrderError, match="before the first reset"):
        _ = sum_env.task
    sum_env.reset(seed=0)
    sum_env.step(solution(sum_env))
    with pytest.raises(gym.error.ResetNeeded, match="after the end"):
        sum_env.step("1")


@pytest.mark.parametrize("action", [5, None, b"12", ["12"], np.array(["12"]), 1.5])
def test_an_action_that_is_no_string_is_unparsable(sum_env, action):
    sum_env.reset(seed=0)
    _, reward, terminated, truncated, info = sum_env.step(action)
    assert (reward, terminated, truncated) == (0.0, True, False)
    assert info["verdict"].outcome is Outcome.UNPARSABLE and not info["valid"]
    assert type(action).__name__ in info["verdict"].reason


def test_ten_megabytes_are_unparsable(sum_env):
    sum_env.reset(seed=0)
    _, reward, terminated, _, info = sum_env.step("1" * 10_000_000)
    assert reward == 0.0 and terminated
    assert "10,000,000 characters" in info["verdict"].reason


def test_an_exception_inside_truncates_and_is_reported(sum_env):
    sum_env.reset(seed=0)
    _, reward, terminated, truncated, info = sum_env.step("explode")
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert "ZeroDivisionError" in info["error"]
    assert info["verdict"].outcome is Outcome.INFRA_ERROR and not info["verdict"].scored
    sum_env.reset()
    *_, truncated, info = sum_env.step("crash")
    assert truncated and info["verdict"].outcome is Outcome.INFRA_ERROR


def test_a_batch_survives_a_bad_member(make_sum_env):
    vector = gym.vector.SyncVectorEnv([make_sum_env] * 3)
    vector.reset(seed=0)
    answers = [env.task.secret["answer"] for env in vector.envs]
    _, rewards, terminated, truncated, _ = vector.step(("explode", "crash", answers[2]))
    assert rewards.tolist() == [0.0, 0.0, 1.0]
    assert truncated.tolist() == [True, True, False] and terminated.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dificulty": 0.5}, "Did you mean 'difficulty'"),
        ({"difficulty": 1.5}, r"difficulty must be a number in \[0, 1\].*got 1.5"),
        ({"difficulty": "hard"}, "got 'hard'"),
        ({"difficulty": float("nan")}, "difficulty must be"),
        ({"difficulty": (0.9, 0.1)}, "difficulty must be"),
        ({"split": "dev"}, "split must be one of train, test, ood; got 'dev'"),
        ({"hint": 9}, "hint must be a level from 0 to 3, got 9"),
        ({"hint": True}, "hint must be a level"),
        ({"index": -1}, "index must be a non-negative integer, got -1"),
        ({"budget": {"steps": 3}}, "budget entry 'steps' is unknown"),
        ({"budget": {"turns": 0}}, r"budget\['turns'\] must be a positive number"),
        ({"budget": 3}, "budget must be a dict"),
        ({"task": "a task"}, "must be a Task or its to_json"),
        ({"task": {"id": "x"}}, "not a task: missing fields"),
    ],
)
def test_a_wrong_option_is_named_and_nothing_changes(sum_env, options, message):
    sum_env.reset(seed=0)
    before = sum_env.snapshot()
    with pytest.raises(OptionError, match=message):
        sum_env.reset(seed=5, options=options)
    assert sum_env.snapshot() == before


@pytest.mark.parametrize("seed", [-1, "3", 1.5, True])
def test_a_wrong_seed_is_refused(sum_env, seed):
    with pytest.raises(OptionError, match="seed must be a non-negative integer"):
        sum_env.reset(seed=seed)


def test_wrong_constructor_arguments_are_refused(make_sum_env):
    for bad in (
        {"split": "dev"},
        {"difficulty": 2},
        {"max_turns": 0},
        {"render_mode": "human"},
        {"budget": {"x": 1}},
    ):
        with pytest.raises(OptionError):
            make_sum_env(**bad)


def test_a_task_of_another_environment_is_refused(sum_env):
    sum_env.reset(seed=0)
    data = sum_env.task.to_json() | {"env_id": "Other-v0"}
    with pytest.raises(TaskMismatch, match="belongs to 'Other-v0'"):
        sum_env.reset(options={"task": data})
    with pytest.raises(OptionError, match="cannot be combined with split"):
        sum_env.reset(options={"task": sum_env.task, "split": "test"})


def test_a_given_task_is_asked_again(sum_env):
    first, _ = sum_env.reset(seed=4)
    task = sum_env.task
    sum_env.reset(seed=9)
    again, _ = sum_env.reset(options={"task": Task.loads(task.dumps())})
    assert again == first and sum_env.task == task


def test_the_stream_goes_on_without_a_seed_and_starts_again_with_one(sum_env):
    def three(env):
        return [env.reset(seed=2)[0], env.reset()[0], env.reset()[0]]

    prompts = three(sum_env)
    assert prompts == three(sum_env)
    assert len(set(prompts)) > 1
    assert sum_env.reset(options={"index": 1})[0] == prompts[1]
    assert sum_env.reset()[0] == prompts[2]


def test_another_environments_reset_changes_nothing(make_sum_env):
    one, two = make_sum_env(), make_sum_env()
    alone = [one.reset(seed=3)[0], one.reset()[0]]
    one.reset(seed=3)
    two.reset(seed=99)
    random.seed(0)
    np.random.seed(0)
    assert one.reset()[0] == alone[1]


def test_neighbouring_seeds_are_not_shifted_copies(make_sum_env):
    env = make_sum_env()

    def run(seed):
        return [env.reset(seed=seed)[0], *(env.reset()[0] for _ in range(30))]

    a, b = run(0), run(1)
    for shift in range(-3, 4):
        overlap = [x for x, y in zip(a[max(0, shift) :], b[max(0, -shift) :]) if x == y]
        assert len(overlap) <= 2


def test_splits_share_no_content(make_sum_env):
    hashes = {}
    for split in ("train", "test", "ood"):
        env = make_sum_env(split=split)
        env.reset(seed=0)
        seen = set()
        for seed in range(3):
            env.reset(seed=seed)
            for _ in range(200):
                seen.add(env.task.content_hash)
                assert split_of(bytes.fromhex(env.task.content_hash)) == split
                env.reset()
        hashes[split] = seen
    assert not hashes["train"] & hashes["test"]
    assert not hashes["train"] & hashes["ood"]
    assert not hashes["test"] & hashes["ood"]


def test_budgets_truncate(sum_env):
    sum_env.reset(seed=0, options={"budget": {"characters": 4}})
    *_, truncated, info = sum_env.step("-1")
    assert not truncated
    _, reward, terminated, truncated, info = sum_env.step("-1000")
    assert truncated and not terminated and reward == 0.0 and not info["valid"]
    assert "budget of 4 characters" in info["verdict"].reason
    sum_env.reset()
    *_, truncated, _ = sum_env.step("-1000")
    assert not truncated


def test_an_answer_over_budget_is_not_judged(sum_env):
    sum_env.reset(seed=0, options={"budget": {"characters": 1}})
    _, reward, *_ = sum_env.step(solution(sum_env) + " ")
    assert reward == 0.0


def test_snapshots_replay_the_same_future(sum_env):
    sum_env.reset(seed=0)
    sum_env.step("-1")
    saved = sum_env.snapshot()
    first = sum_env.step(solution(sum_env))
    next_prompt = sum_env.reset()[0]
    sum_env.restore(saved)
    second = sum_env.step(solution(sum_env))
    assert first == second
    assert sum_env.reset()[0] == next_prompt


def test_render_shows_the_transcript(make_sum_env):
    env = make_sum_env(render_mode="ansi")
    prompt, _ = env.reset(seed=0)
    env.step("-1")
    assert env.render() == f"{prompt}\n> -1\ntry again"


def test_the_info_of_one_step_cannot_change_the_task(sum_env):
    _, info = sum_env.reset(seed=0)
    info["task"]["topic"] = "hacked"
    info["cost"]["turns"] = -5
    *_, info = sum_env.step("-1")
    assert info["task"]["topic"] == "sum" and info["cost"]["turns"] == 1
