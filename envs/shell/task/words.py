"""Names and words that templates draw from, and small makers of files."""

from __future__ import annotations

from collections.abc import Sequence

from veragym.envs.shell.task.template import Draw

PEOPLE = (
    "ada", "boris", "chen", "dalia", "emil", "farah", "goran", "hanna", "ivan", "jun", "kofi",
    "lena", "marta", "nils", "olga", "pavel", "quinn", "rosa", "sami", "tara", "umar", "vera",
    "wim", "xenia", "yusuf", "zoe",
)  # fmt: skip
THINGS = (
    "anchor", "basket", "candle", "drawer", "engine", "funnel", "gasket", "hammer", "insert",
    "jacket", "kettle", "ladder", "magnet", "needle", "orchid", "paddle", "quiver", "ribbon",
    "saddle", "tunnel", "urn", "valve", "walnut", "yarn", "zipper", "barrel", "cable", "dowel",
)  # fmt: skip
PLACES = (
    "aspen", "brook", "cedar", "delta", "ember", "fjord", "grove", "haven", "islet", "jetty",
    "knoll", "ledge", "marsh", "north", "oasis", "plain", "quay", "ridge", "shore", "tarn",
)  # fmt: skip
TEAMS = ("sales", "support", "design", "finance", "legal", "ops", "research", "stores")
SERVICES = ("auth", "billing", "cache", "gateway", "mailer", "queue", "search", "sync", "web")
HOSTS = ("atlas", "borg", "comet", "dione", "europa", "fenrir", "ganymede", "hydra", "io", "juno")
VERBS = ("added", "checked", "closed", "moved", "opened", "packed", "sent", "sold", "tested")
ENDINGS = ("txt", "md", "csv", "log", "conf", "dat")


def stems(d: Draw, count: int) -> list[str]:
    """So many different names of files without ending; some with blanks when tasks are hard."""
    found: dict[str, None] = {}
    while len(found) < count:
        name = d.pick(THINGS)
        if len(found) >= 8 or d.chance(0.4):
            name += f"{d.pick('-_')}{d.number(1, 99)}"
        if d.hard and d.chance(0.15):
            name = f"{name} {d.pick(PLACES)}"
        found.setdefault(name)
    return list(found)


def folders(d: Draw, count: int) -> list[str]:
    """So many different paths of folders, up to three deep."""
    found: dict[str, None] = {}
    while len(found) < count:
        depth = d.number(1, 3)
        found.setdefault("/".join(d.some(PLACES, depth)))
    return list(found)


def sentence(d: Draw) -> str:
    return f"{d.pick(PEOPLE)} {d.pick(VERBS)} the {d.pick(THINGS)} at {d.pick(PLACES)}"


def prose(d: Draw, lines: int) -> str:
    """So many lines of text."""
    return "".join(f"{sentence(d)}\n" for _ in range(lines))


def scattered(d: Draw, count: int, endings: Sequence[str] = ENDINGS) -> dict[str, str]:
    """So many small text files at different paths below a few folders."""
    places = folders(d, max(2, count // 3))
    return {
        f"{d.pick(places)}/{stem}.{d.pick(endings)}": prose(d, d.number(1, 4))
        for stem in stems(d, count)
    }


def date_of(day: int) -> str:
    """A date of 2024 (a leap year) by its number from 0."""
    lengths = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    for month, length in enumerate(lengths, 1):
        if day < length:
            return f"2024-{month:02d}-{day + 1:02d}"
        day -= length
    raise ValueError("a year has 366 days")


def clock(second: int) -> str:
    """A time of day by its second."""
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def quoted(path: str) -> str:
    """A path as a word of bash."""
    return "'" + path.replace("'", "'\\''") + "'"
