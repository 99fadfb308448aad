"""Topics made of kinds: several sorts of problem under one name, each told and solved in one place.

A geometry or counting topic is a handful of sorts of problem that share an answer form. Each sort
is a `Kind`: how its numbers are drawn, how it is told, how it is worked. Working it once gives
answer, steps and slips together, so they cannot contradict each other.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.slips import enough_slips
from veragym.envs.text.maths.topic import Params, Topic
from veragym.envs.text.maths.writing import Exact

_ARTICLE = re.compile(r"\b([Aa]) (?=8|11\b|18\b)")
"""`a` before a number read as eight, eleven, eighteen or eighty..., which should be `an`."""
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:/\d+)?")

TRIES = 32
"""Draws of numbers before a problem is taken although its answer occurs among its givens."""


class Worked(NamedTuple):
    """A problem worked out: the answer, the steps to it, and what typical slips would give."""

    answer: Exact
    steps: Sequence[str]
    slips: Sequence[Exact]


class Kind(ABC):
    """One sort of problem. Its numbers are a tuple that `tell` and `solve` take as arguments.

    The name of the class is part of the problem's identity.

    Class attributes:
        since: lowest level at which this sort is drawn.
        until: level from which it is drawn no longer, because it has become too easy.
        answer_form: answer-form contract, or None to take the topic's.
    """

    since: ClassVar[float] = 0.0
    until: ClassVar[float] = 9.0
    answer_form: ClassVar[dict[str, Any] | None] = None

    @abstractmethod
    def draw(self, rng: TaskRng, level: float) -> Params:
        """Numbers of one problem of this sort; every result must be a valid problem."""

    def canonical(self, *args: Any, **kwargs: Any) -> Params:
        """The numbers with the order of interchangeable ones removed."""
        return args

    @abstractmethod
    def tell(self, *args: Any, **kwargs: Any) -> Sequence[str]:
        """The problem in as many wordings as the topic has phrasings."""

    @abstractmethod
    def solve(self, *args: Any, **kwargs: Any) -> Worked:
        """Answer, steps and slips."""


class KindTopic(Topic):
    """A topic over `kinds`. Parameters are (name of the kind, *its numbers)."""

    kinds: ClassVar[tuple[Kind, ...]]
    answer_form: ClassVar[dict[str, Any]]

    def __init__(self) -> None:
        self._by_name = {type(kind).__name__: kind for kind in self.kinds}

    def draw(self, rng: TaskRng, level: float) -> Params:
        kind = rng.choice([kind for kind in self.kinds if kind.since <= level < kind.until])
        name = type(kind).__name__
        numbers = kind.draw(rng, level)
        for _ in range(TRIES):  # copying a given number must not be a way to guess
            if not _shown(str(_worked(kind, numbers).answer), kind.tell(*numbers)[0]):
                break
            numbers = kind.draw(rng, level)
        return (name, *numbers)

    def canonical(self, params: Params) -> Params:
        return (params[0], *self._by_name[params[0]].canonical(*params[1:]))

    def question(self, params: Params, phrasing: int) -> str:
        text = self._by_name[params[0]].tell(*params[1:])[phrasing]
        return _ARTICLE.sub(r"\1n ", text)

    def form(self, params: Params) -> dict[str, Any]:
        return dict(self._by_name[params[0]].answer_form or self.answer_form)

    def answer(self, params: Params) -> str:
        return str(self._work(params).answer)

    def steps(self, params: Params) -> Sequence[str]:
        return self._work(params).steps

    def decoys(self, params: Params) -> Sequence[str]:
        worked = self._work(params)
        return enough_slips(worked.answer, worked.slips)

    def _work(self, params: Params) -> Worked:
        return _worked(self._by_name[params[0]], params[1:])


@lru_cache(maxsize=64)
def _worked(kind: Kind, numbers: Params) -> Worked:
    """`solve`, remembered for the moment between drawing a problem and telling its answer."""
    return kind.solve(*numbers)


def _shown(answer: str, text: str) -> bool:
    """Whether the answer can be copied from the text."""
    if answer not in text:
        return False
    return _NUMBER.fullmatch(answer) is None or answer in _NUMBER.findall(text)
