"""Tables of comma-separated values."""

from __future__ import annotations

from veragym.envs.shell.task.template import Answer, Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import PEOPLE, PLACES, TEAMS, THINGS, date_of, prose


def written(rows: list[list[str]]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)


@template(
    "tables.join",
    fresh=(
        "people.csv",
        "amounts.csv",
        "joined.csv",
    ),
)
def join(d: Draw) -> Scene:
    """Two tables on a common key; rows without a partner fall away."""
    total = d.size(5, 40)
    ids = d.some([str(n) for n in range(100, 999)], total)
    people = [[i, d.pick(PEOPLE), d.pick(TEAMS)] for i in ids]
    keys = d.some(ids, max(2, total * 3 // 4)) + [str(n) for n in (1001, 1002)[: d.number(1, 2)]]
    pay = [[key, str(d.number(1000, 9000))] for key in d.mixed(keys)]
    amounts = {row[0]: row[1] for row in pay}
    header = ["id", "name", "team", "amount"]
    body = [[*row, amounts[row[0]]] for row in people if row[0] in amounts]
    gold = [header, *sorted(body, key=lambda row: int(row[0]))]
    return Scene(
        {
            "people.csv": written([["id", "name", "team"], *people]),
            "amounts.csv": written([["id", "amount"], *pay]),
        },
        (
            "Join people.csv and amounts.csv on id into joined.csv with the header "
            "id,name,team,amount. Only ids that are in both tables appear; rows are in the order "
            "of "
            "rising id.",
            "Write joined.csv (columns id,name,team,amount, header first): the inner join of "
            "people.csv with amounts.csv by id, sorted by id as a number.",
        ),
        (
            "{ echo id,name,team,amount; join -t, <(tail -n +2 people.csv | sort -t, -k1,1) "
            "<(tail -n +2 amounts.csv | sort -t, -k1,1) | sort -t, -k1,1n; } > joined.csv",
        ),
        ({"file": "joined.csv", "csv": {"rows": gold}},),
        ({"added": "joined.csv"},),
        decoys=(
            Decoy(
                "{ echo id,name,team,amount; join -t, -a1 <(tail -n +2 people.csv | sort -t, "
                "-k1,1) "
                "<(tail -n +2 amounts.csv | sort -t, -k1,1) | sort -t, -k1,1n; } > joined.csv",
                why="rows without a partner",
            ),
            Decoy("paste -d, people.csv amounts.csv > joined.csv", why="side by side"),
            Decoy(
                "join -t, <(tail -n +2 people.csv | sort -t, -k1,1) "
                "<(tail -n +2 amounts.csv | sort -t, -k1,1) | sort -t, -k1,1n > joined.csv",
                why="without the header",
            ),
        ),
        hint="join -t, wants both inputs sorted by the key and without their headers.",
    )


@template(
    "tables.group_sums",
    fresh=(
        "orders.csv",
        "totals.csv",
    ),
)
def group_sums(d: Draw) -> Scene:
    """Sums by group, in any order of groups."""
    teams = d.some(TEAMS, d.size(2, 6))
    rows = [
        [date_of(d.number(0, 365)), d.pick(teams), d.pick(THINGS), str(d.number(1, 500))]
        for _ in range(d.size(8, 60))
    ]
    sums: dict[str, int] = {}
    for row in rows:
        sums[row[1]] = sums.get(row[1], 0) + int(row[3])
    gold = [["team", "total"], *([team, str(total)] for team, total in sums.items())]
    program = 'NR>1{s[$2]+=$4} END{for(t in s) print t","s[t]}'
    return Scene(
        {"orders.csv": written([["date", "team", "item", "amount"], *rows])},
        (
            "Add up the amounts of orders.csv by team. Write totals.csv with the header team,total "
            "and one row for each team that occurs, in any order.",
            "From orders.csv make totals.csv: header team,total, then each team with the sum of "
            "its "
            "amount column (order of the teams does not matter).",
        ),
        (f"{{ echo team,total; awk -F, '{program}' orders.csv; }} > totals.csv",),
        ({"file": "totals.csv", "csv": {"rows": gold, "ordered": False, "numbers": True}},),
        ({"added": "totals.csv"},),
        decoys=(
            Decoy(
                "{ echo team,total; awk -F, 'NR>1{s[$2]++} END{for(t in s) print t\",\"s[t]}' "
                "orders.csv; } > totals.csv",
                why="counts instead of sums",
            ),
            Decoy(
                "{ echo team,total; awk -F, 'NR>2{s[$2]+=$4} END{for(t in s) print t\",\"s[t]}' "
                "orders.csv; } > totals.csv",
                why="one row is missed",
            ),
            Decoy(f"awk -F, '{program}' orders.csv > totals.csv", why="without the header"),
        ),
        hint="awk -F, with an array by $2, printed in END.",
    )


@template("tables.filter")
def filter_rows(d: Draw) -> Scene:
    """Rows that meet two conditions; look-alikes in other columns."""
    team = d.pick(TEAMS)
    limit = d.number(20, 70) * 10
    rows = []
    for _ in range(d.size(8, 60)):
        amount = limit if d.chance(0.1) else d.number(1, 1000)
        note = d.pick((team, *THINGS)) if d.hard else d.pick(THINGS)
        rows.append([str(d.number(1, 999)), d.pick((team, *TEAMS)), str(amount), note])
    rows.insert(d.number(0, len(rows)), ["7", team, str(limit + d.number(1, 99)), "bell"])
    rows.append(["8", team, str(limit), "edge"])
    gold = [row for row in rows if row[1] == team and int(row[2]) > limit]
    header = ["id", "team", "amount", "note"]
    return Scene(
        {"sheet.csv": written([header, *rows])},
        (
            f"Write the rows of sheet.csv whose team is {team} and whose amount is greater than "
            f"{limit} to picked.csv, with the header, in their order.",
            f"picked.csv: the header of sheet.csv and, in unchanged order, those rows where team "
            f"is "
            f"exactly {team} and amount > {limit}.",
        ),
        (f"awk -F, 'NR==1 || ($2==\"{team}\" && $3>{limit})' sheet.csv > picked.csv",),
        ({"file": "picked.csv", "csv": {"rows": [header, *gold]}},),
        ({"added": "picked.csv"},),
        decoys=(
            Decoy(
                f"awk -F, 'NR==1 || ($2==\"{team}\" && $3>={limit})' sheet.csv > picked.csv",
                why="the limit itself, too",
            ),
            Decoy(
                f"awk -F, '$2==\"{team}\" && $3>{limit}' sheet.csv > picked.csv", why="no header"
            ),
            Decoy(f"awk -F, 'NR==1 || $2==\"{team}\"' sheet.csv > picked.csv", why="one condition"),
        ),
        hint="awk -F, 'NR==1 || (… && …)'.",
    )


@template("tables.first_of_each", fresh=("visits.csv",))
def first_of_each(d: Draw) -> Scene:
    """Rows with a key that came before are dropped."""
    keys = d.some(PEOPLE, d.size(3, 12))
    rows = [[d.pick(keys), str(d.number(1, 99)), d.pick(PLACES)] for _ in range(d.size(8, 50))]
    rows.append([rows[0][0], str(d.number(100, 200)), d.pick(PLACES)])
    seen: set[str] = set()
    gold = []
    for row in rows:
        if row[0] not in seen:
            gold.append(row)
            seen.add(row[0])
    header = ["name", "visits", "place"]
    return Scene(
        {"visits.csv": written([header, *rows])},
        (
            "In visits.csv some names occur several times. Keep for each name only its first row; "
            "the header and the order stay. Change visits.csv itself.",
            "Deduplicate visits.csv in place by the column name: the first row of each name "
            "remains, later ones go.",
        ),
        ("awk -F, '!seen[$1]++' visits.csv > /tmp/v$$ && cat /tmp/v$$ > visits.csv; rm /tmp/v$$",),
        ({"file": "visits.csv", "csv": {"rows": [header, *gold]}},),
        ({"changed": "visits.csv"},),
        decoys=(
            Decoy(
                "tac visits.csv | awk -F, '!seen[$1]++' | tac > /tmp/v$$ && cat /tmp/v$$ > "
                "visits.csv; rm /tmp/v$$",
                why="the last row of each name",
            ),
            Decoy("sort -u -t, -k1,1 -o visits.csv visits.csv", why="another order"),
            Decoy("awk -F, '!seen[$1]++' visits.csv > unique.csv", why="another file"),
        ),
        hint="awk '!seen[$1]++' keeps the first row of each key.",
    )


@template("tables.total")
def total(d: Draw) -> Scene:
    """One sum over rows that meet a condition, in a question."""
    place = d.pick(PLACES)
    rows = [
        [date_of(d.number(0, 365)), d.pick((place, place, *PLACES)), str(d.number(1, 40)),
         str(d.number(2, 90))]
        for _ in range(d.size(8, 70))
    ]  # fmt: skip
    rows.append(["2024-06-01", place, "3", "7"])
    gold = sum(int(row[2]) * int(row[3]) for row in rows if row[1] == place)
    units = sum(int(row[2]) for row in rows if row[1] == place)
    return Scene(
        {
            "sales.csv": written([["date", "shop", "pieces", "price"], *rows]),
            "memo.txt": prose(d, 2),
        },
        (
            f"What did the shop {place} take in all, by sales.csv? Each row sells pieces at a "
            f"price "
            "each. Answer with the sum as a whole number; change nothing.",
            f"Compute the revenue (pieces times price, summed) of shop {place} in sales.csv and "
            "answer with it. No file may change.",
        ),
        (f"awk -F, '$2==\"{place}\"{{s+=$3*$4}} END{{print s}}' sales.csv",),
        answer=Answer("integer", str(gold)),
        decoys=tuple(
            Decoy("", str(value), "pieces only, every shop, or one row less")
            for value in {
                units,
                sum(int(row[2]) * int(row[3]) for row in rows) + 1,
                gold - 21,
            }
            - {gold}
        ),
        hint="awk -F, with a condition on $2 and a sum of $3*$4.",
    )


@template(
    "tables.sort",
    fresh=(
        "scores.csv",
        "ranking.csv",
    ),
)
def sort_rows(d: Draw) -> Scene:
    """Rows by one column falling, then by another rising."""
    pool = d.some(range(1, 2000), d.size(4, 14))
    rows = []
    pairs: set[tuple[int, str]] = set()
    for _ in range(d.size(8, 50)):
        score, name = d.pick(pool), d.pick(PEOPLE)
        if (score, name) not in pairs:
            pairs.add((score, name))
            rows.append([name, str(score), d.pick(TEAMS)])
    rows += [["ann", "5", "ops"], ["ann", "40", "ops"], ["ann", "300", "ops"]]
    rows = d.mixed(rows)
    gold = sorted(rows, key=lambda row: (-int(row[1]), row[0]))
    header = ["name", "score", "team"]
    return Scene(
        {"scores.csv": written([header, *rows])},
        (
            "Write scores.csv to ranking.csv with the rows ordered by score, the highest first, "
            "and "
            "rows of equal score by name in alphabetical order. The header stays the first line.",
            "ranking.csv should be scores.csv sorted by the score column as numbers, descending; "
            "ties by name ascending; header on top.",
        ),
        (
            "{ head -1 scores.csv; tail -n +2 scores.csv | LC_ALL=C sort -t, -k2,2nr -k1,1; } > "
            "ranking.csv",
        ),
        ({"file": "ranking.csv", "csv": {"rows": [header, *gold]}},),
        ({"added": "ranking.csv"},),
        decoys=(
            Decoy(
                "{ head -1 scores.csv; tail -n +2 scores.csv | LC_ALL=C sort -t, -k2,2r -k1,1; } > "
                "ranking.csv",
                why="numbers as text",
            ),
            Decoy(
                "{ head -1 scores.csv; tail -n +2 scores.csv | LC_ALL=C sort -t, -k2,2n -k1,1; } > "
                "ranking.csv",
                why="the other way round",
            ),
            Decoy(
                "LC_ALL=C sort -t, -k2,2nr -k1,1 scores.csv > ranking.csv", why="the header sinks"
            ),
        ),
        hint="Keep the header apart; sort -t, -k2,2nr -k1,1.",
    )
