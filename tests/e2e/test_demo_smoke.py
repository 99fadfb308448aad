"""The whole path of the demonstration, in seconds: too short to learn, long enough to break."""

from __future__ import annotations

import html
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from veragym.agents.demo import main
from veragym.agents.report import again, judged

QUICK = {
    "warm_cpu_seconds": 0.4,
    "arm_cpu_seconds": 0.4,
    "held_out": 24,
    "evaluations": 1,
    "width": 16,
    "layers": 1,
    "heads": 2,
    "merges": 40,
    "prompts": 4,
    "samples": 4,
    "warm_batch": 8,
    "demonstrations": 16,
}


def command(out: Path, *more: str) -> list[str]:
    settings = [f"--set={name}={json.dumps(value)}" for name, value in QUICK.items()]
    return ["--out", str(out), "--seed", "1", "--json", *settings, *more]


@pytest.mark.parametrize("way", [(), ("--serial",)])
def test_the_demo_writes_its_report_and_one_json_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: tuple[str, ...]
) -> None:
    assert main(command(tmp_path, *way)) == 0
    result = json.loads(capsys.readouterr().out)
    assert result == json.loads((tmp_path / "result.json").read_text())
    for key in ("before", "after", "control"):
        assert result[key]["episodes"] == 24
        assert result[key]["low"] <= result[key]["accuracy"] <= result[key]["high"]
    assert (tmp_path / "learning_curve.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "report.html").read_text()
    assert "data:image/png;base64," in page and "http" not in page.replace("http-equiv", "")
    assert page.count("<pre>") >= 8 * 3
    for name in QUICK:
        assert f"{name}=" in again(result["config"], 1, tmp_path), "settings that were changed"


def test_the_reports_command_judges_the_weights_on_the_same_problems(tmp_path: Path) -> None:
    assert main(command(tmp_path, "--serial")) == 0
    result = json.loads((tmp_path / "result.json").read_text())
    words = shlex.split(judged(result["config"], tmp_path))
    assert html.escape(shlex.join(words)) in (tmp_path / "report.html").read_text()
    executable = str(Path(sys.executable).with_name(words[0]))
    run = subprocess.run([executable, *words[1:], "--json"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["episodes"] == 24
    assert found["accuracy"] == result["after"]["accuracy"]


def test_an_unfinished_demo_goes_on_instead_of_starting_again(tmp_path: Path) -> None:
    assert main(command(tmp_path, "--serial")) == 0
    (tmp_path / "result.json").unlink()
    (tmp_path / "rl" / "curve.json").unlink()
    warm = (tmp_path / "warm" / "checkpoint.pt").stat().st_mtime_ns
    assert main(command(tmp_path, "--serial")) == 0
    assert (tmp_path / "warm" / "checkpoint.pt").stat().st_mtime_ns == warm
    assert main(command(tmp_path, "--serial")) == 0, "a finished demo starts again"
    assert (tmp_path / "warm" / "checkpoint.pt").stat().st_mtime_ns != warm


def test_a_mistyped_setting_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path), "--set", "sample=3"]) == 2
    assert "sample" in capsys.readouterr().err
