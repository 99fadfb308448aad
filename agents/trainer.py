"""Policy-gradient training: collect groups, estimate, update.

One update is read from top to bottom in `PolicyGradient.__call__`. The estimator is a preset (see
`veragym.agents.objective`); the data comes from `reset` and `step` alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from veragym.agents.learner import Learner
from veragym.agents.loop import Metrics
from veragym.agents.objective.estimator import Estimator, Prepared
from veragym.agents.policy.scoring import pack, score
from veragym.agents.rollout.batches import on_grid, to_batch, to_branches
from veragym.agents.rollout.groups import EnvPool, Episode, collect
from veragym.core.errors import OptionError

PROVIDED = {
    "drawn",
    "count",
    "rewards",
    "group",
    "lengths",
    "limit",
    "mask",
    "behaviour_log_probs",
    "behaviour_entropy",
    "reference_log_probs",
    "advantages",
    "log_probs",
    "entropy",
}
"""Fields of `veragym.agents.objective.parts.FIELDS` this trainer can give an estimator."""


@dataclass(frozen=True, slots=True)
class PolicyGradient:
    """Reinforcement learning updates; an `Update` for `veragym.agents.loop.run`.

    Attributes:
        pool: environments of the training split, at least `prompts * samples` of them.
        estimator: the assembled method.
        prompts: groups per batch.
        samples: episodes per group.
        max_new_tokens: longest action.
        max_turns: most actions in an episode.
        temperature: of the sampling; log-probabilities are those of the tempered distribution.
        updates: optimiser steps per batch, each on a share of its groups.
        micro_tokens: most tokens scored at once; bounds memory, changes nothing else.
        rounds: most times a batch is topped up when the group filter leaves it short.
    """

    pool: EnvPool
    estimator: Estimator
    prompts: int = 64
    samples: int = 8
    max_new_tokens: int = 32
    max_turns: int = 1
    temperature: float = 1.0
    updates: int = 1
    micro_tokens: int = 16384
    rounds: int = 4

    def __post_init__(self) -> None:
        lacking = self.estimator.needs - PROVIDED
        if lacking:
            raise OptionError(
                f"preset {self.estimator.preset.name!r} needs {', '.join(sorted(lacking))}, "
                "which this trainer does not record"
            )
        if self.samples < 2 and "group" in self.estimator.advantage.part.inputs:
            raise OptionError(
                f"advantage {self.estimator.advantage.part.name!r} compares episodes of a group: "
                f"samples must be at least 2, got {self.samples}"
            )
        if self.temperature <= 0:
            raise OptionError(f"training samples: temperature must be > 0, got {self.temperature}")

    def __call__(self, learner: Learner, progress: float) -> Metrics:
        """Collects one batch and learns from it."""
        if "reference_log_probs" in self.estimator.needs and learner.reference is None:
            learner.freeze_reference()
        tried, episodes = self._collect(learner)
        metrics = describe(tried)
        metrics["groups_used"] = len({e.group for e in episodes})
        if not episodes:
            return metrics
        batch = to_batch(episodes, self.max_new_tokens * self.max_turns, learner.model.device)
        if learner.reference is not None:
            with torch.no_grad():
                log_probs, _ = self._score(learner.reference, episodes, batch.mask)
            batch = replace(batch, reference_log_probs=log_probs)
        prepared = self.estimator.prepare(batch)
        norms = []
        for share in _shares(episodes, self.updates):
            value = self._accumulate(learner, episodes, prepared, share)
            norms.append(learner.descend(math.isfinite(value), progress))
            metrics["loss"] = value
        metrics["gradient_norm"] = sum(norms) / len(norms)
        return metrics

    def _collect(self, learner: Learner) -> tuple[list[Episode], list[Episode]]:
        """All judged episodes tried, and those of the groups to learn from."""
        policy = learner.policy(max_new_tokens=self.max_new_tokens, temperature=self.temperature)
        context = learner.model.config.context - self.max_new_tokens
        tried: list[Episode] = []
        used: list[Episode] = []
        for attempt in range(self.rounds):
            indices = self.estimator.next_tasks(learner.drawn, self.prompts)
            learner.drawn += self.prompts
            played = collect(
                self.pool,
                policy,
                indices,
                self.samples,
                tokenizer=learner.tokenizer,
                context=context,
            )
            judged = [e for e in played if e.scored and e.continuation]
            for episode in judged:
                episode.group += attempt * self.prompts
            tried += judged
            if judged:
                keep = self.estimator.keep(
                    torch.tensor([e.reward for e in judged]),
                    torch.tensor([e.group for e in judged]),
                ).tolist()
                used += [e for e, kept in zip(judged, keep, strict=True) if kept]
            wanted = list(dict.fromkeys(e.group for e in used))[: self.prompts]
            if len(wanted) == self.prompts or self.estimator.group_filter.part.name == "all":
                break
        chosen = set(wanted)
        return tried, [e for e in used if e.group in chosen]

    def _score(
        self, model: torch.nn.Module, episodes: list[Episode], like: Tensor
    ) -> tuple[Tensor, Tensor]:
        packed = pack(to_branches(episodes), like.device)
        log_probs, entropy = score(model, packed, self.temperature)
        return on_grid(log_probs, packed, like), on_grid(entropy, packed, like)

    def _accumulate(
        self, learner: Learner, episodes: list[Episode], prepared: Prepared, share: list[int]
    ) -> float:
        """Adds the gradient of the episodes in `share`; returns their loss."""
        total = 0.0
        for rows in self._micro_batches(episodes, prepared, share):
            index = torch.tensor(rows, device=learner.model.device)
            part = prepared.select(index)
            log_probs, entropy = self._score(
                learner.model, [episodes[i] for i in rows], part.batch.mask
            )
            loss = self.estimator.loss(log_probs, entropy, part) * self.updates
            loss.backward()
            total += float(loss.detach())
        return total

    def _micro_batches(
        self, episodes: list[Episode], prepared: Prepared, share: list[int]
    ) -> list[list[int]]:
        """Rows of whole groups, cut by the token limit; groups without any gradient left out."""
        silent = torch.zeros(len(episodes), dtype=torch.bool)
        if not self.estimator.regularisers:
            silent = ((prepared.advantages * prepared.weights) == 0).all(1).cpu()
        groups: dict[int, list[int]] = {}
        for row in share:
            groups.setdefault(episodes[row].group, []).append(row)
        batches: list[list[int]] = []
        room = 0
        for rows in groups.values():
            if bool(silent[rows].all()):
                continue
            size = len(episodes[rows[0]].prompt) + sum(len(episodes[i].continuation) for i in rows)
            if not batches or size > room:
                batches.append([])
                room = self.micro_tokens
            batches[-1] += rows
            room -= size
        return batches


def _shares(episodes: list[Episode], updates: int) -> list[list[int]]:
    """Row numbers of `updates` parts of the batch, whole groups each, of nearly equal size."""
    groups = list(dict.fromkeys(e.group for e in episodes))
    count = min(updates, len(groups))
    part = {group: i * count // len(groups) for i, group in enumerate(groups)}
    shares: list[list[int]] = [[] for _ in range(count)]
    for row, episode in enumerate(episodes):
        shares[part[episode.group]].append(row)
    return shares


def describe(episodes: list[Episode]) -> Metrics:
    """What a batch of episodes looked like, in numbers."""
    n = max(1, len(episodes))
    own = [sum(e.own) for e in episodes]
    tokens = max(1, sum(own))
    groups: dict[int, set[float]] = {}
    for episode in episodes:
        groups.setdefault(episode.group, set()).add(episode.reward)
    return {
        "reward": sum(e.reward for e in episodes) / n,
        "accuracy": sum(e.verdict is not None and e.verdict.score == 1.0 for e in episodes) / n,
        "valid": sum(e.valid for e in episodes) / n,
        "entropy": sum(sum(e.entropy) for e in episodes) / tokens,
        "length": tokens / n,
        "groups_agreeing": sum(len(r) == 1 for r in groups.values()) / max(1, len(groups)),
        "episodes": float(len(episodes)),
        "tokens": float(tokens),
    }
