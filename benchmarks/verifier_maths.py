"""Speed of the maths verifier by class of answer, beside Math-Verify in the same run.

Run `python benchmarks/verifier_maths.py [--quick]`. Every item is a fresh (gold, response) pair,
half of them right, so neither side profits from a compiled gold it has seen. Rates are per second
of wall-clock time of one process on each side (our worker process, where a class needs it, is
waited for and so counted). Math-Verify is called as its readme shows: parse the gold, parse the
response, verify. Verdicts are compared with the labels, so that speed is not bought with errors.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from measure import record

from veragym.verifiers import grade_answer

SAME_GOLD = 8
"""Answers per gold in the `grouped` rate: a group of samples, as a trainer draws them."""


class Item(NamedTuple):
    """A gold in LaTeX, a response and whether it is right."""

    gold: str
    response: str
    right: bool
    form: dict[str, Any]


def _boxed(answer: str) -> str:
    return f"Adding up, the answer is $\\boxed{{{answer}}}$."


def integer(rng: random.Random) -> Item:
    number = rng.randrange(-(10**6), 10**6)
    right = rng.random() < 0.5
    return Item(str(number), str(number if right else number + 1), right, {"kind": "integer"})


def boxed_integer(rng: random.Random) -> Item:
    plain = integer(rng)
    return plain._replace(response=_boxed(plain.response))


def _frac(value: Fraction, scale: int = 1) -> str:
    sign = "-" if value < 0 else ""
    return f"{sign}\\frac{{{abs(value.numerator) * scale}}}{{{value.denominator * scale}}}"


def fraction(rng: random.Random) -> Item:
    value = Fraction(rng.randrange(-999, 1000), rng.randrange(2, 1000))
    right = rng.random() < 0.5
    shown = value if right else value + Fraction(1, 1009)
    answer = _frac(shown, rng.randrange(1, 4))
    return Item(_frac(value), _boxed(answer), right, {"kind": "rational"})


def decimal(rng: random.Random) -> Item:
    hundredths = rng.randrange(-(10**5), 10**5)
    right = rng.random() < 0.5
    shown = hundredths if right else hundredths + 7
    return Item(
        f"{hundredths / 100:.2f}", _boxed(f"{shown / 100:.2f}"), right, {"kind": "rational"}
    )


def _numbers(rng: random.Random, count: int) -> list[int]:
    return rng.sample(range(-99, 100), count)


def tuples(rng: random.Random) -> Item:
    numbers = _numbers(rng, 3)
    right = rng.random() < 0.5
    shown = numbers if right else [numbers[1], numbers[0], numbers[2]]
    text = ", ".join(map(str, shown))
    gold = ", ".join(map(str, numbers))
    return Item(f"({gold})", _boxed(f"({text})"), right, {"kind": "tuple"})


def sets(rng: random.Random) -> Item:
    numbers = _numbers(rng, 3)
    right = rng.random() < 0.5
    shown = rng.sample(numbers, 3)
    if not right:
        shown[0] += 200
    text = ", ".join(map(str, shown))
    gold = ", ".join(map(str, numbers))
    return Item(f"\\{{{gold}\\}}", _boxed(f"\\{{{text}\\}}"), right, {"kind": "set"})


def interval(rng: random.Random) -> Item:
    low = rng.randrange(-99, 50)
    high = low + rng.randrange(1, 50)
    right = rng.random() < 0.5
    shown = f"({low}, {high}]" if right else f"({low}, {high + 1}]"
    return Item(f"({low}, {high}]", _boxed(shown), right, {"kind": "interval"})


def radical(rng: random.Random) -> Item:
    a, n = rng.randrange(2, 30), rng.choice((2, 3, 5, 6, 7, 10, 11))
    right = rng.random() < 0.5
    shown = f"\\sqrt{{{a * a * n + (0 if right else 1)}}}"
    return Item(f"{a}\\sqrt{{{n}}}", _boxed(shown), right, {"kind": "value"})


def polynomial(rng: random.Random) -> Item:
    a, b = rng.randrange(1, 30), rng.randrange(1, 30)
    right = rng.random() < 0.5
    constant = a * b + (0 if right else 1)
    gold = f"x^2 + {a + b}x + {constant}"
    return Item(
        gold, _boxed(f"(x + {a})(x + {b})"), right, {"kind": "expression", "variables": ["x"]}
    )


def identity(rng: random.Random) -> Item:
    a, b = rng.randrange(2, 40), rng.randrange(2, 40)
    right = rng.random() < 0.5
    inner = f"{a}x" if right else f"{a + 1}x"
    gold = f"{b}\\sin({2 * a}x)"
    answer = f"{2 * b}\\sin({a}x)\\cos({inner})"
    return Item(gold, _boxed(answer), right, {"kind": "expression", "variables": ["x"]})


def equation(rng: random.Random) -> Item:
    a, b = rng.randrange(2, 30), rng.randrange(1, 30)
    right = rng.random() < 0.5
    gold = f"y = {a}x + {b}"
    answer = f"{a}x - y = {-b if right else b}"
    return Item(gold, _boxed(answer), right, {"kind": "equation", "variables": ["x", "y"]})


def matrix(rng: random.Random) -> Item:
    numbers = _numbers(rng, 4)
    right = rng.random() < 0.5

    def written(a: int, b: int, c: int, d: int) -> str:
        return f"\\begin{{pmatrix}} {a} & {b} \\\\ {c} & {d} \\end{{pmatrix}}"

    shown = numbers if right else [numbers[0], numbers[1], numbers[3], numbers[2]]
    return Item(written(*numbers), _boxed(written(*shown)), right, {"kind": "matrix"})


CLASSES: dict[str, Callable[[random.Random], Item]] = {
    "integer": integer,
    "boxed integer": boxed_integer,
    "fraction": fraction,
    "decimal": decimal,
    "radical": radical,
    "tuple": tuples,
    "set": sets,
    "interval": interval,
    "matrix": matrix,
    "polynomial": polynomial,
    "trigonometric identity": identity,
    "equation": equation,
}


def batch(name: str, count: int, rng: random.Random) -> list[Item]:
    """`count` fresh items of a class; `mixed` takes the classes in turn."""
    if name == "mixed":
        makers = list(CLASSES.values())
        return [makers[k % len(makers)](rng) for k in range(count)]
    return [CLASSES[name](rng) for _ in range(count)]


def ours(item: Item) -> bool:
    return grade_answer(item.gold, item.response, item.form).score == 1.0


def theirs(item: Item) -> bool:
    from math_verify import parse, verify

    return bool(verify(parse(f"${item.gold}$"), parse(item.response)))


def timed(judge: Callable[[Item], bool], items: list[Item]) -> tuple[float, list[bool]]:
    """(items per second, verdicts)."""
    start = time.perf_counter()
    verdicts = [judge(item) for item in items]
    return len(items) / (time.perf_counter() - start), verdicts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the work")
    quick = parser.parse_args().quick
    repeats, rival_items = (3, 24) if quick else (5, 72)
    found: dict[str, dict[str, Any]] = {}
    for name in (*CLASSES, "mixed"):
        rng = random.Random(f"{name}:0")
        for judge in (ours, theirs):
            timed(judge, batch(name, 24, rng))
        rates: dict[str, list[float]] = {"ours": [], "grouped": [], "theirs": []}
        counts = {"items": 0, "ours agree with label": 0, "theirs agree with label": 0, "same": 0}
        for _ in range(repeats):
            mine = batch(name, 20 * rival_items, rng)
            rates["ours"].append(timed(ours, mine)[0])
            group = [item for item in mine[: len(mine) // SAME_GOLD] for _ in range(SAME_GOLD)]
            rates["grouped"].append(timed(ours, group)[0])
            shared = batch(name, rival_items, rng)
            rate, verdicts = timed(theirs, shared)
            rates["theirs"].append(rate)
            for item, there in zip(shared, verdicts):
                here = ours(item)
                counts["items"] += 1
                counts["ours agree with label"] += here == item.right
                counts["theirs agree with label"] += there == item.right
                counts["same"] += here == there
        medians = {side: statistics.median(values) for side, values in rates.items()}
        found[name] = {**medians, "ratio": medians["ours"] / medians["theirs"], **counts}
        print(name, {key: round(value, 1) for key, value in found[name].items()}, flush=True)
    head = (
        "| class | ours, fresh golds | ours, 8 answers per gold | Math-Verify | ratio (fresh) "
        "| labels met: ours | labels met: Math-Verify |\n|---|--:|--:|--:|--:|--:|--:|\n"
    )
    table = head + "\n".join(
        f"| {name} | {row['ours']:,.0f}/s | {row['grouped']:,.0f}/s | {row['theirs']:,.0f}/s "
        f"| {row['ratio']:.0f} | {row['ours agree with label']}/{row['items']} "
        f"| {row['theirs agree with label']}/{row['items']} |"
        for name, row in found.items()
    )
    record("verifier_maths", "Speed of the maths verifier", {"classes": found}, table)


if __name__ == "__main__":
    main()
