"""Which steps are right, and which is the first wrong one (row E17, SPARK; ProcessBench's task).

Two judges of a critic that reads a worked solution:

    FindWrongStep   the number of the first wrong step, or "none"
    StepLabels      right or wrong for every step

Constants must not pay. Naming a fixed step is right as often as errors sit there, and "all steps
wrong" agrees with every wrong step: `StepLabels` therefore scores Youden's J (both constants get
exactly 0 wherever both kinds of step occur), and `process_f1` is 0 for a critic that is never right
on one of the two kinds of solution. `constant_floors` measures what constants earn on a given set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict, correct, infra_error, wrong
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.process.tags import readable

MAX_SOLUTION_STEPS = 10_000

_MARKED = re.compile(r"\\boxed\{([^{}<>]{0,40})\}|<answer>([^{}<>]{0,40})</answer>")
_NUMBER = re.compile(r"(?:step )?(0|[1-9][0-9]{0,5})|(none|-1)", re.ASCII)
_WORDS = {"right": True, "correct": True, "wrong": False, "incorrect": False}


@dataclass(frozen=True)
class FindWrongStep(Verifier):
    """The number of the first wrong step of a solution, or that there is none.

    Reads `task.public["steps"]` (how many steps the solution has) and
    `task.secret["first_error"]` (position of the first wrong step counted from 0, or None).
    The response is one number (or `none`), alone, in one `\\boxed{…}`, or in one
    `<answer>…</answer>`; several are `unparsable`.

    Args:
        first_number: the number of the first step in what the agent sees, 0 or 1.
    """

    first_number: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.first_number, bool) or self.first_number not in (0, 1):
            raise OptionError(f"first_number must be 0 or 1, got {self.first_number!r}")

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """`correct` or `wrong`; `unparsable` if no single step is named."""
        count, gold = task.public.get("steps"), task.secret.get("first_error", -1)
        if not _whole(count, 1, MAX_SOLUTION_STEPS):
            return infra_error(
                "the task cannot be judged: it does not say how many steps there are"
            )
        if gold is not None and not _whole(gold, 0, count - 1):
            return infra_error("the task cannot be judged: its first error is no step")
        try:
            named = _named(readable(response))
        except Unreadable as fault:
            return fault.verdict()
        if named is None:
            said = None
        elif 0 <= named - self.first_number < count:
            said = named - self.first_number
        else:
            return wrong(f"the solution has no step {named}")
        return correct("that is it") if said == gold else wrong("that is not the first wrong step")


@dataclass(frozen=True)
class StepLabels(Verifier):
    """Right or wrong for every step of a solution.

    Reads `task.secret["labels"]`: one bool per step, True for right. The response is a JSON list
    of as many entries: `true`/`false`, or "right"/"wrong" ("correct"/"incorrect").

    Score: max(0, J) with Youden's J = (share of right steps called right) + (share of wrong steps
    called wrong) - 1. Where all steps are of one kind, 1 for saying exactly that, else 0.

    Args:
        until_first_error: judge only up to and including the first wrong step: what follows
            from a wrong step is often neither.
    """

    until_first_error: bool = True

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The graded verdict; `parts` holds the shares on right and wrong steps."""
        gold = task.secret.get("labels")
        sound = isinstance(gold, (list, tuple)) and 0 < len(gold) <= MAX_SOLUTION_STEPS
        if not sound or not all(isinstance(label, bool) for label in gold):
            return infra_error("the task cannot be judged: its labels are no list of booleans")
        try:
            said = _labels(readable(response), len(gold))
        except Unreadable as fault:
            return fault.verdict()
        return label_verdict(tuple(gold), said, until_first_error=self.until_first_error)


def label_verdict(
    gold: Sequence[bool], said: Sequence[bool], *, until_first_error: bool = True
) -> Verdict:
    """Scores labels against labels of the same length; see `StepLabels`."""
    end = gold.index(False) + 1 if until_first_error and False in gold else len(gold)
    pairs = list(zip(gold[:end], said[:end], strict=True))
    shares: dict[str, float] = {}
    for name, kind in (("right_steps", True), ("wrong_steps", False)):
        calls = [call is kind for label, call in pairs if label is kind]
        if calls:
            shares[name] = sum(calls) / len(calls)
    hits = sum(label is call for label, call in pairs)
    reason = f"{hits} of {len(pairs)} judged steps are labelled as they are"
    if hits == len(pairs):
        return Verdict(Outcome.CORRECT, 1.0, shares, reason)
    score = max(0.0, sum(shares.values()) - 1.0) if len(shares) == 2 else 0.0
    outcome = Outcome.PARTIAL if score > 0.0 else Outcome.WRONG
    return Verdict(outcome, score, shares, reason)


def process_f1(golds: Sequence[int | None], said: Sequence[int | None]) -> float:
    """Harmonic mean of the accuracies on wrong and on right solutions (ProcessBench's score).

    Args:
        golds: first wrong step of each solution, None if there is none.
        said: what the critic named.
    Returns:
        In [0, 1]; 0 if either accuracy is 0.
    Raises:
        OptionError: lengths differ, or one of the two kinds of solution is missing.
    Evidence: C (the benchmark's published scoring).
    """
    if len(golds) != len(said):
        raise OptionError(f"{len(golds)} gold answers but {len(said)} answers")
    kinds = []
    for has_error in (True, False):
        hits = [g == s for g, s in zip(golds, said) if (g is not None) is has_error]
        if not hits:
            raise OptionError("the set needs solutions with and without an error to be scored")
        kinds.append(sum(hits) / len(hits))
    low, high = sorted(kinds)
    return 0.0 if low == 0.0 else 2.0 * low * high / (low + high)


def constant_floors(
    golds: Sequence[int | None], steps: Sequence[int]
) -> Mapping[str, tuple[float, float]]:
    """What answers that never look at the solution earn on a set.

    Args:
        golds: first wrong step (from 0) of each solution, None if there is none.
        steps: number of steps of each.
    Returns:
        For the constants `none`, `first`, `second`, `last` and `all_wrong`: (accuracy of
        `FindWrongStep` or mean score of `StepLabels`, `process_f1` or 0 where it does not apply).
    Raises:
        OptionError: lengths differ, a gold is no step, or `process_f1` cannot be computed.
    """
    if len(golds) != len(steps):
        raise OptionError(f"{len(golds)} gold answers but {len(steps)} step counts")
    for gold, count in zip(golds, steps):
        if not _whole(count, 1, MAX_SOLUTION_STEPS) or not (
            gold is None or _whole(gold, 0, count - 1)
        ):
            raise OptionError(f"first error {gold!r} is no step of a solution of {count!r}")
    answers: dict[str, list[int | None]] = {
        "none": [None] * len(golds),
        "first": [0] * len(golds),
        "second": [min(1, count - 1) for count in steps],
        "last": [count - 1 for count in steps],
    }
    floors = {
        name: (sum(g == s for g, s in zip(golds, said)) / len(golds), process_f1(golds, said))
        for name, said in answers.items()
    }
    labels = [[i != gold for i in range(count)] for gold, count in zip(golds, steps)]
    scores = [label_verdict(gold, [False] * len(gold)).score for gold in labels]
    return {**floors, "all_wrong": (sum(scores) / len(scores), 0.0)}


def majority_labels(votes: Sequence[Sequence[bool]]) -> tuple[bool | None, ...]:
    """One label per step from several verifications of the same solution (E17).

    Args:
        votes: (verifiers, steps) True for right.
    Returns:
        (steps,) the majority, None for a tie: a tie is nobody's label.
    Raises:
        OptionError: no votes, or votes of different length.
    """
    if not votes or len({len(vote) for vote in votes}) != 1:
        raise OptionError("votes must be one or more lists of labels of the same length")
    sums = [sum(column) for column in zip(*votes)]
    return tuple(None if 2 * s == len(votes) else 2 * s > len(votes) for s in sums)


def _whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _named(text: str) -> int | None:
    marked = [first or second for first, second in _MARKED.findall(text)]
    if len(marked) > 1:
        raise Unreadable("several answers are given; give one")
    answer = " ".join((marked[0] if marked else text[:100]).lower().split())
    match = _NUMBER.fullmatch(answer)
    if match is None or (not marked and len(text.strip()) > 80):
        raise Unreadable("answer with the number of one step, or 'none'")
    return None if match.group(2) else int(match.group(1))


def _labels(text: str, count: int) -> list[bool]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("answer with a JSON list, one entry per step") from None
    if not isinstance(data, list) or len(data) != count:
        raise Unreadable(f"answer with a JSON list of {count} entries, one per step")
    labels = []
    for entry in data:
        if isinstance(entry, bool):
            labels.append(entry)
        elif isinstance(entry, str) and entry in _WORDS:
            labels.append(_WORDS[entry])
        else:
            raise Unreadable('label every step true or false, or "right" or "wrong"')
    return labels
