"""Constraints on language, counted so that the count cannot be bent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.task import Draft
from veragym.core.verdict import Outcome
from veragym.verifiers.text import ConstraintVerifier, TextMatchVerifier, segments
from veragym.verifiers.text.constraints import make_test
from veragym.verifiers.text.lookalikes import as_seen, skeleton


def kept(text: str, /, **spec: Any) -> bool:
    task = Draft("", "", {"constraints": [spec], "format_only": True}, {})
    verdict = ConstraintVerifier()(task, text)
    assert verdict.outcome in (Outcome.CORRECT, Outcome.WRONG), verdict
    return verdict.outcome is Outcome.CORRECT


COUNTS = [
    # text, (words few, many), (sentences few, many), lines, paragraphs
    ("One two three.", (3, 3), (1, 1), 1, 1),
    ("Well-known facts. They don't change!", (5, 7), (2, 2), 1, 1),
    ("snake_case_words all_glued", (2, 5), (1, 1), 1, 1),
    ("ThisIsOneCamelWord here", (2, 6), (1, 1), 1, 1),
    ("Mr. Smith met Dr. Jones. They spoke, e.g. of rain.", (10, 11), (2, 5), 1, 1),
    ("a\n\nb b\nc", (4, 4), (1, 3), 3, 2),
    ("... - , ! *", (0, 0), (0, 0), 1, 1),
    ("aaaa bbbbb ccc", (1, 3), (0, 1), 1, 1),
    ("3.14 is pi", (3, 4), (1, 1), 1, 1),
    ("これは本です。そうです。", (10, 10), (2, 2), 1, 1),
    ("Stop. Go. Wait.", (3, 3), (0, 3), 1, 1),
    ("x" * 31 + " y", (1, 3), (0, 1), 1, 1),
    ("नमस्ते दुनिया", (2, 2), (1, 1), 1, 1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words", "sentences", "lines", "paragraphs"), COUNTS)
def test_counts_have_a_least_and_a_greatest_reading(
    text: str, words: Any, sentences: Any, lines: int, paragraphs: int
) -> None:
    assert (segments.few_words(text), segments.many_words(text)) == words
    assert (segments.few_sentences(text), segments.many_sentences(text)) == sentences
    assert segments.lines(text) == lines
    assert segments.paragraphs(text) == paragraphs


@given(st.text(st.sampled_from("abA1 -_.!?\n'é本"), max_size=60))
def test_the_least_reading_never_exceeds_the_greatest(text: str) -> None:
    assert segments.few_words(text) <= segments.many_words(text)
    assert segments.few_characters(text) <= max(segments.many_characters(text), 0)
    assert segments.few_sentences(text) <= max(segments.many_sentences(text), 0)


ESSAY = (
    "Rain fell on the old harbour while two sailors argued about a map. "
    "Neither of them noticed that the tide had turned and their boat was drifting away."
)


@pytest.mark.parametrize(
    ("text", "spec", "right"),
    [
        (ESSAY, {"kind": "words", "min": 20, "max": 40}, True),
        (ESSAY, {"kind": "words", "max": 10}, False),
        (ESSAY, {"kind": "words", "min": 60}, False),
        (ESSAY, {"kind": "sentences", "min": 2, "max": 2}, True),
        (ESSAY, {"kind": "characters", "max": 200}, True),
        (ESSAY, {"kind": "characters", "min": 500}, False),
        (ESSAY, {"kind": "lines", "max": 1}, True),
        (ESSAY + "\n\n" + ESSAY[::-1], {"kind": "paragraphs", "min": 2}, True),
        # padding towards a minimum
        ("word " * 50, {"kind": "words", "min": 20}, False),
        ("one two three four five " * 8, {"kind": "words", "min": 20}, False),
        (ESSAY + " " + ESSAY, {"kind": "words", "min": 40}, False),
        ("aaaa " * 30 + "end", {"kind": "words", "min": 20}, False),
        (". , ! ? " * 40, {"kind": "words", "min": 20}, False),
        ("-".join(ESSAY.split()), {"kind": "words", "min": 20}, False),
        ("x" * 600, {"kind": "words", "min": 1}, False),
        ("Yes. " * 10, {"kind": "sentences", "min": 5}, False),
        ("a b" + " " * 900 + "c d", {"kind": "characters", "min": 500}, False),
        ("Good day" + "!" * 900, {"kind": "characters", "min": 500}, False),
        ("a b\n" + "\n" * 50 + "c d", {"kind": "lines", "min": 5}, False),
        ("a b\n" + "-\n" * 50 + "c d", {"kind": "lines", "min": 5}, False),
        # hiding from a maximum
        ("_".join(ESSAY.split()), {"kind": "words", "max": 10}, False),
        ("/".join(ESSAY.split()), {"kind": "words", "max": 10}, False),
        ("".join(word.title() for word in ESSAY.split()), {"kind": "words", "max": 10}, False),
        ("".join(ESSAY.lower().split()), {"kind": "words", "max": 3}, False),
        (ESSAY.replace(" ", "\u00a0"), {"kind": "words", "max": 10}, False),
        (ESSAY.replace(". ", "\n"), {"kind": "sentences", "max": 1}, False),
        (ESSAY.replace(". ", "; "), {"kind": "sentences", "max": 1}, False),
        # terms
        ("The cat sat.", {"kind": "require", "terms": ["cat"]}, True),
        ("The CAT sat.", {"kind": "require", "terms": ["cat"]}, True),
        ("Concatenate.", {"kind": "require", "terms": ["cat"]}, False),
        ("The c\u0430t sat.", {"kind": "require", "terms": ["cat"]}, False),
        ("The c a t sat.", {"kind": "require", "terms": ["cat"]}, False),
        ("The cat sat.", {"kind": "require", "terms": ["cat", "dog"]}, False),
        ("The cat sat.", {"kind": "require", "terms": ["cat"], "times": 2}, False),
        ("A cat, a cat_, a Cat!", {"kind": "require", "terms": ["cat"], "times": 2}, True),
        ("the black\n cat", {"kind": "require", "terms": ["black cat"]}, True),
        ("use c++ here", {"kind": "require", "terms": ["C++"]}, True),
        # case, script, ends
        ("all small 12", {"kind": "casing", "style": "lower"}, True),
        ("Not small", {"kind": "casing", "style": "lower"}, False),
        ("12 34", {"kind": "casing", "style": "lower"}, False),
        ("ALL BIG!", {"kind": "casing", "style": "upper"}, True),
        ("ALL BiG", {"kind": "casing", "style": "upper"}, False),
        ("Every Word Is Big", {"kind": "casing", "style": "title"}, True),
        ("Every word Is Big", {"kind": "casing", "style": "title"}, False),
        ("привет мир", {"kind": "script", "script": "Cyrillic"}, True),
        ("привет world", {"kind": "script", "script": "Cyrillic"}, False),
        ("привет привет мир hi", {"kind": "script", "script": "Cyrillic", "share": 0.8}, True),
        ("hellо world", {"kind": "script", "script": "Latin"}, False),
        ("123 !!!", {"kind": "script", "script": "Latin"}, False),
        ("これは本です", {"kind": "script", "script": "Japanese"}, True),
        ("Dear Ann, hello", {"kind": "begins", "text": "Dear Ann"}, True),
        ("Dear Anna, hello", {"kind": "begins", "text": "Dear Ann"}, False),
        ("So it goes. The end", {"kind": "ends", "text": "The end"}, True),
        ("So it goes. The end.", {"kind": "ends", "text": "The end"}, False),
        ("Bathe end", {"kind": "ends", "text": "the end"}, False),
        (ESSAY, {"kind": "repetition"}, True),
        ((ESSAY + " ") * 2, {"kind": "repetition"}, False),
        ((ESSAY + " ") * 2, {"kind": "repetition", "share": 0.6}, True),
    ],
)  # fmt: skip
def test_constraints_are_kept_or_broken(text: str, spec: dict[str, Any], right: bool) -> None:
    assert kept(text, **spec) is right


FORBIDDEN = [
    "bad", "BAD", "Bad!", "b\u0430d", "bаԁ", "b4d", "8ad", "b@d", "b.a.d", "b a d", "B-A-D",
    "b_a_d", "bád", "b\u0301ad",
    "ｂａｄ", "𝐛𝐚𝐝", "(bad)", "«bad»", "bad's", "it was b a d, yes", "ᴃᴀᴅ bad", "x@bad",
    "ℬad", "bad$",
    "ⓑⓐⓓ",
]  # fmt: skip
HARMLESS = [
    "grab a d",
    "badge",
    "abad",
    "be a dad",
    "b ad",
    "ba d",
    "dab",
    "bid",
    "8 days",
    "a b c",
    "bed",
    "b",
    "band",
    "4",
]


@pytest.mark.parametrize("text", FORBIDDEN)
def test_a_forbidden_word_is_found_in_every_disguise(text: str) -> None:
    assert not kept(f"This is {text} now", kind="forbid", terms=["bad"])


@pytest.mark.parametrize("text", HARMLESS)
def test_words_that_only_contain_a_forbidden_one_are_allowed(text: str) -> None:
    assert kept(f"This is {text} now", kind="forbid", terms=["bad"])


def test_forbidden_phrases_prefixes_and_ambiguous_strokes() -> None:
    assert not kept("He said: very  b4d.", kind="forbid", terms=["very bad"])
    assert kept("very good, bad", kind="forbid", terms=["very bad"])
    assert not kept("v e r y b a d", kind="forbid", terms=["very bad"])
    assert not kept("a v e r y bad day", kind="forbid", terms=["very bad"])
    assert kept("maybe", kind="forbid", terms=["may be"])
    assert not kept("all badgers", kind="forbid", terms=["bad*"])
    assert kept("all badgers", kind="forbid", terms=["bad"])
    assert not kept("a f1nal word", kind="forbid", terms=["final"])
    assert not kept("a fina1 word", kind="forbid", terms=["final"])
    assert not kept("a finaI word", kind="forbid", terms=["final"])
    # "fall" is not "fail": l and i are only confused where a stroke stands for them.
    assert kept("leaves fall", kind="forbid", terms=["fail"])
    assert not kept("leaves fa1l", kind="forbid", terms=["fail"])
    assert not kept("у нас кот", kind="forbid", terms=["кот"])
    assert not kept("it is 42", kind="forbid", terms=["42"])
    assert kept("it is 420", kind="forbid", terms=["42"])


@given(st.text(st.sampled_from("abcdeio "), min_size=1, max_size=12).filter(str.strip), st.data())
def test_disguising_letters_never_hides_a_term(term: str, data: st.DataObject) -> None:
    disguises = {
        "a": "aаɑ@4áＡ",
        "b": "bＢ𝐛",
        "c": "cсⅽ",
        "d": "dԁ",
        "e": "eе3é",
        "i": "iі",
        "o": "oо0ö",
        " ": " \n",
    }
    # A digit alone is a number: a word's first letter stays a letter, of some alphabet.
    text = "".join(
        data.draw(
            st.sampled_from([d for d in disguises[char] if d.isalpha() or d.isspace() or inner])
        )
        for char, inner in zip(term, [False, *(before != " " for before in term)])
    )
    assert not kept(f"so {text} yes", kind="forbid", terms=[term])


def test_skeletons_read_words_in_every_way() -> None:
    assert skeleton("h3ll0") == (frozenset({"hello", "h3ll0"}),)
    assert list(as_seen("a b1").readings[0].words) == [{"a"}, {"bi", "bl", "b1"}]
    assert list(as_seen("50").readings[0].words) == [{"50"}]
    assert list(as_seen("so a b a d day").readings[0].spelled) == [(2, 6)]


BROKEN = [
    None, "words", {}, {"kind": "colour"}, {"kind": "words"}, {"kind": "words", "min": 5, "max": 3},
    {"kind": "words", "min": -1},
    {"kind": "words", "min": True}, {"kind": "words", "min": 1.5}, {"kind": "words", "least": 5},
    {"kind": "forbid"},
    {"kind": "forbid", "terms": []}, {"kind": "forbid", "terms": "bad"},
    {"kind": "forbid", "terms": ["?"]},
    {"kind": "forbid", "terms": [3]}, {"kind": "require", "terms": ["a"], "times": 0},
    {"kind": "casing", "style": "big"},
    {"kind": "script", "script": "Klingon"}, {"kind": "script", "script": "Latin", "share": 0},
    {"kind": "script", "script": []},
    {"kind": "repetition", "share": 1}, {"kind": "begins", "text": " "}, {"kind": "ends"},
    {"kind": ["words"], "min": 1},
]  # fmt: skip


@pytest.mark.parametrize("spec", BROKEN, ids=str)
def test_a_constraint_that_cannot_be_understood_makes_the_task_unjudgeable(spec: Any) -> None:
    with pytest.raises(OptionError):
        make_test(spec)
    for facts in (
        ({"constraints": [spec], "format_only": True}, {}),
        ({"format_only": True}, {"constraints": [spec]}),
    ):
        verdict = ConstraintVerifier()(Draft("", "", *facts), "some text")
        assert verdict.outcome is Outcome.INFRA_ERROR


def test_constraints_alone_are_rewarded_only_where_the_task_says_so() -> None:
    specs = [{"kind": "words", "max": 3}]
    plain = Draft("", "", {"constraints": specs}, {"answer": "in Paris"})
    assert ConstraintVerifier()(plain, "in Paris").outcome is Outcome.INFRA_ERROR
    judged = ConstraintVerifier(TextMatchVerifier())
    outcomes = [judged(plain, text).outcome for text in ("in Paris", "in Rome", "it is in Paris")]
    assert outcomes == [Outcome.CORRECT, Outcome.WRONG, Outcome.WRONG]
    empty = Draft("", "", {"constraints": [], "format_only": True}, {})
    assert ConstraintVerifier()(empty, "x").outcome is Outcome.INFRA_ERROR


def test_a_hidden_constraint_is_not_named() -> None:
    task = Draft(
        "", "", {"format_only": True}, {"constraints": [{"kind": "forbid", "terms": ["xyzzy"]}]}
    )
    verdict = ConstraintVerifier()(task, "they said xyzzy")
    assert verdict.outcome is Outcome.WRONG and "xyzzy" not in repr(verdict)
    assert dict(verdict.parts) == {"constraint_1": 0.0}
