"""What a group of answers says about itself: uncertainty, votes, and rewards without labels.

* `semantic_entropy` (D18): entropy over classes of equivalent answers, not over texts.
* `vote` (E17, self-consistency): the class with the most weight, ties admitted as ties.
* `consensus_rewards` (A28, carried over from image regions to text): each answer's reward is the
  share of the group in its class, or 1 for the majority.

A consensus is no proof. Sixteen copies of one wrong answer earn 1.0 each, and a policy trained on
agreement alone can reach it by always saying the same thing. `Consensus` therefore carries what
shows this in one group, and `collapse_report` what shows it over many prompts: watch
`same_answer_across_prompts` and the agreement with labels on a few labelled prompts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from veragym.core.errors import OptionError
from veragym.verifiers.compare.clusters import (
    Clusters,
    Equivalence,
    Reader,
    Undecided,
    cluster,
    final_answer,
    same_answer,
)
from veragym.verifiers.compare.duels import Floats

Kind = Literal["share", "others", "majority"]


@dataclass(frozen=True, slots=True)
class Vote:
    """The result of a vote.

    Attributes:
        winner: the winning class; None if nobody voted or several tie for the lead.
        share: weight of the leading class over all weight, unreadable answers included.
        margin: the leader's share less the runner-up's; 0 in a tie.
    """

    winner: int | None
    share: float
    margin: float


@dataclass(frozen=True, slots=True)
class Consensus:
    """One group of responses to one prompt.

    Attributes:
        rewards: (n,) in [0, 1]; NaN for all if our machinery failed on any answer or pair: mask
            them, because every share depends on every answer.
        answers: (n,) the final answers read, None where there was none.
        clusters: their classes.
        vote: the unweighted vote.
        answer: an answer of the winning class, the commonest text first; None without a winner.
        entropy: semantic entropy, nats.
        identical: share of responses whose whole text is the commonest one. Near 1 the samples
            are copies, and agreement among copies is no evidence.
    """

    rewards: tuple[float, ...]
    answers: tuple[str | None, ...]
    clusters: Clusters
    vote: Vote
    answer: str | None
    entropy: float
    identical: float


@dataclass(frozen=True, slots=True)
class CollapseReport:
    """Signs, over many prompts, that agreement is no longer about the questions.

    Attributes:
        prompts: groups looked at.
        mean_share: mean share of the leading class.
        unanimous: share of prompts on which every response agrees.
        effective_answers: mean of exp(semantic entropy): 1 = always the same answer.
        same_answer_across_prompts: share of prompts won by the commonest winning answer. Different
            questions rarely share an answer, so a high value is the plainest sign of collapse.
        identical: mean share of word-for-word copies.
        right: share of labelled prompts whose consensus is right; NaN without labels.
        confident_and_wrong: among labelled prompts, the share that is unanimous and wrong; NaN
            without labels.
    """

    prompts: int
    mean_share: float
    unanimous: float
    effective_answers: float
    same_answer_across_prompts: float
    identical: float
    right: float
    confident_and_wrong: float


def semantic_entropy(clusters: Clusters, log_probs: ArrayLike | None = None) -> float:
    """Entropy of the distribution over answer classes.

    Without `log_probs` every response weighs the same. An unreadable answer is a class of its own,
    so that a model cannot look certain by writing nothing readable.

    Args:
        clusters: classes of n answers.
        log_probs: (n,) nats, log-likelihood of each response (normalise for length beforehand if
            that is wanted); a class then weighs the sum of its members' likelihoods.
    Returns:
        Nats, in [0, log n]; 0 for an empty group.
    Raises:
        OptionError: `log_probs` of another length, NaN, or nothing but -inf.
    Source: D18; Kuhn et al. 2023, Farquhar et al. 2024.
    """
    n = len(clusters.labels)
    if n == 0:
        return 0.0
    if log_probs is None:
        weights = np.ones(n)
    else:
        logs = np.asarray(log_probs, dtype=np.float64)
        if logs.shape != (n,) or np.isnan(logs).any() or not np.isfinite(logs.max()):
            raise OptionError(f"log_probs must be ({n},) nats, not all -inf, none NaN or +inf")
        weights = np.exp(logs - logs.max())
    totals = _class_weights(clusters, weights)
    shares = totals[totals > 0] / totals.sum()
    return max(float(-(shares * np.log(shares)).sum()), 0.0)


def vote(clusters: Clusters, weights: ArrayLike | None = None) -> Vote:
    """Majority (plurality) vote over answer classes; unreadable answers dilute, never win.

    Args:
        clusters: classes of n answers.
        weights: (n,) each voter's weight, finite and not negative; default 1.
    Raises:
        OptionError: bad weights.
    Source: Wang et al. 2023 (self-consistency); E17.
    """
    n = len(clusters.labels)
    votes = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    if votes.shape != (n,) or not np.isfinite(votes).all() or (votes < 0).any():
        raise OptionError(f"weights must be ({n},) finite numbers, none negative")
    total = math.fsum(votes)
    classes: dict[int, list[float]] = {}
    for label, weight in zip(clusters.labels, votes.tolist(), strict=True):
        if label >= 0:
            classes.setdefault(label, []).append(weight)
    # fsum is exact, so a tie is a tie whatever the order of the voters.
    tally = sorted(((math.fsum(w), -label) for label, w in classes.items()), reverse=True)
    if not tally or total == 0.0:
        return Vote(None, 0.0, 0.0)
    lead = tally[0][0]
    second = tally[1][0] if len(tally) > 1 else 0.0
    return Vote(-tally[0][1] if lead > second else None, lead / total, (lead - second) / total)


def consensus(
    responses: Sequence[Any],
    equivalence: Equivalence = same_answer,
    *,
    read: Reader = final_answer,
    kind: Kind = "share",
    min_share: float = 0.0,
    policy: Literal["split", "join"] = "split",
) -> Consensus:
    """Rewards and diagnostics of one group of responses to one prompt, without a label.

    Args:
        responses: (n,) whole texts; one without a single readable final answer earns 0.
        equivalence, policy: see `clusters.cluster`.
        read: takes the final answer out of a response.
        kind: what an answer earns: `share` = its class's share of the group; `others` = the share
            of the *other* responses that agree, so a lone answer earns 0; `majority` = 1 for
            members of the one leading class, and nobody on a tie.
        min_share: a group whose leading class is smaller than this earns nothing at all.
    Raises:
        OptionError: an option out of range.
    Source: A28 (GUI-RC / GUI-RCPO), for text; E17.
    """
    if kind not in ("share", "others", "majority"):
        raise OptionError(f"kind must be 'share', 'others' or 'majority', got {kind!r}")
    if not 0.0 <= min_share <= 1.0:
        raise OptionError(f"min_share must be in [0, 1], got {min_share!r}")
    answers, unread = _answers(responses, read)
    clusters = cluster(answers, equivalence, policy=policy)
    outcome = vote(clusters)
    n = len(answers)
    if clusters.undecided or unread:
        rewards = (math.nan,) * n
    elif outcome.share < min_share:
        rewards = (0.0,) * n
    else:
        rewards = tuple(
            _reward(label, clusters.sizes, n, outcome, kind) for label in clusters.labels
        )
    texts = Counter(response for response in responses if isinstance(response, str))
    return Consensus(
        rewards,
        answers,
        clusters,
        outcome,
        _spokesman(answers, clusters, outcome.winner),
        semantic_entropy(clusters),
        max(texts.values(), default=0) / n if n else 0.0,
    )


def consensus_rewards(responses: Sequence[Any], **options: Any) -> NDArray[np.float64]:
    """(n,) the rewards of `consensus`, which has the options and the warnings."""
    return np.asarray(consensus(responses, **options).rewards, dtype=np.float64)


def collapse_report(
    groups: Sequence[Consensus], labels: Mapping[int, bool] | None = None
) -> CollapseReport:
    """Looks over many groups for a consensus that has come loose from the questions.

    Args:
        groups: one per prompt.
        labels: for some prompts, by index into `groups`: is the consensus answer right?
    Raises:
        OptionError: no groups, or a label for a group that is not there.
    """
    if not groups:
        raise OptionError("no groups to look at")
    known = dict(labels or {})
    for index in known:
        if not 0 <= index < len(groups):
            raise OptionError(f"there is a label for group {index!r}, of {len(groups)} groups")
    winners = Counter(group.answer for group in groups if group.answer is not None)
    unanimous = [group.vote.share == 1.0 for group in groups]
    return CollapseReport(
        prompts=len(groups),
        mean_share=_mean([group.vote.share for group in groups]),
        unanimous=_mean(unanimous),
        effective_answers=_mean([math.exp(group.entropy) for group in groups]),
        same_answer_across_prompts=max(winners.values(), default=0) / len(groups),
        identical=_mean([group.identical for group in groups]),
        right=_mean(list(known.values())),
        confident_and_wrong=_mean([unanimous[i] and not right for i, right in known.items()]),
    )


def vote_steps(judgements: ArrayLike, weights: ArrayLike | None = None) -> int | None:
    """The first wrong step, by a majority of verifiers at each step.

    Args:
        judgements: (verifiers, steps) 1 = step right, 0 = wrong, NaN = no judgement.
        weights: (verifiers,) finite and not negative; default 1.
    Returns:
        Index of the first step that more weight calls wrong than right, or -1 if every step has
        more weight for right; None if a step before that ties or has no judgement, because then
        the votes do not say where the first error is.
    Raises:
        OptionError: a bad shape, or a judgement that is none of 0, 1 and NaN.
    Source: E17 (aggregated step verifications).
    """
    votes = np.asarray(judgements, dtype=np.float64)
    if votes.ndim != 2 or not (np.isnan(votes) | (votes == 0) | (votes == 1)).all():
        raise OptionError("judgements must be (verifiers, steps) of 0, 1 and NaN")
    count = votes.shape[0]
    w = np.ones(count) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (count,) or not np.isfinite(w).all() or (w < 0).any():
        raise OptionError(f"weights must be ({count},) finite numbers, none negative")
    for step in range(votes.shape[1]):
        right = math.fsum(w[votes[:, step] == 1])
        wrong = math.fsum(w[votes[:, step] == 0])
        if right == wrong:
            return None
        if wrong > right:
            return step
    return -1


def _answers(responses: Sequence[Any], read: Reader) -> tuple[tuple[str | None, ...], int]:
    """The answers, each distinct response read once, and how many could not be tried."""
    known: dict[Any, str | None] = {}
    answers: list[str | None] = []
    unread = 0
    for response in responses:
        if not isinstance(response, str):
            answers.append(None)
            continue
        if response not in known:
            try:
                known[response] = read(response)
            except Undecided:
                known[response] = None
                unread += 1
        answers.append(known[response])
    return tuple(answers), unread


def _reward(label: int, sizes: tuple[int, ...], n: int, outcome: Vote, kind: Kind) -> float:
    if label < 0:
        return 0.0
    if kind == "majority":
        return float(label == outcome.winner)
    if kind == "others":
        return (sizes[label] - 1) / (n - 1) if n > 1 else 0.0
    return sizes[label] / n


def _spokesman(
    answers: tuple[str | None, ...], clusters: Clusters, winner: int | None
) -> str | None:
    if winner is None:
        return None
    texts = Counter(
        answer
        for answer, label in zip(answers, clusters.labels, strict=True)
        if label == winner and answer is not None
    )
    # The commonest text; among equals the shortest, then the first in alphabetical order.
    return min(texts, key=lambda text: (-texts[text], len(text), text))


def _class_weights(clusters: Clusters, weights: Floats) -> Floats:
    labels = np.asarray(clusters.labels)
    lonely = labels < 0
    readable = np.bincount(labels[~lonely], weights=weights[~lonely])
    return np.concatenate([readable, weights[lonely]])


def _mean(values: Sequence[float] | Sequence[bool]) -> float:
    return math.fsum(values) / len(values) if values else math.nan
