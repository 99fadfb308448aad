"""What the topics of probability share: dice, and how a probability is asked for and written."""

from __future__ import annotations

from functools import lru_cache

from veragym.envs.text.maths.writing import reduction

WANTED = "Answer with a fraction in lowest terms."
LOWEST_FORM = {"kind": "rational", "lowest": True}

FACES = (4, 6, 8, 10, 12, 20)


@lru_cache(maxsize=256)
def sum_counts(faces: tuple[int, ...]) -> tuple[int, ...]:
    """How many outcomes of the dice have sum s, at index s."""
    counts: tuple[int, ...] = (1,)
    for f in faces:
        counts = tuple(
            sum(counts[s - v] for v in range(1, f + 1) if 0 <= s - v < len(counts))
            for s in range(len(counts) + f)
        )
    return counts


def probability_text(count: int, whole: int) -> str:
    """The last step of a count: the fraction, reduced if need be."""
    return f"P = {reduction(count, whole)}"
