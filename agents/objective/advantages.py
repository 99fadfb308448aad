"""Advantages: how much better than expected each episode was.

All are computed from final rewards, within the group of episodes that share a prompt or over the
whole batch. Groups may differ in size, because episodes without a verdict are left out.
"""

from __future__ import annotations

import torch
from torch import Tensor

from veragym.agents.objective.parts import advantage


def group_sums(values: Tensor, group: Tensor) -> tuple[Tensor, Tensor]:
    """Sum and size of each episode's group: two (episodes,) tensors."""
    ids, index = torch.unique(group, return_inverse=True)
    sums = values.new_zeros(len(ids)).index_add(0, index, values)
    sizes = values.new_zeros(len(ids)).index_add(0, index, torch.ones_like(values))
    return sums[index], sizes[index]


def group_means(values: Tensor, group: Tensor) -> Tensor:
    """Mean of each episode's group: (episodes,)."""
    sums, sizes = group_sums(values, group)
    return sums / sizes


@advantage("reward")
def reward_itself(rewards: Tensor, *, baseline: float = 0.0) -> Tensor:
    """The reward against a constant (REINFORCE).

    A_i = r_i - b. Equal rewards give a gradient unless they equal b: with b = 0 every success is
    reinforced, whatever the others did.

    Args:
        rewards: (episodes,).
        baseline: b, any constant.
    Returns:
        (episodes,).
    Source: Williams 1992.
    """
    return rewards - baseline


@advantage("group_mean")
def group_centred(rewards: Tensor, group: Tensor) -> Tensor:
    """Reward against its group's mean (Dr. GRPO).

    A_i = r_i - mean_g.

    Args:
        rewards: (episodes,).
        group: (episodes,) ids.
    Returns:
        (episodes,); 0 where a group's rewards agree.
    Source: Liu et al. 2025 (Dr. GRPO), which drops GRPO's division by the deviation.
    """
    return rewards - group_means(rewards, group)


@advantage("group_mean_std")
def group_normalised(rewards: Tensor, group: Tensor, *, eps: float = 1e-6) -> Tensor:
    """Reward standardised within its prompt's group (GRPO).

    A_i = (r_i - mean_g) / (std_g + eps), population std, g = group of i.

    Args:
        rewards: (episodes,).
        group: (episodes,) ids; groups may differ in size.
        eps: keeps the quotient finite.
    Returns:
        (episodes,); 0 for every member of a group whose rewards agree.
    Source: Shao et al. 2024, eq. 3.
    """
    centred = group_centred(rewards, group)
    return centred / (group_means(centred**2, group).sqrt() + eps)


@advantage("leave_one_out")
def leave_one_out(rewards: Tensor, group: Tensor) -> Tensor:
    """Reward against the mean of the *other* members of the group (RLOO).

    A_i = r_i - (sum_g - r_i) / (n_g - 1) = n_g / (n_g - 1) * (r_i - mean_g). Unbiased, since the
    baseline does not depend on episode i.

    Args:
        rewards: (episodes,).
        group: (episodes,) ids.
    Returns:
        (episodes,); 0 for an episode alone in its group.
    Source: Kool et al. 2019; Ahmadian et al. 2024.
    """
    sums, sizes = group_sums(rewards, group)
    return torch.where(sizes > 1, rewards - (sums - rewards) / (sizes - 1).clamp(min=1), 0.0)


@advantage("batch_normalised")
def batch_normalised(rewards: Tensor, mask: Tensor, *, eps: float = 1e-8) -> Tensor:
    """Rewards standardised over all tokens of the batch (REINFORCE++ without its KL term).

    A_it = (r_i - m) / (s + eps), m and s mean and population deviation over the agent's tokens.

    Args:
        rewards: (episodes,).
        mask: (episodes, time).
        eps: keeps the quotient finite.
    Returns:
        (episodes, time).
    Source: Hu 2025 (REINFORCE++).
    """
    return _standardise(rewards[:, None].expand_as(mask), mask, eps)


@advantage("batch_normalised_kl")
def batch_normalised_with_kl(
    rewards: Tensor,
    mask: Tensor,
    behaviour_log_probs: Tensor,
    reference_log_probs: Tensor,
    *,
    beta: float = 0.01,
    eps: float = 1e-8,
) -> Tensor:
    """Returns with a token-level KL penalty, standardised over the batch (REINFORCE++).

    G_it = r_i - beta * sum_{u >= t} (log pi_behaviour - log pi_reference)_iu,
    A_it = (G_it - m) / (s + eps), m and s over the agent's tokens. Equal rewards give a gradient
    towards the reference.

    Args:
        rewards: (episodes,).
        mask: (episodes, time).
        behaviour_log_probs, reference_log_probs: (episodes, time), nats.
        beta: weight of the penalty.
        eps: keeps the quotient finite.
    Returns:
        (episodes, time).
    Source: Hu 2025 (REINFORCE++).
    """
    penalty = beta * (behaviour_log_probs - reference_log_probs) * mask
    later = penalty.flip(1).cumsum(1).flip(1)
    return _standardise(rewards[:, None] - later, mask, eps)


def _standardise(values: Tensor, mask: Tensor, eps: float) -> Tensor:
    count = mask.sum().clamp(min=1)
    centred = (values - (values * mask).sum() / count) * mask
    return centred / (((centred**2).sum() / count).sqrt() + eps)


@advantage("gpg")
def gpg(rewards: Tensor, group: Tensor, *, norm: float = 1.0) -> Tensor:
    """Group-centred rewards, rescaled for the groups that teach nothing (GPG, D39).

    A_i = B / B' * (r_i - mean_g) / norm, B episodes in the batch, B' of them in groups whose
    rewards differ: the step size does not shrink as groups become all right or all wrong.

    Args:
        rewards: (episodes,).
        group: (episodes,) ids.
        norm: the paper's F_norm.
    Returns:
        (episodes,); 0 where a group's rewards agree.
    Source: Chu et al. 2025, eq. 6 and 8.
    """
    centred = group_centred(rewards, group)
    spread = group_means(centred**2, group) > 1e-12
    return centred * (len(rewards) / spread.sum().clamp(min=1)) / norm


@advantage("maxrl")
def maxrl(rewards: Tensor, group: Tensor) -> Tensor:
    """Reward against the group's mean, in units of that mean (MaxRL, D35).

    A_i = (r_i - mean_g) / mean_g. With 0/1 rewards the successes of a group weigh n_g / successes
    each, so that rare successes count more: in the limit of many samples this ascends
    log-likelihood of success instead of its probability.

    Args:
        rewards: (episodes,) non-negative.
        group: (episodes,) ids.
    Returns:
        (episodes,); 0 where the group has no reward at all.
    Source: MaxRL (SEEDS D35).
    """
    means = group_means(rewards, group)
    return torch.where(means > 0, (rewards - means) / means.clamp(min=1e-12), 0.0)


@advantage("log_mean_exp")
def log_mean_exp(rewards: Tensor, group: Tensor, *, tau: float = 1.0) -> Tensor:
    """Reward against the group's soft maximum (OPMD, D46).

    A_i = r_i - tau * log mean_g exp(r / tau); tends to the mean as tau grows and to the maximum as
    it shrinks.

    Args:
        rewards: (episodes,).
        group: (episodes,) ids.
        tau: temperature, positive.
    Returns:
        (episodes,); 0 where a group's rewards agree.
    Source: Yao et al. 2025 (SEEDS D46).
    """
    top = rewards.max()
    soft = group_means(((rewards - top) / tau).exp(), group).clamp(min=1e-38).log() * tau + top
    return rewards - soft


@advantage("shifted_mean")
def shifted_mean(rewards: Tensor, group: Tensor, *, shift: float = -0.1) -> Tensor:
    """Reward against the group's mean moved by a constant (AsymRE, D46).

    A_i = r_i - (mean_g + shift). A negative shift stresses successes over failures, which keeps
    off-policy training stable; equal rewards then still give a gradient of size -shift.

    Args:
        rewards: (episodes,).
        group: (episodes,) ids.
        shift: added to the baseline.
    Returns:
        (episodes,).
    Source: Arnal et al. 2025 (AsymRE); used by Yao et al. 2025 (SEEDS D46).
    """
    return group_centred(rewards, group) - shift
