"""Git histories: who changed what, and how to get it back. Needs git."""

from __future__ import annotations

from typing import Any

from veragym.envs.shell.task.repository import Repository
from veragym.envs.shell.task.template import Answer, Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import PEOPLE, PLACES, THINGS, VERBS, prose, quoted, stems

CALM: tuple[Any, ...] = ("repo/.git/*", "repo/.git/logs/**", "repo/.git/logs")
"""What looking at a history may change: the index and records of where one has been."""
ON_MAIN = {"ref": "HEAD", "in": "repo", "is": "ref: refs/heads/main", "name": "branch"}


def _subject(d: Draw, used: set[str]) -> str:
    while True:
        text = f"{d.pick(VERBS).capitalize()} {d.pick(THINGS)} for {d.pick(PLACES)}"
        if text not in used:
            used.add(text)
            return text


def _history(
    d: Draw, count: int, authors: list[str]
) -> tuple[Repository, list[dict[str, str]], list[str], list[str]]:
    """A line of commits that each rewrite a file; the states, subjects and authors."""
    made = Repository()
    names = [f"{stem}.txt" for stem in stems(d, 4)]
    state = {name: prose(d, 3) for name in names}
    states, subjects, who = [], [], []
    used: set[str] = set()
    for _ in range(count):
        state = dict(state)
        state[d.pick(names)] = prose(d, d.number(2, 4)) + f"{d.number(1000, 9999)}\n"
        subjects.append(_subject(d, used))
        who.append(d.pick(authors))
        states.append(state)
        made.commit(state, who[-1], subjects[-1])
    return made, states, subjects, who


@template("histories.commits_of", needs=("git",))
def commits_of(d: Draw) -> Scene:
    """How many commits one person made; another's name begins alike."""
    author = d.pick(PEOPLE)
    authors = [author, f"{author}-smith", *d.some([p for p in PEOPLE if p != author], 2)]
    authors += [author] * d.number(0, 3)
    made, _, _, who = _history(d, d.size(14, 40), authors)
    hits = who.count(author)
    alike = sum(name.startswith(author) for name in who)
    return Scene(
        made.files("repo"),
        (
            f"How many commits on the branch main of the repository in repo were made by the "
            f"author "
            f"{author} (exactly that name)? Leave the repository as it is.",
            f"Count {author}'s commits in repo (author name exactly '{author}'). Answer with the "
            "number.",
        ),
        (f"git -C repo log --format=%an | grep -cx {author}",),
        (ON_MAIN,),
        CALM,
        answer=Answer("integer", str(hits)),
        decoys=tuple(
            Decoy("", str(value), "one off, all of them, or names that begin alike")
            for value in {hits + 1, len(who) + (hits == len(who)), alike} - {hits}
        ),
        hint="git log --format=%an, counted with grep -cx.",
    )


@template("histories.introduced", needs=("git",))
def introduced(d: Draw) -> Scene:
    """The commit that brought a word in; it was moved later."""
    count = d.size(5, 22)
    made = Repository()
    names = [f"{stem}.txt" for stem in stems(d, 3)]
    state = {name: prose(d, 2) for name in names}
    word = f"{d.pick(THINGS)}{d.number(1000, 9999)}"
    at = d.number(1, count - 3)
    later = d.number(at + 1, count - 1)
    used: set[str] = set()
    subjects = []
    for number in range(count):
        state = dict(state)
        name = d.pick(names[1:])
        state[name] = prose(d, 2) + f"{d.number(1000, 9999)}\n"
        if number == at:
            state[names[0]] += f"key = {word}\n"
        elif number == later:  # the same line, elsewhere in the file
            state[names[0]] = f"key = {word}\n" + prose(d, 1)
        subjects.append(_subject(d, used))
        made.commit(state, d.pick(PEOPLE), subjects[-1])
    return Scene(
        made.files("repo"),
        (
            f"Which commit of the repository in repo first brought the text {word} into "
            f"{names[0]}? Answer with the commit's subject line (not its number). Change nothing.",
            f"Find the oldest commit in repo whose version of {names[0]} contains {word}, and "
            f"answer "
            "with its subject (first line of the message).",
        ),
        (f"git -C repo log --reverse --format=%s -S{word} -- {quoted(names[0])} | head -1",),
        (ON_MAIN,),
        CALM,
        answer=Answer("text", subjects[at]),
        decoys=(
            Decoy("", subjects[later], "where it was moved"),
            Decoy("", subjects[at - 1], "the one before"),
            Decoy("", subjects[-1], "the last"),
        ),
        hint="git log -S finds commits that add or remove a text; --reverse: the oldest first.",
    )


@template("histories.restore_deleted", needs=("git",))
def restore_deleted(d: Draw) -> Scene:
    """A file that was deleted some commits ago comes back as it last was."""
    count = d.size(5, 20)
    made = Repository()
    names = [f"{stem}.txt" for stem in stems(d, 4)]
    lost = names[0]
    state = {name: prose(d, 2) for name in names}
    gone = d.number(3, count - 2)
    used: set[str] = set()
    last = ""
    first = state[lost]
    for number in range(count):
        state = dict(state)
        if number == gone:
            last = state.pop(lost)
            subject = f"Remove {lost}"
        else:
            name = lost if number in (1, 2) else d.pick(names[1:])
            state[name] = prose(d, 2) + f"{d.number(1000, 9999)}\n"
            subject = _subject(d, used)
        made.commit(state, d.pick(PEOPLE), subject)
    del first
    path = quoted(lost)
    find = f"git -C repo rev-list -n 1 HEAD -- {path}"
    return Scene(
        made.files("repo"),
        (
            f"The file {lost} was deleted from the repository in repo some commits ago. Put it "
            f"back "
            f"at repo/{lost} with the content it had just before it was deleted. Do not commit, "
            f"and "
            "leave the other files and the branch as they are.",
            f"Restore repo/{lost} from the history: the last version before its removal. The "
            f"branch "
            "must not move and no other file may change.",
        ),
        (f'git -C repo show "$({find})^:{lost}" > repo/{path}',),
        ({"file": f"repo/{lost}", "exactly": last}, ON_MAIN),
        (*CALM, {"added": f"repo/{lost}"}),
        decoys=(
            Decoy(
                f"git -C repo show HEAD~{count - 1}:{path} > repo/{path}", why="its first version"
            ),
            Decoy(f'git -C repo checkout -q "$({find})^"', why="the whole past"),
            Decoy(
                f'git -C repo checkout -q "$({find})^" -- {path} && git -C repo commit -qm back',
                why="committed",
            ),
        ),
        hint="git rev-list -n 1 HEAD -- FILE names the commit that deleted it; show its ^.",
    )


@template("histories.tag", needs=("git",))
def tag(d: Draw) -> Scene:
    """A light tag on the commit with a subject."""
    made, _, subjects, _ = _history(d, d.size(5, 22), d.some(PEOPLE, 3))
    at = d.number(1, len(subjects) - 2)
    name = f"v{d.number(0, 4)}.{d.number(0, 9)}"
    find = f"git -C repo log --format='%H %s' | grep -F {quoted(subjects[at])} | cut -d' ' -f1"
    return Scene(
        made.files("repo"),
        (
            f"In the repository in repo, put a lightweight tag {name} on the commit with the "
            f"subject '{subjects[at]}'. Nothing else changes.",
            f"Create the lightweight (not annotated) git tag {name} in repo, pointing at the "
            f"commit "
            f"whose message is '{subjects[at]}'.",
        ),
        (f"git -C repo tag {name} $({find})",),
        (
            {"ref": f"refs/tags/{name}", "in": "repo", "is": made.commits[at], "name": "tag"},
            ON_MAIN,
        ),
        (*CALM, {"added": f"repo/.git/refs/tags/{name}"}, {"added": "repo/.git/refs/tags"}),
        decoys=(
            Decoy(f"git -C repo tag {name}", why="the last commit"),
            Decoy(f"git -C repo tag {name} $({find})^", why="the one before"),
            Decoy(f"git -C repo tag -a -m x {name} $({find})", why="annotated"),
            Decoy(f"git -C repo branch {name} $({find})", why="a branch"),
        ),
        hint="git log --format='%H %s' shows numbers and subjects; git tag NAME COMMIT.",
    )


@template("histories.last_good", needs=("git",))
def last_good(d: Draw) -> Scene:
    """A branch at the last commit before a value went wrong."""
    count = d.size(5, 22)
    made = Repository()
    limit = d.number(50, 90)
    bad = d.number(2, count - 2)
    state = {"limits.conf": "", "notes.txt": prose(d, 2)}
    used: set[str] = set()
    for number in range(count):
        value = d.number(10, limit) if number < bad else d.number(limit + 1, limit + 40)
        state = dict(state)
        state["limits.conf"] = f"max = {value}\nstamp = {d.number(1, 10**6)}\n"
        made.commit(state, d.pick(PEOPLE), _subject(d, used))
    good = made.commits[bad - 1]
    test = (
        "for c in $(git rev-list HEAD); do m=$(git show $c:limits.conf | awk '/^max/{print $3}'); "
        f'[ "$m" -le {limit} ] && break; done; git branch good $c'
    )
    return Scene(
        made.files("repo"),
        (
            f"In the repository in repo, the value max in limits.conf must not exceed {limit}. "
            f"From "
            "some commit on it always does. Create a branch named good at the last commit where it "
            "does not, without checking it out.",
            f"Find in repo the newest commit whose limits.conf has max <= {limit} and make a "
            f"branch "
            "good point at it; stay on main and leave the working files alone.",
        ),
        (f"(cd repo && {test})",),
        (
            {"ref": "refs/heads/good", "in": "repo", "is": good, "name": "good"},
            {"ref": "refs/heads/main", "in": "repo", "is": made.commits[-1], "name": "main"},
            ON_MAIN,
        ),
        (*CALM, {"added": "repo/.git/refs/heads/good"}),
        decoys=(
            Decoy("git -C repo branch good", why="the last commit"),
            Decoy(f"git -C repo branch good {made.commits[bad][:12]}", why="the first bad one"),
            Decoy(f"git -C repo checkout -q -b good {good[:12]}", why="checked out"),
            Decoy(f"git -C repo branch good {made.commits[0][:12]}", why="the first one"),
        )
        if bad > 1
        else (),
        hint="Walk git rev-list HEAD with git show COMMIT:limits.conf; branch where it is good.",
    )
