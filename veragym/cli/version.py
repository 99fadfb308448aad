"""`veragym version`."""

from __future__ import annotations

from veragym.cli.environment import Json
from veragym.cli.outcome import emit


def version(as_json: Json = False) -> None:
    """The versions of Veragym and of what it stands on."""
    import platform
    from importlib import metadata

    import typer

    import veragym

    found = {"veragym": veragym.__version__, "python": platform.python_version()}
    for package in ("gymnasium", "pettingzoo", "numpy", "sympy"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "missing"
    if as_json:
        emit(found)
    else:
        typer.echo(" ".join(f"{name} {number}" for name, number in found.items()))
