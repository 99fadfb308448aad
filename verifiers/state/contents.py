"""What can be said of one file's content: each maker turns data into a function of bytes.

    equals      the text; newlines at the end do not count (`exactly`: every byte counts)
    lines       the lines in order; blanks at their ends, and blank lines at the end, do not count
    same_lines  the same lines, each as often, in any order
    columns     the lines in order, runs of blanks counting as one (`sort | uniq -c` and the like)
    same_columns  likewise, in any order
    json        the JSON value: keys in any order, 1 is 1.0, true is not 1
    json_lines  one JSON value on each line
    csv         rows of cells: {"rows": […], "ordered": true, "numbers": false, "delimiter": ","}
    ini         sections, keys and values; comments and blanks do not count
    number      the whole content is one number: a number, or [number, tolerance]
    contains    all of these texts;  lacks  none of these texts
    digest      blake2b (16 bytes, hex) of every byte
    base64      every byte

Every function is total: bytes that cannot be read that way are simply not it.
"""

from __future__ import annotations

import base64
import binascii
import configparser
import csv
import io
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from veragym.sandbox.tree import digest_of
from veragym.verifiers.state.faults import CheckFault

Judge = Callable[[bytes], bool]


def _text_of(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _on_text(judge: Callable[[str], bool]) -> Judge:
    def judged(content: bytes) -> bool:
        text = _text_of(content)
        return text is not None and judge(text)

    return judged


def _need_text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise CheckFault(f"{what} must be a text, got {value!r:.80}")
    return value


def _need_texts(value: object, what: str) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Sequence) or not all(isinstance(item, str) for item in value):
        raise CheckFault(f"{what} must be a text or a list of texts, got {value!r:.80}")
    return list(value)


def equals(value: object) -> Judge:
    gold = _need_text(value, "equals").rstrip("\n")
    return _on_text(lambda text: text.rstrip("\n") == gold)


def exactly(value: object) -> Judge:
    gold = _need_text(value, "exactly").encode()
    return lambda content: content == gold


def _lines(text: str, columns: bool = False) -> list[str]:
    rows = text.split("\n")
    rows = [" ".join(row.split()) for row in rows] if columns else [row.rstrip() for row in rows]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _listed(value: object, what: str, columns: bool = False) -> list[str]:
    rows = value.split("\n") if isinstance(value, str) else _need_texts(value, what)
    return _lines("\n".join(rows), columns)


def lines(value: object) -> Judge:
    gold = _listed(value, "lines")
    return _on_text(lambda text: _lines(text) == gold)


def same_lines(value: object) -> Judge:
    gold = Counter(_listed(value, "same_lines"))
    return _on_text(lambda text: Counter(_lines(text)) == gold)


def columns(value: object) -> Judge:
    gold = _listed(value, "columns", True)
    return _on_text(lambda text: _lines(text, True) == gold)


def same_columns(value: object) -> Judge:
    gold = Counter(_listed(value, "same_columns", True))
    return _on_text(lambda text: Counter(_lines(text, True)) == gold)


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("one key twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _json(text: str) -> Any:
    """Raises ValueError or RecursionError."""
    return json.loads(text, object_pairs_hook=_no_twice, parse_constant=_no_constant)


def alike(one: Any, other: Any) -> bool:
    """Equality of JSON values: numbers by value, everything else by type and value."""
    number = (int, float)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, number) and isinstance(other, number):
        return one == other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return type(one) is type(other) and bool(one == other)


def json_value(value: object) -> Judge:
    def judge(text: str) -> bool:
        try:
            return alike(_json(text), value)
        except (ValueError, RecursionError):
            return False

    return _on_text(judge)


def json_lines(value: object) -> Judge:
    if not isinstance(value, list):
        raise CheckFault(f"json_lines must be a list of values, got {value!r:.80}")

    def judge(text: str) -> bool:
        rows = [row for row in text.split("\n") if row.strip()]
        try:
            return len(rows) == len(value) and alike([_json(row) for row in rows], value)
        except (ValueError, RecursionError):
            return False

    return _on_text(judge)


def _cell(text: str, numbers: bool) -> str:
    text = text.strip()
    if numbers:
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        if number.is_finite() and abs(number.adjusted()) < 100:
            return str(number.normalize() + 0)
    return text


def csv_rows(value: object) -> Judge:
    known = {"rows", "ordered", "numbers", "delimiter"}
    if not isinstance(value, Mapping) or "rows" not in value or set(value) - known:
        raise CheckFault(f"csv has rows, and may have ordered, numbers, delimiter: {value!r:.80}")
    delimiter = _need_text(value.get("delimiter", ","), "delimiter")
    ordered, numbers = value.get("ordered", True) is True, value.get("numbers", False) is True
    rows = value["rows"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows) or not rows:
        raise CheckFault("the rows of csv must be a list of lists, at least one")
    if len(delimiter) != 1:
        raise CheckFault(f"delimiter must be one character, got {delimiter!r}")
    gold = [tuple(_cell(str(cell), numbers) for cell in row) for row in rows]

    def judge(text: str) -> bool:
        try:
            read = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            found = [tuple(_cell(cell, numbers) for cell in row) for row in read if row]
        except (csv.Error, ValueError):
            return False
        if ordered:
            return found == gold
        # The first row names the columns and stays first.
        return found[:1] == gold[:1] and Counter(found[1:]) == Counter(gold[1:])

    return _on_text(judge)


def ini(value: object) -> Judge:
    if not isinstance(value, Mapping) or not all(isinstance(s, Mapping) for s in value.values()):
        raise CheckFault(f"ini must map sections to keys and values, got {value!r:.80}")
    gold = {name: {str(k): str(v) for k, v in keys.items()} for name, keys in value.items()}

    def judge(text: str) -> bool:
        reader = configparser.RawConfigParser(
            delimiters=("=",), inline_comment_prefixes=None, default_section="\0"
        )
        reader.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            reader.read_string(text)
            return {name: dict(reader.items(name)) for name in reader.sections()} == gold
        except (configparser.Error, ValueError, AttributeError, TypeError):
            return False

    return _on_text(judge)


def number(value: object) -> Judge:
    pair = value if isinstance(value, list) else [value, 0]
    if len(pair) != 2 or not all(
        isinstance(x, (int, float)) and not isinstance(x, bool) and math.isfinite(x) for x in pair
    ):
        raise CheckFault(f"number must be a number or [number, tolerance], got {value!r:.80}")
    gold, tolerance = Decimal(str(pair[0])), Decimal(str(pair[1]))

    def judge(text: str) -> bool:
        text = text.strip()
        if len(text) > 100 or not text.isascii() or "_" in text:
            return False
        try:
            given = Decimal(text)
        except InvalidOperation:
            return False
        if not given.is_finite() or abs(given.adjusted()) > 400:
            return False
        return abs(given - gold) <= tolerance

    return _on_text(judge)


def contains(value: object) -> Judge:
    texts = _need_texts(value, "contains")
    return _on_text(lambda text: all(part in text for part in texts))


def lacks(value: object) -> Judge:
    texts = _need_texts(value, "lacks")
    return _on_text(lambda text: not any(part in text for part in texts))


def of_bytes(value: object) -> Judge:
    try:
        gold = base64.b64decode(_need_text(value, "base64"), validate=True)
    except binascii.Error as error:
        raise CheckFault(f"base64 cannot be read: {error}") from error
    return lambda content: content == gold


def of_digest(value: object) -> Judge:
    gold = _need_text(value, "digest")
    return lambda content: digest_of(content) == gold


MAKERS: dict[str, Callable[[object], Judge]] = {
    "equals": equals,
    "exactly": exactly,
    "lines": lines,
    "same_lines": same_lines,
    "columns": columns,
    "same_columns": same_columns,
    "json": json_value,
    "json_lines": json_lines,
    "csv": csv_rows,
    "ini": ini,
    "number": number,
    "contains": contains,
    "lacks": lacks,
    "digest": of_digest,
    "base64": of_bytes,
}
