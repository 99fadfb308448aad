"""Every loss, weight, transform, sampler and regulariser against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from veragym.agents.objective import estimator  # noqa: F401 - registers the parts
from veragym.agents.objective.parts import get

LOW, HIGH = 0.2, 0.3


def token(
    kind: str, name: str, ratio: float, advantage: float, **options: float
) -> tuple[float, float]:
    """Loss and its gradient by log pi at one token with the given ratio (log pi = -1)."""
    log_probs = torch.tensor([[-1.0]], requires_grad=True)
    values = {
        "log_probs": log_probs,
        "behaviour_log_probs": torch.tensor([[-1.0 - math.log(ratio)]]),
        "advantages": torch.tensor([[advantage]]),
        "mask": torch.ones(1, 1),
    }
    part = get(kind, name)
    loss = part.function(*(values[i] for i in part.inputs), **options)
    loss.sum().backward()
    assert log_probs.grad is not None
    return float(loss.detach()), float(log_probs.grad)


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "gradient"),
    [
        (1.1, 2.0, -2.2, -2.2),  # inside the bounds
        (1.5, 2.0, -2.6, 0.0),  # too high for a good token: clipped at 1.3
        (1.5, -2.0, 3.0, 3.0),  # too high for a bad token: still pushed down
        (0.5, 2.0, -1.0, -1.0),  # too low for a good token: still pushed up
        (0.5, -2.0, 1.6, 0.0),  # too low for a bad token: clipped at 0.8
    ],
)
def test_ppo_clip_is_pessimistic(
    ratio: float, advantage: float, loss: float, gradient: float
) -> None:
    found = token("loss", "ppo_clip", ratio, advantage, low=LOW, high=HIGH)
    assert found == pytest.approx((loss, gradient), abs=1e-5)


def test_policy_gradient_is_minus_advantage_times_log_likelihood() -> None:
    assert token("loss", "policy_gradient", 1.7, 3.0) == pytest.approx((3.0, -3.0))


@pytest.mark.seeds("D46")
def test_opmd_halves_the_step_at_tau_one() -> None:
    assert token("loss", "opmd", 1.7, 3.0, tau=1.0) == pytest.approx((1.5, -1.5))


@pytest.mark.parametrize(("ratio", "gradient"), [(0.5, -1.0), (1.1, -2.2), (1.5, -2.6)])
def test_cispo_caps_the_weight_but_keeps_the_gradient(ratio: float, gradient: float) -> None:
    assert token("loss", "cispo", ratio, 2.0, high=HIGH)[1] == pytest.approx(gradient, abs=1e-5)


def test_sequence_clip_uses_the_geometric_mean_of_the_ratios() -> None:
    log_probs = torch.tensor([[math.log(0.2), math.log(0.4), -9.0]], requires_grad=True)
    behaviour = torch.tensor([[math.log(0.1), math.log(0.8), -1.0]])
    mask = torch.tensor([[1.0, 1.0, 0.0]])
    part = get("loss", "sequence_clip")
    # Ratios 2 and 1/2: their geometric mean is 1, inside any bounds.
    loss = part.function(log_probs, behaviour, torch.full((1, 3), 2.0), mask, low=0.1, high=0.1)
    assert loss[0, :2].tolist() == pytest.approx([-2.0, -2.0], abs=1e-6)
    (loss * mask / 2).sum().backward()
    assert log_probs.grad is not None
    # d s / d log pi_t = s / length: each own token gets -A / 2.
    assert log_probs.grad[0].tolist() == pytest.approx([-1.0, -1.0, 0.0], abs=1e-6)


MASK = torch.tensor([[1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]])


@pytest.mark.seeds("D16")
@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("token_mean", 1 / 4, 1 / 4),
        ("sequence_mean", 1 / 6, 1 / 2),
        ("sequence_sum", 1 / 2, 1 / 2),
    ],
)
def test_aggregations_weigh_tokens_as_published(name: str, first: float, second: float) -> None:
    found = get("aggregation", name).function(MASK)
    expected = torch.tensor([[first] * 3 + [0.0], [second, 0.0, 0.0, 0.0]])
    assert torch.allclose(found, expected)


def test_fixed_length_divides_by_a_constant() -> None:
    found = get("aggregation", "fixed_length").function(MASK, 10)
    assert torch.allclose(found, MASK / 20)


@pytest.mark.seeds("D32")
def test_top_entropy_keeps_the_uncertain_tokens() -> None:
    entropy = torch.tensor([[0.1, 2.0, 0.3, 9.0], [1.0, 9.0, 9.0, 9.0]])
    found = get("token_weight", "top_entropy").function(entropy, MASK, share=0.5)
    assert found.tolist() == [[0, 1, 0, 0], [1, 0, 0, 0]]


def test_the_overlong_penalty_is_the_same_rule_on_tensors_and_on_arrays() -> None:
    from veragym.verifiers import overlong_penalty

    rewards, lengths = [1.0, 0.0, 0.5, 1.0, 1.0], [10, 79, 81, 100, 250]
    ours = get("reward_transform", "overlong_penalty").function(
        torch.tensor(rewards), torch.tensor(lengths), 100, scale=0.7
    )
    theirs = overlong_penalty(rewards, lengths, limit=100, scale=0.7)
    assert ours.tolist() == pytest.approx(theirs.tolist(), abs=1e-6)


def test_overlong_penalty_slopes_down_before_the_limit() -> None:
    rewards, lengths = torch.ones(4), torch.tensor([70.0, 80.0, 90.0, 100.0])
    found = get("reward_transform", "overlong_penalty").function(
        rewards, lengths, 100, buffer=0.2, scale=1.0
    )
    assert found.tolist() == pytest.approx([1.0, 1.0, 0.5, 0.0])


def test_kl_k3_is_zero_at_the_reference_and_positive_elsewhere() -> None:
    function = get("regulariser", "kl_k3").function
    reference = torch.tensor([[-1.0, -1.0, -1.0]])
    found = function(torch.tensor([[-1.0, -1.0 - math.log(2), -1.0 + math.log(2)]]), reference)
    # d = log(ratio reference / policy): 0, log 2, -log 2 -> 0, 2 - log 2 - 1, 1/2 + log 2 - 1.
    expected = [0.0, 1 - math.log(2), math.log(2) - 0.5]
    assert found[0].tolist() == pytest.approx(expected, abs=1e-6)


def test_kl_estimators_have_the_true_gradient_in_expectation() -> None:
    """Over all outcomes of a categorical, the k2 penalty's gradient is that of the exact KL."""
    logits = torch.tensor([0.3, -0.7, 1.1], dtype=torch.float64, requires_grad=True)
    reference = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64).log()
    log_p = logits.log_softmax(-1)
    exact = (log_p.exp() * (log_p - reference)).sum()
    (true,) = torch.autograd.grad(exact, logits, retain_graph=True)
    penalty = get("regulariser", "kl_k2").function(log_p[None], reference[None])[0]
    estimate = (log_p.exp().detach() * penalty).sum()
    (found,) = torch.autograd.grad(estimate, logits)
    assert torch.allclose(found, true, atol=1e-12)


def test_entropy_bonus_is_minus_the_entropy() -> None:
    assert get("regulariser", "entropy_bonus").function(
        torch.tensor([[0.4]])
    ).item() == pytest.approx(-0.4)


def test_samplers_depend_on_nothing_but_the_count() -> None:
    assert get("task_sampler", "stream").function(6, 3).tolist() == [6, 7, 8]
    assert get("task_sampler", "pool").function(6, 3, size=4).tolist() == [2, 3, 0]


def test_mixed_groups_keeps_groups_that_differ() -> None:
    rewards, group = torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0, 0.0]), torch.tensor([0, 0, 1, 1, 2, 2])
    found = get("group_filter", "mixed").function(rewards, group)
    assert found.tolist() == [True, True, False, False, False, False]
    assert get("group_filter", "all").function(rewards).all()
