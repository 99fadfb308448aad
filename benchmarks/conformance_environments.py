"""How many faulty environments each checker rejects, and how many sound ones.

Run `python benchmarks/conformance_environments.py [--seeds 12]`. The environments are those of
`tests/check/planted*.py`, each with one fault: questions and answers, grids, an environment with
tools, vaults with a secret, masks over composite actions, and batches; sound are those the faults
were planted in and Gymnasium's own. The other side
are the `check_env` functions of Gymnasium and of Stable-Baselines3; for batches there is no such
function. A checker rejects an environment when it raises, or when it does not come back in time; a
warning is no rejection.

Of `veragym check`, the witness that a fault was planted for is heard on the faulty ones (whoever is
rejected by one witness is rejected by the check), and every witness on the sound ones.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
from gymnasium.utils.env_checker import check_env
from measure import record
from stable_baselines3.common.env_checker import check_env as check_env_sb3

from veragym.check import check
from veragym.check.finding import Finding, ok
from veragym.check.isolation import Failure, isolated

sys.path.append(str(Path(__file__).parent.parent / "tests" / "check"))
import planted
import planted_batches
import planted_grid
import planted_leaks
import planted_masks
import planted_tools

LIMIT_S = 60.0
FAMILIES: dict[str, Any] = {
    "text": planted,
    "grid": planted_grid,
    "tools": planted_tools,
    "vaults": planted_leaks,
    "masks": planted_masks,
    "batch": planted_batches,
}
STOCK = (
    "CartPole-v1",
    "MountainCar-v0",
    "MountainCarContinuous-v0",
    "Pendulum-v1",
    "Acrobot-v1",
    "FrozenLake-v1",
    "FrozenLake8x8-v1",
    "CliffWalking-v1",
    "Taxi-v4",
    "Blackjack-v1",
)
OTHERS = ("gymnasium", "stable_baselines3")


def made(target: Any) -> Callable[[], Any]:
    """How an environment is made for the other checkers: without Gymnasium's wrappers."""
    if isinstance(target, str):
        return lambda: gym.make(target).unwrapped
    return lambda: target()


def rejected_by(name: str, make: Callable[[], Any]) -> bool:
    """Whether one of the other checkers rejects an environment."""

    def work() -> Iterator[Finding]:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            if name == "gymnasium":
                check_env(make(), skip_render_check=True)
            else:
                check_env_sb3(make(), skip_render_check=True)
        yield ok("passed", "")

    with contextlib.closing(isolated(work, LIMIT_S)) as messages:
        return any(isinstance(message, Failure) for message in list(messages))


def judged(target: Any, family: str, reason: str, seeds: int) -> dict[str, Any]:
    """What every checker says of one environment."""
    start = time.perf_counter()
    heard = [reason.partition(".")[0]] if reason else None
    report = check(target, seeds=seeds, limit_s=LIMIT_S, witnesses=heard)
    row: dict[str, Any] = {
        "environment": report.subject,
        "family": family,
        "reason": reason,
        "veragym": not report.passed,
        "findings": [finding.name for finding in report.failures],
        "seconds": round(time.perf_counter() - start, 2),
    }
    for name in OTHERS:
        row[name] = None if family == "batch" else rejected_by(name, made(target))
    return row


def main() -> None:
    """Judges all environments and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12, help="seeds per witness (default 12)")
    seeds = parser.parse_args().seeds
    faulty = [
        judged(target, family, reason, seeds)
        for family, module in FAMILIES.items()
        for target, reason in module.FAULTS.items()
    ]
    sound = [
        judged(target, family, "", seeds)
        for family, module in FAMILIES.items()
        for target in module.SOUND
    ] + [judged(env_id, "gymnasium's own", "", seeds) for env_id in STOCK]
    right = sum(row["reason"] in row["findings"] for row in faulty)
    lines = [
        "Each faulty environment has one fault. Who wrote the check planted the faults. The other "
        "checkers do not judge batches, which count as passed there. SB3's rejects nearly "
        "every environment over text, faulty or sound, because it knows no such space.",
        "",
        "| family | faulty | `veragym check` | gymnasium `check_env` | SB3 `check_env` |",
        "|---|--:|--:|--:|--:|",
        *(_family(name, [r for r in faulty if r["family"] == name]) for name in FAMILIES),
        _family("all", faulty),
        "",
        "| sound | environments | `veragym check` | gymnasium `check_env` | SB3 `check_env` |",
        "|---|--:|--:|--:|--:|",
        *(
            _family(name, [r for r in sound if r["family"] == name])
            for name in [*FAMILIES, "gymnasium's own"]
        ),
        _family("all", sound),
        "",
        f"`veragym check` named the planted reason {right} times of {len(faulty)}; the median "
        f"sound environment took {statistics.median(r['seconds'] for r in sound):.1f} s of wall "
        f"time with {seeds} seeds.",
        "",
        "| faulty environment | planted for | veragym check | gymnasium | SB3 |",
        "|---|---|---|---|---|",
        *(_row(row) for row in faulty),
        "",
        "| sound environment | seconds | veragym check | gymnasium | SB3 |",
        "|---|---|---|---|---|",
        *(_row(row) for row in sound),
    ]
    record(
        "conformance_environments",
        "Faulty and sound environments: who rejects what",
        {"seeds": seeds, "faulty": faulty, "sound": sound},
        "\n".join(lines),
    )


def _family(name: str, rows: list[dict[str, Any]]) -> str:
    counts = [sum(bool(row[who]) for row in rows) for who in ("veragym", *OTHERS)]
    return f"| {name} | {len(rows)} | {' | '.join(map(str, counts))} |"


def _row(row: dict[str, Any]) -> str:
    said = {True: "rejects", False: "passes", None: "-"}
    first = row["reason"] or str(row["seconds"])
    found = ", ".join(row["findings"]) or "passes"
    others = " | ".join(said[row[name]] for name in OTHERS)
    return f"| {row['environment']} | {first} | {found} | {others} |"


if __name__ == "__main__":
    main()
