"""Block coverage by rewriting source on import: what guides the fuzz run.

Every branch of every function of the chosen package gets a counter: the bodies of `if`, `for`,
`while`, `try`, `with`, `match` and of functions, both arms of conditional expressions, the later
operands of `and` and `or`, and the elements of filtered comprehensions. A counter costs an
addition in an array, so a run keeps about half its speed, which a tracing function would not.
Code that runs in other processes is not counted.
"""

from __future__ import annotations

import ast
import builtins
import sys
from array import array
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_BLOCKS = 1 << 15
_HITS, _HIT = "__veragym_hits__", "__veragym_hit__"
# A count falls into one of eight classes, each a bit: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, more.
_CLASS = np.zeros(256, dtype=np.uint8)
for _bit, _start in enumerate((1, 2, 3, 4, 8, 16, 32, 128)):
    _CLASS[_start:] = 1 << _bit


class Coverage:
    """Counters of one package's blocks.

    Attributes:
        blocks: `module:line` of each block, in the order of their numbers.
    """

    def __init__(self, package: str) -> None:
        if package in sys.modules:
            raise RuntimeError(f"{package} is loaded already; install the counters before that")
        self.package = package
        self.blocks: list[str] = []
        self._hits = array("I", bytes(4 * MAX_BLOCKS))
        self._view = np.frombuffer(self._hits, dtype=np.uint32)

    def install(self) -> None:
        """From now on, modules of the package are loaded with counters."""
        hits = self._hits

        def hit(number: int) -> None:
            hits[number] += 1

        setattr(builtins, _HITS, hits)
        setattr(builtins, _HIT, hit)
        sys.meta_path.insert(0, _Finder(self))

    def clear(self) -> None:
        """Sets all counters to zero."""
        self._view.fill(0)

    def classes(self) -> NDArray[np.uint8]:
        """(blocks,) the class of each counter, as a bit; 0 for a block that did not run."""
        found: NDArray[np.uint8] = _CLASS[np.minimum(self._view[: len(self.blocks)], 255)]
        return found

    def number(self, module: str, line: int) -> int:
        """A new block's number."""
        if len(self.blocks) >= MAX_BLOCKS:
            raise RuntimeError(f"more than {MAX_BLOCKS} blocks; raise MAX_BLOCKS")
        self.blocks.append(f"{module}:{line}")
        return len(self.blocks) - 1


class _Finder(MetaPathFinder):
    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package = self.coverage.package
        if name != package and not name.startswith(package + "."):
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if type(spec.loader) is SourceFileLoader:
                    spec.loader = _Loader(name, spec.loader.path, self.coverage)
                return spec
        return None


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, coverage: Coverage) -> None:
        super().__init__(name, path)
        self.coverage = coverage

    def path_stats(self, path: Any) -> Any:
        raise OSError("compiled afresh: a cached file has no counters")

    def source_to_code(self, data: Any, path: Any, **_: Any) -> CodeType:  # type: ignore[override]
        tree = _Counting(self.coverage, self.name).visit(ast.parse(data))
        code: CodeType = compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
        return code


class _Counting(ast.NodeTransformer):
    """Adds the counters. Outside functions nothing is counted: it runs once."""

    def __init__(self, coverage: Coverage, module: str) -> None:
        self.coverage, self.module = coverage, module
        self.inside = 0

    def statement(self, near: ast.AST) -> ast.stmt:
        number = self.coverage.number(self.module, getattr(near, "lineno", 0))
        made = ast.parse(f"{_HITS}[{number}] += 1").body[0]
        return _placed(made, near)

    def expression(self, node: ast.expr) -> ast.expr:
        number = self.coverage.number(self.module, node.lineno)
        made = ast.parse(f"{_HIT}({number}) or None", mode="eval").body
        assert isinstance(made, ast.BoolOp)
        made.values[1] = node
        return _placed(made, node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if not self.inside:
            return node
        if isinstance(node, (ast.If, ast.For, ast.While)):
            node.body.insert(0, self.statement(node.body[0]))
            if node.orelse:
                node.orelse.insert(0, self.statement(node.orelse[0]))
        elif isinstance(node, (ast.Try, ast.ExceptHandler, ast.match_case)):
            node.body.insert(0, self.statement(node.body[0]))
        elif isinstance(node, ast.IfExp):
            node.body, node.orelse = self.expression(node.body), self.expression(node.orelse)
        elif isinstance(node, ast.BoolOp):
            node.values[1:] = map(self.expression, node.values[1:])
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            if any(part.ifs for part in node.generators):
                node.elt = self.expression(node.elt)
        elif isinstance(node, ast.Lambda):
            node.body = self.expression(node.body)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.inside += 1
        for at, statement in enumerate(node.body):
            node.body[at] = self.visit(statement)
        self.inside -= 1
        documented = ast.get_docstring(node, clean=False) is not None
        node.body.insert(int(documented), self.statement(node.body[0]))
        return node


def _placed(made: Any, near: ast.AST) -> Any:
    """`made`, its new nodes standing where `near` stands, for tracebacks."""
    stack = [made]
    while stack:
        node = stack.pop()
        if node is not near:
            ast.copy_location(node, near)
            stack.extend(ast.iter_child_nodes(node))
    return made
