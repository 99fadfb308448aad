"""The program verifier on the sandboxes of this machine: same verdicts, and nothing gets out."""

import importlib
import os
import pickle
import sys

import pytest
from program_runners import task

from veragym.core.verdict import Outcome
from veragym.verifiers.program import ProgramVerifier

choosing = importlib.import_module("veragym.sandbox.choose")
REQUIRED = set(filter(None, os.environ.get("VERAGYM_REQUIRE_BACKENDS", "").split(",")))
ADD = [{"args": [1, 2], "expected": 3}, {"args": [2, 40], "expected": 42}]
PRINT = [{"stdin": "3\n", "expected": "6\n"}]
SECRET = 736_201
HIDDEN = [{"args": [3], "expected": SECRET}]


@pytest.fixture(scope="module", params=choosing.AUTOMATIC)
def judge(request):
    reason = choosing.why_not(request.param)
    if "refused" in reason or (reason and request.param in REQUIRED):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    return ProgramVerifier(choosing.choose_runner(request.param))


def test_right_programs_pass_and_wrong_ones_do_not(judge):
    assert judge(task(ADD), "def f(a, b): return a + b").score == 1.0
    wrong = judge(task(ADD), "def f(a, b): return a * b")
    assert (wrong.outcome, wrong.score) == (Outcome.WRONG, 0.0)
    public = {"mode": "stdin", "entry": ""}
    assert judge(task(PRINT, public), "print(2 * int(input()))").score == 1.0
    assert judge(task(PRINT, public), "print(input())").score == 0.0


def test_verdicts_come_with_what_they_cost(judge):
    parts = judge(task(ADD), "def f(a, b): return a + b").parts
    assert 0.0 < parts["cpu_seconds"] < 10.0
    assert 0.0 < parts["peak_memory_bytes"] < 1 << 30


MISBEHAVING = {
    "a crash": ("import ctypes\ndef f(x): ctypes.string_at(0)", {Outcome.WRONG}),
    "an early end": ("import os; os._exit(0)", {Outcome.WRONG}),
    "an endless loop": ("def f(x):\n    while True: pass", {Outcome.TIMEOUT}),
    "sleep": ("import time\ndef f(x): time.sleep(100)", {Outcome.TIMEOUT}),
    "a flood": ("def f(x):\n    while True: print('x' * 10**6)", {Outcome.WRONG, Outcome.TIMEOUT}),
    "a memory bomb": (
        "def f(x):\n    kept = []\n    while True: kept.append(b'x' * 10**7)",
        {Outcome.WRONG, Outcome.TIMEOUT},
    ),
    "many processes": (
        # No bomb: it gives up by itself, in case nothing stops it.
        "import os, time\ndef f(x):\n    for _ in range(200):\n"
        "        try:\n            if os.fork() == 0: time.sleep(60)\n"
        "        except OSError: pass\n    time.sleep(60)",
        {Outcome.WRONG, Outcome.TIMEOUT},
    ),
    "signals to all": (
        "import os\ndef f(x):\n    os.kill(-1, 9)",
        {Outcome.WRONG, Outcome.TIMEOUT},
    ),
}


@pytest.mark.parametrize("name", MISBEHAVING)
def test_what_a_program_does_to_itself_is_its_own_failure(judge, name):
    code, outcomes = MISBEHAVING[name]
    limits = {"limits": {"seconds": 0.5, "memory_mb": 64}}
    verdict = judge(task(HIDDEN, limits), code)
    assert verdict.outcome in outcomes, verdict
    assert verdict.score == 0.0
    # And the next program is judged as if nothing had happened.
    assert judge(task(ADD, limits), "def f(a, b): return a + b").score == 1.0


STEALING = {
    "the parent's environment": "open('/proc/%d/environ' % os.getppid(), 'rb').read()",
    "our environment": f"open('/proc/{os.getpid()}/environ', 'rb').read()",
    "our memory": f"open('/proc/{os.getpid()}/mem', 'rb').read(10)",
    "our files": f"open({os.path.abspath(__file__)!r}, 'rb').read()",  # noqa: PTH100
    "the shadow file": "open('/etc/shadow', 'rb').read()",
    "a socket": "socket.create_connection(('127.0.0.1', PORT), timeout=2) and b'736201'",
}


@pytest.mark.parametrize("name", STEALING)
def test_what_a_program_reaches_for_is_not_there(judge, name, tmp_path):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code = (
            "import os, socket\n"
            f"PORT = {port}\n"
            "def f(x):\n"
            "    try:\n"
            f"        found = {STEALING[name]}\n"
            "    except OSError:\n"
            "        return 'refused'\n"
            "    return len(found)\n"
        )
        verdict = judge(task([{"args": [3], "expected": "refused"}]), code)
        assert verdict.score == 1.0, verdict


def test_a_verifier_without_a_runner_takes_the_sandbox():
    reason = choosing.why_not("auto")
    if reason:
        pytest.skip(reason)
    judge = pickle.loads(pickle.dumps(ProgramVerifier()))
    assert judge(task(ADD), "def f(a, b): return a + b").score == 1.0
    spy = f"import os\ndef f(a, b): return a + b if not os.path.exists({sys.prefix!r}) else 0"
    assert judge(task(ADD), spy).scored
