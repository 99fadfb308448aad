"""A final reward given back to the steps that earned it (row C13, SPA-RL).

    c_t = φ_t - φ_{t-1} + share of the rest,   Σ c_t = R

φ is a progress potential in [0, 1], from the environment's `progress()` or from a learned
estimator. Differences telescope: going forth and back earns nothing, and neither does any detour
that ends where it began. What the potentials leave unexplained, R - (φ_T - φ_0), goes to the last
step or evenly to all.

Evidence: P for "stepwise contributions add up to the outcome, plus an executability signal". There
the contributions are learned; with potentials given, the difference is their exact counterpart.
Source: Wang et al. 2025 (SPA-RL).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from veragym.core.errors import OptionError
from veragym.verifiers.process.steps import Step


def redistribute(
    outcome: float,
    potentials: ArrayLike,
    *,
    rest: Literal["last", "even"] = "last",
) -> NDArray[np.float64]:
    """Stepwise contributions that add up to the outcome.

    Args:
        outcome: R, finite.
        potentials: (steps + 1,) φ before the first step and after each, in [0, 1].
        rest: who gets what the potentials do not explain.
    Returns:
        (steps,) contributions; their sum is R up to rounding.
    Raises:
        OptionError: an argument is out of range, or there is no step.
    """
    if isinstance(outcome, bool) or not math.isfinite(outcome):
        raise OptionError(f"outcome must be a finite number, got {outcome!r}")
    phi = np.array(potentials, dtype=np.float64)
    if phi.ndim != 1 or len(phi) < 2:
        raise OptionError(
            f"potentials must have shape (steps + 1,) with steps ≥ 1, got {phi.shape}"
        )
    if not ((phi >= 0.0) & (phi <= 1.0)).all():
        raise OptionError(f"potentials must lie in [0, 1], got {phi.min():g} to {phi.max():g}")
    if rest not in ("last", "even"):
        raise OptionError(f"rest must be 'last' or 'even', got {rest!r:.80}")
    contributions = np.diff(phi)
    if rest == "even":
        contributions += (outcome - (phi[-1] - phi[0])) / len(contributions)
    # The last step also takes the rounding, so that the sum is as exact as floats allow.
    contributions[-1] = outcome - math.fsum(contributions[:-1])
    return contributions


def with_executability(
    contributions: ArrayLike, valid: Sequence[bool], *, alpha: float = 1.0, beta: float = 0.5
) -> NDArray[np.float64]:
    """α·c_t + β·g_t, g_t = 1 where the action could be executed (SPA-RL's grounding signal).

    These no longer add up to the outcome: a long episode of valid actions collects β each turn.
    Keep β small, or use `redistribute` alone.

    Args:
        contributions: (steps,).
        valid: (steps,) whether each action could be executed.
        alpha, beta: weights, finite and ≥ 0.
    Returns:
        (steps,).
    Raises:
        OptionError: lengths differ, or a weight is out of range.
    Evidence: P; the weights are M (approximate).
    """
    c = np.array(contributions, dtype=np.float64)
    g = np.array(list(valid), dtype=np.float64)
    if c.ndim != 1 or c.shape != g.shape:
        raise OptionError(f"{c.shape} contributions but {g.shape} validity flags")
    if not all(math.isfinite(weight) and weight >= 0 for weight in (alpha, beta)):
        raise OptionError(f"alpha and beta must be finite and at least 0, got {alpha!r}, {beta!r}")
    return alpha * c + beta * g


def potentials_of(steps: Sequence[Step], *, start: float = 0.0) -> NDArray[np.float64]:
    """Potentials recorded in the steps' `progress` part (after each action).

    Args:
        steps: the episode.
        start: φ before the first step.
    Returns:
        (steps + 1,).
    Raises:
        OptionError: a step has no `progress` part.
    """
    for number, step in enumerate(steps):
        if "progress" not in step.parts:
            raise OptionError(
                f"step {number} has no part 'progress'; record it, or pass potentials"
            )
    return np.array([start, *(step.parts["progress"] for step in steps)], dtype=np.float64)
