"""Who may do what: roles that contain one another, and pages of results."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, drawn, family, named
from veragym.envs.shell.task.template import Draw
from veragym.envs.shell.task.words import PEOPLE, SERVICES

_ROLES = '''
"""Roles: {"allows": rights, "denies": rights, "within": roles it has all of, too}."""


def <<lineage>>(roles, name, seen=None):
    """The role and all within it, each once, nearest first."""
    seen = seen if seen is not None else []
    if name not in roles:
        raise KeyError(name)
    if name in seen:
        return seen
    seen.append(name)
    for other in roles[name].get("within", []):
        ⟦arguments¦<<lineage>>(roles, other, seen)¦<<lineage>>(roles, other)⟧
    return seen


def <<may>>(roles, name, right):
    """Whether a role has a right; of roles that say something, the nearest counts."""
    for other in ⟦direction¦<<lineage>>(roles, name)¦reversed(<<lineage>>(roles, name))⟧:
        role = roles[other]
        ⟦order¦if right in role.get("denies", []):
            return False
        if right in role.get("allows", []) or "all" in role.get("allows", []):
            return True¦if right in role.get("allows", []) or "all" in role.get("allows", []):
            return True
        if right in role.get("denies", []):
            return False⟧
    return ⟦lost return¦False¦None⟧


def <<holders>>(roles, members, right):
    """People, sorted, one of whose roles has a right."""
    found = set()
    for person, names in members.items():
        if ⟦operator¦any¦all⟧(<<may>>(roles, name, right) for name in names):
            found.add(person)
    return ⟦missing case¦sorted(found)¦sorted(found)[:2]⟧
'''
_PAGES = '''
"""Lists in parts."""


def <<page>>(items, number, size):
    """Items of a page (the first is 1), and whether there are more."""
    if number < 1 or ⟦boundary¦size < 1¦size < 0⟧:
        raise ValueError("there is no such page")
    start = ⟦slice¦(number - 1) * size¦number * size⟧
    return [items[start:start + size], ⟦boundary¦start + size < len(items)¦start + size <= len(items)⟧]


def <<grouped>>(rows, key):
    """Rows by what they have under a key; those without it are under ""."""
    found = {}
    for row in rows:
        found.setdefault(⟦empty¦row.get(key) or ""¦row[key]⟧, []).append(row)
    return found


def <<ranked>>(rows, key):
    """Rows by number under a key, the largest first; equal ones stay in their order."""
    return ⟦direction¦sorted(rows, key=lambda row: -row[key])¦sorted(rows, key=lambda row: row[key])[::-1]⟧


def <<latest>>(rows, key):
    """The last row for each value of a key, in the order in which the values first came."""
    found = {}
    for row in rows:
        ⟦stale¦found[row[key]] = row¦found.setdefault(row[key], row)⟧
    return list(found.values())
'''


@family("roles")
def roles(d: Draw) -> Program:
    """Seven functions."""
    n = drawn(
        d,
        roles=("roles", "rights", "access"),
        pages=("pages", "listing", "views"),
        lineage=("lineage", "included", "chain"),
        may=("may", "allowed", "can"),
        holders=("holders", "who_may", "entitled"),
        page=("page", "part", "section"),
        grouped=("grouped", "by_value", "bundled"),
        ranked=("ranked", "largest_first", "ranking"),
        latest=("latest", "newest", "last_of_each"),
    )
    rights = ("read", "write", "erase", "share")

    def tree(d: Draw) -> dict[str, dict[str, list[str]]]:
        names = d.some(SERVICES[:6], d.number(3, 5))
        found: dict[str, dict[str, list[str]]] = {}
        for k, name in enumerate(names):
            role: dict[str, list[str]] = {}
            if d.chance(0.6):
                role["allows"] = d.some((*rights, "all"), d.number(1, 2))
            if d.chance(0.5):
                role["denies"] = d.some(rights, d.number(1, 2))
            if k and d.chance(0.8):
                role["within"] = d.some(names[:k], min(k, d.number(1, 2)))
            found[name] = role
        return found

    def rows(d: Draw) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for _ in range(d.number(1, 6)):
            row: dict[str, object] = {"name": d.pick(PEOPLE[:4]), "points": d.number(0, 3)}
            if d.chance(0.7):
                row["team"] = d.pick(("red", "blue", ""))
            found.append(row)
        return found

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 7)
        some = tree(d)
        name = d.mixed(list(some))[0] if d.chance(0.3) else list(some)[-1]
        if which == 0:
            return [call(n["roles"], n["lineage"], some, name if d.chance(0.9) else "nobody")]
        if which in (1, 2):
            return [call(n["roles"], n["may"], some, name, d.pick(rights))]
        if which == 3:
            members = {who: d.some(list(some), d.number(1, 2)) for who in d.some(PEOPLE, 5)}
            return [call(n["roles"], n["holders"], some, members, d.pick(rights))]
        if which == 4:
            number, size = d.number(0, 4), d.number(0, 4)
            items = list(range(d.pick((number * size, d.number(0, 8)))))
            return [call(n["pages"], n["page"], items, number, size)]
        if which == 5:
            return [call(n["pages"], n["grouped"], rows(d), "team")]
        if which == 6:
            return [call(n["pages"], n["ranked"], rows(d), "points")]
        return [call(n["pages"], n["latest"], rows(d), "name")]

    return Program(
        "says who may do what, and shows lists in parts",
        {n["roles"]: named(_ROLES, n), n["pages"]: named(_PAGES, n)},
        (
            'A role has, or has not, lists under "allows", "denies" and "within".',
            f"`{n['roles']}.{n['lineage']}(roles, name)`: the role, then the roles within it, "
            "depth first and each once, in the order they are named. KeyError if one is unknown.",
            f"`{n['roles']}.{n['may']}(roles, name, right)`: True or False. The first role of "
            'that list that says something of it decides; "all" in allows allows every right, '
            "and within one role denying goes before allowing. False if none says anything.",
            f"`{n['roles']}.{n['holders']}(roles, members, right)`: people who have a role with "
            "that right, sorted; members maps people to lists of roles.",
            f"`{n['pages']}.{n['page']}(items, number, size)`: [the items of that page, whether "
            "there are more]; pages count from 1. ValueError if number or size is below 1.",
            f"`{n['pages']}.{n['grouped']}(rows, key)`: lists of rows by the value of the key, "
            'under "" those without it, all in their order.',
            f"`{n['pages']}.{n['ranked']}(rows, key)`: the rows, the largest number first; those "
            "with equal numbers stay in their order.",
            f"`{n['pages']}.{n['latest']}(rows, key)`: the last row with each value, in the order "
            "in which the values first came.",
        ),
        use,
    )
