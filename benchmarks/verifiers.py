"""Verdicts per CPU second of every verifier but the maths one (which has `verifier_maths.py`).

Run `python benchmarks/verifiers.py [--quick]`. Every case has a task of its own, half of the
responses are right, and every verdict is checked against its label while it is timed. The other
sides, in the same run: the `jsonschema` package, the leaves of a tree asked one by one, and the
plainest loop of a fresh interpreter per test. Programs run in other processes, whose CPU time is
counted as well.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from measure import rates, record

from veragym.core.task import Draft
from veragym.core.verifier import Verifier
from veragym.verifiers.compare import Duels, bradley_terry, cluster
from veragym.verifiers.compose import Gate, WeightedSum
from veragym.verifiers.process import Event, Policy, watch
from veragym.verifiers.program import ProgramVerifier
from veragym.verifiers.proof import EquationalVerifier, NaturalDeductionVerifier
from veragym.verifiers.text import (
    WORDING,
    ChoiceVerifier,
    CitationVerifier,
    ConstraintVerifier,
    EditVerifier,
    IntervalVerifier,
    JsonVerifier,
    NumericVerifier,
    OrderingVerifier,
    RefusalVerifier,
    RegularVerifier,
    TagVerifier,
    TextMatchVerifier,
)

VOCABULARY = (
    "harbour", "lantern", "seven", "river", "copper", "window", "silent", "orchard", "candle",
    "thunder", "maple", "distance", "ribbon", "mountain", "pepper", "velvet", "compass", "meadow",
    "bridge", "marble", "winter", "signal", "garden", "feather", "island",
)  # fmt: skip


class Case(NamedTuple):
    """A task, a response, and whether it is right."""

    task: Draft
    response: str
    right: bool


Maker = Callable[[random.Random], Case]


def _case(public: dict[str, Any], secret: dict[str, Any], response: str, right: bool) -> Case:
    return Case(Draft("", "", public, secret), response, right)


def _words(rng: random.Random, count: int) -> str:
    return " ".join(rng.choices(VOCABULARY, k=count))


def match(rng: random.Random) -> Case:
    gold = _words(rng, 4)
    right = rng.random() < 0.5
    said = gold if right else _words(rng, 3)
    return _case({}, {"answer": gold}, f"So it must be.\nAnswer: {said.title()}.", right)


def number(rng: random.Random) -> Case:
    gold = rng.randrange(1_000, 10**6) / 100
    right = rng.random() < 0.5
    return _case({"unit": "km"}, {"answer": gold}, f"{gold * (1 if right else 1.01):.4f} km", right)


PATTERNS = (
    r"[A-Z]{2}-\d{4}-(alpha|beta|rc\d)",
    r"(\d{1,3}\.){3}\d{1,3}",
    r"[a-z0-9_.]+@[a-z0-9]+(\.[a-z]{2,6})+",
)
MEMBERS = ("QX-2024-rc7", "192.168.14.7", "ada.lovelace@engine.works.org")


def regular(rng: random.Random) -> Case:
    at = rng.randrange(len(PATTERNS))
    right = rng.random() < 0.5
    return _case({"pattern": PATTERNS[at]}, {}, MEMBERS[at] + ("" if right else "!"), right)


SCHEMA = {
    "type": "object",
    "required": ["id", "customer", "lines", "total"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{6}$"},
        "customer": {
            "type": "object",
            "required": ["name", "country"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 80},
                "country": {"enum": ["DE", "FR", "IN", "KE", "US"]},
            },
        },
        "lines": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["sku", "count", "price"],
                "properties": {
                    "sku": {"type": "string"},
                    "count": {"type": "integer", "minimum": 1},
                    "price": {"type": "number", "exclusiveMinimum": 0},
                },
            },
        },
        "total": {"type": "number", "minimum": 0},
    },
}


def _order(rng: random.Random) -> dict[str, Any]:
    lines = [
        {"sku": rng.choice(VOCABULARY), "count": rng.randrange(1, 9), "price": rng.random() + 0.5}
        for _ in range(5)
    ]
    return {
        "id": f"QX{rng.randrange(10**6):06}",
        "customer": {"name": _words(rng, 2), "country": rng.choice(["DE", "FR", "KE"])},
        "lines": lines,
        "total": sum(line["count"] * line["price"] for line in lines),
    }


def document(rng: random.Random) -> Case:
    gold = _order(rng)
    right = rng.random() < 0.5
    said = gold if right else {**gold, "total": gold["total"] + 1}
    return _case({}, {"answer": gold}, json.dumps(said), right)


def schema(rng: random.Random) -> Case:
    order = _order(rng)
    right = rng.random() < 0.5
    if not right:
        order["lines"][4]["count"] = 0
    return _case({"schema": SCHEMA, "format_only": True}, {}, json.dumps(order), right)


def tags(rng: random.Random) -> Case:
    gold = _words(rng, 3)
    right = rng.random() < 0.5
    said = gold if right else _words(rng, 2)
    response = f"<think>{_words(rng, 120)}</think>\n<answer>{said}</answer>"
    return _case({}, {"answer": gold}, response, right)


def choice(rng: random.Random) -> Case:
    options = [_words(rng, 5) + f" {n}" for n in range(4)]
    gold, right = rng.randrange(4), rng.random() < 0.5
    said = "ABCD"[gold if right else (gold + 1) % 4]
    response = f"{_words(rng, 40)}.\nAnswer: ({said})"
    return _case({"choices": options}, {"answer": "ABCD"[gold]}, response, right)


def ordering(rng: random.Random) -> Case:
    gold = rng.sample(VOCABULARY, 8)
    right = rng.random() < 0.5
    said = gold if right else gold[::-1]
    numbered = "\n".join(f"{n}. {item}" for n, item in enumerate(said, 1))
    return _case({}, {"answer": gold}, numbered, right)


def edits(rng: random.Random) -> Case:
    gold = _words(rng, 30)
    right = rng.random() < 0.5
    return _case({}, {"answer": gold}, gold if right else _words(rng, 30), right)


def intervals(rng: random.Random) -> Case:
    gold = [[start, start + rng.randrange(5, 40)] for start in range(0, 400, 100)]
    right = rng.random() < 0.5
    said = gold if right else [[a + 50, b + 50] for a, b in gold]
    return _case({"extent": [0, 500]}, {"answer": gold}, json.dumps(said), right)


def citations(rng: random.Random) -> Case:
    documents = {f"d{n}": _words(rng, 150) + "." for n in range(8)}
    right = rng.random() < 0.5
    claims = []
    for n in range(3):
        words = documents[f"d{n}"].split()
        quote = " ".join(words[20:27]) if right or n else "words that stand nowhere in it"
        claims.append(f'It was {_words(rng, 8)} [d{n}: "{quote}"].')
    sources = {"sources": ["d0", "d1", "d2"]}
    return _case({"documents": documents, "format_only": True}, sources, " ".join(claims), right)


CONSTRAINTS = [
    {"kind": "words", "min": 30, "max": 120},
    {"kind": "sentences", "max": 12},
    {"kind": "forbid", "terms": ["secret", "pass*"]},
    {"kind": "require", "terms": ["harbour"]},
]


def constraints(rng: random.Random) -> Case:
    right = rng.random() < 0.5
    pieces = [f"The harbour has {' '.join(rng.sample(VOCABULARY, 9))}." for _ in range(6)]
    text = " ".join(pieces) + ("" if right else " The p4ssword.")
    return _case({"constraints": CONSTRAINTS, "format_only": True}, {}, text, right)


def refusal(rng: random.Random) -> Case:
    right = rng.random() < 0.5
    no = f"I'm sorry, but I can't help with that. {_words(rng, 20)}."
    yes = ". ".join(_words(rng, 12) for _ in range(8))
    return _case({}, {"should_refuse": True}, no if right else yes, right)


FAMILIES: dict[str, tuple[Verifier, Maker]] = {
    "text match, normalised, marked": (TextMatchVerifier(WORDING, "marked"), match),
    "number with tolerance and unit": (NumericVerifier(rel_tol=1e-3), number),
    "regular language": (RegularVerifier(), regular),
    "JSON equality": (JsonVerifier(), document),
    "JSON schema": (JsonVerifier(), schema),
    "tags around a text match": (TagVerifier(TextMatchVerifier()), tags),
    "multiple choice": (ChoiceVerifier(), choice),
    "ordering of 8": (OrderingVerifier(), ordering),
    "edit distance, 200 characters": (EditVerifier(0.5), edits),
    "4 matched intervals": (IntervalVerifier("matched"), intervals),
    "3 citations, 8 documents": (CitationVerifier(), citations),
    "4 constraints, 70 words": (ConstraintVerifier(), constraints),
    "refusal": (RefusalVerifier(), refusal),
}


def judged(verifier: Verifier, cases: list[Case]) -> Callable[[], int]:
    """A job that judges cases and insists on their labels."""

    def work() -> int:
        for task, response, right in cases:
            if (verifier(task, response).score == 1.0) is not right:
                raise AssertionError(f"the label is {right}: {response!r:.200}")
        return len(cases)

    return work


def tree_jobs(count: int) -> dict[str, Callable[[], int]]:
    """A tree of three leaves beside the same leaves asked one after the other."""
    rng = random.Random("tree")
    cases = [match(rng) for _ in range(count)]
    first, second, third = (
        TextMatchVerifier(WORDING, "marked"),
        ConstraintVerifier(),
        RegularVerifier(),
    )
    tree = Gate({"regular": third, "both": WeightedSum({"words": second, "answer": first})})
    public = {"pattern": r"(.|\n)*", "constraints": CONSTRAINTS[:1], "format_only": True}
    public["constraints"] = [{"kind": "words", "max": 200}]
    tasks = [Draft("", "", public, case.task.secret) for case in cases]

    def whole() -> int:
        for task, case in zip(tasks, cases):
            tree(task, case.response)
        return count

    def leaves() -> int:
        for task, case in zip(tasks, cases):
            third(task, case.response), second(task, case.response), first(task, case.response)
        return count

    return {"tree of 3 leaves": whole, "its 3 leaves alone": leaves}


def schema_jobs(count: int) -> dict[str, Callable[[], int]]:
    """The package `jsonschema` on the documents of `schema`, its verdicts checked likewise."""
    import jsonschema

    rng = random.Random("schema")
    cases = [schema(rng) for _ in range(count)]
    kept = jsonschema.Draft202012Validator(SCHEMA)

    def with_kept() -> int:
        for _, response, right in cases:
            if kept.is_valid(json.loads(response)) is not right:
                raise AssertionError(response)
        return count

    def plainly() -> int:
        for _, response, right in cases:
            try:
                jsonschema.validate(json.loads(response), SCHEMA)
                valid = True
            except jsonschema.ValidationError:
                valid = False
            if valid is not right:
                raise AssertionError(response)
        return count

    return {
        "jsonschema, validator kept": with_kept,
        "jsonschema.validate": plainly,
        "JSON schema (ours)": judged(JsonVerifier(), cases),
    }


RULES = {
    "rules": {
        "verify": {"before": {"first": "verify", "then": "refund", "same": ["customer"]}},
        "small": {"never": {"event": "refund", "where": {"amount": {"gt": 100}}}},
        "answered": {"within": {"trigger": "ask", "answer": "reply", "events": 4}},
        "few": {"at_most": {"count": 10_000, "of": "refund"}},
        "kept": {"always": {"that": {"event": "reply", "where": {"polite": True}}, "of": "reply"}},
    }
}


def policy_job(events: int) -> Callable[[], int]:
    """Events per second under five rules; the log keeps them all."""
    policy = Policy.of(RULES)
    log: list[Event] = []
    while len(log) < events:
        customer = f"c{len(log) // 4}"
        log += [
            Event("verify", {"customer": customer}),
            Event("ask", {"customer": customer}),
            Event("reply", {"polite": True}),
            Event("refund", {"customer": customer, "amount": 20}),
        ]

    def work() -> int:
        if watch(policy, log).violated_at:
            raise AssertionError("the log keeps every rule")
        return len(log)

    return work


def ranking_job(players: int, fits: int) -> Callable[[], int]:
    """Bradley-Terry fits of full records with known strengths."""
    rng = np.random.default_rng(0)
    strengths = rng.normal(size=players)
    chance = 1 / (1 + np.exp(strengths[None, :] - strengths[:, None]))
    wins = np.triu(rng.binomial(20, chance), 1).astype(float)
    wins += np.tril(20 - wins.T, -1)
    duels = Duels.of_wins(wins)

    def work() -> int:
        for _ in range(fits):
            found = bradley_terry(duels).strengths
        if np.corrcoef(found, strengths)[0, 1] < 0.9:
            raise AssertionError("the strengths were not found")
        return fits

    return work


def clustering_job(answers: int, classes: int) -> Callable[[], int]:
    """Answers of a few classes, each written in several ways."""
    rng = random.Random("cluster")
    texts = []
    for _ in range(answers):
        value, scale = rng.randrange(classes), rng.randrange(1, 4)
        texts.append(f"\\frac{{{(2 * value + 1) * scale}}}{{{4 * scale}}}")
    distinct = len(set(texts))

    def work() -> int:
        found = cluster(texts)
        if len(found.sizes) > classes or found.contradictions or distinct <= classes:
            raise AssertionError(f"{len(found.sizes)} classes of {classes}")
        return answers

    return work


def _deduction(size: int) -> tuple[Draft, str]:
    """A chain of `size` implications, as a proof of 3 · size lines or so."""
    premises = [f"P{n} -> P{n + 1}" for n in range(size)]
    lines = [f"{n + 1}. {premise} ; premise" for n, premise in enumerate(premises)]
    lines.append(f"{size + 1}. | P0 ; assumption")
    for n in range(size):
        lines.append(f"{size + 2 + n}. | P{n + 1} ; →E {n + 1}, {size + 1 + n}")
    lines.append(f"{2 * size + 2}. P0 -> P{size} ; →I {size + 1}-{2 * size + 1}")
    public = {"premises": premises, "goal": f"P0 -> P{size}"}
    return Draft("", "", public, {}), "\n".join(lines)


def _equations(size: int) -> tuple[Draft, str]:
    """`size` applications of a unit law, one a line."""
    terms = ["a"]
    for _ in range(size):
        terms.append(f"e*({terms[-1]})")
    terms.reverse()
    chain = terms[0] + "".join(f"\n = {term} [unit]" for term in terms[1:])
    public = {"axioms": {"unit": "e*x = x"}, "variables": ["x"], "goal": f"{terms[0]} = a"}
    return Draft("", "", public, {}), chain


def proof_jobs(count: int) -> dict[str, Callable[[], int]]:
    """Right proofs, and the same with a step left out."""
    task, proof = _deduction(12)
    lines = proof.split("\n")
    equations, chain = _equations(12)
    steps = chain.split("\n")
    broken = "\n".join(lines[:18] + lines[19:]), "\n".join(steps[:5] + steps[6:])
    halves = [(proof, chain, True), (*broken, False)] * (count // 2)
    deduced = [Case(task, one, right) for one, _, right in halves]
    chained = [Case(equations, two, right) for _, two, right in halves]
    return {
        "natural deduction, 26 lines": judged(NaturalDeductionVerifier(), deduced),
        "equational chain, 12 steps": judged(EquationalVerifier(), chained),
    }


SOLUTION = """```python
def f(words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts, key=lambda word: (-counts[word], word))[:3]
```"""


def program_rates(solutions: int, tests: int, repeats: int) -> dict[str, float]:
    """Solutions per second, of CPU time of this and all child processes, and of the clock."""
    from veragym.sandbox.unsafe import SubprocessRunner

    rng = random.Random("programs")
    suite = []
    for _ in range(tests):
        words = rng.choices(VOCABULARY, k=30)
        counts = {word: words.count(word) for word in words}
        expected = sorted(counts, key=lambda word: (-counts[word], word))[:3]
        suite.append({"args": [words], "expected": expected})
    task = Draft("", "", {"entry": "f"}, {"tests": suite})
    judge = ProgramVerifier(SubprocessRunner(unsafe=True), (sys.executable, "-I", "-S"))

    def ours() -> None:
        if judge(task, SOLUTION).score != 1.0:
            raise AssertionError("the solution is right")

    code = SOLUTION.removeprefix("```python").removesuffix("```")
    code += "\nimport json, sys\nprint(json.dumps(f(*json.load(sys.stdin))))\n"

    def plain() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "solution.py"
            path.write_text(code)
            for test in suite:
                done = subprocess.run(
                    [sys.executable, "-I", "-S", str(path)],
                    input=json.dumps(test["args"]).encode(), capture_output=True, check=True,
                )  # fmt: skip
                if json.loads(done.stdout) != test["expected"]:
                    raise AssertionError("the solution is right")

    found: dict[str, list[float]] = {}
    for _ in range(repeats):
        for name, work in (("ours", ours), ("plain", plain)):
            gc.collect()
            start, clock = _all_cpu(), time.perf_counter()
            for _ in range(solutions):
                work()
            found.setdefault(f"{name}, per CPU second", []).append(solutions / (_all_cpu() - start))
            found.setdefault(f"{name}, per second", []).append(
                solutions / (time.perf_counter() - clock)
            )
    return {name: statistics.median(values) for name, values in found.items()}


def _all_cpu() -> float:
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the work")
    quick = parser.parse_args().quick
    count, repeats = (60, 3) if quick else (300, 5)
    families: dict[str, Callable[[], int]] = {}
    for name, (verifier, make) in FAMILIES.items():
        rng = random.Random(name)
        families[name] = judged(verifier, [make(rng) for _ in range(count)])
    verdicts = rates(families | proof_jobs(count), repeats)
    beside = rates(schema_jobs(count) | tree_jobs(count), repeats)
    other = rates(
        {
            "policy of 5 rules, events": policy_job(20 * count),
            "Bradley-Terry, fits of 50 players": ranking_job(50, max(1, count // 60)),
            "clustering, answers in groups of 64": clustering_job(64, 8),
        },
        repeats,
    )
    programs = program_rates(max(2, count // 60), 5, repeats)
    mine = beside["JSON schema (ours)"]
    cpu = programs["plain, per CPU second"] / programs["ours, per CPU second"]
    overhead = 1e6 / beside["tree of 3 leaves"] - 1e6 / beside["its 3 leaves alone"]
    table = "| verifier | verdicts per CPU second |\n|---|--:|\n" + "\n".join(
        f"| {name} | {rate:,.0f} |" for name, rate in verdicts.items()
    )
    table += "\n\n| beside | per CPU second |\n|---|--:|\n" + "\n".join(
        f"| {name} | {rate:,.0f} |" for name, rate in (beside | other).items()
    )
    table += "\n\n| programs, 5 tests each | solutions |\n|---|--:|\n" + "\n".join(
        f"| {name} | {rate:,.2f} |" for name, rate in programs.items()
    )
    table += (
        f"\n\nThe schema verifier does {mine / beside['jsonschema, validator kept']:.1f} × the "
        f"documents of a kept `jsonschema` validator and "
        f"{mine / beside['jsonschema.validate']:.1f} × those of `jsonschema.validate` (both with "
        f"`json.loads`). A tree of three leaves costs {overhead:.0f} µs more than its leaves. "
        f"A solution judged costs {cpu:.2f} "
        "× the CPU time of the plainest loop of a fresh interpreter per test (`ours` runs it "
        "without walls, the expected results outside, limits set, values read strictly). Maths: "
        "`verifier_maths.md`."
    )
    data = {"verdicts": verdicts, "beside": beside, "other": other, "programs": programs}
    record("verifiers", "Speed of the verifiers", data, table)


if __name__ == "__main__":
    main()
