"""Accounts in cents: entries, transfers, statements, and shares of an amount."""

from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, do, drawn, family, make, named
from veragym.envs.shell.task.template import Draw
from veragym.envs.shell.task.words import PEOPLE

_BOOK = '''
"""A book of accounts; amounts are whole cents."""

from .<<money>> import <<share>>


class <<Book>>:
    """Accounts by name. An account may go down to -limit."""

    def __init__(self, limit=0):
        self.limit = limit
        self.entries = []
        self.known = {}

    def <<post>>(self, name, cents):
        """Adds an entry (below 0: takes away) and returns the new balance."""
        after = self.<<balance>>(name) + cents
        if ⟦boundary¦after < -self.limit¦after <= -self.limit⟧:
            raise ValueError("the account does not hold that much")
        self.entries.append([name, cents])
        ⟦stale¦self.known[name] = after¦self.known.setdefault(name, after)⟧
        return after

    def <<balance>>(self, name):
        return self.known.get(name, 0)

    def <<transfer>>(self, source, target, cents):
        """Moves money, or raises ValueError and changes nothing."""
        if ⟦boundary¦cents <= 0¦cents < 0⟧:
            raise ValueError("an amount must be positive")
        ⟦order¦self.<<post>>(source, -cents)
        self.<<post>>(target, cents)¦self.<<post>>(target, cents)
        self.<<post>>(source, -cents)⟧
        return [self.<<balance>>(source), self.<<balance>>(target)]

    def <<history>>(self, name, last=None):
        """Amounts of an account's entries, oldest first; only the last ones if asked for."""
        found = [cents for who, cents in self.entries if who == name]
        if ⟦empty¦last is None¦not last⟧:
            return found
        return ⟦slice¦found[max(0, len(found) - last):]¦found[:last]⟧

    def <<pay_all>>(self, names, cents):
        """Pays an amount out in shares."""
        for name, part in zip(names, <<share>>(cents, len(names))):
            self.<<post>>(name, part)
        return [self.<<balance>>(name) for name in names]
'''
_MONEY = '''
"""Amounts in cents."""


def <<share>>(cents, count):
    """Equal whole parts; the first ones get a cent more if it does not come out even."""
    if count < 1:
        raise ValueError("there must be somebody to share with")
    part, rest = ⟦number¦divmod(cents, count)¦(round(cents / count), 0)⟧
    return [part + 1 if number ⟦boundary¦<¦<=⟧ rest else part for number in range(count)]


def <<shown>>(cents):
    """1234 as "12.34", -5 as "-0.05"."""
    sign = "-" if cents < 0 else ""
    units, rest = divmod(⟦missing case¦abs(cents)¦cents⟧, 100)
    return f"{sign}{units}.{⟦missing case¦rest:02d¦rest⟧}"


def <<parsed>>(text):
    """The inverse of `<<shown>>`; also "7" and "7.5"."""
    sign = -1 if text.startswith("-") else 1
    units, _, rest = text.lstrip("-").partition(".")
    if not units.isdigit() or len(rest) > 2 or (rest and not rest.isdigit()):
        raise ValueError("not an amount")
    return sign * (int(units) * 100 + int(⟦missing case¦rest.ljust(2, "0")¦rest or "0"⟧))
'''


@family("ledger")
def ledger(d: Draw) -> Program:
    """A class and three functions."""
    n = drawn(
        d,
        book=("book", "ledger", "accounts"),
        money=("money", "amounts", "cents"),
        Book=("Book", "Ledger", "Accounts"),
        post=("post", "enter", "record"),
        balance=("balance", "standing", "holds"),
        transfer=("transfer", "move", "send"),
        history=("history", "statement", "entries_of"),
        pay_all=("pay_all", "distribute", "hand_out"),
        share=("share", "split", "portions"),
        shown=("shown", "as_text", "formatted"),
        parsed=("parsed", "from_text", "read_amount"),
    )

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 6)
        if which == 0:
            return [call(n["money"], n["share"], d.number(0, 60), d.number(1, 7))]
        if which == 1:
            return [call(n["money"], n["shown"], d.pick((d.number(-400, 999), d.number(-9, 9))))]
        if which == 2:
            text = d.pick((f"{d.number(0, 99)}.{d.number(0, 9)}", f"{d.number(-30, 99)}",
                           f"{d.number(0, 9)}.{d.number(10, 99)}", "x", "1.234"))  # fmt: skip
            return [call(n["money"], n["parsed"], text)]
        names = d.some(PEOPLE[:6], 2)
        limit = d.pick((0, 0, 5, 10))
        steps = [make("b", n["book"], n["Book"], limit)]
        steps += [do("b", n["post"], name, d.number(1, 12)) for name in names]
        for _ in range(d.number(1, 5)):
            kind = d.number(0, 3)
            if kind == 0:
                steps.append(do("b", n["post"], d.pick(names), d.number(-15, 9)))
            elif kind == 1:
                steps.append(do("b", n["pay_all"], names, d.number(1, 9)))
            else:
                one, two = d.mixed(names)
                steps.append(do("b", n["transfer"], one, two, d.number(0, 16)))
        steps.append(do("b", n["balance"], names[0]))
        steps.append(do("b", n["history"], names[1]))
        return [*steps, do("b", n["history"], names[0], d.number(0, 3))]

    return Program(
        "keeps accounts in whole cents",
        {n["book"]: named(_BOOK, n), n["money"]: named(_MONEY, n)},
        (
            f"`{n['book']}.{n['Book']}(limit=0)`: accounts by name; each begins with 0 and may go "
            "down to -limit, that included.",
            f"`{n['post']}(name, cents)` adds an entry and returns the new balance; ValueError, "
            "and no entry, if the account would go below -limit.",
            f"`{n['balance']}(name)`: the sum of an account's entries.",
            f"`{n['transfer']}(source, target, cents)` moves money and returns both balances; "
            "ValueError unless the amount is positive and the source holds it. Nothing is entered "
            "anywhere then.",
            f"`{n['history']}(name, last=None)`: amounts of its entries, oldest first; with a "
            "number, only so many of the latest (0: none).",
            f"`{n['pay_all']}(names, cents)` adds to each its part of the amount, in the order of "
            "names, and returns their balances.",
            f"`{n['money']}.{n['share']}(cents, count)`: whole parts of an amount from 0; where "
            "it does not come out even, the first ones get a cent more. ValueError if count is "
            "below 1.",
            f'`{n["money"]}.{n["shown"]}(cents)`: 1234 is "12.34", -5 is "-0.05".',
            f'`{n["money"]}.{n["parsed"]}(text)`: the inverse; also of "7" and "7.5". ValueError '
            "for anything else.",
        ),
        use,
    )
