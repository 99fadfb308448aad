"""The ledger of what an episode has used, and the budget it may not exceed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from veragym.core.errors import OptionError


@dataclass(slots=True)
class Cost:
    """What an episode has used so far; `info["cost"]` is `as_dict()` of it.

    Attributes:
        turns: steps taken.
        tool_calls: tools executed.
        characters: characters of agent text received.
        tokens: tokens of agent text, where the caller reports them (0 otherwise).
        cpu_seconds: processor time spent in sandboxes for this episode.
    """

    turns: int = 0
    tool_calls: int = 0
    characters: int = 0
    tokens: int = 0
    cpu_seconds: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """The ledger as plain numbers."""
        return {
            "turns": self.turns,
            "tool_calls": self.tool_calls,
            "characters": self.characters,
            "tokens": self.tokens,
            "cpu_seconds": self.cpu_seconds,
        }

    def exceeded(self, budget: Mapping[str, float]) -> str | None:
        """The name of the first entry above its budget, or None."""
        for name, limit in budget.items():
            if getattr(self, name) > limit:
                return name
        return None


LEDGER = tuple(f.name for f in fields(Cost))


def check_budget(budget: object) -> dict[str, float]:
    """A budget as a dict of positive limits by ledger entry.

    Raises:
        OptionError: unknown entry or a limit that is not a positive number.
    """
    if budget is None:
        return {}
    if not isinstance(budget, Mapping):
        raise OptionError(f"budget must be a dict such as {{'turns': 8}}, got {budget!r}")
    for name, limit in budget.items():
        if name not in LEDGER:
            raise OptionError(f"budget entry {name!r} is unknown; use {', '.join(LEDGER)}")
        if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not limit > 0:
            raise OptionError(f"budget[{name!r}] must be a positive number, got {limit!r}")
    return dict(budget)
