"""The oracle: commands without a redundant argument, found by trying them.

A derivation is a tree. The search begins with small trees and grows them: one symbol somewhere in
the tree takes another production, what is new in it as small as can be, and the grown command is
kept if the verifier finds every argument of it to do something. Commands that were found on other
working trees (`found.json`, made by `veragym.envs.shell.shio.survey`) are tried first; nothing is
taken on trust, every command is judged where it is to be used.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.shell.shio.grammar import (
    Fill,
    Form,
    Grammar,
    finished,
    load,
    rewrite,
)

MOST_TRIES = 240
"""Commands that are judged before the search gives up."""
VARIANTS = 10
"""Ways in which something new is written."""
Judge = Callable[[Sequence[str]], bool]
"""Whether every argument of a tuple does something."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """A tree: the production, by number, and what its symbols became, from left to right."""

    production: int
    below: tuple[Derivation, ...] = ()

    def numbers(self) -> Iterator[int]:
        """The productions in the order of the leftmost derivation."""
        yield self.production
        for child in self.below:
            yield from child.numbers()


def symbols_of(form: Form) -> list[str]:
    """The symbols of a form, from left to right."""
    return [piece[0] for argument in form for piece in argument if isinstance(piece, tuple)]


def sentence(grammar: Grammar, numbers: Sequence[int], fill: Fill) -> tuple[str, ...]:
    """The arguments that a whole leftmost derivation makes."""
    form = grammar.start
    for number in numbers:
        form = rewrite(form, grammar.productions[number], fill)
    return finished(form)


@functools.lru_cache(maxsize=4096)
def smallest(grammar_name: str, symbol: str) -> Derivation:
    """The first of the trees of a symbol that have the fewest arguments."""
    grammar = load(grammar_name)

    def size(number: int) -> tuple[int, int]:
        inner = symbols_of(grammar.productions[number].form)
        own = sum(
            len(a) > 1 or isinstance(a[0], str) for a in grammar.productions[number].form
        ) + sum(grammar.fewest[s] for s in inner)
        return own, len(inner)

    # Of equally small ones the first that does not come back to the symbol itself.
    order = sorted(grammar.by_symbol[symbol], key=size)
    for number in order:
        inner = symbols_of(grammar.productions[number].form)
        if symbol not in inner:
            return Derivation(number, tuple(smallest(grammar_name, s) for s in inner))
    raise ValueError(f"<{symbol}> never ends")


def grown(grammar: Grammar, tree: Derivation, rng: TaskRng) -> list[Derivation]:
    """Trees in which one node has another production; what it had below stays where it fits."""
    found: list[Derivation] = []
    symbol = grammar.productions[tree.production].symbol
    others = [n for n in grammar.by_symbol[symbol] if n != tree.production]
    for number in others:
        inner = symbols_of(grammar.productions[number].form)
        kept = _kept(grammar, tree, inner)
        news = [i for i, old in enumerate(kept) if old is None]
        base = [old or smallest(grammar.utility, s) for old, s in zip(kept, inner)]
        found.append(Derivation(number, tuple(base)))
        for i in news[:3]:
            for variant in _variants(grammar, inner[i], 2, rng):
                changed = [*base]
                changed[i] = variant
                found.append(Derivation(number, tuple(changed)))
    for i, child in enumerate(tree.below):
        for variant in grown(grammar, child, rng):
            found.append(
                Derivation(tree.production, (*tree.below[:i], variant, *tree.below[i + 1 :]))
            )
    return found


def _kept(grammar: Grammar, tree: Derivation, inner: Sequence[str]) -> list[Derivation | None]:
    """For each new symbol what stays there: the node itself, else one of its children, else None.

    Where the node's own symbol comes again (`<option> <options>`), the whole old node goes there,
    and what stands beside it is new.
    """
    own = grammar.productions[tree.production].symbol
    if own in inner:
        at = inner.index(own)
        return [tree if i == at else None for i in range(len(inner))]
    rest = [*tree.below]
    found: list[Derivation | None] = []
    for symbol in inner:
        match = next((c for c in rest if grammar.productions[c.production].symbol == symbol), None)
        if match is not None:
            rest.remove(match)
        found.append(match)
    return found


def _variants(grammar: Grammar, symbol: str, depth: int, rng: TaskRng) -> list[Derivation]:
    """Small trees of a symbol, at most `VARIANTS`, in random order."""
    found: list[Derivation] = []
    for number in grammar.by_symbol[symbol]:
        inner = symbols_of(grammar.productions[number].form)
        if symbol in inner:
            continue
        choices = [
            _variants(grammar, s, depth - 1, rng)[:3]
            if depth > 1
            else [smallest(grammar.utility, s)]
            for s in inner
        ]
        for below in itertools.islice(itertools.product(*choices), 6):
            found.append(Derivation(number, tuple(below)))
    rng.shuffle(found)
    return found[:VARIANTS]


def search(
    grammar: Grammar,
    fill: Fill,
    wanted: int,
    judge: Judge,
    rng: TaskRng,
    tries: int = MOST_TRIES,
) -> tuple[int, ...] | None:
    """Productions of a command with at least `wanted` arguments, all of which do something.

    Args:
        judge: whether every argument does something on the working tree.
        rng: in which order things are tried.
        tries: how many commands are judged at most.
    Returns:
        The leftmost derivation; None if none was found.
    """
    for numbers in recorded(grammar.utility, wanted):
        if judge(sentence(grammar, numbers, fill)):
            return numbers
    start = grammar.start[0][0][0]
    seen: set[tuple[str, ...]] = set()
    stack = [smallest(grammar.utility, start)]
    stack += grown(grammar, stack[0], rng)
    stack.reverse()
    while stack and tries > 0:
        tree = stack.pop()
        numbers = tuple(tree.numbers())
        arguments = sentence(grammar, numbers, fill)
        if arguments in seen or len(arguments) > wanted + 1:
            continue
        seen.add(arguments)
        tries -= 1
        if arguments and not judge(arguments):
            continue
        if len(arguments) >= wanted:
            return numbers
        more = grown(grammar, tree, rng)
        rng.shuffle(more)
        size = len(arguments)
        longer = [t for t in more if size < len(sentence(grammar, tuple(t.numbers()), fill))]
        stack += longer
    return None


@functools.cache
def _found() -> dict[str, Any]:
    path = Path(__file__).parent / "found.json"
    if not path.is_file():
        return {}
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def recorded(utility: str, wanted: int) -> list[tuple[int, ...]]:
    """Derivations found before that have at least `wanted` arguments, the most general first."""
    entry = _found().get(utility)
    if entry is None or entry["version"] != load(utility).version:
        return []
    rows = [row for row in entry["commands"] if row["arguments"] >= wanted]
    return [tuple(row["productions"]) for row in sorted(rows, key=lambda r: r["arguments"])]


def reach(utility: str) -> int:
    """The most arguments for which commands were found on all working trees surveyed, or 0."""
    entry = _found().get(utility)
    return 0 if entry is None or entry["version"] != load(utility).version else int(entry["reach"])
