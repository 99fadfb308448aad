"""Codes: runs, bases, check digits, bytes, and letters that are moved."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, drawn, family, named
from veragym.envs.shell.task.template import Draw

_RUNS = '''
"""Runs and letters."""


def <<packed>>(text):
    """"aaab" as [["a", 3], ["b", 1]]."""
    found = []
    for char in text:
        if found ⟦empty¦and found[-1][0] == char¦and found[0][0] == char⟧:
            found[-1][1] += 1
        else:
            found.append([char, 1])
    return found


def <<unpacked>>(runs):
    """The inverse."""
    return "".join(⟦arguments¦char * count for char, count in runs¦char + str(count) for char, count in runs⟧)


def <<moved>>(text, by):
    """ASCII letters moved on in the alphabet, other characters as they are."""
    found = ""
    for char in text:
        if "a" <= char ⟦boundary¦<= "z"¦< "z"⟧:
            char = chr((ord(char) - 97 + by) ⟦missing case¦% 26¦⟧ + 97)
        elif "A" <= char <= "Z":
            char = chr((ord(char) - ⟦key¦65¦97⟧ + by) % 26 + 65)
        found += char
    return found
'''
_DIGITS = '''
"""Digits and bytes."""

SIGNS = "0123456789abcdefghijklmnopqrstuvwxyz"


def <<in_base>>(number, base):
    """A whole number in a base from 2 to 36."""
    if not 2 <= base ⟦boundary¦<= 36¦< 36⟧:
        raise ValueError("there is no such base")
    sign, number = ("-", -number) if number < 0 else ("", number)
    found = ""
    while number:
        number, digit = ⟦number¦divmod(number, base)¦divmod(number, 10)⟧
        found = ⟦direction¦SIGNS[digit] + found¦found + SIGNS[digit]⟧
    return sign + (⟦empty¦found or "0"¦found⟧)


def <<check_digit>>(digits):
    """The digit to be added: every second one from the right is doubled, tens and units added."""
    total = 0
    for place, sign in enumerate(⟦direction¦reversed(digits)¦digits⟧):
        value = int(sign)
        if ⟦number¦place % 2 == 0¦place % 2 == 1⟧:
            value *= 2
            if value > 9:
                value -= 9
        total += value
    return ⟦missing case¦(10 - total % 10) % 10¦10 - total % 10⟧


def <<weight>>(text):
    """Bytes a text takes in UTF-8."""
    return ⟦encoding¦len(text.encode("utf-8"))¦len(text)⟧


def <<cut>>(text, most):
    """As much of a text's beginning as fits into so many bytes, no character broken."""
    return text.encode("utf-8")[:most].decode("utf-8", ⟦encoding¦"ignore"¦"replace"⟧)


def <<total>>(text):
    """The sum of the bytes, modulo 256, as two hexadecimal digits."""
    return f"{sum(text.encode(⟦encoding¦'utf-8'¦'utf-16'⟧)) % 256:⟦missing case¦02x¦x⟧}"
'''


@family("codes")
def codes(d: Draw) -> Program:
    """Eight functions."""
    n = drawn(
        d,
        runs=("runs", "letters", "packing"),
        digits=("digits", "numbers", "checks"),
        packed=("packed", "run_lengths", "squeeze"),
        unpacked=("unpacked", "spread_out", "expand"),
        moved=("moved", "shifted", "rotated"),
        in_base=("in_base", "to_base", "written_in"),
        check_digit=("check_digit", "control", "last_digit"),
        weight=("weight", "byte_length", "size_of"),
        cut=("cut", "shortened", "fit"),
        total=("total", "checksum", "byte_sum"),
    )
    signs = ("a", "b", "z", "A", "Z", "k", "é", "ß", "€", "漢", "🙂", " ", "-", "7")

    def text(d: Draw, most: int) -> str:
        return "".join(d.pick(signs) * d.pick((1, 1, 2, 3)) for _ in range(d.number(0, most)))

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 7)
        if which == 0:
            return [call(n["runs"], n["packed"], text(d, 5))]
        if which == 1:
            runs = [[d.pick(signs), d.number(1, 4)] for _ in range(d.number(0, 4))]
            return [call(n["runs"], n["unpacked"], runs)]
        if which == 2:
            return [call(n["runs"], n["moved"], text(d, 6), d.number(-30, 30))]
        if which == 3:
            base = d.pick((2, 3, 7, 16, 36, 36, 37, 1))
            return [call(n["digits"], n["in_base"], d.pick((0, d.number(-99, 4000))), base)]
        if which == 4:
            digits = "".join(str(d.number(0, 9)) for _ in range(d.number(1, 9)))
            return [call(n["digits"], n["check_digit"], digits)]
        if which == 5:
            return [call(n["digits"], n["weight"], text(d, 5))]
        if which == 6:
            return [call(n["digits"], n["cut"], text(d, 6), d.number(0, 9))]
        return [call(n["digits"], n["total"], text(d, 5))]

    return Program(
        "turns texts and numbers into codes",
        {n["runs"]: named(_RUNS, n), n["digits"]: named(_DIGITS, n)},
        (
            f'`{n["runs"]}.{n["packed"]}(text)`: "aaab" is [["a", 3], ["b", 1]].',
            f"`{n['runs']}.{n['unpacked']}(runs)`: the inverse.",
            f"`{n['runs']}.{n['moved']}(text, by)`: the letters a to z and A to Z moved on by so "
            "many places in the alphabet, round its end, in their case; others stay.",
            f"`{n['digits']}.{n['in_base']}(number, base)`: digits 0 to 9, then a to z, with - "
            "in front below 0; ValueError unless the base is from 2 to 36.",
            f"`{n['digits']}.{n['check_digit']}(digits)`: the digit (a number) to be added to a "
            "text of digits: from the right, the first, third, … count double, less 9 if that is "
            "above 9; the sum with the new digit is divisible by 10.",
            f"`{n['digits']}.{n['weight']}(text)`: how many bytes it takes in UTF-8.",
            f"`{n['digits']}.{n['cut']}(text, most)`: the longest beginning of whole characters "
            "that takes at most so many bytes in UTF-8.",
            f"`{n['digits']}.{n['total']}(text)`: the sum of its bytes in UTF-8, modulo 256, as "
            "two hexadecimal digits in lower case.",
        ),
        use,
    )
