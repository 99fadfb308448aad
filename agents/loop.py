"""The loop around any kind of update: budget, metrics, held-out curve, checkpoints, interruption.

Supervised training and reinforcement learning differ in the update alone (`Update`); everything
about running for long and stopping at any time is here, once.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from veragym.agents.learner import Learner
from veragym.agents.stopping import Interrupted
from veragym.core.errors import OptionError

Metrics = dict[str, float]
Watch = Callable[[Metrics, float], None]
"""Called after every step with its metrics and the progress in [0, 1]."""


class Update(Protocol):
    """One step of learning."""

    def __call__(self, learner: Learner, progress: float) -> Metrics:
        """Draws data, changes the weights once or more, and says how it went.

        Args:
            learner: changed in place, except for its step and time counters.
            progress: share of the budget used, in [0, 1).
        """


@dataclass(frozen=True, slots=True)
class Budget:
    """When to stop: after so many steps, or so much processor time, whichever comes first.

    With `cpu_seconds` the number of steps depends on the machine; use `steps` where runs must be
    reproducible.
    """

    steps: int | None = None
    cpu_seconds: float | None = None

    def __post_init__(self) -> None:
        if self.steps is None and self.cpu_seconds is None:
            raise OptionError("a budget needs steps, cpu_seconds, or both")
        for name in ("steps", "cpu_seconds"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise OptionError(f"{name} must be positive, got {value!r}")

    def progress(self, learner: Learner) -> float:
        """Share used, 1 when it is spent."""
        shares = [0.0]
        if self.steps is not None:
            shares.append(learner.step / self.steps)
        if self.cpu_seconds is not None:
            shares.append(learner.cpu_seconds / self.cpu_seconds)
        return min(1.0, max(shares))


def run(
    learner: Learner,
    update: Update,
    budget: Budget,
    folder: Path,
    *,
    stage: str,
    evaluate: Callable[[Learner], Mapping[str, Any]] | None = None,
    evaluations: int = 1,
    checkpoint_every: int = 25,
    watch: Watch | None = None,
    resume: bool = False,
) -> list[dict[str, Any]]:
    """Trains until the budget is spent.

    Writes `metrics.jsonl` (one line per step), `curve.json` (held-out results) and
    `checkpoint.pt` into `folder`. Ctrl-C and SIGTERM let the current step finish, save, and raise
    `Interrupted`.

    Args:
        learner: changed in place.
        update: the kind of learning.
        budget: when to stop. Evaluation costs nothing of it.
        folder: where everything goes.
        stage: name written into metrics and checkpoint.
        evaluate: held-out results of the current weights, as JSON types.
        evaluations: how many times, evenly over the budget, besides the one at the start.
        checkpoint_every: steps.
        watch: progress display.
        resume: continue from `folder`'s checkpoint if there is one of this stage.

    Returns:
        The held-out curve: dicts of progress, step, cpu_seconds and what `evaluate` said.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for unfinished in folder.glob("checkpoint.pt.*.tmp"):
        unfinished.unlink(missing_ok=True)  # of a run that was killed while it saved
    checkpoint, metrics_file = folder / "checkpoint.pt", folder / "metrics.jsonl"
    curve: list[dict[str, Any]] = []
    if resume and checkpoint.exists():
        extra = learner.load(checkpoint)
        if extra.get("stage") != stage:
            raise OptionError(f"{checkpoint} is of stage {extra.get('stage')!r}, not {stage!r}")
        curve = list(extra["curve"])
        _forget_after(metrics_file, learner.step)
    else:
        metrics_file.unlink(missing_ok=True)

    def save() -> None:
        learner.save(checkpoint, {"stage": stage, "curve": curve})

    def measure(progress: float) -> None:
        if evaluate is not None:
            point = {"progress": progress, "step": learner.step, "cpu_seconds": learner.cpu_seconds}
            curve.append({**point, **evaluate(learner)})

    with _stop_signals() as stop, metrics_file.open("a", encoding="utf-8") as log:
        if not curve:
            measure(0.0)
            save()
        while (progress := budget.progress(learner)) < 1.0:
            wall, cpu = time.perf_counter(), time.process_time()
            metrics = update(learner, progress)
            learner.step += 1
            learner.cpu_seconds += time.process_time() - cpu
            metrics["tokens_per_second"] = metrics.get("tokens", 0.0) / (time.perf_counter() - wall)
            line = {"stage": stage, "step": learner.step, "cpu_seconds": learner.cpu_seconds}
            log.write(json.dumps({**line, **metrics}) + "\n")
            log.flush()
            progress = budget.progress(learner)
            if progress >= len(curve) / evaluations or progress >= 1.0:
                measure(progress)
                metrics |= {
                    f"held_out_{k}": v
                    for k, v in (curve[-1] if curve else {}).items()
                    if isinstance(v, (int, float))
                }
            if watch is not None:
                watch({"step": learner.step, **metrics}, progress)
            if stop.is_set() or progress >= 1.0 or learner.step % checkpoint_every == 0:
                save()
            if stop.is_set():  # in the last step too: another stage may be about to follow
                raise Interrupted(f"stopped at step {learner.step}; saved in {checkpoint}")
    return curve


def _forget_after(path: Path, step: int) -> None:
    """Drops the lines of steps that the checkpoint does not know, and any torn last line."""
    if not path.exists():
        return
    kept = []
    for line in path.read_text("utf-8").splitlines():
        try:
            if json.loads(line)["step"] <= step:
                kept.append(line)
        except (json.JSONDecodeError, KeyError):
            continue
    temporary = path.with_suffix(".tmp")
    temporary.write_text("".join(line + "\n" for line in kept), "utf-8")
    temporary.replace(path)


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event set by SIGINT or SIGTERM; a second signal acts as usual."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    former: dict[int, Any] = {}

    def handle(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, former[number])

    for number in (signal.SIGINT, signal.SIGTERM):
        former[number] = signal.signal(number, handle)
    try:
        yield stop
    finally:
        for code, handler in former.items():
            signal.signal(code, handler)
