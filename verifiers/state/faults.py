"""The one error of this folder: a check that says nothing."""

from __future__ import annotations

from veragym.core.errors import VeragymError


class CheckFault(VeragymError, ValueError):
    """A check is malformed: it judges nobody. The message names the part and the remedy."""
