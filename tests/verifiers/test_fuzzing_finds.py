"""What the fuzz run (`benchmarks/fuzz_verifiers.py`) and reading beside it found, each once."""

from __future__ import annotations

from typing import Any

import pytest

from veragym.core.errors import OptionError
from veragym.core.task import Draft, Task
from veragym.core.trajectory import Trajectory, Turn
from veragym.core.verdict import Outcome, correct
from veragym.verifiers import MathVerifier
from veragym.verifiers.compare import same_answer
from veragym.verifiers.process import MetaReasoning, Policy, Turnwise, steps_of
from veragym.verifiers.process.policy import MAX_BRACKETS, MAX_POLICY_CHARS
from veragym.verifiers.program.output import same_output
from veragym.verifiers.program.suite import read_suite
from veragym.verifiers.program.values import Sameness
from veragym.verifiers.text import ConstraintVerifier, regular, segments

HUGE = 10**400
"""An integer that no float holds."""


@pytest.mark.parametrize(
    "empty", ["()", "(|)", "a{0}", "(a{0}|())", "(()*)"], ids=["empty", "or", "none", "both", "*"]
)
def test_nested_counts_of_the_empty_word_cost_nothing(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = 0
    plain = regular._Build.node

    def counted(self: Any, node: Any) -> Any:
        nonlocal visits
        visits += 1
        if visits > 10_000:
            pytest.fail("the automaton is built of ever more copies of nothing")
        return plain(self, node)

    monkeypatch.setattr(regular._Build, "node", counted)
    language = regular.Language("(" * 12 + empty + "){999}" * 12 + "b")
    assert "b" in language
    assert "" not in language and "ab" not in language


def test_a_count_of_a_part_that_may_be_empty_still_counts() -> None:
    language = regular.Language("((a?|()){2}){2}")
    assert [("a" * n) in language for n in range(6)] == [True] * 5 + [False]


def test_a_number_no_float_holds_is_no_part_of_a_step() -> None:
    turn: dict[str, Any] = {"action": "2", "parts": {"progress": HUGE}}
    with pytest.raises(ValueError, match="finite numbers"):
        steps_of([turn])
    task = Draft("", "", {}, {"turns": [{"answer": "2"}]})
    assert Turnwise(MathVerifier()).verify(task, [turn]).outcome is Outcome.UNPARSABLE
    played = Turn("o", "2", 0.0, True, False, parts={"progress": HUGE})
    whole = Task("t", "Test-v0", 0, "test", 0.0, "", {}, {}, "00")
    episode = Trajectory("Test-v0", whole, [played], correct("won"))
    assert MetaReasoning().verify(whole, episode).outcome is Outcome.UNPARSABLE


def test_a_weight_no_float_holds_is_the_tasks_fault() -> None:
    tests = [{"args": [], "expected": 1, "weight": HUGE}]
    with pytest.raises(OptionError, match="weight of test 1"):
        read_suite({"entry": "f"}, {"tests": tests})


def test_two_different_numbers_beyond_floats_are_not_the_same_output() -> None:
    close = Sameness(relative=1e-6)
    assert not same_output("1e400", b"1e999", "numbers", close)
    assert not same_output("1e400", b"2e400", "numbers", close)
    assert same_output("1e400", b"1e400", "numbers", close)
    assert same_output("1e300", b"1.0000001e300", "numbers", close)


@pytest.mark.parametrize(
    "text",
    [
        "rules: " + "[{" * MAX_BRACKETS,
        "rules: {a: {never: x}}\n" + "# padding\n" * MAX_POLICY_CHARS,
    ],
    ids=["deep", "long"],
)
def test_policy_text_that_takes_long_to_read_is_refused_unread(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yaml.load", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(OptionError, match="no YAML that is read here"):
        Policy.of(text)


@pytest.mark.parametrize(
    "scalar",
    ["9" * 5_000, "2026-13-99", "!!bool maybe", '!!int ""', "!!timestamp soon", "!!float ?"],
    ids=["digits", "date", "bool", "int", "timestamp", "float"],
)
def test_a_malformed_scalar_in_a_policy_is_refused_like_other_yaml(scalar: str) -> None:
    with pytest.raises(OptionError, match="no YAML"):
        Policy.of(f"rules: {{a: {{at_most: {{count: {scalar}, of: x}}}}}}")


@pytest.mark.parametrize("other", ["１", "7", "\\frac12", "\x00"])
def test_an_empty_answer_is_like_no_other_in_both_orders(other: str) -> None:
    assert same_answer(other, "") is False
    assert same_answer("", other) is False


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("\"Go.\" She left. (All of it.) 'Why?' he said.", 5),
        ('one two." three four.’ five six.) seven eight.] nine ten', 5),
        ("1?1?' 1", 2),
    ],
)
def test_a_quotation_mark_after_a_stop_hides_no_sentence_from_a_maximum(
    text: str, count: int
) -> None:
    assert segments.many_sentences(text) == count
    assert segments.few_sentences(text) <= count
    limit = {"constraints": [{"kind": "sentences", "max": count - 1}], "format_only": True}
    assert ConstraintVerifier()(Draft("", "", limit, {}), text).outcome is Outcome.WRONG
