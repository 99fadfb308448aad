"""The witnesses, in the order they are heard.

    api           it works at all; every call and every returned value, over whole episodes
    capabilities  what is declared is what is offered, and does what it says
    seeding       a seed decides the episode, a reset without one goes on
    masks         the action mask says what is executed
    reads         looking changes nothing
    returns       nothing on the way pays more than success
    vectors       many at once give what each gives alone
    batches       a batch keeps its contract: shapes, autoreset, seeds, rows
    oracle        every task can be solved
    floors        an agent that solves nothing scores next to nothing
    decoys        near misses and known exploits fail
    mutants       variants of right answers: near misses fail, other writings pass
    determinism   the same seed and actions give the same bytes, anywhere
    crowd         64 at once, across threads and processes, play what each plays alone
    residue       a closed environment leaves nothing behind
    splits        splits share no task, seeds are not shifted copies
    leak          what is hidden changes nothing that can be seen
    snapshot      going back is exact
    difficulty    the knob turns something

A new one is a module here and a line in `WITNESSES`.
"""

from veragym.check.witnesses import (
    api,
    batches,
    capabilities,
    crowd,
    decoys,
    determinism,
    difficulty,
    floors,
    leak,
    masks,
    mutants,
    oracle,
    reads,
    residue,
    returns,
    seeding,
    snapshot,
    splits,
    vectors,
)
from veragym.check.witnesses.witness import Witness

WITNESSES: tuple[Witness, ...] = (
    Witness("api", api.examine),
    Witness("capabilities", capabilities.examine),
    Witness("seeding", seeding.examine),
    Witness("masks", masks.examine),
    Witness("reads", reads.examine),
    Witness("returns", returns.examine),
    Witness("vectors", vectors.examine),
    Witness("batches", batches.examine, batches=True),
    Witness("oracle", oracle.examine, tasks_only=True),
    Witness("floors", floors.examine, tasks_only=True),
    Witness("decoys", decoys.examine, tasks_only=True),
    Witness("mutants", mutants.examine, tasks_only=True),
    Witness("determinism", determinism.examine),
    Witness("crowd", crowd.examine),
    Witness("residue", residue.examine),
    Witness("splits", splits.examine, tasks_only=True),
    Witness("leak", leak.examine, tasks_only=True),
    Witness("snapshot", snapshot.examine),
    Witness("difficulty", difficulty.examine, tasks_only=True),
)

__all__ = ["WITNESSES", "Witness"]
