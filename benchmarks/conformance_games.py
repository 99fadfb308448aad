"""How many faulty games each checker rejects, and how many sound ones.

Run `python benchmarks/conformance_games.py [--seeds 12]`. The games are those of
`tests/check/planted_games.py`, by family, each with one fault, and sound ones: those the faults
were planted in and what PettingZoo ships (as far as its extras are installed). The other side is
PettingZoo's own: `api_test` and `seed_test`, or `parallel_api_test` and `parallel_seed_test`. A
checker rejects a game when it raises, or when it does not come back in time; a warning is no
rejection, but is counted beside. Ours has to give the reason each fault was planted for.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from measure import record
from pettingzoo import AECEnv
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

from veragym.check import check
from veragym.check.finding import Finding, ok
from veragym.check.games import game_of
from veragym.check.isolation import Failure, isolated

sys.path.append(str(Path(__file__).parent.parent / "tests" / "check"))
import planted_cards
import planted_games

LIMIT_S = 30.0
CYCLES = 200
STOCK = (
    "pettingzoo.classic.tictactoe_v3",
    "pettingzoo.classic.connect_four_v3",
    "pettingzoo.classic.rps_v2",
    "pettingzoo.classic.leduc_holdem_v4",
    "pettingzoo.classic.texas_holdem_v4",
    "pettingzoo.classic.texas_holdem_no_limit_v6",
    "mpe2.simple_spread_v3",
    "mpe2.simple_tag_v3",
    "mpe2.simple_speaker_listener_v4",
)
NEEDS = {"pettingzoo.classic": "pygame", "mpe2": "mpe2"}


def sound_games() -> Iterator[Any]:
    """The planted games' sound ancestors, and what is installed of PettingZoo's."""
    yield from planted_games.SOUND
    for module in STOCK:
        needed = next(name for prefix, name in NEEDS.items() if module.startswith(prefix))
        rlcard = "holdem" in module and importlib.util.find_spec("rlcard") is None
        if importlib.util.find_spec(needed) is not None and not rlcard:
            yield module


def own_tests(make: Callable[[], Any], name: str, limit: float) -> tuple[bool, int]:
    """Whether one of PettingZoo's tests rejects a game, and how often it warned.

    Args:
        make: gives a new game.
        name: `api` or `seed`.
        limit: wall seconds until it is taken to hang.
    """

    def work() -> Iterator[Finding]:
        aec = isinstance(make(), AECEnv)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with contextlib.redirect_stdout(io.StringIO()):
                if name == "api":
                    (api_test if aec else parallel_api_test)(make(), num_cycles=CYCLES)
                else:
                    (seed_test if aec else parallel_seed_test)(make, num_cycles=CYCLES)
        yield ok("passed", "", warnings=len(caught))

    with contextlib.closing(isolated(work, limit)) as messages:
        heard = list(messages)
    warned = sum(m.evidence["warnings"] for m in heard if isinstance(m, Finding))
    return any(isinstance(m, Failure) for m in heard), warned


def judged(game: Any, seeds: int) -> dict[str, Any]:
    """What every checker says of one game."""
    subject = game_of(game)
    assert subject is not None
    start = time.perf_counter()
    limit = 3.0 if game is planted_cards.KuhnHangs else LIMIT_S
    report = check(game, seeds=seeds, limit_s=limit)
    took = time.perf_counter() - start
    api, warned = own_tests(subject.make, "api", limit)
    seeded, _ = own_tests(subject.make, "seed", limit)
    return {
        "game": subject.name,
        "veragym": not report.passed,
        "findings": [finding.name for finding in report.failures],
        "seconds": round(took, 2),
        "api_test": api,
        "api_test_warnings": warned,
        "seed_test": seeded,
        "reason": planted_games.FAULTS.get(game, ""),
    }


def main() -> None:
    """Judges all games and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12, help="seeds per witness (default 12)")
    seeds = parser.parse_args().seeds
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder  # one of them leaves files there
        faulty = [judged(game, seeds) for game in planted_games.FAULTS]
        tempfile.tempdir = None
    sound = [judged(game, seeds) for game in sound_games()]
    right = sum(row["reason"] in row["findings"] for row in faulty)

    def share(rows: list[dict[str, Any]], *names: str) -> int:
        return sum(any(row[name] for name in names) for row in rows)

    table = {
        "veragym check": ("veragym",),
        "pettingzoo api_test": ("api_test",),
        "pettingzoo seed_test": ("seed_test",),
        "both of pettingzoo's": ("api_test", "seed_test"),
    }
    lines = [
        f"Each faulty game has one fault; PettingZoo's tests ran {CYCLES} cycles, its parallel "
        "tests where the game is a Parallel one. Who wrote the check planted the faults.",
        "",
        f"| checker | faulty games rejected, of {len(faulty)} | sound games rejected, of "
        f"{len(sound)} |",
        "|---|--:|--:|",
        *(
            f"| {name} | {share(faulty, *keys)} ({share(faulty, *keys) / len(faulty):.0%}) "
            f"| {share(sound, *keys)} |"
            for name, keys in table.items()
        ),
        "",
        f"`veragym check` named the planted reason {right} times of {len(faulty)}; the median "
        f"sound game took {statistics.median(r['seconds'] for r in sound):.1f} s of wall time with "
        f"{seeds} seeds.",
        "",
        "| faulty game | planted for | veragym check | api_test | seed_test |",
        "|---|---|---|---|---|",
        *(_row(row, row["game"], row["reason"]) for row in faulty),
        "",
        "| sound game | seconds | veragym check | api_test | seed_test |",
        "|---|---|---|---|---|",
        *(_row(row, row["game"], str(row["seconds"])) for row in sound),
    ]
    record(
        "conformance_games",
        "Faulty and sound games: who rejects what",
        {"seeds": seeds, "cycles": CYCLES, "faulty": faulty, "sound": sound},
        "\n".join(lines),
    )


def _row(row: dict[str, Any], *first: str) -> str:
    said = ["rejects" if row[name] else "passes" for name in ("api_test", "seed_test")]
    return f"| {' | '.join([*first, ', '.join(row['findings']) or 'passes', *said])} |"


if __name__ == "__main__":
    main()
