"""Supervised warm start: the environment's own solutions, imitated token by token.

The oracle plays tasks through `reset` and `step`; what it said (and only that, not the
observations) is given cross-entropy. Tasks are fresh at every step, or come from a fixed number of
demonstrations gone through again and again, each time in another order. Episodes the verifier did
not judge correct are left out, so a faulty oracle teaches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch

from veragym.agents.learner import Learner
from veragym.agents.loop import Metrics
from veragym.agents.policy.scoring import pack, score
from veragym.agents.policy.scripted import OraclePolicy
from veragym.agents.policy.tokenizer import Tokenizer
from veragym.agents.rollout.batches import to_branches
from veragym.agents.rollout.groups import EnvPool, Episode, collect
from veragym.core.errors import OptionError


@dataclass(frozen=True, slots=True)
class Imitation:
    """Supervised updates; an `Update` for `veragym.agents.loop.run`.

    Attributes:
        pool: environments of the training split, at least `batch` of them.
        batch: demonstrations per update.
        bare: imitate the final answer alone instead of the worked solution.
        demonstrations: how many there are, the first of the stream; 0 for always fresh ones.
    """

    pool: EnvPool
    batch: int = 64
    bare: bool = False
    demonstrations: int = 0

    def __call__(self, learner: Learner, progress: float) -> Metrics:
        """One update on `batch` demonstrations."""
        indices = order(learner.drawn, self.batch, self.demonstrations)
        episodes = fitting(
            demonstrate(self.pool, learner.tokenizer, indices, bare=self.bare),
            learner.model.config.context,
        )
        learner.drawn += self.batch
        packed = pack(to_branches(episodes), learner.model.device)
        log_probs, _ = score(learner.model, packed)
        loss = -log_probs.mean()
        loss.backward()
        value = float(loss.detach())
        norm = learner.descend(value == value and abs(value) < float("inf"), progress)
        return {
            "loss": value,
            "gradient_norm": norm,
            "tokens": float(packed.tokens.numel()),
            "length": len(log_probs) / len(episodes),
        }


def order(drawn: int, count: int, total: int) -> list[int]:
    """Stream indices of the next `count` demonstrations after `drawn`.

    With a limited `total` every epoch is a permutation of its own; the whole order is a function
    of the position, so that a resumed run sees what an unbroken one would.
    """
    if total == 0:
        return list(range(drawn, drawn + count))
    indices: list[int] = []
    for position in range(drawn, drawn + count):
        epoch, offset = divmod(position, total)
        indices.append(_permutation(epoch, total)[offset])
    return indices


@lru_cache(maxsize=4)
def _permutation(epoch: int, total: int) -> list[int]:
    generator = torch.Generator().manual_seed(epoch)
    permutation: list[int] = torch.randperm(total, generator=generator).tolist()
    return permutation


def fitting(episodes: Sequence[Episode], context: int) -> list[Episode]:
    """The demonstrations that a model can read whole; the others are left out.

    Args:
        episodes: demonstrations with their tokens.
        context: the model's longest sequence, in tokens.
    Raises:
        OptionError: none fits.
    """
    lengths = [len(e.prompt) + len(e.continuation) for e in episodes]
    kept = [e for e, length in zip(episodes, lengths, strict=True) if length <= context]
    if not kept:
        raise OptionError(
            f"no demonstration fits the model's context of {context} tokens; the shortest has "
            f"{min(lengths)}. Use a model with a longer context, or bare=True for answers alone"
        )
    return kept


def demonstrate(
    pool: EnvPool, tokenizer: Tokenizer, indices: Sequence[int], *, bare: bool
) -> list[Episode]:
    """The oracle's episodes on these tasks, as far as the verifier finds them correct.

    Raises:
        OptionError: the verifier accepted none of them.
    """
    oracle = OraclePolicy(bare=bare, tokenizer=tokenizer)
    played = collect(pool, oracle, indices, 1, tokenizer=tokenizer)
    right = [e for e in played if e.verdict is not None and e.verdict.score == 1.0]
    if not right:
        verdict = played[0].verdict
        raise OptionError(
            "the verifier accepted none of the oracle's solutions; the first was judged: "
            f"{verdict.reason if verdict else 'no verdict'}"
        )
    return right
