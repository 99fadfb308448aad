"""The portable record of an episode, and its replay.

A trajectory holds everything needed to run the episode again and judge it again: where the task
came from, how the environment was made, every observation and action, and the verdict. It is
written as JSON lines (append-only: a killed run loses at most the line being written) or Parquet.

The record contains the task's secret, because a verdict cannot be checked without it. It is for
trainers and auditors; never show it to an agent.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import gymnasium as gym
import numpy as np

from veragym.core.env import TaskEnv
from veragym.core.errors import MissingExtra, OptionError, ReplayMismatch, SourceError
from veragym.core.task import Task
from veragym.core.verdict import Verdict

FORMAT = 1


@dataclass(slots=True)
class Turn:
    """One step of an episode.

    Attributes:
        observation: what the agent saw before acting.
        action: what it did.
        reward, terminated, truncated: what the environment answered.
        parts, cost, valid, error: from `info` after the action.
        token_ids: (tokens,) the action's token ids, where the policy has any.
        log_probs: (tokens,) nats under the behaviour policy at sampling time.
        mask: (tokens,) 1 for tokens the policy chose.
        state_key, stratum: keys before the action, where the environment has them.
    """

    observation: str
    action: str
    reward: float
    terminated: bool
    truncated: bool
    parts: dict[str, float] = field(default_factory=dict)
    cost: dict[str, float] = field(default_factory=dict)
    valid: bool = True
    error: str | None = None
    token_ids: list[int] | None = None
    log_probs: list[float] | None = None
    mask: list[int] | None = None
    state_key: str | None = None
    stratum: str | None = None


@dataclass(slots=True)
class Trajectory:
    """One episode with its provenance.

    Attributes:
        env_id, env_version, env_kwargs: what to pass to `gym.make` to get the environment again.
        task: the whole task, the secret included.
        hint_level: guidance given; above 0 the episode is guided and no evaluation may count it.
        budget: the episode's budget.
        policy, policy_version: who acted.
        turns: the steps.
        final_observation: what the environment said after the last action.
        verdict: None if the episode did not end.
    """

    env_id: str
    task: Task
    turns: list[Turn] = field(default_factory=list)
    verdict: Verdict | None = None
    final_observation: str = ""
    env_version: str = ""
    env_kwargs: dict[str, Any] = field(default_factory=dict)
    hint_level: int = 0
    budget: dict[str, float] = field(default_factory=dict)
    policy: str = ""
    policy_version: str = ""
    format: int = FORMAT

    @property
    def guided(self) -> bool:
        """Whether a hint was shown."""
        return self.hint_level > 0

    @property
    def total_reward(self) -> float:
        """Undiscounted return."""
        return sum(turn.reward for turn in self.turns)

    def to_json(self) -> dict[str, Any]:
        """A dict of JSON types; `from_json` inverts it."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        data["task"] = self.task.to_json()
        data["turns"] = [
            {name: getattr(turn, name) for name in Turn.__dataclass_fields__} for turn in self.turns
        ]
        data["verdict"] = None if self.verdict is None else self.verdict.to_json()
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trajectory:
        """Inverse of `to_json`.

        Raises:
            SourceError: another format version, or fields missing.
        """
        if data.get("format") != FORMAT:
            raise SourceError(
                f"trajectory format {data.get('format')!r} cannot be read; expected {FORMAT}"
            )
        try:
            values = {name: data[name] for name in cls.__dataclass_fields__}
        except KeyError as missing:
            raise SourceError(f"a trajectory lacks the field {missing}") from None
        values["task"] = Task.from_json(values["task"])
        values["turns"] = [Turn(**turn) for turn in values["turns"]]
        if values["verdict"] is not None:
            values["verdict"] = Verdict.from_json(values["verdict"])
        return cls(**values)


class Recorder(gym.Wrapper[str, str, str, str]):
    """Records every episode of a Veragym environment.

    Args:
        env: an environment whose unwrapped base is a `TaskEnv`.
        path: `.jsonl` file to append finished episodes to, or None to keep them in memory only.
        policy, policy_version: recorded as provenance.
    """

    def __init__(
        self,
        env: gym.Env[str, str],
        path: str | Path | None = None,
        policy: str = "",
        policy_version: str = "",
    ) -> None:
        super().__init__(env)
        if not isinstance(env.unwrapped, TaskEnv):
            raise OptionError(
                f"only Veragym's environments can be recorded, and {env} is no TaskEnv"
            )
        self.path = None if path is None else Path(path)
        self.policy, self.policy_version = policy, policy_version
        self.finished: list[Trajectory] = []
        self._current: Trajectory | None = None
        self._observation = ""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Starts an episode; an unfinished one before it is kept with `verdict=None`."""
        observation, info = self.env.reset(seed=seed, options=options)
        if self._current is not None and self._current.turns:
            self._finish()
        base: Any = self.env.unwrapped
        spec = self.env.spec
        kwargs = {} if spec is None else {k: v for k, v in spec.kwargs.items() if _is_json(v)}
        self._current = Trajectory(
            env_id=base.env_id,
            task=base.task,
            env_version="" if spec is None or spec.version is None else str(spec.version),
            env_kwargs=kwargs,
            hint_level=info["task"]["hint_level"],
            budget=dict(base.episode_budget),
            policy=self.policy,
            policy_version=self.policy_version,
        )
        self._observation = observation
        return observation, info

    def step(self, action: Any) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Records the transition.

        An action that no file can hold (bytes, an object) is no action to the environment either:
        it is handed on, and recorded, as None.
        """
        if not isinstance(action, str) and not _is_json(action):
            action = None
        base: Any = self.env.unwrapped
        state_key = base.state_key() if hasattr(base, "state_key") else None
        stratum = base.stratum() if hasattr(base, "stratum") else None
        observation, reward, terminated, truncated, info = self.env.step(action)
        if self._current is not None:
            self._current.turns.append(
                Turn(
                    self._observation,
                    action,
                    float(reward),
                    terminated,
                    truncated,
                    dict(info["parts"]),
                    dict(info["cost"]),
                    info["valid"],
                    info["error"],
                    state_key=state_key,
                    stratum=stratum,
                )
            )
            self._current.verdict = info["verdict"]
            self._current.final_observation = observation
            if terminated or truncated:
                self._finish()
        self._observation = observation
        return observation, float(reward), terminated, truncated, info

    def annotate(
        self,
        token_ids: list[int],
        log_probs: list[float],
        mask: list[int] | None = None,
    ) -> None:
        """Adds the policy's tokens to the last recorded turn (before the episode is written).

        Raises:
            ValueError: the lengths differ, or there is no turn yet.
        """
        mask = [1] * len(token_ids) if mask is None else mask
        if not len(token_ids) == len(log_probs) == len(mask):
            raise ValueError(
                f"{len(token_ids)} token ids, {len(log_probs)} log-probs, {len(mask)} mask entries"
            )
        episode = self._current or (self.finished[-1] if self.finished else None)
        if episode is None or not episode.turns:
            raise ValueError("there is no recorded turn to annotate; call step() first")
        turn = episode.turns[-1]
        turn.token_ids, turn.log_probs, turn.mask = token_ids, log_probs, mask

    def _finish(self) -> None:
        assert self._current is not None
        self._flush()
        self.finished.append(self._current)
        self._current = None

    def _flush(self) -> None:
        # One episode late, so that `annotate` can still reach the last one.
        if self.path is not None and self.finished:
            append_jsonl(self.path, self.finished)
            self.finished = []

    def close(self) -> None:
        """Writes what is left and closes the environment."""
        if self._current is not None and self._current.turns:
            self._finish()
        self._flush()
        super().close()


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def append_jsonl(path: Path, trajectories: Iterable[Trajectory]) -> None:
    """Appends whole lines, creating the folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(_line(t) + "\n" for t in trajectories)
    with path.open("ab+") as file:
        _mend_last_line(file)
        file.write(lines.encode("utf-8", "surrogatepass"))


def _line(trajectory: Trajectory) -> str:
    return json.dumps(
        trajectory.to_json(), ensure_ascii=False, sort_keys=True, default=_json_or_text
    )


def _json_or_text(value: Any) -> Any:
    """What a verifier put into its evidence though JSON has no such type: numbers of numpy, …"""
    return value.item() if isinstance(value, np.generic) else repr(value)


def _mend_last_line(file: BinaryIO) -> None:
    """Cuts off the last line of a run that was killed while writing it, or ends it."""
    end = file.seek(0, os.SEEK_END)
    start = end
    while start:
        step = min(start, 1 << 16)
        file.seek(start - step)
        newline = file.read(step).rfind(b"\n")
        if newline >= 0:
            start += newline + 1 - step
            break
        start -= step
    if start == end:
        return
    file.seek(start)
    if _is_torn(file.read()):
        file.truncate(start)
    else:
        file.write(b"\n")


def write_trajectories(path: str | Path, trajectories: Iterable[Trajectory]) -> None:
    """Writes a new file: `.jsonl`, or `.parquet` (extra `data`).

    Raises:
        SourceError: another suffix.
        MissingExtra: Parquet without pyarrow.
    """
    path = Path(path)
    if path.suffix == ".jsonl":
        path.unlink(missing_ok=True)
        append_jsonl(path, trajectories)
    elif path.suffix == ".parquet":
        pa, pq = _pyarrow()
        rows = [
            {
                "env_id": t.env_id,
                "task_id": t.task.id,
                "split": t.task.split,
                "policy": t.policy,
                "outcome": None if t.verdict is None else t.verdict.outcome.value,
                "score": None if t.verdict is None else t.verdict.score,
                "reward": t.total_reward,
                "turns": len(t.turns),
                "record": json.dumps(t.to_json(), sort_keys=True, default=_json_or_text),
            }
            for t in trajectories
        ]
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        raise SourceError(f"cannot write {path.name!r}: use a name ending in .jsonl or .parquet")


def read_trajectories(path: str | Path) -> Iterator[Trajectory]:
    """Reads what `write_trajectories` or `Recorder` wrote.

    A last line without its end, which a killed run leaves, is left out with a warning.

    Raises:
        SourceError: a line that is no trajectory, with its number; another suffix; no such file.
        MissingExtra: Parquet without pyarrow.
    """
    path = Path(path)
    if path.suffix in (".parquet", ".jsonl") and not path.is_file():
        raise SourceError(f"there is no file {str(path)!r}")
    records: Iterable[tuple[int, str | bytes]]
    if path.suffix == ".parquet":
        _, pq = _pyarrow()
        records = enumerate(pq.read_table(path, columns=["record"])["record"].to_pylist(), 1)
    elif path.suffix == ".jsonl":
        records = _whole_lines(path)
    else:
        raise SourceError(f"cannot read {path.name!r}: use a name ending in .jsonl or .parquet")
    for number, record in records:
        try:
            yield Trajectory.from_json(json.loads(record))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise SourceError(f"{path.name}, line {number}: not a trajectory ({error})") from error


def _whole_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n") or not _is_torn(line):
                yield number, line
            else:
                warnings.warn(
                    f"{path.name}, line {number} has no end, as a killed run leaves it; left out",
                    stacklevel=3,
                )


def _is_torn(line: bytes) -> bool:
    """Whether a last line without a newline lacks more than that."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return True
    return False


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtra("pyarrow", "data", "Reading and writing Parquet") from None
    return pyarrow, pyarrow.parquet


def replay(trajectory: Trajectory, env: gym.Env[str, str] | None = None) -> Verdict | None:
    """Runs a recorded episode again and checks that everything comes out the same.

    Args:
        trajectory: the record.
        env: the environment to use; made from the record's provenance if None.

    Returns:
        The verdict of the replayed episode, equal to the recorded one.

    Raises:
        ReplayMismatch: an observation, reward, end or verdict differs; says which and where.
    """
    own = env is None
    if env is None:
        # The prefix has Gymnasium import the package that registers the ids.
        env = gym.make(f"veragym:{trajectory.env_id}", **trajectory.env_kwargs)
    try:
        options: dict[str, Any] = {"task": trajectory.task, "hint": trajectory.hint_level}
        if trajectory.budget:
            options["budget"] = trajectory.budget
        observation, _ = env.reset(seed=trajectory.task.seed, options=options)
        verdict: Verdict | None = None
        for number, turn in enumerate(trajectory.turns, 1):
            _same(number, "observation", turn.observation, observation)
            observation, reward, terminated, truncated, info = env.step(turn.action)
            _same(number, "reward", turn.reward, float(reward))
            _same(number, "terminated", turn.terminated, terminated)
            _same(number, "truncated", turn.truncated, truncated)
            _same(number, "valid", turn.valid, info["valid"])
            _same(number, "parts", turn.parts, dict(info["parts"]))
            verdict = info["verdict"]
        _same(len(trajectory.turns), "final observation", trajectory.final_observation, observation)
        recorded = None if trajectory.verdict is None else trajectory.verdict.to_json()
        again = None if verdict is None else verdict.to_json()
        _same(len(trajectory.turns), "verdict", recorded, again)
        return verdict
    finally:
        if own:
            env.close()


def _same(turn: int, what: str, recorded: Any, again: Any) -> None:
    if recorded != again:
        raise ReplayMismatch(
            f"turn {turn}: recorded {what} was {recorded!r:.300}; the replay gave {again!r:.300}"
        )
