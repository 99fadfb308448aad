"""What holds for every preset: the checks a published loss must pass, and clear refusals."""

from __future__ import annotations

import pytest
import torch

from veragym.agents.objective import Choice, Preset, built_in, load_preset, parse_preset
from veragym.agents.objective.estimator import Batch, Estimator
from veragym.agents.objective.parts import KINDS, names
from veragym.agents.objective.presets import LISTS
from veragym.core.errors import OptionError

ALL = sorted(built_in())
ON_POLICY_SCALE = {"opmd": 0.5, "opmd_mean": 0.5}
"""Gradient at ratio 1 as a multiple of REINFORCE's, where it is not 1."""
NOT_SILENT = {"reinforce", "asymre"}
"""Presets that learn from groups whose rewards agree, as they declare."""
REQUIRED = {
    "reinforce",
    "grpo",
    "dr_grpo",
    "rloo",
    "reinforce_pp",
    "dapo",
    "gpg",
    "gspo",
    "luspo",
    "cispo",
    "maxrl",
    "opmd",
    "asymre",
    "top_entropy",
}


def batch(seed: int = 0, *, equal: bool = False) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.tensor([5, 3, 4, 1, 2, 5])
    mask = (torch.arange(5) < lengths[:, None]).float()
    rewards = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.0, 1.0])
    draw = lambda: torch.rand(6, 5, generator=generator, dtype=torch.float32)  # noqa: E731
    behaviour = -draw() - 0.1
    return Batch(
        rewards=torch.ones(6) if equal else rewards,
        group=torch.tensor([0, 0, 0, 1, 1, 1]),
        mask=mask,
        limit=8,
        behaviour_log_probs=behaviour,
        behaviour_entropy=draw(),
        reference_log_probs=behaviour.clone(),
    )


def gradient(
    estimator: Estimator, data: Batch, log_probs: torch.Tensor, rows: list[list[int]] | None = None
) -> torch.Tensor:
    leaf = log_probs.clone().requires_grad_(True)
    prepared = estimator.prepare(data)
    entropy = torch.zeros_like(leaf)
    for part in rows or [list(range(len(leaf)))]:
        index = torch.tensor(part)
        estimator.loss(leaf[index], entropy[index], prepared.select(index)).backward()
    assert leaf.grad is not None
    return leaf.grad


def away(data: Batch) -> torch.Tensor:
    assert data.behaviour_log_probs is not None
    noise = torch.randn(6, 5, generator=torch.Generator().manual_seed(9))
    return data.behaviour_log_probs + 0.3 * noise


def test_every_required_preset_is_there_and_says_where_it_comes_from() -> None:
    assert set(ALL) >= REQUIRED
    for preset in built_in().values():
        assert preset.about and preset.source


@pytest.mark.parametrize("name", ALL)
def test_on_policy_the_gradient_is_that_of_reinforce(name: str) -> None:
    data, estimator = batch(), Estimator(name)
    assert data.behaviour_log_probs is not None
    prepared = estimator.prepare(data)
    found = gradient(estimator, data, data.behaviour_log_probs)
    expected = -prepared.advantages * prepared.weights * ON_POLICY_SCALE.get(name, 1.0)
    if "sequence_clip" in (estimator.preset.loss.name,):
        # A sequence ratio spreads the episode's weight evenly over its tokens.
        total = (prepared.advantages * prepared.weights).sum(1, keepdim=True)
        expected = -total * data.mask / data.lengths[:, None]
    assert torch.allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_padding_changes_nothing(name: str) -> None:
    data, estimator = batch(), Estimator(name)
    wide = Batch(
        rewards=data.rewards,
        group=data.group,
        mask=torch.nn.functional.pad(data.mask, (0, 3)),
        limit=data.limit,
        **{
            field: torch.nn.functional.pad(getattr(data, field), (0, 3), value=float("nan"))
            for field in ("behaviour_log_probs", "behaviour_entropy", "reference_log_probs")
        },
    )
    narrow = gradient(estimator, data, away(data))
    padded = gradient(
        estimator, wide, torch.nn.functional.pad(away(data), (0, 3), value=float("nan"))
    )
    assert torch.allclose(padded[:, :5], narrow, atol=1e-7)
    assert torch.equal(padded[:, 5:], torch.zeros(6, 3))


@pytest.mark.parametrize("name", ALL)
def test_micro_batches_add_up_to_the_batch(name: str) -> None:
    data, estimator = batch(), Estimator(name)
    whole = gradient(estimator, data, away(data))
    pieces = gradient(estimator, data, away(data), [[0, 1], [2, 3, 4], [5]])
    assert torch.allclose(whole, pieces, atol=1e-7)


@pytest.mark.parametrize("name", ALL)
def test_order_of_episodes_changes_nothing(name: str) -> None:
    data, estimator = batch(), Estimator(name)
    order = torch.tensor([4, 0, 5, 2, 1, 3])
    straight = gradient(estimator, data, away(data))
    shuffled = gradient(estimator, data.select(order), away(data)[order])
    assert torch.allclose(straight[order], shuffled, atol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_equal_rewards_teach_nothing_unless_declared(name: str) -> None:
    data, estimator = batch(equal=True), Estimator(name)
    assert data.behaviour_log_probs is not None
    if name == "dapo":  # its length penalty may still tell episodes apart
        estimator = Estimator(parse_preset("dapo", {"loss": "ppo_clip"}))
    found = gradient(estimator, data, data.behaviour_log_probs)
    assert (found.abs().max() > 1e-3) == (name in NOT_SILENT)


def test_grpo_gives_the_value_worked_out_by_hand() -> None:
    data = Batch(
        rewards=torch.tensor([1.0, 0.0]),
        group=torch.tensor([0, 0]),
        mask=torch.tensor([[1.0, 1.0], [1.0, 0.0]]),
        limit=2,
        behaviour_log_probs=torch.zeros(2, 2),
    )
    estimator = Estimator("grpo")
    log_probs = torch.log(torch.tensor([[1.1, 1.5], [1.5, 1.0]]))
    loss = estimator.loss(log_probs, torch.zeros(2, 2), estimator.prepare(data))
    # A = 1 and -1. Episode 1: tokens -1.1 and -1.2 (clipped), mean -1.15; episode 2: +1.5.
    assert loss.item() == pytest.approx((-1.15 + 1.5) / 2, abs=1e-4)


def test_regularisers_are_added_with_their_coefficient() -> None:
    data = batch(equal=True)
    with_kl = Estimator("grpo_kl")
    log_probs = away(data)
    prepared = with_kl.prepare(data)
    assert data.reference_log_probs is not None
    d = data.reference_log_probs - log_probs
    expected = 0.04 * ((d.exp() - d - 1) * prepared.aggregation).sum()
    found = with_kl.loss(log_probs, torch.zeros(6, 5), prepared)
    assert found.item() == pytest.approx(expected.item(), abs=1e-6)


def test_a_batch_without_a_needed_field_is_refused_by_name() -> None:
    data = batch()
    bare = Batch(data.rewards, data.group, data.mask, data.limit)
    with pytest.raises(OptionError, match="behaviour_entropy"):
        Estimator("top_entropy").prepare(bare)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"advantage": "group_meen"}, "group_mean"),
        ({"loss": {"use": "ppo_clip", "hihg": 0.3}}, "high"),
        ({"advantag": "group_mean"}, "advantage"),
        ({"loss": 3}, "must be a name"),
    ],
)
def test_a_mistyped_part_option_or_slot_gets_a_suggestion(entry: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Estimator(parse_preset("mine", entry))


def test_an_unknown_preset_gets_a_suggestion() -> None:
    with pytest.raises(OptionError, match="dr_grpo"):
        load_preset("dr_gpro")


def test_every_registered_part_can_be_named_in_a_preset() -> None:
    for kind in KINDS:
        for name in names(kind):
            choice = Choice(name)
            Estimator(Preset("one", **{kind: (choice,) if kind in LISTS else choice}))
