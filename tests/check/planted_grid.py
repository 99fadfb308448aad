"""Grids and walks with one fault each: plain `gymnasium.Env`s, no tasks.

`FAULTS` says which finding has to reject which.
"""

from __future__ import annotations

import copy
import gc
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

SIZE = 5
MOVES = ((0, -1), (1, 0), (0, 1), (-1, 0), (0, 0))
"""North, east, south, west, stay."""

# -- sound environments ---------------------------------------------------------------------


class Grid(gym.Env[np.ndarray, int]):
    """Walk to the goal round walls: mask, drawing, oracle and snapshots, all as they should be."""

    metadata = {"render_modes": ["ansi"]}
    steps = 30

    def __init__(self, render_mode: str | None = None) -> None:
        self.observation_space = gym.spaces.Box(0, SIZE - 1, (4,), np.float32)
        self.action_space = gym.spaces.Discrete(len(MOVES))
        self.render_mode = render_mode

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, Any]:
        super().reset(seed=seed)
        self.left = self.steps
        while True:
            cells = self.np_random.permutation(SIZE * SIZE)[:6]
            places = [(int(cell) % SIZE, int(cell) // SIZE) for cell in cells]
            self.at, self.goal, self.walls = places[0], places[1], frozenset(places[2:])
            if self.way():
                return self.seen(), self.info()

    def step(self, action: int) -> tuple[Any, Any, Any, Any, Any]:
        assert self.action_space.contains(action), f"no action {action!r}"
        self.left -= 1
        self.at = self.after(self.at, int(action))
        there = self.at == self.goal
        return self.seen(), self.pay(there), there, not there and self.left <= 0, self.info()

    def after(self, at: tuple[int, int], action: int) -> tuple[int, int]:
        """Where an action leads; where it cannot be done, nowhere."""
        x, y = at[0] + MOVES[action][0], at[1] + MOVES[action][1]
        free = 0 <= x < SIZE and 0 <= y < SIZE and (x, y) not in self.walls
        return (x, y) if free else at

    def pay(self, there: bool) -> float:
        return float(there)

    def seen(self) -> Any:
        return np.array([*self.at, *self.goal], np.float32)

    def info(self) -> Any:
        return {"action_mask": self.action_mask()}

    def action_mask(self) -> Any:
        legal = [move == 4 or self.after(self.at, move) != self.at for move in range(len(MOVES))]
        return np.array(legal, np.int8)

    def way(self) -> list[int]:
        """A shortest way to the goal."""
        queue, known = deque([(self.at, [])]), {self.at}
        while queue:
            at, moves = queue.popleft()
            if at == self.goal:
                return moves
            for move in range(4):
                to = self.after(at, move)
                if to not in known:
                    known.add(to)
                    queue.append((to, [*moves, move]))
        return []

    def oracle(self) -> Iterator[int]:
        yield from self.way()

    def snapshot(self) -> Any:
        stream = copy.deepcopy(self.np_random.bit_generator.state)
        return self.at, self.goal, self.walls, self.left, stream

    def restore(self, snapshot: Any) -> None:
        self.at, self.goal, self.walls, self.left, stream = snapshot
        self.np_random.bit_generator.state = copy.deepcopy(stream)

    def render(self) -> Any:
        return "\n".join(
            "".join("#" if (x, y) in self.walls else "." for x in range(SIZE)) for y in range(SIZE)
        )


class Windy(Grid):
    """Sound: now and then the wind decides."""

    def after_wind(self, action: int) -> int:
        return int(self.np_random.integers(0, 4)) if self.np_random.random() < 0.2 else action

    def step(self, action: int) -> Any:
        assert self.action_space.contains(action), f"no action {action!r}"
        return super().step(self.after_wind(int(action)))

    oracle = None  # type: ignore[assignment]
    """It cannot know the wind."""


class Pair(gym.Env[Any, Any]):
    """Sound: observations of several parts, continuous actions, a final state and a limit."""

    def __init__(self) -> None:
        self.observation_space = gym.spaces.Dict(
            {
                "where": gym.spaces.Box(-5, 5, (2,), np.float32),
                "left": gym.spaces.Discrete(21),
                "signs": gym.spaces.Tuple((gym.spaces.Discrete(2), gym.spaces.MultiBinary(2))),
            }
        )
        self.action_space = gym.spaces.Box(-1, 1, (2,), np.float32)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.where = self.np_random.uniform(-1, 1, 2).astype(np.float32)
        self.left = 20
        return self.seen(), {}

    def seen(self) -> Any:
        signs = (self.where > 0).astype(np.int8)
        return {"where": self.where.copy(), "left": self.left, "signs": (int(signs.all()), signs)}

    def step(self, action: Any) -> Any:
        moved = self.where + np.asarray(action, np.float32)
        if moved.shape != (2,) or not np.isfinite(moved).all():
            raise ValueError(f"an action is two finite numbers, got {action!r}")
        self.where = np.clip(moved, -5, 5).astype(np.float32)
        self.left -= 1
        out = bool(np.abs(self.where).max() >= 4)
        return self.seen(), -float(np.abs(self.where).sum()), out, not out and self.left == 0, {}


class Bandit(gym.Env[int, int]):
    """Sound: one state, chance in the rewards only."""

    observation_space = gym.spaces.Discrete(1)
    action_space = gym.spaces.Discrete(3)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.left = 10
        return 0, {}

    def step(self, action: int) -> Any:
        self.left -= 1
        return 0, float(self.np_random.normal(int(action))), self.left == 0, False, {}


class Corridor(Grid):
    """Sound: it sees its neighbours only, so that many a step shows nothing new."""

    def seen(self) -> Any:
        near = [float(self.after(self.at, move) != self.at) for move in range(4)]
        return np.array(near, np.float32)


class FlagsRefusals(Grid):
    """Sound: every step costs, and what cannot be done is punished and flagged."""

    def step(self, action: int) -> Any:
        possible = bool(self.action_mask()[action])
        observation, reward, terminated, truncated, info = super().step(action)
        reward -= 0.01 if possible else 0.1
        return observation, reward, terminated, truncated, {**info, "illegal": not possible}


class Pictures(Grid):
    """Sound: drawn as pixels."""

    metadata = {"render_modes": ["rgb_array"]}

    def render(self) -> Any:
        pixels = np.zeros((SIZE, SIZE, 3), np.uint8)
        pixels[self.at[1], self.at[0]] = 255
        return pixels


SOUND: tuple[type[gym.Env[Any, Any]], ...] = (
    Grid, Windy, Pair, Bandit, Corridor, FlagsRefusals, Pictures,
)  # fmt: skip


# -- faults: masks --------------------------------------------------------------------------


class MaskForgetsWalls(Grid):
    def action_mask(self) -> Any:
        walls, self.walls = self.walls, frozenset()
        mask = super().action_mask()
        self.walls = walls
        return mask


class MaskForbidsTheWay(Grid):
    def action_mask(self) -> Any:
        mask = super().action_mask()
        if mask[0] and mask[2]:
            mask[0] = 0
        return mask


class MaskIsLate(Grid):
    def info(self) -> Any:
        late = getattr(self, "last", self.action_mask())
        self.last = self.action_mask()
        return {"action_mask": late}


class MaskIsShort(Grid):
    def action_mask(self) -> Any:
        return super().action_mask()[:4]


class MaskRunsEmpty(Grid):
    def action_mask(self) -> Any:
        return super().action_mask() * np.int8(self.left > 26)


class MaskedRaises(Grid):
    """Calls the goal's cell legal to enter from the west, and raises."""

    def step(self, action: int) -> Any:
        if int(action) == 1 and self.after(self.at, 1) != self.at:
            raise ValueError("nobody goes east")
        return super().step(action)


class MaskOfActionsRefused(FlagsRefusals):
    def action_mask(self) -> Any:
        return np.ones(len(MOVES), np.int8) if self.left > 25 else super().action_mask()

    def step(self, action: int) -> Any:
        *rest, info = super().step(action)
        info["illegal"] = int(action) != 4 and info["action_mask"].sum() == len(MOVES)
        return (*rest, info)


# -- faults: looking changes something ------------------------------------------------------


class DrawingTakesTime(Grid):
    def render(self) -> Any:
        self.left -= 5
        return super().render()


class DrawingDraws(Windy):
    def render(self) -> Any:
        return super().render() + " '."[self.np_random.integers(0, 3)]


class MaskCounts(Windy):
    def action_mask(self) -> Any:
        self.np_random.random()
        return super().action_mask()


class OracleWalks(Grid):
    def oracle(self) -> Iterator[int]:
        for move in self.way():
            self.left -= 1
            yield move


class KeepsCallersInfo(Grid):
    facts: dict[str, Any] = {"size": [SIZE, SIZE]}

    def info(self) -> Any:
        return self.facts

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        observation, info = super().reset(seed=seed)
        self.left = self.steps - len(self.facts["size"])
        return observation, info


class HandsOutItsMap(Grid):
    start = np.array([1, 1, 3, 3], np.float32)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.at, self.goal = (int(self.start[0]), int(self.start[1])), (3, 3)
        self.walls = frozenset()
        return self.start, self.info()


# -- faults: seeds and state ----------------------------------------------------------------


class IgnoresTheSeed(Grid):
    episode = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.episode = 0 if seed is not None else self.episode + 1
        return super().reset(seed=self.episode)


class StartsAfresh(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return super().reset(seed=seed or 0)


class SmallSeedsOnly(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        np.random.RandomState(seed)
        return super().reset(seed=seed)


class ClockSurvivesReset(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        left = getattr(self, "left", 0)
        result = super().reset(seed=seed)
        self.left = left if left > 0 else self.steps
        return result


class WallsSurviveReset(Grid):
    built: Any = frozenset()

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        result = super().reset(seed=seed)
        self.walls = (self.walls | self.built) - {self.at, self.goal}
        self.built = self.walls
        return self.seen(), self.info() if result else {}


class GlobalWind(Windy):
    def after_wind(self, action: int) -> int:
        return int(np.random.randint(0, 4)) if np.random.rand() < 0.2 else action


class OwnWind(Windy):
    """Its wind comes from a stream that no seed reaches."""

    def after_wind(self, action: int) -> int:
        if not hasattr(self, "wind"):
            self.wind = np.random.default_rng()
        return int(self.wind.integers(0, 4)) if self.wind.random() < 0.2 else action


class HashedGoal(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.walls = frozenset()
        self.goal = (hash(f"goal {self.at}") % SIZE, 0 if self.at[1] else SIZE - 1)
        return self.seen(), self.info()


class OneForAll(Grid):
    """The position is the class's."""

    def step(self, action: int) -> Any:
        self.at = getattr(OneForAll, "place", self.at)
        result = super().step(action)
        OneForAll.place = self.at
        return result

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        result = super().reset(seed=seed)
        OneForAll.place = self.at
        return result


class ScratchSpace(Grid):
    """Threads share a scratch variable while they compute."""

    scratch: Any = (0, 0)

    def after(self, at: tuple[int, int], action: int) -> tuple[int, int]:
        ScratchSpace.scratch = super().after(at, action)
        if threading.current_thread() is not threading.main_thread():
            time.sleep(1e-5)  # another thread's turn
        return ScratchSpace.scratch


class ImpatientGrid(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.since = time.monotonic()
        return super().reset(seed=seed)

    def step(self, action: int) -> Any:
        *rest, truncated, info = super().step(action)
        return (*rest, truncated or time.monotonic() - self.since > 600, info)


class ShallowCopies(Grid):
    """Copies share the place they stand at."""

    def __deepcopy__(self, memo: Any) -> Any:
        return copy.copy(self)

    @property
    def at(self) -> Any:
        return self.__dict__.setdefault("place", [(0, 0)])[0]

    @at.setter
    def at(self, value: Any) -> None:
        self.__dict__.setdefault("place", [(0, 0)])[0] = value


class ForgetsTheWind(Windy):
    """Snapshots without the random state."""

    def restore(self, snapshot: Any) -> None:
        self.at, self.goal, self.walls, self.left, _ = snapshot


class ForgetsTheClock(Grid):
    def restore(self, snapshot: Any) -> None:
        left = self.left
        super().restore(snapshot)
        self.left = left


class BreaksOnOddActions(Grid):
    broken = False

    def step(self, action: int) -> Any:
        self.broken = self.broken or not self.action_space.contains(action)
        return super().step(action)

    def pay(self, there: bool) -> float:
        return 0.5 if self.broken else super().pay(there)


class LeavesTheProgram(Grid):
    def step(self, action: int) -> Any:
        if not self.action_space.contains(action):
            sys.exit(f"no action {action!r}")
        return super().step(action)


# -- faults: what is returned ---------------------------------------------------------------


class GoesOnForEver(Grid):
    steps = 10**9

    def pay(self, there: bool) -> float:
        return 0.0

    def step(self, action: int) -> Any:
        observation, reward, _, _, info = super().step(action)
        return observation, reward, False, False, info


class DoneIsDone(Grid):
    def step(self, action: int) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        done = terminated or truncated
        return observation, reward, done, done, info


class DriftsToHalf(Grid):
    def seen(self) -> Any:
        return super().seen().astype(np.float16 if self.left < 27 else np.float32)


class DriftsToIntegers(Pair):
    def seen(self) -> Any:
        seen = super().seen()
        if self.left < 15:
            seen["where"] = np.rint(seen["where"]).astype(np.int8)
        return seen


class PaysInfinity(Grid):
    def pay(self, there: bool) -> float:
        return float("inf") if there else 0.0


class PaysAnArray(Grid):
    def pay(self, there: bool) -> Any:
        return np.array([float(there)]) if self.left < 27 else float(there)


class FlagsAreNumbers(Grid):
    def step(self, action: int) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        flag = int(truncated) if self.left < 25 else truncated
        return observation, reward, terminated, flag, info


class InfoGoesMissing(Grid):
    def info(self) -> Any:
        return super().info() if self.left > 26 else None


class LeavesItsSpace(Grid):
    def after(self, at: tuple[int, int], action: int) -> tuple[int, int]:
        x, y = super().after(at, action)
        return (x - 1, y) if action == 3 and x == 0 else (x, y)

    def way(self) -> list[int]:
        return [4]


class SharesItsArray(Grid):
    def seen(self) -> Any:
        if not hasattr(self, "buffer"):
            self.buffer = np.zeros(4, np.float32)
        self.buffer[:] = super().seen()
        return self.buffer


class ClipsTheCallersAction(Pair):
    def step(self, action: Any) -> Any:
        np.clip(action, -0.5, 0.5, out=action)
        return super().step(action)


class EmptiesTheOptions(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        while options:
            options.popitem()
        return super().reset(seed=seed)


class DrawsNothing(Grid):
    def render(self) -> Any:
        return None


class ShowsTheLastEnding(Pair):
    """How the episode before ended is seen in the next one."""

    ended = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        _, info = super().reset(seed=seed)
        self.left -= self.ended
        return self.seen(), info

    def step(self, action: Any) -> Any:
        result = super().step(action)
        self.ended = int(result[2])
        return result


class TakesZeroForNone(Grid):
    """The seed 0 is no seed to it."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return super().reset(seed=seed or None)


class SharesItsDefault(Grid):
    """A default argument that all instances write to."""

    def __init__(self, render_mode: str | None = None, steps: list[int] = []) -> None:  # noqa: B006
        super().__init__(render_mode)
        self.done = steps

    def pay(self, there: bool) -> float:
        self.done.append(1)
        return float(there) + 0.001 * (len(self.done) % 10)


# -- faults: pay on the way -----------------------------------------------------------------


class PaysForNearing(Grid):
    """Going back costs nothing, so that to and fro is a trade."""

    def step(self, action: int) -> Any:
        before = self.distance()
        observation, reward, *rest = super().step(action)
        return (observation, reward + 0.3 * (self.distance() < before), *rest)

    def distance(self) -> int:
        return abs(self.at[0] - self.goal[0]) + abs(self.at[1] - self.goal[1])


class PaysForStaying(Grid):
    def pay(self, there: bool) -> float:
        return 1.0 if there else 0.1


# -- faults: what stays behind --------------------------------------------------------------


class LeavesThread(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        return super().reset(seed=seed)


class LeavesProcess(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        if seed is not None:
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        return super().reset(seed=seed)


class LeavesHandle(Grid):
    handles: list[Any] = []

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.handles.append(open(os.devnull))  # noqa: SIM115 - the fault
        return super().reset(seed=seed)


class LeavesFile(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        with tempfile.NamedTemporaryFile("w", suffix=".log", delete=False) as log:
            log.write("an episode began")
        return super().reset(seed=seed)


class ChangesDirectory(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        os.chdir(Path(tempfile.gettempdir()).parent)
        return super().reset(seed=seed)


class ChangesNumpy(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        np.seterr(over="ignore", divide="ignore", under="warn", invalid="ignore")
        return super().reset(seed=seed)


# -- faults a hostile reader thought of -------------------------------------------------------


class FoldsItsSeeds(Grid):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return super().reset(seed=None if seed is None else seed % 2, options=options)


class CountsItsSeedOn(Grid):
    """After seed 0 comes the episode of seed 1."""

    last = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.last = self.last + 1 if seed is None else seed
        return super().reset(seed=self.last, options=options)


class SpaceFollowsTheObservation(Grid):
    def seen(self) -> Any:
        seen = super().seen()
        self.observation_space = gym.spaces.Box(seen - 1, seen + 1, (4,), np.float32)
        return seen


class OneInfoForAll(Grid):
    """Every step of an episode hands out the same dict."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.told: dict[str, Any] = {}
        return super().reset(seed=seed, options=options)

    def info(self) -> Any:
        self.told["action_mask"] = self.action_mask()
        self.told["left"] = self.left
        return self.told


class PicturesOfFloats(Pictures):
    def render(self) -> Any:
        return super().render() / 255


class PicturesAreFlat(Pictures):
    def render(self) -> Any:
        return super().render().reshape(-1)


class OnePicture(Pictures):
    """It draws over what it has handed out."""

    def __init__(self, render_mode: str | None = None) -> None:
        super().__init__(render_mode)
        self.pixels = np.zeros((SIZE, SIZE, 3), np.uint8)

    def render(self) -> Any:
        self.pixels[self.at[1], self.at[0]] = self.left
        return self.pixels


class PitPays(Grid):
    """Whoever falls into the corner is paid twice what the goal pays."""

    def step(self, action: int) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        if self.at == (0, 0) and not terminated:
            return observation, 2.0, True, False, info
        return observation, reward, terminated, truncated, info


class StopsCollecting(Grid):
    def step(self, action: int) -> Any:
        gc.disable()
        return super().step(action)


class SilencesLogging(Grid):
    def step(self, action: int) -> Any:
        logging.disable(logging.CRITICAL)
        return super().step(action)


class OpensItsFilesToAll(Grid):
    def step(self, action: int) -> Any:
        os.umask(0)
        return super().step(action)


FAULTS: dict[type[gym.Env[Any, Any]], str] = {
    MaskForgetsWalls: "masks.executed",
    MaskForbidsTheWay: "masks.executed",
    MaskIsLate: "masks.shape",
    MaskIsShort: "masks.shape",
    MaskRunsEmpty: "masks.shape",
    MaskedRaises: "masks.executed",
    MaskOfActionsRefused: "masks.executed",
    DrawingTakesTime: "reads.render",
    DrawingDraws: "reads.render",
    MaskCounts: "reads.questions",
    OracleWalks: "reads.questions",
    KeepsCallersInfo: "reads.owned",
    HandsOutItsMap: "reads.owned",
    IgnoresTheSeed: "seeding.seed-matters",
    StartsAfresh: "seeding.reset-goes-on",
    SmallSeedsOnly: "seeding.any-seed",
    ClockSurvivesReset: "determinism.repeats",
    WallsSurviveReset: "determinism.repeats",
    GlobalWind: "determinism.global-rng-untouched",
    OwnWind: "determinism.repeats",
    HashedGoal: "determinism.other-process",
    OneForAll: "determinism.interleaved",
    ScratchSpace: "crowd.alike",
    ImpatientGrid: "determinism.patient",
    ShallowCopies: "api.copies",
    ForgetsTheWind: "snapshot.replays",
    ForgetsTheClock: "snapshot.replays",
    BreaksOnOddActions: "api.hostile-actions",
    LeavesTheProgram: "api.hostile-actions",
    GoesOnForEver: "api.ends",
    DoneIsDone: "api.terminated-and-truncated",
    DriftsToHalf: "api.dtype",
    DriftsToIntegers: "api.dtype",
    PaysInfinity: "api.reward-finite",
    PaysAnArray: "api.reward-type",
    FlagsAreNumbers: "api.flags",
    InfoGoesMissing: "api.info-dict",
    LeavesItsSpace: "api.observation-space",
    SharesItsArray: "api.aliased",
    ClipsTheCallersAction: "api.arguments",
    EmptiesTheOptions: "api.arguments",
    DrawsNothing: "reads.render",
    ShowsTheLastEnding: "determinism.repeats",
    TakesZeroForNone: "determinism.repeats",
    SharesItsDefault: "determinism.repeats",
    PaysForNearing: "returns.shaping",
    PaysForStaying: "returns.shaping",
    LeavesThread: "residue.threads",
    LeavesProcess: "residue.processes",
    LeavesHandle: "residue.handles",
    LeavesFile: "residue.files",
    ChangesDirectory: "residue.settings",
    ChangesNumpy: "residue.settings",
    FoldsItsSeeds: "seeding.seed-matters",
    CountsItsSeedOn: "seeding.streams",
    SpaceFollowsTheObservation: "api.spaces",
    OneInfoForAll: "api.aliased",
    PicturesOfFloats: "reads.render",
    PicturesAreFlat: "reads.render",
    OnePicture: "reads.render",
    PitPays: "returns.success",
    StopsCollecting: "residue.settings",
    SilencesLogging: "residue.settings",
    OpensItsFilesToAll: "residue.settings",
}
