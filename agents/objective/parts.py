"""The registry of named parts an estimator is made of.

A part is a plain function. Its positional parameters name the fields of the batch it reads (see
`FIELDS`); its keyword-only parameters are options a preset may set:

    @advantage("group_mean")
    def group_mean(rewards: Tensor, group: Tensor, *, scale: float = 1.0) -> Tensor: ...

So a new method is one function: what it needs from the batch is written in its signature, and a
batch that cannot provide it is refused before training starts.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from veragym.core.errors import OptionError

F = TypeVar("F", bound=Callable[..., Any])

FIELDS: dict[str, str] = {
    "drawn": "int: tasks drawn from the stream so far",
    "count": "int: tasks wanted now",
    "rewards": "(episodes,) scores, after the reward transform for all later slots",
    "group": "(episodes,) int64 id of each episode's prompt group",
    "lengths": "(episodes,) tokens the agent wrote",
    "limit": "int: most tokens an episode may hold",
    "mask": "(episodes, time) 1 where the token is the agent's, else 0",
    "behaviour_log_probs": "(episodes, time) nats at sampling time, constant",
    "behaviour_entropy": "(episodes, time) nats at sampling time, constant",
    "reference_log_probs": "(episodes, time) nats under the frozen reference policy, constant",
    "advantages": "(episodes, time) advantage of each token, constant",
    "log_probs": "(episodes, time) nats under the policy being trained, with gradient",
    "entropy": "(episodes, time) nats under the policy being trained, with gradient",
}
"""What a part may ask for, with shapes and units."""

KINDS: dict[str, str] = {
    "task_sampler": "which tasks come next: (count,) indices into the task stream",
    "group_filter": "which episodes to train on: (episodes,) bool, constant within a group",
    "reward_transform": "rewards to rewards: (episodes,)",
    "advantage": "rewards to advantages: (episodes,) or (episodes, time)",
    "aggregation": "how much each token counts: (episodes, time), the loss is the weighted sum",
    "token_weight": "an extra factor per token: (episodes, time)",
    "loss": "loss of each token: (episodes, time)",
    "regulariser": "penalty of each token: (episodes, time)",
}
"""The slots of an estimator, in the order they act."""


@dataclass(frozen=True, slots=True)
class Part:
    """A registered function.

    Attributes:
        kind: its slot.
        name: its name there.
        function: what it does.
        inputs: fields of the batch it reads, in call order.
        options: keyword options it takes, with their defaults.
    """

    kind: str
    name: str
    function: Callable[..., Any]
    inputs: tuple[str, ...]
    options: Mapping[str, Any]


_PARTS: dict[str, dict[str, Part]] = {kind: {} for kind in KINDS}


def _register(kind: str, name: str) -> Callable[[F], F]:
    def enter(function: F) -> F:
        if name in _PARTS[kind]:
            raise ValueError(f"two parts of kind {kind} are named {name!r}")
        parameters = inspect.signature(function).parameters.values()
        inputs = tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
        unknown = [i for i in inputs if i not in FIELDS]
        if unknown:
            raise ValueError(
                f"{kind} {name!r} asks for {', '.join(unknown)}, which no batch has; "
                f"fields are {', '.join(FIELDS)}, options must be keyword-only"
            )
        options = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        _PARTS[kind][name] = Part(kind, name, function, inputs, options)
        return function

    return enter


def task_sampler(name: str) -> Callable[[F], F]:
    """Registers a function choosing the next tasks."""
    return _register("task_sampler", name)


def group_filter(name: str) -> Callable[[F], F]:
    """Registers a function choosing the groups worth training on."""
    return _register("group_filter", name)


def reward_transform(name: str) -> Callable[[F], F]:
    """Registers a function of rewards."""
    return _register("reward_transform", name)


def advantage(name: str) -> Callable[[F], F]:
    """Registers an advantage."""
    return _register("advantage", name)


def aggregation(name: str) -> Callable[[F], F]:
    """Registers a way to add tokens up."""
    return _register("aggregation", name)


def token_weight(name: str) -> Callable[[F], F]:
    """Registers a token mask or weight."""
    return _register("token_weight", name)


def loss(name: str) -> Callable[[F], F]:
    """Registers a policy loss."""
    return _register("loss", name)


def regulariser(name: str) -> Callable[[F], F]:
    """Registers a penalty."""
    return _register("regulariser", name)


def names(kind: str) -> list[str]:
    """Names of all parts of one kind."""
    return sorted(_PARTS[kind])


def get(kind: str, name: str) -> Part:
    """The part of that kind and name.

    Raises:
        OptionError: there is none; the nearest names are suggested.
    """
    if kind not in _PARTS:
        raise OptionError(f"no kind of part is called {kind!r}.{nearest(kind, KINDS)}")
    found = _PARTS[kind].get(name)
    if found is None:
        raise OptionError(
            f"no {kind} is called {name!r}.{nearest(str(name), _PARTS[kind])} "
            f"Known: {', '.join(names(kind))}."
        )
    return found


def nearest(word: str, known: Iterable[str]) -> str:
    """' Did you mean …?' with the nearest known names, or nothing."""
    near = difflib.get_close_matches(word, list(known), 3, 0.5)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
