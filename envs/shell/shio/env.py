"""ShIOEnv-v0: commands built argument by argument and judged by what they do (A03).

The state is the argument tuple so far, in a working tree of its own; an action adds an argument or
executes the command, which ends the episode. Two views of the same process:

    view="text"      actions are texts: an argument, `run`, or a whole command; for language agents
    view="grammar"   actions are productions of a leftmost derivation, with a mask; `grammar_view`

`redundancy` says how a command is judged and where that departs from the published environment.
"""

from __future__ import annotations

import functools
import shlex
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import gymnasium as gym

from veragym.core.env import Move, TaskEnv
from veragym.core.errors import EpisodeOrderError, OptionError
from veragym.core.generator import Difficulty
from veragym.core.task import Task
from veragym.envs.shell.shio.lab import Lab
from veragym.envs.shell.shio.oracle import facts_of, rest_of_arguments, solution_of
from veragym.envs.shell.shio.place import place
from veragym.envs.shell.shio.redundancy import Assessment, assess, intermediate_reward
from veragym.envs.shell.shio.shown import shown
from veragym.envs.shell.shio.tasks import TREES, ShIOTasks
from veragym.envs.shell.shio.verifier import MOST_ARGUMENTS, ShIOVerifier, verdict_of
from veragym.sandbox import Sandbox

ENV_ID = "ShIOEnv-v0"
VIEWS = ("text", "grammar")
RUN = "run"
SPARE_TURNS = 4
"""Turns beyond one for each argument and one to execute."""
MOST_CHARACTERS = 4096
"""Of one action."""


def make(view: str = "text", **options: Any) -> gym.Env[Any, Any]:
    """The environment in one of its views; see `ShIOEnv` and `ShIOGrammarEnv` for the options.

    Raises:
        OptionError: no such view, or an option that can never work.
    """
    if view == "text":
        return ShIOEnv(**options)
    if view == "grammar":
        from veragym.envs.shell.shio.grammar_view import ShIOGrammarEnv

        return ShIOGrammarEnv(**options)
    raise OptionError(f"view must be one of {', '.join(VIEWS)}; got {view!r}")


class ShIOEnv(TaskEnv):
    """The view for language agents.

    Args:
        utilities: utilities the tasks are drawn from; all that were surveyed if None.
        trees: so many different working trees per split.
        sandbox: a backend's name, `auto` for the best that works here, or a `Sandbox`.
        unsafe: allow the backend `subprocess`, which has no walls.
        cache: a folder that keeps executions between processes.
        intermediate: execute the command after every argument, show what it did, and pay the
            published intermediate reward. Otherwise it is executed at the end alone.
        split, difficulty, budget, render_mode: see `TaskEnv`.
    Raises:
        OptionError: an option that can never work.
    """

    def __init__(
        self,
        *,
        utilities: Sequence[str] | None = None,
        trees: int = TREES,
        sandbox: str | Sandbox = "auto",
        unsafe: bool = False,
        cache: str | Path | None = None,
        intermediate: bool = False,
        split: str = "train",
        difficulty: float | Difficulty = (0.0, 1.0),
        budget: Mapping[str, float] | None = None,
        render_mode: str | None = None,
        env_id: str = ENV_ID,
    ) -> None:
        verifier = ShIOVerifier(sandbox, unsafe=unsafe, cache=cache)
        super().__init__(
            generator=ShIOTasks(utilities, trees, functools.partial(solution_of, verifier)),
            verifier=verifier,
            env_id=env_id,
            split=split,
            difficulty=difficulty,
            max_turns=MOST_ARGUMENTS + 1 + SPARE_TURNS,
            budget=budget,
            max_action_chars=MOST_CHARACTERS,
            render_mode=render_mode,
        )
        self.judge = verifier
        self.intermediate = intermediate
        self.arguments: tuple[str, ...] = ()
        self._irredundant = 0.0
        self._keys: list[str] = []

    # -- the episode -----------------------------------------------------------------------------

    @property
    def lab(self) -> Lab:
        """Where commands are run."""
        lab = self.judge.lab
        lab.enter(self)
        return lab

    def _begin(self, task: Task) -> str:
        self.lab.ready()
        self.arguments = ()
        self._irredundant = 0.0
        self._keys = [self.state_key()]
        hint = self.hint(self._hint_level)
        return f"{task.prompt}\nHint: {hint}\n" if hint else task.prompt

    def _act(self, action: str) -> Move:
        utility = self.task.public["utility"]
        try:
            words = shlex.split(action)
        except ValueError as error:
            return Move(f"not read: {error}; nothing was added\n", valid=False)
        if any("\0" in word for word in words):
            return Move("not read: an argument cannot hold a null byte\n", valid=False)
        if words == [RUN]:
            return self.execute()
        if words and words[0] == utility and not self.arguments:
            if len(words) - 1 > MOST_ARGUMENTS:
                return Move(f"a command has at most {MOST_ARGUMENTS} arguments\n", valid=False)
            self.arguments = tuple(words[1:])
            return self.execute()
        if len(words) != 1:
            return Move(
                "one argument at a time, quoted where it holds blanks; or a whole command as the "
                f"first action, beginning with {utility}; nothing was added\n",
                valid=False,
            )
        if len(self.arguments) >= MOST_ARGUMENTS:
            return Move(f"a command has at most {MOST_ARGUMENTS} arguments; run it\n", valid=False)
        reward, found = self.append(words[0])
        line = shlex.join((utility, *self.arguments))
        return Move(f"$ {line}\n{shown(found.execution) if found else ''}", reward=reward)

    def append(self, argument: str) -> tuple[float, Assessment | None]:
        """Adds an argument; the intermediate reward, and what the command does by now.

        Raises:
            RunnerUnavailable: it could not be run.
        """
        self.arguments = (*self.arguments, argument)
        self._keys.append(self.state_key())
        if not self.intermediate:
            return 0.0, None
        found = self.assessed()
        reward = intermediate_reward(self._irredundant, found.irredundancy, MOST_ARGUMENTS)
        # A command that fails by now earns nothing, and takes nothing from the next that succeeds.
        if not found.execution.succeeded:
            reward = 0.0
        self._irredundant = found.irredundancy
        self._cost.tool_calls += 1
        return reward, found

    def execute(self) -> Move:
        """Executes the command and judges it."""
        verdict, found = self.judge.judge(self.task, self.arguments)
        self._cost.tool_calls += 1
        self._keys.append(self.state_key())
        line = shlex.join((self.task.public["utility"], *self.arguments))
        seen = shown(found.execution) if found is not None else ""
        return Move(f"$ {line}\n{seen}", verdict=verdict)

    def assessed(self) -> Assessment:
        """What the command built so far does, and which of its arguments.

        Raises:
            RunnerUnavailable: it could not be run.
        """
        public = self.task.public
        return assess(self.lab, place(public["tree"]), public["utility"], self.arguments)

    def close(self) -> None:
        """Leaves the lab; the last one there closes the sessions."""
        self.judge.leave(self)
        super().close()

    # -- capabilities ----------------------------------------------------------------------------

    def oracle(self) -> Iterator[str]:
        """Arguments that make the command right, then `run`."""
        rest = rest_of_arguments(self.judge, self.task, self.arguments)
        # Quoted, so that an argument is never read as an order or a command.
        yield from (_quoted(word) for word in rest)
        yield RUN

    def hint(self, level: int) -> str:
        """1: what the utility is for; 2: its options; 3: a right command but for its end."""
        text = self.generator.hint(self.task, level)
        if level >= 3:
            known = solution_of(self.judge, self.task)
            text += f" Begin with: {shlex.join(known[:-1])}"
        return text

    def progress(self) -> tuple[float, Mapping[str, bool]]:
        """The score of the command so far, if it were executed now."""
        wanted = self.task.public["arguments"]
        if not self.arguments:
            return 0.0, {"succeeds": False, "all do something": False, "long enough": False}
        found = self.assessed()
        return verdict_of(found, wanted).score, {
            "succeeds": found.execution.succeeded,
            "all do something": found.irredundancy == 1.0,
            "long enough": len(self.arguments) >= wanted,
        }

    def facts(self) -> Sequence[str]:
        """What the command so far does, and which of its arguments do something."""
        return facts_of(self.task, self.arguments, self.assessed())

    def state_key(self) -> str:
        """Working tree, utility, arguments and whether it ended: nothing else is the state."""
        if self._task is None:
            raise EpisodeOrderError("there is no state before the first reset(); call reset()")
        public = self.task.public
        what = (public["tree"], public["utility"], public["arguments"], self.arguments, self._ended)
        return blake2b(repr(what).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def history_key(self, k: int) -> str:
        """Digest of the last `k` state keys."""
        return blake2b("".join(self._keys[-k:] if k else []).encode(), digest_size=16).hexdigest()

    def snapshot(self) -> dict[str, Any]:
        """The argument tuple, and the share of it that counted as doing something."""
        return {
            **self._save_episode(),
            "arguments": self.arguments,
            "irredundant": self._irredundant,
            "keys": list(self._keys),
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Inverse of `snapshot`."""
        self._load_episode(snapshot)
        self.arguments = tuple(snapshot["arguments"])
        self._irredundant = snapshot["irredundant"]
        self._keys = list(snapshot["keys"])


def _quoted(word: str) -> str:
    return shlex.quote(word)
