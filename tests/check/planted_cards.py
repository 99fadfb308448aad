"""A game of cards with one fault each: Kuhn poker, three cards, one each, pass or bet."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete
from pettingzoo import AECEnv

PASS, BET = 0, 1
ENDINGS = {"pp": 1, "bb": 2, "pbb": 2, "bp": None, "pbp": None}
"""How a deal can go; the stakes of a showdown, or None where somebody folded."""


class Kuhn(AECEnv):
    """Both put one coin in; the higher card, or whoever is not folding, takes it."""

    metadata = {
        "name": "kuhn",
        "zero_sum": True,
        "referee": "planted_cards:kuhn_referee",
        "render_modes": ["ansi"],
    }

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.possible_agents = ["player_0", "player_1"]
        self.agents: list[str] = []
        shape = {"card": Discrete(3), "seat": Discrete(2), "action_mask": Box(0, 1, (2,), np.int8),
                 "history": Box(0, 2, (3,), np.int8)}  # fmt: skip
        self._watch = {agent: Dict(shape) for agent in self.possible_agents}
        self._moves = {agent: Discrete(2) for agent in self.possible_agents}
        self._rng = np.random.default_rng()

    def observation_space(self, agent: str) -> Any:
        return self._watch[agent]

    def action_space(self, agent: str) -> Any:
        return self._moves[agent]

    def reset(self, seed: int | None = None, options: Any = None) -> None:
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self.agents = self.possible_agents[:]
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.deal()
        self.history = ""
        self.agent_selection = self.agents[0]
        self.infos = {agent: self.told(agent) for agent in self.agents}

    def deal(self) -> None:
        cards = self._rng.permutation(3)
        self.cards = {agent: int(cards[i]) for i, agent in enumerate(self.possible_agents)}

    def told(self, agent: str) -> dict[str, Any]:
        return {}

    def mask(self, agent: str) -> Any:
        return np.ones(2, np.int8)

    def observe(self, agent: str) -> Any:
        history = np.zeros(3, np.int8)
        for i, letter in enumerate(self.history):
            history[i] = 1 + "pb".index(letter)
        return {
            "card": np.int64(self.cards[agent]),
            "seat": np.int64(self.possible_agents.index(agent)),
            "action_mask": self.mask(agent),
            "history": history,
        }

    def permute_hidden(self, agent: str, seed: int) -> bool:
        """Gives the other player the card that nobody has."""
        (other,) = (a for a in self.possible_agents if a != agent)
        if seed % 2 or self.history in ENDINGS:
            return False
        self.cards[other] = 3 - sum(self.cards.values())
        self.infos = {a: self.told(a) for a in self.agents}
        return True

    def returns(self) -> dict[str, float]:
        one, two = self.possible_agents
        stakes = ENDINGS[self.history]
        if stakes is None:
            winner, stakes = (one if self.history == "bp" else two), 1
        else:
            winner = max(self.possible_agents, key=lambda a: self.cards[a])
        loser = two if winner == one else one
        return {winner: float(stakes), loser: -float(stakes)}

    def following(self) -> str:
        return self.possible_agents[len(self.history) % 2]

    def step(self, action: Any) -> None:
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        if not self._moves[agent].contains(action):
            raise ValueError(f"a move is 0 (pass) or 1 (bet), got {action!r}")
        self._cumulative_rewards[agent] = 0.0
        self._clear_rewards()
        self.history += "pb"[int(action)]
        if self.history in ENDINGS:
            self.rewards = self.returns()
            self.terminations = dict.fromkeys(self.agents, True)
        self.infos = {a: self.told(a) for a in self.agents}
        self.agent_selection = self.following()
        self._accumulate_rewards()

    def render(self) -> str:
        return f"{self.cards} {self.history}"

    def close(self) -> None:
        pass


def kuhn_referee(record: Any) -> Any:
    """Who wins, from the cards each player saw and the moves alone."""
    cards = {a: int(v.observation["card"]) for a, v in record.turns[0].views.items()}
    played = [(a, m) for moves in record.moves for a, m in moves.items() if m is not None]
    for i, (agent, _) in enumerate(played):
        if agent != f"player_{i % 2}":
            return f"move {i} is made by {agent}"
    history = "".join("pb"[m] for _, m in played)
    if history in ("bp", "pbp"):
        winner = played[-2][0]
        stakes = 1
    elif history in ENDINGS:
        winner, stakes = max(cards, key=lambda a: cards[a]), 2 if "b" in history else 1
    else:
        return f"the game ends after {history!r}"
    return {a: stakes if a == winner else -stakes for a in cards}


class KuhnCardInObservation(Kuhn):
    def observe(self, agent: str) -> Any:
        seen = super().observe(agent)
        (other,) = (a for a in self.possible_agents if a != agent)
        seen["history"][2] = max(seen["history"][2], self.cards[other] == 2)
        return seen


class KuhnCardInInfo(Kuhn):
    def told(self, agent: str) -> dict[str, Any]:
        (other,) = (a for a in self.possible_agents if a != agent)
        return {"debug": {"other": self.cards[other]}}


class KuhnCardInMask(Kuhn):
    """Nobody may bet against the king; nor is anybody told why."""

    def mask(self, agent: str) -> Any:
        (other,) = (a for a in self.possible_agents if a != agent)
        return np.array([1, self.cards[other] != 2], np.int8)

    def step(self, action: Any) -> None:
        if action == BET and not self.mask(self.agent_selection)[BET]:
            raise ValueError("not against the king")
        super().step(action)


class KuhnCardInInfoUnhelped(KuhnCardInInfo):
    """The same leak in a game that does not help to find it."""

    permute_hidden = None  # type: ignore[assignment]


class KuhnCardInMaskUnhelped(KuhnCardInMask):
    permute_hidden = None  # type: ignore[assignment]


class KuhnPaysForCards(Kuhn):
    """A hundredth of a coin for the higher card, before the first move."""

    def reset(self, seed: int | None = None, options: Any = None) -> None:
        super().reset(seed, options)
        better = max(self.possible_agents, key=lambda a: self.cards[a])
        for agent in self.agents:
            self._cumulative_rewards[agent] = 0.01 if agent == better else -0.01


class KuhnFlipped(Kuhn):
    """After a bet that was called the lower card wins."""

    def returns(self) -> dict[str, float]:
        paid = super().returns()
        return {a: -r for a, r in paid.items()} if self.history == "pbb" else paid


class KuhnHouse(Kuhn):
    """The house keeps a tenth of a folded pot."""

    def returns(self) -> dict[str, float]:
        paid = super().returns()
        return {a: r * 0.9 if r > 0 and self.history == "bp" else r for a, r in paid.items()}


class KuhnFoldEndsLate(Kuhn):
    """Player 0 may answer a bet twice."""

    def following(self) -> str:
        return self.possible_agents[0] if len(self.history) == 1 else super().following()


class KuhnNaN(Kuhn):
    def returns(self) -> dict[str, float]:
        paid = super().returns()
        return {a: float("nan") for a in paid} if self.history == "pbb" else paid


class KuhnKeepsCards(Kuhn):
    """The deck is shuffled on from the last deal, whatever the seed."""

    deck = (0, 1, 2)

    def deal(self) -> None:
        self.deck = tuple(self._rng.permutation(self.deck))
        self.cards = {a: int(self.deck[i]) for i, a in enumerate(self.possible_agents)}


class KuhnSharedDeck(Kuhn):
    """The cards of all tables are in one hand."""

    shared: dict[str, int] = {}

    def deal(self) -> None:
        super().deal()
        KuhnSharedDeck.shared.update(self.cards)
        self.cards = KuhnSharedDeck.shared


class KuhnGlobalRandom(Kuhn):
    def deal(self) -> None:
        cards = random.sample(range(3), 2)
        self.cards = dict(zip(self.possible_agents, cards))


class KuhnSeedsTheWorld(Kuhn):
    def reset(self, seed: int | None = None, options: Any = None) -> None:
        random.seed(seed)
        super().reset(seed, options)


class KuhnUnseeded(Kuhn):
    def reset(self, seed: int | None = None, options: Any = None) -> None:
        super().reset(None, options)


class KuhnOneSeed(Kuhn):
    """Every seed is seed 0."""

    def reset(self, seed: int | None = None, options: Any = None) -> None:
        super().reset(None if seed is None else 0, options)


class KuhnHashed(Kuhn):
    """What is told stands in the order of a set."""

    def told(self, agent: str) -> dict[str, Any]:
        return {"moves": list({"pass", "bet", "call", "fold", "check", "raise"})}


class KuhnClock(Kuhn):
    def told(self, agent: str) -> dict[str, Any]:
        return {"hour": time.localtime().tm_hour}


class KuhnObserveSteps(Kuhn):
    """Looking at one's card turns it over."""

    looks = 0

    def observe(self, agent: str) -> Any:
        self.looks += 1
        seen = super().observe(agent)
        if self.looks % 3 == 0 and agent != self.agent_selection:
            self.cards = dict(zip(self.cards, reversed(self.cards.values())))
        return seen


class KuhnRenderDeals(Kuhn):
    def render(self) -> str:
        text = super().render()
        if not self.history:
            self.deal()
        return text


class KuhnRewardsKept(Kuhn):
    """The cumulative reward is never cleared, nor is the first coin of the stakes forgotten."""

    def step(self, action: Any) -> None:
        before = dict(self._cumulative_rewards)
        ante = not self.history
        super().step(action)
        for agent in self.agents:
            self.rewards[agent] += (0.5 if agent == "player_0" else -0.5) if ante else 0.0
            if ante:
                self._cumulative_rewards[agent] += 0.5 if agent == "player_0" else -0.5
            elif len(self.agents) == 2:
                self._cumulative_rewards[agent] = before.get(agent, 0.0) + self.rewards[agent]


class KuhnDeadMoves(Kuhn):
    """A player that is out may still change the payments."""

    def step(self, action: Any) -> None:
        if self.terminations[self.agent_selection] and action == BET:
            other = next(a for a in self.possible_agents if a != self.agent_selection)
            self.terminations = {a: a == self.agent_selection for a in self.agents}
            if other in self.agents:
                self._cumulative_rewards[other] += 1.0
            self.agent_selection = other if other in self.agents else self.agent_selection
            return
        super().step(action)


class KuhnStaysForEver(Kuhn):
    """The dead are not removed from the rewards."""

    def step(self, action: Any) -> None:
        agent = self.agent_selection
        dead = self.terminations[agent]
        super().step(action)
        if dead:
            self.rewards[agent] = 0.0


class KuhnBothEnds(Kuhn):
    def step(self, action: Any) -> None:
        super().step(action)
        self.truncations = dict(self.terminations)


class KuhnPrints(Kuhn):
    def step(self, action: Any) -> None:
        print("moved", action)
        super().step(action)


class KuhnKeepsThreads(Kuhn):
    def __init__(self, render_mode: str | None = None) -> None:
        super().__init__(render_mode)
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()


class KuhnKeepsFiles(Kuhn):
    def __init__(self, render_mode: str | None = None) -> None:
        super().__init__(render_mode)
        handle, self.path = tempfile.mkstemp(prefix="kuhn")
        os.write(handle, b"log")
        os.close(handle)


class KuhnKeepsProcesses(Kuhn):
    def __init__(self, render_mode: str | None = None) -> None:
        super().__init__(render_mode)
        self._helper = subprocess.Popen(["sleep", "30"])


class KuhnCallsOut(Kuhn):
    """Asks an address that is reserved for documentation."""

    def deal(self) -> None:
        super().deal()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.connect_ex(("192.0.2.1", 9))


class KuhnMainThreadOnly(Kuhn):
    def deal(self) -> None:
        super().deal()
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)


class KuhnPickledWithoutCards(Kuhn):
    """A copy deals from a deck of its own, whatever the seed."""

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "marked": True}

    def deal(self) -> None:
        super().deal()
        if getattr(self, "marked", False):
            self.cards = {a: (c + 1) % 3 for a, c in self.cards.items()}


class KuhnHangs(Kuhn):
    def step(self, action: Any) -> None:
        if self.history == "pb":
            time.sleep(3600)
        super().step(action)


class KuhnTakesAnything(Kuhn):
    """A wrong move is refused after the game has noted it."""

    def step(self, action: Any) -> None:
        if action not in (None, 0, 1):
            self.history = "p"
        super().step(action)


SOUND = (Kuhn,)

FAULTS: dict[Any, str] = {
    KuhnCardInObservation: "leak.hidden",
    KuhnCardInInfo: "leak.hidden",
    KuhnCardInMask: "leak.hidden",
    KuhnCardInInfoUnhelped: "leak.beside",
    KuhnCardInMaskUnhelped: "leak.beside",
    KuhnPaysForCards: "episodes.cumulative",
    KuhnFlipped: "fairness.referee",
    KuhnHouse: "fairness.sum",
    KuhnFoldEndsLate: "fairness.referee",
    KuhnNaN: "episodes.reward-finite",
    KuhnKeepsCards: "determinism.repeats",
    KuhnSharedDeck: "determinism.interleaved",
    KuhnGlobalRandom: "determinism.global-rng-unread",
    KuhnSeedsTheWorld: "determinism.global-rng-untouched",
    KuhnUnseeded: "determinism.repeats",
    KuhnOneSeed: "determinism.seed-matters",
    KuhnHashed: "determinism.other-process",
    KuhnClock: "determinism.clock-unread",
    KuhnObserveSteps: "reads.looking",
    KuhnRenderDeals: "reads.rendering",
    KuhnRewardsKept: "episodes.cumulative",
    KuhnDeadMoves: "protocol.dead-move",
    KuhnStaysForEver: "episodes.deaths",
    KuhnBothEnds: "episodes.terminated-and-truncated",
    KuhnPrints: "episodes.quiet",
    KuhnKeepsThreads: "leftovers.threads",
    KuhnKeepsFiles: "leftovers.files",
    KuhnKeepsProcesses: "leftovers.processes",
    KuhnCallsOut: "determinism.offline",
    KuhnMainThreadOnly: "determinism.threads",
    KuhnPickledWithoutCards: "protocol.pickle",
    KuhnHangs: "episodes.completes",
    KuhnTakesAnything: "protocol.hostile-moves",
}
