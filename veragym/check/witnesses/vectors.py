"""Many at once give what each gives alone: sync, async through shared memory, and native batches.

The reference for a batch is played with single environments, following the batch's own autoreset
mode; seed s of a batch of n means seeds s, s + 1, …, s + n - 1, as everywhere in Gymnasium.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv
from gymnasium.vector.utils import iterate

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.second_process import agent_of, scenes
from veragym.check.subject import Environment, Plan, Subject
from veragym.check.transcript import line, play

SIZE = 3
STEPS = 8
FIRST_SEED = 40

Batch = VectorEnv[Any, Any, Any]


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """The three kinds of batch, where they exist."""
    try:
        actions = _actions(subject, plan)
    except policies.OracleRanDry:
        yield not_applicable("sync", "the oracle does not reach the end; see the oracle witness")
        return
    makers = [lambda: subject.make()] * SIZE
    yield _compare("sync", subject, actions, lambda: SyncVectorEnv(makers))
    yield _compare(
        "async-shared-memory",
        subject,
        actions,
        lambda: AsyncVectorEnv(makers, shared_memory=True, context="fork"),
    )
    native = subject.entry is not None and subject.entry.vector_entry_point is not None
    if native and subject.name in gym.registry:
        yield _compare(
            "native",
            subject,
            actions,
            lambda: gym.make_vec(
                subject.name,
                num_envs=SIZE,
                vectorization_mode="vector_entry_point",
                **subject.kwargs,
            ),
        )
    else:
        yield not_applicable("native", "no native batch version is registered")


def _actions(subject: Subject, plan: Plan) -> list[list[Any]]:
    """(STEPS, SIZE) actions: each environment plays right and wrong answers by turns."""
    pools: list[list[Any]] = []
    for i in range(SIZE):
        env = subject.make()
        # What the first episode's agents did, right answers first; later episodes get them anew.
        pool: list[Any] = []
        for scene in scenes(env, 3)[:3]:
            env.reset(seed=FIRST_SEED + i)
            pool += play(env, agent_of(scene), seed=FIRST_SEED + i, max_steps=STEPS).actions
        env.action_space.seed(i)
        pool += [env.action_space.sample() for _ in range(STEPS)]
        pools.append(pool)
    return [[pool[step] for pool in pools] for step in range(STEPS)]


def _compare(
    name: str, subject: Subject, actions: Sequence[Sequence[Any]], make: Callable[[], Batch]
) -> Finding:
    batch = make()
    try:
        mode = batch.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        if mode == AutoresetMode.DISABLED:
            return not_applicable(name, "autoreset is disabled: there is no stream to compare")
        got = _batch_lines(batch, actions)
    finally:
        batch.close()
    for i in range(SIZE):
        alone = _alone(subject.make(), FIRST_SEED + i, [row[i] for row in actions], mode)
        for step, (one, other) in enumerate(zip(alone, got[i])):
            if one != other:
                return bad(
                    name,
                    f"environment {i} of a {name} batch differs at step {step} from one alone",
                    "derive the batch version and the single one from the same rules",
                    seed=FIRST_SEED + i,
                    actions=[row[i] for row in actions[:step]],
                    alone=one,
                    in_batch=other,
                )
    return ok(name, f"{SIZE} environments over {STEPS} steps give what each gives alone")


def _batch_lines(batch: Batch, actions: Sequence[Sequence[Any]]) -> list[list[str]]:
    """Per environment: the transcript lines of a batch, autoresets included."""
    observations, _ = batch.reset(seed=FIRST_SEED)
    lines = [[line(observation=o)] for o in iterate(batch.observation_space, observations)]
    for row in actions:
        joined: Any = tuple(row)
        if isinstance(batch.action_space, gym.spaces.Box | gym.spaces.MultiDiscrete):
            joined = np.asarray(row)
        observations, rewards, terminated, truncated, _ = batch.step(joined)
        for i, o in enumerate(iterate(batch.observation_space, observations)):
            lines[i].append(
                line(
                    observation=o,
                    reward=float(rewards[i]),
                    terminated=bool(terminated[i]),
                    truncated=bool(truncated[i]),
                )
            )
    return lines


def _alone(env: Environment, seed: int, actions: Sequence[Any], mode: Any) -> list[str]:
    """What one environment gives for the same actions, reset after an episode as the mode says."""
    reward: Any
    observation, _ = env.reset(seed=seed)
    lines = [line(observation=observation)]
    ended = False
    for action in actions:
        if ended and mode == AutoresetMode.NEXT_STEP:
            observation, _ = env.reset()
            reward, terminated, truncated = 0.0, False, False
        else:
            observation, reward, terminated, truncated, _ = env.step(action)
        ended = bool(terminated or truncated)
        if ended and mode == AutoresetMode.SAME_STEP:
            observation, _ = env.reset()
        lines.append(
            line(
                observation=observation,
                reward=float(reward),
                terminated=bool(terminated),
                truncated=bool(truncated),
            )
        )
    return lines
