"""Optional powers of an environment, as protocols. The registry declares which an id has.

They are what published algorithms ask of an environment beyond `reset` and `step`: exact branching,
state keys, an oracle, hints and so on. Ask with `has(env, "snapshot")`; reach the method through
`env.unwrapped`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Snapshots(Protocol):
    """Exact branch and restart (tree rollouts, vine sampling, retry: D09, D47, C05, C12, A06)."""

    def snapshot(self) -> Any:
        """The episode's whole state, picklable and independent of what happens later."""

    def restore(self, snapshot: Any) -> None:
        """Returns to `snapshot`: the same actions then give the same transitions."""


@runtime_checkable
class StateKeys(Protocol):
    """Canonical ids for step-level groups (C17, C18, C19, A23)."""

    def state_key(self) -> str:
        """Equal for equal underlying states, whatever the path that led there."""

    def history_key(self, k: int) -> str:
        """Digest of the last `k` state keys."""


@runtime_checkable
class Oracle(Protocol):
    """A solver with inside knowledge (A02, B05, C03)."""

    def oracle(self) -> Iterator[Any]:
        """Actions that solve the task from the current state."""


@runtime_checkable
class Hints(Protocol):
    """Graded guidance; a hinted episode is flagged and never used for evaluation (B04–B06, B12)."""

    def hint(self, level: int) -> str:
        """Guidance from 0 (empty) to 3 (almost everything)."""


@runtime_checkable
class Progress(Protocol):
    """How far the episode has come (C13, C23, B02)."""

    def progress(self) -> tuple[float, Mapping[str, bool]]:
        """A potential in [0, 1] and the named subgoals reached."""


@runtime_checkable
class Facts(Protocol):
    """The true state as checkable claims (C21, A02)."""

    def facts(self) -> Sequence[str]:
        """True statements about the current state."""


@runtime_checkable
class ActionMasks(Protocol):
    """Which discrete actions are legal now (A03, games)."""

    def action_mask(self) -> NDArray[np.int8]:
        """(actions,) int8, 1 for legal."""


@runtime_checkable
class Tools(Protocol):
    """Callable tools."""

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """JSON-schema descriptions."""


@runtime_checkable
class Strata(Protocol):
    """Structure keys for stratified advantages (C15, D25)."""

    def stratum(self) -> str:
        """Key of the trajectory so far."""


@runtime_checkable
class AnswerForms(Protocol):
    """Gold answers whose likelihood under a policy can be scored (C02)."""

    def answer_forms(self) -> Sequence[str]:
        """Equivalent spellings of the right answer; for trainers only, never for agents."""


@runtime_checkable
class Paraphrases(Protocol):
    """Equivalent prompts sharing a group id (A32, B11)."""

    def paraphrases(self, n: int) -> Sequence[str]:
        """Up to `n` wordings of the current task's prompt."""


CAPABILITIES: dict[str, type] = {
    "snapshot": Snapshots,
    "state_key": StateKeys,
    "oracle": Oracle,
    "hint": Hints,
    "progress": Progress,
    "facts": Facts,
    "action_mask": ActionMasks,
    "tools": Tools,
    "stratum": Strata,
    "answer_forms": AnswerForms,
    "paraphrases": Paraphrases,
}


def has(env: gym.Env[Any, Any], capability: str) -> bool:
    """Whether `env` offers `capability`.

    Raises:
        ValueError: no capability of that name.
    """
    if capability not in CAPABILITIES:
        raise ValueError(f"no capability {capability!r}; known: {', '.join(CAPABILITIES)}")
    return isinstance(env.unwrapped, CAPABILITIES[capability])


def capabilities_of(env: gym.Env[Any, Any]) -> list[str]:
    """Names of everything `env` offers."""
    return [name for name in CAPABILITIES if has(env, name)]
