"""Intervals of whole numbers: merged, intersected, counted, and the gaps between them."""

from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, drawn, family, named
from veragym.envs.shell.task.template import Draw

_SPANS = '''
"""Spans [start, end) of whole numbers, as pairs."""


def check(span):
    start, end = span
    if ⟦boundary¦start > end¦start >= end⟧:
        raise ValueError("a span cannot end before it starts")
    return [start, end]


def <<merge>>(spans):
    """Overlapping and touching spans as one, in order."""
    merged = []
    for start, end in sorted(check(span) for span in spans):
        if start == end:
            continue
        if merged and ⟦boundary¦start <= merged[-1][1]¦start < merged[-1][1]⟧:
            merged[-1][1] = ⟦missing case¦max(merged[-1][1], end)¦end⟧
        else:
            merged.append([start, end])
    return merged


def <<common>>(one, other):
    """What two spans have in common, or None."""
    start = ⟦operator¦max(one[0], other[0])¦min(one[0], other[0])⟧
    end = min(one[1], other[1])
    return [start, end] if ⟦boundary¦start < end¦start <= end⟧ else None
'''
_COVER = '''
"""What a set of spans covers."""

from .<<spans>> import <<merge>>


def <<length>>(spans):
    """How many numbers lie in at least one span."""
    return sum(end - start for start, end in ⟦missing case¦<<merge>>(spans)¦spans⟧)


def <<gaps>>(spans, low, high):
    """The spans of [low, high) that nothing covers."""
    free = []
    at = low
    for start, end in <<merge>>(spans):
        start, end = max(start, low), min(end, high)
        if start >= end:
            continue
        if at < start:
            free.append([at, start])
        at = ⟦key¦end¦start⟧
    if ⟦missing case¦at < high¦at < high and not free⟧:
        free.append([at, high])
    return free
'''


@family("intervals")
def intervals(d: Draw) -> Program:
    """Two modules, five functions."""
    n = drawn(
        d,
        spans=("spans", "ranges", "stretches"),
        cover=("cover", "coverage", "extent"),
        merge=("merge", "union", "joined"),
        common=("common", "overlap", "shared"),
        length=("length", "covered", "measure"),
        gaps=("gaps", "free", "holes"),
    )

    def spans(d: Draw) -> list[list[int]]:
        found = []
        for _ in range(d.number(1, 6)):
            start = d.number(0, 24)
            found.append([start, start + d.number(0, 9)])
        if d.chance(0.5):
            found.append([found[0][1], found[0][1] + d.number(1, 4)])
        if d.chance(0.05):
            found.append([9, 4])
        return d.mixed(found)

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 3)
        if which == 0:
            return [call(n["spans"], n["merge"], spans(d))]
        if which == 1:
            start, other = d.number(0, 12), d.number(0, 12)
            pair = [start, start + d.number(1, 8)], [other, other + d.number(1, 8)]
            return [call(n["spans"], n["common"], *pair)]
        if which == 2:
            return [call(n["cover"], n["length"], spans(d))]
        return [call(n["cover"], n["gaps"], spans(d), d.number(0, 8), d.number(20, 36))]

    return Program(
        "works with spans of whole numbers",
        {n["spans"]: named(_SPANS, n), n["cover"]: named(_COVER, n)},
        (
            f"A span is a pair [start, end] and holds start, …, end - 1. `{n['spans']}.check` "
            "raises ValueError where the end is before the start; an empty span is allowed.",
            f"`{n['spans']}.{n['merge']}(spans)`: overlapping and touching spans as one, in "
            "order; empty ones are left out.",
            f"`{n['spans']}.{n['common']}(one, other)`: the span in both, or None if no number is "
            "in both.",
            f"`{n['cover']}.{n['length']}(spans)`: how many numbers are in at least one span.",
            f"`{n['cover']}.{n['gaps']}(spans, low, high)`: the spans from low (with) to high "
            "(without) that nothing covers, in order.",
        ),
        use,
    )
