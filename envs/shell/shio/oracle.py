"""Right commands for a task, found by running commands; and what can be known of one half built."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from veragym.core.seeding import TaskRng
from veragym.core.task import Task
from veragym.envs.shell.shio.grammar import (
    Form,
    Grammar,
    finished,
    leftmost,
    load,
    rewrite,
)
from veragym.envs.shell.shio.place import place
from veragym.envs.shell.shio.redundancy import Assessment, assess, irreducible
from veragym.envs.shell.shio.search import Derivation, search, sentence, smallest, symbols_of
from veragym.envs.shell.shio.verifier import MOST_ARGUMENTS, ShIOVerifier, verdict_of
from veragym.sandbox import RunnerUnavailable

MOST_MENDED = 60
"""Arguments that are tried where a command was begun in a way no known one begins."""


def derivation_of(verifier: ShIOVerifier, task: Task) -> tuple[int, ...]:
    """The productions of a command that scores 1; empty if the search finds none.

    Raises:
        RunnerUnavailable: nothing can be run.
    """
    utility, wanted = task.public["utility"], task.public["arguments"]
    where, lab = place(task.public["tree"]), verifier.lab
    rng = TaskRng.from_seed("ShIOEnv oracle", task.content_hash)

    def holds(arguments: Sequence[str]) -> bool:
        return irreducible(lab, where, utility, arguments)

    return search(load(utility), where.fill, wanted, holds, rng) or ()


def solution_of(verifier: ShIOVerifier, task: Task) -> tuple[str, ...]:
    """The arguments of a command that scores 1.

    Raises:
        RunnerUnavailable: nothing can be run, or the search found none.
    """
    numbers = derivation_of(verifier, task)
    if not numbers:
        raise RunnerUnavailable(
            f"no command of {task.public['utility']!r} with {task.public['arguments']} arguments "
            "was found that scores 1 here; survey the grammars again in this sandbox"
        )
    return sentence(load(task.public["utility"]), numbers, place(task.public["tree"]).fill)


def rest_of_arguments(verifier: ShIOVerifier, task: Task, begun: Sequence[str]) -> list[str]:
    """Arguments to add to those begun with: a known command's rest, or what helps most."""
    known = solution_of(verifier, task)
    if tuple(begun) == known[: len(begun)]:
        return list(known[len(begun) :])
    utility, where = task.public["utility"], place(task.public["tree"])
    arguments = list(begun)

    def score(words: Sequence[str]) -> float:
        found = assess(verifier.lab, where, utility, words)
        return verdict_of(found, task.public["arguments"]).score

    best = score(arguments)
    while len(arguments) < min(MOST_ARGUMENTS, task.public["arguments"] + 2):
        tried = [(score([*arguments, word]), word) for word in single_arguments(task)]
        if not tried or max(tried)[0] <= best:
            break
        best, word = max(tried)
        arguments.append(word)
    return arguments[len(begun) :]


def single_arguments(task: Task) -> list[str]:
    """Arguments that the grammar can make, a sample of all, in a fixed order."""
    grammar, fill = load(task.public["utility"]), place(task.public["tree"]).fill
    found: dict[str, None] = {}
    for number, production in enumerate(grammar.productions):
        below = tuple(smallest(grammar.utility, s) for s in symbols_of(production.form))
        form: Form = (((production.symbol,),),)
        for step in Derivation(number, below).numbers():
            form = rewrite(form, grammar.productions[step], fill)
        for word in finished(form):
            found[word] = None
    return list(found)[:MOST_MENDED]


def rest_of_derivation(
    verifier: ShIOVerifier, task: Task, done: Sequence[int], form: Form
) -> list[int]:
    """Productions to go on with: a known command's rest, or the shortest way to any sentence."""
    known = derivation_of(verifier, task)
    if known and tuple(done) == known[: len(done)]:
        return list(known[len(done) :])
    return shortest_end(load(task.public["utility"]), form, place(task.public["tree"]).fill)


def shortest_end(grammar: Grammar, form: Form, fill: object) -> list[int]:
    """Productions that finish a form with the fewest arguments."""
    numbers: list[int] = []
    for symbol in symbols_of(form):
        if symbol in grammar.by_symbol:
            numbers += smallest(grammar.utility, symbol).numbers()
    return numbers if leftmost(form) is not None else []


def facts_of(task: Task, arguments: Sequence[str], found: Assessment) -> list[str]:
    """True sentences about a command that was run."""
    line = shlex.join((task.public["utility"], *arguments))
    did = found.execution
    ended = {-1: "ran out of time", -2: "ran out of memory"}.get(
        did.status, f"ends with status {did.status}"
    )
    facts = [f"`{line}` {ended}."]
    facts += [f"`{line}` has {effect}." for effect in did.effects]
    if did.succeeded and arguments:
        for i, word in enumerate(arguments):
            does = "does nothing" if i in found.redundant else "does something"
            facts.append(f"Argument {i + 1} of `{line}`, {word!r}, {does}.")
    return facts
