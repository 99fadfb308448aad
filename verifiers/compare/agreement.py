"""How far two rankings agree, and what a cheaper tournament costs in truth.

Spearman's rho and Kendall's tau-b with ties handled by mean ranks, entries masked on either side
left out, and NaN (not 0, not 1) where a ranking says nothing because all its entries tie.

`compare_formats` is the check that C22's claim needs: it plays a group as round robin, Swiss and
knockout on the same judgements and reports each against the round robin, and against the truth when
that is known. A knockout's exit round stays well below a round robin under noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from veragym.core.errors import OptionError

if TYPE_CHECKING:
    from veragym.verifiers.compare.duels import Floats, Match


@dataclass(frozen=True, slots=True)
class Agreement:
    """One ranking measured against another.

    Attributes:
        spearman, kendall: in [-1, 1]; NaN if either side ties everybody or under two are left.
        top: whether the two name the same best entries (as sets); None if nobody is left.
        compared: entries unmasked on both sides.
    """

    spearman: float
    kendall: float
    top: bool | None
    compared: int


@dataclass(frozen=True, slots=True)
class FormatReport:
    """One tournament format on one group.

    Attributes:
        format: `round_robin`, `swiss` or `knockout`.
        matches: pairs judged.
        failed: of these, without a judgement.
        reference: agreement with the round robin on the same judgements.
        truth: agreement with the true scores, if they were given.
    """

    format: str
    matches: int
    failed: int
    reference: Agreement
    truth: Agreement | None


def ranks_of(values: ArrayLike) -> Floats:
    """(n,) ranks from 1, smallest first, ties at their mean rank; NaN stays NaN."""
    array = np.asarray(values, dtype=np.float64)
    ranks = np.full(array.shape, np.nan)
    kept = ~np.isnan(array)
    _, inverse, counts = np.unique(array[kept], return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks[kept] = ((last - counts + 1 + last) / 2.0)[inverse]
    return ranks


def spearman(a: ArrayLike, b: ArrayLike) -> float:
    """Correlation of the ranks of two score vectors (n,); NaN where undefined."""
    x, y = _common(a, b)
    rx, ry = ranks_of(x), ranks_of(y)
    if x.size < 2:
        return float("nan")
    rx, ry = rx - rx.mean(), ry - ry.mean()
    scale = float(np.sqrt((rx @ rx) * (ry @ ry)))
    return float(np.clip((rx @ ry) / scale, -1.0, 1.0)) if scale > 0 else float("nan")


def kendall(a: ArrayLike, b: ArrayLike) -> float:
    """Kendall's tau-b of two score vectors (n,): concordant less discordant pairs, over the
    geometric mean of the pairs untied on each side; NaN where undefined."""
    x, y = _common(a, b)
    dx = np.sign(x[:, None] - x[None, :])
    dy = np.sign(y[:, None] - y[None, :])
    scale = float(np.sqrt((dx * dx).sum() * (dy * dy).sum()))
    return float(np.clip((dx * dy).sum() / scale, -1.0, 1.0)) if scale > 0 else float("nan")


def agreement(a: ArrayLike, b: ArrayLike) -> Agreement:
    """How far two score vectors (n,), higher better, rank alike; NaN entries are left out.

    Raises:
        OptionError: the vectors differ in shape.
    """
    x, y = _common(a, b)
    top = bool(((x == x.max()) == (y == y.max())).all()) if x.size else None
    return Agreement(spearman(x, y), kendall(x, y), top, int(x.size))


def compare_formats(
    n: int,
    match: Match,
    *,
    seeding: Sequence[int] | None = None,
    rounds: int | None = None,
    truth: ArrayLike | None = None,
) -> tuple[FormatReport, FormatReport, FormatReport]:
    """Round robin, Swiss and knockout on the same group; see the module's docstring.

    Args:
        n, match: the entries and how two of them play; pass a `duels.Arena`, which remembers
            results, so that all three formats see the same judgements.
        seeding: entry indices, best first, for Swiss and knockout.
        rounds: of the Swiss tournament.
        truth: (n,) true scores, where a study knows them.
    Raises:
        OptionError: bad sizes.
    """
    # Imported here: `tournament` ranks its standings with `ranks_of`.
    from veragym.verifiers.compare.tournament import knockout, round_robin, swiss

    full = round_robin(n, match)
    standings = (
        full,
        swiss(n, match, rounds=rounds, seeding=seeding),
        knockout(n, match, seeding=seeding),
    )
    first, second, third = (
        FormatReport(
            standing.format,
            standing.matches,
            int(standing.duels.failed.sum()) // 2,
            agreement(standing.scores, full.scores),
            None if truth is None else agreement(standing.scores, truth),
        )
        for standing in standings
    )
    return first, second, third


def _common(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise OptionError(f"two score vectors of one length are needed, got {x.shape}, {y.shape}")
    kept = ~(np.isnan(x) | np.isnan(y))
    return x[kept], y[kept]
