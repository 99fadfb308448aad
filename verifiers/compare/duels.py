"""The record of judged pairs, and the rewards read off it.

`Duels` is what every tournament leaves behind: who beat whom how often, a tie being half a win to
each, and which matches the judge failed. Win rates (E04: the share of one's own siblings that one
beats, which stays meaningful under cyclic preferences) come straight from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veragym.core.errors import OptionError
from veragym.verifiers.compare.pairwise import Choice, Comparison, PairwiseJudge, both_orders

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Match = Callable[[int, int], Comparison]
"""A match between two entries, by index: `Choice.FIRST` means the first index won."""

MAX_ENTRIES = 1024
"""Most entries a record takes: its matrices grow with the square."""


@dataclass(frozen=True, slots=True, eq=False)
class Duels:
    """Results between n entries.

    Attributes:
        wins: (n, n) wins of row over column, counts; a tie gives 0.5 to both sides.
        failed: (n, n) matches that gave no judgement, symmetric.

    Raises:
        OptionError: the matrices are not square and alike, hold negative or non-finite numbers, or
            a match of an entry against itself.
    """

    wins: Floats
    failed: Ints

    def __post_init__(self) -> None:
        shape = self.wins.shape
        if len(shape) != 2 or shape[0] != shape[1] or self.failed.shape != shape:
            raise OptionError(f"wins and failed must be (n, n), got {shape}, {self.failed.shape}")
        if shape[0] > MAX_ENTRIES:
            raise OptionError(f"{shape[0]} entries; at most {MAX_ENTRIES} are taken")
        if not np.isfinite(self.wins).all() or (self.wins < 0).any() or (self.failed < 0).any():
            raise OptionError("wins and failed must be finite and not negative")
        if self.wins.diagonal().any() or self.failed.diagonal().any():
            raise OptionError("an entry cannot play itself: the diagonals must be 0")

    @classmethod
    def of_wins(cls, wins: object) -> Duels:
        """A record from a matrix of wins alone; see `Duels` for shape and errors."""
        try:
            matrix = np.array(wins, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise OptionError(f"wins must be an (n, n) matrix of numbers: {error}") from None
        return cls(matrix, np.zeros(matrix.shape, dtype=np.int64))

    @classmethod
    def collect(cls, n: int, results: Iterable[tuple[int, int, Comparison]]) -> Duels:
        """A record from (first, second, comparison) triples of entries 0 … n-1."""
        if not 0 <= n <= MAX_ENTRIES:
            raise OptionError(f"{n} entries; between 0 and {MAX_ENTRIES} are taken")
        wins, failed = np.zeros((n, n)), np.zeros((n, n), dtype=np.int64)
        for i, j, result in results:
            if result.choice is Choice.FIRST:
                wins[i, j] += 1.0
            elif result.choice is Choice.SECOND:
                wins[j, i] += 1.0
            elif result.choice is Choice.TIE:
                wins[i, j] += 0.5
                wins[j, i] += 0.5
            else:
                failed[i, j] += 1
                failed[j, i] += 1
        return cls(wins, failed)

    def __len__(self) -> int:
        return int(self.wins.shape[0])

    @property
    def played(self) -> Floats:
        """(n, n) judged matches between each pair, symmetric."""
        return self.wins + self.wins.T

    @property
    def margins(self) -> Floats:
        """(n, n) wins minus losses over judged matches, in [-1, 1]; 0 where none was judged."""
        played = self.played
        difference = self.wins - self.wins.T
        margins = np.zeros_like(played)
        np.divide(difference, played, out=margins, where=played > 0)
        return margins


def win_rates(duels: Duels) -> Floats:
    """Each entry's mean win rate over the opponents it was judged against (E04).

    Every opponent weighs the same, however often it was met. Failed matches count for nobody.

    Returns:
        (n,) in [0, 1], ties half; NaN for an entry with no judged match: mask it, it earned nothing
        and lost nothing. With every pair judged the rates average exactly 0.5.
    Source: Swamy et al. 2024 (SPO), section 3.
    """
    met = duels.played > 0
    opponents = met.sum(axis=1)
    total = ((duels.margins + 1.0) / 2.0 * met).sum(axis=1)
    rates = np.full(len(duels), np.nan)
    np.divide(total, opponents, out=rates, where=opponents > 0)
    return rates


class Arena:
    """Plays entries of one prompt against each other, each pair judged once and remembered.

    The memory lets several tournaments share judgements, so that comparing their formats does not
    confuse the format with the judge's noise. `asked` counts the pairs put to the judge.

    Args:
        judge: the pairwise judge; it is asked in both orders (`both_orders`).
        prompt: what the entries answer.
        entries: the answers.
    Raises:
        OptionError: too many entries, or one that is not text.
    """

    def __init__(self, judge: PairwiseJudge, prompt: str, entries: Iterable[str]) -> None:
        self.judge, self.prompt, self.entries = judge, prompt, tuple(entries)
        if len(self.entries) > MAX_ENTRIES:
            raise OptionError(f"{len(self.entries)} entries; at most {MAX_ENTRIES} are taken")
        for entry in self.entries:
            if not isinstance(entry, str):
                raise OptionError(f"an entry is a {type(entry).__name__}, not text")
        self._results: dict[tuple[int, int], Comparison] = {}

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def asked(self) -> int:
        """Pairs judged so far."""
        return len(self._results)

    def __call__(self, i: int, j: int) -> Comparison:
        """The comparison of entries `i` and `j`; the same one whenever and however it is asked."""
        low, high = min(i, j), max(i, j)
        if low == high or low < 0 or high >= len(self.entries):
            raise OptionError(f"no match between entries {i} and {j} of {len(self.entries)}")
        result = self._results.get((low, high))
        if result is None:
            result = both_orders(self.judge, self.prompt, self.entries[low], self.entries[high])
            self._results[low, high] = result
        return result if i < j else result.swapped()
