"""Runs programs of our own, in this process, to find what is right and to prove what is wrong.

Only texts that a family of this project wrote come here, while a task is made; never a file that an
agent had in its hands, and never a task's text read from outside. Modules are kept apart from this
process's own: none is entered into `sys.modules`.
"""

from __future__ import annotations

import builtins
import types
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from veragym.envs.shell.repair.driver import play
from veragym.envs.shell.repair.program import Place, Step, written


@lru_cache(maxsize=512)
def _compiled(text: str, name: str) -> types.CodeType:
    return compile(text, f"{name}.py", "exec", dont_inherit=True)


class Package:
    """Modules by name, loaded when they are asked for.

    Args:
        sources: their texts.
    """

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._loaded: dict[str, types.ModuleType] = {}

    def load(self, name: str) -> types.ModuleType:
        """The module of that name."""
        if name not in self._loaded:
            module = types.ModuleType(f"package.{name}")
            module.__package__ = "package"
            module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
            self._loaded[name] = module
            exec(_compiled(self._sources[name], name), module.__dict__)  # noqa: S102 - our own text
        return self._loaded[name]

    def _import(
        self,
        name: str,
        variables: Mapping[str, Any] | None = None,
        inner: Mapping[str, Any] | None = None,
        wanted: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        return self.load(name) if level else builtins.__import__(name, None, None, wanted, 0)


def outcomes(
    modules: Mapping[str, str], uses: Sequence[list[Step]], wrong: Sequence[Place] = ()
) -> list[Any]:
    """What each use gives with these bugs in the modules."""
    package = Package({name: written(name, text, wrong) for name, text in modules.items()})
    return play(list(uses), package.load)
