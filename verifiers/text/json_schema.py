"""A bounded subset of JSON Schema (2020-12), checked without any backtracking regex.

Keywords: type enum const; properties required additionalProperties propertyNames minProperties
maxProperties dependentRequired; items prefixItems contains minItems maxItems uniqueItems; minimum
maximum exclusiveMinimum exclusiveMaximum multipleOf; minLength maxLength pattern (in the safe
subset of `regular_syntax`); allOf anyOf oneOf not if then else; $ref to `#/…`, $defs. Annotations
are ignored. Any other keyword is refused: a rule that is silently not checked is a hole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from veragym.core.errors import OptionError
from veragym.verifiers.faults import TooLarge
from veragym.verifiers.text.contract import finite
from veragym.verifiers.text.json_equality import Sameness
from veragym.verifiers.text.regular import language

MAX_STEPS = 200_000
"""Schema applications per document."""
MAX_REFERENCES = 100
"""References followed one inside another."""

Schema = Mapping[str, Any] | bool
Check = Callable[["_Run", Any, Any, Mapping[str, Any]], str | None]

_ANNOTATIONS = frozenset((
    "title", "description", "default", "examples", "$schema", "$id", "$comment", "deprecated",
    "readOnly", "writeOnly", "$defs", "then", "else"
))  # fmt: skip
_key = Sameness().key
_CHECKS: dict[str, Check] = {}


def checks(name: str) -> Callable[[Check], Check]:
    """Registers the check of one keyword: (run, keyword's value, document, schema) to a fault."""

    def register(check: Check) -> Check:
        _CHECKS[name] = check
        return check

    return register


def check_schema(schema: Any) -> None:
    """Refuses a schema that this module does not check in full.

    Raises:
        OptionError: an unknown keyword, a broken value, an unresolvable `$ref`, or a schema that
            allows everything.
    """
    if schema is True or schema == {}:
        raise OptionError("the schema allows every document; it would reward anything")
    _inspect(schema, schema, 0)


def schema_fault(schema: Schema, value: Any) -> str | None:
    """What is wrong with a document, as a path and a rule; None if it fits.

    Args:
        schema: what `check_schema` accepted.
        value: what `read_json` returned.
    Raises:
        TooLarge: the document takes more than `MAX_STEPS` steps.
    """
    return _Run(schema).fault(schema, value, "$")


@dataclass
class _Run:
    """One validation: the root for references, the work done, the place being looked at."""

    root: Schema
    steps: int = 0
    references: int = 0
    place: list[str] = field(default_factory=list)

    def fault(self, schema: Schema, value: Any, step: str) -> str | None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TooLarge("the document takes too long to check against the schema")
        if isinstance(schema, bool):
            return None if schema else f"{self.where(step)} is not allowed"
        self.place.append(step)
        try:
            for keyword, rule in schema.items():
                check = _CHECKS.get(keyword)
                found = check(self, rule, value, schema) if check else None
                if found:
                    return found
            return None
        finally:
            self.place.pop()

    def same(self, schema: Schema, value: Any) -> str | None:
        """The fault of the same value under another schema."""
        return self.fault(schema, value, "")

    def where(self, step: str = "") -> str:
        shown = "".join(self.place) + step
        return shown if len(shown) <= 120 else shown[:117] + "..."

    def says(self, message: str) -> str:
        return f"{self.where()} {message}"


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is(value: Any, name: str) -> bool:
    if name == "integer":
        return _number(value) and (isinstance(value, int) or value.is_integer())
    if name == "number":
        return _number(value)
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    return isinstance(value, kinds[name])


_TYPES = ("object", "array", "string", "boolean", "null", "integer", "number")


@checks("type")
def _type(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    names = [rule] if isinstance(rule, str) else rule
    return None if any(_is(value, n) for n in names) else run.says(f"is not {' or '.join(names)}")


@checks("enum")
def _enum(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    key = _key(value)
    return None if any(_key(item) == key for item in rule) else run.says("is none of the values")


@checks("const")
def _const(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    return None if _key(rule) == _key(value) else run.says("is not the one value allowed")


def _bound(name: str, kept: Callable[[Any, Any], bool], words: str) -> None:
    @checks(name)
    def check(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
        return run.says(f"{words} {rule}") if _number(value) and not kept(value, rule) else None


_bound("minimum", lambda value, rule: value >= rule, "is below")
_bound("maximum", lambda value, rule: value <= rule, "is above")
_bound("exclusiveMinimum", lambda value, rule: value > rule, "is not above")
_bound("exclusiveMaximum", lambda value, rule: value < rule, "is not below")
_bound("multipleOf", lambda value, rule: _multiple(value, rule), "is no multiple of")


def _multiple(value: Any, rule: Any) -> bool:
    if not finite(value):  # an integer no float holds
        return isinstance(value, int) and isinstance(rule, int) and value % rule == 0
    return (Fraction(repr(value)) / Fraction(repr(rule))).denominator == 1


def _size(name: str, kind: type, least: bool, words: str) -> None:
    @checks(name)
    def check(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
        if not isinstance(value, kind):
            return None
        size = len(value)  # type: ignore[arg-type]
        kept = size >= rule if least else size <= rule
        return None if kept else run.says(f"has {size} {words}")


_size("minLength", str, True, "characters, too few")
_size("maxLength", str, False, "characters, too many")
_size("minItems", list, True, "items, too few")
_size("maxItems", list, False, "items, too many")
_size("minProperties", dict, True, "members, too few")
_size("maxProperties", dict, False, "members, too many")


@checks("pattern")
def _pattern(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    if isinstance(value, str) and value not in language(rule, True):
        return run.says("does not match its pattern")
    return None


@checks("required")
def _required(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    missing = [name for name in rule if name not in value] if isinstance(value, dict) else []
    return run.says(f"lacks the member {missing[0]!r:.80}") if missing else None


@checks("dependentRequired")
def _dependent(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    if isinstance(value, dict):
        for name, others in rule.items():
            if name in value and (found := _required(run, others, value, schema)):
                return found
    return None


@checks("properties")
def _properties(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    if isinstance(value, dict):
        for name, part in rule.items():
            if name in value and (found := run.fault(part, value[name], f".{name:.40}")):
                return found
    return None


@checks("additionalProperties")
def _additional(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name, item in value.items():
            if name not in known and (found := run.fault(rule, item, f".{name:.40}")):
                return found
    return None


@checks("propertyNames")
def _names(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    if isinstance(value, dict):
        for name in value:
            if found := run.fault(rule, name, f".{name:.40} (the name)"):
                return found
    return None


@checks("prefixItems")
def _prefix(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    if isinstance(value, list):
        for i, (part, item) in enumerate(zip(rule, value)):
            if found := run.fault(part, item, f"[{i}]"):
                return found
    return None


@checks("items")
def _items(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    if isinstance(value, list):
        for i in range(len(schema.get("prefixItems", ())), len(value)):
            if found := run.fault(rule, value[i], f"[{i}]"):
                return found
    return None


@checks("contains")
def _contains(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    if isinstance(value, list) and all(run.same(rule, item) for item in value):
        return run.says("holds no item of the kind required")
    return None


@checks("uniqueItems")
def _unique(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    if rule and isinstance(value, list) and len({_key(item) for item in value}) < len(value):
        return run.says("holds an item twice")
    return None


@checks("allOf")
def _all(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    return next((found for part in rule if (found := run.same(part, value))), None)


@checks("anyOf")
def _any(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    fits = any(run.same(part, value) is None for part in rule)
    return None if fits else run.says("fits none of the alternatives")


@checks("oneOf")
def _one(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    count = sum(run.same(part, value) is None for part in rule)
    return None if count == 1 else run.says(f"fits {count} of the alternatives, not exactly one")


@checks("not")
def _not(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    return None if run.same(rule, value) else run.says("is of a kind that is not allowed")


@checks("if")
def _if(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    branch = "then" if run.same(rule, value) is None else "else"
    return run.same(schema[branch], value) if branch in schema else None


@checks("$ref")
def _ref(run: _Run, rule: Any, value: Any, schema: Mapping[str, Any]) -> str | None:
    run.references += 1
    if run.references > MAX_REFERENCES:
        raise TooLarge("the schema's references nest too deeply for this document")
    try:
        return run.same(_resolve(run.root, rule), value)
    finally:
        run.references -= 1


def _resolve(root: Any, reference: str) -> Any:
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise OptionError(
            f"$ref {reference!r:.80}: only references into this schema (#/…) are read"
        )
    found = root
    for step in reference.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and step.isascii() and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        elif isinstance(found, Mapping) and step in found:
            found = found[step]
        else:
            raise OptionError(f"$ref {reference!r:.80} leads nowhere")
    return found


_ONE = frozenset((
    "additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else"
))  # fmt: skip
_MANY = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_NAMED = frozenset(("properties", "$defs"))
_COUNTS = frozenset((
    "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"
))  # fmt: skip
_NUMBERS = frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"))


def _inspect(schema: Any, root: Any, depth: int) -> None:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        raise OptionError(f"a schema is an object, true or false, got a {type(schema).__name__}")
    if depth > MAX_REFERENCES:
        raise OptionError(f"the schema is nested more than {MAX_REFERENCES} deep")
    for keyword, rule in schema.items():
        if keyword not in _CHECKS and keyword not in _ANNOTATIONS:
            raise OptionError(
                f"schema keyword {keyword!r:.60} is not checked here; "
                "say it with the keywords listed in veragym.verifiers.text.json_schema"
            )
        if not _sound(keyword, rule):
            raise OptionError(f"schema keyword {keyword!r} has an impossible value")
        if keyword == "pattern":
            language(rule, True)
        elif keyword == "$ref":
            _check_progress(_resolve(root, rule), root, (rule,))
        parts = (
            [rule] if keyword in _ONE
            else list(rule) if keyword in _MANY
            else list(rule.values()) if keyword in _NAMED
            else []
        )  # fmt: skip
        for part in parts:
            _inspect(part, root, depth + 1)


def _check_progress(schema: Any, root: Any, followed: tuple[str, ...]) -> None:
    """Refuses references that come round to themselves without going deeper into the document."""
    if not isinstance(schema, Mapping):
        return
    reference = schema.get("$ref")
    if reference is not None:
        if reference in followed:
            raise OptionError(f"$ref {reference!r:.80} leads round in a circle")
        _check_progress(_resolve(root, reference), root, (*followed, reference))
    for keyword in ("not", "if", "then", "else"):
        _check_progress(schema.get(keyword), root, followed)
    for keyword in ("allOf", "anyOf", "oneOf"):
        parts = schema.get(keyword)
        for part in parts if isinstance(parts, list) else []:
            _check_progress(part, root, followed)


def _sound(keyword: str, rule: Any) -> bool:
    if keyword == "type":
        names = [rule] if isinstance(rule, str) else rule
        return isinstance(names, list) and bool(names) and all(n in _TYPES for n in names)
    if keyword in _NUMBERS:
        return finite(rule) and (keyword != "multipleOf" or rule > 0)
    if keyword in _COUNTS:
        return isinstance(rule, int) and not isinstance(rule, bool) and rule >= 0
    if keyword == "required":
        return isinstance(rule, list) and all(isinstance(name, str) for name in rule)
    if keyword == "dependentRequired":
        return isinstance(rule, Mapping) and all(_sound("required", part) for part in rule.values())
    if keyword in _MANY or keyword == "enum":
        return isinstance(rule, list) and bool(rule)
    if keyword in _NAMED:
        return isinstance(rule, Mapping)
    if keyword == "uniqueItems":
        return isinstance(rule, bool)
    return keyword != "pattern" or isinstance(rule, str)
