"""Episodes in groups: several attempts at the same task, collected through `reset` and `step`.

A group's first environment draws the task by its index in the seed's stream; the others are reset
to the same task. All episodes of a batch advance together, one policy call per turn. Tokens are
recorded as they were sampled and never derived from text again, so ids, masks and
log-probabilities stay aligned over any number of turns. Episodes whose verdict is not a judgement
of the answer (`Verdict.scored` is false, or the environment failed) are left out of training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym

from veragym.agents.policy.protocol import Action, Message, Policy
from veragym.agents.policy.scripted import Insider
from veragym.agents.policy.tokenizer import BOS, Tokenizer
from veragym.core import Task, Verdict


@dataclass(slots=True)
class Episode:
    """One attempt.

    Attributes:
        task: what was asked.
        group: number of the attempt's group within the batch.
        messages: the conversation, the last observation left out if it is empty.
        prompt: token ids up to the first action.
        continuation: token ids after that: actions, and observations between them.
        own: (continuation,) True where the agent chose the token.
        log_probs, entropy: (continuation,) nats at sampling time; 0 where not own.
        reward: sum of the step rewards.
        verdict: None if the episode was cut off before one.
        valid: whether every action could be read or executed.
        error: what went wrong in the environment, if anything.
    """

    task: Task
    group: int
    messages: list[Message]
    prompt: list[int] = field(default_factory=list)
    continuation: list[int] = field(default_factory=list)
    own: list[bool] = field(default_factory=list)
    log_probs: list[float] = field(default_factory=list)
    entropy: list[float] = field(default_factory=list)
    reward: float = 0.0
    verdict: Verdict | None = None
    valid: bool = True
    error: str | None = None

    @property
    def scored(self) -> bool:
        """Whether the reward says something about the agent."""
        return self.error is None and (self.verdict is None or self.verdict.scored)

    def _record(self, action: Action) -> None:
        self.messages.append(Message("agent", action.text, action.token_ids))
        self.continuation += action.token_ids
        self.own += [True] * len(action.token_ids)
        self.log_probs += action.log_probs
        self.entropy += action.entropy

    def _observe(self, observation: str, tokenizer: Tokenizer | None) -> None:
        self.messages.append(Message("environment", observation))
        if tokenizer is not None:
            ids = tokenizer.observation(observation)
            self.continuation += ids
            self.own += [False] * len(ids)
            self.log_probs += [0.0] * len(ids)
            self.entropy += [0.0] * len(ids)


class EnvPool:
    """As many environments of one id as there are episodes in a batch.

    Args:
        env_id: what to pass to `gym.make`.
        size: number of environments.
        seed: of the task streams.
        options: keyword arguments of the environment.
    """

    def __init__(
        self, env_id: str, size: int, *, seed: int, options: Mapping[str, Any] | None = None
    ) -> None:
        import veragym  # noqa: F401 - registers the environments

        self.envs: list[gym.Env[str, str]] = [
            gym.make(env_id, disable_env_checker=True, **dict(options or {})) for _ in range(size)
        ]
        for env in self.envs:
            env.reset(seed=seed)

    def task(self, index: int) -> Task:
        """Task number `index` of the seed's stream."""
        self.envs[0].reset(options={"index": index})
        return _task_of(self.envs[0])

    def close(self) -> None:
        """Closes every environment."""
        for env in self.envs:
            env.close()


def _task_of(env: gym.Env[str, str]) -> Task:
    task: Task = env.unwrapped.task  # type: ignore[attr-defined]
    return task


def collect(
    pool: EnvPool,
    policy: Policy,
    tasks: Sequence[int | Task],
    samples: int,
    *,
    tokenizer: Tokenizer | None = None,
    context: int | None = None,
) -> list[Episode]:
    """Plays `samples` episodes of every task.

    Args:
        pool: at least `len(tasks) * samples` environments.
        policy: who acts.
        tasks: positions in the pool's stream, or tasks.
        samples: episodes per task.
        tokenizer: the policy's, if it has one; needed to train on the episodes.
        context: longest conversation in tokens; an episode that outgrows it is cut off, keeping
            the rewards it had.

    Returns:
        Episodes ordered by group, `samples` to a group.

    Raises:
        ValueError: the pool is too small.
    """
    if len(tasks) * samples > len(pool.envs):
        raise ValueError(f"{len(tasks)} x {samples} episodes need more than {len(pool.envs)} envs")
    episodes: list[Episode] = []
    envs: list[gym.Env[str, str]] = []
    for group, wanted in enumerate(tasks):
        for member in range(samples):
            env = pool.envs[len(envs)]
            key = "task" if isinstance(wanted, Task) else "index"
            observation, _ = env.reset(options={key: wanted})
            if member == 0:
                wanted = _task_of(env)
            episode = Episode(_task_of(env), group, [Message("environment", observation)])
            if tokenizer is not None:
                episode.prompt = [BOS, *tokenizer.observation(observation)]
            episodes.append(episode)
            envs.append(env)

    active = list(range(len(episodes)))
    while active:
        conversations = [episodes[i].messages for i in active]
        if isinstance(policy, Insider):
            actions = policy.act_inside(conversations, [envs[i] for i in active])
        else:
            actions = policy.act(conversations)
        going = []
        for i, action in zip(active, actions, strict=True):
            episode = episodes[i]
            observation, reward, terminated, truncated, info = envs[i].step(action.text)
            episode._record(action)
            episode.reward += float(reward)
            episode.valid &= bool(info.get("valid", True))
            episode.error = info.get("error")
            ended = terminated or truncated
            if ended:
                episode.verdict = info.get("verdict")
                if observation:
                    episode.messages.append(Message("environment", observation))
            else:
                episode._observe(observation, tokenizer)
                length = len(episode.prompt) + len(episode.continuation)
                if context is None or length < context:
                    going.append(i)
        active = going
    return episodes
