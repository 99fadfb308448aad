"""A person sees where a run begins."""

from __future__ import annotations

import io

from rich.console import Console

from veragym.agents.progress import Progress


def shown(first: int) -> str:
    screen = io.StringIO()
    with Progress("warm", Console(file=screen)) as watch:
        for step in range(first, first + 3):
            watch({"step": step, "loss": 1.0}, step / 100)
    return screen.getvalue()


def test_a_resumed_stage_says_from_which_step_it_goes_on() -> None:
    assert "warm: going on from step 40" in shown(41)
    assert "going on" not in shown(1)
