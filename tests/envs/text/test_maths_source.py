"""A user's own file is an environment: served whole, in a seeded order, bad rows reported."""

import json
from pathlib import Path

import gymnasium as gym
import pytest

import veragym  # noqa: F401 - registers the ids
from veragym.core import OptionError, SourceError
from veragym.envs.text.maths.source import FileTasks, final_answer

ROWS = [
    {"question": "Six times seven?", "answer": "6 * 7 = 42\n#### 42"},
    {"question": "Half of three?", "answer": "It is $\\boxed{\\frac{3}{2}}$."},
    {"question": "One thousand?", "answer": "1,000"},
    {"question": "Two plus two?", "answer": 4},
    {"question": "Solve x^2 = 4.", "answer": "$\\{-2, 2\\}$"},
]


def jsonl(path, rows):
    path.write_text("".join(r if isinstance(r, str) else json.dumps(r) + "\n" for r in rows))
    return path


def test_every_row_is_asked_once_per_pass_and_its_answer_accepted(tmp_path):
    env = gym.make("MathRLVR-v0", source=str(jsonl(tmp_path / "own.jsonl", ROWS)))
    asked = []
    for episode in range(10):
        env.reset(seed=3 if episode == 0 else None)
        task = env.unwrapped.task
        asked.append(task.prompt)
        assert task.split == "all" and task.difficulty == 0.0
        _, reward, *_ = env.step(next(env.unwrapped.oracle()))
        assert reward == 1.0, task
        env.reset(options={"task": task})
        assert env.step("\\boxed{31337}")[1] == 0.0
    assert sorted(asked[:5]) == sorted(asked[5:]) == sorted(r["question"] for r in ROWS)
    assert asked[:5] != asked[5:]


def test_the_order_depends_on_the_seed_alone(tmp_path):
    path = jsonl(tmp_path / "own.jsonl", [{"question": f"{i}?", "answer": i} for i in range(30)])

    def order(seed):
        env = gym.make("MathRLVR-v0", source=path)
        return [env.reset(seed=seed if i == 0 else None)[0] for i in range(30)]

    assert order(1) == order(1) != order(2)


def test_worked_solutions_become_steps(tmp_path):
    env = gym.make("MathRLVR-v0", source=jsonl(tmp_path / "a.jsonl", ROWS[:1]), instruction="none")
    env.reset(seed=0)
    assert next(env.unwrapped.oracle()) == "6 * 7 = 42\n\\boxed{42}"


BAD = [
    ROWS[0],
    {"question": "No answer", "answer": "   "},
    {"question": "Null", "answer": None},
    {"question": "", "answer": "3"},
    {"question": "No answer column"},
    "{broken\n",
    "[1, 2]\n",
    "\n",
    ROWS[1],
]


def test_bad_rows_are_listed_with_their_lines(tmp_path):
    path = jsonl(tmp_path / "bad.jsonl", BAD)
    with pytest.raises(SourceError) as caught:
        gym.make("MathRLVR-v0", source=path)
    text = str(caught.value)
    assert text.startswith("6 rows have no usable answer")
    reasons = {
        2: "answer is",
        3: "answer is None",
        4: "question is ''",
        5: "no column 'answer'",
        6: "not valid JSON",
        7: "a JSON object",
    }
    for line, reason in reasons.items():
        assert f"bad.jsonl, line {line}: {reason}" in text


def test_skip_bad_serves_the_rest_and_keeps_the_report(tmp_path):
    env = gym.make("MathRLVR-v0", source=jsonl(tmp_path / "bad.jsonl", BAD), skip_bad=True)
    generator = env.unwrapped.generator
    assert len(generator) == 2 and len(generator.bad_rows) == 6


def test_files_that_cannot_be_used_are_explained(tmp_path):
    with pytest.raises(SourceError, match="there is no file"):
        FileTasks(tmp_path / "none.jsonl")
    with pytest.raises(SourceError, match="use a .jsonl or .parquet file"):
        FileTasks(tmp_path / "x.csv")
    (tmp_path / "x.parquet").write_bytes(b"not parquet")
    with pytest.raises(SourceError, match="not a readable Parquet file"):
        FileTasks(tmp_path / "x.parquet")
    with pytest.raises(SourceError, match="no usable row"):
        FileTasks(jsonl(tmp_path / "e.jsonl", []))
    with pytest.raises(OptionError, match="exclude each other"):
        gym.make("MathRLVR-v0", source=jsonl(tmp_path / "a.jsonl", ROWS), topics=["arithmetic"])


def test_one_file_divides_by_content_and_named_files_must_not_overlap(tmp_path):
    rows = [{"question": f"What is {i} + 1?", "answer": str(i + 1)} for i in range(200)]
    path = jsonl(tmp_path / "many.jsonl", rows)
    tasks = FileTasks(path)
    assert set(tasks.splits) == {"all", "train", "test", "ood"}
    seen = {}
    for split in ("train", "test", "ood"):
        env = gym.make("MathRLVR-v0", source=path, split=split)
        env.reset(seed=0)
        seen[split] = set()
        for _ in range(200):
            seen[split].add(env.unwrapped.task.prompt)
            env.reset()
    assert sum(map(len, seen.values())) == 200 == len(set().union(*seen.values()))
    other = jsonl(tmp_path / "other.jsonl", [{"question": "What is  5 + 1?", "answer": "6"}])
    with pytest.raises(SourceError, match="two splits.*line 6 of train = line 1 of test"):
        FileTasks({"train": path, "test": other})
    with pytest.raises(OptionError, match="source splits must be among"):
        FileTasks({"dev": path})


def test_parquet_is_served_like_jsonl(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{k: str(v) for k, v in row.items()} for row in ROWS]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "own.parquet")
    jsonl(tmp_path / "own.jsonl", rows)
    one = gym.make("MathRLVR-v0", source=tmp_path / "own.jsonl")
    two = gym.make("MathRLVR-v0", source=tmp_path / "own.parquet")
    assert [one.reset(seed=1)[0], one.reset()[0]] == [two.reset(seed=1)[0], two.reset()[0]]


@pytest.mark.parametrize(
    ("worked", "answer", "steps"),
    [
        ("a\nb\n#### 7", "7", "a\nb"),
        ("so \\boxed{\\frac{1}{2}} it is", "\\frac{1}{2}", "so"),
        ("first \\boxed{1} then \\boxed{2}", "2", "first \\boxed{1} then"),
        ("72", "72", ""),
        ("open \\boxed{3", "open \\boxed{3", ""),
    ],
)
def test_final_answers_are_found(worked, answer, steps):
    assert final_answer(worked) == (answer, steps)


def test_native_vectors_serve_files_too(tmp_path):
    path = jsonl(tmp_path / "own.jsonl", ROWS)
    native = gym.make_vec("MathRLVR-v0", num_envs=3, source=path)
    sync = gym.make_vec("MathRLVR-v0", num_envs=3, source=path, vectorization_mode="sync")
    assert native.reset(seed=0)[0] == sync.reset(seed=0)[0]


def test_a_file_with_other_columns_is_told_to_rename_them(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text('{"prompt": "1 + 1?", "gold": "2"}\n{"prompt": "1 + 2?", "gold": "3"}\n')
    with pytest.raises(SourceError, match="rename the columns to 'question' and 'answer'"):
        FileTasks(path)


def test_an_unknown_argument_names_the_nearest() -> None:
    with pytest.raises(OptionError, match="unknown argument 'topic'; did you mean 'topics'"):
        gym.make("MathRLVR-v0", topic="countdown")
