"""`registry.yaml` -> Gymnasium registration: the single source of what environments exist.

The file is a list of entries (see `FIELDS`); it is validated when loaded, and a broken entry is
reported with its file, line and what to change. Other packages add theirs by shipping a
`registry.yaml` and naming their package in the entry-point group `veragym.registries`:

    [project.entry-points."veragym.registries"]
    my-environments = "my_package"
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import importlib.util
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium as gym
import yaml

from veragym.core.capabilities import CAPABILITIES
from veragym.core.errors import RegistryError
from veragym.core.task import SPLITS

GROUP = "veragym.registries"
FAMILIES = (
    "text", "code", "sql", "shell", "search", "tools", "gui", "games", "worlds", "synth", "other",
)  # fmt: skip
APIS = ("gymnasium", "pettingzoo")
COSTS = ("cheap", "moderate", "sandbox", "browser", "model")

_ID = re.compile(r"(?:[\w.-]+/)?[A-Za-z][\w.]*-v\d+")
_POINT = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_SEED = re.compile(r"[A-G]\d{2}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered environment.

    Attributes:
        id: `Name-v0`.
        family: one of `FAMILIES`.
        summary: one line.
        entry_point: `module:attribute` of the environment class or factory.
        api: `gymnasium`, or `pettingzoo` for multi-agent games.
        vector_entry_point: native batch version, if there is one.
        generator, verifier: `module:attribute` of the two, for tools that want them alone.
        difficulty: what the ends of the knob mean.
        splits: which splits it serves.
        capabilities: names from `veragym.core.capabilities.CAPABILITIES`.
        cost: how dear a step is; decides how batches are run.
        extras: `pip install "veragym[...]"` extras it needs.
        seeds: published systems it serves (codes such as A17).
        kwargs: default arguments.
        source: file and line the entry came from.
    """

    id: str
    family: str
    summary: str
    entry_point: str
    api: str = "gymnasium"
    vector_entry_point: str | None = None
    generator: str | None = None
    verifier: str | None = None
    difficulty: Mapping[float, str] = field(default_factory=dict)
    splits: tuple[str, ...] = SPLITS
    capabilities: tuple[str, ...] = ()
    cost: str = "cheap"
    extras: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    def load(self, what: str = "entry_point") -> Any:
        """The object behind `entry_point`, `vector_entry_point`, `generator` or `verifier`.

        Raises:
            RegistryError: the entry names none, or it cannot be found.
        """
        point = getattr(self, what)
        if point is None:
            raise RegistryError(f"{self.id} ({self.source}) declares no {what}")
        module, _, attribute = point.partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except (ModuleNotFoundError, AttributeError) as error:
            raise RegistryError(
                f"{self.id} ({self.source}): {what} {point!r} cannot be loaded: {error}"
            ) from error


FIELDS = tuple(name for name in Entry.__dataclass_fields__ if name != "source")
_REQUIRED = ("id", "family", "summary", "entry_point")
_entries: dict[str, Entry] = {}


def entries() -> dict[str, Entry]:
    """All registered entries by id, in the order of registration."""
    return dict(_entries)


def register_all() -> None:
    """Registers our own registry and those of installed packages; done by `import veragym`.

    A third-party registry that is broken, or repeats an id, is left out with a warning: one bad
    plug-in must not take the rest away.

    Raises:
        RegistryError: our own registry is broken.
    """
    if _entries:
        return
    for entry in load_file(own_registry()):
        register(entry)
    for point in importlib.metadata.entry_points(group=GROUP):
        try:
            for entry in load_file(_registry_of(point.value)):
                register(entry)
        except Exception as error:  # noqa: BLE001 - finding it runs code of the other package
            warnings.warn(f"registry of {point.name!r} left out: {error}", stacklevel=2)


def register(entry: Entry) -> None:
    """Makes one entry known here and, where it is one, to Gymnasium.

    Raises:
        RegistryError: the id is taken.
    """
    if entry.id in _entries:
        raise RegistryError(
            f"{entry.source}: id {entry.id!r} is already registered by "
            f"{_entries[entry.id].source}; choose another id"
        )
    _entries[entry.id] = entry
    if entry.api == "gymnasium":
        # The conformance kit checks far more than the passive checker, which costs every user a
        # slow first step.
        gym.register(
            entry.id,
            entry_point=entry.entry_point,
            vector_entry_point=entry.vector_entry_point,
            disable_env_checker=True,
            kwargs=dict(entry.kwargs),
        )


def make(env_id: str, **kwargs: Any) -> Any:
    """The environment of any registered id: `gym.make` for Gymnasium ones, PettingZoo games else.

    Raises:
        gymnasium.error.NameNotFound: unknown id; the nearest ids are suggested.
    """
    entry = _entries.get(env_id)
    if entry is None:
        if ":" in env_id or env_id in gym.registry:
            return gym.make(env_id, **kwargs)
        raise gym.error.NameNotFound(unknown_id(env_id))
    if entry.api == "gymnasium":
        return gym.make(env_id, **kwargs)
    return entry.load()(**{**entry.kwargs, **kwargs})


def unknown_id(env_id: str) -> str:
    """The message for an id that nobody registered."""
    from veragym import nearest  # only where something is not found

    return nearest.unknown(env_id, _entries)


# -- reading files -------------------------------------------------------------------------------


def own_registry() -> Path:
    """The registry of this package: beside it in a wheel, above it in a source tree.

    Raises:
        RegistryError: there is none; the installation is damaged.
    """
    here = Path(__file__).parent
    for path in (here / "registry.yaml", here.parent / "registry.yaml"):
        if path.is_file():
            return path
    raise RegistryError(f"no registry.yaml in {here} or above it; reinstall veragym")


def _registry_of(package: str) -> Path:
    """The registry file of another package, found without importing the package."""
    name, _, file = package.partition(":")
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RegistryError(f"entry point names {name!r}, which is not an installed package")
    return Path(next(iter(spec.submodule_search_locations))) / (file or "registry.yaml")


def load_file(path: str | Path) -> list[Entry]:
    """All entries of a registry file.

    Raises:
        RegistryError: file, line, what is wrong and what to change.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RegistryError(f"cannot read the registry {path}: {reason}") from error
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        loader = base(text)
    except yaml.YAMLError as error:  # characters that no YAML may hold
        raise RegistryError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    try:
        root = loader.get_single_node()
        if root is None:
            return []
        if not isinstance(root, yaml.SequenceNode):
            raise _broken(path, root, "the file must be a list: begin each entry with '- id: ...'")
        return [_entry(path, node, loader) for node in root.value]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise RegistryError(f"{path}, line {line}: not valid YAML: {error.problem}") from error
    except RegistryError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # such as the date 2020-99-99
        reason = " ".join(str(error).split())
        raise RegistryError(f"{path}: a value cannot be read: {reason}; mend it") from error
    finally:
        loader.dispose()


def _broken(path: Path, node: yaml.Node, what: str) -> RegistryError:
    return RegistryError(f"{path}, line {node.start_mark.line + 1}: {what}")


def _entry(path: Path, node: yaml.Node, loader: Any) -> Entry:
    if not isinstance(node, yaml.MappingNode):
        raise _broken(path, node, "an entry must be a mapping with the fields " + ", ".join(FIELDS))
    values: dict[str, Any] = {}
    nodes: dict[str, yaml.Node] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key not in FIELDS:
            near = difflib.get_close_matches(key, FIELDS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(FIELDS)}"
            raise _broken(path, key_node, f"unknown field {key!r}{hint}")
        if key in values:
            raise _broken(path, key_node, f"field {key!r} stands twice; keep one")
        values[key] = loader.construct_object(value_node, deep=True)
        nodes[key] = value_node
    for name in _REQUIRED:
        if name not in values:
            raise _broken(path, node, f"field {name!r} is missing; add '{name}: ...'")
    for name, value in values.items():
        problem = _CHECKS[name](value)
        if problem:
            raise _broken(path, nodes[name], f"{name}: {value!r} {problem}")
    for name in ("splits", "capabilities", "extras", "seeds"):
        if name in values:
            values[name] = tuple(values[name])
    return Entry(**values, source=f"{path.name}, line {node.start_mark.line + 1}")


def _one_of(options: tuple[str, ...]) -> Any:
    return lambda value: None if value in options else f"must be one of {', '.join(options)}"


def _list_of(known: tuple[str, ...] | re.Pattern[str], example: str) -> Any:
    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return f"must be a list such as [{example}]"
        for item in value:
            if isinstance(known, re.Pattern):
                good = isinstance(item, str) and bool(known.fullmatch(item))
            else:
                good = item in known
            if not good:
                options = "" if isinstance(known, re.Pattern) else f"; known: {', '.join(known)}"
                return f"contains {item!r}, which is not valid here (example: {example}){options}"
        return None

    return check


def _point(value: Any) -> str | None:
    if isinstance(value, str) and _POINT.fullmatch(value):
        return None
    return "must have the form 'package.module:Name'"


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else "must be a non-empty text"


def _id(value: Any) -> str | None:
    if isinstance(value, str) and _ID.fullmatch(value):
        return None
    return "must look like 'Name-v0'"


def _difficulty(value: Any) -> str | None:
    if isinstance(value, dict) and all(
        isinstance(k, (int, float))
        and not isinstance(k, bool)
        and 0 <= k <= 1
        and isinstance(v, str)
        for k, v in value.items()
    ):
        return None
    return "must map numbers in [0, 1] to what they mean, e.g. {0.0: easy, 1.0: hard}"


def _mapping(value: Any) -> str | None:
    if isinstance(value, dict) and all(isinstance(k, str) and k.isidentifier() for k in value):
        return None
    return "must be a mapping of argument names to values"


_CHECKS: dict[str, Any] = {
    "id": _id,
    "family": _one_of(FAMILIES),
    "summary": _text,
    "entry_point": _point,
    "api": _one_of(APIS),
    "vector_entry_point": _point,
    "generator": _point,
    "verifier": _point,
    "difficulty": _difficulty,
    "splits": _list_of(SPLITS, "train, test"),
    "capabilities": _list_of(tuple(CAPABILITIES), "oracle"),
    "cost": _one_of(COSTS),
    "extras": _list_of(re.compile(r"[a-z0-9_-]+"), "train"),
    "seeds": _list_of(_SEED, "A17"),
    "kwargs": _mapping,
}
