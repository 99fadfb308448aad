"""The win rate against fixed answers, as a verifier.

A response meets every baseline answer of the task in both orders; its score is the share it beats.
Unlike a rate among siblings this is an absolute score, so a tie earns nothing by default: a judge
that only looks at positions ties everything, and a copy of a baseline must not be worth half.

Source: C22, E04; the setting of E01 and E05 (win rate over a reference policy).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, graded, infra_error, unparsable
from veragym.core.verifier import MAX_RESPONSE_CHARS, Judgeable, Verifier
from veragym.verifiers.compare.pairwise import Choice, PairwiseJudge, both_orders

MAX_BASELINES = 64
"""Most baselines of one task: each costs two questions to the judge."""


@dataclass(frozen=True)
class BaselineVerifier(Verifier):
    """Scores a response by the baselines it beats.

    Reads `task.prompt` and `task.secret["baselines"]`, a list of answers. Any comparison the judge
    fails makes the verdict an `infra_error`: a win rate over the rest would let a response win by
    breaking the judge on the opponents it loses to.

    Args:
        judge: the pairwise judge; picklable if the verifier is to be.
        tie: credit for a tie, in [0, 1]. 0.5 is the usual win rate, 0 the safe default.
    Raises:
        OptionError: `tie` out of range.
    """

    judge: PairwiseJudge
    tie: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.tie, bool) or not 0.0 <= self.tie <= 1.0:
            raise OptionError(f"tie must be in [0, 1], got {self.tie!r}")

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict on one response, a string."""
        baselines = task.secret.get("baselines")
        prompt = getattr(task, "prompt", None)
        if (
            not isinstance(baselines, (list, tuple))
            or not 0 < len(baselines) <= MAX_BASELINES
            or not all(isinstance(text, str) and text.strip() for text in baselines)
            or not isinstance(prompt, str)
        ):
            return infra_error(
                "the task cannot be judged: it needs a prompt and, in secret['baselines'], "
                f"1 to {MAX_BASELINES} non-empty texts"
            )
        if not isinstance(response, str):
            return unparsable(f"the response is a {type(response).__name__}, not text")
        if not response.strip():
            return unparsable("the response is empty")
        if len(response) > MAX_RESPONSE_CHARS:
            return unparsable(f"the response is longer than {MAX_RESPONSE_CHARS} characters")
        results = [both_orders(self.judge, prompt, response, text) for text in baselines]
        failed = sum(not result.judged for result in results)
        if failed:
            return infra_error(f"the judge failed on {failed} of {len(results)} comparisons")
        won = sum(result.choice is Choice.FIRST for result in results)
        tied = sum(result.choice is Choice.TIE for result in results)
        swayed = sum(result.inconsistent for result in results)
        score = (won + self.tie * tied) / len(results)
        return graded(
            score,
            f"it beats {won} of {len(results)} baselines and ties with {tied}",
            {
                "win": won / len(results),
                "tie": tied / len(results),
                "swayed": swayed / len(results),
            },
        )
