"""What a verifier says of an answer: one of six outcomes, a score and a reason.

The six outcomes keep apart what graders usually mix: an answer that is wrong, one that cannot be
read, one whose checking ran out of time, and a failure of our own machinery. The last is never a
score: it is reported, and whoever trains or counts leaves it out (`Verdict.scored`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """The six things a verifier can conclude."""

    CORRECT = "correct"
    PARTIAL = "partial"
    WRONG = "wrong"
    UNPARSABLE = "unparsable"
    TIMEOUT = "timeout"
    INFRA_ERROR = "infra_error"


class _Nothing(Mapping[str, Any]):
    """The empty mapping that no reader can change, so that one verdict can serve many answers."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "{}"

    def __reduce__(self) -> str:
        return "NOTHING"

    def __deepcopy__(self, memo: object) -> _Nothing:
        return self


NOTHING = _Nothing()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verifier's conclusion about one response.

    Attributes:
        outcome: which of the six cases this is.
        score: in [0, 1]; exactly 1 for `correct`, strictly between for `partial`, else exactly 0.
        parts: named components of the score, each a finite number.
        reason: one sentence a person can act on. It never contains the task's secret, because it
            reaches `info`, where an agent's code can read it.
        evidence: JSON-serialisable detail for debugging, under the same rule.

    Raises:
        ValueError: score and outcome contradict each other, or a number is not finite.
    """

    outcome: Outcome
    score: float
    parts: Mapping[str, float] = NOTHING
    reason: str = ""
    evidence: Mapping[str, Any] = NOTHING

    def __post_init__(self) -> None:
        # `Outcome` values are compared by identity: this runs once per answer.
        outcome, score = self.outcome, self.score
        if outcome is Outcome.CORRECT:
            coherent = score == 1.0
        elif outcome is Outcome.PARTIAL:
            coherent = 0.0 < score < 1.0
        elif isinstance(outcome, Outcome):
            coherent = score == 0.0
        else:
            raise ValueError(f"outcome must be an Outcome, got {outcome!r}")
        if not coherent:
            raise ValueError(f"a verdict of {outcome.value!r} cannot have score {score!r}")
        for name, value in self.parts.items():
            if not math.isfinite(value):
                raise ValueError(f"part {name!r} of a verdict must be finite, got {value!r}")

    @property
    def scored(self) -> bool:
        """False when the machinery failed: such an episode must be masked, not counted as 0."""
        return self.outcome is not Outcome.INFRA_ERROR

    def to_json(self) -> dict[str, Any]:
        """A dict of JSON types; `Verdict.from_json` inverts it."""
        return {
            "outcome": self.outcome.value,
            "score": self.score,
            "parts": dict(self.parts),
            "reason": self.reason,
            "evidence": dict(self.evidence),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """Inverse of `to_json`."""
        return cls(
            Outcome(data["outcome"]),
            float(data["score"]),
            dict(data.get("parts", {})),
            str(data.get("reason", "")),
            dict(data.get("evidence", {})),
        )


def correct(reason: str = "", **evidence: Any) -> Verdict:
    """The answer is right: score 1."""
    return Verdict(Outcome.CORRECT, 1.0, NOTHING, reason, evidence or NOTHING)


def wrong(reason: str, **evidence: Any) -> Verdict:
    """The answer was read and is not right: score 0."""
    return Verdict(Outcome.WRONG, 0.0, NOTHING, reason, evidence or NOTHING)


def unparsable(reason: str, **evidence: Any) -> Verdict:
    """No single answer could be read from the response: score 0, the action was not valid."""
    return Verdict(Outcome.UNPARSABLE, 0.0, NOTHING, reason, evidence or NOTHING)


def timeout(reason: str, **evidence: Any) -> Verdict:
    """Checking the answer exceeded its deadline or memory: score 0, the answer's own doing."""
    return Verdict(Outcome.TIMEOUT, 0.0, NOTHING, reason, evidence or NOTHING)


def infra_error(reason: str, **evidence: Any) -> Verdict:
    """Our machinery failed; nothing may be concluded about the answer. Mask the episode."""
    return Verdict(Outcome.INFRA_ERROR, 0.0, NOTHING, reason, evidence or NOTHING)


def graded(score: float, reason: str, parts: Mapping[str, float] | None = None) -> Verdict:
    """A verdict from a score in [0, 1]: `correct` at 1, `wrong` at 0, else `partial`."""
    if score == 1.0:
        outcome = Outcome.CORRECT
    elif score == 0.0:
        outcome = Outcome.WRONG
    else:
        outcome = Outcome.PARTIAL
    return Verdict(outcome, float(score), dict(parts or {}), reason)
