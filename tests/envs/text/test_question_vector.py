"""The native vector is the scalar environment, many times: same tasks, rewards, ends and infos."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import veragym  # noqa: F401 - registers the ids
from veragym.core import EpisodeOrderError, OptionError

N = 5


def same(a: Any, b: Any, path: str = "infos") -> None:
    assert type(a) is type(b), (path, a, b)
    if isinstance(a, dict):
        assert set(a) == set(b), (path, set(a) ^ set(b))
        for key in a:
            same(a[key], b[key], f"{path}[{key!r}]")
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype and a.tolist() == b.tolist(), (path, a, b)
    else:
        assert a == b, (path, a, b)


def pair(mode: AutoresetMode, **kwargs: Any) -> tuple[SyncVectorEnv, Any]:
    alone = SyncVectorEnv(
        [lambda: gym.make("MathRLVR-v0", **kwargs).unwrapped for _ in range(N)],
        autoreset_mode=mode,
    )
    native = gym.make_vec("MathRLVR-v0", num_envs=N, autoreset_mode=mode, **kwargs)
    return alone, native


def answers(step: int, envs: Any) -> list[Any]:
    gold = [env.task.secret["answer"] for env in envs]
    kinds = [gold[0], "no idea", f"\\boxed{{{gold[2]}}}", "-1", gold[4]]
    if step == 1:
        kinds[1] = 7
    if step == 2:
        kinds[3] = "9" * 70_000
    return kinds[step % N :] + kinds[: step % N] if step > 2 else kinds


SETTINGS = [
    {"topics": ["arithmetic"]},
    {"topics": ["arithmetic"], "split": "test", "difficulty": (0.2, 0.9)},
    {"topics": ["arithmetic"], "split": "ood"},
    {"topics": ["arithmetic", "countdown"], "instruction": "none"},
    {"topics": ["arithmetic"], "budget": {"characters": 5}},
    {},
]


@pytest.mark.parametrize("kwargs", SETTINGS)
@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
def test_native_and_sync_agree_step_by_step(mode, kwargs):
    alone, native = pair(mode, **kwargs)
    first, second = alone.reset(seed=11), native.reset(seed=11)
    assert first[0] == second[0]
    same(first[1], second[1])
    for step in range(8):
        actions = answers(step, alone.envs)
        one, two = alone.step(actions), native.step(actions)
        assert one[0] == two[0]
        for a, b in zip(one[1:4], two[1:4]):
            assert a.dtype == b.dtype and a.tolist() == b.tolist()
        same(one[4], two[4])


def test_partial_resets_agree_without_autoreset():
    alone, native = pair(AutoresetMode.DISABLED, topics=["arithmetic", "countdown"])
    alone.reset(seed=1)
    native.reset(seed=1)
    for step in range(4):
        actions = answers(0, alone.envs)
        one, two = alone.step(actions), native.step(actions)
        same(one[4], two[4])
        for part in (np.arange(N) % 2 == 0, np.arange(N) % 2 == 1):
            one = alone.reset(options={"reset_mask": part, "hint": step % 3})
            two = native.reset(options={"reset_mask": part, "hint": step % 3})
            assert one[0] == two[0]
            same(one[1], two[1])


def test_next_step_handles_environments_out_of_phase():
    alone, native = pair(AutoresetMode.NEXT_STEP, topics=["arithmetic"])
    alone.reset(seed=1)
    native.reset(seed=1)
    actions = answers(0, alone.envs)
    alone.step(actions)
    native.step(actions)
    part = np.arange(N) < 2
    assert (
        alone.reset(options={"reset_mask": part})[0]
        == native.reset(options={"reset_mask": part})[0]
    )
    for step in range(5):
        actions = answers(step, alone.envs)
        one, two = alone.step(actions), native.step(actions)
        assert one[0] == two[0] and one[1].tolist() == two[1].tolist()
        same(one[4], two[4])


def test_streams_cross_block_boundaries_together():
    alone, native = pair(AutoresetMode.SAME_STEP, topics=["arithmetic"])
    alone.reset(seed=5, options={"index": 62})
    native.reset(seed=5, options={"index": 62})
    for _ in range(5):
        actions = ["0"] * N
        assert alone.step(actions)[0] == native.step(actions)[0]


def test_resetting_with_seeds_starts_the_streams_again():
    native = gym.make_vec("MathRLVR-v0", num_envs=3, topics=["arithmetic"])
    first, _ = native.reset(seed=7)
    native.step(["1", "2", "3"])
    assert native.reset(seed=7)[0] == first
    assert native.reset(seed=[7, 8, 9])[0] == first
    mixed, _ = native.reset(seed=[None, 8, None])
    assert mixed[1] == first[1] and mixed[0] != first[0]


def test_tasks_are_the_scalar_tasks():
    native = gym.make_vec("MathRLVR-v0", num_envs=3)
    native.reset(seed=7)
    env = gym.make("MathRLVR-v0")
    env.reset(seed=8)
    assert native.unwrapped.tasks[1] == env.unwrapped.task


def test_wrong_calls_are_refused():
    native = gym.make_vec("MathRLVR-v0", num_envs=3, autoreset_mode="Disabled")
    with pytest.raises(EpisodeOrderError, match="before reset"):
        native.step(["1"] * 3)
    native.reset(seed=0)
    with pytest.raises(OptionError, match="3 actions are needed, got 2"):
        native.step(["1"] * 2)
    with pytest.raises(OptionError, match="3 seeds are needed"):
        native.reset(seed=[1])
    with pytest.raises(OptionError, match="reset_mask"):
        native.reset(options={"reset_mask": [True, False, True]})
    with pytest.raises(OptionError, match="split must be one of"):
        native.reset(options={"split": "dev"})
    native.step(["1"] * 3)
    with pytest.raises(EpisodeOrderError, match="have ended"):
        native.step(["1"] * 3)
    for bad in (0, True, 2.5):
        with pytest.raises(OptionError, match="num_envs must be"):
            gym.make_vec("MathRLVR-v0", num_envs=bad, vectorization_mode="vector_entry_point")
    with pytest.raises(OptionError, match="autoreset_mode must be one of"):
        gym.make_vec("MathRLVR-v0", num_envs=2, autoreset_mode="sometimes")


def test_async_vectors_work_with_and_without_shared_memory():
    for shared in (True, False):
        vector = gym.make_vec(
            "MathRLVR-v0",
            num_envs=2,
            vectorization_mode="async",
            vector_kwargs={"shared_memory": shared},
            topics=["arithmetic"],
        )
        try:
            observations, _ = vector.reset(seed=0)
            sync = gym.make_vec(
                "MathRLVR-v0", num_envs=2, vectorization_mode="sync", topics=["arithmetic"]
            )
            assert observations == sync.reset(seed=0)[0]
            gold = [env.unwrapped.task.secret["answer"] for env in sync.envs]
            assert vector.step(gold)[1].tolist() == [1.0, 1.0]
        finally:
            vector.close()
