"""Reward transforms: values by hand, NaN stays masked, noise is a function of its key."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.verdict import correct, graded, infra_error, timeout, unparsable, wrong
from veragym.verifiers.compose import (
    UNSCORED,
    Level,
    budget_subgroups,
    clipped,
    clipped_linear,
    episode_discounted,
    flip,
    format_gate,
    hbpo_reward,
    jitter,
    keys_of,
    level_rewards,
    levels_of,
    otc_grpo_factor,
    otc_ppo_factor,
    outlier_truncation,
    overlong_penalty,
    perturb,
    preference_pairs,
    scores_of,
    tool_cost,
    tool_productivity,
    turn_discounted,
    uncertain,
    unflip,
)

nan = math.nan
ids = [f"task {i}" for i in range(4000)]


def near(value: Any) -> Any:
    return pytest.approx(value, abs=1e-12, nan_ok=True)


def test_scores_keep_failures_of_ours_apart() -> None:
    batch = [correct(), wrong("no"), infra_error("died"), graded(0.5, "half"), timeout("slow")]
    assert scores_of(batch).tolist() == near([1.0, 0.0, nan, 0.5, 0.0])


# -- tool cost (C03) -------------------------------------------------------------------------------


@pytest.mark.seeds("C03")
def test_otc_ppo_factor_by_hand() -> None:
    # c = 1: cos(π/3), cos(2π/5); c = 2: cos(π/4)
    assert otc_ppo_factor([0, 1, 2]).tolist() == near([1.0, 0.5, math.cos(0.4 * math.pi)])
    assert otc_ppo_factor([1], smoothing=2.0).tolist() == near([math.sqrt(0.5)])


@pytest.mark.seeds("C03")
def test_otc_grpo_factor_by_hand() -> None:
    # m=n: sin(π/2); m=3n: f=1.5n, sin(3π/4); n=0: the PPO factor; m=0 < n: sin 0
    factor = otc_grpo_factor([2, 3, 6, 0, 1, 0], [2, 1, 2, 0, 0, 2])
    assert factor.tolist() == near([1.0, math.sqrt(0.5), math.sqrt(0.5), 1.0, 0.5, 0.0])


@given(n=st.integers(0, 50), more=st.integers(0, 500))
def test_otc_pays_less_for_every_further_call(n: int, more: int) -> None:
    one, two = otc_grpo_factor([n + more, n + more + 1], [n, n])
    assert 0.0 <= two < one <= 1.0


@pytest.mark.seeds("C03")
def test_tool_cost_in_groups_by_hand() -> None:
    rewards = [1.0, 1.0, 0.0, nan, 1.0, 0.5]
    calls = [2, 6, 0, 1, 0, 1]
    group = ["p", "p", "p", "p", "q", "r"]
    # p: fewest among right ones 2 (the wrong answer's 0 does not count); q: 0; r: none right
    result = tool_cost(rewards, calls, form="grpo", group=group)
    assert result.tolist() == near([1.0, math.sqrt(0.5), 0.0, nan, 1.0, 0.25])
    assert tool_cost(rewards, calls, alpha=2.0).tolist() == near(
        [2 * math.cos(0.4 * math.pi), 2 * math.cos(6 * math.pi / 13), 0.0, nan, 2.0, 0.5]
    )


def test_an_oracles_minimum_replaces_the_groups() -> None:
    assert tool_cost([1.0, 1.0], [3, 0], form="grpo", fewest=[1, 1]).tolist() == near(
        [math.sqrt(0.5), 1.0]
    )


def test_productivity_is_right_answers_per_call() -> None:
    assert tool_productivity([True, True, False], [1, 2, 5]) == 0.25
    assert tool_productivity([True], [0]) == math.inf
    assert math.isnan(tool_productivity([False], [0]))


# -- length (D23, D24) -----------------------------------------------------------------------------


@pytest.mark.seeds("D23")
def test_hbpo_reward_by_hand() -> None:
    # limit 4096, g(x) = 4·cos(πx/8192): g(0)=4, g(4096)=0, g(2048)=2√2
    root = 2 * math.sqrt(2)
    lengths = [0, 2048, 4096, 4097, 2048, 2048, 1024]
    right = [True, True, True, True, False, True, True]
    budgets = [nan, nan, nan, nan, nan, 2048, 2048]
    # at its budget: g(b); below it: min(g(1024) - 1/4, g(2048)) = g(2048)
    expected = [4.0, root, 0.0, 0.0, 0.0, root, root]
    assert hbpo_reward(lengths, right, budgets).tolist() == near(expected)


@pytest.mark.seeds("D23")
def test_hbpo_pays_less_far_from_the_budget_and_can_be_floored() -> None:
    # over: g(3072) - (3072-1024)/4096
    over = hbpo_reward([3072, 4096], [True, True], [1024, 512])
    assert over.tolist() == near([4 * math.cos(3 * math.pi / 8) - 0.5, -0.875])
    assert hbpo_reward([4096], [True], [512], floor=0.0).tolist() == [0.0]


@given(
    length=st.integers(0, 5000),
    right=st.booleans(),
    budget=st.integers(1, 4096),
)
def test_hbpo_never_pays_more_than_its_budget_is_worth(
    length: int, right: bool, budget: int
) -> None:
    reward = hbpo_reward([length], [right], [budget])[0]
    at_budget = hbpo_reward([budget], [True], [budget])[0]
    assert reward <= at_budget + 1e-12
    if not right:
        assert reward == 0.0


@pytest.mark.seeds("D23")
def test_budgets_split_every_group_evenly() -> None:
    group = ["p"] * 8 + ["q"] * 3
    assert budget_subgroups(group).tolist() == [512, 1024, 2048, 2560] * 2 + [512, 1024, 2048]


@pytest.mark.seeds("D24")
def test_outliers_are_cut_only_where_everything_is_right() -> None:
    lengths = [100.0] * 15 + [900.0]
    # mean 150, std √(15·50² + 750²)/4 = 193.649…: three of them end at 730.9
    result = outlier_truncation([1.0] * 16, lengths, ["p"] * 16)
    assert result.cut.tolist() == [False] * 15 + [True]
    assert result.lengths[-1] == 730.0
    assert result.rewards.tolist() == [1.0] * 15 + [0.0]
    one_wrong = outlier_truncation([0.0] + [1.0] * 15, lengths, ["p"] * 16)
    assert not one_wrong.cut.any()
    assert one_wrong.lengths.tolist() == lengths


def test_an_unscored_member_neither_blocks_nor_suffers_a_cut() -> None:
    rewards = [nan] + [1.0] * 15 + [1.0]
    lengths = [9000.0] + [100.0] * 15 + [900.0]
    result = outlier_truncation(rewards, lengths, [0] * 17)
    assert result.cut.nonzero()[0].tolist() == [16]
    assert math.isnan(result.rewards[0])
    assert result.lengths[0] == 9000.0


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=10))
def test_three_sigmas_cut_nothing_in_groups_of_ten(lengths: list[int]) -> None:
    result = outlier_truncation([1.0] * len(lengths), lengths, [0] * len(lengths))
    assert not result.cut.any()


@given(st.lists(st.integers(0, 10**5), min_size=1, max_size=40), st.floats(0.5, 3))
def test_a_cut_only_shortens(lengths: list[int], sigmas: float) -> None:
    result = outlier_truncation([1.0] * len(lengths), lengths, [0] * len(lengths), sigmas=sigmas)
    assert (result.lengths <= np.array(lengths)).all()
    assert ((result.lengths < np.array(lengths)) == result.cut).all()


def test_overlong_penalty_by_hand() -> None:
    # limit 100, slope over the last 20
    result = overlong_penalty([1.0, 1.0, 1.0, 1.0, nan], [80, 90, 100, 150, 90], limit=100)
    assert result.tolist() == near([1.0, 0.5, 0.0, 0.0, nan])


# -- levels (D01) ----------------------------------------------------------------------------------


@pytest.mark.seeds("D01")
def test_verdicts_fall_into_levels() -> None:
    batch = [
        unparsable("?"),
        timeout("…"),
        wrong("no"),
        graded(0.3, ""),
        correct(),
        infra_error(""),
    ]
    assert levels_of(batch).tolist() == [0, 0, 1, 2, 3, UNSCORED]
    assert Level.RIGHT > Level.PARTIAL > Level.WRONG > Level.UNREADABLE


@pytest.mark.seeds("D01")
def test_preference_pairs_join_levels_within_a_prompt() -> None:
    levels = [3, 1, 1, UNSCORED, 0, 3]
    group = ["p", "p", "p", "p", "q", "q"]
    assert preference_pairs(levels, group).tolist() == [[0, 1], [0, 2], [5, 4]]
    assert preference_pairs(levels, group, gap=3).tolist() == [[5, 4]]
    assert preference_pairs([], []).shape == (0, 2)


def test_level_rewards_increase_and_mask() -> None:
    assert level_rewards([0, 3, UNSCORED, 1], [-1.0, 0.0, 0.2, 1.0]).tolist() == near(
        [-1.0, 1.0, nan, 0.0]
    )
    with pytest.raises(OptionError, match="strictly increase"):
        level_rewards([0], [0.0, 0.0])
    with pytest.raises(OptionError, match=r"levels\[0\]"):
        level_rewards([2], [0.0, 1.0])


# -- noise (E02, E13, D52) -------------------------------------------------------------------------


@pytest.mark.seeds("E02")
def test_flips_occur_at_the_stated_rates() -> None:
    right, false = np.ones(4000), np.zeros(4000)
    rates = {"false_positive": 0.1, "false_negative": 0.3, "seed": 5}
    # 4 standard errors: 0.019 and 0.029
    assert flip(false, ids, **rates).mean() == pytest.approx(0.1, abs=0.019)
    assert 1 - flip(right, ids, **rates).mean() == pytest.approx(0.3, abs=0.029)


@pytest.mark.seeds("E02")
@given(order=st.permutations(list(range(12))), seed=st.integers(-5, 5))
def test_noise_belongs_to_its_key_not_to_its_place(order: list[int], seed: int) -> None:
    rewards = np.array([0.0, 1.0] * 6)
    options = {"false_positive": 0.5, "false_negative": 0.5, "seed": seed}
    whole = flip(rewards, ids[:12], **options)
    moved = flip(rewards[order], [ids[i] for i in order], **options)
    assert (moved == whole[order]).all()


def test_seeds_and_kinds_of_noise_are_independent() -> None:
    half = {"false_positive": 0.5, "false_negative": 0.5}
    rows = [flip(np.zeros(4000), ids, seed=seed, **half) for seed in (1, 2)]
    rows.append((np.isnan(uncertain(np.zeros(4000), ids, rate=0.5, seed=1, value=nan))) * 1.0)
    matrix = np.corrcoef(rows)
    assert np.abs(matrix - np.eye(3)).max() < 0.065  # 4 standard errors of a correlation of 0


def test_a_group_shares_errors_by_task_and_not_by_response() -> None:
    tasks, responses = ["t"] * 400, [f"answer {i}" for i in range(400)]
    options = {"false_positive": 0.5, "false_negative": 0.5, "seed": 0}
    assert len(set(flip(np.zeros(400), tasks, **options).tolist())) == 1
    assert len(set(flip(np.zeros(400), keys_of(tasks, responses), **options).tolist())) == 2
    assert keys_of(["ab"], ["c"]) != keys_of(["a"], ["bc"])


@pytest.mark.seeds("E02")
@given(p=st.floats(0, 0.45), q=st.floats(0, 0.45))
def test_unflip_undoes_flip_on_average(p: float, q: float) -> None:
    # exact expectation over the two possible readings of a truth of 0 and of 1
    low, high = unflip([0.0, 1.0], false_positive=p, false_negative=q)
    assert (1 - p) * low + p * high == pytest.approx(0.0, abs=1e-12)
    assert q * low + (1 - q) * high == pytest.approx(1.0, abs=1e-12)


def test_a_verifier_that_says_nothing_cannot_be_repaired() -> None:
    with pytest.raises(OptionError, match="says nothing"):
        unflip([1.0], false_positive=0.5, false_negative=0.5)


def test_uncertain_rewards_take_the_middle() -> None:
    seen = uncertain(np.ones(4000), ids, rate=0.25, seed=3)
    assert set(seen.tolist()) == {0.5, 1.0}
    assert (seen == 0.5).mean() == pytest.approx(0.25, abs=0.028)


def test_jitter_is_gaussian_and_clips() -> None:
    errors = jitter(np.zeros(4000), ids, sigma=2.0, seed=1)
    assert errors.mean() == pytest.approx(0.0, abs=0.127)
    assert errors.std() == pytest.approx(2.0, abs=0.09)
    bounded = jitter(np.zeros(4000), ids, sigma=2.0, seed=1, low=0.0, high=1.0)
    assert (bounded == np.clip(errors, 0, 1)).all()


@pytest.mark.seeds("D52")
@given(
    st.lists(st.integers(0, 4), min_size=2, max_size=20),
    st.floats(1e-6, 0.125),
    st.integers(0, 99),
)
def test_perturbation_breaks_ties_and_keeps_every_order(
    quarters: list[int], epsilon: float, seed: int
) -> None:
    rewards = np.array(quarters) / 4
    moved = perturb(rewards, ids[: len(rewards)], epsilon=epsilon, seed=seed)
    assert (np.abs(moved - rewards) <= epsilon).all()
    above = rewards[:, None] > rewards[None, :]
    assert (moved[:, None] > moved[None, :])[above].all()
    assert len(set(moved.tolist())) == len(moved)


@pytest.mark.seeds("E13")
def test_clipped_linear_reward_by_hand() -> None:
    assert clipped_linear([0.9, 0.1, 0.25, nan], [0.25] * 4).tolist() == near([0.65, 0, 0, nan])
    assert clipped([-2.0, 0.5, nan, 3.0], low=-1.0, high=1.0).tolist() == near([-1, 0.5, nan, 1])


# -- discount (C01) and gate -----------------------------------------------------------------------


@pytest.mark.seeds("C01")
def test_discounts_by_hand() -> None:
    assert turn_discounted(1.0, 3, gamma=0.5).tolist() == [0.25, 0.5, 1.0]
    assert turn_discounted(1.0, 0, gamma=0.5).shape == (0,)
    assert episode_discounted([1.0, 1.0, nan, 0.0], [1, 3, 2, 9], gamma=0.5).tolist() == near(
        [1.0, 0.25, nan, 0.0]
    )


def test_a_broken_form_earns_nothing_and_a_failure_of_ours_stays_masked() -> None:
    gated = format_gate([1.0, 1.0, nan, 0.0], [True, False, False, True])
    assert gated.tolist() == near([1.0, 0.0, nan, 0.0])


# -- all of them -----------------------------------------------------------------------------------

ONE_COLUMN: dict[str, Any] = {
    "tool_cost": lambda r: tool_cost(r, [1] * len(r)),
    "tool_cost grpo": lambda r: tool_cost(r, [1] * len(r), form="grpo", group=[0] * len(r)),
    "outlier_truncation": lambda r: outlier_truncation(r, [5] * len(r), [0] * len(r)).rewards,
    "overlong_penalty": lambda r: overlong_penalty(r, [95] * len(r), limit=100),
    "flip": lambda r: flip(r, ids[: len(r)], false_positive=0.5, false_negative=0.5, seed=0),
    "unflip": lambda r: unflip(r, false_positive=0.1, false_negative=0.1),
    "uncertain": lambda r: uncertain(r, ids[: len(r)], rate=0.5, seed=0),
    "jitter": lambda r: jitter(r, ids[: len(r)], sigma=1.0, seed=0),
    "perturb": lambda r: perturb(r, ids[: len(r)], epsilon=0.1, seed=0),
    "clipped": lambda r: clipped(r, low=0.0, high=1.0),
    "episode_discounted": lambda r: episode_discounted(r, [2] * len(r), gamma=0.9),
    "format_gate": lambda r: format_gate(r, [True] * len(r)),
}


@pytest.mark.parametrize("name", ONE_COLUMN)
def test_a_masked_reward_stays_masked_and_touches_no_other(name: str) -> None:
    transform = ONE_COLUMN[name]
    whole = transform([0.0, 1.0, nan, 1.0])
    assert np.isnan(whole).tolist() == [False, False, True, False]
    if name not in {"outlier_truncation", "tool_cost grpo"}:  # group rules see their group
        same = transform([0.0, 1.0, 0.0, 1.0])
        assert whole[[0, 1, 3]].tolist() == same[[0, 1, 3]].tolist()


@pytest.mark.parametrize("name", ONE_COLUMN)
@pytest.mark.parametrize(
    "rewards",
    [[math.inf], [[0.0, 1.0]], ["1.0"], [None], 1.0, "1", [1j], [[1.0], [1.0, 2.0]], [object()]],
    ids=range(9),
)
def test_what_is_no_column_of_numbers_is_refused(name: str, rewards: Any) -> None:
    with pytest.raises((OptionError, TypeError)) as caught:
        ONE_COLUMN[name](rewards)
    if isinstance(caught.value, TypeError):  # len() of a scalar, in this table
        assert not hasattr(rewards, "__len__")


@pytest.mark.parametrize("name", ONE_COLUMN)
def test_no_transform_changes_its_input_or_fails_on_an_empty_batch(name: str) -> None:
    rewards = np.array([0.0, 1.0])
    ONE_COLUMN[name](rewards)
    assert rewards.tolist() == [0.0, 1.0]
    assert ONE_COLUMN[name](np.array([])).shape == (0,)


@pytest.mark.parametrize(
    "call",
    [
        lambda: otc_ppo_factor([-1]),
        lambda: otc_ppo_factor([0.5]),
        lambda: otc_ppo_factor([1], smoothing=0.0),
        lambda: tool_cost([1.0], [1, 2]),
        lambda: tool_cost([2.0], [1]),
        lambda: tool_cost([1.0], [1], form="grpo"),
        lambda: tool_cost([1.0], [1], form="trpo"),  # type: ignore[arg-type]
        lambda: tool_cost([1.0], [1], alpha=nan),
        lambda: tool_productivity([1], [1]),
        lambda: hbpo_reward([1], [1.0]),
        lambda: hbpo_reward([1], [True], [9999]),
        lambda: budget_subgroups(["p"], []),
        lambda: outlier_truncation([1.0], [1], []),
        lambda: outlier_truncation([1.0], [1], [0], sigmas=-1.0),
        lambda: overlong_penalty([1.0], [1], limit=0),
        lambda: overlong_penalty([1.0], [1], limit=10, buffer=0.0),
        lambda: preference_pairs([1], [0], gap=0),
        lambda: flip([0.5], ["t"], false_positive=0.1, false_negative=0.1, seed=0),
        lambda: flip([1.0], ["t"], false_positive=1.1, false_negative=0.1, seed=0),
        lambda: flip([1.0], "t", false_positive=0.1, false_negative=0.1, seed=0),
        lambda: flip([1.0], [7], false_positive=0.1, false_negative=0.1, seed=0),  # type: ignore[list-item]
        lambda: flip([1.0], ["t"], false_positive=0.1, false_negative=0.1, seed=0.5),  # type: ignore[arg-type]
        lambda: keys_of(["t"], []),
        lambda: jitter([1.0], ["t"], sigma=0.0, seed=0),
        lambda: clipped([1.0], low=1.0, high=0.0),
        lambda: clipped_linear([1.5], [0.0]),
        lambda: turn_discounted(1.0, -1, gamma=0.9),
        lambda: turn_discounted(nan, 1, gamma=0.9),
        lambda: turn_discounted(1.0, 1, gamma=0.0),
        lambda: episode_discounted([1.0], [0], gamma=0.9),
        lambda: format_gate([1.0], [True], otherwise=nan),
        lambda: format_gate([1.0], [1]),
    ],
)
def test_arguments_out_of_range_are_refused_with_their_name(call: Any) -> None:
    with pytest.raises(OptionError):
        call()
