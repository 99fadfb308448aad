"""Dates without a library."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, drawn, family, named
from veragym.envs.shell.task.template import Draw

_DAYS = '''
"""Days, months and years; a date is [year, month, day]."""

LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def <<leap>>(year):
    """Whether the year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 ⟦missing case¦or year % 400 == 0¦⟧)


def <<month_days>>(year, month):
    """How many days a month has."""
    if not ⟦boundary¦1 <= month <= 12¦1 <= month < 12⟧:
        raise ValueError("there is no such month")
    return LENGTHS[⟦slice¦month - 1¦month % 12⟧] + (month == 2 and <<leap>>(year))


def <<number_of>>(date):
    """The number of a date in its year, from 1."""
    year, month, day = date
    if not 1 <= day <= <<month_days>>(year, month):
        raise ValueError("there is no such day")
    return sum(<<month_days>>(year, m) for m in range(1, ⟦slice¦month¦month + 1⟧)) + day


def <<parsed>>(text):
    """"2024-02-29" as a date."""
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise ValueError("not a date")
    year, month, day = ⟦arguments¦map(int, parts)¦map(int, parts[:1] + parts[:0:-1])⟧
    <<number_of>>([year, month, day])
    return [year, month, day]
'''
_SPANS = '''
"""Time between dates."""

from .<<days>> import <<leap>>, <<month_days>>, <<number_of>>


def <<between>>(first, second):
    """How many days the second date is after the first; below 0 if it is before."""
    if first > second:
        return ⟦operator¦-¦⟧<<between>>(second, first)
    days = <<number_of>>(second) - <<number_of>>(first)
    for year in range(first[0], second[0]):
        days += 366 if <<leap>>(⟦key¦year¦second[0]⟧) else 365
    return days


def <<later>>(date, days):
    """The date so many days later."""
    year, month, day = date
    day += days
    while day ⟦boundary¦> <<month_days>>(year, month)¦>= <<month_days>>(year, month)⟧:
        ⟦order¦day -= <<month_days>>(year, month)
        month += 1¦month += 1
        day -= <<month_days>>(year, min(month, 12))⟧
        if month == 13:
            year, month = year + 1, 1
    return [year, month, day]


def <<age>>(born, today):
    """Whole years; who was born on 29 February has the birthday on 1 March in other years."""
    years = today[0] - born[0]
    return years - ⟦boundary¦(today[1:] < born[1:])¦(today[1:] <= born[1:])⟧


def <<month_later>>(date, months):
    """The same day so many months later, or the last one of a shorter month."""
    year, month, day = date
    year, month = year + ⟦number¦(month - 1 + months) // 12¦(month + months) // 12⟧, (month - 1 + months) % 12 + 1
    return [year, month, ⟦missing case¦min(day, <<month_days>>(year, month))¦day⟧]
'''


@family("calendars")
def calendars(d: Draw) -> Program:
    """Eight functions."""
    n = drawn(
        d,
        days=("days", "dates", "calendar_days"),
        spans=("spans", "periods", "distance"),
        leap=("leap", "is_leap", "long_year"),
        month_days=("month_days", "days_in", "month_length"),
        number_of=("number_of", "day_of_year", "ordinal"),
        parsed=("parsed", "read_date", "from_text"),
        between=("between", "days_between", "gap"),
        later=("later", "plus_days", "days_after"),
        age=("age", "full_years", "years_old"),
        month_later=("month_later", "plus_months", "months_after"),
    )
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

    def date(d: Draw) -> list[int]:
        month = d.number(1, 12)
        if d.chance(0.2):
            return d.pick(([2000, 2, 29], [2024, 2, 29], [1999, 12, 31], [2023, 2, 28]))
        day = lengths[month - 1] if d.chance(0.3) else d.number(1, lengths[month - 1])
        return [d.pick((1899, 1900, 1999, 2000, 2023, 2024)), month, day]

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 11)
        if which == 0:
            return [call(n["days"], n["leap"], d.pick((1900, 2000, 2100, 2024, 2023, 1996)))]
        if which == 1:
            return [call(n["days"], n["month_days"], d.number(1999, 2004), d.number(0, 13))]
        if which == 2:
            wrong = ([2023, 2, 29], [2024, 4, 31], [2024, 1, 0])
            return [call(n["days"], n["number_of"], d.pick((date(d), date(d), date(d), *wrong)))]
        if which == 3:
            year, month, day = date(d)
            plain = f"{year}-{month:02d}-{day:02d}"
            texts = (plain, plain, plain, f"{year}-{month}", "1999-02-30", "x-1-2")
            return [call(n["days"], n["parsed"], d.pick(texts))]
        if which < 6:
            return [call(n["spans"], n["between"], date(d), date(d))]
        if which in (6, 9):
            return [call(n["spans"], n["later"], date(d), d.number(0, 500))]
        if which == 7:
            born, today = sorted((date(d), date(d)))
            if d.chance(0.4):
                today = [2023, born[1], min(born[2], lengths[born[1] - 1])]
            return [call(n["spans"], n["age"], born, today)]
        return [call(n["spans"], n["month_later"], date(d), d.number(-14, 26))]

    return Program(
        "calculates with dates [year, month, day]",
        {n["days"]: named(_DAYS, n), n["spans"]: named(_SPANS, n)},
        (
            f"`{n['days']}.{n['leap']}(year)`: whether it has 366 days (every fourth has, but of "
            "full centuries only every fourth).",
            f"`{n['days']}.{n['month_days']}(year, month)`: its days; ValueError if there is no "
            "such month.",
            f"`{n['days']}.{n['number_of']}(date)`: its number in its year, from 1; ValueError if "
            "there is no such day.",
            f'`{n["days"]}.{n["parsed"]}(text)`: "2024-02-29" is [2024, 2, 29]; ValueError if it '
            "is no date.",
            f"`{n['spans']}.{n['between']}(first, second)`: how many days the second is after the "
            "first; below 0 if it is before.",
            f"`{n['spans']}.{n['later']}(date, days)`: the date so many days (0 or more) later.",
            f"`{n['spans']}.{n['age']}(born, today)`: whole years; they are full on the birthday, "
            "or on 1 March where there is no 29 February.",
            f"`{n['spans']}.{n['month_later']}(date, months)`: the same day so many months later "
            "(or earlier, below 0), or the last day of a month that is too short.",
        ),
        use,
    )
