"""Short stories: names and things that are no part of the problem."""

from __future__ import annotations

from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import Kind
from veragym.envs.text.maths.topic import Params

NAMES = (
    "Ada", "Ben", "Cleo", "Dev", "Emma", "Finn", "Gita", "Hugo", "Iris", "Jonas", "Kofi", "Lena",
    "Mila", "Noor", "Omar", "Pia", "Rosa", "Sam", "Tara", "Uma", "Vera", "Wen", "Yusuf", "Zoe",
)  # fmt: skip


class Tale(Kind):
    """A kind whose last number picks names and things, and is no part of the problem."""

    def canonical(self, *args: Any, **kwargs: Any) -> Params:
        return args[:-1]


def story_number(rng: TaskRng) -> int:
    """The number that picks names and things."""
    return rng.integers(0, 1 << 20)


def person(story: int, which: int = 0) -> str:
    """Two different names for which = 0 and 1, three for 2."""
    return NAMES[(story + which * (1 + story // 24 % 11)) % 24]


GOODS = (
    "pens", "apples", "notebooks", "rolls", "postcards", "lemons", "candles", "mugs", "stickers",
    "ropes", "plants", "socks",
)  # fmt: skip


def good(story: int, which: int = 0) -> str:
    """What is bought or made, in the plural; different for which = 0 to 3."""
    step = (1, 5, 7, 11)[story // 3168 % 4]  # prime to 12, so that all names differ
    return GOODS[(story // 264 + which * step) % 12]
