"""`check`: puts an environment before every witness and reports what they say.

`cases` does the same as tests of pytest, one per witness.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from gymnasium.vector import VectorEnv

from veragym.check.cases import cases
from veragym.check.finding import Finding, Report, bad, not_applicable
from veragym.check.games import GAME_WITNESSES, game_of
from veragym.check.isolation import (
    MOST_PROCESSES,
    MOST_WITH_SANDBOXES,
    Failure,
    Printed,
    isolated,
    unprotected,
)
from veragym.check.modes import mode_of
from veragym.check.preload import preload
from veragym.check.second_process import INSIDE
from veragym.check.steadiness import Steadiness
from veragym.check.subject import (
    FLOOR,
    Environment,
    Plan,
    Subject,
    is_task_env,
    subject_of,
)
from veragym.check.verified import Answered, subject_of_verifier, unasked_of, witnesses_for
from veragym.check.witnesses import WITNESSES, Witness
from veragym.check.witnesses.api import hopeless
from veragym.core.errors import OptionError
from veragym.core.generator import Generator as TaskGenerator
from veragym.core.verifier import Verifier
from veragym.registry import Entry

__all__ = ["Progress", "cases", "check"]

Progress = Callable[[str, Finding | None], None]
"""Called with a witness's name when it begins (None) and with each of its findings."""


def check(
    target: str | Callable[..., Environment] | Verifier,
    *,
    tasks: TaskGenerator | Answered | None = None,
    mode: str = "standard",
    seeds: int | None = None,
    entry: Entry | None = None,
    kwargs: Mapping[str, Any] | None = None,
    witnesses: Sequence[str] | None = None,
    floor: float = FLOOR,
    limit_s: float | None = None,
    isolate: bool = True,
    on_progress: Progress | None = None,
) -> Report:
    """Checks an environment, or a verifier.

    Args:
        target: an id (with or without `module:`), an environment class, or a factory that takes
            keyword arguments and gives a new environment; or a PettingZoo game: a module with `env`
            or `parallel_env`, a class, a factory or an object; or a verifier, with `tasks`.
        tasks: what a verifier is checked on: a generator, or pairs of a task and a right answer.
        mode: `quick` (seconds), `standard` or `thorough`: how many seeds, and how long.
        seeds: seeds per split; the mode's unless given.
        entry: what it declares, for a target that is not registered.
        kwargs: arguments to make it with.
        witnesses: names of the witnesses to hear; all of them if None.
        floor: highest mean score an agent that solves nothing may reach.
        limit_s: wall seconds after which one witness is killed and reported; the mode's unless
            given.
        isolate: run each witness in a child process.
        on_progress: told of every step.

    Returns:
        The report; whatever the environment does (raise, hang, die, print) is a finding in it.

    Raises:
        gymnasium.error.NameNotFound: unknown id.
        OptionError: unknown witness or mode, a setting that can never work, or a check started
            while a module is loaded again by a check; a game that cannot be imported or copied.
    """
    if os.environ.get(INSIDE):
        raise OptionError(
            "check() was called while its own second process loads your module again, which would "
            "never end; put the call under: if __name__ == '__main__':"
        )
    chosen = mode_of(mode)
    plan = Plan(
        seeds=chosen.seeds if seeds is None else seeds,
        floor=floor,
        limit_s=chosen.limit_s if limit_s is None else limit_s,
        isolate=isolate,
        mode=mode,
    )
    table = WITNESSES
    unasked: Mapping[str, str] = {}
    if isinstance(target, Verifier):
        subject = subject_of_verifier(target, tasks)
        if witnesses is None:
            witnesses, unasked = witnesses_for(tasks), unasked_of(tasks)
    elif (game := game_of(target, entry, kwargs)) is not None:
        subject, table = game, GAME_WITNESSES
    else:
        subject = subject_of(target, entry, kwargs)
    preload(subject)
    told = on_progress or (lambda name, finding: None)
    findings: list[Finding] = []
    seconds: dict[str, float] = {}
    stopper: str | None = None
    steadiness = Steadiness(subject, plan, table)
    for witness in _chosen(witnesses, table):
        told(witness.name, None)
        if stopper is not None:
            findings.append(not_applicable(f"{witness.name}.applies", f"see {stopper} first"))
            told(witness.name, findings[-1])
            continue
        start, before = time.perf_counter(), len(findings)
        # Closed at once if we are interrupted, so that its child process does not outlive us.
        with closing(_hear(witness, subject, plan)) as heard:
            for finding in (said for raw in heard for said in steadiness.judged(raw)):
                findings.append(finding)
                told(witness.name, finding)
        if len(findings) == before:
            silent = Failure("it ended without a word, which no witness does by itself")
            findings.append(_named(witness, _as_finding(silent)))
            told(witness.name, findings[-1])
        seconds[witness.name] = time.perf_counter() - start
        stopper = _stopper(findings[before:])
    for name, why in unasked.items():
        findings.append(not_applicable(f"{name}.applies", why))
        told(name, findings[-1])
    return Report(subject.name, plan.seeds, tuple(findings), seconds, mode)


def witnesses_of(
    target: Any,
    *,
    tasks: TaskGenerator | Answered | None = None,
    entry: Entry | None = None,
    kwargs: Mapping[str, Any] | None = None,
    **others: Any,
) -> list[str]:
    """Names of the witnesses that `check` would hear, with the arguments `check` takes."""
    if isinstance(target, Verifier):
        return list(witnesses_for(tasks))
    table = WITNESSES if game_of(target, entry, kwargs) is None else GAME_WITNESSES
    return [witness.name for witness in table]


def _chosen(names: Sequence[str] | None, table: Sequence[Witness]) -> list[Witness]:
    if names is None:
        return list(table)
    known = {witness.name: witness for witness in table}
    for name in names:
        if name not in known:
            witness = name.partition(".")[0]
            hint = f"name the witness, {witness}" if witness in known else ""
            hint = hint or f"known: {', '.join(known)}"
            raise OptionError(f"no witness {name!r}; {hint}")
    return [witness for witness in table if witness.name in names]


def _hear(witness: Witness, subject: Subject, plan: Plan) -> Generator[Finding, None, None]:
    def work() -> Iterator[Finding]:
        env = subject.make()
        batch = isinstance(env, VectorEnv)
        applies = witness.batches if batch else is_task_env(env) or not witness.tasks_only
        env.close()
        if batch and not applies:
            yield not_applicable("applies", "a batch: this is asked of single environments")
        elif applies:
            yield from witness.examine(subject, plan)
        else:
            yield not_applicable(
                "applies",
                "not a TaskEnv: there are no tasks, oracle or verdicts to examine; derive from "
                "veragym.core.TaskEnv to have this asked",
            )

    most = MOST_WITH_SANDBOXES if subject.dear else MOST_PROCESSES
    messages = (
        isolated(work, plan.limit_s, most_processes=most) if plan.isolate else unprotected(work)
    )
    with closing(messages):
        for message in messages:
            yield _named(witness, _as_finding(message))


def _stopper(findings: Sequence[Finding]) -> str | None:
    """The name of the finding after which nothing else can be asked, if it is among these."""
    first = findings[0] if findings else None
    if first is not None and (hopeless(first) or (first.name == "api.completes")):
        return first.name
    return None


def _as_finding(message: Finding | Failure | Printed) -> Finding:
    if isinstance(message, Finding):
        return message
    if isinstance(message, Failure):
        seen = {"traceback": message.traceback} if message.traceback else {}
        fix = "make the environment raise only what its contract names, and come to an end"
        if seen:
            fix += "; the traceback shows where it happened"
        return bad("completes", f"the check was cut short: {message.verdict}", fix, **seen)
    return bad(
        "quiet",
        f"{message.size:,} bytes were written to stdout or stderr",
        "remove print() and progress bars; a library reports through its return values",
        text=message.text[:300],
    )


def _named(witness: Witness, finding: Finding) -> Finding:
    return Finding(
        f"{witness.name}.{finding.name}",
        finding.passed,
        finding.verdict,
        finding.evidence,
        finding.fix,
    )
