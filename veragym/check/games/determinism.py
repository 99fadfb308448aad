"""The same seed and moves give the same bytes: again, elsewhere, among others, later."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from veragym.check.clock import shifted
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.games.elsewhere import perform, transcripts
from veragym.check.games.table import choose, legal, play, sit, table_of
from veragym.check.network import connections
from veragym.check.sameness import (
    global_state,
    offline,
    repeated,
    same_bytes,
    same_elsewhere,
    touched,
    untouched,
)
from veragym.check.subject import Plan, Subject

EPISODES = 12
TURNS = 200
HASH_SEEDS = (1, 4)
FEW = 12
"""With fewer seeds than this, one other process is asked instead of all."""
AGAIN = 3
"""Episodes that are first played again in new games."""
THREADS = 4
CROWD = 64
"""Games played in turn, at most."""
SEED_FIX = "let reset(seed=...) set everything the episode depends on, and leave nothing behind"


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Plays the same games over and over, each time with something changed that must not matter."""
    seeds = range(min(plan.seeds, EPISODES))
    turns = min(plan.max_steps, TURNS)
    before = global_state()
    with connections() as addresses:
        reference = [perform(table_of(subject.make()), seed, turns) for seed in seeds]
    yield untouched(
        touched(before),
        "draw from a generator of the game's own, made in reset(seed=...)",
        seeds=list(seeds),
    )
    yield offline(addresses)
    yield _repeats(subject, seeds, reference, turns)
    yield _ignores_global_rng(subject, seeds, reference, turns)
    yield _interleaved(subject, seeds, reference, turns, min(plan.seeds, CROWD))
    yield _threads(subject, seeds, reference, turns)
    with shifted():
        other = [perform(table_of(subject.make()), seed, turns) for seed in seeds]
    yield same_bytes(
        "clock-unread", "let nothing depend on the date or the time",
        "when the clock shows another time", _recipes(seeds), reference, other,
    )  # fmt: skip
    yield _seed_matters(subject, plan, turns)
    yield _elsewhere(subject, seeds, reference, turns, plan)


def repeats_anew(subject: Subject, plan: Plan) -> Finding | None:
    """What is wrong if a new game does not play the same, for `veragym.check.steadiness`."""
    seeds, turns = range(min(plan.seeds, AGAIN)), min(plan.max_steps, TURNS)
    one, two = ([perform(table_of(subject.make()), s, turns) for s in seeds] for _ in range(2))
    return repeated(_recipes(seeds), one, two)


def _recipes(seeds: Sequence[int]) -> list[dict[str, Any]]:
    """How to see the episode of each seed again."""
    return [
        {"seed": seed, "moves": f"random legal moves, veragym.check.games.table.legal({seed})"}
        for seed in seeds
    ]


def _repeats(
    subject: Subject, seeds: Sequence[int], reference: list[list[str]], turns: int
) -> Finding:
    """In new games; then one game for everything, backwards, left in the middle of an episode."""
    again = [perform(table_of(subject.make()), seed, turns) for seed in seeds[:AGAIN]]
    new = repeated(_recipes(seeds), reference, again)
    if new is not None:
        return new
    table = table_of(subject.make())
    other = []
    for seed in reversed(seeds):
        play(table, legal(seed + 5), seed=seed + 100, max_turns=3)
        other.append(perform(table, seed, turns))
    return same_bytes(
        "repeats",
        SEED_FIX,
        "when the game was played before",
        _recipes(seeds),
        reference,
        other[::-1],
    )


def _ignores_global_rng(
    subject: Subject, seeds: Sequence[int], reference: list[list[str]], turns: int
) -> Finding:
    other = []
    for i, seed in enumerate(seeds):
        random.seed(i)
        np.random.seed(i)  # noqa: NPY002 - to see that it does not matter
        other.append(perform(table_of(subject.make()), seed, turns))
    return same_bytes(
        "global-rng-unread",
        "draw from a generator of the game's own, made in reset(seed=...)",
        "when the global random generators are seeded differently",
        _recipes(seeds),
        reference,
        other,
    )


def _interleaved(
    subject: Subject, seeds: Sequence[int], reference: list[list[str]], turns: int, size: int
) -> Finding:
    """All games at once, a turn of each; several of the same seed where there are many."""
    crowd = [seed for seed in seeds for _ in range(max(1, size // len(seeds)))]
    running = [_one_by_one(subject, seed, turns) for seed in crowd]
    other: list[list[str]] = [[] for _ in crowd]
    waiting = set(range(len(running)))
    while waiting:
        for i in sorted(waiting):
            text = next(running[i], None)
            if text is None:
                waiting.discard(i)
            else:
                other[i].append(text)
    # The reference also holds the start of the following episode, which is not played here.
    own = [reference[seeds.index(seed)][: len(two)] for seed, two in zip(crowd, other)]
    return same_bytes(
        "interleaved",
        "keep state in the instance: class attributes and module globals are shared",
        f"with {len(crowd)} games played in turn",
        _recipes(crowd),
        own,
        other,
    )


def _one_by_one(subject: Subject, seed: int, turns: int) -> Iterator[str]:
    """`play`, one line at a time."""
    table, policy = table_of(subject.make()), legal(seed)
    table.reset(seed)
    turn, text = sit(table, {}, True)
    yield text
    for _ in range(turns):
        if not turn.actors:
            return
        moves = choose(table, turn, policy)
        table.act(moves)
        turn, text = sit(table, moves, True)
        yield text


def _threads(
    subject: Subject, seeds: Sequence[int], reference: list[list[str]], turns: int
) -> Finding:
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            other = list(pool.map(lambda s: perform(table_of(subject.make()), s, turns), seeds))
    except Exception as error:  # noqa: BLE001 - whatever it cannot do in a thread is the finding
        return bad(
            "threads",
            f"an episode in a thread raises {type(error).__name__}: {error}"[:300],
            "use nothing that works in the main thread only, such as signal.alarm",
            seeds=list(seeds),
        )
    return same_bytes(
        "threads", "keep state in the instance; set no process-wide options",
        f"in {THREADS} threads", _recipes(seeds), reference, other,
    )  # fmt: skip


def _seed_matters(subject: Subject, plan: Plan, turns: int) -> Finding:
    """A game that deals differently each time without a seed deals differently for each seed."""
    count = max(4, min(plan.seeds, EPISODES))
    table = table_of(subject.make())
    policy = 0
    seeded = {
        _shape(play(table, legal(policy), seed=s, max_turns=turns).lines) for s in range(count)
    }
    table.reset(seed=0)
    drawn = [_shape(play(table, legal(policy), max_turns=turns).lines) for _ in range(count)]
    if len(seeded) == 1 and len(set(drawn)) > 1:
        return bad(
            "seed-matters",
            f"seeds 0 to {count - 1} give the same episode, while reset() without a seed does not",
            "make the game's generator from the seed that reset is given",
            seeds=list(range(count)),
        )
    if len(seeded) == count and len(set(drawn)) == 1:
        return bad(
            "stream",
            f"reset() without a seed gave the same episode {count} times, while seeds matter",
            "draw a new deal when reset() is called without a seed",
            seed=0,
        )
    if len(seeded) == 1:
        return not_applicable("seed-matters", "nothing is left to chance: every seed is the same")
    return ok("seed-matters", f"{count} seeds give {len(seeded)} different episodes")


def _shape(lines: list[str]) -> str:
    return "\n".join(lines)


def _elsewhere(
    subject: Subject, seeds: Sequence[int], reference: list[list[str]], turns: int, plan: Plan
) -> Finding:
    return same_elsewhere(
        subject,
        HASH_SEEDS if len(seeds) >= FEW else HASH_SEEDS[:1],
        lambda hash_seed: transcripts(subject, seeds, turns, plan, hash_seed),
        _recipes(seeds),
        reference,
    )
