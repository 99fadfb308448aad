"""A rubric: items whose states are carried from window to window, and the score they add up to.

An item either asks for something (`achieve`: open until a window meets it, open again if a later
window undoes it) or forbids something (`maintain`: kept until a window breaks it, then broken for
good). Each window sends each item one signal: `met`, `broken` or `silent`.

    score = (weight of items achieved / weight of all to achieve)
          × (1 - weight of items broken / weight of all to maintain)

so an agent that does nothing keeps every prohibition and earns 0. A `required` item that fails
makes the score 0.

Source: A15 (sliding-window rubric evaluation with a state per item).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

MAX_ITEMS = 128
MAX_ITEM_CHARS = 4_000

Kind = Literal["achieve", "maintain"]


class RubricFault(Exception):
    """The task's rubric cannot be used; the message quotes nothing of it."""


class Signal(StrEnum):
    """What one window says about one item."""

    MET = "met"
    BROKEN = "broken"
    SILENT = "silent"


class State(StrEnum):
    """Where an item stands after the windows so far."""

    OPEN = "open"
    MET = "met"
    KEPT = "kept"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a rubric.

    Attributes:
        text: what is asked or forbidden, for a model to judge; may be empty with a predicate.
        kind: `achieve` or `maintain`.
        weight: relative, positive.
        required: failing it makes the whole score 0.
        roles: whose messages count as evidence; empty for anybody's. `("tool",)` keeps an agent
            from earning an item by claiming what no tool confirmed.
        predicate: name of a program that judges it; empty for the model.
        args: for the program.
    """

    text: str
    kind: Kind = "achieve"
    weight: float = 1.0
    required: bool = False
    roles: tuple[str, ...] = ()
    predicate: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)

    @property
    def start(self) -> State:
        """The state before the first window."""
        return State.OPEN if self.kind == "achieve" else State.KEPT


def parse_rubric(data: Any) -> tuple[Item, ...]:
    """Items from the task's JSON: a list of objects with the fields of `Item`.

    Raises:
        RubricFault: it is not that; or nothing is to be achieved, so that doing nothing would win.
    """
    if not isinstance(data, (list, tuple)) or not 0 < len(data) <= MAX_ITEMS:
        raise RubricFault(f"its rubric must be a list of 1 to {MAX_ITEMS} items")
    items = tuple(_item(number, entry) for number, entry in enumerate(data, 1))
    if not any(item.kind == "achieve" for item in items):
        raise RubricFault("its rubric has no item to achieve, so doing nothing would win")
    return items


def _item(number: int, data: Any) -> Item:
    if not isinstance(data, Mapping):
        raise RubricFault(f"item {number} of its rubric is a {type(data).__name__}, not an object")
    unknown = set(data) - set(Item.__dataclass_fields__)
    if unknown:
        raise RubricFault(f"item {number} of its rubric has {len(unknown)} unknown fields")
    text, predicate = data.get("text", ""), data.get("predicate", "")
    kind, weight = data.get("kind", "achieve"), data.get("weight", 1.0)
    required, roles, args = data.get("required", False), data.get("roles", ()), data.get("args", {})
    sound = (
        isinstance(text, str)
        and len(text) <= MAX_ITEM_CHARS
        and isinstance(predicate, str)
        and bool(text.strip() or predicate)
        and kind in ("achieve", "maintain")
        and isinstance(weight, (int, float))
        and not isinstance(weight, bool)
        and 0.0 < weight <= 1e6
        and isinstance(required, bool)
        and isinstance(roles, (list, tuple))
        and all(isinstance(role, str) and role for role in roles)
        and isinstance(args, Mapping)
    )
    if not sound:
        raise RubricFault(f"item {number} of its rubric has a field of the wrong type or range")
    return Item(text, kind, float(weight), required, tuple(roles), predicate, args)


def advance(item: Item, state: State, signal: Signal) -> State:
    """The item's state after one more window."""
    if item.kind == "maintain":
        return State.BROKEN if signal is Signal.BROKEN else state
    if signal is Signal.MET:
        return State.MET
    return State.OPEN if signal is Signal.BROKEN else state


def settled(item: Item, state: State) -> bool:
    """Whether no further window can change the state."""
    return item.kind == "maintain" and state is State.BROKEN


def passed(state: State) -> bool:
    """Whether an item in this final state counts as fulfilled."""
    return state in (State.MET, State.KEPT)


def rubric_score(items: Sequence[Item], states: Sequence[State]) -> tuple[float, dict[str, float]]:
    """The score in [0, 1] and its parts: `achieve`, `maintain`, and 0 or 1 per item by number."""
    achieve = _share(zip(items, states, strict=True), "achieve")
    maintain = _share(zip(items, states, strict=True), "maintain")
    failed = any(
        item.required and not passed(state) for item, state in zip(items, states, strict=True)
    )
    parts = {"achieve": achieve, "maintain": maintain}
    parts.update({f"item.{n}": float(passed(state)) for n, state in enumerate(states, 1)})
    return (0.0 if failed else achieve * maintain), parts


def _share(pairs: Iterable[tuple[Item, State]], kind: Kind) -> float:
    """Weight passed over weight of that kind; exactly 1 when all passed, 1 when there is none."""
    mine = [(item, state) for item, state in pairs if item.kind == kind]
    if all(passed(state) for _, state in mine):
        return 1.0
    total = math.fsum(item.weight for item, _ in mine)
    return math.fsum(item.weight for item, state in mine if passed(state)) / total
