"""Games that show what they computed in `reset` and `step`, sound and with one fault each.

An exchange of what is hidden changes nothing such a game has stored, so that a leak in it is seen
by stepping on only. And Kuhn poker whose mask and payments do not agree with what it plays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Discrete, MultiDiscrete
from pettingzoo import ParallelEnv
from planted_cards import BET, PASS, Kuhn


class KuhnStored(Kuhn):
    """Observations are made once a turn and handed out as copies."""

    def reset(self, seed: int | None = None, options: Any = None) -> None:
        super().reset(seed, options)
        self._store()

    def step(self, action: Any) -> None:
        super().step(action)
        self._store()

    def _store(self) -> None:
        self.shown = {agent: self.seen(agent) for agent in self.possible_agents}

    def seen(self, agent: str) -> Any:
        return Kuhn.observe(self, agent)

    def observe(self, agent: str) -> Any:
        seen = self.shown[agent]
        return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in seen.items()}

    def permute_hidden(self, agent: str, seed: int) -> bool:
        """Leaves what is stored as it is."""
        return super().permute_hidden(agent, seed)


class KuhnStoredAndRefreshed(KuhnStored):
    def permute_hidden(self, agent: str, seed: int) -> bool:
        done = super().permute_hidden(agent, seed)
        self._store()
        return done


class KuhnStoredLeak(KuhnStored):
    """The other's card stands in the stored observation."""

    def seen(self, agent: str) -> Any:
        seen = super().seen(agent)
        (other,) = (a for a in self.possible_agents if a != agent)
        seen["history"][2] = max(seen["history"][2], self.cards[other] == 2)
        return seen


class KuhnShapes(Kuhn):
    """Passing first is paid a hundredth of a coin by whoever has the lower card."""

    def step(self, action: Any) -> None:
        begins = self.history == ""
        super().step(action)
        if begins and action == PASS:
            one, two = self.possible_agents
            ahead = 0.01 if self.cards[one] > self.cards[two] else -0.01
            self.rewards = {one: ahead, two: -ahead}
            self._accumulate_rewards()


class KuhnNoCheckBack(Kuhn):
    """The mask forgets that a pass may be answered by a pass, which ends in a showdown."""

    def mask(self, agent: str) -> Any:
        return np.array([self.history != "p", 1], np.int8)


class KuhnFine(Kuhn):
    """Sound: to bet first is against the rules here, and forfeits the deal."""

    metadata = {"name": "kuhn", "zero_sum": True}

    def mask(self, agent: str) -> Any:
        return np.array([1, self.history != ""], np.int8)

    def step(self, action: Any) -> None:
        agent = self.agent_selection
        if self.agents and not self.terminations[agent] and self.history == "" and action == BET:
            (other,) = (a for a in self.possible_agents if a != agent)
            self._cumulative_rewards[agent] = 0.0
            self._clear_rewards()
            self.rewards = {agent: -2.0, other: 2.0}
            self.terminations = dict.fromkeys(self.agents, True)
            self.agent_selection = other
            self._accumulate_rewards()
            return
        super().step(action)


class KuhnSeesMode(Kuhn):
    """Who is drawn is dealt other cards."""

    def deal(self) -> None:
        super().deal()
        if self.render_mode is not None:
            self.cards = {agent: (card + 1) % 3 for agent, card in self.cards.items()}


class Bids(ParallelEnv):
    """Three rounds of sealed bids for a prize whose worth each knows for itself alone."""

    metadata: dict[str, Any] = {"name": "bids", "symmetric": True}

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.possible_agents = ["ann", "bob"]
        self.agents: list[str] = []
        self._watch = {a: MultiDiscrete([8, 6, 4]) for a in self.possible_agents}
        self._moves = {a: Discrete(6) for a in self.possible_agents}
        self._rng = np.random.default_rng()

    def observation_space(self, agent: str) -> Any:
        return self._watch[agent]

    def action_space(self, agent: str) -> Any:
        return self._moves[agent]

    def other(self, agent: str) -> str:
        return "bob" if agent == "ann" else "ann"

    def told(self, agent: str) -> Any:
        return np.array([self.worth[agent], self.last[self.other(agent)], self.round], np.int64)

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self.agents = list(self.possible_agents)
        self.worth = {a: int(self._rng.integers(1, 8)) for a in self.agents}
        self.last = dict.fromkeys(self.agents, 0)
        self.round = 0
        return {a: self.told(a) for a in self.agents}, {a: {} for a in self.agents}

    def won(self, agent: str, bid: int) -> float:
        return float(self.worth[agent] - bid)

    def step(self, actions: dict[str, Any]) -> Any:
        for agent, bid in actions.items():
            if not self._moves[agent].contains(bid):
                raise ValueError(f"a bid is 0 to 5, got {bid!r}")
        self.last = {a: int(bid) for a, bid in actions.items()}
        paid = dict.fromkeys(self.possible_agents, 0.0)
        if self.last["ann"] != self.last["bob"]:
            winner = max(self.last, key=lambda a: self.last[a])
            paid[winner] = self.won(winner, self.last[winner])
        self.round += 1
        over = self.round == 3
        players = list(self.agents)
        seen = {a: self.told(a) for a in players}
        if over:
            self.agents = []
        ended, cut = dict.fromkeys(players, over), dict.fromkeys(players, False)
        return seen, paid, ended, cut, {a: {} for a in players}

    def permute_hidden(self, agent: str, seed: int) -> bool:
        other = self.other(agent)
        self.worth[other] = self.worth[other] % 7 + 1
        return True

    def render(self) -> None:
        return None

    def close(self) -> None:
        pass


class BidsShowWorth(Bids):
    def told(self, agent: str) -> Any:
        return np.array(
            [self.worth[agent], min(self.worth[self.other(agent)], 5), self.round], np.int64
        )


class BidsFavourAnn(Bids):
    """Ann's prizes are worth three more than she was told."""

    def won(self, agent: str, bid: int) -> float:
        return super().won(agent, bid) + 3.0 * (agent == "ann")


SOUND = (KuhnStoredAndRefreshed, KuhnStored, KuhnFine, Bids)
FAULTS = {
    KuhnStoredLeak: "leak.hidden",
    KuhnShapes: "leak.hidden",
    BidsShowWorth: "leak.hidden",
    KuhnNoCheckBack: "masks.forbidden-executed",
    KuhnSeesMode: "reads.render-mode",
    BidsFavourAnn: "fairness.seats",
}
