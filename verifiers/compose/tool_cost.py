"""Rewards that pay less for more tool calls (row C03, OTC).

    r = α · r_tool(m, n) · r        m: calls of this episode, n: fewest calls that sufficed

The factor multiplies the outcome, so a wrong answer earns nothing however few calls it made, and
not calling at all is no way to be paid. Take `m` from the environment's cost ledger, not from the
text: what an agent writes is not a count of what it did.

Evidence: C for the product and for both factors, read in a public implementation that is not the
authors' own (which adds the two terms instead of multiplying them, as one of two variants).
Source: Wang et al. 2025 (OTC: optimal tool calls via reinforcement learning).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from veragym.core.errors import OptionError
from veragym.verifiers.compose.columns import Floats, column, flags, members, positive


def otc_ppo_factor(calls: ArrayLike, *, smoothing: float = 1.0) -> Floats:
    """r_tool = cos(m·π / (2m + c)): 1 without calls, falling towards 0 (OTC-PPO).

    Args:
        calls: (episodes,) tool calls made, whole numbers ≥ 0.
        smoothing: c > 0; the larger, the gentler.
    Returns:
        (episodes,) in (0, 1].
    Raises:
        OptionError: an argument is out of range.
    """
    m = column(calls, "calls", low=0, whole=True)
    c = positive(smoothing, "smoothing")
    return np.cos(m * np.pi / (2.0 * m + c))


def otc_grpo_factor(calls: ArrayLike, fewest: ArrayLike, *, smoothing: float = 1.0) -> Floats:
    """r_tool = sin(f·π / 2n) with f = 2mn / (m + n): 1 exactly at m = n (OTC-GRPO).

    Where n = 0 (the task can be solved without tools) the factor is that of `otc_ppo_factor`.

    Args:
        calls: (episodes,) tool calls made.
        fewest: (episodes,) n, the fewest calls that sufficed.
        smoothing: c of the n = 0 case.
    Returns:
        (episodes,) in [0, 1].
    Raises:
        OptionError: an argument is out of range.
    """
    m = column(calls, "calls", low=0, whole=True)
    n = column(fewest, "fewest", length=len(m), low=0, whole=True)
    some = np.maximum(n, 1.0)
    factor = np.sin(m / (m + some) * np.pi)  # f·π / 2n = π·m / (m + n)
    return np.where(n == 0, otc_ppo_factor(m, smoothing=smoothing), np.clip(factor, 0.0, 1.0))


def tool_cost(
    rewards: ArrayLike,
    calls: ArrayLike,
    *,
    form: Literal["ppo", "grpo"] = "ppo",
    group: Sequence[Hashable] | None = None,
    correct: ArrayLike | None = None,
    fewest: ArrayLike | None = None,
    alpha: float = 1.0,
    smoothing: float = 1.0,
) -> Floats:
    """Rewards with the tool factor applied.

    Args:
        rewards: (episodes,) in [0, 1]; NaN: not scored.
        calls: (episodes,) tool calls, from the ledger.
        form: `ppo` looks at one episode; `grpo` compares with the fewest calls that sufficed.
        group: (episodes,) group ids; `grpo` without `fewest` needs them.
        correct: (episodes,) bool, whose calls count as sufficing; rewards of 1 by default.
        fewest: (episodes,) the true minimum, where an oracle knows it; replaces the group's own.
            A count below it can only be luck or an error of the oracle and is treated as equal.
        alpha: α > 0.
        smoothing: c of the factors.
    Returns:
        (episodes,) α·r_tool·r. A group without a right answer has no n and uses the `ppo` factor.
    Raises:
        OptionError: an argument is out of range or missing.
    """
    r = column(rewards, "rewards", low=0.0, high=1.0, masked=True)
    m = column(calls, "calls", length=len(r), low=0, whole=True)
    scale = positive(alpha, "alpha")
    if form == "ppo":
        return scale * otc_ppo_factor(m, smoothing=smoothing) * r
    if form != "grpo":
        raise OptionError(f"form must be 'ppo' or 'grpo', got {form!r:.80}")
    if fewest is not None:
        n = column(fewest, "fewest", length=len(r), low=0, whole=True)
        return scale * otc_grpo_factor(np.maximum(m, n), n, smoothing=smoothing) * r
    if group is None:
        raise OptionError("form 'grpo' needs group ids, or the fewest calls of each task")
    right = r == 1.0 if correct is None else flags(correct, "correct", len(r)) & ~np.isnan(r)
    factor = otc_ppo_factor(m, smoothing=smoothing)
    for positions in members(group, len(r)):
        sufficed = positions[right[positions]]
        if len(sufficed):
            n = np.full(len(positions), m[sufficed].min())
            factor[positions] = otc_grpo_factor(m[positions], n, smoothing=smoothing)
    return scale * factor * r


def tool_productivity(correct: ArrayLike, calls: ArrayLike) -> float:
    """Right answers per tool call, over a set of episodes (C03's metric).

    Args:
        correct: (episodes,) bool.
        calls: (episodes,) tool calls.
    Returns:
        Σ correct / Σ calls; infinite when right answers needed no call at all, NaN for 0/0.
    Raises:
        OptionError: an argument is out of range.
    """
    m = column(calls, "calls", low=0, whole=True)
    right = int(flags(correct, "correct", len(m)).sum())
    total = float(m.sum())
    if total == 0.0:
        return float("inf") if right else float("nan")
    return right / total
