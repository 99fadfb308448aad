"""Live progress: one line of numbers that matter while a policy trains.

On a terminal it redraws in place; elsewhere (a file, CI) it prints a plain line now and then. It
writes to the error stream, so that results alone go to standard output.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

SHOWN = {
    "reward": "reward",
    "accuracy": "accuracy",
    "loss": "loss",
    "entropy": "entropy",
    "length": "length",
    "tokens_per_second": "tokens/s",
    "held_out_sampled_accuracy": "held-out",
    "held_out_accuracy": "held-out greedy",
}
"""Metrics on display, with their headings."""
PLAIN_LINES = 20
"""Lines printed over a stage when there is no terminal."""


class Progress:
    """Shows a stage's progress; use as a context manager and pass it as `watch`.

    Args:
        stage: its name.
        console: where to; the error stream by default.
    """

    def __init__(self, stage: str, console: Console | None = None) -> None:
        self.stage = stage
        self.console = console or Console(file=sys.stderr)
        self._live: Live | None = None
        self._start = time.monotonic()
        self._first = 0.0
        self._printed = -1
        self._steps = 0
        self._smooth: dict[str, float] = {}

    def __enter__(self) -> Progress:
        self._start = time.monotonic()
        if self.console.is_terminal:
            self._live = Live(console=self.console, auto_refresh=False)
            self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)

    def __call__(self, metrics: Mapping[str, float], progress: float) -> None:
        """Takes one step's metrics; they are averaged over the last ten steps or so."""
        if self._steps == 0:
            self._first = progress
            self._start = time.monotonic()
            if (step := int(metrics.get("step", 1))) > 1:
                self.console.print(f"{self.stage}: going on from step {step - 1}")
        self._steps += 1
        for name in SHOWN:
            if name in metrics:
                old = self._smooth.get(name, metrics[name])
                share = 1.0 if name.startswith("held_out") else 0.1
                self._smooth[name] = old + share * (metrics[name] - old)
        if self._live is not None:
            self._live.update(self._table(progress), refresh=True)
        elif int(progress * PLAIN_LINES) > self._printed:
            self._printed = int(progress * PLAIN_LINES)
            cells = "  ".join(f"{SHOWN[n]} {_short(v)}" for n, v in self._smooth.items())
            self.console.print(
                f"{self.stage}: {progress:4.0%}  {cells}  left {self._left(progress)}",
                highlight=False,
                soft_wrap=True,
            )

    def _table(self, progress: float) -> Table:
        table = Table(title=f"{self.stage}  {progress:.0%}  {self._left(progress)} left")
        for name in self._smooth:
            table.add_column(SHOWN[name], justify="right")
        table.add_row(*(_short(value) for value in self._smooth.values()))
        return table

    def _left(self, progress: float) -> str:
        done = progress - self._first
        if done <= 0 or self._steps < 2:
            return "--:--"
        seconds = round((time.monotonic() - self._start) / done * (1 - progress))
        return f"{seconds // 60}:{seconds % 60:02d}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"
