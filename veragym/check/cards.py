"""The card of an environment: one page that says what it is and what was measured of it.

A card has two halves. What follows from the code (entry, spaces, an example episode) is written
afresh each time. What was measured (floor, exploit rate, oracle rate, difficulty curve, steps per
second) is a record, a dict of JSON types made by `measured`, so that a page can be written again
without measuring and does not change from machine to machine.

`page` puts both into blocks; `veragym.check.pages` writes blocks as Markdown and HTML.
"""

from __future__ import annotations

import inspect
import os
import platform
import time
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
from gymnasium.vector import VectorEnv

from veragym.check import policies
from veragym.check.conformance import Progress, check
from veragym.check.finding import Finding, Report
from veragym.check.games import card, game_of
from veragym.check.games.card import EXAMPLE_SEED, shown
from veragym.check.pages import Block, Chart, Code, Heading, Table, Text
from veragym.check.subject import Subject, subject_of
from veragym.check.transcript import Policy, play
from veragym.core.capabilities import capabilities_of, has
from veragym.core.errors import OptionError
from veragym.registry import Entry

EXAMPLE_STEPS = 8
TIMED_S = 1.0


def measured(
    target: str, *, mode: str = "standard", on_progress: Progress | None = None
) -> dict[str, Any]:
    """Checks an environment and keeps the numbers of its card.

    Args:
        target: an id, as `check` takes it.
        mode: how hard to look.
        on_progress: told of every step of the check.
    """
    report = check(target, mode=mode, on_progress=on_progress)
    game = game_of(target)
    speed = _speed(game or subject_of(target), game is not None)
    asked = {"checks": checks_of(report), "per_split": game is None}
    return {**numbers_of(report), **asked, "speed": speed}


def checks_of(report: Report) -> dict[str, list[str]]:
    """Each finding by name: how it came out, and its verdict."""
    states = {True: "pass", False: "fail", None: "-"}
    return {f.name: [states[f.passed], f.verdict] for f in report.findings}


def numbers_of(report: Report) -> dict[str, Any]:
    """What a card keeps of a report; equal for equal code, on any machine."""
    found = {finding.name: finding for finding in report.findings}
    return {
        "subject": report.subject,
        "mode": report.mode,
        "seeds": report.seeds,
        "passed": report.passed,
        "failures": [finding.name for finding in report.failures],
        "oracle": {
            name.removeprefix("oracle.solves-"): finding.verdict
            for name, finding in found.items()
            if name.startswith("oracle.solves-")
        },
        "floor": _kept(found.get("floors.bounded"), "floor", "agent", "agents", "tasks"),
        "exploits": _kept(found.get("decoys.exploits"), "rate", "exploits", "tasks", "paid"),
        "mutants": _kept(found.get("mutants.killed"), "declared", "undeclared"),
        "difficulty": _kept(found.get("difficulty.harder"), "rho", "margin", "curve"),
        "not_applicable": {f.name: f.verdict for f in report.findings if f.passed is None},
    }


def _kept(finding: Finding | None, *names: str) -> dict[str, Any] | None:
    if finding is None or not all(name in finding.evidence for name in names):
        return None
    return {name: finding.evidence[name] for name in names}


def _policy(env: gym.Env[Any, Any]) -> Policy:
    return policies.oracle() if has(env, "oracle") else policies.sampled(EXAMPLE_SEED)


def _speed(subject: Subject, game: bool) -> dict[str, Any]:
    """Steps per second of whole episodes, resets and policy included."""
    env = subject.make()
    agent = "random" if game else _agent(env)
    steps = seed = 0
    start = time.perf_counter()
    while time.perf_counter() - start < TIMED_S:
        if game:
            steps += len(card.played(env, seed, 1000).moves)
        else:
            steps += _steps(env, seed)
        seed += 1
    seconds = time.perf_counter() - start
    env.close()
    return {
        "steps_per_second": round(steps / seconds),
        "agent": agent,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
    }


def _steps(env: gym.Env[Any, Any], seed: int) -> int:
    """Plays one episode without writing it down, as an agent in training would."""
    policy = _policy(env)
    observation, _ = env.reset(seed=seed)
    for turn in range(1000):
        observation, _, terminated, truncated, _ = env.step(policy(env, observation, turn))
        if terminated or truncated:
            return turn + 1
    return 1000


def _agent(env: gym.Env[Any, Any]) -> str:
    return "oracle" if has(env, "oracle") else "random"


# -- what follows from the code --------------------------------------------------------------------


def described(target: str) -> dict[str, Any]:
    """What the code says of an environment: entry, spaces, capabilities, an example episode.

    Raises:
        gymnasium.error.NameNotFound: unknown id.
        OptionError: a target that cannot be used.
    """
    game = game_of(target)
    subject = game or subject_of(target)
    env = subject.make()
    if game is None and not isinstance(env, gym.Env):
        what = type(env).__name__
        many = "a batch of many environments" if isinstance(env, VectorEnv) else "no environment"
        raise OptionError(
            f"{subject.name} gives a {what}, which is {many}: a card describes one environment or "
            f"game; `veragym check {target}` is for anything else"
        )
    entry = subject.entry
    document = {
        "id": subject.name,
        "entry": entry,
        "summary": _summary(entry, env, game is not None),
        **(card.described(env, entry) if game else _of_env(env)),
    }
    env.close()
    return document


def _summary(entry: Entry | None, env: Any, game: bool) -> str:
    if entry is not None:
        return entry.summary
    if game:
        return card.summary(env)
    # Its own, not the one of the base class it inherits from.
    doc = inspect.cleandoc(type(env.unwrapped).__doc__ or "")
    paragraphs = [part for part in doc.split("\n\n") if part.strip() and not part.startswith("#")]
    return " ".join(paragraphs[0].split()) if paragraphs else ""


def _of_env(env: gym.Env[Any, Any]) -> dict[str, Any]:
    episode = play(env, _policy(env), seed=EXAMPLE_SEED, max_steps=EXAMPLE_STEPS)
    verdict = episode.verdict
    return {
        "observation_space": str(env.observation_space),
        "action_space": str(env.action_space),
        "capabilities": capabilities_of(env),
        "example": {
            "agent": _agent(env),
            "start": shown(episode.observations[0]),
            "turns": [
                f"> {shown(action)}\n{shown(seen)}".rstrip() + f"\n[reward {reward:g}]"
                for action, seen, reward in zip(
                    episode.actions, episode.observations[1:], episode.rewards
                )
            ],
            "ended": episode.ended,
            "verdict": None if verdict is None else f"{verdict.outcome.value}, {verdict.score:g}",
        },
    }


# -- the page --------------------------------------------------------------------------------------


def page(document: Mapping[str, Any], record: Mapping[str, Any] | None) -> list[Block]:
    """The blocks of a card.

    Args:
        document: what `described` gave.
        record: what `measured` gave, or None if nothing was measured.
    """
    return [
        Heading(1, document["id"]),
        Text(document["summary"]),
        *_facts(document),
        *_shown_example(document["example"]),
        *(_numbers(record) if record else [Text("Nothing has been measured yet.")]),
    ]


def _facts(document: Mapping[str, Any]) -> list[Block]:
    entry: Entry | None = document["entry"]
    rows = [
        ("observations", document["observation_space"]),
        ("actions", document["action_space"]),
        ("capabilities", ", ".join(document["capabilities"]) or "none"),
        *document.get("facts", ()),
    ]
    if entry is not None:
        rows = [
            ("family", entry.family),
            ("splits", ", ".join(entry.splits)),
            *((f"difficulty {level:g}", meaning) for level, meaning in entry.difficulty.items()),
            *rows,
            ("a step is", entry.cost),
            ("serves", ", ".join(entry.seeds) or "no published system"),
            ("made by", entry.entry_point),
        ]
    return [Table(("what", "value"), tuple(rows))]


def _shown_example(example: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = [
        Heading(2, "Example episode"),
        Text(f"Seed {EXAMPLE_SEED}, played by the {example['agent']} agent."),
        Code(example["start"]),
        *map(Code, example["turns"]),
    ]
    if example["verdict"] is not None:
        blocks.append(Text(f"Verdict: {example['verdict']}."))
    elif not example["ended"]:
        blocks.append(
            Text(f"The episode goes on; its first {len(example['turns'])} steps are shown.")
        )
    return blocks


def _numbers(record: Mapping[str, Any]) -> list[Block]:
    state = "passes" if record["passed"] else f"fails ({', '.join(record['failures'])})"
    rows: list[tuple[str, str]] = [
        (
            "conformance",
            f"{state} the {record['mode']} check, {record['seeds']} seeds"
            + (" per split" if record.get("per_split", "checks" not in record) else ""),
        ),
        *((f"oracle on {split}", verdict) for split, verdict in record["oracle"].items()),
    ]
    floor, exploits, mutants = (record.get(key) for key in ("floor", "exploits", "mutants"))
    if floor:
        rows.append(
            (
                "floor",
                f"{floor['floor']:g}: the best of {floor['agents']} agents that solve nothing "
                f"({floor['agent']}), {floor['tasks']} tasks",
            )
        )
    if exploits:
        rows.append(
            (
                "exploit rate",
                f"{exploits['rate']:g}: mean score of {exploits['exploits']} reward hacks on "
                f"{exploits['tasks']} tasks",
            )
        )
    for rates in mutants.values() if mutants else ():
        if rates["near_misses"]:
            rows.append(
                ("near misses rejected", f"{rates['kill_rate']:.2%} of {rates['near_misses']}")
            )
        if rates["rewritings"]:
            rows.append(
                (
                    "other right writings refused",
                    f"{rates['false_reject_rate']:.2%} of {rates['rewritings']}",
                )
            )
    speed = record.get("speed")
    if speed:
        rows.append(
            (
                "steps per second",
                f"{speed['steps_per_second']:,} ({speed['agent']} agent, resets included; "
                f"{speed['machine']})",
            )
        )
    # A game has no tasks to be graded; its card lists what was asked of it, and nothing else.
    rest = _difficulty(record) if record.get("per_split", "checks" not in record) else []
    rest += _checks(record) if "checks" in record else []
    return [Heading(2, "Measured"), Table(("what", "value"), tuple(rows)), *rest]


def _checks(record: Mapping[str, Any]) -> list[Block]:
    rows = tuple((name, state, verdict) for name, (state, verdict) in record["checks"].items())
    return [
        Heading(2, "Checks"),
        Text("What each witness found; - is a question that does not apply, with the reason."),
        Table(("check", "result", "finding"), rows),
    ]


def _difficulty(record: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = [Heading(2, "Difficulty")]
    curve = record.get("difficulty")
    if not curve:
        why = record["not_applicable"].get("difficulty.harder", "it was not measured")
        return [*blocks, Text(f"No curve: {why}.")]
    rows: Sequence[Mapping[str, Any]] = curve["curve"]
    names = list(rows[0]["solvers"])
    return [
        *blocks,
        Text(
            "Share of tasks that reference solvers of growing strength get right. A solver of "
            "k steps of d digits carries out at most k worked steps, while no number in them is "
            f"longer than d digits. Rank correlation between knob and failures: "
            f"{curve['rho']:+.2f} ± {curve['margin']:.2f}."
        ),
        Table(
            ("solver", *(f"{row['difficulty']:g}" for row in rows)),
            (
                *((name, *(f"{row['solvers'][name]:.2f}" for row in rows)) for name in names),
                ("mean", *(f"{row['mean']:.2f}" for row in rows)),
            ),
        ),
        Chart(
            "mean pass rate of the solvers over difficulty",
            tuple((float(row["difficulty"]), float(row["mean"])) for row in rows),
        ),
    ]
