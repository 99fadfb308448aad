"""Which text of a response is its final answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.verifiers.extract import MAX_OFFERS, offers, undressed
from veragym.verifiers.faults import Unreadable

ONE = [
    ("42", "42"),
    ("  42\n", "42"),
    ("First 6*7.\nThen:\n42", "42"),
    ("So \\boxed{42}.", "42"),
    ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
    ("\\boxed{\\{1, 2\\}}", "\\{1, 2\\}"),
    ("\\boxed{\\boxed{7}}", "7"),
    ("\\boxed 7", "7"),
    ("\\fbox{7}", "7"),
    ("$$\\boxed{x = 3}$$", "x = 3"),
    ("so\n#### 42", "42"),
    ("text <answer> 42 </answer> more", "42"),
    ("<answer>\\boxed{42}</answer>", "42"),
    ("The answer is 42.", "42"),
    ("The final answer is: $42$", "42"),
    ("**Final answer:** 42", "42"),
    ("**Answer: 42**", "42"),
    ("Answer:\n42", "42"),
    ("The answer is \\boxed{42}", "42"),
    ("<think>\\boxed{1}</think>\\boxed{2}", "2"),
    ("a prefilled thought \\boxed{1}</think>\\boxed{2}", "2"),
    ("\\boxed{42} and again \\boxed{42}", "42"),
    ("\\boxed{42}\n#### 42", "42"),
    ("#### Step 1: add the numbers\n3+4=7\n\\boxed{7}", "7"),
    ("The answer is not obvious at first.\n\\boxed{7}", "7"),
    ("$\\frac{1}{2}$", "\\frac{1}{2}"),
    ("\\(42\\)", "42"),
    ("`42`", "42"),
    ("$$\n42\n$$", "42"),
    ("so it is 0.5", "0.5"),
    ("Both halves are alike.\nso it is 0.5", "0.5"),
    ("Adding all of them up:\nTherefore, x = 3.", "x = 3"),
    ("Half of one is left over.\nThus we get $\\frac12$", "\\frac12"),
    ("which equals 9.", "9"),
    ("A wrong answer is 5.\nThe answer is 6", "6"),
    ("9 isn't the final answer: it is too large.\nThe answer is 8", "8"),
    ("No, that fails. Answer: 5", "5"),
]


@pytest.mark.parametrize(("response", "answer"), ONE)
def test_one_final_answer_is_found(response: str, answer: str) -> None:
    assert offers(response) == (answer,)


NONE = [
    "",
    "   \n ",
    "<think>42",
    "<think>42</think>",
    "</think>",
    "<think>1</think>2<think>3",
    "\\boxed{42",
    "\\boxed{}",
    "\\boxed",
    "<answer>42",
    "42</answer>",
    "<answer></answer>",
    "First I add the numbers.\nThen I am done with them all.",
    "The sum of both numbers is large.\nI believe it to be 42 or thereabouts",
    "41\n42",
]


@pytest.mark.parametrize("response", NONE)
def test_no_final_answer_is_unparsable_with_a_reason(response: str) -> None:
    with pytest.raises(Unreadable) as fault:
        offers(response)
    assert len(str(fault.value)) > 10


DENIED = [
    "not Answer: 42",
    "This is not the answer: 42",
    "It isn't the final answer: 42",
    "That was never my final answer: 42",
    "an incorrect answer is 42",
    "The answer is not 42",
    "so it is not 42",
    "so it isn't 42",
    "A wrong final answer: 42",
]


@pytest.mark.parametrize("response", DENIED)
def test_a_denied_answer_is_not_offered(response: str) -> None:
    assert "42" not in offers(response)


def test_a_lead_in_is_kept_where_words_are_the_answer() -> None:
    assert offers("it is raining", words=True) == ("it is raining",)


def test_different_marked_answers_are_all_reported_and_too_many_refused() -> None:
    assert offers("\\boxed{1} \\boxed{2}") == ("1", "2")
    assert offers("\\boxed{1}\n#### 2\n<answer>3</answer>") == ("1", "3", "2")
    with pytest.raises(Unreadable):
        offers("".join(f"\\boxed{{{n}}}" for n in range(MAX_OFFERS + 1)))


def test_words_may_be_a_last_line_only_where_words_are_asked_for() -> None:
    text = "Some reasoning that goes on.\nEvelyn Waugh wrote it"
    with pytest.raises(Unreadable):
        offers(text)
    assert offers(text, words=True) == ("Evelyn Waugh wrote it",)


@given(st.text(max_size=60))
def test_undressing_is_idempotent_and_never_adds_text(text: str) -> None:
    bare = undressed(text)
    assert len(bare) <= len(text)
    assert bare in text


@given(st.text(alphabet="{}\\boxed $<>/answer#\n12", max_size=120))
def test_extraction_gives_answers_or_a_reason_and_nothing_else(text: str) -> None:
    try:
        found = offers(text)
    except Unreadable:
        return
    assert 1 <= len(found) <= MAX_OFFERS
    assert all(found) and len(set(found)) == len(found)
