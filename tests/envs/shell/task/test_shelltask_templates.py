"""Every template: its solution is right, everything that only comes near is not."""

import json
import zlib
from collections import Counter

import pytest

from veragym.core.generator import stamp
from veragym.core.seeding import TaskRng
from veragym.envs.shell.task import TEMPLATES, Decoy, Draw, Scene, ShellTasks
from veragym.envs.shell.task.fresh import freshened
from veragym.envs.shell.task.tasks import draft, installed
from veragym.sandbox import SandboxSpec, Snapshot, Tree
from veragym.sandbox.tree import link
from veragym.verifiers.state import FinalState, StateVerifier, read_check, tree_from_json

LEVELS = (0.0, 0.5, 1.0)
SEEDS = range(20)
judge = StateVerifier()
tasks = ShellTasks(needs=("git", "jq", "make", "gcc"))


def task_of(name, level, seed):
    rng = TaskRng.from_seed(name, level, seed)
    made = draft(TEMPLATES[name], TEMPLATES[name].draw(Draw(rng, level)), rng)
    return stamp(made, "ShellTask-v0", "train", seed, 0, min(level, 1.0))


@pytest.fixture(scope="module")
def session(shell_sandbox):
    with shell_sandbox.open(SandboxSpec()) as opened:
        yield opened


def outcome(session, task, response):
    """The verdict on one response that is a whole episode."""
    start = tree_from_json(task.secret["files"])
    call = json.loads(response)
    files = start
    if "command" in call:
        session.restore(Snapshot(start))
        session.exec(["/bin/bash", "-c", call["command"]])
        files = session.tree()
    return judge(task, FinalState(files, call.get("answer")))


def prove(session, name, level, seed):
    needs = [program for program in TEMPLATES[name].needs if not installed(program)]
    if needs:
        pytest.skip(f"{name} needs {', '.join(needs)}, which is not installed")
    task = task_of(name, level, seed)
    solved = outcome(session, task, tasks.solve(task).response)
    assert solved.score == 1.0, f"{name} {level} {seed}: {solved.reason}"
    for number, decoy in enumerate(tasks.decoys(task)):
        verdict = outcome(session, task, decoy)
        assert verdict.scored, f"{name} {level} {seed}: decoy {number}: {verdict.reason}"
        assert verdict.score == 0.0, f"{name} {level} {seed}: decoy {number} passes: {decoy}"


def test_there_are_enough_templates_in_all_the_themes():
    assert len(TEMPLATES) >= 40
    themes = {each.theme for each in TEMPLATES.values()}
    assert themes == {
        "permissions", "find", "text", "archives", "tables", "histories", "logs", "schedules",
        "builds", "records", "cleanup", "configs", "scripts", "recovery",
    }  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_solution_passes_and_every_near_miss_fails(session, name):
    # One draw of each template, another in each; the slow test below does them all.
    mark = zlib.crc32(name.encode())
    prove(session, name, LEVELS[mark % 3], mark % 20)


@pytest.mark.slow
@pytest.mark.parametrize("level", [*LEVELS, 1.5])
@pytest.mark.parametrize("name", TEMPLATES)
def test_twenty_draws_at_every_level(session, name, level):
    for seed in SEEDS:
        prove(session, name, level, seed)


@pytest.mark.parametrize("name", TEMPLATES)
def test_doing_nothing_and_constant_answers_score_nothing(name):
    won = dict.fromkeys(("0", "1", "2", "10", "yes", "", "README.md"), 0)
    drawn = 0
    for level in LEVELS:
        for seed in SEEDS:
            task = task_of(name, level, seed)
            start = tree_from_json(task.secret["files"])
            idle = judge(task, FinalState(start))
            assert idle.scored and idle.score == 0.0, f"{level} {seed}: {idle.reason}"
            drawn += 1
            for answer in won:
                won[answer] += judge(task, FinalState(start, answer)).score == 1.0
    # A small number may be right now and then; it must not be worth guessing.
    assert max(won.values()) <= 0.2 * drawn, won


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_draw_is_complete_and_the_same_each_time(name):
    texts, contents = set(), set()
    for seed in range(6):
        task, again = task_of(name, 0.7, seed), task_of(name, 0.7, seed)
        assert task.dumps() == again.dumps()
        assert json.loads(task.dumps())["secret"] == task.secret
        secret = task.secret
        assert len(secret["wordings"]) >= 2 and len(set(secret["wordings"])) >= 2
        assert secret["oracle"] and secret["decoys"] and secret["hint"]
        read_check(secret["check"])
        files = tree_from_json(secret["files"])
        assert files.digest == tree_from_json(again.secret["files"]).digest
        assert sum(node.size for node in files.values()) < 200_000
        texts.add(task.prompt)
        contents.add(task.content_hash)
    assert len(contents) == 6


@pytest.mark.parametrize("name", TEMPLATES)
def test_harder_draws_are_larger(name):
    def size(level):
        drawn = [task_of(name, level, seed) for seed in SEEDS]
        files = [tree_from_json(task.secret["files"]) for task in drawn]
        return sum(sum(node.size for node in tree.values()) + 30 * len(tree) for tree in files)

    assert size(1.0) > size(0.0)


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_fixed_commands_solve_a_template(name):
    # Where files decide: a question needs its answer besides.
    drawn = [task_of(name, 0.5, seed) for seed in SEEDS]
    if any("answer_form" in task.public for task in drawn):
        pytest.skip("it asks a question")
    scripts = Counter("\n".join(task.secret["oracle"]) for task in drawn)
    assert max(scripts.values()) <= 0.2 * len(drawn), scripts.most_common(1)


def test_a_name_is_made_fresh_wherever_it_stands_as_a_word():
    scene = Scene(
        {"box/a.txt": "see box/a.txt and outbox", "l": link("box/a.txt")},
        ("Look into box.", "The inbox is no box"),
        ("cat box/a.txt > box.md",),
        ({"file": "box/a.txt", "equals": "box"},),
        ("box/*",),
        decoys=(Decoy("rm -r box; ls my-box"),),
    )
    made = freshened(scene, ("box",), TaskRng.from_seed("fresh"))
    (new,) = {path.partition("/")[0] for path in made.files} - {"l"}
    assert new != "box" and "box" in new
    assert made.files[f"{new}/a.txt"] == f"see {new}/a.txt and outbox"
    assert made.files["l"] == link(f"{new}/a.txt")
    assert made.prompts == (f"Look into {new}.", f"The inbox is no {new}")
    assert made.conditions == ({"file": f"{new}/a.txt", "equals": new},)
    assert made.frame == (f"{new}/*",)
    assert made.decoys[0].script == f"rm -r {new}; ls my-box"


def test_a_file_that_nobody_asked_for_spoils_every_solution():
    # Without a sandbox: the goal is made by hand for one template.
    task = task_of("text.lines", 0.0, 3)
    start = tree_from_json(task.secret["files"])
    (condition,) = task.secret["check"]["all"]
    right = Tree({**start, "excerpt.txt": condition["equals"]})
    assert judge(task, FinalState(right)).score == 1.0
    for path in ("x", "book.txt~", "sub/excerpt.txt", "excerpt.txt.bak"):
        assert judge(task, FinalState(Tree({**right, path: ""}))).score == 0.0
    assert judge(task, FinalState(Tree({**right, "book.txt": "x"}))).score == 0.0


def test_themes_are_chosen_by_name_and_needs():
    from veragym.core.errors import OptionError

    assert ShellTasks("tables").names == tuple(n for n in TEMPLATES if n.startswith("tables."))
    assert ShellTasks(["tables.join", "find"]).names[:2] == ("tables.join", "find.largest")
    assert not any(TEMPLATES[name].needs for name in ShellTasks(needs=()).names)
    with pytest.raises(OptionError, match="Nearest: tables"):
        ShellTasks("table")
    with pytest.raises(OptionError, match="jq"):
        ShellTasks("records", needs=())
    with pytest.raises(OptionError, match="empty"):
        ShellTasks([])
