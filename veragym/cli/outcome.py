"""How commands end and speak: exit statuses, one line per user error, JSON on stdout alone."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import typer

DONE = 0
FAILED = 1
USAGE = 2
INFRA = 3
INTERRUPTED = 130


class Failed(Exception):
    """A command cannot go on; the message is for the user, the status for the shell."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        super().__init__(message)
        self.status = status


@contextlib.contextmanager
def contained(leave: bool = False) -> Iterator[None]:
    """Turns errors that are the user's to mend into one line on stderr and an exit status.

    Args:
        leave: leave the process instead of telling typer, for use around the whole program.
    """
    try:
        yield
    except KeyboardInterrupt:
        say("interrupted")
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader (such as `head`) has seen enough; nothing more can be written or flushed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = DONE
    except Exception as error:
        known = status_of(error)
        if known is None:
            raise
        say(f"error: {' '.join(str(error).split())}")
        status = known
    else:
        return
    if leave:
        sys.exit(status)
    raise typer.Exit(status)


def status_of(error: Exception) -> int | None:
    """The exit status for an error that is the user's to mend, or None for a fault of ours."""
    if isinstance(error, Failed):
        return error.status
    if type(error).__module__.startswith(("typer", "click")):
        return None
    import gymnasium as gym

    from veragym.core.errors import OptionError, VeragymError

    if isinstance(error, (OptionError, gym.error.UnregisteredEnv)):
        return USAGE
    if isinstance(error, (VeragymError, gym.error.Error)):
        return FAILED
    if isinstance(error, OSError) and error.filename is not None:
        return FAILED  # a file or folder the user named, or a disk that is full
    return None


def say(message: str) -> None:
    """One line on standard error."""
    typer.echo(message, err=True)


def emit(document: Any) -> None:
    """The one JSON document of a `--json` run, on standard output."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=True, default=str))


PIPE_WIDTH = 200
"""Columns of tables that go to a file or a pipe."""


def console(stderr: bool = False) -> Any:
    """A rich console; unwrapped text without colours where the output is no terminal."""
    from rich.console import Console

    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(
        stderr=stderr,
        highlight=False,
        emoji=False,
        soft_wrap=not terminal,
        width=None if terminal else PIPE_WIDTH,
    )
