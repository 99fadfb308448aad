"""Masks are what the game executes: what they forbid is refused, what they allow is played."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
from pettingzoo import AECEnv

from veragym.check.choices import Unreadable, maskable, read
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.games.table import (
    AecTable,
    Moves,
    Record,
    Table,
    Unrepeatable,
    View,
    choices_of,
    choose,
    legal,
    mask_of,
    masks_of,
    play,
    replay,
    sit,
    table_of,
    unlogged,
)
from veragym.check.subject import Plan, Subject
from veragym.check.transcript import plain

EPISODES = 6
POINTS = 5
"""Moments per episode at which moves are tried."""
TURNS = 80
"""Turns of an episode among which the moments are drawn: each is led to from the start."""
TRIED = 9
"""Moves of each kind tried at a moment."""
OTHERS = 6
"""Other allowed moves in which a refused part is tried before the mask is blamed."""
LEGAL_WAYS, GOING_ON = 4, 6
"""Legal moves, and ways to go on after each, that show how little a player can be paid."""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Tries forbidden and allowed moves at several moments of several games."""
    try:
        yield from _tried(subject, plan)
    except Unrepeatable as error:
        yield not_applicable("executed", f"{error}; see determinism.repeats")


def _tried(subject: Subject, plan: Plan) -> Iterator[Finding]:
    table = table_of(subject.make())
    counts = {"forbidden": 0, "allowed": 0}
    inner = _Inner(table)
    masked = False
    for seed in range(min(plan.seeds, EPISODES)):
        record = play(table, legal(seed), seed=seed, max_turns=min(plan.max_steps, TURNS))
        for number in _moments(record, seed):
            for agent in record.turns[number].actors:
                view, space = record.turns[number].views[agent], table.space(agent)
                if view.dead or not masks_of(view):
                    continue
                masked = True
                problem = _shape(table, record, number, agent)
                if problem is None and maskable(space):
                    problem = _try(table, record, number, agent, counts)
                    inner.note(record, number, agent)
                if problem is not None:
                    yield problem
                    return
    if inner.refused and inner.executed is not None:
        record, number, agent, move = inner.executed
        yield bad(
            "too-narrow",
            f"after {number} turns the mask forbids {agent!r} the move {move}, which the game "
            "under its wrappers plays, though it refuses other moves",
            "allow in the mask whatever the rules allow",
            **record.recipe(number),
            move=move,
        )
        return
    if not masked:
        yield not_applicable("executed", "no player is shown an action mask")
        return
    yield ok(
        "executed",
        f"{counts['allowed']} moves the mask allows were played, {counts['forbidden']} that it "
        "forbids were refused",
        **counts,
    )


class _Inner:
    """The game under its wrappers: a wrapper that enforces the mask hides that it forbids too much.

    A game that itself refuses some of the forbidden moves knows its rules; what it then plays
    although the mask forbids it is a legal move that the mask forgot.
    """

    def __init__(self, table: Table) -> None:
        raw = getattr(table.env, "unwrapped", None)
        wrapped = isinstance(table, AecTable) and raw is not table.env and isinstance(raw, AECEnv)
        self.table = AecTable(raw) if wrapped else None
        self.refused = 0
        self.executed: tuple[Record, int, Any, Any] | None = None

    def note(self, record: Record, number: int, agent: Any) -> None:
        """Tries forbidden moves at one moment."""
        if self.table is None or (self.executed is not None and self.refused):
            return
        allowed, forbidden = _sorted_moves(
            record.turns[number].views[agent], self.table.space(agent)
        )
        prefix = record.moves[:number]
        for move in random.Random(number).sample(forbidden, min(TRIED, len(forbidden))):
            what = _execute(self.table, record.seed, prefix, {agent: move})
            if what.kind != "played" or what.penalty(agent):
                self.refused += 1
            elif self.executed is None and not any(
                _execute(self.table, record.seed, prefix, {agent: other}).after == what.after
                for other in allowed
            ):
                self.executed = record, number, agent, move


def _moments(record: Record, seed: int) -> list[int]:
    """Some turns at which somebody moves, the first included."""
    turns = [i for i, turn in enumerate(record.turns) if turn.actors]
    rest = random.Random(seed).sample(turns[1:], min(POINTS - 1, len(turns) - 1)) if turns else []
    return sorted([*turns[:1], *rest])


def _shape(table: Table, record: Record, number: int, agent: Any) -> Finding | None:
    view, space = record.turns[number].views[agent], table.space(agent)
    found = masks_of(view)
    if not maskable(space):
        return None
    said = {}
    for place, mask in found.items():
        try:
            said[place] = read(space, mask)
        except Unreadable as error:
            return bad(
                "shape",
                f"the mask in {place} of {agent!r} cannot be read: {error}"[:300],
                "give one 0 or 1 for each option, in the form that action_space.sample(mask) takes",
                **record.recipe(number),
            )
    if len(said) == 2 and said["observation"].parts != said["info"].parts:
        return bad(
            "agree",
            f"the masks of {agent!r} in observation and info differ after {number} turns",
            "compute the mask once",
            **record.recipe(number),
            **{f"in_{place}": plain(mask) for place, mask in found.items()},
        )
    return None


def _sorted_moves(view: View, space: Any) -> tuple[list[Any], list[Any]]:
    """Moves the mask allows, and moves that it forbids; over parts, those around one move."""
    choices = choices_of(view, space)
    if choices is None or choices.stuck:
        return [], []
    every = list(choices.around(choices.first()))
    made = [choices.action(choice) for choice in every]
    if isinstance(space, gym.spaces.Discrete):
        made = [int(move) for move in made]
    said = [choices.legal(choice) for choice in every]
    return (
        [move for move, may in zip(made, said) if may],
        [move for move, may in zip(made, said) if may is False],
    )


def _try(
    table: Table, record: Record, number: int, agent: Any, counts: dict[str, int]
) -> Finding | None:
    prefix = record.moves[:number]
    view, space = record.turns[number].views[agent], table.space(agent)
    allowed, forbidden = _sorted_moves(view, space)
    rng = random.Random(number)
    others = {a: m for a, m in _others(table, record, number).items() if a != agent}
    after: set[str] = set()
    for move in rng.sample(allowed, min(TRIED, len(allowed))):
        what = _execute(table, record.seed, prefix, {**others, agent: move})
        counts["allowed"] += 1
        complaint = {
            "raised": f"raises {what.error}",
            "ignored": "changes nothing: the same player is to move again and sees the same",
            "cut": "ends the game as terminated and truncated at once, as an illegal move does",
        }.get(what.kind)
        if complaint is not None and not _goes_otherwise(
            table, record, number, agent, {**others, agent: move}
        ):
            return bad(
                "allowed-refused",
                f"after {number} turns the mask allows {agent!r} the move {move}, which "
                f"{complaint}",
                "allow exactly the moves that step() plays",
                **record.recipe(number),
                move=move,
                mask=plain(mask_of(view)),
            )
        after.add(what.after)
    for move in rng.sample(forbidden, min(TRIED, len(forbidden))):
        what = _execute(table, record.seed, prefix, {**others, agent: move})
        counts["forbidden"] += 1
        if what.kind != "played" or _refuses(what, agent, table, record, number, others, allowed):
            continue
        # Some games play an allowed move in place of a forbidden one.
        if what.after in after or any(
            _execute(table, record.seed, prefix, {**others, agent: other}).after == what.after
            for other in allowed
        ):
            continue
        return bad(
            "forbidden-executed",
            f"after {number} turns the mask forbids {agent!r} the move {move}, which step() plays",
            "refuse what the mask forbids, or allow it in the mask",
            **record.recipe(number),
            move=move,
            mask=plain(mask_of(view)),
        )
    return None


def _refuses(
    what: _Executed,
    agent: Any,
    table: Table,
    record: Record,
    number: int,
    others: Moves,
    allowed: list[Any],
) -> bool:
    """Whether what a forbidden move did is a refusal: a punishment, or an end without a result.

    A move that ends the game as its rules do has been played. Where the others are paid too, and
    the mover more than the worst it gets by its legal moves, that was no punishment.
    """
    if not what.penalty(agent):
        return False
    if not what.ended(agent):
        return True
    rewards = {a: float(r) for a, r in what.outcome.get("rewards", {}).items()}
    if not any(paid for a, paid in rewards.items() if a != agent):
        return True
    worst = _worst(table, record, number, {**others}, agent, allowed)
    return worst is None or rewards.get(agent, 0.0) <= worst


def _worst(
    table: Table, record: Record, number: int, others: Moves, agent: Any, allowed: list[Any]
) -> float | None:
    """The least a player is paid in all if it plays on by legal moves; None if nothing ended."""
    paid: list[float] = []
    for move in allowed[:LEGAL_WAYS]:
        for seed in range(GOING_ON):
            replay(table, record.seed, record.moves[:number])
            total, moves, policy = 0.0, {**others, agent: move}, legal(seed)
            for _ in range(TURNS):
                table.act(moves)
                total += float(table.outcome()["rewards"].get(agent, 0.0))
                turn, _ = sit(table, {}, False)
                if not turn.actors or _ended(turn.outcome, agent):
                    paid.append(total)
                    break
                moves = dict(choose(table, turn, policy))
    return min(paid, default=None)


def _ended(outcome: Any, agent: Any) -> bool:
    return agent not in outcome.get("agents", [agent]) or any(
        outcome.get(kind, {}).get(agent) for kind in ("terminated", "truncated")
    )


def _goes_otherwise(table: Table, record: Record, number: int, agent: Any, refused: Moves) -> bool:
    """Whether every part of a refused move is played beside other allowed parts.

    A mask over parts cannot say that two of them exclude each other, so one refused combination
    convicts nobody.
    """
    view, space = record.turns[number].views[agent], table.space(agent)
    choices = choices_of(view, space)
    if choices is None or len(choices.parts) == 1:
        return False
    text = plain(refused[agent])
    choice = next(c for c in choices.around(choices.first()) if plain(choices.action(c)) == text)
    rng = random.Random(number)
    drawn = [choices.drawn(rng) for _ in range(4 * OTHERS)]
    for place in range(len(choice)):
        others = {(*other[:place], choice[place], *other[place + 1 :]) for other in drawn}
        tried = (
            _execute(
                table, record.seed, record.moves[:number],
                {**refused, agent: choices.action(other)},
            ).kind
            for other in sorted(others)[:OTHERS]
        )  # fmt: skip
        if all(kind != "played" for kind in tried):
            return False
    return True


def _others(table: Table, record: Record, number: int) -> Moves:
    """Legal moves of all who move at this moment (a Parallel game needs everybody's)."""
    if number < len(record.moves):
        return record.moves[number]
    replay(table, record.seed, record.moves[:number])
    return choose(table, sit(table, {}, False)[0], legal(number))


class _Executed:
    """What a move did: `played`, `raised`, `ignored`, or `cut` (ended both ways at once)."""

    def __init__(self, kind: str, after: str = "", error: str = "", outcome: Any = None) -> None:
        self.kind, self.after, self.error, self.outcome = kind, after, error, outcome or {}

    def penalty(self, agent: Any) -> bool:
        """The mover was punished or put out of the game."""
        if self.ended(agent):
            return True
        return float(self.outcome.get("rewards", {}).get(agent, 0.0)) < 0

    def ended(self, agent: Any) -> bool:
        """The mover is out of the game."""
        return _ended(self.outcome, agent)


def _execute(table: Table, seed: int | None, prefix: list[Moves], moves: Moves) -> _Executed:
    replay(table, seed, prefix)
    before = _situation(table)
    try:
        with unlogged():
            table.act(moves)
    except Exception as error:  # noqa: BLE001 - a refusal may be any exception
        return _Executed("raised", error=f"{type(error).__name__}: {error}"[:120])
    outcome = table.outcome()
    ended = outcome["terminated"]
    if any(over and outcome["truncated"].get(agent) for agent, over in ended.items()):
        return _Executed("cut", outcome=outcome)
    after = _situation(table)
    if after == before and not any(outcome["rewards"].values()):
        return _Executed("ignored", after, outcome=outcome)
    return _Executed("played", after, outcome=outcome)


def _situation(table: Table) -> str:
    """Who moves, and what each player sees, without what was done to get there."""
    return sit(table, {}, True)[1]
