"""Supervised warm start: the environment's own solutions, imitated token by token.

The oracle plays fresh tasks through `reset` and `step`; what it said (and only that, not the
observations) is given cross-entropy. Episodes the verifier did not judge correct are left out, so a
faulty oracle teaches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from veragym.agents.learner import Learner
from veragym.agents.loop import Metrics
from veragym.agents.policy.scoring import pack, score
from veragym.agents.policy.scripted import OraclePolicy
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
    """

    pool: EnvPool
    batch: int = 64
    bare: bool = False

    def __call__(self, learner: Learner, progress: float) -> Metrics:
        """One update on `batch` fresh tasks."""
        episodes = demonstrations(self.pool, learner, self.batch, bare=self.bare)
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


def demonstrations(pool: EnvPool, learner: Learner, count: int, *, bare: bool) -> list[Episode]:
    """The oracle's episodes on the next `count` tasks of the learner's stream.

    Raises:
        OptionError: the verifier accepted none of them.
    """
    oracle = OraclePolicy(bare=bare, tokenizer=learner.tokenizer)
    indices = list(range(learner.drawn, learner.drawn + count))
    played = collect(pool, oracle, indices, 1, tokenizer=learner.tokenizer)
    learner.drawn += count
    right = [e for e in played if e.verdict is not None and e.verdict.score == 1.0]
    if not right:
        verdict = played[0].verdict
        raise OptionError(
            "the verifier accepted none of the oracle's solutions; the first was judged: "
            f"{verdict.reason if verdict else 'no verdict'}"
        )
    return right
