"""`veragym eval`: how well any policy does on held-out tasks."""

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
from veragym.cli.outcome import INFRA, USAGE, Failed, emit

POLICIES = ("oracle", "null", "constant", "random", "checkpoint")


def evaluate(
    env_id: EnvId,
    checkpoint: Annotated[
        Path | None,
        typer.Argument(metavar="[PATH]", help="The checkpoint, with --policy checkpoint."),
    ] = None,
    policy: Annotated[
        str, typer.Option("--policy", help="oracle, null, constant, random or checkpoint.")
    ] = "oracle",
    text: Annotated[str, typer.Option("--text", help="What `constant` says.")] = "0",
    episodes: Annotated[int, typer.Option("--episodes", min=1, help="Tasks to try.")] = 500,
    split: Annotated[str, typer.Option("--split", help="train, test or ood.")] = "test",
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Of the task stream.")] = None,
    temperature: Annotated[
        float, typer.Option("--temperature", min=0.0, help="0 for the most likely answer.")
    ] = 0.0,
    max_new_tokens: Annotated[int, typer.Option("--max-new-tokens", min=1)] = 64,
    topics: Topics = None,
    difficulty: Difficulty = None,
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Accuracy on held-out tasks, with Wilson's 95 % interval."""
    from veragym.agents.evaluate import EVALUATION_SEED, HeldOut

    if (policy == "checkpoint") != (checkpoint is not None):
        raise Failed("--policy checkpoint goes together with the PATH of a checkpoint", USAGE)
    options = env_kwargs(topics, difficulty, None, settings)
    # One made alone says what is wrong with the id (and which are near) or with the options.
    make_task_env(env_id, {**options, "split": split}).close()
    actor = _policy(policy, checkpoint, text, temperature, max_new_tokens, seed or 0)
    held_out = HeldOut(
        env_id,
        options,
        split=split,
        count=episodes,
        seed=EVALUATION_SEED if seed is None else seed,
    )
    result = held_out.evaluate(actor)
    if json:
        emit({"env": env_id, "policy": policy, "split": split, **result.to_json()})
    else:
        typer.echo(
            f"{env_id} {split}: {policy} solves {result.correct} of {result.episodes}, "
            f"{result.accuracy:.1%} [{result.low:.1%}, {result.high:.1%}]"
        )
        counts = ", ".join(f"{n} {outcome}" for outcome, n in result.outcomes.items())
        typer.echo(f"verdicts: {counts}; mean answer {result.mean_characters:.0f} characters")
    if result.unjudged:
        typer.echo(f"{result.unjudged} episodes could not be judged", err=True)
        raise typer.Exit(INFRA)


def _policy(
    name: str, path: Path | None, text: str, temperature: float, tokens: int, seed: int
) -> Any:
    """The policy of that name.

    Raises:
        Failed: no such policy (status 2).
    """
    from veragym.agents.policy.scripted import scripted

    if name not in POLICIES:
        raise Failed(f"--policy must be one of {', '.join(POLICIES)}; got {name!r}", USAGE)
    if path is None:
        return scripted(name, text=text, seed=seed)
    from veragym.agents.extras import require

    torch = require("torch", "train", "evaluating a checkpoint")
    from veragym.agents.learner import load_model
    from veragym.agents.policy.sampling import TransformerPolicy

    model, tokenizer = load_model(path)
    return TransformerPolicy(
        model,
        tokenizer,
        max_new_tokens=tokens,
        temperature=temperature,
        generator=torch.Generator().manual_seed(seed),
    )
