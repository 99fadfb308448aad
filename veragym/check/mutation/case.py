"""What variants are made from: one task, its right answer, and who judges it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from veragym.core.verifier import Judgeable

Differs = Callable[[Judgeable, str, str], "bool | None"]
"""(task, right answer, other answer) -> whether the other is certainly wrong; None: not known."""


class Variant(NamedTuple):
    """A changed answer, and what was done to the right one."""

    how: str
    answer: str


@dataclass(frozen=True, slots=True)
class Case:
    """One right answer.

    Attributes:
        task: whose answer it is.
        gold: the answer, bare.
        verifier: who judges; only what it declares about itself is read, it is never asked.
        differs: the generator's own proof that an answer is wrong, where it has one.
        framed: whoever plays the variants puts them into the environment's frame.
    """

    task: Judgeable
    gold: str
    verifier: object = None
    differs: Differs | None = None
    framed: bool = False

    @property
    def public(self) -> Mapping[str, Any]:
        """The task's public facts; empty where they are no mapping."""
        return self.task.public if isinstance(self.task.public, Mapping) else {}

    @property
    def secret(self) -> Mapping[str, Any]:
        """The task's secret; empty where it is no mapping."""
        return self.task.secret if isinstance(self.task.secret, Mapping) else {}

    def kind(self) -> str:
        """What `public["form"]` calls the form of the answer; empty where it says nothing."""
        form = self.public.get("form")
        return str(form.get("kind", "")) if isinstance(form, Mapping) else ""


def distinct(gold: str, variants: Iterable[tuple[str, str]], most: int) -> list[Variant]:
    """Variants that differ from the answer and from one another, at most `most` of a kind."""
    found: dict[str, Variant] = {}
    of_kind: dict[str, int] = {}
    for how, answer in variants:
        if answer != gold and answer not in found and of_kind.get(how, 0) < most:
            found[answer] = Variant(how, answer)
            of_kind[how] = of_kind.get(how, 0) + 1
    return list(found.values())
