"""How much each token counts: aggregation (adding up) and token weights (choosing).

The loss of a batch is sum(aggregation * token_weight * token loss). Both are computed once for the
whole batch, so that cutting the batch into micro-batches and adding their losses changes nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor

from veragym.agents.objective.parts import aggregation, token_weight


@aggregation("token_mean")
def token_mean(mask: Tensor) -> Tensor:
    """Every token of the batch alike: 1 / sum of lengths (DAPO).

    Args:
        mask: (episodes, time).
    Returns:
        (episodes, time), summing to 1.
    Source: Yu et al. 2025 (DAPO), eq. 8.
    """
    return mask / mask.sum().clamp(min=1)


@aggregation("sequence_mean")
def sequence_mean(mask: Tensor) -> Tensor:
    """Mean per episode, then over episodes: 1 / (episodes * length) (GRPO).

    Args:
        mask: (episodes, time).
    Returns:
        (episodes, time), summing to 1 if no episode is empty.
    Source: Shao et al. 2024, eq. 3.
    """
    return mask / mask.sum(1, keepdim=True).clamp(min=1) / len(mask)


@aggregation("sequence_sum")
def sequence_sum(mask: Tensor) -> Tensor:
    """Sum per episode, then the mean over episodes: 1 / episodes (REINFORCE, RLOO, LUSPO).

    The unbiased gradient of expected reward, since log pi(episode) = sum of its tokens'.

    Args:
        mask: (episodes, time).
    Returns:
        (episodes, time).
    Source: Williams 1992; Ahmadian et al. 2024.
    """
    return mask / len(mask)


@aggregation("fixed_length")
def fixed_length(mask: Tensor, limit: int) -> Tensor:
    """Sum per episode over a constant length: 1 / (episodes * limit) (Dr. GRPO).

    Args:
        mask: (episodes, time).
        limit: most tokens an episode may hold.
    Returns:
        (episodes, time).
    Source: Liu et al. 2025 (Dr. GRPO).
    """
    return mask / (len(mask) * limit)


@token_weight("all")
def every_token(mask: Tensor) -> Tensor:
    """No choice: every token of the agent counts.

    Args:
        mask: (episodes, time).
    Returns:
        (episodes, time).
    """
    return mask


@token_weight("top_entropy")
def top_entropy(behaviour_entropy: Tensor, mask: Tensor, *, share: float = 0.2) -> Tensor:
    """Only the tokens of highest entropy, where the text forks (80/20, D32).

    1 where H_t >= the (1 - share) quantile of H over the batch's tokens, else 0. The sum is still
    divided as if all tokens counted, as in the paper.

    Args:
        behaviour_entropy: (episodes, time), nats.
        mask: (episodes, time).
        share: of tokens kept, in (0, 1]; ties at the threshold are all kept.
    Returns:
        (episodes, time).
    Source: Wang et al. 2025 (SEEDS D32).
    """
    values = behaviour_entropy[mask > 0]
    if len(values) == 0:
        return mask
    kept = max(1, round(share * len(values)))
    threshold = torch.topk(values, kept).values[-1]
    return mask * (behaviour_entropy >= threshold)
