"""Randomness by name: task (env id, split, seed, index) owns its stream of 64-bit words.

A block of `BLOCK` consecutive indices is one PCG64 stream seeded by a `SeedSequence` whose entropy
is a digest of the four coordinates, so any task can be drawn without drawing the ones before it,
nothing depends on call order or on Python's hash seed, and neighbouring seeds share nothing.

Scalar draws consume one word each by a fixed rule (`floor(word * n / 2**64)`), which `columns`
repeats on numpy arrays: a batch sampler can therefore reproduce the scalar one bit for bit. The
rule's bias is below n / 2**64.
"""

from __future__ import annotations

import struct
from collections.abc import MutableSequence, Sequence
from hashlib import blake2b
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

BLOCK = 64
"""Tasks per seeded block."""
WORDS = 32
"""Words every task owns before it has to be given more."""
REFILL = 4
"""Digests of 8 words each by which a task's words are extended."""


def block_words(env_id: str, split: str, seed: int, block: int) -> NDArray[np.uint64]:
    """The words of tasks `block * BLOCK … block * BLOCK + BLOCK - 1`.

    Returns:
        (BLOCK, WORDS) uint64.
    """
    name = f"{env_id}\x00{split}\x00{seed}\x00{block}".encode()
    entropy = int.from_bytes(blake2b(name, digest_size=16).digest(), "little")
    bits = np.random.PCG64(np.random.SeedSequence(entropy))
    return bits.random_raw(BLOCK * WORDS).reshape(BLOCK, WORDS)


class TaskRng:
    """A task's private random numbers, identical in every process and Python version.

    Method names follow `numpy.random.Generator`; `integers` is half-open. For heavy array work take
    `generator`, a numpy Generator seeded from this stream.
    """

    __slots__ = ("_next", "_origin", "_words", "used")

    def __init__(self, words: Sequence[int]) -> None:
        self._words: Sequence[int] = words
        self._origin = words
        self._next = 0
        self.used = 0

    @classmethod
    def from_seed(cls, *name: object) -> TaskRng:
        """A stream named by any printable values: for tests and one-off use."""
        digest = blake2b("\x00".join(map(str, name)).encode(), digest_size=16).digest()
        bits = np.random.PCG64(np.random.SeedSequence(int.from_bytes(digest, "little")))
        return cls(bits.random_raw(WORDS).tolist())

    def _refill(self) -> None:
        # A keyed hash in counter mode: much cheaper to start than a bit generator, which counts
        # where a batch rejects many drafts and every row needs a few more words.
        self.used += len(self._words)
        key = b"".join(word.to_bytes(8, "little") for word in self._origin[:4])
        block = b"".join(
            blake2b((self.used + i).to_bytes(8, "little"), key=key).digest() for i in range(REFILL)
        )
        self._words = struct.unpack(f"<{8 * REFILL}Q", block)
        self._next = 0

    def word(self) -> int:
        """The next raw 64-bit word."""
        if self._next >= len(self._words):
            self._refill()
        word = self._words[self._next]
        self._next += 1
        return word

    def random(self) -> float:
        """A float in [0, 1)."""
        return (self.word() >> 11) * 2.0**-53

    def uniform(self, low: float, high: float) -> float:
        """A float in [low, high)."""
        return low + (high - low) * self.random()

    def integers(self, low: int, high: int) -> int:
        """An integer in [low, high).

        Raises:
            ValueError: the range is empty.
        """
        if high <= low:
            raise ValueError(f"empty range [{low}, {high})")
        i = self._next
        if i >= len(self._words):
            self._refill()
            i = 0
        self._next = i + 1
        return low + (self._words[i] * (high - low) >> 64)

    def choice(self, options: Sequence[T]) -> T:
        """One element, each equally likely."""
        return options[self.integers(0, len(options))]

    def weighted(self, options: Sequence[T], weights: Sequence[float]) -> T:
        """One element with probability proportional to its weight."""
        mark = self.random() * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            mark -= weight
            if mark < 0:
                return option
        return options[-1]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Permutes `items` in place (Fisher–Yates)."""
        for i in range(len(items) - 1, 0, -1):
            j = self.integers(0, i + 1)
            items[i], items[j] = items[j], items[i]

    def sample(self, options: Sequence[T], k: int) -> list[T]:
        """`k` different positions of `options`, in random order."""
        if not 0 <= k <= len(options):
            raise ValueError(f"cannot draw {k} of {len(options)}")
        pool = list(options)
        for i in range(k):
            j = self.integers(i, len(pool))
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:k]

    def sign(self) -> int:
        """-1 or 1."""
        return 1 if self.word() >> 63 else -1

    @property
    def generator(self) -> np.random.Generator:
        """A numpy Generator for array draws; each access takes fresh words."""
        return np.random.Generator(np.random.PCG64([self.word() for _ in range(4)]))


class BlockCache:
    """Draws words of single tasks, keeping the block last used."""

    __slots__ = ("_last", "env_id", "seed", "split")

    def __init__(self, env_id: str, split: str, seed: int) -> None:
        self.env_id, self.split, self.seed = env_id, split, seed
        # Number and words as one thing: several threads may draw from one stream.
        self._last: tuple[int, NDArray[np.uint64]] | None = None

    def row(self, index: int) -> NDArray[np.uint64]:
        """Words of task `index`: (WORDS,) uint64."""
        block, offset = divmod(index, BLOCK)
        last = self._last
        if last is None or last[0] != block:
            last = self._last = (block, block_words(self.env_id, self.split, self.seed, block))
        row: NDArray[np.uint64] = last[1][offset]
        return row

    def rng(self, index: int) -> TaskRng:
        """The scalar stream of task `index`."""
        return TaskRng(self.row(index).tolist())


class columns:
    """The scalar draws of `TaskRng`, for many tasks at once.

    Each function takes one column of words and gives what the scalar method would have given for
    that word. `n` may be an array; it must stay below 2**32.
    """

    @staticmethod
    def integers(
        words: NDArray[np.uint64], low: NDArray[np.int64] | int, high: NDArray[np.int64] | int
    ) -> NDArray[np.int64]:
        """(rows,) int64 in [low, high), equal to `TaskRng.integers` row by row."""
        n = np.asarray(np.asarray(high) - np.asarray(low), dtype=np.uint64)
        upper, lower = words >> np.uint64(32), words & np.uint64(0xFFFFFFFF)
        scaled = (upper * n + ((lower * n) >> np.uint64(32))) >> np.uint64(32)
        result: NDArray[np.int64] = scaled.astype(np.int64) + low
        return result

    @staticmethod
    def random(words: NDArray[np.uint64]) -> NDArray[np.float64]:
        """(rows,) float64 in [0, 1), equal to `TaskRng.random` row by row."""
        result: NDArray[np.float64] = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return result
