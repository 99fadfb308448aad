"""`veragym sandbox selftest`: does what contains programs here contain them?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from veragym.cli.environment import Json
from veragym.cli.outcome import FAILED, console, emit

_COLOURS = {
    "contained": "green",
    "degraded": "yellow",
    "not contained": "red",
    "not tried": "dim",
    "cannot tell": "yellow",
}


def sandbox(
    action: Annotated[
        str, typer.Argument(metavar="ACTION", help="selftest: attack it and look from outside.")
    ],
    backend: Annotated[
        list[str] | None,
        typer.Option(
            help="bubblewrap, landlock, docker or subprocess (repeatable); auto: what is "
            "chosen here when nothing is said."
        ),
    ] = None,
    attack: Annotated[list[str] | None, typer.Option(help="Only this attack (repeatable).")] = None,
    as_json: Json = False,
) -> None:
    """Attacks a sandbox in every way known here. Status 1 if it broke a promise."""
    from veragym.sandbox.choose import choose
    from veragym.sandbox.selftest import ATTACKS, named, selftest

    if action != "selftest":
        raise typer.BadParameter(f"{action!r}; there is: selftest", param_hint="ACTION")
    attacks = named(attack) if attack else ATTACKS
    out = console()
    reports = []
    for name in backend or ["auto"]:
        # Asked for by name, and for nothing but being attacked with what is written here.
        chosen = choose(name, unsafe=name == "subprocess")
        with console(stderr=True).status("") as line:
            done = 0

            def tell(finding: Any) -> None:
                nonlocal done
                done += 1
                line.update(f"{chosen.name}: {done} of {len(attacks)}, {finding.attack}")  # noqa: B023

            reports.append(selftest(chosen, attacks=attacks, on_finding=tell))
    if as_json:
        emit([report.to_json() for report in reports])
    else:
        _matrix(out, reports)
    if not all(report.passed for report in reports):
        raise typer.Exit(FAILED)


def _matrix(out: Any, reports: list[Any]) -> None:
    """One row per attack, one column per backend; then what came through, and what falls short."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("attack")
    table.add_column("tries", style="dim", ratio=1)
    for report in reports:
        table.add_column(report.capabilities.backend)
    group = ""
    for row in zip(*(report.findings for report in reports)):
        if row[0].group != group:
            group = row[0].group
            table.add_row(f"[bold]{group}[/bold]")
        cells = [
            f"[{_COLOURS[finding.outcome]}]{finding.outcome}"
            f"{' !' if finding.broken else ''}[/{_COLOURS[finding.outcome]}]"
            for finding in row
        ]
        table.add_row(f"  {escape(row[0].attack)}", escape(row[0].tries), *cells)
    out.print(table)
    for report in reports:
        counts: dict[str, int] = {}
        for finding in report.findings:
            counts[finding.outcome] = counts.get(finding.outcome, 0) + 1
            if finding.reason and finding.outcome not in ("contained", "not tried"):
                mark = "[red]broken promise[/red] " if finding.broken else ""
                out.print(f"{mark}{escape(finding.attack)}: {escape(finding.reason)}")
        for note in report.capabilities.notes:
            out.print(f"[yellow]note[/yellow] {escape(note)}")
        said = ", ".join(f"{number} {name}" for name, number in counts.items())
        state = "[green]keeps its promises[/green]" if report.passed else "[red]does not[/red]"
        out.print(f"{report.capabilities.backend} {state}: {said}")
    out.print("[dim]Every backend here shares this machine's kernel with what runs in it.[/dim]")
