"""The manners of a game: PettingZoo's own tests, the dead, bad moves, copies, closing."""

from __future__ import annotations

import contextlib
import io
import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import gymnasium as gym

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.games.table import (
    AecTable,
    ParallelTable,
    Table,
    Unrepeatable,
    legal,
    play,
    replay,
    sit,
    table_of,
    unlogged,
)
from veragym.check.sameness import closes_twice
from veragym.check.subject import Plan, Subject
from veragym.check.transcript import first_difference

CYCLES = 100
EPISODES = 4
HOSTILE: tuple[tuple[str, Any], ...] = (
    ("None from a living player", None),
    ("a text", "first"),
    ("a huge number", 10**9),
    ("a negative number", -7),
    ("NaN", float("nan")),
    ("a list", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("a dict", {"move": 0}),
)


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Calls that a sound game survives."""
    yield _own_tests(subject, plan)
    yield _spaces(subject)
    try:
        yield _dead(subject, plan)
    except Unrepeatable as error:
        yield not_applicable("dead-move", f"{error}; see determinism.repeats")
    yield _hostile(subject)
    yield _copies(subject, plan)
    yield closes_twice(subject.make, lambda env: play(table_of(env), legal(0), seed=0, max_turns=2))


def _own_tests(subject: Subject, plan: Plan) -> Finding:
    """`pettingzoo.test.api_test` or `parallel_api_test`."""
    from pettingzoo.test import api_test, parallel_api_test

    env = subject.make()
    test = api_test if isinstance(table_of(env), AecTable) else parallel_api_test
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        try:
            test(env, num_cycles=min(CYCLES, plan.max_steps))
        except Exception as error:  # noqa: BLE001 - a stranger's game may raise anything
            return bad(
                "pettingzoo",
                f"pettingzoo's {test.__name__} fails: {type(error).__name__}: {error}"[:300],
                f"see pettingzoo.test.{test.__name__}; begin with what it names",
            )
    return ok(
        "pettingzoo",
        f"pettingzoo's {test.__name__} passes",
        warnings=list(dict.fromkeys(str(w.message)[:200] for w in caught))[:5],
    )


def _spaces(subject: Subject) -> Finding:
    table = table_of(subject.make())
    table.reset(0)
    for agent in table.agents:
        for kind in ("observation_space", "action_space"):
            ask = getattr(table.env, kind)
            if not isinstance(ask(agent), gym.Space) or ask(agent) is not ask(agent):
                return bad(
                    "spaces",
                    f"{kind}({agent!r}) does not give one and the same space each time",
                    "make the spaces once, in __init__",
                    seed=0,
                )
    return ok("spaces", "each player has its own spaces, the same objects each time")


def _dead(subject: Subject, plan: Plan) -> Finding:
    """A player that is out may only make the empty move; in a Parallel game it has left."""
    table = table_of(subject.make())
    if isinstance(table, ParallelTable):
        return not_applicable("dead-move", "players of a Parallel game leave when they are out")
    tried = 0
    for seed in range(min(plan.seeds, EPISODES)):
        record = play(table, legal(seed), seed=seed, max_turns=plan.max_steps)
        for number, turn in enumerate(record.turns):
            if not turn.actors or not turn.views[turn.actors[0]].dead:
                continue
            (agent,) = turn.actors
            move = _some_move(record, agent)
            if move is None:
                continue
            replay(table, seed, record.moves[:number])
            tried += 1
            try:
                table.act({agent: move})
            except Exception:  # noqa: BLE001 - a refusal may be any exception
                continue
            went, _ = sit(table, {}, True)
            replay(table, seed, record.moves[: number + 1])
            due, _ = sit(table, {}, True)
            if went.outcome == due.outcome and went.actors == due.actors:
                continue  # it was taken for the empty move
            return bad(
                "dead-move",
                f"after {number} turns {agent!r} is out of the game, and its move {move!r} is "
                "played",
                "begin step() with: if this player is terminated or truncated, _was_dead_step()",
                **record.recipe(number),
                move=move,
            )
    if not tried:
        return not_applicable("dead-move", "no player was out of a game that had moved before")
    return ok("dead-move", f"{tried} moves of players that were out were refused")


def _some_move(record: Any, agent: Any) -> Any:
    return next((m[agent] for m in record.moves if m.get(agent) is not None), None)


def _hostile(subject: Subject) -> Finding:
    """Moves outside the space are refused, and a refused move leaves the game as it was."""
    table = table_of(subject.make())
    refused = 0
    for what, move in HOSTILE:
        table.reset(0)
        actors = table.actors
        space = table.space(actors[0])
        with contextlib.suppress(Exception):
            if space.contains(move):
                continue
        fine = {agent: legal(0)(agent, table.view(agent), table.space(agent)) for agent in actors}
        try:
            with unlogged():
                table.act({**fine, actors[0]: move})
        except Exception:  # noqa: BLE001 - a refusal may be any exception
            refused += 1
            problem = _spoilt(table, fine)
            if problem is not None:
                return bad(
                    "hostile-moves",
                    f"{what} is refused, and after that the game is another",
                    "check a move before anything changes",
                    seed=0,
                    moves=[repr(move)[:80]],
                    difference=problem,
                )
            continue
        rewards = table.outcome()["rewards"]
        after = sit(table, {}, True)[0]
        outside = [
            agent
            for agent, view in after.views.items()
            if not table.env.observation_space(agent).contains(view.observation)
        ]
        if outside or any(not -1e300 < float(r) < 1e300 for r in rewards.values()):
            return bad(
                "hostile-moves",
                f"{what} is played and leads to "
                + (f"an observation outside the space of {outside[0]!r}" if outside else
                   f"the rewards {rewards}"),
                "refuse what the action space does not contain",
                seed=0,
                moves=[repr(move)[:80]],
            )  # fmt: skip
        if isinstance(space, gym.spaces.Discrete) and float(rewards.get(actors[0], 0.0)) > 0:
            return bad(
                "hostile-moves",
                f"{what} as a move is rewarded with {rewards[actors[0]]!r}",
                "refuse what the action space does not contain",
                seed=0,
                moves=[repr(move)[:80]],
            )
    return ok("hostile-moves", f"{refused} moves outside the space are refused; none does harm")


def _spoilt(table: Table, fine: dict[Any, Any]) -> dict[str, Any] | None:
    """How the game goes on after a refusal, held against one without it."""
    if isinstance(table, ParallelTable):
        return None  # its players move at once, and some may have moved before the bad one
    lines = []
    with contextlib.suppress(Exception):
        lines.append(_go_on(table, fine))
    table.reset(0)
    return first_difference([_go_on(table, fine)], lines)


def _go_on(table: Table, moves: dict[Any, Any]) -> str:
    table.act(moves)
    return sit(table, moves, True)[1]


def _copies(subject: Subject, plan: Plan) -> Finding:
    """A pickled game plays as a new one does."""
    env = subject.make()
    try:
        again = pickle.loads(pickle.dumps(env))
    except Exception as error:  # noqa: BLE001 - not every game can be pickled, and none has to be
        return not_applicable(
            "pickle", f"it cannot be pickled: {type(error).__name__}: {error}"[:200]
        )
    turns = min(plan.max_steps, 100)
    one = play(table_of(env), legal(3), seed=3, max_turns=turns, everyone=True)
    difference: dict[str, Any] | None
    try:
        other = play(table_of(again), legal(3), seed=3, max_turns=turns, everyone=True)
        difference = first_difference(one.lines, other.lines)
    except Exception as error:  # noqa: BLE001 - the original played the same without
        difference = {"line": 0, "raised": f"{type(error).__name__}: {error}"[:200]}
    if difference is not None:
        return bad(
            "pickle",
            "a pickled game plays another way",
            "see that everything the game needs is pickled, with EzPickle or __getstate__",
            **one.recipe(difference["line"]),
            difference=difference,
        )
    return ok("pickle", "a pickled game plays as the original does")
