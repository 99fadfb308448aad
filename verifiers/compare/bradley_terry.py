"""Bradley–Terry strengths from pairwise results, with honest intervals.

    P(i beats j) = 1 / (1 + exp(theta_j - theta_i)),   sum of theta = 0

fitted by Newton's method on the concave log posterior. Plain maximum likelihood has no finite
answer when some entries never lose to the rest (separation): the fit then either carries a normal
prior (the default) or is refused with the reason, and `separated` says so in both cases. Strengths
across groups that never met are comparable only through the prior: `connected` says whether that
is so.

The model has no cycles in it. Look at `cycles.transitivity` before believing its order.

Source: Bradley and Terry 1952; Ford 1957 (when a maximum exists). Rows C22, E04.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from veragym.core.errors import OptionError
from veragym.verifiers.compare.duels import Duels, Floats
from veragym.verifiers.compare.graph import strong_components

MAX_STEPS = 200
"""Newton steps; under ten are usual."""


@dataclass(frozen=True, slots=True, eq=False)
class BradleyTerry:
    """A fitted model.

    Attributes:
        strengths: (n,) theta in nats of odds, centred.
        errors: (n,) standard errors from the inverse Hessian (Laplace), nats.
        low, high: (n,) ends of the interval at `level`.
        level: e.g. 0.95.
        separated: some entries never lost to the rest, so only the prior keeps strengths finite.
        connected: every entry can be compared with every other through judged matches.
    """

    strengths: Floats
    errors: Floats
    low: Floats
    high: Floats
    level: float
    separated: bool
    connected: bool

    def probability(self, i: int, j: int) -> float:
        """P(i beats j) under the fit."""
        return float(_sigmoid(self.strengths[i] - self.strengths[j]))


def bradley_terry(
    duels: Duels, *, prior_sd: float | None = 2.0, level: float = 0.95
) -> BradleyTerry:
    """Fits strengths to a record of duels; ties count as half a win each.

    Args:
        duels: results; failed matches are not in its `wins` and do not count.
        prior_sd: standard deviation, in nats, of the normal prior on each strength; None for plain
            maximum likelihood.
        level: coverage of the intervals, in (0, 1).
    Raises:
        OptionError: an option out of range; or `prior_sd=None` and the results are separated.
    """
    if prior_sd is not None and not (math.isfinite(prior_sd) and 1e-3 <= prior_sd <= 1e3):
        raise OptionError(f"prior_sd must be None or between 0.001 and 1000, got {prior_sd!r}")
    if not 0.0 < level < 1.0:
        raise OptionError(f"level must be between 0 and 1, got {level!r}")
    n = len(duels)
    separated = len(set(strong_components(duels.wins > 0))) > 1
    connected = len(set(strong_components(duels.played > 0))) <= 1
    if separated and prior_sd is None:
        raise OptionError(
            "no finite maximum: some entries never lost to (or never met) the rest; "
            "give prior_sd, e.g. 2.0, or play more matches"
        )
    precision = 0.0 if prior_sd is None else prior_sd**-2
    theta = _newton(duels, precision)
    covariance = np.linalg.inv(_hessian(duels, theta, precision) + _gauge(n)) if n else _gauge(0)
    centre = np.eye(n) - _gauge(n)
    errors = np.sqrt(np.maximum((centre @ covariance @ centre).diagonal(), 0.0))
    z = NormalDist().inv_cdf(0.5 + level / 2.0)
    return BradleyTerry(
        theta, errors, theta - z * errors, theta + z * errors, level, separated, connected
    )


def _newton(duels: Duels, precision: float) -> Floats:
    """The maximum, by damped Newton steps; the objective is concave, so it cannot miss."""
    n = len(duels)
    theta = np.zeros(n)
    value = _objective(duels, theta, precision)
    for _ in range(MAX_STEPS):
        expected = duels.played * _sigmoid(theta[:, None] - theta[None, :])
        gradient = duels.wins.sum(axis=1) - expected.sum(axis=1) - precision * theta
        if np.abs(gradient).max(initial=0.0) < 1e-10 * max(1.0, float(duels.wins.sum())):
            break
        step = np.linalg.solve(_hessian(duels, theta, precision) + _gauge(n), gradient)
        scale = 1.0
        while scale > 1e-9:
            tried = theta + scale * step
            new = _objective(duels, tried, precision)
            if new >= value:
                break
            scale /= 2.0
        else:
            break  # no step improves: the maximum, up to rounding
        theta, value = tried - tried.mean(), new
    return theta


def _objective(duels: Duels, theta: Floats, precision: float) -> float:
    losses = np.logaddexp(0.0, theta[None, :] - theta[:, None])
    return float(-(duels.wins * losses).sum() - 0.5 * precision * (theta @ theta))


def _hessian(duels: Duels, theta: Floats, precision: float) -> Floats:
    """Negative second derivative: a graph Laplacian weighted by n_ij p_ij (1 - p_ij)."""
    p = _sigmoid(theta[:, None] - theta[None, :])
    weight = duels.played * p * (1.0 - p)
    hessian: Floats = np.diag(weight.sum(axis=1) + precision) - weight
    return hessian


def _gauge(n: int) -> Floats:
    """Fills the direction that the likelihood leaves free (adding a constant to all)."""
    return np.full((n, n), 1.0 / n) if n else np.zeros((0, 0))


def _sigmoid(x: Floats | float) -> Floats:
    half: Floats = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, dtype=np.float64)))
    return half
