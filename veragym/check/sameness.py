"""Verdicts that environments and games share: the same bytes, untouched globals, a quiet network.

What is played differs between the two (scenes of one agent, moves of several); what follows from
two transcripts of it does not.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Subject
from veragym.check.transcript import first_difference

Transcripts = Sequence[list[str]]
Recipes = Sequence[Mapping[str, Any]]
"""Evidence for each episode, beginning with its `seed`."""

ANEW = "differs_anew"
"""Evidence of `repeats` that not even a new one plays the same."""


def same_bytes(
    name: str, fix: str, what: str, recipes: Recipes, reference: Transcripts, other: Transcripts
) -> Finding:
    """Whether two performances of the same episodes are byte-identical.

    Args:
        name, fix: of the finding.
        what: the circumstances of the second performance ("in 4 threads").
        recipes: how to see each episode again.
        reference, other: the transcripts, in the order of `recipes`.
    """
    for recipe, one, two in zip(recipes, reference, other):
        difference = first_difference(one, two)
        if difference is not None:
            return bad(
                name,
                f"seed {recipe['seed']}: the episode differs {what}",
                fix,
                **recipe,
                difference=difference,
            )
    return ok(name, f"{len(reference)} episodes are byte-identical {what}")


def repeated(recipes: Recipes, reference: Transcripts, again: Transcripts) -> Finding | None:
    """What is wrong if an episode differs from its own repeat, in a new one with nothing changed.

    Whatever else is compared would differ too, so this is the finding that has to be read first.
    """
    finding = same_bytes(
        "repeats",
        "draw every random number from a generator made in reset(seed=...); read no clock, no "
        "address and no global generator; keep nothing in the class or the module",
        "when it is played again, in a new one and with nothing changed",
        recipes,
        reference,
        again,
    )
    if finding.passed:
        return None
    return replace(finding, evidence={**finding.evidence, ANEW: True})


def same_elsewhere(
    subject: Subject,
    hash_seeds: Sequence[int],
    ask: Callable[[int], Transcripts],
    recipes: Recipes,
    reference: Transcripts,
) -> Finding:
    """Whether new interpreters, each under another PYTHONHASHSEED, play the same bytes.

    Args:
        ask: the transcripts from an interpreter with the given hash seed.
    """
    if isinstance(subject.recipe, str):
        return not_applicable(
            "other-process", f"it cannot be made in another process: {subject.recipe}"
        )
    for hash_seed in hash_seeds:
        try:
            other = ask(hash_seed)
        except (RuntimeError, ValueError, subprocess.SubprocessError) as error:
            return bad(
                "other-process",
                f"it cannot be played in another process: {error}"[:300],
                "keep import and construction free of what only this process has",
                seeds=[recipe["seed"] for recipe in recipes],
            )
        finding = same_bytes(
            "other-process",
            "sort sets and dictionaries before drawing from them; never use hash() or id()",
            f"in another process with PYTHONHASHSEED={hash_seed} (here "
            f"{os.environ.get('PYTHONHASHSEED', 'random')})",
            recipes,
            reference,
            other,
        )
        if not finding.passed:
            return finding
    return ok(
        "other-process",
        f"{len(reference)} episodes are byte-identical in other processes, under hash seeds "
        f"{', '.join(map(str, hash_seeds))}",
    )


def global_state() -> tuple[Any, ...]:
    """The state of every global random generator that is loaded."""
    keys: Any = np.random.get_state(legacy=True)  # noqa: NPY002 - looks whether it was touched
    torch = sys.modules.get("torch")  # only what is loaded can have been touched
    tensors = None if torch is None else torch.random.get_rng_state().numpy().tobytes()
    return random.getstate(), (keys[1].tobytes(), keys[2], keys[3], keys[4]), tensors


def touched(before: tuple[Any, ...]) -> list[str]:
    """The global generators that have moved on since `global_state()` gave `before`."""
    after = global_state()
    if before[2] is None:
        after = (*after[:2], None)  # loaded meanwhile, which is no draw
    return [
        name for name, a, b in zip(("random", "numpy.random", "torch"), before, after) if a != b
    ]


def untouched(names: Sequence[str], fix: str, **recipe: Any) -> Finding:
    """That playing left the global generators alone, or which of them it moved."""
    if names:
        return bad(
            "global-rng-untouched",
            f"playing changed the global state of {' and '.join(names)}",
            fix,
            **recipe,
        )
    return ok("global-rng-untouched", "the global random states are left as they were")


def offline(addresses: Sequence[str]) -> Finding:
    """That nobody outside this machine was called, or who was."""
    if addresses:
        return bad(
            "offline",
            f"playing contacted {', '.join(sorted(set(addresses))[:5])}",
            "ship the data with the package; an episode may not depend on the network",
            addresses=sorted(set(addresses))[:20],
        )
    return ok("offline", "no address outside this machine was contacted")


def closes_twice(make: Callable[[], Any], use: Callable[[Any], object]) -> Finding:
    """That `close()` may be called twice, on something new and on something used.

    Args:
        make: gives a new environment or game.
        use: begins an episode of it.
    """
    for used in (False, True):
        env = make()
        if used:
            use(env)
        try:
            env.close()
            env.close()
        except Exception as error:  # noqa: BLE001 - a stranger's environment may raise anything
            return bad(
                "close-twice",
                f"close() twice raises {type(error).__name__}: {error}"[:300],
                "make close() do nothing the second time",
                seed=0 if used else None,
                actions=[],
            )
    return ok("close-twice", "close() can be called twice, before and after reset()")
