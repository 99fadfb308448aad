"""Optional dependencies: loaded when needed, and named with the remedy when they are missing."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from veragym.core.errors import MissingExtra


def require(module: str, extra: str, purpose: str) -> ModuleType:
    """Imports `module`.

    Raises:
        MissingExtra: it is not installed; the message says which extra of Veragym brings it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise MissingExtra(module, extra, purpose) from error
