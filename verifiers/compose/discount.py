"""Discounts and gates on a whole episode's reward (rows C01, A31).

turn_discounted     what each turn of an episode is paid: γ^(T-t)·R
episode_discounted  one number per episode: γ^(T-1)·R, so that shorter searches earn more
format_gate         nothing for an episode whose form is broken
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from veragym.core.errors import OptionError
from veragym.verifiers.compose.columns import Floats, column, flags


def turn_discounted(outcome: float, turns: int, *, gamma: float) -> Floats:
    """The final reward, discounted geometrically back to every turn (EAPO).

    r_t = γ^(T-t)·R for t = 1 … T: the last turn has R itself; a detour costs every turn before it.

    Args:
        outcome: R.
        turns: T ≥ 0.
        gamma: γ in (0, 1].
    Returns:
        (turns,) rewards; not a redistribution: they do not add up to R.
    Raises:
        OptionError: an argument is out of range.
    Evidence: P for the geometric discount, M for this per-turn form: approximate.
    Source: Chen et al. 2025 (IterResearch, EAPO), row C01.
    """
    if not np.isfinite(outcome):
        raise OptionError(f"outcome must be a finite number, got {outcome!r}")
    if isinstance(turns, bool) or not isinstance(turns, int) or turns < 0:
        raise OptionError(f"turns must be a whole number of at least 0, got {turns!r}")
    back = np.arange(turns - 1, -1, -1, dtype=np.float64)
    return outcome * _gamma(gamma) ** back


def episode_discounted(rewards: ArrayLike, turns: ArrayLike, *, gamma: float) -> Floats:
    """γ^(T-1)·R per episode: the longer of two equally right searches earns less.

    Args:
        rewards: (episodes,) R; NaN: not scored.
        turns: (episodes,) T ≥ 1.
        gamma: γ in (0, 1].
    Returns:
        (episodes,).
    Raises:
        OptionError: an argument is out of range.
    Evidence: the value of `turn_discounted` at the first turn; as approximate. Row C01.
    """
    r = column(rewards, "rewards", masked=True)
    count = column(turns, "turns", length=len(r), low=1, whole=True)
    return r * _gamma(gamma) ** (count - 1.0)


def format_gate(rewards: ArrayLike, well_formed: ArrayLike, *, otherwise: float = 0.0) -> Floats:
    """The reward where the form was kept, `otherwise` where it was not.

    The gate pays nothing of its own: keeping the form of a wrong answer earns nothing (A31).

    Args:
        rewards: (episodes,); NaN: not scored, and stays so.
        well_formed: (episodes,) bool.
        otherwise: reward of a broken form, finite.
    Returns:
        (episodes,).
    Raises:
        OptionError: an argument is out of range.
    Evidence: C (the usual gate).
    """
    r = column(rewards, "rewards", masked=True)
    kept = flags(well_formed, "well_formed", len(r))
    if not np.isfinite(otherwise):
        raise OptionError(f"otherwise must be a finite number, got {otherwise!r}")
    return np.where(kept | np.isnan(r), r, otherwise)


def _gamma(gamma: float) -> float:
    if isinstance(gamma, bool) or not 0.0 < gamma <= 1.0:
        raise OptionError(f"gamma must be in (0, 1], got {gamma!r}")
    return float(gamma)
