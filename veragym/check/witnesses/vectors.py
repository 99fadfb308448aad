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
from gymnasium.vector.utils import concatenate, create_empty_array, iterate

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.second_process import Scene, agent_of
from veragym.check.subject import Environment, Plan, Subject, is_task_env
from veragym.check.transcript import line
from veragym.core.capabilities import has

SIZE = 3
STEPS = 16
FIRST_SEED = 40

Batch = VectorEnv[Any, Any, Any]


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Gymnasium's batches under two autoreset modes, and the native one where it exists."""
    makers = [lambda: subject.make()] * SIZE
    yield _compare("sync", subject, lambda: SyncVectorEnv(makers))
    yield _compare(
        "sync-same-step",
        subject,
        lambda: SyncVectorEnv(makers, autoreset_mode=AutoresetMode.SAME_STEP),
    )
    shared = _fits_shared_memory(subject)
    yield _compare(
        "async-shared-memory" if shared else "async",
        subject,
        lambda: AsyncVectorEnv(makers, shared_memory=shared, context="fork"),
    )
    native = subject.entry is not None and subject.entry.vector_entry_point is not None
    if native and subject.name in gym.registry:
        yield _compare(
            "native",
            subject,
            lambda: gym.make_vec(
                subject.name,
                num_envs=SIZE,
                vectorization_mode="vector_entry_point",
                **subject.kwargs,
            ),
        )
    else:
        yield not_applicable("native", "no native batch version is registered")


def _fits_shared_memory(subject: Subject) -> bool:
    """Whether Gymnasium can lay its observations out in memory and read them back as they were.

    It cannot with those of changing size, and does not with `OneOf` and `Text` (of version 1.4),
    which is no fault of the environment.
    """
    env = subject.make()
    space = env.observation_space
    env.close()
    return _shareable(space)


def _shareable(space: gym.Space[Any]) -> bool:
    if isinstance(space, gym.spaces.Dict):
        return all(map(_shareable, space.spaces.values()))
    if isinstance(space, gym.spaces.Tuple):
        return all(map(_shareable, space.spaces))
    own = (gym.spaces.Graph, gym.spaces.Sequence, gym.spaces.OneOf, gym.spaces.Text)
    return not isinstance(space, own)


def _compare(name: str, subject: Subject, make: Callable[[], Batch]) -> Finding:
    batch = make()
    try:
        mode = batch.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        if mode == AutoresetMode.DISABLED:
            return not_applicable(name, "autoreset is disabled: there is no stream to compare")
        alone = [_alone(subject.make(), i, mode) for i in range(SIZE)]
        actions = list(zip(*(acted for _, acted in alone)))
        together = _batch_lines(batch, actions)
    except policies.OracleRanDry:
        return not_applicable(name, "the oracle does not reach the end; see the oracle witness")
    finally:
        batch.close()
    for i, (lines, acted) in enumerate(alone):
        for step, (one, other) in enumerate(zip(lines, together[i])):
            if one != other:
                return bad(
                    name,
                    f"environment {i} of a {name} batch differs at step {step} from one alone",
                    "derive the batch version and the single one from the same rules",
                    seed=FIRST_SEED + i,
                    actions=acted[:step],
                    alone=one,
                    in_batch=other,
                )
    return ok(name, f"{SIZE} environments over {STEPS} steps give what each gives alone")


def _alone(env: Environment, number: int, mode: Any) -> tuple[list[str], list[Any]]:
    """Transcript lines and actions of one environment, reset after an episode as the mode says.

    Right and wrong agents take turns by episode, and environments begin with different ones, so
    that at each step some are rewarded and some are not.
    """
    agents = ["oracle", "gibberish", "sampled"] if has(env, "oracle") else ["sampled"]
    if not is_task_env(env):
        agents = [agent for agent in agents if agent != "gibberish"]
    seed = FIRST_SEED + number
    observation, _ = env.reset(seed=seed)
    lines = [line(observation=_value(observation))]
    actions: list[Any] = []
    episode, turn, ended = 0, 0, False
    act = agent_of(Scene(agents[number % len(agents)], seed, None))
    for _ in range(STEPS):
        reward: Any = 0.0
        final: Any = None
        terminated = truncated = False
        if ended and mode == AutoresetMode.NEXT_STEP:
            actions.append(env.action_space.sample())  # it is not looked at
            observation, _ = env.reset()
            ended = False
        else:
            actions.append(act(env, observation, turn))
            turn += 1
            observation, reward, terminated, truncated, _ = env.step(actions[-1])
            ended = bool(terminated or truncated)
            if ended:
                episode, turn = episode + 1, 0
                act = agent_of(Scene(agents[(number + episode) % len(agents)], seed, None))
                if mode == AutoresetMode.SAME_STEP:
                    final = _value(observation)
                    observation, _ = env.reset()
        lines.append(
            line(
                final=final,
                observation=_value(observation),
                reward=float(reward),
                terminated=bool(terminated),
                truncated=bool(truncated),
            )
        )
    return lines, actions


def _value(observation: Any) -> Any:
    """An observation without the difference between Python's and numpy's numbers."""
    if isinstance(observation, (np.generic, np.ndarray)) and np.ndim(observation) == 0:
        return observation.item()
    if isinstance(observation, tuple):
        return [_value(item) for item in observation]
    if isinstance(observation, dict):
        # Gymnasium orders the entries of a Dict space by name, whatever order was given.
        return {name: _value(observation[name]) for name in sorted(observation)}
    return observation


def _batch_lines(batch: Batch, actions: Sequence[Sequence[Any]]) -> list[list[str]]:
    """Per environment: the transcript lines of a batch, autoresets included."""
    observations, _ = batch.reset(seed=FIRST_SEED)
    lines = [[line(observation=_value(o))] for o in iterate(batch.observation_space, observations)]
    for row in actions:
        joined: Any = tuple(row)
        if isinstance(batch.action_space, gym.spaces.Box | gym.spaces.MultiDiscrete):
            joined = np.asarray(row)
        elif isinstance(batch.single_action_space, gym.spaces.Dict | gym.spaces.Tuple):
            one = batch.single_action_space
            room: Any = create_empty_array(one, len(row))
            joined = concatenate(one, joined, room)
        observations, rewards, terminated, truncated, info = batch.step(joined)
        finals = info.get("final_obs")
        for i, o in enumerate(iterate(batch.observation_space, observations)):
            lines[i].append(
                line(
                    final=None if finals is None else _value(finals[i]),
                    observation=_value(o),
                    reward=float(rewards[i]),
                    terminated=bool(terminated[i]),
                    truncated=bool(truncated[i]),
                )
            )
    return lines
