"""Policy losses: the loss of each token, before tokens are weighted and added up.

The ratio of token t is rho = exp(log_probs - behaviour_log_probs). At rho = 1 the gradient of
every loss here is that of REINFORCE, -A * grad log pi (OPMD's is scaled by 1 / (1 + tau)).
"""

from __future__ import annotations

import torch
from torch import Tensor

from veragym.agents.objective.parts import loss

MAX_LOG_RATIO = 20.0
"""Log-ratios are cut here before exp, so that one absurd token cannot overflow the batch."""


def log_ratio(log_probs: Tensor, behaviour_log_probs: Tensor) -> Tensor:
    """(episodes, time) log rho, bounded."""
    return (log_probs - behaviour_log_probs).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO)


def sequence_log_ratio(log_probs: Tensor, behaviour_log_probs: Tensor, mask: Tensor) -> Tensor:
    """Mean log rho over each episode's own tokens: (episodes, 1)."""
    total = (log_ratio(log_probs, behaviour_log_probs) * mask).sum(1, keepdim=True)
    return total / mask.sum(1, keepdim=True).clamp(min=1)


def pessimistic(ratio: Tensor, advantages: Tensor, low: float, high: float) -> Tensor:
    """-min(ratio * A, clip(ratio, 1 - low, 1 + high) * A)."""
    return -torch.minimum(ratio * advantages, ratio.clamp(1 - low, 1 + high) * advantages)


@loss("policy_gradient")
def policy_gradient(log_probs: Tensor, advantages: Tensor) -> Tensor:
    """-A * log pi (REINFORCE; with a group advantage also RLOO and GPG).

    Args:
        log_probs, advantages: (episodes, time).
    Returns:
        (episodes, time).
    Source: Williams 1992; Chu et al. 2025 (GPG, D39).
    """
    return -advantages * log_probs


@loss("ppo_clip")
def ppo_clip(
    log_probs: Tensor,
    behaviour_log_probs: Tensor,
    advantages: Tensor,
    *,
    low: float = 0.2,
    high: float = 0.2,
) -> Tensor:
    """Clipped surrogate with separate bounds (PPO, GRPO; "clip higher" of DAPO with high > low).

    -min(rho A, clip(rho, 1 - low, 1 + high) A).

    Args:
        log_probs, behaviour_log_probs, advantages: (episodes, time).
        low, high: how far the ratio may move down and up.
    Returns:
        (episodes, time).
    Source: Schulman et al. 2017, eq. 7; Yu et al. 2025 (DAPO), eq. 8.
    """
    ratio = log_ratio(log_probs, behaviour_log_probs).exp()
    return pessimistic(ratio, advantages, low, high)


@loss("sequence_clip")
def sequence_clip(
    log_probs: Tensor,
    behaviour_log_probs: Tensor,
    advantages: Tensor,
    mask: Tensor,
    *,
    low: float = 3e-4,
    high: float = 4e-4,
) -> Tensor:
    """Clipped surrogate of the length-normalised sequence ratio (GSPO; LUSPO, D16).

    s = exp(mean_t log rho_t); -min(s A, clip(s, 1 - low, 1 + high) A), the same at every token.
    Averaged over a sequence it is GSPO's term, summed it is LUSPO's: GSPO's times the length.

    Args:
        log_probs, behaviour_log_probs, advantages, mask: (episodes, time).
        low, high: how far the ratio may move; far smaller than for token ratios.
    Returns:
        (episodes, time).
    Source: Zheng et al. 2025 (GSPO), eq. 5-7; LUSPO (SEEDS D16).
    """
    ratio = sequence_log_ratio(log_probs, behaviour_log_probs, mask).exp()
    return pessimistic(ratio, advantages, low, high)


@loss("cispo")
def cispo(
    log_probs: Tensor, behaviour_log_probs: Tensor, advantages: Tensor, *, high: float = 0.2
) -> Tensor:
    """REINFORCE weighted by a capped ratio: clipped tokens keep their gradient (CISPO).

    -sg(min(rho, 1 + high)) * A * log pi.

    Args:
        log_probs, behaviour_log_probs, advantages: (episodes, time).
        high: cap of the weight above 1; there is no lower one.
    Returns:
        (episodes, time).
    Source: MiniMax 2025 (MiniMax-M1), eq. 4-5.
    """
    weight = log_ratio(log_probs, behaviour_log_probs).exp().clamp(max=1 + high).detach()
    return -weight * advantages * log_probs


@loss("opmd")
def opmd(log_probs: Tensor, advantages: Tensor, *, tau: float = 1.0) -> Tensor:
    """-A * log pi / (1 + tau), with no ratio: online policy mirror descent (D46).

    Args:
        log_probs, advantages: (episodes, time).
        tau: weight of the divergence from the behaviour policy; it only scales the step.
    Returns:
        (episodes, time).
    Source: Yao et al. 2025 (SEEDS D46).
    """
    return -advantages * log_probs / (1 + tau)
