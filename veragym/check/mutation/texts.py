"""Variants for the verifiers of text and structure: what their declared options promise.

What counts as the same text is an option of the verifier (`Normal`, `take`, tolerances), so that
the family reads the verifier's options; it never asks the verifier for a verdict.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from veragym.check.mutation.calls import another
from veragym.check.mutation.case import Case
from veragym.verifiers.text import (
    ChoiceVerifier,
    JsonVerifier,
    MultiSelectVerifier,
    NumericVerifier,
    OrderingVerifier,
    TextMatchVerifier,
)

# -- exact text ----------------------------------------------------------------------------------


def match_near(case: Case) -> Iterator[tuple[str, str]]:
    """Other texts than any of the right ones, by the verifier's own normalisation."""
    verifier = case.verifier
    assert isinstance(verifier, TextMatchVerifier)
    given = case.secret.get("answer", case.gold)
    golds = [given] if isinstance(given, str) else list(given)
    right = {verifier.normal(gold) for gold in golds if isinstance(gold, str)}
    gold, words = case.gold, case.gold.split()
    made = [
        ("a word before it", f"zqxj {gold}"),
        ("a word after it", f"{gold} zqxj"),
        ("inside a sentence", f"It is {gold} or zqxj"),
        ("two of it", f"{gold} {gold}"),
        ("a letter more", f"{gold}x"),
        ("denied", f"not {gold}"),
        ("in capitals", gold.upper()),
        ("blanks around it", f"  {gold}  "),
    ]
    if len(gold) > 1:
        made.append(("a letter less", gold[:-1]))
    if len(words) > 1:
        made.append(("a word missing", " ".join(words[:-1])))
        made.append(("words swapped", " ".join([words[1], words[0], *words[2:]])))
    for how, text in made:
        if verifier.normal(text) not in right and text.strip():
            yield how, text


def match_right(case: Case) -> Iterator[tuple[str, str]]:
    """What the declared normalisation takes for the same."""
    verifier = case.verifier
    assert isinstance(verifier, TextMatchVerifier)
    normal, gold = verifier.normal, case.gold
    if normal.case and gold.upper().casefold() == gold.casefold():
        yield "in capitals", gold.upper()
        yield "in small letters", gold.lower()
    if normal.whitespace in ("strip", "collapse"):
        yield "blanks around it", f" {gold}\n"
    if normal.whitespace == "collapse" and " " in gold:
        yield "double blanks", gold.replace(" ", "  ")
    if normal.punctuation and gold[-1:].isalpha() and gold.isascii():
        yield "with a final stop", f"{gold}."
        yield "in quotation marks", f'"{gold}"'
    if normal.articles and gold[:1].isalpha() and gold.split()[0].lower() not in ("a", "an", "the"):
        yield "with an article", f"the {gold}"


# -- JSON ----------------------------------------------------------------------------------------


def _json_of(case: Case) -> Any:
    return copy.deepcopy(case.secret.get("answer"))


def _declared(case: Case, name: str) -> Any:
    compare = case.public.get("compare")
    if isinstance(compare, Mapping) and name in compare:
        return compare[name]
    return getattr(case.verifier, name)


def json_near(case: Case) -> Iterator[tuple[str, str]]:
    """Documents with one change each, outside of what is ignored."""
    paths = [str(path) for path in _declared(case, "ignore")]
    if any(path.endswith("]") for path in paths) or _declared(case, "abs_tol") > 1000:
        return
    ignored = {path.rpartition(".")[2] for path in paths}
    loose = bool(_declared(case, "rel_tol")) or bool(_declared(case, "abs_tol"))
    gold = _json_of(case)
    for how, document in _changed_json(gold, ignored, bool(_declared(case, "unordered"))):
        yield how, json.dumps(document)
    if isinstance(gold, (dict, list)) and not loose:
        yield "as a text in a document", json.dumps(json.dumps(gold))
        yield "in a list", json.dumps([gold])
    yield "two documents", f"{json.dumps(gold)} {json.dumps(gold)}"
    if isinstance(gold, (dict, list)):
        yield "cut short", json.dumps(gold)[:-1]


def _changed_json(value: Any, ignored: set[str], unordered: bool) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key in [key for key in value if key not in ignored]:
            rest = {name: item for name, item in value.items() if name != key}
            yield "a member missing", rest
            for how, changed in _changed_json(value[key], ignored, unordered):
                yield how, {**value, key: changed}
        yield "a member added", {**value, "zqxj": 1}
    elif isinstance(value, list):
        if value:
            yield "an element missing", value[:-1]
        yield "an element added", [*value, another(value[-1] if value else None)]
        if value != value[::-1] and not unordered:
            yield "elements in reverse", value[::-1]
        for i, item in enumerate(value):
            for how, changed in _changed_json(item, ignored, unordered):
                yield how, [*value[:i], changed, *value[i + 1 :]]
    else:
        yield "another value", another(value)
        if value is not None:
            yield "null for a value", None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield "a number as text", str(value)


def json_right(case: Case) -> Iterator[tuple[str, str]]:
    """The same document, written in another way."""
    gold = _json_of(case)
    if _declared(case, "fence") != "required":
        yield "on several lines", json.dumps(gold, indent=2)
        yield "without blanks", json.dumps(gold, separators=(",", ":"))
        if isinstance(gold, dict) and len(gold) > 1:
            yield "members in another order", json.dumps(dict(reversed(gold.items())))
        yield "characters escaped", json.dumps(gold, ensure_ascii=True)
    if _declared(case, "fence") != "never":
        yield "in a fenced block", f"```json\n{json.dumps(gold)}\n```"


# -- options, orders, numbers --------------------------------------------------------------------


def _options(case: Case) -> dict[str, str]:
    given = case.public.get("choices")
    if isinstance(given, Mapping):
        return {str(label).upper(): str(text) for label, text in given.items()}
    return dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", given or ()))


def _spelt(case: Case, text: str) -> str:
    bare = case.framed or getattr(case.verifier, "take", "whole") == "whole"
    return text if bare else f"\\boxed{{{text}}}"


def _label(options: Mapping[str, str], answer: Any) -> str | None:
    if isinstance(answer, str):
        if answer.upper() in options:
            return answer.upper()
        return next((label for label, text in options.items() if text == answer), None)
    return None


def choice_near(case: Case) -> Iterator[tuple[str, str]]:
    """Other options, and more than one."""
    options = _options(case)
    right = _label(options, case.secret.get("answer"))
    if right is None:
        return
    for label in options:
        if label != right:
            yield "another option", _spelt(case, label)
            yield "two options", _spelt(case, f"{right} or {label}")
    yield "all options", _spelt(case, ", ".join(options))


def choice_right(case: Case) -> Iterator[tuple[str, str]]:
    """The option by its letter, in brackets, or by its text."""
    options = _options(case)
    right = _label(options, case.secret.get("answer"))
    if right is None:
        return
    for how, text in (
        ("the label", right),
        ("in small letters", right.lower()),
        ("in brackets", f"({right})"),
        ("with a stop", f"{right}."),
    ):
        yield how, _spelt(case, text)


def selection_near(case: Case) -> Iterator[tuple[str, str]]:
    """One option too many or too few."""
    options = _options(case)
    answer = case.secret.get("answer")
    if not isinstance(answer, (list, tuple)):
        return
    chosen = [label for label in (_label(options, item) for item in answer) if label]
    for label in options:
        if label not in chosen:
            yield "one option too many", _spelt(case, ", ".join([*chosen, label]))
    if len(chosen) > 1:
        yield "one option too few", _spelt(case, ", ".join(chosen[:-1]))


def selection_right(case: Case) -> Iterator[tuple[str, str]]:
    """The same options in another order."""
    options = _options(case)
    answer = case.secret.get("answer")
    if not isinstance(answer, (list, tuple)):
        return
    chosen = [label for label in (_label(options, item) for item in answer) if label]
    if len(chosen) > 1:
        yield "in another order", _spelt(case, ", ".join(reversed(chosen)))


def ordering_near(case: Case) -> Iterator[tuple[str, str]]:
    """Other orders, and lists that are not all the items once."""
    items = case.secret.get("answer")
    if not isinstance(items, (list, tuple)) or len(items) < 2:
        return
    items = list(items)
    yield "in reverse", json.dumps(items[::-1])
    for i in range(len(items) - 1):
        swapped = [*items[:i], items[i + 1], items[i], *items[i + 2 :]]
        yield "two neighbours swapped", json.dumps(swapped)
    yield "an item missing", json.dumps(items[:-1])
    yield "an item twice", json.dumps([*items, items[0]])


def ordering_right(case: Case) -> Iterator[tuple[str, str]]:
    """The right order, written in another way."""
    items = case.secret.get("answer")
    if not isinstance(items, (list, tuple)) or not all(
        isinstance(item, str) and item.replace(" ", "").isalnum() for item in items
    ):
        return
    yield "as a JSON list", json.dumps(list(items))
    yield "one a line", "\n".join(items)
    yield "numbered", "\n".join(f"{n}. {item}" for n, item in enumerate(items, 1))
    yield "with arrows", " -> ".join(items)


def numeric_near(case: Case) -> Iterator[tuple[str, str]]:
    """Numbers outside the tolerance, and more than one."""
    verifier = case.verifier
    assert isinstance(verifier, NumericVerifier)
    try:
        gold = Fraction(str(case.secret.get("answer")))
        rel = Fraction(str(case.public.get("rel_tol", verifier.rel_tol)))
        room = max(Fraction(str(case.public.get("abs_tol", verifier.abs_tol))), rel * abs(gold))
    except ValueError:
        return
    step = 2 * room + 1
    # Whole numbers far enough away, because a decimal of any fraction may not end.
    for how, value in (("too much", gold + step), ("too little", gold - step)):
        rounded = -(-value // 1) if how == "too much" else value // 1
        yield how, _spelt(case, str(rounded))
    if abs(2 * gold) > room and gold:
        yield "sign lost", _spelt(case, _decimal(-gold))
    yield "two numbers", _spelt(case, f"{_decimal(gold)} or {_decimal(gold + step)}")
    yield "not a number", _spelt(case, "nan")


def numeric_right(case: Case) -> Iterator[tuple[str, str]]:
    """The same number, written in another way."""
    try:
        gold = Fraction(str(case.secret.get("answer")))
    except ValueError:
        return
    text = _decimal(gold)
    yield "plainly", _spelt(case, text)
    yield "with a zero at the end", _spelt(case, f"{text}0" if "." in text else f"{text}.0")
    if "." in text and gold > 0:
        yield "with a sign", _spelt(case, f"+{text}")


def _decimal(value: Fraction) -> str:
    """An exact decimal; the numbers here come from one."""
    whole, places = value, 0
    while whole.denominator != 1 and places < 400:
        whole, places = whole * 10, places + 1
    digits = f"{abs(int(whole)):0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if value < 0 else text


KINDS: tuple[tuple[str, type, Any, Any], ...] = (
    ("match", TextMatchVerifier, match_near, match_right),
    ("json", JsonVerifier, json_near, json_right),
    ("choice", ChoiceVerifier, choice_near, choice_right),
    ("selection", MultiSelectVerifier, selection_near, selection_right),
    ("ordering", OrderingVerifier, ordering_near, ordering_right),
    ("numeric", NumericVerifier, numeric_near, numeric_right),
)
"""Name of the family, the verifier it is for, its near misses and its rewritings."""
