"""Values as tagged lists of strings, read strictly, and compared by type as well as by value.

A child's reply is text from a program nobody vouches for. It is read by the rules below or not at
all: no pickle, no evaluation, one spelling for every value, no duplicate keys, bounded depth. What
comes out are plain built-in values, so a type whose `==` is always true stays behind in the child.

    None ["n"]          bool ["b", "0"|"1"]   int ["i", hex]       float ["f", hex or "nan", "inf"]
    str ["s", text]     bytes ["y", hex]      complex ["c", hex, hex]
    list ["l", …]       tuple ["t", …]        set ["S", …]         frozenset ["F", …]
    dict ["d", [key, value], …]
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError
from veragym.verifiers.program import child

MAX_DEPTH = child.MAX_DEPTH
_HEX = re.compile(r"0|-?[1-9a-f][0-9a-f]*", re.ASCII)


class Malformed(Exception):
    """The text is no tagged value; nothing is concluded about what it might mean."""


def encode(value: Any) -> list[Any]:
    """The tagged form of a value, for a task's arguments and expected results.

    Raises:
        OptionError: the value has another type than those listed above, or is nested too deep.
    """
    try:
        return child.encode(value)
    except Exception as error:  # noqa: BLE001 - a value's own methods may raise anything
        raise OptionError(f"the value {value!r:.80} cannot be sent to a program: {error}") from None


def decode(data: Any, depth: int = 0) -> Any:
    """The value of a tagged form, of exactly the type its tag says.

    Raises:
        Malformed: it is no tagged form, or not the one spelling of its value.
    """
    if depth > MAX_DEPTH:
        raise Malformed("nested too deep")
    if type(data) is not list or not data or type(data[0]) is not str:
        raise Malformed("not a tagged value")
    tag, rest = data[0], data[1:]
    if tag in _SCALARS:
        arity, read = _SCALARS[tag]
        if len(rest) != arity or not all(type(item) is str for item in rest):
            raise Malformed(f"tag {tag!r} with the wrong content")
        return read(*rest)
    if tag == "l":
        return [decode(item, depth + 1) for item in rest]
    if tag == "t":
        return tuple(decode(item, depth + 1) for item in rest)
    if tag in {"S", "F"}:
        keys = _distinct([decode(item, depth + 1) for item in rest])
        return set(keys) if tag == "S" else frozenset(keys)
    if tag == "d":
        if not all(type(pair) is list and len(pair) == 2 for pair in rest):
            raise Malformed("a dict of other things than pairs")
        keys = _distinct([decode(pair[0], depth + 1) for pair in rest])
        return dict(zip(keys, [decode(pair[1], depth + 1) for pair in rest]))
    raise Malformed("an unknown tag")


def _distinct(items: list[Any]) -> list[Any]:
    try:
        # Two items that are equal, if of different types (True and 1), were no set or dict.
        if len(set(items)) != len(items):
            raise Malformed("the same key twice")
    except TypeError:
        raise Malformed("a key that cannot be one") from None
    return items


def _int(text: str) -> int:
    if not _HEX.fullmatch(text):
        raise Malformed("not an integer")
    return int(text, 16)


def _float(text: str) -> float:
    if text == "nan":
        return math.nan
    try:
        value = float.fromhex(text)
    except (ValueError, OverflowError):
        raise Malformed("not a float") from None
    if value.hex() != text:
        raise Malformed("not the spelling of a float")
    return value


def _bool(text: str) -> bool:
    if text not in {"0", "1"}:
        raise Malformed("not a bool")
    return text == "1"


def _bytes(text: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        raise Malformed("not bytes") from None
    if value.hex() != text:
        raise Malformed("not the spelling of bytes")
    return value


_SCALARS: dict[str, tuple[int, Callable[..., Any]]] = {
    "n": (0, lambda: None),
    "b": (1, _bool),
    "i": (1, _int),
    "f": (1, _float),
    "c": (2, lambda real, imag: complex(_float(real), _float(imag))),
    "s": (1, str),
    "y": (1, _bytes),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a child says became of a call.

    Attributes:
        returned: it returned `value`; else it failed.
        value: what it returned.
        kind: how it failed: `syntax`, `import`, `entry`, `raised` or `unsupported`.
        exception: name of the exception; text of the child's choosing.
    """

    returned: bool
    value: Any = None
    kind: str = ""
    exception: str = ""


KINDS = frozenset({"syntax", "import", "entry", "raised", "unsupported"})


def read_claim(output: bytes) -> Claim:
    """The one claim that a child's output is.

    Raises:
        Malformed: it is anything else, or more than that.
    """
    if not output.endswith(b"\n") or output.count(b"\n") != 1:
        raise Malformed("not one line")
    try:
        data = json.loads(output.decode("ascii"))
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if type(data) is list and len(data) == 2 and data[0] == "value":
        return Claim(True, decode(data[1]))
    if type(data) is list and len(data) == 3 and data[0] == "error":
        kind, exception = data[1], data[2]
        if type(kind) is str and type(exception) is str and kind in KINDS:
            return Claim(False, None, kind, exception)
    raise Malformed("not a claim")


@dataclass(frozen=True, slots=True)
class Sameness:
    """When a returned value counts as the expected one.

    Args:
        relative, absolute: floats may differ by `absolute + relative * |expected|`; NaN equals
            NaN only, an infinity only itself. Keys of dicts and elements of sets must be equal.
        numbers: `strict` (an int is not a float) or `alike` (1 is 1.0; never a bool).
        sequences: `strict` (a list is not a tuple) or `alike`.
    Raises:
        OptionError: a value that can never work.
    """

    relative: float = 1e-9
    absolute: float = 0.0
    numbers: str = "strict"
    sequences: str = "strict"

    def __post_init__(self) -> None:
        for name in ("relative", "absolute"):
            value = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not 0 <= value < math.inf:
                raise OptionError(f"{name} must be a number from 0, got {value!r}")
        for name in ("numbers", "sequences"):
            if getattr(self, name) not in ("strict", "alike"):
                raise OptionError(
                    f"{name} must be 'strict' or 'alike', got {getattr(self, name)!r:.80}"
                )

    def close(self, expected: float, got: float) -> bool:
        """Whether two floats count as the same."""
        if math.isnan(expected) or math.isnan(got):
            return math.isnan(expected) and math.isnan(got)
        if math.isinf(expected) or math.isinf(got):
            return expected == got
        return abs(expected - got) <= self.absolute + self.relative * abs(expected)

    def same(self, expected: Any, got: Any) -> bool:
        """Whether `got` counts as `expected`; both of the built-in types above.

        Works in time linear in the values; the recursion is bounded by `MAX_DEPTH`.
        """
        one, two = type(expected), type(got)
        if one is not two:
            return self._alike(expected, got)
        if one is float:
            return self.close(expected, got)
        if one is complex:
            return self.close(expected.real, got.real) and self.close(expected.imag, got.imag)
        if one is list or one is tuple:
            return len(expected) == len(got) and all(map(self.same, expected, got))
        if one is set or one is frozenset:
            return {_key(item) for item in expected} == {_key(item) for item in got}
        if one is dict:
            mine = {_key(key): value for key, value in expected.items()}
            theirs = {_key(key): value for key, value in got.items()}
            return mine.keys() == theirs.keys() and all(
                self.same(value, theirs[key]) for key, value in mine.items()
            )
        return bool(expected == got)

    def _alike(self, expected: Any, got: Any) -> bool:
        kinds = {type(expected), type(got)}
        if kinds == {list, tuple} and self.sequences == "alike":
            return len(expected) == len(got) and all(map(self.same, expected, got))
        if kinds == {int, float} and self.numbers == "alike":
            whole, broken = (expected, got) if type(expected) is int else (got, expected)
            if not math.isfinite(broken):
                return False
            if abs(whole) <= 1 << 53:
                return self.close(float(expected), float(got))
            # Beyond that a float cannot tell neighbouring integers apart; it must be exact.
            return bool(whole == broken)
        return False


def _key(value: Any) -> str:
    """A text that two keys share if and only if they are the same value of the same type."""
    return json.dumps(child.encode(value))


def plain(value: Any, depth: int = 0) -> Any:
    """A copy of a value of JSON types, as the built-in types that `Sameness` compares.

    Raises:
        OptionError: it is something else, or nested too deep.
    """
    if depth > MAX_DEPTH:
        raise OptionError("a value is nested too deep")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return {key: plain(item, depth + 1) for key, item in value.items()}
    raise OptionError(f"not a value of JSON types: {type(value).__name__}")
