"""A check: conditions on the final files, and a frame around them.

    {"all": [condition, …], "frame": ["out.csv", {"removed": "tmp/**"}]}

Both must hold. A condition may have a `name`, under which it is reported; without one it is
counted. Names are shown to agents at the end of an episode, so they must not give anything away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from veragym.sandbox.tree import Change, Tree, changes
from veragym.verifiers.state.conditions import MOST, Condition, World, read_condition
from veragym.verifiers.state.faults import CheckFault
from veragym.verifiers.state.frame import Frame

__all__ = ["Check", "CheckFault", "Report", "read_check"]


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found.

    Attributes:
        conditions: whether each holds, by name, in their order.
        breaches: changes outside the frame.
    """

    conditions: Mapping[str, bool]
    breaches: tuple[Change, ...]

    @property
    def holds(self) -> bool:
        return all(self.conditions.values()) and not self.breaches

    @property
    def share(self) -> float:
        """The share of conditions that hold, in [0, 1]; the frame is not one of them."""
        return sum(self.conditions.values()) / max(1, len(self.conditions))

    def told(self) -> str:
        """One sentence, without anything of what was expected."""
        met, every = sum(self.conditions.values()), len(self.conditions)
        said = f"{met} of {every} conditions on the files hold" if every else ""
        if self.breaches:
            shown = ", ".join(f"{_verb(c)} {c.path!r:.60}" for c in islice(self.breaches, 3))
            more = len(self.breaches) - 3
            also = f" and {more} more" if more > 0 else ""
            said += ("; " if said else "") + f"beside what was asked for: {shown}{also}"
        return said or "nothing was asked of the files and nothing changed"


def _verb(change: Change) -> str:
    if change.before is None:
        return "added"
    return "removed" if change.after is None else "changed"


@dataclass(frozen=True, slots=True)
class Check:
    """Conditions and a frame, ready to be asked.

    Attributes:
        conditions: by name.
        frame: what may change.
    """

    conditions: Mapping[str, Condition]
    frame: Frame

    def __call__(self, before: Tree, after: Tree) -> Report:
        """A pure function of two trees."""
        world = World(before, after)
        return Report(
            {name: condition(world) for name, condition in self.conditions.items()},
            tuple(self.frame.breaches(changes(before, after))),
        )


def read_check(data: object) -> Check:
    """A check from plain data.

    Raises:
        CheckFault: it is malformed; the message names the part.
    """
    if not isinstance(data, Mapping) or set(data) - {"all", "frame"}:
        raise CheckFault(f"a check has `all` and `frame` and nothing else, got {data!r:.80}")
    rows = data.get("all", [])
    if not isinstance(rows, list) or len(rows) > MOST:
        raise CheckFault(f"`all` must be a list of at most {MOST} conditions, got {rows!r:.80}")
    conditions: dict[str, Condition] = {}
    for number, row in enumerate(rows, 1):
        try:
            condition = read_condition(row)
        except CheckFault as fault:
            raise CheckFault(f"condition {number}: {fault}") from fault
        name = str(row.get("name", number))
        if name in conditions:
            raise CheckFault(f"two conditions are named {name!r:.80}")
        conditions[name] = condition
    return Check(conditions, Frame.read(data.get("frame", [])))
