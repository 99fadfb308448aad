"""`veragym list`: the registered environments."""

from __future__ import annotations

from typing import Annotated

import typer

from veragym.cli.environment import Json
from veragym.cli.outcome import USAGE, Failed, console, emit


def list_environments(
    family: Annotated[str | None, typer.Option(help="Only this family.")] = None,
    as_json: Json = False,
) -> None:
    """The registered environments."""
    from veragym import entries
    from veragym.registry import FAMILIES

    if family is not None and family not in FAMILIES:
        raise Failed(f"--family must be one of {', '.join(FAMILIES)}; got {family!r}", USAGE)
    found = [e for e in entries().values() if family is None or e.family == family]
    if as_json:
        emit(
            [
                {
                    "id": e.id,
                    "family": e.family,
                    "summary": e.summary,
                    "api": e.api,
                    "cost": e.cost,
                    "splits": list(e.splits),
                    "capabilities": list(e.capabilities),
                    "extras": list(e.extras),
                    "seeds": list(e.seeds),
                }
                for e in found
            ]
        )
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("id", "family", "summary", "cost", "seeds"):
        table.add_column(column, overflow="fold", no_wrap=column == "id")
    for e in found:
        table.add_row(e.id, e.family, e.summary, e.cost, " ".join(e.seeds))
    console().print(table)
