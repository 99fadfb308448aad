"""What every policy is: something that answers a batch of conversations with actions.

A conversation is what has been said so far, oldest first, ending with the environment's latest
observation. An action carries its text and, where the policy can tell, the very tokens that were
sampled with their log-probabilities: trainers use those ids and never tokenise the text again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

Role = Literal["environment", "agent"]


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance.

    Attributes:
        role: who spoke.
        text: what was said.
        token_ids: for an agent's message, the tokens it was sampled as; empty if unknown.
    """

    role: Role
    text: str
    token_ids: tuple[int, ...] = ()


Conversation = Sequence[Message]


@dataclass(frozen=True, slots=True)
class Action:
    """One answer of a policy.

    Attributes:
        text: what the environment receives.
        token_ids: sampled tokens, the end token included when it was sampled; empty for policies
            without tokens.
        log_probs: log-probability of each token under the sampling distribution, in nats.
        entropy: entropy of the distribution each token was drawn from, in nats.
    """

    text: str
    token_ids: tuple[int, ...] = ()
    log_probs: tuple[float, ...] = ()
    entropy: tuple[float, ...] = ()


@runtime_checkable
class Policy(Protocol):
    """Anything that can act."""

    def act(self, conversations: Sequence[Conversation]) -> list[Action]:
        """One action per conversation, in order."""


def opening(observation: str) -> tuple[Message, ...]:
    """The conversation an episode begins with."""
    return (Message("environment", observation),)
