"""Reference solvers of graded strength, and how hard tasks are for them.

A solver of the ladder carries out the worked steps of a task as a weak reckoner would: at most
`steps` of them, and only while no number has more than `digits` digits. Where it has to stop, it
answers with what it has, the last number it reached; before the first step, with the last number of
the question, which is a guess. Every answer is judged by the environment, like any agent's.

The ladder measures length and size of the working, nothing else. A knob that makes problems harder
in another way (a new idea, a trap in the wording) is not seen by it, and tasks without worked steps
cannot be measured at all: then nothing is claimed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NUMBER = re.compile(r"-?\d+(?:[./]\d+)?")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Solver:
    """One rung.

    Attributes:
        steps: worked steps it can carry out.
        digits: digits of the longest number it can handle.
    """

    steps: int
    digits: int

    @property
    def name(self) -> str:
        """For tables."""
        if not self.steps:
            return "guess"
        steps = "1 step" if self.steps == 1 else f"{self.steps} steps"
        return f"{steps} of {self.digits} digit{'' if self.digits == 1 else 's'}"

    def answer(self, prompt: str, steps: Sequence[str], answer: str) -> str:
        """What it says, bare.

        Args:
            prompt: the question.
            steps: the worked steps.
            answer: what they lead to.
        """
        reached = _last_number(prompt)
        for number, step in enumerate(steps):
            if number >= self.steps or longest(step) > self.digits:
                return reached
            reached = _last_number(step) or reached
        return answer if self.steps else reached


LADDER: tuple[Solver, ...] = tuple(
    Solver(steps, digits)
    for steps, digits in (
        (0, 0), (1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (4, 4), (6, 6), (10, 10),
    )
)  # fmt: skip
"""Each can do all that the one before it can."""


def longest(text: str) -> int:
    """Digits of the longest number in a text."""
    return max((len(digits) for digits in _DIGITS.findall(text)), default=0)


def _last_number(text: str) -> str:
    found = _NUMBER.findall(text)
    return found[-1] if found else ""


def ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """(n,) ranks from 0, ties sharing the mean of theirs."""
    array = np.asarray(values, dtype=np.float64)
    order = np.argsort(array, kind="stable")
    result = np.empty(len(array))
    result[order] = np.arange(len(array))
    for value in np.unique(array):
        same = array == value
        result[same] = result[same].mean()
    return result


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Spearman's rho, in [-1, 1]; None where either side does not vary."""
    a, b = ranks(one), ranks(other)
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum() / scale) if scale else None
