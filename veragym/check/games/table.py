"""One way to sit at any PettingZoo game, and what was seen there as comparable lines.

An AEC game asks one player at a time, a Parallel game all at once. `Table` hides the difference:
who has to move, what each of them sees, and a step that takes the moves of those asked.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils.env_logger import EnvLogger

from veragym.check.choices import Choices, Unreadable, maskable, read
from veragym.check.subject import Plan
from veragym.check.transcript import line, plain

Agent = Any
Moves = Mapping[Agent, Any]
MASK = "action_mask"
LARGEST_SHOWN = 512
"""Elements of an array above which a transcript holds its digest instead of its values."""
LONGEST_RECIPE = 60
"""Moves that are shown as evidence."""


def compact(value: Any) -> Any:
    """`plain`, with a digest in place of the values of large arrays: equal arrays, equal text."""
    if isinstance(value, np.ndarray) and value.size > LARGEST_SHOWN and value.dtype != object:
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"dtype": str(value.dtype), "shape": list(value.shape), "sha256": digest}
    if isinstance(value, Mapping):
        return {str(key): compact(item) for key, item in value.items()}
    return plain(value)


@dataclass(frozen=True, slots=True)
class View:
    """What one player is given at one moment.

    Attributes:
        observation, info: as given, not copied.
        reward: what `last()` pays now (AEC, the player to move), the step's reward (Parallel), or
            None for a player who is only looking on.
        terminated, truncated: whether it is out of the game.
    """

    observation: Any
    info: Any
    reward: Any
    terminated: Any
    truncated: Any

    @property
    def dead(self) -> bool:
        """Out of the game: the only move left is None."""
        return bool(self.terminated or self.truncated)

    def plain(self) -> dict[str, Any]:
        """As JSON types, independent of the original."""
        return {
            "observation": compact(self.observation),
            "info": compact(self.info),
            "reward": plain(self.reward),
            "terminated": plain(self.terminated),
            "truncated": plain(self.truncated),
        }


def masks_of(view: View) -> dict[str, Any]:
    """The masks a view carries, by where they stand: in the observation, in info, or both."""
    places = {"observation": view.observation, "info": view.info}
    return {
        name: value[MASK]
        for name, value in places.items()
        if isinstance(value, Mapping) and MASK in value
    }


def mask_of(view: View) -> Any:
    """The mask in force (the observation's before info's, as PettingZoo reads it), or None."""
    return next(iter(masks_of(view).values()), None)


def choices_of(view: View, space: Any) -> Choices | None:
    """What the mask in force says of each part of a move; None where nothing is masked.

    Raises:
        Unreadable: the mask does not fit the space.
    """
    mask = mask_of(view)
    if mask is None or not maskable(space):
        return None
    return read(space, mask)


def legal_moves(view: View, space: Any) -> list[Any] | None:
    """The moves a mask allows in a `Discrete` space; None where nothing is masked that way."""
    mask = mask_of(view)
    if mask is None or not isinstance(space, gym.spaces.Discrete):
        return None
    return [int(space.start) + int(i) for i in np.flatnonzero(np.asarray(mask).reshape(-1))]


class Table:
    """A game of either kind, with one surface."""

    def __init__(self, env: Any) -> None:
        self.env = env

    def reset(self, seed: int | None = None) -> None:
        """Begins an episode."""
        raise NotImplementedError

    @property
    def agents(self) -> list[Agent]:
        """Who is still at the table."""
        return list(self.env.agents)

    @property
    def actors(self) -> list[Agent]:
        """Who has to move now; the dead too, whose move is None."""
        raise NotImplementedError

    def view(self, agent: Agent) -> View:
        """What `agent` is given now."""
        raise NotImplementedError

    def viewers(self) -> list[Agent]:
        """Whose view can be asked for now."""
        raise NotImplementedError

    def act(self, moves: Moves) -> None:
        """Makes the moves of the actors."""
        raise NotImplementedError

    def outcome(self) -> dict[str, Any]:
        """Rewards, endings and the players left after the last step, copied."""
        raise NotImplementedError

    def space(self, agent: Agent) -> Any:
        """The action space of `agent`."""
        return self.env.action_space(agent)


class AecTable(Table):
    """One player at a time."""

    def reset(self, seed: int | None = None) -> None:
        self.env.reset(seed=seed)

    @property
    def actors(self) -> list[Agent]:
        return [self.env.agent_selection] if self.env.agents else []

    def view(self, agent: Agent) -> View:
        if self.actors == [agent]:
            return View(*_reordered(self.env.last()))
        env = self.env
        return View(
            env.observe(agent),
            env.infos[agent],
            None,
            env.terminations[agent],
            env.truncations[agent],
        )

    def viewers(self) -> list[Agent]:
        return self.agents

    def act(self, moves: Moves) -> None:
        self.env.step(moves[self.env.agent_selection])

    def outcome(self) -> dict[str, Any]:
        env = self.env
        return {
            "agents": list(env.agents),
            "rewards": dict(env.rewards),
            "terminated": dict(env.terminations),
            "truncated": dict(env.truncations),
        }


def _reordered(last: tuple[Any, Any, Any, Any, Any]) -> tuple[Any, Any, Any, Any, Any]:
    observation, reward, terminated, truncated, info = last
    return observation, info, reward, terminated, truncated


class ParallelTable(Table):
    """All players at once."""

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self.observations: Any = {}
        self.infos: Any = {}
        self.rewards: Any = {}
        self.terminated: Any = {}
        self.truncated: Any = {}

    def reset(self, seed: int | None = None) -> None:
        self.observations, self.infos = self.env.reset(seed=seed)
        self.rewards, self.terminated, self.truncated = {}, {}, {}

    @property
    def actors(self) -> list[Agent]:
        return self.agents

    def view(self, agent: Agent) -> View:
        return View(
            self.observations[agent],
            self.infos.get(agent, {}),
            self.rewards.get(agent, 0),
            self.terminated.get(agent, False),
            self.truncated.get(agent, False),
        )

    def viewers(self) -> list[Agent]:
        return list(self.observations)

    def act(self, moves: Moves) -> None:
        (
            self.observations,
            self.rewards,
            self.terminated,
            self.truncated,
            self.infos,
        ) = self.env.step(dict(moves))

    def outcome(self) -> dict[str, Any]:
        return {
            "agents": list(self.env.agents),
            "rewards": dict(self.rewards),
            "terminated": dict(self.terminated),
            "truncated": dict(self.truncated),
        }


def is_game(env: Any) -> bool:
    """Whether it is a game of either kind."""
    return isinstance(env, (AECEnv, ParallelEnv))


def table_of(env: Any) -> Table:
    """A table for a game of either kind."""
    return AecTable(env) if isinstance(env, AECEnv) else ParallelTable(env)


# -- playing ---------------------------------------------------------------------------------------

Policy = Callable[[Agent, View, Any], Any]
"""(agent, view, action space) -> move; asked for the living only."""


def legal(seed: int) -> Policy:
    """Random moves, of those the mask allows where there is one; the same for one seed."""
    rng = random.Random(seed)
    spaces: dict[Agent, Any] = {}

    def move(agent: Agent, view: View, space: Any) -> Any:
        allowed = legal_moves(view, space)
        if allowed is not None:
            # With nothing allowed, move 0 is what a careless agent would do; `masks` reports it.
            return rng.choice(allowed) if allowed else int(space.start)
        if isinstance(space, gym.spaces.Discrete):
            return int(space.start) + rng.randrange(int(space.n))
        if agent not in spaces:
            spaces[agent] = copy.deepcopy(space)
            spaces[agent].seed(rng.randrange(2**31))
        if (choices := readable(view, space)) is not None and not choices.stuck:
            return choices.action(choices.drawn(rng))
        return spaces[agent].sample()

    return move


def readable(view: View, space: Any) -> Choices | None:
    """What the mask says; nothing where it cannot be read, which `masks` reports."""
    try:
        return choices_of(view, space)
    except Unreadable:
        return None


def scripted(moves: Sequence[Moves], then: Policy) -> Policy:
    """The given moves, turn by turn, then those of another policy."""
    waiting = {
        agent: [m[agent] for m in moves if agent in m and m[agent] is not None]
        for agent in {agent for m in moves for agent in m}
    }

    def move(agent: Agent, view: View, space: Any) -> Any:
        own = waiting.get(agent)
        return own.pop(0) if own else then(agent, view, space)

    return move


@dataclass(frozen=True, slots=True)
class Turn:
    """One moment of an episode.

    Attributes:
        moves: what led here; empty at the start.
        actors: who moves next.
        views: what each watched player sees.
        outcome: `Table.outcome()`.
    """

    moves: Moves
    actors: tuple[Agent, ...]
    views: Mapping[Agent, View]
    outcome: Mapping[str, Any]


@dataclass(slots=True)
class Record:
    """One episode.

    Attributes:
        seed: what `reset` was given.
        turns: every moment, the start first.
        lines: the same as text, written when it happened.
        ended: whether the game ended it, rather than the limit on turns.
    """

    seed: int | None
    turns: list[Turn] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    ended: bool = False

    @property
    def moves(self) -> list[Moves]:
        """What was done, turn by turn."""
        return [turn.moves for turn in self.turns[1:]]

    def returns(self) -> dict[Agent, float]:
        """What each player was paid: the sum of the rewards it was given on its own turns."""
        total: dict[Agent, float] = dict.fromkeys(self.turns[0].outcome["agents"], 0.0)
        for turn in self.turns:
            for agent, view in turn.views.items():
                if view.reward is not None:
                    total[agent] = total.get(agent, 0.0) + float(view.reward)
        return total

    def recipe(self, until: int | None = None) -> dict[str, Any]:
        """Seed and moves that lead to a turn: evidence for a finding."""
        moves = [dict(m) for m in self.moves[:until]]
        return {"seed": self.seed, "moves": moves[:LONGEST_RECIPE], "turns": len(moves)}


def sit(table: Table, moves: Moves, everyone: bool) -> tuple[Turn, str]:
    """The present moment, and its line."""
    actors = table.actors
    watched = table.viewers() if everyone else [a for a in table.viewers() if a in actors]
    if isinstance(table, ParallelTable):
        watched = table.viewers()  # a Parallel game hands out every view by itself
    views = {agent: table.view(agent) for agent in watched}
    turn = Turn(dict(moves), tuple(actors), views, table.outcome())
    text = line(
        moves=turn.moves,
        actors=list(actors),
        views={str(agent): view.plain() for agent, view in views.items()},
        **turn.outcome,
    )
    return turn, text


def play(
    table: Table,
    policy: Policy,
    *,
    seed: int | None = None,
    max_turns: int = 1000,
    everyone: bool = False,
    between: Callable[[Table], None] | None = None,
) -> Record:
    """Plays one episode; whatever the game raises is passed on.

    Args:
        everyone: look at every player's view each turn, not only at those who move.
        between: called before each turn is looked at.
    """
    record = Record(seed)
    table.reset(seed)
    moves: Moves = {}
    for _ in range(max_turns + 1):
        if between is not None:
            between(table)
        turn, text = sit(table, moves, everyone)
        record.turns.append(turn)
        record.lines.append(text)
        if not turn.actors:
            record.ended = True
            break
        if len(record.turns) > max_turns:
            break
        moves = choose(table, turn, policy)
        table.act(moves)
    return record


def choose(table: Table, turn: Turn, policy: Policy) -> Moves:
    """The moves of those whose turn it is; None for the dead of an AEC game.

    In a Parallel game whoever is listed is asked: the dead have left the list, or should have.
    """
    asks_the_dead = isinstance(table, AecTable)
    moves: dict[Agent, Any] = {}
    for agent in turn.actors:
        view = turn.views[agent] if agent in turn.views else table.view(agent)
        moves[agent] = (
            None if view.dead and asks_the_dead else policy(agent, view, table.space(agent))
        )
    return moves


class Unrepeatable(Exception):
    """The moves of an episode could not be made again after a reset with the same seed.

    The `determinism` witness says what differs; what is asked by going back cannot be asked.
    """


def replay(table: Table, seed: int | None, moves: Sequence[Moves]) -> None:
    """Leads a table to a moment of an episode that was played before.

    Raises:
        Unrepeatable: the game does not come that way again.
    """
    table.reset(seed)
    for number, made in enumerate(moves):
        try:
            if set(table.actors) != set(made):
                raise Unrepeatable(f"seed {seed}: after {number} turns others are to move")
            table.act(made)
        except Unrepeatable:
            raise
        except Exception as error:
            raise Unrepeatable(
                f"seed {seed}: after {number} turns a move that was played before raises "
                f"{type(error).__name__}"
            ) from error


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """PettingZoo's wrappers print a warning for a bad move; while we make them, that is no news."""
    before = EnvLogger._output
    EnvLogger.suppress_output()
    try:
        yield
    finally:
        EnvLogger._output = before


def episodes_for(plan: Plan, usual: int) -> int:
    """How many episodes to play: the usual number, fewer in a short check, more in a long one."""
    return min(plan.seeds, max(usual, plan.seeds // 10))


def declared(subject_entry: Any, env: Any, key: str) -> Any:
    """What a game says of itself: in its `metadata`, or among its entry's capabilities."""
    for holder in (env, getattr(env, "unwrapped", None)):
        metadata = getattr(holder, "metadata", None)
        if isinstance(metadata, Mapping) and metadata.get(key) is not None:
            return metadata[key]
    return True if subject_entry is not None and key in subject_entry.capabilities else None
