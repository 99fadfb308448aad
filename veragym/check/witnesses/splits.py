"""Splits share no task whatever their seeds; one seed's tasks are not another's, moved along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Environment, Plan, Subject, base_of, splits_of

BASE_SEEDS = (0, 1, 2, 12345, 2**40 + 7)
LARGEST_SHIFT = 4
FEWEST_TASKS = 8
"""Different tasks in a split below which streams are not compared."""
MOST_ALIGNED = 0.5
"""Share of equal tasks, position by position, above which two streams count as copies."""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Draws the first tasks of several seeds of each split."""
    env = subject.make()
    count = max(2 * LARGEST_SHIFT + 2, plan.seeds // len(BASE_SEEDS))
    drawn = {
        split: {seed: _stream(env, split, seed, count) for seed in BASE_SEEDS}
        for split in splits_of(env)
    }
    yield _disjoint(drawn)
    yield _streams(drawn)
    yield _labelled(env)


def _stream(env: Environment, split: str, seed: int, count: int) -> list[str]:
    """Content hashes of the first `count` tasks."""
    hashes = []
    for i in range(count):
        env.reset(seed=seed if i == 0 else None, options={"split": split})
        hashes.append(base_of(env).task.content_hash)
    return hashes


Drawn = dict[str, dict[int, list[str]]]


def _disjoint(drawn: Drawn) -> Finding:
    home: dict[str, tuple[str, int, int]] = {}
    # `all` is what it says: a user's own file, served whole.
    drawn = {split: streams for split, streams in drawn.items() if split != "all"}
    if len(drawn) < 2:
        return not_applicable("disjoint", f"there is one split only: {', '.join(drawn)}")
    for split, by_seed in drawn.items():
        for seed, hashes in by_seed.items():
            for index, content in enumerate(hashes):
                first = home.setdefault(content, (split, seed, index))
                if first[0] != split:
                    return bad(
                        "disjoint",
                        f"task {index} of seed {seed} in {split!r} is task {first[2]} of seed "
                        f"{first[1]} in {first[0]!r}",
                        "decide the split by the content's digest, as Generator.draw does",
                        seed=seed,
                        options={"split": split, "index": index},
                        other={"seed": first[1], "split": first[0], "index": first[2]},
                        content_hash=content,
                    )
    return ok(
        "disjoint",
        f"{len(home)} different tasks of {len(drawn)} splits and {len(BASE_SEEDS)} seeds: none "
        "stands in two splits",
        tasks=len(home),
    )


def aligned(one: Sequence[str], other: Sequence[str], shift: int) -> float:
    """Share of positions i at which one[i + shift] equals other[i]."""
    pairs = [(one[i + shift], x) for i, x in enumerate(other) if 0 <= i + shift < len(one)]
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else 0.0


def _streams(drawn: Drawn) -> Finding:
    for split, by_seed in drawn.items():
        for seed, hashes in by_seed.items():
            if len(set(hashes)) == 1:
                return bad(
                    "streams",
                    f"seed {seed} of {split!r} gives the same task {len(hashes)} times",
                    "let reset() without a seed go on to the stream's next task",
                    seed=seed,
                    options={"split": split},
                )
        if len({content for hashes in by_seed.values() for content in hashes}) < FEWEST_TASKS:
            continue  # so few tasks align by chance
        for one, other in pairwise(BASE_SEEDS):
            for shift in range(-LARGEST_SHIFT, LARGEST_SHIFT + 1):
                share = aligned(by_seed[one], by_seed[other], shift)
                if share > MOST_ALIGNED:
                    return bad(
                        "streams",
                        f"in {split!r}, the tasks of seed {other} are those of seed {one}"
                        + (f" moved by {shift}" if shift else "")
                        + f" ({share:.0%} equal)",
                        "seed each task by SeedSequence over (env id, split, seed, index), never "
                        "by seed + index",
                        seed=other,
                        options={"split": split},
                        shift=shift,
                    )
    return ok("streams", "streams of different seeds are different, and not shifted copies")


def _labelled(env: Environment) -> Finding:
    for split in splits_of(env):
        _, info = env.reset(seed=0, options={"split": split})
        task = base_of(env).task
        if task.split != split or info["task"]["split"] != split:
            return bad(
                "labelled",
                f"a task asked for in {split!r} says it is of {task.split!r}",
                "stamp tasks with the split they were drawn for",
                seed=0,
                options={"split": split},
            )
    return ok("labelled", "tasks carry the split they were asked for")
