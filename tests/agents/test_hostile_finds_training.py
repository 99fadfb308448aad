"""Regression tests for faults found by mistreating training runs."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from veragym.agents.loop import Budget, run
from veragym.agents.recipe import Recipe, Stage, build_learner, train
from veragym.agents.rollout.groups import EnvPool
from veragym.agents.sft import Imitation, demonstrate, fitting
from veragym.agents.stopping import Interrupted
from veragym.core.errors import OptionError

SMALL = Recipe(
    options={"topics": ["countdown"]},
    model={"width": 16, "layers": 1, "heads": 2, "context": 128},
    merges=0,
    device="cpu",
    threads=1,
)


@pytest.mark.parametrize(
    "change",
    [
        {"evaluations": 0},
        {"batch": 0},
        {"prompts": "x"},
        {"samples": -1},
        {"max_new_tokens": 0},
        {"merges": -5},
        {"digits": "x"},
        {"threads": -1},
        {"held_out": -1},
        {"checkpoint_every": 0},
        {"seed": True},
        {"temperature": float("nan")},
        {"options": 5},
        {"model": 7},
        {"preset": [1]},
        {"warm": {"steps": -1}},
        {"warm": {"steps": 1.5}},
        {"rl": {"learning_rate": "x"}},
        {"rl": {"cpu_seconds": float("inf")}},
    ],
    ids=repr,
)
def test_a_setting_that_cannot_work_is_refused_before_anything_is_written(change):
    with pytest.raises(OptionError, match="must be"):
        Recipe.from_json(change)


def test_a_device_that_is_not_there_is_named(tmp_path: Path):
    pool = EnvPool(SMALL.env, 1, seed=0, options={"split": "train", **SMALL.options})
    recipe = SMALL.changed({"device": "quantum"})
    with pytest.raises(OptionError, match="device 'quantum' cannot be used"):
        build_learner(recipe, recipe.warm, pool, None)


def test_a_signal_in_a_stage_s_last_step_is_not_lost(tmp_path: Path):
    pool = EnvPool(SMALL.env, 1, seed=0, options={"split": "train", **SMALL.options})
    learner = build_learner(SMALL, Stage(steps=1), pool, None)

    def update(learner, progress):
        signal.raise_signal(signal.SIGTERM)
        return {}

    with pytest.raises(Interrupted):
        run(learner, update, Budget(steps=1), tmp_path, stage="warm")
    again = build_learner(SMALL, Stage(steps=1), pool, None)
    assert run(again, update, Budget(steps=1), tmp_path, stage="warm", resume=True) == []
    assert again.step == 1, "the step that was finished is not done again"


def test_what_a_kill_in_mid_save_left_behind_is_cleared_away(tmp_path: Path):
    pool = EnvPool(SMALL.env, 1, seed=0, options={"split": "train", **SMALL.options})
    torn = tmp_path / "checkpoint.pt.123.tmp"
    torn.write_bytes(b"half a checkpoint")
    learner = build_learner(SMALL, Stage(steps=1), pool, None)
    run(learner, lambda learner, progress: {}, Budget(steps=1), tmp_path, stage="warm")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["checkpoint.pt", "metrics.jsonl"]


def test_a_kill_while_the_run_is_claimed_does_not_block_the_next_one(tmp_path: Path):
    (tmp_path / "recipe.tmp").write_text('{"half": ')
    recipe = SMALL.changed(
        {
            "warm": {"steps": 1},
            "rl": {"steps": None},
            "held_out": 0,
            "batch": 2,
            "prompts": 1,
            "bare": True,
        }
    )
    train(recipe, tmp_path, resume=True)
    assert json.loads((tmp_path / "recipe.json").read_text()) == recipe.to_json()
    assert not (tmp_path / "recipe.tmp").exists()


def test_demonstrations_longer_than_the_context_are_left_out_or_named(tmp_path: Path):
    options = {"split": "train", "topics": ["arithmetic"], "difficulty": 0.5}
    pool = EnvPool(SMALL.env, 32, seed=0, options=options)
    tokenizer = build_learner(SMALL, Stage(steps=1), pool, None).tokenizer
    episodes = demonstrate(pool, tokenizer, range(32), bare=False)
    lengths = sorted(len(e.prompt) + len(e.continuation) for e in episodes)
    middle = lengths[16]
    kept = fitting(episodes, middle)
    assert 1 <= len(kept) == sum(length <= middle for length in lengths) < 32
    with pytest.raises(OptionError, match=f"the shortest has {lengths[0]}"):
        fitting(episodes, lengths[0] - 1)
    short = SMALL.changed({"model": {**SMALL.model, "context": middle}})
    learner = build_learner(short, Stage(steps=1), pool, None)
    assert Imitation(pool, 32)(learner, 0.0)["tokens"] > 0
