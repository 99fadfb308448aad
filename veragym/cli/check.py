"""`veragym check ID`: can this environment's reward be trusted?"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from veragym.cli.environment import Difficulty, Json, Settings, Split, Topics, env_kwargs
from veragym.cli.outcome import FAILED, console, emit

_MARKS = {True: "[green]pass[/green]", False: "[red]FAIL[/red]", None: "[dim]  - [/dim]"}


def check(
    env_id: Annotated[
        str,
        typer.Argument(metavar="ID", help="An id, or package.module:Name of a class or factory."),
    ],
    seeds: Annotated[int, typer.Option(help="Seeds per split.", min=1)] = 100,
    witness: Annotated[
        list[str] | None, typer.Option(help="Hear only this witness (repeatable).")
    ] = None,
    floor: Annotated[
        float, typer.Option(help="Most an agent that solves nothing may score.", min=0, max=1)
    ] = 0.10,
    limit: Annotated[float, typer.Option(help="Seconds after which a witness is killed.")] = 300.0,
    topics: Topics = None,
    difficulty: Difficulty = None,
    split: Split = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Puts an environment before the witnesses. Status 0 if it passes, 1 if not."""
    from veragym.check import check as run

    out = console()

    def tell(name: str, finding: Any) -> None:
        if finding is not None and not as_json:
            from rich.markup import escape

            out.print(f"{_MARKS[finding.passed]}  {finding.name}  {escape(finding.verdict)}")

    report = run(
        env_id,
        seeds=seeds,
        kwargs=env_kwargs(topics, difficulty, split, settings),
        witnesses=witness or None,
        floor=floor,
        limit_s=limit,
        on_progress=tell,
    )
    if as_json:
        emit(report.to_json())
    else:
        _conclude(out, report)
    if not report.passed:
        raise typer.Exit(FAILED)


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
        f"\n{escape(report.subject)} {state}: {passed} findings in its favour, "
        f"{len(report.failures)} against, {report.seeds} seeds, {seconds:.1f} s"
    )
