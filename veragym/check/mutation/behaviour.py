"""Proves that a changed program is wrong: run on the task's own tests, it gives another value.

It runs where the verifier's runner runs programs, but by a driver of its own that is given inputs
only; results are compared here, more generously than any verifier compares them. So a program that
is called wrong here is wrong for every contract, and one that is not may still be: the tests may
miss it, or it may do the same in another way.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from veragym.check.mutation.case import Case
from veragym.core.errors import OptionError
from veragym.sandbox.interface import Limits, Runner, RunnerUnavailable, RunSpec
from veragym.verifiers.program import Sameness, child, decode, read_suite, same_output
from veragym.verifiers.program.suite import Suite
from veragym.verifiers.program.values import Malformed

GENEROUS = Sameness(relative=1e-5, absolute=1e-6, numbers="alike", sequences="alike")
_LIMITS = Limits(wall_seconds=6.0, cpu_seconds=2.0)
_DRIVER = b"""
import importlib.util, json, os, sys
sys.path.insert(0, ".")
from child import decode, encode
entry, inputs = json.loads(sys.stdin.buffer.read())
channel = os.dup(1)
os.dup2(2, 1)
spec = importlib.util.spec_from_file_location("solution", "solution.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
for args, kwargs in inputs:
    target = module
    for part in entry.split("."):
        target = getattr(target() if isinstance(target, type) else target, part)
    try:
        line = json.dumps(["value", encode(target(*decode(args), **decode(kwargs)))])
    except BaseException:
        line = json.dumps(["error"])
    os.write(channel, line.encode() + b"\\n")
os._exit(0)
"""


def proved_wrong(case: Case, program: str) -> bool | None:
    """True if a test's result certainly differs from the expected one, None if that is not shown.

    Args:
        case: its verifier has the `runner` that is used; without one nothing is shown.
        program: bare Python, as `programs` makes it.
    """
    runner = getattr(case.verifier, "runner", None)
    if not isinstance(runner, Runner):
        return None
    try:
        suite = read_suite(case.public, case.secret)
        wrong = _prints_another if suite.mode == "stdin" else _returns_another
        return wrong(runner, suite, _bare(program)) or None
    except (OptionError, RunnerUnavailable):
        return None


def _bare(program: str) -> bytes:
    lines = program.strip().splitlines()
    fences = [i for i, line in enumerate(lines) if line.startswith("```")]
    inside = lines[fences[0] + 1 : fences[1]] if len(fences) == 2 else lines
    return "\n".join(inside).encode("utf-8", "replace") + b"\n"


def _returns_another(runner: Runner, suite: Suite, code: bytes) -> bool:
    """All inputs in one run; what came before a crash or the end of the time still counts."""
    files = {
        "solution.py": code,
        "child.py": Path(child.__file__).read_bytes(),
        "drive.py": _DRIVER,
    }
    request = [suite.entry, [[test.args, test.kwargs] for test in suite.tests]]
    stdin = json.dumps(request).encode("ascii")
    result = runner.run(RunSpec(("python3", "-I", "-S", "drive.py"), files, stdin, {}, _LIMITS))
    for test, line in zip(suite.tests, result.stdout.splitlines()):
        said = _read(line)
        if said is None:
            return False
        if said[0] == "error" or not GENEROUS.same(test.expected, said[1]):
            return True
    return False


def _read(line: bytes) -> tuple[str, Any] | None:
    """A line of the driver's, or None if it is cut off."""
    try:
        data = json.loads(line)
        return ("value", decode(data[1])) if data[0] == "value" else ("error", None)
    except (ValueError, LookupError, TypeError, Malformed, RecursionError):
        return None


def _prints_another(runner: Runner, suite: Suite, code: bytes) -> bool:
    for test in suite.tests:
        stdin = test.stdin.encode("utf-8", "surrogatepass")
        spec = RunSpec(
            ("python3", "-I", "-S", "solution.py"), {"solution.py": code}, stdin, {}, _LIMITS
        )
        result = runner.run(spec)
        if result.timed_out or result.truncated or result.out_of_memory:
            return False
        if not same_output(test.expected, result.stdout, "numbers", GENEROUS):
            return True
    return False
