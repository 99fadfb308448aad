"""What a maths topic is: parameters drawn at random, and everything that follows from them.

A topic draws a small tuple of parameters; question, answer, worked steps and decoys are pure
functions of it. That keeps the four consistent, makes paraphrases share one identity, and lets a
stored task be solved again without its random numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from veragym.core.seeding import TaskRng

Params = tuple[Any, ...]
"""Integers, strings and tuples of such; never floats, whose text differs between systems."""

TOPICS: dict[str, Topic] = {}


class Topic(ABC):
    """One kind of problem.

    Class attributes:
        name: identifier, used in `topics=[...]`.
        group: arithmetic, number_theory, algebra, sequences, sets, combinatorics, probability,
            geometry, calculus, matrices or word_problems.
        summary: one line for the catalogue.
        method: one sentence saying how such problems are solved; the weakest hint.
        phrasings: how many wordings `question` has (at least 3).
        batch_words: words one `draw` consumes, if that number is fixed, `draw_many` exists, and
            `form` is the same for every problem.
    """

    name: ClassVar[str]
    group: ClassVar[str]
    summary: ClassVar[str]
    method: ClassVar[str]
    phrasings: ClassVar[int] = 3
    batch_words: ClassVar[int] = 0

    @abstractmethod
    def draw(self, rng: TaskRng, level: float) -> Params:
        """Parameters of one problem.

        Args:
            rng: the only source of randomness.
            level: 0 easiest, 1 hardest of the training range, up to 1.5 for extrapolation. The
                problem's size must grow with it, without a jump to triviality anywhere.
        """

    def draw_many(self, words: NDArray[np.uint64], level: NDArray[np.float64]) -> list[Params]:
        """`draw` for many tasks at once, equal to it row by row.

        Args:
            words: (rows, batch_words) the words each task's `draw` would have consumed.
            level: (rows,) levels.
        """
        raise NotImplementedError(f"topic {self.name} declares no batch_words")

    def canonical(self, params: Params) -> Params:
        """The part of `params` that makes two problems the same one. Wording is never in it."""
        return params

    @abstractmethod
    def question(self, params: Params, phrasing: int) -> str:
        """The problem in words; says in which form the answer is wanted where that is open."""

    @abstractmethod
    def form(self, params: Params) -> dict[str, Any]:
        """The answer-form contract, as `veragym.verifiers.maths.forms` reads it."""

    @abstractmethod
    def answer(self, params: Params) -> str:
        """The gold answer in that form."""

    @abstractmethod
    def steps(self, params: Params) -> Sequence[str]:
        """Worked steps; each a sentence or an equation, the last one yields the answer."""

    @abstractmethod
    def decoys(self, params: Params) -> Sequence[str]:
        """At least two plausible wrong answers, none equivalent to the right one."""


def register(topic: type[Topic]) -> type[Topic]:
    """Class decorator that enters a topic into the catalogue.

    Raises:
        ValueError: the name is taken.
    """
    if topic.name in TOPICS:
        raise ValueError(f"two topics are named {topic.name!r}")
    TOPICS[topic.name] = topic()
    return topic


def ramp(level: float, low: int, high: int) -> int:
    """An integer that grows linearly from `low` at level 0 to `high` at level 1, and on beyond."""
    return low + int(level * (high - low) + 1e-9)
