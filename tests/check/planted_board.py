"""A game on a board with one fault each: tic-tac-toe, with a mask."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete
from pettingzoo import AECEnv
from pettingzoo.utils.wrappers import OrderEnforcingWrapper, TerminateIllegalWrapper

LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))


class TicTacToe(AECEnv):
    """Three in a row; what is taken cannot be taken again."""

    metadata = {"name": "tictactoe", "zero_sum": True, "referee": "planted_board:row_referee"}
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


def wrapped() -> Any:
    """A sound game under the wrappers that PettingZoo's own games wear."""
    return OrderEnforcingWrapper(TerminateIllegalWrapper(TicTacToe(), illegal_reward=-1))


SOUND = (TicTacToe, wrapped)

FAULTS: dict[Any, str] = {
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
}
