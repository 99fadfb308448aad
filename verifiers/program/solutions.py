"""Judges a Python program by hidden tests, run through a sandbox runner.

One test is one run: a fresh child gets the solution and that test's input, and nothing else. The
expected output stays in this process, which reads what the child claims and compares. So there is
nothing in the child worth stealing, no grader to patch, and no message that says "passed": a child
that forges its reply has only stated an answer, which is right or wrong like any other.

What a solution does to itself (crashing, hanging, ending early, flooding its output) is counted
against it; only a runner that cannot run gives `infra_error`. Otherwise a failing solution could
have its episode masked.

Serves A12 (duration is measured and never scored).
"""

from __future__ import annotations

import builtins
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict, graded, infra_error, unparsable
from veragym.core.verifier import Judgeable, Verifier
from veragym.sandbox.choose import choose_runner
from veragym.sandbox.interface import Limits, Runner, RunnerUnavailable, RunResult, RunSpec
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.program.output import same_output
from veragym.verifiers.program.suite import Suite, Test, read_suite
from veragym.verifiers.program.values import Claim, Malformed, Sameness, encode, read_claim
from veragym.verifiers.proof.submission import only_block

MAX_CODE_CHARS = 200_000
MAX_TIMEOUTS = 3
"""After so many tests out of time the rest are not run, and count as failed."""

PASSED = "passed"
WRONG = "wrong answer"
TIMEOUT = "out of time"
MEMORY = "out of memory"
FLOOD = "too much output"
CRASHED = "ended without a result"
SILENT = "no readable result"
UNSTABLE = "not the same twice"
NOT_RUN = "not run"
_ERRORS = {
    "syntax": "does not compile",
    "import": "fails when loaded",
    "entry": "does not define the function asked for",
    "unsupported": "returned a value of another type than Python's plain ones",
}
_PROVES_NOTHING = frozenset({CRASHED, SILENT, TIMEOUT, MEMORY})
"""Outcomes that a broken runner could give for any program."""
_EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
_CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one test.

    Attributes:
        outcome: one of the phrases above; no text of the child's choosing.
        cpu_seconds: of all its runs.
        peak_memory: bytes, the largest of its runs; None if the runner cannot tell.
    """

    outcome: str
    cpu_seconds: float = 0.0
    peak_memory: int | None = None


@dataclass(frozen=True)
class ProgramVerifier(Verifier):
    """Judges Python solutions; what it reads of a task is written in `suite`.

    The response hands in the program as `<solution>…</solution>`, as its only fenced block (of
    those marked `python`, if any is), or as the whole text. It is never compiled or run in this
    process.

    `parts` holds `passed` (share of the weight), `test 1`, `test 2`, … (1 or 0), and, measured but
    not scored, `cpu_seconds` and `peak_memory_bytes`. `evidence["outcomes"]` says what became of
    each test in fixed phrases: nothing of the inputs or expected outputs, and no text a solution
    could smuggle them out with.

    Args:
        runner: where programs run. None: in the sandbox `choose_runner` finds on this machine; if
            none works, nothing is run and the verdict is `infra_error`, which names the remedy.
        interpreter: the command that starts Python where the programs run.
        stop_early: with credit "all", stop at the first test that fails.
        durations: report `cpu_seconds` and `peak_memory_bytes`. They differ from run to run, so
            verdicts that must be equal bit for bit (replay) need False.
        canary: when every test ended in a way that a broken runner could cause, run a program
            known to work; if that fails too, the verdict is `infra_error`.
    """

    runner: Runner | None = None
    interpreter: tuple[str, ...] = ("python3", "-I", "-S")
    stop_early: bool = True
    durations: bool = True
    canary: bool = True

    def __post_init__(self) -> None:
        if not self.interpreter or isinstance(self.interpreter, str):
            raise OptionError(
                "interpreter must be words such as ('python3', '-I', '-S'), "
                f"got {self.interpreter!r:.80}"
            )

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict over all tests; `timeout` if time or memory was all that failed."""
        try:
            suite = read_suite(task.public, task.secret)
        except OptionError as error:
            return infra_error(f"the task cannot be used: {error}")
        try:
            code = _code(response)
        except Unreadable as error:
            return unparsable(str(error))
        try:
            runner = self.runner if self.runner is not None else choose_runner()
            ran = self._run_all(runner, suite, code)
            suspect = all(one.outcome in {*_PROVES_NOTHING, NOT_RUN} for one in ran)
            if suspect and self.canary and not self._canary_lives(runner, suite.limits):
                return infra_error(
                    f"the runner cannot run Python by {' '.join(self.interpreter)!r}: a program "
                    "known to work fails too; nothing is concluded about the answer"
                )
        except RunnerUnavailable as error:
            return infra_error(f"the program could not be run: {' '.join(str(error).split())}")
        return self._verdict(suite, ran)

    def _run_all(self, runner: Runner, suite: Suite, code: bytes) -> list[Ran]:
        ran: list[Ran] = []
        for test in suite.tests:
            timeouts = sum(one.outcome == TIMEOUT for one in ran)
            failed = bool(ran) and ran[-1].outcome != PASSED
            if timeouts >= MAX_TIMEOUTS or (self.stop_early and suite.credit == "all" and failed):
                ran += [Ran(NOT_RUN)] * (len(suite.tests) - len(ran))
                break
            ran.append(self._run_test(runner, suite, test, code))
        return ran

    def _run_test(self, runner: Runner, suite: Suite, test: Test, code: bytes) -> Ran:
        spec = self._spec(suite, test, code)
        first = runner.run(spec)
        outcome, claim = _outcome(suite, test, first)
        results = [first]
        if suite.deterministic and outcome == PASSED:
            results.append(runner.run(spec))
            again, other = _outcome(suite, test, results[1])
            if again != PASSED or not _equal(claim, other, first, results[1]):
                outcome = UNSTABLE
        peaks = [result.peak_memory for result in results if result.peak_memory is not None]
        return Ran(outcome, sum(result.cpu_seconds for result in results), max(peaks, default=None))

    def _spec(self, suite: Suite, test: Test, code: bytes) -> RunSpec:
        """The run of one test: the solution and this test's input, and nothing else."""
        files = {"solution.py": code}
        if suite.mode == "stdin":
            argv = (*self.interpreter, "solution.py")
            stdin = test.stdin.encode("utf-8", "surrogatepass")
        else:
            files["call.py"] = _CHILD.read_bytes()
            argv = (*self.interpreter, "call.py")
            request = {"entry": suite.entry, "args": test.args, "kwargs": test.kwargs}
            stdin = json.dumps(request).encode("ascii")
        return RunSpec(argv, files, stdin, {}, suite.limits)

    def _canary_lives(self, runner: Runner, limits: Limits) -> bool:
        suite = Suite("call", "f", (), limits, "all", "lines", Sameness(), False)
        test = Test(encode([[1, "a"]]), encode({}), "", [1, "a"], 1.0)
        code = b"def f(x):\n    return x\n"
        return self._run_test(runner, suite, test, code).outcome == PASSED

    def _verdict(self, suite: Suite, ran: Sequence[Ran]) -> Verdict:
        passed = [one.outcome == PASSED for one in ran]
        share = _share([test.weight for test in suite.tests], passed)
        parts = {"passed": share}
        parts.update({f"test {n}": float(one) for n, one in enumerate(passed, 1)})
        if self.durations:
            parts["cpu_seconds"] = sum(one.cpu_seconds for one in ran)
            peaks = [one.peak_memory for one in ran if one.peak_memory is not None]
            if peaks:
                parts["peak_memory_bytes"] = float(max(peaks))
        score = share if suite.credit == "tests" else float(all(passed))
        verdict = graded(score, _reason(ran), parts)
        outcome = verdict.outcome
        failures = {one.outcome for one in ran} - {PASSED, NOT_RUN}
        if outcome is Outcome.WRONG and failures <= {TIMEOUT, MEMORY}:
            outcome = Outcome.TIMEOUT
        evidence = {"outcomes": [one.outcome for one in ran], "tests": len(ran)}
        return Verdict(outcome, score, parts, verdict.reason, evidence)


def _code(response: Any) -> bytes:
    code = only_block(response, "solution", ("python", "python3", "py"))
    if len(code) > MAX_CODE_CHARS:
        raise Unreadable(f"the program is longer than {MAX_CODE_CHARS} characters")
    try:
        return code.encode("utf-8")
    except UnicodeEncodeError:
        raise Unreadable("the program holds lone surrogates, which are no text") from None


def _outcome(suite: Suite, test: Test, result: RunResult) -> tuple[str, Claim | None]:
    """What a run shows of the solution, and the claim it made, if it made one."""
    for happened, outcome in (
        (result.timed_out, TIMEOUT),
        (result.out_of_memory, MEMORY),
        (result.truncated, FLOOD),
        (result.exit_status != 0, CRASHED),
    ):
        if happened:
            return outcome, None
    if suite.mode == "stdin":
        same = same_output(test.expected, result.stdout, suite.output, suite.sameness)
        return (PASSED if same else WRONG), None
    try:
        claim = read_claim(result.stdout)
    except Malformed:
        return SILENT, None
    if claim.returned:
        return (PASSED if suite.sameness.same(test.expected, claim.value) else WRONG), claim
    if claim.exception == "MemoryError":
        return MEMORY, claim
    # An exception's name is text of the solution's choosing, unless it is one of Python's own.
    known = claim.exception in _EXCEPTIONS
    if claim.kind == "raised":
        return f"raised {claim.exception if known else 'an exception'}", claim
    phrase = _ERRORS[claim.kind]
    if known and claim.kind in {"syntax", "import"}:
        phrase = f"{phrase}: {claim.exception}"
    return phrase, claim


_EXACT = Sameness(relative=0.0)


def _equal(one: Claim | None, two: Claim | None, first: RunResult, second: RunResult) -> bool:
    """Whether two runs gave the same: the same value, or the same output."""
    if one is None or two is None:
        return first.stdout == second.stdout
    return _EXACT.same(one.value, two.value)


def _share(weights: Sequence[float], passed: Sequence[bool]) -> float:
    """The passed tests' share of the weight: exactly 1 if all passed, exactly 0 if none did."""
    if all(passed):
        return 1.0
    if not any(passed):
        return 0.0
    largest = max(weights)
    won = math.fsum(weight / largest for weight, one in zip(weights, passed) if one)
    share = won / math.fsum(weight / largest for weight in weights)
    # Rounding must not turn nearly all into all, or next to nothing into nothing.
    return min(max(share, math.nextafter(0.0, 1.0)), math.nextafter(1.0, 0.0))


def _reason(ran: Sequence[Ran]) -> str:
    count = Counter(one.outcome for one in ran)
    if count[PASSED] == len(ran):
        return f"all {len(ran)} tests passed"
    first = next(n for n, one in enumerate(ran, 1) if one.outcome != PASSED)
    return f"{count[PASSED]} of {len(ran)} tests passed; test {first}: {ran[first - 1].outcome}"
