"""Process: judging what happened on the way, not only how it ended.

steps       steps_of: a trajectory as steps
turnwise    Turnwise: every turn against its own gold
meta        MetaReasoning: planning, exploring, reflecting, monitoring, earned by deeds (C20)
progress    redistribute: the outcome given back to the steps (C13)
labels      FindWrongStep, StepLabels, with the floors of constant answers (E17)
events      Event, Pattern: typed logs
temporal    a small temporal logic with three-valued verdicts on prefixes
policy      Policy, watch, PolicyCompliance: rules over logs (A14, A05)
detection   DetectViolation, early_warning_index: noticing violations (A14)
faithful    FaithfulAnswer: an answer that follows from what it cites (A31)
"""

from __future__ import annotations

from veragym.verifiers.process.detection import DetectViolation, early_warning_index
from veragym.verifiers.process.events import Event, EventFault, Pattern, events_of
from veragym.verifiers.process.faithful import FaithfulAnswer
from veragym.verifiers.process.labels import (
    FindWrongStep,
    StepLabels,
    constant_floors,
    label_verdict,
    majority_labels,
    process_f1,
)
from veragym.verifiers.process.meta import (
    Credit,
    MetaReasoning,
    Tag,
    meta_credits,
    meta_rewards,
    recovery_rate,
    redundant_share,
)
from veragym.verifiers.process.policy import (
    Policy,
    PolicyCompliance,
    PolicyReport,
    parse_rule,
    watch,
)
from veragym.verifiers.process.progress import potentials_of, redistribute, with_executability
from veragym.verifiers.process.steps import NotATrajectory, Step, steps_of
from veragym.verifiers.process.temporal import Formula, Monitor, Truth, holds, prefix_truths
from veragym.verifiers.process.turnwise import Turnwise

__all__ = [
    "Credit",
    "DetectViolation",
    "Event",
    "EventFault",
    "FaithfulAnswer",
    "FindWrongStep",
    "Formula",
    "MetaReasoning",
    "Monitor",
    "NotATrajectory",
    "Pattern",
    "Policy",
    "PolicyCompliance",
    "PolicyReport",
    "Step",
    "StepLabels",
    "Tag",
    "Truth",
    "Turnwise",
    "constant_floors",
    "early_warning_index",
    "events_of",
    "holds",
    "label_verdict",
    "majority_labels",
    "meta_credits",
    "meta_rewards",
    "parse_rule",
    "potentials_of",
    "prefix_truths",
    "process_f1",
    "recovery_rate",
    "redistribute",
    "redundant_share",
    "steps_of",
    "watch",
    "with_executability",
]
