"""A cited answer is worth something only if it follows from what it cites."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome
from veragym.verifiers.process import FaithfulAnswer

FACTS = {
    "p1": [["Ada Lovelace", "born in", "London"], ["Ada Lovelace", "wrote", "Note G"]],
    "p2": [["London", "capital of", "England"]],
    "p3": [["Paris", "capital of", "France"]],
    "p4": [["Ada Lovelace", "born in", "London"]],
    "p5": [["London", "lies on", "Thames"]],
}
TASK = SimpleNamespace(
    public={"start": "Ada Lovelace"}, secret={"facts": FACTS, "answer": ["England", "Engeland"]}
)
BORN, CAPITAL = "Ada Lovelace | born in | London [p1]", "London | capital of | England [p2]"


def trace(
    *lines: str,
    answer: str = "England",
    evidence: str | None = "[p1] [p2]",
    plan: str | None = "find the town, then its country",
) -> str:
    pieces = [] if plan is None else [f"<plan>{plan}</plan>"]
    if evidence is not None:
        pieces.append(f"<evidence>{evidence}</evidence>")
    if lines:
        pieces.append("<reason>\n" + "\n".join(lines) + "\n</reason>")
    return "\n".join([*pieces, f"<answer>{answer}</answer>"])


JUDGE = FaithfulAnswer()
RIGHT = trace(BORN, CAPITAL)
RIVER, FRENCH = "London | lies on | Thames [p5]", "London | capital of | France [p2]"
IDLE = "Paris | capital of | France [p3]"


@pytest.mark.seeds("A31")
def test_a_right_answer_with_its_evidence_is_correct() -> None:
    verdict = JUDGE(TASK, RIGHT)
    assert verdict.outcome is Outcome.CORRECT
    assert verdict.parts == dict.fromkeys(
        ["structure", "citations", "support", "chain", "answer"], 1.0
    )


@pytest.mark.seeds("A31")
@pytest.mark.parametrize(
    "response",
    [
        trace(CAPITAL, BORN),
        trace("ada  lovelace|BORN IN|london[p1]", "\tLondon | capital of | England   [p2]  "),
        trace(BORN.replace("p1", "p1, p4"), CAPITAL, evidence="[p2], [p4] [p1]"),
        trace(BORN, CAPITAL, answer=" engeland "),
    ],
    ids=range(4),
)
def test_order_spacing_and_case_do_not_matter(response: str) -> None:
    assert JUDGE(TASK, response).outcome is Outcome.CORRECT


@pytest.mark.seeds("A31")
@pytest.mark.parametrize(
    ("response", "part", "says"),
    [
        (trace(BORN, CAPITAL, answer="London"), "chain", "not needed"),
        (trace(BORN, RIVER, answer="Thames", evidence="[p1] [p5]"), "answer", "not right"),
        (trace(CAPITAL, evidence="[p2]"), "chain", "does not lead"),
        (trace(BORN, FRENCH, answer="France"), "support", "fact 2"),
        (trace(BORN, CAPITAL.replace("p2", "p3"), evidence="[p1] [p3]"), "support", "fact 2"),
        (
            trace(BORN, CAPITAL.replace("p2", "p2, p3"), evidence="[p1] [p2] [p3]"),
            "support",
            "'p3'",
        ),
        (trace(BORN, CAPITAL, "Ada Lovelace | wrote | Note G [p1]"), "chain", "fact 3"),
        (trace(BORN, CAPITAL, IDLE, evidence="[p1] [p2] [p3]"), "chain", "fact 3"),
        (trace(BORN, CAPITAL, evidence="[p1] [p2] [p3]"), "citations", "other passages"),
        (trace(BORN, CAPITAL, evidence="[p1]"), "citations", "other passages"),
        (trace(BORN, CAPITAL.replace("p2", "p9")), "citations", "no passage 'p9'"),
    ],
    ids=range(11),
)
def test_each_rule_has_its_own_way_of_failing(response: str, part: str, says: str) -> None:
    verdict = JUDGE(TASK, response)
    assert (verdict.outcome, verdict.score) == (Outcome.WRONG, 0.0)
    assert verdict.parts[part] == 0.0
    assert all(value == 1.0 for name, value in verdict.parts.items() if name != part)
    assert says in verdict.reason


BROKEN: list[Any] = [
    None,
    "",
    "England",
    7,
    ["England"],
    b"x",
    RIGHT + " indeed",
    "So: " + RIGHT,
    RIGHT * 2,
    RIGHT.replace("</plan>", ""),
    RIGHT.replace("<answer>", "<answer><answer>"),
    RIGHT.replace("<plan>", "<plan><evidence>[p1]</evidence>"),
    trace(BORN, CAPITAL, plan=None),
    trace(BORN, CAPITAL, answer=""),
    trace(BORN, BORN, CAPITAL),
    trace(BORN, BORN.upper().replace("P1", "p1"), CAPITAL),
    trace(BORN + " " + CAPITAL),
    trace("Ada was born in London [p1]", CAPITAL),
    trace("| born in | London [p1]", CAPITAL),
    trace("Ada Lovelace | born in | London", CAPITAL),
    trace("Ada Lovelace | born in | London []", CAPITAL),
    trace("Ada Lovelace | born in | London [p1, p1]", CAPITAL),
    trace("a | b | c | d [p1]", CAPITAL),
    trace(BORN, CAPITAL, evidence=""),
    trace(BORN, CAPITAL, evidence="p1 p2"),
    trace(BORN, CAPITAL, evidence="[p1] [p1] [p2]"),
    trace(BORN, CAPITAL, evidence="[p1] [p2] and more"),
    trace(*[f"a{i} | r | a{i + 1} [p1]" for i in range(65)]),
    RIGHT.replace("England", "Eng\u200bland"),
    RIGHT.replace("England", "\u202eEngland"),
    RIGHT + "\x00",
    "<answer>England</answer>",
    trace(),
    RIGHT.replace("answer", "Answer"),
]


@pytest.mark.parametrize("response", BROKEN, ids=range(len(BROKEN)))
def test_a_trace_that_is_not_of_the_schema_is_unparsable(response: Any) -> None:
    verdict = JUDGE(TASK, response)
    assert verdict.outcome is Outcome.UNPARSABLE
    assert verdict.parts == {"structure": 0.0}


@pytest.mark.seeds("A31")
def test_schemas_switch_sections_off() -> None:
    short = FaithfulAnswer(("reason", "answer"))
    assert short(TASK, trace(BORN, CAPITAL, plan=None, evidence=None)).score == 1.0
    assert short(TASK, RIGHT).outcome is Outcome.UNPARSABLE
    listed = FaithfulAnswer(("evidence", "answer"))
    assert listed(TASK, trace(plan=None)).score == 1.0
    padded = listed(TASK, trace(plan=None, evidence="[p1] [p2] [p5]"))
    assert padded.outcome is Outcome.WRONG and "passage 3 is not needed" in padded.reason
    doubled = listed(TASK, trace(plan=None, evidence="[p1] [p2] [p4]"))
    assert doubled.outcome is Outcome.WRONG
    for schema in (
        ("answer",),
        ("reason",),
        ("answer", "reason"),
        ("reason", "answer", "notes"),
        (),
    ):
        with pytest.raises(OptionError):
            FaithfulAnswer(schema)


def test_every_entity_of_the_question_must_reach_the_answer() -> None:
    facts = {"a": [["Ann", "born in", "Rome"]], "b": [["Bob", "born in", "Rome"]]}
    task = SimpleNamespace(
        public={"start": ["Ann", "Bob"]}, secret={"facts": facts, "answer": "Rome"}
    )
    judge = FaithfulAnswer(("reason", "answer"))
    one, two = "Ann | born in | Rome [a]", "Bob | born in | Rome [b]"
    assert judge(task, trace(one, two, answer="Rome", plan=None, evidence=None)).score == 1.0
    assert judge(task, trace(one, answer="Rome", plan=None, evidence=None)).score == 0.0


@pytest.mark.parametrize(
    ("public", "secret"),
    [
        ({}, TASK.secret),
        ({"start": ""}, TASK.secret),
        (TASK.public, {"facts": FACTS}),
        (TASK.public, {"answer": "England"}),
        (TASK.public, {"facts": {}, "answer": "England"}),
        (TASK.public, {"facts": {"p1": [["a", "b"]]}, "answer": "England"}),
        (TASK.public, {"facts": {"p1": [["a", "b", 3]]}, "answer": "England"}),
        (TASK.public, {"facts": FACTS, "answer": [None]}),
    ],
    ids=range(8),
)
def test_a_malformed_task_is_our_failure(public: Any, secret: Any) -> None:
    task = SimpleNamespace(public=public, secret=secret)
    assert JUDGE(task, RIGHT).outcome is Outcome.INFRA_ERROR


def test_nothing_of_the_gold_reaches_the_reason() -> None:
    for response in (
        trace(BORN, RIVER, answer="Thames", evidence="[p1] [p5]"),
        trace(BORN, FRENCH, answer="France"),
    ):
        verdict = JUDGE(TASK, response)
        assert "england" not in (verdict.reason + repr(dict(verdict.evidence))).lower()


pieces = st.sampled_from(
    [
        "<plan>",
        "</plan>",
        "<evidence>",
        "</evidence>",
        "<reason>",
        "</reason>",
        "<answer>",
        "</answer>",
        BORN,
        CAPITAL,
        "[p1]",
        "[p2]",
        "England",
        "|",
        "\n",
        " ",
        "[",
        "]",
        "\u200b",
    ]
)


@pytest.mark.seeds("A31")
@given(st.lists(pieces, max_size=30).map("".join))
def test_scraps_of_a_right_trace_are_never_an_error(response: str) -> None:
    assert JUDGE(TASK, response).outcome in {"correct", "wrong", "unparsable"}


@pytest.mark.parametrize(
    "response",
    [
        "<reason>" * 130_000,
        trace("a | b | c [p1" * 60_000),
        trace("|" * 900_000),
        trace("[" * 900_000),
        trace("\n" * 900_000),
        trace(BORN, CAPITAL, evidence="[" * 900_000),
        trace(BORN, CAPITAL, evidence="[p1]" * 200_000),
        trace(*["x | y | z [p1]"] * 60_000),
    ],
    ids=range(8),
)
def test_a_megabyte_of_hostile_text_is_read_in_linear_time(response: str) -> None:
    began = time.process_time()
    assert JUDGE(TASK, response).score == 0.0
    assert time.process_time() - began < 2.0
