"""`veragym train` and `veragym eval`: one JSON document, meaningful statuses, resumable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from veragym.cli import app

COUNTDOWN = ["--topics", "countdown", "--difficulty", "0.15,0.33", "--set", "instruction=none"]
RECIPE = """
model: {width: 16, layers: 1, heads: 2, context: 128}
bare: true
batch: 8
prompts: 4
samples: 4
max_new_tokens: 12
merges: 40
evaluations: 1
threads: 1
device: cpu
"""


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_eval_reports_the_oracle_with_an_interval_as_one_json_document() -> None:
    done = call(
        "eval", "MathRLVR-v0", "--policy", "oracle", "--episodes", "30", "--json", *COUNTDOWN
    )
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert (result["correct"], result["episodes"], result["split"]) == (30, 30, "test")
    assert 0.85 < result["low"] < result["high"] == 1.0


def test_eval_of_a_scripted_floor_reads_like_a_sentence() -> None:
    done = call("eval", "MathRLVR-v0", "--policy", "null", "--episodes", "10", *COUNTDOWN)
    assert done.exit_code == 0
    assert "null solves 0 of 10" in done.stdout


def test_train_writes_a_checkpoint_that_eval_can_play(tmp_path: Path) -> None:
    recipe, out = tmp_path / "recipe.yaml", tmp_path / "run"
    recipe.write_text(RECIPE)
    command = [
        "train",
        "MathRLVR-v0",
        "--recipe",
        str(recipe),
        "--preset",
        "rloo",
        "--out",
        str(out),
        "--warm-steps",
        "2",
        "--steps",
        "2",
        "--held-out",
        "10",
        "--json",
        *COUNTDOWN,
    ]
    done = call(*command)
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["recipe"]["preset"] == "rloo"
    assert result["curves"]["rl"][-1]["step"] == 2
    again = call(*command)
    assert again.exit_code == 2 and "already holds" in again.stderr
    assert call(*command, "--resume").exit_code == 0
    played = call(
        "eval",
        "MathRLVR-v0",
        result["checkpoint"],
        "--policy",
        "checkpoint",
        "--episodes",
        "10",
        "--max-new-tokens",
        "12",
        "--json",
        *COUNTDOWN,
    )
    assert played.exit_code == 0, played.output
    assert json.loads(played.stdout)["episodes"] == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["eval", "MathRLVR-v0", "--policy", "genius"], "genius"),
        (["eval", "MathRLVR-v0", "--policy", "checkpoint"], "PATH"),
        (["eval", "MathRLVR-v0", "/nowhere.pt", "--policy", "checkpoint"], "/nowhere.pt"),
        (["eval", "MathRLVR-v9", "--policy", "null"], "MathRLVR"),
        (["train", "MathRLVR-v0", "--preset", "grop", "--out", "{tmp}"], "grpo"),
        (["train", "MathRLVR-v0", "--recipe", "/nowhere.yaml"], "/nowhere.yaml"),
    ],
)
def test_bad_arguments_are_named_with_status_2(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = call(*(a.replace("{tmp}", str(tmp_path / "x")) for a in arguments))
    assert done.exit_code == 2
    assert message in done.stderr
