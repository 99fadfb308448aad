"""The answer-form contract: what counts as an answer to a task, as a plain JSON dict.

A task carries it as `task.public["form"]`, for instance `{"kind": "decimal", "places": 2}`. The
form says what the reader may accept *before* any value is compared: where an integer is asked
for, `17*23` is not an answer, whatever it equals. Without a form (`any`) one is inferred from the
gold answer, so that question/answer files of other origins work.

    integer      one integer numeral: 1,024  1e3  5.0
    rational     an exact fraction or terminating numeral; `lowest` demands lowest terms
    decimal      a numeral within half a unit of decimal place `places` of the gold
    value        an exact, evaluated real value: radicals, pi, e
    complex      the same, complex
    expression   an expression in `variables`; `modulo_constant`, `shape` any|expanded|factored
    equation     an equation with the same solutions up to a constant factor, in `variables`
    set          {a, b, …}, unordered
    tuple        (a, b, …), ordered
    interval     an interval or union; also inequalities in `variable`
    matrix       a matrix or vector
    quantity     a number with `unit` (or none); `convert` admits other units of the dimension
    percent      a percentage; the sign may be left out
    choice       exactly one of `options`
    numeral      an integer written in base `base`
    arithmetic   any expression over `numbers` with value `target` (all used when `use_all`)
    multiple     any integer multiple of `divisor` from `low` to `high`, ends included
    text         the same text, case, spacing and final stop aside
    any          inferred from the gold
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError

_FIELDS: dict[str, tuple[str, ...]] = {
    "integer": (),
    "rational": ("lowest",),
    "decimal": ("places",),
    "value": (),
    "complex": (),
    "expression": ("variables", "modulo_constant", "shape"),
    "equation": ("variables",),
    "set": (),
    "tuple": (),
    "interval": ("variable",),
    "matrix": (),
    "quantity": ("unit", "convert"),
    "percent": (),
    "choice": ("options",),
    "numeral": ("base",),
    "arithmetic": ("numbers", "target", "use_all"),
    "multiple": ("divisor", "low", "high"),
    "text": (),
    "any": (),
}
_REQUIRED = {
    "decimal": ("places",),
    "quantity": ("unit",),
    "choice": ("options",),
    "numeral": ("base",),
    "arithmetic": ("numbers", "target"),
    "multiple": ("divisor", "low", "high"),
}
KINDS = tuple(_FIELDS)
SHAPES = ("any", "expanded", "factored")
MAX_PLACES = 50


@dataclass(frozen=True, slots=True)
class Form:
    """A validated answer form; hashable. Only the fields of its kind differ from the default."""

    kind: str = "any"
    lowest: bool = False
    places: int = 0
    variables: tuple[str, ...] = ()
    modulo_constant: bool = False
    shape: str = "any"
    variable: str = ""
    unit: str = ""
    convert: bool = False
    options: tuple[str, ...] = ()
    base: int = 10
    numbers: tuple[int, ...] = ()
    target: int = 0
    use_all: bool = False
    divisor: int = 1
    low: int = 0
    high: int = 0

    @classmethod
    def of(cls, form: Form | Mapping[str, Any] | str | None) -> Form:
        """The form meant by a dict, a bare kind, or None (`any`).

        Raises:
            OptionError: unknown kind, unknown or missing option, or a value that cannot work.
        """
        if isinstance(form, Form):
            return form
        if form is None:
            return _ANY
        if isinstance(form, str):
            form = {"kind": form}
        if not isinstance(form, Mapping):
            raise OptionError(f"form must be a dict such as {{'kind': 'integer'}}, got {form!r}")
        kind = form.get("kind")
        if kind not in _FIELDS:
            raise OptionError(f"form kind {kind!r} is unknown; use one of {', '.join(KINDS)}")
        allowed = _FIELDS[kind]
        values: dict[str, Any] = {}
        for name, value in form.items():
            if name == "kind":
                continue
            if name not in allowed:
                have = ", ".join(allowed) or "none"
                raise OptionError(f"form {kind!r} has no option {name!r}; its options: {have}")
            values[name] = _CHECKS[name](name, value)
        for name in _REQUIRED.get(kind, ()):
            if name not in values:
                raise OptionError(f"form {kind!r} needs the option {name!r}")
        if kind == "multiple" and -(-values["low"] // values["divisor"]) > (
            values["high"] // values["divisor"]
        ):
            raise OptionError(
                f"no multiple of {values['divisor']} lies from {values['low']} to {values['high']}"
            )
        return cls(kind, **values)

    def to_json(self) -> dict[str, Any]:
        """The plain dict that `Form.of` reads back to an equal form."""
        data: dict[str, Any] = {"kind": self.kind}
        for name in _FIELDS[self.kind]:
            value = getattr(self, name)
            if value != getattr(_ANY, name) or name in _REQUIRED.get(self.kind, ()):
                data[name] = list(value) if isinstance(value, tuple) else value
        return data


_ANY = Form()


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise OptionError(f"form option {name!r} must be true or false, got {value!r}")
    return value


def _whole(name: str, value: Any, low: float, high: float) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise OptionError(
            f"form option {name!r} must be an integer in [{low}, {high}], not {value!r}"
        )
    return value


def _integer(name: str, value: Any) -> int:
    return _whole(name, value, -math.inf, math.inf)


def _words(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, (list, tuple)) or not value:
        raise OptionError(
            f"form option {name!r} must be a non-empty list of strings, got {value!r}"
        )
    for item in value:
        _word(name, item)
    if len({item.strip().casefold() for item in value}) != len(value):
        raise OptionError(f"form option {name!r} repeats an entry: {value!r}")
    return tuple(value)


def _word(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise OptionError(f"form option {name!r} must be a non-empty string, got {value!r}")
    return value


def _numbers(name: str, value: Any) -> tuple[int, ...]:
    if isinstance(value, str) or not isinstance(value, (list, tuple)) or not value:
        raise OptionError(
            f"form option {name!r} must be a non-empty list of integers, got {value!r}"
        )
    return tuple(_whole(name, item, 0, math.inf) for item in value)


def _shape(name: str, value: Any) -> str:
    if value not in SHAPES:
        raise OptionError(f"form option {name!r} must be one of {', '.join(SHAPES)}, got {value!r}")
    return str(value)


_CHECKS = {
    "lowest": _flag,
    "places": lambda name, value: _whole(name, value, 0, MAX_PLACES),
    "variables": _words,
    "modulo_constant": _flag,
    "shape": _shape,
    "variable": _word,
    "unit": _word,
    "convert": _flag,
    "options": _words,
    "base": lambda name, value: _whole(name, value, 2, 36),
    "numbers": _numbers,
    "target": _integer,
    "use_all": _flag,
    "divisor": lambda name, value: _whole(name, value, 1, math.inf),
    "low": _integer,
    "high": _integer,
}
