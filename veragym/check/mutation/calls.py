"""Variants of answers that are lists: calls of tools, and moves.

Calls are declared by `public["form"] = {"kind": "calls"}`; the answer is a JSON list of
`{"name": …, "arguments": {…}}`, exactly the calls to be made, in order unless the form says
`ordered: false`. So every near miss is wrong by that contract.

Moves are declared by `{"kind": "moves"}`, with `separator` (a blank unless given). Another line of
moves may win as well: near misses are only reported, unless the generator can tell.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from veragym.check.mutation.case import Case


def calls_of(gold: str) -> list[dict[str, Any]] | None:
    """The calls of an answer, or None if it is no list of calls."""
    try:
        found = json.loads(gold)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not found:
        return None
    fits = all(
        isinstance(call, dict)
        and isinstance(call.get("name"), str)
        and isinstance(call.get("arguments", {}), dict)
        for call in found
    )
    return found if fits else None


def _ordered(case: Case) -> bool:
    form = case.public.get("form")
    return not (isinstance(form, dict) and form.get("ordered") is False)


def near_misses_of_calls(case: Case) -> Iterator[tuple[str, str]]:
    """Lists of calls with one change each."""
    calls = calls_of(case.gold)
    if calls is None:
        return
    for i, call in enumerate(calls):
        for name, value in call.get("arguments", {}).items():
            changed = copy.deepcopy(calls)
            changed[i]["arguments"][name] = another(value)
            yield "one wrong argument", json.dumps(changed)
            missing = copy.deepcopy(calls)
            del missing[i]["arguments"][name]
            yield "one argument missing", json.dumps(missing)
        if call.get("arguments"):
            emptied = copy.deepcopy(calls)
            emptied[i]["arguments"] = {}
            yield "a call without arguments", json.dumps(emptied)
        yield "one call missing", json.dumps([*calls[:i], *calls[i + 1 :]])
        yield "another tool", json.dumps([*calls[:i], {**call, "name": f"{call['name']}_x"},
                                          *calls[i + 1 :]])  # fmt: skip
    yield "the last call twice", json.dumps([*calls, calls[-1]])
    if _ordered(case) and calls != calls[::-1]:
        yield "the calls in another order", json.dumps(calls[::-1])


def rewritings_of_calls(case: Case) -> Iterator[tuple[str, str]]:
    """The same calls, written in another way."""
    calls = calls_of(case.gold)
    if calls is None:
        return
    yield "on several lines", json.dumps(calls, indent=2)
    yield "without blanks", json.dumps(calls, separators=(",", ":"))
    swapped = [
        {**{key: call[key] for key in reversed(call)}} | _reversed_arguments(call) for call in calls
    ]
    yield "arguments in another order", json.dumps(swapped)
    if not _ordered(case):
        yield "the calls in another order", json.dumps(calls[::-1])


def _reversed_arguments(call: dict[str, Any]) -> dict[str, Any]:
    if "arguments" not in call:
        return {}
    return {"arguments": dict(reversed(call["arguments"].items()))}


def another(value: Any) -> Any:
    """Another JSON value of the same type, far from this one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + abs(value) + 1001  # beyond any relative tolerance
    if isinstance(value, str):
        return f"{value}zqxj"
    if isinstance(value, list):
        return [*value, "zqxj"]
    if isinstance(value, dict):
        return {**value, "zqxj": 1}
    return "zqxj"


def _moves(case: Case) -> tuple[list[str], str]:
    form = case.public.get("form")
    separator = form.get("separator", " ") if isinstance(form, dict) else " "
    if not isinstance(separator, str) or not separator:
        separator = " "
    return [move for move in case.gold.split(separator) if move.strip()], separator


def near_misses_of_moves(case: Case) -> Iterator[tuple[str, str]]:
    """Lines of moves with one change each."""
    moves, separator = _moves(case)
    if len(moves) > 1:
        yield "the last move missing", separator.join(moves[:-1])
        yield "the first move missing", separator.join(moves[1:])
        yield "the moves in reverse", separator.join(moves[::-1])
        middle = len(moves) // 2
        yield "a move in the middle missing", separator.join(moves[:middle] + moves[middle + 1 :])
        for i in range(len(moves) - 1):
            swapped = [*moves[:i], moves[i + 1], moves[i], *moves[i + 2 :]]
            yield "two moves swapped", separator.join(swapped)
    if moves:
        yield "the first move twice", separator.join([moves[0], *moves])
        yield "the last move twice", separator.join([*moves, moves[-1]])
