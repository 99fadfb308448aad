"""The answer-form contract is validated with messages that name the value and the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from veragym.core.errors import OptionError
from veragym.verifiers import KINDS, Form

GOOD: list[dict[str, Any]] = [
    {"kind": "integer"},
    {"kind": "rational", "lowest": True},
    {"kind": "decimal", "places": 0},
    {"kind": "expression", "variables": ["x", "y"], "shape": "factored"},
    {"kind": "quantity", "unit": "km", "convert": True},
    {"kind": "choice", "options": ["A", "B"]},
    {"kind": "numeral", "base": 16},
    {"kind": "arithmetic", "numbers": [1, 2, 2], "target": -5, "use_all": True},
    {"kind": "multiple", "divisor": 17, "low": -5, "high": 40},
    {"kind": "interval", "variable": "t"},
]


@pytest.mark.parametrize("data", GOOD, ids=lambda data: data["kind"])
def test_a_form_survives_the_round_trip_through_json(data: dict[str, Any]) -> None:
    form = Form.of(data)
    assert form.to_json() == data
    assert Form.of(form.to_json()) == form
    assert hash(form) == hash(Form.of(dict(data)))


def test_a_bare_kind_and_none_are_forms() -> None:
    assert Form.of("integer") == Form("integer")
    assert Form.of(None) == Form("any")
    assert len(KINDS) == 19


BAD: list[tuple[Any, str]] = [
    ({"kind": "intger"}, "intger"),
    ({}, "None"),
    (5, "5"),
    ({"kind": "integer", "places": 2}, "places"),
    ({"kind": "decimal"}, "places"),
    ({"kind": "decimal", "places": -1}, "-1"),
    ({"kind": "decimal", "places": True}, "True"),
    ({"kind": "choice", "options": []}, "[]"),
    ({"kind": "choice", "options": ["a", "A "]}, "repeats"),
    ({"kind": "choice", "options": "AB"}, "AB"),
    ({"kind": "numeral", "base": 37}, "37"),
    ({"kind": "expression", "shape": "neat"}, "neat"),
    ({"kind": "arithmetic", "numbers": [1.5], "target": 2}, "1.5"),
    ({"kind": "arithmetic", "numbers": [1]}, "target"),
    ({"kind": "quantity", "unit": ""}, "unit"),
    ({"kind": "rational", "lowest": "yes"}, "yes"),
]


@pytest.mark.parametrize(("data", "named"), BAD, ids=str)
def test_a_broken_form_is_refused_naming_the_fault(data: Any, named: str) -> None:
    with pytest.raises(OptionError, match=None) as error:
        Form.of(data)
    assert named in str(error.value)
