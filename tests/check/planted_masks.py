"""Masks over composite actions with one fault each, and the sound environments they are made from.

A pointer stands at one of four marks; each step it moves one mark or stays, and may press a button
that works at the two upper marks only. The same rules stand behind a MultiDiscrete, a Dict and a
Tuple action space; a row of switches stands behind a MultiBinary one.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple

LONGEST = 24
MARKS = 4


class Dials(gym.Env[Any, Any]):
    """MultiDiscrete([3, 2]): back, stay or on; press or not. An illegal one is passed over."""

    metadata = {"render_modes": []}

    def __init__(self) -> None:
        self.observation_space = Box(0, LONGEST, (2,), np.int64)
        self.action_space: gym.Space[Any] = MultiDiscrete([3, 2])

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.at = int(self.np_random.integers(MARKS))
        self.presses = self.time = 0
        return self.seen(), self.told(True)

    def seen(self) -> Any:
        return np.array([self.at, self.presses], np.int64)

    def told(self, valid: bool) -> dict[str, Any]:
        return {"action_mask": self.mask(), "valid": valid}

    def moves(self) -> Any:
        return np.array([self.at > 0, 1, self.at < MARKS - 1], np.int8)

    def buttons(self) -> Any:
        return np.array([1, self.at >= 2], np.int8)

    def mask(self) -> Any:
        return (self.moves(), self.buttons())

    def taken(self, action: Any) -> tuple[int, int]:
        move, press = action
        return int(move), int(press)

    def possible(self, move: int, press: int) -> bool:
        return 0 <= self.at + move - 1 < MARKS and (not press or self.at >= 2)

    def step(self, action: Any) -> Any:
        if not self.action_space.contains(action):
            raise ValueError(f"{action!r} is not in {self.action_space}")
        move, press = self.taken(action)
        valid = self.possible(move, press)
        if not valid:
            move, press = 1, 0
        self.at += move - 1
        self.presses += press
        self.time += 1
        done = self.presses >= 5
        over = not done and self.time >= LONGEST
        return self.seen(), float(press), done, over, self.told(valid)

    def render(self) -> None:
        return None


class DialsFlat(Dials):
    """The mask as one vector over all options."""

    def mask(self) -> Any:
        return np.concatenate([self.moves(), self.buttons()])


class DialsNamed(Dials):
    """Dict; how hard to press is anybody's choice."""

    def __init__(self) -> None:
        super().__init__()
        self.action_space = Dict(
            {
                "force": Box(0, 1, (), np.float32),
                "move": Discrete(3, start=-1),
                "press": Discrete(2),
            }
        )

    def mask(self) -> Any:
        return {"force": None, "move": self.moves(), "press": self.buttons()}

    def taken(self, action: Any) -> tuple[int, int]:
        return int(action["move"]) + 1, int(action["press"])


class DialsPaired(Dials):
    """Tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.action_space = Tuple((Discrete(3), Discrete(2)))


class DialsEitherOr(Dials):
    """Whoever moves cannot press, which no mask over parts can say."""

    def possible(self, move: int, press: int) -> bool:
        return super().possible(move, press) and not (press and move != 1)


class Switches(gym.Env[Any, Any]):
    """MultiBinary(4): which lamps to light. One that burns cannot be lit again."""

    metadata = {"render_modes": []}
    open_bit = 2

    def __init__(self) -> None:
        self.observation_space = MultiBinary(4)
        self.action_space = MultiBinary(4)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.lit = np.zeros(4, np.int8)
        self.lit[int(self.np_random.integers(4))] = 1
        self.time = 0
        return self.lit.copy(), self.told(True)

    def told(self, valid: bool) -> dict[str, Any]:
        return {"action_mask": self.mask(), "valid": valid}

    def mask(self) -> Any:
        return np.where(self.lit == 0, self.open_bit, 0).astype(np.int8)

    def possible(self, action: Any) -> bool:
        return not (action & self.lit).any()

    def step(self, action: Any) -> Any:
        if not self.action_space.contains(action):
            raise ValueError(f"{action!r} is not in {self.action_space}")
        valid = self.possible(action)
        gained = 0.0
        if valid:
            gained = float(np.count_nonzero(action & ~self.lit))
            self.lit = self.lit ^ action
        self.time += 1
        done = bool(self.lit.all())
        over = not done and self.time >= LONGEST
        return self.lit.copy(), gained, done, over, self.told(valid)

    def render(self) -> None:
        return None


class SwitchesMay(Switches):
    """1 says that a bit may be set, not that it must be."""

    open_bit = 1


# -- faults ----------------------------------------------------------------------------------------


class DialsMaskTooWide(Dials):
    """The button stands open at every mark."""

    def buttons(self) -> Any:
        return np.ones(2, np.int8)


class DialsMaskIgnored(Dials):
    """The button works everywhere, whatever the mask says."""

    def possible(self, move: int, press: int) -> bool:
        return super().possible(move, 0)


class DialsMaskShort(Dials):
    def mask(self) -> Any:
        return (self.moves()[:2], self.buttons())


class DialsFlatSwapped(DialsFlat):
    """The parts of the flat mask stand in the wrong order."""

    def mask(self) -> Any:
        return np.concatenate([self.buttons(), self.moves()])


class DialsNamedLate(DialsNamed):
    """The mask of the moves is that of the state before."""

    before: Any = None

    def mask(self) -> Any:
        last, self.before = self.before, self.moves()
        return {"move": self.before if last is None else last, "press": self.buttons()}

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.before = None
        return super().reset(seed=seed, options=options)


class DialsNamedStrangeKey(DialsNamed):
    def mask(self) -> Any:
        return {"Move": self.moves(), "press": self.buttons()}


class DialsPairedEmpty(DialsPaired):
    """At the top nothing may be moved, not even nowhere."""

    def moves(self) -> Any:
        return super().moves() * (self.at < MARKS - 1)


class SwitchesMaskForgets(Switches):
    """The first lamp stands open although it burns."""

    def mask(self) -> Any:
        mask = super().mask()
        mask[0] = 2
        return mask


class SwitchesTurnOff(Switches):
    """Lighting a lamp that burns puts it out, mask or no mask."""

    def possible(self, action: Any) -> bool:
        return True


class Yard(gym.Env[Any, Any]):
    """A walk in a yard; the observation has the steps left and whether one bumped into the wall."""

    metadata = {"render_modes": []}
    action_space = Discrete(4)
    ways = np.array([[0, 1], [0, -1], [1, 0], [-1, 0]])

    def __init__(self) -> None:
        self.observation_space = MultiDiscrete([4, 4, LONGEST + 1, 2])

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.at = self.np_random.integers(0, 4, 2)
        self.left, self.bumped = LONGEST, False
        return self.seen(), {"action_mask": self.mask()}

    def seen(self) -> Any:
        return np.array([*self.at, self.left, self.bumped], np.int64)

    def mask(self) -> Any:
        to = self.at + self.ways
        return ((to >= 0) & (to < 4)).all(axis=1).astype(np.int8)

    def step(self, action: Any) -> Any:
        self.bumped = not self._free(action)
        if not self.bumped:
            self.at = self.at + self.ways[action]
        self.left -= 1
        home = not self.at.any()
        return self.seen(), float(home), home, not home and not self.left, self.told()

    def _free(self, action: Any) -> bool:
        to = self.at + self.ways[action]
        return bool(((to >= 0) & (to < 4)).all())

    def told(self) -> dict[str, Any]:
        return {"action_mask": self.mask()}


class YardMaskTurned(Yard):
    def mask(self) -> Any:
        return np.roll(super().mask(), 1)


class YardWallTooNear(Yard):
    """The mask forbids the last row, where one can walk."""

    def mask(self) -> Any:
        to = self.at + self.ways
        inside = ((to >= 0) & (to < 4)).all(axis=1) & (to[:, 0] < 3)
        return (inside if inside.any() else super().mask() > 0).astype(np.int8)


class YardMethod(Yard):
    """The mask stands in the method that MaskablePPO calls, and nowhere else."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return super().reset(seed=seed)[0], {}

    def told(self) -> dict[str, Any]:
        return {}

    def action_masks(self) -> Any:
        return self.mask()


class YardMethodTurned(YardMethod):
    def action_masks(self) -> Any:
        return np.roll(self.mask(), 1)


SOUND = (
    Yard,
    YardMethod,
    Dials,
    DialsFlat,
    DialsNamed,
    DialsPaired,
    DialsEitherOr,
    Switches,
    SwitchesMay,
)

FAULTS: dict[Any, str] = {
    YardMaskTurned: "masks.executed",
    YardWallTooNear: "masks.executed",
    YardMethodTurned: "masks.executed",
    DialsMaskTooWide: "masks.executed",
    DialsMaskIgnored: "masks.executed",
    DialsMaskShort: "masks.shape",
    DialsFlatSwapped: "masks.executed",
    DialsNamedLate: "masks.executed",
    DialsNamedStrangeKey: "masks.shape",
    DialsPairedEmpty: "masks.shape",
    SwitchesMaskForgets: "masks.executed",
    SwitchesTurnOff: "masks.executed",
}
