"""Strict JSON: what is read, when two documents are the same, and what a schema allows."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.core.task import Draft
from veragym.core.verdict import Outcome
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.text import JsonVerifier
from veragym.verifiers.text.json_equality import Sameness, path
from veragym.verifiers.text.json_reading import read_json
from veragym.verifiers.text.json_schema import check_schema, schema_fault

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=4)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text("abc", max_size=2), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(VALUES, st.sampled_from([None, 2]))
def test_what_the_standard_library_writes_is_read_back(value: Any, indent: int | None) -> None:
    assert read_json(json.dumps(value, indent=indent)) == value


NOT_STRICT = [
    "", "nul", "{'a': 1}", "{a: 1}", '{"a": 1,}', "[1,]", "[1 2]", "// c\n1", "/* c */ 1", "1 // c",
    "{} {}",
    "[1][2]", '{"a": 1, "a": 1}', '[{"a": {"b": 1, "b": 2}}]', "NaN", "[NaN]", "Infinity",
    "-Infinity", "1e999",
    '{"a": -1e400}', "01", "+1", ".5", "5.", "0x1", "'a'", '"a', '"a\nb"', '"\\x41"', '"\\ud800"',
    '{"\\udfff": 1}',
    "True", "None", "undefined", "[" * 101 + "]" * 101, "[" * 100_000, '{"a":' * 500, "9" * 5_000,
    "\ufeff1",
    "１", "٣", '{"a": 1} trailing', 'leading {"a": 1}', '"a" "b"', "- 1", "[1] \x0c",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_STRICT, ids=lambda text: repr(text[:20]))
def test_what_is_not_one_strict_document_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_json(text)


FENCES = [
    ("```json\n[1]\n```", "allowed", False, True),
    ("```\n[1]\n```", "allowed", False, True),
    ("[1]", "allowed", False, True),
    ("[1]", "required", False, False),
    ("```json\n[1]\n```", "never", False, False),
    ("Here:\n```json\n[1]\n```\nDone.", "allowed", True, True),
    ("Here:\n```json\n[1]\n```", "allowed", False, False),
    ("```json\n[1]\n```\n```json\n[2]\n```", "allowed", True, False),
    ("```json\n[1]\n``` ```", "allowed", True, False),
    ("```json\n[1]", "allowed", True, False),
    ("```python\n[1]\n```", "allowed", True, False),
    ("Here: [1]", "allowed", True, False),
]


@pytest.mark.parametrize(("text", "fence", "prose", "read"), FENCES)
def test_fences_are_read_only_as_declared(text: str, fence: Any, prose: bool, read: bool) -> None:
    if read:
        assert read_json(text, fence, prose) == [1]
    else:
        with pytest.raises(Unreadable):
            read_json(text, fence, prose)


def same(gold: Any, answer: Any, **options: Any) -> bool:
    return same_text(gold, json.dumps(answer), **options)


def same_text(gold: Any, answer: str, **options: Any) -> bool:
    verdict = JsonVerifier(**options)(Draft("", "", {}, {"answer": gold}), answer)
    assert verdict.outcome in (Outcome.CORRECT, Outcome.WRONG), verdict
    return verdict.outcome is Outcome.CORRECT


DIFFERENT = [
    (1, True), (0, False), (1, "1"), (None, False), (None, 0), (None, ""), ([], {}), ([], None),
    ({}, None),
    ({"a": None}, {}), ({}, {"a": None}), ([1, 2], [2, 1]), ([1], [1, 1]), ([1, 1], [1]), (1, [1]),
    ("a", "A"),
    ("a", "a "), ("é", "e\u0301"), ({"a": 1}, {"A": 1}), (0.1 + 0.2, 0.3), (2**53, 2**53 + 1),
    ([[1]], [1]),
    ({"a": [1]}, {"a": [True]}), ({"a": 1}, {"a": 1, "b": 2}), ({"a": 1, "b": 2}, {"a": 1}),
    ([None], []),
    ("1", 1), ({"1": 1}, [1]), ([0, 1], {"0": 0, "1": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_different_values_are_different_with_and_without_tolerance(gold: Any, answer: Any) -> None:
    assert not same(gold, answer) and not same(answer, gold)
    assert not same(gold, answer, abs_tol=1e-17) and not same(answer, gold, abs_tol=1e-17)


def test_numbers_are_compared_by_value() -> None:
    assert same_text(1, "1.0") and same_text(1.5, "15e-1")
    assert same_text(0, "-0.0") and same_text(100, "1E2")


FREE = [
    ({"unordered": ("$",)}, [1, 2, 2], [2, 1, 2], True),
    ({"unordered": ("$",)}, [1, 2, 2], [2, 1, 1], False),
    ({"unordered": ("$",)}, [1, True], [True, True], False),
    ({"unordered": ("$.a",)}, {"a": [1, 2], "b": [1, 2]}, {"a": [2, 1], "b": [1, 2]}, True),
    ({"unordered": ("$.a",)}, {"a": [1, 2], "b": [1, 2]}, {"a": [1, 2], "b": [2, 1]}, False),
    ({"unordered": ("$[*].t", "$")}, [{"t": [1, 2]}, {"t": [3]}],
     [{"t": [3]}, {"t": [2, 1]}], True),
    ({"unordered": ("$['a b']",)}, {"a b": [1, 2]}, {"a b": [2, 1]}, True),
    ({"unordered": ("$[1]",)}, [[1, 2], [1, 2]], [[1, 2], [2, 1]], True),
    ({"unordered": ("$[1]",)}, [[1, 2], [1, 2]], [[2, 1], [1, 2]], False),
    ({"ignore": ("$.id",)}, {"id": 1, "v": 2}, {"id": 9, "v": 2}, True),
    ({"ignore": ("$.id",)}, {"id": 1, "v": 2}, {"v": 2}, True),
    ({"ignore": ("$.id",)}, {"id": 1, "v": 2}, {"id": 1, "v": 3}, False),
    ({"ignore": ("$.id",)}, {"id": 1, "v": 2}, {"id": 1}, False),
    ({"ignore": ("$[*].id",)}, [{"id": 1, "v": 2}], [{"id": 7, "v": 2}], True),
    ({"abs_tol": 0.1}, [1.0, 2], [1.05, 2.1], True),
    ({"abs_tol": 0.1}, [1.0, 2], [1.2, 2], False),
    ({"rel_tol": 0.01}, {"a": 200}, {"a": 201}, True),
    ({"rel_tol": 0.01}, {"a": 200}, {"a": 203}, False),
    ({"rel_tol": 0.9}, [1], [True], False),
    ({"rel_tol": 0.9}, [1], ["1"], False),
    # 1.0 is near both, 1.4 only near the second: a greedy pairing would fail.
    ({"unordered": ("$",), "abs_tol": 0.5}, [1.0, 1.4], [1.4, 0.6], True),
    ({"unordered": ("$",), "abs_tol": 0.5}, [1.0, 1.4], [1.4, 2.4], False),
    ({"unordered": ("$",), "abs_tol": 0.5}, [1, 1, 9], [1, 9, 9], False),
]  # fmt: skip


@pytest.mark.parametrize(("options", "gold", "answer", "right"), FREE)
def test_only_declared_freedoms_are_granted(
    options: dict[str, Any], gold: Any, answer: Any, right: bool
) -> None:
    assert same(gold, answer, **options) is right
    declared = Draft("", "", {"compare": dict(options)}, {"answer": gold})
    verdict = JsonVerifier()(declared, json.dumps(answer))
    assert (verdict.outcome is Outcome.CORRECT) is right


@given(VALUES, st.integers(0, 2**32))
def test_key_order_never_matters_and_list_order_only_where_declared(value: Any, seed: int) -> None:
    rng = random.Random(seed)

    def shuffled(item: Any) -> Any:
        if isinstance(item, dict):
            pairs = [(k, shuffled(v)) for k, v in item.items()]
            rng.shuffle(pairs)
            return dict(pairs)
        return [shuffled(part) for part in item] if isinstance(item, list) else item

    assert same(value, shuffled(value))
    if isinstance(value, list):
        mixed = list(value)
        rng.shuffle(mixed)
        assert same(value, mixed, unordered=("$",))
        assert same(value, mixed, unordered=("$",), abs_tol=1e-300)


@given(VALUES, VALUES)
def test_sameness_is_symmetric_and_agrees_with_the_sorted_text(one: Any, other: Any) -> None:
    def text(value: Any) -> str:
        if isinstance(value, dict):
            return (
                "{" + ",".join(f"{json.dumps(k)}:{text(v)}" for k, v in sorted(value.items())) + "}"
            )
        if isinstance(value, list):
            return "[" + ",".join(map(text, value)) + "]"
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return json.dumps(value)

    strict = Sameness()
    assert strict(one, other) == strict(other, one) == (text(one) == text(other))


@pytest.mark.parametrize(
    "options",
    [{"unordered": ("a",)}, {"unordered": ("$..a",)}, {"ignore": ("$",)}, {"ignore": ("$.a b",)},
     {"rel_tol": 1}, {"abs_tol": math.nan}, {"unordered": "$.a"}, {"fence": "maybe"},
     {"ignore": ("$[x]",)}, {"ignore": (3,)}],
)  # fmt: skip
def test_freedoms_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        JsonVerifier(**options)
    if "fence" not in options:
        task = Draft("", "", {"compare": dict(options)}, {"answer": {"a": 1}})
        assert JsonVerifier()(task, '{"a": 1}').outcome is Outcome.INFRA_ERROR


def test_paths_are_read_step_by_step() -> None:
    assert path("$") == ()
    assert path("$.a[*]['b.c'][3]") == ("a", None, "b.c", 3)


UNUSABLE = [
    ({}, {}),
    ({}, {"answer": {1: 2}}),
    ({}, {"answer": math.nan}),
    ({}, {"answer": [object()]}),
    ({"compare": {"ignore": ["$.a"]}}, {"answer": {"a": 1}}),
    ({"compare": {"order": 1}}, {"answer": 1}),
    ({"compare": 3}, {"answer": 1}),
    ({"schema": {"type": "object"}}, {}),
    ({"schema": {"type": "object"}, "format_only": "yes"}, {}),
    ({"schema": {}, "format_only": True}, {}),
    ({"schema": True, "format_only": True}, {}),
    ({"schema": {"type": "string"}}, {"answer": 3}),
    ({"schema": {"format": "email"}, "format_only": True}, {}),
    ({"schema": {"type": "thing"}, "format_only": True}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("public", "secret"), UNUSABLE)
def test_a_task_that_cannot_be_judged_is_nobodys_fault(public: Any, secret: Any) -> None:
    for response in ("{}", '{"a": 1}', "3", "", None):
        verdict = JsonVerifier()(Draft("", "", public, secret), response)
        assert verdict.outcome is Outcome.INFRA_ERROR


def test_fitting_the_schema_is_not_yet_being_right() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    task = Draft("", "", {"schema": schema}, {"answer": {"n": 7}})
    outcomes = [
        JsonVerifier()(task, text).outcome for text in ('{"n": 7}', '{"n": 8}', '{"n": "7"}')
    ]
    assert outcomes == [Outcome.CORRECT, Outcome.WRONG, Outcome.WRONG]
    only = Draft("", "", {"schema": schema, "format_only": True}, {})
    outcomes = [
        JsonVerifier()(only, text).outcome for text in ('{"n": 7}', '{"n": 8}', '{"n": "7"}')
    ]
    assert outcomes == [Outcome.CORRECT, Outcome.CORRECT, Outcome.WRONG]


# --- the schema subset -------------------------------------------------------------------------

SCHEMAS = st.recursive(
    st.one_of(
        st.sampled_from(["object", "array", "string", "boolean", "null", "integer", "number"]).map(
            lambda name: {"type": name}
        ),
        st.lists(VALUES, min_size=1, max_size=3).map(lambda values: {"enum": values}),
        VALUES.map(lambda value: {"const": value}),
        st.tuples(
            st.sampled_from(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]),
            st.integers(-5, 5),
        ).map(lambda pair: {pair[0]: pair[1]}),
        st.tuples(
            st.sampled_from(
                ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"]
            ),
            st.integers(0, 4),
        ).map(lambda pair: {pair[0]: pair[1]}),
        st.integers(1, 7).map(lambda n: {"multipleOf": n}),
        st.sampled_from(["^a", "b$", "a|b", "^[ab]{2}$", "c"]).map(lambda p: {"pattern": p}),
        st.just({"uniqueItems": True}),
        st.lists(st.sampled_from("abc"), max_size=2, unique=True).map(lambda n: {"required": n}),
        st.just({"dependentRequired": {"a": ["b"]}}),
    ),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from("abc"), inner, max_size=2).map(
            lambda parts: {"properties": parts, "additionalProperties": False}
        ),
        inner.map(lambda part: {"additionalProperties": part}),
        inner.map(lambda part: {"propertyNames": part}),
        inner.map(lambda part: {"items": part}),
        inner.map(lambda part: {"contains": part}),
        inner.map(lambda part: {"not": part}),
        st.tuples(inner, inner).map(lambda two: {"prefixItems": [two[0]], "items": two[1]}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"oneOf": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"allOf": parts}),
        st.tuples(inner, inner, inner).map(
            lambda three: {"if": three[0], "then": three[1], "else": three[2]}
        ),
        inner.map(lambda part: {"$defs": {"x": part}, "items": {"$ref": "#/$defs/x"}}),
    ),
    max_leaves=5,
)

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("abc", max_size=3)
    | st.sampled_from([1.0, 2.5, -0.5]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=600)
@given(SCHEMAS, DOCUMENTS)
def test_the_schema_subset_agrees_with_an_independent_implementation(
    schema: dict[str, Any], document: Any
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    # References are looked up from the root, where nested definitions do not live.
    if "$ref" in json.dumps(schema) and "$defs" not in schema:
        return
    if json.dumps(schema).count("$defs") > 2:
        return
    check_schema(schema)
    theirs = jsonschema.Draft202012Validator(schema).is_valid(document)
    assert (schema_fault(schema, document) is None) == theirs


BROKEN = [
    {"type": "text"}, {"type": []}, {"enum": []}, {"enum": 3}, {"required": "a"}, {"required": [1]},
    {"minimum": "3"}, {"minimum": True}, {"multipleOf": 0}, {"minLength": -1}, {"minItems": 1.5},
    {"pattern": "(a"}, {"pattern": "(?=a)"}, {"pattern": 3}, {"properties": []}, {"items": 3},
    {"anyOf": []}, {"not": "x"}, {"$ref": "http://example.org/s"}, {"$ref": "#/$defs/none"},
    {"$ref": 3}, {"format": "date"}, {"patternProperties": {"a": True}},
    {"unevaluatedItems": False},
    {"uniqueItems": 1}, {"dependentRequired": {"a": "b"}}, {"dependentSchemas": {}}, [], "x", None,
    3,
    {"properties": {"a": {"anyOf": [{"nonsense": 1}]}}}, {"minContains": 1},
]  # fmt: skip


@pytest.mark.parametrize("schema", BROKEN, ids=str)
def test_a_schema_that_would_not_be_checked_in_full_is_refused(schema: Any) -> None:
    with pytest.raises(OptionError):
        check_schema(schema)


def test_an_explosive_schema_ends_as_a_timeout() -> None:
    # Every level of the document is tried under three alternatives, so the work is 3^depth.
    branch = {"type": "array", "items": {"$ref": "#/$defs/x"}}
    schema = {"$defs": {"x": {"anyOf": [branch, branch, branch]}}, "$ref": "#/$defs/x"}
    task = Draft("", "", {"schema": schema, "format_only": True}, {})
    assert JsonVerifier()(task, "[[[]]]").outcome is Outcome.CORRECT
    assert JsonVerifier()(task, "[[[1]]]").outcome is Outcome.WRONG
    assert JsonVerifier()(task, "[" * 40 + "1" + "]" * 40).outcome is Outcome.TIMEOUT
    loop = {"$defs": {"x": {"allOf": [{"$ref": "#/$defs/x"}]}}, "$ref": "#/$defs/x"}
    endless = Draft("", "", {"schema": loop, "format_only": True}, {})
    assert JsonVerifier()(endless, "1").outcome is Outcome.INFRA_ERROR


def test_faults_name_the_place_in_the_document() -> None:
    schema = {"items": {"properties": {"n": {"minimum": 3}}}}
    assert schema_fault(schema, [{"n": 3}, {"n": 1}]) == "$[1].n is below 3"
