"""Programs against tests: both modes, credit, limits, determinism, broken machinery."""

import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program_runners import DOWN, PYTHON, Recording, Saying, claim, judge, said, task

from veragym.core import Draft, OptionError
from veragym.core.verdict import Outcome
from veragym.sandbox import Limits, RunnerUnavailable
from veragym.sandbox.unsafe import SubprocessRunner
from veragym.verifiers.program import ProgramVerifier, encode, read_suite

ADD = [{"args": [1, 2], "expected": 3}, {"args": [-4, 9], "expected": 5},
       {"args": [], "kwargs": {"a": 10**30, "b": 1}, "expected": 10**30 + 1}]  # fmt: skip
GOOD = "def f(a, b):\n    return a + b\n"


@pytest.mark.seeds("A12")
def test_a_right_function_passes_and_its_duration_is_measured_but_not_scored():
    verdict = judge()(task(ADD), GOOD)
    assert verdict.outcome is Outcome.CORRECT, verdict.reason
    assert verdict.parts["passed"] == 1.0
    assert [verdict.parts[f"test {n}"] for n in (1, 2, 3)] == [1.0, 1.0, 1.0]
    assert verdict.evidence["outcomes"] == ["passed"] * 3
    assert 0.0 < verdict.parts["cpu_seconds"] < 10.0
    slow = "def f(a, b):\n    for _ in range(3_000_000): pass\n    return a + b\n"
    slower = judge()(task(ADD), slow)
    assert slower.score == 1.0
    assert slower.parts["cpu_seconds"] > verdict.parts["cpu_seconds"]


def test_verdicts_without_durations_are_equal_bit_for_bit():
    quiet = judge(durations=False)
    first, second = quiet(task(ADD), GOOD), quiet(task(ADD), GOOD)
    assert first == second
    assert "cpu_seconds" not in first.parts


def test_two_different_right_solutions_pass():
    other = (
        "from functools import reduce\nimport operator\n"
        "class S:\n    def go(self, *a, **k):\n"
        "        return reduce(operator.add, [*a, *k.values()])\n"
        "f = S().go\n"
    )
    assert judge()(task(ADD), other).score == 1.0
    method = "class S:\n    def go(self, a, b):\n        return a - -b\n"
    assert judge()(task(ADD, {"entry": "S.go"}), method).score == 1.0


@pytest.mark.parametrize(
    ("code", "phrase"),
    [
        ("def f(a, b): return a - b", "wrong answer"),
        ("def f(a, b): return a + b + 1", "wrong answer"),
        ("def f(a, b): return str(a + b)", "wrong answer"),
        ("def f(a, b): return float(a + b)", "wrong answer"),
        ("def f(a, b): return [a + b]", "wrong answer"),
        ("def f(a, b): print(a + b)", "wrong answer"),
        ("def f(a, b): return", "wrong answer"),
        ("def f(a): return a", "raised TypeError"),
        ("def f(a, b): return a / 0", "raised ZeroDivisionError"),
        ("def f(a, b): return f(a, b)", "raised RecursionError"),
        ("def f(a, b): return (n for n in ())", "another type"),
        ("def f(a, b): return object()", "another type"),
        ("def g(a, b): return a + b", "does not define"),
        ("f = 3", "raised TypeError"),
        ("def f(a, b: return a + b", "does not compile: SyntaxError"),
        ("def f(a, b):\nreturn a + b", "does not compile: IndentationError"),
        ("import nothing_of_this_name\ndef f(a, b): return a + b",
         "fails when loaded: ModuleNotFoundError"),
        ("1 / 0", "fails when loaded: ZeroDivisionError"),
        ("The answer is a + b.", "does not compile"),
    ],
)  # fmt: skip
def test_a_failing_solution_is_wrong_and_the_reason_says_how(code, phrase):
    verdict = judge()(task(ADD), code)
    assert verdict.outcome is Outcome.WRONG
    assert phrase in verdict.reason
    assert verdict.reason.startswith("0 of 3 tests passed; test 1:")


def test_it_stops_at_the_first_failure_unless_told_otherwise():
    runner = Recording()
    code = "def f(a, b):\n    return 3\n"
    verdict = judge(runner)(task(ADD), code)
    assert verdict.evidence["outcomes"] == ["passed", "wrong answer", "not run"]
    assert len(runner.specs) == 2
    runner = Recording()
    verdict = judge(runner, stop_early=False)(task(ADD), code)
    assert verdict.evidence["outcomes"] == ["passed", "wrong answer", "wrong answer"]
    assert verdict.score == 0.0
    assert verdict.outcome is Outcome.WRONG


def test_credit_by_tests_is_the_passed_share_of_the_weight():
    weighted = [{**ADD[0], "weight": 1}, {**ADD[1], "weight": 2}, {**ADD[2], "weight": 5}]
    code = "def f(a, b):\n    return a + b if a < 5 else 0\n"
    verdict = judge()(task(weighted, {"credit": "tests"}), code)
    assert verdict.outcome is Outcome.PARTIAL
    assert verdict.score == pytest.approx(3 / 8)
    assert verdict.parts["passed"] == verdict.score
    assert [verdict.parts[f"test {n}"] for n in (1, 2, 3)] == [1.0, 1.0, 0.0]
    assert judge()(task(weighted, {"credit": "tests"}), GOOD).score == 1.0
    assert judge()(task(weighted, {"credit": "tests"}), "def f(a, b): pass").score == 0.0
    assert judge()(task(weighted), code).score == 0.0


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.floats(1e-300, 1e300), st.booleans()), min_size=1, max_size=8
    )
)  # fmt: skip
def test_the_share_is_whole_only_if_all_passed_and_grows_with_every_test(results):
    def score(passed):
        tests = [{"args": [], "expected": 1, "weight": weight} for weight, _ in results]
        said_by = [claim(["i", "1" if one else "2"]) for one in passed]
        suite = task(tests, {"credit": "tests"})
        return judge(Saying(said_by), canary=False)(suite, GOOD).score

    passed = [one for _, one in results]
    share = score(passed)
    assert (share == 1.0) == all(passed)
    assert (share == 0.0) == (not any(passed))
    if not all(passed):
        more = list(passed)
        more[passed.index(False)] = True
        assert score(more) >= share


STDIN = [{"stdin": "1 2\n", "expected": "3\n"}, {"stdin": "-4 9\n", "expected": "5\n"}]


def test_a_program_that_reads_and_prints_is_judged_by_its_output():
    suite = task(STDIN, {"mode": "stdin"})
    right = "a, b = map(int, input().split())\nprint(a + b)\n"
    assert judge()(suite, right).score == 1.0
    assert judge()(suite, f"if __name__ == '__main__':\n    {right.splitlines()[0]}\n"
                          f"    {right.splitlines()[1]}").score == 1.0  # fmt: skip
    for wrong in (
        "print(3)",
        "print(5)",
        "print(3); print(5)",
        right + "print('extra')",
        right + "raise SystemExit(1)",
        right + "1 / 0",
        "import os\nos.write(1, b'3')\nos._exit(1)",
        "pass",
        "print(input())",
    ):
        verdict = judge()(suite, wrong)
        assert verdict.outcome is Outcome.WRONG, (wrong, verdict.reason)


def test_the_output_modes_reach_the_comparison():
    suite = [{"stdin": "", "expected": "0.333333"}]
    for output, score in (("lines", 0.0), ("numbers", 1.0)):
        compare = {"output": output, "relative": 1e-5}
        found = judge()(task(suite, {"mode": "stdin", "compare": compare}), "print(1 / 3)")
        assert found.score == score


def test_unicode_reaches_the_program_and_comes_back():
    suite = [{"stdin": "añ𝔘\n", "expected": "𝔘ña\n"}]
    code = "print(input()[::-1])"
    assert judge()(task(suite, {"mode": "stdin"}), code).score == 1.0
    calls = [{"args": ["añ𝔘\ud800\u202e"], "expected": "\u202e\ud800𝔘ña"}]
    assert judge()(task(calls), "def f(s): return s[::-1]").score == 1.0


def test_values_that_json_cannot_say_are_sent_tagged():
    tests = [
        {
            "args": encode([{1, 2}, (3, b"x"), {(1, 2): None}, 1 + 2j]),
            "expected": encode(({2}, frozenset({3}), b"xx", math.inf)),
        }
    ]
    code = (
        "def f(s, t, d, c):\n"
        "    assert type(s) is set and type(t) is tuple and d == {(1, 2): None} and c == 1 + 2j\n"
        "    return {2}, frozenset({t[0]}), t[1] * 2, float('inf')\n"
    )
    assert judge()(task(tests, encoding="tagged"), code).score == 1.0
    wrong = code.replace("frozenset({t[0]})", "{t[0]}")
    assert judge()(task(tests, encoding="tagged"), wrong).score == 0.0


def test_the_comparison_is_the_tasks():
    tests = [{"args": [], "expected": [1, 2]}]
    code = "def f(): return (1.0, 2)"
    assert judge()(task(tests), code).score == 0.0
    compare = {"sequences": "alike", "numbers": "alike"}
    assert judge()(task(tests, {"compare": compare}), code).score == 1.0


LIMITS = {"limits": {"seconds": 1, "memory_mb": 128, "output_kb": 64}}


def test_running_out_of_time_or_memory_is_the_solutions_own_doing():
    loop = judge()(task(ADD, LIMITS), "def f(a, b):\n    while True: pass\n")
    assert loop.outcome is Outcome.TIMEOUT
    assert loop.evidence["outcomes"][0] == "out of time"
    memory = judge()(task(ADD, LIMITS), "def f(a, b):\n    return len(bytearray(10**10))\n")
    assert memory.outcome is Outcome.TIMEOUT
    assert memory.evidence["outcomes"][0] == "out of memory"
    assert loop.score == memory.score == 0.0
    assert loop.scored and memory.scored


def test_a_flood_of_output_is_wrong():
    code = "while True: print('x' * 1000)"
    verdict = judge()(task(STDIN, {"mode": "stdin", **LIMITS}), code)
    assert verdict.outcome is Outcome.WRONG
    assert verdict.evidence["outcomes"][0] == "too much output"
    value = judge()(task(ADD, LIMITS), "def f(a, b): return 'x' * 100_000")
    assert value.evidence["outcomes"][0] == "too much output"


def test_what_a_function_prints_is_no_part_of_its_result():
    code = "print('loading')\ndef f(a, b):\n    print('x' * 1000, flush=True)\n    return a + b\n"
    assert judge()(task(ADD), code).score == 1.0


def test_after_three_timeouts_the_rest_is_not_run():
    runner = Saying([said(timed_out=True, status=None)] * 3 + [claim(["i", "1"])])
    tests = [{"args": [], "expected": 1}] * 6
    verdict = judge(runner)(task(tests, {"credit": "tests"}), GOOD)
    # Three tests, and the program known to work; which here says 1 instead of what it was given.
    assert runner.runs == 4
    assert verdict.outcome is Outcome.INFRA_ERROR
    runner = Saying([said(timed_out=True, status=None)] * 3)
    verdict = judge(runner, canary=False)(task(tests, {"credit": "tests"}), GOOD)
    assert verdict.evidence["outcomes"] == ["out of time"] * 3 + ["not run"] * 3
    assert verdict.outcome is Outcome.TIMEOUT


def test_a_solution_declared_deterministic_must_be():
    tests = [{"args": [], "expected": 1.0}]
    public = {"deterministic": True, "compare": {"absolute": 1.0}}
    random = "import random\ndef f(): return random.random()"
    verdict = judge()(task(tests, public), random)
    assert verdict.outcome is Outcome.WRONG
    assert verdict.evidence["outcomes"] == ["not the same twice"]
    assert judge()(task(tests, public), "def f(): return 0.5").score == 1.0
    assert judge()(task(tests, {"compare": {"absolute": 1.0}}), random).score == 1.0
    runner = Recording()
    judge(runner)(task(tests, public), "def f(): return 0.5")
    assert len(runner.specs) == 2
    assert runner.specs[0] == runner.specs[1]


def test_sets_are_the_same_in_any_order_of_their_hashes():
    tests = [{"args": [], "expected": encode({"a", "b", "c", "d"})}]
    tests[0]["args"] = encode([])
    code = "def f(): return set('abcd')"
    assert judge()(task(tests, {"deterministic": True}, encoding="tagged"), code).score == 1.0


def test_without_a_runner_and_a_sandbox_nothing_is_run_and_nothing_is_scored(monkeypatch):
    def refuse():
        raise RunnerUnavailable("no sandbox works here; apt-get install bubblewrap")

    monkeypatch.setattr("veragym.verifiers.program.solutions.choose_runner", refuse)
    verdict = ProgramVerifier()(task(ADD), GOOD)
    assert verdict.outcome is Outcome.INFRA_ERROR
    assert "apt-get install bubblewrap" in verdict.reason
    assert not verdict.scored


def test_without_a_runner_the_sandbox_of_this_machine_is_used(monkeypatch):
    runner = Recording()
    monkeypatch.setattr("veragym.verifiers.program.solutions.choose_runner", lambda: runner)
    assert ProgramVerifier(interpreter=PYTHON)(task(ADD), GOOD).score == 1.0
    assert len(runner.specs) == len(ADD)


def test_a_runner_that_is_down_is_nobodys_wrong_answer():
    for results in ([DOWN], [claim(["i", "3"]), DOWN]):
        verdict = judge(Saying(results)).verify(task(ADD), GOOD)
        assert verdict.outcome is Outcome.INFRA_ERROR
        assert "wait for a free one" in verdict.reason
        assert not verdict.scored


def test_an_interpreter_that_does_not_work_is_nobodys_wrong_answer():
    for interpreter in (("false",), ("true",), ("sh", "-c", "exit 3"), ("not-installed",)):
        broken = ProgramVerifier(SubprocessRunner(unsafe=True), interpreter)
        verdict = broken.verify(task(ADD), GOOD)
        assert verdict.outcome is Outcome.INFRA_ERROR, interpreter
    with pytest.raises(OptionError, match="interpreter"):
        ProgramVerifier(interpreter="python3")


def test_limits_under_which_nothing_can_run_are_nobodys_wrong_answer():
    verdict = judge()(task(ADD, {"limits": {"memory_mb": 1}}), GOOD)
    assert verdict.outcome is Outcome.INFRA_ERROR


BROKEN = [
    (None, {"tests": ADD}), ({"entry": "f"}, None), ({"entry": "f"}, {}), ({}, {"tests": ADD}),
    ({"entry": "f"}, {"tests": []}), ({"entry": "f"}, {"tests": "x"}),
    ({"entry": "f"}, {"tests": [3]}), ({"entry": "f"}, {"tests": [{"args": []}]}),
    ({"entry": "f"}, {"tests": [{"expected": 1, "extra": 2}]}),
    ({"entry": "f"}, {"tests": [{"args": 3, "expected": 1}]}),
    ({"entry": "f"}, {"tests": [{"args": [], "kwargs": [], "expected": 1}]}),
    ({"entry": "f"}, {"tests": [{"args": [], "expected": {1, 2}}]}),
    ({"entry": "f"}, {"tests": [{"args": [], "expected": 1, "weight": 0}]}),
    ({"entry": "f"}, {"tests": [{"args": [], "expected": 1, "weight": math.nan}]}),
    ({"entry": "f"}, {"tests": [{"args": [], "expected": 1, "weight": True}]}),
    ({"entry": "f"}, {"tests": [{"args": [], "expected": 1}] * 2_000}),
    ({"entry": "f"}, {"tests": [{"args": ["i"], "expected": ["n"]}], "encoding": "tagged"}),
    ({"entry": "f"}, {"tests": ADD, "encoding": "pickle"}),
    ({"entry": "f()"}, {"tests": ADD}), ({"entry": "a.b.c"}, {"tests": ADD}),
    ({"entry": "__import__('os')"}, {"tests": ADD}), ({"entry": 3}, {"tests": ADD}),
    ({"entry": "f", "mode": "exec"}, {"tests": ADD}), ({"entry": "f", "credit": 1}, {"tests": ADD}),
    ({"entry": "f", "limits": {"seconds": 0}}, {"tests": ADD}),
    ({"entry": "f", "limits": {"days": 1}}, {"tests": ADD}),
    ({"entry": "f", "limits": [1]}, {"tests": ADD}),
    ({"entry": "f", "compare": {"relative": "x"}}, {"tests": ADD}),
    ({"entry": "f", "compare": {"fuzzy": 1}}, {"tests": ADD}),
    ({"entry": "f", "compare": 3}, {"tests": ADD}),
    ({"entry": "f", "deterministic": "yes"}, {"tests": ADD}),
    ({"mode": "stdin"}, {"tests": ADD}),
    ({"mode": "stdin"}, {"tests": [{"stdin": 3, "expected": ""}]}),
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(BROKEN)))
def test_a_broken_task_is_nobodys_wrong_answer(place):
    public, secret = BROKEN[place]
    runner = Recording()
    broken = Draft(content="", prompt="", public=public, secret=secret)
    verdict = judge(runner).verify(broken, GOOD)
    assert verdict.outcome is Outcome.INFRA_ERROR
    assert "task" in verdict.reason
    assert not runner.specs


def test_a_suite_is_read_as_documented():
    suite = read_suite(
        {"entry": "f", "limits": {"seconds": 2, "memory_mb": 64, "output_kb": 1}}, {"tests": ADD}
    )
    assert suite.limits == Limits(
        wall_seconds=8.0, cpu_seconds=2.0, memory_bytes=64 << 20, output_bytes=1024
    )
    assert (suite.mode, suite.credit, suite.deterministic) == ("call", "all", False)
    assert [test.weight for test in suite.tests] == [1.0, 1.0, 1.0]


def test_a_verifier_survives_pickling():
    again = pickle.loads(pickle.dumps(judge()))
    assert again == judge()
    assert again(task(ADD[:1]), GOOD).score == 1.0


def test_answers_do_not_depend_on_their_company():
    tasks = [task(ADD), task(STDIN, {"mode": "stdin"}), task(ADD[:1])]
    answers = [GOOD, "print(3)", "def f(a, b): return 3"]
    quiet = judge(durations=False)
    together = quiet.verify_many(tasks, answers)
    backwards = quiet.verify_many(tasks[::-1], answers[::-1])
    assert together == backwards[::-1]
    assert [one.score for one in together] == [1.0, 0.0, 1.0]


def test_the_interpreter_runs_isolated():
    code = "import sys\ndef f(): return [sys.flags.isolated, sys.flags.no_site]"
    assert PYTHON[1:] == ("-I", "-S") == ProgramVerifier().interpreter[1:]
    assert judge()(task([{"args": [], "expected": [1, 1]}]), code).score == 1.0
