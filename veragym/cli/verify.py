"""`veragym verify`: judges a file of responses, or one answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from veragym.cli.environment import Json
from veragym.cli.outcome import INFRA, USAGE, Failed, console, emit, say
from veragym.cli.tasks import write_whole

if TYPE_CHECKING:
    from veragym.cli.responses import Job
    from veragym.core import Task, Verifier
    from veragym.verifiers import Verdicts

MOST_UNJUDGED = 10
"""Responses that could not be judged which are named; the rest is only counted."""
GROUPINGS = ("topic", "family")
"""Public facts of a task that results are broken down by."""


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
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Threads, for verifiers that wait: judges, programs, maths."),
    ] = None,
    answer: Annotated[str | None, typer.Option(help="One answer to judge, with --gold.")] = None,
    gold: Annotated[str | None, typer.Option(help="The right answer.")] = None,
    form: Annotated[
        str | None,
        typer.Option(help="What counts as an answer: a kind, or YAML such as {kind: set}."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Judges responses to tasks. Wrong answers are no failure: the status is 0.

    Status 1: a file cannot be used; 3: some responses could not be judged; 130: interrupted, with
    what was judged by then in OUT.partial.
    """
    if answer is not None or gold is not None:
        if answer is None or gold is None or tasks is not None:
            raise Failed("give --answer and --gold together, and no files", USAGE)
        if workers is not None:
            raise Failed("--workers goes with files; there is one answer to judge", USAGE)
        _one(answer, gold, form, as_json)
        return
    if tasks is None or responses is None:
        raise Failed("give TASKS and RESPONSES, or --answer and --gold", USAGE)
    if form is not None:
        raise Failed("--form goes with --answer and --gold; tasks carry their own form", USAGE)
    _files(tasks, responses, out, workers, as_json)


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


def _files(
    tasks_file: Path, responses: Path, out: Path | None, workers: int | None, as_json: bool
) -> None:
    from veragym.cli.responses import read_jobs, read_tasks
    from veragym.verifiers import Interrupted, verify_many

    if out is not None:
        _require_writable(out, (tasks_file, responses))
    tasks = read_tasks(tasks_file)
    jobs = read_jobs(tasks, responses)
    unanswered = len(tasks) - len({job.task.id for job in jobs})
    verifier = verifier_of([job.task for job in jobs])
    try:
        verdicts = verify_many(
            verifier,
            [job.task for job in jobs],
            [job.response for job in jobs],
            progress=True,
            workers=workers,
        )
    except Interrupted as stop:
        judged = [job for job, done in zip(jobs, stop.done) if done]
        kept = stop.verdicts.where(stop.done)
        said = str(stop)
        if out is not None:
            part = out.with_name(out.name + ".partial")
            write_whole(part, _lines(judged, kept))
            said += f"; their verdicts are in {part}"
        say(said)
        raise
    if out is not None:
        write_whole(out, _lines(jobs, verdicts))
    document = report(jobs, verdicts, unanswered, out)
    if as_json:
        emit(document)
    else:
        _print(document)
    if verdicts.masked:
        raise typer.Exit(INFRA)


def _require_writable(out: Path, inputs: Sequence[Path]) -> None:
    """Finds out before the work is done whether its results can be kept.

    Raises:
        Failed: they cannot.
    """
    for path in inputs:
        with suppress(OSError):
            if out.samefile(path):
                raise Failed(f"--out {out} would overwrite an input; name another file", USAGE)
    if out.is_dir():
        raise Failed(f"--out {out} is a folder; name a file in it", USAGE)
    probe = out.with_name(out.name + ".probe")
    write_whole(probe, ())
    probe.unlink()


def verifier_of(tasks: Sequence[Task]) -> Verifier:
    """The verifier of the tasks' environment, or one that asks each environment's own.

    Raises:
        Failed: an environment is not registered, or has no verifier that can be made.
    """
    from veragym import entries
    from veragym.core import Verifier
    from veragym.registry import unknown_id

    known = entries()
    verifiers: dict[str, Verifier] = {}
    for task in tasks:
        if task.env_id in verifiers:
            continue
        if task.env_id not in known:
            raise Failed(f"task {task.id!r}: {unknown_id(task.env_id)}")
        made = known[task.env_id].load("verifier")
        try:
            verifiers[task.env_id] = made()
        except TypeError as error:
            raise Failed(
                f"the verifier of {task.env_id} cannot be made without arguments ({error}); make "
                "it in Python and call veragym.verifiers.verify_many"
            ) from error
    if len(verifiers) == 1:
        return next(iter(verifiers.values()))

    class ByEnvironment(Verifier):
        """Each task to the verifier of its environment."""

        def verify(self, task: Any, response: Any) -> Any:
            return verifiers[task.env_id](task, response)

    return ByEnvironment()


def _lines(jobs: Sequence[Job], verdicts: Verdicts) -> Iterator[str]:
    for job, verdict in zip(jobs, verdicts):
        yield json.dumps({"id": job.task.id, "line": job.line, "verdict": verdict.to_json()})


# -- the report ------------------------------------------------------------------------------------


def report(
    jobs: Sequence[Job], verdicts: Verdicts, unanswered: int, out: Path | None
) -> dict[str, Any]:
    """The summary of a run, as JSON types.

    Args:
        jobs, verdicts: one verdict per job.
        unanswered: tasks without a response.
        out: where the verdicts were written.
    """
    by: dict[str, dict[str, Any]] = {}
    environments = [job.task.env_id for job in jobs]
    if len(set(environments)) > 1:
        by["environment"] = _broken_down(environments, verdicts)
    for fact in GROUPINGS:
        values = [job.task.public.get(fact) for job in jobs]
        if any(isinstance(value, str) for value in values):
            names = [value if isinstance(value, str) else "-" for value in values]
            by[fact] = _broken_down(names, verdicts)
    failed = [(job, verdict) for job, verdict in zip(jobs, verdicts) if not verdict.scored]
    return {
        **verdicts.summary(),
        "unanswered_tasks": unanswered,
        "by": by,
        "unjudged": [
            {"line": job.line, "id": job.task.id, "reason": verdict.reason}
            for job, verdict in failed[:MOST_UNJUDGED]
        ],
        "out": None if out is None else str(out),
    }


def _broken_down(names: Sequence[str], verdicts: Verdicts) -> dict[str, Any]:
    """Each name's summary, in the order of the names."""
    import numpy as np

    column = np.array(names)
    return {name: verdicts.where(column == name).summary() for name in sorted(set(names))}


def _print(document: dict[str, Any]) -> None:
    from rich.table import Table

    shown = console()
    total = document["responses"]
    table = Table(box=None, pad_edge=False)
    table.add_column("outcome")
    table.add_column("responses", justify="right")
    table.add_column("share", justify="right")
    for outcome, count in document["outcomes"].items():
        if count:
            table.add_row(outcome, str(count), f"{count / total:.1%}")
    shown.print(table)
    for fact, groups in document["by"].items():
        if len(groups) > 1:
            shown.print()
            shown.print(_groups_table(fact, groups))
    if document["scored"]:
        shown.print(
            f"\nmean score {document['mean_score']:.4f} over {document['scored']} judged responses"
        )
    notes = list(_notes(document))
    if notes:
        shown.print()
    for note in notes:
        shown.print(note, markup=False)


def _notes(document: dict[str, Any]) -> Iterator[str]:
    """What a person should know besides the numbers."""
    if document["unanswered_tasks"]:
        yield f"tasks without a response: {document['unanswered_tasks']}"
    if document["masked"]:
        yield f"not judged, and counted nowhere: {document['masked']}"
        for one in document["unjudged"]:
            yield f"  line {one['line']}, {one['id']}: {one['reason']}"
        more = document["masked"] - len(document["unjudged"])
        if more:
            yield f"  and {more} more"
    if document["out"] is not None:
        yield f"verdicts written to {document['out']}"


def _groups_table(fact: str, groups: dict[str, Any]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(fact)
    for name in ("responses", "correct", "mean score", "not judged"):
        table.add_column(name, justify="right")
    for name, one in groups.items():
        mean = one["mean_score"]
        table.add_row(
            escape(name),
            str(one["responses"]),
            str(one["outcomes"]["correct"]),
            "-" if mean is None else f"{mean:.4f}",
            str(one["masked"]) if one["masked"] else "",
        )
    return table
