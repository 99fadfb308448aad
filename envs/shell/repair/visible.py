"""Tests as a repository shows them: examples of use, written out as `unittest` code."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from veragym.envs.shell.repair.program import Step

RUN_TESTS = '''"""Runs the tests below tests/, or one file of them: python3 run_tests.py [NAME]"""

import sys
import unittest


class Result(unittest.TestResult):
    """Prints failures as they come, and no times."""

    def addFailure(self, test, error):
        super().addFailure(test, error)
        print("FAILED", test.id(), self.failures[-1][1], sep="\\n")

    def addError(self, test, error):
        super().addError(test, error)
        print("FAILED", test.id(), self.errors[-1][1], sep="\\n")


sys.dont_write_bytecode = True
pattern = f"test_{sys.argv[1]}.py" if len(sys.argv) > 1 else "test_*.py"
result = Result()
unittest.defaultTestLoader.discover("tests", pattern, ".").run(result)
failed = len(result.failures) + len(result.errors)
print(f"{result.testsRun} tests, {failed} failed")
sys.exit(1 if failed else 0)
'''


def test_file(package: str, uses: Sequence[list[Step]], expected: Sequence[list[Any]]) -> str:
    """A file of tests, one for each use.

    Raises:
        ValueError: an exception that is none of Python's own was expected.
    """
    modules = sorted(
        {step[1 if step[0] == "call" else 2] for use in uses for step in use if step[0] != "do"}
    )
    lines = [
        f'"""{modules[0].capitalize()}, by example."""',
        "",
        "import unittest",
        "",
        f"from {package} import {', '.join(modules)}",
        "",
        "",
        f"class {modules[0].capitalize().replace('_', '')}Test(unittest.TestCase):",
    ]
    for number, (use, row) in enumerate(zip(uses, expected, strict=True), 1):
        if number > 1:
            lines.append("")
        lines.append(f"    def test_{number}(self):")
        for step, said in zip(use, row, strict=True):
            lines += [f"        {line}" for line in _asserted(step, said)]
    lines += ["", "", 'if __name__ == "__main__":', "    unittest.main()", ""]
    return "\n".join(lines)


def _asserted(step: Step, said: list[Any]) -> list[str]:
    args = ", ".join(map(repr, step[-1]))
    if step[0] == "make":
        done = f"{step[1]} = {step[2]}.{step[3]}({args})"
    else:
        done = f"{step[1]}.{step[2]}({args})"
    if said[0] == "raised":
        name = str(said[1])
        if not isinstance(getattr(builtins, name, None), type):
            raise ValueError(f"{name} is no exception of Python's own")
        return [f"with self.assertRaises({name}):", f"    {done}"]
    if said[0] == "made":
        return [done]
    return [f"self.assertEqual({done}, {said[1]!r})"]
