"""Variants of a right Python program, by its syntax tree. Nothing is run in this process.

A changed program may do the same as before (`range(9)` for `range(10)` where the last turn does
nothing), so no near miss is known to be wrong by construction: `behaviour` proves it on the task's
own tests. Nothing inside a `while` is changed, because it might never end.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

from veragym.check.mutation.case import Case

_FENCED = re.compile(r"(.*?```(?:python|py)?\s*\n)(.*?)(\n?```.*)", re.DOTALL)
_COMPARED: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_RECKONED: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
}  # fmt: skip
_NAMED = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs,
    ast.MatchStar,
)  # fmt: skip
_SEES_NAMES = frozenset({"locals", "vars", "eval", "exec", "dir", "globals"})

Change = Callable[[Any], bool]
"""Changes a node in place; False if this node offers nothing to change."""


def near_misses(case: Case) -> Iterator[tuple[str, str]]:
    """Programs with one change each."""
    before, tree, after = _parsed(case.gold)
    if tree is None:
        return
    nodes = list(ast.walk(tree))
    endless = {
        id(inner) for node in nodes if isinstance(node, ast.While) for inner in ast.walk(node)
    }
    for how, change in _CHANGES.items():
        for place, node in enumerate(nodes):
            if id(node) in endless or not change(_sketch(node)):
                continue
            changed = copy.deepcopy(tree)
            change(list(ast.walk(changed))[place])
            yield how, f"{before}{ast.unparse(ast.fix_missing_locations(changed))}{after}"
    yield from _recited(case, before, after)


def _sketch(node: ast.AST) -> ast.AST:
    """A copy of the node alone, to try a change on: copying the whole tree takes much longer."""
    sketch = copy.copy(node)
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            setattr(sketch, name, list(value))
    return sketch


def _recited(case: Case, before: str, after: str) -> Iterator[tuple[str, str]]:
    """A program that knows the expected value of one test and nothing else."""
    entry, tests = case.public.get("entry"), case.secret.get("tests")
    if not isinstance(entry, str) or not entry.isidentifier() or not isinstance(tests, list):
        return
    expected = [test["expected"] for test in tests if isinstance(test, dict) and "expected" in test]
    for value in expected[:1] + expected[-1:]:
        program = f"def {entry}(*args, **kwargs):\n    return {value!r}"
        yield "one test's value for all", f"{before}{program}{after}"


def rewritings(case: Case) -> Iterator[tuple[str, str]]:
    """Other programs that do the same."""
    before, tree, after = _parsed(case.gold)
    if tree is None:
        return

    def written(changed: ast.Module) -> str:
        return f"{before}{ast.unparse(ast.fix_missing_locations(changed))}{after}"

    yield "written anew", written(tree)
    if not case.gold.startswith(("```", "<")):
        yield "a comment added", f"# One way of many.\n\n{case.gold}\n"
    yield "variables renamed", written(_renamed(tree))
    for how, change in (("branches swapped", _swap_branches), ("+= spelt out", _spell_out)):
        changed = copy.deepcopy(tree)
        if any(change(node) for node in ast.walk(changed)):
            yield how, written(changed)


def _parsed(gold: str) -> tuple[str, ast.Module | None, str]:
    """The program with what stands around it; None if it is no Python."""
    fenced = _FENCED.fullmatch(gold)
    before, code, after = fenced.groups() if fenced else ("", gold, "")
    try:
        return before, ast.parse(code), after
    except (SyntaxError, ValueError, RecursionError):
        return before, None, after


# -- changes that make it wrong ------------------------------------------------------------------


def _constant(node: Any) -> bool:
    if not isinstance(node, ast.Constant) or type(node.value) is not int:
        return False
    node.value += 1
    return True


def _comparison(node: Any) -> bool:
    if not isinstance(node, ast.Compare) or type(node.ops[0]) not in _COMPARED:
        return False
    node.ops[0] = _COMPARED[type(node.ops[0])]()
    return True


def _operator(node: Any) -> bool:
    if not isinstance(node, (ast.BinOp, ast.AugAssign)) or type(node.op) not in _RECKONED:
        return False
    node.op = _RECKONED[type(node.op)]()
    return True


def _negated(node: Any) -> bool:
    if not isinstance(node, (ast.If, ast.IfExp)):
        return False
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return True


def _and_or(node: Any) -> bool:
    if not isinstance(node, ast.BoolOp):
        return False
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    return True


def _dropped(node: Any) -> bool:
    """Replaces the last statement of a body that does something."""
    if not isinstance(node, (ast.FunctionDef, ast.For, ast.If, ast.With, ast.Try)):
        return False
    for i in reversed(range(len(node.body))):
        found = node.body[i]
        if isinstance(found, (ast.Assign, ast.AugAssign, ast.If, ast.For)) or (
            isinstance(found, ast.Expr) and not isinstance(found.value, ast.Constant)
        ):
            node.body[i] = ast.Pass()
            return True
    return False


def _else_dropped(node: Any) -> bool:
    if not isinstance(node, ast.If) or not node.orelse:
        return False
    node.orelse = []
    return True


def _returns_nothing(node: Any) -> bool:
    if not isinstance(node, ast.Return) or node.value is None:
        return False
    node.value = None
    return True


def _runs_once(node: Any) -> bool:
    if not isinstance(node, ast.For):
        return False
    node.body = [*node.body, ast.Break()]
    return True


def _arguments_swapped(node: Any) -> bool:
    if not isinstance(node, ast.Call) or len(node.args) < 2 or node.keywords:
        return False
    node.args[0], node.args[1] = node.args[1], node.args[0]
    return True


_CHANGES: dict[str, Change] = {
    "a constant off by one": _constant,
    "a comparison swapped": _comparison,
    "an operator swapped": _operator,
    "a condition negated": _negated,
    "and for or": _and_or,
    "a statement dropped": _dropped,
    "an else dropped": _else_dropped,
    "a return emptied": _returns_nothing,
    "a loop run once": _runs_once,
    "two arguments swapped": _arguments_swapped,
}

# -- changes that keep it right ------------------------------------------------------------------


def _swap_branches(node: Any) -> bool:
    if not isinstance(node, ast.If) or not node.orelse:
        return False
    node.test = ast.UnaryOp(ast.Not(), node.test)
    node.body, node.orelse = node.orelse, node.body
    return True


def _spell_out(node: Any) -> bool:
    """`n += 1` as `n = n + 1`; with a number on the right nothing is changed in place."""
    for body in ("body", "orelse"):
        statements = getattr(node, body, None)
        if not isinstance(statements, list):
            continue
        for i, found in enumerate(statements):
            if (
                isinstance(found, ast.AugAssign)
                and isinstance(found.target, ast.Name)
                and isinstance(found.value, ast.Constant)
                and type(found.value.value) is int
            ):
                left = ast.Name(found.target.id, ast.Load())
                statements[i] = ast.Assign(
                    [found.target], ast.BinOp(left, found.op, found.value), lineno=found.lineno
                )
                return True
    return False


def _renamed(tree: ast.Module) -> ast.Module:
    """With the local variables of every top-level function renamed."""
    changed = copy.deepcopy(tree)
    for function in changed.body:
        if isinstance(function, ast.FunctionDef):
            names = _local_names(function)
            for node in ast.walk(function):
                if isinstance(node, ast.Name) and node.id in names:
                    node.id = f"{node.id}_renamed"
    return changed


def _local_names(function: ast.FunctionDef) -> set[str]:
    """Names bound by assignment alone, in a function that does not look at its own names."""
    nodes = list(ast.walk(function))
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    used = {n.id for n in nodes if isinstance(n, ast.Name)}
    if used & _SEES_NAMES:
        return set()
    otherwise: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.arg):
            otherwise.add(node.arg)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            otherwise.update(node.names)
        elif isinstance(node, _NAMED) and node.name:
            otherwise.add(node.name)
        elif isinstance(node, ast.alias):
            otherwise.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.MatchMapping) and node.rest:
            otherwise.add(node.rest)
    # A class body inside binds attributes, not locals.
    if any(isinstance(node, ast.ClassDef) for node in nodes):
        return set()
    return bound - otherwise
