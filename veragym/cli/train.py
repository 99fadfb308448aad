"""`veragym train`: the reference agent on any text environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from veragym.cli.environment import (
    Difficulty,
    EnvId,
    Json,
    Settings,
    Topics,
    env_kwargs,
    make_task_env,
)
from veragym.cli.outcome import FAILED, USAGE, Failed, emit


def train(
    env_id: EnvId,
    out: Annotated[Path, typer.Option("--out", help="Folder of the run.")] = Path("runs/train"),
    preset: Annotated[
        str | None, typer.Option("--preset", help="The estimator, e.g. grpo, rloo, dapo.")
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option("--recipe", help="A YAML file of settings; options win over it.")
    ] = None,
    topics: Topics = None,
    difficulty: Difficulty = None,
    settings: Settings = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0)] = None,
    warm_steps: Annotated[
        int | None, typer.Option("--warm-steps", min=0, help="Imitation steps; 0 for none.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", min=0, help="Reinforcement steps; 0 for none.")
    ] = None,
    held_out: Annotated[
        int | None, typer.Option("--held-out", min=0, help="Test problems; 0 for none.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, where there is one.")
    ] = False,
    json: Json = False,
) -> None:
    """Train the built-in transformer: imitation of oracle solutions, then reinforcement.

    Ctrl-C saves and stops; the same command with --resume goes on.
    """
    from veragym.agents.progress import Progress
    from veragym.agents.recipe import Recipe
    from veragym.agents.recipe import train as run_recipe
    from veragym.agents.stopping import Diverged, Interrupted

    base = Recipe.from_yaml(recipe) if recipe is not None else Recipe()
    changes: dict[str, Any] = {"env": env_id}
    given = env_kwargs(topics, difficulty, None, settings)
    changes["options"] = {**base.options, **given}
    # One made alone says what is wrong with the id (and which are near) or with the options.
    make_task_env(env_id, {"split": "train", **changes["options"]}).close()
    for name, value in (("preset", preset), ("seed", seed), ("held_out", held_out)):
        if value is not None:
            changes[name] = value
    for name, count in (("warm", warm_steps), ("rl", steps)):
        if count is not None:
            changes[name] = {"steps": count or None, "cpu_seconds": None}
        elif recipe is None:
            changes[name] = {"steps": 500 if name == "warm" else 200}
    if changes.get("seed", 0) < 0:
        raise Failed(f"--seed must be 0 or more, got {seed}", USAGE)
    try:
        result = run_recipe(base.changed(changes), out, resume=resume, watch=Progress)
    except Diverged as error:
        raise Failed(str(error), FAILED) from error
    except Interrupted as stop:
        typer.echo(f"{stop}; go on with --resume", err=True)
        raise
    if json:
        emit(result)
        return
    for stage, curve in result["curves"].items():
        for label, point in (("before", curve[:1]), ("after", curve[-1:])):
            for p in point:
                typer.echo(
                    f"{stage:5} {label:7} held-out {p['accuracy']:.1%} "
                    f"[{p['low']:.1%}, {p['high']:.1%}]  sampled {p['sampled_accuracy']:.1%}"
                )
    typer.echo(f"checkpoint: {result['checkpoint']}")
