"""Drawn repositories: the same for a seed, with bugs that hidden tests see and fixes that mend."""

import json

import pytest

from veragym.core.errors import OptionError, TaskMismatch
from veragym.core.generator import TaskStream
from veragym.envs.shell.repair import FAMILIES, RepairTasks
from veragym.envs.shell.repair.driver import play
from veragym.envs.shell.repair.tasks import FEWEST, mended_sources
from veragym.envs.shell.repair.trusted import Package
from veragym.envs.shell.repair.visible import _asserted
from veragym.verifiers.program import decode
from veragym.verifiers.program.values import Sameness
from veragym.verifiers.state import read_check, tree_from_json

SAME = Sameness(sequences="alike")


def task(seed=0, level=0.5, families=None, split="train"):
    return TaskStream(RepairTasks(families), "CodeRepair-v0", split, seed).task(0, (level, level))


def passed(secret, sources):
    """Names of the hidden groups that pass with these modules (texts of our own)."""
    package = secret["package"]
    names = {path[len(package) + 1 : -3]: text for path, text in sources.items()}
    found = set()
    for group in secret["groups"]:
        got = play(decode(group["uses"]), Package(names).load)
        if SAME.same(decode(group["expected"]), got):
            found.add(group["name"])
    return found


def sources(secret):
    return {path: secret["files"][path] for path in secret["sources"]}


CASES = [(name, level) for name in sorted(FAMILIES) for level in (0.0, 0.6, 1.0)]


@pytest.mark.parametrize(("family", "level"), CASES)
def test_each_bug_fails_its_own_tests_and_no_others(family, level):
    secret = task(3, level, [family]).secret
    names = {group["name"] for group in secret["groups"]}
    assert "kept" in names
    assert passed(secret, sources(secret)) == {"kept"}
    assert passed(secret, sources(secret) | mended_sources(secret)) == names
    # Mended but for one: only the tests of that one fail.
    for n, fix in enumerate(secret["fixes"], 1):
        text = {**sources(secret), **mended_sources(secret)}[fix["path"]]
        assert text.count(fix["new"]) >= 1
        if text.count(fix["new"]) == 1:
            again = {fix["path"]: text.replace(fix["new"], fix["old"])}
            whole = sources(secret) | mended_sources(secret) | again
            assert passed(secret, whole) == names - {f"bug {n}"}


def test_hidden_tests_are_several_and_none_is_shown():
    for seed in range(6):
        secret = task(seed, 1.0).secret
        shown = "".join(
            str(text) for path, text in secret["files"].items() if path.startswith("tests/test_")
        )  # fmt: skip
        for group in secret["groups"]:
            uses, expected = decode(group["uses"]), decode(group["expected"])
            assert len(uses) >= FEWEST
            for use, row in zip(uses, expected, strict=True):
                lines = [line for one in zip(use, row) for line in _asserted(*one)]
                assert "\n".join(f"        {line}" for line in lines) + "\n\n" not in shown


def test_the_same_seed_gives_the_same_task_whatever_was_drawn_before():
    stream = TaskStream(RepairTasks(), "CodeRepair-v0", "train", 5)
    late = [stream.task(index).dumps() for index in (3, 0, 2)]
    again = TaskStream(RepairTasks(), "CodeRepair-v0", "train", 5)
    assert [again.task(index).dumps() for index in (0, 2, 3)] == [late[1], late[2], late[0]]
    assert len(set(late)) == 3


def test_a_task_drawn_again_is_a_copy_of_its_own():
    stream = TaskStream(RepairTasks(), "CodeRepair-v0", "train", 6)
    first = stream.task(0)
    line = first.dumps()
    first.secret["files"].clear()
    first.public["families"].append("more")
    for index in range(1, 18):  # more than are kept
        stream.task(index)
        if index in (1, 17):
            assert stream.task(0).dumps() == line


def test_difficulty_brings_bugs_and_modules():
    easy = [task(seed, 0.0) for seed in range(8)]
    hard = [task(seed, 1.0) for seed in range(8)]
    assert {t.public["bugs"] for t in easy} == {1}
    assert {t.public["bugs"] for t in hard} == {3}
    assert max(t.public["modules"] for t in easy) <= 3 < min(t.public["modules"] for t in hard)
    assert all(t.secret["fixes"][0]["path"] in t.prompt for t in easy)
    assert not any(fix["path"] in t.prompt for t in hard for fix in t.secret["fixes"])
    assert all(2 <= t.public["modules"] <= 8 for t in easy + hard)


def test_only_modules_may_change_and_nothing_may_be_added():
    secret = task(1).secret
    start, check = tree_from_json(secret["files"]), read_check(secret["check"])
    assert check(start, start).breaches == ()

    def breaches(**files):
        changed = dict(secret["files"]) | files
        return check(start, tree_from_json(changed)).breaches

    assert not breaches(**{secret["sources"][0]: "new\n"})
    assert len(breaches(**{"README.md": "new\n"})) == 1
    assert len(breaches(**{"run_tests.py": "new\n"})) == 1
    assert len(breaches(**{f"{secret['package']}/more.py": "new\n"})) == 1
    assert len(breaches(**{"sitecustomize.py": "new\n"})) == 1


def test_splits_hold_different_repositories():
    packages = {
        split: {task(seed, 0.5, split=split).content_hash for seed in range(6)}
        for split in ("train", "test", "ood")
    }
    assert len(set.union(*packages.values())) == 18


def test_hints_grow_and_the_solution_is_the_last():
    generator, one = RepairTasks(), task(2, 1.0)
    hints = [generator.hint(one, level) for level in range(4)]
    assert hints[0] == ""
    assert [len(h) for h in hints] == sorted(len(h) for h in hints)
    assert all(fix["new"] in hints[3] for fix in one.secret["fixes"])
    assert not any(fix["new"] in hints[1] for fix in one.secret["fixes"])


def test_wordings_differ_and_say_the_same_numbers():
    one = task(4, 0.5)
    others = RepairTasks().paraphrases(one, 9)
    assert len(others) == 2
    assert one.prompt not in others
    assert all(one.secret["package"] in text for text in others)


def test_bad_arguments_are_refused_with_a_remedy():
    with pytest.raises(OptionError, match="Nearest: ledger"):
        RepairTasks("leger")
    with pytest.raises(OptionError, match="empty"):
        RepairTasks([])
    one = task(0)
    broken = {**one.to_json(), "secret": {}}
    with pytest.raises(TaskMismatch, match="whole Task"):
        RepairTasks().solve(type(one).from_json(broken))


def test_a_task_is_plain_json():
    one = task(0, 1.0)
    assert type(one).from_json(json.loads(one.dumps())) == one
