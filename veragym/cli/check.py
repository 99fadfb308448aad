"""`veragym check TARGET`: can the reward of this environment, game or verifier be trusted?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from veragym.cli.environment import Difficulty, Json, Settings, Split, Topics, env_kwargs
from veragym.cli.outcome import FAILED, USAGE, Failed, console, emit

_MARKS = {True: "[green]pass[/green]", False: "[red]FAIL[/red]", None: "[dim]  - [/dim]"}


def check(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="An id; package.module:Name of an environment, a game, a factory or a verifier; "
            "or a PettingZoo module.",
        ),
    ],
    tasks: Annotated[
        str | None,
        typer.Option(
            help="What a verifier is checked on: a file of JSON lines with prompt, answer and form "
            "(or as `veragym tasks` writes them), or package.module:Generator."
        ),
    ] = None,
    mode: Annotated[
        str, typer.Option(help="quick (seconds), standard, or thorough: how hard to look.")
    ] = "standard",
    seeds: Annotated[
        int | None, typer.Option(help="Seeds per split, in place of the mode's.", min=1)
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(help="Hear only this witness (repeatable; or several, with commas)."),
    ] = None,
    floor: Annotated[
        float, typer.Option(help="Most an agent that solves nothing may score.", min=0, max=1)
    ] = 0.10,
    limit: Annotated[
        float | None,
        typer.Option(help="Seconds after which a witness is killed, in place of the mode's."),
    ] = None,
    topics: Topics = None,
    difficulty: Difficulty = None,
    split: Split = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Puts an environment, a game or a verifier before the witnesses.

    Status 0 if it passes, 1 if a witness found a fault, 2 if the command was not understood.
    """
    from veragym.check import check as run
    from veragym.cli.checked import made_once, target_of

    checked = target_of(target, env_kwargs(topics, difficulty, split, settings), tasks)
    witnesses = [name.strip() for names in witness or () for name in names.split(",")]
    made_once(checked)
    out = console()
    with _progress(out, as_json) as at_work:

        def tell(name: str, finding: Any) -> None:
            at_work(name)
            if finding is not None and not as_json:
                from rich.markup import escape

                out.print(f"{_MARKS[finding.passed]}  {finding.name}  {escape(finding.verdict)}")

        report = run(
            **checked,
            mode=mode,
            seeds=seeds,
            witnesses=witnesses or None,
            floor=floor,
            limit_s=limit,
            on_progress=tell,
        )
    states = {finding.passed for finding in report.findings}
    if as_json:
        emit(report.to_json())
    elif True in states or False in states:
        _conclude(out, report)
    if True not in states and False not in states:
        whys = "; ".join(dict.fromkeys(finding.verdict for finding in report.findings))
        asked = ", ".join(witnesses) or "the check"
        raise Failed(f"nothing that {asked} asks applies to {target}: {whys}", USAGE)
    if not report.passed:
        raise typer.Exit(FAILED)


@contextmanager
def _progress(out: Any, quiet: bool) -> Iterator[Callable[[str], None]]:
    """The witness being heard, with a clock, below what is printed.

    On standard error; on standard output where findings are printed to a terminal, because two
    writers on one terminal would write into each other's lines.
    """
    shown_on = out if out.is_terminal and not quiet else console(stderr=True)
    if not shown_on.is_terminal:
        yield lambda name: None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=shown_on, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as progress:
        line = progress.add_task("")
        yield lambda name: progress.update(line, description=f"hearing {name}")


def _conclude(out: Any, report: Any) -> None:
    from rich.markup import escape

    for finding in report.failures:
        out.print(f"\n[red]{finding.name}[/red]  {escape(finding.verdict)}")
        for name, value in finding.evidence.items():
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            out.print(f"  [dim]{name}[/dim] {escape(shown[:600])}")
        out.print(f"  [bold]to mend it[/bold] {escape(finding.fix)}")
    passed = sum(finding.passed is True for finding in report.findings)
    seconds = sum(report.seconds.values())
    state = "[green]passes[/green]" if report.passed else "[red]does not pass[/red]"
    out.print(
        f"\n{escape(report.subject)} {state} the {report.mode} check: {passed} findings in its "
        f"favour, {len(report.failures)} against, {report.seeds} seeds, {seconds:.1f} s"
    )
