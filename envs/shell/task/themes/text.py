"""Text with grep, sed and awk."""

from __future__ import annotations

from collections import Counter

from veragym.envs.shell.task.template import Answer, Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import HOSTS, PEOPLE, PLACES, THINGS, prose, sentence, stems
from veragym.sandbox.tree import Node

Given = dict[str, Node | str | bytes]


@template("text.count_lines")
def count_lines(d: Draw) -> Scene:
    """Lines that hold a word as a word, in any case."""
    word = d.pick(("error", "failed", "denied", "lost"))
    near = {"error": "errors", "failed": "failedover", "denied": "undenied", "lost": "lostandfound"}
    files: Given = {}
    hits = words = 0
    for stem in stems(d, d.size(1, 4)):
        rows = []
        for _ in range(d.size(12, 60)):
            row = sentence(d)
            mark = d.number(0, 9)
            if mark < 3:
                row = f"{d.pick((word, word.upper(), word.title()))}: {row}"
                hits += 1
                words += 1
                if d.chance(0.3):
                    row += f" ({word})"
                    words += 1
            elif mark < 5:
                row = f"{near[word]} {row}"
            rows.append(row)
        files[f"logs/{stem}.log"] = "\n".join(rows) + "\n"
    files["logs/old.txt"] = f"{word}\n" * 3
    return Scene(
        files,
        (
            f"How many lines of the .log files in logs hold the whole word {word}, in any mixture "
            "of upper and lower case? A line counts once. Change nothing.",
            f"Over all logs/*.log together, count the lines that contain '{word}' as a separate "
            "word, ignoring case (each line at most once), and answer with the total.",
        ),
        (f"cat logs/*.log | grep -ciw {word}",),
        answer=Answer("integer", str(hits)),
        decoys=tuple(
            Decoy("", str(value), "words instead of lines, other files, or one off")
            for value in {words, hits + 3, hits + 1, max(0, hits - 1)} - {hits}
        ),
        hint="grep has -c (count), -i (case) and -w (whole words).",
    )


@template("text.replace")
def replace(d: Draw) -> Scene:
    """One host name is replaced in all files of a kind; longer names that hold it stay."""
    old, new = d.some(HOSTS, 2)
    files: Given = {}
    goal: dict[str, str] = {}

    def row(name: str) -> str:
        return d.pick((f"server={name}", f"connect {name} 22", f"# on {name}:", f"a,{name},b"))

    for stem in stems(d, d.size(2, 8)):
        names = [d.pick((old, old, f"{old}2", f"my{old}", *HOSTS)) for _ in range(d.size(4, 14))]
        mark = len(goal)
        rows = [row(name) for name in names]
        path = f"etc/{d.pick(('', 'conf.d/'))}{stem}.conf"
        if mark == 0:
            rows.append(f"primary {old}")
        files[path] = "\n".join(rows) + "\n"
        goal[path] = "\n".join(_swapped(r, old, new) for r in rows) + "\n"
    files["etc/history.md"] = f"{old} was bought in 2019\n{prose(d, 1)}"
    changed = [path for path in goal if goal[path] != files[path]]
    return Scene(
        files,
        (
            f"The host {old} is now called {new}. Change the name in every .conf file below etc, "
            f"wherever it stands as a whole word; {old}2 and my{old} are other hosts. Other files "
            "stay as they are.",
            f"Rename host {old} to {new} in all *.conf files under etc (at any depth). Only whole "
            f"words count: names such as {old}2 or my{old} must survive.",
        ),
        (f"find etc -name '*.conf' -exec sed -i 's/\\b{old}\\b/{new}/g' {{}} +",),
        tuple({"file": path, "exactly": text, "mode": "0644"} for path, text in goal.items()),
        tuple({"changed": path} for path in changed),
        decoys=(
            Decoy(
                f"find etc -name '*.conf' -exec sed -i 's/{old}/{new}/g' {{}} +",
                why="parts of words, too",
            )
            if any(f"{old}2" in t or f"my{old}" in t for t in map(str, files.values()))
            else Decoy(f"sed -i 's/x/y/' etc/history.md; echo {new} > etc/new", why="nonsense"),
            Decoy(f"find etc -type f -exec sed -i 's/\\b{old}\\b/{new}/g' {{}} +", why="the .md"),
            Decoy(
                f"find etc -name '*.conf' -exec sed -i.bak 's/\\b{old}\\b/{new}/g' {{}} +",
                why="copies left behind",
            ),
        ),
        hint="sed -i with \\b around the name, run by find on the .conf files.",
    )


def _swapped(row: str, old: str, new: str) -> str:
    import re

    return re.sub(rf"\b{old}\b", new, row)


@template(
    "text.addresses",
    fresh=(
        "letters.txt",
        "addresses.txt",
    ),
)
def addresses(d: Draw) -> Scene:
    """Mail addresses out of prose: each once, sorted."""
    domain = d.pick(("example.org", "example.com", "example.net"))
    found: set[str] = set()
    rows: list[str] = []
    for _ in range(d.size(8, 50)):
        row = sentence(d)
        if not found or d.chance(0.5):
            person = d.pick(PEOPLE) + d.pick(("", f".{d.pick(PLACES)}", str(d.number(1, 99))))
            who = f"{person}@{d.pick((domain, domain, 'example.test'))}"
            row = d.pick((f"{row}, write to {who}", f"<{who}> {row}", f"{row} ({who})"))
            found.add(who)
        rows.append(row)
    rows.append(f"{d.pick(PEOPLE)} at {domain} is no address")
    files: Given = {"letters.txt": "\n".join(rows) + "\n", "notes.txt": prose(d, 3)}
    gold = sorted(found)
    pattern = "[a-z0-9.]+@example\\.[a-z]+"
    return Scene(
        files,
        (
            "Write every mail address that occurs in letters.txt into addresses.txt: each once, "
            "one "
            "per line, sorted in byte order. Addresses consist of lower-case letters, digits and "
            "dots around an @.",
            "Collect the distinct mail addresses of letters.txt (lower-case letters, digits, dots, "
            "an @) in addresses.txt, sorted (C locale), one per line.",
        ),
        (f"grep -oE '{pattern}' letters.txt | LC_ALL=C sort -u > addresses.txt",),
        ({"file": "addresses.txt", "lines": gold},),
        ({"added": "addresses.txt"},),
        decoys=(
            Decoy("grep @ letters.txt | LC_ALL=C sort -u > addresses.txt", why="whole lines"),
            Decoy(
                f"grep -oE '{pattern}' letters.txt | LC_ALL=C sort -u | tail -n +2 > addresses.txt",
                why="one is missing",
            ),
            Decoy(
                f"grep -oE '{pattern}' letters.txt | LC_ALL=C sort -u > letters.txt",
                why="the input is lost",
            ),
        ),
        hint="grep -oE prints only what matches; sort -u makes it unique.",
    )


@template("text.columns")
def columns(d: Draw) -> Scene:
    """Columns of a separated table in another order, one left out."""
    separator = d.pick((":", ";", "|"))
    names = ("id", "name", "place", "item", "count")[: 3 + (d.level > 0.4) + (d.level > 0.8)]
    rows = [
        (
            str(d.number(100, 999)),
            d.pick(PEOPLE),
            d.pick(PLACES),
            d.pick(THINGS),
            str(d.number(1, 99)),
        )
        for _ in range(d.size(5, 40))
    ]
    order = d.some(range(len(names)), len(names) - 1)
    while order == sorted(order):
        order = d.some(range(len(names)), len(names) - 1)
    table = [names, *(row[: len(names)] for row in rows)]
    gold = ["\t".join(row[i] for i in order) for row in table]
    fields = ", ".join(f"${i + 1}" for i in order)
    wanted = ", ".join(names[i] for i in order)
    return Scene(
        {"table.txt": "".join(separator.join(row) + "\n" for row in table)},
        (
            f"The columns of table.txt are separated by {separator!r}. Write to short.tsv only the "
            f"columns {wanted}, in that order and separated by tabs, for all rows including the "
            "first. table.txt stays as it is.",
            f"Turn table.txt (separator {separator!r}) into short.tsv: tab-separated, columns in "
            f"the "
            f"order {wanted}; keep the header row and the order of rows.",
        ),
        (f"awk -F'[{separator}]' -v OFS='\\t' '{{print {fields}}}' table.txt > short.tsv",),
        ({"file": "short.tsv", "lines": gold},),
        ({"added": "short.tsv"},),
        decoys=(
            Decoy(
                f"cut -d'{separator}' -f{','.join(str(i + 1) for i in sorted(order))} table.txt | "
                f"tr '{separator}' '\\t' > short.tsv",
                why="cut keeps the old order",
            ),
            Decoy(
                f"awk -F'[{separator}]' '{{print {fields}}}' table.txt > short.tsv",
                why="blanks instead of tabs",
            ),
            Decoy(
                f"awk -F'[{separator}]' -v OFS='\\t' 'NR>1{{print {fields}}}' table.txt > "
                f"short.tsv",
                why="without the header",
            ),
        ),
        hint="awk with -F for the input's separator and -v OFS='\\t' for the output's.",
    )


@template("text.strip_comments", fresh=("settings.conf",))
def strip_comments(d: Draw) -> Scene:
    """Comment lines and blank lines go; a `#` inside a line is no comment."""
    rows: list[str] = []
    gold: list[str] = []
    for _ in range(d.size(10, 50)):
        kind = d.number(0, 5)
        if kind == 0:
            rows.append(d.pick(("", "  ", "\t")))
        elif kind == 1:
            rows.append(f"{d.pick(('', '  ', '    '))}# {sentence(d)}")
        else:
            row = f"{d.pick(THINGS)} = {d.number(1, 9999)}"
            if kind == 2:
                row = f"{d.pick(THINGS)} = '#{d.number(100, 999)}'"
            rows.append(row)
            gold.append(row)
    rows += ["", "# the end"]
    rows.append(f"last = {d.number(1, 10**6)}")
    gold.append(rows[-1])
    return Scene(
        {"settings.conf": "\n".join(rows) + "\n", "settings.bak": prose(d, 2)},
        (
            "Remove from settings.conf all lines that are blank (empty, or spaces and tabs only) "
            "and all comment lines (the first character that is no blank is `#`). Change the file "
            "itself; the other lines keep their order and every character.",
            "Clean settings.conf in place: drop blank lines and lines whose first visible "
            "character "
            "is #. A # later in a line belongs to it. Leave no other file behind.",
        ),
        ("sed -i -E '/^[[:space:]]*(#|$)/d' settings.conf",),
        ({"file": "settings.conf", "exactly": "\n".join(gold) + "\n"},),
        ({"changed": "settings.conf"},),
        decoys=(
            Decoy("sed -i '/#/d; /^[[:space:]]*$/d' settings.conf", why="values with #")
            if any("#" in row for row in gold)
            else Decoy("sed -i '/last/d' settings.conf", why="the wrong line"),
            Decoy(
                "sed -i.bak -E '/^[[:space:]]*(#|$)/d' settings.conf", why="another file is lost"
            ),
            Decoy("sed -i 's/#.*//' settings.conf", why="blank lines stay"),
        ),
        hint="One sed -i command with a pattern for lines of blanks and then # or nothing.",
    )


@template("text.lines")
def some_lines(d: Draw) -> Scene:
    """Some lines by number, from several ranges."""
    rows = [f"{number} {sentence(d)}" for number in range(1, d.size(30, 200))]
    d.rng.shuffle(rows)
    total = len(rows)
    a = d.number(3, total // 3)
    b = a + d.number(2, 6)
    c = d.number(total // 2, total - 6)
    e = c + d.number(1, 4)
    gold = [*rows[a - 1 : b], *rows[c - 1 : e], rows[-1]]
    return Scene(
        {"book.txt": "\n".join(rows) + "\n"},
        (
            f"Write lines {a} to {b}, lines {c} to {e} and the last line of book.txt (counting "
            "lines from 1, all ends included), in this order, into excerpt.txt.",
            f"excerpt.txt should hold these lines of book.txt: {a}-{b}, {c}-{e} (inclusive, the "
            "first line is number 1) and finally the last one. book.txt stays.",
        ),
        (f"sed -n '{a},{b}p;{c},{e}p;$p' book.txt > excerpt.txt",),
        ({"file": "excerpt.txt", "equals": "\n".join(gold) + "\n"},),
        ({"added": "excerpt.txt"},),
        decoys=(
            Decoy(f"sed -n '{a},{b - 1}p;{c},{e}p;$p' book.txt > excerpt.txt", why="one short"),
            Decoy(f"sed -n '{a + 1},{b}p;{c},{e}p;$p' book.txt > excerpt.txt", why="one late"),
            Decoy(f"sed -n '{a},{b}p;{c},{e}p' book.txt > excerpt.txt", why="without the last"),
        ),
        hint="sed -n 'A,Bp;C,Dp;$p'.",
    )


@template(
    "text.frequencies",
    fresh=(
        "text.txt",
        "top.txt",
    ),
)
def frequencies(d: Draw) -> Scene:
    """The commonest words of a text with their counts."""
    top = d.number(3, 5)
    pool = d.some(THINGS, top + d.size(3, 12))
    counts = dict.fromkeys(pool, 0)
    left = d.size(14, 40)
    for rank, word in enumerate(pool):
        # Different counts at the top, so that the order is certain.
        counts[word] = left - 2 * rank if rank <= top else max(1, left - 2 * top - 3 - rank % 3)
        counts[word] = max(counts[word], 1)
    if len(set(list(counts.values())[: top + 1])) <= top:
        counts = {word: 40 - 2 * rank for rank, word in enumerate(pool)}
    words = d.mixed([word for word, n in counts.items() for _ in range(n)])
    rows: list[str] = []
    while words:
        width = d.number(3, 9)
        rows.append(" ".join(words[:width]))
        words = words[width:]
    best = Counter(counts).most_common(top)
    gold = [f"{n} {word}" for word, n in best]
    return Scene(
        {"text.txt": "\n".join(rows) + "\n", "other.txt": prose(d, 4)},
        (
            f"Find the {top} commonest words of text.txt (words are separated by spaces and line "
            "ends) and write them to top.txt, the commonest first, one per line as count, a space, "
            "word.",
            f"Write a ranking of the {top} most frequent words in text.txt to top.txt: lines of "
            f"the "
            "form 'count word', highest count first.",
        ),
        (
            f"tr -s ' ' '\\n' < text.txt | sort | uniq -c | sort -rn | head -{top} | "
            "awk '{print $1, $2}' > top.txt",
        ),
        ({"file": "top.txt", "columns": gold},),
        ({"added": "top.txt"},),
        decoys=(
            Decoy(
                f"tr -s ' ' '\\n' < text.txt | sort | uniq -c | sort -n | head -{top} > top.txt",
                why="the rarest",
            ),
            Decoy(
                f"tr -s ' ' '\\n' < text.txt | sort | uniq -c | sort -rn | head -{top - 1} "
                "> top.txt",
                why="one too few",
            ),
            Decoy(
                f"tr -s ' ' '\\n' < text.txt | uniq -c | sort -rn | head -{top} > top.txt",
                why="not sorted before counting",
            ),
        ),
        hint="One word per line, sort, uniq -c, sort -rn, head.",
    )
