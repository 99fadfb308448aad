"""Looking changes nothing, and what a player was handed is its own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.games.table import AecTable, Record, Table, legal, play, table_of
from veragym.check.subject import Plan, Subject
from veragym.check.transcript import first_difference, line

EPISODES = 6
FRAMES = 12
"""Turns of the one episode that is drawn."""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """The same moves, with and without each kind of looking."""
    seeds = range(min(plan.seeds, EPISODES))
    turns = min(plan.max_steps, 300)
    reference = [
        play(table_of(subject.make()), legal(seed), seed=seed, max_turns=turns) for seed in seeds
    ]
    yield _compare(
        "looking",
        "observe(), last(), infos and state() read in between",
        "compute observations from the state without changing it, and draw no random numbers there",
        subject,
        reference,
        turns,
        _look,
    )
    yield _written(subject, reference, turns)
    yield _drawn(subject, plan)


def _compare(
    name: str,
    what: str,
    fix: str,
    subject: Subject,
    reference: list[Record],
    turns: int,
    between: Callable[[Table], None],
) -> Finding:
    for record in reference:
        other = play(
            table_of(subject.make()), legal(record.seed or 0), seed=record.seed,
            max_turns=turns, between=between,
        )  # fmt: skip
        difference = first_difference(record.lines, other.lines)
        if difference is not None:
            return bad(
                name,
                f"seed {record.seed}: the game goes another way with {what}",
                fix,
                **record.recipe(difference["line"]),
                difference=difference,
            )
    return ok(name, f"{len(reference)} episodes are the same with {what}")


def _look(table: Table) -> None:
    env = table.env
    for agent in [*table.viewers(), *reversed(table.viewers())]:
        table.view(agent)
        env.observation_space(agent), env.action_space(agent)
    if isinstance(table, AecTable) and env.agents:
        for _ in range(2):
            env.last()
        env.last(observe=False)
        list(zip(env.agent_iter(max_iter=0), ()))
    str(env), env.num_agents
    # Some games have no state(), and some keep another thing under that name.
    with contextlib.suppress(Exception):
        env.state()


def _written(subject: Subject, reference: list[Record], turns: int) -> Finding:
    """A player scribbles over the observation it was handed, after it has chosen its move."""
    changed = 0
    for record in reference:
        table = table_of(subject.make())
        table.reset(record.seed)
        lines = [_seen(table)]
        error: dict[str, Any] | None = None
        for moves in record.moves[:turns]:
            for agent in table.actors:
                changed += _scribble(table.view(agent).observation)
            try:
                table.act(moves)
            except Exception as raised:  # noqa: BLE001 - the same moves were fine before
                shown = f"{type(raised).__name__}: {raised}"[:200]
                error = {"line": len(lines), "raised": shown}
                break
            lines.append(_seen(table))
        own = [_seen_in(record, number) for number in range(len(lines))]
        difference = first_difference(own, lines) or error
        if difference is not None:
            return bad(
                "own-copy",
                f"seed {record.seed}: the game changes when a player writes into the array it was "
                "shown",
                "return a copy of the observation, never the game's own array",
                **record.recipe(difference["line"]),
                difference=difference,
            )
    if not changed:
        return not_applicable("own-copy", "no observation can be written to")
    return ok("own-copy", f"{changed} observations were overwritten by players; nothing changed")


def _seen(table: Table) -> str:
    actors = table.actors
    views = {str(agent): table.view(agent).plain() for agent in actors}
    return line(actors=actors, views=views, **table.outcome())


def _seen_in(record: Record, number: int) -> str:
    import json

    written = json.loads(record.lines[number])
    turn = record.turns[number]
    views = {str(agent): written["views"][str(agent)] for agent in turn.actors}
    outcome = {key: written[key] for key in turn.outcome}
    return line(actors=list(turn.actors), views=views, **outcome)


def _scribble(observation: Any) -> int:
    """Overwrites every array inside; says how many there were."""
    if isinstance(observation, np.ndarray):
        if not observation.flags.writeable or observation.ndim == 0:
            return 0
        observation[...] = 1 - observation if observation.dtype == bool else 77
        return 1
    if isinstance(observation, Mapping):
        return sum(_scribble(value) for value in observation.values())
    if isinstance(observation, (list, tuple)):
        return sum(_scribble(value) for value in observation)
    return 0


def _drawn(subject: Subject, plan: Plan) -> Finding:
    """The same episode with a picture or a text of every turn."""
    modes = list(getattr(subject.make(), "metadata", {}).get("render_modes") or [])
    mode = next((m for m in ("ansi", "rgb_array") if m in modes), None)
    if mode is None:
        return not_applicable("rendering", "it offers neither text nor pictures")
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    try:
        drawn_game, undrawn_game = (subject.make(render_mode=mode) for _ in range(2))
    except TypeError:
        return not_applicable("rendering", "it is not made with a render_mode")
    pictures = 0

    def draw(table: Table) -> None:
        nonlocal pictures
        if table.env.render() is not None:
            pictures += 1

    one = play(table_of(undrawn_game), legal(0), seed=0, max_turns=FRAMES)
    try:
        other = play(table_of(drawn_game), legal(0), seed=0, max_turns=FRAMES, between=draw)
        drawn_game.close()
    except ImportError as error:
        return not_applicable("rendering", f"drawing needs what is not installed: {error}")
    except Exception as error:  # noqa: BLE001 - a stranger's drawing may raise anything
        return bad(
            "rendering",
            f"render() in mode {mode!r} raises {type(error).__name__}: {error}"[:300],
            "draw every state that an episode can reach, the last one too",
            **one.recipe(),
        )
    difference = first_difference(one.lines, other.lines)
    if difference is not None:
        return bad(
            "rendering",
            f"the game goes another way when it is drawn ({mode})",
            "let render() read the state and nothing else",
            **one.recipe(difference["line"]),
            difference=difference,
        )
    unmade = play(table_of(subject.make()), legal(0), seed=0, max_turns=FRAMES)
    difference = first_difference(unmade.lines, one.lines)
    if difference is not None:
        return bad(
            "render-mode",
            f"the game is another one where it is made with render_mode={mode!r}, drawn or not",
            "let what players see and what happens not depend on render_mode: who watches would "
            "not see what was trained",
            **unmade.recipe(difference["line"]),
            render_mode=mode,
            difference=difference,
        )
    return ok("rendering", f"drawing {pictures} turns ({mode}) changed nothing")
