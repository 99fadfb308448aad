"""A row's second episode is like its first: what a batch counts is set back with the row.

A step counter that outlives an automatic reset breaks no contract at any one step. It shows in the
episodes: they get shorter, or longer, or pay differently, once the first is over. First and second
episodes of many rows under random actions are compared in length and in return, each watched for
the same number of steps, so that long episodes are cut alike in both.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from veragym.check.finding import Finding, bad, not_applicable, ok

Batch = VectorEnv[Any, Any, Any]

WATCHED = 64
"""Steps that each of the two episodes is watched for."""
FEWEST = 12
"""Second episodes, below which nothing is said."""
LEAST = 4.5
"""Standard errors by which the ranks of the two may differ: 1 in 10^5 by chance."""


def lives(make: Callable[[], Batch], seeds: int) -> Finding:
    """Compares first and second episodes.

    Args:
        make: gives a new batch.
        seeds: resets to look at; each gives a pair of episodes per row.
    """
    batch = make()
    try:
        episodes = [pair for seed in range(seeds) for pair in _pairs(batch, seed)]
    finally:
        batch.close()
    second = [later for _, later in episodes if later is not None]
    if len(second) < FEWEST:
        return not_applicable(
            "lives", f"only {len(second)} rows came to a second episode within {WATCHED} steps"
        )
    for place, what in enumerate(("lengths", "returns")):
        first_values = np.array([first[place] for first, _ in episodes], float)
        second_values = np.array([later[place] for later in second], float)
        apart = ranks_apart(first_values, second_values)
        if abs(apart) > LEAST:
            return bad(
                "lives",
                f"a row's second episodes are not like its first: median {what} "
                f"{np.median(second_values):g} against {np.median(first_values):g} "
                f"({abs(apart):.1f} standard errors)",
                "set every counter, sum and flag of a row back when it starts again",
                seed=0,
                seeds=seeds,
                first=first_values.tolist()[:16],
                second=second_values.tolist()[:16],
            )
    return ok("lives", f"{len(second)} second episodes of rows are like the first ones")


Life = tuple[int, float]
"""Length and return of an episode, as far as it was watched."""


def _pairs(batch: Batch, seed: int) -> list[tuple[Life, Life | None]]:
    """The first and second episode of every row; None where the first did not end in time."""
    mode = batch.metadata.get("autoreset_mode")
    space = copy.deepcopy(batch.action_space)
    space.seed(seed)
    batch.reset(seed=seed)
    rows = batch.num_envs
    length = np.zeros((2, rows), int)
    total = np.zeros((2, rows))
    life = np.zeros(rows, int)
    starting = np.zeros(rows, bool)
    for _ in range(2 * WATCHED):
        _, rewards, terminated, truncated, _ = batch.step(space.sample())
        done = np.logical_or(terminated, truncated)
        lives_on = (life < 2) & ~starting
        counted = lives_on & (length[np.minimum(life, 1), np.arange(rows)] < WATCHED)
        where = (life[counted], np.flatnonzero(counted))
        length[where] += 1
        total[where] += np.asarray(rewards, float)[counted]
        life[lives_on & done] += 1
        # A first episode that is still going on has been watched for as long as it may be.
        life[(life == 0) & (length[0] >= WATCHED)] = 3
        starting = done & (mode == AutoresetMode.NEXT_STEP)
        if np.any(done) and mode == AutoresetMode.DISABLED:
            batch.reset(options={"reset_mask": np.asarray(done, bool)})
        if np.all((life >= 2) | (length[1] >= WATCHED)):
            break
    return [
        (
            (int(length[0, row]), float(total[0, row])),
            (int(length[1, row]), float(total[1, row])) if length[1, row] else None,
        )
        for row in range(rows)
    ]


def ranks_apart(first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]) -> float:
    """Rank-sum statistic of two samples, in standard errors, ties counted half (Mann-Whitney)."""
    n, m = len(first), len(second)
    joint = np.concatenate([first, second])
    _, place, counts = np.unique(joint, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    ties = float(((counts**3 - counts) / ((n + m) * (n + m - 1))).sum())
    spread = n * m / 12 * (n + m + 1 - ties)
    if spread <= 0:
        return 0.0
    return float((ranks[n:].sum() - m * (n + m + 1) / 2) / np.sqrt(spread))
