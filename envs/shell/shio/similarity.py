"""How alike two outputs are: 2 * LCS / (|a| + |b|), the ratio ShIOEnv measures redundancy by (A03).

The longest common subsequence is found bit-parallel (Hyyrö 2004, "Bit-parallel LCS-length
computation revisited"): one machine-word operation stands for many cells of the usual table, and
Python's integers are words of any length.
"""

from __future__ import annotations

LONGEST = 8192
"""Characters of an output that are compared."""


def common_subsequence(a: str, b: str) -> int:
    """Length of the longest common subsequence of two texts."""
    places: dict[str, int] = {}
    for i, character in enumerate(a):
        places[character] = places.get(character, 0) | 1 << i
    full = (1 << len(a)) - 1
    row = full
    for character in b:
        met = row & places.get(character, 0)
        row = ((row + met) | (row - met)) & full
    return len(a) - row.bit_count()


def similarity(a: str, b: str) -> float:
    """In [0, 1]: 1 for equal texts (also two empty ones), 0 if they share no character.

    Of each text the first `LONGEST` characters count. Texts that are longer and equal so far are
    told apart by their lengths at least: they are at most 1 - 1e-9 alike.
    """
    if a == b:
        return 1.0
    head, other = a[:LONGEST], b[:LONGEST]
    if head == other:
        return 1.0 - 1e-9
    # What both begin and end with is common in any case.
    start = 0
    most = min(len(head), len(other))
    while start < most and head[start] == other[start]:
        start += 1
    end = 0
    while end < most - start and head[-1 - end] == other[-1 - end]:
        end += 1
    inner = common_subsequence(head[start : len(head) - end], other[start : len(other) - end])
    return 2.0 * (start + end + inner) / (len(head) + len(other))
