"""A space of ordinary text, and its place in Gymnasium's vector machinery.

`gymnasium.spaces.Text` admits no space character by default, and through shared memory it is copied
one character at a time into a tuple that `AsyncVectorEnv` never sees change. This space holds any
Unicode string up to a length, samples readable sentences as well as awkward characters, and travels
through shared memory as UTF-8 bytes.
"""

from __future__ import annotations

import ctypes
import multiprocessing
from collections.abc import Iterable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector.utils import (
    create_shared_memory,
    read_from_shared_memory,
    write_to_shared_memory,
)
from gymnasium.vector.utils.space_utils import concatenate, create_empty_array

_SENTENCE = (
    "the answer is seven therefore we find that x equals because sum of two numbers hello world "
    "and so it follows café naïve λ ∑ 数 число עברית 🙂"
)
_WORDS = _SENTENCE.split()
_ENDS = (".", "?", "!", "\n", " 42", " \\boxed{3}", " 1/2", "")


class UnicodeText(gym.Space[str]):
    """All Unicode strings of `min_length` to `max_length` characters.

    Args:
        max_length: longest member, in characters (code points).
        min_length: shortest member.
        seed: seed of `sample`.

    Raises:
        ValueError: the lengths are not 0 <= min_length <= max_length.
    """

    def __init__(
        self,
        max_length: int = 65536,
        *,
        min_length: int = 0,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        if not 0 <= min_length <= max_length:
            raise ValueError(f"need 0 <= min_length <= max_length, got {min_length}, {max_length}")
        self.max_length = int(max_length)
        self.min_length = int(min_length)
        super().__init__(shape=None, dtype=None, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        """Text has no fixed-size array form."""
        return False

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A random sentence-like member. Masks and probabilities do not apply to text."""
        if mask is not None or probability is not None:
            raise ValueError("UnicodeText.sample takes neither mask nor probability")
        rng = self.np_random
        count = int(rng.integers(1, 12))
        text = " ".join(_WORDS[i] for i in rng.integers(0, len(_WORDS), count))
        text += _ENDS[int(rng.integers(0, len(_ENDS)))]
        return text[: self.max_length].ljust(self.min_length)

    def contains(self, x: Any) -> bool:
        """Whether `x` is a string of an admitted length."""
        return isinstance(x, str) and self.min_length <= len(x) <= self.max_length

    def to_jsonable(self, sample_n: Iterable[str]) -> list[Any]:
        """Strings are JSON already."""
        return list(sample_n)

    def from_jsonable(self, sample_n: Sequence[Any]) -> list[str]:
        """Inverse of `to_jsonable`."""
        return [str(x) for x in sample_n]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnicodeText) and (self.min_length, self.max_length) == (
            other.min_length,
            other.max_length,
        )

    def __hash__(self) -> int:
        return hash((UnicodeText, self.min_length, self.max_length))

    def __repr__(self) -> str:
        return f"UnicodeText({self.min_length}, {self.max_length})"


# -- vector utilities: a batch of texts is a tuple of str ---------------------------------------


@create_empty_array.register(UnicodeText)
def _empty(space: UnicodeText, n: int = 1, fn: Any = np.zeros) -> tuple[str, ...]:
    return ("",) * n


@concatenate.register(UnicodeText)
def _concatenate(space: UnicodeText, items: Iterable[str], out: Any) -> tuple[str, ...]:
    return tuple(items)


# Shared memory of n texts: n byte lengths, then n slots of 4 bytes per character (UTF-8's most).


@create_shared_memory.register(UnicodeText)
def _create(space: UnicodeText, n: int = 1, ctx: Any = multiprocessing) -> tuple[Any, Any]:
    return (ctx.Array(ctypes.c_int64, n), ctx.Array(ctypes.c_char, n * 4 * space.max_length))


@write_to_shared_memory.register(UnicodeText)
def _write(space: UnicodeText, index: int, value: str, shared_memory: tuple[Any, Any]) -> None:
    lengths, slots = shared_memory
    data = value.encode("utf-8", "surrogatepass")
    width = 4 * space.max_length
    if len(data) > width:
        raise ValueError(f"a text of {len(value)} characters does not fit {space}")
    start = index * width
    view = memoryview(slots.get_obj()).cast("B")
    view[start : start + len(data)] = data
    lengths.get_obj()[index] = len(data)


class SharedTexts(Sequence[str]):
    """A live view of the texts in shared memory; copying it gives a tuple of str.

    `AsyncVectorEnv` reads its shared memory once and expects to hold a view from then on.
    """

    def __init__(self, shared_memory: tuple[Any, Any], width: int, n: int) -> None:
        self._lengths, slots = shared_memory
        self._lengths = self._lengths.get_obj()
        self._view = memoryview(slots.get_obj()).cast("B")
        self._width, self._n = width, n

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(self._n)))
        i = range(self._n)[index]
        data = bytes(self._view[i * self._width : i * self._width + self._lengths[i]])
        return data.decode("utf-8", "surrogatepass")

    def __deepcopy__(self, memo: dict[int, Any]) -> tuple[str, ...]:
        return tuple(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (tuple, SharedTexts)) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


@read_from_shared_memory.register(UnicodeText)
def _read(space: UnicodeText, shared_memory: tuple[Any, Any], n: int = 1) -> SharedTexts:
    return SharedTexts(shared_memory, 4 * space.max_length, n)
