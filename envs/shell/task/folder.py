"""Tasks of your own: a folder with a `task.yaml`, or a folder of such folders.

    my-tasks/sort-names/task.yaml      what is asked and what is right (`FIELDS`)
    my-tasks/sort-names/files/…        the home folder at the start

`scaffold(folder)` writes an example, `validate(folder, sandbox)` says what is wrong with a folder:
every oracle must pass, and doing nothing must fail, as must every decoy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from veragym.core.errors import SourceError
from veragym.core.generator import stamp
from veragym.core.seeding import TaskRng
from veragym.core.task import Draft
from veragym.envs.shell.task.outside import run_check
from veragym.envs.shell.task.tasks import ScriptedTasks, first_answer
from veragym.sandbox.interface import Limits
from veragym.sandbox.session import Sandbox, SandboxSpec, Snapshot
from veragym.sandbox.tree import Tree, read_folder
from veragym.verifiers.state import (
    CheckFault,
    FinalState,
    StateVerifier,
    read_check,
    tree_from_json,
    tree_to_json,
)

NAME = "task.yaml"
FIELDS = {
    "prompt": "what is asked (text; required)",
    "wordings": "the same in other words (list of texts)",
    "files": "files at the start by path, beside or instead of the folder files/",
    "setup": "a bash script that makes the rest of the start, run once in a sandbox",
    "oracle": "commands that solve it (list of texts; required)",
    "check": "conditions and frame on the final files; see the guide of verifiers.state",
    "script": "a bash script that judges the folder `final`; run in a sandbox apart",
    "answer": "{form: integer or text, is: the answer or a list of right ones}",
    "decoys": "scripts that come near and must fail (list of texts)",
    "hint": "the method in a sentence",
    "needs": "programs it takes beyond a plain system (list of texts)",
}
EXAMPLE = """# A task for ShellTask-v0. Every path is relative to the home folder.
prompt: |
  Sort the lines of names.txt into sorted.txt, each name once. Leave names.txt as it is.
oracle:
  - LC_ALL=C sort -u names.txt > sorted.txt
check:
  all:
    - {file: sorted.txt, lines: [ada, boris, chen]}
  frame:               # what may change; everything else must stay
    - added: sorted.txt
decoys:
  - LC_ALL=C sort names.txt > sorted.txt
hint: sort has an option for unique lines.
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a task, and where.

    Attributes:
        path: the file.
        line: from 1; 0 if it is nowhere in particular.
        message: what is wrong and what to do.
    """

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}{f':{self.line}' if self.line else ''}: {self.message}"


@dataclass(frozen=True, slots=True)
class Source:
    """One task as written, before its setup has run."""

    folder: Path
    data: Mapping[str, Any]
    lines: Mapping[str, int]

    @property
    def path(self) -> str:
        return str(self.folder / NAME)

    def problem(self, field: str, message: str) -> Problem:
        return Problem(self.path, self.lines.get(field, 0), message)


def sources(folder: str | Path) -> tuple[list[Source], list[Problem]]:
    """The tasks of a folder, by name, and what cannot be read."""
    root = Path(folder)
    if not root.is_dir():
        return [], [Problem(str(root), 0, "there is no such folder")]
    places = [root] if (root / NAME).is_file() else sorted(p.parent for p in root.glob(f"*/{NAME}"))
    if not places:
        return [], [Problem(str(root), 0, f"neither it nor a folder in it has a {NAME}")]
    found, problems = [], []
    for place in places:
        source, faults = _read(place)
        problems += faults
        if source is not None:
            found.append(source)
    return found, problems


def _read(place: Path) -> tuple[Source | None, list[Problem]]:
    path = place / NAME
    try:
        text = path.read_text()
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        return None, [
            Problem(str(path), line, f"cannot be read: {getattr(error, 'problem', error)}")
        ]
    if not isinstance(data, dict) or not isinstance(node, yaml.MappingNode):
        return None, [Problem(str(path), 1, "a task is a mapping with prompt, oracle and check")]
    lines = {str(key.value): key.start_mark.line + 1 for key, _ in node.value}
    source = Source(place, data, lines)
    return source, _faults(source)


def _faults(source: Source) -> list[Problem]:
    data = source.data
    found = [
        source.problem(str(name), f"unknown field {name!r:.60}; there are {', '.join(FIELDS)}")
        for name in data
        if name not in FIELDS
    ]

    def need(name: str, right: Callable[[Any], bool], what: str, required: bool = False) -> None:
        if name in data and not right(data[name]):
            found.append(source.problem(name, f"{name} must be {what}, got {data[name]!r:.60}"))
        elif required and name not in data:
            found.append(source.problem(name, f"{name} is missing: {FIELDS[name]}"))

    def text(value: Any) -> bool:
        return isinstance(value, str) and bool(value.strip())

    def texts(value: Any) -> bool:
        return isinstance(value, list) and bool(value) and all(map(text, value))

    need("prompt", text, "a text", required=True)
    need("oracle", texts, "a list of commands", required=True)
    for name in ("wordings", "decoys", "needs"):
        need(name, texts, "a list of texts")
    for name in ("setup", "script", "hint"):
        need(name, text, "a text")
    answer = data.get("answer")
    if "answer" in data and not (
        isinstance(answer, dict)
        and set(answer) == {"form", "is"}
        and answer["form"] in ("integer", "text")
        and answer["is"] not in (None, "", [])
    ):
        found.append(source.problem("answer", f"answer must be {FIELDS['answer']}"))
    for name, read in (("check", read_check), ("files", tree_from_json)):
        if name in data:
            try:
                read(data[name])
            except CheckFault as fault:
                found.append(source.problem(name, str(fault)))
    if not any(name in data for name in ("check", "script", "answer")):
        found.append(source.problem("check", "nothing says what is right: check, script or answer"))
    return found


def start_of(source: Source, sandbox: Sandbox) -> Tree:
    """The home folder at the start: files/, then `files`, then what `setup` makes of them.

    Raises:
        SourceError: the setup fails, or there are files that cannot be used.
        RunnerUnavailable: the machinery failed.
    """
    nodes: dict[str, Any] = {}
    try:
        if (source.folder / "files").is_dir():
            nodes |= read_folder(source.folder / "files")
        nodes |= tree_from_json(source.data.get("files", {}))
        tree = Tree(nodes)
        if "setup" in source.data:
            limits = Limits(wall_seconds=60.0, cpu_seconds=60.0)
            with sandbox.open(SandboxSpec(tree, limits=limits)) as session:
                result = session.exec(["/bin/bash", "-c", source.data["setup"]])
                if result.exit_status != 0:
                    said = result.stderr[-300:].decode("utf-8", "replace").strip()
                    raise SourceError(
                        str(source.problem("setup", f"it ended with {result.exit_status}: {said}"))
                    )
                tree = session.tree()
        tree_to_json(tree)
    except (CheckFault, OSError) as fault:
        raise SourceError(str(source.problem("files", str(fault)))) from fault
    return tree


def draft_of(source: Source, tree: Tree) -> Draft:
    """The task that a source describes."""
    data = source.data
    secret: dict[str, Any] = {
        "files": tree_to_json(tree),
        # Where a script alone judges, it is the script that minds what else has changed.
        "check": data.get("check", {"frame": ["**"]} if "script" in data else {}),
        "oracle": list(data["oracle"]),
        "decoys": [{"script": script} for script in data.get("decoys", [])],
        "hint": data.get("hint", ""),
        "wordings": [data["prompt"].strip(), *data.get("wordings", [])],
    }
    public: dict[str, Any] = {"template": source.folder.name, "theme": "own"}
    if "script" in data:
        secret["script"] = {"text": data["script"]}
    if "answer" in data:
        public["answer_form"] = data["answer"]["form"]
        gold = data["answer"]["is"]
        secret["answer"] = [str(g) for g in gold] if isinstance(gold, list) else str(gold)
    content = json.dumps([source.folder.name, secret["files"], secret["check"]], sort_keys=True)
    return Draft(content, data["prompt"].strip(), public, secret)


class FolderTasks(ScriptedTasks):
    """A user's tasks, in the order of their names; the index wraps around.

    Args:
        folder: see the module's docstring.
        sandbox: gives the sandbox that `setup` scripts run in, when one is needed.
    Raises:
        SourceError: something in the folder cannot be used; every fault with its file and line.
    """

    splits = ("all",)
    levelled = False

    def __init__(self, folder: str | Path, sandbox: Callable[[], Sandbox]) -> None:
        self._sources, problems = sources(folder)
        if problems:
            raise SourceError("\n".join(map(str, problems)))
        self._sandbox = sandbox
        self._drafts: dict[int, Draft] = {}

    def __len__(self) -> int:
        return len(self._sources)

    def draw(self, rng: TaskRng, split: str, difficulty: float, seed: int, index: int) -> Draft:
        return self._draft((seed + index) % len(self))

    def sample(self, rng: TaskRng, level: float) -> Draft:
        return self._draft(rng.integers(0, len(self)))

    def _draft(self, number: int) -> Draft:
        if number not in self._drafts:
            source = self._sources[number]
            self._drafts[number] = draft_of(source, start_of(source, self._sandbox()))
        one = self._drafts[number]
        return Draft(one.content, one.prompt, dict(one.public), dict(one.secret), one.digest)


def scaffold(folder: str | Path) -> Path:
    """Writes an example task into a folder that is made, and returns its `task.yaml`.

    Raises:
        SourceError: there is a task already; nothing is overwritten.
    """
    root = Path(folder)
    path = root / NAME
    if path.exists():
        raise SourceError(f"{path}: there is a task already; choose another folder")
    (root / "files").mkdir(parents=True, exist_ok=True)
    (root / "files" / "names.txt").write_text("chen\nada\nboris\nada\n")
    path.write_text(EXAMPLE)
    return path


def validate(folder: str | Path, sandbox: Sandbox) -> list[Problem]:
    """Everything that is wrong with the tasks of a folder; empty if they can be used.

    Each oracle is run in a sandbox and must pass; doing nothing, and every decoy, must fail; a
    setup must give the same files twice.

    Raises:
        RunnerUnavailable: the machinery failed; nothing is said about the tasks then.
    """
    found, problems = sources(folder)
    for source in found:
        if not any(problem.path == source.path for problem in problems):
            problems += _proved(source, sandbox)
    return problems


def _proved(source: Source, sandbox: Sandbox) -> list[Problem]:
    try:
        start = start_of(source, sandbox)
        again = start_of(source, sandbox) if "setup" in source.data else start
    except SourceError as error:
        line = source.lines.get("setup" if "setup" in source.data else "files", 0)
        return [Problem(source.path, line, str(error).partition(": ")[2])]
    if start.digest != again.digest:
        return [
            source.problem("setup", "it gives other files each time; leave out times and chance")
        ]
    task = stamp(draft_of(source, start), "ShellTask-v0", "all", 0, 0, 0.0)
    judge = StateVerifier()
    gold = first_answer(task.secret)
    problems: list[Problem] = []
    with sandbox.open(SandboxSpec(start)) as session:

        def verdict(script: str, answer: str | None) -> Any:
            session.restore(Snapshot(start))
            if script:
                session.exec(["/bin/bash", "-c", script])
            files = session.tree()
            checked = None
            if task.secret.get("script"):
                checked = run_check(sandbox, task.secret["script"], files)
            return judge(task, FinalState(files, answer, checked))

        solved = verdict("\n".join(source.data["oracle"]), gold)
        if solved.score != 1.0:
            problems.append(source.problem("oracle", f"the oracle does not pass: {solved.reason}"))
        idle = verdict("", None)
        if idle.score != 0.0 or not idle.scored:
            where = "check" if "check" in source.data else "script"
            problems.append(source.problem(where, f"doing nothing passes: {idle.reason}"))
        for number, script in enumerate(source.data.get("decoys", []), 1):
            if verdict(script, None if gold is None else gold).score != 0.0:
                problems.append(source.problem("decoys", f"decoy {number} passes"))
    return problems
