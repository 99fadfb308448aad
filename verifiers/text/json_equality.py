"""Equality of JSON values under declared freedoms.

`True` is not 1, `"1"` is not 1, a missing key is not null. What does not count must be declared
by path: `$.items` (lists whose order is free), `$.meta.time` (keys left out), a tolerance for
numbers. A path is `$`, then `.key`, `['key']`, `[n]` or `[*]`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from veragym.core.errors import OptionError
from veragym.verifiers.text.contract import finite

MAX_MATCHED = 200
"""Longest gold list compared in any order with a tolerance (a matching is computed)."""

Path = tuple[str | int | None, ...]
"""Keys, indices, and None for `[*]`."""

_STEP = re.compile(r"\.([^\s.\[\]'\"]+)|\['([^']*)'\]|\[(\d{1,6}|\*)\]")


def path(text: str) -> Path:
    """`$.items[*].tags` as a tuple.

    Raises:
        OptionError: not a path of this grammar.
    """
    if not isinstance(text, str) or not text.startswith("$"):
        raise OptionError(f"a path begins with '$', such as $.items[*].tags; got {text!r}")
    steps: list[str | int | None] = []
    at = 1
    while at < len(text):
        step = _STEP.match(text, at)
        if not step:
            raise OptionError(f"path {text!r}: cannot read {text[at:]!r}; write .key, [0] or [*]")
        dotted, quoted, index = step.groups()
        steps.append(
            dotted or (quoted if quoted is not None else None if index == "*" else int(index))
        )
        at = step.end()
    return tuple(steps)


@dataclass(frozen=True)
class Sameness:
    """When two JSON values count as the same.

    Attributes:
        unordered: paths of lists whose order is free (how often an element occurs still counts).
        ignore: paths of object members that are not compared, and may be missing.
        rel_tol: relative tolerance for numbers, in [0, 1), relative to the gold.
        abs_tol: absolute tolerance for numbers.
    """

    unordered: tuple[Path, ...] = ()
    ignore: tuple[Path, ...] = ()
    rel_tol: float = 0.0
    abs_tol: float = 0.0

    def __post_init__(self) -> None:
        if not finite(self.rel_tol) or not 0 <= self.rel_tol < 1:
            raise OptionError(f"rel_tol must be in [0, 1), got {self.rel_tol!r}")
        if not finite(self.abs_tol) or self.abs_tol < 0:
            raise OptionError(f"abs_tol must be a number from 0 up, got {self.abs_tol!r}")
        if () in self.ignore:
            raise OptionError("ignoring '$' would leave nothing to compare")

    def __call__(self, gold: Any, given: Any) -> bool:
        """Whether the given value is the gold one.

        Raises:
            OptionError: a gold list to be matched with a tolerance is too long.
        """
        if self.rel_tol or self.abs_tol:
            return self._near(gold, given, ())
        return self.key(gold) == self.key(given)

    def key(self, value: Any, at: Path = ()) -> Hashable:
        """A hashable that two values share if and only if they are the same without tolerance."""
        if isinstance(value, bool) or value is None:
            return ("constant", value)
        if isinstance(value, (int, float)):
            return ("number", value)
        if isinstance(value, str):
            return ("text", value)
        if isinstance(value, dict):
            kept = self._kept(value, at)
            return ("object", frozenset((k, self.key(v, (*at, k))) for k, v in kept.items()))
        items = [self.key(item, (*at, i)) for i, item in enumerate(value)]
        if _listed(at, self.unordered):
            return ("bag", frozenset(Counter(items).items()))
        return ("list", tuple(items))

    def leaves(self, value: Any, at: Path = ()) -> int:
        """How many scalars and empty containers of a value are compared."""
        if isinstance(value, dict):
            kept = self._kept(value, at)
            return sum(self.leaves(v, (*at, k)) for k, v in kept.items()) or int(not value)
        if isinstance(value, list):
            return sum(self.leaves(v, (*at, i)) for i, v in enumerate(value)) or int(not value)
        return 1

    def _kept(self, value: dict[str, Any], at: Path) -> dict[str, Any]:
        if not self.ignore:
            return value
        return {k: v for k, v in value.items() if not _listed((*at, k), self.ignore)}

    def _near(self, gold: Any, given: Any, at: Path) -> bool:
        if isinstance(gold, bool) or isinstance(given, bool) or gold is None or given is None:
            return gold is given
        if isinstance(gold, (int, float)):
            return isinstance(given, (int, float)) and (
                gold == given
                or (
                    finite(gold)
                    and finite(given)
                    and _within(gold, given, self.rel_tol, self.abs_tol)
                )
            )
        if isinstance(gold, str) or type(gold) is not type(given):
            return type(gold) is type(given) and bool(gold == given)
        if isinstance(gold, dict):
            mine, theirs = self._kept(gold, at), self._kept(given, at)
            return mine.keys() == theirs.keys() and all(
                self._near(mine[k], theirs[k], (*at, k)) for k in mine
            )
        if len(gold) != len(given):
            return False
        if _listed(at, self.unordered):
            return self._matched(gold, given, at)
        return all(self._near(a, b, (*at, i)) for i, (a, b) in enumerate(zip(gold, given)))

    def _matched(self, gold: list[Any], given: list[Any], at: Path) -> bool:
        """Whether the elements pair off one to one (augmenting paths)."""
        if len(gold) > MAX_MATCHED:
            raise OptionError(f"an unordered list with a tolerance has at most {MAX_MATCHED} items")
        near = [
            [j for j, b in enumerate(given) if self._near(a, b, (*at, i))]
            for i, a in enumerate(gold)
        ]
        owner: dict[int, int] = {}

        def place(i: int, seen: set[int]) -> bool:
            for j in near[i]:
                if j not in seen:
                    seen.add(j)
                    if j not in owner or place(owner[j], seen):
                        owner[j] = i
                        return True
            return False

        return all(place(i, set()) for i in range(len(gold)))


def _within(gold: float, given: float, rel_tol: float, abs_tol: float) -> bool:
    """|given − gold| ≤ max(abs_tol, rel_tol · |gold|), of the decimals as they are written."""
    exact, other = Fraction(repr(gold)), Fraction(repr(given))
    return abs(other - exact) <= max(Fraction(repr(abs_tol)), Fraction(repr(rel_tol)) * abs(exact))


def _listed(at: Path, patterns: tuple[Path, ...]) -> bool:
    return any(
        len(pattern) == len(at)
        and all(
            (isinstance(step, int) if want is None else want == step)
            for want, step in zip(pattern, at)
        )
        for pattern in patterns
    )
