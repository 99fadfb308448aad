"""What of the grammars holds on this machine: which productions are accepted, how far commands go.

    python -m veragym.envs.shell.shio.survey accepted [utility ...]
    python -m veragym.envs.shell.shio.survey found [utility ...]

`accepted` runs every production at least once and writes to `accepted.json` which of them stand in
a command that succeeds, and under which version of the utility. `found` searches commands without a
redundant argument on several working trees and writes to `found.json` those that hold on most of
them; the oracle tries these first, and tasks ask for no more arguments than were found everywhere.
"""

from __future__ import annotations

import functools
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.shell.shio.grammar import Grammar, known, load
from veragym.envs.shell.shio.lab import Lab, chosen
from veragym.envs.shell.shio.place import place
from veragym.envs.shell.shio.redundancy import irreducible
from veragym.envs.shell.shio.search import (
    Derivation,
    grown,
    search,
    sentence,
    smallest,
    symbols_of,
)

HERE = Path(__file__).parent
TREES = (0, 1, 2)
"""Working trees on which productions are tried."""
SURVEYED = tuple(range(100, 106))
"""Working trees on which commands are searched."""
FARTHEST = 6
"""Arguments beyond which no search is made."""
MOST_TRIED = 60
"""Commands with a production that are run before it counts as refused."""
KEPT = 6
"""Commands kept of each length."""


def with_production(grammar: Grammar, number: int) -> Iterator[Derivation]:
    """Trees that contain a production, small ones first."""
    start = grammar.start[0][0][0]
    rng = TaskRng.from_seed("survey", grammar.utility, number)
    first = [smallest(grammar.utility, start)]
    first += [t for t in grown(grammar, first[0], rng) if t not in first]
    yield from (t for t in first if number in t.numbers())
    for tree in first:
        for more in grown(grammar, tree, rng):
            if number in more.numbers():
                yield more
    path = path_to(grammar, start, number)
    if path is not None:
        yield path


def path_to(grammar: Grammar, symbol: str, number: int) -> Derivation | None:
    """A small tree of `symbol` that contains the production, by breadth first search."""
    agenda: list[tuple[str, tuple[tuple[int, int], ...]]] = [(symbol, ())]
    seen = {symbol}
    while agenda:
        now, way = agenda.pop(0)
        for production in grammar.by_symbol[now]:
            inner = symbols_of(grammar.productions[production].form)
            if production == number:
                tree = Derivation(number, tuple(smallest(grammar.utility, s) for s in inner))
                for above, place_of in reversed(way):
                    around = symbols_of(grammar.productions[above].form)
                    below = [smallest(grammar.utility, s) for s in around]
                    below[place_of] = tree
                    tree = Derivation(above, tuple(below))
                return tree
            for i, below_symbol in enumerate(inner):
                if below_symbol not in seen:
                    seen.add(below_symbol)
                    agenda.append((below_symbol, (*way, (production, i))))
    return None


def accepted(lab: Lab, utility: str) -> dict[str, Any]:
    """Which productions stand in a command that succeeds."""
    grammar = load(utility)
    good: set[int] = set()
    for number, production in enumerate(grammar.productions):
        if number in good or production.slot >= 0:
            continue
        for tree in itertools.islice(with_production(grammar, number), MOST_TRIED):
            numbers = tuple(tree.numbers())
            for tree_number in TREES:
                where = place(tree_number)
                arguments = sentence(grammar, numbers, where.fill)
                if lab.run(where, (utility, *arguments)).succeeded:
                    good |= set(numbers)
                    break
            if number in good:
                break
    said = lab.version(utility).splitlines()
    names = [
        (f"{p.symbol.partition('.')[2]}: {p.text}", number in good)
        for number, p in enumerate(grammar.productions)
        if p.slot < 0
    ]
    return {
        "version": grammar.version,
        "program": said[0] if said else "",
        "accepted": [name for name, yes in names if yes],
        "refused": [name for name, yes in names if not yes],
    }


def found(lab: Lab, utility: str) -> dict[str, Any]:
    """Commands without a redundant argument, by how many working trees they hold on."""
    grammar = load(utility)
    held: Counter[tuple[int, ...]] = Counter()
    lengths: dict[tuple[int, ...], int] = {}

    def holds(number: int, arguments: Sequence[str]) -> bool:
        return irreducible(lab, place(number), utility, arguments)

    def rates(numbers: tuple[int, ...]) -> int:
        if numbers not in held:
            fills = {n: sentence(grammar, numbers, place(n).fill) for n in SURVEYED}
            held[numbers] = sum(holds(n, arguments) for n, arguments in fills.items())
            lengths[numbers] = len(fills[SURVEYED[0]])
        return held[numbers]

    for wanted in range(2, FARTHEST + 1):
        for attempt, number in enumerate(SURVEYED[:3]):
            rng = TaskRng.from_seed("survey", utility, wanted, attempt)
            judge = functools.partial(holds, number)
            numbers = search(grammar, place(number).fill, wanted, judge, rng, 120)
            if numbers is not None:
                rates(numbers)
        if not any(length >= wanted for length in lengths.values()):
            break
    commands = sorted(held, key=lambda n: (-held[n], n))
    kept: list[tuple[int, ...]] = []
    for length in sorted(set(lengths.values())):
        kept += [n for n in commands if lengths[n] == length and held[n] > 0][:KEPT]
    reach = 0
    for wanted in range(1, FARTHEST + 1):
        rows = [n for n in kept if lengths[n] >= wanted]
        everywhere = all(
            any(
                holds(tree, sentence(grammar, n, place(tree).fill))
                for n in sorted(rows, key=lambda n: -held[n])
            )
            for tree in SURVEYED
        )
        if not rows or not everywhere:
            break
        reach = wanted
    return {
        "version": grammar.version,
        "reach": reach,
        "commands": [
            {"arguments": lengths[n], "held": held[n], "productions": list(n)} for n in kept
        ],
    }


def main(words: Sequence[str]) -> int:
    """Surveys the named utilities, or all."""
    surveys = {"accepted": accepted, "found": found}
    if not words or words[0] not in surveys:
        sys.stderr.write(f"say what to survey: {' or '.join(surveys)}\n")
        return 2
    lab = Lab(chosen("auto", False))
    path = HERE / f"{words[0]}.json"
    data = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for utility in words[1:] or known():
        data[utility] = surveys[words[0]](lab, utility)
        row = data[utility]
        said = row.get("reach", f"{len(row.get('refused', []))} refused {row.get('refused')}")
        sys.stderr.write(f"{utility}: {said}\n")
        path.write_text(
            json.dumps(dict(sorted(data.items())), indent=None, separators=(",", ":")).replace(
                '},"', '},\n"'
            )
            + "\n",
            encoding="utf-8",
        )
    lab.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
