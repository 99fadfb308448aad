"""Grammars of commands: from a start symbol to an argument tuple, by leftmost derivation (A03).

A file `grammars/<utility>.yaml` holds

    utility: sort
    version: 1                       raised whenever a production changes
    summary: sorts lines
    stdin: text                      a slot whose first file is standard input (optional)
    order: any                       lines of output come in no particular order (optional)
    times: true                      what it does depends on files' times (optional)
    success: [0, 1]                  statuses that are answers and no failures (optional)
    words: true                      any words are good arguments (optional)
    productions:
      command: ["<options> <text>"]
      options: ["", "<option> <options>"]
      option: ["-r", "-k <field>"]

A right-hand side is split into arguments as a shell would split it, quotes included. `<name>` is a
symbol; alone it stands for any number of arguments, within a word for a part of that word. Symbols
that the file does not define are slots: places for names of files, words and numbers that the
working tree fills (`SLOTS`).
"""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from veragym.core.errors import OptionError

START = "command"
SLOTS: dict[str, int] = {
    "text": 4,
    "table": 2,
    "numbers": 2,
    "sorted": 2,
    "folder": 3,
    "script": 1,
    "tarball": 1,
    "zipped": 2,
    "link": 1,
    "outside": 1,
    "new": 3,
    "newfolder": 3,
    "word": 4,
    "letter": 4,
    "path": 3,
}
"""Slots and how many fillings each working tree has for them."""

_SYMBOL = re.compile(r"<([a-z][a-z0-9_]*)>")
Piece = str | tuple[str]
"""A part of an argument: text, or a symbol as a 1-tuple of its name."""
Argument = tuple[Piece, ...]
Form = tuple[Argument, ...]
"""A sentential form: arguments, some of which hold symbols still."""


@dataclass(frozen=True, slots=True)
class Production:
    """`symbol` may become `form`.

    Attributes:
        symbol: left-hand side; slots bear their name, others are `utility.name`.
        text: the right-hand side as written; `text[0]` for the first filling of a slot.
        form: the right-hand side; empty for a slot's filling, which the working tree knows.
        slot: number of the filling, or -1.
    """

    symbol: str
    text: str
    form: Form = ()
    slot: int = -1


@dataclass(frozen=True)
class Grammar:
    """All productions of one utility.

    Attributes:
        utility, version, summary, stdin, order, times, success, words: see the module.
        productions: in the order of the file, then the fillings of the slots it uses.
    """

    utility: str
    version: int
    summary: str
    productions: tuple[Production, ...]
    stdin: str | None = None
    order: str = "kept"
    times: bool = False
    success: tuple[int, ...] = (0,)
    words: bool = False

    @property
    def start(self) -> Form:
        """The form every derivation begins with."""
        return (((f"{self.utility}.{START}",),),)

    @functools.cached_property
    def by_symbol(self) -> Mapping[str, tuple[int, ...]]:
        """Numbers of the productions of each symbol."""
        found: dict[str, list[int]] = {}
        for number, production in enumerate(self.productions):
            found.setdefault(production.symbol, []).append(number)
        return {symbol: tuple(numbers) for symbol, numbers in found.items()}

    @functools.cached_property
    def fewest(self) -> Mapping[str, int]:
        """The least number of arguments each symbol can become."""
        return fewest_arguments(self.productions)


Fill = Mapping[str, Sequence[str]]
"""The working tree's fillings by slot."""


def leftmost(form: Form) -> str | None:
    """The symbol to be rewritten next; None in a sentence."""
    for argument in form:
        for piece in argument:
            if isinstance(piece, tuple):
                return piece[0]
    return None


def rewrite(form: Form, production: Production, fill: Fill) -> Form:
    """The form with its leftmost symbol replaced by the production's right-hand side.

    The production's own symbol is not looked at: without a mask any production may be put in any
    place, as in the unrestricted arms of the experiment.
    """
    right: Form = (
        ((fill[production.symbol][production.slot],),) if production.slot >= 0 else production.form
    )
    for at, argument in enumerate(form):
        for place, piece in enumerate(argument):
            if isinstance(piece, tuple):
                if len(argument) == 1:
                    return form[:at] + right + form[at + 1 :]
                inner = _one_word(right)
                whole = _joined(argument[:place] + inner + argument[place + 1 :])
                return (*form[:at], whole, *form[at + 1 :])
    raise OptionError("a sentence has no symbol that could be rewritten")


def _one_word(right: Form) -> Argument:
    """Several arguments within a word are one argument with blanks in it."""
    pieces: list[Piece] = []
    for number, argument in enumerate(right):
        pieces += [" "] * bool(number) + list(argument)
    return tuple(pieces)


def _joined(pieces: Argument) -> Argument:
    """Neighbouring texts as one text, so that equal arguments are equal forms."""
    found: list[Piece] = []
    for piece in pieces:
        if found and isinstance(piece, str) and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    return tuple(found)


def finished(form: Form) -> tuple[str, ...]:
    """The arguments before the leftmost symbol: those no later production changes."""
    done: list[str] = []
    for argument in form:
        if any(isinstance(piece, tuple) for piece in argument):
            break
        done.append("".join(piece for piece in argument if isinstance(piece, str)))
    return tuple(done)


def fewest_arguments(productions: Sequence[Production]) -> dict[str, int]:
    """The least number of arguments each symbol can become, by fixed point.

    Raises:
        OptionError: a symbol that never ends.
    """
    least: dict[str, int] = {}
    changed = True
    while changed:
        changed = False
        for production in productions:
            count = 1 if production.slot >= 0 else _count(production.form, least)
            if count is not None and count < least.get(production.symbol, 1 << 30):
                least[production.symbol] = count
                changed = True
    for production in productions:
        if production.symbol not in least:
            raise OptionError(f"<{production.symbol}> can never be finished")
    return least


def _count(form: Form, least: Mapping[str, int]) -> int | None:
    total = 0
    for argument in form:
        symbols = [piece[0] for piece in argument if isinstance(piece, tuple)]
        if any(symbol not in least for symbol in symbols):
            return None
        total += least[symbols[0]] if len(argument) == 1 and symbols else 1
    return total


def at_least(form: Form, least: Mapping[str, int]) -> int:
    """The least number of arguments a form can become."""
    count = _count(form, least)
    assert count is not None
    return count


# -- files ----------------------------------------------------------------------------------------

_FIELDS = {
    "utility",
    "version",
    "summary",
    "stdin",
    "order",
    "times",
    "success",
    "productions",
    "words",
}


def parse(text: str, where: str = "grammar") -> Grammar:
    """A grammar from the text of its file.

    Raises:
        OptionError: it is not one; says what to change.
    """
    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise OptionError(f"{where}: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict) or not _FIELDS >= set(data) >= {"utility", "productions"}:
        raise OptionError(f"{where}: must be a mapping with some of {', '.join(sorted(_FIELDS))}")
    utility, rules = str(data["utility"]), data["productions"]
    if not isinstance(rules, dict) or START not in rules:
        raise OptionError(f"{where}: productions must be a mapping with the symbol {START!r}")
    found: list[Production] = []
    slots: list[str] = []
    for name, rights in rules.items():
        if name in SLOTS or not re.fullmatch(r"[a-z][a-z0-9_]*", str(name)):
            raise OptionError(f"{where}: {name!r} cannot be the name of a symbol")
        if not isinstance(rights, list) or len(set(map(str, rights))) < len(rights) or not rights:
            raise OptionError(f"{where}: <{name}> needs a list of different right-hand sides")
        for right in rights:
            if not isinstance(right, str):
                raise OptionError(f"{where}: {right!r} of <{name}> must be quoted")
            form = _form(right, utility, rules, where)
            slots += [p[0] for a in form for p in a if isinstance(p, tuple) and p[0] in SLOTS]
            found.append(Production(f"{utility}.{name}", right, form))
    for slot in dict.fromkeys(slots):
        found += slot_productions(slot)
    grammar = Grammar(
        utility,
        int(data.get("version", 1)),
        str(data.get("summary", "")),
        tuple(found),
        data.get("stdin"),
        str(data.get("order", "kept")),
        bool(data.get("times", False)),
        tuple(data.get("success", (0,))),
        bool(data.get("words", False)),
    )
    if grammar.stdin is not None and grammar.stdin not in SLOTS:
        raise OptionError(f"{where}: stdin must be a slot, got {grammar.stdin!r}")
    fewest_arguments(grammar.productions)
    return grammar


def slot_productions(slot: str) -> list[Production]:
    """The productions that fill a slot."""
    return [Production(slot, f"{slot}[{i}]", (), i) for i in range(SLOTS[slot])]


def _form(right: str, utility: str, rules: Mapping[str, Any], where: str) -> Form:
    try:
        words = shlex.split(right)
    except ValueError as error:
        raise OptionError(f"{where}: {right!r}: {error}") from error
    return tuple(_argument(word, utility, rules, where) for word in words)


def _argument(word: str, utility: str, rules: Mapping[str, Any], where: str) -> Argument:
    pieces: list[Piece] = []
    at = 0
    for match in _SYMBOL.finditer(word):
        if match.start() > at:
            pieces.append(word[at : match.start()])
        name = match.group(1)
        if name in rules:
            pieces.append((f"{utility}.{name}",))
        elif name in SLOTS:
            pieces.append((name,))
        else:
            raise OptionError(f"{where}: <{name}> is neither defined nor a slot")
        at = match.end()
    if at < len(word) or not pieces:
        pieces.append(word[at:])
    return tuple(pieces)


@functools.cache
def load(utility: str) -> Grammar:
    """The grammar of a utility.

    Raises:
        OptionError: there is none.
    """
    path = Path(__file__).parent / "grammars" / f"{utility}.yaml"
    if "/" in utility or not path.is_file():
        raise OptionError(f"there is no grammar of {utility!r}; there are: {', '.join(known())}")
    grammar = parse(path.read_text(encoding="utf-8"), path.name)
    if grammar.utility != utility:
        raise OptionError(f"{path.name} holds the grammar of {grammar.utility!r}; rename it")
    return grammar


@functools.cache
def known() -> tuple[str, ...]:
    """Names of all utilities with a grammar, sorted."""
    return tuple(sorted(p.stem for p in (Path(__file__).parent / "grammars").glob("*.yaml")))
