"""Files of tasks and of responses: read, checked line by line, and paired.

Nothing is judged unless every line can be used, and every line that cannot is named with what to
do about it: a response that got lost on the way must not count as a wrong answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veragym.cli.outcome import Failed
from veragym.core.errors import OptionError
from veragym.core.task import Task

MOST_PROBLEMS = 10
"""Unusable lines that are named before the rest is only counted."""
LINES = "a JSON array becomes lines with: jq -c '.[]' FILE"


@dataclass(frozen=True, slots=True)
class Job:
    """One response with the task it belongs to, and the line it came from."""

    task: Task
    response: Any
    line: int


def read_tasks(path: Path) -> list[Task]:
    """The tasks of a file as `veragym tasks` writes it.

    Raises:
        Failed: the file or some of its lines cannot be used.
    """
    problems: list[str] = []
    tasks: list[Task] = []
    lines: dict[str, int] = {}
    for number, value in _values(path, problems):
        try:
            task = _task(value)
        except OptionError as error:
            problems.append(f"{path.name}, line {number}: {error}")
            continue
        if task.id in lines:
            problems.append(
                f"{path.name}, line {number}: its id {task.id!r} is that of line {lines[task.id]}; "
                "remove one of the two"
            )
        lines.setdefault(task.id, number)
        tasks.append(task)
    _refuse(problems)
    if not tasks:
        raise Failed(f"{path.name} holds no tasks; `veragym tasks ID --out FILE` writes some")
    return tasks


def read_jobs(tasks: list[Task], path: Path) -> list[Job]:
    """The responses of a file with their tasks: by id if its lines have ids, else in order.

    Raises:
        Failed: the file or some of its lines cannot be used.
    """
    problems: list[str] = []
    by_id = {task.id: task for task in tasks}
    jobs: list[Job] = []
    named: dict[bool, int] = {}
    for number, value in _values(path, problems):
        try:
            response = _response(value)
            has_id = isinstance(value, dict) and "id" in value
            named.setdefault(has_id, number)
            task = by_id.get(_id(value["id"])) if has_id else None
            if has_id and task is None:
                raise OptionError(
                    f"no task has the id {value['id']!r}; are these responses to other tasks?"
                )
            if task is None and len(jobs) >= len(tasks):
                raise OptionError(
                    f"there are only {len(tasks)} tasks; give every response the id of its task"
                )
        except OptionError as error:
            problems.append(f"{path.name}, line {number}: {error}")
            continue
        jobs.append(Job(task or tasks[len(jobs)], response, number))
    _refuse(problems)
    if len(named) == 2:
        raise Failed(
            f"{path.name}: line {named[True]} names its task by id and line {named[False]} does "
            "not; give every line an id, or none"
        )
    if not jobs:
        raise Failed(f"{path.name} holds no responses")
    return jobs


# -- lines -----------------------------------------------------------------------------------------


def _values(path: Path, problems: list[str]) -> Iterator[tuple[int, Any]]:
    """The JSON values of a file with their line numbers; lines that are none go to `problems`."""
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    yield number, json.loads(line)
                except (ValueError, RecursionError) as error:
                    hint = f"; {LINES}" if line.strip() in ("[", "{") else ""
                    problems.append(f"{path.name}, line {number}: not JSON ({error}){hint}")
    except OSError as error:
        raise Failed(f"cannot read {path}: {error.strerror}") from error


def _task(value: Any) -> Task:
    if not isinstance(value, dict):
        raise OptionError(
            f"{_kind(value)}, not a task; there must be one object per line, as `veragym tasks` "
            f"writes them ({LINES})"
        )
    if value.get("secret") is None:
        raise OptionError(
            "it has no secret, so no answer can be judged; write the tasks without --public"
        )
    # In the words of a JSON file; what else may be wrong, the task itself says.
    for name in ("id", "env_id"):
        if name in value and not isinstance(value[name], str):
            raise OptionError(f"its {name} must be text, got {_kind(value[name])}")
    for name in ("public", "secret"):
        if name in value and not isinstance(value[name], dict):
            raise OptionError(f"its {name} must be an object, got {_kind(value[name])}")
    return Task.from_json(value)


def _response(value: Any) -> Any:
    """What was said: text, or the list or object of a conversation."""
    if isinstance(value, dict):
        if "response" not in value:
            raise OptionError(
                f'no "response", only {sorted(value)}; a line is {{"id": …, "response": …}}'
            )
        response = value["response"]
    elif isinstance(value, list):
        raise OptionError(f'a list; a line is a text or {{"id": …, "response": …}} ({LINES})')
    else:
        response = value
    if response is None:
        raise OptionError(
            'the response is null; leave the line out if there was none, or write "" if the '
            "policy said nothing"
        )
    if isinstance(response, (bool, int, float)):
        raise OptionError(f"the response must be text, got {_kind(response)}; put it in quotes")
    return response


def _id(value: Any) -> str:
    if not isinstance(value, str):
        raise OptionError(f"the id must be the text of a task's id, got {_kind(value)}")
    return value


def _kind(value: Any) -> str:
    """A value as a person would call it."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return f"the number {value!r:.40}"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"


def _refuse(problems: list[str]) -> None:
    if problems:
        more = len(problems) - MOST_PROBLEMS
        rest = f"; and {more} more" if more > 0 else ""
        raise Failed("; ".join(problems[:MOST_PROBLEMS]) + rest)
