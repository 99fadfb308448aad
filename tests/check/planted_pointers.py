"""Moves of several parts, three players, all at once: a game with a mask, one fault each.

Every player has a pointer of its own (see `planted_masks`): a move is a direction and a button, and
whoever presses first in a round that others do not press in takes a coin from each of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete
from pettingzoo import ParallelEnv

MARKS = 4


class Pointers(ParallelEnv):
    """MultiDiscrete([3, 2]): back, stay or on; press or not. What cannot be done is passed over."""

    metadata: dict[str, Any] = {"name": "pointers", "zero_sum": True}
    rounds = 8

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.possible_agents = ["a", "b", "c"]
        self.agents: list[str] = []
        self._watch = {x: Box(0, 20, (4,), np.int64) for x in self.possible_agents}
        self._moves = {x: self.moves_space() for x in self.possible_agents}
        self._rng = np.random.default_rng()

    def moves_space(self) -> Any:
        return MultiDiscrete([3, 2])

    def observation_space(self, agent: str) -> Any:
        return self._watch[agent]

    def action_space(self, agent: str) -> Any:
        return self._moves[agent]

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self.agents = self.possible_agents[:]
        self.at = {x: int(self._rng.integers(MARKS)) for x in self.agents}
        self.time = 0
        return self.given(self.agents)

    def given(self, agents: list[str]) -> Any:
        return {x: self.observe(x) for x in agents}, {x: self.told(x) for x in agents}

    def observe(self, agent: str) -> Any:
        return np.array([*self.at.values(), self.time], np.int64)

    def told(self, agent: str) -> dict[str, Any]:
        return {"action_mask": self.mask(agent)}

    def mask(self, agent: str) -> Any:
        at = self.at[agent]
        moves = np.array([at > 0, 1, at < MARKS - 1], np.int8)
        return moves, np.array([1, at >= 2], np.int8)

    def taken(self, move: Any) -> tuple[int, int]:
        return int(move[0]), int(move[1])

    def carried_out(self, agent: str, move: int, press: int) -> tuple[int, int]:
        """What is left of a move when what cannot be done is passed over."""
        inside = 0 <= self.at[agent] + move - 1 < MARKS
        return (move if inside else 1), (press if self.at[agent] >= 2 else 0)

    def step(self, actions: dict[str, Any]) -> Any:
        present = list(self.agents)
        for agent in present:
            if not self._moves[agent].contains(actions[agent]):
                raise ValueError(f"{actions[agent]!r} is not in {self._moves[agent]}")
        done = {x: self.carried_out(x, *self.taken(actions[x])) for x in present}
        pressing = [x for x in present if done[x][1]]
        for agent, (move, _) in done.items():
            self.at[agent] += move - 1
        self.time += 1
        over = self.time >= self.rounds
        if over:
            self.agents = []
        seen, told = self.given(present)
        return (
            seen,
            self.paid(present, pressing),
            dict.fromkeys(present, False),
            dict.fromkeys(present, over),
            told,
        )

    def paid(self, present: list[str], pressing: list[str]) -> dict[str, float]:
        if len(pressing) != 1:
            return dict.fromkeys(present, 0.0)
        return {x: float(len(present) - 1) if x in pressing else -1.0 for x in present}

    def render(self) -> None:
        return None

    def close(self) -> None:
        pass


class PointersNamed(Pointers):
    """The same moves as a Dict."""

    def moves_space(self) -> Any:
        return Dict({"go": Discrete(3, start=-1), "press": Discrete(2)})

    def mask(self, agent: str) -> Any:
        moves, buttons = super().mask(agent)
        return {"go": moves, "press": buttons}

    def taken(self, move: Any) -> tuple[int, int]:
        return int(move["go"]) + 1, int(move["press"])


class PointersMaskIgnored(Pointers):
    """The button works everywhere for the last player, whatever its mask says."""

    def carried_out(self, agent: str, move: int, press: int) -> tuple[int, int]:
        move, able = super().carried_out(agent, move, press)
        return move, press if agent == "c" else able


class PointersRaises(Pointers):
    """A step off the upper end, which the mask of the second player allows, raises."""

    def mask(self, agent: str) -> Any:
        moves, buttons = super().mask(agent)
        return (np.ones(3, np.int8) if agent == "b" else moves), buttons

    def carried_out(self, agent: str, move: int, press: int) -> tuple[int, int]:
        if self.at[agent] + move - 1 >= MARKS:
            raise ValueError(f"there is no mark {self.at[agent] + move - 1}")
        return super().carried_out(agent, move, press)


class PointersMaskShort(PointersNamed):
    def mask(self, agent: str) -> Any:
        return {**super().mask(agent), "go": np.ones(2, np.int8)}


class PointersStuck(PointersNamed):
    """At the upper end there is no direction to choose."""

    def mask(self, agent: str) -> Any:
        said = super().mask(agent)
        return {**said, "go": said["go"] * (self.at[agent] < MARKS - 1)}


class PointersThirdPays(Pointers):
    """With three at the table the third is forgotten when coins are handed over."""

    def paid(self, present: list[str], pressing: list[str]) -> dict[str, float]:
        return {**super().paid(present, pressing), present[2]: 0.0}


SOUND = (Pointers, PointersNamed)

FAULTS: dict[Any, str] = {
    PointersMaskIgnored: "masks.forbidden-executed",
    PointersRaises: "masks.allowed-refused",
    PointersMaskShort: "masks.shape",
    PointersStuck: "episodes.stuck",
    PointersThirdPays: "fairness.sum",
}
