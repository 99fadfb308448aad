"""`veragym verify` on files: what it reports, and what it says of lines it cannot use."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from veragym import registry
from veragym.cli import app
from veragym.core import Task, Verdict, Verifier
from veragym.core.verdict import correct, infra_error, wrong

RUN = (sys.executable, "-c", "from veragym.cli import main; main()")


def call(*arguments: Any) -> Any:
    return CliRunner().invoke(app, ["verify", *map(str, arguments)])


def refusal(*arguments: Any, status: int = 1) -> str:
    result = call(*arguments)
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    line = result.stderr.strip()
    assert "\n" not in line and "Traceback" not in line
    return str(line)


def task(number: int, topic: str = "sum", env_id: str = "MathRLVR-v0") -> dict[str, Any]:
    public = {"form": {"kind": "integer"}, "topic": topic}
    made = Task(
        f"t{number}", env_id, 0, "test", 0.5, "?", public, {"answer": str(number)}, f"{number:032x}"
    )
    return made.to_json()


def write(path: Path, *lines: Any) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def raw(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    return write(tmp_path / "tasks.jsonl", *(task(i, ["even", "odd"][i % 2]) for i in range(4)))


def said(number: int, response: Any) -> dict[str, Any]:
    return {"id": f"t{number}", "response": response}


# -- the report ------------------------------------------------------------------------------------


def test_results_are_broken_down_by_topic(tasks: Path, tmp_path: Path) -> None:
    answers = write(tmp_path / "r.jsonl", said(0, "0"), said(0, "7"), said(1, "1"), said(2, "2"))
    summary = json.loads(call(tasks, answers, "--json").stdout)
    topics = summary["by"]["topic"]
    assert {name: one["responses"] for name, one in topics.items()} == {"even": 3, "odd": 1}
    assert topics["even"]["mean_score"] == pytest.approx(2 / 3)
    assert topics["odd"]["outcomes"]["correct"] == 1
    assert summary["mean_score"] == 0.75
    assert summary["unanswered_tasks"] == 1
    assert "environment" not in summary["by"]
    text = call(tasks, answers).stdout
    assert [line.split() for line in text.splitlines() if line.startswith(("even", "odd"))] == [
        ["even", "3", "2", "0.6667"],
        ["odd", "1", "1", "1.0000"],
    ]
    assert "correct  " in text and "75.0%" in text
    assert "tasks without a response: 1" in text


class Failing(Verifier):
    """Judges nothing whose answer is odd."""

    def verify(self, task: Any, response: Any) -> Verdict:
        if int(task.secret["answer"]) % 2:
            return infra_error("the endpoint [down] did not answer")
        return correct() if response == task.secret["answer"] else wrong("no")


class Interrupts(Verifier):
    """The row 'stop' interrupts the run once the last row is reached."""

    last = threading.Event()

    def verify(self, task: Any, response: Any) -> Verdict:
        if response == "stop":
            assert self.last.wait(30)
            raise KeyboardInterrupt
        if response == "4":
            self.last.set()  # a single thread has judged the other rows by now
        return correct() if response == task.secret["answer"] else wrong("no")


class NeedsArguments(Verifier):
    """Cannot be made from the registry alone."""

    def __init__(self, rubric: str) -> None:
        self.rubric = rubric

    def verify(self, task: Any, response: Any) -> Verdict:
        return wrong(self.rubric)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Environments whose verifiers are those above, and Bare-v0, which has none."""
    module = type(sys)("verify_files_verifiers")
    vars(module).update(Failing=Failing, NeedsArguments=NeedsArguments, Interrupts=Interrupts)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for name, verifier in (
        ("Failing-v0", f"{module.__name__}:Failing"),
        ("Needy-v0", f"{module.__name__}:NeedsArguments"),
        ("Interrupts-v0", f"{module.__name__}:Interrupts"),
        ("Bare-v0", None),
    ):
        entry = registry.Entry(name, "text", "For this test.", "nowhere:Env", verifier=verifier)
        monkeypatch.setitem(registry._entries, name, entry)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("workers", [(), ("--workers", 3)])
def test_unjudged_responses_are_named_and_count_nowhere(
    tmp_path: Path, workers: tuple[Any, ...]
) -> None:
    tasks = write(tmp_path / "t.jsonl", *(task(i, env_id="Failing-v0") for i in range(30)))
    answers = write(tmp_path / "r.jsonl", *(said(i, "0" if i == 28 else str(i)) for i in range(30)))
    result = call(tasks, answers, "--json", *workers)
    assert result.exit_code == 3
    summary = json.loads(result.stdout)
    assert (summary["scored"], summary["masked"]) == (15, 15)
    assert summary["mean_score"] == pytest.approx(14 / 15)
    assert [one["line"] for one in summary["unjudged"]] == [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]
    assert summary["unjudged"][0]["id"] == "t1"
    text = call(tasks, answers, *workers)
    assert text.exit_code == 3
    assert "line 2, t1: the endpoint [down] did not answer" in text.stdout
    assert "and 5 more" in text.stdout


@pytest.mark.usefixtures("registered")
def test_each_task_goes_to_the_verifier_of_its_own_environment(tmp_path: Path) -> None:
    tasks = write(tmp_path / "t.jsonl", task(0), task(1), task(2, env_id="Failing-v0"))
    answers = write(tmp_path / "r.jsonl", "\\boxed{0}", "\\boxed{1}", "\\boxed{2}")
    summary = json.loads(call(tasks, answers, "--json").stdout)
    # Only the maths verifier reads a box.
    assert summary["by"]["environment"]["MathRLVR-v0"]["outcomes"]["correct"] == 2
    assert summary["by"]["environment"]["Failing-v0"]["outcomes"]["wrong"] == 1


@pytest.mark.usefixtures("registered")
def test_an_environment_whose_verifier_cannot_be_had_is_named(tmp_path: Path) -> None:
    answers = write(tmp_path / "r.jsonl", "0")
    for env_id, message in (
        ("MathRLRV-v0", "Nearest: MathRLVR-v0"),
        ("Bare-v0", "declares no verifier"),
        ("Needy-v0", "cannot be made without arguments"),
    ):
        tasks = write(tmp_path / "t.jsonl", task(0, env_id=env_id))
        line = refusal(tasks, answers)
        assert env_id in line and message in line


def test_threads_write_the_same_verdicts_in_the_same_order(tasks: Path, tmp_path: Path) -> None:
    answers = write(tmp_path / "r.jsonl", *(said(i % 4, str(i % 5)) for i in range(200)))
    written = []
    for workers in (1, 3):
        out = tmp_path / f"out{workers}.jsonl"
        assert call(tasks, answers, "--out", out, "--workers", workers).exit_code == 0
        written.append(out.read_text())
    assert written[0] == written[1]
    assert [json.loads(line)["line"] for line in written[0].splitlines()] == list(range(1, 201))


def test_the_report_shown_in_the_guide_is_the_one_that_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = ["countdown", "primes"]
    listed = [task(i, topics[i % 2]) for i in range(10)]
    listed[9]["secret"]["answer"] = "((("
    write(tmp_path / "tasks.jsonl", *listed)
    texts = ["0", "1", "no idea", "3", "5", "5", "6", "6", "8", "9"]
    write(tmp_path / "responses.jsonl", *map(said, range(10), texts))
    monkeypatch.chdir(tmp_path)
    result = call("tasks.jsonl", "responses.jsonl", "--out", "verdicts.jsonl")
    assert result.exit_code == 3
    shown = "\n".join(line.rstrip() for line in result.stdout.splitlines())
    guide = Path(__file__).parents[2] / "docs" / "verifiers.md"
    assert f"```text\n{shown}\n```" in guide.read_text(encoding="utf-8"), shown


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "t0", "response": null}', "the response is null; leave the line out"),
        ("null", "the response is null"),
        ('{"id": "t9", "response": "1"}', "no task has the id 't9'"),
        ('{"id": 3, "response": "1"}', "got the number 3"),
        ('{"id": "t0", "completion": "1"}', "no \"response\", only ['completion', 'id']"),
        ('{"id": "t0", "response": 42}', "got the number 42; put it in quotes"),
        ("true", "got true; put it in quotes"),
        ('["a", "b"]', "jq -c '.[]' FILE"),
        ("[", "jq -c '.[]' FILE"),
        ("it is 3", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("\udcff\udcfe\x00", "not JSON"),
    ],
)
def test_a_response_that_cannot_be_used_is_named_with_its_line_and_the_remedy(
    tasks: Path, tmp_path: Path, line: str, message: str
) -> None:
    answers = tmp_path / "r.jsonl"
    text = json.dumps(said(0, "0")) + "\n\n" + line + "\n" + json.dumps(said(1, "1")) + "\n"
    answers.write_bytes(text.encode(errors="surrogateescape"))
    found = refusal(tasks, answers)
    assert "r.jsonl, line 3: " in found
    assert message in found
    assert "line 1:" not in found and "line 4" not in found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"secret": None}, "no secret, so no answer can be judged; write the tasks without"),
        ({"secret": "4"}, "its secret must be an object, got a text"),
        ({"id": 4}, "its id must be text, got the number 4"),
        ({"id": "t0"}, "its id 't0' is that of line 1; remove one"),
        ({"public": []}, "its public must be an object, got a list"),
        ({"extra": 1}, "unknown fields ['extra']"),
    ],
)
def test_a_task_that_cannot_be_used_is_named_with_its_line_and_the_remedy(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    tasks = write(tmp_path / "t.jsonl", task(0), task(1), {**task(2), **change})
    line = refusal(tasks, write(tmp_path / "r.jsonl", said(0, "0")))
    assert "t.jsonl, line 3: " in line
    assert message in line


def test_files_that_hold_nothing_of_use_are_refused(tasks: Path, tmp_path: Path) -> None:
    empty = raw(tmp_path / "empty.jsonl", "\n\n")
    good = write(tmp_path / "r.jsonl", said(0, "0"))
    assert "empty.jsonl holds no tasks" in refusal(empty, good)
    assert "empty.jsonl holds no responses" in refusal(tasks, empty)
    assert "No such file" in refusal(tasks, tmp_path / "none.jsonl")
    assert "Is a directory" in refusal(tmp_path, good)
    array = write(tmp_path / "array.jsonl", [task(0)])
    assert "a list, not a task" in refusal(array, good)
    assert "the number 5, not a task" in refusal(write(tmp_path / "five.jsonl", 5), good)


def test_ids_on_some_lines_only_are_refused(tasks: Path, tmp_path: Path) -> None:
    answers = write(tmp_path / "r.jsonl", said(3, "3"), "0")
    line = refusal(tasks, answers)
    assert "line 1 names its task by id and line 2 does not" in line


def test_only_the_first_bad_lines_are_listed(tasks: Path, tmp_path: Path) -> None:
    line = refusal(tasks, raw(tmp_path / "r.jsonl", "{\n" * 35))
    assert line.count("not JSON") == 10
    assert line.endswith("and 25 more")


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tasks: Path, tmp_path: Path) -> None:
    answers = tmp_path / "r.jsonl"
    answers.write_bytes(b"\xef\xbb\xbf" + json.dumps(said(2, "2")).encode() + b"\r\n\r\n")
    assert json.loads(call(tasks, answers, "--json").stdout)["outcomes"]["correct"] == 1


def test_a_huge_response_is_unparsable_and_holds_nothing_up(tasks: Path, tmp_path: Path) -> None:
    answers = write(
        tmp_path / "r.jsonl", said(0, "0" * 10_000_000), said(1, "\\boxed{1}" * 1_200_000)
    )
    out = tmp_path / "out.jsonl"
    summary = json.loads(call(tasks, answers, "--json", "--out", out).stdout)
    assert summary["outcomes"]["unparsable"] == 2
    assert "longer than 1048576 characters" in out.read_text()
    assert out.stat().st_size < 10_000


def test_a_place_that_cannot_be_written_is_found_out_before_anything_is_judged(
    tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = write(tmp_path / "r.jsonl", said(0, "0"))
    before = sorted(tmp_path.iterdir())
    monkeypatch.setattr(
        "veragym.verifiers.maths.verifier.MathVerifier.verify", lambda *a: pytest.fail("judged")
    )
    assert "would overwrite an input" in refusal(tasks, answers, "--out", tasks, status=2)
    assert "would overwrite an input" in refusal(tasks, answers, "--out", answers, status=2)
    assert "is a folder" in refusal(tasks, answers, "--out", tmp_path, status=2)
    assert "cannot write" in refusal(tasks, answers, "--out", answers / "out.jsonl")
    assert sorted(tmp_path.iterdir()) == before


def test_workers_are_a_number_from_one_up_and_go_with_files(tasks: Path, tmp_path: Path) -> None:
    assert call(tasks, write(tmp_path / "r.jsonl", "0"), "--workers", 0).exit_code == 2
    assert "--workers" in refusal("--answer", 1, "--gold", 1, "--workers", 2, status=2)


# -- as a program ----------------------------------------------------------------------------------

SLOW = """
import sys, time
from veragym import registry
from veragym.core import Verifier
from veragym.core.verdict import correct

class Slow(Verifier):
    def verify(self, task, response):
        if response == "wait":
            print("waiting", file=sys.stderr, flush=True)
            time.sleep(3600)
        return correct()

module = type(sys)("slow_verifiers")
module.Slow = Slow
sys.modules["slow_verifiers"] = module
registry._entries["Slow-v0"] = registry.Entry(
    "Slow-v0", "text", "For this test.", "nowhere:Env", verifier="slow_verifiers:Slow")
from veragym.cli import main
main()
"""


def test_an_interrupted_run_keeps_what_was_judged(tmp_path: Path) -> None:
    tasks = write(tmp_path / "t.jsonl", *(task(i, env_id="Slow-v0") for i in range(5)))
    answers = write(tmp_path / "r.jsonl", "a", "b", "c", "wait", "e")
    out = tmp_path / "out.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, "verify", str(tasks), str(answers), "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout) == (130, "")
    assert "interrupted after 3 of 5 responses" in stderr
    assert "out.jsonl.partial" in stderr and "Traceback" not in stderr
    assert not out.exists()
    kept = [json.loads(line) for line in (tmp_path / "out.jsonl.partial").read_text().splitlines()]
    assert [one["id"] for one in kept] == ["t0", "t1", "t2"]
    assert {one["verdict"]["outcome"] for one in kept} == {"correct"}


@pytest.mark.usefixtures("registered")
def test_what_other_threads_judged_before_an_interruption_is_kept_with_its_own_tasks(
    tmp_path: Path,
) -> None:
    tasks = write(tmp_path / "t.jsonl", *(task(i, env_id="Interrupts-v0") for i in range(5)))
    answers = write(tmp_path / "r.jsonl", "stop", "1", "7", "3", "4")
    result = call(tasks, answers, "--out", tmp_path / "out.jsonl", "--workers", 2)
    assert result.exit_code == 130
    lines = (tmp_path / "out.jsonl.partial").read_text().splitlines()
    kept = {one["id"]: (one["line"], one["verdict"]["outcome"]) for one in map(json.loads, lines)}
    judged = {"t1": (2, "correct"), "t2": (3, "wrong"), "t3": (4, "correct")}
    # The last row releases the interruption before its own verdict is noted.
    assert {**kept, "t4": None} == {**judged, "t4": None}


def test_a_terminal_gets_a_bar_on_stderr_and_nothing_of_it_on_stdout(
    tasks: Path, tmp_path: Path
) -> None:
    answers = write(tmp_path / "r.jsonl", *(said(i % 4, "0") for i in range(500)))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*RUN, "verify", str(tasks), str(answers), "--json"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(ours)
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(stdout)["responses"] == 500
    assert b"judged" in shown and b"/500" in shown
