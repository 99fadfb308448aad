"""Bradley–Terry strengths and cyclic preferences."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.verifiers.compare import (
    Duels,
    bradley_terry,
    condorcet_winner,
    lottery_of,
    maximal_lottery,
    preference_cycles,
    transitivity,
)


def minorise_maximise(wins, steps=20_000):
    """Hunter's MM iteration: another algorithm for the same maximum."""
    n = len(wins)
    played = wins + wins.T
    p = np.ones(n)
    for _ in range(steps):
        p = wins.sum(axis=1) / (played / (p[:, None] + p[None, :])).sum(axis=1)
        p /= np.exp(np.log(p).mean())
    return np.log(p)


def test_two_entries_by_hand():
    # 3 wins to 1: the odds are 3, so the strengths are ±log(3)/2. Information on the difference is
    # n p (1-p) = 0.75; each centred strength is half of it: error = 0.5/sqrt(0.75).
    fit = bradley_terry(Duels.of_wins([[0, 3], [1, 0]]), prior_sd=None)
    assert fit.strengths == pytest.approx([math.log(3) / 2, -math.log(3) / 2])
    assert fit.probability(0, 1) == pytest.approx(0.75)
    assert fit.errors == pytest.approx([0.5 / math.sqrt(0.75)] * 2)
    assert fit.high - fit.low == pytest.approx(2 * 1.959964 * fit.errors, rel=1e-6)
    assert not fit.separated and fit.connected


def test_newton_and_mm_find_the_same_maximum():
    wins = np.random.default_rng(5).integers(1, 9, (6, 6)).astype(float)
    np.fill_diagonal(wins, 0)
    fit = bradley_terry(Duels.of_wins(wins), prior_sd=None)
    assert fit.strengths == pytest.approx(minorise_maximise(wins), abs=1e-7)


def test_an_entry_that_wins_everything_needs_a_prior_and_is_reported():
    duels = Duels.of_wins([[0, 5, 5], [0, 0, 3], [0, 2, 0]])
    with pytest.raises(OptionError, match="prior_sd"):
        bradley_terry(duels, prior_sd=None)
    fit = bradley_terry(duels)
    assert fit.separated and np.isfinite(fit.strengths).all()
    assert fit.strengths[0] > fit.strengths[1] > fit.strengths[2]
    wide = bradley_terry(duels, prior_sd=10.0)
    assert wide.strengths[0] > fit.strengths[0] and wide.errors[0] > fit.errors[0]


def test_groups_that_never_met_are_called_unconnected():
    duels = Duels.of_wins([[0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 3, 0]])
    fit = bradley_terry(duels)
    assert not fit.connected and fit.separated
    assert bradley_terry(Duels.of_wins(np.zeros((0, 0)))).strengths.size == 0


def test_the_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    inside = total = 0
    for _ in range(120):
        truth = rng.normal(0, 1, 6)
        truth -= truth.mean()
        wins = np.zeros((6, 6))
        for i, j in combinations(range(6), 2):
            won = rng.binomial(20, 1 / (1 + math.exp(truth[j] - truth[i])))
            wins[i, j], wins[j, i] = won, 20 - won
        fit = bradley_terry(Duels.of_wins(wins), prior_sd=5.0)
        inside += int(((fit.low <= truth) & (truth <= fit.high)).sum())
        total += 6
    assert 0.92 < inside / total < 0.98


@pytest.mark.parametrize("options", [{"prior_sd": 0.0}, {"prior_sd": math.nan}, {"level": 1.0}])
def test_fits_out_of_range_are_refused(options):
    with pytest.raises(OptionError):
        bradley_terry(Duels.of_wins([[0, 1], [1, 0]]), **options)


@given(st.integers(1, 7), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_strengths_are_finite_centred_and_follow_the_entries(n, seed):
    rng = np.random.default_rng(seed)
    wins = rng.integers(0, 4, (n, n)) * rng.integers(0, 2, (n, n)) * 50.0
    np.fill_diagonal(wins, 0)
    order = rng.permutation(n)
    fit = bradley_terry(Duels.of_wins(wins))
    moved = bradley_terry(Duels.of_wins(wins[np.ix_(order, order)]))
    assert np.isfinite(fit.strengths).all() and abs(fit.strengths.sum()) < 1e-9
    assert moved.strengths == pytest.approx(fit.strengths[order], abs=1e-6)


CIRCLE = np.array([[0, 1, -1], [-1, 0, 1], [1, -1, 0]], dtype=float)


@pytest.mark.seeds("E04")
def test_rock_paper_scissors_is_a_circle_with_an_even_lottery():
    (cycle,) = preference_cycles(CIRCLE)
    assert cycle.members == (0, 1, 2) and len(cycle.witness) == 3
    for a, b in zip(cycle.witness, (*cycle.witness[1:], cycle.witness[0]), strict=True):
        assert CIRCLE[a, b] > 0
    assert transitivity(CIRCLE) == 0.0 and condorcet_winner(CIRCLE) is None
    assert maximal_lottery(CIRCLE).weights == pytest.approx([1 / 3] * 3, abs=1e-8)


def test_an_uneven_circle_has_the_weights_worked_out_by_hand():
    # 0 beats 1 by 0.2, 1 beats 2 by 0.6, 2 beats 0 by 0.4: each entry weighs as the margin of the
    # pair it is not in: 0.6, 0.4, 0.2, over 1.2.
    margins = np.array([[0, 0.2, -0.4], [-0.2, 0, 0.6], [0.4, -0.6, 0]])
    lottery = maximal_lottery(margins)
    assert lottery.weights == pytest.approx([1 / 2, 1 / 3, 1 / 6], abs=1e-8)
    assert lottery.gap <= 1e-9


def test_a_winner_of_all_pairs_takes_the_whole_lottery_over_a_circle_below():
    margins = np.zeros((4, 4))
    margins[1:, 1:] = CIRCLE
    margins[0, 1:], margins[1:, 0] = 0.1, -0.1
    assert condorcet_winner(margins) == 0
    assert maximal_lottery(margins).weights == pytest.approx([1, 0, 0, 0], abs=1e-7)
    (cycle,) = preference_cycles(margins)
    assert cycle.members == (1, 2, 3)
    assert transitivity(margins) == pytest.approx(3 / 4)


def test_where_all_is_level_the_lottery_is_even_handed():
    assert maximal_lottery(np.zeros((5, 5))).weights.tolist() == [0.2] * 5
    # 0 and 1 both beat 2 and tie each other.
    margins = np.array([[0, 0, 1], [0, 0, 1], [-1, -1, 0]], dtype=float)
    assert maximal_lottery(margins).weights == pytest.approx([0.5, 0.5, 0], abs=1e-6)


def test_a_long_circle_is_found_whole():
    n = 7
    margins = np.zeros((n, n))
    for i in range(n):
        margins[i, (i + 1) % n], margins[(i + 1) % n, i] = 1.0, -1.0
    (cycle,) = preference_cycles(margins)
    assert len(cycle.witness) == n
    assert math.isnan(transitivity(margins))


def test_cycles_at_odds_with_a_ranking_are_none():
    order = np.sign(np.arange(6)[None, :] - np.arange(6)[:, None]).astype(float)
    assert preference_cycles(order) == () and transitivity(order) == 1.0
    assert condorcet_winner(order) == 0


skew = st.integers(1, 9).flatmap(
    lambda n: st.lists(
        st.sampled_from([-1.0, -0.5, -1 / 3, 0.0, 0.0, 0.2, 0.5, 1.0]),
        min_size=n * (n - 1) // 2,
        max_size=n * (n - 1) // 2,
    ).map(lambda upper: _skew(n, upper))
)


def _skew(n, upper):
    matrix = np.zeros((n, n))
    matrix[np.triu_indices(n, 1)] = upper
    return matrix - matrix.T


@given(skew, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_no_entry_beats_the_lottery_and_it_follows_the_entries(margins, random):
    lottery = maximal_lottery(margins)
    assert lottery.weights.min() >= 0 and lottery.weights.sum() == pytest.approx(1.0)
    # The certificate is checked here, not believed: what any entry wins against the mixture.
    assert float((-(lottery.weights @ margins)).max()) <= 1e-8
    order = list(range(len(margins)))
    random.shuffle(order)
    moved = maximal_lottery(margins[np.ix_(order, order)])
    assert moved.weights == pytest.approx(lottery.weights[order], abs=1e-4)
    winner = condorcet_winner(margins)
    if winner is not None:
        assert lottery.weights[winner] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("n", [40, 200])
def test_large_lotteries_converge(n):
    rng = np.random.default_rng(n)
    upper = rng.choice([-1.0, 1.0], n * (n - 1) // 2)
    lottery = lottery_of(Duels.of_wins(np.maximum(_skew(n, upper), 0)))
    assert lottery.gap <= 1e-9
    # A tournament without ties has one solution, on an odd number of entries.
    assert int((lottery.weights > 1e-6).sum()) % 2 == 1


@pytest.mark.parametrize("bad", [[[0, 1], [1, 0]], [[0, math.nan], [math.nan, 0]], [[0, 1]], [[1]]])
def test_margins_that_are_no_margins_are_refused(bad):
    for function in (preference_cycles, transitivity, condorcet_winner, maximal_lottery):
        with pytest.raises(OptionError):
            function(bad)
