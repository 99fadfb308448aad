"""Episode after episode, an environment does not grow.

The same few episodes are played over and over in one environment. A cache has met them all after
the first rounds and stays as it is; what has grown after each of the following rounds is kept for
ever. Only memory that Python and numpy account for is seen, and not what a library in C allocates
by itself; a store that keeps one item for every task ever drawn looks like a cache here, and a
history of bounded length that 400 episodes do not fill looks like growth.
"""

from __future__ import annotations

import contextlib
import gc
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

from veragym.check import policies
from veragym.check.finding import Finding, bad, ok
from veragym.check.second_process import Scene, agent_of, scenes
from veragym.check.subject import Environment, Plan, Subject

MOST_EPISODES = 6
STEPS = 20
WARM_UP = 2
MEASUREMENTS = 3
TRIES = 3
MANY = 20
"""Rounds between two measurements, once there is a suspicion."""
LONGEST_HISTORY = 400
"""Episodes after which a history of bounded length is expected to be full."""
DEAR_MANY, DEAR_HISTORY = 3, 40
"""The same where an episode needs a sandbox."""
OWN_NOISE = 256
"""Bytes that measuring itself may take."""
LEAST_PER_EPISODE = 24
"""Bytes a round has to grow by per episode: a small object, or three places in a list."""
DEAR_LEAST = 1024
"""The same where an episode needs a sandbox: buffers for talking to processes come and go."""


def grown(subject: Subject, plan: Plan) -> Finding:
    """Plays the same rounds again and again, and asks how much memory is held after each."""
    env = subject.make()
    episodes = min(MOST_EPISODES, max(2, plan.seeds // 4))
    script = scenes(env, min(plan.seeds, episodes))[:episodes]
    least = DEAR_LEAST if subject.dear else LEAST_PER_EPISODE
    history, many = (DEAR_HISTORY, DEAR_MANY) if subject.dear else (LONGEST_HISTORY, MANY)
    steps = min(STEPS, plan.max_steps)

    def held(measurements: int, rounds: int) -> list[int]:
        found = [0] * measurements
        for number in range(measurements):
            for _ in range(rounds):
                for scene in script:
                    _episode(env, scene, steps)
            gc.collect()
            found[number] = tracemalloc.get_traced_memory()[0]
        return found

    places: list[str] = []
    with _traced():
        sizes, rounds = held(WARM_UP + MEASUREMENTS, 1)[WARM_UP - 1 :], 1
        suspect = _grows(sizes, len(script), least)
        for _ in range(TRIES):
            if suspect:  # the interpreter's own stores take a while to fill
                suspect = _grows(held(MEASUREMENTS + 1, 1), len(script), least)
        if suspect:
            # A history of bounded length fills up by then, and chance does not last.
            held(1, max(1, history // len(script)))
            sizes, rounds = held(MEASUREMENTS + 1, many), many
            suspect = _grows(sizes, len(script) * many, least)
        if suspect:
            before = tracemalloc.take_snapshot()
            held(1, many)
            places = _places(before)
    env.close()
    if suspect:
        return bad(
            "memory",
            f"playing the same {len(script)} episodes again takes "
            f"{(sizes[-1] - sizes[0]) // (MEASUREMENTS * rounds):,} bytes more every time",
            "drop in reset() what the last episode gathered; give a cache a bound",
            seed=script[0].seed,
            agent=script[0].agent,
            rounds=rounds,
            bytes_after_so_many_rounds=sizes,
            allocated_in=places,
        )
    return ok(
        "memory", f"{MEASUREMENTS} rounds of the same {len(script)} episodes take no more memory"
    )


def _grows(held: list[int], episodes: int, least: int) -> bool:
    bound = OWN_NOISE + least * episodes
    return all(later - earlier >= bound for earlier, later in pairwise(held))


@contextlib.contextmanager
def _traced() -> Iterator[None]:
    """Python's own accounting, left as it was found."""
    if tracemalloc.is_tracing():
        yield
        return
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def _places(before: tracemalloc.Snapshot) -> list[str]:
    """Where most of what has been added since was allocated."""
    ignored = [tracemalloc.Filter(False, tracemalloc.__file__)]
    added = tracemalloc.take_snapshot().filter_traces(ignored).compare_to(before, "lineno")
    return [f"{entry.traceback[0]}: {entry.size_diff:,} bytes more" for entry in added[:3]]


def _episode(env: Environment, scene: Scene, steps: int) -> None:
    """One episode of which nothing is kept here."""
    agent = agent_of(scene)
    observation, _ = env.reset(
        seed=scene.seed, options=None if scene.split is None else {"split": scene.split}
    )
    with contextlib.suppress(policies.OracleRanDry):
        for turn in range(steps):
            observation, _, terminated, truncated, _ = env.step(agent(env, observation, turn))
            if terminated or truncated:
                return
