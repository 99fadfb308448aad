"""The environment contract: one episode is one task, from `reset` to a verdict.

`TaskEnv` is a `gymnasium.Env` over text. It owns everything that must be the same in every
environment (option checking, seeding, the cost ledger, budgets, `info`, the order of calls, the
containment of exceptions), so that a subclass only says how an episode begins and what an action
does.

Every `info` has the same keys:

    task     public part of the task: id, env_id, split, difficulty, group, hint_level, and the
             environment's own public facts; never the secret
    parts    named components of the verdict ({} before the end)
    cost     ledger: turns, tool_calls, characters, tokens, cpu_seconds
    valid    whether the last action could be executed or read (True after reset)
    error    None, or what went wrong in the environment itself
    verdict  None until the episode ends, then a `Verdict`

An episode ends `terminated` when the task is decided and `truncated` when a limit or an error of
the environment cut it short; never both. The reward of the last step is the verdict's score.
"""

from __future__ import annotations

import difflib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np

from veragym.core.cost import Cost, check_budget
from veragym.core.errors import EpisodeOrderError, OptionError
from veragym.core.generator import (
    Difficulty,
    Generator,
    TaskStream,
    as_task,
    check_difficulty,
    check_seed,
    check_split,
)
from veragym.core.spaces import UnicodeText
from veragym.core.task import Task
from veragym.core.verdict import Verdict, infra_error, unparsable, wrong
from veragym.core.verifier import Verifier

RESET_OPTIONS = ("task", "index", "difficulty", "split", "hint", "budget")
HINT_LEVELS = 3
MAX_INDEX = 1 << 62
"""Positions in a stream stay below this, so that batches can count on in 64 bits."""
Info = dict[str, Any]


def plain_text(action: Any) -> Any:
    """A text as a plain `str`, so that no subclass's own methods are asked; else what was given."""
    if type(action) is str or not isinstance(action, str):
        return action
    return str.__str__(action)


def check_mapping(options: object) -> dict[str, Any]:
    """Reset options as a dict of their own; none at all give an empty one.

    Raises:
        OptionError: not a mapping.
    """
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise OptionError(f"options must be a dict such as {{'index': 3}}, got {options!r:.80}")
    return dict(options)


@dataclass(slots=True)
class Move:
    """What an action did; returned by `TaskEnv._act`.

    Attributes:
        observation: what the agent sees next (empty at the end, unless there is something to say).
        verdict: set when the action decided the task; the episode then ends.
        reward: reward of a step that does not end the episode.
        valid: whether the action could be executed or read.
        parts: named reward components of a step that does not end the episode.
    """

    observation: str = ""
    verdict: Verdict | None = None
    reward: float = 0.0
    valid: bool = True
    parts: Mapping[str, float] = field(default_factory=dict)


class TaskEnv(gym.Env[str, str]):
    """Base of all text environments.

    Args:
        generator: draws the tasks.
        verifier: judges the answers.
        env_id: the id it is registered under; part of every task's seed.
        split: `train`, `test` or `ood`.
        difficulty: a number in [0, 1] or a range (low, high) drawn from uniformly.
        max_turns: steps after which the episode is truncated.
        budget: limits by ledger entry, e.g. `{"characters": 4000}`; exceeding one truncates.
        max_action_chars: longer actions are `unparsable`.
        max_observation_chars: bound of the observation space.
        render_mode: None or "ansi" (the transcript so far).

    Raises:
        OptionError: an argument that can never work.
    """

    metadata = {"render_modes": ["ansi"]}

    def __init__(
        self,
        *,
        generator: Generator,
        verifier: Verifier,
        env_id: str,
        split: str = "train",
        difficulty: float | Difficulty = (0.0, 1.0),
        max_turns: int = 1,
        budget: Mapping[str, float] | None = None,
        max_action_chars: int = 65536,
        max_observation_chars: int = 65536,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise OptionError(f"render_mode must be None or 'ansi', got {render_mode!r}")
        for name, value in (
            ("max_turns", max_turns),
            ("max_action_chars", max_action_chars),
            ("max_observation_chars", max_observation_chars),
        ):
            if type(value) is not int or value < 1:
                raise OptionError(f"{name} must be an integer of at least 1, got {value!r}")
        if not isinstance(verifier, Verifier):
            raise OptionError(f"verifier must be a Verifier, got {verifier!r:.120}")
        if not isinstance(env_id, str) or not env_id:
            raise OptionError(f"env_id must be a non-empty text, got {env_id!r}")
        self.generator = generator
        self.verifier = verifier
        self.env_id = env_id
        self.split = check_split(split, generator.splits)
        self.difficulty = check_difficulty(difficulty)
        self.max_turns = max_turns
        self.budget = check_budget(budget)
        self.max_action_chars = max_action_chars
        self.render_mode = render_mode
        self.action_space = UnicodeText(max_action_chars)
        self.observation_space = UnicodeText(max_observation_chars)
        self._streams: dict[str, TaskStream] = {}
        self._seed: int | None = None
        self._next_index = 0
        self._task: Task | None = None
        self._hint_level = 0
        self.episode_budget = self.budget
        self._cost = Cost()
        self._ended = False
        self._transcript: list[str] = []

    # -- what subclasses write -------------------------------------------------------------------

    @abstractmethod
    def _begin(self, task: Task) -> str:
        """Starts an episode on `task` and returns the first observation."""

    @abstractmethod
    def _act(self, action: str) -> Move:
        """Carries out one action (a string of admitted length)."""

    def _expired(self) -> Verdict:
        """The verdict when the turns run out before the task is decided."""
        return wrong(f"no final answer within {self.max_turns} turns")

    # -- the Gymnasium interface -----------------------------------------------------------------

    @property
    def task(self) -> Task:
        """The current task, its secret included: for trainers and tests, never for agents.

        Raises:
            EpisodeOrderError: before the first `reset`.
        """
        if self._task is None:
            raise EpisodeOrderError("there is no task before the first reset(); call reset()")
        return self._task

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[str, Info]:
        """Starts the next episode.

        With `seed` the stream of tasks of that seed starts at its first task; without, the stream
        goes on to its next one. Without any seed ever, one is drawn from the operating system.

        Args:
            seed: a non-negative integer.
            options: for this episode only, any of
                `task` (a Task or its JSON dict; instead of `index`, `split`, `difficulty`),
                `index` (position in the seed's stream), `split`, `difficulty` (as in the
                constructor), `hint` (level 0 to 3), `budget` (replaces the constructor's).

        Returns:
            The first observation and `info`.

        Raises:
            OptionError: a wrong option; nothing has changed then.
        """
        chosen = self.check_options(options)
        if seed is not None:
            value = check_seed(seed)
            super().reset(seed=value)
            self._start_streams(value)
        elif self._seed is None:
            super().reset(seed=None)
            self._start_streams(int(np.random.SeedSequence().generate_state(1, np.uint64)[0]))

        task = chosen.get("task")
        if task is None:
            index = chosen.get("index", self._next_index)
            stream = self._stream(chosen.get("split", self.split))
            task = stream.task(index, chosen.get("difficulty"))
            self._next_index = index + 1
        self._task = task
        self._hint_level = chosen.get("hint", 0)
        self.episode_budget = chosen.get("budget", self.budget)
        self._cost = Cost()
        self._ended = False
        observation = self._begin(task)
        self._transcript = [observation]
        return observation, self._info()

    def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
        """Carries out one action.

        A non-string or an over-long action is an `unparsable` answer, not an exception; an
        exception inside the environment ends the episode as truncated with `info["error"]`.

        Returns:
            observation, reward, terminated, truncated, info.

        Raises:
            EpisodeOrderError: before `reset`, or after the end of the episode.
        """
        if self._task is None:
            raise EpisodeOrderError("step() before reset(): call reset() first")
        if self._ended:
            raise EpisodeOrderError("step() after the end of the episode: call reset() first")
        cost = self._cost
        cost.turns += 1
        error: str | None = None
        truncated = False
        action = plain_text(action)
        if not isinstance(action, str):
            move = self._unreadable(f"the action must be a str, got {type(action).__name__}")
        elif len(action) > self.max_action_chars:
            move = self._unreadable(
                f"the action has {len(action):,} characters; at most "
                f"{self.max_action_chars:,} are read"
            )
        else:
            cost.characters += len(action)
            over = cost.exceeded(self.episode_budget)
            if over is None:
                try:
                    move = self._act(action)
                except Exception as failure:  # noqa: BLE001 - one bad episode must not kill a batch
                    error = f"{type(failure).__name__}: {failure}"
                    move = Move(verdict=infra_error("the environment failed; see info['error']"))
                    truncated = True
                over = cost.exceeded(self.episode_budget) if move.verdict is None else None
            else:
                move = Move(valid=False)
            if over is not None:
                move.verdict = wrong(
                    f"the budget of {self.episode_budget[over]:g} {over} was exceeded"
                )
                truncated = True

        verdict = move.verdict
        if verdict is None and cost.turns >= self.max_turns:
            verdict = self._expired()
            truncated = True
        if verdict is not None and not verdict.scored:
            truncated = True
            error = error or verdict.reason
        self._ended = verdict is not None
        if verdict is not None:
            reward, parts = verdict.score, verdict.parts
        else:
            reward, parts = move.reward, move.parts
        if self.render_mode is not None:
            self._transcript += [f"> {action!s:.2000}", move.observation]
        info = self._info(move.valid, error, verdict, parts)
        return move.observation, reward, self._ended and not truncated, truncated, info

    def render(self) -> str | None:
        """The transcript so far, in render mode "ansi"."""
        return "\n".join(self._transcript) if self.render_mode == "ansi" else None

    # -- shared machinery ------------------------------------------------------------------------

    def _unreadable(self, reason: str) -> Move:
        return Move(verdict=unparsable(reason), valid=False)

    def _info(
        self,
        valid: bool = True,
        error: str | None = None,
        verdict: Verdict | None = None,
        parts: Mapping[str, float] | None = None,
    ) -> Info:
        task = self.task.public_view()
        task["hint_level"] = self._hint_level
        return {
            "task": task,
            "parts": dict(parts or {}),
            "cost": self._cost.as_dict(),
            "valid": valid,
            "error": error,
            "verdict": verdict,
        }

    def _start_streams(self, seed: int) -> None:
        self._seed = seed
        self._next_index = 0
        self._streams = {}

    def _stream(self, split: str) -> TaskStream:
        if split not in self._streams:
            assert self._seed is not None
            self._streams[split] = TaskStream(
                self.generator, self.env_id, split, self._seed, self.difficulty
            )
        return self._streams[split]

    def check_options(self, options: Mapping[str, Any] | None) -> dict[str, Any]:
        """The options, validated and normalised, before anything changes."""
        chosen: dict[str, Any] = {}
        for name, value in check_mapping(options).items():
            if name not in RESET_OPTIONS:
                near = difflib.get_close_matches(str(name), RESET_OPTIONS, 1)
                suggestion = f" Did you mean {near[0]!r}?" if near else ""
                raise OptionError(
                    f"unknown reset option {name!r}; known: {', '.join(RESET_OPTIONS)}."
                    + suggestion
                )
            if value is None:
                continue
            if name == "task":
                chosen[name] = as_task(value, self.env_id)
            elif name == "index":
                if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
                    raise OptionError(f"index must be a non-negative integer, got {value!r}")
                if value >= MAX_INDEX:
                    raise OptionError(f"index must be below 2**62, got {value!r:.80}")
                chosen[name] = int(value)
            elif name == "split":
                chosen[name] = check_split(value, self.generator.splits)
            elif name == "difficulty":
                chosen[name] = check_difficulty(value)
            elif name == "hint":
                if (
                    isinstance(value, bool)
                    or not isinstance(value, (int, np.integer))
                    or not 0 <= value <= HINT_LEVELS
                ):
                    raise OptionError(
                        f"hint must be a level from 0 to {HINT_LEVELS}, got {value!r}"
                    )
                chosen[name] = int(value)
            else:
                chosen[name] = check_budget(value)
        clash = [n for n in ("index", "split", "difficulty") if n in chosen]
        if "task" in chosen and clash:
            raise OptionError(f"reset option 'task' cannot be combined with {', '.join(clash)}")
        return chosen

    def _save_episode(self) -> dict[str, Any]:
        """The base class's share of a snapshot."""
        return {
            "task": self._task,
            "seed": self._seed,
            "next_index": self._next_index,
            "hint_level": self._hint_level,
            "budget": dict(self.episode_budget),
            "cost": self._cost.as_dict(),
            "ended": self._ended,
            "transcript": list(self._transcript),
        }

    def _load_episode(self, saved: Mapping[str, Any]) -> None:
        """Inverse of `_save_episode`."""
        self._task = saved["task"]
        if saved["seed"] != self._seed and saved["seed"] is not None:
            self._start_streams(saved["seed"])
        self._next_index = saved["next_index"]
        self._hint_level = saved["hint_level"]
        self.episode_budget = dict(saved["budget"])
        self._cost = Cost(**saved["cost"])
        self._ended = saved["ended"]
        self._transcript = list(saved["transcript"])
