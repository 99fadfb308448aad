"""Batches of walks with one fault each (`gymnasium.vector.VectorEnv`).

`FAULTS` says which finding has to reject which.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv
from gymnasium.vector.utils import batch_space

ROWS = 4

# -- sound batches ---------------------------------------------------------------------------------


class Walks(VectorEnv[Any, Any, Any]):
    """Walks on a line to +5, each row with a stream of its own; resets on the next step."""

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(self, **options: Any) -> None:
        self.num_envs = ROWS
        self.single_observation_space = gym.spaces.Box(-20, 20, (2,), np.float32)
        self.single_action_space = gym.spaces.Discrete(2)
        self.observation_space = batch_space(self.single_observation_space, ROWS)
        self.action_space = batch_space(self.single_action_space, ROWS)
        self.mode = self.metadata["autoreset_mode"]

    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        if seed is not None:
            seeds = [seed + row for row in range(ROWS)] if isinstance(seed, int) else seed
            self.streams = [np.random.default_rng(one) for one in seeds]
        mask = (options or {}).get("reset_mask")
        if mask is None:
            self.at = np.zeros(ROWS)
            self.left = np.zeros(ROWS, int)
            self.pending = np.zeros(ROWS, bool)
            mask = np.ones(ROWS, bool)
        self.begin(mask)
        return self.seen(), {}

    def begin(self, mask: Any) -> None:
        for row in np.flatnonzero(mask):
            self.at[row] = self.streams[row].integers(-3, 3)
            self.left[row] = 12
        self.pending[mask] = False

    def seen(self) -> Any:
        return np.stack([self.at, self.left], axis=1).astype(np.float32)

    def step(self, actions: Any) -> Any:
        going = ~self.pending
        self.at[going] += np.where(np.asarray(actions)[going] == 1, 1, -1)
        self.left[going] -= 1
        terminated = going & (self.at >= 5)
        truncated = going & (self.left <= 0) & ~terminated
        rewards = np.where(going, self.pay(), 0.0)
        if self.mode == AutoresetMode.NEXT_STEP:
            self.begin(self.pending.copy())
        self.pending = terminated | truncated
        info: dict[str, Any] = {}
        if self.mode == AutoresetMode.SAME_STEP and self.pending.any():
            done = self.pending.copy()
            info = self.final(done)
            self.begin(done)
        return self.seen(), rewards, terminated, truncated, info

    def pay(self) -> Any:
        return self.at / 5

    def final(self, done: Any) -> dict[str, Any]:
        finals = np.full(ROWS, None, object)
        for row in np.flatnonzero(done):
            finals[row] = self.seen()[row]
        return {"final_obs": finals, "_final_obs": done}


class SameStepWalks(Walks):
    """Resets in the step that ends an episode."""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}


class WalksResetByHand(Walks):
    """Leaves resetting to its user."""

    metadata = {"autoreset_mode": AutoresetMode.DISABLED}


class SharedStream(Walks):
    """All rows draw from the batch's one stream, as Gymnasium's own native batches do."""

    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        VectorEnv.reset(self, seed=seed)
        self.streams = [self.np_random] * ROWS
        return super().reset(options=options)


class Single(gym.Env[Any, Any]):
    """One walk, for Gymnasium's own batches."""

    def __init__(self) -> None:
        self.observation_space = gym.spaces.Box(-20, 20, (2,), np.float32)
        self.action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.at, self.left = int(self.np_random.integers(-3, 3)), 12
        return np.array([self.at, self.left], np.float32), {}

    def step(self, action: Any) -> Any:
        self.at += 1 if action == 1 else -1
        self.left -= 1
        there = self.at >= 5
        seen = np.array([self.at, self.left], np.float32)
        return seen, self.at / 5, there, not there and self.left <= 0, {}


def synchronous(**options: Any) -> SyncVectorEnv:
    """Sound: Gymnasium's own batch."""
    return SyncVectorEnv([Single] * ROWS)


def synchronous_same_step(**options: Any) -> SyncVectorEnv:
    """Sound: the same, resetting at once."""
    return SyncVectorEnv([Single] * ROWS, autoreset_mode=AutoresetMode.SAME_STEP)


SOUND: tuple[Any, ...] = (
    Walks,
    SameStepWalks,
    WalksResetByHand,
    SharedStream,
    synchronous,
    synchronous_same_step,
)

# -- faults: autoreset -----------------------------------------------------------------------------


class SaysNothing(Walks):
    metadata = {}

    def __init__(self, **options: Any) -> None:
        self.metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}
        super().__init__(**options)
        self.metadata = {}


class ResetsAtOnce(Walks):
    """Declares the next step, and resets in the same one."""

    def step(self, actions: Any) -> Any:
        result = super().step(actions)
        if self.pending.any():
            self.begin(self.pending.copy())
        return (self.seen(), *result[1:])


class PaysWhileResetting(Walks):
    def step(self, actions: Any) -> Any:
        resetting = self.pending.copy()
        observation, rewards, *rest = super().step(actions)
        return (observation, rewards + 0.5 * resetting, *rest)


class NeverStartsAgain(Walks):
    def begin(self, mask: Any) -> None:
        if mask.all():
            super().begin(mask)

    def step(self, actions: Any) -> Any:
        done = self.pending.copy()
        observation, rewards, terminated, truncated, info = super().step(actions)
        return observation, rewards, terminated | done, truncated, info


class KeepsTheEndToItself(SameStepWalks):
    def final(self, done: Any) -> dict[str, Any]:
        return {}


class MarksNoRows(SameStepWalks):
    def final(self, done: Any) -> dict[str, Any]:
        return {**super().final(done), "_final_obs": np.ones(ROWS, bool)}


class TheEndIsTheStart(SameStepWalks):
    """Its final observations are taken after the reset."""

    def step(self, actions: Any) -> Any:
        observation, *rest, info = super().step(actions)
        if "final_obs" in info:
            for row in np.flatnonzero(info["_final_obs"]):
                info["final_obs"][row] = observation[row]
        return (observation, *rest, info)


class TheEndIsElsewhere(SameStepWalks):
    """Its final observations are no observations."""

    def final(self, done: Any) -> dict[str, Any]:
        finals = super().final(done)
        for row in np.flatnonzero(done):
            finals["final_obs"][row] = finals["final_obs"][row] * 100
        return finals


class ResetsEveryRow(WalksResetByHand):
    def begin(self, mask: Any) -> None:
        super().begin(np.ones(ROWS, bool))


# -- faults: rows ----------------------------------------------------------------------------------


class OneSeedForAll(Walks):
    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        return super().reset(seed=None if seed is None else [seed] * ROWS, options=options)


class RewardsOfTheNeighbour(Walks):
    def pay(self) -> Any:
        return np.roll(super().pay(), 1)


class RewardsAreShared(Walks):
    def pay(self) -> Any:
        return np.full(ROWS, super().pay().mean())


class SortsItsRows(Walks):
    def seen(self) -> Any:
        return np.sort(super().seen(), axis=0)


class OneClockForAll(Walks):
    """Seen only once the rows are no longer in step: after the first ending."""

    def seen(self) -> Any:
        seen = super().seen()
        seen[:, 1] = seen[:, 1].max()
        return seen


# -- faults: what is returned and what stays -------------------------------------------------------


class OneBuffer(Walks):
    def seen(self) -> Any:
        if not hasattr(self, "buffer"):
            self.buffer = np.zeros((ROWS, 2), np.float32)
        self.buffer[:] = super().seen()
        return self.buffer


class OneFlagBuffer(Walks):
    flags = np.zeros(ROWS, bool)

    def step(self, actions: Any) -> Any:
        observation, rewards, terminated, *rest = super().step(actions)
        self.flags[:] = terminated
        return (observation, rewards, self.flags, *rest)


class RewardsInAList(Walks):
    def step(self, actions: Any) -> Any:
        observation, rewards, *rest = super().step(actions)
        return (observation, rewards.tolist(), *rest)


class FlagsOfNumbers(Walks):
    def step(self, actions: Any) -> Any:
        observation, rewards, terminated, *rest = super().step(actions)
        return (observation, rewards, terminated.astype(np.int8), *rest)


class LateNaNInARow(Walks):
    def pay(self) -> Any:
        return np.where(self.left == 5, np.nan, super().pay())


class DriftsToDouble(Walks):
    def seen(self) -> Any:
        seen = super().seen()
        return seen.astype(np.float16) if self.left.min() < 6 else seen


class OneRowTooFew(Walks):
    def seen(self) -> Any:
        seen = super().seen()
        return seen[:-1] if self.left.min() < 6 else seen


class PendingSurvives(Walks):
    """A reset forgets which rows had ended."""

    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        pending = getattr(self, "pending", np.zeros(ROWS, bool)).copy()
        result = super().reset(seed=seed, options=options)
        self.pending = pending
        return result


class SeedsItself(Walks):
    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        return super().reset(seed=int(np.random.default_rng().integers(10**6)))


class ClosesItselfOnce(Walks):
    def close(self, **options: Any) -> None:
        if getattr(self, "gone", False):
            raise RuntimeError("already closed")
        self.gone = True


class TimeGoesOn(Walks):
    """The steps left are set once, by `reset()`, and not when a row starts again by itself."""

    def begin(self, mask: Any) -> None:
        left = self.left.copy()
        super().begin(mask)
        if not mask.all():
            self.left[mask] = np.maximum(left[mask], 1)


class ReturnsAddUp(Walks):
    """Pays at each end what was collected since `reset()`, not since the row's own start."""

    def step(self, actions: Any) -> Any:
        seen, rewards, terminated, truncated, info = super().step(actions)
        self.paid = getattr(self, "paid", np.zeros(ROWS)) + 1.0
        ended = np.logical_or(terminated, truncated)
        return seen, np.where(ended, self.paid, rewards * 0.0), terminated, truncated, info

    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        if (options or {}).get("reset_mask") is None:
            self.paid = np.zeros(ROWS)
        return super().reset(seed=seed, options=options)


FAULTS: dict[Any, str] = {
    TimeGoesOn: "batches.lives",
    ReturnsAddUp: "batches.lives",
    SaysNothing: "batches.autoreset",
    ResetsAtOnce: "batches.autoreset",
    PaysWhileResetting: "batches.autoreset",
    NeverStartsAgain: "batches.autoreset",
    KeepsTheEndToItself: "batches.final-observation",
    MarksNoRows: "batches.final-observation",
    TheEndIsTheStart: "batches.final-observation",
    TheEndIsElsewhere: "batches.final-observation",
    ResetsEveryRow: "batches.autoreset",
    OneSeedForAll: "batches.rows-differ",
    RewardsOfTheNeighbour: "batches.rows-apart",
    RewardsAreShared: "batches.rows-apart",
    SortsItsRows: "batches.rows-apart",
    OneClockForAll: "batches.rows-apart",
    OneBuffer: "batches.aliased",
    OneFlagBuffer: "batches.aliased",
    RewardsInAList: "batches.contract",
    FlagsOfNumbers: "batches.contract",
    LateNaNInARow: "batches.contract",
    DriftsToDouble: "batches.contract",
    OneRowTooFew: "batches.contract",
    PendingSurvives: "batches.repeats",
    SeedsItself: "batches.repeats",
    ClosesItselfOnce: "batches.close-twice",
}
