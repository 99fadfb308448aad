"""Every advantage against values worked out by hand, and the properties all must have."""

from __future__ import annotations

import math

import pytest
import torch

from veragym.agents.objective import estimator  # noqa: F401 - registers the parts
from veragym.agents.objective.parts import get, names

REWARDS = torch.tensor([1.0, 0.0, 0.0, 1.0, 1.0, 0.0])
GROUP = torch.tensor([7, 7, 7, 7, 3, 3])
MASK = torch.tensor([[1.0, 1.0, 0.0]] * 2 + [[1.0, 0.0, 0.0]] * 4)
ZEROS = torch.zeros_like(MASK)


def compute(name: str, rewards: torch.Tensor, group: torch.Tensor, **options: float):
    part = get("advantage", name)
    values = {
        "rewards": rewards,
        "group": group,
        "mask": MASK[: len(rewards)],
        "behaviour_log_probs": ZEROS[: len(rewards)],
        "reference_log_probs": ZEROS[: len(rewards)],
    }
    return part.function(*(values[i] for i in part.inputs), **options)


def close(found: torch.Tensor, expected: list[float]) -> bool:
    return torch.allclose(found, torch.tensor(expected), atol=1e-5)


def test_group_mean_subtracts_the_mean_of_the_own_group() -> None:
    assert close(compute("group_mean", REWARDS, GROUP), [0.5, -0.5, -0.5, 0.5, 0.5, -0.5])


def test_group_mean_std_divides_by_the_population_deviation() -> None:
    rewards = torch.tensor([1.0, 0.0, 0.0, 0.0])
    # mean 1/4, variance 3/16
    sd = math.sqrt(3) / 4
    expected = [0.75 / sd, -0.25 / sd, -0.25 / sd, -0.25 / sd]
    assert close(compute("group_mean_std", rewards, torch.zeros(4, dtype=torch.long)), expected)


def test_leave_one_out_uses_the_mean_of_the_others() -> None:
    rewards = torch.tensor([1.0, 0.0, 0.5])
    found = compute("leave_one_out", rewards, torch.zeros(3, dtype=torch.long))
    assert close(found, [1.0 - 0.25, 0.0 - 0.75, 0.5 - 0.5])


def test_leave_one_out_says_nothing_about_an_episode_without_company() -> None:
    found = compute("leave_one_out", torch.tensor([1.0, 0.0, 1.0]), torch.tensor([0, 1, 1]))
    assert close(found, [0.0, -1.0, 1.0])


def test_reward_is_taken_against_a_constant() -> None:
    assert close(compute("reward", REWARDS[:2], GROUP[:2], baseline=0.25), [0.75, -0.25])


def test_batch_normalised_standardises_over_tokens_not_episodes() -> None:
    # Tokens: two of reward 1, two of reward 0, then one each of 0, 1, 1, 0: mean 4/8, sd 1/2.
    found = compute("batch_normalised", REWARDS, GROUP)
    expected = torch.tensor(
        [[1.0, 1.0, 0], [-1, -1, 0], [-1, 0, 0], [1, 0, 0], [1, 0, 0], [-1, 0, 0]]
    )
    assert torch.allclose(found, expected, atol=1e-5)


def test_batch_normalised_kl_penalises_the_divergence_still_to_come() -> None:
    part = get("advantage", "batch_normalised_kl")
    rewards, mask = torch.tensor([1.0, 0.0]), torch.ones(2, 2)
    behaviour, reference = torch.zeros(2, 2), torch.tensor([[-1.0, -2.0], [0.0, 0.0]])
    found = part.function(rewards, mask, behaviour, reference, beta=0.1)
    # Returns: 1 - 0.1 * (1 + 2), 1 - 0.1 * 2, 0, 0; mean 0.375.
    returns = torch.tensor([[0.7, 0.8], [0.0, 0.0]])
    sd = ((returns - 0.375) ** 2).mean().sqrt()
    assert torch.allclose(found, (returns - 0.375) / sd, atol=1e-5)


@pytest.mark.seeds("D39")
def test_gpg_makes_up_for_groups_that_teach_nothing() -> None:
    rewards, group = torch.tensor([1.0, 0.0, 1.0, 1.0]), torch.tensor([0, 0, 1, 1])
    # Two of four episodes are in a group that differs: the centred rewards count twice.
    assert close(compute("gpg", rewards, group), [1.0, -1.0, 0.0, 0.0])


@pytest.mark.seeds("D35")
def test_maxrl_measures_in_units_of_the_success_rate() -> None:
    rewards = torch.tensor([1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    group = torch.tensor([0, 0, 0, 0, 1, 1])
    assert close(compute("maxrl", rewards, group), [3.0, -1.0, -1.0, -1.0, 0.0, 0.0])


@pytest.mark.seeds("D46")
def test_log_mean_exp_lies_between_mean_and_maximum() -> None:
    rewards, group = torch.tensor([1.0, 0.0]), torch.tensor([0, 0])
    soft = math.log((math.e + 1) / 2)
    assert close(compute("log_mean_exp", rewards, group, tau=1.0), [1 - soft, -soft])
    assert close(
        compute("log_mean_exp", rewards, group, tau=0.01),
        [0.01 * math.log(2), -1 + 0.01 * math.log(2)],
    )


@pytest.mark.seeds("D46")
def test_shifted_mean_moves_the_baseline_down() -> None:
    assert close(compute("shifted_mean", REWARDS[:2], GROUP[:2]), [0.6, -0.4])


DECLARED = {
    "reward": 1.0,
    "shifted_mean": 0.1,
    "batch_normalised": None,
    "batch_normalised_kl": None,
}
"""Advantages that may be non-zero where a group agrees, as their docstrings say."""


@pytest.mark.parametrize("name", [n for n in names("advantage") if n not in DECLARED])
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_equal_rewards_give_no_advantage(name: str, value: float) -> None:
    found = compute(name, torch.full((6,), value), GROUP)
    assert torch.allclose(found, torch.zeros(6), atol=1e-6)


@pytest.mark.parametrize("name", ["batch_normalised", "batch_normalised_kl"])
def test_a_batch_of_equal_rewards_at_the_reference_gives_no_advantage(name: str) -> None:
    assert torch.allclose(compute(name, torch.ones(6), GROUP), torch.zeros(6, 3), atol=1e-4)


def test_declared_exceptions_give_exactly_what_they_declare() -> None:
    assert close(compute("reward", torch.ones(6), GROUP), [1.0] * 6)
    assert close(compute("shifted_mean", torch.ones(6), GROUP), [0.1] * 6)


@pytest.mark.parametrize("name", names("advantage"))
def test_order_of_episodes_does_not_matter(name: str) -> None:
    order = torch.randperm(6, generator=torch.Generator().manual_seed(1))
    part = get("advantage", name)
    generator = torch.Generator().manual_seed(2)
    values = {
        "rewards": torch.rand(6, generator=generator),
        "group": GROUP,
        "mask": MASK,
        "behaviour_log_probs": -torch.rand(6, 3, generator=generator),
        "reference_log_probs": -torch.rand(6, 3, generator=generator),
    }
    straight = part.function(*(values[i] for i in part.inputs))
    shuffled = part.function(*(values[i][order] for i in part.inputs))
    assert torch.allclose(straight[order], shuffled, atol=1e-5)
