"""Regularisers: a penalty per token, added to the loss with the preset's coefficient."""

from __future__ import annotations

from torch import Tensor

from veragym.agents.objective.losses import MAX_LOG_RATIO
from veragym.agents.objective.parts import regulariser


@regulariser("kl_k3")
def kl_k3(log_probs: Tensor, reference_log_probs: Tensor) -> Tensor:
    """Low-variance estimate of KL(policy || reference), never negative (GRPO's).

    e^d - d - 1, d = log pi_reference - log pi.

    Args:
        log_probs, reference_log_probs: (episodes, time), nats.
    Returns:
        (episodes, time), nats.
    Source: Schulman 2020 ("k3"); Shao et al. 2024, eq. 4.
    """
    difference = (reference_log_probs - log_probs).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO)
    return difference.exp() - difference - 1


@regulariser("kl_k2")
def kl_k2(log_probs: Tensor, reference_log_probs: Tensor) -> Tensor:
    """Half the squared log-ratio: on-policy, its gradient is that of KL(policy || reference).

    (log pi - log pi_reference)^2 / 2.

    Args:
        log_probs, reference_log_probs: (episodes, time), nats.
    Returns:
        (episodes, time).
    Source: Schulman 2020 ("k2").
    """
    return (log_probs - reference_log_probs) ** 2 / 2


@regulariser("entropy_bonus")
def entropy_bonus(entropy: Tensor) -> Tensor:
    """Minus the entropy: a positive coefficient keeps the policy spread out.

    Args:
        entropy: (episodes, time), nats, with gradient.
    Returns:
        (episodes, time), nats.
    Source: Williams and Peng 1991.
    """
    return -entropy
