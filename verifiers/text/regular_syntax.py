"""A safe subset of regular expressions: those that describe regular languages.

    a  .  [a-z]  [^0-9]  \\d \\w \\s (ASCII) and their negations  ( )  (?: )  |  *  +  ?  {m,n}

Anything else (backreferences, look-around, anchors, lazy or possessive repeats, flags) is refused
with a remedy, so a pattern means here what it means everywhere else, or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from veragym.core.errors import OptionError

MAX_PATTERN = 2_000
MAX_NESTING = 50
MAX_REPEAT = 1_000
TOP = 0x110000

Ranges = tuple[tuple[int, int], ...]
"""Half-open, sorted, disjoint ranges of code points."""


@dataclass(frozen=True)
class Chars:
    """One character out of the ranges."""

    ranges: Ranges


@dataclass(frozen=True)
class Cat:
    """One part after the other; none is the empty word."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Alt:
    """Any one of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    """The part, `least` to `most` times; `most` None is without end."""

    part: Node
    least: int
    most: int | None


Node = Chars | Cat | Alt | Repeat

_DIGIT: Ranges = ((48, 58),)
_WORD: Ranges = ((48, 58), (65, 91), (95, 96), (97, 123))
_SPACE: Ranges = ((9, 14), (32, 33))
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CONTROLS = {"n": 10, "t": 9, "r": 13, "f": 12, "v": 11}
ANY = Chars(((0, 10), (11, TOP)))
EVERYTHING = Repeat(Chars(((0, TOP),)), 0, None)


def complement(ranges: Ranges) -> Ranges:
    """The code points outside the ranges."""
    gaps, position = [], 0
    for low, high in ranges:
        if low > position:
            gaps.append((position, low))
        position = max(position, high)
    if position < TOP:
        gaps.append((position, TOP))
    return tuple(gaps)


def parse(pattern: str, *, ungrouped: bool = True) -> Node:
    """The syntax tree of a pattern.

    Args:
        pattern: its text.
        ungrouped: whether `|` may stand outside all groups.
    Raises:
        OptionError: outside the subset, with the position and what to write instead.
    """
    if len(pattern) > MAX_PATTERN:
        raise OptionError(f"the pattern is longer than {MAX_PATTERN} characters")
    reader = _Reader(pattern)
    node = reader.alternatives(0)
    if reader.at < len(pattern):
        raise reader.fault("')' closes nothing; write '\\)' for the character")
    if reader.divided and not ungrouped:
        raise OptionError("with '^' or '$', put alternatives in a group: ^(?:a|b)$")
    return node


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0
        self.divided = False

    def fault(self, message: str) -> OptionError:
        return OptionError(f"pattern, position {self.at}: {message}")

    def peek(self, ahead: str) -> bool:
        return self.pattern.startswith(ahead, self.at)

    def take(self, ahead: str) -> bool:
        found = self.peek(ahead)
        self.at += len(ahead) if found else 0
        return found

    def alternatives(self, depth: int) -> Node:
        if depth > MAX_NESTING:
            raise self.fault(f"groups are nested more than {MAX_NESTING} deep")
        parts = [self.sequence(depth)]
        while self.take("|"):
            parts.append(self.sequence(depth))
            self.divided = self.divided or depth == 0
        return parts[0] if len(parts) == 1 else Alt(tuple(parts))

    def sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.pattern) and not self.peek("|") and not self.peek(")"):
            parts.append(self.repeated(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Cat(tuple(parts))

    def atom(self, depth: int) -> Node:
        if self.take("("):
            if self.peek("?") and not self.take("?:"):
                raise self.fault("only plain groups are supported; write (…) or (?:…)")
            node = self.alternatives(depth + 1)
            if not self.take(")"):
                raise self.fault("a '(' is not closed")
            return node
        if self.take("["):
            return self.char_class()
        if self.take("."):
            return ANY
        char = self.pattern[self.at]
        if char in "^$":
            raise self.fault(
                f"the whole answer is always matched; drop {char!r} or write '\\{char}'"
            )
        if char in "*+?{":
            raise self.fault(f"{char!r} repeats nothing; write '\\{char}' for the character")
        if char == "\\":
            return Chars(self.escape())
        self.at += 1
        return Chars(((ord(char), ord(char) + 1),))

    def repeated(self, node: Node) -> Node:
        if self.take("*"):
            node = Repeat(node, 0, None)
        elif self.take("+"):
            node = Repeat(node, 1, None)
        elif self.take("?"):
            node = Repeat(node, 0, 1)
        elif self.take("{"):
            node = self.counted(node)
        else:
            return node
        if self.at < len(self.pattern) and self.pattern[self.at] in "*+?{":
            raise self.fault("one repeat directly after another; put the first in a group")
        return node

    def counted(self, node: Node) -> Node:
        end = self.pattern.find("}", self.at)
        bounds = self.pattern[self.at : end].split(",") if end >= 0 else []
        if not 1 <= len(bounds) <= 2 or not all(
            (bound.isascii() and bound.isdigit() and len(bound) <= 4) or (i == 1 and not bound)
            for i, bound in enumerate(bounds)
        ):
            raise self.fault("a count is {n}, {n,} or {m,n}; write '\\{' for the character")
        least = int(bounds[0])
        most = (int(bounds[1]) if bounds[1] else None) if len(bounds) == 2 else least
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise self.fault(f"a count {{m,n}} needs m ≤ n ≤ {MAX_REPEAT}")
        self.at = end + 1
        return Repeat(node, least, most)

    def escape(self) -> Ranges:
        char = self.pattern[self.at + 1 : self.at + 2]
        if char.lower() in _CLASSES and char:
            self.at += 2
            ranges = _CLASSES[char.lower()]
            return complement(ranges) if char.isupper() else ranges
        if char in ("x", "u"):
            digits = self.pattern[self.at + 2 : self.at + (4 if char == "x" else 6)]
            if len(digits) != (2 if char == "x" else 4) or set(digits) - set(
                "0123456789abcdefABCDEF"
            ):
                raise self.fault("write \\xHH or \\uHHHH with hexadecimal digits")
            self.at += 2 + len(digits)
            return ((int(digits, 16), int(digits, 16) + 1),)
        if not char or (char.isalnum() and char not in _CONTROLS):
            raise self.fault(f"'\\{char}' is not supported here (no backreferences, no anchors)")
        self.at += 2
        code = _CONTROLS.get(char, ord(char))
        return ((code, code + 1),)

    def char_class(self) -> Chars:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self.peek("]"):
            if self.at >= len(self.pattern):
                raise self.fault("a '[' is not closed")
            if self.peek("]") or self.peek("["):
                raise self.fault(f"write '\\{self.pattern[self.at]}' inside a class")
            first = False
            piece = self.class_item()
            if self.peek("-") and not self.peek("-]"):
                self.at += 1
                if self.at >= len(self.pattern):
                    raise self.fault("a '[' is not closed")
                last = self.class_item()
                single = all(len(r) == 1 and r[0][1] - r[0][0] == 1 for r in (piece, last))
                if not single or last[0][0] < piece[0][0]:
                    raise self.fault("a range in a class goes from one character up to another")
                piece = ((piece[0][0], last[0][1]),)
            ranges.extend(piece)
        self.at += 1
        merged = complement(complement(tuple(sorted(ranges))))
        return Chars(complement(merged) if negated else merged)

    def class_item(self) -> Ranges:
        if self.peek("\\"):
            return self.escape()
        code = ord(self.pattern[self.at])
        self.at += 1
        return ((code, code + 1),)
