"""Mutation testing of verifiers: near misses must fail, other writings of an answer must pass.

A verifier is tried with variants of answers that are known to be right. A *near miss* is wrong by
construction: off by one, sign lost, an element dropped, the order swapped, another unit. A
*rewriting* is right by construction: 1/2 as 0.5 or \\frac{1}{2}, a set in another order. What can
be constructed with certainty depends on the answer form the task declares in `public["form"]`;
without one, only what is wrong for nearly any answer is made, and no rewriting at all.

    kill rate           share of near misses that do not count as right
    false-reject rate   share of rewritings that do not count as right

    from veragym.check.mutation import measure
    rates = measure(verifier, [(task, "1/2")])

`variants` makes them; this file counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from veragym.check.mutation.variants import Variant, form_of, near_misses, rewritings
from veragym.core.verdict import Verdict
from veragym.core.verifier import Judgeable

__all__ = ["Rates", "Variant", "form_of", "measure", "near_misses", "rewritings"]


@dataclass(slots=True)
class Rates:
    """What a verifier made of the variants.

    Attributes:
        missed: by kind of near miss, (tried, counted as right).
        rewritten: by kind of rewriting, (tried, not counted as right).
        first_missed, first_rejected: an example of each wrong decision, by kind.
    """

    missed: dict[str, tuple[int, int]] = field(default_factory=dict)
    rewritten: dict[str, tuple[int, int]] = field(default_factory=dict)
    first_missed: dict[str, dict[str, Any]] = field(default_factory=dict)
    first_rejected: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def near_misses(self) -> int:
        """How many were tried."""
        return sum(tried for tried, _ in self.missed.values())

    @property
    def rewritings(self) -> int:
        """How many were tried."""
        return sum(tried for tried, _ in self.rewritten.values())

    @property
    def kill_rate(self) -> float:
        """Share of near misses that do not count as right; 1 if there were none."""
        accepted = sum(accepted for _, accepted in self.missed.values())
        return 1.0 - accepted / self.near_misses if self.near_misses else 1.0

    @property
    def false_reject_rate(self) -> float:
        """Share of rewritings that do not count as right; 0 if there were none."""
        rejected = sum(rejected for _, rejected in self.rewritten.values())
        return rejected / self.rewritings if self.rewritings else 0.0

    def to_json(self) -> dict[str, Any]:
        """Counts and rates as JSON types."""
        return {
            "near_misses": self.near_misses,
            "kill_rate": round(self.kill_rate, 4),
            "rewritings": self.rewritings,
            "false_reject_rate": round(self.false_reject_rate, 4),
            "accepted": {how: n for how, (_, n) in self.missed.items() if n},
            "rejected": {how: n for how, (_, n) in self.rewritten.items() if n},
        }

    def add(self, variant: Variant, right: bool, counted: bool, example: Mapping[str, Any]) -> None:
        """Enters one decision.

        Args:
            variant: what was judged.
            right: whether it is a rewriting (True) or a near miss (False).
            counted: whether it was counted as right.
            example: how to see it again.
        """
        table = self.rewritten if right else self.missed
        wrong = counted is not right
        tried, mistakes = table.get(variant.how, (0, 0))
        table[variant.how] = (tried + 1, mistakes + wrong)
        if wrong:
            (self.first_rejected if right else self.first_missed).setdefault(
                variant.how, dict(example)
            )


def measure(verify: Callable[[Any, str], Verdict], tasks: Iterable[tuple[Judgeable, str]]) -> Rates:
    """Tries a verifier with variants of right answers.

    Args:
        verify: the verifier.
        tasks: pairs of a task (anything with `public` and `secret`) and its bare right answer.
    """
    rates = Rates()
    for task, gold in tasks:
        form = form_of(task)
        for right, variants in ((False, near_misses(gold, form)), (True, rewritings(gold, form))):
            for variant in variants:
                counted = verify(task, variant.answer).score >= 1.0
                example = {"gold": gold, "answer": variant.answer, "form": form}
                rates.add(variant, right, counted, example)
    return rates
