"""Judges a repaired repository: its code by hidden tests run elsewhere, the rest by a frame.

Only the modules that were there at the start are taken from the final files, as text, into a fresh
sandbox in which nothing of the agent's has ever run: no other file, no compiled module, no
configuration of its making comes along. There they are used as `driver` says. What should come out
stays in this process (`ProgramVerifier`).

The score is 1 if every hidden test passes and nothing changed but those modules, else 0. `parts`
holds `bug 1`, … (1 if its tests pass), `kept` (what worked works still) and `frame`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from veragym.core.errors import TaskMismatch
from veragym.core.verdict import Outcome, Verdict, infra_error, unparsable
from veragym.core.verifier import Judgeable, Verifier
from veragym.envs.shell.repair.tasks import read_secret
from veragym.sandbox.choose import choose_runner
from veragym.sandbox.interface import Runner, RunnerUnavailable, RunResult, RunSpec
from veragym.sandbox.tree import Tree
from veragym.verifiers.program import ProgramVerifier
from veragym.verifiers.program.values import encode
from veragym.verifiers.state import CheckFault, FinalState, read_check, tree_from_json

_DRIVER = Path(__file__).with_name("driver.py")
LARGEST = 1 << 20
"""Bytes of all judged modules together."""
SECONDS = 1
"""Processor time of one group of hidden tests."""


@dataclass(frozen=True)
class Carrying:
    """A runner whose every run finds further files; those of the run itself come first."""

    runner: Runner
    files: Mapping[str, bytes] = field(hash=False)

    def run(self, spec: RunSpec) -> RunResult:
        """See `Runner.run`."""
        return self.runner.run(replace(spec, files={**self.files, **spec.files}))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What `ProgramVerifier` reads."""

    public: Mapping[str, Any]
    secret: Mapping[str, Any]


@dataclass(frozen=True)
class RepairVerifier(Verifier):
    """Judges final states of CodeRepair-v0.

    Args:
        runner: where the code runs; None for what `choose_runner` finds.
    """

    runner: Runner | None = None

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict on one `FinalState`; a text is no state and is `unparsable`."""
        try:
            secret = read_secret(task)
            before, check = tree_from_json(secret["files"]), read_check(secret["check"])
        except (TaskMismatch, CheckFault):
            return infra_error("the task's repository is malformed; hand over the whole task")
        if not isinstance(response, FinalState):
            return unparsable("a final state is judged here, and a text is none")
        report = check(before, response.files)
        frame = not report.breaches
        code = sources_of(secret, response.files)
        names = [str(group["name"]) for group in secret["groups"]]
        if code is None:
            parts = {**dict.fromkeys(names, 0.0), "frame": float(frame)}
            return Verdict(Outcome.WRONG, 0.0, parts, "a module is missing or is no plain file")
        if code == sources_of(secret, before):
            # That the bugs break their tests, and `kept` holds, was found out with the task.
            parts = {name: float(name == "kept") for name in names}
            said = "the code is as it was"
            return Verdict(Outcome.WRONG, 0.0, {**parts, "frame": float(frame)}, said)
        verdict = self._tested(secret, code)
        if not verdict.scored:
            return verdict
        passed = [verdict.parts[f"test {n}"] for n in range(1, len(names) + 1)]
        parts = {**dict(zip(names, passed, strict=True)), "frame": float(frame)}
        bugs = [value for name, value in parts.items() if name.startswith("bug ")]
        told = [f"{sum(bugs):.0f} of {len(bugs)} bugs are mended"]
        if parts.get("kept") == 0.0:
            told.append("something that worked does not work any more")
        if not frame:
            told.append(report.told())
        if verdict.score == 1.0 and frame:
            return Verdict(Outcome.CORRECT, 1.0, parts, "; ".join(told))
        timed_out = verdict.outcome is Outcome.TIMEOUT
        outcome = Outcome.TIMEOUT if timed_out and frame else Outcome.WRONG
        return Verdict(outcome, 0.0, parts, "; ".join(told))

    def _tested(self, secret: Any, code: Mapping[str, bytes]) -> Verdict:
        try:
            runner = self.runner if self.runner is not None else choose_runner()
        except RunnerUnavailable as error:
            return infra_error(f"the code could not be run: {' '.join(str(error).split())}")
        # Tagged values are put together as they are: a list of a text and of uses.
        tests = [
            {"args": ["l", encode(secret["package"]), group["uses"]], "expected": group["expected"]}
            for group in secret["groups"]
        ]
        public = {
            "mode": "call",
            "entry": "run",
            "limits": {"seconds": SECONDS},
            "credit": "tests",
            "compare": {"sequences": "alike"},
        }
        judge = ProgramVerifier(
            Carrying(runner, {f"code/{path}": text for path, text in code.items()}),
            durations=False,
        )
        driver = f"<solution>\n{_DRIVER.read_text(encoding='utf-8')}</solution>"
        return judge(_Asked(public, {"tests": tests, "encoding": "tagged"}), driver)


def sources_of(secret: Any, files: Tree) -> dict[str, bytes] | None:
    """The judged modules by path; None if one is no whole plain file, or they are too large."""
    found: dict[str, bytes] = {}
    for path in secret["sources"]:
        node = files.get(path)
        if node is None or node.kind != "file" or not node.whole:
            return None
        found[path] = node.content
    return found if sum(map(len, found.values())) <= LARGEST else None
