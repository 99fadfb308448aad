"""The families of answers that variants can be made from; adding one is a row here.

    program    a Python program with tests (`veragym.verifiers.program`)   proved by running it
    sql        a query, `public["form"] = {"kind": "sql"}` or a schema     proved on its databases
    calls      calls of tools, `{"kind": "calls"}`                         wrong by construction
    moves      a line of moves, `{"kind": "moves"}`                        only reported
    match, json, choice, selection, ordering, numeric                      by the verifier's options
    form       any form of the maths contract                              wrong by construction
    looks      nothing was declared                                        likely wrong

A near miss that is wrong by construction has to fail. One that has to be proved wrong is held
against a verifier only if the family, or the generator's `differs(task, right, other)`, proves it;
otherwise it may be right after all, and is only counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from veragym.check.mutation import behaviour, calls, programs, queries, texts
from veragym.check.mutation.case import Case, Variant, distinct
from veragym.check.mutation.variants import form_of, near_misses, rewritings
from veragym.core.verifier import Judgeable
from veragym.verifiers.program import ProgramVerifier

Maker = Callable[[Case], Iterable[tuple[str, str]]]
Proof = Callable[[Case, str], "bool | None"]


@dataclass(frozen=True, slots=True)
class Family:
    """One family of answers.

    Attributes:
        name: for the report.
        claims: whether a case belongs to it; the first family that claims it has it.
        near: near misses, as (what was done, answer).
        right: other writings of the right answer.
        proof: shows that a near miss is wrong; None where it is by construction.
        declared: the form was declared, so that the bounds are tight.
    """

    name: str
    claims: Callable[[Case], bool]
    near: Maker
    right: Maker
    proof: Proof | None = None
    declared: bool = True

    def near_misses(self, case: Case, most: int) -> list[Variant]:
        """Changed answers, at most `most` of a kind."""
        return distinct(case.gold, self.near(case), most)

    def rewritings(self, case: Case, most: int) -> list[Variant]:
        """The right answer written differently."""
        return distinct(case.gold, self.right(case), most)

    def certain(self, case: Case, variant: Variant) -> bool:
        """Whether a near miss is certainly wrong."""
        if self.proof is None:
            return True
        if case.differs is not None:
            said = case.differs(case.task, case.gold, variant.answer)
            if said is not None:
                return said
        return self.proof(case, variant.answer) is True


def _nothing(case: Case) -> Iterable[tuple[str, str]]:
    return ()


def _unproved(case: Case, answer: str) -> None:
    return None


def _is_program(case: Case) -> bool:
    has_tests = isinstance(case.secret.get("tests"), (list, tuple))
    return case.kind() == "program" or (
        has_tests and (isinstance(case.verifier, ProgramVerifier) or "entry" in case.public)
    )


def _is_query(case: Case) -> bool:
    schema = case.public.get("schema")
    shown = isinstance(schema, str) and "create table" in schema.lower()
    begins = case.gold.lstrip().lower().startswith(("select", "with"))
    return case.kind() == "sql" or (shown and (begins or not case.gold))


def _judged_by(kind: type) -> Callable[[Case], bool]:
    return lambda case: isinstance(case.verifier, kind)


FAMILIES: tuple[Family, ...] = (
    Family("program", _is_program, programs.near_misses, programs.rewritings,
           behaviour.proved_wrong),
    Family("sql", _is_query, queries.near_misses, queries.rewritings, queries.proved_wrong),
    Family("calls", lambda case: case.kind() == "calls", calls.near_misses_of_calls,
           calls.rewritings_of_calls),
    Family("moves", lambda case: case.kind() == "moves", calls.near_misses_of_moves, _nothing,
           _unproved),
    *(Family(name, _judged_by(kind), near, right) for name, kind, near, right in texts.KINDS),
    Family("form", lambda case: form_of(case.task) is not None,
           lambda case: near_misses(case.gold, form_of(case.task)),
           lambda case: rewritings(case.gold, form_of(case.task))),
    Family("looks", lambda case: True, lambda case: near_misses(case.gold, None), _nothing,
           declared=False),
)  # fmt: skip


def family_of(case: Case) -> Family:
    """The family of a right answer."""
    return next(family for family in FAMILIES if family.claims(case))


def family_of_task(task: Judgeable, verifier: object) -> str:
    """The name of the family a task's answers belong to, as far as it shows without one."""
    return family_of(Case(task, "", verifier)).name
