"""What a user can mend at once is one sentence with status 2; names get the nearest ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from typer.testing import CliRunner

import veragym
from veragym.check import check
from veragym.check.finding import bad
from veragym.cli import app
from veragym.registry import unknown_id

MODULE = """
import gymnasium as gym

class Sized(gym.Env):
    observation_space = action_space = gym.spaces.Discrete(2)

    def __init__(self, size):
        self.size = size

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return 0, {}

    def step(self, action):
        self.steps += 1
        return 0, 0.0, self.steps >= self.size, False, {}

class Hanging(Sized):
    def __init__(self):
        super().__init__(3)

    def step(self, action):
        while True:
            pass
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pal_sized.py").write_text(MODULE)
    (tmp_path / "pal_broken.py").write_text("x = (\n")
    return tmp_path


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stderr.strip()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("check", "pal_sized:Sized"), "add --set size=VALUE"),
        (("check", "pal_sized:Sized", "--set", "nope=1", "--set", "size=2"), "no argument 'nope'"),
        (("check", "pal_sized:Size"), "has no Size; it has Sized"),
        (("check", "pal_sized.Sized"), "pal_sized:Sized"),
        (("check", "pal_broken:X"), "SyntaxError"),
        (("check", "CartPole-v1", "--witness", "leak", "--mode", "quick"), "asks applies to"),
        (("check", "CartPole-v1", "--witness", "api.episodes"), "name the witness, api"),
        (("check", "veragym.verifiers:MathVerifier", "--tasks", "no.jsonl"), "no file 'no.jsonl'"),
        (("card", "veragym.verifiers:MathVerifier"), "no environment"),
        (("card", "pal_sized:Sized"), "add --set size=VALUE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_call_that_can_be_mended_is_answered_in_one_sentence(
    arguments: tuple[str, ...], sentence: str, folder: Path
) -> None:
    status, text = said(*arguments)
    assert status == 2
    assert sentence in text
    assert "Traceback" not in text
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Cartpole-v1", "CartPole-v1"),
        ("CartPole-v9", "v1"),
        ("Taxi-v3", "Taxi-v4"),
        ("pettingzoo.classic.tictactoe_v9", "pettingzoo.classic.tictactoe_v3"),
        ("pursuit_v1", "pettingzoo.sisl.pursuit_v"),
        ("MathRLRV-v0", "Nearest: MathRLVR-v0"),
    ],
)
def test_a_name_that_is_nearly_right_is_told_the_right_one(name: str, hint: str) -> None:
    text = unknown_id(name)
    assert hint in text
    near = text.partition("Nearest: ")[2].partition(". `")[0].split(", ")
    assert len(near) == len(set(near))


def test_witnesses_may_be_given_with_commas(folder: Path) -> None:
    result = CliRunner().invoke(
        app, ["check", "pal_sized:Sized", "--set", "size=2", "--witness", "seeding,reads",
              "--mode", "quick", "--json"],
    )  # fmt: skip
    report = json.loads(result.stdout)
    assert {f["name"].partition(".")[0] for f in report["findings"]} == {"seeding", "reads"}
    assert report["veragym"] == veragym.__version__


def test_evidence_holds_actions_that_can_be_made_again() -> None:
    finding = bad(
        "x", "\x1b[31mred\x1b[0m", "", actions=[np.int64(1), np.array([0.5, 2.0], np.float32)]
    )
    assert finding.evidence["actions"] == [1, [0.5, 2.0]]
    assert finding.verdict == "red"
    env = gym.make("CartPole-v1")
    env.reset(seed=0)
    env.step(finding.evidence["actions"][0])


def test_a_hang_shows_where_it_was(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.syspath_prepend(str(folder))
    report = check("pal_sized:Hanging", mode="quick", witnesses=["api"], limit_s=1.5)
    (finding,) = report.failures
    assert finding.name == "api.completes"
    assert "hangs" in finding.verdict
    assert 'pal_sized.py", line' in finding.evidence["traceback"]
    assert "in step" in finding.evidence["traceback"]


def test_what_a_verifier_is_not_asked_is_said(monkeypatch: Any) -> None:
    from veragym.core import Draft
    from veragym.verifiers import MathVerifier

    rows = [
        (Draft(f"n{n}", "?", {"form": {"kind": "integer"}}, {"answer": str(n)}), str(n))
        for n in (12, 305)
    ]
    report = check(MathVerifier(), tasks=rows, mode="quick")
    states = {finding.name: finding.passed for finding in report.findings}
    assert states["floors.applies"] is None
    assert states["splits.applies"] is None
    assert states["difficulty.applies"] is None
