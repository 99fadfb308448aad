"""The contract every verifier keeps: a pure, picklable callable that never raises.

Subclasses write `verify`; callers use the instance itself, which turns any exception of `verify`
into an `infra_error` verdict. A verifier must not run model text in its own process, must not
compare against a string the model could print without knowing the answer, must not read a clock,
and must keep the secret out of the verdict's `reason` and `evidence`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from veragym.core.verdict import Verdict, infra_error

MAX_RESPONSE_CHARS = 1 << 20
"""Longer responses are `unparsable` before any verifier reads them."""


class Judgeable(Protocol):
    """What a verifier reads of a task; `Task` and `Draft` both have it."""

    @property
    def public(self) -> Any: ...
    @property
    def secret(self) -> Any: ...


class Verifier(ABC):
    """Judges responses to tasks."""

    @abstractmethod
    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict on one response (a string, or a trajectory for multi-turn verifiers)."""

    def __call__(self, task: Judgeable, response: Any) -> Verdict:
        """`verify`, guarded: an exception becomes `infra_error`, never a score."""
        try:
            return self.verify(task, response)
        except Exception as error:  # noqa: BLE001 - the contract is "never raises"
            return infra_error(
                f"the verifier {type(self).__name__} failed with {type(error).__name__}; "
                "the answer was not judged",
                exception=type(error).__name__,
            )

    def verify_many(self, tasks: Sequence[Judgeable], responses: Sequence[Any]) -> list[Verdict]:
        """One verdict per pair, in order; independent of order and grouping.

        Raises:
            ValueError: the two sequences differ in length.
        """
        if len(tasks) != len(responses):
            raise ValueError(f"{len(tasks)} tasks but {len(responses)} responses")
        return [self(task, response) for task, response in zip(tasks, responses)]
