"""Options and shapes are read from texts in the layouts that utilities use."""

import shutil
import subprocess

import pytest

from veragym.envs.shell.shio.extract import Option, draft, options_of, shapes_of
from veragym.envs.shell.shio.grammar import known, load, parse

GNU = """\
Usage: pick [OPTION]... [FILE]...
  or:  pick [OPTION]... --from=F
Picks things.

With no FILE, read standard input.

  -a, --all                  everything
  -c, --check, --check=HOW   look first
  -k, --key=KEYDEF           by a key
      --color[=WHEN]         in colours
  -n [NUM]                   so many
  -w, --width=COLS   how wide -x is
  -0, --null                 ends
      --help        display this
  -x\tafter a tab
Words like -z in the middle of a line are no entry.
"""
UTIL = """\

Usage:
 row [options] [<file>...]

Options:
 -t, --table                      make a table
 -n, --name <name>                a name
 -l, --limit <num>                how many
 -h, --help                       this
"""
MAN = """\
NAME
       cutter - cuts

SYNOPSIS
       cutter -b LIST [FILE]

OPTIONS
       -b LIST     bytes
       -u          unbuffered
       -d, --delim CHAR    what stands between
"""


def test_gnu_layout():
    assert options_of(GNU) == (
        Option(("-a", "--all")),
        Option(("-c", "--check"), "HOW", True),
        Option(("-k", "--key"), "KEYDEF"),
        Option(("--color",), "WHEN", True),
        Option(("-n",), "NUM", True),
        Option(("-w", "--width"), "COLS"),
        Option(("-0", "--null")),
        Option(("--help",)),
        Option(("-x",)),
    )
    assert shapes_of(GNU, "pick") == ("[OPTION]... [FILE]...", "[OPTION]... --from=F")


def test_the_layout_of_util_linux():
    assert options_of(UTIL) == (
        Option(("-t", "--table")),
        Option(("-n", "--name"), "name"),
        Option(("-l", "--limit"), "num"),
        Option(("-h", "--help")),
    )
    assert shapes_of(UTIL, "row") == ("[options] [<file>...]",)


def test_the_layout_of_man_pages():
    assert options_of(MAN) == (
        Option(("-b",), "LIST"),
        Option(("-u",)),
        Option(("-d", "--delim"), "CHAR"),
    )
    assert shapes_of(MAN, "cutter") == ("-b LIST [FILE]",)


@pytest.mark.parametrize(("name", "text"), [("pick", GNU), ("row", UTIL), ("cutter", MAN)])
def test_a_draft_is_a_grammar(name, text):
    grammar = parse(draft(name, text))
    written = {p.text for p in grammar.productions}
    assert "<options> <option>" not in written
    assert "--help" not in written
    assert grammar.start


def test_a_draft_by_hand():
    written = {p.text for p in parse(draft("pick", GNU)).productions}
    assert {
        "-a",
        "--all",
        "-c",
        "--check",
        "--check=<word>",
        "-k <number>",
        "--key=<number>",
    } <= written
    assert "<options> <file>" in written


def test_a_text_without_options_gives_no_draft():
    with pytest.raises(ValueError, match="no option"):
        draft("x", "nothing to see")


def test_nearly_all_options_of_our_grammars_are_read_from_the_installed_help():
    listed = ours = 0
    for utility in known():
        if shutil.which(utility) is None:
            continue
        text = subprocess.run([utility, "--help"], capture_output=True, text=True).stdout
        if "--help" not in text:
            continue
        names = {name for option in options_of(text) for name in option.names}
        for production in load(utility).productions:
            word = production.text.split()[0] if production.text.strip() else ""
            if production.symbol.endswith(".option") and word.startswith("-"):
                name = word.split("=")[0].split("<")[0]
                name = name if name.startswith("--") else name[:2]
                ours += 1
                listed += name in names
    if ours < 100:
        pytest.skip("the utilities here are not those the grammars were written for")
    assert listed / ours > 0.97
