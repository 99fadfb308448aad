"""The errors a user of Veragym can meet, and what each one lets the caller conclude."""

from __future__ import annotations

import gymnasium as gym


class VeragymError(Exception):
    """Base of every error raised on purpose by this package."""


class OptionError(VeragymError, ValueError):
    """An argument has a value that can never work. The message names the value and the remedy.

    Nothing was changed: the environment is as it was before the call.
    """


class TaskMismatch(OptionError):
    """A task was handed to an environment it was not made for, or without its secret part."""


class EpisodeOrderError(VeragymError, gym.error.ResetNeeded):
    """`step` was called before `reset`, or after the episode had ended.

    No reward was given and no state changed; call `reset` and go on.
    """


class RegistryError(VeragymError, ValueError):
    """A `registry.yaml` entry is broken. The message names the file, the line and the change."""


class SourceError(VeragymError, ValueError):
    """A user's data file cannot be served as tasks. The message lists the lines at fault."""


class MissingExtra(VeragymError, ImportError):
    """An optional dependency is not installed. The message names the extra that brings it."""

    def __init__(self, module: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {module!r}, which is not installed. "
            f'Install it with: pip install "veragym[{extra}]"'
        )


class ReplayMismatch(VeragymError, AssertionError):
    """A recorded trajectory no longer gives the same episode. The message shows where it parts."""
