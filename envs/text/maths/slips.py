"""Wrong answers that typical slips give: each once, and never the right one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from veragym.envs.text.maths.writing import Exact

V = TypeVar("V")


def slips(right: V, candidates: Iterable[V], text: Callable[[V], str] = str) -> list[str]:
    """The candidates that differ from the right answer and from each other, as text."""
    seen, wrong = {right}, []
    for candidate in candidates:
        if candidate not in seen:
            seen.add(candidate)
            wrong.append(text(candidate))
    return wrong


def enough_slips(right: Exact, candidates: Iterable[Exact], at_least: int = 3) -> list[str]:
    """`slips`, with near misses added where the answer is a number and fewer are left."""
    wrong = slips(str(right), map(str, candidates))
    if not isinstance(right, str):
        for near in (right + 1, right - 1, right + 2):
            if len(wrong) >= at_least:
                break
            if str(near) not in wrong:
                wrong.append(str(near))
    return wrong
