"""Sums as text: read into words, calculated by rank, with names."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, drawn, family, named
from veragym.envs.shell.task.template import Draw

_WORDS = '''
"""The words of a sum."""


def <<words>>(text):
    """Numbers as int, everything else as text."""
    found, at = [], 0
    while at < len(text):
        char = text[at]
        if char.isspace():
            at += 1
        elif char.isdigit():
            end = at
            while end < len(text) and text[end].isdigit():
                end += 1
            found.append(int(text[at:⟦slice¦end¦at + 1⟧]))
            at = end
        elif char.isalpha():
            end = at
            while end < len(text) and ⟦missing case¦text[end].isalnum()¦text[end].isalpha()⟧:
                end += 1
            found.append(text[at:end])
            at = end
        elif char in "+-*/%()":
            found.append(char)
            at += 1
        else:
            raise ValueError("a character that is not allowed")
    return found
'''
_VALUE = '''
"""The value of a sum."""

from .<<text>> import <<words>>

RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "%": ⟦number¦2¦1⟧}


def <<evaluate>>(text, names=None):
    """The value of a sum of whole numbers.

    names: values of names. / rounds down. ValueError for what is no sum, or divides by 0;
    KeyError for an unknown name.
    """
    left = <<words>>(text)
    value = _level(left, 0, names ⟦empty¦or {}¦⟧)
    if left:
        raise ValueError("something is left over")
    return value


def _level(left, rank, names):
    """Takes words away from the front as long as they bind more than `rank`."""
    value = _one(left, names)
    while left and left[0] in RANKS and RANKS[left[0]] ⟦boundary¦> rank¦>= rank⟧:
        sign = left.pop(0)
        value = _joined(sign, ⟦arguments¦value, _level(left, RANKS[sign], names)¦_level(left, RANKS[sign], names), value⟧)
    return value


def _one(left, names):
    if not left:
        raise ValueError("something is missing")
    word = left.pop(0)
    if word == "-":
        return ⟦operator¦-_one(left, names)¦_one(left, names)⟧
    if word == "(":
        value = _level(left, ⟦number¦0¦1⟧, names)
        if not left or left.pop(0) != ")":
            raise ValueError("a bracket is not closed")
        return value
    if isinstance(word, int):
        return word
    if not word[0].isalpha():
        raise ValueError("a number is missing")
    return ⟦lost return¦names[word]¦names.get(word)⟧


def _joined(sign, one, other):
    if sign == "+":
        return one + other
    if sign == "-":
        return one - other
    if sign == "*":
        return one * other
    if ⟦empty¦other == 0¦False⟧:
        raise ValueError("division by 0")
    return ⟦number¦one // other¦one / other⟧ if sign == "/" else one % other
'''


@family("sums")
def sums(d: Draw) -> Program:
    """Two functions, one of them with a depth."""
    n = drawn(
        d,
        text=("text", "reading", "scanner"),
        value=("value", "calculator", "result"),
        words=("words", "tokens", "pieces"),
        evaluate=("evaluate", "calculate", "value_of"),
    )

    def term(d: Draw, depth: int) -> str:
        kind = d.number(0, 9)
        if kind == 0 and depth < 2:
            return f"({expression(d, depth + 1)})"
        if kind == 1:
            return f"-{term(d, depth + 1)}" if depth < 3 else "1"
        if kind == 2:
            return d.pick(("a", "b2", "x"))
        return str(d.number(0, 25))

    def expression(d: Draw, depth: int = 0) -> str:
        found = term(d, depth)
        for _ in range(d.number(1, 3 - depth // 2)):
            blank = d.pick((" ", ""))
            found += f"{blank}{d.pick('+-*/%-')}{blank}{term(d, depth)}"
        return found

    def use(d: Draw) -> list[Step]:
        text = expression(d)
        if d.chance(0.1):
            text += d.pick((")", "+", " $", " 4", "("))
        which = d.number(0, 3)
        if which == 0:
            return [call(n["text"], n["words"], text)]
        if which == 1:
            return [call(n["value"], n["evaluate"], text)]
        names = {"a": d.number(1, 9), "b2": d.number(-3, 9)}
        return [call(n["value"], n["evaluate"], text, names)]

    return Program(
        "calculates sums that are given as text",
        {n["text"]: named(_WORDS, n), n["value"]: named(_VALUE, n)},
        (
            f"`{n['text']}.{n['words']}(text)`: whole numbers as int; names (a letter, then "
            "letters and digits), + - * / % and brackets as text. Blanks do not count. ValueError "
            "for any other character.",
            f"`{n['value']}.{n['evaluate']}(text, names=None)`: the value. * / and % bind more "
            "than + and -, equal ones are taken from left to right; - in front of a number, name "
            "or bracket binds most. / rounds down, % is what is left then (as Python's // and %). "
            "names maps names to values.",
            "KeyError for a name that has no value; ValueError for a division by 0 and for what "
            "is no sum.",
        ),
        use,
    )
