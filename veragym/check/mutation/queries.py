"""Variants of a right SQL query, token by token.

A changed query may give the same rows, so near misses are proved wrong on databases the task
brings along (`databases` in its public or secret facts, or the script in `public["schema"]`), in
memory; where there are none, they are only reported. A rewriting is made only where the order of
the rows cannot be lost.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from veragym.check.mutation.case import Case

_TOKEN = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/|\d+(?:\.\d+)?|\w+|<>|<=|>=|!="
    r"|\|\||\s+|.",
    re.DOTALL,
)
_CLAUSES = frozenset(
    {"group", "order", "limit", "having", "union", "except", "intersect", "window"}
)
_KEYWORDS = _CLAUSES | {
    "select", "from", "where", "and", "or", "not", "in", "is", "null", "as", "on", "join", "left",
    "right", "inner", "outer", "cross", "by", "asc", "desc", "distinct", "case", "when", "then",
    "else", "end", "between", "like", "exists", "all", "with", "offset",
}  # fmt: skip
_COMPARED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "=", "!=": "="}
_AGGREGATES = {"sum": "AVG", "avg": "SUM", "min": "MAX", "max": "MIN"}
STEPS = 2_000_000
"""Steps of the database's machine after which a query proves nothing."""


def tokens(query: str) -> list[str]:
    """The parts of a query; joined, they are the query again."""
    return _TOKEN.findall(query)


def near_misses(case: Case) -> Iterator[tuple[str, str]]:
    """Queries with one change each."""
    parts = tokens(_bare(case.gold))
    words = [part.lower() for part in parts]

    def changed(place: int, by: str, length: int = 1) -> str:
        return "".join([*parts[:place], by, *parts[place + length :]])

    for i, word in enumerate(words):
        if word == "distinct":
            yield "DISTINCT dropped", changed(i, "")
        elif word in ("asc", "desc"):
            yield "the order turned round", changed(i, "ASC" if word == "desc" else "DESC")
        elif word == "limit" and (n := _next(words, i)) and words[n].isdigit():
            yield "another LIMIT", changed(n, str(int(words[n]) + 1))
        elif word == "union":
            following = _next(words, i)
            if following is not None and words[following] == "all":
                yield "UNION for UNION ALL", changed(following, "")
            else:
                yield "UNION ALL for UNION", changed(i, "UNION ALL")
        elif word in _AGGREGATES and words[_next(words, i) or i] == "(":
            yield "another aggregate", changed(i, _AGGREGATES[word])
        elif word in _COMPARED:
            yield "a comparison swapped", changed(i, _COMPARED[word])
        elif word.isdigit() and words[_before(words, i) or i] not in ("limit", "offset", "by"):
            yield "a number off by one", changed(i, str(int(word) + 1))
        elif word in ("and", "or") and not _is_between(words, i):
            yield "AND for OR", changed(i, "OR" if word == "and" else "AND")
        elif word == "join":
            yield _join(parts, words, i)
    for start, end in _conjuncts(words):
        yield "a condition dropped", "".join([*parts[:start], " ", *parts[end:]])
    if "order" in words and not {"asc", "desc"} & set(words):
        end = next((i for i, word in enumerate(words) if word == "limit"), len(parts))
        if _depth(words, end) == 0:
            ordered = "".join(parts[:end]).rstrip()
            yield "the order turned round", f"{ordered} DESC {''.join(parts[end:])}".strip()


def _bare(query: str) -> str:
    return query.strip().rstrip(";").rstrip()


def _next(words: Sequence[str], i: int) -> int | None:
    return next((j for j in range(i + 1, len(words)) if not words[j].isspace()), None)


def _before(words: Sequence[str], i: int) -> int | None:
    return next((j for j in range(i - 1, -1, -1) if not words[j].isspace()), None)


def _depth(words: Sequence[str], end: int) -> int:
    return sum((word == "(") - (word == ")") for word in words[:end])


def _is_between(words: Sequence[str], i: int) -> bool:
    """Whether this AND belongs to a BETWEEN."""
    since = [word for word in words[:i] if word in ("between", "and", "or", "where", "on")]
    return words[i] == "and" and bool(since) and since[-1] == "between"


def _join(parts: Sequence[str], words: Sequence[str], i: int) -> tuple[str, str]:
    kind = _before(words, i)
    if kind is not None and words[kind] == "outer":
        kind = _before(words, kind)
    if kind is not None and words[kind] in ("left", "right", "inner"):
        other = "LEFT JOIN" if words[kind] == "inner" else "JOIN"
        return "another join", "".join([*parts[:kind], other, *parts[i + 1 :]])
    return "another join", "".join([*parts[:i], "LEFT JOIN", *parts[i + 1 :]])


def _conjuncts(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """What can be cut out of each WHERE: its last condition with the AND before it, or it all."""
    for start, word in enumerate(words):
        if word != "where":
            continue
        depth, end, cut = 0, len(words), start
        for i in range(start + 1, len(words)):
            depth += (words[i] == "(") - (words[i] == ")")
            if depth < 0 or (depth == 0 and words[i] in _CLAUSES):
                end = i
                break
            if depth == 0 and words[i] == "or":
                cut = start  # a condition beside an OR is no conjunct: all of it goes
                break
            if depth == 0 and words[i] == "and" and not _is_between(words, i):
                cut = i
        if depth <= 0 and "or" not in words[start:end]:
            yield cut, end


def rewritings(case: Case) -> Iterator[tuple[str, str]]:
    """Other queries for the same rows."""
    query = _bare(case.gold)
    parts = tokens(query)
    words = [part.lower() for part in parts]
    lowered = "".join(w if w in _KEYWORDS else part for part, w in zip(parts, words))
    raised = "".join(w.upper() if w in _KEYWORDS else part for part, w in zip(parts, words))
    yield "keywords in small letters", lowered
    yield "keywords in capitals", raised
    if not any(part.startswith("--") for part in parts):
        yield "on several lines", "".join("\n" if part.isspace() else part for part in parts)
        yield "with a semicolon", f"{query};"
        if words[0] == "select" and not {"order", "limit"} & set(words):
            yield "as a common table expression", f"WITH q AS ({query}) SELECT * FROM q"
            yield "as a subquery", f"SELECT * FROM ({query}) AS q"
    renamed = _renamed_alias(parts, words)
    if renamed is not None:
        yield "an alias renamed", renamed


def _renamed_alias(parts: Sequence[str], words: Sequence[str]) -> str | None:
    """One table's alias, where every other use of the word is before a dot."""
    for i, word in enumerate(words):
        name = _next(words, i)
        table = _before(words, i)
        source = None if table is None else _before(words, table)
        if word != "as" or name is None or source is None or not words[name].isidentifier():
            continue
        if words[source] not in ("from", "join"):
            continue
        alias = words[name]
        places = [j for j, other in enumerate(words) if other == alias]
        if all(j == name or words[j + 1 : j + 2] == ["."] for j in places):
            return "".join(f"{alias}_2" if j in places else part for j, part in enumerate(parts))
    return None


# -- proof ---------------------------------------------------------------------------------------


def proved_wrong(case: Case, query: str) -> bool | None:
    """True if a query gives other rows than the right one on one of the task's databases."""
    ordered = _depth_zero_order(case.gold)
    for script in _scripts(case):
        try:
            right, other = _rows(script, case.gold), _rows(script, query)
        except sqlite3.Error:
            continue
        if not ordered:
            right, other = sorted(right, key=repr), sorted(other, key=repr)
        if right != other:
            return True
    return None


def _depth_zero_order(query: str) -> bool:
    words = [part.lower() for part in tokens(query)]
    return any(w == "order" and _depth(words, i) == 0 for i, w in enumerate(words))


def _scripts(case: Case) -> list[str]:
    found = [case.public.get("schema")]
    for facts in (case.public, case.secret):
        given = facts.get("databases")
        found += list(given) if isinstance(given, (list, tuple)) else []
    return [script for script in found if isinstance(script, str)]


def _rows(script: str, query: str) -> list[Any]:
    """The rows of a query made from the right one, in a database of its own that it may read."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(script)
        database.execute("PRAGMA query_only = 1")
        database.set_authorizer(
            lambda action, *rest: (
                sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK
            )
        )
        database.set_progress_handler(lambda: 1, STEPS)
        return database.execute(query).fetchall()
