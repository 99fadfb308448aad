"""An episode as the process judges read it: a sequence of steps.

Accepts a recorded `Trajectory`, its turns, or plain dicts with the same names, so that episodes of
other frameworks can be judged too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from veragym.core.trajectory import Trajectory, Turn

MAX_STEPS = 100_000
"""Longest episode that is read."""


class NotATrajectory(ValueError):
    """What was given is no sequence of steps. Says which step is wrong; nothing was judged."""


@dataclass(frozen=True)
class Step:
    """One turn of an episode.

    Attributes:
        action: what the agent did, as text.
        valid: whether the environment could read and execute it.
        failed: whether it came to nothing: not valid, or answered by an error.
        state_key: canonical id of the state before the action, where the environment has one.
        parts: named numbers of the step: the reward's parts, `progress`, `subgoal.<name>`.
    """

    action: str
    valid: bool = True
    failed: bool = False
    state_key: str | None = None
    parts: Mapping[str, float] = field(default_factory=dict)


def steps_of(source: Any) -> tuple[Step, ...]:
    """The steps of an episode.

    Args:
        source: a `Trajectory`, or a sequence of `Turn`, `Step`, or dicts with `action` and any of
            `valid`, `error`, `state_key`, `parts`.
    Raises:
        NotATrajectory: anything else.
    """
    if isinstance(source, Trajectory):
        source = source.turns
    if isinstance(source, (str, bytes)) or not isinstance(source, Sequence):
        raise NotATrajectory(
            f"expected a trajectory or a list of turns, got a {type(source).__name__}"
        )
    if len(source) > MAX_STEPS:
        raise NotATrajectory(f"{len(source)} turns are more than the {MAX_STEPS} that are read")
    return tuple(_step(number, item) for number, item in enumerate(source))


def _step(number: int, item: Any) -> Step:
    if isinstance(item, Step):
        return item
    if isinstance(item, Turn):
        item = {
            "action": item.action,
            "valid": item.valid,
            "error": item.error,
            "state_key": item.state_key,
            "parts": item.parts,
        }
    if not isinstance(item, Mapping):
        raise NotATrajectory(f"turn {number} is a {type(item).__name__}, not a turn")
    action, valid = item.get("action"), item.get("valid", True)
    error, key, parts = item.get("error"), item.get("state_key"), item.get("parts", {})
    if not isinstance(action, str):
        raise NotATrajectory(f"the action of turn {number} is a {type(action).__name__}, not text")
    if not isinstance(valid, bool):
        raise NotATrajectory(f"'valid' of turn {number} is a {type(valid).__name__}, not a bool")
    if not (key is None or isinstance(key, str)) or not (error is None or isinstance(error, str)):
        raise NotATrajectory(f"'state_key' and 'error' of turn {number} must be text or None")
    if not isinstance(parts, Mapping) or not all(
        isinstance(name, str) and _finite(value) for name, value in parts.items()
    ):
        raise NotATrajectory(f"'parts' of turn {number} must map names to finite numbers")
    return Step(action, valid, not valid or error is not None, key, dict(parts))


def _finite(value: Any) -> bool:
    try:
        return isinstance(value, (int, float)) and math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False
