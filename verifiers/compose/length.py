"""Rewards that look at length: budgets (D23), outlier truncation (D24), the overlong slope.

Lengths are tokens, or any unit used consistently. A wrong answer earns nothing from its length in
any of these; how a *right* one is discounted is what they differ in.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from veragym.core.errors import OptionError
from veragym.verifiers.compose.columns import Flags, Floats, column, flags, members, positive, share

HBPO_BUDGETS = (512, 1024, 2048, 2560)
"""Token budgets of the four subgroups of a prompt's rollouts."""


def budget_subgroups(group: Sequence[Hashable], budgets: Sequence[int] = HBPO_BUDGETS) -> Floats:
    """Splits every group's rollouts evenly over the budgets, in order of appearance (HBPO).

    Args:
        group: (episodes,) group ids.
        budgets: tokens of each subgroup.
    Returns:
        (episodes,) each rollout's budget in tokens; sizes of a group's subgroups differ by ≤ 1.
    Raises:
        OptionError: no budgets, or one that is not a positive whole number.
    """
    values = column(budgets, "budgets", low=1, whole=True)
    if not len(values):
        raise OptionError("budgets must name at least one budget, got none")
    result = np.empty(len(group))
    for positions in members(group, len(group)):
        result[positions] = values[np.arange(len(positions)) % len(values)]
    return result


def hbpo_reward(
    lengths: ArrayLike,
    correct: ArrayLike,
    budgets: ArrayLike | None = None,
    *,
    limit: int = 4096,
    scale: float = 4.0,
    floor: float | None = None,
) -> Floats:
    """Piecewise budget reward (HBPO).

    With g(x) = scale·cos(π·x / (2·limit)), a right answer of length L ≤ limit earns
        g(L)                                         without a budget,
        min(g(L) - |b - L| / limit, g(b))            under a budget of b tokens,
    and everything else 0.

    Far above its budget a right answer can fall below 0, hence below a wrong one; that is the
    published form. `floor=0.0` prevents it.

    Args:
        lengths: (episodes,) tokens used.
        correct: (episodes,) bool.
        budgets: (episodes,) tokens allowed; NaN, or None for all: no budget.
        limit: longest answer that can earn anything, tokens.
        scale: reward of a right answer of length 0.
        floor: least reward of a right answer within the limit.
    Returns:
        (episodes,).
    Raises:
        OptionError: an argument is out of range.
    Evidence: C, read in the authors' code, whose constants are the defaults. It also rounds g(L)
        to two places where there is no budget, and takes π as 3.1416; both are left out here.
    Source: Lyu et al. 2025 (HBPO), row D23. The subgroup baseline is an advantage, not a reward.
    """
    used = column(lengths, "lengths", low=0)
    right = flags(correct, "correct", len(used))
    top = positive(limit, "limit")
    height = positive(scale, "scale")
    curve = height * np.cos(np.pi * used / (2.0 * top))
    if budgets is not None:
        allowed = column(budgets, "budgets", length=len(used), low=0, high=top, masked=True)
        distance = np.abs(allowed - used) / top
        ceiling = height * np.cos(np.pi * allowed / (2.0 * top))
        curve = np.where(np.isnan(allowed), curve, np.minimum(curve - distance, ceiling))
    if floor is not None:
        curve = np.maximum(curve, floor)
    return np.where(right & (used <= top), curve, 0.0)


@dataclass(frozen=True)
class Truncation:
    """What `outlier_truncation` decided.

    Attributes:
        rewards: (episodes,) 0 where the answer was cut off, else as given.
        lengths: (episodes,) tokens kept, whole numbers.
        cut: (episodes,) bool, the outliers.
    """

    rewards: Floats
    lengths: Floats
    cut: Flags


def outlier_truncation(
    rewards: ArrayLike,
    lengths: ArrayLike,
    group: Sequence[Hashable],
    *,
    sigmas: float = 3.0,
) -> Truncation:
    """Cuts extreme lengths in groups that are solved throughout (DOT).

    In a group whose scored members all have reward 1, responses longer than
    mean + sigmas·std (population, of that group's lengths) are cut there; what is cut off includes
    the answer, so their reward becomes 0. Groups with any failure keep every token: long reasoning
    on problems not yet mastered is left alone.

    One of n values is at most √(n-1) population deviations above the mean: three sigmas never cut
    anything in groups of 10 or fewer. Use a smaller `sigmas` there.

    Args:
        rewards: (episodes,) in [0, 1]; NaN: not scored, ignored and never cut.
        lengths: (episodes,) tokens, whole numbers.
        group: (episodes,) group ids.
        sigmas: how many deviations make an outlier, > 0.
    Raises:
        OptionError: an argument is out of range.
    Evidence: P for the condition and the effect (abstract); the three-sigma threshold from a
        summary of the paper, not confirmed: approximate.
    Source: Wu et al. 2026 (dynamic outlier truncation), row D24. Its KL term is a regulariser.
    """
    r = column(rewards, "rewards", low=0.0, high=1.0, masked=True)
    used = column(lengths, "lengths", length=len(r), low=0, whole=True)
    width = positive(sigmas, "sigmas")
    kept, cut = used.copy(), np.zeros(len(r), dtype=np.bool_)
    for positions in members(group, len(r)):
        scored = positions[~np.isnan(r[positions])]
        if not len(scored) or (r[scored] != 1.0).any():
            continue
        threshold = used[scored].mean() + width * used[scored].std()
        # The slack keeps equal lengths, whose std may be a rounding error, from being outliers.
        long = scored[used[scored] > threshold * (1.0 + 1e-12)]
        cut[long] = True
        kept[long] = np.floor(threshold)
    return Truncation(np.where(cut, 0.0, r), kept, cut)


def overlong_penalty(
    rewards: ArrayLike,
    lengths: ArrayLike,
    *,
    limit: int,
    buffer: float = 0.2,
    scale: float = 1.0,
) -> Floats:
    """A slope down to the length limit (DAPO's soft overlong punishment).

    r - scale·clip((L - (limit - b)) / b, 0, 1) with b = buffer·limit: nothing up to limit - b,
    then linearly to -scale at the limit, and -scale beyond it.

    Args:
        rewards: (episodes,); NaN: not scored.
        lengths: (episodes,) tokens.
        limit: most tokens an answer may have.
        buffer: width of the slope as a share of the limit, in (0, 1].
        scale: punishment at the limit.
    Returns:
        (episodes,).
    Raises:
        OptionError: an argument is out of range.
    Evidence: C. Source: Yu et al. 2025 (DAPO), eq. 13.
    """
    r = column(rewards, "rewards", masked=True)
    used = column(lengths, "lengths", length=len(r), low=0)
    top = positive(limit, "limit")
    slope = positive(share(buffer, "buffer"), "buffer") * top
    return r - positive(scale, "scale") * np.clip((used - (top - slope)) / slope, 0.0, 1.0)
