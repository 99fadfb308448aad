"""What a template of shell tasks is: a function that draws one scene.

    @template("find.empty", theme="find")
    def find_empty(d: Draw) -> Scene: ...

A scene is complete: the files at the start, the prompt in several wordings, the commands that solve
it, near misses, and what has to be true at the end. What is expected is computed here in Python,
never by running the solution, so that the two can be wrong independently and the tests notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from veragym.core.seeding import TaskRng
from veragym.sandbox.tree import Node

T = TypeVar("T")
Files = Mapping[str, Node | str | bytes]


@dataclass(frozen=True, slots=True)
class Decoy:
    """A near miss: it must score 0.

    Attributes:
        script: commands, one after the other.
        answer: what is answered afterwards, if anything.
        why: what is wrong with it.
    """

    script: str
    answer: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is asked for.

    Attributes:
        form: `integer` or `text`.
        gold: the answer, or several that are all right.
    """

    form: str
    gold: str | list[str]

    @property
    def first(self) -> str:
        return self.gold if isinstance(self.gold, str) else self.gold[0]


@dataclass(frozen=True, slots=True)
class Scene:
    """One problem.

    Attributes:
        files: the home folder at the start.
        prompts: wordings of the request, at least two.
        oracle: commands that solve it, one per turn, from the home folder.
        conditions: see `veragym.verifiers.state`.
        frame: likewise.
        answer: what is asked for, if anything.
        decoys: near misses, at least one.
        hint: the method, in one sentence.
    """

    files: Files
    prompts: tuple[str, ...]
    oracle: tuple[str, ...] = ()
    conditions: tuple[Mapping[str, Any], ...] = ()
    frame: tuple[Any, ...] = ()
    answer: Answer | None = None
    decoys: tuple[Decoy, ...] = ()
    hint: str = ""


@dataclass(slots=True)
class Draw:
    """A template's randomness and how hard it shall be.

    Attributes:
        rng: the task's own.
        level: 0 to 1, up to 1.5 out of distribution.
    """

    rng: TaskRng
    level: float

    def size(self, low: int, high: int) -> int:
        """A whole number that grows with the level, `low` to `high` at levels 0 to 1."""
        middle = low + (high - low) * self.level
        return max(low, round(middle + self.rng.uniform(-0.5, 0.5) * max(1.0, middle / 4)))

    def number(self, low: int, high: int) -> int:
        """Between `low` and `high`, both included."""
        return self.rng.integers(low, high + 1)

    def pick(self, options: Sequence[T]) -> T:
        return self.rng.choice(options)

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """So many different ones (all, if there are no more), in random order."""
        return self.rng.sample(options, min(count, len(options)))

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def mixed(self, items: Sequence[T]) -> list[T]:
        copy = list(items)
        self.rng.shuffle(copy)
        return copy

    @property
    def hard(self) -> bool:
        """Whether look-alikes and awkward names are due."""
        return self.level >= 0.5


@dataclass(frozen=True, slots=True)
class Template:
    """A registered template.

    Attributes:
        name: `theme.what`.
        theme: the group it belongs to.
        draw: makes a scene.
        needs: programs beyond a plain system (coreutils, grep, sed, awk, find, tar, gzip).
        fresh: files and folders that get another name in each draw; see `fresh`.
    """

    name: str
    theme: str
    draw: Callable[[Draw], Scene]
    needs: tuple[str, ...] = field(default=())
    fresh: tuple[str, ...] = field(default=())


TEMPLATES: dict[str, Template] = {}


def template(
    name: str, *, needs: Sequence[str] = (), fresh: Sequence[str] = ()
) -> Callable[[Callable[[Draw], Scene]], Callable[[Draw], Scene]]:
    """Registers a template; what stands before the dot is its theme.

    Raises:
        ValueError: the name is taken.
    """

    def register(draw: Callable[[Draw], Scene]) -> Callable[[Draw], Scene]:
        if name in TEMPLATES:
            raise ValueError(f"there is already a template {name!r}")
        TEMPLATES[name] = Template(name, name.partition(".")[0], draw, tuple(needs), tuple(fresh))
        return draw

    return register


def themes() -> Iterator[str]:
    """Names of the groups, each once."""
    yield from dict.fromkeys(each.theme for each in TEMPLATES.values())
