"""The generator behind ShellTask-v0: a theme, a template of it, a scene of that."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable, Sequence
from typing import Any

from veragym.core.errors import OptionError, TaskMismatch
from veragym.core.generator import Generator
from veragym.core.seeding import TaskRng
from veragym.core.task import Draft, Solution, Task
from veragym.envs.shell.task import themes as _themes
from veragym.envs.shell.task.fresh import freshened
from veragym.envs.shell.task.template import TEMPLATES, Decoy, Draw, Scene, Template
from veragym.sandbox.tree import Tree
from veragym.verifiers.state import tree_to_json

__all__ = ["ScriptedTasks", "ShellTasks", "submission"]
assert _themes  # imported for the templates it registers

PATH = ("/usr/local/bin", "/usr/bin", "/bin")
LEFT_OVER = Decoy("echo 1 > left-over.txt", why="one file more than asked for")


def submission(script: str, answer: str | None = None) -> str:
    """One action that runs a script and ends the episode."""
    call: dict[str, Any] = {"command": script} if script else {}
    call |= {"submit": True} if answer is None else {"answer": answer}
    return json.dumps(call)


def installed(program: str) -> bool:
    """Whether a program stands where the sandbox has its programs from."""
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in PATH)  # noqa: PTH118


class ScriptedTasks(Generator):
    """What tasks share that carry their solution, near misses and wordings in their secret."""

    def solve(self, task: Task) -> Solution:
        """The commands in order, and as one action that runs them all."""
        secret = _secret(task)
        commands = [str(command) for command in secret["oracle"]]
        answer = first_answer(secret)
        response = submission("\n".join(commands), answer)
        return Solution(answer or response, tuple(commands), response)

    def decoys(self, task: Task) -> list[str]:
        """Near misses, each as one action that ends the episode."""
        secret = _secret(task)
        found = [submission(row["script"], row.get("answer")) for row in secret["decoys"]]
        if secret.get("script"):
            return found  # a check script need not mind what else there is
        extra = "\n".join([*map(str, secret["oracle"]), LEFT_OVER.script])
        return [*found, submission(extra, first_answer(secret))]

    def hint(self, task: Task, level: int) -> str:
        """1: the method; 2: half of the solution's characters; 3: the whole script."""
        if level <= 0:
            return ""
        secret = _secret(task)
        hint = str(secret.get("hint", ""))
        script = "\n".join(map(str, secret["oracle"]))
        if level == 1:
            return hint
        shown = script[: len(script) // 2] + " …" if level == 2 else script
        return f"{hint}\n{shown}".strip()

    def paraphrases(self, task: Task, n: int) -> list[str]:
        rows = [str(text) for text in _secret(task).get("wordings", []) if text != task.prompt]
        return rows[: max(n, 0)]


class ShellTasks(ScriptedTasks):
    """Draws a theme, each equally likely, then one of its templates, then a scene.

    Args:
        themes: names of themes or of single templates; None for all.
        needs: programs that may be assumed beyond a plain system, such as `jq`; templates that
            need others are left out. None for those installed on this machine.

    Raises:
        OptionError: an unknown name (the nearest are suggested), or nothing is left to draw from.
    """

    def __init__(
        self, themes: str | Iterable[str] | None = None, needs: Iterable[str] | None = None
    ) -> None:
        chosen = _chosen(themes)
        if isinstance(needs, str):
            needs = [needs]
        allowed = None if needs is None else set(needs)
        kept = [
            each
            for each in chosen
            if all(installed(p) if allowed is None else p in allowed for p in each.needs)
        ]
        if not kept:
            missing = sorted({program for each in chosen for program in each.needs})
            raise OptionError(
                f"none of the chosen templates can be used: they need {', '.join(missing)}; "
                "install them, or choose other themes"
            )
        self.names = tuple(each.name for each in kept)

    def sample(self, rng: TaskRng, level: float) -> Draft:
        groups: dict[str, list[Template]] = {}
        for name in self.names:
            groups.setdefault(TEMPLATES[name].theme, []).append(TEMPLATES[name])
        chosen = rng.choice(groups[rng.choice(list(groups))])
        return draft(chosen, chosen.draw(Draw(rng, level)), rng)


def draft(chosen: Template, scene: Scene, rng: TaskRng) -> Draft:
    """A scene as a task without identity."""
    scene = freshened(scene, chosen.fresh, rng)
    tree = Tree(dict(scene.files))
    check: dict[str, Any] = {"all": list(scene.conditions), "frame": list(scene.frame)}
    wording = rng.integers(0, len(scene.prompts))
    public: dict[str, Any] = {"template": chosen.name, "theme": chosen.theme}
    secret: dict[str, Any] = {
        "files": tree_to_json(tree),
        "check": check,
        "oracle": list(scene.oracle),
        "decoys": [
            {"script": d.script, **({} if d.answer is None else {"answer": d.answer})}
            for d in scene.decoys
        ],
        "hint": scene.hint,
        "wordings": list(scene.prompts),
    }
    gold: Any = None
    if scene.answer is not None:
        public["answer_form"] = scene.answer.form
        secret["answer"] = gold = scene.answer.gold
    content = json.dumps([chosen.name, tree.digest, check, gold], sort_keys=True)
    return Draft(content, scene.prompts[wording], public, secret)


def first_answer(secret: Any) -> str | None:
    """The answer an oracle gives; None where nothing is asked."""
    gold = secret.get("answer")
    if gold is None:
        return None
    return str(gold) if isinstance(gold, (str, int)) else str(gold[0])


def _secret(task: Task) -> Any:
    if "oracle" not in task.secret or "files" not in task.secret:
        raise TaskMismatch(
            f"task {task.id!r} does not hold its files and commands in its secret part; hand over "
            "the whole Task, or the dict that Task.to_json() gave"
        )
    return task.secret


def _chosen(names: str | Iterable[str] | None) -> Sequence[Template]:
    if names is None:
        return list(TEMPLATES.values())
    if isinstance(names, str):
        names = [names]
    elif isinstance(names, (set, frozenset)):
        names = sorted(names, key=str)
    found: dict[str, Template] = {}
    groups = {each.theme for each in TEMPLATES.values()}
    for name in names:
        if name not in groups and name not in TEMPLATES:
            near = difflib.get_close_matches(str(name), [*TEMPLATES, *sorted(groups)], 3)
            hint = f" Nearest: {', '.join(near)}." if near else ""
            raise OptionError(
                f"unknown theme {name!r:.80}.{hint} All themes: {', '.join(sorted(groups))}."
            )
        found |= {n: each for n, each in TEMPLATES.items() if name in (n, each.theme)}
    if not found:
        raise OptionError("themes is empty; name at least one, or pass None for all")
    return list(found.values())
