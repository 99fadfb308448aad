"""Many responses at once: judged in order, with progress, on threads if the verifier waits.

What comes back is a sequence of verdicts that knows its own counts. A failure of our machinery
(`infra_error`) is counted as such and masked everywhere else: its score is NaN, and the mean leaves
it out.

By the verifiers' contract a verdict depends on its own task and response alone, so neither the
order of the rows nor their grouping or the number of threads can change a result. A batch that
breaks is judged again row by row: one bad row costs nobody else a verdict.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict, infra_error
from veragym.core.verifier import Judgeable, Verifier, ask, require_pairs
from veragym.verifiers.compose.columns import Flags, Floats, flags, scores_of

Progress = Callable[[int, int], object]
"""Called with the number of rows done and of all rows."""

BATCH = 16
"""Rows that a verifier with a `verify_many` of its own judges together, and that an interruption
can cost it: no more than a few seconds' work."""
STEPS = 1_000
"""Progress is reported about so often at most, so that fast verifiers stay fast."""
SHARES = 16
"""Pieces of work per thread: enough to even out slow rows, and to show progress."""
PIECE = 64
"""Rows in a thread's piece of work, at most."""
INTERRUPTED = infra_error("interrupted before this response was judged")


@dataclass(frozen=True, slots=True, repr=False)
class Verdicts(Sequence[Verdict]):
    """The verdicts on many responses, in their order.

    Attributes:
        rows: one verdict per response.
    """

    rows: tuple[Verdict, ...]

    @overload
    def __getitem__(self, index: int) -> Verdict: ...
    @overload
    def __getitem__(self, index: slice) -> Verdicts: ...
    def __getitem__(self, index: int | slice) -> Verdict | Verdicts:
        """One verdict, or those of a slice."""
        return Verdicts(self.rows[index]) if isinstance(index, slice) else self.rows[index]

    def __len__(self) -> int:
        """How many responses there were, masked ones included."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Verdict]:
        """The verdicts in order."""
        return iter(self.rows)

    def __repr__(self) -> str:
        """The counts; a batch is too long to show."""
        counts = ", ".join(f"{n} {outcome.value}" for outcome, n in self.counts.items() if n)
        mean = f"; mean {self.mean:.4f}" if len(self) > self.masked else ""
        return f"<{len(self)} verdicts: {counts or 'none'}{mean}, {self.masked} masked>"

    @property
    def counts(self) -> dict[Outcome, int]:
        """How often each of the six outcomes occurs, those that do not occur included."""
        found = Counter(verdict.outcome for verdict in self.rows)
        return {outcome: found[outcome] for outcome in Outcome}

    @property
    def scores(self) -> Floats:
        """(responses,) in [0, 1]; NaN where the response was not judged."""
        return scores_of(self.rows)

    @property
    def scored(self) -> Flags:
        """(responses,) False where the machinery failed and the episode must be masked."""
        return np.array([verdict.scored for verdict in self.rows], dtype=np.bool_)

    @property
    def masked(self) -> int:
        """How many responses were not judged, through no fault of theirs."""
        return sum(not verdict.scored for verdict in self.rows)

    @property
    def mean(self) -> float:
        """Mean score over the responses that were judged; NaN if none was."""
        judged = [verdict.score for verdict in self.rows if verdict.scored]
        return sum(judged) / len(judged) if judged else float("nan")

    def where(self, chosen: Flags) -> Verdicts:
        """The verdicts of some responses, e.g. those of one topic.

        Args:
            chosen: (responses,) True for those to keep.
        """
        kept = flags(chosen, "chosen", len(self))
        return Verdicts(tuple(verdict for verdict, keep in zip(self.rows, kept) if keep))

    def summary(self) -> dict[str, Any]:
        """Counts and mean as JSON types; the mean is None if no response was judged."""
        judged = len(self) - self.masked
        return {
            "responses": len(self),
            "outcomes": {outcome.value: n for outcome, n in self.counts.items()},
            "scored": judged,
            "masked": self.masked,
            "mean_score": self.mean if judged else None,
        }

    def to_json(self) -> dict[str, Any]:
        """The summary together with every verdict, as JSON types; `from_json` inverts it."""
        return {**self.summary(), "verdicts": [verdict.to_json() for verdict in self.rows]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdicts:
        """Inverse of `to_json`; the summary is counted anew."""
        return cls(tuple(Verdict.from_json(row) for row in data["verdicts"]))


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came while responses were judged. What was done is in `verdicts`.

    A `KeyboardInterrupt`, so that who does not catch it is interrupted as ever.

    Attributes:
        verdicts: as many rows as there were responses; those not judged are masked
            (`infra_error`).
        done: (responses,) True where the response was judged.
    """

    def __init__(self, verdicts: Verdicts, done: Flags) -> None:
        super().__init__(f"interrupted after {int(done.sum())} of {len(verdicts)} responses")
        self.verdicts = verdicts
        self.done = done


def verify_many(
    verifier: Verifier,
    tasks: Sequence[Judgeable],
    responses: Sequence[Any],
    *,
    progress: Progress | bool | None = None,
    workers: int | None = None,
) -> Verdicts:
    """Judges many responses.

    Args:
        verifier: judges them all.
        tasks: one per response; repeat a task that has several responses.
        responses: texts, or whatever the verifier reads.
        progress: called with (done, total), in the calling thread, the last time with
            done == total; or True for a bar on standard error while that is a terminal.
        workers: threads. Worth having where the verifier waits for something else: a judge's
            endpoint, a sandbox, the maths verifier's worker processes. None or 1: no threads.
    Returns:
        The verdicts in the order of the responses, whatever the order they were found in.
    Raises:
        OptionError: the lengths differ, or an argument can never work; nothing was judged.
        Interrupted: Ctrl-C; its `verdicts` hold what was done. The row in hand is given up (of a
            verifier with a `verify_many` of its own, the batch in hand); with threads, each
            thread's, which Python waits for before it exits.
    """
    if not isinstance(verifier, Verifier):
        hint = "; make an instance of it" if isinstance(verifier, type) else ""
        raise OptionError(f"verifier must be a Verifier, got {verifier!r:.120}{hint}")
    if isinstance(responses, (str, bytes)):
        raise OptionError(
            f"responses must be a sequence of responses, got one {type(responses).__name__}; "
            "for one response, call the verifier itself"
        )
    if workers is not None and (type(workers) is not int or workers < 1):
        raise OptionError(f"workers must be a whole number of threads from 1 up, got {workers!r}")
    require_pairs(tasks, responses)
    work = _Work(verifier, tasks, responses)
    with _reporting(progress, len(tasks)) as report:
        try:
            if workers is None or workers == 1:
                work.alone(report)
            else:
                work.shared(report, workers)
        except KeyboardInterrupt:
            raise work.interrupted() from None
    return Verdicts(tuple(work.found))


class _Work:
    """Rows to judge, and what has been found of them so far."""

    def __init__(
        self, verifier: Verifier, tasks: Sequence[Judgeable], responses: Sequence[Any]
    ) -> None:
        self.verifier = verifier
        self.tasks = tasks
        self.responses = responses
        self.found: list[Verdict] = [INTERRUPTED] * len(tasks)
        self.stop = threading.Event()
        # A verifier that only loops is asked row by row: then Ctrl-C loses no finished row.
        self.batch = 1 if type(verifier).verify_many is Verifier.verify_many else BATCH

    def alone(self, report: Progress) -> None:
        """Judges all rows in this thread."""
        total = len(self.tasks)
        step = max(self.batch, total // STEPS, 1)
        for start in range(0, total, step):
            self.judge(start, min(start + step, total))
            report(min(start + step, total), total)

    def shared(self, report: Progress, workers: int) -> None:
        """Judges all rows on threads; progress is reported from this one."""
        total = len(self.tasks)
        size = max(1, min(PIECE, total // (workers * SHARES)))
        pool = ThreadPoolExecutor(workers, thread_name_prefix="verify")
        done = 0
        try:
            pieces: dict[Future[None], int] = {}
            for start in range(0, total, size):
                end = min(start + size, total)
                pieces[pool.submit(self.judge, start, end)] = end - start
            for piece in as_completed(pieces):
                piece.result()
                done += pieces[piece]
                report(done, total)
        except BaseException:
            self.stop.set()  # pieces that have not begun end at once, others after their row
            pool.shutdown(wait=False)
            raise
        pool.shutdown()

    def judge(self, start: int, end: int) -> None:
        """Judges rows start to end - 1, or up to where it is told to stop."""
        for first in range(start, end, self.batch):
            if self.stop.is_set():
                return
            last = min(first + self.batch, end)
            self.found[first:last] = ask(
                self.verifier, self.tasks[first:last], self.responses[first:last]
            )

    def interrupted(self) -> Interrupted:
        """What has been found, with the rest masked."""
        found = tuple(self.found)
        done = np.array([verdict is not INTERRUPTED for verdict in found], dtype=np.bool_)
        return Interrupted(Verdicts(found), done)


@contextlib.contextmanager
def _reporting(progress: Progress | bool | None, total: int) -> Iterator[Progress]:
    """What to report progress to."""
    if progress is None or progress is False:
        yield lambda done, total: None
        return
    if progress is not True:
        yield progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        job = bar.add_task("judged", total=total)
        yield lambda done, total: bar.update(job, completed=done)
