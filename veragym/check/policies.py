"""The scripted agents a check plays with."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gymnasium as gym

from veragym.check.transcript import Policy

GIBBERISH = "zqxj vorple 7-!"
"""A response that answers no question."""


class OracleRanDry(Exception):
    """The oracle stopped before the episode had ended: it does not solve the task."""


def oracle() -> Policy:
    """Follows the environment's own oracle from the start of the episode."""
    actions: Iterator[Any] = iter(())

    def act(env: gym.Env[Any, Any], observation: Any, turn: int) -> Any:
        nonlocal actions
        if turn == 0:
            actions = iter(env.unwrapped.oracle())  # type: ignore[attr-defined]
        try:
            return next(actions)
        except StopIteration:
            raise OracleRanDry(
                f"oracle() gave {turn} actions and the episode had not ended"
            ) from None

    return act


def constant(action: Any) -> Policy:
    """Always the same action."""
    return lambda env, observation, turn: action


def sampled(seed: int) -> Policy:
    """Draws from a copy of the action space, seeded: the original may be shared."""
    space: Any = None

    def act(env: gym.Env[Any, Any], observation: Any, turn: int) -> Any:
        nonlocal space
        if turn == 0:
            space = copy.deepcopy(env.action_space)
            space.seed(seed)
        return space.sample()

    return act


def scripted(actions: Sequence[Any]) -> Policy:
    """The given actions, the last one for ever."""
    return lambda env, observation, turn: actions[min(turn, len(actions) - 1)]


def computed(answer: Callable[[str], Any]) -> Policy:
    """An answer computed from the observation alone."""
    return lambda env, observation, turn: answer(observation)


def typed(seed: int, length: int = 12) -> str:
    """A line of random printable characters: hostile to parsers, the same for one seed."""
    rng = random.Random(seed)
    return "".join(rng.choice("(){}[]^_\\/*+-=<>|$%&#,.;:0123456789abcxyz ") for _ in range(length))
