"""How long a check may look: seconds, minutes, or until it is sure.

    quick       a smoke test on every commit; a cheap environment takes less than two seconds
    standard    what an environment has to pass to be registered
    thorough    before a release: a thousand seeds of every split

Every loop of the kit takes its size from the `Plan`, so a mode is nothing but a few numbers. Few
seeds find crude faults only: a fault that shows in one task of a hundred needs `standard`.
"""

from __future__ import annotations

from dataclasses import dataclass

from veragym.core.errors import OptionError


@dataclass(frozen=True, slots=True)
class Mode:
    """The numbers behind a mode's name.

    Attributes:
        name: as the user writes it.
        seeds: seeds per split.
        scouting: tasks every agent that solves nothing plays, before the promising ones play on.
        limit_s: wall seconds after which a witness is killed and reported.
    """

    name: str
    seeds: int
    scouting: int
    limit_s: float


MODES: dict[str, Mode] = {
    mode.name: mode
    for mode in (
        Mode("quick", seeds=4, scouting=12, limit_s=60.0),
        Mode("standard", seeds=100, scouting=48, limit_s=300.0),
        Mode("thorough", seeds=1000, scouting=96, limit_s=3600.0),
    )
}


def mode_of(name: str) -> Mode:
    """The mode of that name.

    Raises:
        OptionError: there is none.
    """
    if name not in MODES:
        raise OptionError(f"mode must be one of {', '.join(MODES)}; got {name!r}")
    return MODES[name]
