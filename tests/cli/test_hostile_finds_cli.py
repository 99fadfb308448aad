"""Regression tests for commands that answered a wrong argument with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from veragym.cli import app

LITTLE = ["--warm-steps", "1", "--steps", "0", "--held-out", "0", "--topics", "countdown"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["MathRLVR-v0", "--set", "foo=5"], "foo"),
        (["CartPole-v1"], "CartPole-v1"),
        (["MathRLVR-v1"], "MathRLVR"),
        (["MathRLVR-v0", "--set", "max_action_chars=x"], "max_action_chars"),
    ],
)
def test_train_names_an_environment_or_option_that_cannot_work(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["train", *arguments, "--out", str(tmp_path / "run")])
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert said in done.stderr
    assert not (tmp_path / "run").exists()


def test_train_into_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    out = str(tmp_path / "file" / "run")
    done = CliRunner().invoke(app, ["train", "MathRLVR-v0", "--out", out, *LITTLE])
    assert done.exit_code == 1, done.output
    assert done.stderr.startswith("error: ") and out in done.stderr


@pytest.mark.parametrize("setting", ["evaluations: 0", "options: 5", "batch: 0", "device: quantum"])
def test_a_recipe_that_cannot_work_is_one_line(tmp_path: Path, setting: str) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(setting)
    arguments = ["MathRLVR-v0", "--recipe", str(recipe), "--out", str(tmp_path / "run"), *LITTLE]
    done = CliRunner().invoke(app, ["train", *arguments])
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("error: ") and setting.partition(":")[0] in done.stderr
