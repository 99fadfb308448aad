"""An episode as lines of text, so that "the same episode" means "the same bytes"."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np

from veragym.core.verdict import Verdict

Policy = Callable[[gym.Env[Any, Any], Any, int], Any]
"""An agent for one episode: (env, observation, turn) -> action."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def plain(value: Any) -> Any:
    """A value as JSON types, equal for equal values and independent of the original.

    Arrays keep their dtype and shape; sets are sorted; objects of unknown type are shown by their
    `repr` without memory addresses. The order of a mapping's keys is kept: an order that changes
    from run to run is a difference.
    """
    kind = type(value)
    # The commonest first, by exact type: a transcript asks this some thousand times a second.
    if value is None or kind is str or kind is int or kind is bool:
        return value
    if kind is dict:
        return {str(key): plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [plain(item) for item in value]
    if isinstance(value, (bool, int, str)) and not isinstance(value, enum.Enum):
        return value
    if kind is float:
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, np.ndarray):
        return {
            "dtype": str(value.dtype),
            "shape": list(value.shape),
            "data": plain(value.tolist()),
        }
    if isinstance(value, np.generic):
        return {"dtype": str(value.dtype), "data": plain(value.item())}
    if isinstance(value, Verdict):
        return plain(value.to_json())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return {"set": sorted((plain(item) for item in value), key=repr)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return _ADDRESS.sub("", repr(value))


def line(**values: Any) -> str:
    """One line of a transcript."""
    return json.dumps(plain(values), ensure_ascii=True)


@dataclass(slots=True)
class Episode:
    """One played episode.

    Attributes:
        seed, options: what `reset` was given.
        lines: the transcript: the reset, then each step.
        actions: what was done.
        infos: `info` after reset and after each step, as it was given.
        rewards: reward of each step.
        observations: as given, the reset's first.
        terminated, truncated: of the last step.
    """

    seed: int | None
    options: Mapping[str, Any] | None
    lines: list[str] = field(default_factory=list)
    actions: list[Any] = field(default_factory=list)
    infos: list[Mapping[str, Any]] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    observations: list[Any] = field(default_factory=list)
    terminated: bool = False
    truncated: bool = False

    @property
    def ended(self) -> bool:
        """Whether the environment ended it, rather than the limit on steps."""
        return bool(self.terminated or self.truncated)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict in the last `info`, if there is one."""
        verdict = self.infos[-1].get("verdict") if self.infos else None
        return verdict if isinstance(verdict, Verdict) else None

    @property
    def score(self) -> float:
        """The verdict's score, or the undiscounted return where there is no verdict."""
        return sum(self.rewards) if self.verdict is None else self.verdict.score

    def recipe(self) -> dict[str, Any]:
        """Seed, options and actions that give this episode again: evidence for a finding."""
        return {"seed": self.seed, "options": self.options, "actions": self.actions[:20]}


def play(
    env: gym.Env[Any, Any],
    policy: Policy,
    *,
    seed: int | None = None,
    options: Mapping[str, Any] | None = None,
    max_steps: int = 1000,
    written: bool = True,
) -> Episode:
    """Plays one episode, at most `max_steps` long; whatever the environment raises is passed on.

    Args:
        written: keep the transcript; an episode that is only scored is played in half the time
            without it.
    """
    episode = Episode(seed, options)
    observation, info = env.reset(seed=seed, options=None if options is None else dict(options))
    episode.observations.append(observation)
    episode.infos.append(info)
    if written:
        task = getattr(env.unwrapped, "task", None)
        episode.lines.append(line(seed=seed, observation=observation, info=info, task=task))
    for turn in range(max_steps):
        action = policy(env, observation, turn)
        observation, reward, terminated, truncated, info = env.step(action)
        episode.actions.append(action)
        episode.observations.append(observation)
        episode.infos.append(info)
        episode.rewards.append(_number(reward))
        episode.terminated, episode.truncated = bool(terminated), bool(truncated)
        if written:
            episode.lines.append(
                line(
                    action=action,
                    observation=observation,
                    reward=reward,
                    terminated=terminated,
                    truncated=truncated,
                    info=info,
                )
            )
        if terminated or truncated:
            break
    return episode


def _number(reward: Any) -> float:
    """The reward as a float; NaN where it is none, with the transcript showing what it was."""
    try:
        return float(reward)
    except (TypeError, ValueError):
        return float("nan")


def first_difference(one: Sequence[str], other: Sequence[str]) -> dict[str, Any] | None:
    """Where two transcripts part, or None if they are the same bytes."""
    for number, (a, b) in enumerate(zip(one, other)):
        if a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            start = max(0, at - 60)
            return {"line": number, "one": a[start : at + 140], "other": b[start : at + 140]}
    if len(one) != len(other):
        return {"line": min(len(one), len(other)), "one": len(one), "other": len(other)}
    return None
