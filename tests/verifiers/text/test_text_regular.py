"""Regular languages: the same members as the standard library's engine, without its blow-ups."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.task import Draft
from veragym.core.verdict import Outcome
from veragym.verifiers.text import Language, RegularVerifier

ATOMS = ["a", "b", "c", ".", "[ab]", "[^a]", r"\d", r"\W", "[a-c1]", r"\.", "1", r"[\d-]", r"\n"]


def _patterns() -> st.SearchStrategy[str]:
    repeats = st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}", "{2,}", "{0}"])

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pieces = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            pieces.map("".join),
            pieces.map(lambda parts: "(" + "|".join(parts) + ")"),
            st.tuples(inner, repeats).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        )

    return st.recursive(st.sampled_from(ATOMS), grown, max_leaves=6)


@settings(max_examples=400)
@given(_patterns(), st.lists(st.text("abc1.-\n é", max_size=7), max_size=6))
def test_membership_agrees_with_the_standard_library(pattern: str, texts: list[str]) -> None:
    ours, theirs = Language(pattern), re.compile(pattern, re.ASCII)
    for text in ["", *texts]:
        assert (text in ours) == bool(theirs.fullmatch(text)), (pattern, text)


@settings(max_examples=200)
@given(_patterns(), st.booleans(), st.booleans(), st.text("abc1-", max_size=8))
def test_searching_agrees_with_the_standard_library(
    pattern: str, left: bool, right: bool, text: str
) -> None:
    anchored = f"{'^' if left else ''}(?:{pattern}){'$' if right else ''}"
    found = bool(re.search(anchored, text, re.ASCII))
    assert (text in Language(anchored, anywhere=True)) == found


MEMBERS = [
    ("(ab)+c{2,3}", ["abcc", "ababccc"], ["abc", "abcccc", "cc", "", "abccx"]),
    ("[A-Z][a-z]*( [A-Z][a-z]*)*", ["Ann", "Ann Lee"], ["ann", "Ann  Lee", "Ann Lee "]),
    (r"\d{4}-\d{2}-\d{2}", ["2024-01-31"], ["2024-1-31", "٢٠٢٤-01-31", "2024-01-31T"]),
    ("(0|1(01*0)*1)+", ["0", "11", "110", "1001", "1111"], ["1", "10", "100", "101", "111"]),
    (r"\u00e9+", ["é", "éé"], ["e", "e\u0301"]),
    (r"[\]\[\-]+", ["[]-"], ["\\"]),
    ("a{0}", [""], ["a"]),
    ("", [""], ["a"]),
    ("a||b", ["", "a", "b"], ["ab"]),
]


@pytest.mark.parametrize(("pattern", "inside", "outside"), MEMBERS)
def test_members_and_strangers(pattern: str, inside: list[str], outside: list[str]) -> None:
    language = Language(pattern)
    assert [text in language for text in inside] == [True] * len(inside)
    assert [text in language for text in outside] == [False] * len(outside)


UNSAFE = [
    r"(a)\1", "(?=a)b", "(?!a)b", "(?<=a)b", "(?P<n>a)", "(?i)a", "a*?", "a++", "a{2}?", "^a", "a$",
    r"\ba", r"\Za",
    "(", ")", "a)", "[", "[a", "[]", "[^]", "[b-a]", "[a-", r"[\d-z]", "*", "+a", "a{", "a{x}",
    "a{3,2}", "a{,2}",
    "a{1001}", "a{99999}", "(a{1000}){1000}", r"\x1", r"\u12", "\\", r"\q", "a" * 2001,
    "(" * 60 + ")" * 60,
    "[[:alpha:]]", r"\p{L}", "(?#note)", "a{-1}", "a{1,2,3}", "a{²}",
]  # fmt: skip


@pytest.mark.parametrize("pattern", UNSAFE)
def test_patterns_outside_the_safe_subset_are_refused_and_make_the_task_unjudgeable(
    pattern: str,
) -> None:
    with pytest.raises(OptionError):
        Language(pattern)
    for side in ({"pattern": pattern}, {}), ({}, {"pattern": pattern}):
        verdict = RegularVerifier()(Draft("", "", *map(dict, side)), "a")
        assert verdict.outcome is Outcome.INFRA_ERROR
        if side[1]:
            assert pattern not in verdict.reason or len(pattern) < 3


BLOWUPS = [
    ("(a+)+b", "a" * 60_000),
    ("(a|a)*b", "a" * 60_000),
    ("(a|aa)+b", "a" * 60_000),
    ("(.*)(.*)(.*)(.*)(.*)x", "y" * 60_000),
    ("(a?){50}a{50}", "a" * 49),
    ("(a|b)*a(a|b){12}", "ab" * 100_000),
    ("(a*)*(b*)*c", "ab" * 100_000),
]


@pytest.mark.parametrize(("pattern", "text"), BLOWUPS)
def test_patterns_that_make_backtracking_engines_hang_are_quick(pattern: str, text: str) -> None:
    begin = time.process_time()
    verdict = RegularVerifier()(Draft("", "", {"pattern": pattern}, {}), text)
    assert verdict.outcome is Outcome.WRONG
    assert time.process_time() - begin < 2.0


def test_a_state_explosion_ends_as_a_timeout_not_as_a_hang() -> None:
    # The deterministic automaton has 2^300 states; a random text visits a new one at every step.
    rng = random.Random(0)
    text = "".join(rng.choice("ab") for _ in range(1_000_000))
    begin = time.process_time()
    verdict = RegularVerifier()(Draft("", "", {"pattern": "(a|b)*a(a|b){300}"}, {}), text)
    assert verdict.outcome is Outcome.TIMEOUT
    assert time.process_time() - begin < 8.0


def test_the_reason_shows_no_member_and_no_pattern() -> None:
    task = Draft("", "", {}, {"pattern": "xyzzy(42)+"})
    for response in ("xyzzy", "42", "?"):
        verdict = RegularVerifier()(task, response)
        assert verdict.outcome is Outcome.WRONG
        assert "xyzzy" not in verdict.reason and "42" not in verdict.reason


def test_the_pattern_must_be_given_once() -> None:
    for public, secret in (({}, {}), ({"pattern": "a"}, {"pattern": "a"}), ({"pattern": 3}, {})):
        assert RegularVerifier()(Draft("", "", public, secret), "a").outcome is Outcome.INFRA_ERROR
