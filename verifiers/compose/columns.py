"""Columns: the arrays that reward transforms read and write, checked once.

A batch of episodes is a set of columns of equal length. A reward of NaN means "not scored" (an
infrastructure failure): every transform leaves it NaN, and no episode's NaN touches another's
reward. That way a failure that someone forgets to mask is loud instead of counting as 0.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def scores_of(verdicts: Iterable[Verdict]) -> Floats:
    """Scores of a batch of verdicts.

    Returns:
        (episodes,) in [0, 1]; NaN where the verdict is an `infra_error`, so that it stays masked.
    """
    return np.array([v.score if v.scored else np.nan for v in verdicts], dtype=np.float64)


def column(
    values: ArrayLike,
    name: str,
    *,
    length: int | None = None,
    low: float = -np.inf,
    high: float = np.inf,
    masked: bool = False,
    whole: bool = False,
) -> Floats:
    """A checked copy of one column of numbers.

    Args:
        values: (episodes,).
        name: for the message.
        length: the number of episodes, where another column has set it.
        low, high: bounds, inclusive.
        masked: whether NaN ("not scored") may occur.
        whole: whether only whole numbers may occur.

    Raises:
        OptionError: wrong shape, length, type, range, or a value that is not finite.
    """
    try:
        given = np.array(values)
    except ValueError:  # ragged
        given = np.array(None)
    # Only true numbers: numpy would read "1" as 1.0 and None as NaN.
    if given.size and given.dtype.kind not in "biuf":
        raise OptionError(f"{name} must be a column of numbers, got {values!r:.120}")
    array = given.astype(np.float64)
    if array.ndim != 1:
        raise OptionError(f"{name} must have shape (episodes,), got shape {array.shape}")
    if length is not None and len(array) != length:
        raise OptionError(f"{name} has {len(array)} entries for {length} episodes")
    bad = ~((array >= low) & (array <= high) & np.isfinite(array))
    if masked:
        bad &= ~np.isnan(array)
    if whole:
        bad |= np.isfinite(array) & (array != np.floor(array))
    if bad.any():
        where = int(np.flatnonzero(bad)[0])
        kind = "whole numbers" if whole else "finite numbers"
        raise OptionError(
            f"{name}[{where}] is {array[where]!r}; it must hold {kind} in [{low:g}, {high:g}]"
        )
    return array


def flags(values: ArrayLike, name: str, length: int) -> Flags:
    """A checked column of yes and no.

    Raises:
        OptionError: wrong shape or length, or anything but booleans.
    """
    array = np.array(values)
    if array.size == 0:
        array = array.astype(np.bool_)
    if array.dtype != np.bool_ or array.ndim != 1:
        raise OptionError(
            f"{name} must be booleans of shape (episodes,), got {array.dtype} of {array.shape}"
        )
    if len(array) != length:
        raise OptionError(f"{name} has {len(array)} entries for {length} episodes")
    return array


def members(group: Sequence[Hashable] | NDArray[Any], length: int) -> list[NDArray[np.int64]]:
    """Positions of each group's episodes, groups in order of first appearance.

    Raises:
        OptionError: one group id per episode was not given.
    """
    ids = group.tolist() if isinstance(group, np.ndarray) else list(group)
    if len(ids) != length:
        raise OptionError(f"group has {len(ids)} entries for {length} episodes")
    found: dict[Hashable, list[int]] = {}
    for position, key in enumerate(ids):
        found.setdefault(key, []).append(position)
    return [np.array(positions, dtype=np.int64) for positions in found.values()]


def positive(value: float, name: str) -> float:
    """A checked parameter above 0.

    Raises:
        OptionError: not a finite positive number.
    """
    if isinstance(value, bool) or not np.isfinite(value) or value <= 0:
        raise OptionError(f"{name} must be a finite number above 0, got {value!r}")
    return float(value)


def share(value: float, name: str) -> float:
    """A checked parameter in [0, 1].

    Raises:
        OptionError: outside.
    """
    if isinstance(value, bool) or not 0.0 <= value <= 1.0:
        raise OptionError(f"{name} must be in [0, 1], got {value!r}")
    return float(value)
