"""Other names for the files of a scene, so that no fixed command solves a template.

A template writes its paths plainly; those it declares as `fresh` are renamed in each draw,
everywhere: paths, contents, prompts, commands and conditions. A name is renamed only where it
stands as a whole word, so it must not be a word of the prompts in another sense.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.shell.task.template import Scene
from veragym.envs.shell.task.words import PLACES
from veragym.sandbox.tree import Node, file, link


def freshened(scene: Scene, names: Sequence[str], rng: TaskRng) -> Scene:
    """The scene with other names for some files and folders."""
    if not names:
        return scene
    found: dict[str, str] = {}
    for name in names:
        stem, dot, ending = name.partition(".")
        place = rng.choice(PLACES)
        stem = f"{stem}-{place}" if rng.random() < 0.5 else f"{place}_{stem}"
        found[name] = f"{stem}{dot}{ending}"
    words = "|".join(map(re.escape, sorted(found, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w.-])(?:{words})(?![\w-])")

    def swap(text: str) -> str:
        return pattern.sub(lambda match: found[match.group()], text)

    return dataclasses.replace(
        scene,
        files={swap(path): _node(node, swap) for path, node in scene.files.items()},
        prompts=_all(scene.prompts, swap),
        oracle=_all(scene.oracle, swap),
        conditions=_all(scene.conditions, swap),
        frame=_all(scene.frame, swap),
        answer=_all(scene.answer, swap),
        decoys=_all(scene.decoys, swap),
        hint=swap(scene.hint),
    )


def _node(node: Node | str | bytes, swap: Any) -> Node | str | bytes:
    if isinstance(node, str):
        return str(swap(node))
    if isinstance(node, Node) and node.kind == "file":
        return file(swap(node.content.decode("utf-8", "surrogateescape")), node.mode)
    if isinstance(node, Node) and node.kind == "link":
        return link(swap(os.fsdecode(node.content)))
    return node


def _all(value: Any, swap: Any) -> Any:
    if isinstance(value, str):
        return swap(value)
    if isinstance(value, Mapping):
        return {_all(key, swap): _all(item, swap) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_all(item, swap) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _all(getattr(value, f.name), swap) for f in dataclasses.fields(value)}
        return type(value)(**fields)
    return value
