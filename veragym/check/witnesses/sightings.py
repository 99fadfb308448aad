"""Where a secret shows: a value of it stands in a place in nearly every task, and in its own only.

A single coincidence proves nothing (a secret 12 and twelve steps), nor does what all tasks share (a
secret `form: integer`). So tasks are compared: a place betrays a part of the secret if it holds it
in nearly all of them, and seldom another task's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from veragym.check.subject import Environment
from veragym.check.transcript import plain
from veragym.core.task import Task

SHORTEST_TEXT = 6
"""Characters below which a text is found in another by chance."""
SMALLEST_NUMBER = 1000
"""Numbers below it (three digits) are found by chance."""
OWN_SHARE = 0.9
OTHER_SHARE = 0.5
FEWEST_TASKS = 3


def discoverable_of(env: Environment) -> frozenset[str]:
    """The keys of `task.secret` that an agent may find out by acting, as the environment says.

    An environment names them in an attribute `discoverable`: the cells of a maze, the rows of a
    database. Whatever else is in the secret must never be seen.
    """
    return frozenset(getattr(env.unwrapped, "discoverable", ()))


@dataclass(frozen=True, slots=True)
class Sighting:
    """One task: what must not be seen, and what is to be searched.

    Attributes:
        values: parts of the secret as text, by their path in it.
        places: texts by the name of the place they were found at.
    """

    values: Mapping[str, str]
    places: Mapping[str, str]


def hidden_values(task: Task, discoverable: frozenset[str], known: str = "") -> dict[str, str]:
    """The parts of a secret that are long enough to be recognised, as text, by path.

    Args:
        task: the task; what stands under the same key in its public part is no secret.
        discoverable: keys that may be found out.
        known: text that the agent has anyhow; what stands in it or the prompt is left out.
    """
    known = f"{task.prompt}\n{known}"
    found = {}
    for key, value in task.secret.items():
        if key in discoverable or (key in task.public and task.public[key] == value):
            continue
        for path, text in leaves(plain(value), f"secret[{key!r}]"):
            if _long(text) and not stands_in(text, known):
                found[path] = text
    return found


def leaves(value: object, path: str, depth: int = 4) -> Iterator[tuple[str, str]]:
    """Every (path, text) inside plain data: leaves, and containers as JSON."""
    if isinstance(value, Mapping | list | tuple):
        yield path, json.dumps(value, sort_keys=True)
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        if depth:
            for key, item in items:
                yield from leaves(item, f"{path}[{key!r}]", depth - 1)
    elif value is not None and not isinstance(value, bool):
        yield path, str(value).strip()


def _long(text: str) -> bool:
    try:
        return abs(float(text)) >= SMALLEST_NUMBER or len(text) >= SHORTEST_TEXT
    except ValueError:
        return len(text) >= SHORTEST_TEXT


def stands_in(value: str, text: str) -> bool:
    """Whether a value is in a text, and not as part of a longer number or word."""
    if value not in text:
        return False
    before = r"(?<![\w.])" if value[0].isalnum() else ""
    after = r"(?!\w)(?!\.\d)" if value[-1].isalnum() else ""
    return re.search(before + re.escape(value) + after, text) is not None


def betrayed(seen: Sequence[Sighting]) -> tuple[str, str, int] | None:
    """The first (path in the secret, place, task) that shows it, or None.

    The number of the task is that of one where it can be seen.
    """
    paths = sorted({path for sighting in seen for path in sighting.values})
    places = sorted({place for sighting in seen for place in sighting.places})
    for path in paths:
        rows = [s for s in seen if path in s.values]
        if len(rows) < FEWEST_TASKS:
            continue
        values = [row.values[path] for row in rows]
        others = values[1:] + values[:1]
        for place in places:
            texts = [row.places.get(place, "") for row in rows]
            own = [stands_in(*pair) for pair in zip(values, texts)]
            if sum(own) < max(FEWEST_TASKS, OWN_SHARE * len(rows)):
                continue
            other = sum(stands_in(*pair) for pair in zip(others, texts))
            if other <= OTHER_SHARE * len(rows):
                return path, place, seen.index(rows[own.index(True)])
    return None
