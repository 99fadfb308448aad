"""One JSON document as the answer: compared with the gold, held to a schema, or both.

A document that merely fits the schema is never `correct`, unless the task is about form only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, correct, wrong
from veragym.core.verifier import Judgeable
from veragym.verifiers.text.contract import (
    Judge,
    TaskFault,
    TextVerifier,
    check_choice,
    public,
    secret,
)
from veragym.verifiers.text.json_equality import Sameness, path
from veragym.verifiers.text.json_reading import MAX_DEPTH, Fence, read_json
from veragym.verifiers.text.json_schema import check_schema, schema_fault


@dataclass(frozen=True)
class JsonVerifier(TextVerifier):
    """The response is one strict JSON document, equal to the gold under the declared freedoms.

    Reads `task.secret["answer"]` (any JSON value; a list of alternatives is not understood),
    `task.public["schema"]` (optional) and `task.public["compare"]` (optional: a mapping with
    `unordered` and `ignore`, lists of paths, `rel_tol` and `abs_tol`, which replaces the
    attributes). Without a gold, the task must have a schema and say `format_only`.

    Attributes:
        fence: whether the document may or must stand in a fenced block.
        prose: whether text may stand around that block.
        unordered: paths of lists in any order, such as `$.items`.
        ignore: paths of members left out of the comparison.
        rel_tol: relative tolerance of numbers.
        abs_tol: absolute tolerance of numbers.

    Raises:
        OptionError: an option outside its values.
    """

    fence: Fence = "allowed"
    prose: bool = False
    unordered: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rel_tol: float = 0.0
    abs_tol: float = 0.0

    def __post_init__(self) -> None:
        check_choice("fence", self.fence, ("never", "allowed", "required"))
        check_choice("prose", self.prose, (True, False))
        self._sameness({})

    def _sameness(self, declared: Mapping[str, Any]) -> Sameness:
        unknown = set(declared) - {"unordered", "ignore", "rel_tol", "abs_tol"}
        if unknown:
            raise OptionError(f"public['compare'] has unknown entries {sorted(map(str, unknown))}")
        paths = {}
        for name in ("unordered", "ignore"):
            texts = declared.get(name, getattr(self, name))
            if not isinstance(texts, (list, tuple)):
                raise OptionError(f"{name} must be a list of paths, got {texts!r:.60}")
            paths[name] = tuple(path(text) for text in texts)
        return Sameness(
            paths["unordered"],
            paths["ignore"],
            declared.get("rel_tol", self.rel_tol),
            declared.get("abs_tol", self.abs_tol),
        )

    def judge(self, task: Judgeable) -> Judge:
        """Reads strictly, then checks the schema, then compares."""
        facts, hidden = public(task), secret(task)
        declared = facts.get("compare", {})
        if not isinstance(declared, Mapping):
            raise TaskFault("public['compare'] must be a mapping")
        same = self._sameness(declared)
        schema = facts.get("schema")
        if schema is not None:
            check_schema(schema)
        given_gold = "answer" in hidden
        gold = hidden.get("answer")
        if given_gold:
            _check_gold(gold, same)
            if schema is not None and schema_fault(schema, gold):
                raise TaskFault("secret['answer'] does not fit public['schema']")
        elif schema is None or facts.get("format_only") is not True:
            raise TaskFault(
                "secret['answer'] is missing, and a schema alone is enough only where "
                "public['format_only'] is True"
            )

        def compare(text: str) -> Verdict:
            value = read_json(text, self.fence, self.prose)
            fault = None if schema is None else schema_fault(schema, value)
            if fault:
                return wrong(f"the document does not fit the schema: {fault}")
            if not given_gold:
                return correct("the document fits the schema")
            if same(gold, value):
                return correct("the document is right")
            return wrong("the document is not the one asked for")

        return compare


def _check_gold(gold: Any, same: Sameness) -> None:
    if not _is_json(gold, 0):
        raise TaskFault("secret['answer'] is not a JSON value")
    if not same.leaves(gold):
        raise TaskFault("every member of secret['answer'] is ignored; nothing is left to compare")
    same(gold, gold)  # a gold too large to compare is the task's fault, not the answer's


def _is_json(value: Any, depth: int) -> bool:
    if depth > MAX_DEPTH:
        return False
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_json(v, depth + 1) for k, v in value.items())
    if isinstance(value, list):
        return all(_is_json(item, depth + 1) for item in value)
    if isinstance(value, float):
        return value == value and value not in (float("inf"), float("-inf"))
    return value is None or isinstance(value, (str, int))
