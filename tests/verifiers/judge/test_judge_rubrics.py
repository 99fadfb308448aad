"""Rubrics over windows: states, scores, programs, transcripts. No model, or a scripted one."""

import json
import math
import pickle
import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core import Task
from veragym.core.errors import OptionError
from veragym.core.trajectory import Trajectory, Turn
from veragym.core.verdict import Outcome
from veragym.verifiers.judge import JudgeClient, JudgeFailure, RubricVerifier, Signal
from veragym.verifiers.judge.rubric import Item, State, advance, rubric_score
from veragym.verifiers.judge.transcript import Message, TranscriptFault, messages_of, windows


def task(rubric=None, **secret):
    if rubric is not None:
        secret["rubric"] = rubric
    return Task("t", "Test-v0", 0, "test", 0.0, "p", {}, secret, "00")


def chat(*pairs):
    return [{"role": role, "content": text} for role, text in pairs]


def call(tool, **args):
    entry = {"function": {"name": tool, "arguments": json.dumps(args)}}
    return {"role": "assistant", "content": None, "tool_calls": [entry]}


@dataclass(frozen=True)
class Reader:
    """A model that reads well: an item's text is the phrase to look for, `not:` before an undoing.

    It looks only at what is fenced by the nonce, and quotes what it found.
    """

    model: str = "reader"

    def complete(self, request, attempt):
        lines = re.findall(r"^(\d+)\. \((\w+);.*?\) (.*)$", request.user, re.M)
        body = request.user.split(f"BEGIN TRANSCRIPT {request.nonce}\n")[1]
        body = body.split(f"\nEND TRANSCRIPT {request.nonce}")[0]
        items = []
        for number, kind, phrase in lines:
            done, undone = body.rfind(phrase), body.rfind(f"not:{phrase}")
            signal, quote = "silent", ""
            if undone >= 0 and undone >= done - len("not:"):
                signal, quote = "broken", f"not:{phrase}"
            elif done >= 0:
                signal, quote = ("met" if kind == "achieve" else "broken"), phrase
            items.append({"item": int(number), "signal": signal, "quote": quote})
        return json.dumps({"request": request.nonce, "items": items})


READER = JudgeClient(Reader())


@pytest.mark.seeds("A15")
def test_states_are_carried_from_window_to_window():
    rubric = [{"text": "booked"}, {"text": "paid"}, {"text": "swore", "kind": "maintain"}]
    turns = [("assistant", f"line {i}") for i in range(40)]
    turns[2], turns[30] = ("tool", "booked"), ("tool", "paid")
    verdict = RubricVerifier(READER, size=4, overlap=1)(task(rubric), chat(*turns))
    assert verdict.outcome is Outcome.CORRECT and verdict.score == 1.0
    turns[35] = ("assistant", "swore")
    verdict = RubricVerifier(READER, size=4, overlap=1)(task(rubric), chat(*turns))
    assert verdict.score == 0.0 and verdict.parts["achieve"] == 1.0
    assert verdict.parts["item.3"] == 0.0


@pytest.mark.seeds("A15")
def test_what_a_later_window_undoes_is_open_again_and_what_is_broken_stays_broken():
    rubric = [{"text": "booked"}]
    verifier = RubricVerifier(READER, size=1, overlap=0)
    undone = chat(("tool", "booked"), ("user", "hm"), ("tool", "not:booked"))
    assert verifier(task(rubric), undone).score == 0.0
    assert verifier(task(rubric), [*undone, *chat(("tool", "booked"))]).score == 1.0
    item = Item("x", "maintain")
    assert advance(item, State.BROKEN, Signal.MET) is State.BROKEN


def test_scores_by_hand():
    items = [Item("a", weight=3), Item("b"), Item("c", "maintain", 1), Item("d", "maintain", 3)]
    score, parts = rubric_score(items, [State.MET, State.OPEN, State.BROKEN, State.KEPT])
    assert score == 0.75 * 0.75
    assert parts == {
        "achieve": 0.75, "maintain": 0.75, "item.1": 1, "item.2": 0, "item.3": 0, "item.4": 1
    }  # fmt: skip
    required = [*items[:3], Item("d", "maintain", 3, required=True)]
    broken = [State.MET, State.MET, State.KEPT, State.BROKEN]
    assert rubric_score(required, broken)[0] == 0.0
    assert rubric_score(items, broken)[0] == 0.25


@given(st.lists(st.tuples(st.floats(1e-3, 1e6), st.booleans(), st.booleans()), min_size=1))
@settings(deadline=None)
def test_passing_one_more_item_never_lowers_the_score(rows):
    items = [Item("x", "achieve" if kind else "maintain", weight) for weight, kind, _ in rows]
    items.append(Item("x"))
    states = [
        (State.MET if good else State.OPEN) if kind else (State.KEPT if good else State.BROKEN)
        for _, kind, good in rows
    ] + [State.OPEN]
    low, _ = rubric_score(items, states)
    for i, item in enumerate(items):
        better = list(states)
        better[i] = State.MET if item.kind == "achieve" else State.KEPT
        assert 0.0 <= low <= rubric_score(items, better)[0] <= 1.0
    full = [State.MET if item.kind == "achieve" else State.KEPT for item in items]
    assert rubric_score(items, full)[0] == 1.0


def test_all_or_nothing():
    rubric = [{"text": "booked"}, {"text": "paid"}]
    half = chat(("tool", "booked"))
    assert RubricVerifier(READER)(task(rubric), half).score == 0.5
    assert RubricVerifier(READER, all_or_nothing=True)(task(rubric), half).score == 0.0


SAYS = {"predicate": "says", "args": {"any": ["your table is booked"]}, "roles": ["assistant"]}
CALLS = {"predicate": "calls", "args": {"tool": "book", "args": {"seats": 2}}}
QUIET = {
    "predicate": "never_says",
    "kind": "maintain",
    "args": {"any": ["password"]},
    "roles": ["assistant"],
}


@pytest.mark.seeds("A15")
def test_programs_judge_without_any_model():
    rubric = [SAYS, CALLS, QUIET]
    good = [call("book", seats=2, name="Ann"), *chat(("assistant", "Your  TABLE is\nbooked!"))]
    verifier = RubricVerifier()
    assert verifier(task(rubric), good).score == 1.0
    assert verifier(task(rubric), good[:1]).score == 0.5
    rude = [*good, *chat(("assistant", "The pass\u200bword is ..."))]
    assert verifier(task(rubric), rude).score == 0.0
    assert verifier(task(rubric), [*good, *chat(("user", "password?"))]).score == 1.0


LAZY = {
    "nothing done": chat(("assistant", "I will do nothing.")),
    "another's words": chat(("user", "your table is booked")),
    "inside a word": chat(("assistant", "xyour table is bookedx")),
    "a call in prose": chat(("assistant", 'book {"seats": 2}\n[calls book {"seats": 2}]')),
    "a call in a string": 'assistant_call: book {"seats": 2}',
    "another tool": [call("booking", seats=2)],
    "an argument missing": [call("book")],
    "an argument of another type": [call("book", seats="2")],
    "true for one": [call("book", seats=True)],
    "not a number": [{"role": "assistant", "tool_calls": [{"name": "book", "arguments":
                     {"seats": math.nan}}]}],
}  # fmt: skip


@pytest.mark.parametrize("response", LAZY.values(), ids=LAZY)
def test_the_laziest_transcripts_earn_nothing(response):
    verdict = RubricVerifier()(task([SAYS, CALLS, QUIET]), response)
    assert verdict.score == 0.0 and verdict.outcome is Outcome.WRONG


def test_numbers_and_truth_values_of_arguments_are_kept_apart():
    wants_one = {"predicate": "calls", "args": {"tool": "t", "args": {"x": 1}}}
    assert RubricVerifier()(task([wants_one]), [call("t", x=1.0)]).score == 1.0
    assert RubricVerifier()(task([wants_one]), [call("t", x=True)]).score == 0.0
    deep = {"predicate": "calls", "args": {"tool": "t", "args": {"x": [{"a": 1}]}}}
    assert RubricVerifier()(task([deep]), [call("t", x=[{"a": 1}])]).score == 1.0
    assert RubricVerifier()(task([deep]), [call("t", x=[{"a": 1, "b": 2}])]).score == 0.0


def polite(messages, args):
    return Signal.MET if any("please" in m.text for m in messages) else Signal.SILENT


def broken(messages, args):
    raise ZeroDivisionError


def test_a_predicate_of_ones_own_is_asked_and_its_failure_masks():
    rubric = [{"predicate": "polite"}]
    verifier = RubricVerifier(predicates={"polite": polite})
    assert verifier(task(rubric), "yes please").score == 1.0
    again = pickle.loads(pickle.dumps(verifier))
    assert again(task(rubric), "yes").score == 0.0
    for bad in (broken, lambda messages, args: True, lambda messages, args: "met"):
        verdict = RubricVerifier(predicates={"polite": bad})(task(rubric), "yes please")
        assert verdict.outcome is Outcome.INFRA_ERROR


BAD_RUBRICS = [
    None,
    [],
    {},
    "booked",
    [1],
    [{}],
    [{"text": ""}],
    [{"text": 3}],
    [{"text": "x", "kind": "wish"}],
    [{"text": "x", "weight": 0}],
    [{"text": "x", "weight": True}],
    [{"text": "x", "weight": math.nan}],
    [{"text": "x", "weights": 1}],
    [{"text": "x", "required": 1}],
    [{"text": "x", "roles": "tool"}],
    [{"text": "x", "kind": "maintain"}],
    [{"predicate": "unknown"}],
    [{"predicate": "says"}],
    [{"predicate": "says", "args": {"any": []}}],
    [{"predicate": "says", "args": {"any": ["\u200b"]}}],
    [{"predicate": "calls", "args": {}}],
    [{"predicate": "never_says", "args": {"any": ["x"]}}],
    [{"text": "x"}, {"predicate": "says", "kind": "maintain", "args": {"any": ["x"]}}],
    [{"text": "x"}] * 200,
]


@pytest.mark.parametrize("rubric", BAD_RUBRICS, ids=range(len(BAD_RUBRICS)))
def test_a_rubric_that_cannot_be_used_is_nobodys_fault(rubric):
    verdict = RubricVerifier(READER)(task(rubric), "anything")
    assert verdict.outcome is Outcome.INFRA_ERROR and "cannot be judged" in verdict.reason


BAD_RESPONSES = [
    None, "", " \n", 3, True, b"x", math.nan, {}, [], [None], ["x"], [{}], [{"role": 1}],
    [{"role": "user", "content": 3}], [{"role": "a b", "content": "x"}],
    [{"role": "assistant_call", "content": "x"}],
    [{"role": "user", "content": [{"type": "image"}]}],
    [{"role": "assistant", "tool_calls": 3}], [{"role": "assistant", "tool_calls": [{}]}],
    [{"role": "assistant", "tool_calls": [{"name": "t", "arguments": "{"}]}],
    [{"role": "assistant", "tool_calls": [{"name": "t", "arguments": "[" * 10**5}]}],
    [{"role": "user", "content": ""}], [{"role": "user", "content": "x"}] * 5000,
    "x" * (1 << 21), "line\n" * 200_000,
]  # fmt: skip


@pytest.mark.parametrize("response", BAD_RESPONSES, ids=range(len(BAD_RESPONSES)))
def test_what_is_no_transcript_is_unparsable(response):
    verdict = RubricVerifier(READER)(task([{"text": "x"}]), response)
    assert verdict.outcome is Outcome.UNPARSABLE


def test_a_deeply_nested_argument_is_no_crash():
    nested = []
    for _ in range(100_000):
        nested = [nested]
    response = [{"role": "assistant", "tool_calls": [{"name": "t", "arguments": {"x": nested}}]}]
    assert RubricVerifier()(task([CALLS]), response).outcome is Outcome.UNPARSABLE


def test_a_trajectory_is_a_transcript():
    turns = [Turn("hello", "your table is booked", 0.0, True, False)]
    trajectory = Trajectory("Test-v0", task([SAYS]), turns, final_observation="bye")
    roles = [message.role for message in messages_of(trajectory)]
    assert roles == ["environment", "assistant", "environment"]
    assert RubricVerifier()(task([SAYS]), trajectory).score == 1.0


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=20),
    st.integers(1, 6),
    st.integers(0, 5),
    st.integers(64, 200),
)
@settings(deadline=None)
def test_every_character_is_in_a_window_and_no_window_is_too_large(lengths, size, overlap, chars):
    overlap = min(overlap, size - 1)
    counter = iter(range(10**6))
    texts = ["".join(chr(0x4E00 + next(counter)) for _ in range(n)) for n in lengths]
    found = windows(
        [Message(i, "user", text) for i, text in enumerate(texts)], size, overlap, chars
    )
    seen = {char for window in found for message in window for char in message.text}
    assert seen == set("".join(texts))
    for window in found:
        assert 1 <= len(window) <= size and sum(len(m.text) for m in window) <= chars


def test_a_sentence_at_a_cut_is_seen_whole_in_one_piece():
    text = "x" * 950 + " booked your table " + "y" * 3000
    found = windows(messages_of(text), 8, 2, 1000)
    assert any("booked your table" in message.text for window in found for message in window)


def test_a_pile_of_marks_and_a_megabyte_of_noise_are_read_in_bounded_time():
    marks = "a" + "\u0301\u0316" * 300_000
    verdict = RubricVerifier()(task([SAYS, QUIET]), marks)
    assert verdict.outcome is Outcome.WRONG
    assert RubricVerifier()(task([SAYS]), "your " * 120_000).outcome is Outcome.WRONG


@pytest.mark.parametrize(
    "options", [{"size": 2, "overlap": 2}, {"chars": 1}, {"max_windows": 0}, {"repeats": 0}]
)
def test_windows_out_of_range_are_refused(options):
    with pytest.raises(OptionError):
        RubricVerifier(**options)


def test_without_an_endpoint_an_item_for_a_model_is_not_judged_and_says_what_to_do():
    verdict = RubricVerifier()(task([{"text": "the secret thing"}]), "anything")
    assert verdict.outcome is Outcome.INFRA_ERROR and "OpenAIBackend" in verdict.reason
    assert "secret thing" not in str(verdict.to_json())


def test_no_verdict_shows_the_rubric():
    rubric = [{"text": "zanzibar"}, {"predicate": "says", "args": {"any": ["quagga"]}}]
    for response in ("zanzibar", "quagga", "neither", None, []):
        shown = str(RubricVerifier(READER)(task(rubric), response).to_json())
        assert "zanzibar" not in shown and "quagga" not in shown


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=30), st.binary()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.sampled_from(["role", "content", "tool_calls", "name", "arguments"]), inner
            ),
        ),
        max_leaves=12,
    )
)
@settings(max_examples=150, deadline=None)
def test_no_response_raises_or_wins(response):
    verdict = RubricVerifier(READER).verify(task([CALLS, {"text": "zanzibar 12345"}]), response)
    assert verdict.score == 0.0 and verdict.outcome is not Outcome.INFRA_ERROR


def test_a_transcript_fault_says_which_message():
    with pytest.raises(TranscriptFault, match="message 2"):
        messages_of([{"role": "user", "content": "x"}, 3])
    assert issubclass(JudgeFailure, Exception)
