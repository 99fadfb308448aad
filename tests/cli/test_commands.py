"""The commands: what they print, their exit statuses, and what they say of bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from veragym.cli import COMMANDS, app
from veragym.core import Task
from veragym.core.generator import TaskStream
from veragym.verifiers import MathVerifier


def call(*arguments: Any, input: str | None = None) -> Any:
    return CliRunner().invoke(app, [str(a) for a in arguments], input=input)


def document(*arguments: Any, status: int = 0, input: str | None = None) -> Any:
    """The JSON document of a `--json` run: all of stdout has to be that one document."""
    result = call(*arguments, "--json", input=input)
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def refusal(*arguments: Any, status: int = 2) -> str:
    """The one line on stderr of a command that was refused."""
    result = call(*arguments)
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    line = result.stderr.strip()
    assert "\n" not in line
    return line


# -- list, show, version, doctor -------------------------------------------------------------------


def test_list_shows_every_registered_id() -> None:
    import veragym

    found = document("list")
    assert [one["id"] for one in found] == list(veragym.entries())
    table = call("list").stdout
    for one in found:
        assert one["id"] in table
        assert one["summary"] in table


def test_list_keeps_to_a_family() -> None:
    assert {one["family"] for one in document("list", "--family", "text")} == {"text"}
    assert document("list", "--family", "synth") == [
        one for one in document("list") if one["family"] == "synth"
    ]
    assert "'txt'" in refusal("list", "--family", "txt")


def test_show_plays_an_example_that_the_oracle_solves() -> None:
    shown = document("show", "MathRLVR-v0", "--seed", 4)
    assert shown["id"] == "MathRLVR-v0"
    assert shown["example"]["verdict"]["outcome"] == "correct"
    assert shown["example"]["turns"][-1]["reward"] == 1.0
    assert set(shown["difficulty"]) == {"0", "1"}
    names = {topic["name"] for topic in shown["topics"]}
    assert {"arithmetic", "countdown"} <= names
    text = call("show", "MathRLVR-v0", "--seed", 4).stdout
    assert shown["example"]["observation"] in text
    assert all(name in text for name in names)


def test_show_takes_arguments_for_the_environment() -> None:
    shown = document("show", "MathRLVR-v0", "--topics", "arithmetic", "--set", "instruction=tagged")
    assert shown["example"]["task"]["topic"] == "arithmetic"
    assert shown["example"]["observation"].endswith("<answer> and </answer>.")
    assert shown["kwargs"] == {"topics": ["arithmetic"], "instruction": "tagged"}


def test_version_is_the_packages_own() -> None:
    import veragym

    assert document("version")["veragym"] == veragym.__version__
    assert f"veragym {veragym.__version__}" in call("--version").stdout


def test_help_lists_the_commands_that_exist() -> None:
    text = call("--help").stdout
    for name in ("list", "show", "play", "tasks", "verify", "check", "doctor", "version"):
        assert name in COMMANDS
        assert name in text
    mistyped = call("chek")
    assert mistyped.exit_code == 2
    assert "'check'" in mistyped.stderr


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["show", "tasks", "play", "check", "eval"])
def test_an_unknown_id_suggests_the_nearest(command: str) -> None:
    line = refusal(command, "MathRLRV-v0")
    assert "'MathRLRV-v0'" in line
    assert "MathRLVR-v0" in line


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (("--difficulty", "hard"), "'hard'"),
        (("--difficulty", "1.5"), "1.5"),
        (("--difficulty", "0.5,0.1"), "0.5"),
        (("--split", "validation"), "'validation'"),
        (("--topics", "aritmetic"), "Nearest: arithmetic"),
        (("--topics", ","), "empty"),
        (("--set", "nonsense"), "'nonsense'"),
        (("--set", "no_such_argument=1"), "no_such_argument"),
        (("--set", "budget={turns: 0}"), "0"),
        (("--set", "budget={"), "budget={"),
    ],
)
def test_a_bad_option_is_named_with_its_value(arguments: tuple[str, str], value: str) -> None:
    assert value in refusal("tasks", "MathRLVR-v0", *arguments)


def test_numbers_out_of_range_are_usage_errors() -> None:
    for arguments in (("tasks", "MathRLVR-v0", "-n", 0), ("tasks", "MathRLVR-v0", "--seed", -1)):
        result = call(*arguments)
        assert result.exit_code == 2
        assert result.stdout == ""


# -- tasks -----------------------------------------------------------------------------------------


def test_tasks_are_those_of_the_environments_own_stream() -> None:
    result = call("tasks", "MathRLVR-v0", "-n", 7, "--seed", 5, "--split", "test")
    assert result.exit_code == 0
    tasks = [Task.loads(line) for line in result.stdout.splitlines()]
    from veragym.envs.text.maths import MathTasks

    stream = TaskStream(MathTasks(), "MathRLVR-v0", "test", 5)
    assert [task.dumps() for task in tasks] == [stream.task(i).dumps() for i in range(7)]


def test_public_tasks_carry_no_secret() -> None:
    lines = call("tasks", "MathRLVR-v0", "-n", 3, "--public").stdout.splitlines()
    full = call("tasks", "MathRLVR-v0", "-n", 3).stdout.splitlines()
    for line, whole in zip(lines, full, strict=True):
        fields = json.loads(whole)
        assert fields.pop("secret")
        assert json.loads(line) == fields


def test_tasks_go_to_a_file_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "tasks.jsonl"
    written = document("tasks", "MathRLVR-v0", "-n", 4, "--out", file, "--difficulty", "0,0.2")
    assert written["n"] == 4
    assert [0 <= Task.loads(line).difficulty <= 0.2 for line in file.read_text().splitlines()]
    assert list(tmp_path.iterdir()) == [file]
    assert (
        document("tasks", "MathRLVR-v0", "-n", 1, "--out", tmp_path / "new" / "t.jsonl")["n"] == 1
    )
    line = refusal("tasks", "MathRLVR-v0", "--out", file / "tasks.jsonl", status=1)
    assert "tasks.jsonl" in line
    assert "Not a directory" in line or "File exists" in line
    assert "--out" in refusal("tasks", "MathRLVR-v0", "--json")


# -- verify ----------------------------------------------------------------------------------------


@pytest.fixture
def tasks_file(tmp_path: Path) -> Path:
    file = tmp_path / "tasks.jsonl"
    assert (
        call("tasks", "MathRLVR-v0", "-n", 6, "--topics", "arithmetic", "-o", file).exit_code == 0
    )
    return file


def _tasks(file: Path) -> list[Task]:
    return [Task.loads(line) for line in file.read_text().splitlines()]


def _jsonl(path: Path, values: list[Any]) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


def test_verify_counts_outcomes_and_writes_verdicts(tasks_file: Path, tmp_path: Path) -> None:
    tasks = _tasks(tasks_file)
    answers = [task.secret["answer"] for task in tasks]
    responses = _jsonl(
        tmp_path / "responses.jsonl",
        [
            {"id": tasks[3].id, "response": f"\\boxed{{{answers[3]}}}"},
            {"id": tasks[3].id, "response": "\\boxed{123456789}"},
            {"id": tasks[0].id, "response": answers[0]},
            {"id": tasks[1].id, "response": "no idea"},
        ],
    )
    out = tmp_path / "verdicts.jsonl"
    summary = document("verify", tasks_file, responses, "--out", out)
    assert summary["responses"] == summary["scored"] == 4
    assert summary["outcomes"]["correct"] == 2
    assert summary["outcomes"]["wrong"] + summary["outcomes"]["unparsable"] == 2
    assert summary["mean_score"] == 0.5
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["id"] for line in lines] == [tasks[i].id for i in (3, 3, 0, 1)]
    expected = MathVerifier()(tasks[3], "\\boxed{123456789}").to_json()
    assert lines[1]["verdict"] == json.loads(json.dumps(expected))
    assert "mean score 0.5000" in call("verify", tasks_file, responses).stdout


def test_responses_without_ids_belong_to_the_tasks_in_order(
    tasks_file: Path, tmp_path: Path
) -> None:
    answers = [task.secret["answer"] for task in _tasks(tasks_file)]
    responses = _jsonl(
        tmp_path / "responses.jsonl", [answers[0], {"response": answers[1]}, "\\boxed{-1}"]
    )
    assert document("verify", tasks_file, responses)["outcomes"]["correct"] == 2


def test_unreadable_lines_are_named_and_nothing_is_judged(tasks_file: Path, tmp_path: Path) -> None:
    responses = tmp_path / "responses.jsonl"
    responses.write_text('"1"\n{broken\n\n{"id": "nobody", "response": "1"}\n{"id": "x"}\n')
    out = tmp_path / "verdicts.jsonl"
    line = refusal("verify", tasks_file, responses, "--out", out, status=1)
    for number in (2, 4, 5):
        assert f"responses.jsonl, line {number}" in line
    assert "line 1" not in line.replace("line 1 column", "")
    assert not out.exists()


def test_tasks_without_secrets_cannot_be_judged(tasks_file: Path, tmp_path: Path) -> None:
    public = tmp_path / "public.jsonl"
    call("tasks", "MathRLVR-v0", "-n", 2, "--public", "-o", public)
    responses = _jsonl(tmp_path / "responses.jsonl", ["1", "2"])
    assert "public.jsonl, line 1: it has no secret" in refusal(
        "verify", public, responses, status=1
    )
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n")
    assert "no responses" in refusal("verify", tasks_file, empty, status=1)
    assert "only 6 tasks" in refusal(
        "verify", tasks_file, _jsonl(tmp_path / "many.jsonl", ["1"] * 7), status=1
    )
    assert "No such file" in refusal("verify", tmp_path / "none.jsonl", responses, status=1)


def test_a_gold_that_cannot_be_judged_is_status_3_and_no_score(
    tasks_file: Path, tmp_path: Path
) -> None:
    tasks = [json.loads(line) for line in tasks_file.read_text().splitlines()]
    tasks[1]["secret"]["answer"] = "((("
    broken = _jsonl(tmp_path / "broken.jsonl", tasks)
    responses = _jsonl(tmp_path / "r.jsonl", [tasks[0]["secret"]["answer"], "4"])
    summary = document("verify", broken, responses, status=3)
    assert summary["outcomes"]["infra_error"] == 1
    assert summary["scored"] == 1
    assert summary["mean_score"] == 1.0


def test_one_answer_can_be_judged_without_files() -> None:
    assert document("verify", "--answer", "\\frac{1}{2}", "--gold", "0.5")["outcome"] == "correct"
    form = "{kind: decimal, places: 2}"
    arguments = ("verify", "--gold", "3.14159", "--form", form, "--answer")
    assert document(*arguments, "3.14")["score"] == 1.0
    assert document(*arguments, "3.2")["score"] == 0.0
    assert "'no-such-kind'" in refusal(
        "verify", "--answer", 1, "--gold", 1, "--form", "no-such-kind"
    )
    assert "--gold" in refusal("verify", "--answer", 1)
    assert "TASKS" in refusal("verify")


# -- play ------------------------------------------------------------------------------------------


def _solutions(n: int) -> list[str]:
    from veragym.envs.text.maths import MathTasks

    stream = TaskStream(MathTasks("arithmetic"), "MathRLVR-v0", "train", 8)
    return [stream.task(i).secret["answer"] for i in range(n)]


PLAY = ("play", "MathRLVR-v0", "--topics", "arithmetic", "--seed", 8)


def test_a_played_game_is_scored_and_help_is_noted() -> None:
    first, second, _, fourth = _solutions(4)
    text = f"{first}\n?\n:hint\n{second}\n:solution\n:skip\n:multi\nI say\n{fourth}\n:end\n"
    game = document(*PLAY, "--episodes", 4, input=text)
    assert [one["score"] for one in game["episodes"]] == [1.0, 1.0, 0.0, 1.0]
    assert [one["hints"] for one in game["episodes"]] == [0, 2, 0, 0]
    assert [one["solution_shown"] for one in game["episodes"]] == [False, False, True, False]
    assert game["episodes"][2]["outcome"] == "skipped"
    assert (game["played"], game["right"], game["right_unaided"]) == (4, 3, 2)


def test_a_player_sees_prompt_hint_solution_verdict_and_score() -> None:
    answer = _solutions(1)[0]
    result = call(*PLAY, input=f"\n:help\n:hint\n:solution\n{answer}\n")
    assert result.exit_code == 0  # the input ended, as when a player presses Ctrl-D
    assert "MathRLVR-v0:train:8:0:" in result.stdout
    assert "Hint 1 of 3" in result.stdout
    assert f"Answer: {answer}" in result.stdout
    assert "correct" in result.stdout
    assert "1 of 1 right, 1 of them with help" in result.stdout


def test_quitting_ends_the_game() -> None:
    game = document(*PLAY, input="\\boxed{-12345}\n:quit\n5\n")
    assert [one["outcome"] for one in game["episodes"]] == ["wrong"]


def test_only_text_tasks_can_be_played() -> None:
    assert "CartPole-v1" in refusal("play", "CartPole-v1")


# -- check -----------------------------------------------------------------------------------------


def test_check_reports_every_finding() -> None:
    report = document("check", "MathRLVR-v0", "--seeds", 4, "--witness", "oracle")
    assert report["passed"] is True
    assert {f["name"].partition(".")[0] for f in report["findings"]} == {"oracle"}
    text = call("check", "veragym:MathRLVR-v0", "--seeds", 4, "--witness", "oracle").stdout
    assert "pass  oracle.solves-ood" in text
    assert "MathRLVR-v0 passes" in text


def test_a_failed_check_is_status_1_and_shows_how_to_see_the_fault() -> None:
    arguments = ("check", "MathRLVR-v0", "--seeds", 4, "--witness", "floors")
    hard = ("--limit", "0.02")
    report = document(*arguments, *hard, status=1)
    assert report["passed"] is False
    text = call(*arguments, *hard)
    assert text.exit_code == 1
    assert "FAIL  floors.completes" in text.stdout
    assert "to mend it" in text.stdout


def test_an_unknown_witness_is_a_usage_error() -> None:
    assert "'orakel'" in refusal("check", "MathRLVR-v0", "--witness", "orakel")
