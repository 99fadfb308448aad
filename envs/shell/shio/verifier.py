"""Judges a command by what it did, and by what it does without each of its arguments (A03)."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from veragym.core.verdict import Outcome, Verdict, infra_error, unparsable, wrong
from veragym.core.verifier import Judgeable, Verifier
from veragym.envs.shell.shio.lab import Lab, lab_for, labs_of_process
from veragym.envs.shell.shio.place import place
from veragym.envs.shell.shio.redundancy import Assessment, assess
from veragym.sandbox import RunnerUnavailable, Sandbox

MOST_ARGUMENTS = 12
"""H of the published rewards: the most arguments a command may have."""


class ShIOVerifier(Verifier):
    """The score is rho * min(1, m / L): L arguments were asked for, m were given.

    rho is the share of them that do something (`redundancy`); a command that fails, runs out of
    time, or only prints what its utility says about itself scores 0.

    Args:
        sandbox: a backend's name, `auto`, or a `Sandbox`.
        unsafe: allow the backend without walls.
        cache: a folder that keeps executions between processes.
    """

    def __init__(
        self,
        sandbox: str | Sandbox = "auto",
        *,
        unsafe: bool = False,
        cache: str | Path | None = None,
    ) -> None:
        self.sandbox = sandbox
        self.unsafe = unsafe
        self.cache = cache

    @property
    def lab(self) -> Lab:
        """Where it runs commands; one for all verifiers with the same sandbox in a process.

        Raises:
            RunnerUnavailable: no sandbox works here.
        """
        return lab_for(self.sandbox, unsafe=self.unsafe, cache=self.cache)

    def leave(self, user: object) -> None:
        """An environment is done with the lab; none is made for that."""
        for lab in labs_of_process():
            lab.leave(user)

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict on a command line; its first word must be the task's utility."""
        if not isinstance(response, str):
            return unparsable(f"a command is a text, got {type(response).__name__}")
        try:
            words = shlex.split(response)
        except ValueError as error:
            return unparsable(f"the command cannot be split into arguments: {error}")
        utility = task.public["utility"]
        if not words or words[0] != utility:
            return unparsable(f"the command must begin with {utility!r}")
        if len(words) - 1 > MOST_ARGUMENTS:
            return unparsable(f"a command has at most {MOST_ARGUMENTS} arguments")
        return self.judge(task, words[1:])[0]

    def judge(self, task: Judgeable, arguments: Sequence[str]) -> tuple[Verdict, Assessment | None]:
        """The verdict on arguments, and what it rests on; a bare utility is not even run."""
        if not arguments:
            return wrong("the command has no arguments"), None
        utility, wanted = task.public["utility"], task.public["arguments"]
        try:
            found = assess(self.lab, place(task.public["tree"]), utility, arguments)
        except RunnerUnavailable as error:
            return infra_error(f"the command could not be run: {error}"), None
        return verdict_of(found, wanted), found


def verdict_of(found: Assessment, wanted: int) -> Verdict:
    """The verdict on an assessed command of which `wanted` arguments were asked for."""
    did = found.execution
    parts = {
        "irredundant": found.irredundancy,
        "by_output": found.by_output,
        "by_context": found.by_context,
        "arguments": float(found.arguments),
        "failed": float(not did.succeeded),
        "published": found.final_reward(MOST_ARGUMENTS),
    }
    evidence = {
        "status": did.status,
        "effects": list(did.effects),
        "redundant": list(found.redundant),
        "beta": found.beta,
    }
    if did.status == -1:
        reason = "the command ran out of time"
        return Verdict(Outcome.TIMEOUT, 0.0, parts, reason, evidence)
    if not did.succeeded:
        why = "ran out of memory" if did.status == -2 else f"ended with status {did.status}"
        return Verdict(Outcome.WRONG, 0.0, parts, f"the command {why}", evidence)
    if found.itself:
        reason = "the command only prints what the utility says about itself"
        return Verdict(Outcome.WRONG, 0.0, parts, reason, evidence)
    score = found.irredundancy * min(1.0, found.arguments / wanted)
    kept = found.arguments - len(found.redundant)
    reason = f"{kept} of {found.arguments} arguments do something; {wanted} were asked for"
    if score == 1.0:
        return Verdict(Outcome.CORRECT, 1.0, parts, reason, evidence)
    outcome = Outcome.PARTIAL if score > 0.0 else Outcome.WRONG
    return Verdict(outcome, score, parts, reason, evidence)
