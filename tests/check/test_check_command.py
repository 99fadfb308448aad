"""`veragym check` takes verifiers with their tasks, and says what to write where it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from veragym.cli import app
from veragym.cli.checked import read_answered
from veragym.cli.outcome import Failed
from veragym.core.generator import TaskStream
from veragym.envs.text.maths import MathTasks
from veragym.verifiers import MathVerifier

MODULE = '''
from veragym.core import Verifier
from veragym.core.verdict import correct, wrong
from veragym.verifiers import MathVerifier, TextMatchVerifier

class Exact(Verifier):
    """The characters, or with `loose` anywhere in the response."""

    def __init__(self, loose=False):
        self.loose = loose

    def verify(self, task, response):
        gold = task.secret["answer"]
        right = gold in response if self.loose else response == gold
        return correct() if right else wrong("other")

class Unfinished(Verifier):
    pass

class NeedsMore(Exact):
    def __init__(self, what):
        super().__init__()

made = MathVerifier()
number = 3
'''
ROWS = [
    {"prompt": "5 * 61?", "answer": "305", "form": "integer"},
    {"prompt": "20 - 67?", "answer": "-47", "form": {"kind": "integer"}},
    {"prompt": "Name the metal.", "answer": "zinc ore"},
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a module of verifiers and a file of tasks, as the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "pal_judges.py").write_text(MODULE)
    (tmp_path / "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return tmp_path


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["check", *arguments])


def quick(*arguments: str) -> Any:
    return run(*arguments, "--mode", "quick", "--witness", "mutants", "--json")


def failures(result: Any) -> set[str]:
    return {f["name"] for f in json.loads(result.stdout)["findings"] if f["passed"] is False}


def test_a_verifier_is_checked_on_a_file_of_tasks(folder: Path) -> None:
    sound = quick("pal_judges:MathVerifier", "--tasks", "tasks.jsonl")
    assert (sound.exit_code, failures(sound)) == (0, set())
    assert json.loads(sound.stdout)["subject"] == "MathVerifier"
    made = quick("pal_judges:made", "--tasks", "tasks.jsonl")
    assert made.exit_code == 0
    # It refuses 305.0, which the declared form allows.
    strict = quick("pal_judges:Exact", "--tasks", "tasks.jsonl")
    assert (strict.exit_code, failures(strict)) == (1, {"mutants.rewritings-accepted"})
    loose = quick("pal_judges:Exact", "--tasks", "tasks.jsonl", "--set", "loose=true")
    assert (loose.exit_code, "mutants.killed" in failures(loose)) == (1, True)


def test_a_verifier_is_checked_on_a_generator(folder: Path) -> None:
    result = quick("veragym.verifiers:MathVerifier", "--tasks", "veragym.envs.text.maths:MathTasks")
    assert (result.exit_code, failures(result)) == (0, set())
    heard = run(
        "veragym.verifiers:MathVerifier", "--tasks", "veragym.envs.text.maths:MathTasks",
        "--mode", "quick", "--witness", "floors",
    )  # fmt: skip
    assert heard.exit_code == 0  # with a list of tasks there is no floor to measure
    assert "floors.bounded" in heard.stdout


def test_the_lines_that_veragym_tasks_writes_are_read_as_well(folder: Path) -> None:
    stream = TaskStream(MathTasks(["arithmetic"]), "MathRLVR-v0", "train", 0)
    tasks = [stream.task(i) for i in range(3)]
    file = folder / "written.jsonl"
    file.write_text("\n".join(task.dumps() for task in tasks))
    rows = read_answered(file)
    assert [right for _, right in rows] == [task.secret["answer"] for task in tasks]
    assert all(MathVerifier()(task, right).score == 1.0 for task, right in rows)


def test_a_right_response_may_differ_from_the_answer(folder: Path) -> None:
    file = folder / "own.jsonl"
    file.write_text('{"answer": ["a", "b"], "response": "a, b", "public": {"x": 1}}\n')
    ((task, right),) = read_answered(file)
    assert right == "a, b"
    assert dict(task.secret) == {"answer": ["a", "b"]}
    assert dict(task.public) == {"x": 1}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[1]", "line 1: a line is an object"),
        ("{", "line 1: not JSON"),
        ('{"prompt": "p"}', 'line 1: it has no right answer as text: add "answer"'),
        ('{"answer": 12}', "line 1: it has no right answer as text"),
        ('{"answer": "a", "gold": "b"}', "line 1: unknown field 'gold'"),
        ('{"answer": "a", "public": []}', "line 1: its public must be an object"),
        ('{"answer": "a", "prompt": 1}', "line 1: its prompt must be text"),
        ('{"env_id": "X-v0", "secret": {}}', "line 1: .*missing fields"),
        ("", "holds no tasks; a line is"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(folder: Path, line: str, message: str) -> None:
    file = folder / "bad.jsonl"
    file.write_text(line)
    with pytest.raises(Failed, match=message):
        read_answered(file)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pal_judges:Exact"], "is checked on tasks: add --tasks FILE.jsonl"),
        (["pal_judges.py"], "pal_judges:Exact, pal_judges:Unfinished, pal_judges:NeedsMore"),
        (["pal_judges.py:Exact"], "without .py"),
        (["nowhere/pal.py"], "nowhere.pal:NAME"),
        (["CartPole-v1", "--tasks", "tasks.jsonl"], "goes with a verifier, and CartPole-v1 is"),
        (["pal_judges:Exact", "--tasks", "none"], "there is no file 'none'"),
        (["pal_judges:Exact", "--tasks", "nowhere:Tasks"], "cannot be loaded: No module named"),
        (["pal_judges:Exact", "--tasks", "pal_judges:Tasks"], "cannot be loaded: module"),
        (["pal_judges:Exact", "--tasks", "pal_judges:number"], "is a int, no veragym.core.Gen"),
        (["pal_judges:Unfinished", "--tasks", "tasks.jsonl"], "is abstract"),
        (["pal_judges:NeedsMore", "--tasks", "tasks.jsonl"], "give them with --set KEY=VALUE"),
        (["pal_judges:Exact", "--tasks", "tasks.jsonl", "--set", "tight=1"], "cannot be made with"),
        (["pal_judges:made", "--tasks", "tasks.jsonl", "--set", "a=1"], "is made already"),
    ],
)
def test_what_was_not_understood_ends_with_status_2_and_the_remedy(
    folder: Path, arguments: list[str], message: str
) -> None:
    result = run(*arguments, "--mode", "quick")
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_file_that_is_not_there_is_said_to_be_missing(folder: Path) -> None:
    result = run("pal_judges:Exact", "--tasks", "missing.jsonl")
    assert result.exit_code == 2
    assert "there is no file 'missing.jsonl'" in result.stderr


def test_the_help_names_games_and_verifiers() -> None:
    text = " ".join(run("--help").output.split())
    assert "game" in text
    assert "verifier" in text
    assert "--tasks" in text
