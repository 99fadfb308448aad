"""Grammars drafted from what a utility says about itself: `--help` texts and rendered man pages.

    python -m veragym.envs.shell.shio.extract sort > sort.yaml

A draft has every option that stands in a list of options, with its argument, and the shapes of the
synopsis. What an argument may be is guessed from its name and has to be finished by hand; which
productions hold is then found by running them (`survey accepted`).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# `-n`, `-n NUM`, `-n[NUM]`, `--lines`, `--lines=NUM`, `--lines[=NUM]`, `--lines <num>`
_NAME = r"--?[A-Za-z0-9][A-Za-z0-9_-]*"
_META = r"(?:<[^>\s]+>|[A-Z][A-Z0-9_.+\[\]-]*|\[-?\][A-Z]+|'[^']+')"
_ONE = re.compile(
    rf"(?P<name>{_NAME}|-[^\s\w=,-])"
    r"(?: ?\[=?(?P<maybe>[^\]]+)\]|=(?P<equals>\S+?)(?=[,\s]|$)"
    rf"| (?P<blank>{_META})(?=[,\s]|$))?"
)
_ENTRY = re.compile(r"^\s{1,12}(?=-)")
_BREAK = re.compile(r"\s{2,}|\t")
_HEADING = re.compile(r"^\s*(?:usage|synopsis)\s*:?\s*$", re.IGNORECASE)
_USAGE = re.compile(r"^\s*(?:usage|or|synopsis)\s*:\s*(?P<rest>\S.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Option:
    """One option with all its names.

    Attributes:
        names: such as `("-n", "--lines")`.
        argument: name of its argument, empty if it takes none.
        optional: the argument may be left out.
    """

    names: tuple[str, ...]
    argument: str = ""
    optional: bool = False


def options_of(text: str) -> tuple[Option, ...]:
    """The options a help text lists, in order, each once.

    An entry is a line that begins with an option; its description begins after two blanks or a
    tab. Names in one entry are separated by commas, bars or blanks.
    """
    found: dict[str, Option] = {}
    for line in text.splitlines():
        if not _ENTRY.match(line):
            continue
        head = _BREAK.split(line.strip(), maxsplit=1)[0]
        # A long name may stand two blanks behind the comma.
        aligned = re.match(rf"^\s*(-\w,\s+{_NAME}\S*)", line)
        if aligned and len(aligned.group(1)) > len(head):
            head = re.sub(r",\s+", ", ", aligned.group(1))
        option = _entry(head)
        if option is not None and not any(name in found for name in option.names):
            found |= dict.fromkeys(option.names, option)
    return tuple(dict.fromkeys(found.values()))


def _entry(head: str) -> Option | None:
    names: list[str] = []
    argument, optional = "", False
    at = 0
    while at < len(head):
        match = _ONE.match(head, at)
        if match is None:
            break
        names.append(match["name"])
        given = match["maybe"] or match["equals"] or match["blank"]
        if given and not argument:
            argument, optional = given.strip("<>'"), match["maybe"] is not None
        at = match.end()
        gap = re.match(r"\s*[,|]?\s*", head[at:])
        at += gap.end() if gap else 0
    # `--check, --check=HOW`: the same name without and with an argument.
    optional = optional or len(set(names)) < len(names)
    return Option(tuple(dict.fromkeys(names)), argument, optional) if names else None


def shapes_of(text: str, utility: str) -> tuple[str, ...]:
    """The shapes of the synopsis, without the utility's name."""
    shapes: list[str] = []
    lines = text.splitlines()
    for line, above in zip(lines, ["", *lines]):
        match = _USAGE.match(line)
        if match is None and not _HEADING.match(above):
            continue
        words = (match["rest"] if match else line).split()
        if words and words[0].rpartition("/")[2] == utility:
            shapes.append(" ".join(words[1:]))
    return tuple(dict.fromkeys(shapes))


_SYMBOLS = (
    (re.compile(r"FILE|INPUT|^F$", re.I), "file"),
    (re.compile(r"DIR", re.I), "folder"),
    (re.compile(r"NUM|COUNT|^N$|LINES|WIDTH|COLS|BYTES|SIZE|DIGITS|LEVEL|POS|KEY", re.I), "number"),
    (re.compile(r"SEP|DELIM|CHAR|STR|STRING|SUFFIX|TEXT", re.I), "string"),
    (re.compile(r"PATTERN|REGEX|^RE$|GLOB", re.I), "word"),
)
_FILLED = {
    "file": ["<text>", "<table>", "<numbers>", "<sorted>"],
    "number": ["1", "2", "5"],
    "string": [",", ":", "<letter>"],
}
_OWN_WAY = ("--help", "--version")


def draft(utility: str, text: str) -> str:
    """A grammar file to be finished by hand, from a help text.

    Raises:
        ValueError: the text lists no options and has no synopsis.
    """
    options, shapes = options_of(text), shapes_of(text, utility)
    if not options and not shapes:
        raise ValueError(f"no option and no synopsis was found in the text of {utility!r}")
    used: dict[str, None] = {}
    rights: list[str] = []
    for option in options:
        if set(option.names) & set(_OWN_WAY):
            continue
        symbol = _symbol(option.argument)
        if symbol:
            used[symbol] = None
        for name in option.names:
            rights += _written(name, symbol, option.optional)
    commands = list(dict.fromkeys(_command(shape, used, bool(rights)) for shape in shapes))
    lines = [
        f"utility: {utility}",
        "version: 1",
        "summary: TO BE WRITTEN",
        "productions:",
        f"  command: {json.dumps(commands or ['<options> <file>'])}",
    ]
    if not commands:
        used["file"] = None
    if rights:
        lines += [
            '  options: ["", "<option> <options>"]',
            f"  option: {json.dumps(list(dict.fromkeys(rights)))}",
        ]
    lines += [f"  {name}: {json.dumps(_FILLED[name])}" for name in used if name in _FILLED]
    return "\n".join(lines) + "\n"


def _symbol(argument: str) -> str:
    if not argument:
        return ""
    return next((name for pattern, name in _SYMBOLS if pattern.search(argument)), "word")


def _written(name: str, symbol: str, optional: bool) -> Iterable[str]:
    if not symbol:
        return (name,)
    joined = f"{name}=<{symbol}>" if name.startswith("--") else f"{name}<{symbol}>"
    if optional:
        return (name, joined)
    return (joined,) if name.startswith("--") else (f"{name} <{symbol}>",)


def _command(shape: str, used: dict[str, None], options: bool) -> str:
    """A shape of the synopsis with options and arguments as symbols; optional ones are left out."""
    words: list[str] = []
    bare = re.sub(r"\[[^\[\]]*\](?:\.\.\.)?", lambda m: _bracket(m.group()), shape)
    for word in bare.replace("...", "").split():
        if word == "<options>":
            if options and word not in words:
                words.append(word)
        elif word.startswith("-"):
            if "=" not in word:  # its argument is a name, and it stands in the list of options
                words.append(word)
        else:
            symbol = _symbol(word)
            used[symbol] = None
            words.append(f"<{symbol}>")
    if options and "<options>" not in words:
        words.insert(0, "<options>")
    return " ".join(words)


def _bracket(text: str) -> str:
    inner = text.strip("[].").upper()
    if "OPTION" in inner or inner.startswith("-"):
        return " <options> "
    return " FILE " if "FILE" in inner else " "


def main(words: Sequence[str]) -> int:
    """Prints the draft of the named utility, from what it says to `--help`."""
    if len(words) != 1:
        sys.stderr.write("name one utility\n")
        return 2
    from veragym.envs.shell.shio.lab import lab_for

    lab = lab_for("auto")
    said = lab.about_itself(words[0])
    lab.close()
    sys.stdout.write(draft(words[0], said[0] if said else ""))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
