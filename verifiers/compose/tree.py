"""Verifiers made of named verifiers: the tree, and how a part is asked.

A composite asks its children in order, stops when the rest can no longer matter, and draws one
verdict from theirs. The children's scores become the verdict's `parts`, flattened by path:
`{"format": 1.0, "answer": 0.5, "answer.units": 0.0, …}`. A child that was not asked, or whose
machinery failed, has no part: an absent number cannot be mistaken for a zero.

Rules common to all combinators (each adds its own for the score):

* an `infra_error` of a child that was asked dominates: the whole verdict is an `infra_error`, to be
  masked, whatever the others said;
* score 1 is `correct`, a score strictly between is `partial`;
* score 0 takes the outcome of the children that scored 0: `timeout` if one ran out of time, else
  `unparsable` if one could not be read, else `wrong`.

Why a tree: multi-component rewards are only trustworthy when every component stays visible
(C20, A31, B03, D52), and a reward that mixes them must say how. Trees hold no state, so they
pickle whenever their leaves do.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict
from veragym.core.verifier import Judgeable, Verifier, ask

Children = Mapping[str, Verifier] | Iterable[tuple[str, Verifier]]
Named = tuple[tuple[str, Verifier], ...]

MAX_DEPTH = 32
"""Deepest tree: far more than a reward can use, far less than Python's recursion limit."""

SMALLEST = 2.0**-1022
"""Score of a partial success too small to be told from 0 otherwise."""
LARGEST = 1.0 - 2.0**-53
"""Score of a partial success too close to 1 to be told from it otherwise."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Composite(Verifier):
    """Base of the combinators.

    Args:
        children: the named parts in the order they are asked: a mapping or (name, verifier) pairs.
            Names are letters, digits, `_` and `-`; the dot separates levels.

    Raises:
        OptionError: no children, a name twice or malformed, something that is no `Verifier`, or a
            tree deeper than `MAX_DEPTH`.
    """

    children: Children

    def __post_init__(self) -> None:
        object.__setattr__(self, "children", _checked(self.children))
        if self.depth > MAX_DEPTH:
            raise OptionError(f"a verifier tree may be {MAX_DEPTH} levels deep, got {self.depth}")

    # -- what combinators write --------------------------------------------------------------------

    @abstractmethod
    def _score(self, verdicts: Sequence[Verdict]) -> tuple[float, int]:
        """The score, and which child explains it.

        Args:
            verdicts: of the children asked, in order, none of them an `infra_error`.
        """

    def _wants(self, verdicts: Sequence[Verdict]) -> bool:
        """Whether the next child must be asked, after these (scored) verdicts."""
        return True

    def _note(self, position: int) -> str:
        """What to print beside a child."""
        return ""

    # -- the contract ------------------------------------------------------------------------------

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """One verdict drawn from the children's."""
        return self.verify_many([task], [response])[0]

    def verify_many(self, tasks: Sequence[Judgeable], responses: Sequence[Any]) -> list[Verdict]:
        """As `Verifier.verify_many`; each child judges all rows that need it in one batch."""
        if len(tasks) != len(responses):
            raise ValueError(f"{len(tasks)} tasks but {len(responses)} responses")
        rows: list[list[Verdict]] = [[] for _ in tasks]
        for position, (_, child) in enumerate(self.named):
            needed = [
                i
                for i, row in enumerate(rows)
                if len(row) == position and (not row or (row[-1].scored and self._wants(row)))
            ]
            verdicts = ask(child, [tasks[i] for i in needed], [responses[i] for i in needed])
            for i, verdict in zip(needed, verdicts, strict=True):
                rows[i].append(verdict)
        return [self._conclude(row) for row in rows]

    @property
    def named(self) -> Named:
        """The children with their names, in order."""
        return cast(Named, self.children)

    @property
    def depth(self) -> int:
        """Levels below this one, itself included."""
        return 1 + max(c.depth if isinstance(c, Composite) else 0 for _, c in self.named)

    def __str__(self) -> str:
        """The tree, one line a part."""
        return "\n".join([type(self).__name__, *self._lines()])

    def _lines(self) -> list[str]:
        lines = []
        for position, (name, child) in enumerate(self.named):
            last = position == len(self.named) - 1
            note = self._note(position)
            shown = f"{name}: {type(child).__name__}" + (f"  ({note})" if note else "")
            lines.append(("└─ " if last else "├─ ") + shown)
            if isinstance(child, Composite):
                lines += [("   " if last else "│  ") + line for line in child._lines()]
        return lines

    def _conclude(self, verdicts: Sequence[Verdict]) -> Verdict:
        failed = [i for i, verdict in enumerate(verdicts) if not verdict.scored]
        score, decisive = (0.0, failed[0]) if failed else self._score(verdicts)
        if failed:
            outcome = Outcome.INFRA_ERROR
        elif score == 1.0:
            outcome = Outcome.CORRECT
        elif score > 0.0:
            outcome = Outcome.PARTIAL
        else:
            outcome = zero_outcome(verdicts)
        name, child = self.named[decisive]
        separator = "." if isinstance(child, Composite) else ": "
        reason = verdicts[decisive].reason or verdicts[decisive].outcome.value
        return Verdict(
            outcome,
            score,
            self._parts(verdicts),
            "every part is right" if score == 1.0 else f"{name}{separator}{reason}",
            self._evidence(verdicts),
        )

    def _parts(self, verdicts: Sequence[Verdict]) -> dict[str, float]:
        parts: dict[str, float] = {}
        for (name, _), verdict in zip(self.named, verdicts):
            if verdict.scored:
                parts[name] = verdict.score
            parts.update({f"{name}.{key}": value for key, value in verdict.parts.items()})
        return parts

    def _evidence(self, verdicts: Sequence[Verdict]) -> dict[str, Any]:
        outcomes: dict[str, str] = {}
        details: dict[str, Any] = {}
        for (name, child), verdict in zip(self.named, verdicts):
            outcomes[name] = verdict.outcome.value
            evidence = verdict.evidence
            if isinstance(child, Composite):
                below = evidence.get("outcomes", {}).items()
                outcomes.update({f"{name}.{key}": value for key, value in below})
                below = evidence.get("details", {}).items()
                details.update({f"{name}.{key}": value for key, value in below})
            elif evidence:
                details[name] = dict(evidence)
        return {"outcomes": outcomes, "details": details}


def zero_outcome(verdicts: Iterable[Verdict]) -> Outcome:
    """The outcome of a composite whose score is 0: the gravest among the children that scored 0."""
    found = {verdict.outcome for verdict in verdicts if verdict.score == 0.0}
    for outcome in (Outcome.TIMEOUT, Outcome.UNPARSABLE):
        if outcome in found:
            return outcome
    return Outcome.WRONG


def strictly_between(score: float) -> float:
    """A partial score that rounding pushed onto 0 or 1, moved back inside."""
    return min(max(score, SMALLEST), LARGEST)


def lowest(verdicts: Sequence[Verdict]) -> int:
    """The first child with the lowest score, one of the gravest outcome if that is 0."""
    worst = min(verdict.score for verdict in verdicts)
    if worst == 0.0:
        outcome = zero_outcome(verdicts)
        for i, verdict in enumerate(verdicts):
            if verdict.outcome is outcome:
                return i
    return next(i for i, verdict in enumerate(verdicts) if verdict.score == worst)


def _checked(children: Children) -> Named:
    pairs = children.items() if isinstance(children, Mapping) else children
    try:
        named = tuple((name, child) for name, child in pairs)
    except (TypeError, ValueError):
        raise OptionError(
            f"children must be a mapping or (name, verifier) pairs, got {children!r:.200}"
        ) from None
    if not named:
        raise OptionError("a composite verifier needs at least one child; got none")
    seen: set[str] = set()
    for name, child in named:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise OptionError(
                f"a part's name is 1-64 letters, digits, '_' or '-', got {name!r:.80}; "
                "dots separate the levels of the tree"
            )
        if name in seen:
            raise OptionError(f"two parts are named {name!r}; give every part its own name")
        seen.add(name)
        if not isinstance(child, Verifier):
            raise OptionError(f"part {name!r} is a {type(child).__name__}, not a Verifier")
    return named
