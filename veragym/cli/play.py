"""`veragym play ID`: a person solves episodes in the terminal."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from veragym.cli.environment import (
    Difficulty,
    EnvId,
    Json,
    Settings,
    Split,
    Topics,
    env_kwargs,
    make_task_env,
)
from veragym.cli.outcome import console, emit

HELP = (
    "Type an answer and press Enter. ? or :hint gives a hint, :solution the solution, :skip the "
    "next task,\n:multi begins an answer of several lines (end it with :end), :help this text, "
    ":quit the end."
)


class _Quit(Exception):
    """The player has had enough."""


def play(
    env_id: EnvId,
    topics: Topics = None,
    difficulty: Difficulty = None,
    split: Split = None,
    settings: Settings = None,
    seed: Annotated[
        int | None, typer.Option(help="Same tasks every time; else new ones.", min=0)
    ] = None,
    episodes: Annotated[int, typer.Option(help="How many; 0 for no end.", min=0)] = 0,
    as_json: Json = False,
) -> None:
    """Solve tasks yourself."""
    env = make_task_env(env_id, env_kwargs(topics, difficulty, split, settings))
    game = Game(env, console(stderr=as_json))
    game.out.print(HELP, style="dim")
    try:
        while not episodes or len(game.played) < episodes:
            game.episode(seed if not game.played else None)
    except (_Quit, EOFError):
        pass
    finally:
        game.conclude()
        env.close()
    if as_json:
        emit({"env_id": env.env_id, "seed": seed, "episodes": game.played, **game.score()})


class Game:
    """What one player plays: the environment, the screen and the score so far."""

    def __init__(self, env: Any, out: Any) -> None:
        self.env = env
        self.out = out
        self.played: list[dict[str, Any]] = []
        self._told = ""

    def episode(self, seed: int | None) -> None:
        """One episode, from its prompt to the verdict."""
        observation, info = self.env.reset(seed=seed)
        self.out.print(
            f"\n[bold]Task {len(self.played) + 1}[/bold]  [dim]{info['task']['id']}[/dim]"
        )
        self._show(observation)
        hints = 0
        solution = False
        while True:
            line = self._read()
            if line in ("?", ":hint"):
                hints = self._hint(hints)
            elif line == ":solution":
                solution = True
                self._solution()
            elif line == ":help":
                self.out.print(HELP, style="dim")
            elif line == ":quit":
                raise _Quit
            elif line == ":skip":
                self._record(info["task"]["id"], None, hints, solution)
                return
            elif line:
                observation, _, terminated, truncated, info = self.env.step(line)
                if observation:
                    self._show(observation)
                if terminated or truncated:
                    self._verdict(info)
                    self._record(info["task"]["id"], info["verdict"], hints, solution)
                    return

    def _read(self) -> str:
        """One answer. Raises EOFError when there is no more input."""
        line = self._line("> ")
        if line.strip() != ":multi":
            return line.strip()
        lines: list[str] = []
        while (line := self._line("| ")).strip() != ":end":
            lines.append(line)
        return "\n".join(lines)

    def _line(self, sign: str) -> str:
        if sys.stdin.isatty():
            self.out.print(sign, end="")
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n")

    def _show(self, text: str) -> None:
        self.out.print(text, markup=False)

    def _hint(self, level: int) -> int:
        from veragym.core.capabilities import has
        from veragym.core.env import HINT_LEVELS

        if not has(self.env, "hint"):
            self.out.print("This environment gives no hints.", style="dim")
            return level
        level = min(level + 1, HINT_LEVELS)
        text = self.env.hint(level) or "no hint at this level"
        self.out.print(f"Hint {level} of {HINT_LEVELS}: {text}", markup=False, style="yellow")
        return level

    def _solution(self) -> None:
        solution = self.env.generator.solve(self.env.task)
        for step in solution.steps:
            self.out.print(step, markup=False, style="yellow")
        self.out.print(f"Answer: {solution.answer}", markup=False, style="yellow")

    def _verdict(self, info: dict[str, Any]) -> None:
        verdict = info["verdict"]
        colour = "green" if verdict.score == 1.0 else "red" if verdict.scored else "magenta"
        text = verdict.outcome.value + (f": {verdict.reason}" if verdict.reason else "")
        self.out.print(text, markup=False, style=colour)

    def _record(self, task_id: str, verdict: Any, hints: int, solution: bool) -> None:
        self.played.append(
            {
                "task": task_id,
                "outcome": "skipped" if verdict is None else verdict.outcome.value,
                "score": 0.0 if verdict is None else verdict.score,
                "hints": hints,
                "solution_shown": solution,
            }
        )
        self._told = self._standing()
        self.out.print(self._told, style="dim")

    def score(self) -> dict[str, Any]:
        """How many are right, and how many of them without help."""
        right = [one for one in self.played if one["score"] == 1.0]
        alone = [one for one in right if not one["hints"] and not one["solution_shown"]]
        return {"played": len(self.played), "right": len(right), "right_unaided": len(alone)}

    def _standing(self) -> str:
        score = self.score()
        helped = score["right"] - score["right_unaided"]
        return f"{score['right']} of {score['played']} right" + (
            f", {helped} of them with help" if helped else ""
        )

    def conclude(self) -> None:
        """The final score, unless the last line said it already."""
        if self._standing() != self._told:
            self.out.print(f"\n{self._standing()}.")
