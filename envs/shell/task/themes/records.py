"""JSON: asked, filtered and edited. Needs jq."""

from __future__ import annotations

import json
from typing import Any

from veragym.envs.shell.task.template import Answer, Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import HOSTS, PEOPLE, PLACES, SERVICES, TEAMS, prose


def _written(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def _people(d: Draw, count: int) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{d.pick(PEOPLE)}{number}",
            "team": d.pick(TEAMS),
            "age": d.number(19, 70),
            "active": d.chance(0.6),
            "tags": d.some(PLACES, d.number(0, 3)),
        }
        for number in range(count)
    ]


@template("records.pick", needs=("jq",))
def pick(d: Draw) -> Scene:
    """Names of the records that meet conditions, as an array."""
    rows = _people(d, d.size(6, 40))
    limit = d.number(30, 50)
    rows[0] |= {"active": True, "age": limit + 3}
    rows[1] |= {"active": True, "age": limit}
    rows[2] |= {"active": False, "age": limit + 5}
    gold = sorted(row["name"] for row in rows if row["active"] and row["age"] > limit)
    keep = f".active and .age>{limit}"
    return Scene(
        {"people.json": _written(rows), "old.json": _written(rows[:2])},
        (
            f"people.json is an array of people. Write to names.json the JSON array of the names "
            f"of "
            f"those who are active and older than {limit}, sorted alphabetically.",
            f"names.json should hold a sorted JSON array with the name of each person in "
            f"people.json "
            f"where active is true and age > {limit}.",
        ),
        (f"jq '[.[] | select({keep}) | .name] | sort' people.json > names.json",),
        ({"file": "names.json", "json": gold},),
        ({"added": "names.json"},),
        decoys=(
            Decoy(f"jq '[.[] | select(.age>{limit}) | .name] | sort' people.json > names.json"),
            Decoy(
                f"jq '[.[] | select(.active and .age>={limit}) | .name] | sort' people.json > "
                "names.json"
            ),
            Decoy(f"jq '.[] | select({keep}) | .name' people.json | sort > names.json"),
        ),
        hint="jq '[.[] | select(…) | .name] | sort'.",
    )


@template("records.question", needs=("jq",))
def question(d: Draw) -> Scene:
    """A sum over nested values."""
    orders: list[dict[str, Any]] = []
    place = d.pick(PLACES)
    for number in range(d.size(4, 24)):
        lines = [
            {"pieces": d.number(1, 9), "price": d.number(2, 60)} for _ in range(d.number(0, 4))
        ]
        orders.append(
            {"id": number, "ship": {"to": d.pick((place, place, *PLACES))}, "lines": lines}
        )
    orders.append({"id": 999, "ship": {"to": place}, "lines": [{"pieces": 2, "price": 11}]})
    total = sum(
        x["pieces"] * x["price"] for o in orders if o["ship"]["to"] == place for x in o["lines"]
    )
    everything = sum(x["pieces"] * x["price"] for o in orders for x in o["lines"])
    return Scene(
        {"orders.json": _written({"orders": orders, "version": d.number(1, 9)})},
        (
            f"What are the orders in orders.json that ship to {place} worth, all lines together "
            "(pieces times price)? Answer with the whole number and change nothing.",
            f"Sum pieces*price over all lines of the orders in orders.json whose ship.to is "
            f"{place}; "
            "answer with the total.",
        ),
        (
            f"jq '[.orders[] | select(.ship.to==\"{place}\") | .lines[] | .pieces*.price] | add' "
            "orders.json",
        ),
        answer=Answer("integer", str(total)),
        decoys=tuple(
            Decoy("", str(value), "all orders, or one line off")
            for value in {everything + 1, total - 22, total + 1} - {total}
        ),
        hint="jq with select on .ship.to, .lines[] and add.",
    )


@template("records.edit", needs=("jq",))
def edit(d: Draw) -> Scene:
    """One entry among many gets another value and a new key."""
    services = [
        {"name": name, "host": d.pick(HOSTS), "port": d.number(1000, 9000), "on": d.chance(0.5)}
        for name in d.some(SERVICES, d.size(3, 9))
    ]
    target = d.pick(services)["name"]
    port, owner = d.number(9001, 9999), d.pick(PEOPLE)
    goal = {
        "services": [
            {**s, "port": port, "owner": owner} if s["name"] == target else s for s in services
        ],
        "region": d.pick(PLACES),
    }
    before = {"services": services, "region": goal["region"]}
    assign = f'(.services[] | select(.name=="{target}")) |= (.port={port} | .owner="{owner}")'
    as_text = assign.replace(f"={port}", f'="{port}"')
    save = " config.json > /tmp/c$$ && cat /tmp/c$$ > config.json; rm -f /tmp/c$$"
    return Scene(
        {"config.json": _written(before)},
        (
            f"In config.json set the port of the service {target} to {port} (a number) and give "
            f"that "
            f'service a new key owner with the value "{owner}". Everything else stays; layout does '
            "not matter.",
            f"Edit config.json in place: the services entry named {target} gets port {port} and "
            f'"owner": "{owner}". Keep all other data.',
        ),
        (f"jq '{assign}'{save}",),
        ({"file": "config.json", "json": goal},),
        ({"changed": "config.json"},),
        decoys=(
            Decoy(f"jq '{as_text}'{save}", why="a text"),
            Decoy(f"jq '.services[] |= (.port={port} | .owner=\"{owner}\")'{save}", why="all"),
            Decoy(f"jq '{assign}' config.json > config.new.json", why="another file"),
        ),
        hint="jq '(.services[] | select(…)) |= (… | …)' and back into the file.",
    )


@template("records.to_csv", needs=("jq",), fresh=("people.jsonl", "team.csv"))
def to_csv(d: Draw) -> Scene:
    """One object a line becomes a table."""
    rows = _people(d, d.size(4, 36))
    team = rows[0]["team"]
    gold = [["name", "age", "tags"]]
    gold += [[r["name"], str(r["age"]), str(len(r["tags"]))] for r in rows if r["team"] == team]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    inner = f'select(.team=="{team}") | [.name,.age,(.tags|length)] | @csv'
    return Scene(
        {"people.jsonl": text, "readme.txt": prose(d, 1)},
        (
            f"people.jsonl has one JSON object on each line. Write team.csv with the header "
            f"name,age,tags and one row for each person of the team {team}, in the file's order; "
            f"tags "
            "is the number of tags.",
            f"Convert the people of team {team} in people.jsonl to team.csv: columns name, age and "
            "tags (how many there are), header first, order unchanged.",
        ),
        (f"{{ echo name,age,tags; jq -r '{inner}' people.jsonl; }} > team.csv",),
        ({"file": "team.csv", "csv": {"rows": gold}},),
        ({"added": "team.csv"},),
        decoys=(
            Decoy(f"jq -r '{inner}' people.jsonl > team.csv", why="no header"),
            Decoy(f"{{ echo name,age,tags; jq '{inner}' people.jsonl; }} > team.csv", why="quoted"),
            Decoy(
                "{ echo name,age,tags; jq -r '[.name,.age,(.tags|length)] | @csv' people.jsonl; "
                "echo; echo end,1,1; } > team.csv",
                why="every team",
            ),
        ),
        hint="jq -r with select and @csv.",
    )


@template(
    "records.merge",
    needs=("jq",),
    fresh=(
        "default.json",
        "local.json",
        "final.json",
    ),
)
def merge(d: Draw) -> Scene:
    """Settings over defaults, deeply."""
    keys = d.some(SERVICES, d.size(2, 6))
    base = {k: {"port": d.number(1000, 9000), "retry": d.number(1, 9), "on": True} for k in keys}
    over: dict[str, dict[str, Any]] = {keys[0]: {"port": d.number(9001, 9999)}}
    for key in keys[1:]:
        if d.chance(0.5):
            over[key] = {d.pick(("port", "retry")): d.number(10, 900)}
    over["extra"] = {"on": False}
    goal = {key: {**base.get(key, {}), **over.get(key, {})} for key in [*base, "extra"]}
    return Scene(
        {"default.json": _written(base), "local.json": _written(over)},
        (
            "Merge default.json and local.json into final.json: local values win, keys that only "
            "one "
            "of them has are kept, also inside the inner objects. The two inputs stay.",
            "final.json = default.json overlaid, recursively, with local.json (local wins, nothing "
            "gets lost).",
        ),
        ("jq -s '.[0] * .[1]' default.json local.json > final.json",),
        ({"file": "final.json", "json": goal},),
        ({"added": "final.json"},),
        decoys=(
            Decoy("jq -s '.[0] + .[1]' default.json local.json > final.json", why="not deep"),
            Decoy("jq -s '.[1] * .[0]' default.json local.json > final.json", why="defaults win"),
            Decoy("jq -s '.' default.json local.json > final.json", why="side by side"),
        ),
        hint="jq -s '.[0] * .[1]' merges deeply.",
    )
