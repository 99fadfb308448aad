"""A checker of equational proofs: chains `t1 = t2 = …`, each step by one named axiom.

    inv(a) * (a * b)
      = (inv(a) * a) * b    [assoc]
      = e * b               [inverse]
      = b                   [unit]

A step replaces one subterm: somewhere in the term stands an instance of one side of the axiom, and
in the next term the same instance of the other side stands in its place, everything else alike.
The author may add the direction (`->`, `<-`), the position (`at 1.2`: the second argument of the
first) and the instance (`x := a, y := b*c`); what is added must be true, and what is left out is
found by matching both terms, never by search: the places to try lie on one path of the term.

Source: G. Birkhoff 1935 (equational logic is complete with these steps).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, correct, infra_error, unparsable, wrong
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.proof.submission import only_block
from veragym.verifiers.proof.terms import (
    Node,
    leaves,
    match,
    read_equation,
    read_term,
    show_term,
)

MAX_CHARS = 100_000
MAX_STEPS = 300


@dataclass(frozen=True, slots=True)
class Axiom:
    """`left = right` for all values of `variables`; a hypothesis has none."""

    name: str
    left: Node
    right: Node
    variables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Theory:
    """What may be used and what is to be shown.

    Attributes:
        axioms: by lower-case name, hypotheses included.
        left, right: the goal's sides; all their symbols are fixed.
        arity: number of arguments of every symbol.
    """

    axioms: Mapping[str, Axiom]
    left: Node
    right: Node
    arity: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One step: the next term and why it equals the one before.

    Attributes:
        term: the term reached.
        axiom: name of the axiom.
        direction: 1 left to right, -1 right to left, 0 if not said.
        position: argument numbers from the root, from 1; None if not said.
        bindings: the instance, as far as said.
    """

    term: Node
    axiom: str
    direction: int = 0
    position: tuple[int, ...] | None = None
    bindings: Mapping[str, Node] | None = None


def read_theory(
    axioms: Mapping[str, str],
    goal: str,
    variables: tuple[str, ...] = (),
    hypotheses: Mapping[str, str] | None = None,
) -> Theory:
    """A theory and goal from texts.

    Args:
        axioms: equation by name; their `variables` stand for any term.
        variables: leaves of axioms that are variables; every other symbol is fixed.
        hypotheses: equations in which every symbol is fixed.
    Raises:
        Unreadable: a text is no equation, or a symbol has two numbers of arguments.
        OptionError: a name is given twice or is not a name.
    """
    arity: dict[str, int] = {}
    found: dict[str, Axiom] = {}
    for source, free in ((axioms, frozenset(variables)), (hypotheses or {}, frozenset[str]())):
        for name, text in source.items():
            key = _key(name)
            if key in found:
                raise OptionError(f"the name {name!r} is given to two axioms; names ignore case")
            if not _AXIOM_NAME.fullmatch(name):
                raise OptionError(f"an axiom's name must be letters, digits, _ or -, got {name!r}")
            left, right = read_equation(text)
            _agree(arity, left)
            _agree(arity, right)
            used = free & (leaves(left) | leaves(right))
            found[key] = Axiom(name, left, right, used)
    left, right = read_equation(goal)
    _agree(arity, left)
    _agree(arity, right)
    return Theory(found, left, right, arity)


_AXIOM_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")


def _key(name: str) -> str:
    return name.lower().replace("-", "_")


def _agree(arity: dict[str, int], term: Node) -> None:
    """Adds the term's symbols, or raises `Unreadable` if one has another number of arguments."""
    stack = [term]
    while stack:
        node = stack.pop()
        if arity.setdefault(node.symbol, len(node.args)) != len(node.args):
            raise Unreadable(
                f"{node.symbol!r} is used with {arity[node.symbol]} and with {len(node.args)} "
                "arguments"
            )
        stack.extend(node.args)


_BY = re.compile(r"\bby\b|;|//")
_MARK = re.compile(r"\bby\b|;|//|:=|=|[\[\]{}\n]")
_OPEN = {"[": "]", "{": "}"}


def read_chain(text: str, theory: Theory) -> tuple[Node, tuple[Rewrite, ...]]:
    """The first term of a chain and its steps.

    Raises:
        Unreadable: it is no chain; the message names the step.
    """
    if len(text) > MAX_CHARS:
        raise Unreadable(f"the proof is longer than {MAX_CHARS} characters")
    arity = dict(theory.arity)
    pieces = _pieces(text.replace("\u00a0", " "))
    if len(pieces) > MAX_STEPS + 1:
        raise Unreadable(f"the proof has more than {MAX_STEPS} steps")
    first: Node | None = None
    steps: list[Rewrite] = []
    for number, piece in enumerate(pieces):
        try:
            body, reason = _cut(piece)
            if number == 0:
                if reason:
                    raise Unreadable("the first term needs no axiom: it is where the chain begins")
                first = read_term(body)
                _agree(arity, first)
                continue
            if not reason:
                raise Unreadable("the axiom is missing; write: = term  [axiom]")
            step = _step(read_term(body), reason)
            _agree(arity, step.term)
            steps.append(step)
        except Unreadable as error:
            where = f"step {number}" if number else "the first term"
            raise Unreadable(f"{where}: {error}") from None
    assert first is not None
    return first, tuple(steps)


def _pieces(text: str) -> list[str]:
    """The text between the chain's own `=` signs: not those of `:=` or in square brackets."""
    pieces: list[str] = []
    start = 0
    closing = ""
    comment = False
    for found in _MARK.finditer(text):
        mark = found.group()
        if closing:
            if mark == closing:
                closing = ""
        elif mark in _OPEN:
            closing = _OPEN[mark]
        elif mark == "\n":
            comment = False
        elif mark == "=" and not comment:
            pieces.append(text[start : found.start()])
            start = found.end()
        elif mark in {"by", ";", "//"}:
            # A justification without brackets ends with its line.
            comment = True
    if closing:
        raise Unreadable(f"{closing!r} is missing")
    return [*pieces, text[start:]]


def _cut(piece: str) -> tuple[str, str]:
    """The term and the justification of one piece, either without its signs."""
    piece = piece.strip().rstrip(".,")
    for opening, ending in _OPEN.items():
        place = piece.find(opening)
        if place >= 0:
            if not piece.endswith(ending) or piece.count(opening) > 1:
                raise Unreadable(f"nothing may follow the justification {piece[place:][:60]!a}")
            return piece[:place].strip(), piece[place + 1 : -1].strip()
    found = _BY.search(piece)
    if found:
        return piece[: found.start()].strip(), piece[found.end() :].strip()
    return piece, ""


# Applied to text whose white space is single spaces, so that nothing can be matched in two ways.
_REASON = re.compile(
    r"(?:by )?(?P<before>->|<-|→|←)? ?(?P<name>[A-Za-z][A-Za-z0-9_-]*[A-Za-z0-9_]|[A-Za-z])"
    r" ?(?P<after>->|<-|→|←|reversed|backwards)?"
    r"(?:,? ?\bat (?P<at>root|[0-9]{1,3}(?:\.[0-9]{1,3}){0,59}))?"
    r"(?:[,:]? ?(?:with |where )?(?P<with>[A-Za-z][A-Za-z0-9_]* ?:=.*))?\Z"
)
_BINDING = re.compile(r"[,;]? ?\b([A-Za-z][A-Za-z0-9_]*+) ?:=")


def _step(term: Node, reason: str) -> Rewrite:
    if len(reason) > 2_000:
        raise Unreadable("the justification is too long")
    reason = " ".join(reason.split())
    found = _REASON.match(reason)
    if not found:
        raise Unreadable(
            f"the justification {reason[:60]!a} cannot be read; write: axiom, or "
            "axiom <- at 1.2 with x := a, y := b"
        )
    signs = [found["before"] or "", found["after"] or ""]
    if all(signs):
        raise Unreadable("the direction is given twice")
    direction = {"": 0, "->": 1, "→": 1}.get("".join(signs), -1)
    at = found["at"]
    position = None if at is None else () if at == "root" else tuple(map(int, at.split(".")))
    return Rewrite(term, found["name"], direction, position, _bindings(found["with"] or ""))


def _bindings(text: str) -> dict[str, Node]:
    """The instance written as `x := t, y := u`."""
    heads = list(_BINDING.finditer(text))
    bindings: dict[str, Node] = {}
    for head, after in zip(heads, [*heads[1:], None]):
        name = head.group(1)
        if name in bindings:
            raise Unreadable(f"{name!r} is given two values")
        bindings[name] = read_term(text[head.end() : after.start() if after else len(text)])
    return bindings


def step_flaw(before: Node, step: Rewrite, theory: Theory) -> str | None:
    """What is wrong with a step from `before`, or None.

    Works in time proportional to the terms' sizes times the length of the path to the change.
    """
    axiom = theory.axioms.get(_key(step.axiom))
    if axiom is None:
        return f"there is no axiom {step.axiom!r}"
    if before == step.term:
        return "the term does not change"
    unknown = set(step.bindings or {}) - axiom.variables
    if unknown:
        return f"{min(unknown)!r} is no variable of {axiom.name}"
    places = _places(before, step.term)
    if step.position is not None:
        inner = [place for place in places if place[0] == step.position]
        if not inner:
            return "the terms differ outside the position given, or it does not exist"
        places = inner
    sides = [(axiom.left, axiom.right), (axiom.right, axiom.left)]
    if step.direction:
        sides = [sides[0] if step.direction == 1 else sides[1]]
    for _, old, new in places:
        for left, right in sides:
            bindings = match(left, old, axiom.variables, step.bindings or {})
            if bindings is None:
                continue
            # What the left side leaves open, the right side settles: both terms are given.
            if match(right, new, axiom.variables, bindings) is not None:
                return None
    return f"no use of {axiom.name} at one place leads from the term before to this one"


def _places(one: Node, two: Node) -> list[tuple[tuple[int, ...], Node, Node]]:
    """The positions outside of which the terms agree, with both subterms: a path from the root."""
    found: list[tuple[tuple[int, ...], Node, Node]] = []
    path: tuple[int, ...] = ()
    while True:
        found.append((path, one, two))
        if one.symbol != two.symbol or len(one.args) != len(two.args):
            return found
        differing = [n for n, (a, b) in enumerate(zip(one.args, two.args)) if a != b]
        if len(differing) != 1:
            return found
        place = differing[0]
        path = (*path, place + 1)
        one, two = one.args[place], two.args[place]


@dataclass(frozen=True)
class EquationalVerifier(Verifier):
    """Judges equational proofs of the goal in `task.public`.

    Reads `axioms` (equation by name), `variables` (their variables), `hypotheses` (equation by
    name, nothing in them to be instantiated; may be missing) and `goal` (an equation). The chain
    may lead from either side of the goal to the other. The response hands in the chain as
    `<proof>…</proof>`, as its only fenced block, or as the whole text. The score is 1 or 0; the
    evidence of a wrong proof names the first wrong step.
    """

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """`correct`, `wrong` (with the step), `unparsable`, or `infra_error` for a broken task."""
        try:
            theory = _theory(task.public)
        except (Unreadable, OptionError) as error:
            return infra_error(f"the task cannot be used: {error}")
        try:
            first, steps = read_chain(only_block(response, "proof"), theory)
        except Unreadable as error:
            return unparsable(str(error))
        term = first
        for number, step in enumerate(steps, 1):
            flaw = step_flaw(term, step, theory)
            if flaw is not None:
                return wrong(f"step {number}: {flaw}", step=number, steps=len(steps))
            term = step.term
        if (first, term) not in ((theory.left, theory.right), (theory.right, theory.left)):
            goal = f"{show_term(theory.left)} = {show_term(theory.right)}"
            return wrong(
                f"the chain's ends are not the two sides of the goal {goal}", steps=len(steps)
            )
        return correct("every step follows, and the ends are the goal's", steps=len(steps))


def _theory(public: Any) -> Theory:
    if not isinstance(public, Mapping) or not isinstance(public.get("goal"), str):
        raise OptionError("task.public must hold 'goal', an equation as text")
    for name in ("axioms", "hypotheses"):
        equations = public.get(name, {})
        if not isinstance(equations, Mapping) or not all(
            isinstance(key, str) and isinstance(text, str) for key, text in equations.items()
        ):
            raise OptionError(f"task.public[{name!r}] must map names to equations as text")
    variables = public.get("variables", ())
    if not isinstance(variables, (list, tuple)) or not all(
        isinstance(variable, str) for variable in variables
    ):
        raise OptionError("task.public['variables'] must be a list of names")
    return read_theory(
        public.get("axioms", {}), public["goal"], tuple(variables), public.get("hypotheses")
    )
