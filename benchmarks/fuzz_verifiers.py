"""A coverage-guided fuzz run over every place where a model's text is read.

    python benchmarks/fuzz_verifiers.py --minutes 15 --corpus DIR [--target maths] [--no-record]

Texts that reach new code (or make a new kind of reason) are kept and mutated further; the corpus
lives in DIR, outside the repository, and a later run goes on from it. What must hold for every
text is in `problem`: a verdict and no exception from `verify` itself, no `infra_error` for a sound
task, nothing right for two different golds or for a goal that does not hold, no secret in the
verdict, a verdict that is valid JSON, the same verdict twice, and all that within 1.2 × the
deadline. The instrumentation is `fuzz_coverage` (there is no wheel of a fuzzing engine for every
machine this should run on).
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import signal
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np
from fuzz_coverage import Coverage
from measure import record

if TYPE_CHECKING:
    from fuzz_targets import Question, Target

PACKAGE = "veragym.verifiers"
PATIENCE = 1.2
"""How much of the deadline a text may take."""
HANG_S = 10.0
MEMORY_MB = 256
"""How much one text may raise this process's peak."""
MEMORY_LIMIT = 3 << 30
SLICE_S = 6.0
SLOW_S = 0.3
"""Texts that take longer are not mutated further: the run would crawl."""
MAX_SHAPES = 3_000


class Overdue(BaseException):
    """A text ran for `HANG_S`; no `except Exception` on the way may hide it."""


def _ring(number: int, frame: FrameType | None) -> None:
    raise Overdue


@dataclass
class State:
    """What is known of one target.

    Attributes:
        corpus: (question, text) pairs.
        seen: (blocks,) classes of counts met so far.
        shapes: kinds of verdict met so far.
    """

    target: Target
    corpus: list[tuple[str, str]] = field(default_factory=list)
    seen: Any = None
    shapes: set[tuple[str, str]] = field(default_factory=set)
    executions: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_text: str = ""


def shape(verdict: Any) -> tuple[str, str]:
    """The kind of a verdict: its outcome and its reason without numbers and quotations."""
    return verdict.outcome.value, re.sub(r"[0-9.]+|(['\"]).*?\1|U\+\w+", "#", verdict.reason)[:60]


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def problem(question: Question, text: str, deadline: float, twice: bool) -> tuple[str, Any, float]:
    """(what is wrong or "", the verdict if any, seconds of the first judgement)."""
    from veragym.core.verdict import Outcome, Verdict

    signal.setitimer(signal.ITIMER_REAL, HANG_S)
    peak = _peak_mb()
    start = time.perf_counter()
    try:
        verdict = question.ask(text)
        taken = time.perf_counter() - start
        if not isinstance(verdict, Verdict):
            return f"not a verdict: {type(verdict).__name__}", None, taken
        if _peak_mb() > peak + MEMORY_MB:
            return f"memory: over {MEMORY_MB} MB", verdict, taken
        if taken > PATIENCE * deadline:
            again = time.perf_counter()
            question.ask(text)  # a worker that had to be started, or a busy machine?
            if time.perf_counter() - again > PATIENCE * deadline:
                return f"slow: {deadline:g} s missed", verdict, taken
        if not verdict.reason:
            return "no reason", verdict, taken
        if verdict.outcome is Outcome.INFRA_ERROR and not question.fallible:
            return f"infra_error: {shape(verdict)[1]}", verdict, taken
        right = verdict.outcome is Outcome.CORRECT
        if right and question.hopeless:
            return "the impossible is right", verdict, taken
        if right and question.rival is not None and question.rival(text).outcome is Outcome.CORRECT:
            return "right for two different golds", verdict, taken
        told = f"{verdict.reason} {dict(verdict.evidence)} {list(verdict.parts)}".casefold()
        for piece in question.planted:
            if piece.casefold() in told and piece.casefold() not in text.casefold():
                return "the secret shows", verdict, taken
        try:
            json.dumps(verdict.to_json(), allow_nan=False, ensure_ascii=False).encode()
        except (ValueError, TypeError) as error:
            return f"not JSON: {type(error).__name__}", verdict, taken
        if twice and verdict.outcome is not Outcome.TIMEOUT:
            second = question.ask(text)
            if second != verdict and second.outcome is not Outcome.TIMEOUT:
                return "not the same twice", verdict, taken
        return "", verdict, taken
    except Overdue:
        return f"hangs: over {HANG_S:g} s", None, HANG_S
    except Exception as error:  # noqa: BLE001 - the very thing looked for
        frames = [one for one in traceback.extract_tb(error.__traceback__)
                  if "fuzz_" not in one.filename]  # fmt: skip
        where = f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else str(error)
        return f"{type(error).__name__} in {where}", None, time.perf_counter() - start
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def shrunk(question: Question, text: str, deadline: float, what: str) -> str:
    """A shorter text with the same problem, found by leaving pieces out."""
    size, tries = max(1, len(text) // 2), 0
    until = time.monotonic() + 20
    while size and tries < 400 and time.monotonic() < until:
        at, shorter = 0, False
        while at < len(text) and tries < 400 and time.monotonic() < until:
            candidate = text[:at] + text[at + size :]
            tries += 1
            if problem(question, candidate, deadline, "twice" in what)[0] == what:
                text, shorter = candidate, True
            else:
                at += size
        size = size if shorter and size > 1 else size // 2
    return text


class Run:
    """The whole run: targets, coverage, findings, and the files it goes on from."""

    def __init__(self, targets: dict[str, Target], coverage: Coverage, folder: Path) -> None:
        self.coverage, self.folder = coverage, folder
        self.states = {name: State(target) for name, target in targets.items()}
        self.findings: dict[str, dict[str, Any]] = {}
        self.rng = random.Random(f"fuzz:{time.time_ns()}")
        folder.mkdir(parents=True, exist_ok=True)
        self.before: dict[str, Any] = {}
        if (folder / "state.json").exists():
            self.before = json.loads((folder / "state.json").read_text())

    def start(self, name: str) -> None:
        """Loads seeds and corpus of a target."""
        state = self.states[name]
        earlier = self.before.get(name, {})
        state.executions, state.seconds = earlier.get("executions", 0), earlier.get("seconds", 0.0)
        # The slowest is of this run: the corpus is judged again, and faults may have been mended.
        pairs = [
            (question, seed)
            for question, known in state.target.questions.items()
            for seed in known.seeds
        ]
        path = self.folder / f"{name.replace(' ', '_')}.jsonl"
        if path.exists():
            pairs += [tuple(json.loads(line)) for line in path.read_text().splitlines()]
        for question, text in pairs:
            if question in state.target.questions:
                self.tried(name, question, text, keep=True)

    def tried(self, name: str, question: str, text: str, keep: bool = False) -> None:
        """Judges one text and keeps it if it shows something new."""
        state = self.states[name]
        known = state.target.questions[question]
        twice = keep or state.executions % 16 == 0
        self.coverage.clear()
        what, verdict, taken = problem(known, text, state.target.deadline, twice)
        classes = self.coverage.classes()
        state.executions += 1
        if taken > state.slowest:
            state.slowest = taken
            state.slowest_text = f"{question}: {len(text)} characters, {text[:60]!a}"
        if what:
            key = f"{name} / {question.split()[0]} / {what}"
            if key not in self.findings:
                short = shrunk(known, text, state.target.deadline, what)
                self.findings[key] = {"question": question, "what": what, "text": short[:4_000]}
                print(f"FOUND {key}: {short[:300]!a}", flush=True)
                self.save()
        if state.seen is None:
            state.seen = np.zeros(1 << 15, dtype=np.uint8)
        new = classes & ~state.seen[: len(classes)]
        kind = None if verdict is None else shape(verdict)
        fresh = kind is not None and kind not in state.shapes and len(state.shapes) < MAX_SHAPES
        if new.any() or fresh:
            state.seen[: len(classes)] |= classes
            if kind is not None and fresh:
                state.shapes.add(kind)
            if taken < SLOW_S:
                state.corpus.append((question, text))

    def fuzz(self, name: str, seconds: float) -> None:
        """Mutates for a while."""
        from fuzz_mutation import mutated, mutated_json

        state = self.states[name]
        questions = list(state.target.questions)
        change = mutated_json if state.target.structured else mutated
        begun = time.monotonic()
        others = [text for _, text in state.corpus] or [""]
        while time.monotonic() < begun + seconds:
            recent = max(1, len(state.corpus) // 5)
            pool = state.corpus[-recent:] if self.rng.random() < 0.4 else state.corpus
            question, text = self.rng.choice(pool)
            if self.rng.random() < 0.15:
                question = self.rng.choice(questions)
            self.tried(name, question, change(text, others, state.target.words, self.rng))
        state.seconds += time.monotonic() - begun

    def stretch(self, name: str, size: int) -> None:
        """Judges long repetitions of every word by one question of each kind: what grows faster
        than the text shows here."""
        from fuzz_mutation import PAIRS, WORDS

        target = self.states[name].target
        kinds = {question.split()[0]: question for question in target.questions}
        units = [*WORDS, *target.words, *(opening for opening, _ in PAIRS), "a ", "a.", "1,", "1 "]
        for question in kinds.values():
            seed = target.questions[question].seeds[0]
            for unit in dict.fromkeys(units):
                many = unit * (size // len(unit))
                for text in (many, seed + many, f"\\boxed{{{many}}}", json.dumps([many])):
                    self.tried(name, question, text)

    def save(self) -> None:
        """Writes corpus and counts."""
        for name, state in self.states.items():
            if state.seen is None:
                continue
            lines = [json.dumps(pair) for pair in state.corpus]
            path = self.folder / f"{name.replace(' ', '_')}.jsonl"
            path.write_text("\n".join(lines) + "\n")
            self.before[name] = {
                "executions": state.executions,
                "seconds": round(state.seconds, 1),
                "slowest_s": round(state.slowest, 3),
                "slowest_text": state.slowest_text,
                "deadline_s": state.target.deadline,
                "corpus": len(state.corpus),
                "blocks": int((state.seen > 0).sum()),
                "features": int(np.unpackbits(state.seen).sum()),
                "kinds_of_verdict": len(state.shapes),
            }
        (self.folder / "state.json").write_text(json.dumps(self.before, indent=1))
        path = self.folder / "findings.jsonl"
        with path.open("a") as log:
            for key, found in self.findings.items():
                if not found.get("saved"):
                    log.write(json.dumps({"key": key, **found}) + "\n")
                    found["saved"] = True

    def blocks(self) -> int:
        """Blocks reached by any target."""
        seen = np.zeros(1 << 15, dtype=np.uint8)
        for state in self.states.values():
            if state.seen is not None:
                seen |= state.seen
        return int((seen > 0).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--target", action="append", help="only this one; may be repeated")
    parser.add_argument("--corpus", type=Path, required=True, help="folder outside the repository")
    parser.add_argument(
        "--stretch", type=int, default=0, help="first judge repetitions of this many characters"
    )
    parser.add_argument("--no-record", action="store_true", help="leave results/ alone")
    options = parser.parse_args()
    coverage = Coverage(PACKAGE)
    coverage.install()
    from fuzz_targets import TARGETS, made

    names = tuple(options.target or TARGETS)
    signal.signal(signal.SIGALRM, _ring)
    # A text that takes all memory must end as a finding, not end the machine.
    resource.setrlimit(
        resource.RLIMIT_AS, (MEMORY_LIMIT, resource.getrlimit(resource.RLIMIT_AS)[1])
    )
    run = Run(dict(made(names)), coverage, options.corpus)
    for name in names:
        run.start(name)
        state = run.states[name]
        print(f"{name}: {len(state.corpus)} texts, {state.executions} judged", flush=True)
    for name in names if options.stretch else ():
        begun = time.monotonic()
        run.stretch(name, options.stretch)
        run.states[name].seconds += time.monotonic() - begun
        print(f"{name}: stretched in {time.monotonic() - begun:.0f} s", flush=True)
    run.save()
    end = time.monotonic() + 60 * options.minutes
    turn = 0
    while time.monotonic() < end:
        for name in names:
            run.fuzz(name, min(SLICE_S, max(0.0, end - time.monotonic())))
        run.save()
        turn += 1
        total = sum(state.executions for state in run.states.values())
        print(f"turn {turn}: {total:,} judged, {run.blocks()} of {len(coverage.blocks)} blocks, "
              f"{len(run.findings)} findings", flush=True)  # fmt: skip
    rows = {name: run.before[name] for name in names}
    rss = _peak_mb()
    data = {
        "targets": rows,
        "blocks_reached": run.blocks(),
        "blocks": len(coverage.blocks),
        "peak_memory_mb": rss,
        "open_findings": run.findings,
    }
    head = (
        "| read by | judged | seconds | blocks | features | corpus | slowest (deadline) |\n"
        "|---|--:|--:|--:|--:|--:|--:|\n"
    )
    table = head + "\n".join(
        f"| {name} | {row['executions']:,} | {row['seconds']:,.0f} | {row['blocks']} "
        f"| {row['features']:,} | {row['corpus']:,} | {row['slowest_s']:.2f} s "
        f"({row['deadline_s']:g} s) |"
        for name, row in rows.items()
    )
    judged, seconds = (sum(row[key] for row in rows.values()) for key in ("executions", "seconds"))
    table += (
        f"\n\n{judged:,} texts judged in {seconds / 60:.0f} minutes of fuzzing (seeds and reruns "
        f"of the corpus come on top), {data['blocks_reached']:,} of "
        f"{data['blocks']:,} blocks of `{PACKAGE}` reached, {len(run.findings)} open findings in "
        f"the last run, peak memory {rss} MB. What was found and mended: "
        "`tests/verifiers/test_fuzzing_finds.py`.\n"
    )
    for key, found in run.findings.items():
        table += f"\n- open: {key}: `{found['text'][:80]!a}`".replace("|", "\\|")
    if options.no_record:
        print(table)
    else:
        record("fuzz_verifiers", "Fuzzing the verifiers", data, table)


if __name__ == "__main__":
    main()
