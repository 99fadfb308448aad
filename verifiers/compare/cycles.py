"""When preferences go in circles: seeing it, and choosing fairly all the same.

A beats B, B beats C, C beats A is common among judges and fatal to any single ranking. Here:

* `preference_cycles`: the groups of entries that beat one another in a circle, with a witness;
* `transitivity`: the share of triples without one (1 = a ranking exists among every three);
* `condorcet_winner`: who beats everybody, if anyone does;
* `maximal_lottery`: the von Neumann winner (E04's minimax winner): the mixture of entries that no
  entry beats on average. It always exists, is the Condorcet winner when there is one, and is the
  Nash equilibrium of the game in which two players each name an entry.

Source: Kreweras 1965 and Fishburn 1984 (maximal lotteries); Dudík et al. 2015 (von Neumann winner);
Swamy et al. 2024 (E04).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from veragym.core.errors import OptionError
from veragym.verifiers.compare.duels import MAX_ENTRIES, Duels, Floats
from veragym.verifiers.compare.graph import strong_components

PATH_STEPS = 400
"""Newton steps along the central path; about forty are usual."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """A group of entries none of which can be ranked above all the others of it.

    Attributes:
        members: the entries, ascending.
        witness: a shortest circle among them: each beats the next, the last beats the first.
    """

    members: tuple[int, ...]
    witness: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lottery:
    """A mixture of entries.

    Attributes:
        weights: (n,) probabilities.
        gap: the most that any entry beats the mixture by (margin in [0, 1]): 0 at the exact
            solution, so this is its certificate.
    """

    weights: Floats
    gap: float


def preference_cycles(margins: ArrayLike) -> tuple[Cycle, ...]:
    """The cyclic groups of a margin matrix, in order of their first member.

    Args:
        margins: (n, n) skew-symmetric, positive where row beats column; `Duels.margins`.
    Raises:
        OptionError: not a finite skew-symmetric matrix.
    """
    beats = _margins(margins) > 0
    labels = strong_components(beats)
    groups: dict[int, list[int]] = {}
    for entry, label in enumerate(labels):
        groups.setdefault(label, []).append(entry)
    return tuple(
        Cycle(tuple(group), _shortest_circle(beats, group))
        for group in groups.values()
        if len(group) > 1
    )


def transitivity(margins: ArrayLike) -> float:
    """Share of triples whose three pairs are all decided and form no circle.

    Returns:
        In [0, 1]; NaN if no triple has all three pairs decided.
    """
    matrix = _margins(margins)
    beats = (matrix > 0).astype(np.float64)
    decided = (matrix != 0).astype(np.float64)
    triples = round(float(np.trace(decided @ decided @ decided)) / 6.0)
    circles = round(float(np.trace(beats @ beats @ beats)) / 3.0)
    return 1.0 - circles / triples if triples else float("nan")


def condorcet_winner(margins: ArrayLike) -> int | None:
    """The entry that beats every other, or None."""
    matrix = _margins(margins)
    wins = (matrix > 0).sum(axis=1)
    found = np.flatnonzero(wins == len(matrix) - 1)
    return int(found[0]) if len(found) else None


def maximal_lottery(margins: ArrayLike, *, tolerance: float = 1e-9) -> Lottery:
    """The mixture that no entry beats on average.

    Follows the central path of the game's linear programme,

        s = p M + r >= 0,   p_i s_i = r / n,   sum of p = 1,   r -> 0   (M: the margins),

    whose end point is the centre of all solutions. So where several mixtures are unbeaten the
    answer is the even-handed one (all ties give the uniform mixture), and renumbering the entries
    renumbers the answer.

    Args:
        margins: (n, n) skew-symmetric, finite; see `Duels.margins`. Unjudged pairs count as level.
        tolerance: the `gap` to reach, relative to the largest margin.
    Raises:
        OptionError: not a finite skew-symmetric matrix, no entries, or no convergence.
    """
    matrix = _margins(margins)
    n = len(matrix)
    if n == 0:
        raise OptionError("a lottery needs at least one entry")
    size = float(np.abs(matrix).max())
    if size == 0.0:
        return Lottery(np.full(n, 1.0 / n), 0.0)
    game = matrix / size
    p, r = np.full(n, 1.0 / n), float(n)
    s = p @ game + r
    for _ in range(PATH_STEPS):
        # Newton towards the next point of the path for p and s; p M p = 0 keeps sum(p) at 1.
        target = r / 10.0
        system = np.diag(s / p) + game.T
        right = target / n / p - (p @ game + target)
        direction = np.linalg.solve(system, right)
        ds = direction @ game + (p @ game + target - s)
        limit = max(float((-direction / p).max()), float((-ds / s).max()), 0.0)
        step = min(1.0, 0.95 / limit) if limit > 0 else 1.0
        p, s = p + step * direction, s + step * ds
        r = float(p @ s)
        gap = max(float((-(p / p.sum()) @ game).max()), 0.0)
        if gap <= tolerance and r <= tolerance:
            break
    else:
        raise OptionError(f"the lottery did not converge to {tolerance!r}; its gap is {gap!r}")
    weights = p / p.sum()
    return Lottery(weights, max(float((-weights @ matrix).max()), 0.0))


def lottery_of(duels: Duels) -> Lottery:
    """`maximal_lottery` of a record of duels."""
    return maximal_lottery(duels.margins)


def _shortest_circle(beats: NDArray[np.bool_], members: list[int]) -> tuple[int, ...]:
    """Breadth-first from each member back to itself."""
    best: tuple[int, ...] = ()
    inside = np.zeros(len(beats), dtype=np.bool_)
    inside[members] = True
    nexts = {node: np.flatnonzero(beats[node] & inside).tolist() for node in members}
    for start in members:
        paths: dict[int, tuple[int, ...]] = {start: (start,)}
        frontier = [start]
        while frontier and (not best or len(paths[frontier[0]]) < len(best)):
            following: list[int] = []
            for node in frontier:
                if len(paths[node]) > 1 and beats[node, start]:
                    best = paths[node]
                    following = []
                    break
                for other in nexts[node]:
                    if other not in paths:
                        paths[other] = (*paths[node], other)
                        following.append(other)
            frontier = following
        if len(best) == 3:  # no circle is shorter
            break
    return best


def _margins(margins: ArrayLike) -> Floats:
    matrix = np.asarray(margins, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise OptionError(f"margins must be (n, n), got {matrix.shape}")
    if len(matrix) > MAX_ENTRIES:
        raise OptionError(f"{len(matrix)} entries; at most {MAX_ENTRIES} are taken")
    if not np.isfinite(matrix).all() or (matrix != -matrix.T).any():
        raise OptionError("margins must be finite and skew-symmetric: m[i][j] == -m[j][i]")
    return matrix
