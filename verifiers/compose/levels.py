"""Ordinal levels: what is better than what, without saying by how much (row D01, TRPA).

A rule sorts every response into a level; two responses to the same prompt on different levels make
a preference pair. Levels cannot be hacked by scale: no sum of small merits beats a higher level.

Evidence: P for "rules sort into levels, pairs feed a preference loss"; the paper's own list of
levels is not confirmed, so the four used here (the outcomes of a verdict) are approximate.
Source: Su et al. 2025 (TRPA).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict
from veragym.verifiers.compose.columns import Floats, column, members

UNSCORED = -1
"""The level of an `infra_error`: in no pair, and NaN as a reward."""


class Level(IntEnum):
    """The levels of a verdict, worst first."""

    UNREADABLE = 0
    WRONG = 1
    PARTIAL = 2
    RIGHT = 3


_LEVEL_OF = {
    Outcome.UNPARSABLE: Level.UNREADABLE,
    Outcome.TIMEOUT: Level.UNREADABLE,
    Outcome.WRONG: Level.WRONG,
    Outcome.PARTIAL: Level.PARTIAL,
    Outcome.CORRECT: Level.RIGHT,
}


def levels_of(verdicts: Iterable[Verdict]) -> NDArray[np.int64]:
    """Each verdict's level.

    Returns:
        (episodes,) a `Level`, or `UNSCORED` for an `infra_error`.
    """
    return np.array([_LEVEL_OF.get(v.outcome, UNSCORED) for v in verdicts], dtype=np.int64)


def level_rewards(levels: ArrayLike, values: Sequence[float]) -> Floats:
    """Levels as numbers, for losses that need them.

    Args:
        levels: (episodes,) level indices, or `UNSCORED`.
        values: the reward of each level, strictly increasing.
    Returns:
        (episodes,); NaN where unscored.
    Raises:
        OptionError: values that do not increase, or a level outside them.
    """
    table = column(values, "values")
    if (np.diff(table) <= 0).any() or not len(table):
        raise OptionError(f"values must strictly increase from level to level, got {list(values)}")
    index = column(levels, "levels", low=UNSCORED, high=len(table) - 1, whole=True).astype(np.int64)
    return np.where(index == UNSCORED, np.nan, table[np.maximum(index, 0)])


def preference_pairs(
    levels: ArrayLike, group: Sequence[Hashable], *, gap: int = 1
) -> NDArray[np.int64]:
    """All pairs of one group's responses whose levels differ by at least `gap`.

    Args:
        levels: (episodes,) level indices, or `UNSCORED`.
        group: (episodes,) prompt ids; pairs never cross them.
        gap: least difference, ≥ 1; equal levels never pair.
    Returns:
        (pairs, 2) positions (better, worse), sorted. A group of n gives up to n²/4·(levels) pairs.
    Raises:
        OptionError: an argument is out of range.
    """
    index = column(levels, "levels", low=UNSCORED, whole=True)
    if isinstance(gap, bool) or not isinstance(gap, int) or gap < 1:
        raise OptionError(f"gap must be a whole number of at least 1, got {gap!r}")
    found = []
    for positions in members(group, len(index)):
        scored = positions[index[positions] != UNSCORED]
        higher = index[scored][:, None] - index[scored][None, :] >= gap
        better, worse = np.nonzero(higher)
        found.append(np.stack([scored[better], scored[worse]], axis=1))
    pairs = np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order]
