"""The generator behind MathRLVR-v0: a weighted mixture of topics."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from veragym.core.errors import OptionError, TaskMismatch
from veragym.core.generator import MAX_TRIES, Generator, level_of, split_of
from veragym.core.seeding import TaskRng, columns
from veragym.core.task import Draft, DraftColumns, Solution, Task, content_digest
from veragym.envs.text.maths.topic import Params, Topic
from veragym.envs.text.maths.topics import TOPICS

MIN_WEIGHT = 1e-9
"""Smallest weight of a topic, and the inverse of the largest: their sums stay exact enough."""


class MathTasks(Generator):
    """Draws a topic by weight, then a problem of that topic.

    Args:
        topics: names of topics, or a dict of name to positive weight; None for the whole catalogue
            with equal weights. A group's name stands for all its topics.

    Raises:
        OptionError: an unknown topic (nearest names are suggested), a weight that is not positive,
            or nothing to choose from.
    """

    def __init__(self, topics: str | Sequence[str] | Mapping[str, float] | None = None) -> None:
        weights = _weights(topics)
        self.names = tuple(weights)
        self._topics = [TOPICS[name] for name in self.names]
        total = sum(weights.values())
        self._edges = [float(x) for x in np.cumsum([w / total for w in weights.values()])]
        self._edges[-1] = 1.0

    def sample(self, rng: TaskRng, level: float) -> Draft:
        topic, params, wording = self._choose(rng, level)
        return _draft(topic, params, wording, _content(topic, params))

    def draw(self, rng: TaskRng, split: str, difficulty: float, seed: int, index: int) -> Draft:
        topic, digest, params, wording, content = self._accepted(
            rng, split, level_of(split, difficulty)
        )
        return _draft(topic, params, wording, content, digest)

    def _accepted(
        self, rng: TaskRng, split: str, level: float
    ) -> tuple[Topic, bytes, Params, int, str]:
        """The inherited rule of `draw`, but a rejected problem is never put into words."""
        for _ in range(MAX_TRIES):
            topic, params, wording = self._choose(rng, level)
            content = _content(topic, params)
            digest = content_digest(content)
            if split_of(digest) == split:
                return topic, digest, params, wording, content
        raise self.exhausted(split, level)

    def _choose(self, rng: TaskRng, level: float) -> tuple[Topic, Params, int]:
        mark = rng.random()
        topics = self._topics
        topic = topics[0] if len(topics) == 1 else topics[bisect_right(self._edges, mark)]
        return topic, topic.draw(rng, level), rng.integers(0, topic.phrasings)

    def draw_many(
        self, words: NDArray[np.uint64], start: int, split: str, difficulty: NDArray[np.float64]
    ) -> DraftColumns | None:
        """`draw` for many tasks at once, equal to it row by row.

        Args:
            words: (rows, WORDS) the tasks' words.
            start: words already consumed in every row.
            split: the wanted split.
            difficulty: (rows,) in [0, 1].

        Returns:
            One draft per row; None where these topics can only be drawn one by one.
        """
        if len(self._topics) != 1 or not self._topics[0].batch_words:
            return None
        topic = self._topics[0]
        rows = len(words)
        level = difficulty if split != "ood" else np.array([level_of(split, d) for d in difficulty])
        digests = [b""] * rows
        params: list[Params] = [()] * rows
        wordings = [0] * rows
        waiting, first = np.arange(rows), start
        width = topic.batch_words + 2  # the topic's word, its own, the wording's
        while start + width <= words.shape[1] and len(waiting):
            block = words[waiting, start : start + width]
            drawn = topic.draw_many(block[:, 1:-1], level[waiting])
            phrased = columns.integers(block[:, -1], 0, topic.phrasings).tolist()
            missed = []
            for row, p, wording in zip(waiting.tolist(), drawn, phrased):
                digest = content_digest(_content(topic, p))
                if split_of(digest) == split:
                    digests[row], params[row], wordings[row] = digest, p, wording
                else:
                    missed.append(row)
            waiting = np.array(missed, dtype=np.int64)
            start += width
        for row in waiting.tolist():  # rejected so often that they need more words
            rng = TaskRng(words[row].tolist())
            for _ in range(first):
                rng.word()
            digests[row], params[row], wordings[row], _ = self._accepted(
                rng, split, float(level[row])
            )[1:]
        question, answer = topic.question, topic.answer
        return DraftColumns(
            digests,
            [question(p, wording) for p, wording in zip(params, wordings)],
            [answer(p) for p in params],
            {"topic": topic.name, "form": topic.form(params[0])},
            partial(_row, topic, params, wordings, digests),
        )

    # -- what follows from the parameters ----------------------------------------------------------

    def solve(self, task: Task) -> Solution:
        topic, params = _problem(task)
        steps = tuple(topic.steps(params))
        answer = task.secret["answer"]
        return Solution(answer, steps, "\n".join([*steps, f"\\boxed{{{answer}}}"]))

    def decoys(self, task: Task) -> list[str]:
        topic, params = _problem(task)
        return list(topic.decoys(params))

    def hint(self, task: Task, level: int) -> str:
        if level <= 0:
            return ""
        topic, params = _problem(task)
        if level == 1:
            return topic.method
        steps = list(topic.steps(params))
        shown = len(steps) // 2 if level == 2 else len(steps) - 1
        return " ".join([topic.method, *(f"{step.rstrip('.')}." for step in steps[:shown])])

    def paraphrases(self, task: Task, n: int) -> list[str]:
        topic, params = _problem(task)
        texts = (topic.question(params, i) for i in range(topic.phrasings))
        return [text for text in dict.fromkeys(texts) if text != task.prompt][: max(n, 0)]


def _content(topic: Topic, params: Params) -> str:
    return f"{topic.name}{topic.canonical(params)!r}"


def _draft(
    topic: Topic, params: Params, wording: int, content: str, digest: bytes | None = None
) -> Draft:
    return Draft(
        content,
        topic.question(params, wording),
        {"topic": topic.name, "form": topic.form(params)},
        {"answer": topic.answer(params), "topic": topic.name, "params": params},
        digest,
    )


def _row(
    topic: Topic, params: list[Params], wordings: list[int], digests: list[bytes], row: int
) -> Draft:
    """One draft of a batch; bound to its batch by `partial`, which can be pickled."""
    p = params[row]
    return _draft(topic, p, wordings[row], _content(topic, p), digests[row])


def _problem(task: Task) -> tuple[Topic, Params]:
    """Topic and parameters back from a task, which may have been through JSON."""
    try:
        return TOPICS[task.secret["topic"]], _frozen(task.secret["params"])
    except (KeyError, TypeError):
        raise TaskMismatch(
            f"task {task.id!r} does not hold its topic and parameters in its secret part; hand "
            "over the whole Task, or the dict that Task.to_json() gave"
        ) from None


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, (list, tuple)) else value


def _weights(topics: str | Sequence[str] | Mapping[str, float] | None) -> dict[str, float]:
    if topics is None:
        return dict.fromkeys(TOPICS, 1.0)
    if isinstance(topics, str):
        topics = [topics]
    elif isinstance(topics, (set, frozenset)):
        topics = sorted(topics, key=str)  # a set's own order differs from process to process
    elif isinstance(topics, bytes) or not isinstance(topics, Iterable):
        raise OptionError(
            f"topics must be a list of names or a dict of weights, got {topics!r:.80}"
        )
    if not isinstance(topics, Mapping):
        topics = list(topics)
        unnamed = [name for name in topics if not isinstance(name, str)]
        if unnamed:
            raise OptionError(f"topics must be named by texts, got {unnamed[0]!r:.80}")
    wanted = dict(topics) if isinstance(topics, Mapping) else dict.fromkeys(topics, 1.0)
    groups: dict[str, list[str]] = {}
    for name, topic in TOPICS.items():
        groups.setdefault(topic.group, []).append(name)
    weights: dict[str, float] = {}
    for name, weight in wanted.items():
        number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not number or not MIN_WEIGHT <= weight <= 1 / MIN_WEIGHT:
            raise OptionError(
                f"the weight of topic {name!r} must be a number from {MIN_WEIGHT:g} to "
                f"{1 / MIN_WEIGHT:g}, got {weight!r}"
            )
        if name in TOPICS:
            weights[name] = float(weight)
        elif name in groups:
            weights |= {member: weight / len(groups[name]) for member in groups[name]}
        else:
            near = difflib.get_close_matches(str(name), [*TOPICS, *groups], 3)
            hint = f" Nearest: {', '.join(near)}." if near else ""
            raise OptionError(f"unknown topic {name!r}.{hint} All topics: {', '.join(TOPICS)}.")
    if not weights:
        raise OptionError("topics is empty; name at least one, or pass None for all")
    return weights
