"""What a basket costs: lines, reductions, delivery, and vouchers."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, do, drawn, family, make, named
from veragym.envs.shell.task.template import Draw
from veragym.envs.shell.task.words import THINGS

_BASKET = '''
"""A basket; prices are whole cents."""

from .<<rules>> import <<delivery>>, <<reduced>>


class <<Basket>>:
    """What somebody wants to buy."""

    def __init__(self, prices):
        self.prices = prices
        self.lines = {}
        self.voucher = ⟦number¦0¦1⟧

    def <<put>>(self, name, count=1):
        """Puts things in (below 0: takes them out, at most all) and returns how many are in."""
        if name not in self.prices:
            raise KeyError(name)
        now = ⟦missing case¦max(0, self.lines.get(name, 0) + count)¦self.lines.get(name, 0) + count⟧
        if now:
            self.lines[name] = now
        else:
            ⟦stale¦self.lines.pop(name, None)¦self.lines.get(name)⟧
        return now

    def <<redeem>>(self, cents):
        """A voucher; only the best one counts."""
        self.voucher = ⟦missing case¦max(self.voucher, cents)¦cents⟧
        return self.voucher

    def <<total>>(self):
        """Lines with their reduction, less the voucher, with delivery."""
        cents = sum(<<reduced>>(⟦arguments¦self.prices[name], count¦count, self.prices[name]⟧) for name, count in self.lines.items())
        ⟦order¦cents = max(0, cents - self.voucher)
        return cents + <<delivery>>(cents, len(self.lines))¦cents += <<delivery>>(cents, len(self.lines))
        return max(0, cents - self.voucher)⟧
'''
_RULES = '''
"""Rules of prices."""


def <<reduced>>(price, count):
    """Every third thing of a kind costs half, rounded up; from ten on, all cost a tenth less."""
    cents = price * count - (count // ⟦number¦3¦2⟧) * ⟦number¦(price // 2)¦(price / 2)⟧
    if count ⟦boundary¦>= 10¦> 10⟧:
        cents = price * count - price * count // 10
    return cents


def <<delivery>>(cents, kinds):
    """Nothing for an empty basket or from 5000 cents on, else 390, and 50 for each further kind."""
    if ⟦empty¦kinds == 0 or¦⟧ cents ⟦boundary¦>= 5000¦> 5000⟧:
        return 0
    return 390 + 50 * ⟦slice¦(kinds - 1)¦kinds⟧


def <<cheapest>>(offers, name):
    """Who offers a thing at the lowest price, the first by name of several; None if nobody does."""
    best = None
    for shop in sorted(offers):
        price = offers[shop].get(name)
        if price is not None and (best is None or price ⟦boundary¦< offers[best][name]¦<= offers[best][name]⟧):
            ⟦shadowed¦best = shop¦name, best = name, min(offers)⟧
    return best
'''


@family("prices")
def prices(d: Draw) -> Program:
    """A class and three functions."""
    n = drawn(
        d,
        basket=("basket", "cart", "order"),
        rules=("rules", "pricing", "tariff"),
        Basket=("Basket", "Cart", "Order"),
        put=("put", "add", "change"),
        redeem=("redeem", "use_voucher", "take_off"),
        total=("total", "cost", "sum_due"),
        reduced=("reduced", "line_price", "with_discount"),
        delivery=("delivery", "shipping", "postage"),
        cheapest=("cheapest", "best_offer", "lowest"),
    )

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 6)
        if which == 0:
            return [
                call(n["rules"], n["reduced"], d.number(1, 99), d.pick((1, 2, 3, 5, 6, 9, 10, 12)))
            ]
        if which == 1:
            cents = d.pick((0, d.number(1, 4999), 5000, 4999, 6000))
            return [call(n["rules"], n["delivery"], cents, d.number(0, 4))]
        if which == 2:
            offers = {
                shop: {name: d.number(1, 4) for name in d.some(THINGS[:3], d.number(0, 3))}
                for shop in d.mixed(d.some(("east", "west", "north", "south"), d.number(1, 4)))
            }
            return [call(n["rules"], n["cheapest"], offers, d.pick(THINGS[:3]))]
        names = d.some(THINGS[:6], 3)
        steps = [
            make("b", n["basket"], n["Basket"], {name: 10 * d.number(20, 90) + 5 for name in names})
        ]
        for _ in range(d.number(0, 5)):
            kind = d.number(0, 7)
            if kind < 3:
                steps.append(do("b", n["put"], d.pick(names), d.number(1, 6)))
            elif kind == 3:
                steps.append(do("b", n["put"], d.pick([*names, "ghost"])))
            elif kind < 6:
                steps.append(do("b", n["put"], d.pick(names), -d.number(1, 5)))
            else:
                steps.append(do("b", n["redeem"], 50 * d.number(1, 20)))
        return [*steps, do("b", n["total"])]

    return Program(
        "says what a basket costs, in whole cents",
        {n["basket"]: named(_BASKET, n), n["rules"]: named(_RULES, n)},
        (
            f"`{n['rules']}.{n['reduced']}(price, count)`: what so many things of a kind cost. "
            "Every third costs half its price, where half a cent is paid in full; from ten on "
            "that does not hold, and all together cost a tenth less instead, of which parts of a "
            "cent are not taken off.",
            f"`{n['rules']}.{n['delivery']}(cents, kinds)`: nothing if there are no kinds or from "
            "5000 cents on; else 390, and 50 for every kind after the first.",
            f"`{n['rules']}.{n['cheapest']}(offers, name)`: the shop with the lowest price for it, "
            "the first by name of several, None if there is none; offers maps shops to prices by "
            "name.",
            f"`{n['basket']}.{n['Basket']}(prices)`: `{n['put']}(name, count=1)` puts in, or takes "
            "out if the count is below 0 (never more than are in), and returns how many are in; "
            "KeyError for a name without a price.",
            f"`{n['redeem']}(cents)` takes a voucher and returns what is taken off: only the best "
            "one counts.",
            f"`{n['total']}()`: all lines with their reduction, less the voucher (never below 0), "
            "and delivery for what that makes. A kind of which none are in does not count.",
        ),
        use,
    )
