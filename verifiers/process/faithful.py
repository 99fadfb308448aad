"""Whether an answer follows from the evidence it cites, by rule (row A31, CRAFT).

A trace is written in sections, any of which an experiment may switch off:

    <plan>…</plan>
    <evidence>[p2] [p7]</evidence>
    <reason>
    Ada Lovelace | born in | London [p2]
    London | capital of | England [p7]
    </reason>
    <answer>England</answer>

Every line of the reasoning states one fact and the passages it rests on. The task knows the facts
of each passage, so support is exact matching, not a judge's opinion:

    structure   each section once, in order, nothing outside them
    citations   cited passages exist; the evidence section lists exactly the ones used
    support     every stated fact stands in *every* passage cited for it
    chain       the facts connect what the question names with the answer, and none is idle
    answer      it is the right one

All must hold: a right answer for a wrong reason is worth as little as a wrong one, and neither true
but idle facts nor citing everything helps. Without a reasoning section, the cited passages
themselves must hold such a chain, and none of them may be idle.

Evidence: P (rule rewards for structure, answer and citation set; judges for the rest). The fact
rules replace the judge: approximate. Source: Liu et al. 2026 (CRAFT).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, correct, infra_error
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.faults import AnswerFault, Mismatched, Unreadable
from veragym.verifiers.process.tags import folded, readable, sections

SECTIONS = ("plan", "evidence", "reason", "answer")
MAX_FACTS = 64
"""Most facts a trace may state, and most passages it may cite."""
PARTS = ("structure", "citations", "support", "chain", "answer")

Fact = tuple[str, str, str]

_LINE = re.compile(
    r"([^|\[\]\n]{1,400})\|([^|\[\]\n]{1,400})\|([^|\[\]\n]{1,400})(\[[^\[\]\n]{1,400}\])"
)
_CITED = re.compile(r"\[([^\[\]\n]{1,400})\]")


@dataclass(frozen=True)
class _Evidence:
    """What the task knows: facts by passage, where the chain starts, the accepted answers."""

    facts: Mapping[str, frozenset[Fact]]
    start: tuple[str, ...]
    answers: frozenset[str]


@dataclass(frozen=True)
class FaithfulAnswer(Verifier):
    """Judges a trace; see the module for the form and the rules.

    Reads `task.public["start"]` (the entities the question names),
    `task.secret["facts"]` ({passage id: [[subject, relation, object], …]}) and
    `task.secret["answer"]` (a text or a list of accepted texts). Entities and relations are
    compared without regard to case, accents' composition and amount of white space.

    Args:
        schema: the sections asked for, a subset of `SECTIONS` in that order, with `answer` and
            with `evidence` or `reason`.

    Raises:
        OptionError: another schema.
    """

    schema: tuple[str, ...] = SECTIONS

    def __post_init__(self) -> None:
        schema = tuple(self.schema)
        if schema != tuple(name for name in SECTIONS if name in schema):
            raise OptionError(
                f"schema must be sections of {SECTIONS} in order, got {schema!r:.200}"
            )
        if "answer" not in schema or not {"evidence", "reason"} & set(schema):
            raise OptionError(f"schema needs 'answer', and 'evidence' or 'reason', got {schema!r}")
        object.__setattr__(self, "schema", schema)

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """`correct` if every rule holds; `parts` says which do, up to the first that fails."""
        known = _evidence(task)
        if known is None:
            return infra_error(
                "the task cannot be judged: its facts, start or answer are malformed"
            )
        passed: list[str] = []
        try:
            self._judge(known, response, passed)
        except AnswerFault as fault:
            verdict = fault.verdict()
        else:
            verdict = correct("the answer is right and follows from what it cites")
        parts = dict.fromkeys(passed, 1.0)
        if len(passed) < len(PARTS):
            parts[PARTS[len(passed)]] = 0.0
        return Verdict(verdict.outcome, verdict.score, parts, verdict.reason)

    def _judge(self, known: _Evidence, response: Any, passed: list[str]) -> None:
        found = self._sections(readable(response))
        stated = _stated(found["reason"]) if "reason" in found else None
        listed = _listed(found["evidence"]) if "evidence" in found else None
        answer = folded(found["answer"])
        if not answer:
            raise Unreadable("the answer is empty")
        passed.append("structure")

        used = listed if stated is None else [p for _, cited in stated for p in cited]
        if used is None:  # the constructor excludes it
            raise Unreadable("nothing is cited")
        for passage in used:
            if passage not in known.facts:
                raise Mismatched(f"there is no passage {passage!r:.80}")
        if listed is not None and set(listed) != set(used):
            raise Mismatched("the evidence section lists other passages than the reasoning cites")
        passed.append("citations")

        for number, (fact, cited) in enumerate(stated or [], 1):
            for passage in cited:
                if fact not in known.facts[passage]:
                    raise Mismatched(f"fact {number} does not stand in passage {passage!r:.80}")
        passed.append("support")

        links = (
            [known.facts[passage] for passage in used]
            if stated is None
            else [frozenset({fact}) for fact, _ in stated]
        )
        # Accepted spellings of the right answer are one entity; any other answer is only itself.
        goal = known.answers if answer in known.answers else frozenset({answer})
        if not _connects(links, known.start, goal):
            raise Mismatched("what is cited does not lead from the question to the answer")
        for idle in range(len(links)):
            if _connects(links[:idle] + links[idle + 1 :], known.start, goal):
                what = "passage" if stated is None else "fact"
                raise Mismatched(f"{what} {idle + 1} is not needed to reach the answer")
        passed.append("chain")

        if answer not in known.answers:
            raise Mismatched("the answer is not right")
        passed.append("answer")

    def _sections(self, text: str) -> dict[str, str]:
        parsed = sections(text, SECTIONS)
        if tuple(name for name, _ in parsed.found) != self.schema:
            order = ", ".join(f"<{name}>" for name in self.schema)
            raise Unreadable(f"write these sections once each, in this order: {order}")
        if parsed.outside:
            raise Unreadable("there is text outside the sections")
        return dict(parsed.found)


def _stated(text: str) -> list[tuple[Fact, list[str]]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not 0 < len(lines) <= MAX_FACTS:
        raise Unreadable(f"the reasoning states 1 to {MAX_FACTS} facts, one a line")
    stated: list[tuple[Fact, list[str]]] = []
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise Unreadable(f"line {number} of the reasoning is not 'a | relation | b [passage]'")
        a, relation, b = (folded(match.group(i)) for i in (1, 2, 3))
        if not (a and relation and b):
            raise Unreadable(f"line {number} of the reasoning has an empty field")
        cited = [name.strip() for name in match.group(4)[1:-1].split(",")]
        if "" in cited or len(set(cited)) != len(cited):
            raise Unreadable(f"line {number} of the reasoning cites a passage twice, or none")
        stated.append(((a, relation, b), cited))
    if len({fact for fact, _ in stated}) != len(stated):
        raise Unreadable("a fact is stated twice")
    return stated


def _listed(text: str) -> list[str]:
    names = [name.strip() for name in _CITED.findall(text)]
    if _CITED.sub("", text).strip(" \t\r\n,") or not names:
        raise Unreadable("the evidence section lists passages as [a] [b]")
    if len(set(names)) != len(names) or len(names) > MAX_FACTS:
        raise Unreadable(f"the evidence section lists up to {MAX_FACTS} passages, each once")
    return names


def _connects(
    links: Sequence[frozenset[Fact]], start: tuple[str, ...], goal: frozenset[str]
) -> bool:
    """Whether every start entity reaches the goal over the facts, read in either direction."""
    neighbours: dict[str, set[str]] = {}
    for link in links:
        for a, _, b in link:
            neighbours.setdefault(a, set()).add(b)
            neighbours.setdefault(b, set()).add(a)
    reached = {entity for entity in goal if entity in neighbours}
    fringe = list(reached)
    while fringe:
        for entity in neighbours[fringe.pop()] - reached:
            reached.add(entity)
            fringe.append(entity)
    return all(entity in reached and entity not in goal for entity in start)


def _evidence(task: Judgeable) -> _Evidence | None:
    facts, answers = task.secret.get("facts"), task.secret.get("answer")
    start = task.public.get("start")
    if isinstance(answers, str):
        answers = [answers]
    if isinstance(start, str):
        start = [start]
    if not isinstance(facts, Mapping) or not facts or not _texts(answers) or not _texts(start):
        return None
    known: dict[str, frozenset[Fact]] = {}
    for passage, triples in facts.items():
        if not isinstance(passage, str) or not isinstance(triples, (list, tuple)):
            return None
        read = []
        for triple in triples:
            if not _texts(triple) or len(triple) != 3:
                return None
            read.append((folded(triple[0]), folded(triple[1]), folded(triple[2])))
        known[passage] = frozenset(read)
    return _Evidence(known, tuple(map(folded, start)), frozenset(map(folded, answers)))


def _texts(values: Any) -> bool:
    return (
        isinstance(values, (list, tuple))
        and len(values) > 0
        and all(isinstance(value, str) and value.strip() for value in values)
    )
