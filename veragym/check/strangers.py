"""Importing a stranger's module: first in a child that can be killed, then here.

A module may crash, hang, leave the program or fork when it is imported. What is checked has to be
imported into this process, so that its classes can be told apart; a child tries it before, and if
the child does not survive, the module is refused with the reason instead of taking the check down.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType

from veragym.check.finding import Finding, ok
from veragym.check.isolation import Failure, can_fork, isolated
from veragym.core.errors import OptionError

KNOWN = ("veragym", "gymnasium", "pettingzoo", "mpe2")
"""Packages that are imported without a trial."""
IMPORTING_S = 60.0
"""Wall seconds a module may take to be imported."""


def tried(module: str, limit_s: float = IMPORTING_S) -> None:
    """Imports a module in a child, unless it is known or imported already.

    A module that is missing, or that lacks what it needs, is left to whoever imports it next.

    Raises:
        OptionError: importing it raises, hangs or ends the process.
    """
    if not can_fork() or module in sys.modules or module.partition(".")[0] in KNOWN:
        return

    def work() -> Iterator[Finding]:
        try:
            importlib.import_module(module)
        except (ImportError, ValueError):
            yield ok("absent", "the import proper says what is missing")
            return
        yield ok("imported", "it can be imported")

    with contextlib.closing(isolated(work, limit_s)) as messages:
        failure = next((message for message in messages if isinstance(message, Failure)), None)
    if failure is not None:
        raise OptionError(
            f"the module {module!r} cannot be imported: {failure.verdict}; a module may define "
            "things when it is imported and do nothing else"
        )


def imported(module: str) -> ModuleType:
    """The module, tried before; what it prints goes to standard error, as a report may be piped.

    Raises:
        ImportError: it is missing, or lacks what it needs.
        OptionError: importing it raises, hangs or ends the process.
    """
    tried(module)
    with contextlib.redirect_stdout(sys.stderr):
        return importlib.import_module(module)
