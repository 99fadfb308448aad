"""`veragym verify`: judges a file of responses, or one answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from veragym.cli.environment import Json
from veragym.cli.outcome import INFRA, USAGE, Failed, console, emit
from veragym.cli.tasks import watched, write_whole

BATCH = 256
MOST_PROBLEMS = 10
"""Unreadable lines that are named before the rest is only counted."""


def verify(
    tasks: Annotated[
        Path | None, typer.Argument(help="JSON lines as `veragym tasks` writes them.")
    ] = None,
    responses: Annotated[
        Path | None,
        typer.Argument(
            help='JSON lines {"id": task id, "response": text}, or one text per task in order.'
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Verdicts as JSON lines.")] = None,
    answer: Annotated[str | None, typer.Option(help="One answer to judge, with --gold.")] = None,
    gold: Annotated[str | None, typer.Option(help="The right answer.")] = None,
    form: Annotated[
        str | None,
        typer.Option(help="What counts as an answer: a kind, or YAML such as {kind: set}."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Judges responses to tasks. Wrong answers are no failure: the status is 0.

    Status 1: a file cannot be read; 3: some responses could not be judged.
    """
    if answer is not None or gold is not None:
        if answer is None or gold is None or tasks is not None:
            raise Failed("give --answer and --gold together, and no files", USAGE)
        _one(answer, gold, form, as_json)
        return
    if tasks is None or responses is None:
        raise Failed("give TASKS and RESPONSES, or --answer and --gold", USAGE)
    if form is not None:
        raise Failed("--form goes with --answer and --gold; tasks carry their own form", USAGE)
    jobs = read_jobs(tasks, responses)
    verdicts = [verdict for verdict in watched(_judged(jobs), len(jobs), "verdicts")]  # noqa: C416
    if out is not None:
        write_whole(out, (_line(job, verdict) for job, verdict in zip(jobs, verdicts)))
    _report(jobs, verdicts, out, as_json)
    if any(not verdict.scored for verdict in verdicts):
        raise typer.Exit(INFRA)


# -- one answer ------------------------------------------------------------------------------------


def _one(answer: str, gold: str, form: str | None, as_json: bool) -> None:
    import yaml

    from veragym.verifiers import Form, grade_answer

    try:
        contract = None if form is None else Form.of(yaml.safe_load(form))
    except yaml.YAMLError as error:
        raise Failed(
            f"--form {form!r} is not YAML: {' '.join(str(error).split())}", USAGE
        ) from None
    verdict = grade_answer(gold, answer, contract)
    if as_json:
        emit(verdict.to_json())
    else:
        typer.echo(f"{verdict.outcome.value}, score {verdict.score:g}" + _because(verdict))
    if not verdict.scored:
        raise typer.Exit(INFRA)


def _because(verdict: Any) -> str:
    return f": {verdict.reason}" if verdict.reason else ""


# -- files -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Job:
    """One response with the task it belongs to, and the line it came from."""

    task: Any
    response: Any
    line: int


def read_jobs(tasks: Path, responses: Path) -> list[Job]:
    """Pairs responses with tasks, by id where they name one, else by position.

    Raises:
        Failed: lines that cannot be used, with their numbers.
    """
    from veragym.core.errors import OptionError
    from veragym.core.task import Task

    problems: list[str] = []
    listed: list[Any] = []
    for number, value in _json_lines(tasks, problems):
        try:
            if isinstance(value, dict) and "secret" not in value:
                raise OptionError("it has no secret, so no answer can be judged (was it --public?)")
            listed.append(Task.from_json(value))
        except (OptionError, TypeError, AttributeError) as error:
            problems.append(f"{tasks.name}, line {number}: {error}")
            listed.append(None)
    by_id = {task.id: task for task in listed if task is not None}
    jobs = []
    position = 0
    for number, value in _json_lines(responses, problems):
        where = f"{responses.name}, line {number}"
        if isinstance(value, dict) and "response" not in value:
            problems.append(f'{where}: no "response"')
        elif isinstance(value, dict) and "id" in value:
            task = by_id.get(value["id"]) if isinstance(value["id"], str) else None
            if task is None:
                problems.append(f"{where}: no task has the id {value['id']!r}")
            else:
                jobs.append(Job(task, value["response"], number))
        elif position >= len(listed):
            problems.append(f"{where}: there are only {len(listed)} tasks")
        else:
            response = value["response"] if isinstance(value, dict) else value
            jobs.append(Job(listed[position], response, number))
            position += 1
    if problems:
        more = len(problems) - MOST_PROBLEMS
        rest = f"; and {more} more" if more > 0 else ""
        raise Failed("; ".join(problems[:MOST_PROBLEMS]) + rest)
    if not jobs:
        raise Failed(f"{responses.name} holds no responses")
    return jobs


def _json_lines(path: Path, problems: list[str]) -> Iterator[tuple[int, Any]]:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise Failed(f"cannot read {path}: {error.strerror}") from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(f"{path.name}, line {number}: not JSON ({error})")


def _judged(jobs: Sequence[Job]) -> Iterator[Any]:
    from veragym import entries
    from veragym.core.errors import OptionError

    known = entries()
    verifiers: dict[str, Any] = {}
    for start in range(0, len(jobs), BATCH):
        batch = jobs[start : start + BATCH]
        for job in batch:
            env_id = job.task.env_id
            if env_id not in verifiers:
                if env_id not in known:
                    raise OptionError(
                        f"task {job.task.id!r}: no environment {env_id!r} is registered"
                    )
                verifiers[env_id] = known[env_id].load("verifier")()
        ids = {job.task.env_id for job in batch}
        if len(ids) == 1:
            verifier = verifiers[ids.pop()]
            yield from verifier.verify_many([j.task for j in batch], [j.response for j in batch])
        else:
            yield from (verifiers[job.task.env_id](job.task, job.response) for job in batch)


def _line(job: Job, verdict: Any) -> str:
    return json.dumps({"id": job.task.id, "line": job.line, "verdict": verdict.to_json()})


def _report(jobs: Sequence[Job], verdicts: Sequence[Any], out: Path | None, as_json: bool) -> None:
    from veragym.core.verdict import Outcome

    counts = Counter(verdict.outcome for verdict in verdicts)
    scores = [verdict.score for verdict in verdicts if verdict.scored]
    mean = sum(scores) / len(scores) if scores else None
    if as_json:
        emit(
            {
                "responses": len(jobs),
                "outcomes": {outcome.value: counts[outcome] for outcome in Outcome},
                "scored": len(scores),
                "mean_score": mean,
                "out": None if out is None else str(out),
            }
        )
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("outcome")
    table.add_column("responses", justify="right")
    table.add_column("share", justify="right")
    for outcome in Outcome:
        if counts[outcome]:
            share = f"{counts[outcome] / len(jobs):.1%}"
            table.add_row(outcome.value, str(counts[outcome]), share)
    shown = console()
    shown.print(table)
    if mean is not None:
        shown.print(f"mean score {mean:.4f} over {len(scores)} judged responses")
    if out is not None:
        shown.print(f"verdicts written to {out}")
