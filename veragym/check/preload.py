"""Loads once what every witness needs.

Each witness runs in a fork, and what its parent has loaded it need not load again: with twenty
witnesses that is a third of a quick check. Only the environments of this package and of Gymnasium
are loaded so. A stranger's module may hang, print or die when it is imported, which is for the
children to survive and to report.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator

import gymnasium as gym

from veragym.check.subject import Subject

KNOWN = ("veragym", "gymnasium")
"""Packages whose modules may be imported in the parent."""


def preload(subject: Subject) -> None:
    """Imports the modules behind an id; what cannot be imported is left to the witnesses."""
    for point in _points(subject):
        module, _, name = point.partition(":")
        if module.partition(".")[0] not in KNOWN:
            continue
        with contextlib.suppress(Exception):
            found = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part)  # a folder may load its parts on first use


def _points(subject: Subject) -> Iterator[str]:
    """`module:attribute` of everything that a registration names."""
    entry, spec = subject.entry, gym.registry.get(subject.name)
    named = (
        *((entry.entry_point, entry.generator, entry.verifier) if entry else ()),
        *((spec.entry_point, spec.vector_entry_point) if spec else ()),
        entry.vector_entry_point if entry else None,
    )
    return (point for point in named if isinstance(point, str))
