"""The families of programs; importing one registers it."""

from veragym.envs.shell.repair.programs import (
    intervals,
)

__all__ = [
    "intervals",
]
