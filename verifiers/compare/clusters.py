"""Which of several answers are the same answer.

    responses --final_answer--> answers --equivalence, every pair, both ways--> clusters

Equivalence of answers is decided by a program, and programs are not always transitive: a sloppy
"bridge" answer can pass for two different ones. Joining whatever is linked would let one such
answer merge a crowd. So by default a linked group that is no clique is split into answers that are
equivalent to exactly the same others (their closed neighbourhoods agree): that is an equivalence
relation whatever the program says, does not depend on order, and equals the plain classes when the
program is transitive. `policy="join"` gives the transitive closure instead, with fewer comparisons.

Source: D18 (answer clustering), A28 (consensus), E17 (self-consistency).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from veragym.core.errors import OptionError, VeragymError
from veragym.core.verdict import Outcome
from veragym.verifiers.extract import offers
from veragym.verifiers.faults import AnswerFault
from veragym.verifiers.maths import grade_answer
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.judges import make_judge

Reader = Callable[[Any], str | None]
"""`response -> its final answer`, None if there is not one readable; may raise `Undecided`."""
Equivalence = Callable[[str, str], bool | None]
"""`(a, b) -> same?`; None where it could not be decided."""

MAX_DISTINCT = 512
"""Most distinct answers compared with one another: pairs grow with the square."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Answers sorted into classes.

    Attributes:
        labels: (n,) class of each answer, 0, 1, … by first appearance; -1 where there is none.
        contradictions: pairs linked through others but judged different.
        undecided: pairs the equivalence could not decide; they count as different.
    """

    labels: tuple[int, ...]
    contradictions: int = 0
    undecided: int = 0

    @property
    def sizes(self) -> tuple[int, ...]:
        """Members of class 0, 1, …"""
        counts = [0] * (max(self.labels, default=-1) + 1)
        for label in self.labels:
            if label >= 0:
                counts[label] += 1
        return tuple(counts)


class UnionFind:
    """Disjoint sets of 0 … n-1; a set is named by its smallest member."""

    def __init__(self, n: int) -> None:
        self._parent = list(range(n))

    def find(self, i: int) -> int:
        """The name of the set that holds `i`."""
        parent = self._parent
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def union(self, i: int, j: int) -> None:
        """Makes one set of the two."""
        a, b = self.find(i), self.find(j)
        self._parent[max(a, b)] = min(a, b)


class Undecided(VeragymError):
    """Our machinery failed while reading an answer. Nothing may be concluded about the answer."""


def final_answer(response: Any) -> str | None:
    """The one final answer of a response, if it can serve in comparisons.

    An answer is used as a gold for the others here, so it must stand two probes: it equals itself,
    and comparing it with 0 ends. A power tower, a 300-deep nest or a direction mark does not, and
    is caught once instead of in every pair.

    Returns:
        The answer's text; None if the response gives none, several, or an unusable one.
    Raises:
        Undecided: no worker was there to check it.
    """
    try:
        found = offers(response, words=True)
    except (AnswerFault, RecursionError):
        return None
    if len(found) != 1:
        return None
    answer = found[0]
    for probe in (answer, "0"):
        outcome = grade_answer(answer, probe).outcome
        if outcome is Outcome.INFRA_ERROR and _is_gold(answer):
            raise Undecided("an answer could not be checked; try again with a working worker pool")
        if outcome in (Outcome.INFRA_ERROR, Outcome.TIMEOUT):
            return None
        if probe is answer and outcome is not Outcome.CORRECT:
            return None
    return answer


def _is_gold(answer: str) -> bool:
    if not answer.strip():
        return False
    try:
        make_judge(Form.of(None), answer)
    except (OptionError, AnswerFault, RecursionError, ArithmeticError):
        return False
    return True


def same_answer(a: str, b: str, form: Form | None = None) -> bool | None:
    """Whether two final answers are equivalent, each taken as the gold of the other.

    Returns:
        True only if both directions say correct. False if either says otherwise; running out of
        time is an answer's own doing and counts as different. None if our machinery failed.
    """
    undecided = False
    for gold, answer in ((a, b), (b, a)):
        outcome = grade_answer(gold, answer, form).outcome
        if outcome is Outcome.INFRA_ERROR:
            undecided = undecided or _is_gold(gold)
            if not undecided:
                return False
        elif outcome is not Outcome.CORRECT:
            return False
    return None if undecided else True


def cluster(
    answers: Sequence[str | None],
    equivalence: Equivalence = same_answer,
    *,
    policy: Literal["split", "join"] = "split",
) -> Clusters:
    """Sorts answers into classes.

    Args:
        answers: (n,) final answers; None for a response without one, which joins no class.
        equivalence: need not be symmetric: both directions are asked, and both must agree. Equal
            texts are the same answer without being asked about.
        policy: what to do with a linked group that is no clique; see the module's docstring.
    Raises:
        OptionError: an answer that is not text, too many distinct ones, or an unknown policy.
    """
    if policy not in ("split", "join"):
        raise OptionError(f"policy must be 'split' or 'join', got {policy!r}")
    for answer in answers:
        if answer is not None and not isinstance(answer, str):
            raise OptionError(f"an answer is a {type(answer).__name__}, not text or None")
    # Sorted, so that neither outcome nor cost depends on who answered first.
    texts = sorted({answer for answer in answers if answer is not None})
    if len(texts) > MAX_DISTINCT:
        raise OptionError(f"{len(texts)} distinct answers; at most {MAX_DISTINCT} are compared")
    n = len(texts)
    linked: list[set[int]] = [{i} for i in range(n)]
    sets, undecided = UnionFind(n), 0
    for i in range(n):
        for j in range(i):
            if policy == "join" and sets.find(i) == sets.find(j):
                continue
            same = _both_ways(equivalence, texts[i], texts[j])
            undecided += same is None
            if same:
                linked[i].add(j)
                linked[j].add(i)
                sets.union(i, j)
    groups: dict[int, list[int]] = {}
    for i in range(n):
        groups.setdefault(sets.find(i), []).append(i)
    contradictions = 0
    if policy == "split":
        for group in groups.values():
            contradictions += sum(len(group) - len(linked[i]) for i in group) // 2
    names: dict[str, Hashable] = {
        text: sets.find(i) if policy == "join" else frozenset(linked[i])
        for i, text in enumerate(texts)
    }
    numbers: dict[Hashable, int] = {}
    labels = tuple(
        -1 if answer is None else numbers.setdefault(names[answer], len(numbers))
        for answer in answers
    )
    return Clusters(labels, contradictions, undecided)


def _both_ways(equivalence: Equivalence, a: str, b: str) -> bool | None:
    one = _asked(equivalence, a, b)
    if one is False:
        return False
    two = _asked(equivalence, b, a)
    if two is False:
        return False
    return None if one is None or two is None else True


def _asked(equivalence: Equivalence, a: str, b: str) -> bool | None:
    try:
        answer = equivalence(a, b)
    except Exception:  # noqa: BLE001 - an undecided pair, counted as such
        return None
    # Only `True` itself is a yes: a truthy score or a non-empty string must not join answers.
    return answer if isinstance(answer, bool) else None
