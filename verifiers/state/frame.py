"""The frame: what a task allows to change. Everything else has to stay as it was.

Patterns are paths in which `*` and `?` stand for characters within a name and `**` for any number
of names (`logs/**` is everything below `logs`, not `logs` itself). Brackets stand for themselves.
A path longer than `LONGEST` characters is matched by itself only.

Times of files never count: a tree has none. Neither do the histories that programs keep unasked
(`NOISE`), in which nothing of a task is ever kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from veragym.sandbox.tree import Change
from veragym.verifiers.state.faults import CheckFault

NOISE = (
    ".bash_history", ".lesshst", ".python_history", ".sqlite_history", ".viminfo", ".cache",
    ".cache/**",
)  # fmt: skip
LONGEST = 400
WILDCARDS = 3
"""Of a pattern, so that matching takes a bounded time."""
HOW = ("added", "changed", "removed")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    signs = {"**": r".*", "**/": r"(?:[^/]+/)*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join(signs.get(part) or re.escape(part) for part in parts), re.DOTALL)


def matches(pattern: str, path: str) -> bool:
    """Whether a path is one that a pattern names."""
    if path == pattern:
        return True
    return len(path) <= LONGEST and _compiled(pattern).fullmatch(path) is not None


def check_pattern(pattern: object) -> str:
    """The pattern, if it is one.

    Raises:
        CheckFault: it is none, or has too many wildcards.
    """
    if not isinstance(pattern, str) or not pattern:
        raise CheckFault(f"a pattern must be a text, got {pattern!r:.80}")
    if len(re.findall(r"\*+", pattern)) > WILDCARDS:
        raise CheckFault(f"a pattern may have {WILDCARDS} stars, got {pattern!r:.80}")
    return pattern


@dataclass(frozen=True, slots=True)
class Frame:
    """What may change, by how.

    Attributes:
        added, changed, removed: patterns.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @classmethod
    def read(cls, data: object) -> Frame:
        """From a list of patterns, each a text (may change in any way) or `{"added": pattern}`.

        Raises:
            CheckFault: something else.
        """
        if not isinstance(data, list):
            raise CheckFault(f"frame must be a list of patterns, got {data!r:.80}")
        found: dict[str, list[str]] = {how: [] for how in HOW}
        for row in data:
            said = dict.fromkeys(HOW, row) if isinstance(row, str) else row
            if not isinstance(said, Mapping) or not said or set(said) - set(HOW):
                raise CheckFault(
                    f"a frame's entry must be a pattern, or have {', '.join(HOW)}; got {row!r:.80}"
                )
            for how, pattern in said.items():
                found[how].append(check_pattern(pattern))
        return cls(*(tuple(found[how]) for how in HOW))

    def breaches(self, changes: Iterable[Change]) -> list[Change]:
        """The changes it does not allow, in their order."""
        return [change for change in changes if not self.allows(change)]

    def allows(self, change: Change) -> bool:
        if change.before is None:
            patterns = self.added
        elif change.after is None:
            patterns = self.removed
        else:
            patterns = self.changed
        return any(matches(pattern, change.path) for pattern in (*patterns, *NOISE))
