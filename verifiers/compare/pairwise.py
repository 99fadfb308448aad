"""Which of two answers is better: the judge's interface, and asking it fairly.

A pairwise judge is any callable `(prompt, first, second) -> Comparison`. Judges that are models
favour a position, fail, and say things that are no choice; none of that may decide a reward:

* `both_orders` asks twice, positions swapped. A choice that does not survive the swap is a tie,
  marked `inconsistent`;
* an exception, or anything returned that is no `Comparison`, is a `failed` comparison: never a win,
  never a tie, left out of every rate;
* two equal texts tie without the judge being asked.

Source: C22 (pairwise judging in tournaments), E04 (comparators that may be noisy or cyclic).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from veragym.core.errors import OptionError
from veragym.core.verifier import Judgeable, Verifier


class Choice(StrEnum):
    """What a comparison of two answers concludes."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A judge's word on two answers.

    Attributes:
        choice: which is better; `failed` if the machinery gave no judgement.
        reason: one sentence. It must not quote a task's secret.
        inconsistent: the two orders disagreed, so this is a tie by rule and not by judgement.

    Raises:
        ValueError: `choice` is not a `Choice`.
    """

    choice: Choice
    reason: str = ""
    inconsistent: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.choice, Choice):
            raise ValueError(f"choice must be a Choice, got {self.choice!r}")

    @property
    def judged(self) -> bool:
        """False when the machinery failed: the comparison counts for nobody."""
        return self.choice is not Choice.FAILED

    def swapped(self) -> Comparison:
        """The same judgement, told with the two answers in the other order."""
        other = {Choice.FIRST: Choice.SECOND, Choice.SECOND: Choice.FIRST}
        choice = other.get(self.choice, self.choice)
        return Comparison(choice, self.reason, self.inconsistent)


PairwiseJudge = Callable[[str, str, str], Comparison]
"""`(prompt, first, second) -> Comparison`."""


def ask(judge: PairwiseJudge, prompt: str, first: str, second: str) -> Comparison:
    """One question to a judge; whatever it does, a `Comparison` comes back."""
    try:
        answer = judge(prompt, first, second)
    except Exception as error:  # noqa: BLE001 - a judge's failure must not decide, nor crash a batch
        return Comparison(Choice.FAILED, f"the judge failed with {type(error).__name__}")
    if not isinstance(answer, Comparison):
        return Comparison(
            Choice.FAILED, f"the judge returned a {type(answer).__name__}, not a Comparison"
        )
    return answer


def both_orders(judge: PairwiseJudge, prompt: str, first: str, second: str) -> Comparison:
    """Asks in both orders; only a choice that survives the swap counts.

    Returns:
        The choice if both orders name the same answer (or both say tie); `failed` if either order
        failed; otherwise a tie with `inconsistent` set. A choice against a tie is a tie as well.
    """
    if first == second:
        return Comparison(Choice.TIE, "the two answers are the same text")
    forward = ask(judge, prompt, first, second)
    if not forward.judged:
        return forward
    backward = ask(judge, prompt, second, first).swapped()
    if not backward.judged:
        return backward
    if forward.choice is backward.choice:
        return forward
    return Comparison(Choice.TIE, "the judge's choice changed with the order", inconsistent=True)


def by_verifier(verifier: Verifier, task: Judgeable, *, margin: float = 0.0) -> PairwiseJudge:
    """A judge that prefers the answer a verifier scores higher.

    Args:
        verifier, task: who scores, and on which task; the prompt given to the judge is not read.
        margin: score difference up to which two answers tie, in [0, 1).
    Raises:
        OptionError: `margin` out of range.
    """
    if not 0.0 <= margin < 1.0:
        raise OptionError(f"margin must be in [0, 1), got {margin!r}")

    def judge(prompt: str, first: str, second: str) -> Comparison:
        a, b = verifier(task, first), verifier(task, second)
        if not (a.scored and b.scored):
            return Comparison(Choice.FAILED, "the verifier could not judge one of the answers")
        if abs(a.score - b.score) <= margin:
            return Comparison(Choice.TIE, "the scores are level")
        return Comparison(Choice.FIRST if a.score > b.score else Choice.SECOND, "the higher score")

    return judge
