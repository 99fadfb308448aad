"""Policies: reading, refusing, watching; compliance, detection and early warning."""

from __future__ import annotations

import copy
import json
import math
import pickle
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome
from veragym.verifiers.process import (
    DetectViolation,
    Event,
    EventFault,
    Pattern,
    Policy,
    PolicyCompliance,
    Truth,
    early_warning_index,
    events_of,
    watch,
)

YAML = """
rules:
  verify-first:
    before: {first: verify, then: refund, same: [customer]}
  small-only:
    never: {event: refund, where: {amount: {gt: 100}}}
  confirm:
    within: {trigger: refund, answer: notify, events: 2, same: [customer]}
  few-retries:
    at_most: {count: 1, of: retry}
  closes:
    eventually: close
  calm:
    any_of:
      - never: {event: message, where: {tone: {in: [rude, curt]}}}
      - response: {trigger: {event: message, where: {tone: rude}}, answer: apology}
"""
POLICY = Policy.of(YAML)
GOOD: list[dict[str, Any]] = [
    {"event": "verify", "customer": "c1"},
    {"event": "refund", "customer": "c1", "amount": 40},
    {"event": "notify", "customer": "c1"},
    {"event": "close"},
]


def task(public: Any = None, secret: Any = None) -> Any:
    return SimpleNamespace(public=public or {}, secret=secret or {})


def changed(*edits: tuple[int, dict[str, Any]]) -> list[dict[str, Any]]:
    log = copy.deepcopy(GOOD)
    for position, fields in edits:
        log[position].update(fields)
    return log


@pytest.mark.seeds("A14")
def test_a_compliant_log_keeps_every_rule() -> None:
    verdict = PolicyCompliance(POLICY)(task(), GOOD)
    assert verdict.outcome is Outcome.CORRECT
    assert verdict.parts == dict.fromkeys(
        ["verify-first", "small-only", "confirm", "few-retries", "closes", "calm"], 1.0
    )


@pytest.mark.seeds("A14", "A05")
@pytest.mark.parametrize(
    ("log", "rule", "at"),
    [
        (changed((0, {"customer": "c2"})), "verify-first", 1),
        (changed((1, {"amount": 100.01})), "small-only", 1),
        (changed((2, {"customer": "c2"})), "confirm", 3),
        ([*GOOD[:3], *[{"event": "retry"}] * 2, GOOD[3]], "few-retries", 4),
        (GOOD[:3], "closes", 3),
        ([*GOOD, {"event": "message", "tone": "rude"}], "calm", 5),
    ],
)
def test_each_rule_is_broken_by_its_own_log_at_its_own_event(
    log: list[dict[str, Any]], rule: str, at: int
) -> None:
    report = watch(POLICY, events_of(log))
    assert dict(report.violated_at) == {rule: at}
    verdict = PolicyCompliance(POLICY)(task(), log)
    assert (verdict.outcome, verdict.score, verdict.parts[rule]) == (Outcome.WRONG, 0.0, 0.0)
    assert verdict.reason.startswith(rule)


def test_a_growing_log_is_undecided_until_something_breaks() -> None:
    log = events_of(changed((1, {"amount": 500})))
    report = watch(POLICY, log, closed=False)
    assert report.prefixes == (Truth.UNDECIDED,) * 2 + (Truth.VIOLATED,) * 3
    assert report.truths["closes"] is Truth.SATISFIED
    assert report.truths["verify-first"] is Truth.UNDECIDED
    only = Policy.of({"rules": {"closes": {"eventually": "close"}}})
    assert watch(only, log, closed=False).truth is Truth.SATISFIED


def test_an_apology_repairs_a_rude_message() -> None:
    rude = [*GOOD[:3], {"event": "message", "tone": "rude"}, {"event": "apology"}, GOOD[3]]
    assert PolicyCompliance(POLICY)(task(), rude).score == 1.0


@pytest.mark.seeds("A05")
def test_a_hidden_policy_does_not_show_in_the_verdict() -> None:
    hidden = task(secret={"policy": {"rules": {"secret-rule": {"never": "refund"}}}})
    verdict = PolicyCompliance()(hidden, GOOD)
    assert verdict.parts == {"rule.0": 0.0}
    assert "secret-rule" not in repr(verdict) and "refund" not in repr(verdict)
    faulty = task(
        secret={"policy": {"rules": {"r": {"never": {"event": "close", "where": {"z": 1}}}}}}
    )
    assert "'z'" not in PolicyCompliance()(faulty, GOOD).reason


def test_a_policy_can_come_with_the_task() -> None:
    verdict = PolicyCompliance()(task(public={"policy": YAML}), GOOD)
    assert verdict.outcome is Outcome.CORRECT
    for broken in (None, {}, {"rules": {}}, "rules: [", 7):
        assert PolicyCompliance()(task(public={"policy": broken}), GOOD).outcome == "infra_error"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"amount": "120"}, "is a text"),
        ({"amount": True}, "is a bool"),
    ],
)
def test_a_field_of_another_type_is_a_fault_of_the_log_not_a_way_out(
    fields: dict[str, Any], says: str
) -> None:
    verdict = PolicyCompliance(POLICY)(task(), changed((1, fields)))
    assert verdict.outcome is Outcome.INFRA_ERROR
    assert says in verdict.reason
    missing = copy.deepcopy(GOOD)
    del missing[1]["amount"]
    assert PolicyCompliance(POLICY)(task(), missing).outcome is Outcome.INFRA_ERROR


@pytest.mark.parametrize(
    "log",
    [
        None,
        "",
        "[]",
        5,
        {},
        [],
        [None],
        ["refund"],
        [{}],
        [{"event": ""}],
        [{"event": "*"}],
        [{"event": "a", "x": None}],
        [{"event": "a", "x": [1]}],
        [{"event": "a", "x": math.nan}],
        [{"event": "a", 1: 2}],
        [{"event": 7}],
        b"x",
        [Event("a", {"x": math.inf})],
    ],
    ids=range(18),
)
def test_what_is_no_log_is_unparsable(log: Any) -> None:
    assert PolicyCompliance(POLICY)(task(), log).outcome is Outcome.UNPARSABLE


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "one key 'rules'"),
        ({"rules": {}, "extra": 1}, "one key 'rules'"),
        ({"rules": {}}, "at least one"),
        ({"rules": {"a.b": {"never": "x"}}}, "without dots"),
        ({"rules": {"a": {"nevr": "x"}}}, "a: unknown rule 'nevr'"),
        ({"rules": {"a": {"never": "x", "always": "y"}}}, "one key"),
        ({"rules": {"a": {"never": {"kind": "x"}}}}, "a.never: write an event's kind"),
        ({"rules": {"a": {"never": []}}}, "matches nothing"),
        ({"rules": {"a": {"never": {"event": "x", "where": {"n": {"above": 1}}}}}}, "'above'"),
        ({"rules": {"a": {"never": {"event": "x", "where": {"n": {}}}}}}, "no test"),
        ({"rules": {"a": {"never": {"event": "x", "where": {"n": {"gt": "1"}}}}}}, "'gt'"),
        ({"rules": {"a": {"never": {"event": "x", "where": {"n": {"in": []}}}}}}, "non-empty"),
        ({"rules": {"a": {"never": {"event": "x", "where": {"n": {"in": [1, "1"]}}}}}}, "'in'"),
        ({"rules": {"a": {"never": {"event": "x", "where": {"n": {"eq": math.nan}}}}}}, "compare"),
        ({"rules": {"a": {"before": {"first": "x"}}}}, "give first, then"),
        ({"rules": {"a": {"before": {"first": "x", "then": "y", "same": "z"}}}}, "'same'"),
        ({"rules": {"a": {"within": {"trigger": "x", "answer": "y", "events": 0}}}}, "at least 1"),
        ({"rules": {"a": {"at_most": {"count": True, "of": "x"}}}}, "whole number"),
        ({"rules": {"a": {"until": {"hold": "x", "goal": "y", "weak": 1}}}}, "'weak'"),
        ({"rules": {"a": {"all_of": []}}}, "list of rules"),
        ("rules:\n  a: {never: x}\n  a: {never: y}\n", "given twice"),
        ("rules:\n  a: {never: x, never: y}\n", "given twice"),
        ("rules: !!python/object/apply:os.system [ls]", "no YAML"),
        ("[" * 5000, "no YAML"),
    ],
    ids=range(24),
)
def test_a_malformed_policy_is_refused_with_its_place(data: Any, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        Policy.of(data)


def test_rules_cannot_be_nested_without_end() -> None:
    rule: Any = {"never": "x"}
    for _ in range(40):
        rule = {"not": rule}
    with pytest.raises(OptionError, match="nested"):
        Policy.of({"rules": {"a": rule}})


def test_every_word_of_the_grammar_reads_and_survives_pickling() -> None:
    words = {
        "never": "x",
        "always": {"that": {"event": "*", "where": {"ok": True}}, "of": "x"},
        "eventually": {"of": "x", "count": 2},
        "before": {"first": "x", "then": "y"},
        "response": {"trigger": "x", "answer": ["y", "z"]},
        "within": {"trigger": "x", "answer": "y", "events": 1},
        "at_most": {"count": 0, "of": "x", "same": ["k"]},
        "until": {"hold": "x", "goal": "y", "weak": True},
        "all_of": [{"never": "x"}],
        "any_of": [{"never": "x"}],
        "not": {"never": "x"},
    }
    policy = Policy.of({"rules": {word: {word: body} for word, body in words.items()}})
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert len(str(policy).splitlines()) == len(words)
    assert "at most 0 times: x, for the same k" in str(policy)


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        ({"eq": 1}, 1, True),
        ({"eq": 1}, 1.0, True),
        ({"ne": 1}, 2, True),
        ({"lt": 2}, 2, False),
        ({"le": 2}, 2, True),
        ({"gt": 2}, 2.5, True),
        ({"ge": 3}, 2, False),
        ({"in": [1, 2]}, 2, True),
        ({"not_in": ["a"]}, "b", True),
        ({"starts": "ab"}, "abc", True),
        ({"contains": "d"}, "abc", False),
        ({"gt": 1, "lt": 3}, 2, True),
        ({"gt": 1, "lt": 3}, 3, False),
        (True, True, True),
        (True, False, False),
    ],
)
def test_comparisons(test: Any, value: Any, expected: bool) -> None:
    pattern = Pattern.of({"event": "e", "where": {"f": test}})
    assert pattern.matches(Event("e", {"f": value})) is expected


def test_true_is_not_one_and_text_is_no_number() -> None:
    for constant, value in ((1, True), (True, 1), (1, "1"), ("1", 1)):
        with pytest.raises(EventFault):
            Pattern.of({"event": "e", "where": {"f": constant}}).matches(Event("e", {"f": value}))


# -- detection -------------------------------------------------------------------------------------

BAD = changed((1, {"amount": 500}), (2, {"customer": "c2"}))


def detection(log: Any, closed: bool = True) -> Any:
    return task(public={"policy": YAML, "events": log, "closed": closed})


def say(verdict: Any, rules: Any) -> str:
    return json.dumps({"verdict": verdict, "rules": rules})


@pytest.mark.seeds("A14")
def test_detection_needs_the_verdict_and_the_rules() -> None:
    judge = DetectViolation()
    assert judge(detection(BAD), say("violated", ["confirm", "small-only"])).score == 1.0
    assert judge(detection(BAD), say("violated", ["small-only"])).outcome is Outcome.WRONG
    assert judge(detection(BAD), say("satisfied", [])).outcome is Outcome.WRONG
    assert judge(detection(GOOD), say("satisfied", [])).score == 1.0
    assert judge(detection(GOOD[:2], False), say("undecided", [])).score == 1.0
    assert judge(detection(BAD[:2], False), say("violated", ["small-only"])).score == 1.0


@pytest.mark.parametrize(
    "response",
    [
        None,
        "",
        "violated",
        "[]",
        "{}",
        say("violated", None),
        say("maybe", []),
        say(True, []),
        say("violated", ["small-only", "small-only", "confirm"]),
        say("violated", ["made-up"]),
        '{"verdict": "satisfied", "verdict": "violated", "rules": ["small-only", "confirm"]}',
        '{"verdict": "violated", "rules": ["small-only", "confirm"], "more": 1}',
        "[" * 100_000,
        say("violated", [["small-only"], "confirm"]),
        say("violated", ["small-only", "confirm"]) * 2,
        say("violated", ["small-only", "confirm"]) + "\u200b",
        7,
        {"verdict": "violated"},
    ],
    ids=range(18),
)
def test_a_detection_that_is_not_one_clear_answer_is_unparsable(response: Any) -> None:
    assert DetectViolation()(detection(BAD), response).outcome is Outcome.UNPARSABLE


@pytest.mark.seeds("A14")
def test_constant_detections_earn_what_guessing_earns() -> None:
    """On logs that break different rules no constant is right more than once in a while."""
    logs = [changed((0, {"customer": "c2"})), changed((1, {"amount": 500})), GOOD[:3], GOOD, BAD]
    ids = [name for name, _ in POLICY.rules]
    constants = [
        say("satisfied", []),
        say("undecided", []),
        say("violated", []),
        say("violated", ids),
        *(say("violated", [name]) for name in ids),
    ]
    floors = [
        sum(DetectViolation()(detection(log), said).score for log in logs) / len(logs)
        for said in constants
    ]
    assert max(floors) == 1 / len(logs)


def test_a_malformed_detection_task_is_our_failure() -> None:
    for broken in (
        {"policy": YAML, "events": GOOD},
        {"policy": YAML, "events": None, "closed": True},
        {"policy": "rules:", "events": GOOD, "closed": True},
        {"policy": YAML, "events": changed((1, {"amount": "x"})), "closed": True},
    ):
        verdict = DetectViolation()(task(public=broken), say("satisfied", []))
        assert verdict.outcome is Outcome.INFRA_ERROR


@pytest.mark.seeds("A14")
def test_early_warning_by_hand() -> None:
    violated = [True, True, False, False]
    lengths = [10, 4, 10, 5]
    assert early_warning_index([0, 0, None, None], lengths, violated) == 1.0
    # leads .5 and .25 on violating runs; 0 and .2 on compliant ones
    index = early_warning_index([5, 3, None, 4], lengths, violated)
    assert index == pytest.approx(0.375 - 0.1)


@pytest.mark.seeds("A14")
@given(
    runs=st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=2, max_size=20).filter(
        lambda runs: len({v for _, v in runs}) == 2
    )
)
def test_constant_guards_have_no_early_warning_index(runs: list[tuple[int, bool]]) -> None:
    lengths, violated = [n for n, _ in runs], [v for _, v in runs]
    for alarms in ([None] * len(runs), [0] * len(runs), lengths):
        assert early_warning_index(alarms, lengths, violated) == 0.0


def test_the_index_refuses_what_it_cannot_compare() -> None:
    for args in (
        ([0], [1], [True]),
        ([2, 0], [1, 1], [True, False]),
        ([0], [1, 1], [True, False]),
        ([0, 0], [0, 1], [True, False]),
        ([0, 0], [1, 1], [1, 0]),
        ([True, 0], [1, 1], [True, False]),
    ):
        with pytest.raises(OptionError):
            early_warning_index(*args)
