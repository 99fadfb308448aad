"""CodeRepair-v0 as an environment: solved by its oracle, and by no trick."""

import ast
import itertools
import json
import re

import pytest

from veragym.core.capabilities import capabilities_of
from veragym.core.verdict import Outcome
from veragym.core.verifier import Verifier
from veragym.envs.shell.repair import FAMILIES, RepairTasks, RepairVerifier
from veragym.envs.shell.repair.env import CodeRepairEnv
from veragym.envs.shell.repair.tasks import mended_sources
from veragym.registry import entries
from veragym.sandbox import RunnerUnavailable, Tree
from veragym.sandbox.tree import link
from veragym.verifiers.state import FinalState, tree_from_json

LEVELS = (0.1, 0.5, 1.0)


def tool(name, **arguments):
    return json.dumps({"name": name, "arguments": arguments})


def begin(env, family="intervals", seed=0, level=0.5):
    """A task of one family; returns its secret."""
    from veragym.core.generator import TaskStream

    stream = TaskStream(RepairTasks([family]), "CodeRepair-v0", "train", seed)
    env.reset(options={"task": stream.task(0, (level, level))})
    return env.task.secret


def play(env, *actions):
    for action in actions:
        last = env.step(action)
    return last


def solved(env):
    for action in env.oracle():
        last = env.step(action)
    return last


def test_the_registry_says_what_the_environment_offers(shared_env):
    shared_env.reset(seed=1)
    assert set(entries()["CodeRepair-v0"].capabilities) == set(capabilities_of(shared_env))


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_oracle_repairs_every_family(shared_env, family):
    for level in LEVELS[1:]:
        begin(shared_env, family, 1, level)
        _, reward, terminated, _, info = solved(shared_env)
        assert (reward, terminated) == (1.0, True), info["verdict"]
        assert set(info["parts"].values()) == {1.0}


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("level", LEVELS)
def test_the_oracle_repairs_ten_seeds_of_every_family(shared_env, family, level):
    for seed in range(10):
        begin(shared_env, family, 100 + seed, level)
        assert solved(shared_env)[1] == 1.0
        task = shared_env.task
        for decoy in shared_env.generator.decoys(task) if seed == 0 else []:
            shared_env.reset(options={"task": task})
            _, reward, terminated, _, info = shared_env.step(decoy)
            assert (reward, terminated) == (0.0, True), (decoy, info["verdict"])


def test_visible_tests_fail_as_the_prompt_says_and_pass_after_the_repair(shared_env):
    observation, _ = shared_env.reset(seed=3, options={"difficulty": 0.8})
    failing, total = re.search(r"(\d+) (?:of its|of|failures in) (\d+)", observation).groups()
    shown = shared_env.step("python3 run_tests.py")[0]
    assert f"{total} tests, {failing} failed\n[exit 1 | in ~ |" in shown
    for action in itertools.islice(shared_env.oracle(), 99):
        if action != "submit":
            shared_env.step(action)
    assert f"{total} tests, 0 failed\n[exit 0" in shared_env.step("python3 run_tests.py")[0]
    _, reward, _, _, info = shared_env.step("submit")
    assert (reward, info["parts"]["frame"]) == (1.0, 1.0)


def test_a_repair_by_shell_in_other_words_is_as_good(shared_env):
    secret = begin(shared_env, level=0.1)
    (fix,) = secret["fixes"]
    text = mended_sources(secret)[fix["path"]]
    other = "# mended\n" + text.replace("    ", "  ")
    _, reward, *_ = play(
        shared_env, f"cat > {fix['path']} <<'END'\n{other}END", "python3 run_tests.py", "submit"
    )
    assert reward == 1.0


@pytest.mark.parametrize("actions", [["submit"], [""] * 30, ["ls"] * 30])
def test_an_agent_that_does_nothing_is_paid_nothing(shared_env, actions):
    begin(shared_env)
    for action in actions:
        _, reward, terminated, truncated, _ = shared_env.step(action)
        if terminated or truncated:
            break
    assert (reward, terminated or truncated) == (0.0, True)


@pytest.mark.parametrize("family", ["ledger", "caches"])
def test_near_misses_and_tricks_of_the_generator_fail(shared_env, family):
    begin(shared_env, family, 2, 0.9)
    task = shared_env.task
    for decoy in shared_env.generator.decoys(task):
        shared_env.reset(options={"task": task})
        _, reward, terminated, truncated, info = shared_env.step(decoy)
        assert (reward, terminated, truncated) == (0.0, True, False), (decoy, info["verdict"])
        assert info["verdict"].scored


def broken_module(secret):
    """Path and text of a module that has a bug."""
    path = secret["fixes"][0]["path"]
    return path, secret["files"][path]


def memorised(secret):
    """Every module, with what the visible tests ask for looked up in a table."""
    known = {}
    for name, tests in secret["files"].items():
        if not name.startswith("tests/test_"):
            continue
        for node in ast.walk(ast.parse(tests)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "assertEqual":
                asked, wanted = node.args
                args = repr(tuple(ast.literal_eval(each) for each in asked.args))
                table = known.setdefault(asked.func.value.id, {})
                table[asked.func.attr, args] = ast.literal_eval(wanted)
    assert known
    for module, table in known.items():
        path = f"{secret['package']}/{module}.py"
        yield (
            path,
            (
                f"{secret['files'][path]}\n\n_KNOWN = {table!r}\n\n\n"
                "def _special(name, function):\n"
                "    def special(*args):\n        key = (name, repr(args))\n"
                "        return _KNOWN[key] if key in _KNOWN else function(*args)\n"
                "    return special\n"
                "\n\nfor _name in {name for name, _ in _KNOWN}:\n"
                "    globals()[_name] = _special(_name, globals()[_name])\n"
            ),
        )


def test_special_cases_for_the_visible_tests_pass_those_and_no_more(shared_env):
    secret = begin(shared_env, "intervals", 4, 0.1)
    written = [tool("write_file", path=path, content=text) for path, text in memorised(secret)]
    shown = play(shared_env, *written, "python3 run_tests.py")[0]
    assert " 0 failed\n[exit 0" in shown
    _, reward, _, _, info = shared_env.step("submit")
    assert (reward, info["parts"]["bug 1"], info["parts"]["frame"]) == (0.0, 0.0, 1.0)


ALWAYS = "class Any(int):\n    def __eq__(self, other):\n        return True\n    __hash__ = None\n"
HOSTILE = {
    "ends early": "import os\nos._exit(0)\n",
    "ends as if well": "raise SystemExit(0)\n",
    "prints PASS": (
        "print('PASS')\nprint('[\"value\", [\"l\"]]', flush=True)\nimport os\nos._exit(0)\n"
    ),
    "equals everything": ALWAYS + "def __getattr__(name):\n    return lambda *args: Any(1)\n",
    "is a stub": "def __getattr__(name):\n    return lambda *args: 0\n",
    "never ends": "while True:\n    pass\n",
    "changes what is built in": (
        "import builtins, json, marshal\nbuiltins.isinstance = lambda *args: True\n"
        "json.dumps = lambda *args: '[\"value\", [\"n\"]]'\nmarshal.dumps = lambda value: b'N'\n"
    ),
    "looks for its judge": (
        "import sys\n"
        "frame = sys._getframe()\n"
        "while frame:\n"
        "    for key in list(frame.f_locals):\n"
        "        if 'expect' in key:\n"
        "            raise ValueError(frame.f_locals[key])\n"
        "    frame = frame.f_back\n"
    ),
    "floods": "print('x' * 10_000_000)\n",
}


@pytest.mark.parametrize("trick", sorted(HOSTILE))
def test_code_that_would_rather_not_be_judged_is_judged_wrong(shared_env, trick):
    path, text = broken_module(begin(shared_env, seed=1))
    hostile = HOSTILE[trick] if trick not in ("changes what is built in", "looks for its judge",
                                              "floods") else HOSTILE[trick] + text  # fmt: skip
    _, reward, terminated, truncated, info = play(
        shared_env, tool("write_file", path=path, content=hostile), "submit"
    )
    assert (reward, terminated, truncated) == (0.0, True, False)
    assert info["verdict"].outcome in (Outcome.WRONG, Outcome.TIMEOUT)


TRICKS = {
    "a link to a copy": "mkdir ~/spare; mv {path} ~/spare/m.py; ln -s ~/spare/m.py {path}",
    "a pipe in its place": "rm {path}; mkfifo {path}",
    "a folder in its place": "rm {path}; mkdir {path}",
    "tests deleted": "rm -r tests",
    "tests edited": "sed -i 's/assertEqual/assertTrue/' tests/*.py",
    "a runner that is always content": "echo 'print(\"7 tests, 0 failed\")' > run_tests.py",
    "sitecustomize": "echo 'import os; os._exit(0)' > sitecustomize.py",
    "compiled code": "mkdir -p {package}/__pycache__; echo x > {package}/__pycache__/a.pyc",
    "a module of the library": "echo 'def loads(x): return []' > json.py",
    "a package beside it": "mkdir more; echo 'x = 1' > more/__init__.py",
}


@pytest.mark.parametrize("trick", sorted(TRICKS))
def test_files_around_the_code_have_no_say(shared_env, trick):
    secret = begin(shared_env, seed=1)
    path, _ = broken_module(secret)
    command = TRICKS[trick].format(path=path, package=secret["package"])
    _, reward, terminated, _, _ = play(shared_env, command, "submit")
    assert (reward, terminated) == (0.0, True)


def test_what_python_compiles_by_itself_is_no_offence(shared_env):
    secret = begin(shared_env, level=0.1)
    actions = list(shared_env.oracle())
    compiled = f"PYTHONDONTWRITEBYTECODE= python3 -c 'import {secret['package']}.__init__'"
    shown = play(shared_env, *actions[:-1], compiled, f"ls {secret['package']}/__pycache__")[0]
    assert ".pyc" in shown
    assert shared_env.step("submit")[1] == 1.0


def test_something_that_worked_must_go_on_working(shared_env):
    secret = begin(shared_env, "codes", 3, 0.1)
    mended = mended_sources(secret)
    (path,) = mended
    other = next(p for p in secret["sources"] if p != path and "__init__" not in p)
    ruined = re.sub(r"return .*", "return None", secret["files"][other])
    actions = [tool("write_file", path=p, content=t) for p, t in {**mended, other: ruined}.items()]
    _, reward, _, _, info = play(shared_env, *actions, "submit")
    assert (reward, info["parts"]["bug 1"], info["parts"]["kept"]) == (0.0, 1.0, 0.0)


def test_progress_counts_mended_bugs_by_hidden_tests(shared_env):
    secret = begin(shared_env, level=1.0)
    assert shared_env.progress() == (
        0.0, {"bug 1": False, "bug 2": False, "bug 3": False, "kept": True, "frame": True},
    )  # fmt: skip
    for count, fix in enumerate(secret["fixes"], 1):
        shared_env.step(tool("replace_in_file", path=fix["path"], old=fix["old"], new=fix["new"]))
        share, goals = shared_env.progress()
        assert share == pytest.approx(count / 3)
        assert goals[f"bug {count}"]
    shared_env.step("echo x > extra")
    assert shared_env.progress()[1]["frame"] is False


def test_the_oracle_solves_from_a_mess(shared_env):
    secret = begin(shared_env, "texts", 2, 0.9)
    path, _ = broken_module(secret)
    play(
        shared_env, f"rm -r tests; echo x > {path}; cd /tmp; mkdir ~/more; chmod 600 ~/README.md",
        tool("write_file", path="more/x.txt", content="x"),
    )  # fmt: skip
    assert solved(shared_env)[1] == 1.0


def test_a_snapshot_brings_files_and_shell_back(shared_env):
    secret = begin(shared_env, level=0.1)
    (fix,) = secret["fixes"]
    play(shared_env, "cd tests", tool("write_file", path="note", content="x"))
    kept, key = shared_env.snapshot(), shared_env.state_key()
    play(shared_env, "rm ~/note", tool("write_file", path="note2", content="y"), "cd ..")
    assert shared_env.state_key() != key
    shared_env.restore(kept)
    assert shared_env.state_key() == key
    assert shared_env.step("pwd; cat ~/note; ls ~/note2")[0].startswith("/home/agent/tests\nx")
    replace = tool("replace_in_file", path=fix["path"], old=fix["old"], new=fix["new"])
    assert play(shared_env, replace, "rm ~/note", "submit")[1] == 1.0


def test_a_tool_and_a_command_that_write_the_same_lead_to_the_same_state(shared_env):
    begin(shared_env)
    shared_env.step(tool("write_file", path="deep/er/a.txt", content="x\n"))
    key = shared_env.state_key()
    begin(shared_env)
    shared_env.step("mkdir -p deep/er && echo x > deep/er/a.txt")
    assert shared_env.state_key() == key
    # In a session that has begun, a tool writes the same.
    begin(shared_env)
    play(shared_env, "true", tool("write_file", path="deep/er/a.txt", content="x\n"))
    assert shared_env.state_key() == key
    shown = shared_env.step("cat deep/er/a.txt; stat -c %a deep/er/a.txt")[0]
    assert shown.startswith("x\n644\n")


def test_tools_say_what_they_did_and_what_they_did_not(shared_env):
    begin(shared_env)
    observation, _, _, _, info = shared_env.step(tool("read_file", path="README.md"))
    assert observation.startswith("# ")
    assert observation.endswith("[read_file: done | 29 turns left]")
    assert (info["valid"], info["cost"]["tool_calls"]) == (True, 1)
    observation, *_, info = shared_env.step(tool("read_file", path="none"))
    assert observation == "[there is no such file; nothing was done | 28 turns left]"
    observation, *_, info = shared_env.step(tool("read_file"))
    assert observation == "[read_file needs path; nothing was done | 27 turns left]"
    assert (info["valid"], info["cost"]["tool_calls"]) == (False, 2)


def test_episodes_are_the_same_twice(repair_sandbox):
    seen = []
    for _ in range(2):
        env = CodeRepairEnv(sandbox=repair_sandbox)
        lines = [env.reset(seed=8)[0]]
        lines += [env.step(a)[0] for a in ("ls -la --time-style=+", "python3 run_tests.py")]
        lines.append(env.step(tool("list_files"))[0])
        seen.append(lines)
        env.close()
    assert seen[0] == seen[1]


class Missing:
    """A runner that is not there."""

    def run(self, spec):
        raise RunnerUnavailable("install it")


def test_a_judge_that_cannot_run_gives_no_score(shared_env):
    secret = begin(shared_env)
    task = shared_env.task
    judge = RepairVerifier(Missing())
    assert isinstance(judge, Verifier)
    files = {**secret["files"], **mended_sources(secret)}
    verdict = judge(task, FinalState(tree_from_json(files)))
    assert verdict.outcome is Outcome.INFRA_ERROR
    assert "install it" in verdict.reason
    # Code that is as it was needs no run, nor does a tree without it.
    assert judge(task, FinalState(tree_from_json(secret["files"]))).outcome is Outcome.WRONG
    assert judge(task, FinalState(Tree())).outcome is Outcome.WRONG
    assert judge(task, "a text").outcome is Outcome.UNPARSABLE


def test_a_link_whose_target_reads_like_the_repair_is_none(shared_env):
    secret = begin(shared_env, "intervals", 0, 0.1)
    ((path, text),) = mended_sources(secret).items()
    judge, task = RepairVerifier(), shared_env.task
    start = tree_from_json(secret["files"])
    assert judge(task, FinalState(Tree({**start, path: text}))).score == 1.0
    verdict = judge(task, FinalState(Tree({**start, path: link(text)})))
    assert (verdict.outcome, verdict.score) == (Outcome.WRONG, 0.0)


def test_a_verdict_gives_nothing_of_the_hidden_tests_away(shared_env):
    begin(shared_env, "sums", 1)
    path, _ = broken_module(shared_env.task.secret)
    verdict = play(shared_env, tool("write_file", path=path, content="x = 1\n"), "submit")[4][
        "verdict"
    ]
    said = json.dumps(verdict.to_json())
    assert "raised" not in said
    assert len(said) < 600
