"""Pairwise judging, tournaments and how far their rankings agree."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core import Task
from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome
from veragym.verifiers import MathVerifier
from veragym.verifiers.compare import (
    Arena,
    BaselineVerifier,
    Choice,
    Comparison,
    Duels,
    agreement,
    both_orders,
    by_verifier,
    compare_formats,
    kendall,
    knockout,
    round_robin,
    seeding_by,
    spearman,
    swiss,
    win_rates,
)


def task(secret, prompt="Which is longer?"):
    return Task("t", "Test-v0", 0, "test", 0.0, prompt, {}, secret, "00")


def longer(prompt, first, second):
    if len(first) == len(second):
        return Comparison(Choice.TIE)
    return Comparison(Choice.FIRST if len(first) > len(second) else Choice.SECOND)


def always_first(prompt, first, second):
    return Comparison(Choice.FIRST)


def by_strength(strength, noise=0.0, seed=0):
    """A match function: the stronger wins, after noise that is fixed per pair."""
    n = len(strength)
    shake = np.random.default_rng(seed).normal(0.0, noise or 1e-12, (n, n))
    shake = np.triu(shake) - np.triu(shake).T

    def match(i, j):
        lead = strength[i] - strength[j] + shake[i, j]
        if lead == 0:
            return Comparison(Choice.TIE)
        return Comparison(Choice.FIRST if lead > 0 else Choice.SECOND)

    return match


def test_a_choice_survives_the_swap_of_positions_or_is_a_tie():
    assert both_orders(longer, "p", "aa", "b").choice is Choice.FIRST
    assert both_orders(longer, "p", "b", "aa").choice is Choice.SECOND
    biased = both_orders(always_first, "p", "aa", "b")
    assert biased.choice is Choice.TIE and biased.inconsistent


def test_a_choice_in_one_order_and_a_tie_in_the_other_is_a_tie():
    def judge(prompt, first, second):
        return Comparison(Choice.FIRST if first == "a" else Choice.TIE)

    result = both_orders(judge, "p", "a", "b")
    assert result.choice is Choice.TIE and result.inconsistent


def test_equal_texts_tie_without_the_judge_being_asked():
    def judge(prompt, first, second):
        raise AssertionError("not to be asked")

    assert both_orders(judge, "p", "x", "x").choice is Choice.TIE


@pytest.mark.parametrize("answer", [None, True, 1, "first", Choice.FIRST, {"choice": "first"}])
def test_what_is_no_comparison_wins_nothing(answer):
    assert both_orders(lambda p, a, b: answer, "p", "x", "y").choice is Choice.FAILED


def test_a_judge_that_fails_in_either_order_gives_no_judgement():
    def breaks_on(text):
        def judge(prompt, first, second):
            if first == text:
                raise ConnectionError
            return longer(prompt, first, second)

        return judge

    assert both_orders(breaks_on("aa"), "p", "aa", "b").choice is Choice.FAILED
    assert both_orders(breaks_on("b"), "p", "aa", "b").choice is Choice.FAILED


def test_a_comparison_takes_no_other_choice():
    with pytest.raises(ValueError, match="must be a Choice"):
        Comparison("first")


def test_a_verifier_judges_pairs_by_its_scores():
    judge = by_verifier(MathVerifier(), task({"answer": "4"}))
    assert both_orders(judge, "", "4", "5").choice is Choice.FIRST
    assert both_orders(judge, "", "5", "4.0").choice is Choice.SECOND
    assert both_orders(judge, "", "5", "6").choice is Choice.TIE
    broken = by_verifier(MathVerifier(), task({}))
    assert both_orders(broken, "", "4", "5").choice is Choice.FAILED


@pytest.mark.seeds("E04")
def test_win_rates_by_hand():
    # 0 beats 1 twice and ties 2; 1 against 2 failed; 3 met nobody.
    results = [
        (0, 1, Comparison(Choice.FIRST)),
        (1, 0, Comparison(Choice.SECOND)),
        (2, 0, Comparison(Choice.TIE)),
        (1, 2, Comparison(Choice.FAILED)),
    ]
    duels = Duels.collect(4, results)
    rates = win_rates(duels)
    assert rates[:3].tolist() == [0.75, 0.0, 0.5]
    assert math.isnan(rates[3])
    assert duels.failed[1, 2] == duels.failed[2, 1] == 1


@pytest.mark.seeds("E04")
def test_win_rates_of_a_circle_are_level():
    beats = {(0, 1), (1, 2), (2, 0)}
    standing = round_robin(
        3, lambda i, j: Comparison(Choice.FIRST if (i, j) in beats else Choice.SECOND)
    )
    assert standing.scores.tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("bad", [[[0, 1]], [[1.0]], [[0, -1], [0, 0]], [[0, math.nan], [0, 0]]])
def test_a_record_of_duels_that_cannot_be_is_refused(bad):
    with pytest.raises(OptionError):
        Duels.of_wins(bad)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 8, 13, 16])
def test_every_format_finds_the_best_without_noise(n):
    strength = np.random.default_rng(n).permutation(n).astype(float)
    match = by_strength(strength)
    full, some, few = round_robin(n, match), swiss(n, match), knockout(n, match)
    assert full.matches == n * (n - 1) // 2
    assert few.matches == max(n - 1, 0)
    if n > 1:
        best = int(strength.argmax())
        assert {int(s.scores.argmax()) for s in (full, some, few)} == {best}
        assert spearman(full.scores, strength) == pytest.approx(1.0)
        assert few.scores[best] == 1.0
        assert full.rewards[best] == 1.0 and full.rewards[int(strength.argmin())] == 0.0


def test_the_two_best_seeds_meet_only_in_the_final_and_take_the_byes():
    met = []

    def match(i, j):
        met.append((i, j))
        return Comparison(Choice.FIRST if i < j else Choice.SECOND)

    standing = knockout(6, match)
    assert met == [(3, 4), (2, 5), (0, 3), (1, 2), (0, 1)]
    # Eight places, three rounds: 0 and 1 have a bye, 4 and 5 go out at once.
    assert standing.scores.tolist() == pytest.approx([1, 2 / 3, 1 / 3, 1 / 3, 0, 0])
    assert standing.ranks.tolist() == [1.0, 2.0, 3.5, 3.5, 5.5, 5.5]


def test_seeds_are_honoured():
    met = []

    def match(i, j):
        met.append({i, j})
        return Comparison(Choice.TIE)

    standing = knockout(4, match, seeding=[2, 0, 3, 1])
    assert met == [{2, 1}, {0, 3}, {2, 0}]
    assert standing.scores.argmax() == 2  # ties send the better seed on
    assert seeding_by([0.5, math.nan, 1.0, 0.5]) == (2, 0, 3, 1)


def test_a_failed_match_of_a_knockout_masks_both_entries():
    def match(i, j):
        return Comparison(Choice.FAILED if {i, j} == {1, 2} else Choice.FIRST)

    standing = knockout(4, match)
    assert np.isnan(standing.scores).tolist() == [False, True, True, False]
    assert np.isnan(standing.rewards).tolist() == [False, True, True, False]
    assert standing.rewards[0] == 1.0


def test_a_judge_that_always_fails_rewards_nobody():
    for play in (round_robin, swiss, knockout):
        standing = play(5, lambda i, j: Comparison(Choice.FAILED))
        assert np.isnan(standing.rewards[standing.duels.failed.any(axis=1)]).all()
        assert not (standing.rewards > 0.5).any()


@given(st.integers(0, 33), st.integers(0, 10), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_a_swiss_tournament_has_no_rematch_and_nobody_plays_twice_a_round(n, extra, seed):
    rounds = min(max(n - 1, 0), extra)
    strength = np.random.default_rng(seed).normal(size=n)
    pairs = []

    def match(i, j):
        pairs.append(frozenset((i, j)))
        return by_strength(strength, 0.5, seed)(i, j)

    standing = swiss(n, match, rounds=rounds)
    assert len(set(pairs)) == len(pairs) == standing.matches == standing.rounds * (n // 2)
    per_round = n // 2
    for r in range(standing.rounds):
        players = [p for pair in pairs[r * per_round : (r + 1) * per_round] for p in pair]
        assert len(set(players)) == 2 * per_round
    finite = standing.scores[np.isfinite(standing.scores)]
    assert ((finite >= 0) & (finite <= 1)).all()


def test_a_swiss_bye_is_worth_nothing_and_comes_once():
    played = []

    def match(i, j):
        played.append((i, j))
        return Comparison(Choice.FIRST)

    standing = swiss(3, match, rounds=2)
    assert played == [(0, 1), (0, 2)]
    assert standing.duels.played.sum() == 4


@pytest.mark.parametrize(
    ("play", "options"),
    [
        (round_robin, {"n": -1}),
        (round_robin, {"n": True}),
        (knockout, {"n": 3, "seeding": [0, 1, 1]}),
        (swiss, {"n": 4, "rounds": 4}),
        (swiss, {"n": 4, "rounds": True}),
        (knockout, {"n": 5000}),
    ],
)
def test_a_tournament_that_cannot_be_played_is_refused(play, options):
    with pytest.raises(OptionError):
        play(match=by_strength([1.0] * 4), **options)


def test_rank_correlations_by_hand():
    # Ranks 1 2 3 4 against 1 2 4 3: rho = 1 - 6·2/(4·15) = 0.8; 5 of 6 pairs agree: 4/6.
    assert spearman([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx(0.8)
    assert kendall([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx(2 / 3)
    # One tie on the left: 2 concordant pairs, tau-b = 2/sqrt(2·3).
    assert kendall([1, 1, 2], [1, 2, 3]) == pytest.approx(2 / math.sqrt(6))
    # Mean ranks 1.5 1.5 3 against 1 2 3: cov 1.5, variances 1.5 and 2.
    assert spearman([1, 1, 2], [1, 2, 3]) == pytest.approx(1.5 / math.sqrt(3))


def test_a_ranking_that_says_nothing_has_no_correlation():
    assert math.isnan(spearman([1, 1, 1], [1, 2, 3])) and math.isnan(kendall([1, 1, 1], [1, 2, 3]))
    empty = agreement([math.nan, 1.0], [1.0, math.nan])
    assert empty.top is None and empty.compared == 0 and math.isnan(empty.spearman)
    with pytest.raises(OptionError):
        agreement([1, 2], [1, 2, 3])


vectors = st.lists(st.integers(-4, 4), min_size=2, max_size=12)


@given(vectors, st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_correlations_are_symmetric_and_turn_with_the_sign(a, random):
    b = a[:]
    random.shuffle(b)
    for measure in (spearman, kendall):
        ab, ba, minus = measure(a, b), measure(b, a), measure([-x for x in a], b)
        if math.isnan(ab):
            assert math.isnan(ba) and math.isnan(minus)
        else:
            assert ab == pytest.approx(ba) and minus == pytest.approx(-ab)
            assert measure(a, a) == pytest.approx(1.0)


@pytest.mark.seeds("C22")
def test_a_knockout_costs_n_matches_and_is_well_below_round_robin_under_noise():
    # 16 entries of standard normal strength, noise of the same size per match, random seeding.
    full, some, few = [], [], []
    for seed in range(60):
        strength = np.random.default_rng(seed).normal(size=16)
        reports = compare_formats(16, by_strength(strength, 1.0, seed), truth=strength)
        assert [r.format for r in reports] == ["round_robin", "swiss", "knockout"]
        assert reports[0].matches == 120 and reports[2].matches == 15
        assert reports[0].reference.spearman == pytest.approx(1.0)
        for box, report in zip((full, some, few), reports, strict=True):
            box.append(report.truth.spearman)
    assert np.mean(full) > 0.88
    assert 0.45 < np.mean(few) < 0.72
    assert np.mean(few) + 0.1 < np.mean(some) < np.mean(full)


def test_an_arena_judges_each_pair_once_whoever_asks():
    calls = []

    def judge(prompt, first, second):
        calls.append((first, second))
        return longer(prompt, first, second)

    arena = Arena(judge, "p", ["a", "bbb", "cc", "dddd"])
    reports = compare_formats(len(arena), arena)
    assert arena.asked == 6 and len(calls) == 12
    assert reports[2].reference.top is True
    assert arena(1, 0).choice is Choice.FIRST and arena(0, 1).choice is Choice.SECOND
    with pytest.raises(OptionError):
        arena(1, 1)


def test_the_baseline_verifier_counts_what_is_beaten():
    verifier = BaselineVerifier(longer)
    verdict = verifier(task({"baselines": ["a", "bb", "ccc", "dddd"]}), "xxx")
    assert verdict.score == 0.5 and verdict.parts["tie"] == 0.25
    usual = BaselineVerifier(longer, tie=0.5)
    assert usual(task({"baselines": ["a", "bb", "ccc", "dddd"]}), "xxx").score == 0.625
    assert pickle.loads(pickle.dumps(verifier)) == verifier


def fails_on_long(prompt, first, second):
    if "dddd" in (first, second):
        raise TimeoutError
    return longer(prompt, first, second)


def test_breaking_the_judge_on_a_strong_opponent_is_no_win():
    verdict = BaselineVerifier(fails_on_long)(task({"baselines": ["a", "dddd"]}), "xxx")
    assert verdict.outcome is Outcome.INFRA_ERROR


@pytest.mark.parametrize(
    "response", [None, "", " \n", 3, b"x", ["x"], float("nan"), "x" * (1 << 21)]
)
def test_what_is_no_answer_meets_no_baseline(response):
    verdict = BaselineVerifier(always_first)(task({"baselines": ["a"]}), response)
    assert verdict.outcome is Outcome.UNPARSABLE


@pytest.mark.parametrize(
    "secret", [{}, {"baselines": []}, {"baselines": "abc"}, {"baselines": [""]}, {"baselines": [1]}]
)
def test_a_task_without_baselines_is_nobodys_fault(secret):
    assert BaselineVerifier(longer)(task(secret), "xxx").outcome is Outcome.INFRA_ERROR


def test_a_copied_baseline_or_a_judge_of_positions_earns_nothing():
    verifier = BaselineVerifier(always_first)
    for response in ("a", "anything at all"):
        verdict = verifier(task({"baselines": ["a", "b"]}), response)
        assert verdict.score == 0.0 and verdict.outcome is Outcome.WRONG
        assert verdict.reason == "it beats 0 of 2 baselines and ties with " + (
            "2" if verdict.parts["tie"] == 1 else "0"
        )
