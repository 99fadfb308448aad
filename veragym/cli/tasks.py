"""`veragym tasks ID`: tasks as JSON lines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from veragym.cli.environment import (
    Difficulty,
    EnvId,
    Json,
    Settings,
    Split,
    Topics,
    env_kwargs,
    make_task_env,
)
from veragym.cli.outcome import FAILED, USAGE, Failed, console, emit, say

SLOW_S = 1.0
"""Progress is shown from here on."""


def tasks(
    env_id: EnvId,
    n: Annotated[int, typer.Option("--n", "-n", help="How many.", min=1)] = 10,
    topics: Topics = None,
    difficulty: Difficulty = None,
    split: Split = None,
    settings: Settings = None,
    seed: Annotated[int, typer.Option(help="Seed of the stream.", min=0)] = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File; else stdout.")] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Leave the secret (answers) out.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Writes tasks, one JSON object per line."""
    from veragym.core.generator import TaskStream

    if as_json and out is None:
        raise Failed(
            "--json needs --out FILE: without it, the tasks themselves go to stdout", USAGE
        )
    env = make_task_env(env_id, env_kwargs(topics, difficulty, split, settings))
    stream = TaskStream(env.generator, env.env_id, env.split, seed, env.difficulty)
    lines = (as_line(stream.task(i), public) for i in range(n))
    if out is None:
        for line in watched(lines, n, "tasks"):
            typer.echo(line)
        return
    write_whole(out, watched(lines, n, "tasks"))
    if as_json:
        emit({"env_id": env.env_id, "split": env.split, "seed": seed, "n": n, "path": str(out)})
    else:
        say(f"{n} tasks of {env.env_id} ({env.split}) written to {out}")


def as_line(task: Any, public: bool) -> str:
    """One task as a JSON line, without its secret if it is to be public."""
    fields = task.to_json()
    if public:
        del fields["secret"]
    return json.dumps(fields, ensure_ascii=True, sort_keys=True)


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """Writes a file that is either complete or not there.

    Raises:
        Failed: it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as file:
            for line in lines:
                file.write(line + "\n")
        part.replace(path)
    except OSError as error:
        raise Failed(f"cannot write {path}: {error.strerror}", FAILED) from error
    finally:
        with suppress(OSError):
            part.unlink()


def watched(items: Iterable[Any], total: int, what: str) -> Iterator[Any]:
    """Passes items on; a progress bar appears on a terminal's stderr when it takes long."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.progress import Progress

    start = time.monotonic()
    with Progress(console=console(stderr=True), transient=True, disable=False) as bar:
        bar.stop()
        job = bar.add_task(what, total=total)
        started = False
        for item in items:
            yield item
            bar.advance(job)
            if not started and time.monotonic() - start > SLOW_S:
                started = True
                bar.start()
