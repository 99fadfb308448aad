"""Why an answer could not be accepted, as exceptions that know their own verdict.

They are raised deep inside reading and comparing, and caught in one place
(`veragym.verifiers.maths`). A fault speaks only of the answer, never of the gold.
"""

from __future__ import annotations

from typing import ClassVar

from veragym.core.verdict import Outcome, Verdict


class AnswerFault(Exception):
    """Base: the answer is not accepted, for the reason given as the only argument."""

    outcome: ClassVar[Outcome] = Outcome.WRONG

    def verdict(self) -> Verdict:
        """The verdict that this fault amounts to."""
        return Verdict(self.outcome, 0.0, {}, str(self))


class Unreadable(AnswerFault):
    """No single answer of the wanted kind can be read; nothing is concluded about its value."""

    outcome = Outcome.UNPARSABLE


class Restated(AnswerFault):
    """The answer was read, but it restates the problem instead of evaluating it."""


class Mismatched(AnswerFault):
    """The answer was read and is of another kind than asked for (an interval for a set, …)."""


class TooLarge(AnswerFault):
    """Evaluating the answer would exceed the bounds on time or memory."""

    outcome = Outcome.TIMEOUT


class MachineryFailed(AnswerFault):
    """Our own machinery failed; nothing may be concluded about the answer."""

    outcome = Outcome.INFRA_ERROR
