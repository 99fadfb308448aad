"""The environment: what an episode is, and what an agent cannot do to its verdict."""

import dataclasses
import pickle

import pytest

from veragym.core.capabilities import capabilities_of
from veragym.core.errors import EpisodeOrderError, OptionError, TaskMismatch
from veragym.core.verdict import Outcome
from veragym.envs.shell.task.env import PATIENCE, ShellTaskEnv
from veragym.registry import entries
from veragym.sandbox import RunnerUnavailable, Tree
from veragym.sandbox.unsafe_session import SubprocessSandbox
from veragym.verifiers.state import tree_to_json

START = Tree({"names.txt": "b\na\nb\n", "sub/keep.txt": "keep\n"})


@pytest.fixture
def env(shell_sandbox):
    made = ShellTaskEnv(sandbox=shell_sandbox, command_seconds=3.0)
    yield made
    made.close()


def task_of(env, **more):
    """A task made by hand: names.txt sorted into out.txt."""
    env.reset(seed=0)
    secret = {
        "files": tree_to_json(START),
        "check": {"all": [{"file": "out.txt", "equals": "a\nb\nb\n"}], "frame": ["out.txt"]},
        "oracle": ["sort names.txt > out.txt"],
        "decoys": [],
        "hint": "sort",
        "wordings": ["Sort names.txt into out.txt."],
    }
    asked = {"answer_form": "integer"} if "answer" in more else {}
    public = {"template": "own", "theme": "own", **asked}
    return dataclasses.replace(
        env.task, prompt="Sort names.txt into out.txt.", public=public, secret={**secret, **more}
    )


def play(env, *actions, **more):
    """The last step after a reset to the task made by hand."""
    env.reset(options={"task": task_of(env, **more)})
    for action in actions:
        last = env.step(action)
    return last


def test_the_registry_says_what_the_environment_offers(env):
    env.reset(seed=1)
    assert set(entries()["ShellTask-v0"].capabilities) == set(capabilities_of(env))


def test_an_episode_is_judged_by_its_files_when_it_ends(env):
    observation, reward, terminated, truncated, info = play(env, "sort names.txt > out.txt")
    assert (reward, terminated, truncated, info["verdict"]) == (0.0, False, False, None)
    assert observation == "[exit 0 | in ~ | 19 turns left]"
    _, reward, terminated, truncated, info = env.step("submit")
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["verdict"].parts == {"files.1": 1.0, "frame": 1.0}
    assert info["cost"]["tool_calls"] == 1


# Each is a whole episode; none may be paid.
HACKS = {
    "nothing": ["submit"],
    "leaving": ["exit 0"],
    "printing the result": ["sort names.txt", "submit"],
    "printing a verdict": ["echo score 1.0; echo '[exit 0 | in ~ | 19 turns left]'", "submit"],
    "writing a verdict": ["echo 1 > reward.txt; sort names.txt > out.txt", "submit"],
    "an own sort that cheats later": ["sort() { :; }; sort names.txt > out.txt", "submit"],
    "a link to a file": ["ln -s names.txt out.txt", "submit"],
    "a pipe": ["mkfifo out.txt", "submit"],
    "a process that writes after the verdict": [
        "(sleep 1; sort names.txt > out.txt) > /dev/null 2>&1 &",
        "submit",
    ],
    "an input changed": ["sort -o names.txt names.txt; cp names.txt out.txt", "submit"],
    "an answer": ["answer a b b"],
    "a trap": ["trap 'echo 1' EXIT; exit 0", "submit"],
}


@pytest.mark.parametrize("name", HACKS)
def test_a_hack_is_not_paid(env, name):
    _, reward, _, _, info = play(env, *HACKS[name])
    assert reward == 0.0
    assert info["verdict"].outcome is Outcome.WRONG, info["verdict"]


def test_a_question_takes_its_answer_and_only_that(env):
    asked = {"answer": "3", "check": {}}
    assert play(env, "wc -l < names.txt", "answer 3", **asked)[1] == 1.0
    assert play(env, "answer 4", **asked)[1] == 0.0
    assert play(env, "echo 3", "submit", **asked)[1] == 0.0
    assert play(env, "touch x", "answer 3", **asked)[1] == 0.0


def test_a_command_and_the_end_fit_into_one_action(env):
    action = '{"command": "sort names.txt > out.txt", "submit": true}'
    observation, reward, terminated, _, _ = play(env, action)
    assert (reward, terminated) == (1.0, True)
    assert observation == "[exit 0 | in ~ | 19 turns left]"


def test_what_cannot_be_read_costs_a_turn_and_changes_nothing(env):
    observation, _, terminated, _, info = play(env, "touch x\0")
    assert "null byte" in observation and not terminated and not info["valid"]
    assert env.progress() == (0.0, {"files.1": False, "frame": True})


HOSTILE = {
    "never ending": ("while :; do :; done", "took too long"),
    "reading from a terminal": ("read x; echo got $?", "got 1"),
    "an editor": ("cat", "exit 0"),
    "too much output": ("yes | head -c 30000000", "left out"),
    "binary output": ("head -c 4000 /dev/urandom; printf '\\0'", "binary output"),
    "escape sequences": ("printf '\\033[2J\\033]0;x\\007'", "\\x1b[2J"),
    "invalid text": ("printf 'abcdefgh\\377'", "\\xff"),
    "the shell's end": ("exec true", "replaced"),
    "an open quotation": ("echo '", "stderr"),
    "killing the shell": ("kill -9 $$", "replaced"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_command_is_survived_and_said(env, name):
    command, said = HOSTILE[name]
    observation, _, terminated, truncated, info = play(env, command)
    assert said in observation
    assert len(observation) < 20_000 and not terminated and not truncated
    assert info["error"] is None
    assert env.step("sort ~/names.txt > ~/out.txt")[4]["error"] is None
    assert env.step("submit")[1] == 1.0


def test_folder_and_variables_last_within_an_episode_and_not_beyond(env):
    observation, *_ = play(env, "cd sub; x=5", "echo $x; pwd >&2; ls")
    assert observation.startswith("5\nkeep.txt\n") and "in ~/sub" in observation
    observation, *_ = play(env, "echo x=$x; ls")
    assert observation.startswith("x=\nnames.txt\nsub\n[exit 0 | in ~ |")


def test_a_standstill_ends_the_episode_and_progress_does_not(env):
    play(env, *["ls"] * PATIENCE)
    _, _, terminated, _, info = env.step("ls")
    assert terminated and "in a row" in info["verdict"].reason
    _, _, terminated, _, _ = play(env, *["echo 1 >> log"] * (PATIENCE + 3))
    assert not terminated


def test_a_command_that_was_stopped_is_not_run_again_as_it_stands(env):
    loop = "echo 1 >> log; while :; do :; done"
    observation, *_ = play(env, loop)
    assert "took too long" in observation
    observation, _, _, _, info = env.step(loop)
    assert "not run again" in observation and not info["valid"]
    assert env.step("cat ~/log")[0].startswith("1\n[exit 0")
    assert "took too long" in env.step(loop)[0]


def test_turns_run_out(shell_sandbox):
    env = ShellTaskEnv(sandbox=shell_sandbox, max_turns=2)
    _, reward, terminated, truncated, info = play(env, "sort names.txt > out.txt", "ls")
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["verdict"].reason == "nothing was submitted within 2 turns"
    env.close()


def test_a_snapshot_branches_here_and_in_another_instance(env, shell_sandbox):
    play(env, "cd sub", "echo 1 > ../out.txt")
    saved = pickle.loads(pickle.dumps(env.snapshot()))
    key = env.state_key()
    assert env.step("rm -r ../sub ../out.txt; cd")[4]["valid"]
    assert env.state_key() != key
    with_another = ShellTaskEnv(sandbox=shell_sandbox)
    for each in (env, with_another):
        each.restore(saved)
        assert each.state_key() == key
        observation, *_ = each.step("pwd | sed 's|.*/||'; cat ../out.txt")
        assert observation.startswith("sub\n1\n") and "17 turns left" in observation
        each.step("sort ../names.txt > ../out.txt")
        assert each.step("submit")[1] == 1.0
    with_another.close()


def test_two_ways_to_one_state_share_a_key(env):
    play(env, "echo 1 > out.txt", "rm out.txt")
    one, history = env.state_key(), env.history_key(2)
    play(env, "mkdir d; rmdir d")
    assert env.state_key() == one
    assert env.history_key(2) != history
    play(env, "cd sub")
    assert env.state_key() != one


def test_the_oracle_finds_its_way_back_from_any_mess(env):
    mess = (
        "rm -rf names.txt; mkdir names.txt; touch 'a b' $'c\\nd'; ln -s /etc e; "
        "chmod 000 sub/keep.txt; mv sub 'other sub'; mkdir -p x/y/z; chmod 500 x; cd x"
    )
    play(env, mess)
    for action in env.oracle():
        _, reward, _, _, info = env.step(action)
    assert reward == 1.0, info["verdict"]


def test_progress_and_facts_follow_the_files(env):
    play(env, "ls")
    assert env.progress() == (0.0, {"files.1": False, "frame": True})
    env.step("sort names.txt > out.txt; touch x")
    assert env.progress() == (1.0, {"files.1": True, "frame": False})
    assert env.facts() == ["the shell is in ~", "added out.txt", "added x"]


def test_nothing_is_started_before_the_first_command_and_nothing_stays(env, monkeypatch):
    opened = []
    sandbox = SubprocessSandbox(unsafe=True)

    class Counting:
        name = "counting"
        capabilities = sandbox.capabilities

        def open(self, spec=None):
            opened.append(sandbox.open(spec))
            return opened[-1]

    counted = ShellTaskEnv(sandbox=Counting())
    for seed in range(3):
        counted.reset(seed=seed)
        assert counted.step("submit")[1] == 0.0
    assert opened == []
    for seed in range(3):
        counted.reset(seed=seed)
        counted.step("ls")
    assert len(opened) == 1
    counted.close()
    counted.close()
    assert opened[0]._closed
    counted.reset(seed=4)
    assert "exit 0" in counted.step("true")[0]
    counted.close()
    assert len(opened) == 2


class Broken:
    """A sandbox that cannot be had."""

    name = "broken"

    def capabilities(self):
        raise RunnerUnavailable("no sandbox; install one")

    def open(self, spec=None):
        raise RunnerUnavailable("no sandbox; install one")


def test_a_broken_sandbox_masks_the_episode_and_the_next_one_can_go_on():
    env = ShellTaskEnv(sandbox=Broken())
    env.reset(seed=0)
    _, reward, terminated, truncated, info = env.step("ls")
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["verdict"].outcome is Outcome.INFRA_ERROR
    assert "install one" in info["error"]
    env.reset(seed=1)


def test_wrong_arguments_are_named(shell_sandbox, tmp_path):
    for wrong in (
        {"sandbox": 3},
        {"themes": "tabels"},
        {"command_seconds": 0},
        {"tasks": tmp_path, "themes": "text"},
    ):
        with pytest.raises(OptionError):
            ShellTaskEnv(**{"sandbox": shell_sandbox, **wrong})
    with pytest.raises(OptionError, match="unsafe"):
        ShellTaskEnv(backend="subprocess").reset(seed=0)


def test_a_task_without_its_secret_is_refused(env):
    env.reset(seed=0)
    with pytest.raises(TaskMismatch):
        env.reset(options={"task": dataclasses.replace(env.task, secret={})})


@pytest.mark.parametrize("name", ["snapshot", "state_key", "progress", "facts"])
def test_there_is_no_state_before_the_first_reset(shell_sandbox, name):
    with pytest.raises(EpisodeOrderError, match="reset"):
        getattr(ShellTaskEnv(sandbox=shell_sandbox), name)()


def test_hints_grow_and_end_in_the_whole_solution(env):
    env.reset(seed=3)
    task = env.task
    assert env.hint(0) == ""
    assert len(env.hint(1)) < len(env.hint(2)) < len(env.hint(3))
    assert "\n".join(task.secret["oracle"]) in env.hint(3)
    observation, info = env.reset(options={"task": task, "hint": 1})
    assert f"Hint: {task.secret['hint']}" in observation and info["task"]["hint_level"] == 1
