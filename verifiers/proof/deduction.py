"""A checker of natural-deduction proofs, propositional and first-order, and the verifier on it.

A proof is a list of numbered lines with subproofs (`layout`), each line by a rule (`rules`) from
lines and subproofs that stand open to it. It proves the task's sequent if every line is right and
the last one, outside all subproofs, is the goal. The checker searches for nothing: what is not
written is not proved. Every bound is on size, none on time, and no rule is more than one walk over
the formulas it is applied to.

Serves A18 (a checker whose verdict costs far less than the proof).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, correct, infra_error, unparsable, wrong
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.proof.formulas import Formula, names, show
from veragym.verifiers.proof.layout import Line, Path, read_lines
from veragym.verifiers.proof.rules import (
    CLASSICAL_ONLY,
    LOGICS,
    RULES,
    Derived,
    Stated,
    Step,
)
from veragym.verifiers.proof.submission import only_block
from veragym.verifiers.proof.syntax import Signature, read_all


@dataclass(frozen=True, slots=True)
class Sequent:
    """What is to be proved: `goal` from `premises` in `logic`.

    Attributes:
        premises: closed under nothing: free names stand for arbitrary individuals.
        goal: the conclusion wanted.
        logic: `classical`, `intuitionistic` or `minimal`.
        signature: what each symbol is used as.
    """

    premises: tuple[Formula, ...]
    goal: Formula
    logic: str
    signature: Signature


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first thing wrong with a proof: the line's number, its rule ("" if none), and what."""

    line: int
    rule: str
    what: str

    def __str__(self) -> str:
        where = f"line {self.line}"
        return f"{where}, {self.rule}: {self.what}" if self.rule else f"{where}: {self.what}"


def read_sequent(premises: Sequence[str], goal: str, logic: str = "classical") -> Sequent:
    """A sequent from texts.

    Raises:
        Unreadable: a formula cannot be read.
        OptionError: the logic is none of `LOGICS`.
    """
    if logic not in LOGICS:
        raise OptionError(f"logic must be one of {', '.join(LOGICS)}, got {logic!r}")
    formulas, signature = read_all([*premises, goal])
    return Sequent(tuple(formulas[:-1]), formulas[-1], logic, signature)


def first_flaw(sequent: Sequent, lines: Sequence[Line]) -> Flaw | None:
    """The first line that is wrong, top to bottom, or None if the lines prove the sequent.

    Args:
        lines: as `read_lines` gives them; at least one.
    """
    proof = _Proof(sequent, lines)
    for index in range(len(lines)):
        flaw = proof.flaw(index)
        if flaw is not None:
            return flaw
    last = lines[-1]
    if last.path:
        opened = lines[last.path[0]].number
        return Flaw(
            last.number, "", f"the proof ends inside the subproof that line {opened} opened"
        )
    if last.formula != sequent.goal:
        return Flaw(last.number, "", f"the proof ends without the goal {show(sequent.goal)}")
    return None


class _Proof:
    """The lines read, with what is needed to look up citations."""

    def __init__(self, sequent: Sequent, lines: Sequence[Line]) -> None:
        self.sequent = sequent
        self.lines = lines
        self.index = {line.number: index for index, line in enumerate(lines)}
        self.ends: dict[int, int] = {}
        for index, line in enumerate(lines):
            for opened in line.path:
                self.ends[opened] = index
        self._open: dict[Path, frozenset[str]] = {
            (): frozenset[str]().union(*map(names, sequent.premises))
        }

    def open_names(self, path: Path) -> frozenset[str]:
        """Names free in the premises and in the assumptions of these subproofs."""
        found = self._open.get(path)
        if found is None:
            found = self.open_names(path[:-1])
            formula = self.lines[path[-1]].formula
            if formula is not None:
                found |= names(formula)
            self._open[path] = found
        return found

    def flaw(self, index: int) -> Flaw | None:
        line = self.lines[index]
        what = self._what(index, line)
        return None if what is None else Flaw(line.number, line.by.rule, what)

    def _what(self, index: int, line: Line) -> str | None:
        rule, cites = line.by.rule, line.by.cites
        if rule in {"assumption", "fresh"}:
            return "it cites nothing, so no line may be given" if cites else None
        if line.formula is None or line.fresh:
            return "only the first line of a subproof may introduce a fresh name"
        if rule == "premise":
            # A number behind "premise" is that of the premise in the task, and decides nothing.
            if line.formula in self.sequent.premises:
                return None
            return f"{show(line.formula)} is no premise of the task"
        apply, shapes = RULES[rule]
        if rule in CLASSICAL_ONLY and self.sequent.logic != "classical":
            return f"{self.sequent.logic} logic does not have it"
        shape = (
            sum(isinstance(cite, int) for cite in cites),
            sum(isinstance(cite, tuple) for cite in cites),
        )
        if shape not in shapes:
            wanted = " or ".join(map(_counted, shapes))
            return f"it is applied to {wanted}, but {_counted(shape)} are cited"
        stated: list[Stated] = []
        derived: list[Derived] = []
        for cite in cites:
            found = self._line(index, cite) if isinstance(cite, int) else self._sub(index, cite)
            if isinstance(found, str):
                return found
            if isinstance(found, Stated):
                stated.append(found)
            else:
                derived.append(found)
        return apply(
            Step(
                line.formula,
                tuple(stated),
                tuple(derived),
                self.open_names(line.path),
                self.sequent.logic,
            )
        )

    def _line(self, index: int, number: int) -> Stated | str:
        """The cited line, or why it cannot be cited from line `index`."""
        place = self.index.get(number)
        if place is None:
            return f"there is no line {number}"
        if place >= index:
            return "it cites itself" if place == index else f"line {number} comes later"
        cited, here = self.lines[place], self.lines[index]
        if here.path[: len(cited.path)] != cited.path:
            return f"line {number} stands in a subproof that is closed here"
        if cited.formula is None:
            return f"line {number} introduces a name and states nothing"
        return Stated(cited.formula, self.open_names(cited.path))

    def _sub(self, index: int, cite: tuple[int, int]) -> Derived | str:
        """The cited subproof, or why it cannot be cited from line `index`."""
        first, last = self.index.get(cite[0]), self.index.get(cite[1])
        text = f"{cite[0]}-{cite[1]}"
        if first is None or last is None:
            return f"{text} names a line that does not exist"
        if last >= index:
            return f"{text} is not above it"
        opening, here = self.lines[first], self.lines[index]
        if not opening.path or opening.path[-1] != first:
            return f"line {cite[0]} does not open a subproof"
        if first in here.path:
            return f"the subproof {text} is still open"
        if here.path[: len(opening.path) - 1] != opening.path[:-1]:
            return f"{text} stands in a subproof that is closed here"
        if self.ends[first] != last:
            end = self.lines[self.ends[first]].number
            return f"the subproof of line {cite[0]} ends at line {end}, not {cite[1]}"
        closing = self.lines[last]
        if closing.path != opening.path:
            return f"the subproof {text} ends inside another subproof"
        if closing.formula is None:
            return f"the subproof {text} states nothing"
        return Derived(
            opening.formula, opening.fresh, closing.formula, self.open_names(opening.path[:-1])
        )


def _counted(shape: tuple[int, int]) -> str:
    counts = ("no", "one", "two")
    words = [
        f"{counts[n] if n < len(counts) else n} {what}{'' if n == 1 else 's'}"
        for n, what in zip(shape, ("line", "subproof"))
        if n
    ]
    return " and ".join(words) or "nothing"


@dataclass(frozen=True)
class NaturalDeductionVerifier(Verifier):
    """Judges natural-deduction proofs of the sequent in `task.public`.

    Reads `premises` (list of formulas, may be missing), `goal` (a formula) and `logic`
    (`classical`, `intuitionistic` or `minimal`; `self.logic` if missing). The response hands in
    the proof as `<proof>…</proof>`, as its only fenced block, or as the whole text. The score is
    1 or 0: credit for single lines would be won by writing easy ones. The evidence of a wrong
    proof names its first wrong line and that line's rule, for scoring by step (E17).

    Args:
        logic: the logic of tasks that name none.
    Raises:
        OptionError: the logic is unknown.
    """

    logic: str = "classical"

    def __post_init__(self) -> None:
        if self.logic not in LOGICS:
            raise OptionError(f"logic must be one of {', '.join(LOGICS)}, got {self.logic!r}")

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """`correct`, `wrong` (with the line), `unparsable`, or `infra_error` for a broken task."""
        try:
            sequent = self._sequent(task.public)
        except (Unreadable, OptionError) as error:
            return infra_error(f"the task cannot be used: {error}")
        try:
            lines = read_lines(only_block(response, "proof"), sequent.signature)
        except Unreadable as error:
            return unparsable(str(error))
        flaw = first_flaw(sequent, lines)
        if flaw is not None:
            return wrong(str(flaw), line=flaw.line, rule=flaw.rule, lines=len(lines))
        return correct("every line follows, and the last is the goal", lines=len(lines))

    def _sequent(self, public: Any) -> Sequent:
        try:
            goal, premises = public["goal"], public.get("premises", ())
            logic = public.get("logic", self.logic)
        except (TypeError, KeyError, AttributeError):
            raise OptionError("task.public must hold 'goal', and may hold 'premises'") from None
        if not isinstance(goal, str):
            raise OptionError(f"task.public['goal'] must be a formula as text, got {goal!r:.80}")
        if not isinstance(premises, (list, tuple)) or not all(
            isinstance(premise, str) for premise in premises
        ):
            raise OptionError(
                f"task.public['premises'] must be a list of texts, got {premises!r:.80}"
            )
        if not isinstance(logic, str):
            raise OptionError(f"task.public['logic'] must be a name, got {logic!r:.80}")
        return read_sequent(premises, goal, logic)
