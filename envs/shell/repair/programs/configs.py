"""Settings read from text, laid over one another, and read as what they mean."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, drawn, family, named
from veragym.envs.shell.task.template import Draw
from veragym.envs.shell.task.words import SERVICES

_READER = '''
"""Settings in sections, as text."""


def <<read>>(text):
    """Values by section and key; what stands before the first section is in ""."""
    found = {"": {}}
    section = ""
    for line in text.split("\\n"):
        line = line.strip()
        if not line or line[0] in ⟦missing case¦"#;"¦"#"⟧:
            continue
        if line[0] == "[":
            if line[-1] != "]":
                raise ValueError("a section is not closed")
            section = line[1:⟦slice¦-1¦-2⟧].strip()
            ⟦stale¦found.setdefault(section, {})¦found[section] = {}⟧
            continue
        key, sign, value = line.partition("=")
        if not sign:
            raise ValueError("a line without =")
        found[⟦shadowed¦section¦""⟧][key.strip()⟦missing case¦.lower()¦⟧] = value.strip()
    return found


def <<write>>(settings):
    """The inverse: sections and keys sorted, a blank line before each section."""
    lines = []
    for section in sorted(settings):
        if section:
            lines += ⟦missing case¦["", f"[{section}]"] if lines else [f"[{section}]"]¦["", f"[{section}]"]⟧
        lines += [f"{key} = {value}" for key, value in sorted(settings[section].items())]
    return "\\n".join(lines)
'''
_VALUES = '''
"""What settings mean."""


def <<merge>>(base, over):
    """Settings of `over` laid over those of `base`, which stay as they are; None takes away."""
    found = ⟦alias¦dict(base)¦base⟧
    for key, value in over.items():
        if value is None:
            ⟦empty¦found.pop(key, None)¦found[key] = value⟧
        elif isinstance(value, dict) and isinstance(found.get(key), dict):
            found[key] = ⟦arguments¦<<merge>>(found[key], value)¦<<merge>>(value, found[key])⟧
        else:
            found[key] = value
    return found


def <<merged_twice>>(base, over):
    """What `over` makes of `base`, and `base` as it is afterwards."""
    return [<<merge>>(base, over), base]


def <<truth>>(text):
    """Whether "yes", "on", "true" or "1" is said, or "no", "off", "false" or "0"."""
    word = text.strip().lower()
    if word in ("yes", "on", "true", "1"):
        return True
    if word in ("no", "off", "false", "0"):
        return ⟦lost return¦False¦None⟧
    raise ValueError("neither yes nor no")


def <<amount>>(text):
    """"512", "4k" or "2M" in bytes: k is 1024, M is 1024 k."""
    units = {"k": 1024, "M": ⟦number¦1024 * 1024¦1000 * 1000⟧}
    factor = units.get(text[-1:], 1)
    number = ⟦slice¦text[:-1] if factor > 1 else text¦text[:-1]⟧
    if not number.isdigit():
        raise ValueError("not an amount")
    return int(number) * factor
'''


@family("configs")
def configs(d: Draw) -> Program:
    """Six functions."""
    n = drawn(
        d,
        reader=("reader", "ini", "sections"),
        values=("values", "meaning", "layers"),
        read=("read", "loads", "from_text"),
        write=("write", "dumps", "to_text"),
        merge=("merge", "overlay", "laid_over"),
        merged_twice=("merge_and_base", "before_and_after", "with_base"),
        truth=("truth", "flag", "yes_or_no"),
        amount=("amount", "size", "byte_count"),
    )

    def value(d: Draw) -> str:
        return d.pick(("1", "a b", "x=y", "", "on", "/tmp", "7"))

    def nested(d: Draw, depth: int, gone: bool) -> dict[str, object]:
        found: dict[str, object] = {}
        for key in d.some(SERVICES[:4], d.number(1, 3)):
            if depth and d.chance(0.5):
                found[key] = nested(d, depth - 1, gone)
            else:
                found[key] = None if gone and d.chance(0.3) else d.number(0, 9)
        return found

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 6)
        if which in (0, 1):
            lines = []
            sections = d.some(SERVICES, 2)
            for _ in range(d.number(2, 8)):
                kind = d.number(0, 9)
                if kind < 3:
                    lines.append(f"[{d.pick(sections)}]")
                elif kind == 3:
                    lines.append(d.pick(("# note", "; note = 1", "", "  ")))
                elif kind == 4 and d.chance(0.2):
                    lines.append(d.pick(("[open", "alone")))
                else:
                    key = d.pick(("port", "Host", "name", "Level"))
                    lines.append(f"{key} = {value(d)}")
            return [call(n["reader"], n["read"], "\n".join(lines))]
        if which == 2:
            names = d.some(["", "", *SERVICES[:4]], d.number(0, 3))
            settings = {
                name: {key: value(d) for key in d.some(["port", "host", "name"], d.number(0, 3))}
                for name in names
            }
            return [call(n["reader"], n["write"], settings)]
        if which in (3, 4):
            function = n["merge"] if which == 3 else n["merged_twice"]
            return [call(n["values"], function, nested(d, 1, False), nested(d, 1, True))]
        if which == 5:
            words = ("yes", "No", " on", "off ", "TRUE", "false", "0", "1", "maybe", "")
            return [call(n["values"], n["truth"], d.pick(words))]
        number = d.number(0, 2048)
        texts = (f"{number}", f"{number}k", f"{number % 9}M", "k", "", "1.5k", "3K")
        return [call(n["values"], n["amount"], d.pick((*texts[:3], *texts)))]

    return Program(
        "reads settings",
        {n["reader"]: named(_READER, n), n["values"]: named(_VALUES, n)},
        (
            f'`{n["reader"]}.{n["read"]}(text)`: lines "key = value" below lines "[section]", as '
            'values by section and key; the section "" holds those before any section and is '
            "always there. A key ends at the first = and is made lower case. Blanks around "
            "anything do not count; empty lines and lines that begin with # or ; are left out. A "
            "section may come twice and goes on then. ValueError for any other line.",
            f'`{n["reader"]}.{n["write"]}(settings)`: the text, sections (first "", without a '
            "line of its own) and keys sorted; a blank line before a section, unless it is the "
            "first line.",
            f"`{n['values']}.{n['merge']}(base, over)`: a dict with the values of over laid over "
            "those of base, dicts within them likewise; None in over takes a key away. Neither "
            "argument is changed.",
            f"`{n['values']}.{n['merged_twice']}(base, over)`: [that, base afterwards].",
            f"`{n['values']}.{n['truth']}(text)`: True for yes, on, true or 1, False for no, off, "
            "false or 0, in any case and with blanks around; ValueError for anything else.",
            f'`{n["values"]}.{n["amount"]}(text)`: "512", "4k" or "2M" in bytes, where k is 1024 '
            "and M is 1024 k; ValueError for anything else.",
        ),
        use,
    )
