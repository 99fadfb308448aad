"""What a check concludes: findings with evidence, gathered in a report."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from veragym import __version__
from veragym.check.transcript import plain


@dataclass(frozen=True, slots=True)
class Finding:
    """One conclusion of one witness.

    Attributes:
        name: `witness.what`, e.g. `leak.secret-permuted`.
        passed: True, False, or None where the question does not apply to this environment; the
            verdict then says why, so that nothing is left out silently.
        verdict: one line.
        evidence: JSON types; for a failure, the seed, reset options and actions that show it.
        fix: what to change, for a failure.
    """

    name: str
    passed: bool | None
    verdict: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    fix: str = ""

    def to_json(self) -> dict[str, Any]:
        """A dict of JSON types."""
        return {
            "name": self.name,
            "passed": self.passed,
            "verdict": self.verdict,
            "evidence": dict(self.evidence),
            "fix": self.fix,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a check found out.

    Attributes:
        subject: the environment's name.
        seeds: seeds per split the witnesses were asked to use.
        findings: in the order of the witnesses.
        seconds: wall time by witness; information only.
        mode: how hard it was looked.
    """

    subject: str
    seeds: int
    findings: tuple[Finding, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)
    mode: str = "standard"

    @property
    def passed(self) -> bool:
        """No finding failed, and at least one passed."""
        states = [finding.passed for finding in self.findings]
        return False not in states and True in states

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that failed."""
        return tuple(finding for finding in self.findings if finding.passed is False)

    def __str__(self) -> str:
        """The conclusion for people: what failed, the evidence, and how to mend it."""
        lines = [told(finding) for finding in self.failures]
        in_favour = sum(finding.passed is True for finding in self.findings)
        lines.append(
            f"{self.subject} {'passes' if self.passed else 'does not pass'} the {self.mode} check: "
            f"{in_favour} findings in its favour, {len(self.failures)} against, {self.seeds} seeds"
        )
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """A dict of JSON types."""
        return {
            "subject": self.subject,
            "veragym": __version__,
            "passed": self.passed,
            "mode": self.mode,
            "seeds": self.seeds,
            "findings": [finding.to_json() for finding in self.findings],
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }


def told(finding: Finding) -> str:
    """A failed finding as lines of text: verdict, evidence, remedy."""
    lines = [f"{finding.name}: {finding.verdict}"]
    for name, value in finding.evidence.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines.append(f"  {name}: {shown[:600]}")
    return "\n".join([*lines, f"  to mend it: {finding.fix}"])


def ok(name: str, verdict: str, **evidence: Any) -> Finding:
    """A finding in the environment's favour."""
    return Finding(name, True, verdict, _shown(evidence))


def bad(name: str, verdict: str, fix: str, **evidence: Any) -> Finding:
    """A finding against it; `evidence` must be enough to see the fault again."""
    return Finding(name, False, _COLOURS.sub("", verdict), _shown(evidence), fix)


def not_applicable(name: str, why: str) -> Finding:
    """A question that cannot be put to this environment."""
    return Finding(name, None, why)


LONGEST_EVIDENCE = 2000


def _shown(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Evidence as JSON types, with long texts shortened."""
    return {name: _shorten(plain(_bare(value))) for name, value in evidence.items()}


def _bare(value: Any) -> Any:
    """Numbers and arrays of numpy's as Python's own, so that an action can be made again."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if type(value) in (list, tuple):
        return [_bare(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _bare(item) for key, item in value.items()}
    return value


_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def _shorten(value: Any) -> Any:
    if isinstance(value, str):
        value = _COLOURS.sub("", value)
    if isinstance(value, str) and len(value) > LONGEST_EVIDENCE:
        return value[:LONGEST_EVIDENCE] + f"… ({len(value):,} characters)"
    if isinstance(value, dict):
        return {key: _shorten(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shorten(item) for item in value]
    return value
