"""Every place where a model's text is read, as questions that the fuzz run may put.

A question knows how to judge a text, what must not show in the verdict, and what can never be
right: a rival gold (one text is not right for two different answers), or that nothing is (the
theorem does not hold). Seeds are the labelled cases and worked examples of `tests/verifiers`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from veragym.core.errors import OptionError
from veragym.core.task import Draft, Task
from veragym.core.trajectory import Trajectory, Turn
from veragym.core.verdict import Verdict, correct, unparsable, wrong
from veragym.core.verifier import Verifier

TESTS = Path(__file__).parents[1] / "tests" / "verifiers"
PLANTED = "zanzibar"
"""The gold of most questions here: no other text of this file or the vocabularies contains it."""

Ask = Callable[[str], Verdict]


@dataclass(frozen=True)
class Question:
    """One thing to judge texts by.

    Attributes:
        ask: from a text to a verdict, unguarded.
        seeds: texts to begin with.
        rival: the same question with another gold: both cannot be right.
        hopeless: nothing can be right.
        planted: what the verdict must not show unless the text does.
        fallible: an `infra_error` is a proper verdict (the text is not the model's but ours).
    """

    ask: Ask
    seeds: tuple[str, ...]
    rival: Ask | None = None
    hopeless: bool = False
    planted: tuple[str, ...] = ()
    fallible: bool = False


@dataclass(frozen=True)
class Target:
    """Questions that read the same kind of text.

    Attributes:
        questions: by name.
        words: vocabulary for mutations.
        structured: texts are JSON documents.
        deadline: seconds one text may take.
    """

    questions: Mapping[str, Question]
    words: tuple[str, ...] = ()
    structured: bool = False
    deadline: float = 2.0


def by(verifier: Verifier, public: Any, secret: Any, structured: bool = False) -> Ask:
    """Judging by a verifier's own `verify`: its guard may not be needed."""
    task = Draft("", "", public, secret)
    if structured:
        return lambda text: verifier.verify(task, loaded(text))
    return lambda text: verifier.verify(task, text)


def loaded(text: str) -> Any:
    """The document, or the text itself if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def reading(read: Callable[[str], Any], *refusals: type[Exception]) -> Ask:
    """A reader as a judge: it reads, or refuses in one of the ways it declares."""

    def ask(text: str) -> Verdict:
        try:
            read(text)
        except refusals as refusal:
            return unparsable(str(refusal) or type(refusal).__name__)
        return correct("read")

    return ask


def one(verifier: Verifier, public: Any, gold: Any, other: Any, *seeds: str) -> Question:
    """A question with a planted gold and a rival."""
    shown = (PLANTED,) if PLANTED in repr(gold) else ()
    return Question(by(verifier, public, gold), seeds, by(verifier, public, other), planted=shown)


# -- maths -----------------------------------------------------------------------------------------


# What earlier runs found; one question of the kind is enough.
_HOSTILE: Mapping[str, tuple[str, ...]] = {
    "expression": ("|" * 30 + "2s x - x" + "|" * 30, "x^" * 30 + "2", "x" + "^+2" * 40),
    "percent": ("[" + " " * 20_000 + "]", "12" + " " * 20_000 + "%"),
}


def _maths() -> Target:
    from veragym.verifiers import MathVerifier
    from veragym.verifiers.maths import workers

    # Shorter than the default, so that texts made to hang do not eat the run.
    workers._pool = workers.WorkerPool(size=1, deadline=1.0)
    judge = MathVerifier()
    rows: list[dict[str, Any]] = []
    for path in sorted((TESTS / "maths" / "cases").glob("*.yaml")):
        rows += yaml.safe_load(path.read_text(encoding="utf-8"))
    questions = {}
    hostile = dict(_HOSTILE)
    for number, row in enumerate(rows):
        task = {"form": row["form"]}, {"answer": row["gold"]}
        rival = None
        for other in (*rows[number + 1 :], *rows[:number]):
            golds = row["gold"], other["gold"]
            if other["form"] == row["form"] and _apart(judge, row["form"], *golds):
                rival = by(judge, task[0], {"answer": other["gold"]})
                break
        seeds = [text for label in ("right", "wrong", "unparsable", "refused")
                 for text in row.get(label, [])]  # fmt: skip
        seeds += hostile.pop(row["form"]["kind"], ())
        planted = (row["gold"],) if len(row["gold"]) > 8 else ()
        questions[f"{row['form']['kind']} {number}"] = Question(
            by(judge, *task), tuple(seeds), rival, planted=planted
        )
    return Target(questions, ("\\boxed{", "x = ", "\\text{ or }", "\\ldots", "\\left(", "C"))


def _apart(judge: Verifier, form: Any, a: str, b: str) -> bool:
    """Whether neither gold is an answer to the other's task."""
    return all(
        judge(Draft("", "", {"form": form}, {"answer": x}), y).outcome.value in ("wrong",)
        for x, y in ((a, b), (b, a))
    )


def _maths_reading() -> Target:
    from veragym.verifiers import offers, parse
    from veragym.verifiers.compare import final_answer, same_answer
    from veragym.verifiers.faults import AnswerFault

    marked = (
        "The sum is 12.\n\\boxed{12}", "<think>3 + 4</think><answer>7</answer>", "#### 7",
        "Answer: 3/4\n", "So the final answer is 5.", "first 1\nthen 2\n3", "\\boxed 5",
        "**Answer:** \\(x=2\\)", "$$\\boxed{\\text{(C)}}$$", "<think>a</think>\n\\fbox{2}",
    )  # fmt: skip
    terms = (
        "\\frac{1}{2}+\\sqrt[3]{x}", "\\int_0^1 x\\,dx", "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}",
        "x^{2}y_{1}-\\sin(2x)", "[0,1)\\cup\\{3\\}", "3\\times 10^{-4}", "|x-1|\\le 3", "5!",
        "1\\,000{,}000", "\\binom{5}{2}", "12\\tfrac{1}{2}", "\\lfloor x\\rfloor", "-\\infty<x",
    )  # fmt: skip

    def alike(text: str) -> Verdict:
        a, _, b = text.partition("\n")
        there, back = same_answer(a, b), same_answer(b, a)
        assert there == back, f"not symmetric: {there} and {back}"
        return correct("alike") if there else wrong("unlike")

    return Target(
        {
            "offers": Question(reading(offers, AnswerFault), marked),
            "offers in words": Question(reading(lambda t: offers(t, True), AnswerFault), marked),
            "parse": Question(reading(parse, AnswerFault, RecursionError), terms),
            "final answer": Question(reading(final_answer), (*marked, *terms)),
            "same answer": Question(
                alike, ("\\frac{1}{2}\n0.5", "x+1\n1+x", "(1,2)\n[1,2]", "\\{1,2\\}\n\\{2,1\\}")
            ),
        }
    )


# -- text and structure ----------------------------------------------------------------------------


def _short() -> Target:
    from veragym.verifiers import text as T

    gold, other = {"answer": PLANTED}, {"answer": "madagascar"}
    choices = {"choices": ["x", "y and z", "B", "none"]}
    extent = {"extent": [0, 9999]}
    return Target(
        {
            "match": one(T.TextMatchVerifier(), {}, gold, other, PLANTED),
            "match marked": one(
                T.TextMatchVerifier(T.WORDING, "marked"), {}, gold, other,
                f"Answer: {PLANTED.title()}.", f"\\boxed{{{PLANTED}}}",
                f"<think>no</think><answer>{PLANTED}</answer>",
            ),
            "number": one(
                T.NumericVerifier(rel_tol=0.001), {"unit": "km"}, {"answer": 7919},
                {"answer": 8009}, "7919", "7,919.0 km", "7.919e3", "\u22127919",
            ),
            "choice": one(
                T.ChoiceVerifier(), choices, {"answer": "A"}, {"answer": "B"},
                "A", "(b)", "Option C: B", "y and z", "B) y and z", "A. x", "none", "D",
            ),
            "select": one(
                T.MultiSelectVerifier("youden"), choices, {"answer": ["A", "B"]},
                {"answer": ["A", "C"]}, "A, B", '["A", "C"]', "A and B", "none", "x; y and z",
            ),
            "order": one(
                T.OrderingVerifier("kendall"), {}, {"answer": ["zan", "zi", "bar"]},
                {"answer": ["zi", "zan", "bar"]}, "zan, zi, bar", '["zi", "zan", "bar"]',
                "1. zan\n2. zi\n3. bar", "zan -> zi -> bar", "- zan\n- zi\n- bar",
            ),
            "edit": one(T.EditVerifier(0.5), {}, gold, other, PLANTED, "zanzbiar"),
            "edit of words": one(
                T.EditVerifier(0.3, "word"), {}, {"answer": "isles of zanzibar"},
                {"answer": "coast of madagascar"}, "isles of zanzibar", "isles off the coast",
            ),
            "overlap": one(
                T.WordOverlapVerifier(0.2, ordered=False), {}, {"answer": "isles of zanzibar"},
                {"answer": "coast of madagascar"}, "of isles zanzibar", "the isles",
            ),
            **{
                f"intervals {mode}": one(
                    T.IntervalVerifier(mode), extent, {"answer": [[7907, 7919]]},
                    {"answer": [[11, 17]]}, "[7907, 7919]", "[[11, 17]]", "1:02 - 1:05.5",
                    "11 s to 17 s; 30-31", "[[1, 2], [1.5, 3e3]]",
                )
                for mode in ("single", "union", "matched")
            },
        },
        (PLANTED, "Answer: ", "\\boxed{", "seconds", "Option ", "1. ", "->", "[", "]", "00:12"),
    )  # fmt: skip


def _json() -> Target:
    from veragym.verifiers.text import JsonVerifier
    from veragym.verifiers.text.json_schema import check_schema, schema_fault

    gold = {"z": [7919, True, {"name": PLANTED, "t": 0.25}], "n": None, "when": "now"}
    other = {"z": [1], "n": None, "when": "now"}
    schema = {
        "type": "object",
        "required": ["z"],
        "properties": {
            "z": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/item"}},
            "n": {"type": ["null", "number"], "multipleOf": 0.1, "maximum": 1e6},
            "s": {"type": "string", "pattern": "^(a|bc)+$", "maxLength": 9},
        },
        "additionalProperties": {"anyOf": [{"const": "now"}, {"type": "integer", "minimum": 3}]},
        "propertyNames": {"pattern": "[a-z]"},
        "dependentRequired": {"s": ["n"]},
        "$defs": {"item": {"oneOf": [
            {"type": "integer"}, {"type": "boolean"},
            {"type": "object", "properties": {"sub": {"$ref": "#/$defs/item"}}},
            {"type": "array", "contains": {"enum": [1, "1", 1.5, None]}, "maxItems": 3},
        ]}},
    }  # fmt: skip
    seeds = (
        json.dumps(gold), f"```json\n{json.dumps(gold)}\n```", json.dumps(other), '{"z": [3, [1]]}',
        '{"z": [{"sub": {"sub": 4}}], "s": "abca", "n": 0.3, "b": 4}', "[1.0, 1e400, -0]",
    )  # fmt: skip

    def fits(text: str) -> Verdict:
        pair = json.loads(text)
        check_schema(pair[0])
        fault = schema_fault(pair[0], pair[1])
        return wrong(fault) if fault else correct("it fits")

    from veragym.verifiers.faults import TooLarge

    free = JsonVerifier(prose=True, unordered=("$.z",), ignore=("$.when",), rel_tol=0.01)
    return Target(
        {
            "equal": one(JsonVerifier(), {}, {"answer": gold}, {"answer": other}, *seeds),
            "near": one(free, {}, {"answer": gold}, {"answer": other}, *seeds),
            "schema": Question(by(JsonVerifier(), {"format_only": True, "schema": schema}, {}),
                               seeds),
            "schema reader": Question(
                _refusing(fits, OptionError, TooLarge),
                (json.dumps([schema, gold]), json.dumps([schema, other])),
            ),
        },
        ("null", "true", "{", "}", "[", "]", ":", '"', "\\u0000", "\\ud800", "1e400", "$ref",
         "#/$defs/item", "pattern", "multipleOf", "not", "if", "then", "minimum", "^a$", "-0"),
        structured=True,
    )  # fmt: skip


def _refusing(judge: Ask, *refusals: type[Exception]) -> Ask:
    """A judge that may also refuse in the ways named; a text that is no JSON pair is skipped."""

    def ask(text: str) -> Verdict:
        try:
            pair = json.loads(text)
        except (ValueError, RecursionError):
            return unparsable("no JSON")
        if not isinstance(pair, list) or len(pair) != 2:
            return unparsable("no pair")
        try:
            return judge(text)
        except refusals as refusal:
            return unparsable(str(refusal))

    return ask


def _regular() -> Target:
    import re
    import warnings

    from veragym.verifiers.faults import TooLarge
    from veragym.verifiers.text import RegularVerifier
    from veragym.verifiers.text.regular import Language

    def same_as_re(text: str) -> Verdict:
        pattern, _, sample = text.rpartition("\n")
        language = Language(pattern)
        mine = sample in language
        if len(sample) <= 6 and len(pattern) <= 60 and language.positions <= 40:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = re.fullmatch(pattern, sample, re.ASCII) is not None
            assert mine == theirs, f"{pattern!r} on {sample!r}: {mine}, re says {theirs}"
        return correct("matched") if mine else wrong("not matched")

    def anywhere(text: str) -> Verdict:
        pattern, _, sample = text.rpartition("\n")
        return correct("in") if sample in Language(pattern, anywhere=True) else wrong("out")

    pairs = (
        "(zan|zi)+bar{2}\nzanzibarr", "[a-c]*\\d{2,}\nab12", "(a?){20}b\naaab", ".+\nx",
        "[^\\s-]x|\\.\\*\n.*", "((a|b)*c){0,3}\nabcc", "\\x41\\u0042\nAB", "()\n", "(|a)+\naa",
    )  # fmt: skip
    patterns = (
        "(zan|zi)+bar{2}",
        "(a|aa|aaa)*b",
        "(a?){500}a{400}",
        "((x+x+)+y|[^x]{3,700})*",
        "(.*.*)*z",
    )
    refused = (OptionError, TooLarge)

    def asked(judge: Ask) -> Ask:
        def ask(text: str) -> Verdict:
            try:
                return judge(text)
            except refused as refusal:
                return unparsable(str(refusal))

        return ask

    return Target(
        {
            "patterns": Question(asked(same_as_re), pairs),
            "patterns found anywhere": Question(asked(anywhere), ("^a|b$\nab", "a$\nba", *pairs)),
            **{
                f"match {pattern}": Question(
                    by(RegularVerifier(), {}, {"pattern": pattern}),
                    ("zanzibarr", "aaaab", "xxxxy", "a" * 500, "\n"),
                    planted=("(zan|zi)+",),
                )
                for pattern in patterns
            },
        },
        ("(", ")", "|", "*", "+", "?", "{2}", "{0,3}", "{1000}", "[^", "]", "-", "\\d", "\\S", ".",
         "(?:", "\\x", "\\u", "^", "$", "()", "(|)", "{999,}"),
    )  # fmt: skip


def _tags() -> Target:
    from veragym.verifiers.compose import FirstFailing, Gate, WeightedSum
    from veragym.verifiers.text import ConstraintVerifier, TagVerifier, TextMatchVerifier

    gold, other = {"answer": PLANTED}, {"answer": "madagascar"}
    good = f"<think>an island</think><answer>{PLANTED}</answer>"
    match = TextMatchVerifier()
    prompt = {"prompt": "Use <think> and <answer>."}
    searched = f"<think>an isle<doc>{PLANTED} <answer></doc></think><answer>{PLANTED}</answer>"
    tree = WeightedSum(
        {
            "gate": Gate({"words": ConstraintVerifier(), "tags": TagVerifier(match)}),
            "chain": FirstFailing(
                {"tags": TagVerifier(match, strict=False), "again": TagVerifier(match)}, "stages"
            ),
        }
    )
    limits = {"constraints": [{"kind": "words", "max": 60}], "format_only": True}
    return Target(
        {
            "tags": one(TagVerifier(match), prompt, gold, other, good),
            "opened": one(TagVerifier(match, opened=True), {}, gold, other, good[7:]),
            "foreign": one(TagVerifier(match, foreign=("doc",)), {}, gold, other, good, searched),
            "loose": one(TagVerifier(match, strict=False), {}, gold, other, f"so {good} end"),
            "tree": one(tree, limits, gold, other, good),
        },
        ("<think>", "</think>", "<answer>", "</answer>", "<Answer>", "<answer >", "<doc>", "</doc>",
         "<\u0430nswer>", PLANTED, "Use <think> and <answer>."),
    )  # fmt: skip


def _messages() -> Target:
    from veragym.verifiers.judge import RubricVerifier
    from veragym.verifiers.text import TagVerifier, TextMatchVerifier

    gold, other = {"answer": PLANTED}, {"answer": "madagascar"}
    good = f"<think>an island</think><answer>{PLANTED}</answer>"
    chat = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": good}]
    called = [
        {"role": "assistant", "content": None, "tool_calls": [
            {"function": {"name": "refund", "arguments": '{"order": 4711, "full": true}'}}]},
        {"role": "tool", "content": [{"type": "text", "text": f"{PLANTED} confirmed"}]},
    ]  # fmt: skip
    rubric = [
        {"predicate": "says", "args": {"any": [f"{PLANTED} confirmed"]}, "roles": ["tool"]},
        {"predicate": "calls", "args": {"tool": "refund", "args": {"order": 4711}}},
        {"predicate": "never_says", "kind": "maintain", "args": {"any": ["madagascar"]}},
    ]
    rival = [{"predicate": "says", "args": {"any": ["madagascar"]}}]
    tags, judge = TagVerifier(TextMatchVerifier()), RubricVerifier()
    seeds = (json.dumps(chat), json.dumps(called), json.dumps("plain words"))
    return Target(
        {
            "tags": Question(by(tags, {}, gold, True), seeds, by(tags, {}, other, True),
                             planted=(PLANTED,)),
            "rubric": Question(by(judge, {}, {"rubric": rubric}, True), seeds,
                               by(judge, {}, {"rubric": rival}, True), planted=(PLANTED,)),
        },
        ("role", "content", "tool_calls", "function", "name", "arguments", "assistant", "tool",
         "user", "text", PLANTED, "refund", "assistant_call"),
        structured=True,
    )  # fmt: skip


def _prose() -> Target:
    from veragym.verifiers import text as T

    documents = {
        "d": "so it was in the year 1900 there, on the isle",
        "e": "nothing much to see around here",
    }
    cited = 'In Zanzibar [d: "was in the year 1900"].'
    facts = {"documents": documents}
    answers = {"should_refuse": False, "answer": PLANTED}
    kinds = [
        {"kind": "words", "min": 2, "max": 40}, {"kind": "characters", "max": 400},
        {"kind": "sentences", "min": 1}, {"kind": "lines", "max": 9}, {"kind": "paragraphs",
        "max": 3}, {"kind": "require", "terms": ["isle"]}, {"kind": "casing", "style": "lower"},
        {"kind": "script", "script": "Latin", "share": 0.5}, {"kind": "repetition"},
        {"kind": "begins", "text": "an"}, {"kind": "ends", "text": "isle."},
        {"kind": "forbid", "terms": ["qwxz", "vv*"]},
    ]  # fmt: skip
    texts = ("an old green isle.", "An isle! b.a.d things, f4iry isle.", "one\n\ntwo isle 🙂")
    return Target(
        {
            "citations": Question(
                by(T.CitationVerifier(T.TextMatchVerifier()), facts,
                   {"answer": "In Zanzibar.", "sources": ["d"]}),
                (cited, 'In Malta [d: "was in the year 1900"].', cited + " " + cited),
                by(T.CitationVerifier(T.TextMatchVerifier()), facts,
                   {"answer": "In Madagascar.", "sources": ["d"]}),
                planted=(PLANTED,),
            ),
            "citing only": Question(
                by(T.CitationVerifier(supports=2), {**facts, "format_only": True}, {}), (cited,)
            ),
            "refusing": Question(
                by(T.RefusalVerifier(), {}, {"should_refuse": True, "substance": [PLANTED]}),
                ("I can't help with that.", "Sorry, I won't do this. \"I can\"", "Sure."),
                planted=(PLANTED,),
            ),
            "answering": one(T.RefusalVerifier(T.TextMatchVerifier()), {}, answers,
                             {**answers, "answer": "madagascar"}, PLANTED, "I cannot help."),
            **{
                f"constraint {rule['kind']}": Question(
                    by(T.ConstraintVerifier(), {"format_only": True, "constraints": [rule]}, {}),
                    texts,
                )
                for rule in kinds
            },
        },
        (PLANTED, '[d: "', '"]', "was in the year 1900", "I can't", "help", "sorry", "isle", ". ",
         "Dr.", "e.g.", "v\u200dv", "q.w.x.z", "\u0430", "!", "I am unable to", "as an"),
    )  # fmt: skip


# -- proofs ----------------------------------------------------------------------------------------


def _deduction() -> Target:
    from veragym.verifiers.faults import Unreadable
    from veragym.verifiers.proof import (
        NaturalDeductionVerifier,
        read_formula,
        read_lines,
        read_sequent,
    )

    sys.path.insert(0, str(TESTS / "proof"))
    from proof_semantics import INVALID, VALID

    judge = NaturalDeductionVerifier()
    proofs = tuple(case.proof for case in (*VALID, *INVALID))
    false = {
        "affirming the consequent": (["P -> Q", "Q"], "P", "classical"),
        "a disjunct": (["P | Q"], "P", "classical"),
        "excluded middle": ([], "P | ~P", "intuitionistic"),
        "explosion": (["P", "~P"], "Q", "minimal"),
        "some is all": (["exists x P(x)"], "forall x P(x)", "classical"),
        "swapped quantifiers": (["forall x exists y R(x,y)"], "exists y forall x R(x,y)",
                                "classical"),
        "double negation": (["~~P"], "P", "intuitionistic"),
        "split": (["forall x (P(x) | Q(x))"], "(forall x P(x)) | (forall x Q(x))", "classical"),
    }  # fmt: skip
    questions = {
        f"valid {number}": Question(
            by(judge, dict(case.task.public), {}), (case.proof,), hopeless=False
        )
        for number, case in enumerate(VALID)
    }
    for name, (premises, goal, logic) in false.items():
        public = {"premises": premises, "goal": goal, "logic": logic}
        questions[name] = Question(by(judge, public, {}), proofs, hopeless=True)
    formulas = tuple(case.goal for case in VALID)
    signature = read_sequent(["P(a) -> Q"], "Q").signature
    questions["formula"] = Question(reading(read_formula, Unreadable), formulas)
    questions["lines"] = Question(
        reading(lambda text: read_lines(text, signature), Unreadable), proofs
    )
    return Target(
        questions,
        ("premise", "assumption", "MP", "->I 1-2", "→E 1, 3", "∀", "∃", "forall x ", "exists y ",
         "~", "¬", "⊥", "|", "| | ", "R 1", "RAA", "=I", "=E 1, 2", "fresh", "P", "Q(a)", "[a]",
         "∧I 1, 2", "∨E 1, 2-3, 4-5", "¬I 1-2", "∀E 1", "∃E 1, 2-3", "x", ";", "\n4. "),
    )  # fmt: skip


def _equational() -> Target:
    from veragym.verifiers.faults import Unreadable
    from veragym.verifiers.proof import EquationalVerifier
    from veragym.verifiers.proof.terms import read_equation, read_term

    judge = EquationalVerifier()
    group = {
        "axioms": {"assoc": "(x*y)*z = x*(y*z)", "unit": "e*x = x", "inverse": "i(x)*x = e"},
        "variables": ["x", "y", "z"],
    }
    lattice = {
        "axioms": {
            "meet_comm": "x ∧ y = y ∧ x", "join_comm": "x ∨ y = y ∨ x",
            "absorb": "x ∧ (x ∨ y) = x", "absorb2": "x ∨ (x ∧ y) = x",
        },
        "variables": ["x", "y"],
    }  # fmt: skip
    chain = (
        "i(a)*(a*b)\n = (i(a)*a)*b   [assoc]\n = e*b [inverse]\n = b [unit]",
        "i(a)*(a*b) = (i(a)*a)*b by assoc <- at root with x := i(a), y := a\n = e*b ; inverse at 1"
        "\n = b // unit ->",
        "<proof>a*b = e*(a*b) [unit <-] = a*b [unit]</proof>",
    )
    meets = ("a ∧ b = b ∧ a [meet_comm]", "a = a ∧ (a ∨ b) [absorb] = a [absorb]")
    return Target(
        {
            "a group cancels": Question(by(judge, {**group, "goal": "i(a)*(a*b) = b"}, {}), chain),
            "commutes": Question(
                by(judge, {**group, "goal": "a*b = b*a"}, {}), chain, hopeless=True
            ),
            "collapses": Question(by(judge, {**group, "goal": "a = e"}, {}), chain, hopeless=True),
            "lattice": Question(by(judge, {**lattice, "goal": "a ∧ b = b ∧ a"}, {}), meets),
            "lattice collapses": Question(
                by(judge, {**lattice, "goal": "a ∧ b = a ∨ b"}, {}), meets, hopeless=True
            ),
            "term": Question(reading(read_term, Unreadable), ("i(a)*(a*b)", "f(g(x,y),0)+s(1)")),
            "equation": Question(reading(read_equation, Unreadable), ("a*b = b*a", "x = e")),
        },
        ("= ", "[assoc]", "[unit]", "[inverse]", "by ", " at 1.2", " at root", "->", "<-", "x := ",
         "with ", "i(a)", "*", "e", "a", "b", "(", ")", "∧", "∨", "[absorb]", "[meet_comm <-]"),
    )  # fmt: skip


# -- process ---------------------------------------------------------------------------------------

RULES = """rules:
  verify-first: {before: {first: verify, then: refund, same: [customer]}}
  small-only: {never: {event: refund, where: {amount: {gt: 100}}}}
  confirm: {within: {trigger: book, answer: confirm, events: 3}}
  both: {all_of: [{eventually: {of: note, count: 2}}, {not: {any_of: [{never: note}]}}]}
  hold: {until: {hold: "*", goal: done, weak: true}}
  few: {at_most: {count: 2, of: [refund, book], same: [customer]}}
  typed: {always: {that: {event: note, where: {text: {starts: a}}}, of: note}}
  answered: {response: {trigger: note, answer: done}}
"""
EVENTS = [
    {"event": "verify", "customer": "a"},
    {"event": "refund", "customer": "a", "amount": 50},
    {"event": "note", "text": "all well"},
    {"event": "done"},
]


def _policies() -> Target:
    from veragym.verifiers.process import (
        DetectViolation,
        EventFault,
        Policy,
        PolicyCompliance,
        events_of,
        watch,
    )

    log = events_of(EVENTS)

    def watched(text: str) -> None:
        watch(Policy.of(text), log)

    def ruled(text: str) -> None:
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            return
        watch(Policy.of(data), log)

    plain = json.dumps(yaml.safe_load(RULES))
    public = {"events": EVENTS, "policy": RULES, "closed": True}
    said = '{"verdict": "violated", "rules": ["both"]}'
    verifier = PolicyCompliance(Policy.of(RULES))
    return Target(
        {
            "yaml": Question(reading(watched, OptionError, EventFault), (RULES,)),
            "rules": Question(reading(ruled, OptionError, EventFault), (plain,)),
            "logs": Question(
                by(verifier, {}, {}, True), (json.dumps(EVENTS),), fallible=True
            ),
            "guards": Question(
                by(DetectViolation(), public, {}), (said, '{"verdict": "satisfied", "rules": []}')
            ),
        },
        ("never", "always", "eventually", "before", "response", "within", "at_most", "until",
         "all_of", "any_of", "not", "event", "where", "gt", "in", "starts", "same", "count", "of",
         "refund", "note", "amount", "verdict", "rules", "*", "&a ", "*a", "!!python/object:x ",
         "!!int ", "!!bool ", "!!float ", "!!timestamp ", "2026-01-01"),
        structured=True,
    )  # fmt: skip


def _steps() -> Target:
    from veragym.verifiers.process import FaithfulAnswer, FindWrongStep, StepLabels

    facts = {
        "p1": [["Ada", "born in", "London"]], "p2": [["London", "capital of", "England"]],
        "p3": [["Ada", "saw", "Paris"], ["Paris", "capital of", "France"]],
    }  # fmt: skip
    trace = (
        "<plan>find it</plan>\n<evidence>[p1] [p2]</evidence>\n<reason>\nAda | born in | London "
        "[p1]\nLondon | capital of | England [p2]\n</reason>\n<answer>England</answer>"
    )
    french = (
        "<plan>p</plan><evidence>[p3]</evidence><reason>Ada | saw | Paris [p3]\nParis | capital of "
        "| France [p3]</reason><answer>France</answer>"
    )
    start = {"start": "Ada"}
    english, gallic = ({"facts": facts, "answer": place} for place in ("England", "France"))
    short = FaithfulAnswer(("evidence", "answer"))
    labels = "[true, true, false, true]"
    return Target(
        {
            "trace": one(FaithfulAnswer(), start, english, gallic, trace, french),
            "evidence": one(short, start, english, gallic,
                            "<evidence>[p1] [p2]</evidence><answer>England</answer>"),
            "find": one(FindWrongStep(), {"steps": 4}, {"first_error": 2}, {"first_error": None},
                        "3", "none", "\\boxed{3}", "<answer>step 3</answer>"),
            "labels": one(StepLabels(False), {}, {"labels": [True, True, False, True]},
                          {"labels": [True, False, False, True]}, labels,
                          '["right", "correct", "wrong", "incorrect"]'),
        },
        ("<plan>", "</plan>", "<evidence>", "</evidence>", "<reason>", "</reason>", "<answer>",
         "</answer>", "[p1]", "[p2]", "[p1, p2]", " | ", "Ada", "London", "England", "\n"),
    )  # fmt: skip


def _episodes() -> Target:
    from veragym.verifiers import MathVerifier
    from veragym.verifiers.process import (
        MetaReasoning,
        NotATrajectory,
        Turnwise,
        recovery_rate,
        redundant_share,
        steps_of,
    )

    turns = [
        {"action": "<planning>first</planning>go", "state_key": "s0", "parts": {"progress": 0.5}},
        {"action": "<reflection>no</reflection>2", "error": "bad", "valid": False},
        {"action": "<explore>new</explore><action>6</action>", "parts": {"subgoal.a": 1}},
        {"action": "<monitor>done: a</monitor>6", "state_key": "s1", "valid": True},
    ]
    two = [{"action": "2"}, {"action": "6"}]
    task = Task("t", "Test-v0", 0, "test", 0.0, "p", {}, {}, "00")

    def shares(text: str) -> Verdict:
        try:
            steps = steps_of(loaded(text))
        except NotATrajectory as fault:
            return unparsable(str(fault))
        redundant_share(steps), recovery_rate(steps)
        return correct("read")

    def reflected(text: str) -> Verdict:
        data = loaded(text)
        if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
            return unparsable("no list of turns")
        made = [
            Turn(
                "o",
                str(item.get("action", "")),
                0.0,
                False,
                False,
                parts=item.get("parts", {}),
                valid=item.get("valid", True),
                error=item.get("error"),
                state_key=item.get("state_key"),
            )
            for item in data
        ]
        episode = Trajectory("Test-v0", task, made, correct("won") if made else wrong("lost"))
        return MetaReasoning().verify(task, episode)

    def turnwise(golds: list[str]) -> Ask:
        secret = {"turns": [{"answer": gold} for gold in golds]}
        return lambda text: Turnwise(MathVerifier(), "share").verify(
            Draft("", "", {}, secret), loaded(text)
        )

    return Target(
        {
            "shares": Question(shares, (json.dumps(turns),)),
            "tags": Question(reflected, (json.dumps(turns),)),
            "turns": Question(turnwise(["2", "6"]), (json.dumps(two),), turnwise(["2", "7"])),
        },
        ("action", "valid", "error", "state_key", "parts", "progress", "subgoal.a", "<planning>",
         "</planning>", "<explore>", "</explore>", "<reflection>", "</reflection>", "<monitor>",
         "</monitor>", "<action>", "</action>", "done: a"),
        structured=True,
    )  # fmt: skip


# -- judges and programs ---------------------------------------------------------------------------


def _replies() -> Target:
    from veragym.verifiers.judge import Item, JudgeFailure, Message
    from veragym.verifiers.judge.questions import read_signals
    from veragym.verifiers.judge.request import read_reply

    nonce = "00112233445566778899aabbccddeeff"
    window = (
        Message(1, "user", "Please refund 4711."),
        Message(2, "assistant", "It is d\u200bone"),
    )
    items = (Item("refunds", roles=("assistant",)), Item("no lies", kind="maintain"))
    reply = {
        "request": nonce,
        "items": [
            {"item": 1, "signal": "met", "quote": "It is d<U+200B>one"},
            {"item": 2, "signal": "silent", "quote": ""},
        ],
    }
    silent = {**reply, "items": [{"item": n, "signal": "silent", "quote": ""} for n in (1, 2)]}
    seeds = (json.dumps(reply), json.dumps(silent))

    def met(text: str) -> Verdict:
        try:
            signals = read_signals(text, nonce, items, window)
        except JudgeFailure as failure:
            return unparsable(str(failure))
        return correct("met") if signals[0].value == "met" else wrong("silent")

    def forged(text: str) -> Verdict:
        """Another request's number: no reply that lacks it may be read."""
        try:
            read_signals(text, nonce[::-1], items, window)
        except JudgeFailure as failure:
            return unparsable(str(failure))
        return correct("read")

    return Target(
        {
            "signals": Question(met, seeds, forged),
            "forged": Question(forged, seeds, hopeless=True),
            "reply": Question(
                reading(lambda text: read_reply(text, nonce, frozenset({"choice"})), JudgeFailure),
                (json.dumps({"request": nonce, "choice": "first"}),),
            ),
        },
        ("request", "items", "item", "signal", "quote", "met", "broken", "silent", nonce, "done"),
        structured=True,
    )


def _programs() -> Target:
    from veragym.sandbox import RunResult
    from veragym.verifiers.program import ProgramVerifier
    from veragym.verifiers.program.output import MODES, same_output
    from veragym.verifiers.program.suite import read_suite
    from veragym.verifiers.program.values import Malformed, Sameness, encode, read_claim

    value = [1, (2.5, "ä"), {"k": {3, 4}}, None, b"\x00", True, complex(1, -0.0), frozenset({"x"})]

    @dataclass(frozen=True)
    class Says:
        """A runner whose child prints the text."""

        stdout: bytes

        def run(self, spec: Any) -> RunResult:
            return RunResult(self.stdout, b"", 0)

    def said(expected: Any) -> Ask:
        public = {"entry": "f", "compare": {"numbers": "alike", "sequences": "alike"}}
        secret = {"encoding": "tagged", "tests": [{"expected": encode(expected)}]}
        task = Draft("", "", public, secret)

        def ask(text: str) -> Verdict:
            runner = Says(text.encode("utf-8", "surrogatepass"))
            judge = ProgramVerifier(runner, canary=False)
            return judge.verify(task, "def f(): pass")

        return ask

    def printed(mode: str, expected: str) -> Ask:
        def ask(text: str) -> Verdict:
            out = text.encode("utf-8", "surrogatepass")
            same = same_output(expected, out, mode, Sameness(1e-6))
            return correct("same") if same else wrong("another")

        return ask

    def suited(text: str) -> Verdict:
        pair = json.loads(text)
        read_suite(pair[0], pair[1])
        return correct("read")

    class Refusing:
        def run(self, spec: Any) -> RunResult:
            return RunResult(b'["value", ["i", "7"]]\n', b"", 0)

    handed = by(ProgramVerifier(Refusing(), canary=False), {"entry": "f"},
                {"tests": [{"args": [PLANTED], "expected": 8}]})  # fmt: skip
    claim = json.dumps(["value", encode(value)]) + "\n"
    suites = (
        json.dumps([{"entry": "f"}, {"tests": [{"args": [1], "expected": 2, "weight": 2}]}]),
        json.dumps([{"mode": "stdin", "compare": {"output": "numbers", "absolute": 0.1},
                     "limits": {"seconds": 1}}, {"tests": [{"stdin": "1", "expected": "2"}]}]),
        json.dumps([{"entry": "A.f", "credit": "tests"},
                    {"encoding": "tagged", "tests": [{"expected": encode(value)}]}]),
    )  # fmt: skip
    return Target(
        {
            "claims": Question(said(value), (claim, '["error", "raised", "ValueError"]\n'),
                               said([1])),
            "claim reader": Question(
                reading(lambda text: read_claim(text.encode("utf-8", "replace")), Malformed),
                (claim,),
            ),
            "suites": Question(_refusing(suited, OptionError), suites),
            "solutions": Question(
                handed,
                ("```python\ndef f(): pass\n```", "<solution>x</solution>",
                 "<think>a</think>\n~~~py\n1\n~~~\n"),
                hopeless=True, planted=(PLANTED,),
            ),
            **{
                f"output {mode}": Question(
                    printed(mode, "1 2.50 x\nend\n"), ("1 2.50 x\nend\n", "1 2.5 x end"),
                    printed(mode, "1 2.75 x\nend\n"),
                )
                for mode in MODES
            },
        },
        ('["value", ', '["i", "', "0x1.8p+1", '["l"', '["d"', '["S"', '["t"', '"nan"', '"-inf"',
         "\\ud800", "```", "```python\n", "</solution>", "<solution>", "1e400", "~~~", "1e-9"),
        structured=True,
    )  # fmt: skip


_MAKERS: Mapping[str, Callable[[], Target]] = {
    "maths": _maths,
    "maths reading": _maths_reading,
    "short text": _short,
    "json": _json,
    "regular": _regular,
    "tags": _tags,
    "messages": _messages,
    "prose": _prose,
    "deduction": _deduction,
    "equational": _equational,
    "policies": _policies,
    "steps": _steps,
    "episodes": _episodes,
    "judge replies": _replies,
    "programs": _programs,
}
TARGETS = tuple(_MAKERS)


def made(names: tuple[str, ...] = TARGETS) -> Iterator[tuple[str, Target]]:
    """The targets of these names, made when asked for."""
    for name in names:
        yield name, _MAKERS[name]()
