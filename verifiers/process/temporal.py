"""A small temporal logic over event logs, with three-valued verdicts on every prefix.

A rule says something about a finished log. Of a log still growing it is `violated` when no
continuation can keep it, `satisfied` when every continuation does, else `undecided`. A decided
verdict never changes (monitors latch it), so a violation is known at the event that commits it.

    never p                    no event is p
    always p of q              every q is p
    eventually p (n times)     at least n events are p
    before p, q                no q without an earlier p
    response p → q             every p is followed by a later q
    within p → q, k            … by one of the next k events
    at_most n p                at most n events are p
    until p, q                 every event is p until a q, which comes (unless weak)
    all_of, any_of, not_       combinations; three-valued as Kleene's

`same: [field, …]` splits before, response, within and at_most by the values of fields: "verify the
customer before refunding *that* customer".

Combinations are sound but may decide late: `any_of(never p, eventually p)` holds of every log, and
is undecided until a p or the end. Cost: constant time per event and rule, memory at most one entry
per distinct value of `same`.

Rows A14, A05 (policies over event logs; prefixes). Semantics after Bauer, Leucker and Schallhart
2011 (runtime verification, three-valued), on finite logs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from veragym.verifiers.process.events import Event, EventFault, Pattern, type_of

Key = tuple[Any, ...]


class Truth(StrEnum):
    """What is known of a rule."""

    SATISFIED = "satisfied"
    VIOLATED = "violated"
    UNDECIDED = "undecided"


_YES, _NO, _OPEN = Truth.SATISFIED, Truth.VIOLATED, Truth.UNDECIDED
_OPPOSITE = {_YES: _NO, _NO: _YES, _OPEN: _OPEN}


class Monitor(ABC):
    """Watches one rule over one log. Feed events in order; `close` when the log is finished."""

    def __init__(self) -> None:
        self.truth = _OPEN

    def observe(self, event: Event) -> Truth:
        """The verdict after one more event.

        Raises:
            EventFault: the event lacks what the rule compares.
        """
        if self.truth is _OPEN:
            self.truth = self._observe(event)
        return self.truth

    def close(self) -> Truth:
        """The verdict on the finished log: `satisfied` or `violated`."""
        if self.truth is _OPEN:
            self.truth = self._close()
        return self.truth

    @abstractmethod
    def _observe(self, event: Event) -> Truth: ...

    @abstractmethod
    def _close(self) -> Truth: ...


@dataclass(frozen=True)
class Formula(ABC):
    """A rule. Frozen and picklable; `monitor` starts watching it, `str` says it in words."""

    @abstractmethod
    def monitor(self) -> Monitor:
        """A fresh monitor."""


@dataclass(frozen=True)
class Never(Formula):
    """No event is `pattern`."""

    pattern: Pattern

    def monitor(self) -> Monitor:
        return _Never(self)

    def __str__(self) -> str:
        return f"never: {self.pattern}"


class _Never(Monitor):
    def __init__(self, rule: Never) -> None:
        super().__init__()
        self.rule = rule

    def _observe(self, event: Event) -> Truth:
        return _NO if self.rule.pattern.matches(event) else _OPEN

    def _close(self) -> Truth:
        return _YES


@dataclass(frozen=True)
class Always(Formula):
    """Every event that is `of` is also `that`."""

    that: Pattern
    of: Pattern

    def monitor(self) -> Monitor:
        return _Always(self)

    def __str__(self) -> str:
        return f"always: every {self.of} is {self.that}"


class _Always(Monitor):
    def __init__(self, rule: Always) -> None:
        super().__init__()
        self.rule = rule

    def _observe(self, event: Event) -> Truth:
        kept = not self.rule.of.matches(event) or self.rule.that.matches(event)
        return _OPEN if kept else _NO

    def _close(self) -> Truth:
        return _YES


@dataclass(frozen=True)
class Eventually(Formula):
    """At least `count` events are `pattern`."""

    pattern: Pattern
    count: int = 1

    def monitor(self) -> Monitor:
        return _Eventually(self)

    def __str__(self) -> str:
        return f"eventually, at least {self.count} times: {self.pattern}"


class _Eventually(Monitor):
    def __init__(self, rule: Eventually) -> None:
        super().__init__()
        self.rule, self.left = rule, rule.count

    def _observe(self, event: Event) -> Truth:
        self.left -= self.rule.pattern.matches(event)
        return _YES if self.left <= 0 else _OPEN

    def _close(self) -> Truth:
        return _NO


@dataclass(frozen=True)
class Before(Formula):
    """No `then` without an earlier `first` (of the same values in `same`)."""

    first: Pattern
    then: Pattern
    same: tuple[str, ...] = ()

    def monitor(self) -> Monitor:
        return _Before(self)

    def __str__(self) -> str:
        return f"{self.first} before any {self.then}{_same(self.same)}"


class _Before(Monitor):
    def __init__(self, rule: Before) -> None:
        super().__init__()
        self.rule = rule
        self.seen: set[Key] = set()

    def _observe(self, event: Event) -> Truth:
        rule = self.rule
        if rule.then.matches(event) and key_of(event, rule.same) not in self.seen:
            return _NO
        if rule.first.matches(event):
            self.seen.add(key_of(event, rule.same))
            if not rule.same:
                return _YES
        return _OPEN

    def _close(self) -> Truth:
        return _YES


@dataclass(frozen=True)
class Response(Formula):
    """Every `trigger` is followed by a later `answer` (of the same values in `same`)."""

    trigger: Pattern
    answer: Pattern
    same: tuple[str, ...] = ()

    def monitor(self) -> Monitor:
        return _Response(self.trigger, self.answer, self.same, None)

    def __str__(self) -> str:
        return f"every {self.trigger} is followed by {self.answer}{_same(self.same)}"


@dataclass(frozen=True)
class Within(Formula):
    """Every `trigger` is followed by an `answer` among the next `events` events."""

    trigger: Pattern
    answer: Pattern
    events: int
    same: tuple[str, ...] = ()

    def monitor(self) -> Monitor:
        return _Response(self.trigger, self.answer, self.same, self.events)

    def __str__(self) -> str:
        return (
            f"every {self.trigger} is followed within {self.events} events by {self.answer}"
            f"{_same(self.same)}"
        )


class _Response(Monitor):
    """Open triggers by key with their earliest deadline; insertion order is deadline order."""

    def __init__(
        self, trigger: Pattern, answer: Pattern, same: tuple[str, ...], events: int | None
    ) -> None:
        super().__init__()
        self.trigger, self.answer, self.same, self.events = trigger, answer, same, events
        self.open: dict[Key, int] = {}
        self.position = -1

    def _observe(self, event: Event) -> Truth:
        self.position += 1
        if self.answer.matches(event):
            self.open.pop(key_of(event, self.same), None)
        if self.events is not None and self.open:
            earliest = next(iter(self.open.values()))
            if earliest <= self.position:
                return _NO
        if self.trigger.matches(event):
            self.open.setdefault(key_of(event, self.same), self.position + (self.events or 0))
        return _OPEN

    def _close(self) -> Truth:
        return _NO if self.open else _YES


@dataclass(frozen=True)
class AtMost(Formula):
    """At most `count` events are `pattern` (for each value of `same`)."""

    count: int
    pattern: Pattern
    same: tuple[str, ...] = ()

    def monitor(self) -> Monitor:
        return _AtMost(self)

    def __str__(self) -> str:
        return f"at most {self.count} times: {self.pattern}{_same(self.same)}"


class _AtMost(Monitor):
    def __init__(self, rule: AtMost) -> None:
        super().__init__()
        self.rule = rule
        self.counts: Counter[Key] = Counter()

    def _observe(self, event: Event) -> Truth:
        if self.rule.pattern.matches(event):
            key = key_of(event, self.rule.same)
            self.counts[key] += 1
            if self.counts[key] > self.rule.count:
                return _NO
        return _OPEN

    def _close(self) -> Truth:
        return _YES


@dataclass(frozen=True)
class Until(Formula):
    """Every event is `hold` until a `goal`; the goal must come, unless `weak`."""

    hold: Pattern
    goal: Pattern
    weak: bool = False

    def monitor(self) -> Monitor:
        return _Until(self)

    def __str__(self) -> str:
        ending = ", if it comes" if self.weak else ", which must come"
        return f"only {self.hold} until {self.goal}{ending}"


class _Until(Monitor):
    def __init__(self, rule: Until) -> None:
        super().__init__()
        self.rule = rule

    def _observe(self, event: Event) -> Truth:
        if self.rule.goal.matches(event):
            return _YES
        return _OPEN if self.rule.hold.matches(event) else _NO

    def _close(self) -> Truth:
        return _YES if self.rule.weak else _NO


@dataclass(frozen=True)
class AllOf(Formula):
    """Every part holds."""

    parts: tuple[Formula, ...]

    def monitor(self) -> Monitor:
        return _Combined(self.parts, _NO)

    def __str__(self) -> str:
        return "all of (" + "; ".join(map(str, self.parts)) + ")"


@dataclass(frozen=True)
class AnyOf(Formula):
    """Some part holds."""

    parts: tuple[Formula, ...]

    def monitor(self) -> Monitor:
        return _Combined(self.parts, _YES)

    def __str__(self) -> str:
        return "any of (" + "; ".join(map(str, self.parts)) + ")"


class _Combined(Monitor):
    """Decided by one part at `absorbing`, or by all at its opposite."""

    def __init__(self, parts: Sequence[Formula], absorbing: Truth) -> None:
        super().__init__()
        self.parts = [part.monitor() for part in parts]
        self.absorbing = absorbing

    def _observe(self, event: Event) -> Truth:
        return self._joined([part.observe(event) for part in self.parts])

    def _close(self) -> Truth:
        return self._joined([part.close() for part in self.parts])

    def _joined(self, truths: list[Truth]) -> Truth:
        if self.absorbing in truths:
            return self.absorbing
        return _OPEN if _OPEN in truths else _OPPOSITE[self.absorbing]


@dataclass(frozen=True)
class Not(Formula):
    """The part does not hold."""

    part: Formula

    def monitor(self) -> Monitor:
        return _Not(self.part)

    def __str__(self) -> str:
        return f"not ({self.part})"


class _Not(Monitor):
    def __init__(self, part: Formula) -> None:
        super().__init__()
        self.part = part.monitor()

    def _observe(self, event: Event) -> Truth:
        return _OPPOSITE[self.part.observe(event)]

    def _close(self) -> Truth:
        return _OPPOSITE[self.part.close()]


def key_of(event: Event, same: tuple[str, ...]) -> Key:
    """The values that tell instances of a rule apart, with their types: True is not 1.

    Raises:
        EventFault: the event lacks one of the fields.
    """
    values = []
    for name in same:
        if name not in event.fields:
            raise EventFault(f"an event {event.kind!r:.80} has no field {name!r:.80}")
        values.append((type_of(event.fields[name]), event.fields[name]))
    return tuple(values)


def prefix_truths(formula: Formula, events: Sequence[Event]) -> list[Truth]:
    """The verdict on every prefix of a growing log.

    Returns:
        (events + 1,) from the empty prefix to the whole log, still open.
    """
    monitor = formula.monitor()
    return [_OPEN, *(monitor.observe(event) for event in events)]


def holds(formula: Formula, events: Sequence[Event]) -> bool:
    """Whether the rule is kept by the finished log."""
    monitor = formula.monitor()
    for event in events:
        if monitor.observe(event) is not _OPEN:
            break
    return monitor.close() is _YES


def _same(fields: tuple[str, ...]) -> str:
    return f", for the same {' and '.join(fields)}" if fields else ""
