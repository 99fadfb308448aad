"""Grids, batches, tools, vaults and masks with a planted fault are rejected for the right reason.

The text family, with its tasks, is in `test_conformance`.
"""

from __future__ import annotations

from typing import Any

import planted_batches
import planted_grid
import planted_leaks
import planted_masks
import planted_tools
import pytest

from veragym.check import check

SEEDS = 12
FAMILIES = (planted_grid, planted_batches, planted_tools, planted_leaks, planted_masks)
SOUND = [environment for family in FAMILIES for environment in family.SOUND]
FAULTS = [fault for family in FAMILIES for fault in family.FAULTS.items()]


@pytest.mark.parametrize("environment", SOUND, ids=lambda e: e.__name__)
def test_what_is_sound_passes_every_witness(environment: Any) -> None:
    report = check(environment, seeds=SEEDS)
    assert report.failures == ()
    assert report.passed


@pytest.mark.parametrize(
    ("environment", "reason"), FAULTS, ids=lambda value: getattr(value, "__name__", value)
)
def test_the_fault_is_rejected_for_the_right_reason(environment: Any, reason: str) -> None:
    report = check(environment, seeds=SEEDS, witnesses=[reason.partition(".")[0]])
    assert reason in {finding.name for finding in report.failures}
    culprit = next(finding for finding in report.failures if finding.name == reason)
    assert culprit.verdict
    assert culprit.fix
    assert culprit.evidence or reason.endswith(("close-twice", ".autoreset", ".tools"))
