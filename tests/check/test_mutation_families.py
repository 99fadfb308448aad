"""Mutation beyond maths: programs, queries, calls, moves, and the verifiers of text."""

from __future__ import annotations

import ast
import json
import sqlite3
from contextlib import closing
from typing import Any

import planted_exploits
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_exploits import RUNNER, Code, PolynomialTasks, QueryTasks, SoundQueries, Sql

from veragym.check import check
from veragym.check.mutation import Case, family_of, measure, queries
from veragym.check.mutation.families import FAMILIES
from veragym.check.witnesses.mutants import changed_ways
from veragym.core import Draft, Verdict, Verifier
from veragym.core.generator import TaskStream
from veragym.core.verdict import correct, wrong
from veragym.verifiers import (
    ChoiceVerifier,
    JsonVerifier,
    MultiSelectVerifier,
    NumericVerifier,
    OrderingVerifier,
    TextMatchVerifier,
)
from veragym.verifiers.program import ProgramVerifier
from veragym.verifiers.text import WORDING

SOUND_PROGRAMS = ProgramVerifier(RUNNER, durations=False)


def variants(case: Case, most: int = 9) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    family = family_of(case)
    tables: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
    made = (family.near_misses(case, most), family.rewritings(case, most))
    for table, some in zip(tables, made):
        for variant in some:
            table.setdefault(variant.how, []).append(variant.answer)
    return tables


def failures(report: Any) -> set[str]:
    return {finding.name for finding in report.failures}


# -- programs --------------------------------------------------------------------------------------

PROGRAM = '''
def f(values, least):
    """Sum of those above least, and how many."""
    total, count = 0, 0
    for value in values:
        if value > least and value != 13:
            total = total + value
            count += 1
        else:
            total -= 2
    return total, count
'''
TESTS = [
    {"args": [[1, 5, 7, 13], 4], "expected": [8, 2]},
    {"args": [[4, 13], 4], "expected": [-4, 0]},
]
PUBLIC = {"mode": "call", "entry": "f", "compare": {"sequences": "alike"}}


def program_case(gold: str = PROGRAM, verifier: object = SOUND_PROGRAMS) -> Case:
    return Case(Draft("p", "?", dict(PUBLIC), {"tests": TESTS}), gold, verifier)


def test_near_misses_of_a_program_are_programs_with_one_change() -> None:
    near, _ = variants(program_case())
    assert {how: len(some) for how, some in near.items()} == {
        "a constant off by one": 5,  # 0, 0, 13, 1, 2
        "a comparison swapped": 2,
        "an operator swapped": 3,
        "a condition negated": 1,
        "and for or": 1,
        "a statement dropped": 3,  # of the function, the loop, the branch
        "an else dropped": 1,
        "a return emptied": 1,
        "a loop run once": 1,
        "one test's value for all": 2,
    }
    assert "value >= least and value != 13" in near["a comparison swapped"][0]
    assert "def f(*args, **kwargs):\n    return [8, 2]" in near["one test's value for all"]
    for some in near.values():
        for program in some:
            ast.parse(program)


def test_what_stands_in_an_endless_loop_is_left_alone() -> None:
    gold = "def f(n):\n    while n > 1:\n        n -= 1\n    return n\n"
    near, _ = variants(program_case(gold))
    assert set(near) == {"a return emptied", "one test's value for all"}


def test_near_misses_are_proved_wrong_by_running_them_on_the_tests() -> None:
    case = program_case()
    family = family_of(case)
    assert family.name == "program"
    proved = {(v.how, family.certain(case, v)) for v in family.near_misses(case, 1)}
    # 4 and 13 stand in the tests, so each of these shows; a first loop turn decides test 1 only.
    assert ("a comparison swapped", True) in proved
    assert ("and for or", True) in proved
    # Nothing is proved of a program that does the same.
    for variant in family.rewritings(case, 9):
        assert family.certain(case, variant) is False
    # Nor without a runner.
    alone = program_case(verifier=ProgramVerifier())
    assert {family.certain(alone, v) for v in family.near_misses(alone, 1)} == {False}


def test_other_writings_of_a_program_do_the_same() -> None:
    case = program_case()
    _, right = variants(case)
    assert set(right) == {
        "written anew", "a comment added", "variables renamed", "branches swapped",
        "+= spelt out",
    }  # fmt: skip
    assert "total_renamed" in right["variables renamed"][0]
    assert "value_renamed" in right["variables renamed"][0]
    assert "least_renamed" not in right["variables renamed"][0]  # arguments may be named in calls
    assert "if not (value > least" in right["branches swapped"][0]
    assert "count = count + 1" in right["+= spelt out"][0]
    for (program,) in right.values():
        assert SOUND_PROGRAMS(case.task, program).score == 1.0


NUMBER = st.integers(-5, 5)


@settings(max_examples=40, deadline=None)
@given(st.lists(NUMBER, max_size=6), NUMBER, NUMBER)
def test_rewritten_programs_agree_with_the_original_on_any_input(
    values: list[int], least: int, other: int
) -> None:
    gold = (
        "def f(xs, least):\n    best = None\n    for i, x in enumerate(xs):\n        x += 1\n"
        f"        if x < {other} or x == least:\n            best = (i, x)\n"
        "        else:\n            pairs = [y for y in xs if y != x]\n"
        "            best = (len(pairs), best)\n    return best\n"
    )
    case = program_case(gold)
    found = []
    for program in (gold, *(v.answer for v in family_of(case).rewritings(case, 9))):
        space: dict[str, Any] = {}
        exec(program, space)
        found.append(space["f"](values, least))
    assert len(found) == 6
    assert all(one == found[0] for one in found)


def test_a_fenced_program_stays_fenced() -> None:
    near, right = variants(program_case(f"```python\n{PROGRAM.strip()}\n```"))
    for some in (*near.values(), *right.values()):
        assert all(text.startswith("```python\n") and text.endswith("\n```") for text in some)


class FirstTestOnly(Verifier):
    """Runs one test of all, and believes the rest."""

    runner = RUNNER

    def verify(self, task: Any, response: Any) -> Verdict:
        few = Draft("", "", dict(task.public), {"tests": task.secret["tests"][:1]})
        return SOUND_PROGRAMS(few, response)


class ByItsText(Verifier):
    """Compares the response's characters."""

    runner = RUNNER

    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if response == PolynomialTasks().solve(task).answer else wrong("other")


class CodeFirstTestOnly(Code):
    verifier_made = FirstTestOnly()


class CodeByItsText(Code):
    verifier_made = ByItsText()


@pytest.mark.parametrize(
    ("environment", "reasons"),
    [
        (Code, set()),
        (CodeFirstTestOnly, {"mutants.killed"}),
        (CodeByItsText, {"mutants.rewritings-accepted"}),
    ],
)
def test_graders_of_programs_are_told_apart(environment: Any, reasons: set[str]) -> None:
    report = check(environment, mode="quick", seeds=1, witnesses=["mutants"])
    assert failures(report) == reasons
    killed = next(f for f in report.findings if f.name == "mutants.killed")
    rates = killed.evidence["declared"]["families"]["program"]
    assert rates["near_misses"] > 50
    assert rates["rewritings"] >= 24


# -- queries ---------------------------------------------------------------------------------------

SCHEMA = (
    "CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'y'), "
    "(4, 'z'), (4, 'z'); CREATE TABLE u (a INTEGER, c TEXT); INSERT INTO u VALUES (1, 'p'), "
    "(3, 'q'), (3, NULL);"
)


def query_case(query: str) -> Case:
    public = {"form": {"kind": "sql"}, "schema": SCHEMA}
    return Case(Draft("q", "?", public, {"answer": query}), query, SoundQueries())


def test_near_misses_of_a_query() -> None:
    near, _ = variants(
        query_case("SELECT DISTINCT b FROM t WHERE a > 1 AND b BETWEEN 'x' AND 'y' LIMIT 3")
    )
    assert near == {
        "DISTINCT dropped": ["SELECT  b FROM t WHERE a > 1 AND b BETWEEN 'x' AND 'y' LIMIT 3"],
        "a comparison swapped": [
            "SELECT DISTINCT b FROM t WHERE a >= 1 AND b BETWEEN 'x' AND 'y' LIMIT 3"
        ],
        "a number off by one": [
            "SELECT DISTINCT b FROM t WHERE a > 2 AND b BETWEEN 'x' AND 'y' LIMIT 3"
        ],
        "AND for OR": ["SELECT DISTINCT b FROM t WHERE a > 1 OR b BETWEEN 'x' AND 'y' LIMIT 3"],
        "another LIMIT": ["SELECT DISTINCT b FROM t WHERE a > 1 AND b BETWEEN 'x' AND 'y' LIMIT 4"],
        "a condition dropped": ["SELECT DISTINCT b FROM t WHERE a > 1  LIMIT 3"],
    }
    near, _ = variants(query_case("SELECT SUM(t.a) FROM t JOIN u ON t.a = u.a GROUP BY c"))
    assert near["another aggregate"] == ["SELECT AVG(t.a) FROM t JOIN u ON t.a = u.a GROUP BY c"]
    assert near["another join"] == ["SELECT SUM(t.a) FROM t LEFT JOIN u ON t.a = u.a GROUP BY c"]
    near, _ = variants(query_case("SELECT a FROM t ORDER BY a LIMIT 2"))
    assert near["the order turned round"] == ["SELECT a FROM t ORDER BY a DESC LIMIT 2"]


QUERIES = (
    "SELECT DISTINCT b FROM t WHERE a > 1 ORDER BY b DESC",
    "SELECT COUNT(*) FROM t",
    "SELECT t.b, u.c FROM t LEFT JOIN u ON t.a = u.a WHERE t.a < 4 AND u.c IS NOT NULL",
    "SELECT b, MAX(a) FROM t GROUP BY b HAVING COUNT(*) > 1",
    "SELECT x.b FROM t AS x WHERE x.a IN (SELECT a FROM u WHERE c = 'q')",
    "SELECT a FROM t UNION SELECT a FROM u",
    "SELECT 'and -- or' FROM t WHERE b = 'it''s' OR a = 2",
)


@pytest.mark.parametrize("query", QUERIES)
def test_rewritten_queries_give_the_same_rows(query: str) -> None:
    _, right = variants(query_case(query))
    assert right
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(SCHEMA)
        wanted = sorted(database.execute(query).fetchall(), key=repr)
        for some in right.values():
            for other in some:
                assert sorted(database.execute(other).fetchall(), key=repr) == wanted, other
    assert "".join(queries.tokens(query)) == query


def test_an_alias_is_renamed_where_it_stands_for_a_table() -> None:
    _, right = variants(query_case("SELECT x.b FROM t AS x WHERE x.a = 1"))
    assert right["an alias renamed"] == ["SELECT x_2.b FROM t AS x_2 WHERE x_2.a = 1"]
    _, right = variants(query_case("SELECT a.b FROM t AS a WHERE a = 1"))
    assert "an alias renamed" not in right  # the column has the same name


def test_a_changed_query_is_proved_wrong_on_the_databases_of_its_task() -> None:
    case = query_case("SELECT a FROM t WHERE a > 1 ORDER BY a")
    proved = lambda query: queries.proved_wrong(case, query)  # noqa: E731
    assert proved("SELECT a FROM t WHERE a > 1 ORDER BY a DESC") is True
    assert proved("SELECT a FROM t WHERE a >= 2 ORDER BY a") is None  # the same for whole numbers
    assert proved("SELECT a FROM t WHERE") is None
    assert proved("DELETE FROM t") is None  # nothing is changed
    unordered = query_case("SELECT a FROM t")
    assert queries.proved_wrong(unordered, "SELECT a FROM t ORDER BY a DESC") is None
    assert queries.proved_wrong(unordered, "SELECT DISTINCT a FROM t") is True


class AsSets(SoundQueries):
    """Neither order nor repetition counts."""

    def rows(self, task: Any, query: str) -> list[Any]:
        return sorted(set(super().rows(task, query)), key=repr)


class SameCharacters(SoundQueries):
    """Compares the queries, not what they give."""

    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if response == task.secret["answer"] else wrong("another query")


class SqlAsSets(Sql):
    verifier_made = AsSets()


class SqlSameCharacters(Sql):
    verifier_made = SameCharacters()


@pytest.mark.parametrize(
    ("environment", "reasons"),
    [
        (Sql, set()),
        (SqlAsSets, {"mutants.killed"}),
        (SqlSameCharacters, {"mutants.rewritings-accepted"}),
    ],
)
def test_graders_of_queries_are_told_apart(environment: Any, reasons: set[str]) -> None:
    report = check(environment, mode="quick", witnesses=["mutants"])
    assert failures(report) == reasons


# -- calls and moves -------------------------------------------------------------------------------

CALLS = [
    {"name": "find", "arguments": {"city": "Ulm", "nights": 2}},
    {"name": "book", "arguments": {"room": 17}},
]


class ExactCalls(Verifier):
    """The calls, in their order unless the form says otherwise."""

    def verify(self, task: Any, response: Any) -> Verdict:
        try:
            given, gold = json.loads(response), json.loads(task.secret["answer"])
        except ValueError:
            return wrong("no JSON")
        return correct() if self.same(task, gold, given) else wrong("other calls")

    def same(self, task: Any, gold: Any, given: Any) -> bool:
        if task.public["form"].get("ordered") is False:
            return sorted(map(self.text, gold)) == sorted(map(self.text, given))
        return [*map(self.text, gold)] == [*map(self.text, given)]

    def text(self, call: Any) -> str:
        return json.dumps(call, sort_keys=True)


class NamesOnly(ExactCalls):
    def text(self, call: Any) -> str:
        return str(call["name"])


class AtLeastThese(ExactCalls):
    def same(self, task: Any, gold: Any, given: Any) -> bool:
        return {*map(self.text, gold)} <= {*map(self.text, given)}


class AlwaysInOrder(ExactCalls):
    def same(self, task: Any, gold: Any, given: Any) -> bool:
        return bool(gold == given)


def calls(**form: Any) -> tuple[Draft, str]:
    gold = json.dumps(CALLS)
    public = {"form": {"kind": "calls", **form}}
    return Draft(f"calls:{form}", "Book a room.", public, {"answer": gold}), gold


@pytest.mark.parametrize(
    ("verifier", "accepted", "rejected"),
    [
        (ExactCalls(), set(), set()),
        (NamesOnly(), {"one wrong argument", "one argument missing", "a call without arguments"},
         set()),
        (AtLeastThese(), {"the last call twice", "the calls in another order"}, set()),
        (AlwaysInOrder(), set(), {"the calls in another order"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Verifier) else "",
)  # fmt: skip
def test_judges_of_calls_are_told_apart(
    verifier: Verifier, accepted: set[str], rejected: set[str]
) -> None:
    rates = measure(verifier, [calls(), calls(ordered=False)])
    assert set(rates.first_missed) == accepted
    assert set(rates.first_rejected) == rejected
    # Per task: 3 arguments changed, 3 missing, 1 call of 2 emptied, 2 missing, 2 renamed, 1 twice;
    # their order is wrong where it counts, and another writing where it does not.
    assert rates.families["calls"].near_misses == 12 + 12 + 1
    assert rates.families["calls"].rewritings == 2 * 3 + 1


class Solves(Verifier):
    """A walk on a line has to end at 2."""

    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if walk(response) == 2 else wrong("elsewhere")


def walk(moves: str) -> int:
    return sum({"right": 1, "left": -1}.get(move, 100) for move in moves.split())


def test_moves_that_may_win_as_well_are_held_against_nobody_unless_it_is_proved() -> None:
    task = Draft("walk", "Get to 2.", {"form": {"kind": "moves"}}, {})
    gold = "right left right right"
    rates = measure(Solves(), [(task, gold)])
    assert rates.near_misses == 0
    assert rates.kill_rate == 1.0
    assert rates.unproved["the moves in reverse"] == (1, 1)  # it also gets there
    assert rates.unproved["the last move missing"] == (1, 0)
    proved = measure(
        Solves(), [(task, gold)], differs=lambda task, right, other: walk(other) != walk(right)
    )
    assert proved.kill_rate == 1.0
    assert proved.missed["the last move missing"] == (1, 0)
    assert proved.unproved["the moves in reverse"] == (1, 1)


def test_changed_ways_leave_out_repeat_and_exchange() -> None:
    assert list(changed_ways(["a", "b", "c"])) == [
        ("one action left out", ["b", "c"]),
        ("one action left out", ["a", "c"]),
        ("two actions exchanged", ["b", "a", "c"]),
        ("two actions exchanged", ["a", "c", "b"]),
        ("the first action twice", ["a", "a", "b", "c"]),
        ("the last action only", ["c"]),
    ]
    assert list(changed_ways(["a"])) == []


# -- text and structure ----------------------------------------------------------------------------


class FoldsCase(TextMatchVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        gold = task.secret["answer"]
        return correct() if response.lower() == gold.lower() else wrong("other")


class Mentions(ChoiceVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if task.secret["answer"] in response else wrong("other")


class SameItems(OrderingVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        missing = [item for item in task.secret["answer"] if item not in response]
        return wrong("missing") if missing else correct()


class Truncates(NumericVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        digits = response.strip("\\boxed{}").lstrip("-").split(".")[0].split(" ")[0]
        right = str(task.secret["answer"]).lstrip("-").split(".")[0]
        return correct() if digits == right else wrong("other")


class Subset(JsonVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        try:
            given = json.loads(response.strip("`json\n"))
        except ValueError:
            return wrong("no JSON")
        gold = task.secret["answer"]
        same = isinstance(given, dict) and all(given.get(key) == gold[key] for key in gold)
        return correct() if same else wrong("other")


def text_task(answer: Any, **public: Any) -> tuple[Draft, str]:
    gold = answer if isinstance(answer, str) else json.dumps(answer)
    return Draft(f"t:{gold}", "?", public, {"answer": answer}), gold


CHOICES = ["lead", "tin", "zinc", "iron"]
DOCUMENT = {"name": "Ulm", "sizes": [3, 1, 2], "at": {"x": 1.5, "known": True}}
TEXTS: list[tuple[Verifier, list[tuple[Draft, str]]]] = [
    (TextMatchVerifier(), [text_task("lead ore"), text_task("Zinc")]),
    (TextMatchVerifier(WORDING), [text_task("Lead ore"), text_task("zinc")]),
    (TextMatchVerifier(WORDING, "marked"), [text_task("the cat"), text_task("x ray")]),
    (JsonVerifier(), [text_task(DOCUMENT), text_task([1, 2, "a"])]),
    (JsonVerifier(fence="never", unordered=("$.sizes",), ignore=("$.name",)),
     [text_task(DOCUMENT)]),
    (JsonVerifier(fence="required", rel_tol=0.1), [text_task(DOCUMENT)]),
    (ChoiceVerifier(), [text_task("B", choices=CHOICES), text_task("zinc", choices=CHOICES)]),
    (ChoiceVerifier("whole"), [text_task("A", choices=CHOICES)]),
    (MultiSelectVerifier(), [text_task(["A", "zinc"], choices=CHOICES)]),
    (OrderingVerifier(), [text_task(["lead", "tin", "iron ore"])]),
    (NumericVerifier(), [text_task(12), text_task("-3.25")]),
    (NumericVerifier(rel_tol=0.05, abs_tol=2.0, take="marked"), [text_task(1000), text_task(0)]),
]  # fmt: skip


@pytest.mark.parametrize(("verifier", "rows"), TEXTS, ids=lambda v: type(v).__name__)
def test_the_verifiers_of_text_kill_all_near_misses_and_refuse_no_rewriting(
    verifier: Verifier, rows: list[tuple[Draft, str]]
) -> None:
    rates = measure(verifier, rows)
    assert rates.first_missed == {}
    assert rates.first_rejected == {}
    assert rates.near_misses >= 3 * len(rows)
    assert set(rates.families) < {family.name for family in FAMILIES} - {"form", "looks"}


@pytest.mark.parametrize(
    ("verifier", "row", "hole"),
    [
        (FoldsCase(), text_task("Zinc"), "in capitals"),
        (Mentions(), text_task("B", choices=CHOICES), "two options"),
        (SameItems(), text_task(["lead", "tin"]), "in reverse"),
        (Truncates(), text_task("-3.25"), "sign lost"),
        (Subset(), text_task(DOCUMENT), "a member added"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Verifier) else "",
)
def test_a_loose_verifier_of_text_is_caught_by_the_kind_it_lets_pass(
    verifier: Verifier, row: tuple[Draft, str], hole: str
) -> None:
    assert hole in measure(verifier, [row]).first_missed


# -- all of them -----------------------------------------------------------------------------------


def test_rates_are_reported_for_each_family() -> None:
    stream = TaskStream(PolynomialTasks(), "Code-v0", "train", 0)
    program = [(stream.task(i), PolynomialTasks().solve(stream.task(i)).answer) for i in range(2)]

    class Both(Verifier):
        runner = RUNNER

        def verify(self, task: Any, response: Any) -> Verdict:
            return (NamesOnly() if "form" in task.public else SOUND_PROGRAMS)(task, response)

    document = measure(Both(), [*program, calls()]).to_json()["families"]
    assert document["program"]["kill_rate"] == 1.0
    assert document["program"]["false_reject_rate"] == 0.0
    # 12 near misses and the order; in 3 + 3 + 1 of them only arguments differ.
    assert document["calls"]["kill_rate"] == pytest.approx(1 - 7 / 13, abs=1e-4)


def test_the_sound_graders_of_programs_and_queries_have_perfect_rates() -> None:
    tasks: list[Any] = []
    for generator in (PolynomialTasks(), QueryTasks()):
        stream = TaskStream(generator, "Any-v0", "train", 1)
        tasks.append([(t, generator.solve(t).answer) for t in map(stream.task, range(4))])
    programs = measure(SOUND_PROGRAMS, tasks[0])
    assert (programs.kill_rate, programs.false_reject_rate) == (1.0, 0.0)
    assert programs.near_misses >= 40
    found = measure(planted_exploits.SoundQueries(), tasks[1])
    assert (found.kill_rate, found.false_reject_rate) == (1.0, 0.0)
    assert found.near_misses >= 10
