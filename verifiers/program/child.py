"""Runs inside the child: calls one function of a solution once and writes what it returned.

Shipped as a file beside `solution.py` and run by itself, so it imports nothing of this project. It
is given the arguments of one call and nothing else: neither what is expected nor other tests. What
it writes is a claim of the solution's, to be judged by the parent; so nothing here needs to be kept
from a solution, and one that rewrites this program can do no more than claim another value.

Input, on standard input: `{"entry": name, "args": value, "kwargs": value}`. Output, alone on
standard output: `["value", value]` or `["error", kind, exception]`. Values are tagged lists of
strings (`values.py` reads them back), so that no value can pass for another of a different type.
"""

from __future__ import annotations

import json
import os
import sys
import types
from typing import Any

MAX_DEPTH = 100
_ORDERED: tuple[tuple[Any, str], ...] = ((list, "l"), (tuple, "t"))
_UNORDERED: tuple[tuple[Any, str], ...] = ((set, "S"), (frozenset, "F"))


class _Unsupported(Exception):
    """A value of a type that has no tag, or nested too deep."""


def _number(value: float) -> str:
    value = float.__add__(value, 0.0)
    return "nan" if value != value else float.hex(value)


def encode(value: Any, depth: int = 0) -> list[Any]:
    """The tagged form of a value. A subclass's own methods are not asked."""
    if depth > MAX_DEPTH:
        raise _Unsupported("too deep")
    if value is None:
        return ["n"]
    if value is True or value is False:
        return ["b", "1" if value is True else "0"]
    for kind, tag in _ORDERED:
        if isinstance(value, kind):
            return [tag, *(encode(item, depth + 1) for item in kind.__iter__(value))]
    for kind, tag in _UNORDERED:
        if isinstance(value, kind):
            items = [encode(item, depth + 1) for item in kind.__iter__(value)]
            return [tag, *sorted(items, key=str)]
    if isinstance(value, dict):
        pairs = dict.items(value)
        return ["d", *([encode(key, depth + 1), encode(item, depth + 1)] for key, item in pairs)]
    if isinstance(value, int):
        return ["i", int.__format__(value, "x")]
    if isinstance(value, float):
        return ["f", _number(value)]
    if isinstance(value, complex):
        return ["c", _number(complex.real.__get__(value)), _number(complex.imag.__get__(value))]
    if isinstance(value, str):
        return ["s", str.__str__(value)]
    if isinstance(value, (bytes, bytearray)):
        return ["y", bytes(value).hex()]
    raise _Unsupported(type(value).__name__)


def decode(data: list[Any]) -> Any:
    """Inverse of `encode`, for arguments: they come from the parent and are well formed."""
    tag, rest = data[0], data[1:]
    if tag == "n":
        return None
    if tag == "b":
        return rest[0] == "1"
    if tag == "i":
        return int(rest[0], 16)
    if tag == "f":
        return float.fromhex(rest[0])
    if tag == "c":
        return complex(float.fromhex(rest[0]), float.fromhex(rest[1]))
    if tag == "s":
        return rest[0]
    if tag == "y":
        return bytes.fromhex(rest[0])
    if tag == "d":
        return {decode(key): decode(item) for key, item in rest}
    kinds: dict[str, Any] = {"l": list, "t": tuple, "S": set, "F": frozenset}
    return kinds[tag](decode(item) for item in rest)


def _called(request: dict[str, Any]) -> list[Any]:
    """What becomes of one call."""
    with open("solution.py", "rb") as file:
        source = file.read()
    try:
        code = compile(source, "solution.py", "exec", dont_inherit=True)
    except BaseException as error:  # noqa: BLE001 - whatever it raises is its result
        return ["error", "syntax", type(error).__name__]
    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    try:
        exec(code, module.__dict__)  # noqa: S102 - this is the child process, made for it
    except BaseException as error:  # noqa: BLE001 - whatever it raises is its result
        return ["error", "import", type(error).__name__]
    names = request["entry"].split(".")
    try:
        target: Any = getattr(module, names[0])
        if len(names) == 2:
            target = getattr(target(), names[1])
    except BaseException as error:  # noqa: BLE001 - whatever it raises is its result
        return ["error", "entry", type(error).__name__]
    try:
        result = target(*decode(request["args"]), **decode(request["kwargs"]))
    except BaseException as error:  # noqa: BLE001 - whatever it raises is its result
        return ["error", "raised", type(error).__name__]
    try:
        return ["value", encode(result)]
    except BaseException as error:  # noqa: BLE001 - whatever it raises is its result
        return ["error", "unsupported", type(error).__name__]


def main() -> None:
    """One request from standard input, one reply to what was standard output."""
    request = json.loads(sys.stdin.buffer.read())
    # What the solution prints goes to standard error, so that it cannot run into the reply.
    channel = os.dup(1)
    os.dup2(2, 1)
    reply = json.dumps(_called(request)).encode("ascii") + b"\n"
    while reply:
        reply = reply[os.write(channel, reply) :]
    # At once: threads, exit handlers and finalisers of the solution have nothing left to say.
    os._exit(0)


if __name__ == "__main__":
    main()
