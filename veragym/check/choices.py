"""What a mask says of an action, part by part: Discrete, MultiDiscrete, MultiBinary, Dict, Tuple.

An action of a composite space is a few independent choices. A mask marks the options of each, in
the forms that are in use: Gymnasium's own (`Space.sample(mask)`), and the flat vector over all
options that Stable-Baselines3's maskable agents read.

Two readings of a `MultiBinary` mask of the space's own shape are common. To Gymnasium 0 and 1 are
the values a bit must have and 2 leaves it open; others mean by 1 that a bit may be set. Only what
both say is held against the environment: 0 forbids a set bit, 1 and 2 allow one.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import gymnasium as gym
import numpy as np

Choice = tuple[int, ...]
"""One option per part."""


class Draws(Protocol):
    """The part of `random.Random` and of numpy's generators that is needed here."""

    def random(self) -> float:
        """A number in [0, 1)."""
        ...


class Unreadable(ValueError):
    """A mask that does not fit its space; the message says how."""


@dataclass(frozen=True, slots=True)
class Part:
    """One choice in an action.

    Attributes:
        status: of each option: True if allowed, False if forbidden, None if the mask is silent.
        masked: whether a mask speaks of it.
    """

    status: tuple[bool | None, ...]
    masked: bool = True

    @property
    def allowed(self) -> list[int]:
        """The options to choose from."""
        return [option for option, may in enumerate(self.status) if may]


@dataclass(frozen=True)
class Choices:
    """A space, and what a mask says of its parts in one state.

    Attributes:
        space: of the actions.
        parts: in the order in which `action` puts them together.
    """

    space: gym.Space[Any]
    parts: tuple[Part, ...]

    @property
    def masked(self) -> bool:
        """Whether anything is masked at all."""
        return any(part.masked for part in self.parts)

    @property
    def stuck(self) -> bool:
        """Some part has no option that is allowed."""
        return any(not part.allowed for part in self.parts)

    def action(self, choice: Choice) -> Any:
        """The action that makes these choices."""
        return _assembled(self.space, iter(choice))

    def legal(self, choice: Choice) -> bool | None:
        """Whether every part is allowed; None where the mask is silent about one."""
        said = [part.status[option] for part, option in zip(self.parts, choice)]
        return False if False in said else None if None in said else True

    def first(self) -> Choice:
        """The first allowed option of each part."""
        return tuple(part.allowed[0] for part in self.parts)

    def drawn(self, rng: Draws) -> Choice:
        """An allowed option of each part, all equally likely."""
        return tuple(part.allowed[int(rng.random() * len(part.allowed))] for part in self.parts)

    def around(self, base: Choice) -> Iterator[Choice]:
        """`base`, and everything that differs from it in one masked part and is judged."""
        yield base
        for place, part in enumerate(self.parts):
            for option, may in enumerate(part.status):
                if part.masked and may is not None and option != base[place]:
                    yield (*base[:place], option, *base[place + 1 :])


def maskable(space: gym.Space[Any]) -> bool:
    """Whether a mask over this space can be read."""
    if isinstance(space, gym.spaces.Dict):
        return any(maskable(part) for part in space.values())
    if isinstance(space, gym.spaces.Tuple):
        return any(maskable(part) for part in space)
    return isinstance(
        space, gym.spaces.Discrete | gym.spaces.MultiDiscrete | gym.spaces.MultiBinary
    )


def read(space: gym.Space[Any], mask: Any) -> Choices:
    """What `mask` says of the actions of `space`.

    Raises:
        Unreadable: it has another shape than the space, or other values.
    """
    return Choices(space, tuple(_parts(space, mask)))


def _parts(space: gym.Space[Any], mask: Any) -> Iterator[Part]:
    if isinstance(space, gym.spaces.Dict):
        if mask is not None and not isinstance(mask, Mapping):
            raise Unreadable(f"the mask is a {type(mask).__name__} for {space}")
        strange = sorted(map(str, set(mask or {}) - set(space.keys())))
        if strange:
            raise Unreadable(f"the mask speaks of {strange[0]!r}, which is not in {space}")
        for key, part in space.items():
            yield from _parts(part, (mask or {}).get(key))
    elif isinstance(space, gym.spaces.Tuple):
        if mask is not None and (not isinstance(mask, Sequence) or len(mask) != len(space)):
            raise Unreadable(f"the mask has not one entry for each part of {space}")
        for place, part in enumerate(space):
            yield from _parts(part, None if mask is None else mask[place])
    elif isinstance(space, gym.spaces.Discrete):
        yield _part(mask, int(space.n), space)
    elif isinstance(space, gym.spaces.MultiDiscrete):
        sizes = [int(n) for n in space.nvec.reshape(-1)]
        for size, said in zip(sizes, _by_size(mask, sizes, space)):
            yield _part(said, size, space)
    elif isinstance(space, gym.spaces.MultiBinary):
        yield from _bits(mask, space)
    elif mask is not None:
        raise Unreadable(f"a mask is given for {space}, which has no options to mask")
    else:
        yield Part((True,), masked=False)


def _by_size(mask: Any, sizes: list[int], space: gym.Space[Any]) -> list[Any]:
    """A mask for each part: given so, or as one flat vector over all options."""
    if mask is None:
        return [None] * len(sizes)
    if isinstance(mask, Sequence):
        while len(mask) != len(sizes) and mask and isinstance(mask[0], Sequence):
            mask = list(itertools.chain.from_iterable(mask))  # nested as the space is
        if len(mask) == len(sizes):
            return list(mask)
    flat = np.asarray(mask, dtype=object).reshape(-1)
    if len(flat) != sum(sizes):
        raise Unreadable(f"the mask has {len(flat)} entries, and {space} has {sum(sizes)} options")
    ends = np.cumsum(sizes)[:-1]
    return [part.tolist() for part in np.split(flat, ends)]


def _part(mask: Any, size: int, space: gym.Space[Any]) -> Part:
    if mask is None:
        return Part((True,) * size, masked=False)
    values = np.asarray(mask)
    if values.shape != (size,):
        raise Unreadable(f"the mask has shape {values.shape} for {size} options of {space}")
    if not set(values.tolist()) <= {0, 1}:
        raise Unreadable(f"the mask holds {sorted(set(values.tolist()), key=repr)[:5]}")
    return Part(tuple(bool(value) for value in values))


def _bits(mask: Any, space: gym.spaces.MultiBinary) -> Iterator[Part]:
    count = int(np.prod(space.shape))
    if mask is None:
        yield from (Part((True, True), masked=False) for _ in range(count))
        return
    values = np.asarray(mask)
    if values.size == 2 * count and values.shape != space.shape:
        pairs = values.reshape(count, 2)  # one flag for each value of each bit
        yield from (_part(pair, 2, space) for pair in pairs)
        return
    if values.shape != space.shape or not set(values.reshape(-1).tolist()) <= {0, 1, 2}:
        raise Unreadable(f"the mask is {values.tolist()!r:.80} for {space}")
    said = {0: (True, False), 1: (None, True), 2: (True, True)}
    yield from (Part(said[int(value)]) for value in values.reshape(-1))


def _assembled(space: gym.Space[Any], options: Iterator[int]) -> Any:
    if isinstance(space, gym.spaces.Dict):
        return {key: _assembled(part, options) for key, part in space.items()}
    if isinstance(space, gym.spaces.Tuple):
        return tuple(_assembled(part, options) for part in space)
    if isinstance(space, gym.spaces.Discrete):
        return space.dtype.type(int(space.start) + next(options))
    if isinstance(space, gym.spaces.MultiDiscrete):
        taken = [next(options) for _ in range(int(space.nvec.size))]
        chosen = np.array(taken, space.dtype).reshape(space.nvec.shape)
        return (chosen + space.start).astype(space.dtype)
    if isinstance(space, gym.spaces.MultiBinary):
        bits = [next(options) for _ in range(int(np.prod(space.shape)))]
        return np.array(bits, space.dtype).reshape(space.shape)
    next(options)
    own = copy.deepcopy(space)
    own.seed(0)
    return own.sample()
