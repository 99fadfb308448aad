"""A seed decides the episode, and a reset without one goes on to another.

Gymnasium's checker compares two resets with one seed. What survives it: an environment that plays
the same episode whatever the seed, one that starts its stream afresh at every reset, and one that
draws its seed from elsewhere. `determinism` sees the last; this witness sees the other two, and
seeds that are folded into a few or counted on at each reset, so that seed 1 is seed 0 one episode
later.

What is compared are fingerprints: the first steps under one fixed agent, so that chance in the
transitions counts as much as chance in the start. An environment without chance has one fingerprint
and nothing to answer for.
"""

from __future__ import annotations

from collections.abc import Iterator

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Environment, Plan, Subject
from veragym.check.transcript import play

DRAWS = 16
"""Episodes per comparison; so many equal ones by chance are out of the question."""
STEPS = 6


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Seeded against seeded, unseeded against unseeded."""
    env = subject.make()
    seeded = [_fingerprint(env, seed) for seed in range(DRAWS)]
    env.reset(seed=0)
    unseeded = [_fingerprint(env, None) for _ in range(DRAWS)]
    yield _seed_matters(seeded, unseeded)
    yield _goes_on(seeded, unseeded)
    yield _apart(seeded, unseeded)
    yield _large(env)


def _fingerprint(env: Environment, seed: int | None) -> str:
    """The observations and rewards of an episode's first steps, the seed itself left out."""
    episode = play(env, policies.sampled(0), seed=seed, max_steps=STEPS)
    observations = [repr(observation) for observation in episode.observations]
    return repr((observations, episode.rewards))


def _seed_matters(seeded: list[str], unseeded: list[str]) -> Finding:
    if len(set(seeded)) == 1 and len(set(unseeded)) >= DRAWS // 2:
        return bad(
            "seed-matters",
            f"{DRAWS} different seeds gave one and the same episode, resets without a seed "
            f"{len(set(unseeded))} different ones",
            "pass the seed to super().reset(seed=seed) and draw from self.np_random alone",
            seed=list(range(DRAWS)),
        )
    if len(set(seeded)) == 1:
        return not_applicable("seed-matters", "no chance was seen in it")
    if len(set(seeded)) <= DRAWS // 4 and len(set(unseeded)) >= 3 * DRAWS // 4:
        return bad(
            "seed-matters",
            f"{DRAWS} different seeds gave only {len(set(seeded))} different episodes, resets "
            f"without a seed {len(set(unseeded))}",
            "use the whole seed, not its remainder or its last bits",
            seed=list(range(DRAWS)),
        )
    return ok("seed-matters", f"{DRAWS} seeds gave {len(set(seeded))} different episodes")


def _goes_on(seeded: list[str], unseeded: list[str]) -> Finding:
    if len(set(seeded)) >= DRAWS // 2 and len(set(unseeded)) == 1:
        return bad(
            "reset-goes-on",
            f"after reset(seed=0), {DRAWS} resets without a seed gave the same episode",
            "seed the generator only when reset is given a seed; training on one episode for ever "
            "is the usual result",
            seed=0,
        )
    if len(set(seeded)) == 1:
        return not_applicable("reset-goes-on", "no chance was seen in it")
    return ok("reset-goes-on", f"{DRAWS} resets without a seed gave {len(set(unseeded))} episodes")


def _apart(seeded: list[str], unseeded: list[str]) -> Finding:
    """The episodes that follow seed 0 are not those of seeds 1, 2, 3 and so on."""
    if len(set(seeded)) < DRAWS // 2:
        return not_applicable("streams", "too little chance was seen in it")
    if unseeded[: DRAWS - 1] == seeded[1:]:
        return bad(
            "streams",
            f"the {DRAWS - 1} episodes after reset(seed=0) are the first ones of seeds 1 to "
            f"{DRAWS - 1}",
            "draw on from one generator in a reset without a seed; a seed counted on makes the "
            "streams of all seeds copies of each other, and tests overlap with training",
            seed=[0, 1],
        )
    return ok("streams", "the episodes that follow a seed are not those of the next seeds")


def _large(env: Environment) -> Finding:
    """Neighbouring and very large seeds are seeds too."""
    for seed in (0, 2**31, 2**32 - 1, 2**32, 2**63 - 1):
        try:
            env.reset(seed=seed)
        except Exception as error:  # noqa: BLE001 - judged here
            return bad(
                "any-seed",
                f"reset(seed={seed}) raises {type(error).__name__}: {error}"[:300],
                "hand the seed to gymnasium's np_random or a SeedSequence, which take any size",
                seed=seed,
            )
    return ok("any-seed", "seeds up to 2**63 - 1 are taken")
