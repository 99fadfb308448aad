"""Round robin, Swiss and seeded knockout: three prices for a ranking.

    round_robin   n(n-1)/2 matches    the reference
    swiss         about (n/2) log2 n  opponents of like score, no rematch
    knockout      n - 1               the loser leaves; rank = exit round (C22)

A cheaper format is a noisier one: `agreement.compare_formats` measures by how much. Look
at it before a knockout is trusted as a reward: an exit round may rest on a single match.

Failed matches decide nothing. In a knockout somebody must go on, so the better seed does, and both
entries are masked (NaN score): a placing that rests on a failure is no placing.

Source: C22 (ArenaRL), which ranks groups of rollouts by seeded single elimination.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from veragym.core.errors import OptionError
from veragym.verifiers.compare.agreement import ranks_of
from veragym.verifiers.compare.duels import MAX_ENTRIES, Duels, Floats, Match, win_rates
from veragym.verifiers.compare.pairwise import Choice, Comparison

PAIRING_STEPS = 10_000
"""Most steps spent looking for a round without rematches before the Swiss tournament ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How a tournament ended.

    Attributes:
        format: `round_robin`, `swiss` or `knockout`.
        scores: (n,) in [0, 1], higher is better; NaN for an entry to be masked.
        duels: every match played.
        matches: how many there were, failed ones included.
        rounds: rounds played.
    """

    format: str
    scores: Floats
    duels: Duels
    matches: int
    rounds: int

    @property
    def ranks(self) -> Floats:
        """(n,) 1 = best, ties share the mean of their places; NaN for masked entries."""
        return ranks_of(-self.scores)

    @property
    def rewards(self) -> Floats:
        """(n,) rank as a quantile: 1 for a sole first of m unmasked entries, 0 for a sole last,
        0.5 if there is only one; NaN for masked entries. Source: C22."""
        m = int(np.isfinite(self.scores).sum())
        if m <= 1:
            return np.where(np.isfinite(self.scores), 0.5, np.nan)
        rewards: Floats = (m - self.ranks) / (m - 1)
        return rewards


def round_robin(n: int, match: Match) -> Standing:
    """Everybody against everybody; score = win rate over judged opponents.

    Args:
        n: entries, at most `MAX_ENTRIES`.
        match: plays two entries, see `duels.Arena`.
    Raises:
        OptionError: `n` out of range.
    """
    _checked(n, None)
    results = [(i, j, match(i, j)) for i in range(n) for j in range(i + 1, n)]
    duels = Duels.collect(n, results)
    return Standing("round_robin", win_rates(duels), duels, len(results), max(n - 1, 0))


def swiss(
    n: int, match: Match, *, rounds: int | None = None, seeding: Sequence[int] | None = None
) -> Standing:
    """A few rounds between entries of like score; nobody meets the same opponent twice.

    Each round sorts by points, then seed, and pairs neighbours that have not met. With an odd
    number, the lowest entry that has not yet sat out does. A bye gives nothing: the score is the
    mean over judged matches, with the opponents' own means deciding among equals (Buchholz),
    scaled so that it never overrules a difference in points.

    Args:
        rounds: at most n - 1; default ceil(log2 n) + 1. Fewer are played if no pairing without a
            rematch is found within `PAIRING_STEPS`.
        seeding: entry indices, best first; default 0 … n-1.
    Raises:
        OptionError: a bad `n`, `rounds` or `seeding`.
    """
    order = _checked(n, seeding)
    if rounds is None:
        rounds = min(max(n - 1, 0), (n - 1).bit_length() + 1) if n > 1 else 0
    if isinstance(rounds, bool) or not 0 <= rounds <= max(n - 1, 0):
        raise OptionError(f"rounds must be between 0 and {max(n - 1, 0)}, got {rounds!r}")
    place = {entry: seed for seed, entry in enumerate(order)}
    points = dict.fromkeys(order, 0.0)
    sat_out: set[int] = set()
    met: set[frozenset[int]] = set()
    results: list[tuple[int, int, Comparison]] = []
    played = 0
    for _ in range(rounds):
        table = sorted(order, key=lambda entry: (-points[entry], place[entry]))
        pairs = _pairing(table, met, sat_out)
        if pairs is None:
            break
        sat_out.update(set(table) - {entry for pair in pairs for entry in pair})
        for i, j in pairs:
            result = match(i, j)
            results.append((i, j, result))
            met.add(frozenset((i, j)))
            points[i] += {Choice.FIRST: 1.0, Choice.TIE: 0.5}.get(result.choice, 0.0)
            points[j] += {Choice.SECOND: 1.0, Choice.TIE: 0.5}.get(result.choice, 0.0)
        played += 1
    duels = Duels.collect(n, results)
    return Standing("swiss", _swiss_scores(duels), duels, len(results), played)


def _swiss_scores(duels: Duels) -> Floats:
    means = win_rates(duels)
    met = duels.played > 0
    faced = met.sum(axis=1)
    strength = np.divide(
        (met * np.nan_to_num(means)).sum(axis=1), faced, out=np.zeros(len(means)), where=faced > 0
    )
    # Means over a and b matches differ by at least 1/(2ab) if at all; the strength stays below.
    weight = 0.25 / max(int(faced.max(initial=1)), 1) ** 2
    scores: Floats = (means + weight * strength) / (1.0 + weight)
    return scores


def _pairing(
    table: list[int], met: set[frozenset[int]], sat_out: set[int]
) -> list[tuple[int, int]] | None:
    """Neighbours first; backs up when the tail cannot be paired without a rematch."""
    if len(table) % 2 == 0:
        return _match_up(table, met)
    for entry in reversed(table):
        if entry not in sat_out:
            pairs = _match_up([other for other in table if other != entry], met)
            if pairs is not None:
                return pairs
    return None


def _match_up(table: list[int], met: set[frozenset[int]]) -> list[tuple[int, int]] | None:
    # An explicit stack: a round has more pairs than Python has stack frames to spare.
    pairs: list[tuple[int, int]] = []
    free = list(table)
    start = 1
    for _ in range(PAIRING_STEPS + len(table)):
        if not free:
            return pairs
        first = free[0]
        partner = next(
            (k for k in range(start, len(free)) if frozenset((first, free[k])) not in met), None
        )
        if partner is not None:
            pairs.append((first, free[partner]))
            free = free[1:partner] + free[partner + 1 :]
            start = 1
            continue
        if not pairs:
            return None
        # Undo the last pair and try its first entry with the next partner in table order.
        a, b = pairs.pop()
        left = {a, b, *free}
        free = [entry for entry in table if entry in left]
        start = free.index(b) + 1
    return None


def knockout(n: int, match: Match, *, seeding: Sequence[int] | None = None) -> Standing:
    """Single elimination on a standard bracket: the two best seeds can meet only in the final.

    The best seeds get the byes when n is no power of two. A tie sends the better seed on, so a
    knockout's result depends on its seeding where a round robin's does not.

    Args:
        seeding: entry indices, best first; default 0 … n-1. See `seeding_by`.
    Returns:
        Scores = rounds survived / rounds, 1 for the winner; entries out in the same round tie.
    Raises:
        OptionError: a bad `n` or `seeding`.
    """
    order = _checked(n, seeding)
    rounds = (n - 1).bit_length() if n > 1 else 0
    alive: list[int | None] = [order[s] if s < n else None for s in _bracket(rounds)] if n else []
    survived = np.zeros(n)
    results: list[tuple[int, int, Comparison]] = []
    place = {entry: seed for seed, entry in enumerate(order)}
    for _ in range(rounds):
        after: list[int | None] = []
        for one, two in zip(alive[::2], alive[1::2], strict=True):
            if one is None or two is None:
                winner = one if two is None else two
            else:
                high, low = (one, two) if place[one] < place[two] else (two, one)
                result = match(high, low)
                results.append((high, low, result))
                winner = low if result.choice is Choice.SECOND else high
            if winner is not None:
                survived[winner] += 1
            after.append(winner)
        alive = after
    scores = survived / rounds if rounds else np.full(n, np.nan)
    duels = Duels.collect(n, results)
    scores[duels.failed.any(axis=1)] = np.nan
    return Standing("knockout", scores, duels, len(results), rounds)


def seeding_by(scores: Sequence[float]) -> tuple[int, ...]:
    """Entry indices, highest score first; equal scores keep their order, NaN comes last.

    A cheap seeding for `knockout`: every entry's result against one anchor answer (C22).
    """
    values = np.asarray(scores, dtype=np.float64)
    keys = np.where(np.isnan(values), np.inf, -values)
    return tuple(int(i) for i in np.argsort(keys, kind="stable"))


def _bracket(rounds: int) -> list[int]:
    """Seeds in bracket order: 0 meets the last seed, and 1 only in the final."""
    seeds = [0]
    for _ in range(rounds):
        size = 2 * len(seeds)
        seeds = [s for seed in seeds for s in (seed, size - 1 - seed)]
    return seeds


def _checked(n: int, seeding: Sequence[int] | None) -> list[int]:
    if isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= MAX_ENTRIES:
        raise OptionError(f"n must be an integer between 0 and {MAX_ENTRIES}, got {n!r}")
    if seeding is None:
        return list(range(n))
    order = [int(entry) for entry in seeding]
    if sorted(order) != list(range(n)):
        raise OptionError(f"seeding must name each of the {n} entries once, got {order!r:.100}")
    return order
