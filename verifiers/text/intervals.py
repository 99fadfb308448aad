"""Overlap of intervals: time spans of a recording, character spans of a text.

The lazy answers that must earn nothing: the whole extent, an infinite interval, an empty one,
swapped ends, a carpet of intervals. What the whole extent would earn is the zero of the credit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, correct, graded, unparsable, wrong
from veragym.core.verifier import Judgeable
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.text.assignment import best_pairing
from veragym.verifiers.text.contract import (
    Judge,
    Take,
    TaskFault,
    TextVerifier,
    check_choice,
    finite,
    public,
    secret,
    the_answer,
)
from veragym.verifiers.text.json_reading import read_json

Interval = tuple[float, float]
"""Half-open [start, end), start < end, in the task's unit (seconds, characters)."""

LARGEST = 1e12
MAX_INTERVALS = 64
MAX_ANSWER = 8_000

_TIME = (
    r"([+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?|(?:[0-9]{1,3}:)?[0-5]?[0-9]:[0-5][0-9](?:\.[0-9]{1,9})?)"
)
_PAIR = re.compile(
    rf"[\[(]?\s{{0,4}}{_TIME}\s{{0,4}}(?:s|sec|seconds)?\s{{0,4}}(?:,|-|–|—|to)\s{{0,4}}{_TIME}"
    r"\s{0,4}(?:s|sec|seconds)?\s{0,4}[\])]?"
)


def union(intervals: Sequence[Interval]) -> list[Interval]:
    """The same points as disjoint intervals, in order."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def shared_length(a: Sequence[Interval], b: Sequence[Interval]) -> float:
    """The length common to two unions."""
    total, i, j = 0.0, 0, 0
    a, b = union(a), union(b)
    while i < len(a) and j < len(b):
        total += max(0.0, min(a[i][1], b[j][1]) - max(a[i][0], b[j][0]))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return total


def length(intervals: Sequence[Interval]) -> float:
    """The length of a union."""
    return sum(end - start for start, end in union(intervals))


def overlap(a: Sequence[Interval], b: Sequence[Interval], metric: str = "iou") -> float:
    """Likeness of two unions of intervals, in [0, 1], symmetric; 1 if and only if they agree.

    iou = |a ∩ b| / |a ∪ b|; f1 = 2 |a ∩ b| / (|a| + |b|), which for character spans is the F1 of
    the characters. 0 where both are empty.
    """
    if union(a) == union(b):
        return 1.0 if a else 0.0
    both, total = shared_length(a, b), length(a) + length(b)
    whole = total - both if metric == "iou" else total / 2.0
    # Rounding must not let two different unions come out alike.
    return min(both / whole, 1.0 - 2.0**-53) if whole > 0 else 0.0


def matched_overlap(gold: Sequence[Interval], given: Sequence[Interval], metric: str) -> float:
    """Likeness of two lists under the best one-to-one pairing, over the longer list's length.

    Source: the mean of pairwise overlaps with unpaired intervals counted as 0.
    """
    if not gold or not given:
        return 0.0
    values = [[overlap([a], [b], metric) for b in given] for a in gold]
    total = sum(sorted(values[i][j] for i, j in best_pairing(values)))
    return total / max(len(gold), len(given))


@dataclass(frozen=True)
class IntervalVerifier(TextVerifier):
    """One interval or several, by how much they overlap the gold.

    Reads `task.secret["answer"]`, `[start, end]` or a list of them; and `task.public["extent"]`,
    `[start, end]` of the whole recording or text, whose own overlap is subtracted:
    credit = (overlap − base) / (1 − base), at least 0. The extent may be missing only where there
    is a threshold.

    The response is `[[12.5, 17], [30, 31]]`, or one `12.5 - 17` per line or between semicolons;
    `mm:ss` and `hh:mm:ss` are read as seconds.

    Attributes:
        mode: `single`: one interval; `union`: several, as the set of points they cover; `matched`:
            several, each paired with at most one of the gold (`matched_overlap`).
        metric: `iou` (temporal IoU) or `f1`.
        at_least: overlap from which the answer is right, in (0, 1]; below it, wrong. None: graded.
        take: where the answer is.

    Raises:
        OptionError: an option outside its values.
    """

    mode: Literal["single", "union", "matched"] = "single"
    metric: Literal["iou", "f1"] = "iou"
    at_least: float | None = None
    take: Take = "whole"

    def __post_init__(self) -> None:
        check_choice("mode", self.mode, ("single", "union", "matched"))
        check_choice("metric", self.metric, ("iou", "f1"))
        check_choice("take", self.take, ("whole", "marked"))
        if self.at_least is not None and (not finite(self.at_least) or not 0 < self.at_least <= 1):
            raise OptionError(f"at_least must be in (0, 1] or None, got {self.at_least!r}")

    def judge(self, task: Judgeable) -> Judge:
        """The credit of the intervals read."""
        gold = _of_task(secret(task).get("answer"), "secret['answer']")
        if self.mode == "single" and len(gold) != 1:
            raise TaskFault(
                "secret['answer'] must be one interval; choose another mode for several"
            )
        base = self._base(task, gold)

        def decide(text: str) -> Verdict:
            given = read_intervals(the_answer(text, self.take))
            if self.mode == "single" and len(given) != 1:
                return unparsable("several intervals are given; give one")
            value = self._overlap(gold, given)
            if self.at_least is not None:
                if value >= self.at_least:
                    return correct("the intervals overlap enough")
                return wrong("the intervals overlap too little")
            if value == 1.0:
                return correct("the intervals are right")
            score = max(0.0, (value - base) / (1.0 - base))
            return graded(
                min(score, 1.0 - 2.0**-53), "the intervals overlap in part, or not at all"
            )

        return decide

    def _overlap(self, gold: Sequence[Interval], given: Sequence[Interval]) -> float:
        if self.mode == "matched":
            return matched_overlap(gold, given, self.metric)
        return overlap(gold, given, self.metric)

    def _base(self, task: Judgeable, gold: Sequence[Interval]) -> float:
        """What answering with the whole extent would get."""
        raw = public(task).get("extent")
        if raw is None:
            if self.at_least is None:
                raise TaskFault(
                    "public['extent'] is missing: graded overlap needs to know what answering "
                    "with everything would earn"
                )
            return 0.0
        extent = _of_task(raw, "public['extent']")
        if len(extent) != 1 or not all(
            extent[0][0] <= start and end <= extent[0][1] for start, end in gold
        ):
            raise TaskFault("public['extent'] must be one interval that holds the gold")
        base = self._overlap(gold, extent)
        if base >= (self.at_least or 1.0):
            raise TaskFault("answering with the whole extent would be right")
        return base


def _of_task(value: Any, name: str) -> list[Interval]:
    try:
        found = _intervals(value)
    except Unreadable:
        raise TaskFault(f"{name} must be [start, end], or a list of them, start < end") from None
    if not found:
        raise TaskFault(f"{name} holds no interval")
    return found


def read_intervals(text: str) -> list[Interval]:
    """The intervals of an answer, at least one.

    Raises:
        Unreadable: none; too many; swapped, equal or infinite ends; anything else in the text.
    """
    text = text.strip()
    if len(text) > MAX_ANSWER:
        raise Unreadable("the answer is too long to be intervals")
    try:
        value = read_json(text)
    except Unreadable:
        pieces = [piece.strip() for piece in re.split(r"[;\n]", text) if piece.strip()]
        value = [_pair(piece) for piece in pieces]
    found = _intervals(value)
    if not found:
        raise Unreadable("no interval is given")
    return found


def _pair(text: str) -> list[float]:
    found = _PAIR.fullmatch(text)
    if not found:
        raise Unreadable("the answer is not intervals; write [start, end], such as [12.5, 17]")
    return [_seconds(found.group(1)), _seconds(found.group(2))]


def _seconds(text: str) -> float:
    total = 0.0
    for piece in text.split(":"):
        total = total * 60.0 + float(piece)
    return total


def _intervals(value: Any) -> list[Interval]:
    if not isinstance(value, (list, tuple)):
        raise Unreadable("an interval is written [start, end]")
    if len(value) == 2 and not any(isinstance(item, (list, tuple)) for item in value):
        value = [value]
    if len(value) > MAX_INTERVALS:
        raise Unreadable(f"more than {MAX_INTERVALS} intervals are given")
    found: list[Interval] = []
    for pair in value:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise Unreadable("an interval is written [start, end]")
        start, end = pair
        if not finite(start) or not finite(end) or max(abs(start), abs(end)) > LARGEST:
            raise Unreadable(f"the ends of an interval are numbers within ±{LARGEST:g}")
        if start >= end:
            raise Unreadable("an interval's start must be below its end")
        found.append((float(start), float(end)))
    return found
