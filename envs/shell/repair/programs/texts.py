"""Lines of text taken apart and put together."""

from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, drawn, family, named
from veragym.envs.shell.task.template import Draw
from veragym.envs.shell.task.words import THINGS, VERBS

_FIELDS = '''
"""Fields of a line."""


def <<fields>>(line, sign=","):
    """The fields of a line; between quotation marks the sign is an ordinary character.

    Two quotation marks inside quotation marks are one.
    """
    found, field, quoted, at = [], "", False, 0
    while at < len(line):
        char = line[at]
        if char == '"' and quoted and ⟦slice¦line[at + 1:at + 2]¦line[at - 1:at]⟧ == '"':
            field += '"'
            at += 1
        elif char == '"':
            quoted = not quoted
        elif char == sign ⟦missing case¦and not quoted¦⟧:
            found.append(field)
            ⟦order¦field = ""¦pass⟧
        else:
            field += char
        at += 1
    if quoted:
        raise ValueError("a quotation mark is not closed")
    return ⟦empty¦[*found, field]¦[*found, field] if field else found⟧


def <<pairs>>(text):
    """"a=1; b=x=y" as {"a": "1", "b": "x=y"}."""
    found = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        key, sign, value = ⟦key¦part.partition("=")¦part.rpartition("=")⟧
        if not sign:
            raise ValueError("there is no = in a part")
        found[key.strip()] = value.strip()
    return found
'''
_LINES = '''
"""Lines and words."""


def <<wrap>>(text, width):
    """Words in lines of at most so many characters; a longer word has a line of its own."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) ⟦boundary¦> width¦>= width⟧:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    ⟦lost return¦return lines + [line] if line else lines¦lines + [line]
    return lines⟧


def <<slug>>(text, most=None):
    """Lower-case letters and digits, whatever else is between them as one hyphen."""
    found = ""
    for char in text⟦missing case¦.lower()¦⟧:
        if char.isascii() and char.isalnum():
            found += char
        elif ⟦missing case¦found and not found.endswith("-")¦not found.endswith("-")⟧:
            found += "-"
    if most is not None:
        found = found[:most]
    return found.⟦slice¦rstrip¦lstrip⟧("-")


def <<common>>(texts):
    """The longest beginning of all texts."""
    if not texts:
        return ""
    first, last = min(texts), max(texts)
    size = 0
    while size < min(len(first), len(last)) and first[size] == last[size]:
        size += 1
    return first[:⟦slice¦size¦size + 1⟧]
'''


@family("texts")
def texts(d: Draw) -> Program:
    """Five functions."""
    n = drawn(
        d,
        fields_module=("fields", "records", "splitting"),
        lines=("lines", "layout", "wording"),
        fields=("fields_of", "split_line", "columns"),
        pairs=("pairs", "settings", "read_pairs"),
        wrap=("wrap", "fill", "folded"),
        slug=("slug", "short_name", "anchor"),
        common=("common", "prefix", "beginning"),
    )

    def words(d: Draw, count: int) -> list[str]:
        return [d.pick(d.pick((THINGS, VERBS))) for _ in range(count)]

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 5)
        if which in (0, 5):
            parts = []
            for word in words(d, d.number(1, 4)):
                kind = d.number(0, 5)
                parts.append(
                    (word, "", f'"{word}"', f'"{word},{kind}"', f'"{word} ""{kind}"""', word)[kind]
                )
            if d.chance(0.06):
                parts.append('"open')
            return [call(n["fields_module"], n["fields"], ",".join(parts))]
        if which == 1:
            parts = [f"{word} = {d.pick(('1', 'x=y', 'a b', '', '2=3=4'))}" for word in words(d, 3)]
            if d.chance(0.1):
                parts.append("alone")
            return [call(n["fields_module"], n["pairs"], "; ".join(parts))]
        if which == 2:
            text = " ".join(words(d, d.number(0, 9)))
            return [call(n["lines"], n["wrap"], text, d.number(5, 22))]
        if which == 3:
            marks = ("", "!", "--", " ?", "  ", "…")
            text = d.pick(("", "", "¿", " - "))
            text += "".join(word.capitalize() + d.pick(marks) + " " for word in words(d, 3))
            if d.chance(0.4):
                return [call(n["lines"], n["slug"], text, d.number(4, 16))]
            return [call(n["lines"], n["slug"], text)]
        start = d.pick(THINGS)[: d.number(0, 5)]
        some = [start + word[: d.number(0, 4)] for word in words(d, d.number(0, 4))]
        return [call(n["lines"], n["common"], some)]

    return Program(
        "takes lines of text apart and puts them together",
        {n["fields_module"]: named(_FIELDS, n), n["lines"]: named(_LINES, n)},
        (
            f'`{n["fields_module"]}.{n["fields"]}(line, sign=",")`: the fields between the signs. '
            "Between quotation marks a sign is an ordinary character, and two quotation marks are "
            "one. The marks around are left out; empty fields count, also the last one (an empty "
            "line is one empty field). ValueError if a mark is not closed.",
            f'`{n["fields_module"]}.{n["pairs"]}(text)`: "a=1; b=x=y" is {{"a": "1", "b": "x=y"}}; '
            "a key ends at the first =, blanks around keys and values do not count, empty parts "
            "are left out. ValueError for a part without =. Of two equal keys, the last counts.",
            f"`{n['lines']}.{n['wrap']}(text, width)`: the words in lines, each as full as it can "
            "be with at most `width` characters; a longer word has a line of its own.",
            f"`{n['lines']}.{n['slug']}(text, most=None)`: ASCII letters (made lower case) and "
            "digits stay, whatever is between them becomes one hyphen, none at the start or the "
            "end; cut to at most so many characters, a hyphen at the end then left out, too.",
            f'`{n["lines"]}.{n["common"]}(texts)`: the longest beginning all texts have; "" for '
            "none.",
        ),
        use,
    )
