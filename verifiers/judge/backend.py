"""Where judgements come from: the interface, and having nowhere to get them.

A backend takes a `Request` and returns the model's text, or raises `JudgeFailure`. Nothing in this
package contacts a network unless a backend that does so is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from veragym.verifiers.judge.failure import JudgeFailure
from veragym.verifiers.judge.request import Request


class Backend(Protocol):
    """A model to ask. Picklable, and free of state that could change an answer."""

    @property
    def model(self) -> str:
        """The model's name: answers are kept under it."""

    def complete(self, request: Request, attempt: int) -> str:
        """The model's reply.

        Args:
            attempt: 0 for the first try, then 1, 2, … after malformed replies; to vary the seed.
        Raises:
            JudgeFailure: there is no reply.
        """


@dataclass(frozen=True)
class Offline:
    """No endpoint. Recorded answers of `model` can still be replayed.

    Args:
        model: whose recorded answers to use.
    """

    model: str = ""

    def complete(self, request: Request, attempt: int) -> str:
        """Always fails, saying what to configure."""
        if self.model:
            raise JudgeFailure(
                f"no answer of {self.model!r} is recorded for this question, and no endpoint is "
                "configured; score it once with OpenAIBackend and the same cache folder"
            )
        raise JudgeFailure(
            "no judge is configured; pass JudgeClient(OpenAIBackend(base_url=..., model=...)), or "
            "JudgeClient(Offline(model=...), cache=...) to replay recorded answers"
        )
