"""Policies: named rules over event logs, read from a dict or YAML, watched and judged (A14, A05).

    rules:
      verify-first: {before: {first: verify, then: refund, same: [customer]}}
      small-only:   {never: {event: refund, where: {amount: {gt: 100}}}}
      confirm:      {within: {trigger: book, answer: confirm, events: 3}}

A policy forbids and demands; it does not say that anything was achieved, and an agent that does
nothing breaks few rules. Put `PolicyCompliance` in a `Gate` before the verifier of the outcome.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict, infra_error, unparsable
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.process.events import Event, EventFault, Pattern, events_of
from veragym.verifiers.process.steps import NotATrajectory
from veragym.verifiers.process.temporal import (
    AllOf,
    Always,
    AnyOf,
    AtMost,
    Before,
    Eventually,
    Formula,
    Monitor,
    Never,
    Not,
    Response,
    Truth,
    Until,
    Within,
)

MAX_NESTING = 16
_UNCAUGHT = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError)
"""What the YAML package lets out for malformed scalars: `!!bool maybe`, `!!int ""`, 2026-13-99."""
MAX_POLICY_CHARS = 20_000
MAX_BRACKETS = 100
"""How deep brackets may be nested in YAML text: reading takes time squared in it."""


@dataclass(frozen=True)
class Policy:
    """Named rules, in order.

    Attributes:
        rules: (id, formula) pairs with different ids.
    """

    rules: tuple[tuple[str, Formula], ...]

    @classmethod
    def of(cls, data: Any) -> Policy:
        """Reads `{"rules": {id: rule, …}}`, or YAML text of it.

        Raises:
            OptionError: malformed, with the place: an unknown word, a missing or superfluous key,
                a rule id given twice, no rules at all.
        """
        if isinstance(data, Policy):
            return data
        if isinstance(data, str):
            _check_size(data)
            try:
                data = yaml.load(data, Loader=_StrictLoader)
            except (yaml.YAMLError, RecursionError, *_UNCAUGHT) as error:
                raise OptionError(f"the policy is no YAML: {error}") from None
        if not isinstance(data, Mapping) or set(data) != {"rules"}:
            raise OptionError(f"a policy is a mapping with the one key 'rules', got {data!r:.120}")
        rules = data["rules"]
        if not isinstance(rules, Mapping) or not rules:
            raise OptionError(f"'rules' must map ids to rules, at least one, got {rules!r:.120}")
        for name in rules:
            if not isinstance(name, str) or not name or "." in name:
                raise OptionError(f"a rule's id is a text without dots, got {name!r:.80}")
        return cls(tuple((name, parse_rule(rule, name)) for name, rule in rules.items()))

    def __str__(self) -> str:
        """The rules in words, one a line: what an agent may be shown."""
        return "\n".join(f"{name}: {formula}" for name, formula in self.rules)


@dataclass(frozen=True)
class PolicyReport:
    """What a log did to a policy.

    Attributes:
        truths: of each rule, at the end of what was seen.
        violated_at: position of the event that broke a rule; the number of events where only the
            end of the log did (something demanded never came).
        truth: `violated` if any rule is, `satisfied` if all are, else `undecided`.
        prefixes: (events + 1,) that truth on every prefix of the log while it grew.
    """

    truths: Mapping[str, Truth]
    violated_at: Mapping[str, int]
    truth: Truth
    prefixes: tuple[Truth, ...]


def watch(policy: Policy, events: Sequence[Event], *, closed: bool = True) -> PolicyReport:
    """Runs every rule over a log.

    Args:
        policy: the rules.
        events: the log so far.
        closed: whether the log is finished: no rule is then undecided.
    Raises:
        EventFault: an event lacks what a rule compares.
    """
    monitors = {name: formula.monitor() for name, formula in policy.rules}
    violated_at: dict[str, int] = {}
    prefixes = [_joint(monitors)]
    for position, event in enumerate(events):
        for name, monitor in monitors.items():
            if monitor.observe(event) is Truth.VIOLATED:
                violated_at.setdefault(name, position)
        prefixes.append(_joint(monitors))
    if closed:
        for name, monitor in monitors.items():
            if monitor.close() is Truth.VIOLATED:
                violated_at.setdefault(name, len(events))
    truths = {name: monitor.truth for name, monitor in monitors.items()}
    return PolicyReport(truths, violated_at, _joint(monitors), tuple(prefixes))


@dataclass(frozen=True)
class PolicyCompliance(Verifier):
    """Whether an episode's event log keeps a policy.

    The policy is the constructor's, else `task.secret["policy"]` (A05: the agent is not shown the
    rules), else `task.public["policy"]`. The response is the log (see `events_of`), taken from the
    environment and finished. Rules of a secret policy appear as `rule.0`, `rule.1`, … in `parts`
    and `reason`, others by id.

    `correct` if every rule is kept, else `wrong`; an empty log is `unparsable`: nothing was done.
    A log that a rule cannot be applied to is an `infra_error`, because the log is ours.
    """

    policy: Policy | None = None

    def __post_init__(self) -> None:
        if self.policy is not None and not isinstance(self.policy, Policy):
            raise OptionError(
                f"policy must be a Policy, got a {type(self.policy).__name__}; use Policy.of(…)"
            )

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict; one part per rule, 1 for kept."""
        hidden = self.policy is None and "policy" in task.secret
        try:
            policy = self.policy or Policy.of(
                task.secret["policy"] if hidden else task.public.get("policy")
            )
        except OptionError:
            return infra_error("the task cannot be judged: its policy is missing or malformed")
        try:
            events = events_of(response)
        except (EventFault, NotATrajectory) as fault:
            return unparsable(str(fault))
        if not events:
            return unparsable("the log is empty: nothing was done")
        try:
            report = watch(policy, events)
        except EventFault as fault:
            return infra_error("the log lacks what a rule compares" if hidden else str(fault))
        names = {
            name: f"rule.{number}" if hidden else name
            for number, (name, _) in enumerate(policy.rules)
        }
        parts = {
            names[name]: float(truth is Truth.SATISFIED) for name, truth in report.truths.items()
        }
        if not report.violated_at:
            return Verdict(Outcome.CORRECT, 1.0, parts, f"all {len(parts)} rules are kept")
        first = min(report.violated_at, key=lambda name: report.violated_at[name])
        at = report.violated_at[first]
        when = f"at event {at}" if at < len(events) else "at the end of the log"
        reason = f"{names[first]} is violated {when}"
        if len(report.violated_at) > 1:
            reason += f", and {len(report.violated_at) - 1} more"
        return Verdict(Outcome.WRONG, 0.0, parts, reason)


def parse_rule(data: Any, where: str, *, depth: int = 0) -> Formula:
    """One rule from a mapping with one key, its word.

    Raises:
        OptionError: malformed; says where.
    """
    if depth > MAX_NESTING:
        raise OptionError(f"{where}: rules may be nested {MAX_NESTING} deep")
    if not isinstance(data, Mapping) or len(data) != 1:
        raise OptionError(f"{where}: a rule is a mapping with one key, got {data!r:.120}")
    ((word, body),) = data.items()
    if word not in _WORDS:
        raise OptionError(
            f"{where}: unknown rule {word!r:.80}; use one of {', '.join(sorted(_WORDS))}"
        )
    return _WORDS[word](body, f"{where}.{word}", depth)


def _check_size(text: str) -> None:
    if len(text) > MAX_POLICY_CHARS:
        raise OptionError(
            f"the policy is no YAML that is read here: it has {len(text)} characters, more than "
            f"{MAX_POLICY_CHARS}"
        )
    depth = 0
    for bracket in re.findall(r"[\[{\]}]", text):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_BRACKETS:
            raise OptionError(
                f"the policy is no YAML that is read here: more than {MAX_BRACKETS} brackets deep"
            )


def _joint(monitors: Mapping[str, Monitor]) -> Truth:
    truths = {monitor.truth for monitor in monitors.values()}
    if Truth.VIOLATED in truths:
        return Truth.VIOLATED
    return Truth.UNDECIDED if Truth.UNDECIDED in truths else Truth.SATISFIED


def _body(body: Any, where: str, needed: set[str], allowed: set[str]) -> Mapping[str, Any]:
    if not isinstance(body, Mapping) or not needed <= set(body) <= needed | allowed:
        optional = f" and optionally {', '.join(sorted(allowed))}" if allowed else ""
        raise OptionError(f"{where}: give {', '.join(sorted(needed))}{optional}, got {body!r:.120}")
    return body


def _count(value: Any, where: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise OptionError(
            f"{where}: a whole number of at least {least} is needed, got {value!r:.80}"
        )
    return value


def _fields(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
        raise OptionError(f"{where}: 'same' is a list of field names, got {value!r:.80}")
    return tuple(value)


def _never(body: Any, where: str, depth: int) -> Formula:
    return Never(Pattern.of(body, where))


def _always(body: Any, where: str, depth: int) -> Formula:
    body = _body(body, where, {"that", "of"}, set())
    return Always(Pattern.of(body["that"], where), Pattern.of(body["of"], where))


def _eventually(body: Any, where: str, depth: int) -> Formula:
    if isinstance(body, Mapping) and "of" in body:
        body = _body(body, where, {"of", "count"}, set())
        return Eventually(Pattern.of(body["of"], where), _count(body["count"], where, 1))
    return Eventually(Pattern.of(body, where))


def _before(body: Any, where: str, depth: int) -> Formula:
    body = _body(body, where, {"first", "then"}, {"same"})
    first, then = Pattern.of(body["first"], where), Pattern.of(body["then"], where)
    return Before(first, then, _fields(body.get("same", ()), where))


def _response(body: Any, where: str, depth: int) -> Formula:
    body = _body(body, where, {"trigger", "answer"}, {"same"})
    trigger, answer = Pattern.of(body["trigger"], where), Pattern.of(body["answer"], where)
    return Response(trigger, answer, _fields(body.get("same", ()), where))


def _within(body: Any, where: str, depth: int) -> Formula:
    body = _body(body, where, {"trigger", "answer", "events"}, {"same"})
    trigger, answer = Pattern.of(body["trigger"], where), Pattern.of(body["answer"], where)
    same = _fields(body.get("same", ()), where)
    return Within(trigger, answer, _count(body["events"], where, 1), same)


def _at_most(body: Any, where: str, depth: int) -> Formula:
    body = _body(body, where, {"count", "of"}, {"same"})
    same = _fields(body.get("same", ()), where)
    return AtMost(_count(body["count"], where, 0), Pattern.of(body["of"], where), same)


def _until(body: Any, where: str, depth: int) -> Formula:
    body = _body(body, where, {"hold", "goal"}, {"weak"})
    weak = body.get("weak", False)
    if not isinstance(weak, bool):
        raise OptionError(f"{where}: 'weak' is true or false, got {weak!r:.80}")
    return Until(Pattern.of(body["hold"], where), Pattern.of(body["goal"], where), weak)


def _several(body: Any, where: str, depth: int) -> tuple[Formula, ...]:
    if not isinstance(body, (list, tuple)) or not body:
        raise OptionError(f"{where}: give a list of rules, got {body!r:.120}")
    return tuple(parse_rule(r, f"{where}[{i}]", depth=depth + 1) for i, r in enumerate(body))


def _all_of(body: Any, where: str, depth: int) -> Formula:
    return AllOf(_several(body, where, depth))


def _any_of(body: Any, where: str, depth: int) -> Formula:
    return AnyOf(_several(body, where, depth))


def _not(body: Any, where: str, depth: int) -> Formula:
    return Not(parse_rule(body, where, depth=depth + 1))


_WORDS: Mapping[str, Callable[[Any, str, int], Formula]] = {
    "never": _never,
    "always": _always,
    "eventually": _eventually,
    "before": _before,
    "response": _response,
    "within": _within,
    "at_most": _at_most,
    "until": _until,
    "all_of": _all_of,
    "any_of": _any_of,
    "not": _not,
}


class _StrictLoader(yaml.SafeLoader):
    """Plain YAML in which a key given twice is an error instead of a silent replacement."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, (str, int, float, bool)):
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"key {key!r:.80} is given twice", key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep)
