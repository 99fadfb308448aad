"""Typed events, and patterns that pick them out of a log.

A log is written by the environment, so its types can be trusted and must be: a comparison with a
field that is missing or of another type raises `EventFault` instead of quietly not matching. A rule
"no refund above 100" would otherwise be dodged by an amount of "120".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.trajectory import Trajectory
from veragym.verifiers.process.steps import steps_of

Scalar = str | int | float | bool

MAX_EVENTS = 1_000_000
ANY = "*"
"""The kind that matches events of every kind."""

_ORDERED = {"lt", "le", "gt", "ge"}
_SETS = {"in", "not_in"}
_TEXT = {"starts", "contains"}
OPERATORS = ("eq", "ne", *sorted(_ORDERED), *sorted(_SETS), *sorted(_TEXT))
_SIGNS = {"eq": "=", "ne": "≠", "lt": "<", "le": "≤", "gt": ">", "ge": "≥", "in": "in"}


class EventFault(ValueError):
    """A log is malformed or lacks what a rule compares; nothing was concluded about it."""


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        kind: what, e.g. `"refund"`.
        fields: named text, numbers (finite) or booleans.
    """

    kind: str
    fields: Mapping[str, Scalar] = field(default_factory=dict)


def events_of(source: Any) -> tuple[Event, ...]:
    """The events of a log.

    Args:
        source: a sequence of `Event`, or of dicts with the kind under `"event"` and the fields
            beside it; or a `Trajectory`, whose turns become events of kind `turn` with the fields
            `action`, `valid` and `failed`.
    Raises:
        EventFault: anything else. `NotATrajectory` (a `ValueError`) for a malformed trajectory.
    """
    if isinstance(source, Trajectory):
        return tuple(
            Event("turn", {"action": step.action, "valid": step.valid, "failed": step.failed})
            for step in steps_of(source)
        )
    if isinstance(source, (str, bytes)) or not isinstance(source, Sequence):
        raise EventFault(f"expected a list of events, got a {type(source).__name__}")
    if len(source) > MAX_EVENTS:
        raise EventFault(f"{len(source)} events are more than the {MAX_EVENTS} that are read")
    return tuple(_event(number, item) for number, item in enumerate(source))


def _event(number: int, item: Any) -> Event:
    kind: Any
    if isinstance(item, Event):
        kind, fields = item.kind, item.fields
    elif isinstance(item, Mapping):
        kind = item.get("event")
        fields = {key: value for key, value in item.items() if key != "event"}
    else:
        raise EventFault(f"event {number} is a {type(item).__name__}, not an event")
    if not isinstance(kind, str) or not kind or kind == ANY:
        raise EventFault(f"event {number} has no kind: give it under 'event', as text")
    for key, value in fields.items():
        if not isinstance(key, str) or not isinstance(value, (str, int, float, bool)):
            raise EventFault(f"field {key!r:.80} of event {number} must be text, number or bool")
        if isinstance(value, float) and not math.isfinite(value):
            raise EventFault(f"field {key!r:.80} of event {number} must be finite, got {value!r}")
    return Event(kind, fields)


def type_of(value: Any) -> str:
    """`text`, `number` or `bool`: what may be compared with what. True is not 1."""
    if isinstance(value, bool):
        return "bool"
    return "text" if isinstance(value, str) else "number"


@dataclass(frozen=True)
class Test:
    """One comparison of a field with a constant."""

    __test__ = False  # the name is the field's own, not pytest's

    name: str
    operator: str
    value: Any

    def holds(self, event: Event) -> bool:
        """Whether the comparison is true.

        Raises:
            EventFault: the field is missing or of another type than the constant.
        """
        if self.name not in event.fields:
            raise EventFault(f"an event {event.kind!r:.80} has no field {self.name!r:.80}")
        found, value, operator = event.fields[self.name], self.value, self.operator
        wanted = type_of(value[0] if operator in _SETS else value)
        if type_of(found) != wanted:
            raise EventFault(
                f"field {self.name!r:.80} of an event {event.kind!r:.80} is a {type_of(found)}, "
                f"the rule compares it with a {wanted}"
            )
        return bool(_COMPARE[operator](found, value))

    def __str__(self) -> str:
        return f"{self.name} {_SIGNS.get(self.operator, self.operator)} {self.value}"


_COMPARE: Mapping[str, Any] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not_in": lambda a, b: a not in b,
    "starts": lambda a, b: a.startswith(b),
    "contains": lambda a, b: b in a,
}


@dataclass(frozen=True)
class Pattern:
    """Events of one of several shapes.

    Attributes:
        shapes: (kind, tests) pairs; an event matches if its kind is that one (or the pair's is
            `"*"`) and all tests hold. An event of kind-less pattern that lacks a tested field does
            not match: not every event has every field.
    """

    shapes: tuple[tuple[str, tuple[Test, ...]], ...]

    def matches(self, event: Event) -> bool:
        """Whether the event is one of these.

        Raises:
            EventFault: a test cannot be decided.
        """
        return any(_fits(event, kind, tests) for kind, tests in self.shapes)

    def __str__(self) -> str:
        return " or ".join(
            ("any event" if kind == ANY else kind)
            + (" with " + " and ".join(map(str, tests)) if tests else "")
            for kind, tests in self.shapes
        )

    @classmethod
    def of(cls, data: Any, where: str = "pattern") -> Pattern:
        """Reads `"refund"`, `{"event": "refund", "where": {"amount": {"gt": 100}}}`, or a list.

        `where` maps fields to a constant (equal to it) or to {operator: constant}; the operators
        are `OPERATORS`.

        Raises:
            OptionError: the pattern is malformed; says where.
        """
        shapes = data if isinstance(data, (list, tuple)) else [data]
        if not shapes:
            raise OptionError(f"{where}: an empty list matches nothing; name an event")
        return cls(tuple(_shape(item, where) for item in shapes))


def _fits(event: Event, kind: str, tests: tuple[Test, ...]) -> bool:
    if kind == ANY:
        return all(test.name in event.fields and test.holds(event) for test in tests)
    return event.kind == kind and all(test.holds(event) for test in tests)


def _shape(data: Any, where: str) -> tuple[str, tuple[Test, ...]]:
    if isinstance(data, str):
        data = {"event": data}
    if not isinstance(data, Mapping) or not set(data) <= {"event", "where"} or "event" not in data:
        raise OptionError(
            f"{where}: write an event's kind, or {{event: kind, where: {{field: test}}}}; "
            f"got {data!r:.120}"
        )
    kind, conditions = data["event"], data.get("where", {})
    if not isinstance(kind, str) or not kind:
        raise OptionError(f"{where}: an event's kind is a text, got {kind!r:.80}")
    if not isinstance(conditions, Mapping):
        raise OptionError(f"{where}: 'where' maps fields to tests, got {conditions!r:.80}")
    tests: list[Test] = []
    for name, condition in conditions.items():
        if not isinstance(name, str):
            raise OptionError(f"{where}: a field's name is a text, got {name!r:.80}")
        given = condition if isinstance(condition, Mapping) else {"eq": condition}
        if not given:
            raise OptionError(f"{where}: no test is given for field {name!r:.80}")
        tests += [_test(name, operator, value, where) for operator, value in given.items()]
    return kind, tuple(tests)


def _test(name: str, operator: Any, value: Any, where: str) -> Test:
    if operator not in OPERATORS:
        raise OptionError(
            f"{where}: unknown operator {operator!r:.80} for {name!r:.80}; use one of "
            + ", ".join(OPERATORS)
        )
    values = value if operator in _SETS else [value]
    if not isinstance(values, (list, tuple)) or not values:
        raise OptionError(f"{where}: {operator!r} takes a non-empty list, got {value!r:.80}")
    for item in values:
        if not isinstance(item, (str, int, float, bool)) or (
            isinstance(item, float) and not math.isfinite(item)
        ):
            raise OptionError(f"{where}: compare with text, number or bool, got {item!r:.80}")
    kinds = {type_of(item) for item in values}
    allowed = {"number"} if operator in _ORDERED else {"text"} if operator in _TEXT else kinds
    if len(kinds) > 1 or not kinds <= allowed:
        raise OptionError(f"{where}: {operator!r} cannot compare with {value!r:.80}")
    return Test(name, operator, tuple(values) if operator in _SETS else value)
