"""Reads a proof's layout: numbered lines, and subproofs by bars or by indentation.

    1. P → Q        premise              1.  P → Q    ; premise
    2. | P          assumption           2.      P    ; assumption
    3. | Q          →E 1, 2              3.      Q    ; →E 1, 2
    4. P → Q        →I 2-3               4.  P → Q    ; →I 2-3

A line is a number, a formula and a justification, set apart by `;`, `:`, `[…]`, `(…)`, `//`, `by`,
a tab or two spaces. A subproof opens with its assumption, one level deeper than the line before; an
assumption on the level of the line before closes that subproof and opens the next. A subproof may
instead open with a fresh name: `| [a]`, or `| a  fresh`.

Whatever reading of the layout is taken, the proof that is checked is the one read, line by line:
layout can make a proof unreadable, never an invalid one valid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from veragym.verifiers.faults import Unreadable
from veragym.verifiers.proof.formulas import Formula
from veragym.verifiers.proof.justification import Justification, read_justification
from veragym.verifiers.proof.syntax import Signature, merge, read_formula

MAX_CHARS = 100_000
MAX_LINES = 500
MAX_LEVELS = 40

Path = tuple[int, ...]
"""The subproofs a line stands in, outermost first, each by the index of its first line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a proof.

    Attributes:
        number: what the author calls it.
        path: the subproofs it stands in.
        formula: what it says; None where a subproof opens with a fresh name only.
        fresh: the fresh name its subproof opens with, or "".
        by: its justification.
    """

    number: int
    path: Path
    formula: Formula | None
    fresh: str
    by: Justification


@dataclass(frozen=True, slots=True)
class _Raw:
    """A line's pieces before its level is known; widths in characters."""

    number: int
    bars: int
    before: int
    after: int
    start: int
    formula: Formula | None
    fresh: str
    by: Justification

    @property
    def opens(self) -> bool:
        return self.by.rule in {"assumption", "fresh"}


_BARS = re.compile(r"[ \t]*(?:[|│┃┆║][ \t]*)*")
_BAR = re.compile(r"[|│┃┆║]")
_RULE = re.compile(r"[\s|│┃┆║├└┌─━—_=*+-]*\Z")
_NUMBER = re.compile(r"\(?([0-9]{1,6})(?![A-Za-z0-9_'])\s*(?:[.):]+)?")
_SPLIT = re.compile(r";|//|:|\[|\(|\t+| {2,}|\bby\b|--(?![->])|—|#")
_BOXED = re.compile(r"\[\s*([a-z][a-z0-9_]*'*)\s*\]")
_NAME = re.compile(r"(?:let\s+)?([a-z][a-z0-9_]*'*)\Z")
MAX_SPLITS = 6
"""Places of one line that are tried as the border between formula and justification."""


def read_lines(text: str, signature: Signature) -> tuple[Line, ...]:
    """The lines of a proof, with the subproofs they stand in.

    Args:
        signature: what the task's formulas use their symbols as; the proof must agree.
    Raises:
        Unreadable: a line cannot be read, or the layout opens or closes a subproof where it cannot.
    """
    if len(text) > MAX_CHARS:
        raise Unreadable(f"the proof is longer than {MAX_CHARS} characters")
    uses = dict(signature)
    raw: list[_Raw] = []
    for line in text.replace("\u00a0", " ").splitlines():
        if _RULE.match(line):
            continue
        if len(raw) == MAX_LINES:
            raise Unreadable(f"the proof has more than {MAX_LINES} lines")
        raw.append(_read_line(line, raw[-1].number if raw else 0, uses))
    if not raw:
        raise Unreadable("the proof has no lines")
    paths = _paths(raw)
    return tuple(
        Line(one.number, path, one.formula, one.fresh, one.by) for one, path in zip(raw, paths)
    )


def _read_line(line: str, last: int, uses: dict[str, tuple[str, int]]) -> _Raw:
    line = line.expandtabs(4) if line[: len(line) - len(line.lstrip())].count("\t") else line
    outer = _BARS.match(line)
    begin = outer.end() if outer else 0
    found = _NUMBER.match(line, begin)
    if not found:
        raise Unreadable(
            f"the line after line {last} has no number: {line.strip()[:40]!a}; "
            "write each line as: number. formula ; rule lines"
        )
    number = int(found.group(1))
    if number <= last:
        raise Unreadable(f"line {number} follows line {last}; number the lines upwards")
    inner = _BARS.match(line, found.end())
    start = inner.end() if inner else found.end()
    bars = len(_BAR.findall(line[:start]))
    formula, fresh, by = _read_content(number, line[start:].rstrip(), uses)
    return _Raw(number, bars, begin - bars, start - found.end() - bars, start, formula, fresh, by)


def _read_content(
    number: int, content: str, uses: dict[str, tuple[str, int]]
) -> tuple[Formula | None, str, Justification]:
    """Formula, fresh name and justification of what stands behind the number and the bars."""
    boxed = _BOXED.match(content)
    fresh = boxed.group(1) if boxed else ""
    body = content[boxed.end() :].lstrip(" \t:") if boxed else content
    try:
        if boxed and not body:
            merge(uses, {fresh: ("name", 0)})
            return None, fresh, Justification("fresh", ())
        failure: Unreadable | None = None
        for left, by in _splits(body):
            named = _NAME.match(left.strip())
            if by.rule == "fresh" and (named or (boxed and not left.strip())):
                fresh = fresh if not named else named.group(1)
                merge(uses, {fresh: ("name", 0)})
                return None, fresh, by
            try:
                formula, used = read_formula(left)
            except Unreadable as error:
                failure = failure or error
                continue
            merge(uses, used)
            if fresh:
                merge(uses, {fresh: ("name", 0)})
            return formula, fresh, by
    except Unreadable as error:
        raise Unreadable(f"line {number}: {error}") from None
    if failure is not None:
        raise Unreadable(f"line {number}: {failure}")
    raise Unreadable(
        f"line {number} has no justification that can be read; "
        "write: formula ; rule lines, such as  Q ; →E 1, 2"
    )


def _splits(content: str) -> list[tuple[str, Justification]]:
    """Every way to cut the content into something and a justification, the latest cut first."""
    found = []
    cuts = [cut for cut in _SPLIT.finditer(content) if len(content) - cut.start() < 200]
    for cut in cuts[::-1]:
        closing = {"[": "]", "(": ")"}.get(cut.group())
        right = content[cut.end() :].rstrip(" .")
        if closing:
            if not right.endswith(closing):
                continue
            right = right[:-1]
        by = read_justification(right)
        if by is not None:
            found.append((content[: cut.start()], by))
            if len(found) == MAX_SPLITS:
                break
    return found


def _paths(raw: list[_Raw]) -> list[Path]:
    """The subproofs of every line, by bars if any line has one, else by indentation.

    Indentation is read as the white space around the number; if that makes no proof, as the
    column where the formula begins (numbers of different widths are aligned in either way); if
    neither does, once more with a slack of one column, for numbers aligned in both ways.
    """
    fewest = min(one.bars for one in raw)
    if any(one.bars > fewest for one in raw):
        return _from_levels(raw, [one.bars - fewest for one in raw])
    first: Unreadable | None = None
    around, column = [one.before + one.after for one in raw], [one.start for one in raw]
    for columns, slack in ((around, 0), (column, 0), (around, 1), (column, 1)):
        try:
            return _from_levels(raw, _levels(raw, columns, slack))
        except Unreadable as error:
            first = first or error
    assert first is not None
    raise first


def _levels(raw: list[_Raw], columns: list[int], slack: int) -> list[int]:
    """The level of each line from the column it begins at: each deeper column is one level."""
    stack = [min(columns)]
    levels = []
    for one, column in zip(raw, columns):
        while column < stack[-1] - slack and len(stack) > 1:
            stack.pop()
        if column > stack[-1] + slack:
            if not one.opens:
                raise Unreadable(
                    f"line {one.number} is indented deeper than the line before, but is no "
                    "assumption; or its indentation meets that of no line above"
                )
            stack.append(column)
        levels.append(len(stack) - 1)
    return levels


def _from_levels(raw: list[_Raw], levels: list[int]) -> list[Path]:
    path: list[int] = []
    paths: list[Path] = []
    for index, (one, level) in enumerate(zip(raw, levels)):
        if level > MAX_LEVELS:
            raise Unreadable(f"line {one.number}: subproofs are nested deeper than {MAX_LEVELS}")
        if one.opens:
            if level == 0:
                raise Unreadable(
                    f"line {one.number} opens a subproof, but stands on the outer level; "
                    "indent it, or put a bar before it"
                )
            if level > len(path) + 1:
                raise Unreadable(f"line {one.number} opens more than one subproof at once")
            path = [*path[: level - 1], index]
        elif level > len(path):
            raise Unreadable(
                f"line {one.number} stands in a subproof that no assumption has opened"
            )
        else:
            path = path[:level]
        paths.append(tuple(path))
    return paths
