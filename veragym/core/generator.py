"""Where tasks come from: a generator draws content, a stream gives it an identity and a split.

A generator knows nothing of seeds, splits or ids. `TaskStream` draws from it until the drawn
content falls into the wanted split; because the split is a function of the content's digest, two
splits can never share a problem, whatever their seeds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.seeding import BlockCache, TaskRng
from veragym.core.task import SPLITS, Draft, Solution, Task, content_digest

OOD_STRETCH = 0.5
"""An `ood` task of difficulty d is drawn at level 1 + OOD_STRETCH * d: past the training range."""
MAX_TRIES = 4096
"""Draws before a generator is declared unable to fill a split at a level."""


def split_of(digest: bytes) -> str:
    """The split a content digest belongs to: 3/4 train, 1/8 test, 1/8 ood."""
    bucket = digest[0] & 15
    if bucket < 12:
        return "train"
    return "test" if bucket < 14 else "ood"


def level_of(split: str, difficulty: float) -> float:
    """The generator's level: the difficulty itself, stretched beyond 1 in the `ood` split."""
    return 1.0 + OOD_STRETCH * difficulty if split == "ood" else difficulty


class Generator(ABC):
    """Draws tasks and knows their solutions.

    Subclasses implement `sample` and `solve`, and whatever of the rest they can offer.
    """

    splits: tuple[str, ...] = SPLITS
    levelled: bool = True
    """False where problems have no level (a user's file): difficulty is then recorded as 0."""

    @abstractmethod
    def sample(self, rng: TaskRng, level: float) -> Draft:
        """One problem.

        Args:
            rng: the task's own randomness, and the only one to be used.
            level: in [0, 1] inside the training range, up to 1 + `OOD_STRETCH` beyond it.
        """

    @abstractmethod
    def solve(self, task: Task) -> Solution:
        """The oracle: an answer that scores 1, with worked steps. Reads `task.secret`."""

    def decoys(self, task: Task) -> list[str]:
        """Plausible wrong answers and known exploits: every one must fail."""
        return []

    def hint(self, task: Task, level: int) -> str:
        """Guidance of strength 0 (none) to 3 (all but the last step)."""
        return ""

    def paraphrases(self, task: Task, n: int) -> list[str]:
        """Up to `n` other wordings of the same problem, with the same answer."""
        return []

    def draw(self, rng: TaskRng, split: str, difficulty: float, seed: int, index: int) -> Draft:
        """A draft of the wanted split, by rejection on the content digest.

        Raises:
            OptionError: no content of this split turned up in `MAX_TRIES` draws.
        """
        level = level_of(split, difficulty)
        for _ in range(MAX_TRIES):
            draft = self.sample(rng, level)
            draft.digest = content_digest(draft.content)
            if split_of(draft.digest) == split:
                return draft
        raise self.exhausted(split, level)

    def exhausted(self, split: str, level: float) -> OptionError:
        """The error for a split that cannot be filled."""
        return OptionError(
            f"{type(self).__name__} has too few problems at level {level:.3f} to fill the split "
            f"{split!r}; raise the difficulty or choose more topics"
        )


def check_split(split: object, allowed: tuple[str, ...]) -> str:
    """The split, if it is one of `allowed`.

    Raises:
        OptionError: it is not.
    """
    if not isinstance(split, str) or split not in allowed:
        raise OptionError(f"split must be one of {', '.join(allowed)}; got {split!r}")
    return split


def check_seed(seed: object) -> int:
    """The seed as a non-negative Python int.

    Raises:
        OptionError: it is not one.
    """
    import operator

    try:
        value = operator.index(seed)  # type: ignore[arg-type]
    except TypeError:
        value = -1
    if isinstance(seed, bool) or value < 0:
        raise OptionError(f"seed must be a non-negative integer, got {seed!r}")
    return value


Difficulty = tuple[float, float]


def check_difficulty(difficulty: object) -> Difficulty:
    """A range (low, high) from a number or a pair of numbers in [0, 1].

    Raises:
        OptionError: not such a number or range.
    """
    pair = difficulty if isinstance(difficulty, (tuple, list)) else (difficulty, difficulty)
    if len(pair) == 2 and all(
        isinstance(d, (int, float)) and not isinstance(d, bool) and 0.0 <= d <= 1.0 for d in pair
    ):
        low, high = float(pair[0]), float(pair[1])
        if low <= high:
            return low, high
    raise OptionError(
        f"difficulty must be a number in [0, 1] or a pair (low, high) of such; got {difficulty!r}"
    )


class TaskStream:
    """The infinite, randomly accessible sequence of tasks of one (env id, split, seed)."""

    def __init__(
        self,
        generator: Generator,
        env_id: str,
        split: str = "train",
        seed: int = 0,
        difficulty: object = (0.0, 1.0),
    ) -> None:
        self.generator = generator
        self.env_id = env_id
        self.split = check_split(split, generator.splits)
        self.seed = check_seed(seed)
        self.difficulty = check_difficulty(difficulty)
        self._cache = BlockCache(env_id, self.split, self.seed)

    def task(self, index: int, difficulty: Difficulty | None = None) -> Task:
        """Task number `index`; the same for ever, in every process.

        Args:
            index: non-negative position in the stream.
            difficulty: a range to draw from instead of the stream's own.
        """
        if index < 0:
            raise OptionError(f"index must be non-negative, got {index!r}")
        rng = self._cache.rng(index)
        low, high = self.difficulty if difficulty is None else difficulty
        value = (low + (high - low) * rng.random()) if self.generator.levelled else 0.0
        draft = self.generator.draw(rng, self.split, value, self.seed, index)
        return stamp(draft, self.env_id, self.split, self.seed, index, value)

    def __iter__(self) -> Iterator[Task]:
        index = 0
        while True:
            yield self.task(index)
            index += 1


def task_id(env_id: str, split: str, seed: int, index: int, digest: str) -> str:
    """The unique name of a task; the digest tells apart differently made environments."""
    return f"{env_id}:{split}:{seed}:{index}:{digest[:8]}"


def stamp(draft: Draft, env_id: str, split: str, seed: int, index: int, difficulty: float) -> Task:
    """Gives a draft its identity."""
    digest = (draft.digest or content_digest(draft.content)).hex()
    return Task(
        task_id(env_id, split, seed, index, digest),
        env_id,
        seed,
        split,
        difficulty,
        draft.prompt,
        draft.public,
        draft.secret,
        digest,
    )


def as_task(value: Task | Mapping[str, Any], env_id: str) -> Task:
    """The task handed over in `options["task"]`, checked against the environment.

    Raises:
        OptionError: it is not a task, or belongs to another environment (`TaskMismatch`).
    """
    from veragym.core.errors import TaskMismatch

    if isinstance(value, Mapping):
        value = Task.from_json(value)
    if not isinstance(value, Task):
        raise OptionError(
            f"options['task'] must be a Task or its to_json() dict, got {type(value).__name__}"
        )
    if value.env_id != env_id:
        raise TaskMismatch(
            f"task {value.id!r} belongs to {value.env_id!r}, not to {env_id!r}; "
            f"make that environment instead"
        )
    return value
