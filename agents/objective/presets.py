"""Published algorithms as presets: a name for a choice of parts, read from `presets.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from veragym.agents.objective.parts import KINDS, nearest
from veragym.core.errors import OptionError

LISTS = ("reward_transform", "token_weight", "regulariser")
"""Slots that may hold several parts, applied in order."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A part's name and the options set for it."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preset:
    """One estimator.

    Attributes:
        name: how it is called.
        about: formula, and how it differs from the publication if it does.
        source: the publication.
        seeds: row codes of the published method, where it has one.
        task_sampler … regulariser: the parts; see `veragym.agents.objective.parts.KINDS`.
    """

    name: str
    about: str = ""
    source: str = ""
    seeds: tuple[str, ...] = ()
    task_sampler: Choice = Choice("stream")
    group_filter: Choice = Choice("all")
    reward_transform: tuple[Choice, ...] = ()
    advantage: Choice = Choice("group_mean_std")
    aggregation: Choice = Choice("token_mean")
    token_weight: tuple[Choice, ...] = ()
    loss: Choice = Choice("ppo_clip")
    regulariser: tuple[Choice, ...] = ()


def parse_preset(name: str, entry: Mapping[str, Any]) -> Preset:
    """A preset from its YAML mapping.

    Each slot is a part's name, or a mapping `{name: option …}` with the part under `use`; slots in
    `LISTS` also take a list of these.

    Raises:
        OptionError: an unknown slot (nearest names are suggested) or a malformed choice.
    """
    known = [f.name for f in fields(Preset) if f.name != "name"]
    values: dict[str, Any] = {"name": name}
    for key, value in entry.items():
        if key not in known:
            raise OptionError(f"preset {name!r} has no slot {key!r}.{nearest(str(key), known)}")
        if key in LISTS:
            listed = value if isinstance(value, list) else [value]
            values[key] = tuple(_choice(name, key, item) for item in listed)
        elif key in KINDS:
            values[key] = _choice(name, key, value)
        elif key == "seeds":
            values[key] = tuple(value)
        else:
            values[key] = str(value)
    return Preset(**values)


def _choice(preset: str, slot: str, value: object) -> Choice:
    if isinstance(value, str):
        return Choice(value)
    if isinstance(value, Mapping) and isinstance(value.get("use"), str):
        return Choice(value["use"], {k: v for k, v in value.items() if k != "use"})
    raise OptionError(
        f"{slot} of preset {preset!r} must be a name or {{use: name, option: value}}, got {value!r}"
    )


@cache
def built_in() -> Mapping[str, Preset]:
    """All presets of `presets.yaml`, in file order."""
    text = Path(__file__).with_name("presets.yaml").read_text("utf-8")
    return {name: parse_preset(name, entry) for name, entry in yaml.safe_load(text).items()}


def load_preset(name: str) -> Preset:
    """The built-in preset of that name.

    Raises:
        OptionError: there is none; the nearest names are suggested.
    """
    presets = built_in()
    if name not in presets:
        raise OptionError(
            f"no preset is called {name!r}.{nearest(name, presets)} Known: {', '.join(presets)}."
        )
    return presets[name]
