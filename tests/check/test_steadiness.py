"""What does not repeat itself is blamed once, by the finding that says so."""

from __future__ import annotations

from typing import Any

import planted_cards
import pytest
from planted_grid import HashedGoal

from veragym.check import check


def _states(report: Any) -> dict[str, bool | None]:
    return {finding.name: finding.passed for finding in report.findings}


def test_a_game_that_never_repeats_is_told_so_first_and_once() -> None:
    report = check(planted_cards.KuhnUnseeded, mode="quick", witnesses=["reads", "determinism"])
    states = _states(report)
    assert [f.name for f in report.findings].count("determinism.repeats") == 1
    assert states["determinism.repeats"] is False
    for name in ("other-process", "interleaved", "threads", "clock-unread"):
        assert states[f"determinism.{name}"] is None
    assert states["reads.looking"] is None
    first = next(f for f in report.findings if f.passed is False)
    assert first.name == "determinism.repeats"
    assert first.evidence["differs_anew"] is True


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (planted_cards.KuhnKeepsCards, "determinism.repeats"),
        (HashedGoal, "determinism.other-process"),
        (planted_cards.KuhnObserveSteps, "reads.looking"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_repeats_in_a_new_one_is_blamed_for_what_it_does(target: Any, reason: str) -> None:
    report = check(target, seeds=12, witnesses=["reads", "determinism"])
    assert _states(report)[reason] is False
    assert not any("see determinism.repeats" in f.verdict for f in report.findings)
