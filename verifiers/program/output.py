"""Compares what a program printed with what it should have printed.

`lines` (the default) ignores white space at the ends of lines and empty lines at the end; `exact`
ignores nothing; `tokens` compares the words between white space; `numbers` compares them too, but
where the expected word is a decimal it allows a tolerance. Whole numbers are never approximate.
"""

from __future__ import annotations

import math
import re

from veragym.verifiers.program.values import Sameness

MODES = ("lines", "exact", "tokens", "numbers")

_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,400}\.[0-9]{0,400}|\.[0-9]{1,400}|[0-9]{1,400}(?=[eE]))"
                      r"(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)  # fmt: skip
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?",
                     re.ASCII)  # fmt: skip


def same_output(expected: str, printed: bytes, mode: str, sameness: Sameness) -> bool:
    """Whether the output counts as the expected one.

    Args:
        mode: one of `MODES`.
        sameness: its tolerances serve `numbers`.
    """
    try:
        got = printed.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if mode == "exact":
        return got == expected
    if mode == "lines":
        return _lines(got) == _lines(expected)
    mine, theirs = expected.split(), got.split()
    if len(mine) != len(theirs):
        return False
    if mode == "tokens":
        return mine == theirs
    return all(_close(one, two, sameness) for one, two in zip(mine, theirs))


def _lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _close(expected: str, got: str, sameness: Sameness) -> bool:
    if expected == got:
        return True
    if not _DECIMAL.fullmatch(expected) or not _NUMBER.fullmatch(got):
        return False
    # Beyond what floats hold, two different numbers would both be infinite.
    return math.isfinite(float(expected)) and sameness.close(float(expected), float(got))
