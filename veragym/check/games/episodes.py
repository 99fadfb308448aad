"""Whole episodes, looked at turn by turn: what each player is shown, paid and told."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from veragym.check.finding import Finding, bad, ok
from veragym.check.games.table import (
    AecTable,
    Record,
    Table,
    choose,
    compact,
    episodes_for,
    legal,
    play,
    readable,
    sit,
    table_of,
)
from veragym.check.subject import Plan, Subject

EPISODES = 12
LONGEST = 4
"""An episode of this many times the plan's `max_steps` never ends."""

Problem = tuple[str, str, str, int]
"""Name, verdict, remedy, turn."""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Random legal play; the first thing that is wrong is reported."""
    table = table_of(subject.make())
    turns = 0
    idle: dict[Any, int] = {}
    for seed in range(episodes_for(plan, EPISODES)):
        try:
            record = play(
                table, legal(seed), seed=seed, max_turns=plan.max_steps, everyone=seed % 2 == 0
            )
        except Exception as error:  # noqa: BLE001 - a stranger's game may raise anything
            yield _raised(subject, seed, plan, error)
            return
        turns += len(record.moves)
        problem = _problem(table, record) or (
            None if record.ended else _endless(table, record, seed, plan)
        )
        if problem is not None:
            name, verdict, fix, turn = problem
            yield bad(name, verdict, fix, **record.recipe(turn))
            return
        _note_idle(record, idle)
    ignored = [agent for agent, chances in idle.items() if chances == 0]
    if ignored:
        yield bad(
            "order",
            f"{ignored[0]!r} was alive in every episode and never asked to move",
            "pass agent_selection on to every living player",
            seed=0,
            episodes=episodes_for(plan, EPISODES),
        )
        return
    yield ok(
        "sound",
        f"{episodes_for(plan, EPISODES)} episodes, {turns} turns: spaces, rewards, order, deaths "
        "and endings are as promised",
    )


def _raised(subject: Subject, seed: int, plan: Plan, error: Exception) -> Finding:
    """Plays once more, noting the moves, to say where it happened."""
    table = table_of(subject.make())
    moves: list[Mapping[Any, Any]] = []
    policy = legal(seed)
    try:
        table.reset(seed)
        while table.actors and len(moves) < plan.max_steps:
            turn, _ = sit(table, {}, seed % 2 == 0)
            moves.append(choose(table, turn, policy))
            table.act(moves[-1])
    except Exception:  # noqa: BLE001 - the same error again, or another: it is described above
        pass
    return bad(
        "raises",
        f"legal play raises {type(error).__name__}: {error}"[:300],
        "every move the mask and the space allow has to be playable",
        seed=seed,
        moves=moves[-20:],
        turns=len(moves),
    )


def _endless(table: Table, record: Record, seed: int, plan: Plan) -> Problem | None:
    policy = legal(seed + 1)
    for _ in range((LONGEST - 1) * plan.max_steps):
        actors = table.actors
        if not actors:
            return None
        views = {agent: table.view(agent) for agent in actors}
        table.act({a: None if v.dead else policy(a, v, table.space(a)) for a, v in views.items()})
    return (
        "ends",
        f"the episode had not ended after {LONGEST * plan.max_steps} turns of random legal play",
        "count the turns and truncate every player when they are used up",
        min(len(record.moves), 20),
    )


def _note_idle(record: Record, idle: dict[Any, int]) -> None:
    for turn in record.turns:
        for agent in turn.outcome["agents"]:
            idle[agent] = idle.get(agent, 0) + (agent in turn.actors)


def _problem(table: Table, record: Record) -> Problem | None:
    for check in (_shown, _paid, _people, _masked, _aliased):
        problem = check(table, record)
        if problem is not None:
            return problem
    if isinstance(table, AecTable):
        return _accumulated(record) or _in_turn(table, record)
    return None


def _shown(table: Table, record: Record) -> Problem | None:
    for number, turn in enumerate(record.turns):
        for agent, view in turn.views.items():
            space = table.env.observation_space(agent)
            if not space.contains(view.observation):
                return (
                    "observation-space",
                    f"after {number} turns {agent!r} is shown {view.observation!r:.100}, which is "
                    f"not in {space}"[:300],
                    "return what the space contains, with its dtype and shape, or widen the space",
                    number,
                )
            if not isinstance(view.info, Mapping):
                return (
                    "info",
                    f"after {number} turns the info of {agent!r} is a {type(view.info).__name__}",
                    "give a dict for every player, {} if there is nothing to say",
                    number,
                )
    return None


def _paid(table: Table, record: Record) -> Problem | None:
    for number, turn in enumerate(record.turns):
        rewards = {**turn.outcome["rewards"]}
        shown = {agent: v.reward for agent, v in turn.views.items() if v.reward is not None}
        for agent, reward in [*rewards.items(), *shown.items()]:
            try:
                finite = math.isfinite(float(reward))
            except (TypeError, ValueError):
                finite = False
            if not finite:
                return (
                    "reward-finite",
                    f"after {number} turns the reward of {agent!r} is {reward!r:.80}",
                    "pay finite numbers",
                    number,
                )
    return None


def _people(table: Table, record: Record) -> Problem | None:
    """Players, the keys of what is said of them, and who has left."""
    gone: set[Any] = set()
    aec = isinstance(table, AecTable)
    possible = getattr(table.env, "possible_agents", None)
    for number, turn in enumerate(record.turns):
        agents = turn.outcome["agents"]
        if possible is not None and not set(agents) <= set(possible):
            return (
                "agents",
                f"after {number} turns there are players {sorted(map(str, agents))}, not all of "
                "which stand in possible_agents",
                "name every player that may appear in possible_agents",
                number,
            )
        if len(set(agents)) != len(agents):
            return ("agents", f"a player stands twice in {agents}", "list each once", number)
        back = gone & set(agents)
        if back:
            return (
                "deaths",
                f"after {number} turns {sorted(map(str, back))} is back in the game",
                "a player that has left does not return; give a new player a new name",
                number,
            )
        for actor in turn.actors:
            if actor not in agents:
                return (
                    "order",
                    f"after {number} turns {actor!r} is to move, who is not among {agents}",
                    "select a player that is still in the game",
                    number,
                )
        before = record.turns[number - 1] if number else None
        if aec:
            for kind in ("rewards", "terminated", "truncated"):
                if set(turn.outcome[kind]) != set(agents):
                    return (
                        "deaths",
                        f"after {number} turns `{kind}` speaks of "
                        f"{sorted(map(str, turn.outcome[kind]))}, the players are "
                        f"{sorted(map(str, agents))}",
                        "remove a player from every dictionary with its last, empty move",
                        number,
                    )
            if before is not None:
                (mover,) = before.actors
                dead = before.outcome["terminated"][mover] or before.outcome["truncated"][mover]
                gone |= {mover} if dead else set()
                left = set(before.outcome["agents"]) - set(agents) - gone
                stays = dead and mover in agents
                if stays or left:
                    who = mover if stays else sorted(map(str, left))
                    return (
                        "deaths",
                        f"after {number} turns {who!r} "
                        + ("is dead, made its empty move, and stays" if stays else "has vanished"),
                        "set terminations, let the player make its empty move, then remove it",
                        number,
                    )
        elif before is not None:
            ended = {
                agent
                for kind in ("terminated", "truncated")
                for agent, value in turn.outcome[kind].items()
                if value
            }
            missing = set(before.outcome["agents"]) - set(turn.outcome["rewards"])
            if missing or ended & set(agents):
                return (
                    "deaths",
                    f"after {number} turns "
                    + (
                        f"{sorted(map(str, missing))} is not told its reward"
                        if missing
                        else f"{sorted(map(str, ended & set(agents)))} is out and still in `agents`"
                    ),
                    "tell every player of a step its result; drop those that are out from `agents`",
                    number,
                )
            lost = set(before.outcome["agents"]) - set(agents) - ended
            if lost:
                return (
                    "deaths",
                    f"after {number} turns {sorted(map(str, lost))} has vanished without an end",
                    "terminate or truncate a player before it is dropped from `agents`",
                    number,
                )
            gone |= ended
        for agent, over in turn.outcome["terminated"].items():
            if over and turn.outcome["truncated"].get(agent):
                return (
                    "terminated-and-truncated",
                    f"after {number} turns {agent!r} is both terminated and truncated",
                    "terminated if the game is decided, truncated if a limit cut it short",
                    number,
                )
    if record.turns[0].outcome["agents"] and any(
        record.turns[0].outcome[kind].get(agent)
        for kind in ("terminated", "truncated")
        for agent in record.turns[0].outcome["agents"]
    ):
        return ("deaths", "a player is out of the game before its start", "clear it in reset()", 0)
    if not record.turns[0].outcome["agents"]:
        return ("agents", "after reset() there is no player", "fill `agents` in reset()", 0)
    return None


def _masked(table: Table, record: Record) -> Problem | None:
    """Somebody who has to move can."""
    for number, turn in enumerate(record.turns):
        for agent in turn.actors:
            view = turn.views.get(agent)
            if view is None or view.dead:
                continue
            choices = readable(view, table.space(agent))
            if choices is not None and choices.stuck:
                return (
                    "stuck",
                    f"after {number} turns {agent!r} has to move and its mask allows nothing",
                    "select the player whose turn it is; offer a pass where none can move",
                    number,
                )
    return None


def _aliased(table: Table, record: Record) -> Problem | None:
    """An observation kept by the player is not changed by what happens later."""
    for number, (turn, text) in enumerate(zip(record.turns, record.lines)):
        if not any(
            isinstance(v.observation, (np.ndarray, dict, list)) for v in turn.views.values()
        ):
            continue
        written = json.loads(text)["views"]
        for agent, view in turn.views.items():
            now = json.loads(json.dumps(compact(view.observation)))
            if written[str(agent)]["observation"] != now:
                return (
                    "aliased",
                    f"what {agent!r} was shown after {number} turns was changed by later turns",
                    "return a copy of the observation, not the game's own array",
                    number,
                )
    return None


def _accumulated(record: Record) -> Problem | None:
    """`last()` pays what `rewards` added up to since the player's last turn."""
    owed: dict[Any, float] = {}
    for number, turn in enumerate(record.turns):
        for agent, reward in turn.outcome["rewards"].items():
            if number:
                owed[agent] = owed.get(agent, 0.0) + float(reward)
        for agent in turn.actors:
            paid = turn.views[agent].reward
            if not math.isclose(float(paid), owed.get(agent, 0.0), rel_tol=1e-6, abs_tol=1e-6):
                return (
                    "cumulative",
                    f"after {number} turns last() pays {agent!r} {float(paid):g}; its "
                    f"rewards since its last turn add up to {owed.get(agent, 0.0):g}",
                    "clear `rewards` and the mover's cumulative reward at the start of step(), and "
                    "add up once at its end",
                    number,
                )
            owed[agent] = 0.0
    return None


def _in_turn(table: Table, record: Record) -> Problem | None:
    """Games that say they can be played in parallel go round the table."""
    if not table.env.metadata.get("is_parallelizable"):
        return None
    number = 0
    while number + 1 < len(record.turns):
        agents = record.turns[number].outcome["agents"]
        outcome = record.turns[number].outcome
        if any(outcome[k][a] for k in ("terminated", "truncated") for a in agents):
            number += 1  # the dead leave one by one, in whatever order
            continue
        row = [
            turn.actors[0] for turn in record.turns[number : number + len(agents)] if turn.actors
        ]
        if len(row) == len(agents) and set(row) != set(agents):
            return (
                "order",
                f"a round that begins after {number} turns asks {row}, the players are {agents}; "
                "metadata says is_parallelizable",
                "ask every living player once a round, or do not declare is_parallelizable",
                number + len(agents),
            )
        number += len(agents)
    return None
