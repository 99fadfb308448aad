"""Reward transforms: what happens to scores before advantages are taken."""

from __future__ import annotations

from torch import Tensor

from veragym.agents.objective.parts import reward_transform


@reward_transform("identity")
def identity(rewards: Tensor) -> Tensor:
    """The verifier's score as it is.

    Args:
        rewards: (episodes,).
    Returns:
        (episodes,).
    """
    return rewards


@reward_transform("overlong_penalty")
def overlong_penalty(
    rewards: Tensor, lengths: Tensor, limit: int, *, buffer: float = 0.2, scale: float = 1.0
) -> Tensor:
    """A soft punishment for answers that come near the length limit (DAPO).

    r - scale * clip((length - (limit - b)) / b, 0, 1), b = buffer * limit tokens: nothing up to
    limit - b, then linearly down to -scale at the limit. The array form of the same rule is
    `veragym.verifiers.compose.overlong_penalty`; a test holds the two together.

    Args:
        rewards: (episodes,).
        lengths: (episodes,) tokens.
        limit: most tokens an episode may hold.
        buffer: width of the slope as a share of the limit, in (0, 1].
        scale: punishment at the limit.
    Returns:
        (episodes,).
    Source: Yu et al. 2025 (DAPO), eq. 13.
    """
    width = buffer * limit
    return rewards - scale * ((lengths - (limit - width)) / width).clamp(0.0, 1.0)
