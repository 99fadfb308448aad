"""Episodes as tensors: what the objective reads, and what the model scores."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor

from veragym.agents.objective.estimator import Batch
from veragym.agents.policy.scoring import Branches, Packed
from veragym.agents.rollout.groups import Episode


def to_batch(episodes: Sequence[Episode], limit: int, device: torch.device | str = "cpu") -> Batch:
    """The batch of these episodes, one row each, in order.

    Args:
        episodes: recorded with a tokenizer.
        limit: most tokens the agent could have written in one.
        device: where the tensors go.
    """
    width = max(len(e.continuation) for e in episodes)

    def grid(rows: Sequence[Sequence[float]]) -> Tensor:
        padded = [list(row) + [0.0] * (width - len(row)) for row in rows]
        return torch.tensor(padded, dtype=torch.float32, device=device)

    return Batch(
        rewards=torch.tensor([e.reward for e in episodes], dtype=torch.float32, device=device),
        group=torch.tensor([e.group for e in episodes], dtype=torch.long, device=device),
        mask=grid([[float(own) for own in e.own] for e in episodes]),
        limit=limit,
        behaviour_log_probs=grid([e.log_probs for e in episodes]),
        behaviour_entropy=grid([e.entropy for e in episodes]),
    )


def to_branches(episodes: Sequence[Episode]) -> list[Branches]:
    """Neighbouring episodes with the same prompt, joined: the order of episodes is kept."""
    joined = []
    for prompt, members in groupby(episodes, key=lambda e: e.prompt):
        same = list(members)
        joined.append(Branches(prompt, [e.continuation for e in same], [e.own for e in same]))
    return joined


def on_grid(values: Tensor, packed: Packed, like: Tensor) -> Tensor:
    """Scored values at their (episode, step), 0 elsewhere.

    Args:
        values: (scored,) from `score`; gradients pass through.
        packed: what was scored.
        like: (episodes, time), for the shape.
    """
    return torch.zeros_like(like).index_put((packed.episode, packed.step), values)
