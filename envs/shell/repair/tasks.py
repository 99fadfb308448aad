"""The generator behind CodeRepair-v0: a repository, bugs that are proven to be ones, hidden tests.

A repository holds one to four programs of different families as modules of one package, a README
with the rules, tests and a few files beside. Bugs are put into places that the families name. Each
is proven here: the programs are run with and without it (they are texts of our own), and it must
change what a visible and at least `FEWEST` hidden uses give that no other bug changes, also when
all bugs are there. Hidden uses differ from visible ones. What is right is what the reference gives.

In a task's secret:

    files     the repository as it is handed out        check    what may change in it
    sources   the files that are judged                 package  their package
    groups    hidden tests: {"name", "uses", "expected"}, both tagged (`values.encode`);
              `bug 1`, … fail at the start, `kept` holds then and must go on holding
    fixes     {"path", "old", "new", "kind"}: what puts everything right, one after the other
"""

from __future__ import annotations

import base64
import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq
from typing import Any

from veragym.core.errors import OptionError, TaskMismatch
from veragym.core.generator import MAX_TRIES, Generator, level_of, split_of
from veragym.core.seeding import TaskRng
from veragym.core.task import Draft, Solution, Task, content_digest, plain_copy
from veragym.envs.shell.repair import programs as _programs
from veragym.envs.shell.repair.program import (
    FAMILIES,
    KINDS,
    Place,
    Program,
    Step,
    places,
    written,
)
from veragym.envs.shell.repair.trusted import outcomes
from veragym.envs.shell.repair.visible import RUN_TESTS, test_file
from veragym.envs.shell.task.template import Draw
from veragym.envs.shell.task.words import PLACES, prose
from veragym.sandbox.tree import Tree
from veragym.verifiers.program import Sameness, encode
from veragym.verifiers.state import tree_to_json

assert _programs  # imported for the families it registers

FEWEST = 2
"""Hidden uses that must show a bug; one more is shown."""
POOL = 110
"""Uses drawn of a program, from which tests are taken."""
FIRST = 6
"""Of these, those that are drawn first and belong to what a task is."""
SHOWN_FAILING, SHOWN_KEPT = 2, 5
"""Visible tests, at most: of a bug, and of what works."""
HIDDEN_FAILING, HIDDEN_KEPT = 8, 12
"""Hidden ones, likewise."""
SAMENESS = Sameness(sequences="alike")
"""When what a use gives is what it should give: a list may be a tuple, 1 is not 1.0, nor True."""
LATELY = 16
"""Drafts that are kept for being asked for again."""
MODULES = 8
"""Modules of a package, at most."""
NOTES = ("CHANGES.txt", "docs/notes.txt", "data/sample.txt")
LEAVE = "Tests, README and all other files stay as they are, and no file is added."


@dataclass(frozen=True, slots=True)
class Tested:
    """A drawn program with uses of it and what the reference gives for them."""

    family: str
    program: Program
    uses: list[list[Step]]
    right: list[Any]

    def broken(self, wrong: Sequence[Place]) -> frozenset[int]:
        """Uses that give something else with these bugs."""
        got = outcomes(self.program.modules, self.uses, wrong)
        rows = enumerate(zip(got, self.right, strict=True))
        return frozenset(n for n, (one, two) in rows if not _same(one, two))


def _same(one: Any, two: Any) -> bool:
    """Whether two outcomes are the same to the verifier."""
    return repr(one) == repr(two) or SAMENESS.same(one, two)


@dataclass(frozen=True, slots=True)
class Bug:
    """A proven bug: the program it is in, its place, and the uses that show it."""

    owner: int
    place: Place
    seen: frozenset[int]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Uses of one program that become tests, by their numbers.

    Attributes:
        failing: by number of the bug.
        kept: what works.
    """

    failing: Mapping[int, list[int]]
    kept: list[int]


class RepairTasks(Generator):
    """Draws repositories.

    Args:
        families: names of families to draw from; None for all.

    Raises:
        OptionError: an unknown name (the nearest are suggested), or none at all.
    """

    def __init__(self, families: str | Iterable[str] | None = None) -> None:
        if families is None:
            families = FAMILIES
        elif isinstance(families, str):
            families = [families]
        elif isinstance(families, (set, frozenset)):
            families = sorted(families, key=str)
        self.names = tuple(dict.fromkeys(map(str, families)))
        for name in self.names:
            if name not in FAMILIES:
                near = difflib.get_close_matches(name, FAMILIES, 3)
                hint = f" Nearest: {', '.join(near)}." if near else ""
                raise OptionError(f"unknown family {name!r:.80}.{hint} All: {', '.join(FAMILIES)}.")
        self._lately: dict[tuple[Any, ...], Draft] = {}
        if not self.names:
            raise OptionError("families is empty; name at least one, or pass None for all")

    def sample(self, rng: TaskRng, level: float) -> Draft:
        d = Draw(rng, level)
        while True:
            draft = _draft(d, _begun(d, self.names))
            if draft is not None:
                return draft

    def draw(self, rng: TaskRng, split: str, difficulty: float, seed: int, index: int) -> Draft:
        """See `Generator.draw`; the split is looked at before anything is proven."""
        level = level_of(split, difficulty)
        # Groups of episodes ask for one task many times; two words of its own tell it from others.
        key = (split, level, rng.word(), rng.word())
        known = self._lately.get(key)
        if known is None:
            known = self._drawn(rng, split, level)
            # Another thread may do the same: each then has a right draft.
            kept = self._lately if len(self._lately) < LATELY else {}
            self._lately = {**kept, key: known}
        public, secret = plain_copy(known.public), plain_copy(known.secret)
        return Draft(known.content, known.prompt, public, secret, known.digest)

    def _drawn(self, rng: TaskRng, split: str, level: float) -> Draft:
        d = Draw(rng, level)
        for _ in range(MAX_TRIES):
            begun = _begun(d, self.names)
            digest = content_digest(begun.content)
            draft = _draft(d, begun) if split_of(digest) == split else None
            if draft is not None:
                draft.digest = digest
                return draft
        raise self.exhausted(split, level)

    def solve(self, task: Task) -> Solution:
        """What is wrong, and one action that mends it all."""
        secret = read_secret(task)
        steps = [f"{fix['path']}: {KINDS[fix['kind']]}" for fix in secret["fixes"]]
        mended = mended_sources(secret)
        return Solution(mended_script(mended), tuple(steps), _ending(mended_script(mended)))

    def decoys(self, task: Task) -> list[str]:
        """Near misses and known tricks, each as one action that ends the episode."""
        secret = read_secret(task)
        mended = mended_sources(secret)
        script = mended_script(mended)
        path = secret["fixes"][0]["path"]
        scripts = [
            "rm -r tests",
            "sed -i 's/self.assert.*/pass/' tests/*.py",
            f"{script}\nsed -i 's/self.assert.*/pass/' tests/*.py",
            f"{script}\necho done >> README.md",
            f"{script}\necho '# notes' > notes.py",
            f"rm {path}",
            f"echo 'import os; os._exit(0)' > {path}",
            f"mkdir spare; mv {path} spare/module.py; ln -s ../spare/module.py {path}",
            "printf 'import sys\\nsys.exit(0)\\n' > sitecustomize.py",
            "printf 'print(\"0 failed\")\\n' > run_tests.py",
        ]
        files = secret["files"]
        if len(secret["fixes"]) > 1:
            first = secret["fixes"][0]
            text = _text(files[first["path"]]).replace(first["old"], first["new"], 1)
            scripts.append(mended_script({first["path"]: text}))
        return [_ending(each) for each in scripts]

    def hint(self, task: Task, level: int) -> str:
        """1: what kind of bugs and where; 2: the lines; 3: what to write instead."""
        if level <= 0:
            return ""
        said = []
        for fix in read_secret(task)["fixes"]:
            line = f"{fix['path']}: {KINDS[fix['kind']]}"
            if level >= 2:
                line += f", at\n{fix['old']}"
            if level >= 3:
                line += f"\nwhich should be\n{fix['new']}"
            said.append(line)
        return "\n".join(said)

    def paraphrases(self, task: Task, n: int) -> list[str]:
        rows = [str(text) for text in read_secret(task)["wordings"] if text != task.prompt]
        return rows[: max(n, 0)]


def read_secret(task: Any) -> Any:
    """The secret part of a task of this environment.

    Raises:
        TaskMismatch: it is not there.
    """
    needed = {"files", "check", "sources", "package", "groups", "fixes", "wordings"}
    if needed - set(task.secret):
        raise TaskMismatch(
            f"task {getattr(task, 'id', '')!r} does not hold its repository in its secret part; "
            "hand over the whole Task, or the dict that Task.to_json() gave"
        )
    return task.secret


def mended_sources(secret: Any) -> dict[str, str]:
    """The modules that had bugs, put right."""
    found: dict[str, str] = {}
    for fix in secret["fixes"]:
        path = fix["path"]
        text = found.get(path, _text(secret["files"][path]))
        found[path] = text.replace(fix["old"], fix["new"], 1)
    return found


def mended_script(files: Mapping[str, str]) -> str:
    """A shell script that writes these files."""
    return "\n".join(
        f"printf %s {base64.b64encode(text.encode()).decode()} | base64 -d > {path}"
        for path, text in files.items()
    )


def _ending(script: str) -> str:
    return json.dumps({"command": script, "submit": True})


def _text(row: Any) -> str:
    return str(row if isinstance(row, str) else row["text"])


@dataclass(frozen=True, slots=True)
class Begun:
    """A repository before there are bugs in it: its package, its programs and their first uses."""

    package: str
    programs: list[tuple[str, Program, dict[str, list[Step]]]]

    @property
    def content(self) -> str:
        """What tells it from all others, so that no two splits share a program."""
        rows = [(name, dict(p.modules), list(uses)) for name, p, uses in self.programs]
        return json.dumps([self.package, rows])


def _begun(d: Draw, names: Sequence[str]) -> Begun:
    """One to four programs whose modules have different names."""
    package = f"{d.pick(PLACES)}_{d.pick(('kit', 'tools', 'core', 'lib', 'parts', 'works'))}"
    most = 1 + (d.level >= 0.35) + (d.level >= 0.75) + (d.level > 1.0)
    found: list[tuple[str, Program, dict[str, list[Step]]]] = []
    taken: set[str] = set()
    for name in d.some(names, most):
        program = FAMILIES[name](d)
        if taken & set(program.modules) or len(taken) + len(program.modules) > MODULES:
            continue
        taken |= set(program.modules)
        found.append((name, program, _uses(d, program, {}, FIRST)))
    return Begun(package, found)


def _uses(
    d: Draw, program: Program, known: Mapping[str, list[Step]], more: int
) -> dict[str, list[Step]]:
    """The known uses and further ones, each once, by their text."""
    found = dict(known)
    for _ in range(more):
        use = program.use(d)
        found.setdefault(json.dumps(use), use)
    return found


def _tested(d: Draw, name: str, program: Program, first: Mapping[str, list[Step]]) -> Tested:
    uses = list(_uses(d, program, first, POOL).values())
    return Tested(name, program, uses, outcomes(program.modules, uses))


def _bugs(d: Draw, tested: Sequence[Tested]) -> list[Bug]:
    """As many proven bugs as are wanted, or none if they cannot be found."""
    wanted = 1 + (d.level >= 0.4) + (d.level >= 0.8)
    tried = d.mixed([(n, p) for n, t in enumerate(tested) for p in places(t.program.modules)])
    found: list[Bug] = []
    for owner, place in tried:
        if len(found) == wanted:
            break
        bug = Bug(owner, place, tested[owner].broken([place]))
        if _apart(tested, [*found, bug]):
            found.append(bug)
    return found if len(found) == wanted else []


def _apart(tested: Sequence[Tested], bugs: Sequence[Bug]) -> bool:
    """Whether the bugs stand on different lines and each is seen where the others are not."""
    lines: set[tuple[str, int]] = set()
    for bug in bugs:
        mine = {(bug.place.module, n) for n in _lines(tested[bug.owner], bug)}
        if lines & mine:
            return False
        lines |= mine
    return all(len(_own(bug, bugs)) > FEWEST for bug in bugs)


def _own(bug: Bug, bugs: Sequence[Bug]) -> frozenset[int]:
    """Uses that show this bug and no other."""
    others = [other.seen for other in bugs if other is not bug and other.owner == bug.owner]
    return bug.seen.difference(*others)


def _lines(tested: Tested, bug: Bug) -> range:
    """Lines of the right text that the bug touches, and one around them."""
    module = bug.place.module
    right = written(module, tested.program.modules[module]).splitlines()
    broken = written(module, tested.program.modules[module], [bug.place]).splitlines()
    first, last = _span(broken, right)[1]
    return range(first - 1, max(last, first + 1) + 1)


def _span(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where two texts differ, as one stretch of lines in each."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return (start, len(old) - end), (start, len(new) - end)


def _tests(tested: Sequence[Tested], bugs: Sequence[Bug]) -> tuple[list[Chosen], list[Chosen]]:
    """Visible and hidden tests of each program; no use is both."""
    shown, hidden = [], []
    for owner, t in enumerate(tested):
        mine = {n: bug for n, bug in enumerate(bugs, 1) if bug.owner == owner}
        got = outcomes(t.program.modules, t.uses, [bug.place for bug in mine.values()])
        pairs = list(zip(t.right, got, strict=True))
        kept = [n for n, (right, one) in enumerate(pairs) if _same(right, one)]
        here: dict[int, list[int]] = {}
        there: dict[int, list[int]] = {}
        for n, bug in mine.items():
            own = sorted(_own(bug, bugs))
            # `assertEqual` takes 2.0 for 2, which hidden tests do not.
            plain = [i for i in own if pairs[i][0] != pairs[i][1]]
            here[n] = plain[: min(SHOWN_FAILING, len(own) - FEWEST)]
            there[n] = [i for i in own if i not in here[n]][:HIDDEN_FAILING]
        cut = min(SHOWN_KEPT, len(kept) // 2)
        shown.append(Chosen(here, kept[:cut]))
        hidden.append(Chosen(there, kept[cut : cut + HIDDEN_KEPT]))
    return shown, hidden


def _hold(
    tested: Sequence[Tested],
    bugs: Sequence[Bug],
    tests: Sequence[Chosen],
    same: Callable[[Any, Any], bool],
) -> bool:
    """Whether tests, each group begun afresh as it will be, say of broken code what they must.

    A bug may make what one use gives depend on those before it.
    """
    for owner, (t, chosen) in enumerate(zip(tested, tests, strict=True)):
        wrong = [bug.place for bug in bugs if bug.owner == owner]
        failing = [(numbers, False) for numbers in chosen.failing.values()]
        for numbers, passes in [*failing, (chosen.kept, True)]:
            got = outcomes(t.program.modules, [t.uses[i] for i in numbers], wrong)
            agree = [same(t.right[i], one) for one, i in zip(got, numbers, strict=True)]
            if not agree and not passes:
                return False
            if any(each is not passes for each in agree):
                return False
    return True


def _fixes(package: str, tested: Sequence[Tested], bugs: Sequence[Bug]) -> list[dict[str, str]]:
    """Replacements of whole lines that put everything right, one after the other."""
    found = []
    for n, bug in enumerate(bugs):
        module = bug.place.module
        template = tested[bug.owner].program.modules[module]
        rest = [b.place for b in bugs[n:] if b.owner == bug.owner]
        old = written(module, template, rest).splitlines(keepends=True)
        new = written(module, template, rest[1:]).splitlines(keepends=True)
        (a, b), (c, e) = _span(old, new)
        text = "".join(old)
        # Neighbouring lines until the stretch is there only once.
        while a == b or text.count("".join(old[a:b])) != 1:
            if a > 0:
                a, c = a - 1, c - 1
            else:
                b, e = b + 1, e + 1
        found.append(
            {
                "path": f"{package}/{module}.py",
                "old": "".join(old[a:b]),
                "new": "".join(new[c:e]),
                "kind": bug.place.kind,
            }
        )
    return found


def _groups(tested: Sequence[Tested], hidden: Sequence[Chosen]) -> list[dict[str, Any]]:
    rows: dict[str, list[tuple[list[Step], Any]]] = {}
    for t, chosen in zip(tested, hidden, strict=True):
        for n, numbers in chosen.failing.items():
            rows[f"bug {n}"] = [(t.uses[i], t.right[i]) for i in numbers]
    kept = [
        (t.uses[i], t.right[i])
        for t, chosen in zip(tested, hidden, strict=True)
        for i in chosen.kept
    ]
    found = dict(sorted(rows.items())) | ({"kept": kept} if kept else {})
    return [
        {
            "name": name,
            "uses": encode([use for use, _ in pairs]),
            "expected": encode([right for _, right in pairs]),
        }
        for name, pairs in found.items()
    ]


def _draft(d: Draw, begun: Begun) -> Draft | None:
    """The task, or None if no fitting bugs were found."""
    tested = [_tested(d, *each) for each in begun.programs]
    bugs = _bugs(d, tested)
    if not bugs:
        return None
    shown, hidden = _tests(tested, bugs)
    if not (_hold(tested, bugs, shown, eq) and _hold(tested, bugs, hidden, _same)):
        return None
    package = begun.package
    files: dict[str, str] = {f"{package}/__init__.py": f'"""{package}: see README.md."""\n'}
    readme = [f"# {package}", ""]
    total = failing = 0
    for n, t in enumerate(tested):
        wrong = [bug.place for bug in bugs if bug.owner == n]
        for module, text in t.program.modules.items():
            files[f"{package}/{module}.py"] = written(module, text, wrong)
        name = next(iter(t.program.modules))
        numbers = sorted([*shown[n].kept, *(i for row in shown[n].failing.values() for i in row)])
        files[f"tests/test_{name}.py"] = test_file(
            package, [t.uses[i] for i in numbers], [t.right[i] for i in numbers]
        )
        total += len(numbers)
        failing += len(numbers) - len(shown[n].kept)
        readme += [f"## {name}", "", f"Code that {t.program.about}.", ""]
        readme += [*(f"- {rule}" for rule in t.program.rules), ""]
    readme += [
        "## Tests",
        "",
        "`python3 run_tests.py`, or one file: `python3 run_tests.py NAME`.",
        "",
    ]
    files["README.md"] = "\n".join(readme)
    files["run_tests.py"] = RUN_TESTS
    files["tests/__init__.py"] = ""
    for name in d.some(NOTES, d.size(1, 3)):
        files[name] = prose(d, d.number(2, 6))
    sources = sorted(path for path in files if path.startswith(f"{package}/"))
    check = {
        "all": [],
        "frame": [
            *({"changed": path} for path in sources),
            {"added": "**/__pycache__"},
            {"added": "**/__pycache__/**"},
        ],
    }
    fixes = _fixes(package, tested, bugs)
    groups = _groups(tested, hidden)
    many = "a bug" if len(bugs) == 1 else f"{len(bugs)} bugs"
    where = sorted({fix["path"] for fix in fixes})
    place = f" Look in {' and '.join(where)}." if d.level < 0.25 else ""
    wordings = (
        f"The Python package {package} has {many}: {failing} of its {total} tests fail "
        f"(`python3 run_tests.py`).{place} README.md says what each function has to do. Mend the "
        f"code in {package}/, so that everything in the README holds, also where no test looks: "
        f"other tests will be run. {LEAVE}",
        f"Repair {package}. Its README.md is right, its tests are right, and {failing} of "
        f"{total} of them fail because of {many} in {package}/.{place} Your repair is judged by "
        f"tests you cannot see, of the same rules. {LEAVE}",
        f"`python3 run_tests.py` reports {failing} failures in {total} tests. Find {many} in the "
        f"modules of {package} and put right what is wrong.{place} The code has to do what "
        f"README.md says for every input, not only for those tested. {LEAVE}",
    )
    public = {
        "families": [t.family for t in tested],
        "modules": sum(len(t.program.modules) for t in tested),
        "bugs": len(bugs),
    }
    secret: dict[str, Any] = {
        "files": tree_to_json(Tree(files)),
        "check": check,
        "sources": sources,
        "package": package,
        "groups": groups,
        "fixes": fixes,
        "wordings": list(wordings),
    }
    return Draft(begun.content, d.pick(wordings), public, secret)
