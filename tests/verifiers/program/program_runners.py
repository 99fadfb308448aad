"""Runners for tests: the real one of this machine, a recording one, and one that says anything."""

import sys
from dataclasses import dataclass, field

from veragym.core import Draft
from veragym.sandbox import RunnerUnavailable, RunResult
from veragym.sandbox.unsafe import SubprocessRunner
from veragym.verifiers.program import ProgramVerifier

PYTHON = (sys.executable, "-I", "-S")


def judge(runner=None, **options):
    return ProgramVerifier(runner or SubprocessRunner(unsafe=True), PYTHON, **options)


def task(tests, public=None, **secret):
    public = {"entry": "f", **(public or {})}
    return Draft(content="", prompt="", public=public, secret={"tests": tests, **secret})


@dataclass
class Recording:
    """Runs for real and keeps every run's description."""

    specs: list = field(default_factory=list)

    def run(self, spec):
        self.specs.append(spec)
        return SubprocessRunner(unsafe=True).run(spec)


@dataclass
class Saying:
    """Runs nothing; answers from a list, then repeats the last answer."""

    results: list
    runs: int = 0

    def run(self, spec):
        self.runs += 1
        result = self.results[min(self.runs, len(self.results)) - 1]
        if isinstance(result, Exception):
            raise result
        return result


def said(stdout=b"", status=0, **more):
    return RunResult(stdout, b"", status, **more)


def claim(tagged):
    import json

    return said(json.dumps(["value", tagged]).encode() + b"\n")


DOWN = RunnerUnavailable("the sandbox is full; wait for a free one")
