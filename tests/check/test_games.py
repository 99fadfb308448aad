"""Games of several players: faults are found for the right reason, sound games pass."""

from __future__ import annotations

import importlib.util
import tempfile
import time
from pathlib import Path
from typing import Any

import planted_board
import planted_cards
import planted_games
import planted_parallel
import pytest
from pettingzoo.utils.conversions import aec_to_parallel

from veragym.check import check
from veragym.check.games import GAME_WITNESSES, game_of
from veragym.check.games.table import AecTable, legal, play
from veragym.core.errors import OptionError

SEEDS = 12
STOCK = (
    "pettingzoo.classic.tictactoe_v3",
    "pettingzoo.classic.connect_four_v3",
    "pettingzoo.classic.rps_v2",
    "pettingzoo.classic.leduc_holdem_v4",
    "pettingzoo.classic.texas_holdem_v4",
    "mpe2.simple_spread_v3",
)


def names(report: Any) -> set[str]:
    return {finding.name for finding in report.failures}


@pytest.mark.parametrize("game", planted_games.SOUND, ids=lambda g: g.__name__)
def test_a_sound_game_passes_every_witness(game: Any) -> None:
    report = check(game, seeds=SEEDS)
    assert report.failures == ()
    assert {f.name.partition(".")[0] for f in report.findings} == {w.name for w in GAME_WITNESSES}


@pytest.mark.parametrize("module", STOCK)
def test_stock_games_pass(module: str) -> None:
    family = "rlcard" if "holdem" in module else "mpe2" if "mpe2" in module else "pygame"
    if importlib.util.find_spec(family) is None or importlib.util.find_spec("pygame") is None:
        pytest.skip(f"{module} needs {family}, which is not installed")
    assert check(module, seeds=4).failures == ()


@pytest.mark.parametrize(
    ("game", "reason"), planted_games.FAULTS.items(), ids=lambda x: getattr(x, "__name__", x)
)
def test_a_planted_fault_in_a_game_is_rejected_for_the_right_reason(
    game: Any, reason: str, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # one of them leaves files there
    limit = 1.5 if game is planted_cards.KuhnHangs else 60.0
    report = check(game, seeds=SEEDS, witnesses=[reason.partition(".")[0]], limit_s=limit)
    assert reason in names(report)
    culprit = next(finding for finding in report.failures if finding.name == reason)
    assert culprit.verdict
    assert culprit.fix
    assert culprit.evidence


def test_evidence_leads_back_to_the_fault() -> None:
    report = check(planted_cards.KuhnFlipped, seeds=SEEDS, witnesses=["fairness"])
    (finding,) = report.failures
    game = planted_cards.KuhnFlipped()
    game.reset(seed=finding.evidence["seed"])
    cards = dict(game.cards)
    for moves in finding.evidence["moves"][:3]:
        game.step(moves[game.agent_selection])
    assert game.history == "pbb"
    assert game.rewards[max(cards, key=lambda a: cards[a])] == -2.0


class _Undeclared(planted_board.TicTacToe):
    metadata = {"name": "undeclared"}


class _HouseUndeclared(planted_cards.KuhnHouse):
    metadata = {"name": "undeclared"}


def test_a_sum_that_nobody_declared_is_reported_and_convicts_nobody() -> None:
    for game, said in (
        (_Undeclared, "in all 12 episodes the payments add up to 0;"),
        (_HouseUndeclared, "of 12 episodes the payments add up to 0 and with seed"),
    ):
        report = check(game, seeds=SEEDS, witnesses=["fairness"])
        assert report.failures == ()
        (finding,) = (f for f in report.findings if f.name == "fairness.sum")
        assert finding.passed is None
        assert said in finding.verdict
        assert 'metadata["zero_sum"]' in finding.verdict


def test_returns_are_what_the_players_were_handed() -> None:
    game = planted_cards.Kuhn()
    for seed in range(20):
        record = play(AecTable(game), legal(seed), seed=seed)
        assert record.ended
        assert record.returns() == game.returns()
        assert record.returns() == planted_cards.kuhn_referee(
            play(AecTable(game), legal(seed), seed=seed, everyone=True)
        )


def test_the_same_seed_gives_the_same_lines_and_looking_on_does_not_change_the_moves() -> None:
    games = [planted_cards.Kuhn() for _ in range(3)]
    one, two = (play(AecTable(g), legal(5), seed=5) for g in games[:2])
    onlookers = play(AecTable(games[2]), legal(5), seed=5, everyone=True)
    assert one.lines == two.lines
    assert one.moves == onlookers.moves
    assert len(onlookers.lines[0]) > len(one.lines[0])


def test_a_game_can_be_named_made_or_handed_over(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "two_forms.py").write_text(
        "from planted_parallel import Pennies as env\n"
        "from pettingzoo.utils.conversions import aec_to_parallel\n"
        "def parallel_env(**options):\n"
        "    return aec_to_parallel(env(**options))\n"
        "table = env()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    for target in (
        "two_forms",
        "two_forms:parallel_env",
        "two_forms:table",
        "planted_cards:Kuhn",
        lambda **options: planted_cards.Kuhn(**options),
        planted_parallel.Corridor(),
        aec_to_parallel(planted_parallel.Pennies()),
    ):
        report = check(target, seeds=4, witnesses=["episodes", "determinism"])
        assert report.failures == (), target
        assert report.passed
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "__init__.py").write_text("")
    (tmp_path / "shelf" / "pennies.py").write_text((tmp_path / "two_forms.py").read_text())
    report = check("shelf.pennies", seeds=4, witnesses=["forms", "determinism"])
    assert report.failures == ()
    assert "parallel_env" in next(f.verdict for f in report.findings if f.name == "forms.same")
    assert next(f for f in report.findings if f.name == "determinism.other-process").passed


def test_two_forms_that_differ_are_told_apart(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "split.py").write_text(
        "from planted_parallel import Pennies as env, PenniesFavourite\n"
        "from pettingzoo.utils.conversions import aec_to_parallel\n"
        "def parallel_env(**options):\n"
        "    return aec_to_parallel(PenniesFavourite(**options))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert names(check("shop.split", seeds=SEEDS, witnesses=["forms"])) == {"forms.same"}


def test_what_is_not_a_game_is_left_to_the_other_witnesses() -> None:
    import gymnasium as gym

    for target in ("CartPole-v1", "veragym:MathRLVR-v0", "no.such.module", gym.Env, dict, 3):
        assert game_of(target) is None
    assert game_of(lambda: gym.make("CartPole-v1")) is None


def test_a_missing_extra_is_named_with_its_remedy(monkeypatch: Any) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pygame", None)
    for name in [n for n in sys.modules if n.startswith("pettingzoo.classic")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(OptionError, match=r'pip install "pettingzoo\[classic\]"'):
        check("pettingzoo.classic.tictactoe_v3")


def test_a_quick_check_of_a_small_game_takes_two_seconds_at_most() -> None:
    start = time.process_time()
    report = check(planted_board.TicTacToe, mode="quick", isolate=False)
    assert report.passed
    assert time.process_time() - start < 2.0
