"""Rewards made worse on purpose, to see what an algorithm stands (rows E02, E13, D52).

    flip          a verifier that errs at fixed rates, symmetric or not
    uncertain     a verifier that sometimes does not know
    jitter        additive Gaussian error
    perturb       a bounded change too small to reorder rewards a gap apart: moves only ties
    unflip        the unbiased repair of `flip`, for a verifier whose error rates are known
    clipped, clipped_linear    bounded rewards, which such errors hurt least

Noise is a function of (seed, key): the same key always meets the same error, in any batch, order
or process, as a faulty verifier would make it. Use the task id as key for errors that hit a whole
group at once, and task id plus response for errors made answer by answer (`keys_of`).

Evidence: the three rows study noisy, learned and perturbed rewards; the injectors are the plain
textbook ones. `clipped_linear` is approximate (see there).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from veragym.core.errors import OptionError
from veragym.verifiers.compose.columns import Floats, column, positive, share

_NORMAL = NormalDist()


def keys_of(task_ids: Sequence[str], responses: Sequence[str]) -> list[str]:
    """Keys for errors made answer by answer: one per (task, response).

    Raises:
        OptionError: the lengths differ.
    """
    if len(task_ids) != len(responses):
        raise OptionError(f"{len(task_ids)} task ids but {len(responses)} responses")
    return [f"{len(task)}:{task}{response}" for task, response in zip(task_ids, responses)]


def flip(
    rewards: ArrayLike,
    keys: Sequence[str],
    *,
    false_positive: float,
    false_negative: float,
    seed: int,
) -> Floats:
    """Binary rewards with errors: 0 becomes 1, and 1 becomes 0, at given rates.

    Equal rates are symmetric noise (E02).

    Args:
        rewards: (episodes,) 0 or 1; NaN: not scored.
        keys: (episodes,) whose error it is.
        false_positive: chance that a 0 is seen as 1.
        false_negative: chance that a 1 is seen as 0.
        seed: which faulty verifier.
    Returns:
        (episodes,).
    Raises:
        OptionError: a reward that is not 0 or 1, a rate outside [0, 1], or missing keys.
    """
    r = column(rewards, "rewards", low=0.0, high=1.0, masked=True, whole=True)
    rate = np.where(
        r == 1.0, share(false_negative, "false_negative"), share(false_positive, "false_positive")
    )
    return np.where(_uniform("flip", seed, keys, len(r)) < rate, 1.0 - r, r)


def unflip(rewards: ArrayLike, *, false_positive: float, false_negative: float) -> Floats:
    """Unbiased rewards from a verifier with known error rates.

    (r - p) / (1 - p - q), p and q the false-positive and false-negative rates: its mean over the
    errors of `flip` is the true reward. Single values lie outside [0, 1].

    Args:
        rewards: (episodes,) as seen; NaN: not scored.
        false_positive, false_negative: p and q, with p + q < 1.
    Returns:
        (episodes,).
    Raises:
        OptionError: p + q ≥ 1: such a verifier says nothing.
    Source: Natarajan et al. 2013 (learning with noisy labels), the method of unbiased estimators.
    """
    r = column(rewards, "rewards", low=0.0, high=1.0, masked=True)
    p, q = share(false_positive, "false_positive"), share(false_negative, "false_negative")
    if p + q >= 1.0:
        raise OptionError(
            f"false_positive + false_negative must be below 1, got {p:g} + {q:g}: such a "
            "verifier says nothing about the answer"
        )
    return (r - p) / (1.0 - p - q)


def uncertain(
    rewards: ArrayLike, keys: Sequence[str], *, rate: float, seed: int, value: float = 0.5
) -> Floats:
    """Rewards of a verifier that does not know in a share of cases.

    Args:
        rewards: (episodes,); NaN: not scored.
        keys: (episodes,).
        rate: chance of not knowing.
        seed: which verifier.
        value: what it then says; NaN to leave the episode out.
    Returns:
        (episodes,).
    Raises:
        OptionError: an argument is out of range.
    """
    r = column(rewards, "rewards", masked=True)
    unknown = _uniform("uncertain", seed, keys, len(r)) < share(rate, "rate")
    return np.where(unknown & ~np.isnan(r), value, r)


def jitter(
    rewards: ArrayLike,
    keys: Sequence[str],
    *,
    sigma: float,
    seed: int,
    low: float = -np.inf,
    high: float = np.inf,
) -> Floats:
    """Rewards with additive Gaussian error, clipped to [low, high].

    Args:
        rewards: (episodes,); NaN: not scored.
        keys: (episodes,).
        sigma: standard deviation, > 0.
        seed: which error.
        low, high: bounds after the error.
    Returns:
        (episodes,).
    Raises:
        OptionError: an argument is out of range.
    """
    r = column(rewards, "rewards", masked=True)
    draws = _uniform("jitter", seed, keys, len(r))
    errors = np.array([_NORMAL.inv_cdf(u) for u in draws.tolist()], dtype=np.float64)
    return clipped(r + positive(sigma, "sigma") * errors, low=low, high=high)


def perturb(rewards: ArrayLike, keys: Sequence[str], *, epsilon: float, seed: int) -> Floats:
    """Rewards moved by less than `epsilon` either way: the stress test of D52.

    Rewards that differ by 2·epsilon or more keep their order; only ties and near ties are broken.
    A sound algorithm's policy should not jump under this.

    Args:
        rewards: (episodes,); NaN: not scored.
        keys: (episodes,).
        epsilon: bound of the change, > 0.
        seed: which change.
    Returns:
        (episodes,).
    Raises:
        OptionError: an argument is out of range.
    """
    r = column(rewards, "rewards", masked=True)
    width = positive(epsilon, "epsilon")
    return r + width * (2.0 * _uniform("perturb", seed, keys, len(r)) - 1.0)


def clipped(rewards: ArrayLike, *, low: float, high: float) -> Floats:
    """Rewards cut to [low, high]; NaN stays.

    Raises:
        OptionError: low above high.
    """
    r = column(rewards, "rewards", masked=True)
    if not low <= high:
        raise OptionError(f"low must be at most high, got [{low!r}, {high!r}]")
    return np.clip(r, low, high)


def clipped_linear(posterior: ArrayLike, prior: ArrayLike) -> Floats:
    """max(q - p, 0): the reward of a learned verifier, linear instead of logarithmic (E13).

    q is the probability that the verifier gives to the truth, p the one before looking. Against
    log q - log p it is bounded in [0, 1], and the errors of an immature verifier weigh less.

    Args:
        posterior: (episodes,) q in [0, 1].
        prior: (episodes,) p in [0, 1].
    Returns:
        (episodes,) in [0, 1].
    Raises:
        OptionError: an argument is out of range.
    Evidence: P for "clipped linear", M for this form: approximate.
    Source: Li et al. 2023 (internally rewarded reinforcement learning), row E13.
    """
    q = column(posterior, "posterior", low=0.0, high=1.0, masked=True)
    p = column(prior, "prior", length=len(q), low=0.0, high=1.0, masked=True)
    return np.maximum(q - p, 0.0)


def _uniform(kind: str, seed: int, keys: Sequence[str], length: int) -> Floats:
    """(episodes,) numbers strictly inside (0, 1), one per (kind, seed, key)."""
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise OptionError(f"seed must be a whole number, got {seed!r:.80}")
    if isinstance(keys, str) or len(keys) != length:
        raise OptionError(f"{length} rewards need {length} keys (task ids), got {keys!r:.80}")
    draws = np.empty(length, dtype=np.float64)
    prefix = f"{kind}\x00{seed}\x00"
    for i, key in enumerate(keys):
        if not isinstance(key, str):
            raise OptionError(f"keys[{i}] must be a text (a task id), got {key!r:.80}")
        digest = blake2b((prefix + key).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        draws[i] = ((int.from_bytes(digest, "little") >> 12) + 0.5) * 2.0**-52
    return draws
