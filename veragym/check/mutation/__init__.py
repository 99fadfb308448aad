"""Mutation testing of verifiers: near misses must fail, other writings of an answer must pass.

A verifier is tried with variants of answers that are known to be right. A *near miss* is wrong: off
by one, sign lost, an element dropped, a condition swapped, one argument changed. A *rewriting* is
right: 1/2 as 0.5 or \\frac{1}{2}, a set in another order, a program with other names. What can be
made with certainty depends on the family of the answer (`families`); without a declared form, only
what is wrong for nearly any answer is made, and no rewriting at all.

    kill rate           share of near misses that do not count as right
    false-reject rate   share of rewritings that do not count as right
    unproved            near misses that may be right after all: counted apart, held against nobody

    from veragym.check.mutation import measure
    rates = measure(verifier, [(task, "1/2")])

    families    which answers there are, and the variants of each
    case        what variants are made from
    variants    the forms of the maths contract
    programs, behaviour    Python, and the proof that a changed program is wrong
    queries     SQL
    calls       calls of tools, moves
    texts       the verifiers of text and structure
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from veragym.check.mutation.case import Case, Differs, Variant
from veragym.check.mutation.families import FAMILIES, Family, family_of
from veragym.check.mutation.variants import form_of, near_misses, rewritings
from veragym.core.verdict import Verdict
from veragym.core.verifier import Judgeable

__all__ = [
    "FAMILIES",
    "Case",
    "Family",
    "Rates",
    "Variant",
    "family_of",
    "form_of",
    "measure",
    "near_misses",
    "rewritings",
]

MOST_OF_A_KIND = 4
"""Variants of one kind that are made from one answer."""

Table = dict[str, tuple[int, int]]


@dataclass(slots=True)
class Rates:
    """What a verifier made of the variants.

    Attributes:
        missed: by kind of near miss, (tried, counted as right).
        rewritten: by kind of rewriting, (tried, not counted as right).
        unproved: by kind of near miss that was not proved wrong, (tried, counted as right).
        first_missed, first_rejected: an example of each wrong decision, by kind.
        first_unproved: an example of an unproved near miss that counts as right, by kind.
        families: the rates of each family of answers; empty in those of one family.
    """

    missed: Table = field(default_factory=dict)
    rewritten: Table = field(default_factory=dict)
    unproved: Table = field(default_factory=dict)
    first_missed: dict[str, dict[str, Any]] = field(default_factory=dict)
    first_rejected: dict[str, dict[str, Any]] = field(default_factory=dict)
    first_unproved: dict[str, dict[str, Any]] = field(default_factory=dict)
    families: dict[str, Rates] = field(default_factory=dict)

    @property
    def near_misses(self) -> int:
        """How many that are certainly wrong were tried."""
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
        document: dict[str, Any] = {
            "near_misses": self.near_misses,
            "kill_rate": round(self.kill_rate, 4),
            "rewritings": self.rewritings,
            "false_reject_rate": round(self.false_reject_rate, 4),
            "accepted": {how: n for how, (_, n) in self.missed.items() if n},
            "rejected": {how: n for how, (_, n) in self.rewritten.items() if n},
        }
        if self.unproved:
            document["unproved"] = sum(tried for tried, _ in self.unproved.values())
            document["unproved_accepted"] = {how: n for how, (_, n) in self.unproved.items() if n}
            document["unproved_examples"] = dict(list(self.first_unproved.items())[:3])
        if self.families:
            document["families"] = {name: own.to_json() for name, own in self.families.items()}
        return document

    def add(
        self,
        variant: Variant,
        right: bool,
        counted: bool,
        example: Mapping[str, Any],
        *,
        proved: bool = True,
        family: str = "",
    ) -> None:
        """Enters one decision.

        Args:
            variant: what was judged.
            right: whether it is a rewriting (True) or a near miss (False).
            counted: whether it was counted as right.
            example: how to see it again.
            proved: whether a near miss is certainly wrong.
            family: the family of the answer it was made from.
        """
        if family:
            own = self.families.setdefault(family, Rates())
            own.add(variant, right, counted, example, proved=proved)
        if right:
            table, shown = self.rewritten, self.first_rejected
        elif proved:
            table, shown = self.missed, self.first_missed
        else:
            table, shown = self.unproved, self.first_unproved
        wrong = counted is not right
        tried, mistakes = table.get(variant.how, (0, 0))
        table[variant.how] = (tried + 1, mistakes + wrong)
        if wrong:
            shown.setdefault(variant.how, dict(example))


def variants_of(case: Case, most: int = MOST_OF_A_KIND) -> Iterable[tuple[Variant, bool, bool]]:
    """Variants of a right answer, with whether each is right, and whether that is certain."""
    family = family_of(case)
    for variant in family.near_misses(case, most):
        yield variant, False, family.certain(case, variant)
    for variant in family.rewritings(case, most):
        yield variant, True, True


def measure(
    verify: Callable[[Any, str], Verdict],
    tasks: Iterable[tuple[Judgeable, str]],
    *,
    differs: Differs | None = None,
) -> Rates:
    """Tries a verifier with variants of right answers.

    Args:
        verify: the verifier.
        tasks: pairs of a task (anything with `public` and `secret`) and its bare right answer.
        differs: tells of a task, its right answer and another one whether the other is certainly
            wrong (None: not known), for families where that has to be proved.
    """
    rates = Rates()
    for task, gold in tasks:
        case = Case(task, gold, verify, differs)
        family = family_of(case).name
        for variant, right, proved in variants_of(case):
            counted = verify(task, variant.answer).score >= 1.0
            example = {"gold": gold, "answer": variant.answer, "form": form_of(task)}
            rates.add(variant, right, counted, example, proved=proved, family=family)
    return rates
