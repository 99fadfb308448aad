"""Grammars: what files may say, and what derivations do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.envs.shell.shio.grammar import (
    SLOTS,
    START,
    at_least,
    fewest_arguments,
    finished,
    known,
    leftmost,
    load,
    parse,
    rewrite,
)

SMALL = """
utility: cut
productions:
  command: ["<options> <text>"]
  options: ["", "<option> <options>"]
  option: ["-s", "-f<field>", "-d <mark>", "--x=<field>-<field>"]
  field: ["1", "2"]
  mark: ["','", "' '"]
"""
FILL = {"text": ("a.txt", "b c.txt", "c", "d")}


def derive(grammar, texts, fill=FILL):
    """The form after productions named by their right-hand sides."""
    form = grammar.start
    for text in texts:
        symbol = leftmost(form)
        form = rewrite(
            form,
            next(p for p in grammar.productions if p.symbol == symbol and p.text == text),
            fill,
        )
    return form


def test_a_derivation_by_hand():
    grammar = parse(SMALL)
    form = derive(grammar, ["<options> <text>", "<option> <options>", "-d <mark>", "' '"])
    assert finished(form) == ("-d", " ")
    assert leftmost(form) == "cut.options"
    form = derive(
        grammar,
        ["<options> <text>", "<option> <options>", "--x=<field>-<field>", "2", "1", "", "text[1]"],
    )
    assert leftmost(form) is None
    assert finished(form) == ("--x=2-1", "b c.txt")


def test_an_argument_counts_as_finished_only_when_no_symbol_is_left_in_it_or_before_it():
    grammar = parse(SMALL)
    form = derive(grammar, ["<options> <text>", "<option> <options>", "--x=<field>-<field>", "2"])
    assert finished(form) == ()
    assert leftmost(form) == "cut.field"


def test_several_arguments_within_a_word_become_one_with_blanks():
    grammar = parse(SMALL)
    form = derive(grammar, ["<options> <text>", "<option> <options>", "-f<field>"])
    misfit = next(p for p in grammar.productions if p.text == "<option> <options>")
    form = rewrite(form, misfit, FILL)
    s = next(p for p in grammar.productions if p.text == "-s")
    end = next(p for p in grammar.productions if p.text == "")
    form = rewrite(rewrite(form, s, FILL), end, FILL)
    assert finished(form) == ("-f-s ",)


def test_the_fewest_arguments_by_hand():
    least = fewest_arguments(parse(SMALL).productions)
    assert least["cut.command"] == 1
    assert least["cut.options"] == 0
    assert least["cut.option"] == 1
    assert least["text"] == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- 1", "mapping"),
        ("a: [", "YAML"),
        ("utility: x\nproductions: {other: ['']}", "'command'"),
        ("utility: x\nproductions: {command: ['<nowhere>']}", "neither defined nor a slot"),
        ("utility: x\nproductions: {command: ['<command> a']}", "never be finished"),
        ("utility: x\nproductions: {command: [1]}", "quoted"),
        ("utility: x\nproductions: {command: ['a', 'a']}", "different"),
        ("utility: x\nproductions: {command: ['\"']}", "quotation"),
        ("utility: x\nproductions: {command: ['a'], text: ['b']}", "cannot be the name"),
        ("utility: x\nstdin: no\nproductions: {command: ['a']}", "stdin"),
        ("utility: x\nmore: 1\nproductions: {command: ['a']}", "some of"),
    ],
)
def test_broken_files_are_refused_with_the_reason(text, says):
    with pytest.raises(OptionError, match=says):
        parse(text)


def test_an_unknown_utility_is_refused_with_the_known_ones():
    with pytest.raises(OptionError, match="sort"):
        load("nosuch")
    with pytest.raises(OptionError, match="no grammar"):
        load("../grammars/sort")


def test_there_are_at_least_forty_utilities_and_every_symbol_can_be_reached():
    assert len(known()) >= 40
    for utility in known():
        grammar = load(utility)
        reached = {f"{utility}.{START}"}
        for _ in range(len(grammar.productions)):
            reached |= {
                piece[0]
                for p in grammar.productions
                if p.symbol in reached
                for argument in p.form
                for piece in argument
                if isinstance(piece, tuple)
            }
        assert reached == set(grammar.by_symbol), utility


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(known()), st.integers(0, 2**32 - 1))
def test_a_derivation_that_leaves_room_for_its_end_never_exceeds_the_bound(utility, seed):
    grammar, rng, bound = load(utility), np.random.default_rng(seed), 12
    fill = {slot: tuple(f"{slot}{i}" for i in range(n)) for slot, n in SLOTS.items()}
    form = grammar.start
    for _ in range(400):
        symbol = leftmost(form)
        if symbol is None:
            break
        rest = at_least(form, grammar.fewest) - grammar.fewest[symbol]
        fitting = [
            n
            for n in grammar.by_symbol[symbol]
            if rest
            + (
                1
                if grammar.productions[n].slot >= 0
                else at_least(grammar.productions[n].form, grammar.fewest)
            )
            <= bound
        ]
        assert fitting
        form = rewrite(form, grammar.productions[int(rng.choice(fitting))], fill)
    assert leftmost(form) is None
    assert len(finished(form)) <= bound
