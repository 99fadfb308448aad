"""The witnesses, in the order they are heard.

    capabilities  what is declared is what is offered, and does what it says
    api           every call and every returned value, over whole episodes
    vectors       many at once give what each gives alone
    oracle        every task can be solved
    floors        an agent that solves nothing scores next to nothing
    decoys        near misses and known exploits fail
    determinism   the same seed and actions give the same bytes, anywhere
    splits        splits share no task, seeds are not shifted copies
    leak          what is hidden changes nothing that can be seen
    snapshot      going back is exact
    difficulty    the knob turns something

A new one is a module here and a line in `WITNESSES`.
"""

from veragym.check.witnesses import (
    api,
    capabilities,
    decoys,
    determinism,
    difficulty,
    floors,
    leak,
    oracle,
    snapshot,
    splits,
    vectors,
)
from veragym.check.witnesses.witness import Witness

WITNESSES: tuple[Witness, ...] = (
    Witness("capabilities", capabilities.examine),
    Witness("api", api.examine),
    Witness("vectors", vectors.examine),
    Witness("oracle", oracle.examine, tasks_only=True),
    Witness("floors", floors.examine, tasks_only=True),
    Witness("decoys", decoys.examine, tasks_only=True),
    Witness("determinism", determinism.examine),
    Witness("splits", splits.examine, tasks_only=True),
    Witness("leak", leak.examine, tasks_only=True),
    Witness("snapshot", snapshot.examine),
    Witness("difficulty", difficulty.examine, tasks_only=True),
)

__all__ = ["WITNESSES", "Witness"]
