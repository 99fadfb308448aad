"""Held-out accuracy of any policy, with a 95 % interval, on tasks no training can have seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from veragym.agents.extras import require
from veragym.agents.interval import wilson
from veragym.agents.policy.protocol import Policy
from veragym.agents.rollout.groups import EnvPool, Episode, collect
from veragym.core import Task
from veragym.core.errors import OptionError

if TYPE_CHECKING:
    from veragym.agents.policy.tokenizer import Tokenizer
    from veragym.agents.policy.transformer import Transformer

EVALUATION_SEED = 20_251
"""Seed of the evaluation stream, kept apart from the small seeds people train with."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found.

    Attributes:
        episodes: judged episodes; those without a verdict on the answer are not among them.
        unjudged: episodes left out because the environment or verifier failed.
        correct: episodes with the full score.
        accuracy, low, high: share of correct ones, and its Wilson 95 % interval.
        mean_reward: average return.
        valid: share of episodes whose actions could all be read.
        mean_characters: average length of what the agent said.
        outcomes: how often each verdict was given.
    """

    episodes: int
    unjudged: int
    correct: int
    accuracy: float
    low: float
    high: float
    mean_reward: float
    valid: float
    mean_characters: float
    outcomes: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """All fields as JSON types."""
        return asdict(self)


class HeldOut:
    """A fixed sample of tasks, and the environments to try them in.

    The tasks are drawn as the environment draws them, so a problem may occur twice: the accuracy
    then estimates that of the split's own distribution, and the binomial interval is the right one.
    Leaving repetitions out would weigh rare, mostly harder problems more than the split does.

    Args:
        env_id: the environment.
        options: its keyword arguments; `split` is overridden.
        split: where the tasks come from.
        count: number of tasks.
        seed: of the stream.
        parallel: episodes played at once.

    Raises:
        OptionError: `count` is less than 1.
    """

    def __init__(
        self,
        env_id: str,
        options: Mapping[str, Any] | None = None,
        *,
        split: str = "test",
        count: int = 1000,
        seed: int = EVALUATION_SEED,
        parallel: int = 512,
    ) -> None:
        if count < 1:
            raise OptionError(f"an evaluation needs at least 1 task, got {count!r}")
        self.pool = EnvPool(
            env_id, min(parallel, count), seed=seed, options={**(options or {}), "split": split}
        )
        self.tasks: list[Task] = [self.pool.task(index) for index in range(count)]

    def play(self, policy: Policy) -> list[Episode]:
        """One episode of every task, in order."""
        episodes: list[Episode] = []
        size = len(self.pool.envs)
        for start in range(0, len(self.tasks), size):
            episodes += collect(self.pool, policy, self.tasks[start : start + size], 1)
        return episodes

    def evaluate(self, policy: Policy) -> Result:
        """Accuracy over all tasks."""
        return summarise(self.play(policy))


def summarise(episodes: list[Episode]) -> Result:
    """Counts and interval of played episodes."""
    judged = [e for e in episodes if e.scored]
    n = len(judged)
    outcomes: dict[str, int] = {}
    for episode in episodes:
        name = "none" if episode.verdict is None else str(episode.verdict.outcome)
        outcomes[name] = outcomes.get(name, 0) + 1
    correct = sum(e.verdict is not None and e.verdict.score == 1.0 for e in judged)
    low, high = wilson(correct, n)
    said = sum(len(m.text) for e in judged for m in e.messages if m.role == "agent")
    return Result(
        episodes=n,
        unjudged=len(episodes) - n,
        correct=correct,
        accuracy=correct / n if n else 0.0,
        low=low,
        high=high,
        mean_reward=sum(e.reward for e in judged) / n if n else 0.0,
        valid=sum(e.valid for e in judged) / n if n else 0.0,
        mean_characters=said / n if n else 0.0,
        outcomes=dict(sorted(outcomes.items())),
    )


def greedy_and_sampled(
    held_out: HeldOut,
    model: Transformer,
    tokenizer: Tokenizer,
    *,
    max_new_tokens: int,
    seed: int,
) -> dict[str, Any]:
    """Accuracy of a model answering greedily, and (keys `sampled_…`) at temperature 1.

    The sampling has randomness of its own, so that looking never changes a training run.
    """
    require("torch", "train", "evaluating a checkpoint")
    import torch

    from veragym.agents.policy.sampling import TransformerPolicy

    results: dict[str, Any] = {}
    for prefix, temperature in (("", 0.0), ("sampled_", 1.0)):
        policy = TransformerPolicy(
            model,
            tokenizer,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            generator=torch.Generator(device=model.device).manual_seed(seed),
        )
        result = held_out.evaluate(policy)
        for name in ("accuracy", "low", "high", "correct", "episodes"):
            results[prefix + name] = getattr(result, name)
    return results
