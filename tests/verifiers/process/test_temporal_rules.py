"""Monitors against the rules' definitions, written again here with plain quantifiers."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.verifiers.process import Event, Formula, Pattern, Truth, holds, prefix_truths
from veragym.verifiers.process.temporal import (
    AllOf,
    Always,
    AnyOf,
    AtMost,
    Before,
    Eventually,
    Never,
    Not,
    Response,
    Until,
    Within,
)

ALPHABET = [Event(kind, {"x": x}) for kind in "abc" for x in (1, 2)]
A, B, C = (Pattern.of(kind) for kind in "abc")
A1 = Pattern.of({"event": "a", "where": {"x": 1}})
AB = Pattern.of(["a", "b"])
PATTERNS = [A, B, C, A1, AB]
SAMES: list[tuple[str, ...]] = [(), ("x",)]


def kept(rule: Formula, log: list[Event]) -> bool:
    """The definition of each rule, on a finished log."""
    n = range(len(log))
    match rule:
        case Never(p):
            return not any(p.matches(e) for e in log)
        case Always(that, of):
            return all(that.matches(e) for e in log if of.matches(e))
        case Eventually(p, count):
            return len([e for e in log if p.matches(e)]) >= count
        case Before(first, then, same):
            return all(
                any(first.matches(log[i]) and alike(log[i], log[j], same) for i in range(j))
                for j in n
                if then.matches(log[j])
            )
        case Response(trigger, answer, same):
            return all(
                any(answer.matches(log[j]) and alike(log[i], log[j], same) for j in n if j > i)
                for i in n
                if trigger.matches(log[i])
            )
        case Within(trigger, answer, k, same):
            return all(
                any(answer.matches(e) and alike(log[i], e, same) for e in log[i + 1 : i + 1 + k])
                for i in n
                if trigger.matches(log[i])
            )
        case AtMost(count, p, same):
            return all(
                len([e for e in log if p.matches(e) and alike(e, other, same)]) <= count
                for other in log
                if p.matches(other)
            )
        case Until(hold, goal, weak):
            found = any(goal.matches(log[j]) and all(hold.matches(e) for e in log[:j]) for j in n)
            return found or (weak and all(hold.matches(e) for e in log))
        case AllOf(parts):
            return all(kept(part, log) for part in parts)
        case AnyOf(parts):
            return any(kept(part, log) for part in parts)
        case Not(part):
            return not kept(part, log)
    raise AssertionError(rule)


def alike(one: Event, two: Event, same: tuple[str, ...]) -> bool:
    return all(one.fields[name] == two.fields[name] for name in same)


patterns = st.sampled_from(PATTERNS)
sames = st.sampled_from(SAMES)
simple = st.one_of(
    st.builds(Never, patterns),
    st.builds(Always, patterns, patterns),
    st.builds(Eventually, patterns, st.integers(1, 3)),
    st.builds(Before, patterns, patterns, sames),
    st.builds(Response, patterns, patterns, sames),
    st.builds(Within, patterns, patterns, st.integers(1, 3), sames),
    st.builds(AtMost, st.integers(0, 2), patterns, sames),
    st.builds(Until, patterns, patterns, st.booleans()),
)
rules = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=4,
)
logs = st.lists(st.sampled_from(ALPHABET), max_size=8)
TAILS = [list(t) for n in range(4) for t in itertools.product(ALPHABET, repeat=n)]


@pytest.mark.seeds("A14")
@settings(max_examples=400, deadline=None)
@given(rule=rules, log=logs)
def test_a_monitor_agrees_with_the_definition_on_finished_logs(
    rule: Formula, log: list[Event]
) -> None:
    assert holds(rule, log) is kept(rule, log)


@settings(max_examples=300, deadline=None)
@given(rule=rules, log=logs)
def test_a_decided_verdict_never_changes(rule: Formula, log: list[Event]) -> None:
    truths = prefix_truths(rule, log)
    assert len(truths) == len(log) + 1
    for earlier, later in itertools.pairwise(truths):
        assert earlier is Truth.UNDECIDED or later is earlier
    if truths[-1] is not Truth.UNDECIDED:
        assert (truths[-1] is Truth.SATISFIED) is kept(rule, log)


@pytest.mark.seeds("A14", "A05")
@settings(max_examples=60, deadline=None)
@given(rule=rules, log=st.lists(st.sampled_from(ALPHABET), max_size=4))
def test_a_decided_prefix_is_decided_for_every_continuation(
    rule: Formula, log: list[Event]
) -> None:
    truth = prefix_truths(rule, log)[-1]
    if truth is not Truth.UNDECIDED:
        for tail in TAILS:
            assert kept(rule, log + tail) is (truth is Truth.SATISFIED)


OPEN_BOTH_WAYS = [
    Never(A),
    Always(A1, A),
    Eventually(A, 2),
    Before(A, B),
    Before(A, B, ("x",)),
    Response(A, B),
    Response(A, B, ("x",)),
    Within(A, B, 2),
    Within(A, B, 1, ("x",)),
    AtMost(1, A),
    AtMost(1, A, ("x",)),
    Until(A, B),
    Until(A, B, True),
]


@pytest.mark.parametrize("rule", OPEN_BOTH_WAYS, ids=str)
@settings(max_examples=25, deadline=None)
@given(log=st.lists(st.sampled_from(ALPHABET), max_size=5))
def test_an_undecided_prefix_can_still_go_both_ways(rule: Formula, log: list[Event]) -> None:
    if prefix_truths(rule, log)[-1] is Truth.UNDECIDED:
        # values not seen yet are always possible
        unseen = [[Event("b", {"x": 3})], [Event("a", {"x": 3})]]
        futures = {kept(rule, log + tail) for tail in [*TAILS, *unseen]}
        assert futures == {True, False}


@given(rule=rules)
def test_rules_survive_pickling_and_say_themselves_in_words(rule: Formula) -> None:
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert str(rule).strip()


def test_verdicts_on_prefixes_by_hand() -> None:
    a, b = ALPHABET[0], ALPHABET[2]
    o, s, v = Truth.UNDECIDED, Truth.SATISFIED, Truth.VIOLATED
    table: list[tuple[Formula, list[Event], list[Truth]]] = [
        (Never(A), [b, a, b], [o, o, v, v]),
        (Eventually(A, 2), [a, b, a, b], [o, o, o, s, s]),
        (Before(A, B), [a, b], [o, s, s]),
        (Before(A, B), [b, a], [o, v, v]),
        (Response(A, B), [a, b, a], [o, o, o, o]),
        (Within(A, B, 1), [a, b, a, a], [o, o, o, o, v]),
        (AtMost(1, A), [a, b, a], [o, o, o, v]),
        (Until(A, B), [a, a, b], [o, o, o, s]),
        (Until(A, C), [a, b], [o, o, v]),
        (Not(Never(A)), [b, a], [o, o, s]),
        (AllOf((Before(A, B), Eventually(B))), [a, b], [o, o, s]),
        (AnyOf((Never(A), Never(B))), [a, b], [o, o, v]),
    ]
    for rule, log, expected in table:
        assert prefix_truths(rule, log) == expected, str(rule)


def test_an_event_is_not_its_own_predecessor_nor_its_own_answer() -> None:
    one: list[Any] = [ALPHABET[0]]
    assert not holds(Before(A, A), one)
    assert not holds(Response(A, A), one)
    assert holds(Response(A, A1), [ALPHABET[1], ALPHABET[0]]) is False
    assert holds(Within(AB, B, 1), [ALPHABET[0], ALPHABET[2]]) is False


def test_instances_of_a_rule_are_told_apart_by_type_as_well_as_value() -> None:
    log = [Event("a", {"x": 1}), Event("b", {"x": True})]
    assert not holds(Before(A, B, ("x",)), log)
    assert holds(Before(A, B, ("x",)), [log[0], Event("b", {"x": 1.0})])
