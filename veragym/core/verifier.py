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

from veragym.core.errors import OptionError
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
        """`verify`, guarded: an exception, or what is no verdict, becomes `infra_error`."""
        try:
            verdict = self.verify(task, response)
            return verdict if isinstance(verdict, Verdict) else sound(self, verdict)
        except Exception as error:  # noqa: BLE001 - the contract is "never raises"
            return infra_error(
                f"the verifier {type(self).__name__} failed with {type(error).__name__}; "
                "the answer was not judged",
                exception=type(error).__name__,
            )

    def verify_many(self, tasks: Sequence[Judgeable], responses: Sequence[Any]) -> list[Verdict]:
        """One verdict per pair, in order; independent of order and grouping.

        This is the plain loop that hot paths call. Verifiers that gain by judging a batch at once
        override it. `veragym.verifiers.verify_many` adds progress, threads, counts and a guard.

        Raises:
            OptionError: the two sequences differ in length.
        """
        require_pairs(tasks, responses)
        return [self(task, response) for task, response in zip(tasks, responses)]


def sound(verifier: Verifier, verdict: object) -> Verdict:
    """The verdict itself, or an `infra_error` that says what was returned in its place."""
    if isinstance(verdict, Verdict):
        return verdict
    return infra_error(
        f"the verifier {type(verifier).__name__} returned a {type(verdict).__name__} instead of a "
        "Verdict; the answer was not judged"
    )


def ask(verifier: Verifier, tasks: Sequence[Judgeable], responses: Sequence[Any]) -> list[Verdict]:
    """One verdict per row; a batch that breaks is asked again one by one, each row guarded."""
    if len(tasks) > 1:
        try:
            verdicts = verifier.verify_many(tasks, responses)
            if len(verdicts) == len(tasks):
                return [sound(verifier, verdict) for verdict in verdicts]
        except Exception:  # noqa: BLE001 - one bad row must not take the batch with it
            pass
    return [verifier(task, response) for task, response in zip(tasks, responses)]


def require_pairs(tasks: Sequence[Judgeable], responses: Sequence[Any]) -> None:
    """Checks that there is one response per task.

    Raises:
        OptionError: there is not; nothing was judged.
    """
    if len(tasks) != len(responses):
        raise OptionError(
            f"{len(tasks)} tasks but {len(responses)} responses; give one response per task, in "
            "the same order (repeat a task that has several)"
        )
