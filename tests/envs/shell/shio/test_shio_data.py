"""The recorded results of running the grammars are complete and up to date."""

import json
from pathlib import Path

import pytest

import veragym.envs.shell.shio as shio
from veragym.envs.shell.shio.grammar import known, load
from veragym.envs.shell.shio.place import place
from veragym.envs.shell.shio.redundancy import repeated
from veragym.envs.shell.shio.search import sentence

HERE = Path(shio.__file__).parent
ACCEPTED = json.loads((HERE / "accepted.json").read_text())
FOUND = json.loads((HERE / "found.json").read_text())


@pytest.mark.parametrize("utility", known())
def test_every_production_was_run_and_accepted(utility):
    grammar = load(utility)
    row = ACCEPTED[utility]
    assert row["version"] == grammar.version
    assert row["refused"] == []
    written = {f"{p.symbol.partition('.')[2]}: {p.text}" for p in grammar.productions if p.slot < 0}
    assert set(row["accepted"]) == written


@pytest.mark.parametrize("utility", known())
def test_recorded_commands_are_commands_of_this_grammar(utility):
    grammar = load(utility)
    row = FOUND[utility]
    assert row["version"] == grammar.version
    for command in row["commands"]:
        arguments = sentence(grammar, command["productions"], place(100).fill)
        assert len(arguments) == command["arguments"]
        assert not any(repeated(arguments))
    assert row["reach"] <= max((c["arguments"] for c in row["commands"]), default=0)
