"""Policies without weights: the yardsticks every result is read against.

    oracle    plays what the environment's own solver says: the ceiling
    null      says nothing: the floor
    constant  always says the same: the floor of a policy that ignores the question
    random    says random sentences

The oracle needs to see inside the environment. That is a separate protocol, `Insider`, so that no
ordinary policy is ever handed more than the conversation.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

import gymnasium as gym

from veragym.agents.policy.protocol import Action, Conversation, Policy
from veragym.agents.policy.tokenizer import Tokenizer
from veragym.core import UnicodeText, has
from veragym.core.errors import OptionError


@runtime_checkable
class Insider(Protocol):
    """A policy with inside knowledge."""

    def act_inside(
        self, conversations: Sequence[Conversation], envs: Sequence[gym.Env[str, str]]
    ) -> list[Action]:
        """One action per conversation; `envs[i]` is where conversation i takes place."""


class OraclePolicy:
    """Plays the environment's oracle.

    Args:
        bare: where the environment lists answer forms, say the shortest instead of the worked
            solution (single-turn environments).
        tokenizer: also give the tokens of what is said, for supervised training.
    """

    def __init__(self, *, bare: bool = False, tokenizer: Tokenizer | None = None) -> None:
        self.bare = bare
        self.tokenizer = tokenizer
        self._plans: dict[int, Iterator[Any]] = {}

    def act(self, conversations: Sequence[Conversation]) -> list[Action]:
        """Not possible from conversations alone.

        Raises:
            OptionError: always; use `act_inside`.
        """
        raise OptionError("the oracle needs the environments: collect() hands them to act_inside")

    def act_inside(
        self, conversations: Sequence[Conversation], envs: Sequence[gym.Env[str, str]]
    ) -> list[Action]:
        """The next action of each environment's solution.

        Raises:
            OptionError: an environment has no oracle.
        """
        actions = []
        for conversation, env in zip(conversations, envs, strict=True):
            if len(conversation) <= 1 or id(env) not in self._plans:
                self._plans[id(env)] = self._plan(env)
            actions.append(self._say(str(next(self._plans[id(env)], ""))))
        return actions

    def _say(self, text: str) -> Action:
        if self.tokenizer is None:
            return Action(text)
        ids = tuple(self.tokenizer.answer(text))
        return Action(text, ids, (0.0,) * len(ids), (0.0,) * len(ids))

    def _plan(self, env: gym.Env[str, str]) -> Iterator[Any]:
        if self.bare and has(env, "answer_forms"):
            forms: Sequence[str] = env.unwrapped.answer_forms()  # type: ignore[attr-defined]
            return iter([min(forms, key=len)])
        if not has(env, "oracle"):
            raise OptionError(f"{env} has no oracle; choose another policy")
        plan: Iterator[Any] = env.unwrapped.oracle()  # type: ignore[attr-defined]
        return plan


class ConstantPolicy:
    """Always says `text`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def act(self, conversations: Sequence[Conversation]) -> list[Action]:
        """The same action for every conversation."""
        return [Action(self.text)] * len(conversations)


class NullPolicy(ConstantPolicy):
    """Says nothing."""

    def __init__(self) -> None:
        super().__init__("")


class RandomPolicy:
    """Draws actions from a space.

    Args:
        seed: of the draws.
        space: what to draw from; random sentences if not given.
    """

    def __init__(self, seed: int = 0, space: gym.Space[Any] | None = None) -> None:
        self._space: gym.Space[Any] = UnicodeText() if space is None else copy.deepcopy(space)
        self._space.seed(seed)

    def act(self, conversations: Sequence[Conversation]) -> list[Action]:
        """An independent draw per conversation."""
        return [Action(str(self._space.sample())) for _ in conversations]


def scripted(name: str, *, text: str = "0", seed: int = 0) -> Policy:
    """A scripted policy by name.

    Args:
        name: oracle, null, constant or random.
        text: what `constant` says.
        seed: of `random`.

    Raises:
        OptionError: no such policy.
    """
    if name == "oracle":
        return OraclePolicy()
    if name == "null":
        return NullPolicy()
    if name == "constant":
        return ConstantPolicy(text)
    if name == "random":
        return RandomPolicy(seed)
    raise OptionError(f"no scripted policy is called {name!r}: oracle, null, constant or random")
