"""Judge for files that state no answer form: the form is inferred from the gold answer.

Made for question/answer files such as GSM8K's and MATH's. The inferred form is as strict as if it
had been declared, with three allowances for what such files leave out: a bare gold number also
accepts the number with a unit word, currency or percent sign behind or before it; a gold list
`1, -2` is unordered; and what cannot be read as mathematics is compared as text.

A gold number with a unit is a quantity: the answer may leave the unit out, but not change it. A
unit is what stands in `\\text{…}`, or behind a space a known unit of two letters or more, alone or
with others (`7 km`, `3 km/h`), or a word of four letters or more (`7 apples`). Single letters and
letters without a space are variables, as printers of formulas write `7 m` for 7 times m: `7 m` and
`7km` are products, `7 \\text{ m}` is a length.
"""

from __future__ import annotations

import re

from veragym.core.verdict import Outcome, Verdict
from veragym.verifiers.extract import undressed
from veragym.verifiers.faults import AnswerFault, Mismatched, Unreadable
from veragym.verifiers.maths.characters import legible
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.judges import RIGHT, Judge, judge_for, make_judge
from veragym.verifiers.maths.nodes import (
    Apply,
    Const,
    Group,
    Listing,
    Matrix,
    Node,
    Relation,
    Sym,
    symbols,
    walk,
)
from veragym.verifiers.maths.numbers import gold_number
from veragym.verifiers.maths.numerals import plain, read_decimal, read_numeral
from veragym.verifiers.maths.quantities import split_quantity
from veragym.verifiers.maths.syntax import parse
from veragym.verifiers.maths.units import is_unit, read_unit
from veragym.verifiers.maths.vocabulary import ALIASES, CONSTANTS, FUNCTIONS, GREEK

_LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LETTER = re.compile(r"\(?\s*([A-Z])\s*\)?\.?")
_BASED = re.compile(r"-?\d[0-9A-Z]*_\{?(\d{1,2})\}?")
_LETTERS_RUN = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_PERCENT = re.compile(r"(?:\\?%|percent|per cent)\s*\Z", re.IGNORECASE)
_BEHIND = re.compile(
    r"(?P<number>.*\d\}?)\s*(?:\\[,; ])*(?:\\?%"
    r"|\\(?:text|mathrm|mbox)\s*\{(?P<text>[^{}]{1,40})\}(?P<power>\^\{?[23]\}?)?"
    r"|(?:\^\s*\{?\s*\\circ\s*\}?|°)\s*[CF]?"
    r"|\s(?P<words>[^\W\d_][^\d^]{0,40})(?P<raised>\^\{?[23]\}?)?)\Z",
    re.DOTALL,
)
_MEANING = re.compile(
    r"\b(?:or|and|to|not|by|nor|xor|if|unless|until|through|either|otherwise|alternatively|versus|vs|"
    r"(?:hundred|thousand|million|billion|trillion)(?:th)?s?|tens?|dozens?|score|gross|lakhs?|crores?|"
    r"half|halves|halved|thirds?|quarters?|(?:fif|six|seven|eigh|nin|ten)ths?|times|twice|thrice|"
    r"doubled?|tripled?|over|plus|minus|negative\s*\Z|per ?cent|percent|percentage|percentiles?|"
    r"mod|modulo|base|remainder|squared?|cubed?|root|power|factorial|reciprocal|inverse|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|maybe|perhaps|probably|possibly|roughly|"
    r"approximately|about|almost|nearly|less|more|most|least|below|above|under|upwards?|ish)\b",
    re.IGNORECASE,
)
"""Words behind a number that change what it says, or say that it is not certain."""
_SMALL = frozenset({"of", "in", "on", "at", "an", "pm", "am"})
_UNIT_LETTERS = frozenset("mgshlL")
"""Single letters that are taken for a unit behind a number; others are variables."""


@judge_for("any")
def any_judge(form: Form, gold: str) -> Judge:
    """Infers the form and returns that form's judge."""
    inferred, text = infer(gold)
    judge = make_judge(inferred, text)
    if inferred.kind == "text":
        return _text_judge(judge, text)
    if inferred.kind in {"integer", "rational"}:
        original = undressed(legible(gold))
        money = plain(original) != plain(original, currency=False)
        return _number_judge(judge, percent=not money and abs(gold_number(text)) >= 1)
    return judge


def infer(gold: str) -> tuple[Form, str]:
    """The form a gold answer has, and the gold as that form's judge wants it."""
    text = undressed(legible(gold))
    letter = _LETTER.fullmatch(text)
    if letter:
        return Form("choice", options=_LETTERS), letter.group(1)
    if _PERCENT.search(text):
        return Form("percent"), text
    if _WORD.fullmatch(text) and text not in CONSTANTS:
        return Form("text"), text  # "yes" is a word, not y times e times s
    based = _BASED.fullmatch(text)
    if based and 2 <= int(based.group(1)) <= 36:
        return Form("numeral", base=int(based.group(1))), text
    bare = plain(text)
    numeral = read_numeral(bare)
    if numeral is not None:
        whole = read_decimal(bare) is not None and numeral.value.denominator == 1
        return Form("integer" if whole else "rational"), bare
    return _from_text(text)


def _number_judge(strict: Judge, percent: bool) -> Judge:
    """Accepts a unit word or sign behind the number, unless the word changes what it says.

    Args:
        strict: the judge of the number alone.
        percent: a percent sign may stand behind it: not for money, and not below 1, where 0.5 and
            0.5% are both likely to be meant.
    """

    def judge(candidate: str) -> Verdict:
        found = _BEHIND.fullmatch(candidate) if len(candidate) <= 200 else None
        if found:
            word = found.group("text") or found.group("words") or ""
            sign = not word and "%" in candidate
            raised = bool(found.group("power") or found.group("raised"))
            if (percent or not sign) and _counts_something(word, raised):
                return strict(found.group("number"))
        return strict(candidate)

    return judge


def _counts_something(words: str, raised: bool) -> bool:
    """Whether words behind a number only say of what it is the number; raised: `cm` of `cm^2`."""
    if _MEANING.search(words) or any(char.isdigit() for char in words):
        return False
    if raised and not all(is_unit(word) for word in _LETTERS_RUN.findall(words)):
        return False
    return all(
        word in _UNIT_LETTERS
        or (len(word) == 2 and (is_unit(word) or word.lower() in _SMALL))
        or (len(word) > 2 and word not in FUNCTIONS | ALIASES.keys() | CONSTANTS.keys() | GREEK)
        for word in _LETTERS_RUN.findall(words)
    )


def _text_judge(judge: Judge, gold: str) -> Judge:
    """Accepts, besides the same text, one that reads as the very same formula (x \\leq y)."""
    try:
        node = parse(gold)
    except AnswerFault:
        return judge

    def judge_formula(candidate: str) -> Verdict:
        verdict = judge(candidate)
        if verdict.outcome is not Outcome.WRONG:
            return verdict
        try:
            return RIGHT if parse(candidate) == node else verdict
        except AnswerFault:
            return verdict

    return judge_formula


def _from_text(text: str) -> tuple[Form, str]:
    """(form, gold) for a gold that is no plain number."""
    try:
        number, unit = split_quantity(text)
        marked = any(mark in unit for mark in ("\\text", "\\mathrm", "\\mbox", "\\circ"))
        behind = marked or _plain_unit(text, unit)
        if number and behind and read_numeral(plain(number)) is not None:
            read_unit(unit)
            return Form("quantity", unit=unit), number
    except AnswerFault:
        pass
    try:
        node = parse(text)
        form = _of_node(node)
    except AnswerFault:
        return Form("text"), text
    if form.kind == "value" and isinstance(node, Relation):
        return form, text.split("=", 1)[1]
    try:
        make_judge(form, text)
    except (AnswerFault, RecursionError):
        return Form("text"), text
    return form, text


def _plain_unit(text: str, unit: str) -> bool:
    """Whether plain letters behind a number name a unit; see the module's docstring."""
    if not text.removesuffix(unit).endswith((" ", "\\,", "~")) or _MEANING.search(unit):
        return False
    words = _LETTERS_RUN.findall(unit)
    long = [word for word in words if len(word) > 1]
    return (
        bool(long)
        and all(
            is_unit(word) or (len(word) >= 4 and word not in FUNCTIONS | ALIASES.keys() | GREEK)
            for word in long
        )
        and all(is_unit(word) for word in words if len(word) == 1)
    )


def _of_node(node: Node) -> Form:
    if isinstance(node, Matrix):
        return Form("matrix")
    if isinstance(node, Listing):
        return Form("set")
    if isinstance(node, Relation):
        if set(node.ops) == {"="} and len(node.args) == 2:
            if isinstance(node.args[0], Sym) and not symbols(node.args[1]):
                if isinstance(node.args[1], Group):
                    return _of_node(node.args[1])
                return Form("value")
            return Form("equation", variables=tuple(sorted(symbols(node))))
        return Form("interval")
    if isinstance(node, Group):
        return _of_group(node)
    if isinstance(node, Const):
        if node.name == "emptyset":
            return Form("set")
        return Form("interval") if node.name == "reals" else Form("value")
    if isinstance(node, Apply) and node.op in {"union", "intersection", "difference"}:
        return Form("interval")
    if any(isinstance(part, Apply) and part.op == "pm" for part in walk(node)):
        return Form("set")
    names = symbols(node)
    if names:
        joined = all(isinstance(part, Sym) or _is_product(part) for part in walk(node))
        if len(names) > 4 and joined:
            raise Unreadable("letters in a row are a word, not a product")
        return Form("expression", variables=tuple(sorted(names)))
    imaginary = any(isinstance(part, Const) and part.name == "i" for part in walk(node))
    return Form("complex") if imaginary else Form("value")


def _is_product(node: Node) -> bool:
    return isinstance(node, Apply) and node.op == "mul"


def _of_group(node: Group) -> Form:
    if node.open == "{":
        return Form("set")
    if node.items and all(isinstance(item, Group) for item in node.items) and node.open == "[":
        return Form("matrix")
    infinite = any(isinstance(part, Const) and part.name == "oo" for part in walk(node))
    if len(node.items) == 2 and (infinite or (node.open, node.close) != ("(", ")")):
        return Form("interval")
    if len(node.items) < 2:
        raise Mismatched("no answer of a known form")
    return Form("tuple")
