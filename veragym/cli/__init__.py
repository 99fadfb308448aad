"""The command line: `veragym COMMAND …`. One module per command, imported when it is called.

    list show play      what there is, and trying it by hand
    tasks verify        tasks to a file, answers from a file
    check card          does an environment's reward deserve trust; a page that says so
    train eval          the reference agents
    sandbox             attacks on what contains programs here
    doctor version      what this machine has

Exit statuses: 0 done; 1 what was asked about failed; 2 the command was not understood (unknown id,
bad option); 3 the machinery failed on some items; 130 interrupted. With `--json`, standard output
holds exactly one JSON document; messages go to standard error.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from veragym.cli.outcome import contained

COMMANDS: dict[str, str] = {
    "list": "listing:list_environments",
    "show": "show:show",
    "play": "play:play",
    "tasks": "tasks:tasks",
    "verify": "verify:verify",
    "check": "check:check",
    "card": "card:card",
    "train": "train:train",
    "eval": "eval:evaluate",
    "sandbox": "sandbox:sandbox",
    "doctor": "doctor:doctor",
    "version": "version:version",
}
"""Command -> module:function below this package."""


class LazyGroup(TyperGroup):
    """Finds a command's module by name and imports it only when the command is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # The names alone, so that a mistyped command gets a suggestion.
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands, in the order of `COMMANDS`."""
        return [name for name in COMMANDS if _exists(name)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or None if there is none of that name."""
        if cmd_name not in COMMANDS or not _exists(cmd_name):
            return None
        module, _, function = COMMANDS[cmd_name].partition(":")
        loaded = getattr(importlib.import_module(f"{__name__}.{module}"), function)
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        single.command(cmd_name)(loaded)
        return typer.main.get_command(single)

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; an error of the user's becomes one line and an exit status."""
        here = str(Path.cwd())
        if here not in sys.path:  # module:Name may be a file beside the user, for every command
            sys.path.insert(0, here)
        with contained():
            return super().invoke(ctx)


def _exists(name: str) -> bool:
    module = COMMANDS[name].partition(":")[0]
    return importlib.util.find_spec(f"{__name__}.{module}") is not None


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def veragym(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", is_eager=True)
    ] = False,
) -> None:
    """Environments for language agents whose rewards are executable proofs."""
    if version:
        from veragym.cli.version import version as show_version

        show_version()
        raise typer.Exit


def main() -> None:
    """Entry point of the `veragym` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character of a task still shows the rest.
            stream.reconfigure(errors="backslashreplace")
    with contained(leave=True):
        app()
