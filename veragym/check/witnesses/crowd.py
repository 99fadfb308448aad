"""Sixty-four environments at once, across threads and processes, play what each plays alone.

Two processes run four threads each; every thread steps its eight environments in turn, and threads
are switched as often as the interpreter allows. Whatever is shared between instances, threads or
forks shows as a transcript that differs.
"""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.isolation import can_fork
from veragym.check.policies import OracleRanDry
from veragym.check.second_process import Scene, scenes
from veragym.check.subject import Plan, Subject
from veragym.check.transcript import first_difference
from veragym.check.witnesses.determinism import stepwise

CROWD = 64
PROCESSES = 2
THREADS = 4
STEPS = 20
SWITCH_S = 1e-5
"""How often threads take turns."""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Alone first, then all at once."""
    if not can_fork():
        yield not_applicable("alike", "this system cannot fork")
        return
    env = subject.make()
    size = min(CROWD, max(PROCESSES * THREADS, 2 * plan.seeds))
    per_split = -(-size // max(1, len({scene.split for scene in scenes(env, 1)})))
    script = scenes(env, per_split)[:size]
    steps = min(STEPS, plan.max_steps)
    try:
        alone = [list(stepwise(subject.make(), scene, steps)) for scene in script]
    except OracleRanDry:
        yield not_applicable("alike", "the oracle does not reach the end; see the oracle witness")
        return
    shares = [range(number, size, PROCESSES) for number in range(PROCESSES)]
    together: dict[int, list[str] | str] = {}
    for share, lines in zip(shares, _in_processes(subject, script, shares, steps)):
        together.update(zip(share, lines))
    yield _judged(script, alone, together)


def _judged(
    script: Sequence[Scene], alone: Sequence[list[str]], together: dict[int, list[str] | str]
) -> Finding:
    for number, (scene, one) in enumerate(zip(script, alone)):
        other = together.get(number, "it gave no result")
        difference = {"error": other} if isinstance(other, str) else first_difference(one, other)
        if difference is not None:
            return bad(
                "alike",
                f"seed {scene.seed}: among {len(script)} environments in {PROCESSES} processes of "
                f"{THREADS} threads the episode differs from the one played alone",
                "keep state in the instance; share nothing between instances, threads or processes",
                seed=scene.seed,
                options=None if scene.split is None else {"split": scene.split},
                agent=scene.agent,
                difference=difference,
            )
    return ok(
        "alike",
        f"{len(script)} environments in {PROCESSES} processes of {THREADS} threads, stepped in "
        "turn, play what each plays alone",
    )


def _in_processes(
    subject: Subject, script: Sequence[Scene], shares: Sequence[range], steps: int
) -> list[list[list[str] | str]]:
    """The transcripts of each share, each from a process of its own, all running at once."""
    context = multiprocessing.get_context("fork")
    running = []
    for share in shares:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_process, args=(subject, script, share, steps, sender))
        process.start()
        sender.close()
        running.append((process, receiver))
    results: list[list[list[str] | str]] = []
    for (process, receiver), share in zip(running, shares):
        try:
            results.append(receiver.recv())
        except EOFError:
            results.append(["its process died"] * len(share))
        process.join()
    return results


def _process(
    subject: Subject, script: Sequence[Scene], share: range, steps: int, sender: Connection
) -> None:
    sys.setswitchinterval(SWITCH_S)
    results: dict[int, list[str] | str] = {}
    threads = [
        threading.Thread(
            target=_thread, args=(subject, script, list(share)[number::THREADS], steps, results)
        )
        for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sender.send([results.get(number, "its thread died") for number in share])
    sender.close()


def _thread(
    subject: Subject,
    script: Sequence[Scene],
    numbers: Sequence[int],
    steps: int,
    results: dict[int, list[str] | str],
) -> None:
    """Steps its environments in turn."""
    running: dict[int, Iterator[str]] = {}
    lines: dict[int, list[str]] = {}
    for number in numbers:
        running[number] = stepwise(subject.make(), script[number], steps)
        lines[number] = []
    while running:
        for number in list(running):
            try:
                lines[number].append(next(running[number]))
            except StopIteration:
                results[number] = lines[number]
                del running[number]
            except Exception as error:  # noqa: BLE001 - whatever it cannot do here is the finding
                results[number] = f"{type(error).__name__}: {error}"[:300]
                del running[number]
