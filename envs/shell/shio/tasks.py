"""The tasks: a working tree, a utility, and how many arguments its command is to have.

Each split has working trees of its own, so that no split is empty however few there are, and what
is learnt on one split is tried on files never seen.

Nothing is run to make a task. How many arguments a utility can be given so that all of them do
something is known from a survey over working trees (`search.reach`), and what is asked for grows
with the level up to that.
"""

from __future__ import annotations

import functools
import itertools
import shlex
from collections.abc import Callable, Sequence

from veragym.core.errors import OptionError
from veragym.core.generator import OOD_STRETCH, Generator, level_of, split_of
from veragym.core.seeding import TaskRng
from veragym.core.task import Draft, Solution, Task, content_digest
from veragym.envs.shell.shio.grammar import known, load
from veragym.envs.shell.shio.place import Place, place
from veragym.envs.shell.shio.search import reach

FEWEST = 2
"""Arguments asked for at level 0."""
TREES = 256
"""Different working trees the tasks of a split are drawn from."""
_SHOWN = 8


def surveyed() -> tuple[str, ...]:
    """Utilities tasks are drawn from unless others are named.

    Left out are those that take any words (`echo`, `mkdir`): the same few words would be a good
    command of each of them on every tree.
    """
    return tuple(name for name in known() if reach(name) > FEWEST and not load(name).words)


class ShIOTasks(Generator):
    """Commands to be built.

    Args:
        utilities: which to draw from; all that were surveyed if None.
        trees: so many different working trees per split; fewer are enough to learn on, and
            cheaper.
        solver: finds the arguments of a right command (the environment's oracle).
    Raises:
        OptionError: an unknown utility, or no working tree.
    """

    def __init__(
        self,
        utilities: Sequence[str] | None = None,
        trees: int = TREES,
        solver: Callable[[Task], tuple[str, ...]] | None = None,
    ) -> None:
        chosen = surveyed() if utilities is None else tuple(dict.fromkeys(utilities))
        if isinstance(utilities, str) or not chosen:
            raise OptionError(f"utilities must be a list of names, got {utilities!r}")
        for name in chosen:
            load(name)
            if reach(name) < FEWEST:
                raise OptionError(f"{name!r} was not surveyed; choose from {', '.join(surveyed())}")
        if type(trees) is not int or trees < 1:
            raise OptionError(f"trees must be a whole number of at least 1, got {trees!r}")
        self.utilities = chosen
        self.trees = trees
        self.solver = solver

    def sample(self, rng: TaskRng, level: float) -> Draft:
        return self._sample(rng, level, "train")

    def draw(self, rng: TaskRng, split: str, difficulty: float, seed: int, index: int) -> Draft:
        draft = self._sample(rng, level_of(split, difficulty), split)
        draft.digest = content_digest(draft.content)
        return draft

    def _sample(self, rng: TaskRng, level: float, split: str) -> Draft:
        utility = rng.choice(self.utilities)
        number = rng.choice(trees_of(split, self.trees))
        wanted = arguments_at(utility, level)
        content = f"shio:{number}:{utility}:{load(utility).version}:{wanted}"
        public = {"topic": utility, "utility": utility, "arguments": wanted, "tree": number}
        return Draft(content, question(place(number), utility, wanted), public, {})

    def solve(self, task: Task) -> Solution:
        """A command found by search, which runs commands.

        Raises:
            OptionError: there is no solver, or it finds none.
        """
        if self.solver is None:
            raise OptionError("ShIOTasks alone runs nothing; ask the environment's oracle()")
        line = shlex.join((task.public["utility"], *self.solver(task)))
        return Solution(line, response=line)

    def decoys(self, task: Task) -> list[str]:
        """Commands that do nothing, fail, or say one thing many times."""
        utility, wanted = task.public["utility"], task.public["arguments"]
        return [
            utility,
            f"{utility} --help",
            f"{utility} --version",
            f"{utility} --help --version",
            f"{utility} --no-such-option",
            f"{utility} " + " ".join(["--help"] * wanted),
            f"{utility} /no/such/file",
            f"{utility} " + " ".join(["/no/such/file"] * wanted),
            f"sh -c '{utility}'",
        ]

    def hint(self, task: Task, level: int) -> str:
        """1: what the utility is for; 2: also its options."""
        if level <= 0:
            return ""
        grammar = load(task.public["utility"])
        text = f"`{grammar.utility}`: {grammar.summary}."
        if level > 1:
            options = [p.text for p in grammar.productions if p.text.startswith("-")]
            shapes = [p.text for p in grammar.productions if p.symbol.endswith(".command")]
            text += f" Shapes: {' | '.join(shapes)}. Options: {', '.join(options[:30])}."
        return text


@functools.lru_cache(maxsize=64)
def trees_of(split: str, count: int) -> tuple[int, ...]:
    """Numbers of the first `count` working trees of a split; no tree is in two splits."""
    own = (n for n in itertools.count() if split_of(content_digest(f"shio tree {n}")) == split)
    return tuple(itertools.islice(own, count))


def arguments_at(utility: str, level: float) -> int:
    """How many arguments are asked for: 2 at level 0, all that can be at the end of `ood`."""
    most = reach(utility)
    return min(most, FEWEST + int((most - FEWEST + 0.999) * level / (1.0 + OOD_STRETCH)))


def question(where: Place, utility: str, wanted: int) -> str:
    """The prompt: what is wanted and where. It names no command that could be copied."""
    grammar = load(utility)
    names = [name for name in where.tree if name.startswith(f"{where.cwd}/")]
    below = [name[len(where.cwd) + 1 :] for name in names]
    kinds = {name: where.tree[full] for name, full in zip(below, names)}
    listed = "\n".join(
        f"  {name}/"
        if node.kind == "folder"
        else f"  {name} ({node.size} bytes)"
        if node.kind == "file"
        else f"  {name} (link)"
        for name, node in kinds.items()
    )
    first = where.fill["text"][0]
    shown = "".join(
        f"  | {line}\n" for line in where.tree[f"{where.cwd}/{first}"].text.splitlines()[:_SHOWN]
    )
    given = where.fill[grammar.stdin][0] if grammar.stdin else None
    stdin = f"the content of {given}" if given else "empty"
    return (
        f"Build a command of the utility {utility} with {wanted} arguments, each of which does "
        "something: without it the command would end with another status, print something "
        "clearly different, or leave other files behind. A command that fails is worth nothing.\n"
        "Send one argument at a time, quoted where it holds blanks, and `run` to execute the "
        f"command; or send the whole command at once, beginning with the utility's name. There is "
        "no shell: nothing is expanded, piped or redirected.\n"
        f"Folder: /home/agent/{where.cwd}. Standard input: {stdin}. Files:\n{listed}\n"
        f"{first} begins:\n{shown}"
    )
