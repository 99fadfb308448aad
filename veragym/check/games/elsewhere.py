"""The same games in a fresh interpreter, under another hash seed.

Run as a module it reads a job (JSON) from standard input and writes one list of transcript lines
per seed to standard output; `transcripts` starts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from veragym.check.games.table import Table, legal, play, table_of
from veragym.check.second_process import elsewhere, serve
from veragym.check.subject import Plan, Subject

FOLLOWING = 3
"""Turns of the next episode, begun without a seed, that are part of a performance."""


def perform(table: Table, seed: int, max_turns: int) -> list[str]:
    """The transcript of a seed's episode, and of the start of the one that follows it."""
    record = play(table, legal(seed), seed=seed, max_turns=max_turns, everyone=True)
    following = play(table, legal(seed), max_turns=FOLLOWING, everyone=True)
    return [*record.lines, *following.lines]


def transcripts(
    subject: Subject, seeds: Sequence[int], max_turns: int, plan: Plan, hash_seed: int
) -> list[list[str]]:
    """The transcripts of all seeds, from a new interpreter with the given PYTHONHASHSEED.

    Raises:
        RuntimeError: it did not come back with a result.
    """
    assert isinstance(subject.recipe, Mapping)
    job = {"recipe": subject.recipe, "seeds": list(seeds), "max_turns": max_turns}
    return elsewhere("veragym.check.games.elsewhere", job, hash_seed, plan.limit_s)


def main() -> None:
    """Plays the seeds of a job."""
    serve(
        lambda make, job: [
            perform(table_of(make()), seed, job["max_turns"]) for seed in job["seeds"]
        ]
    )


if __name__ == "__main__":
    main()
