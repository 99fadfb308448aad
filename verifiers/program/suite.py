"""Reads a task's tests: what each feeds to the program, and what must come out.

In `task.public`, because the author of a solution must know it:

    mode            "call" (a function is called) or "stdin" (the program reads and prints)
    entry           call: name of the function, or "Class.method"
    limits          {"seconds": 2, "memory_mb": 256, "output_kb": 1024}, per test
    credit          "all" (every test must pass) or "tests" (the passed tests' share of the weight)
    compare         call: fields of `Sameness`; stdin: {"output": one of `MODES`, …}
    deterministic   true: every test runs twice and must give the same

In `task.secret`, because knowing it is half a solution:

    tests           [{"args": […], "kwargs": {…}, "expected": …, "weight": 1}, …]
                    [{"stdin": "…", "expected": "…", "weight": 1}, …]
    encoding        "json" (values as they are), or "tagged" (each of them by `values.encode`)
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError
from veragym.sandbox.interface import Limits
from veragym.verifiers.program.output import MODES
from veragym.verifiers.program.values import Malformed, Sameness, decode, encode, plain

MAX_TESTS = 1_000
WALL_FACTOR = 3.0
"""A test may last this many times its processor seconds, plus `WALL_EXTRA_S`, before it is ended:
a machine under load must not make a slow solution of a fast one."""
WALL_EXTRA_S = 2.0


@dataclass(frozen=True, slots=True)
class Test:
    """One test.

    Attributes:
        args, kwargs: tagged values for a call.
        stdin: text for a program.
        expected: the value or text that must come out.
        weight: its share of the credit, positive.
    """

    args: Any
    kwargs: Any
    stdin: str
    expected: Any
    weight: float


@dataclass(frozen=True, slots=True)
class Suite:
    """A task's tests and how they are run and judged; see the module's text."""

    mode: str
    entry: str
    tests: tuple[Test, ...]
    limits: Limits
    credit: str
    output: str
    sameness: Sameness
    deterministic: bool


def read_suite(public: Any, secret: Any) -> Suite:
    """The suite of a task.

    Raises:
        OptionError: the task is broken. The message names the field, and no value of the secret.
    """
    if not isinstance(public, Mapping) or not isinstance(secret, Mapping):
        raise OptionError("task.public and task.secret must be dicts")
    mode = _choice(public, "mode", ("call", "stdin"), "call")
    entry = public.get("entry", "")
    if mode == "call":
        names = entry.split(".") if isinstance(entry, str) else []
        if not 1 <= len(names) <= 2 or not all(
            name.isidentifier() and name.isascii() for name in names
        ):
            raise OptionError(
                f"task.public['entry'] must be a name or Class.method, got {entry!r:.80}"
            )
    compare = public.get("compare", {})
    if not isinstance(compare, Mapping) or not all(isinstance(name, str) for name in compare):
        raise OptionError(f"task.public['compare'] must be a dict, got {compare!r:.80}")
    output = _choice(compare, "output", MODES, "lines")
    fields = {name: value for name, value in compare.items() if name != "output"}
    unknown = set(fields) - set(Sameness.__dataclass_fields__)
    if unknown:
        raise OptionError(f"task.public['compare'] has the unknown field {min(unknown)!r:.80}")
    deterministic = public.get("deterministic", False)
    if not isinstance(deterministic, bool):
        raise OptionError("task.public['deterministic'] must be true or false")
    return Suite(
        mode=mode,
        entry=entry if mode == "call" else "",
        tests=_tests(secret, mode),
        limits=_limits(public.get("limits", {})),
        credit=_choice(public, "credit", ("all", "tests"), "all"),
        output=output,
        sameness=Sameness(**fields),
        deterministic=deterministic,
    )


def _choice(source: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = source.get(name, default)
    if not isinstance(value, str) or value not in allowed:
        raise OptionError(f"{name!r} of the task must be one of {allowed}, got {value!r:.80}")
    return value


def _limits(given: Any) -> Limits:
    if not isinstance(given, Mapping) or set(given) - {"seconds", "memory_mb", "output_kb"}:
        raise OptionError(
            f"task.public['limits'] may hold seconds, memory_mb and output_kb, got {given!r:.80}"
        )
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e6:
            raise OptionError(f"limit {name!r} must be a positive number, got {value!r:.80}")
    seconds = float(given.get("seconds", 2))
    return Limits(
        wall_seconds=WALL_FACTOR * seconds + WALL_EXTRA_S,
        cpu_seconds=seconds,
        memory_bytes=int(given.get("memory_mb", 256) * (1 << 20)),
        output_bytes=max(1, int(given.get("output_kb", 1024) * 1024)),
    )


def _tests(secret: Mapping[str, Any], mode: str) -> tuple[Test, ...]:
    given = secret.get("tests")
    if not isinstance(given, (list, tuple)) or not given:
        # An empty list would be passed by any program.
        raise OptionError("task.secret['tests'] must be a list of at least one test")
    if len(given) > MAX_TESTS:
        raise OptionError(f"task.secret['tests'] has more than {MAX_TESTS} tests")
    tagged = _choice(secret, "encoding", ("json", "tagged"), "json") == "tagged"
    needed = {"call": {"expected"}, "stdin": {"stdin", "expected"}}[mode]
    allowed = {"call": {"args", "kwargs"}, "stdin": set()}[mode] | needed | {"weight"}
    found = []
    for number, test in enumerate(given, 1):
        if not isinstance(test, Mapping) or not needed <= set(test) <= allowed:
            raise OptionError(
                f"test {number} must hold {sorted(needed)} and may hold {sorted(allowed - needed)}"
            )
        weight = test.get("weight", 1)
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not (
            0 < weight <= sys.float_info.max
        ):  # fmt: skip
            raise OptionError(f"the weight of test {number} must be a positive number")
        try:
            found.append(_call(test, weight, tagged) if mode == "call" else _stdin(test, weight))
        except (OptionError, Malformed) as error:
            raise OptionError(f"test {number}: {error}") from None
    return tuple(found)


def _call(test: Mapping[str, Any], weight: float, tagged: bool) -> Test:
    args, kwargs = test.get("args", []), test.get("kwargs", {})
    if tagged:
        args = args if "args" in test else ["l"]
        kwargs = kwargs if "kwargs" in test else ["d"]
        values = [decode(args), decode(kwargs), decode(test["expected"])]
    else:
        values = [plain(args), plain(kwargs), plain(test["expected"])]
    if not isinstance(values[0], (list, tuple)) or not isinstance(values[1], dict):
        raise OptionError("'args' must be a list and 'kwargs' a dict")
    if not all(isinstance(name, str) for name in values[1]):
        raise OptionError("the keys of 'kwargs' must be names")
    return Test(encode(values[0]), encode(values[1]), "", values[2], float(weight))


def _stdin(test: Mapping[str, Any], weight: float) -> Test:
    if not isinstance(test["stdin"], str) or not isinstance(test["expected"], str):
        raise OptionError("'stdin' and 'expected' must be texts")
    return Test(None, None, test["stdin"], test["expected"], float(weight))
