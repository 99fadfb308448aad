"""A batch of environments (`gymnasium.vector.VectorEnv`) keeps Gymnasium's contract, step by step.

`vectors` compares a batch with single environments. This witness looks at the batch itself, so that
it also judges batches whose random stream is their own and that have no single counterpart: shapes
and types at every step, the autoreset mode it declares against the one it has, the final
observation, seeds, and rows that look at each other.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import iterate

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Plan, Subject
from veragym.check.transcript import first_difference, line, plain
from veragym.check.witnesses.episodes import drifted
from veragym.check.witnesses.lives import lives

Batch = VectorEnv[Any, Any, Any]

SIZE = 4
STEPS = 300
LIVES = 16
"""Resets after which first and second episodes are compared."""
ENOUGH_ENDS = 24
"""Endings after which a batch has been watched long enough."""
SEED = 11
DRAWS = 16
OTHERS = 8
"""Other actions tried on a row that is being reset."""
FEWEST_STARTS = 3
"""Different starts of row 0 from which on chance cannot explain rows that always agree."""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """The batch that is the target, or the native one its id is registered with."""
    make = _maker(subject)
    if make is None:
        yield not_applicable("contract", "it is no batch, and no native batch is registered")
        return
    try:
        batch = make()
    except (ImportError, gym.error.DependencyNotInstalled) as error:
        yield not_applicable("contract", f"its native batch cannot be made here: {error}"[:200])
        return
    steps = min(STEPS, plan.max_steps)
    played = _play(batch, SEED, steps)
    wrong = _contract(batch, played) or _aliased(batch, played)
    if wrong is not None:
        yield wrong
        return
    yield ok("contract", f"{len(played.steps)} steps of {batch.num_envs}: spaces, shapes and types")
    yield _autoreset(make, played)
    yield _final_observation(batch, played)
    yield _repeats(make, batch, played, steps)
    yield _rows_differ(make())
    yield _neighbours(make, min(steps, 40))
    yield lives(make, min(plan.seeds, LIVES))
    yield _closing(make)


def _maker(subject: Subject) -> Callable[[], Batch] | None:
    env: Any = subject.make()
    if isinstance(env, VectorEnv):
        env.close()
        return lambda: subject.make()  # type: ignore[return-value]
    spec = gym.registry.get(subject.name)
    if spec is None or spec.vector_entry_point is None:
        return None
    return lambda: gym.make_vec(
        subject.name, num_envs=SIZE, vectorization_mode="vector_entry_point", **subject.kwargs
    )


@dataclass(slots=True)
class Step:
    """One step of a batch, as it was given, and as it was at that moment (text)."""

    observation: Any
    rewards: Any
    terminated: Any
    truncated: Any
    info: Any
    actions: Any = None
    text: str = ""

    @property
    def done(self) -> np.ndarray[Any, Any]:
        """(rows,) whether the row's episode ended with this step."""
        return np.asarray(np.logical_or(self.terminated, self.truncated))


@dataclass(slots=True)
class Played:
    """A reset's observation and info, and the steps that followed."""

    first: Any
    info: Any
    first_text: str
    steps: list[Step] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """The whole as text."""
        return [self.first_text, *(step.text for step in self.steps)]


def _mode(batch: Batch) -> Any:
    return batch.metadata.get("autoreset_mode")


def _play(
    batch: Batch,
    seed: int,
    steps: int,
    change: Callable[[int, Any], Any] | None = None,
    until_end: bool = False,
) -> Played:
    """Sampled actions, the same for one seed; `change` may alter them."""
    space = copy.deepcopy(batch.action_space)
    space.seed(seed)
    observation, info = batch.reset(seed=seed)
    played = Played(observation, info, line(observation=observation))
    ends = 0
    for number in range(steps):
        actions = space.sample()
        if change is not None:
            actions = change(number, actions)
        step = Step(*batch.step(actions), actions=actions)
        step.text = line(
            observation=step.observation,
            rewards=step.rewards,
            terminated=step.terminated,
            truncated=step.truncated,
        )
        played.steps.append(step)
        done = step.done
        ends += int(np.sum(done))
        if ends and (until_end or ends >= ENOUGH_ENDS):
            break
        if np.any(done) and _mode(batch) == AutoresetMode.DISABLED:
            batch.reset(options={"reset_mask": np.asarray(done, bool)})
    return played


# -- shapes and types -----------------------------------------------------------------------------


def _contract(batch: Batch, played: Played) -> Finding | None:
    if _mode(batch) is None:
        return bad(
            "autoreset",
            "metadata['autoreset_mode'] is not declared: a trainer cannot know which observation "
            "ends an episode",
            "set metadata['autoreset_mode'] to what step() does",
        )
    shape = (batch.num_envs,)
    for number, step in enumerate([None, *played.steps]):
        where = {"seed": SEED, "actions": [s.actions for s in played.steps[:number]][-20:]}
        seen = played.first if step is None else step.observation
        problem = None
        if not batch.observation_space.contains(seen):
            problem = f"the observation {seen!r:.100} is not in {batch.observation_space!s:.100}"
        problem = problem or drifted(batch.observation_space, seen)
        if step is not None and problem is None:
            problem = _step_problem(step, shape)
        if problem is not None:
            return bad(
                "contract",
                f"after {number} steps {problem}",
                "return what the spaces contain; rewards (n,) floats and flags (n,) booleans",
                **where,
            )
    return None


def _step_problem(step: Step, shape: tuple[int, ...]) -> str | None:
    rewards = step.rewards
    if not isinstance(rewards, np.ndarray) or rewards.shape != shape:
        return f"the rewards are {rewards!r:.80}, not an array of shape {shape}"
    if rewards.dtype.kind not in "fiu" or not np.isfinite(rewards).all():
        return f"the rewards are {rewards!r:.100}"
    for name in ("terminated", "truncated"):
        flags = getattr(step, name)
        if not isinstance(flags, np.ndarray) or flags.shape != shape or flags.dtype != bool:
            return f"{name} is {flags!r:.80}, not a boolean array of shape {shape}"
    return None if isinstance(step.info, dict) else f"info is {step.info!r:.80}, not a dict"


def _aliased(batch: Batch, played: Played) -> Finding | None:
    for number, step in enumerate(played.steps):
        again = line(
            observation=step.observation,
            rewards=step.rewards,
            terminated=step.terminated,
            truncated=step.truncated,
        )
        shared = getattr(batch, "copy", True) is False  # asked for by whoever made it
        if again != step.text and not shared:
            return bad(
                "aliased",
                f"what step {number + 1} returned was changed by a later step",
                "return copies of observations, rewards and flags",
                seed=SEED,
                actions=[s.actions for s in played.steps[: number + 2]][-20:],
            )
    return None


# -- what happens at the end of an episode ---------------------------------------------------------


def _autoreset(make: Callable[[], Batch], played: Played) -> Finding:
    batch = make()
    mode = _mode(batch)
    at = [
        (number, row)
        for number, step in enumerate(played.steps[:-1])
        for row in np.flatnonzero(step.done)
    ]
    if not at:
        return not_applicable("autoreset", f"no episode ended within {len(played.steps)} steps")
    where = {"seed": SEED, "actions": [step.actions for step in played.steps][:20]}
    fix = "declare in metadata['autoreset_mode'] what step() does"
    if mode == AutoresetMode.NEXT_STEP:
        for number, row in at:
            after = played.steps[number + 1]
            if after.rewards[row] != 0 or after.done[row]:
                return bad(
                    "autoreset",
                    f"row {row} ended at step {number + 1}; the next step, which resets it, gave "
                    f"reward {after.rewards[row]!r} and done {bool(after.done[row])}",
                    f"{fix}; under NEXT_STEP the resetting step pays 0 and ends nothing",
                    **where,
                )
        number, row = at[0]
        if _heeds(make, number + 1, int(row)):
            return bad(
                "autoreset",
                f"row {row} ended at step {number + 1}, and the next step carries out its action, "
                "though NEXT_STEP is declared",
                f"{fix}; under NEXT_STEP the resetting step looks at no action",
                **where,
            )
    if mode == AutoresetMode.DISABLED:
        problem = _masked_reset(batch, SEED, len(played.steps) + 1)
        if problem is not None:
            return bad("autoreset", problem, "reset the masked rows, and only these", **where)
    return ok(
        "autoreset", f"{len(at)} endings follow the declared mode {getattr(mode, 'value', mode)}"
    )


def _heeds(make: Callable[[], Batch], step: int, row: int) -> bool:
    """Whether other actions of one row at one step change what it sees then."""
    seen = set()
    for other in range(OTHERS):
        batch = make()

        def change(number: int, actions: Any, other: int = other, batch: Batch = batch) -> Any:
            return _with_row(actions, row, other, batch) if number == step else actions

        played = _play(batch, SEED, step + 1, change)
        if len(played.steps) > step:
            rows = list(iterate(batch.observation_space, played.steps[step].observation))
            seen.add(line(observation=rows[row], reward=played.steps[step].rewards[row]))
    return len(seen) > 1


def _with_row(actions: Any, row: int, seed: int, batch: Batch) -> Any:
    """The same actions with another one for one row."""
    space = copy.deepcopy(batch.single_action_space)
    space.seed(seed)
    other = space.sample()
    if isinstance(actions, np.ndarray):
        actions = actions.copy()
        actions[row] = other
        return actions
    if isinstance(actions, tuple | list):
        return type(actions)(other if i == row else action for i, action in enumerate(actions))
    return actions


def _masked_reset(batch: Batch, seed: int, steps: int) -> str | None:
    """Resets one row after some steps; the others may not notice."""
    space = copy.deepcopy(batch.action_space)
    space.seed(seed)
    batch.reset(seed=seed)
    observation, *_ = batch.step(space.sample())
    before = [line(o=o) for o in iterate(batch.observation_space, copy.deepcopy(observation))]
    mask = np.zeros(batch.num_envs, bool)
    mask[0] = True
    observation, _ = batch.reset(options={"reset_mask": mask})
    after = [line(o=o) for o in iterate(batch.observation_space, observation)]
    moved = [row for row in range(1, batch.num_envs) if before[row] != after[row]]
    return f"resetting row 0 alone changed the rows {moved}" if moved else None


def _final_observation(batch: Batch, played: Played) -> Finding:
    if _mode(batch) != AutoresetMode.SAME_STEP:
        return not_applicable("final-observation", "under this autoreset mode it is the step's own")
    ended = equal = 0
    for number, step in enumerate(played.steps):
        if not step.done.any():
            continue
        finals, given = step.info.get("final_obs"), step.info.get("_final_obs")
        where = {"seed": SEED, "actions": [s.actions for s in played.steps[: number + 1]][-20:]}
        if finals is None or given is None or not np.array_equal(given, step.done):
            return bad(
                "final-observation",
                f"rows {np.flatnonzero(step.done).tolist()} ended at step {number + 1}, and info "
                "holds no final_obs for them",
                "put the last observation into info['final_obs'] and mark its rows in '_final_obs'",
                **where,
            )
        rows = list(iterate(batch.observation_space, step.observation))
        for row in np.flatnonzero(step.done):
            final = finals[row] if not isinstance(finals, dict) else None
            if final is None:
                continue
            if not batch.single_observation_space.contains(final):
                return bad(
                    "final-observation",
                    f"row {row} ended at step {number + 1} with {final!r:.100}, which is not in "
                    "the observation space",
                    "keep the observation that step() gave before the reset",
                    **where,
                )
            ended += 1
            equal += plain(np.asarray(final).tolist()) == plain(np.asarray(rows[row]).tolist())
    if ended >= 3 and equal == ended:
        return bad(
            "final-observation",
            f"all {ended} final observations are the first ones of the next episode",
            "keep the observation that step() gave before the reset",
            seed=SEED,
            actions=[step.actions for step in played.steps][:20],
        )
    return ok("final-observation", f"{ended} endings come with their last observation")


# -- seeds and rows -------------------------------------------------------------------------------


def _repeats(make: Callable[[], Batch], used: Batch, played: Played, steps: int) -> Finding:
    for what, batch in (("a new batch", make()), ("a batch used before", used)):
        difference = first_difference(played.lines, _play(batch, SEED, steps).lines)
        if difference is not None:
            return bad(
                "repeats",
                f"the same seed and actions give something else in {what}",
                "let reset(seed=...) set everything, counters and pending resets too",
                seed=SEED,
                difference=difference,
            )
    return ok("repeats", "the same seed and actions give the same bytes, new or used before")


def _rows_differ(batch: Batch) -> Finding:
    """Rows are drawn apart, and a reset without a seed goes on."""
    starts = []
    for seed in range(DRAWS):
        seen = [_opening(batch, seed, row) for row in range(batch.num_envs)]
        starts.append(seen)
    if batch.num_envs > 1 and len({row[0] for row in starts}) >= FEWEST_STARTS:
        if all(len(set(row)) == 1 for row in starts):
            return bad(
                "rows-differ",
                f"with each of {DRAWS} seeds all {batch.num_envs} rows begin alike",
                "seed row i with seed + i, or draw all rows from one stream",
                seed=list(range(DRAWS)),
            )
        return ok("rows-differ", "rows are drawn apart")
    return not_applicable("rows-differ", "its starts show no chance")


def _opening(batch: Batch, seed: int, row: int) -> str:
    observation, _ = batch.reset(seed=seed)
    return line(o=list(iterate(batch.observation_space, observation))[row])


def _neighbours(make: Callable[[], Batch], steps: int) -> Finding:
    """What row 0 sees does not depend on what the others do.

    Where rows share one random stream, up to the first ending only: a reset draws from it.
    """
    if make().num_envs < 2:
        return not_applicable("rows-apart", "it has one row")
    apart = _own_streams(make())
    texts: list[list[str]] = []
    quiet = True
    for acting in range(3):
        batch = make()

        def change(number: int, actions: Any, other: int = acting, batch: Batch = batch) -> Any:
            for row in range(1, batch.num_envs):
                if other:
                    actions = _with_row(actions, row, 100 * other + 10 * number + row, batch)
            return actions

        batch.reset(seed=SEED)
        before = _stream(batch)
        played = _play(batch, SEED, steps, change, until_end=not apart)
        quiet = quiet and _stream(batch) == before
        texts.append(_row_zero(batch, played))
    length = min(map(len, texts))
    if not quiet and not apart:
        return not_applicable("rows-apart", "its rows share one random stream while they play")
    for other in texts[1:]:
        difference = first_difference(texts[0][:length], other[:length])
        if difference is not None:
            return bad(
                "rows-apart",
                "row 0 sees or earns something else when the other rows act differently",
                "index every array by row; look for a roll, a sort or a broadcast",
                seed=SEED,
                difference=difference,
            )
    return ok("rows-apart", f"row 0 goes the same way over {length} steps whatever the others do")


def _own_streams(batch: Batch) -> bool:
    """Whether each row is seeded for itself: with other seeds for the others, row 0 is the same."""
    seeds = [SEED + row for row in range(batch.num_envs)]
    try:
        starts = []
        choices: list[Any] = [SEED, seeds, [SEED, *(1000 + seed for seed in seeds[1:])]]
        for given in choices:
            observation, _ = batch.reset(seed=given)
            starts.append(
                [line(o=o) for o in iterate(batch.observation_space, copy.deepcopy(observation))]
            )
    except Exception:  # noqa: BLE001 - it may take one seed only
        return False
    return starts[0] == starts[1] and starts[0][0] == starts[2][0] and starts[1] != starts[2]


def _row_zero(batch: Batch, played: Played) -> list[str]:
    return [
        line(
            observation=next(iter(iterate(batch.observation_space, step.observation))),
            reward=np.asarray(step.rewards)[0],
            ended=[bool(np.asarray(step.terminated)[0]), bool(np.asarray(step.truncated)[0])],
        )
        for step in played.steps
    ]


def _stream(batch: Batch) -> str:
    """The state of the random stream all rows share; rows with streams of their own share none."""
    stream: Any = batch.np_random
    return repr(stream.bit_generator.state) if isinstance(stream, np.random.Generator) else ""


def _closing(make: Callable[[], Batch]) -> Finding:
    batch = make()
    batch.reset(seed=0)
    try:
        batch.close()
        batch.close()
    except Exception as error:  # noqa: BLE001 - judged here
        return bad(
            "close-twice",
            f"close() twice raises {type(error).__name__}: {error}"[:300],
            "make close() do nothing the second time",
        )
    return ok("close-twice", "close() can be called twice")
