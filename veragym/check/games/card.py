"""What the code of a game says of it, for its card: players, spaces, declarations, an episode."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from veragym.check.games.hidden import HOOK
from veragym.check.games.table import AecTable, Record, View, declared, legal, play, table_of
from veragym.check.transcript import plain
from veragym.registry import Entry

EXAMPLE_SEED = 0
EXAMPLE_TURNS = 12
LONGEST_SHOWN = 1200
"""Characters of one observation or move in the example."""
ON_ONE_LINE = 40
"""Elements of an array of whole numbers that is shown on one line."""
DECLARATIONS = ("zero_sum", "symmetric", "referee", "is_parallelizable")


def played(game: Any, seed: int, turns: int) -> Record:
    """An episode of random legal moves."""
    return play(table_of(game), legal(seed), seed=seed, max_turns=turns)


def summary(game: Any) -> str:
    """The first plain paragraph that the game's class, or else its module, says of itself."""
    raw = game.unwrapped
    module = sys.modules.get(type(raw).__module__)
    own = type(raw).__dict__.get("__doc__")
    for text in (own, getattr(module, "__doc__", None)):
        for paragraph in inspect.cleandoc(text or "").split("\n\n"):
            # Headings, tables, figures and links to other pages are for another page.
            if paragraph.strip() and not any(mark in paragraph for mark in "#|`<"):
                return " ".join(paragraph.split())
    return ""


def described(game: Any, entry: Entry | None) -> dict[str, Any]:
    """Spaces, capabilities, facts and an example episode, as a card shows them."""
    record = played(game, EXAMPLE_SEED, EXAMPLE_TURNS)
    agents = record.turns[0].outcome["agents"]
    aec = isinstance(table_of(game), AecTable)
    last = record.turns[-1].outcome
    over = all(last["terminated"].get(a) or last["truncated"].get(a) for a in last["agents"])
    return {
        "observation_space": _by_player(agents, game.observation_space),
        "action_space": _by_player(agents, game.action_space),
        "capabilities": list(entry.capabilities) if entry else [],
        "facts": (
            ("kind", "PettingZoo, one player at a time (AEC)" if aec
             else "PettingZoo, all players at once (Parallel)"),
            ("players", f"{len(agents)}: {', '.join(map(str, agents))}"),
            ("declares", _declared(game, entry)),
        ),
        "example": {
            "agent": "random",
            "start": "\n".join(
                _sees(agent, view) for agent, view in record.turns[0].views.items()
            ),
            "turns": [_turn(turn, aec) for turn in record.turns[1:] if _moved(turn)],
            "ended": record.ended or over,
            "verdict": None,
        },
    }  # fmt: skip


def _moved(turn: Any) -> bool:
    return any(move is not None for move in turn.moves.values())


def _turn(turn: Any, aec: bool) -> str:
    moves = ", ".join(f"{agent}: {shown(move)}" for agent, move in turn.moves.items())
    rewards = ", ".join(f"{agent} {float(r):g}" for agent, r in turn.outcome["rewards"].items())
    lines = [f"> {moves}", f"[rewards {rewards or 'none'}]"]
    living = [] if not aec else [(a, v) for a, v in turn.views.items() if not v.dead]
    return "\n".join([*lines, *(_sees(agent, view) for agent, view in living)])


def _sees(agent: Any, view: View) -> str:
    text = shown(view.observation)
    return f"{agent} sees{text}" if text.startswith("\n") else f"{agent} sees {text}"


def _by_player(agents: list[Any], space: Any) -> str:
    """Each space once, with the players that have it."""
    groups: dict[str, list[str]] = {}
    for agent in agents:
        groups.setdefault(str(space(agent)), []).append(str(agent))
    if len(groups) == 1:
        return f"{next(iter(groups))}, for each player"
    return "; ".join(f"{', '.join(names)}: {text}" for text, names in groups.items())


def _declared(game: Any, entry: Entry | None) -> str:
    """The declarations that witnesses of games hold it to."""
    said = [
        (name, value)
        for name in DECLARATIONS
        if (value := declared(entry, game, name)) not in (None, False)
    ]
    shown_ = [name if value is True else f"{name}: {_named(value)}" for name, value in said]
    if callable(getattr(game.unwrapped, HOOK, None)):
        shown_.append(HOOK)
    return ", ".join(shown_) or "nothing that could be held against it"


def _named(value: Any) -> str:
    return getattr(value, "__qualname__", None) or str(value)


def shown(value: Any) -> str:
    """An observation or a move, arrays as rows of numbers, cut where it is long."""
    text = _text(value)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + " …"


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if value.size <= ON_ONE_LINE and value.dtype.kind in "iub":
            return str(value.tolist())
        return np.array2string(value, precision=4, separator=", ", threshold=200)
    if isinstance(value, np.generic):
        return str(value.item())
    if isinstance(value, Mapping):
        inside = (f"{key}: {_text(item)}" for key, item in value.items())
        return "\n  " + "\n  ".join(line.replace("\n", "\n    ") for line in inside)
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))})"
    return value if isinstance(value, str) else str(plain(value))
