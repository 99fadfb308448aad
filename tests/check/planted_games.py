"""Games with one fault each, and the sound ones they are made from.

`FAULTS` says which finding has to reject which; a fault is as small as it can be made.
"""

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
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils.wrappers import OrderEnforcingWrapper, TerminateIllegalWrapper

# -- Kuhn poker: three cards, one each, pass or bet ------------------------------------------------

PASS, BET = 0, 1
ENDINGS = {"pp": 1, "bb": 2, "pbb": 2, "bp": None, "pbp": None}
"""How a deal can go; the stakes of a showdown, or None where somebody folded."""


class Kuhn(AECEnv):
    """Both put one coin in; the higher card, or whoever is not folding, takes it."""

    metadata = {
        "name": "kuhn",
        "zero_sum": True,
        "referee": "planted_games:kuhn_referee",
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


# -- tic-tac-toe -----------------------------------------------------------------------------------

LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))


class TicTacToe(AECEnv):
    """Three in a row; what is taken cannot be taken again."""

    metadata = {"name": "tictactoe", "zero_sum": True, "referee": "planted_games:row_referee"}
    lines: tuple[tuple[int, ...], ...] = LINES

    def __init__(self) -> None:
        self.possible_agents = ["cross", "nought"]
        self.agents: list[str] = []
        shape = {"board": Box(0, 2, (9,), np.int8), "action_mask": Box(0, 1, (9,), np.int8)}
        self._watch = {agent: Dict(shape) for agent in self.possible_agents}
        self._moves = {agent: Discrete(9) for agent in self.possible_agents}
        self.board = np.zeros(9, np.int8)

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
        self.infos = {agent: {} for agent in self.agents}
        self.clear()
        self.agent_selection = self.agents[0]

    def clear(self) -> None:
        self.board = np.zeros(9, np.int8)

    def mask(self) -> Any:
        return (self.board == 0).astype(np.int8)

    def observe(self, agent: str) -> Any:
        mine = agent == self.agent_selection
        mask = self.mask() if mine else np.zeros(9, np.int8)
        return {"board": self.board.copy(), "action_mask": mask}

    def following(self) -> str:
        return self.possible_agents[int(np.count_nonzero(self.board)) % 2]

    def refuse(self, action: Any) -> None:
        if self.board[action]:
            raise ValueError(f"square {action} is taken")

    def step(self, action: Any) -> None:
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        if not self._moves[agent].contains(action):
            raise ValueError(f"a move is a square, 0 to 8, got {action!r}")
        self.refuse(action)
        self._cumulative_rewards[agent] = 0.0
        self._clear_rewards()
        mark = 1 + self.possible_agents.index(agent)
        self.board[action] = mark
        if any(all(self.board[i] == mark for i in line) for line in self.lines):
            self.rewards = {a: 1.0 if a == agent else -1.0 for a in self.agents}
            self.terminations = dict.fromkeys(self.agents, True)
        elif self.full():
            self.terminations = dict.fromkeys(self.agents, True)
        self.agent_selection = self.following()
        self._accumulate_rewards()

    def full(self) -> bool:
        return bool(self.board.all())


def row_referee(record: Any) -> Any:
    """Who has three in a row, from the moves alone."""
    squares: dict[str, set[int]] = {"cross": set(), "nought": set()}
    played = [(a, m) for moves in record.moves for a, m in moves.items() if m is not None]
    for i, (agent, move) in enumerate(played):
        if agent != ("cross", "nought")[i % 2]:
            return f"stone {i} is set by {agent}"
        squares[agent].add(move)
    for agent, own in squares.items():
        if any(own.issuperset(line) for line in LINES):
            return {a: 1 if a == agent else -1 for a in squares}
    return dict.fromkeys(squares, 0)


class TicTacToeForgetsDiagonal(TicTacToe):
    lines = LINES[:-1]


class TicTacToeMaskTooWide(TicTacToe):
    """The middle stands open in the mask even when it is taken."""

    def mask(self) -> Any:
        mask = super().mask()
        mask[4] = 1
        return mask


class TicTacToeMaskIgnored(TicTacToe):
    """Taken squares can be taken again, mask or no mask."""

    def refuse(self, action: Any) -> None:
        pass


class TicTacToeMaskTooNarrow(TicTacToe):
    def mask(self) -> Any:
        mask = super().mask()
        if mask.sum() > 3:
            mask[int(np.argmax(mask))] = 0
        return mask


def narrow_and_wrapped() -> Any:
    """The same mask behind PettingZoo's wrapper that enforces it."""
    return TerminateIllegalWrapper(TicTacToeMaskTooNarrow(), illegal_reward=-1)


class TicTacToeSilentlyIgnores(TicTacToe):
    """A wrong mask and a game that passes over what it does not like."""

    def mask(self) -> Any:
        mask = super().mask()
        mask[0] = 1
        return mask

    def step(self, action: Any) -> None:
        if action is not None and self.board[action] and not any(self.terminations.values()):
            self._cumulative_rewards[self.agent_selection] = 0.0
            self._clear_rewards()
            return
        super().step(action)


class TicTacToeNeverCleared(TicTacToe):
    """An X of the last game stays on the board."""

    def clear(self) -> None:
        kept = self.board[4]
        super().clear()
        self.board[4] = kept if kept == 1 else 0

    def following(self) -> str:
        return next(a for a in self.possible_agents if a != self.agent_selection)


class TicTacToeOnePicture(TicTacToe):
    """Every look is painted over the last one."""

    def observe(self, agent: str) -> Any:
        if not hasattr(self, "picture"):
            self.picture = np.zeros(9, np.int8)
        self.picture[:] = self.board
        return {**super().observe(agent), "board": self.picture}


class TicTacToeWritable(TicTacToe):
    """Every look gives the same array, which the game reads back."""

    def observe(self, agent: str) -> Any:
        return {"board": self.board, "action_mask": super().observe(agent)["action_mask"]}


class TicTacToeWrongOrder(TicTacToe):
    """After the fourth stone the same player is asked again."""

    def following(self) -> str:
        if np.count_nonzero(self.board) == 4:
            return self.agent_selection
        return super().following()


class TicTacToeOutOfSpace(TicTacToe):
    """The last stone counts double."""

    def observe(self, agent: str) -> Any:
        seen = super().observe(agent)
        if self.board.all():
            seen["board"][0] = 3
        return seen


class TicTacToeRaisesLate(TicTacToe):
    def full(self) -> bool:
        assert np.count_nonzero(self.board) < 9, "no room for the ninth stone"
        return super().full()


# -- a small parallel game: two in a corridor, who finds the coin -----------------------------


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


# -- matching pennies, one after the other, as a game that can be played in parallel ---------------


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


def wrapped() -> Any:
    """A sound game under the wrappers that PettingZoo's own games wear."""
    return OrderEnforcingWrapper(TerminateIllegalWrapper(TicTacToe(), illegal_reward=-1))


SOUND = (Kuhn, TicTacToe, Corridor, Pennies, wrapped)

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
    TicTacToeForgetsDiagonal: "fairness.referee",
    TicTacToeMaskTooWide: "masks.allowed-refused",
    TicTacToeMaskIgnored: "masks.forbidden-executed",
    TicTacToeMaskTooNarrow: "masks.forbidden-executed",
    narrow_and_wrapped: "masks.too-narrow",
    TicTacToeSilentlyIgnores: "masks.allowed-refused",
    TicTacToeNeverCleared: "determinism.repeats",
    TicTacToeOnePicture: "episodes.aliased",
    TicTacToeWritable: "reads.own-copy",
    TicTacToeWrongOrder: "fairness.referee",
    TicTacToeOutOfSpace: "episodes.observation-space",
    TicTacToeRaisesLate: "episodes.raises",
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
