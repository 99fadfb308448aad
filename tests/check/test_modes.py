"""Modes of the check, and its use as pytest parametrisation by other projects."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import planted
import pytest
from typer.testing import CliRunner

from veragym.check import check, conformance
from veragym.check.modes import MODES
from veragym.cli import app
from veragym.core import Draft
from veragym.core.errors import OptionError

pytest_plugins = ["pytester"]

HERE = Path(__file__).parent


def test_a_mode_sets_the_seeds_and_they_can_be_overridden() -> None:
    quick = check(planted.Sums, mode="quick", witnesses=["oracle"])
    assert (quick.mode, quick.seeds) == ("quick", MODES["quick"].seeds)
    assert "4 of 4 seeds" in quick.findings[0].verdict
    own = check(planted.Sums, mode="quick", seeds=7, witnesses=["oracle"])
    assert own.to_json()["seeds"] == 7
    assert own.to_json()["mode"] == "quick"


def test_an_unknown_mode_names_the_known_ones() -> None:
    with pytest.raises(OptionError, match=r"quick, standard, thorough; got 'fast'"):
        check(planted.Sums, mode="fast")


def test_modes_look_harder_in_their_order() -> None:
    sizes = [(mode.seeds, mode.scouting, mode.limit_s) for mode in MODES.values()]
    assert list(MODES) == ["quick", "standard", "thorough"]
    assert sizes == sorted(sizes)
    assert MODES["thorough"].seeds >= 1000  # the oracle's bar for a registered environment


@pytest.mark.parametrize("target", [planted.Sums, "CartPole-v1"])
def test_a_quick_check_of_a_cheap_environment_takes_seconds(target: object) -> None:
    start = time.perf_counter()
    assert check(target, mode="quick").failures == ()
    # Less than 2 s on an idle machine; the rest is for busy ones.
    assert time.perf_counter() - start < 10


GOOD = """
import planted
from veragym.check import conformance

@conformance.cases(planted.Sums, mode="quick")
def test_sums(case):
    assert case.prove().passed

@conformance.cases("CartPole-v1", mode="quick", witnesses=["api", "oracle"])
def test_cart(case):
    case.prove()
"""

VERIFIER = """
from veragym.check import conformance
from veragym.verifiers import MathVerifier
from veragym.core import Draft

TASKS = [(Draft("1/2", "?", {"form": {"kind": "rational"}}, {"answer": "1/2"}), "1/2")]

@conformance.cases(MathVerifier(), tasks=TASKS, mode="quick")
def test_verifier(case):
    case.prove()
"""

BAD = """
import planted
from veragym.check import conformance

@conformance.cases(planted.SecretInReason, mode="quick", witnesses=["oracle", "leak"])
def test_it(case):
    case.prove()
"""


def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, code: str) -> pytest.RunResult:
    monkeypatch.syspath_prepend(str(HERE))
    pytester.makepyfile(code)
    return pytester.runpytest_inprocess("-v", "-rs", "-p", "no:cacheprovider")


def test_another_project_gets_one_test_per_witness(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(pytester, monkeypatch, GOOD)
    outcomes = result.parseoutcomes()
    assert outcomes.get("failed", 0) == 0
    assert outcomes["skipped"] >= 1
    result.stdout.fnmatch_lines(
        ["*test_sums?oracle? PASSED*", "*test_sums?leak? PASSED*", "*test_cart?api? PASSED*"]
    )
    # What does not apply is skipped and says why.
    result.stdout.fnmatch_lines(["*test_cart?oracle? SKIPPED*", "*not a TaskEnv*"])


A_GAME = "pettingzoo.test.example_envs.generated_agents_env_v0"


def test_games_and_verifiers_have_witnesses_of_their_own(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(pytester, monkeypatch, VERIFIER)
    assert result.parseoutcomes().get("failed", 0) == 0
    result.stdout.fnmatch_lines(["*test_verifier?mutants? PASSED*"])
    game = set(conformance.witnesses_of(A_GAME))
    assert {"masks", "fairness"} <= game
    assert game != set(conformance.witnesses_of("CartPole-v1"))


def test_a_failing_witness_fails_its_own_test_with_evidence_and_remedy(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(pytester, monkeypatch, BAD)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*leak.secret-permuted: *", "*  seed: *", "*  to mend it: *"])


# -- the command -----------------------------------------------------------------------------------


def test_the_command_takes_a_mode_and_reports_it() -> None:
    quick = CliRunner().invoke(
        app, ["check", "CartPole-v1", "--mode", "quick", "--witness", "api", "--json"]
    )
    assert quick.exit_code == 0
    assert quick.stderr == ""  # no progress where standard error is no terminal
    report = json.loads(quick.stdout)
    assert (report["mode"], report["seeds"], report["passed"]) == ("quick", 4, True)
    wrong = CliRunner().invoke(app, ["check", "CartPole-v1", "--mode", "fast"])
    assert wrong.exit_code == 2
    assert "quick, standard, thorough" in wrong.stderr


class LowFloor(planted.Sums):
    """One task in sixteen has the answer 1000: allowed, and by luck more often among few."""

    class generator_class(planted.SumTasks):
        def sample(self, rng: Any, level: float) -> Draft:
            draft = super().sample(rng, level)
            if rng.integers(0, 16) == 0:
                a = draft.secret["terms"][0]
                terms = [a, 1000 - a]
                draft.content = f"sum:{a},{1000 - a}"
                draft.prompt = f"What is {a} + {1000 - a}?"
                draft.secret = {"answer": "1000", "terms": terms}
            return draft


def test_a_floor_that_only_looks_high_on_few_tasks_is_measured_on_more() -> None:
    report = check(LowFloor, mode="quick", witnesses=["floors"])
    assert report.failures == ()
    # Without the second look, the verdict is what the first 48 tasks happen to give.
    (found,) = report.findings
    assert 0.0 < found.evidence["floor"] <= 0.1
    high = check(LowFloor, mode="quick", witnesses=["floors"], floor=0.01)
    assert names(high) == {"floors.bounded"}
    assert high.failures[0].evidence["tasks"] >= 200


def names(report: Any) -> set[str]:
    return {finding.name for finding in report.failures}
