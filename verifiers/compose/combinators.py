"""The ways to draw one score from several: sum, product, minimum, gate, order, first failure.

    WeightedSum     Σ wᵢ·sᵢ                          trades parts against each other
    Product         Π sᵢ                             every part must contribute
    Minimum         min sᵢ                           as good as the weakest part
    Gate            s₂ if the first is correct else 0   a part that must be right to earn anything
    Lexicographic   s₁ first, s₂ between equals, …   a strict order of importance
    FirstFailing    all in turn, stop at a failure   a chain of stages

All are monotone: raising a child's score never lowers the tree's. `infra_error`, `timeout` and
`unparsable` follow the rules in `tree`.

What to choose: with `WeightedSum` an agent may live on the cheap part for ever (well-formed
nonsense earns the format's weight); put the cheap part in a `Gate` unless that is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict
from veragym.verifiers.compose.tree import Composite, lowest, strictly_between

WEIGHT_TOLERANCE = 1e-9
"""How far the weights' sum may be from 1."""


@dataclass(frozen=True)
class WeightedSum(Composite):
    """Σ wᵢ·sᵢ: `correct` when every part with a weight is, `wrong` and its kin when all score 0.

    Args:
        children: see `Composite`.
        weights: a weight per name, each at least 0, adding up to 1; equal ones if None. A part of
            weight 0 is asked and reported, but pays nothing.

    Raises:
        OptionError: a weight is missing, unknown, negative or not finite, or the sum is not 1.
    """

    weights: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        names = [name for name, _ in self.named]
        given = self.weights
        if given is None:
            values = [1.0 / len(names)] * len(names)
        elif not isinstance(given, Mapping) or set(given) != set(names):
            raise OptionError(f"weights must name exactly the parts {names}, got {given!r:.200}")
        else:
            values = [_weight(name, given[name]) for name in names]
        total = math.fsum(values)
        if abs(total - 1.0) > WEIGHT_TOLERANCE:
            remedy = (
                f"divide each by {total:g}" if total > 0 else "give some part a positive weight"
            )
            raise OptionError(f"the weights must add up to 1, got {total!r}; {remedy}")
        object.__setattr__(self, "weights", tuple(value / total for value in values))

    @property
    def _values(self) -> tuple[float, ...]:
        return cast("tuple[float, ...]", self.weights)

    def _score(self, verdicts: Sequence[Verdict]) -> tuple[float, int]:
        paying = [i for i, weight in enumerate(self._values) if weight > 0.0]
        counted = [verdicts[i] for i in paying]
        decisive = paying[lowest(counted)]
        if all(verdict.score == 1.0 for verdict in counted):
            return 1.0, decisive
        if all(verdict.score == 0.0 for verdict in counted):
            return 0.0, decisive
        terms = (w * verdict.score for w, verdict in zip(self._values, verdicts, strict=True))
        return strictly_between(math.fsum(terms)), decisive

    def _note(self, position: int) -> str:
        return f"× {self._values[position]:g}"


@dataclass(frozen=True)
class Product(Composite):
    """Π sᵢ: 0 as soon as one part is 0, `correct` only when all are."""

    def _score(self, verdicts: Sequence[Verdict]) -> tuple[float, int]:
        decisive = lowest(verdicts)
        scores = [verdict.score for verdict in verdicts]
        if min(scores) in (0.0, 1.0):
            return min(scores), decisive
        return strictly_between(math.prod(scores)), decisive


@dataclass(frozen=True)
class Minimum(Composite):
    """min sᵢ: as good as the weakest part."""

    def _score(self, verdicts: Sequence[Verdict]) -> tuple[float, int]:
        decisive = lowest(verdicts)
        return verdicts[decisive].score, decisive


@dataclass(frozen=True)
class Gate(Composite):
    """The second part's verdict, if the first is `correct`; else 0 and the first's outcome.

    A closed gate does not ask the second part, so nothing about it (not even an `infra_error`) can
    matter. A first part that is only `partial` closes the gate: outcome `wrong`.

    Args:
        children: exactly two parts, the gate first. Combine several conditions by nesting.

    Raises:
        OptionError: not two parts.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.named) != 2:
            names = [name for name, _ in self.named]
            raise OptionError(
                f"a Gate has two parts, the condition and what it guards, got {names}; "
                "nest a FirstFailing to test several conditions"
            )

    def _wants(self, verdicts: Sequence[Verdict]) -> bool:
        return verdicts[0].outcome is Outcome.CORRECT

    def _score(self, verdicts: Sequence[Verdict]) -> tuple[float, int]:
        return (verdicts[1].score, 1) if len(verdicts) == 2 else (0.0, 0)

    def _note(self, position: int) -> str:
        return "must be correct" if position == 0 else "pays"


@dataclass(frozen=True)
class Lexicographic(Composite):
    """Parts in strict order of importance: the second only decides between equals in the first.

    Each part's score is cut into levels 0 … Lᵢ-1 (rounded down, so that the top level needs score
    1); the levels, read as digits of a mixed-radix number, give the score: number / (Π Lᵢ - 1).
    One level more in an early part outweighs everything after it.

    Args:
        children: see `Composite`, the most important first.
        levels: levels per part, one number for all or one per name; 2 means correct or not.

    Raises:
        OptionError: a level count below 2 or not whole, a name missing or unknown, or so many
            levels that two neighbouring scores would be equal as floats.
    """

    levels: int | Mapping[str, int] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        names = [name for name, _ in self.named]
        given = self.levels
        if isinstance(given, Mapping):
            if set(given) != set(names):
                raise OptionError(f"levels must name exactly the parts {names}, got {given!r:.200}")
            counts = [given[name] for name in names]
        else:
            counts = [given] * len(names)
        for name, count in zip(names, counts):
            if isinstance(count, bool) or not isinstance(count, int) or count < 2:
                raise OptionError(
                    f"levels of part {name!r} must be a whole number of at least 2, got {count!r}"
                )
        if math.prod(counts) > 2**52:
            raise OptionError(
                f"{' × '.join(map(str, counts))} levels are more than 2^52: neighbouring scores "
                "would be equal; use fewer levels or parts"
            )
        object.__setattr__(self, "levels", tuple(counts))

    @property
    def _counts(self) -> tuple[int, ...]:
        return cast("tuple[int, ...]", self.levels)

    def _score(self, verdicts: Sequence[Verdict]) -> tuple[float, int]:
        number = 0
        for count, verdict in zip(self._counts, verdicts, strict=True):
            number = number * count + _level(verdict.score, count)
        below = [i for i, verdict in enumerate(verdicts) if verdict.score < 1.0]
        return number / (math.prod(self._counts) - 1), below[0] if below else 0

    def _note(self, position: int) -> str:
        return f"rank {position + 1}, {self._counts[position]} levels"


@dataclass(frozen=True)
class FirstFailing(Composite):
    """Stages in order; the first that is not `correct` ends the chain and decides.

    Args:
        children: see `Composite`, in the order of the stages.
        credit: `none`: 0 unless all stages are correct; a `partial` stage is a failed one.
            `stages`: (stages passed + score of the failing one) / stages.

    Raises:
        OptionError: another `credit`.
    """

    credit: Literal["none", "stages"] = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.credit not in ("none", "stages"):
            raise OptionError(f"credit must be 'none' or 'stages', got {self.credit!r:.80}")

    def _wants(self, verdicts: Sequence[Verdict]) -> bool:
        return verdicts[-1].outcome is Outcome.CORRECT

    def _score(self, verdicts: Sequence[Verdict]) -> tuple[float, int]:
        last, passed = verdicts[-1], len(verdicts) - 1
        if last.outcome is Outcome.CORRECT:
            return 1.0, passed
        if self.credit == "none" or passed + last.score == 0.0:
            return 0.0, passed
        return strictly_between((passed + last.score) / len(self.named)), passed

    def _note(self, position: int) -> str:
        return f"stage {position + 1}"


def _weight(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise OptionError(f"the weight of part {name!r} must be a number, got {value!r:.80}")
    if not math.isfinite(value) or value < 0:
        raise OptionError(
            f"the weight of part {name!r} must be finite and at least 0, got {value!r}"
        )
    return float(value)


def _level(score: float, count: int) -> int:
    """The level of a score, 0 to count - 1; the slack keeps 0.29 of 100 from falling to 28."""
    if score == 1.0:
        return count - 1
    return min(math.floor(score * (count - 1) + 1e-9), count - 2)
