"""The two ways a training run ends early. Neither loses anything."""

from __future__ import annotations


class Interrupted(KeyboardInterrupt):
    """The run was asked to stop; its state was saved before this was raised."""


class Diverged(ArithmeticError):
    """Training produced a number that is not finite. Nothing was updated; nothing is lost."""
