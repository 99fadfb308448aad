"""Games in which all move at once, with one fault each: a corridor, and matching pennies.

The corridor is a Parallel game; the pennies are shown one after the other, as a game that says it
can be played in parallel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from pettingzoo import AECEnv, ParallelEnv

# -- two in a corridor, who finds the coin ---------------------------------------------------------


class Corridor(ParallelEnv):
    """Ten rounds; each walks or stands; a door somewhere hides a coin worth one to its finder."""

    metadata: dict[str, Any] = {"name": "corridor"}
    rounds = 10

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.possible_agents = ["walker_0", "walker_1"]
        self.agents: list[str] = []
        self._watch = {a: Box(0, 20, (3,), np.float32) for a in self.possible_agents}
        self._moves = {a: Discrete(3) for a in self.possible_agents}
        self._rng = np.random.default_rng()

    def observation_space(self, agent: str) -> Any:
        return self._watch[agent]

    def action_space(self, agent: str) -> Any:
        return self._moves[agent]

    def observe(self, agent: str) -> Any:
        (other,) = (a for a in self.possible_agents if a != agent)
        return np.array([self.at[agent], self.at[other], self.time], np.float32)

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self.agents = self.possible_agents[:]
        self.at = dict.fromkeys(self.agents, 0)
        self.door = int(self._rng.integers(2, 8))
        self.time = 0
        return self.seen(self.agents), {a: {} for a in self.agents}

    def seen(self, agents: list[str]) -> dict[str, Any]:
        return {a: self.observe(a) for a in agents}

    def permute_hidden(self, agent: str, seed: int) -> bool:
        self.door = 2 + (self.door - 1 + seed) % 6
        return True

    def step(self, actions: dict[str, Any]) -> Any:
        present = list(self.agents)
        paid = dict.fromkeys(present, 0.0)
        for agent in present:
            if not self._moves[agent].contains(actions[agent]):
                raise ValueError(f"a move is 0, 1 or 2, got {actions[agent]!r}")
        for agent in present:
            before = self.at[agent]
            self.at[agent] = min(20, before + int(actions[agent]))
            if before < self.door <= self.at[agent]:
                paid[agent] = self.coin()
        self.time += 1
        over = self.over()
        if over:
            self.agents = []
        return (
            self.seen(present),
            paid,
            dict.fromkeys(present, False),
            dict.fromkeys(present, over),
            {a: {} for a in present},
        )

    def coin(self) -> float:
        return 1.0

    def over(self) -> bool:
        return self.time >= self.rounds

    def render(self) -> None:
        return None

    def close(self) -> None:
        pass


class CorridorShowsDoor(Corridor):
    def observe(self, agent: str) -> Any:
        seen = super().observe(agent)
        seen[2] = self.door
        return seen


class CorridorEndless(Corridor):
    def over(self) -> bool:
        return False

    def observe(self, agent: str) -> Any:
        return np.minimum(super().observe(agent), 20)


class CorridorLateInf(Corridor):
    def coin(self) -> float:
        return float("inf") if self.time > 6 else 1.0


class CorridorDtype(Corridor):
    """From the fifth round on observations are doubles."""

    def observe(self, agent: str) -> Any:
        seen = super().observe(agent)
        return seen.astype(np.float64) if self.time > 4 else seen


class CorridorGhost(Corridor):
    """Those that are out stay in `agents`."""

    def step(self, actions: dict[str, Any]) -> Any:
        present = list(self.agents)
        result = super().step(actions)
        if self.time == self.rounds - 3:
            result[2]["walker_1"] = True
        self.agents = present if self.time < self.rounds else []
        return result


class CorridorTakesAnything(Corridor):
    """Whoever makes a move that does not exist is out of the corridor."""

    def step(self, actions: dict[str, Any]) -> Any:
        strange = [a for a, move in actions.items() if move not in (0, 1, 2)]
        result = super().step({a: 0 if a in strange else m for a, m in actions.items()})
        self.at.update(dict.fromkeys(strange, 21))
        return (self.seen(list(result[0])), *result[1:])


class CorridorDealsAnew(Corridor):
    """The door moves when the picture of the corridor is asked for."""

    metadata = {"name": "corridor", "render_modes": ["ansi"]}

    def render(self) -> Any:
        self.door = int(self._rng.integers(2, 8))
        return "|" * self.door


class CorridorCannotStopClosing(Corridor):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True


# -- matching pennies ------------------------------------------------------------------------------


class Pennies(AECEnv):
    """Higher or lower, rock, paper, scissors: five rounds, both show at once."""

    metadata: dict[str, Any] = {
        "name": "pennies",
        "is_parallelizable": True,
        "zero_sum": True,
        "symmetric": True,
    }
    rounds = 5

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.possible_agents = ["player_0", "player_1"]
        self.agents: list[str] = []
        self._watch = {a: Discrete(4) for a in self.possible_agents}
        self._moves = {a: Discrete(3) for a in self.possible_agents}

    def observation_space(self, agent: str) -> Any:
        return self._watch[agent]

    def action_space(self, agent: str) -> Any:
        return self._moves[agent]

    def reset(self, seed: int | None = None, options: Any = None) -> None:
        self.agents = self.possible_agents[:]
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos: dict[str, Any] = {a: {} for a in self.agents}
        self.shown = dict.fromkeys(self.agents, 3)
        self.hands: dict[str, int] = {}
        self.time = 0
        self.agent_selection = self.agents[0]

    def observe(self, agent: str) -> Any:
        (other,) = (a for a in self.possible_agents if a != agent)
        return np.int64(self.shown[other])

    def pay(self) -> tuple[float, float]:
        one, two = (self.hands[a] for a in self.possible_agents)
        return {0: (0.0, 0.0), 1: (1.0, -1.0), 2: (-1.0, 1.0)}[(one - two) % 3]

    def following(self) -> str:
        return self.possible_agents[len(self.hands) % 2]

    def step(self, action: Any) -> None:
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        if not self._moves[agent].contains(action):
            raise ValueError(f"a hand is 0, 1 or 2, got {action!r}")
        self._cumulative_rewards[agent] = 0.0
        self._clear_rewards()
        self.hands[agent] = int(action)
        if len(self.hands) == 2:
            self.rewards = dict(zip(self.possible_agents, self.pay()))
            self.show()
            self.hands = {}
            self.time += 1
            self.truncations = dict.fromkeys(self.agents, self.time >= self.rounds)
        self.agent_selection = self.following()
        self._accumulate_rewards()

    def show(self) -> None:
        self.shown = dict(self.hands)

    def render(self) -> None:
        return None

    def close(self) -> None:
        pass


class PenniesPeek(Pennies):
    """The second player sees the first one's hand."""

    def observe(self, agent: str) -> Any:
        (other,) = (a for a in self.possible_agents if a != agent)
        return np.int64(self.hands.get(other, super().observe(agent)))


class PenniesFavourite(Pennies):
    """A draw with both hands at 2 goes to the first seat."""

    def pay(self) -> tuple[float, float]:
        return (1.0, -1.0) if set(self.hands.values()) == {2} else super().pay()


class PenniesTwiceInARow(Pennies):
    """In the third round the first player is asked twice."""

    def following(self) -> str:
        return self.possible_agents[0] if self.time == 2 else super().following()

    def step(self, action: Any) -> None:
        if self.time == 2 and self.agent_selection in self.hands:
            self.hands[self.possible_agents[1]] = 0
        super().step(action)


SOUND = (Corridor, Pennies)

FAULTS: dict[Any, str] = {
    CorridorShowsDoor: "leak.hidden",
    CorridorEndless: "episodes.ends",
    CorridorLateInf: "episodes.reward-finite",
    CorridorDtype: "episodes.observation-space",
    CorridorGhost: "episodes.deaths",
    CorridorTakesAnything: "protocol.hostile-moves",
    CorridorDealsAnew: "reads.rendering",
    CorridorCannotStopClosing: "protocol.close-twice",
    PenniesPeek: "leak.same-round",
    PenniesFavourite: "fairness.seats",
    PenniesTwiceInARow: "episodes.order",
}
