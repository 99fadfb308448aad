"""`veragym show ID`: an entry, its spaces and one example episode."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from veragym.cli.environment import (
    Difficulty,
    EnvId,
    Json,
    Settings,
    Split,
    Topics,
    entry_of,
    env_kwargs,
    make_env,
)
from veragym.cli.outcome import console, emit


def show(
    env_id: EnvId,
    topics: Topics = None,
    difficulty: Difficulty = None,
    split: Split = None,
    settings: Settings = None,
    seed: Annotated[int, typer.Option(help="Seed of the example.", min=0)] = 0,
    as_json: Json = False,
) -> None:
    """One environment: entry, spaces, difficulty, topics and an example with its solution."""
    entry = entry_of(env_id)
    kwargs = env_kwargs(topics, difficulty, split, settings)
    env = make_env(entry.id, kwargs)
    document: dict[str, Any] = {
        name: getattr(entry, name) for name in type(entry).__dataclass_fields__
    }
    document["difficulty"] = {f"{k:g}": v for k, v in entry.difficulty.items()}
    document["kwargs"] = {**entry.kwargs, **kwargs}
    document["observation_space"] = str(env.observation_space)
    document["action_space"] = str(env.action_space)
    document["topics"] = topics_of(entry)
    document["example"] = example(env, seed)
    env.close()
    if as_json:
        emit(document)
    else:
        _print(document)


def topics_of(entry: Any) -> list[dict[str, str]]:
    """The catalogue that stands beside the generator as `TOPICS`, where there is one."""
    if entry.generator is None:
        return []
    module = importlib.import_module(entry.generator.partition(":")[0])
    catalogue = getattr(module, "TOPICS", {})
    if not isinstance(catalogue, Mapping):
        return []
    return [
        {
            "name": str(name),
            "group": str(getattr(topic, "group", "")),
            "summary": str(getattr(topic, "summary", "")),
        }
        for name, topic in catalogue.items()
    ]


def example(env: Any, seed: int) -> dict[str, Any]:
    """One episode played by the oracle, or as far as its start where there is none."""
    from veragym.core.capabilities import has

    observation, info = env.reset(seed=seed)
    shown: dict[str, Any] = {
        "seed": seed,
        "observation": observation if isinstance(observation, str) else repr(observation),
        "turns": [],
    }
    if isinstance(info.get("task"), dict):
        shown["task"] = info["task"]
    if not has(env, "oracle"):
        return shown
    for action in env.unwrapped.oracle():
        observation, reward, terminated, truncated, info = env.step(action)
        shown["turns"].append(
            {
                "action": action if isinstance(action, (str, int)) else repr(action),
                "observation": observation if isinstance(observation, str) else repr(observation),
                "reward": float(reward),
            }
        )
        if terminated or truncated:
            break
    verdict = info.get("verdict")
    if verdict is not None:
        shown["verdict"] = verdict.to_json()
    return shown


def _print(document: Mapping[str, Any]) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    out.print(f"[bold]{document['id']}[/bold]  {escape(document['summary'])}")
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name in ("family", "api", "cost", "splits", "capabilities", "extras", "seeds"):
        value = document[name]
        table.add_row(name, " ".join(value) if isinstance(value, tuple) else str(value))
    for level, meaning in document["difficulty"].items():
        table.add_row(f"difficulty {level}", escape(meaning))
    for name in ("entry_point", "vector_entry_point", "generator", "verifier", "source"):
        table.add_row(name, escape(str(document[name] or "-")))
    table.add_row("observations", document["observation_space"])
    table.add_row("actions", document["action_space"])
    if document["kwargs"]:
        table.add_row("arguments", escape(str(document["kwargs"])))
    out.print(table)
    groups: dict[str, list[str]] = {}
    for topic in document["topics"]:
        groups.setdefault(topic["group"], []).append(topic["name"])
    if groups:
        out.print(f"\n[bold]{len(document['topics'])} topics[/bold] (--topics takes either column)")
        listed = Table(box=None, show_header=False, pad_edge=False)
        listed.add_column(style="dim", no_wrap=True)
        listed.add_column(overflow="fold")
        for group, names in groups.items():
            listed.add_row(group, " ".join(names))
        out.print(listed)
    shown = document["example"]
    out.print(f"\n[bold]Example[/bold] (seed {shown['seed']})")
    out.print(escape(shown["observation"]))
    for turn in shown["turns"]:
        out.print(f"[cyan]{escape(str(turn['action']))}[/cyan]")
        if turn["observation"]:
            out.print(escape(turn["observation"]))
    if "verdict" in shown:
        out.print(f"-> {shown['verdict']['outcome']}, score {shown['verdict']['score']:g}")
