"""The view for language agents: what actions mean, what they pay, and that nothing pays nothing."""

from __future__ import annotations

import os
import pickle
import re
import shlex
from itertools import pairwise
from pathlib import Path

import gymnasium as gym
import pytest

import veragym  # noqa: F401
from veragym.core.errors import EpisodeOrderError, OptionError
from veragym.core.verdict import Outcome
from veragym.envs.shell.shio.env import ShIOEnv, make
from veragym.envs.shell.shio.lab import chosen
from veragym.envs.shell.shio.search import reach
from veragym.envs.shell.shio.tasks import FEWEST, ShIOTasks, arguments_at, surveyed, trees_of
from veragym.envs.shell.shio.verifier import MOST_ARGUMENTS, ShIOVerifier
from veragym.sandbox import RunnerUnavailable

OPEN = {"sandbox": "subprocess", "unsafe": True, "trees": 2}


@pytest.fixture
def env():
    made = ShIOEnv(utilities=["sort", "cut", "head"], **OPEN)
    yield made
    made.close()


def text_of(env):
    return env.task.prompt.splitlines()[-10].split()[0]


def sort_task(env, arguments=3):
    """A task of `sort`, and the name of a text in its folder."""
    task = next(t for t in env._stream("train") if t.public["utility"] == "sort")
    task = task.to_json()
    task["public"] = {**task["public"], "arguments": arguments, "tree": 0}
    from veragym.envs.shell.shio.place import place

    return task, place(0).fill["text"][0]


def start(env, arguments=3):
    env.reset(seed=0)
    task, name = sort_task(env, arguments)
    env.reset(options={"task": task})
    return name


def test_argument_by_argument_then_run(env):
    name = start(env)
    for action in ("-k2", "-r", name):
        observation, reward, terminated, truncated, info = env.step(action)
        assert (reward, terminated, truncated, info["valid"]) == (0.0, False, False, True)
    assert observation == f"$ sort -k2 -r {name}\n"
    observation, reward, terminated, truncated, info = env.step("run")
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["verdict"].outcome is Outcome.CORRECT
    assert observation.startswith(f"$ sort -k2 -r {name}\n[status 0]\n")
    assert info["verdict"].parts["published"] == pytest.approx(3 / 12)


def test_a_whole_command_at_once_scores_the_same(env):
    name = start(env)
    _, reward, terminated, _, _ = env.step(f"sort -k2 -r {name}")
    assert (reward, terminated) == (1.0, True)


def test_a_redundant_argument_and_a_missing_one_cost_their_share(env):
    name = start(env)
    assert env.step(f"sort -r -s {name}")[1] == pytest.approx(2 / 3)
    name = start(env, arguments=4)
    assert env.step(f"sort -r {name}")[1] == pytest.approx(2 / 4)


@pytest.mark.parametrize(
    "action",
    ["sort", "run", "sort --no-such-option", "sort --help", "sort --version", "sort /no/file",
     "sort -r", "sort --he"],
)  # fmt: skip
def test_commands_that_do_nothing_score_nothing(env, action):
    start(env)
    _, reward, terminated, _, _ = env.step(action)
    assert (reward, terminated) == (0.0, True)


@pytest.mark.parametrize("action", ["", " ", "two words", "'open", "a\0b", "ls -l", "true; sort x"])
def test_what_is_no_argument_is_refused_and_changes_nothing(env, action):
    name = start(env)
    observation, reward, terminated, truncated, info = env.step(action)
    assert (reward, terminated, truncated, info["valid"]) == (0.0, False, False, False)
    assert "nothing was added" in observation or "not read" in observation
    assert env.step(f"sort -k2 -r {name}")[1] == 1.0


def test_there_is_no_shell(env, tmp_path):
    name = start(env, arguments=2)
    _, reward, _, _, info = env.step(f"sort {name} | tee {tmp_path}/x > {tmp_path}/y")
    assert reward == 0.0
    assert info["verdict"].parts["arguments"] == 6.0
    assert list(tmp_path.iterdir()) == []


def test_quoted_words_can_look_like_orders(env):
    start(env)
    env.step("run ")  # blanks do not matter: this executes
    with pytest.raises(EpisodeOrderError):
        env.step("x")
    start(env)
    env.step("-r")
    observation, *_ = env.step("sort")
    assert observation == "$ sort -r sort\n"


def test_no_more_arguments_than_the_bound(env):
    start(env)
    for i in range(MOST_ARGUMENTS):
        assert env.step(f"a{i}")[4]["valid"]
    assert not env.step("more")[4]["valid"]
    start(env)
    assert not env.step("sort " + " ".join("a" * 13))[4]["valid"]


def test_turns_run_out_without_a_reward(env):
    start(env)
    steps = 0
    truncated = False
    while not truncated:
        _, reward, _, truncated, info = env.step("-r")
        steps += 1
    assert (steps, reward, info["verdict"].outcome) == (17, 0.0, Outcome.WRONG)


def test_intermediate_rewards_follow_the_published_formula():
    env = ShIOEnv(utilities=["sort"], intermediate=True, **OPEN)
    name = start(env)
    seen = [env.step(action) for action in (name, "-r", "-s", "-k2")]
    # By itself the file is irredundant; -r as well; -s is not, and -k2 is: 3 of 4.
    share = [1.0, 1.0, 2 / 3, 3 / 4]
    steps = [1.0, 1.0, share[2] - share[1], share[3] - share[2]]
    assert [s[1] for s in seen] == pytest.approx([s / 12 for s in steps])
    assert "[status 0]" in seen[0][0]
    env.close()


def test_going_back_to_a_snapshot_gives_the_same_future(env):
    name = start(env)
    env.step("-k2")
    kept = pickle.loads(pickle.dumps(env.snapshot()))
    key = env.state_key()
    first = [env.step(a) for a in ("-r", name, "run")]
    env.restore(kept)
    assert env.state_key() == key
    assert [env.step(a) for a in ("-r", name, "run")] == first


def test_the_state_is_the_argument_tuple_whatever_went_before(env):
    start(env)
    env.step("-r")
    plain = env.state_key()
    start(env)
    env.step("")
    env.step("'-r'")
    assert env.state_key() == plain
    env.step("-n")
    assert env.state_key() != plain
    assert env.history_key(1) != env.history_key(2)


def test_progress_is_what_running_now_would_score(env):
    name = start(env)
    assert env.progress()[0] == 0.0
    env.step("-k2")
    assert env.progress() == (
        0.0, {"succeeds": True, "all do something": False, "long enough": False}
    )  # fmt: skip
    env.step(name)
    value, goals = env.progress()
    assert value == pytest.approx(2 / 3)
    assert goals == {"succeeds": True, "all do something": True, "long enough": False}
    facts = env.facts()
    assert f"`sort -k2 {name}` ends with status 0." in facts
    assert any("'-k2', does something" in fact for fact in facts)


def test_the_oracle_goes_on_from_where_it_is(env):
    env.reset(seed=4)
    actions = list(env.oracle())
    for action in actions[:2]:
        env.step(action)
    assert list(env.oracle()) == actions[2:]
    for action in actions[2:]:
        _, reward, terminated, _, _ = env.step(action)
    assert (reward, terminated) == (1.0, True)


def test_the_oracle_makes_the_best_of_an_unexpected_beginning(env):
    name = start(env)
    env.step("-r")
    env.step(name)
    score = 0.0
    for action in env.oracle():
        _, score, *_ = env.step(action)
    assert score > 2 / 3


@pytest.mark.slow
def test_every_utility_can_be_solved_at_every_level():
    for utility in surveyed():
        env = ShIOEnv(utilities=[utility], **{**OPEN, "trees": 64})
        for split, difficulty in (("train", 0.0), ("train", 1.0), ("ood", 1.0)):
            env.reset(seed=3, options={"split": split, "difficulty": difficulty})
            reward = 0.0
            for action in env.oracle():
                _, reward, *_ = env.step(action)
            assert reward == 1.0, (utility, split, env.task.public)
        env.close()


def test_hints_help_more_and_more(env):
    env.reset(seed=1)
    texts = [env.hint(level) for level in range(4)]
    assert texts[0] == ""
    assert all(len(a) < len(b) for a, b in pairwise(texts))
    known = shlex.split(texts[3].partition("Begin with: ")[2])
    assert len(known) >= FEWEST - 1


def test_more_is_asked_for_as_the_level_rises():
    assert len(surveyed()) >= 40
    for utility in surveyed():
        asked = [arguments_at(utility, level / 10) for level in range(16)]
        assert asked == sorted(asked)
        assert (asked[0], asked[-1]) == (FEWEST, reach(utility))


def test_no_working_tree_is_in_two_splits_and_one_tree_is_enough():
    pools = [set(trees_of(split, 64)) for split in ("train", "test", "ood")]
    assert [len(pool) for pool in pools] == [64] * 3
    assert len(set.union(*pools)) == 3 * 64
    for split in ShIOTasks(["sort"], trees=1).splits:
        env = ShIOEnv(utilities=["sort"], **{**OPEN, "trees": 1}, split=split)
        env.reset(seed=5)
        assert env.task.public["tree"] == trees_of(split, 1)[0]
        env.close()


def test_the_verifier_judges_a_line_anywhere_a_task_is_known():
    verifier = pickle.loads(pickle.dumps(ShIOVerifier("subprocess", unsafe=True)))
    env = ShIOEnv(utilities=["sort"], **OPEN)
    name = start(env)
    assert verifier(env.task, f"sort -k2 -r {name}").score == 1.0
    for response in (3, "", "ls", "sort 'x", "sort " + "a " * 13):
        assert verifier(env.task, response).outcome is Outcome.UNPARSABLE
    verifier.lab.close()
    env.close()


def test_a_sandbox_that_is_missing_is_said_before_an_episode_begins():
    env = ShIOEnv(utilities=["sort"], sandbox="subprocess")
    with pytest.raises(OptionError, match="unsafe=True"):
        env.reset(seed=0)


def test_views_and_options_are_checked():
    with pytest.raises(OptionError, match="view"):
        make("pixels")
    with pytest.raises(OptionError, match="no grammar"):
        ShIOTasks(["nosuch"])
    with pytest.raises(OptionError, match="list"):
        ShIOTasks("sort")
    with pytest.raises(OptionError, match="trees"):
        ShIOTasks(["sort"], trees=0)


def test_it_is_registered_in_both_views():
    env = gym.make("ShIOEnv-v0", utilities=["sort"], **OPEN)
    assert env.reset(seed=0)[0].startswith("Build a command of the utility sort")
    env.close()
    env = gym.make("ShIOEnv-v0", view="grammar", utilities=["sort"], **OPEN)
    assert env.reset(seed=0)[1]["action_mask"].sum() > 0
    env.close()


def test_what_the_guide_shows_works():
    try:
        chosen("auto", False)
    except RunnerUnavailable as error:
        if os.environ.get("VERAGYM_REQUIRE_BACKENDS"):
            raise
        pytest.skip(f"no sandbox works here: {error}")
    guide = (Path(__file__).parents[4] / "docs" / "shell_shio.md").read_text()
    first = re.findall(r"```python\n(.*?)```", guide, re.S)[0]
    space: dict[str, object] = {}
    exec(compile(first, "docs/shell_shio.md", "exec"), space)
    assert space["reward"] == 1.0
    space["env"].close()
