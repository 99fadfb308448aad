"""A user's own tasks: the example works, and every fault is found with its line."""

import pytest

from veragym.core.errors import SourceError
from veragym.envs.shell.task import scaffold, validate
from veragym.envs.shell.task.env import ShellTaskEnv


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "task.yaml").write_text(text)
    return folder


GOOD = """prompt: Count the lines of data.txt.
setup: |
  for i in 1 2 3; do echo line $i; done > data.txt
oracle:
  - wc -l < data.txt
answer: {form: integer, is: 3}
"""
SCRIPTED = """prompt: Put a greeting of at least five letters into hello.txt.
oracle: ['echo hello > hello.txt']
script: |
  test "$(tr -d '\\n' < "$1/hello.txt" | wc -c)" -ge 5
decoys: ['echo hi > hello.txt']
"""


def test_the_example_is_valid_and_can_be_played(tmp_path, shell_sandbox):
    path = scaffold(tmp_path / "mine")
    assert path.name == "task.yaml"
    assert validate(tmp_path / "mine", shell_sandbox) == []
    with pytest.raises(SourceError, match="already"):
        scaffold(tmp_path / "mine")
    env = ShellTaskEnv(tasks=tmp_path / "mine", sandbox=shell_sandbox)
    observation, info = env.reset(seed=0)
    assert observation.startswith("Sort the lines of names.txt") and info["task"]["split"] == "all"
    for action in env.oracle():
        _, reward, *_ = env.step(action)
    assert reward == 1.0
    for decoy in env.generator.decoys(env.task):
        env.reset(options={"task": env.task})
        assert env.step(decoy)[1] == 0.0
    env.close()


def test_setup_scripts_and_answers_and_several_tasks(tmp_path, shell_sandbox):
    write(tmp_path / "a", GOOD)
    write(tmp_path / "b", SCRIPTED)
    assert validate(tmp_path, shell_sandbox) == []
    env = ShellTaskEnv(tasks=tmp_path, sandbox=shell_sandbox)
    env.reset(seed=0, options={"index": 0})
    assert env.task.secret["files"] == {"data.txt": "line 1\nline 2\nline 3\n"}
    assert env.step("answer 3")[1] == 1.0
    env.reset(seed=0, options={"index": 1})
    env.step("echo good morning > hello.txt")
    _, reward, _, _, info = env.step("submit")
    assert reward == 1.0 and info["verdict"].parts["script"] == 1.0
    env.reset(seed=0, options={"index": 1})
    assert env.step("submit")[1] == 0.0
    env.close()


def test_a_check_script_meets_no_tool_of_the_agents(tmp_path, shell_sandbox):
    write(tmp_path, SCRIPTED)
    env = ShellTaskEnv(tasks=tmp_path, sandbox=shell_sandbox)
    env.reset(seed=0)
    for tool in ("test", "wc", "tr", "bash", "check.sh"):
        env.step(f"printf '#!/bin/sh\\nexit 0\\n' > {tool}; chmod 755 {tool}")
    env.step("export PATH=$PWD:$PATH; echo 'exit 0' > .bashrc; echo 'exit 0' > .profile")
    env.step("test() { return 0; }; export -f test; mkfifo p")
    assert env.step("submit")[1] == 0.0
    env.close()


FAULTS = {
    "prompt: x\noracle: [ls]\nchek: {}\n": (3, "unknown field 'chek'"),
    "prompt: x\noracle: ls\nanswer: {form: integer, is: 1}\n": (2, "oracle must be a list"),
    "oracle: [ls]\nanswer: {form: integer, is: 1}\n": (0, "prompt is missing"),
    "prompt: x\noracle: [ls]\n": (0, "nothing says what is right"),
    "prompt: x\noracle: [ls]\ncheck:\n  all: [{fil: a}]\n": (3, "exactly one of"),
    "prompt: x\noracle: [ls]\nanswer: 3\n": (3, "answer must be"),
    "prompt: x\n  oracle: [ls]\n": (2, "cannot be read"),
    "- a\n": (1, "a task is a mapping"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_told_with_its_line(tmp_path, shell_sandbox, text):
    line, said = FAULTS[text]
    problems = validate(write(tmp_path, text), shell_sandbox)
    assert any(p.line == line and said in p.message for p in problems), [*map(str, problems)]
    with pytest.raises(SourceError, match="task.yaml"):
        ShellTaskEnv(tasks=tmp_path, sandbox=shell_sandbox)


UNSOUND = {
    GOOD.replace("is: 3", "is: 4").replace("wc -l < data.txt", "rm data.txt"): "does not pass",
    "prompt: x\noracle: ['true']\ncheck:\n  all: [{absent: a}]\n": "doing nothing passes",
    SCRIPTED.replace("echo hi", "echo welcome"): "decoy 1 passes",
    GOOD.replace("echo line $i", "echo $RANDOM$$; cat /proc/uptime"): "other files each time",
    GOOD.replace("for i", "exit 3; for i"): "ended with 3",
}


@pytest.mark.parametrize("text", UNSOUND)
def test_an_unsound_task_is_found_by_running_it(tmp_path, shell_sandbox, text):
    problems = validate(write(tmp_path, text), shell_sandbox)
    assert any(UNSOUND[text] in p.message for p in problems), [*map(str, problems)]


def test_a_folder_without_tasks_is_said_to_be_one(tmp_path, shell_sandbox):
    assert "neither it nor" in validate(tmp_path, shell_sandbox)[0].message
    assert "no such folder" in validate(tmp_path / "x", shell_sandbox)[0].message
