"""The demonstration's claim: reinforcement lifts held-out accuracy, more imitation does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SEEDS = range(5)


@pytest.mark.slow
def test_reinforcement_lifts_held_out_accuracy_on_at_least_four_of_five_seeds(
    tmp_path: Path,
) -> None:
    """+10 points, intervals apart, and more than the control: about five minutes per seed."""
    passed, seen = 0, []
    for seed in SEEDS:
        command = [sys.executable, "-m", "veragym.agents.demo", "--json"]
        command += ["--out", str(tmp_path / str(seed)), "--seed", str(seed)]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        result = json.loads(run.stdout)
        before, after, control = (result[key] for key in ("before", "after", "control"))
        passed += (
            after["sampled_accuracy"] - before["sampled_accuracy"] >= 0.10
            and after["sampled_low"] > before["sampled_high"]
            and after["sampled_accuracy"] > control["sampled_accuracy"]
        )
        seen.append((seed, *(r["sampled_accuracy"] for r in (before, after, control))))
    assert passed >= 4, f"(seed, before, after, control): {seen}"
