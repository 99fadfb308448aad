"""Training: it learns, it survives being killed, and it says what is wrong with its settings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from veragym.agents.learner import read_checkpoint
from veragym.agents.loop import Budget
from veragym.agents.recipe import Recipe, train
from veragym.agents.sft import order
from veragym.agents.stopping import Diverged, Interrupted
from veragym.core.errors import OptionError

TINY = {
    "options": {"topics": ["countdown"], "difficulty": [0.15, 0.33], "instruction": "none"},
    "model": {"width": 16, "layers": 1, "heads": 2, "context": 128},
    "warm": {"steps": 6, "learning_rate": 3e-3},
    "rl": {"steps": 6},
    "preset": "asymre",  # moves the weights even where no answer is right yet
    "bare": True,
    "batch": 8,
    "prompts": 4,
    "samples": 4,
    "max_new_tokens": 12,
    "merges": 60,
    "held_out": 20,
    "evaluations": 2,
    "checkpoint_every": 2,
    "threads": 1,
    "device": "cpu",
}
RUN = """
import json, sys
from pathlib import Path
from veragym.agents.recipe import Recipe, train
train(Recipe.from_json(json.loads(sys.argv[1])), Path(sys.argv[2]), resume=True)
"""


def final(out: Path) -> dict:
    return read_checkpoint(out / "rl" / "checkpoint.pt")


def same(a: object, b: object) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "unbroken"
    train(Recipe.from_json(TINY), out)
    return out


def steps(out: Path, stage: str) -> list[int]:
    lines = (out / stage / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["step"] for line in lines]


def test_a_run_leaves_metrics_curve_and_checkpoint(unbroken: Path) -> None:
    result = json.loads((unbroken / "result.json").read_text())
    assert [p["step"] for p in result["curves"]["rl"]] == [0, 3, 6]
    assert steps(unbroken, "warm") == steps(unbroken, "rl") == [1, 2, 3, 4, 5, 6]
    line = json.loads((unbroken / "rl" / "metrics.jsonl").read_text().splitlines()[0])
    assert {"reward", "accuracy", "entropy", "length", "tokens_per_second"} <= line.keys()
    assert final(unbroken)["drawn"] == 6 * 8 + 6 * 4


@pytest.mark.parametrize("stage", ["warm", "rl"])
def test_a_killed_run_resumes_to_the_same_bits(unbroken: Path, tmp_path: Path, stage: str) -> None:
    """SIGKILL at some step of a stage; the resumed run ends exactly like the unbroken one."""
    command = [sys.executable, "-c", RUN, json.dumps(TINY), str(tmp_path / "run")]
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    metrics = tmp_path / "run" / stage / "metrics.jsonl"
    while process.poll() is None:
        if metrics.exists() and metrics.read_bytes().count(b"\n") >= 3:
            process.kill()
            break
        time.sleep(0.005)
    assert process.wait() == -signal.SIGKILL, "the run ended before it could be killed"
    with metrics.open("a") as file:
        file.write('{"torn')
    train(Recipe.from_json(TINY), tmp_path / "run", resume=True)
    expected, found = final(unbroken), final(tmp_path / "run")
    for part in ("model", "optimiser", "generator", "step", "drawn"):
        assert same(expected[part], found[part]), part
    assert steps(tmp_path / "run", "warm") == steps(tmp_path / "run", "rl") == [1, 2, 3, 4, 5, 6]


def test_an_interrupted_run_saves_the_step_it_was_in(unbroken: Path, tmp_path: Path) -> None:
    def watch(stage: str):
        def look(_metrics: object, progress: float) -> None:
            if stage == "rl" and progress >= 0.5:
                os.kill(os.getpid(), signal.SIGTERM)

        return look

    with pytest.raises(Interrupted, match="step 3"):
        train(Recipe.from_json(TINY), tmp_path / "run", watch=watch)
    assert final(tmp_path / "run")["step"] == 3
    train(Recipe.from_json(TINY), tmp_path / "run", resume=True)
    assert same(final(unbroken)["model"], final(tmp_path / "run")["model"])
    warm = read_checkpoint(unbroken / "warm" / "checkpoint.pt")
    assert not same(final(unbroken)["model"], warm["model"]), "reinforcement changed nothing"


def test_a_second_run_in_the_same_folder_is_refused(unbroken: Path) -> None:
    with pytest.raises(OptionError, match="already holds"):
        train(Recipe.from_json(TINY), unbroken)
    with pytest.raises(OptionError, match="other settings"):
        train(Recipe.from_json({**TINY, "seed": 9}), unbroken, resume=True)


def test_a_loss_that_is_not_finite_stops_the_run_before_the_weights_change(tmp_path: Path) -> None:
    from veragym.agents.learner import AdamConfig, Learner
    from veragym.agents.policy.tokenizer import Tokenizer
    from veragym.agents.policy.transformer import Transformer, TransformerConfig

    model = Transformer(TransformerConfig(width=16, layers=1, heads=2))
    learner = Learner(model, Tokenizer(), AdamConfig(), seed=0)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    (model.embedding.weight.sum() * float("nan")).backward()
    with pytest.raises(Diverged, match="step 1"):
        learner.descend(True, 0.0)
    assert same(before, dict(model.state_dict()))


def test_limited_demonstrations_are_all_seen_once_per_epoch_in_changing_order() -> None:
    first, second = order(0, 7, 7), order(7, 7, 7)
    assert sorted(first) == sorted(second) == list(range(7))
    assert first != second
    assert order(5, 4, 7) == first[5:] + second[:2]
    assert order(5, 3, 0) == [5, 6, 7]


def test_imitation_learns_the_answers(tmp_path: Path) -> None:
    recipe = Recipe.from_json({**TINY, "warm": {"steps": 60, "learning_rate": 1e-2}, "rl": {}})
    train(recipe, tmp_path / "run")
    lines = (tmp_path / "run" / "warm" / "metrics.jsonl").read_text().splitlines()
    losses = [json.loads(line)["loss"] for line in lines]
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])


def test_settings_come_from_yaml_and_mistakes_get_suggestions(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("preset: rloo\nrl: {steps: 3, learning_rate: 0.001}\nprompts: 2\n")
    recipe = Recipe.from_yaml(path)
    assert (recipe.preset, recipe.rl.steps, recipe.rl.learning_rate) == ("rloo", 3, 0.001)
    for text, message in (
        ("promts: 2", "prompts"),
        ("rl: {step: 3}", "steps"),
        ("- 3", "mapping"),
    ):
        path.write_text(text)
        with pytest.raises(OptionError, match=message):
            Recipe.from_yaml(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"preset": "grop"}, "grpo"),
        ({"samples": 1}, "at least 2"),
        ({"temperature": 0}, "temperature"),
        ({"compute_dtype": "int8"}, "float32"),
        ({"model": {"wdith": 8}}, "width"),
        ({"warm": {}, "rl": {}}, "nothing to do"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, change: dict, message: str) -> None:
    base = {**TINY, "warm": {"steps": 1}} | change
    with pytest.raises(OptionError, match=message):
        train(Recipe.from_json(base), tmp_path / "run")


def test_a_budget_needs_a_positive_limit() -> None:
    for wrong in ({}, {"steps": 0}, {"cpu_seconds": -1.0}):
        with pytest.raises(OptionError):
            Budget(**wrong)
