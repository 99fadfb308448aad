"""Membership of a whole text in a regular language, in time linear in the text.

The pattern becomes a position automaton (Glushkov 1961): one state per character of the pattern,
a set of states is the bits of one integer, and visited sets are remembered, which builds the
deterministic automaton only as far as the text needs it. There is no backtracking, so no answer
can make the check slow.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, correct, wrong
from veragym.core.verifier import Judgeable
from veragym.verifiers.faults import TooLarge
from veragym.verifiers.text.contract import (
    Judge,
    Take,
    TaskFault,
    TextVerifier,
    check_choice,
    public,
    secret,
    the_answer,
)
from veragym.verifiers.text.regular_syntax import (
    EVERYTHING,
    Alt,
    Cat,
    Chars,
    Node,
    Ranges,
    Repeat,
    parse,
)

MAX_POSITIONS = 1_000
MAX_SETS = 20_000
"""Remembered steps; beyond it the memory is cleared, which costs time and never correctness."""
MAX_WORK = 3_000_000
"""Look-ups spent on one text; about half a second."""


class Language:
    """The set of texts a pattern describes.

    Attributes:
        pattern: as given.
        positions: states of its automaton.
        accepts_empty: whether the empty text is in it.

    Raises:
        OptionError: the pattern is outside the subset, or needs over `MAX_POSITIONS` states.
    """

    def __init__(self, pattern: str, *, anywhere: bool = False) -> None:
        """`anywhere`: the language of texts that contain a match, as JSON Schema wants."""
        tree = _search(pattern) if anywhere else parse(pattern)
        build = _Build()
        self.pattern = pattern
        self.accepts_empty, self._first, self._last = build.node(tree)
        self.positions = len(build.ranges)
        self._bytes = self.positions // 8 + 1
        self._follow = build.follow
        self._edges, self._accepting = _partition(build.ranges)

    def __contains__(self, text: object) -> bool:
        """Whether the whole text is in the language.

        Raises:
            TooLarge: deciding it takes more than `MAX_WORK` steps.
        """
        if not isinstance(text, str):
            return False
        if not text:
            return self.accepts_empty
        classes = {char: bisect_right(self._edges, ord(char)) - 1 for char in set(text)}
        followers: dict[int, int] = {}
        steps: dict[tuple[int, int], int] = {}
        states = self._first & self._accepting[classes[text[0]]]
        work = 0
        for char in text[1:]:
            if not states:
                return False
            key = (states, classes[char])
            reached = steps.get(key)
            if reached is None:
                work += self._bytes
                if work > MAX_WORK:
                    raise TooLarge("the answer takes too long to check against the pattern")
                if len(steps) >= MAX_SETS:
                    steps.clear()
                reached = self._after(states, followers) & self._accepting[key[1]]
                steps[key] = reached
            states = reached
        return bool(states & self._last)

    def _after(self, states: int, followers: dict[int, int]) -> int:
        """The union of what may follow each state, eight states at a time."""
        result = 0
        for i, byte in enumerate(states.to_bytes(self._bytes, "little")):
            if byte:
                key = i << 8 | byte
                found = followers.get(key)
                if found is None:
                    found = 0
                    for bit in range(8):
                        if byte >> bit & 1:
                            found |= self._follow[8 * i + bit]
                    followers[key] = found
                result |= found
        return result


def _search(pattern: str) -> Node:
    """`…pattern…`, where `^` at the start and `$` at the end fix that side."""
    left, right = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith("\\$")
    body = parse(pattern[left : len(pattern) - right], ungrouped=not (left or right))
    return Cat((*(() if left else (EVERYTHING,)), body, *(() if right else (EVERYTHING,))))


class _Build:
    """Numbers the characters of a tree and notes which may follow which."""

    def __init__(self) -> None:
        self.ranges: list[Ranges] = []
        self.follow: list[int] = []

    def node(self, node: Node) -> tuple[bool, int, int]:
        """(may be empty, first positions, last positions) of a fresh copy of the node."""
        if isinstance(node, Chars):
            if len(self.ranges) >= MAX_POSITIONS:
                raise OptionError(
                    f"the pattern needs more than {MAX_POSITIONS} states; use smaller counts"
                )
            self.ranges.append(node.ranges)
            self.follow.append(0)
            bit = 1 << (len(self.ranges) - 1)
            return False, bit, bit
        if isinstance(node, Alt):
            found = [self.node(part) for part in node.parts]
            first = last = 0
            for _, head, tail in found:
                first, last = first | head, last | tail
            return any(empty for empty, _, _ in found), first, last
        if isinstance(node, Cat):
            result = (True, 0, 0)
            for part in node.parts:
                result = self.joined(result, self.node(part))
            return result
        return self.repeated(node)

    def repeated(self, node: Repeat) -> tuple[bool, int, int]:
        result = (True, 0, 0)
        if not _has_chars(node.part):
            return result  # the empty word, however often: nested counts of it would never end
        for _ in range(node.least if node.most is not None else max(node.least - 1, 0)):
            result = self.joined(result, self.node(node.part))
        if node.most is None:
            empty, first, last = self.node(node.part)
            self.link(last, first)
            return self.joined(result, (empty or node.least == 0, first, last))
        for _ in range(node.most - node.least):
            _, first, last = self.node(node.part)
            result = self.joined(result, (True, first, last))
        return result

    def joined(
        self, left: tuple[bool, int, int], right: tuple[bool, int, int]
    ) -> tuple[bool, int, int]:
        self.link(left[2], right[1])
        return (
            left[0] and right[0],
            left[1] | (right[1] if left[0] else 0),
            right[2] | (left[2] if right[0] else 0),
        )

    def link(self, last: int, first: int) -> None:
        while last and first:
            low = last & -last
            self.follow[low.bit_length() - 1] |= first
            last ^= low


def _has_chars(node: Node) -> bool:
    """Whether any character stands in a tree: without one it describes the empty word alone."""
    if isinstance(node, Chars):
        return True
    if isinstance(node, Repeat):
        return node.most != 0 and _has_chars(node.part)
    return any(map(_has_chars, node.parts))


def _partition(ranges: list[Ranges]) -> tuple[list[int], list[int]]:
    """Code points that no class tells apart: (starts of the pieces, positions accepting each)."""
    edges = sorted({0} | {edge for piece in ranges for pair in piece for edge in pair})
    accepting = [0] * len(edges)
    where = {edge: i for i, edge in enumerate(edges)}
    for position, piece in enumerate(ranges):
        for low, high in piece:
            for i in range(where[low], where[high]):
                accepting[i] |= 1 << position
    return edges, accepting


@lru_cache(maxsize=1_024)
def language(pattern: str, anywhere: bool = False) -> Language:
    """A compiled `Language`; the last thousand are kept.

    Raises:
        OptionError: see `Language`.
    """
    return Language(pattern, anywhere=anywhere)


@dataclass(frozen=True)
class RegularVerifier(TextVerifier):
    """The whole answer belongs to a regular language.

    Reads `task.public["pattern"]`, or `task.secret["pattern"]` where the language itself is what
    the agent must find out. The reason never shows a member of the language.

    Attributes:
        take: where the answer is.
    """

    take: Take = "whole"

    def __post_init__(self) -> None:
        check_choice("take", self.take, ("whole", "marked"))

    def judge(self, task: Judgeable) -> Judge:
        """Membership of the answer, blanks at its ends taken off."""
        shown, hidden = public(task).get("pattern"), secret(task).get("pattern")
        pattern = shown if shown is not None else hidden
        if not isinstance(pattern, str) or (shown is not None and hidden is not None):
            raise TaskFault("exactly one of public['pattern'], secret['pattern'] must be a text")
        try:
            members = language(pattern)
        except OptionError as error:
            if shown is None:
                raise TaskFault("secret['pattern'] is no pattern of the safe subset") from None
            raise TaskFault(str(error)) from None

        def decide(text: str) -> Verdict:
            if the_answer(text, self.take).strip() in members:
                return correct("the answer belongs to the language")
            return wrong("the answer does not belong to the language")

        return decide
