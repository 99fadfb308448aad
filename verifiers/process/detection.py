"""Noticing violations: a guard's answer judged against the monitors, and how early it came (A14).

The truth is computed from the log and the policy, so no label can be wrong or go stale, and every
prefix of a log is a task of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, correct, infra_error, wrong
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.process.events import EventFault, events_of
from veragym.verifiers.process.policy import Policy, watch
from veragym.verifiers.process.steps import NotATrajectory
from veragym.verifiers.process.tags import readable
from veragym.verifiers.process.temporal import Truth


@dataclass(frozen=True)
class DetectViolation(Verifier):
    """Says whether a log keeps a policy, and which rules it breaks.

    Reads `task.public["events"]`, `task.public["policy"]` and `task.public["closed"]` (whether the
    log is finished; a prefix is not). The response is one JSON object:

        {"verdict": "satisfied" | "violated" | "undecided", "rules": ["id", …]}

    with `rules` exactly the violated ones (an empty list otherwise). Both must be right: a verdict
    alone is a guess among three, and naming every rule is no detection.
    """

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """`correct` or `wrong`; `unparsable` if the object is not as described."""
        closed = task.public.get("closed")
        if not isinstance(closed, bool):
            return infra_error("the task cannot be judged: it does not say if its log is closed")
        try:
            policy = Policy.of(task.public.get("policy"))
            report = watch(policy, events_of(task.public.get("events")), closed=closed)
        except (OptionError, EventFault, NotATrajectory):
            return infra_error("the task cannot be judged: its policy or log is malformed")
        try:
            said, rules = _answer(readable(response), [name for name, _ in policy.rules])
        except Unreadable as fault:
            return fault.verdict()
        if said is not report.truth:
            return wrong("the verdict is another one")
        if rules != set(report.violated_at):
            return wrong("the verdict is right, the violated rules are others")
        return correct("the verdict and the rules are right")


def early_warning_index(
    alarms: Sequence[int | None], lengths: Sequence[int], violated: Sequence[bool]
) -> float:
    """How much earlier a guard warns of violating runs than of compliant ones.

    lead = (length - alarm) / length, the share of the run still to come when the alarm was
    raised, 0 without an alarm. index = max(0, mean lead on violating runs - mean lead on compliant
    ones): 1 for a guard that warns before the first event of exactly the violating runs; 0 for one
    that never warns, that always does, or that does so at a fixed point.

    Args:
        alarms: (runs,) events seen when the first alarm was raised, or None.
        lengths: (runs,) events in each run, ≥ 1.
        violated: (runs,) whether the run ends in violation.
    Returns:
        In [0, 1].
    Raises:
        OptionError: lengths differ, a value is out of range, or one kind of run is missing.
    Evidence: own definition; the row's metric is not confirmed (approximate).
    """
    if not len(alarms) == len(lengths) == len(violated):
        raise OptionError(
            f"{len(alarms)} alarms, {len(lengths)} lengths and {len(violated)} labels differ"
        )
    leads: dict[bool, list[float]] = {True: [], False: []}
    for alarm, length, broken in zip(alarms, lengths, violated):
        if isinstance(length, bool) or not isinstance(length, int) or length < 1:
            raise OptionError(f"a run has at least one event, got length {length!r:.80}")
        if alarm is not None and (isinstance(alarm, bool) or not 0 <= alarm <= length):
            raise OptionError(f"an alarm lies in 0 … {length} events, got {alarm!r:.80}")
        if not isinstance(broken, bool):
            raise OptionError(f"'violated' holds booleans, got {broken!r:.80}")
        leads[broken].append(0.0 if alarm is None else (length - alarm) / length)
    if not leads[True] or not leads[False]:
        raise OptionError("the index needs violating and compliant runs")
    means = {broken: sum(lead) / len(lead) for broken, lead in leads.items()}
    return max(0.0, means[True] - means[False])


def _answer(text: str, known: Sequence[str]) -> tuple[Truth, set[str]]:
    try:
        data = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Unreadable("answer with one JSON object, each key once") from None
    if not isinstance(data, Mapping) or set(data) != {"verdict", "rules"}:
        raise Unreadable("the object has exactly the keys 'verdict' and 'rules'")
    said, rules = data["verdict"], data["rules"]
    if not isinstance(said, str) or said not in {truth.value for truth in Truth}:
        raise Unreadable("'verdict' is 'satisfied', 'violated' or 'undecided'")
    if not isinstance(rules, list) or not all(isinstance(rule, str) for rule in rules):
        raise Unreadable("'rules' is a list of rule ids")
    if len(set(rules)) != len(rules) or not set(rules) <= set(known):
        raise Unreadable("'rules' names each violated rule of the policy once")
    return Truth(said), set(rules)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found
