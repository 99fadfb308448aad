"""What is hidden from a player changes nothing that the player can see.

Which part of an observation is meant to be hidden cannot be read off a game, so there are three
tests of different reach:

    hidden     a game that offers `permute_hidden` has what a player must not know exchanged; all
               the player is given has to stay the same (see `games/hidden.py`)
    beside     episodes are searched for those in which a player saw the same observations all
               along; if its mask or info then still tells apart what another player holds, that is
               a leak beside the observation
    same-round in a game declared playable in parallel, nobody sees what others did this round
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import gymnasium as gym

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.games.hidden import hidden, over
from veragym.check.games.table import (
    MASK,
    AecTable,
    Record,
    Table,
    Unrepeatable,
    View,
    choose,
    compact,
    episodes_for,
    legal,
    legal_moves,
    play,
    replay,
    sit,
    table_of,
)
from veragym.check.subject import Plan, Subject
from veragym.check.transcript import first_difference, plain

EPISODES = 24
SEARCHED = 6
"""Episodes searched for equal histories, per seed of the plan."""
MOST_SEARCHED = 200
POLICIES = 3
"""Ways to play that take turns in the search, so that many histories are alike."""
FEWEST = 2
"""Episodes that must show each value before it counts as telling."""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """The three tests, where each applies."""
    for name, test in (("hidden", hidden), ("beside", _beside), ("same-round", _same_round)):
        try:
            yield test(subject, plan)
        except Unrepeatable as error:
            yield not_applicable(name, f"{error}; see determinism.repeats")


# -- without it ------------------------------------------------------------------------------------


def _beside(subject: Subject, plan: Plan) -> Finding:
    """Mask and info, among episodes that look the same in the observation alone."""
    table = table_of(subject.make())
    if len(getattr(table.env, "possible_agents", ())) < 2:
        return not_applicable("beside", "there is only one player")
    # (player, all it saw and did) -> [(place -> text, what the others see, seed, turn)]
    groups: dict[str, list[tuple[dict[str, str], dict[str, str], Record, int]]] = defaultdict(list)
    courses: set[str] = set()
    for seed in range(min(plan.seeds * SEARCHED, MOST_SEARCHED)):
        record = play(
            table,
            legal(seed % POLICIES),
            seed=seed,
            max_turns=min(plan.max_steps, 12),
            everyone=True,
        )
        courses.add("\n".join(record.lines))
        if seed + 1 == 2 * POLICIES and len(courses) <= POLICIES:
            return not_applicable("beside", "nothing is left to chance: there is nothing to hide")
        history: dict[Any, list[Any]] = defaultdict(list)
        for number, turn in enumerate(record.turns):
            if over(turn) or not turn.actors:
                break
            seen = {agent: _bare(view) for agent, view in turn.views.items()}
            for agent, view in turn.views.items():
                history[agent].append([seen[agent], plain(turn.moves), turn.actors])
                key = json.dumps([str(agent), plain(history[agent])])
                rest = {str(a): json.dumps(s) for a, s in seen.items() if a != agent}
                groups[key].append((_places(view), rest, record, number))
    compared = 0
    for key, cases in groups.items():
        if len(cases) < 2 * FEWEST:
            continue
        compared += 1
        told = _tells(cases)
        if told is not None:
            place, other, record, number = told
            agent = json.loads(key)[0]
            return bad(
                "beside",
                f"after {number} turns {place} of {agent!r} tells what {other!r} sees, which the "
                "observation does not",
                "compute masks and infos from what the player may know",
                **record.recipe(number),
                agent=agent,
                place=place,
                values=sorted({case[0].get(place, "") for case in cases})[:5],
            )
    if not compared:
        return not_applicable("beside", "no two episodes looked the same to a player")
    return ok("beside", f"in {compared} situations mask and info tell no more than the observation")


def _bare(view: View) -> Any:
    """The observation without the mask."""
    if isinstance(view.observation, Mapping):
        return compact({k: v for k, v in view.observation.items() if k != MASK})
    return compact(view.observation)


def _places(view: View) -> dict[str, str]:
    """Everything in info, and the mask, by place."""
    found: dict[str, str] = {}

    def walk(path: str, value: Any) -> None:
        if isinstance(value, dict) and set(value) != {"dtype", "shape", "data"}:
            for name, item in value.items():
                walk(f"{path}[{name!r}]", item)
        else:
            found[path] = json.dumps(value)

    walk("info", compact(view.info))
    if isinstance(view.observation, Mapping) and MASK in view.observation:
        found["the mask"] = json.dumps(plain(view.observation[MASK]))
    return found


def _tells(cases: list[Any]) -> tuple[str, str, Record, int] | None:
    """A place whose value determines what another player sees, shown by enough episodes."""
    for place in sorted({place for case in cases for place in case[0]}):
        for other in sorted({name for case in cases for name in case[1]}):
            seen: dict[str, list[str]] = defaultdict(list)
            for texts, rest, *_ in cases:
                if other in rest:
                    seen[texts.get(place, "")].append(rest[other])
            known = [values for values in seen.values() if len(values) >= FEWEST]
            if (
                len(known) >= 2
                and all(len(set(values)) == 1 for values in known)
                and len({values[0] for values in known}) >= 2
            ):
                *_, record, number = cases[0]
                return place, other, record, number
    return None


def _same_round(subject: Subject, plan: Plan) -> Finding:
    """Games that differ only in the first player's move of this round look the same to others."""
    table = table_of(subject.make())
    if not isinstance(table, AecTable):
        return not_applicable("same-round", "all players of a Parallel game move at once")
    if not table.env.metadata.get("is_parallelizable"):
        return not_applicable("same-round", "the players move one after another")
    compared = 0
    for seed in range(episodes_for(plan, EPISODES)):
        record = play(table, legal(seed), seed=seed, max_turns=min(plan.max_steps, 60))
        number = 0
        while number < len(record.turns) and record.turns[number].actors:
            turn = record.turns[number]
            if over(turn):
                break
            count = len(turn.outcome["agents"])
            found, tried = _branches(table, record, number, count)
            compared += tried
            if found is not None:
                return found
            number += count
    if not compared:
        return not_applicable("same-round", "no player ever had two moves to choose from")
    return ok("same-round", f"{compared} other moves of one player went unseen in the same round")


def _branches(table: Table, record: Record, number: int, count: int) -> tuple[Finding | None, int]:
    turn = record.turns[number]
    (first,) = turn.actors
    space = table.space(first)
    allowed = legal_moves(turn.views[first], space)
    if allowed is None and isinstance(space, gym.spaces.Discrete):
        allowed = list(range(int(space.start), int(space.start) + int(space.n)))
    if not allowed or len(allowed) < 2 or count < 2:
        return None, 0
    seen: list[tuple[Any, list[str]]] = []
    for move in (allowed[0], allowed[-1]):
        replay(table, record.seed, record.moves[:number])
        table.act({first: move})
        lines = []
        for _ in range(count - 1):
            now, _ = sit(table, {}, False)
            if not now.actors:
                break
            lines.append(json.dumps([plain(now.actors), [v.plain() for v in now.views.values()]]))
            table.act(choose(table, now, legal(number)))
        seen.append((move, lines))
    difference = first_difference(seen[0][1], seen[1][1])
    if difference is None:
        return None, 1
    return (
        bad(
            "same-round",
            f"after {number} turns a player sees what {first!r} chose in the same round, though "
            "metadata says is_parallelizable",
            "update what players see at the end of the round, or do not declare is_parallelizable",
            **record.recipe(number),
            then={str(first): [seen[0][0], seen[1][0]]},
            difference=difference,
        ),
        1,
    )
