"""`veragym card ID`: a page about an environment, with what was measured of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from veragym.cli.environment import Json
from veragym.cli.outcome import Failed, console, emit, say


def card(
    env_id: Annotated[
        str,
        typer.Argument(metavar="ID", help="An id, or package.module:Name of a class or factory."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for ID.md, ID.html and ID.json.")] = Path(
        "cards"
    ),
    mode: Annotated[
        str, typer.Option(help="quick (seconds), standard, or thorough: how hard to look.")
    ] = "standard",
    recorded: Annotated[
        Path | None, typer.Option(help="Take the numbers from this ID.json; measure nothing.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Writes the card of an environment as Markdown and HTML, with its numbers as JSON."""
    from veragym.check.cards import described, measured, page
    from veragym.check.pages import markdown, page_html
    from veragym.cli.checked import made_once

    made_once({"target": env_id})
    document = described(env_id)
    if recorded is None:

        def tell(name: str, finding: Any) -> None:
            if finding is None and console(stderr=True).is_terminal:
                say(f"hearing {name}")

        record = measured(env_id, mode=mode, on_progress=tell)
    else:
        record = _read(recorded)
    blocks = page(document, record)
    name = re.sub(r"[^\w.-]+", "-", document["id"])  # a file name on every system
    files = {
        f"{name}.md": markdown(blocks),
        f"{name}.html": page_html(blocks),
        f"{name}.json": json.dumps(record, indent=1, ensure_ascii=False) + "\n",
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (out / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failed(f"the card cannot be written to {out}: {error.strerror}") from error
    if as_json:
        emit({"files": [str(out / file) for file in files], "record": record})
    else:
        console().print(f"written: {', '.join(str(out / file) for file in files)}", markup=False)


def _read(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failed(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise Failed(f"{path} is no JSON: {error}") from error
    if not isinstance(record, dict) or not {"passed", "mode", "seeds", "oracle"} <= set(record):
        raise Failed(f"{path} is no record of a card; `veragym card` writes one")
    return record
