"""Regression tests for faults found by trying to fool, crash and confuse MathRLVR-v0."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import veragym  # noqa: F401 - registers the ids
from veragym.core import OptionError, SourceError, Task, TaskStream
from veragym.core.errors import TaskMismatch
from veragym.core.verdict import Outcome
from veragym.envs.text.maths import MathTasks
from veragym.envs.text.maths.source import FileTasks
from veragym.verifiers import MathVerifier


def vector(n: int = 3, **options: object) -> gym.vector.VectorEnv:
    return gym.make_vec("MathRLVR-v0", num_envs=n, topics=["arithmetic"], **options)


def test_a_batch_rewards_no_answer_that_is_longer_than_admitted():
    native = vector(1, max_action_chars=2)
    native.reset(seed=0)
    answer = next(
        a
        for a in (native.reset()[0] and native.tasks[0].secret["answer"] for _ in range(99))
        if len(a) > 2
    )
    _, reward, _, _, infos = native.step([answer])
    assert reward[0] == 0.0
    assert infos["final_info"]["verdict"][0].outcome is Outcome.UNPARSABLE
    assert infos["final_info"]["cost"]["characters"][0] == 0


class BreaksInBatches(MathVerifier):
    """Judges single answers, but loses whole batches."""

    def verify(self, task, response):
        return super().verify(task, response)

    def verify_many(self, tasks, responses):
        raise RuntimeError("the batch broke")


def test_a_verifier_that_breaks_on_a_batch_costs_no_answer_its_verdict():
    native = vector(3, verifier=BreaksInBatches())
    native.reset(seed=0)
    right = native.tasks[0].secret["answer"]
    _, reward, terminated, _, _ = native.step([right, "x", "-123456"])
    assert reward.tolist() == [1.0, 0.0, 0.0]
    assert terminated.all()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda e: e.reset(options=[1]), "options must be a dict"),
        (lambda e: e.reset(options="hint"), "options must be a dict"),
        (lambda e: e.reset(options={"index": 2**70}), r"below 2\*\*62"),
        (lambda e: e.reset(options={"index": 2**63 - 1}), r"below 2\*\*62"),
        (lambda e: e.reset(options={"hint": np.array([1, 2])}), "hint must be a level"),
    ],
)
def test_scalar_and_batch_refuse_the_same_options(call, match):
    for env in (gym.make("MathRLVR-v0").unwrapped, vector()):
        with pytest.raises(OptionError, match=match):
            call(env)


@pytest.mark.parametrize("actions", [None, 5, "123", b"123"])
def test_a_batch_wants_one_action_each(actions):
    native = vector()
    native.reset(seed=0)
    with pytest.raises(OptionError, match="3 actions are needed"):
        native.step(actions)


@pytest.mark.parametrize("seed", [5.0, "123"])
def test_a_batch_wants_one_seed_each(seed):
    with pytest.raises(OptionError, match="3 seeds are needed"):
        vector().reset(seed=seed)


def test_the_last_admitted_index_can_be_played_and_gone_on_from():
    scalar, native = gym.make("MathRLVR-v0", topics=["arithmetic"]), vector(1)
    options = {"index": 2**62 - 1}
    assert native.reset(seed=0, options=options)[0][0] == scalar.reset(seed=0, options=options)[0]
    assert native.step(["1"])[0][0] == scalar.reset()[0]


def test_a_batch_in_mid_episode_survives_pickling():
    native = vector()
    native.reset(seed=4)
    again = pickle.loads(pickle.dumps(native))
    answers = [task.secret["answer"] for task in native.tasks]
    assert again.tasks == native.tasks
    assert again.step(answers)[1].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "options",
    [
        {"topics": 5},
        {"topics": b"arithmetic"},
        {"topics": [["arithmetic"]]},
        {"topics": [3]},
        {"topics": {"arithmetic": float("inf"), "fractions": 1}},
        {"topics": {"arithmetic": 1e308, "fractions": 1e308}},
        {"topics": {"arithmetic": 5e-324}},
        {"max_action_chars": 0},
        {"max_action_chars": 1.5},
        {"max_action_chars": "9"},
        {"max_action_chars": True},
        {"verifier": 5},
        {"env_id": 5},
        {"source": 5},
        {"source": []},
        {"source": {"train": None}},
        {"source": {3: "x.jsonl", "train": "y.jsonl"}},
    ],
    ids=repr,
)
def test_an_argument_that_cannot_work_is_an_option_error(options):
    with pytest.raises(OptionError):
        gym.make("MathRLVR-v0", **options)


def test_topics_given_as_a_set_are_drawn_alike_under_every_hash_seed():
    program = (
        "from veragym.envs.text.maths import MathTasks;"
        "print(MathTasks({'fractions', 'arithmetic', 'gcd', 'lcm', 'percent'} & set("
        "__import__('veragym.envs.text.maths', fromlist=['TOPICS']).TOPICS)).names)"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("public", 5), ("secret", None), ("prompt", None), ("seed", "b"), ("difficulty", "a"),
     ("split", 7), ("seed", True)],
)  # fmt: skip
def test_a_task_with_a_field_of_the_wrong_type_is_refused(field, value):
    env = gym.make("MathRLVR-v0").unwrapped
    env.reset(seed=0)
    broken = {**env.task.to_json(), field: value}
    with pytest.raises(OptionError, match=f"not a task: {field}"):
        env.reset(options={"task": broken})
    with pytest.raises(OptionError, match="not a task"):
        Task.loads("[1]")


def test_a_hint_for_a_task_without_its_secret_is_a_task_mismatch():
    env = gym.make("MathRLVR-v0").unwrapped
    env.reset(seed=0)
    with pytest.raises(TaskMismatch, match="secret part"):
        env.reset(options={"task": {**env.task.to_json(), "secret": {}}, "hint": 2})
    with pytest.raises(TaskMismatch):
        MathTasks().decoys(Task.from_json({**env.task.to_json(), "secret": {"topic": "x"}}))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"question": "q", "answer": NaN}', "answer is nan"),
        ('{"question": "q", "answer": 1e999}', "answer is inf"),
        ('{"question": "q", "answer": -Infinity}', "answer is -inf"),
        ('{"question": "q", "answer": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
        (json.dumps({"question": "q" * 60_001, "answer": 1}), "60,001 characters"),
        ('{"question": "q", "answer": ' + "9" * 4_000 + "}", "cannot be judged"),
    ],
    ids=["nan", "overflow", "infinity", "deep", "long question", "long answer"],
)
def test_a_row_that_cannot_be_a_task_is_reported_with_its_line(tmp_path: Path, row, reason):
    file = tmp_path / "mine.jsonl"
    file.write_text('{"question": "good", "answer": 2}\n' + row + "\n")
    with pytest.raises(SourceError, match=f"line 2: .*{reason}"):
        gym.make("MathRLVR-v0", source=str(file))
    assert len(gym.make("MathRLVR-v0", source=str(file), skip_bad=True).unwrapped.generator) == 1


def test_a_path_that_no_system_takes_is_a_source_error(tmp_path: Path):
    for name in ("x" * 300 + ".jsonl", "a\0b.jsonl"):
        with pytest.raises(SourceError):
            gym.make("MathRLVR-v0", source=str(tmp_path / name))


def test_threads_that_share_a_file_all_get_its_tasks_in_order(tmp_path: Path):
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(f'{{"question": "q{i}", "answer": {i}}}\n' for i in range(50)))
    generator = FileTasks(file)
    stream = TaskStream(generator, "MathRLVR-v0", split="all")
    wanted = [stream.task(i).id for i in range(400)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(3) as threads:
            for _ in range(10):
                orders = (range(400), range(399, -1, -1), [i * 67 % 400 for i in range(400)])
                found = threads.map(lambda order: {i: stream.task(i).id for i in order}, orders)
                for ids in found:
                    assert [ids[i] for i in range(400)] == wanted
    finally:
        sys.setswitchinterval(interval)


def test_fewer_than_no_paraphrases_are_none():
    env = gym.make("MathRLVR-v0", topics=["fractions"]).unwrapped
    env.reset(seed=0)
    assert env.paraphrases(-1) == [] and len(env.paraphrases(1)) == 1


class Breaks(str):
    """A text whose own methods fail."""

    def __len__(self):
        raise RuntimeError("no length")


class Pretends(str):
    """A text that claims to be any other."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def strip(self, *chars):
        return "0"


@pytest.mark.parametrize("kind", [Breaks, Pretends, np.str_])
def test_a_subclass_of_text_is_read_as_the_text_it_holds(kind):
    scalar, native = gym.make("MathRLVR-v0", topics=["arithmetic"]), vector(2)
    scalar.reset(seed=0)
    native.reset(seed=0)
    right = native.tasks[0].secret["answer"]
    for text, reward in ((right, 1.0), ("no", 0.0)):
        scalar.reset(seed=0)
        native.reset(seed=0)
        assert scalar.step(kind(text))[1] == reward
        assert native.step([kind(text), "no"])[1].tolist() == [reward, 0.0]
