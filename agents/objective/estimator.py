"""The estimator: parts put together, applied to a batch.

    reward transform -> advantage -> (aggregation x token weight) -> loss + regularisers

`prepare` does, once per batch, all that does not depend on the weights being trained; `loss` is
then a weighted sum over tokens, which may be taken over any partition of the batch and added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from veragym.agents.objective import (  # noqa: F401 - importing them registers their parts
    advantages,
    losses,
    regularisers,
    reward_transforms,
    samplers,
    weights,
)
from veragym.agents.objective.parts import KINDS, Part, get, nearest
from veragym.agents.objective.presets import Choice, Preset, load_preset
from veragym.core.errors import OptionError


@dataclass(frozen=True, slots=True)
class Batch:
    """Episodes to learn from. `veragym.agents.objective.parts.FIELDS` gives shapes and units.

    Anything that is None was not recorded; parts that need it refuse the batch.
    """

    rewards: Tensor
    group: Tensor
    mask: Tensor
    limit: int
    behaviour_log_probs: Tensor | None = None
    behaviour_entropy: Tensor | None = None
    reference_log_probs: Tensor | None = None

    @property
    def lengths(self) -> Tensor:
        """(episodes,) tokens the agent wrote."""
        return self.mask.sum(1)

    def select(self, keep: Tensor) -> Batch:
        """The episodes where `keep` ((episodes,) bool or indices) says so."""
        changes = {
            f.name: value[keep]
            for f in fields(self)
            if isinstance(value := getattr(self, f.name), Tensor)
        }
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch with everything constant worked out.

    Attributes:
        batch: the episodes.
        advantages: (episodes, time), 0 where the token is not the agent's.
        aggregation: (episodes, time), share of each token.
        weights: (episodes, time), share times token weight.
    """

    batch: Batch
    advantages: Tensor
    aggregation: Tensor
    weights: Tensor

    def select(self, keep: Tensor) -> Prepared:
        """A micro-batch; losses of a partition add up to the loss of the whole."""
        return Prepared(
            self.batch.select(keep),
            self.advantages[keep],
            self.aggregation[keep],
            self.weights[keep],
        )


@dataclass(frozen=True, slots=True)
class _Chosen:
    part: Part
    options: Mapping[str, Any]

    def __call__(self, values: Mapping[str, Any]) -> Tensor:
        missing = [name for name in self.part.inputs if values.get(name) is None]
        if missing:
            raise OptionError(
                f"{self.part.kind} {self.part.name!r} needs {', '.join(missing)}, "
                "which this batch does not have"
            )
        result: Tensor = self.part.function(*(values[i] for i in self.part.inputs), **self.options)
        return result


def choose(kind: str, choice: Choice, *, reserved: tuple[str, ...] = ()) -> _Chosen:
    """A registered part with its options checked.

    Raises:
        OptionError: unknown part or option (nearest names are suggested), or one left unset.
    """
    part = get(kind, choice.name)
    options = {name: value for name, value in choice.options.items() if name not in reserved}
    for name in options:
        if name not in part.options:
            raise OptionError(
                f"{kind} {part.name!r} has no option {name!r}.{nearest(name, part.options)} "
                f"Options: {', '.join(part.options) or 'none'}."
            )
    return _Chosen(part, options)


class Estimator:
    """A policy-gradient estimator assembled from a preset.

    Args:
        preset: a `Preset`, or the name of a built-in one.

    Raises:
        OptionError: the preset names an unknown part or option.
    """

    def __init__(self, preset: Preset | str) -> None:
        self.preset = load_preset(preset) if isinstance(preset, str) else preset
        p = self.preset
        self.task_sampler = choose("task_sampler", p.task_sampler)
        self.group_filter = choose("group_filter", p.group_filter)
        self.reward_transforms = [choose("reward_transform", c) for c in p.reward_transform]
        self.advantage = choose("advantage", p.advantage)
        self.aggregation = choose("aggregation", p.aggregation)
        self.token_weights = [choose("token_weight", c) for c in p.token_weight]
        self.token_loss = choose("loss", p.loss)
        self.regularisers = [
            (
                float(c.options.get("coefficient", 1.0)),
                choose("regulariser", c, reserved=("coefficient",)),
            )
            for c in p.regulariser
        ]

    @property
    def needs(self) -> set[str]:
        """Every field its parts read."""
        chosen = [
            self.task_sampler,
            self.group_filter,
            *self.reward_transforms,
            self.advantage,
            self.aggregation,
            *self.token_weights,
            self.token_loss,
            *(part for _, part in self.regularisers),
        ]
        return {name for one in chosen for name in one.part.inputs}

    def next_tasks(self, drawn: int, count: int) -> list[int]:
        """Indices of the next `count` tasks after `drawn` have been drawn."""
        indices: list[int] = self.task_sampler({"drawn": drawn, "count": count}).tolist()
        return indices

    def keep(self, rewards: Tensor, group: Tensor) -> Tensor:
        """(episodes,) bool: which episodes are worth training on."""
        return self.group_filter({"rewards": rewards, "group": group})

    def prepare(self, batch: Batch) -> Prepared:
        """Everything about the batch that does not depend on the weights being trained.

        Raises:
            OptionError: a part needs a field this batch does not have.
        """
        with torch.no_grad():
            values = _values(batch)
            for transform in self.reward_transforms:
                values["rewards"] = transform(values)
            advantages_ = self.advantage(values)
            if advantages_.dim() == 1:
                advantages_ = advantages_[:, None].expand_as(batch.mask)
            shares = self.aggregation(values)
            weights_ = shares
            for weight in self.token_weights:
                weights_ = weights_ * weight(values)
            return Prepared(batch, advantages_ * batch.mask, shares, weights_)

    def loss(self, log_probs: Tensor, entropy: Tensor, prepared: Prepared) -> Tensor:
        """The scalar to minimise, for a batch or a micro-batch of it.

        Args:
            log_probs: (episodes, time) nats, with gradient; anything where the mask is 0.
            entropy: (episodes, time) nats, with gradient.
            prepared: the same episodes, prepared.
        """
        mask = prepared.batch.mask
        values = _values(prepared.batch) | {
            "log_probs": torch.where(mask > 0, log_probs, 0.0),
            "entropy": torch.where(mask > 0, entropy, 0.0),
            "advantages": prepared.advantages,
        }
        total = (self.token_loss(values) * prepared.weights).sum()
        for coefficient, penalty in self.regularisers:
            total = total + coefficient * (penalty(values) * prepared.aggregation).sum()
        return total


def _values(batch: Batch) -> dict[str, Any]:
    values = {f.name: getattr(batch, f.name) for f in fields(batch)}
    for name in ("behaviour_log_probs", "behaviour_entropy", "reference_log_probs"):
        if values[name] is not None:
            values[name] = torch.where(batch.mask > 0, values[name], 0.0)
    return values | {"lengths": batch.lengths}


assert set(KINDS) == {f.name for f in fields(Preset)} - {"name", "about", "source", "seeds"}
