"""Task samplers and group filters: which tasks are tried, and which groups are learned from.

A task sampler is a function of how many tasks have been drawn, so that a resumed run draws the
same ones as an unbroken run.
"""

from __future__ import annotations

import torch
from torch import Tensor

from veragym.agents.objective.advantages import group_means
from veragym.agents.objective.parts import group_filter, task_sampler


@task_sampler("stream")
def stream(drawn: int, count: int) -> Tensor:
    """Always new tasks, as endless generators allow.

    Args:
        drawn: tasks drawn so far.
        count: tasks wanted.
    Returns:
        (count,) int64 indices drawn, drawn + 1, …
    """
    return torch.arange(drawn, drawn + count)


@task_sampler("pool")
def pool(drawn: int, count: int, *, size: int = 1024) -> Tensor:
    """The first `size` tasks over and over, as with a data set of that size.

    Args:
        drawn: tasks drawn so far.
        count: tasks wanted.
        size: tasks in the pool.
    Returns:
        (count,) int64 indices below `size`.
    """
    return torch.arange(drawn, drawn + count) % size


@group_filter("all")
def every_group(rewards: Tensor) -> Tensor:
    """No choice.

    Args:
        rewards: (episodes,).
    Returns:
        (episodes,) bool, all True.
    """
    return torch.ones_like(rewards, dtype=torch.bool)


@group_filter("mixed")
def mixed_groups(rewards: Tensor, group: Tensor) -> Tensor:
    """Groups whose rewards differ; the trainer draws more tasks until the batch is full (DAPO).

    With 0/1 rewards: keep groups with 0 < accuracy < 1 (dynamic sampling).

    Args:
        rewards: (episodes,).
        group: (episodes,) ids.
    Returns:
        (episodes,) bool.
    Source: Yu et al. 2025 (DAPO), eq. 11.
    """
    centred = rewards - group_means(rewards, group)
    return group_means(centred**2, group) > 1e-12
