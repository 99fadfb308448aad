"""What `veragym check` was asked to look at: an environment, a game, or a verifier with its tasks.

veragym check MathRLVR-v0
veragym check package.module:MyEnv
veragym check pettingzoo.classic.tictactoe_v3
veragym check package.module:MyVerifier --tasks tasks.jsonl
veragym check package.module:MyVerifier --tasks package.module:MyTasks
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from veragym.cli.outcome import USAGE, Failed
from veragym.core.errors import OptionError

if TYPE_CHECKING:
    from veragym.core import Generator, Verifier
    from veragym.core.verifier import Judgeable

ROW = (
    '{"prompt": …, "answer": …, "form": {"kind": …}} (form is optional; public, secret and '
    "response may be added), or the lines of `veragym tasks`"
)


def target_of(target: str, kwargs: dict[str, Any], tasks: str | None) -> dict[str, Any]:
    """The arguments of `veragym.check.check` that say what is checked.

    Raises:
        Failed: it can be nothing that is checked, with what to write instead (status 2).
    """
    if target.endswith(".py") or target.rpartition(":")[0].endswith(".py"):
        raise Failed(_of_a_file(target), USAGE)
    found = _attribute(target)
    verifier = _verifier(target, found, kwargs)
    if verifier is None:
        if tasks is not None:
            raise Failed(
                f"--tasks goes with a verifier, and {target} is none; leave it out, or name a "
                "verifier as package.module:VerifierClass",
                USAGE,
            )
        return {"target": target, "kwargs": kwargs}
    if tasks is None:
        raise Failed(
            f"{target} is a verifier, which is checked on tasks: add --tasks FILE.jsonl, with "
            f"lines {ROW}, or --tasks package.module:Generator",
            USAGE,
        )
    return {"target": verifier, "tasks": _tasks(tasks)}


def _of_a_file(target: str) -> str:
    """What to write for a Python file: its classes are read, not run."""
    path = Path(target.partition(":")[0])
    module = ".".join([*path.with_suffix("").parts]).lstrip(".")
    names: list[str] = []
    if path.is_file():
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
        except (SyntaxError, ValueError):
            return f"{path} is a file and no valid Python; correct it, then name a class in it"
    written = ", ".join(f"{module}:{name}" for name in names[-4:]) or f"{module}:NAME"
    return (
        f"{target} is a file; write the module and a name in it, package.module:Class, without "
        f".py: {written}"
    )


def _attribute(target: str) -> Any:
    """The object behind `package.module:Name`; None where the text is something else."""
    module, _, name = target.rpartition(":")
    if not module or not name.isidentifier():
        return None
    from veragym.check.strangers import imported

    try:
        return getattr(imported(module), name, None)
    except ImportError:
        return None  # `check` says what is missing


def _verifier(target: str, found: Any, kwargs: dict[str, Any]) -> Verifier | None:
    from veragym.core import Verifier

    if isinstance(found, Verifier):
        if kwargs:
            raise Failed(f"{target} is made already; --set goes with a class", USAGE)
        return found
    if not (isinstance(found, type) and issubclass(found, Verifier)):
        return None
    if inspect.isabstract(found):
        raise Failed(f"{target} is abstract: name a verifier that has a verify() of its own", USAGE)
    try:
        return found(**kwargs)
    except TypeError as error:
        raise Failed(
            f"{target} cannot be made with {kwargs or 'no arguments'} ({error}); give them with "
            "--set KEY=VALUE, or name an object that is made in the module",
            USAGE,
        ) from error


MAKING_S = 120.0
"""Seconds the target may take to be made; longer is for the check to report."""
_MISSING = re.compile(r"missing \d+ required \S+ arguments?: (.*)")
_UNEXPECTED = re.compile(r"unexpected keyword argument '(\w+)'")


def made_once(checked: Mapping[str, Any]) -> None:
    """Makes the target once, in a child process: what the user can mend at once is no finding.

    Raises:
        Failed: an argument is missing, unknown or impossible, or something is not installed
            (status 2). Whatever else goes wrong is left to the witnesses.
    """
    from veragym.check.finding import Finding, bad
    from veragym.check.games import game_of
    from veragym.check.isolation import isolated
    from veragym.check.subject import subject_of
    from veragym.core import Verifier

    target, kwargs = checked["target"], checked.get("kwargs", {})
    if isinstance(target, Verifier):
        return
    subject = game_of(target, None, kwargs) or subject_of(target, None, kwargs)

    def work() -> Iterator[Finding]:
        try:
            subject.make()
        except Exception as error:  # noqa: BLE001 - judged by what it says
            problem = _to_mend(subject.name, error)
            if problem is not None:
                yield bad("made", problem, "")

    with contextlib.closing(isolated(work, MAKING_S)) as messages:
        for message in messages:
            if isinstance(message, Finding):
                raise Failed(message.verdict, USAGE)


def _to_mend(name: str, error: Exception) -> str | None:
    """The sentence for an error that says something of the call and nothing of the target."""
    import gymnasium as gym

    text = " ".join(str(error).split()).partition(" was raised from the environment creator")[0]
    if isinstance(error, TypeError) and (found := _MISSING.search(text)):
        names = re.findall(r"'(\w+)'", found[1])
        return f"{name} is made with arguments: add " + " ".join(f"--set {n}=VALUE" for n in names)
    if isinstance(error, TypeError) and (found := _UNEXPECTED.search(text)):
        return f"{name} takes no argument {found[1]!r}; leave it out"
    if isinstance(error, (ImportError, gym.error.DependencyNotInstalled)):
        return f"{name} needs what is not installed: {text}"
    if isinstance(error, (OptionError, gym.error.UnregisteredEnv)):
        return text
    return None


# -- tasks -----------------------------------------------------------------------------------------


def _tasks(text: str) -> Generator | list[tuple[Judgeable, str]]:
    from veragym.core import Generator

    path = Path(text)
    if path.is_file() or path.suffix in (".jsonl", ".json"):
        if not path.is_file():
            raise Failed(f"--tasks: there is no file {text!r}", USAGE)
        try:
            return read_answered(path)
        except Failed as error:
            raise Failed(f"--tasks: {error}", USAGE) from error
    module, _, name = text.rpartition(":")
    if not module:
        raise Failed(
            f"--tasks must be a file of JSON lines or package.module:Generator; there is no file "
            f"{text!r}",
            USAGE,
        )
    from veragym.check.strangers import imported

    try:
        found = getattr(imported(module), name)
    except (ImportError, AttributeError, OptionError) as error:
        raise Failed(f"--tasks {text!r} cannot be loaded: {error}", USAGE) from error
    try:
        made = found() if callable(found) and not isinstance(found, Generator) else found
    except TypeError as error:
        raise Failed(
            f"--tasks {text!r} cannot be made without arguments ({error}); name a generator that "
            "is made in the module",
            USAGE,
        ) from error
    if not isinstance(made, Generator):
        raise Failed(
            f"--tasks {text!r} is a {type(made).__name__}, no veragym.core.Generator", USAGE
        )
    return made


def read_answered(path: Path) -> list[tuple[Judgeable, str]]:
    """The tasks of a file with their right answers.

    Raises:
        Failed: the file or some of its lines cannot be used; every such line is named.
    """
    from veragym.cli.responses import _refuse, _values

    problems: list[str] = []
    rows: list[tuple[Judgeable, str]] = []
    for number, value in _values(path, problems):
        try:
            rows.append(_answered(value, number))
        except OptionError as error:
            problems.append(f"{path.name}, line {number}: {error}")
    _refuse(problems)
    if not rows:
        raise Failed(f"{path.name} holds no tasks; a line is {ROW}")
    return rows


def _answered(value: Any, number: int) -> tuple[Judgeable, str]:
    """A task and its right answer, from a line of either kind."""
    from veragym.cli.responses import _task
    from veragym.core import Draft

    if not isinstance(value, dict):
        raise OptionError(f"a line is an object: {ROW}")
    if "env_id" in value:
        task = _task(value)
        return task, _right(task.secret.get("answer"), "its secret has no answer that is text")
    unknown = set(value) - {"prompt", "answer", "form", "public", "secret", "response"}
    if unknown:
        raise OptionError(f"unknown field {min(unknown)!r}; a line is {ROW}")
    for name in ("public", "secret"):
        if not isinstance(value.get(name, {}), dict):
            raise OptionError(f"its {name} must be an object")
    if not isinstance(value.get("prompt", ""), str):
        raise OptionError("its prompt must be text")
    public, secret = dict(value.get("public", {})), dict(value.get("secret", {}))
    if "form" in value:
        form = value["form"]
        public["form"] = {"kind": form} if isinstance(form, str) else form
    if "answer" in value:
        secret["answer"] = value["answer"]
    right = value.get("response", secret.get("answer"))
    wanted = 'it has no right answer as text: add "answer", or "response" where they differ'
    return Draft(f"line {number}", value.get("prompt", ""), public, secret), _right(right, wanted)


def _right(answer: Any, otherwise: str) -> str:
    if not isinstance(answer, str):
        raise OptionError(otherwise)
    return answer
