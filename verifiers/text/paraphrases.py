"""Consistency over groups of equivalent prompts (A32, A10).

Saying the same to every wording is worth something only if it is right: always refusing, or always
saying "42", is perfectly consistent. So the group verdict pays for pairs of wordings that are
*both* answered rightly, and mere agreement is a reported number, never a reward.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any, Literal

from veragym.core.verdict import Outcome, Verdict, graded, infra_error, unparsable
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.text.contract import check_choice

MAX_VARIANTS = 1_000


@dataclass(frozen=True)
class GroupConsistency:
    """One group of equivalent prompts.

    Attributes:
        variants: scored responses.
        masked: responses left out because the machinery failed.
        right: the share of scored responses that are `correct`; None without any.
        agreement: chance that two different variants have the same outcome; None below two.
        both_right: chance that two different variants are both `correct`; None below two.
    """

    variants: int
    masked: int
    right: float | None
    agreement: float | None
    both_right: float | None


@dataclass(frozen=True)
class ConsistencyReport:
    """All groups, and their means over the groups where a number exists (None if nowhere).

    Attributes:
        groups: by group id.
        right: mean share of correct responses.
        agreement: mean chance that two variants agree.
        both_right: mean chance that two variants are both correct.
        curve: `curve[k - 1]` is the chance that k variants drawn from a group all have the same
            outcome, over groups with at least k scored variants; it begins at 1.
    """

    groups: Mapping[Hashable, GroupConsistency]
    right: float | None
    agreement: float | None
    both_right: float | None
    curve: tuple[float, ...]


def all_alike(counts: Sequence[int], k: int) -> float:
    """The chance that k items drawn without replacement are of one kind.

    sum over kinds of C(count, k) / C(total, k).

    Args:
        counts: items of each kind; their sum is at least k.
        k: items drawn, at least 1.
    """
    return sum(comb(count, k) for count in counts) / comb(sum(counts), k)


def consistency(groups: Mapping[Hashable, Sequence[Verdict]]) -> ConsistencyReport:
    """How steady verdicts are over equivalent prompts. Infrastructure errors are left out.

    Args:
        groups: group id (for tasks, `content_hash`) to the verdicts of its variants, in any order.
    Source: A10 (agreement falling with the number of variations), A32.
    """
    kinds: list[Counter[Outcome]] = []
    found: dict[Hashable, GroupConsistency] = {}
    for name, verdicts in groups.items():
        outcomes = Counter(verdict.outcome for verdict in verdicts if verdict.scored)
        n, good = outcomes.total(), outcomes[Outcome.CORRECT]
        kinds.append(outcomes)
        found[name] = GroupConsistency(
            n,
            len(verdicts) - n,
            good / n if n else None,
            all_alike(list(outcomes.values()), 2) if n > 1 else None,
            comb(good, 2) / comb(n, 2) if n > 1 else None,
        )
    curve = []
    for k in range(1, max((c.total() for c in kinds), default=0) + 1):
        chances = [all_alike(list(c.values()), k) for c in kinds if c.total() >= k]
        curve.append(sum(chances) / len(chances))
    return ConsistencyReport(
        found,
        _mean([group.right for group in found.values()]),
        _mean([group.agreement for group in found.values()]),
        _mean([group.both_right for group in found.values()]),
        tuple(curve),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True)
class ConsistencyVerifier(Verifier):
    """One verdict on the responses to all wordings of one task.

    The response is a sequence of responses, one per variant; the variants share their secret. Each
    is judged by the inner verifier, in a context of its own.

    Parts: `right` (share), `agreement` and `both_right` as in `GroupConsistency`, and `worst`, the
    lowest score.

    Attributes:
        inner: judges one response.
        credit: `all`: correct only if every variant is. `pairs`: the chance that two variants are
            both correct, which grows with the square of accuracy and so pays for steadiness.

    Source: A32.
    """

    inner: Verifier
    credit: Literal["all", "pairs"] = "pairs"

    def __post_init__(self) -> None:
        check_choice("credit", self.credit, ("all", "pairs"))

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The group's verdict; one variant's infrastructure error makes it `infra_error`."""
        many = isinstance(response, Sequence) and not isinstance(response, (str, bytes))
        if not many or not 2 <= len(response) <= MAX_VARIANTS:
            # A task that cannot be judged stays so, whatever is sent.
            probe = self.inner(task, None)
            if not probe.scored:
                return probe
            return unparsable(f"2 to {MAX_VARIANTS} responses are expected, one per variant")
        verdicts = [self.inner(task, one) for one in response]
        failed = sum(not verdict.scored for verdict in verdicts)
        if failed:
            return infra_error(f"{failed} of {len(verdicts)} responses could not be judged")
        group = consistency({"": verdicts}).groups[""]
        parts = {
            "right": group.right or 0.0,
            "agreement": group.agreement or 0.0,
            "both_right": group.both_right or 0.0,
            "worst": min(verdict.score for verdict in verdicts),
        }
        good = sum(verdict.outcome is Outcome.CORRECT for verdict in verdicts)
        reason = f"{good} of {len(verdicts)} wordings are answered rightly"
        if good == len(verdicts):
            return graded(1.0, reason, parts)
        return graded(parts["both_right"] if self.credit == "pairs" else 0.0, reason, parts)
