"""Programs in three languages, through a runner and through a session."""

import importlib
import shutil

import pytest

from veragym.core import OptionError
from veragym.sandbox import Limits, RunnerUnavailable, RunResult, SandboxSpec
from veragym.sandbox.languages import LANGUAGES, DoesNotCompile, compile_and_run, prepare

choosing = importlib.import_module("veragym.sandbox.choose")
TOOLS = {"python": "python3", "c": "gcc", "javascript": "node"}
# Each reads two numbers and prints their sum; then a word from its arguments, if there is one.
SUM = {
    "python": (
        "import sys\na, b = map(int, sys.stdin.read().split())\nprint(a + b, *sys.argv[1:])\n"
    ),
    "c": (
        "#include <stdio.h>\nint main(int n, char **v) { long a, b;\n"
        'if (scanf("%ld %ld", &a, &b) != 2) return 3;\n'
        'printf("%ld", a + b); if (n > 1) printf(" %s", v[1]); puts(""); return 0; }\n'
    ),
    "javascript": (
        "const [a, b] = require('fs').readFileSync(0, 'utf8').split(/\\s+/).map(Number);\n"
        "console.log([a + b, ...process.argv.slice(2)].join(' '));\n"
    ),
}
BROKEN = {"python": "def f(:", "c": "int main(void) { return x; }", "javascript": "let = = 3"}
CRASHING = {
    "python": "import os; os._exit(127)",
    "c": "int main(void) { return 127; }",
    "javascript": "process.exit(127)",
}


@pytest.fixture(scope="module", params=choosing.AUTOMATIC)
def sandbox(request):
    reason = choosing.why_not(request.param)
    if "refused" in reason:
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    return choosing.choose(request.param)


@pytest.fixture(scope="module", params=["runner", "session"])
def place(request, sandbox):
    if request.param == "runner":
        yield choosing.choose_runner(sandbox.name)
    else:
        limits = Limits(memory_bytes=1 << 30, file_bytes=32 << 20)
        with sandbox.open(SandboxSpec(limits=limits)) as session:
            yield session


@pytest.fixture(params=LANGUAGES)
def language(request):
    if shutil.which(TOOLS[request.param], path="/usr/bin:/usr/local/bin") is None:
        pytest.skip(f"{TOOLS[request.param]} is not installed")
    return request.param


def test_a_program_meets_several_inputs_and_arguments(place, language):
    program = prepare(place, language, SUM[language])
    assert program.run(place, stdin=b"2 40").stdout == b"42\n"
    assert program.run(place, stdin=b"-5 3", args=["word"]).stdout == b"-2 word\n"
    result = compile_and_run(place, language, SUM[language], stdin=b"1 1")
    assert (result.stdout, result.exit_status) == (b"2\n", 0)


def test_a_source_that_is_no_program_is_told_with_what_the_compiler_said(place, language):
    with pytest.raises(DoesNotCompile, match=language) as failure:
        prepare(place, language, BROKEN[language])
    assert LANGUAGES[language].file in str(failure.value)


def test_a_program_cannot_pass_for_a_missing_compiler(place, language):
    result = compile_and_run(place, language, CRASHING[language])
    assert result.exit_status == 127


def test_a_missing_compiler_is_the_machines_fault_and_has_a_remedy(language):
    class Empty:
        def run(self, spec):
            return RunResult(b"", b"not found", 127)

    with pytest.raises(RunnerUnavailable, match=f"{language}.*apt-get install"):
        prepare(Empty(), language, SUM[language])


def test_a_compiler_that_never_ends_is_the_sources_fault():
    class Slow:
        def run(self, spec):
            return RunResult(b"", b"", None, 9, timed_out=True)

    with pytest.raises(DoesNotCompile, match="did not come to an end"):
        prepare(Slow(), "c", SUM["c"])


def test_an_unknown_language_is_refused_by_name():
    with pytest.raises(OptionError, match="'c', 'javascript', 'python'.*'rust'"):
        prepare(None, "rust", "fn main() {}")
