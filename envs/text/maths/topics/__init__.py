"""The catalogue of topics. Importing this package fills `TOPICS`.

Every module of this folder is imported, in order of its name: a new topic is a new class, in a file
of its own or beside its kin, and nothing else changes.
"""

from importlib import import_module
from pkgutil import iter_modules

from veragym.envs.text.maths.topic import TOPICS, Topic

for _module in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = ["TOPICS", "Topic"]
