"""Closeness with declared credit: edits, shared words, overlapping intervals."""

from __future__ import annotations

from functools import cache
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.task import Draft
from veragym.core.verdict import Outcome
from veragym.verifiers.text import EditVerifier, IntervalVerifier, WordOverlapVerifier
from veragym.verifiers.text.assignment import best_pairing
from veragym.verifiers.text.distance import common_subsequence, levenshtein
from veragym.verifiers.text.intervals import matched_overlap, overlap, read_intervals, union
from veragym.verifiers.text.similarity import word_f1

SHORT = st.text("abc", max_size=9)


def slow_levenshtein(a: str, b: str) -> int:
    @cache
    def at(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        return min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return at(len(a), len(b))


def slow_subsequence(a: str, b: str) -> int:
    if not a or not b:
        return 0
    if a[0] == b[0]:
        return 1 + slow_subsequence(a[1:], b[1:])
    return max(slow_subsequence(a[1:], b), slow_subsequence(a, b[1:]))


@settings(max_examples=300)
@given(SHORT, SHORT)
def test_bit_parallel_distances_agree_with_their_definitions(a: str, b: str) -> None:
    assert levenshtein(a, b) == levenshtein(b, a) == slow_levenshtein(a, b)
    assert common_subsequence(a, b) == common_subsequence(b, a) == slow_subsequence(a, b)


@given(st.text("ab", min_size=60, max_size=90), st.text("ab", min_size=60, max_size=90))
def test_distances_agree_beyond_one_machine_word(a: str, b: str) -> None:
    assert levenshtein(a, b) == slow_levenshtein(a, b)
    # A classical identity: without substitutions, distance = len(a) + len(b) - 2 * common.
    assert levenshtein(a, b) <= len(a) + len(b) - 2 * common_subsequence(a, b)


def test_distances_known_from_the_literature() -> None:
    assert levenshtein("kitten", "sitting") == 3
    assert levenshtein("intention", "execution") == 5
    assert levenshtein("", "abc") == 3
    assert common_subsequence("AGGTAB", "GXTXAYB") == 4


EDITS = [
    # floor, gold, answer, score: (1 - distance / longer - floor) / (1 - floor)
    (0.5, "kitten", "kitten", 1.0), (0.5, "kitten", "kitte", (5 / 6 - 0.5) / 0.5),
    (0.5, "kitten", "sitting", (4 / 7 - 0.5) / 0.5), (0.5, "kitten", "kit", 0.0),
    (0.5, "kitten", "mitt", 0.0),
    (0.2, "abcdefghij", "abcdefghiX", (0.9 - 0.2) / 0.8), (1.0, "kitten", "kitte", 0.0),
    (1.0, "kitten", "kitten", 1.0),
    (0.5, "kitten", "kittenkitten", 0.0), (0.5, "kitten", "x", 0.0),
    (0.5, "kitten", "kitten" * 100, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("floor", "gold", "answer", "score"), EDITS)
def test_edit_credit_is_what_the_formula_gives(
    floor: float, gold: str, answer: str, score: float
) -> None:
    verdict = EditVerifier(floor)(Draft("", "", {}, {"answer": gold}), answer)
    assert verdict.score == pytest.approx(score)
    assert (verdict.outcome is Outcome.CORRECT) == (answer == gold)


def test_word_edits_count_words() -> None:
    task = Draft("", "", {}, {"answer": "the cat sat on the mat"})
    verdict = EditVerifier(0.5, unit="word")(task, "the cat sat on a mat")
    assert verdict.score == pytest.approx((5 / 6 - 0.5) / 0.5)
    # The words agree, the text does not: nearly everything, and not `correct`.
    spaced = EditVerifier(0.5, unit="word")(task, "the  cat sat on the mat")
    assert spaced.outcome is Outcome.PARTIAL and spaced.score > 0.999


@given(SHORT.filter(bool), SHORT.filter(bool), st.floats(0.1, 0.9))
def test_edit_credit_never_reaches_one_for_another_text(a: str, b: str, floor: float) -> None:
    there = EditVerifier(floor)(Draft("", "", {}, {"answer": a}), b)
    back = EditVerifier(floor)(Draft("", "", {}, {"answer": b}), a)
    assert there.score == back.score
    assert (there.score == 1.0) == (a == b)


WORDS = [
    # gold, answer, floor, score
    ("the quick brown fox", "Quick brown fox!", 0.5, 1.0),
    ("quick brown fox", "brown fox", 0.5, (0.8 - 0.5) / 0.5),
    ("quick brown fox", "fox brown quick", 0.5, 0.0),
    ("quick brown fox", "fox brown quick", 0.0, 1 / 3),
    ("quick brown fox", "quick brown fox jumps", 0.5, (6 / 7 - 0.5) / 0.5),
    ("yes", "yes no", 0.0, 0.0),
    ("Paris", "Paris London", 0.0, 0.0), ("new york", "new york los angeles", 0.0, 2 / 3),
    ("new york", "york", 0.5, 1 / 3),
    ("a b c d", "a a a a", 0.0, 0.25), ("quick brown fox", "quick " * 500, 0.0, 0.0),
    ("quick brown fox", "of", 0.0, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "answer", "floor", "score"), WORDS)
def test_word_overlap_is_what_the_formula_gives(
    gold: str, answer: str, floor: float, score: float
) -> None:
    from veragym.verifiers.text import Normal

    normal = Normal("NFKC", case=True, whitespace="collapse", punctuation=True, articles=False)
    if gold.startswith("the "):
        normal = Normal("NFKC", True, "collapse", True, True)
    task = Draft("", "", {}, {"answer": gold})
    verdict = WordOverlapVerifier(floor, normal=normal)(task, answer)
    assert verdict.score == pytest.approx(score)


def test_words_in_any_order_count_as_right_only_where_declared() -> None:
    task = Draft("", "", {}, {"answer": "man bites dog"})
    assert WordOverlapVerifier()(task, "dog bites man").outcome is not Outcome.CORRECT
    assert WordOverlapVerifier(ordered=False)(task, "dog bites man").outcome is Outcome.CORRECT


@given(st.lists(st.sampled_from("abc"), max_size=6), st.lists(st.sampled_from("abc"), max_size=6))
def test_word_f1_is_symmetric_and_order_can_only_cost(a: list[str], b: list[str]) -> None:
    assert word_f1(a, b) == word_f1(b, a)
    assert word_f1(a, b, ordered=True) <= word_f1(a, b, ordered=False)
    assert (word_f1(a, b) == 1.0) == (a == b and bool(a))


# --- intervals ---------------------------------------------------------------------------------

INTERVALS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 6)).map(
        lambda p: (float(p[0]), float(p[0] + p[1]))
    ),
    min_size=1,
    max_size=5,
)


@given(INTERVALS, INTERVALS)
def test_interval_overlap_agrees_with_counting_unit_cells(a: Any, b: Any) -> None:
    def cells(intervals: Any) -> set[int]:
        return {n for start, end in intervals for n in range(int(start), int(end))}

    one, two = cells(a), cells(b)
    assert overlap(a, b) == overlap(b, a) == pytest.approx(len(one & two) / len(one | two))
    assert overlap(a, b, "f1") == pytest.approx(2 * len(one & two) / (len(one) + len(two)))
    assert (overlap(a, b) == 1.0) == (one == two)


@settings(max_examples=300)
@given(
    st.integers(1, 5).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(0, 9), min_size=columns, max_size=columns), min_size=1, max_size=5
        )
    )
)
def test_the_best_pairing_is_the_best_of_all(value: list[list[int]]) -> None:
    rows, columns = len(value), len(value[0])
    pairs = best_pairing(value)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == min(rows, columns)
    if rows <= columns:
        best = max(
            sum(value[i][p[i]] for i in range(rows)) for p in permutations(range(columns), rows)
        )
    else:
        best = max(
            sum(value[p[j]][j] for j in range(columns)) for p in permutations(range(rows), columns)
        )
    assert sum(value[i][j] for i, j in pairs) == best


@given(INTERVALS, INTERVALS)
def test_matched_overlap_is_symmetric_and_full_only_for_the_same_list(a: Any, b: Any) -> None:
    there, back = matched_overlap(a, b, "iou"), matched_overlap(b, a, "iou")
    assert there == pytest.approx(back)
    assert (there == 1.0) == (sorted(a) == sorted(b))


READINGS = [
    ("[10, 20]", [(10.0, 20.0)]), ("[[10, 20], [30.5, 31]]", [(10.0, 20.0), (30.5, 31.0)]),
    ("10-20", [(10.0, 20.0)]),
    ("10 to 20", [(10.0, 20.0)]), ("(1.5, 2.5)", [(1.5, 2.5)]), ("1:05 - 1:10", [(65.0, 70.0)]),
    ("1:00:00–1:00:01.5", [(3600.0, 3601.5)]),
    ("10s - 20 sec", [(10.0, 20.0)]), ("1-2; 3-4", [(1.0, 2.0), (3.0, 4.0)]),
    ("1-2\n3-4", [(1.0, 2.0), (3.0, 4.0)]),
    ("-5 - -3", [(-5.0, -3.0)]), ("[[1, 2]]", [(1.0, 2.0)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "intervals"), READINGS)
def test_intervals_are_read(text: str, intervals: Any) -> None:
    assert read_intervals(text) == intervals


NO_INTERVALS = [
    "", "10", "[20, 10]", "[10, 10]", "20 - 10", "[NaN, 3]", "[1, Infinity]", "[1e300, 1e301]",
    "[1, 1e999]", "[true, 2]",
    '["1", "2"]', "[]", "[[]]", "[1,2,3]", "[[1,2],[3]]", "[[1,2],3]", "{}",
    "from the start to the end", "0 - ٩", "all",
    "1:75 - 1:80", "[1, 2] [3, 4]", "[-1e13, 1e13]", "10-20-30",
    "[" + ",".join(["[1,2]"] * 65) + "]", "1-2;" * 3000,
    "10 - 20 or 30 - 40", "[null, 3]", "１-２",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_INTERVALS, ids=lambda text: repr(text[:20]))
def test_what_is_no_interval_is_unparsable_in_every_mode(text: str) -> None:
    task = Draft("", "", {"extent": [0, 100]}, {"answer": [10, 20]})
    for mode in ("single", "union", "matched"):
        assert IntervalVerifier(mode)(task, text).outcome is Outcome.UNPARSABLE  # type: ignore[arg-type]


CREDIT = [
    # mode, metric, answer, overlap; gold [10, 20] of [0, 100], so that everything earns 0.1 iou
    ("single", "iou", "[10, 20]", 1.0), ("single", "iou", "[10, 15]", 0.5),
    ("single", "iou", "[15, 25]", 1 / 3),
    ("single", "iou", "[0, 100]", 0.1), ("single", "iou", "[50, 60]", 0.0),
    ("single", "iou", "[-1e9, 1e9]", 0.0),
    ("single", "iou", "[20, 30]", 0.0), ("single", "iou", "[14.999, 15]", 0.0001),
    ("union", "iou", "[[10,15],[15,20]]", 1.0),
    ("union", "iou", "[[10,20],[10,20],[12,13]]", 1.0), ("union", "iou", "[[10,20],[30,40]]", 0.5),
    ("matched", "iou", "[[10,20],[10,20]]", 0.5), ("matched", "iou", "[[10,15],[15,20]]", 0.25),
    ("matched", "iou", "[[0,10],[10,20],[20,30],[30,40]]", 0.25),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "metric", "answer", "value"), CREDIT)
def test_interval_credit_starts_where_covering_everything_ends(
    mode: Any, metric: Any, answer: str, value: float
) -> None:
    task = Draft("", "", {"extent": [0, 100]}, {"answer": [10, 20]})
    verdict = IntervalVerifier(mode, metric)(task, answer)
    assert verdict.score == pytest.approx(max(0.0, (value - 0.1) / 0.9), abs=1e-9)
    threshold = IntervalVerifier(mode, metric, at_least=0.4)(task, answer)
    assert (threshold.outcome is Outcome.CORRECT) == (value >= 0.4)


def test_everything_earns_nothing_in_every_mode() -> None:
    gold = [[10, 20], [40, 50], [90, 91]]
    task = Draft("", "", {"extent": [0, 100]}, {"answer": gold})
    carpet = [[i, i + 1] for i in range(64)]
    for metric in ("iou", "f1"):
        for mode in ("union", "matched"):
            verifier = IntervalVerifier(mode, metric)  # type: ignore[arg-type]
            assert verifier(task, "[0, 100]").score == 0.0
            assert verifier(task, str(carpet)).score < 0.2
            assert verifier(task, str(gold)).outcome is Outcome.CORRECT
            assert verifier(task, str(gold[::-1])).outcome is Outcome.CORRECT


def test_the_extent_is_no_gold_and_graded_credit_needs_it() -> None:
    bad = [
        ({}, {"answer": [1, 2]}), ({"extent": [0, 1]}, {"answer": [1, 2]}),
        ({"extent": [1, 2]}, {"answer": [1, 2]}),
        ({"extent": "all"}, {"answer": [1, 2]}), ({"extent": [0, 9]}, {}),
        ({"extent": [0, 9]}, {"answer": [2, 1]}),
        ({"extent": [0, 9]}, {"answer": "1-2"}), ({"extent": [0, 9]}, {"answer": [[1, 2], [3, 4]]}),
        ({"extent": [0, 9]}, {"answer": [True, 2]}),
        ({"extent": [0, 9]}, {"answer": [1, float("nan")]}),
    ]  # fmt: skip
    for public, secret in bad:
        for text in ("[1, 2]", "", "x"):
            verdict = IntervalVerifier()(Draft("", "", public, secret), text)
            assert verdict.outcome is Outcome.INFRA_ERROR, (public, secret)
    easy = Draft("", "", {"extent": [0, 10]}, {"answer": [0, 6]})
    assert IntervalVerifier(at_least=0.5)(easy, "[0, 6]").outcome is Outcome.INFRA_ERROR
    assert IntervalVerifier(at_least=0.7)(easy, "[0, 6]").outcome is Outcome.CORRECT


def test_touching_intervals_are_one() -> None:
    assert union([(3, 4), (1, 2), (2, 3)]) == [(1, 4)]


@pytest.mark.parametrize(
    ("kind", "options"),
    [(EditVerifier, {"floor": 0}), (EditVerifier, {"floor": 1.5}), (EditVerifier, {"unit": "line"}),
     (WordOverlapVerifier, {"floor": 1}), (WordOverlapVerifier, {"ordered": 1}),
     (IntervalVerifier, {"mode": "any"}),
     (IntervalVerifier, {"at_least": 0}), (IntervalVerifier, {"at_least": True}),
     (IntervalVerifier, {"metric": "l2"})],
)  # fmt: skip
def test_overlap_options_outside_their_values_are_refused(kind: Any, options: Any) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        kind(**options)
