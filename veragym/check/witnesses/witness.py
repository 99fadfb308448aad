"""What a witness is: a name and a function that looks at a subject and says what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from veragym.check.finding import Finding
from veragym.check.subject import Plan, Subject


@dataclass(frozen=True, slots=True)
class Witness:
    """One kind of proof.

    Attributes:
        name: first half of its findings' names.
        examine: gives findings; may raise, which is itself reported. It runs in a process of its
            own and need not clean up after itself.
        tasks_only: it asks about tasks, so it applies to a `TaskEnv` only.
        batches: it also judges a `VectorEnv`.
    """

    name: str
    examine: Callable[[Subject, Plan], Iterator[Finding]]
    tasks_only: bool = False
    batches: bool = False
