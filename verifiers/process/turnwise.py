"""Every turn judged on its own, against its own gold (turn-level verdicts: C02, A15, C20).

The task says what each turn must achieve: `task.secret["turns"]` holds one secret per turn, and
`task.public["turns"]`, where given, the public facts beside it. Because the number of turns is the
task's, neither padding an episode with easy turns nor repeating a good one can raise the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict, infra_error, unparsable, wrong
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.process.steps import NotATrajectory, steps_of


@dataclass(frozen=True)
class TurnTask:
    """What one turn's judge reads."""

    public: Mapping[str, Any]
    secret: Mapping[str, Any]


@dataclass(frozen=True)
class Turnwise(Verifier):
    """Applies a verifier to each turn's action.

    Args:
        judge: the verifier of one turn.
        rule: `all`: 1 if every turn is correct, else 0. `share`: the mean of the turns' scores,
            a turn that was not played counting 0.

    More turns than the task has are `wrong`. An `infra_error` of one turn masks the episode.

    Raises:
        OptionError: another rule, or a judge that is no `Verifier`.
    """

    judge: Verifier
    rule: Literal["all", "share"] = "all"

    def __post_init__(self) -> None:
        if self.rule not in ("all", "share"):
            raise OptionError(f"rule must be 'all' or 'share', got {self.rule!r:.80}")
        if not isinstance(self.judge, Verifier):
            raise OptionError(f"judge must be a Verifier, got a {type(self.judge).__name__}")

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict on a trajectory; `parts` holds `turn.0`, `turn.1`, …"""
        golds = _turn_tasks(task)
        if isinstance(golds, Verdict):
            return golds
        try:
            verdicts = self.turn_verdicts(golds, response)
        except NotATrajectory as fault:
            return unparsable(str(fault))
        if len(verdicts) > len(golds):
            return wrong(f"{len(verdicts)} turns were taken; the task has {len(golds)}")
        parts = {f"turn.{i}": v.score for i, v in enumerate(verdicts) if v.scored}
        evidence = {"outcomes": [verdict.outcome.value for verdict in verdicts]}
        for i, verdict in enumerate(verdicts):
            if not verdict.scored:
                reason = f"turn {i} could not be judged: {verdict.reason}"
                return Verdict(Outcome.INFRA_ERROR, 0.0, parts, reason, evidence)
        right = sum(verdict.outcome is Outcome.CORRECT for verdict in verdicts)
        reason = f"{right} of {len(golds)} turns are right"
        if right == len(golds):
            return Verdict(Outcome.CORRECT, 1.0, parts, reason, evidence)
        mean = sum(verdict.score for verdict in verdicts) / len(golds)
        if self.rule == "all" or mean == 0.0:
            return Verdict(Outcome.WRONG, 0.0, parts, reason, evidence)
        return Verdict(Outcome.PARTIAL, min(mean, 1.0 - 2.0**-53), parts, reason, evidence)

    def turn_verdicts(self, golds: Sequence[Judgeable], response: Any) -> list[Verdict]:
        """One verdict per turn played; turns beyond the task's are `wrong`.

        Raises:
            NotATrajectory: the response is no sequence of turns.
        """
        steps = steps_of(response)
        judged = [
            self.judge(gold, step.action) if step.valid else unparsable("the action was not valid")
            for gold, step in zip(golds, steps)
        ]
        return judged + [wrong("the task has no such turn")] * (len(steps) - len(judged))


def _turn_tasks(task: Judgeable) -> list[TurnTask] | Verdict:
    secrets = task.secret.get("turns")
    publics = task.public.get("turns")
    if not isinstance(secrets, (list, tuple)) or not secrets:
        return infra_error("the task cannot be judged: it says nothing about its turns")
    if publics is None:
        publics = [{}] * len(secrets)
    sound = isinstance(publics, (list, tuple)) and len(publics) == len(secrets)
    if not sound or not all(isinstance(item, Mapping) for item in (*secrets, *publics)):
        return infra_error("the task cannot be judged: its turns are malformed")
    return [TurnTask(public, secret) for public, secret in zip(publics, secrets)]
