"""Asking a judge: recorded answer first, then the backend, a bounded number of times."""

from __future__ import annotations

from dataclasses import dataclass, field

from veragym.core.errors import OptionError
from veragym.verifiers.judge.backend import Backend, Offline
from veragym.verifiers.judge.cache import AnswerCache
from veragym.verifiers.judge.failure import JudgeFailure
from veragym.verifiers.judge.request import Reader, Request, T


@dataclass(frozen=True)
class JudgeClient:
    """A backend with a memory.

    Only replies that can be read as a judgement are recorded, so a malformed one is asked for again
    in the next run, and a recorded one always gives the same judgement.

    Args:
        backend: whom to ask; by default nobody, see `Offline`.
        cache: where answers are kept; None keeps none.
        attempts: questions asked before a malformed reply is a failure, at least 1.
    Raises:
        OptionError: `attempts` below 1.
    """

    backend: Backend = field(default_factory=Offline)
    cache: AnswerCache | None = None
    attempts: int = 2

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise OptionError(f"attempts must be at least 1, got {self.attempts!r}")

    def ask(self, request: Request, read: Reader[T]) -> T:
        """The judgement.

        Args:
            read: turns a reply into a judgement, or raises `JudgeFailure`.
        Raises:
            JudgeFailure: there is none.
        """
        key = request.key(self.backend.model)
        if self.cache is not None:
            recorded = self.cache.get(key)
            if recorded is not None:
                return read(recorded)
        for attempt in range(self.attempts):
            reply = self.backend.complete(request, attempt)
            try:
                judgement = read(reply)
            except JudgeFailure as failure:
                last = failure
                continue
            if self.cache is None:
                return judgement
            standing = self.cache.put(key, self.backend.model, request, reply)
            return judgement if standing == reply else read(standing)
        raise JudgeFailure(f"{last} ({self.attempts} attempts)")
