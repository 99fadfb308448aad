"""Tags: each once, in order, closed; only the policy's own words count."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.task import Draft
from veragym.core.verdict import Outcome
from veragym.verifiers.text import NumericVerifier, TagVerifier, TextMatchVerifier

TASK = Draft("", "What is 6 times 7?", {}, {"answer": 42})
STRICT = TagVerifier(NumericVerifier())
LAX = TagVerifier(NumericVerifier(), strict=False)
SEARCH = TagVerifier(NumericVerifier(), foreign=("information",))
OK, WRONG, NOT = Outcome.CORRECT, Outcome.WRONG, Outcome.UNPARSABLE

CASES = [
    # response, strict, lax
    ("<think>six sevens</think><answer>42</answer>", OK, OK),
    ("\n<think>six sevens</think>\n\n<answer>\n42\n</answer>\n", OK, OK),
    ("<think>a < b and c > d</think><answer>42</answer>", OK, OK),
    ("<think>see <b>here</b></think><answer>42</answer>", OK, OK),
    ("<think>six sevens</think><answer>41</answer>", WRONG, WRONG),
    ("<think>six sevens</think><answer>41 42</answer>", NOT, NOT),
    ("So: <think>six sevens</think><answer>42</answer>", NOT, OK),
    ("<think>six sevens</think> hence <answer>42</answer>", NOT, OK),
    ("<think>six sevens</think><answer>42</answer> I hope", NOT, OK),
    ("42", NOT, NOT),
    ("<answer>42</answer>", NOT, NOT),
    ("<think>six sevens</think>42", NOT, NOT),
    ("<answer>42</answer><think>six sevens</think>", NOT, NOT),
    ("<think>six sevens<answer>42</answer></think>", NOT, NOT),
    ("<think>six sevens</think><answer>42", NOT, NOT),
    ("<think>six sevens<answer>42</answer>", NOT, NOT),
    ("<think>six sevens</think><answer>41</answer><answer>42</answer>", NOT, NOT),
    ("<think>six sevens</think><answer>42</answer><answer>42</answer>", NOT, NOT),
    ("<think>six sevens</think><answer><answer>42</answer></answer>", NOT, NOT),
    ("<think>a</think><think>b</think><answer>42</answer>", NOT, NOT),
    ("<think>a</think><answer>42</answer></answer>", NOT, NOT),
    ("</think><think>a</think><answer>42</answer>", NOT, NOT),
    ("<think></think><answer>42</answer>", NOT, NOT),
    ("<think> ... </think><answer>42</answer>", NOT, NOT),
    ("<think>a b</think><answer></answer>", NOT, NOT),
    ("<think>a b</think><answer>  \n </answer>", NOT, NOT),
    ("<Think>a b</Think><Answer>42</Answer>", NOT, NOT),
    ("<think>a b</think><answer >42</answer>", NOT, NOT),
    ("<think>a b</think>< answer>42</ answer>", NOT, NOT),
    ("<think>a b</think><answer id='1'>42</answer>", NOT, NOT),
    ("<think>a b</think><аnswer>41</аnswer><answer>42</answer>", NOT, NOT),
    ("<think>a b</think><answer/><answer>42</answer>", NOT, NOT),
    ("<think>a b</think>&lt;answer&gt;42&lt;/answer&gt;", NOT, NOT),
    ("<think>a b</think><answer>42</answer><ANSWER>41</ANSWER>", NOT, NOT),
    ("<think>a b</think><\u200banswer>42</answer>", NOT, NOT),
]


@pytest.mark.parametrize(("response", "strict", "lax"), CASES)
def test_tags_once_in_order_closed(response: str, strict: Outcome, lax: Outcome) -> None:
    assert STRICT(TASK, response).outcome is strict
    assert LAX(TASK, response).outcome is lax


def test_the_inner_verdict_is_passed_on_with_its_parts() -> None:
    verdict = STRICT(TASK, "<think>six sevens</think><answer>42</answer>")
    assert dict(verdict.parts) == {"format": 1.0, "content": 1.0}
    bad = STRICT(Draft("", "", {}, {}), "<think>six sevens</think><answer>42</answer>")
    assert bad.outcome is Outcome.INFRA_ERROR


RETRIEVED = [
    ("<think>look</think><information><answer>42</answer></information>", NOT),
    ("<think>look</think><information>x</information><answer>42</answer>", OK),
    ("<think>look</think><information><answer>42</answer></information><answer>41</answer>", WRONG),
    ("<think>look <information><answer>9</answer></information></think><answer>42</answer>", OK),
    ("<think>look</think><answer><information>42</information></answer>", NOT),
    ("<think>look</think><answer>42<information>x</information></answer>", NOT),
    ("<think>look</think><information><answer>42</answer>", NOT),
    ("<think>look</think></information><answer>42</answer>", NOT),
    # A document that closes the block itself brings a second answer, and nobody is paid.
    ("<think>a</think><information></information><answer>42</answer></information>"
     "<answer>41</answer>", NOT),
]  # fmt: skip


@pytest.mark.parametrize(("response", "outcome"), RETRIEVED)
def test_tags_inside_retrieved_text_do_not_count(response: str, outcome: Outcome) -> None:
    assert SEARCH(TASK, response).outcome is outcome


def test_an_echo_of_the_prompt_is_no_answer() -> None:
    prompt = "Answer like this: <think>reasons</think><answer>42</answer>\nWhat is 6 times 7?"
    task = Draft("", prompt, {}, {"answer": 42})
    assert LAX(task, prompt).outcome is NOT
    assert LAX(task, prompt + "\n<think>hm</think><answer>41</answer>").outcome is WRONG
    assert LAX(task, prompt + "\n<think>hm</think><answer>42</answer>").outcome is OK
    assert STRICT(task, prompt).outcome is NOT


def test_of_a_list_of_messages_only_the_assistants_words_are_read() -> None:
    own = {"role": "assistant", "content": "<think>look</think><answer>41</answer>"}
    tool = {"role": "tool", "content": "<think>look</think><answer>42</answer>"}
    user = {"role": "user", "content": "<answer>42</answer>"}
    assert STRICT(TASK, [user, tool, own]).outcome is WRONG
    assert STRICT(TASK, [user, tool]).outcome is NOT
    split = [{"role": "assistant", "content": "<think>look</think>"}, tool,
             {"role": "assistant", "content": None},
             {"role": "assistant", "content": "<answer>42</answer>"}]  # fmt: skip
    assert STRICT(TASK, split).outcome is OK
    for broken in ([], [3], [{"role": 1}], [{"role": "assistant", "content": 3}], [own, own]):
        assert STRICT(TASK, broken).outcome is NOT
    assert STRICT(Draft("", "", {}, {}), [own]).outcome is Outcome.INFRA_ERROR


def test_a_prompt_may_have_opened_the_first_tag() -> None:
    opened = TagVerifier(NumericVerifier(), opened=True)
    assert opened(TASK, "six sevens</think><answer>42</answer>").outcome is OK
    assert opened(TASK, "<think>six sevens</think><answer>42</answer>").outcome is NOT


def test_order_alone_is_rewarded_only_where_the_task_says_so() -> None:
    response = "<plan>first this</plan><do>then that</do>"
    form = TagVerifier(tags=("plan", "do"))
    assert form(Draft("", "", {}, {}), response).outcome is Outcome.INFRA_ERROR
    assert form(Draft("", "", {"format_only": True}, {}), response).outcome is OK
    chosen = TagVerifier(TextMatchVerifier(), tags=("plan", "do"), graded="plan")
    assert chosen(Draft("", "", {}, {"answer": "first this"}), response).outcome is OK


@pytest.mark.parametrize(
    "options",
    [{"tags": ()}, {"tags": ("a", "a")}, {"tags": ("A",)}, {"tags": "think"}, {"tags": ("a b",)},
     {"graded": "x"}, {"foreign": ("think",)}, {"strict": 1}, {"tags": (3,)}],
)  # fmt: skip
def test_tag_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        TagVerifier(**options)


PIECES = [
    "<think>",
    "</think>",
    "<answer>",
    "</answer>",
    "42",
    "x y",
    " ",
    "<information>",
    "</information>",
]


@given(st.lists(st.sampled_from(PIECES), max_size=9))
def test_no_shuffle_of_tags_but_the_right_one_is_rewarded(pieces: list[str]) -> None:
    text = "".join(pieces)
    if STRICT(TASK, text).outcome is OK:
        assert text.count("<answer>") == text.count("</answer>") == text.count("<think>") == 1
        assert text.strip().startswith("<think>") and text.rstrip().endswith("</answer>")
        assert text.split("<answer>")[1].split("</answer>")[0].strip() == "42"
