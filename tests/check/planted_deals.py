"""Bargains with one fault each: two who divide a heap by turns, three who pay into a common pot."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete
from pettingzoo import AECEnv, ParallelEnv

HEAP = (2, 2, 1)
OFFERS = 6

# -- dividing a heap: what each thing is worth is known to its owner alone -------------------------


class Deal(AECEnv):
    """By turns: accept what the other left, or say what to keep. No deal in six turns, no pay."""

    metadata: dict[str, Any] = {
        "name": "deal",
        "referee": "planted_deals:deal_referee",
        "render_modes": ["ansi"],
    }

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.possible_agents = ["left", "right"]
        self.agents: list[str] = []
        shape = {
            "values": Box(0, 4, (3,), np.int64),
            "offer": Box(0, 2, (3,), np.int64),
            "turn": Discrete(OFFERS + 2),
        }
        self._watch = {a: Dict(shape) for a in self.possible_agents}
        self._moves = {a: MultiDiscrete([2, *(n + 1 for n in HEAP)]) for a in self.possible_agents}
        self._rng = np.random.default_rng()
        self.offer = (0, 0, 0)

    def observation_space(self, agent: str) -> Any:
        return self._watch[agent]

    def action_space(self, agent: str) -> Any:
        return self._moves[agent]

    def reset(self, seed: int | None = None, options: Any = None) -> None:
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self.agents = self.possible_agents[:]
        self.values = {a: self._rng.integers(0, 5, 3) for a in self.agents}
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos: dict[str, Any] = {a: {} for a in self.agents}
        self.turn = 0
        self.clear()
        self.agent_selection = self.agents[0]

    def clear(self) -> None:
        self.offer = (0, 0, 0)

    def other(self, agent: str) -> str:
        return next(a for a in self.possible_agents if a != agent)

    def observe(self, agent: str) -> Any:
        return {
            "values": self.values[agent].copy(),
            "offer": np.array(self.offer, np.int64),
            "turn": np.int64(self.turn),
        }

    def permute_hidden(self, agent: str, seed: int) -> bool:
        other = self.other(agent)
        self.values[other] = (self.values[other] + 1 + seed) % 5
        return True

    def worth(self, agent: str, things: Any) -> float:
        return float(np.dot(self.values[agent], things))

    def shares(self, accepting: str) -> dict[str, float]:
        rest = np.subtract(HEAP, self.offer)
        proposer = self.other(accepting)
        return {proposer: self.worth(proposer, self.offer), accepting: self.worth(accepting, rest)}

    def said(self, agent: str) -> dict[str, Any]:
        """What a player is told of the end."""
        one, two = self.possible_agents
        if self.rewards[one] == self.rewards[two]:
            return {}
        return {"winner": max(self.possible_agents, key=lambda a: self.rewards[a])}

    def step(self, action: Any) -> None:
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        if not self._moves[agent].contains(action):
            raise ValueError(f"a move is [accept, keep, keep, keep], got {action!r}")
        self._cumulative_rewards[agent] = 0.0
        self._clear_rewards()
        accept, *keep = (int(x) for x in action)
        self.turn += 1
        if accept and self.turn > 1:
            self.rewards = self.shares(agent)
            self.terminations = dict.fromkeys(self.agents, True)
            self.infos = {a: self.said(a) for a in self.agents}
        else:
            self.offer = (keep[0], keep[1], keep[2])
            self.truncations = dict.fromkeys(self.agents, self.turn >= OFFERS)
        self.agent_selection = self.other(agent)
        self._accumulate_rewards()

    def render(self) -> str:
        return f"turn {self.turn}, offer {self.offer}"

    def close(self) -> None:
        pass


def deal_referee(record: Any) -> Any:
    """What each is due, from the values each was shown and the moves alone."""
    values = {a: v.observation["values"] for a, v in record.turns[0].views.items()}
    played = [(a, m) for moves in record.moves for a, m in moves.items() if m is not None]
    for (proposer, offer), (accepting, move) in pairwise(played):
        if move[0]:
            kept = np.array(offer[1:])
            rest = np.array(HEAP) - kept
            return {
                proposer: int(values[proposer] @ kept),
                accepting: int(values[accepting] @ rest),
            }
    return dict.fromkeys(values, 0)


class DealShowsValues(Deal):
    """After the first offer the other's values lie on the table, cut to what fits there."""

    def observe(self, agent: str) -> Any:
        seen = super().observe(agent)
        if self.turn:
            seen["offer"] = np.minimum(self.values[self.other(agent)], 2)
        return seen


class DealPaysTheHeap(Deal):
    """Whoever accepts is paid for the whole heap."""

    def shares(self, accepting: str) -> dict[str, float]:
        return {**super().shares(accepting), accepting: self.worth(accepting, HEAP)}


class DealNamesTheLoser(Deal):
    """Paid as agreed, announced the wrong way round; and nobody has written a referee."""

    metadata = {**Deal.metadata, "referee": None}

    def said(self, agent: str) -> dict[str, Any]:
        told = super().said(agent)
        return {"winner": self.other(told["winner"])} if told else {}


class DealTwoWinners(Deal):
    """Each is told to have won itself."""

    metadata = {**Deal.metadata, "referee": None}

    def said(self, agent: str) -> dict[str, Any]:
        return {"winner": agent}


class DealKeepsOffer(Deal):
    """The last offer of the last game lies on the table of the next."""

    def clear(self) -> None:
        pass


# -- a common pot: three pay in at once, the pot grows and is divided ------------------------------


class Commons(ParallelEnv):
    """Five rounds; each pays in 0, 1 or 2 of its 2 coins; the pot times 1.5 is divided by three."""

    metadata: dict[str, Any] = {"name": "commons", "symmetric": True}
    rounds = 5

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.possible_agents = ["p0", "p1", "p2"]
        self.agents: list[str] = []
        self._watch = {a: Box(0, 6, (4,), np.int64) for a in self.possible_agents}
        self._moves = {a: Discrete(3) for a in self.possible_agents}

    def observation_space(self, agent: str) -> Any:
        return self._watch[agent]

    def action_space(self, agent: str) -> Any:
        return self._moves[agent]

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        self.agents = self.possible_agents[:]
        self.given = dict.fromkeys(self.agents, 0)
        self.time = 0
        return self.seen(self.agents), {a: {} for a in self.agents}

    def seen(self, agents: list[str]) -> dict[str, Any]:
        return {a: np.array([*self.given.values(), self.time], np.int64) for a in agents}

    def pot(self) -> float:
        return 1.5 * sum(self.given.values())

    def share(self, agent: str) -> float:
        return self.pot() / 3

    def step(self, actions: dict[str, Any]) -> Any:
        present = list(self.agents)
        for agent in present:
            if not self._moves[agent].contains(actions[agent]):
                raise ValueError(f"a gift is 0, 1 or 2, got {actions[agent]!r}")
        self.given = {a: int(actions[a]) for a in present}
        self.time += 1
        over = self.time >= self.rounds
        self.agents = [] if over else present
        return (
            self.seen(present),
            {a: 2.0 - self.given[a] + self.share(a) for a in present},
            dict.fromkeys(present, False),
            dict.fromkeys(present, over),
            {a: {} for a in present},
        )

    def render(self) -> None:
        return None

    def close(self) -> None:
        pass


class CommonsLastServed(Commons):
    """The third seat gets whole coins only."""

    def share(self, agent: str) -> float:
        return float(int(super().share(agent))) if agent == "p2" else super().share(agent)


class CommonsTakesTurns(Commons):
    """What the first has given is in the pot a round later."""

    late = 0

    def pot(self) -> float:
        return 1.5 * (self.late + self.given["p1"] + self.given["p2"])

    def step(self, actions: dict[str, Any]) -> Any:
        result = super().step(actions)
        self.late = self.given["p0"]
        return result

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        self.late = 0
        return super().reset(seed, options)


SOUND = (Deal, Commons)

FAULTS: dict[Any, str] = {
    DealShowsValues: "leak.hidden",
    DealPaysTheHeap: "fairness.referee",
    DealNamesTheLoser: "fairness.winner",
    DealTwoWinners: "fairness.winner",
    DealKeepsOffer: "determinism.repeats",
    CommonsLastServed: "fairness.seats",
    CommonsTakesTurns: "fairness.seats",
}
