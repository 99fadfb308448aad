"""Answers on sets, counting and probability, found again by listing cases or by recursion."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from math import factorial, prod
from typing import Any

import numpy as np

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import TOPICS


def problems(name: str, phrasing: int, count: int = 210) -> Iterator[tuple[str, str, str, Any]]:
    """(question, answer, name of the kind, its numbers) over levels 0 to 1.5."""
    topic = TOPICS[name]
    for i in range(count):
        level = 1.5 * i / (count - 1)
        params = topic.draw(TaskRng.from_seed("gold", name, i), level)
        yield topic.question(params, phrasing), topic.answer(params), params[0], params[1:]


def integers(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"-?\d+", text)]


# -- sets ------------------------------------------------------------------------------------------


def test_set_operations_agree_with_python_sets() -> None:
    for text, answer, _, _ in problems("set_operations", 0):
        sets = {m[0]: set(integers(m[1])) for m in re.findall(r"([ABC]) = \{(.*?)\}", text)}
        expression = re.search(r"Find (.*?)\. Write", text)
        assert expression
        code = expression[1]
        for word, sign in (
            ("symmetric difference", "^"),
            ("union", "|"),
            ("intersection", "&"),
            ("minus", "-"),
        ):
            code = code.replace(word, sign)
        assert eval(code, {"__builtins__": {}}, sets) == set(integers(answer)), text


def test_overlapping_groups_solve_their_linear_equations() -> None:
    for text, answer, kind, numbers in problems("inclusion_exclusion", 0):
        found = int(answer)
        if kind == "Multiples":
            ask, a, b, n = numbers
            assert [a, b] == integers(text.split("are")[1])
            hits = sum((k % a == 0) + (k % b == 0) > 0 for k in range(1, n + 1))
            both = sum(k % a == 0 and k % b == 0 for k in range(1, n + 1))
            assert found == (hits, n - hits, hits - both)[ask], text
            continue
        if kind == "TwoSets":
            cells = list(itertools.product((0, 1), repeat=2))
            ask = numbers[0]
            names = {"play chess": 0, "drink tea": 0, "own a cat": 0, "speak French": 0}
            names |= {"play football": 1, "drink coffee": 1, "own a dog": 1, "speak German": 1}
            rows: list[tuple[Callable[[tuple[int, ...]], bool], int]] = []
            facts = text.split(" How many")[0]
            for name, side in names.items():
                if m := re.search(rf"(\d+) {name}", facts):
                    rows.append((lambda c, s=side: bool(c[s]), int(m[1])))
            if m := re.search(r"(\d+) do both", facts):
                rows.append((lambda c: sum(c) == 2, int(m[1])))
            if m := re.search(r"(\d+) do neither", facts):
                rows.append((lambda c: sum(c) == 0, int(m[1])))
            wanted = (
                lambda c: sum(c) == 0,
                lambda c: sum(c) == 2,
                lambda c: c[1] == 1,
                lambda c: sum(c) == 1,
            )[ask]
        else:
            cells = list(itertools.product((0, 1), repeat=3))
            ask = numbers[0]
            rows = []
            m = re.search(r"A has (\d+), B has (\d+) and C has (\d+)", text)
            p = re.search(
                r"(\d+) are in A and B, (\d+) in A and C, (\d+) in B and C; (\d+) are in (\w+)",
                text,
            )
            assert m and p
            rows += [(lambda c, s=s: bool(c[s]), int(m[s + 1])) for s in range(3)]
            for i, (u, v) in enumerate(((0, 1), (0, 2), (1, 2))):
                rows.append((lambda c, u=u, v=v: bool(c[u] and c[v]), int(p[i + 1])))
            size = 3 if p[5] == "all" else 0
            rows.append((lambda c, size=size: sum(c) == size, int(p[4])))
            counts = {0: 0, 1: 3, 2: 1, 3: 2}
            wanted = lambda c, k=counts[ask]: sum(c) == k  # noqa: E731
        rows.append((lambda c: True, integers(text)[0]))
        matrix = np.array([[float(row(c)) for c in cells] for row, _ in rows])
        assert np.linalg.matrix_rank(matrix) == len(cells), text
        sizes = np.linalg.solve(matrix, np.array([float(n) for _, n in rows]))
        assert min(sizes) > -1e-6
        assert round(sum(s for c, s in zip(cells, sizes) if wanted(c))) == found, text


def test_subsets_are_as_many_as_a_list_of_all_of_them_shows() -> None:
    for text, answer, _, _ in problems("subsets_count", 0):
        m = re.match(r"How many subsets of \{(.*?)\} (.*)\?$", text)
        assert m
        elements, condition = integers(m[1]), m[2]
        k = integers(condition)[0] if integers(condition) else -1
        found = 0
        for size in range(len(elements) + 1):
            if "exactly" in condition and size != k:
                continue
            for subset in itertools.combinations(elements, size):
                if "at least one of them even" in condition:
                    ok = any(e % 2 == 0 for e in subset)
                elif "at least one even and" in condition:
                    ok = len({e % 2 for e in subset}) == 2
                elif "largest" in condition:
                    ok = max(subset) == integers(condition)[1]
                elif "no two consecutive" in condition:
                    ok = all(b - a > 1 for a, b in itertools.pairwise(subset))
                elif "sum" in condition:
                    ok = sum(subset) % 2 == ("odd sum" in condition)
                elif "at least" in condition:
                    ok = size >= k
                else:
                    assert "at most" in condition
                    ok = size <= k
                found += ok
        assert found == int(answer), text


# -- combinatorics ---------------------------------------------------------------------------------


@cache
def words(counts: tuple[int, ...]) -> int:
    """Different words of a multiset, by the choice of the first letter."""
    if not sum(counts):
        return 1
    return sum(
        words(tuple(sorted(c - (i == j) for j, c in enumerate(counts))))
        for i, n in enumerate(counts)
        if n
    )


def test_arrangements_are_as_many_as_listing_or_recursion_shows() -> None:
    for text, answer, kind, numbers in problems("permutations_count", 0, 260):
        found = 0
        if kind == "Letters":
            m = re.search(r"letters (\w+) are there(?: if both ends must be (\w))?", text)
            assert m
            counts = Counter(m[1])
            if m[2]:
                counts[m[2]] -= 2
            found = words(tuple(sorted(counts.values())))
        elif kind == "Row":
            n, k, together = numbers
            assert [n, k] == integers(text)
            for seats in itertools.combinations(range(n), k):
                gaps = [b - a for a, b in itertools.pairwise(seats)]
                found += all(g == 1 for g in gaps) if together else all(g > 1 for g in gaps)
            found *= factorial(k) * factorial(n - k)
        elif kind == "Digits":
            m = re.search(r"How many (even |odd |)(\d)-digit .* digits (.*), using", text)
            assert m
            parity = {"even ": (0,), "odd ": (1,), "": (0, 1)}[m[1]]
            for p in itertools.permutations(integers(m[3]), int(m[2])):
                found += p[0] != 0 and p[-1] % 2 in parity
        elif kind == "Prizes":
            n, k, ask = numbers
            assert [k, n] == integers(text)
            for ann in range(k + 1):  # the prize, or k for none
                for bob in range(k + 1):
                    if ann == bob < k:
                        continue
                    won = (ann < k) + (bob < k)
                    ok = (ann == k, ann < k, won < 2)[ask]
                    found += ok * prod(n - 2 - i for i in range(k - won))
        else:
            n, apart, pairs = numbers
            people = n + 1 if apart else n + pairs
            if people > 8:
                continue
            for order in itertools.permutations(range(1, people)):
                ring = (0, *order)
                seat = {p: i for i, p in enumerate(ring)}
                near = [
                    (seat[2 * i] - seat[2 * i + 1]) % people in (1, people - 1)
                    for i in range(1 if apart else pairs)
                ]
                found += not near[0] if apart else all(near)
        assert found == int(answer), text


def chosen(marks: list[tuple[int, int]], k: int) -> Counter[int]:
    """Ways to choose k of the given (count, weight) groups, by total weight; person by person."""
    ways: dict[tuple[int, int], int] = {(0, 0): 1}
    for count, weight in marks:
        for _ in range(count):
            after = Counter(ways)
            for (size, total), w in ways.items():
                after[size + 1, total + weight] += w
            ways = after
    return Counter({total: w for (size, total), w in ways.items() if size == k})


def test_selections_are_as_many_as_building_them_person_by_person_shows() -> None:
    for text, answer, kind, numbers in problems("combinations_count", 0, 260):
        if kind == "Committee":
            m, w, k, j, bound = numbers
            assert integers(text) == [m, w, k, j]
            test = (lambda x, j=j: x == j, lambda x, j=j: x >= j, lambda x, j=j: x <= j)[bound]
            found = sum(c for x, c in chosen([(m, 0), (w, 1)], k).items() if test(x))
        elif kind == "Feud":
            n, k, rule = numbers
            sizes = chosen([(2, 1), (n - 2, 0)], k)
            found = (sizes[0] + sizes[1], sizes[0] + sizes[2], sizes[1])[rule]
        elif kind == "Points":
            a, b = integers(text)
            line = [0] * a + [1] * b
            found = sum(len(set(t)) == 2 for t in itertools.combinations(line, 3))
        elif kind == "Rectangles":
            a, b = integers(text)
            found = sum((a - i) * (b - j) for i in range(a) for j in range(b))
        elif kind == "Sharing":
            n, k, least = numbers
            ways = [1] + [0] * n
            for _ in range(k):
                ways = [sum(ways[s - g] for g in range(least, s + 1)) for s in range(n + 1)]
            found = ways[n]
        else:
            m, w, k, ask = numbers
            assert integers(text) == [m, w, k]
            sizes = chosen([(m, 0), (w, 1)], k)
            found = sum(x * c for x, c in sizes.items() if not ask or x < k)
        assert found == int(answer), text


def test_lattice_paths_are_as_many_as_walking_the_grid_counts() -> None:
    for text, answer, kind, _ in problems("lattice_paths", 0):
        points = [(int(a), int(b)) for a, b in re.findall(r"\((\d+), (\d+)\)", text)]
        end, marked = points[1], set(points[2:])
        height = None
        if kind == "Below":
            m = re.search(r"y = x(?: \+ (\d+))?\?", text)
            assert m
            height = int(m[1] or 0)
        ways = Counter({((0, 0), (0, 0) in marked): 1})
        for x in range(end[0] + 1):
            for y in range(end[1] + 1):
                if (x, y) != (0, 0):
                    for seen in (False, True):
                        for before in ((x - 1, y), (x, y - 1)):
                            ways[(x, y), seen or (x, y) in marked] += ways[before, seen]
                if height is not None and y > x + height:
                    ways[(x, y), False] = 0
        through = "pass through (" in text and "do not" not in text
        assert ways[end, through] == int(answer), text


# -- probability -----------------------------------------------------------------------------------


def test_dice_agree_with_a_list_of_all_outcomes() -> None:
    for text, answer, kind, numbers in problems("dice_probability", 0):
        if kind == "DiceGap":
            a, b, d, ask = numbers
            assert integers(text)[-3:] == [a, b, d]
            faces: tuple[int, ...] = (a, b)
            event = (lambda r, d=d: abs(r[0] - r[1]) == d, lambda r, d=d: r[0] - r[1] >= d)[ask]
        else:
            faces = numbers[0]
            n = integers(text.split("that")[1])[0]
            if kind == "DiceSum":
                event = {
                    "exactly": lambda r, n=n: sum(r) == n,
                    "at least": lambda r, n=n: sum(r) >= n,
                    "at most": lambda r, n=n: sum(r) <= n,
                }[re.search(r"sum is (exactly|at least|at most)", text)[1]]
            elif kind == "DiceExtreme":
                pick = min if "smallest" in text else max
                event = lambda r, n=n, pick=pick: pick(r) == n  # noqa: E731
            else:
                join = prod if "product" in text else sum
                event = lambda r, n=n, join=join: join(r) % n == 0  # noqa: E731
        rolls = itertools.product(*(range(1, f + 1) for f in faces))
        hits = sum(map(bool, map(event, rolls)))
        assert Fraction(hits, prod(faces)) == Fraction(answer), text


def drawn(colours: dict[str, int], k: int, back: bool) -> dict[tuple[str, ...], Fraction]:
    """Probability of every sequence of k colours."""
    if not k:
        return {(): Fraction(1)}
    total, found = sum(colours.values()), {}
    for c, n in colours.items():
        if n:
            rest = colours if back else colours | {c: n - 1}
            for tail, p in drawn(rest, k - 1, back).items():
                found[c, *tail] = Fraction(n, total) * p
    return found


def test_urns_agree_with_the_tree_of_all_draws() -> None:
    for text, answer, kind, numbers in problems("urn_probability", 0):
        urn = {c: int(n) for n, c in re.findall(r"(\d+) (red|blue|green)", text)}
        if kind == "InOrder":
            order = tuple("blue" if b else "red" for b in numbers[2])
            assert ", ".join(order) in text
            found = drawn(urn, len(order), False)[order]
        else:
            k = 2 if kind == "Colours" else numbers[3]
            back = kind == "WithReplacement" or "with replacement" in text
            found = Fraction(0)
            for sequence, p in drawn(urn, k, back).items():
                reds = sequence.count("red")
                if kind == "Colours":
                    ok = (len(set(sequence)) == 1) == ("same" in text)
                elif kind == "ExactlyRed":
                    ok = reds >= numbers[4] if "at least" in text else reds == numbers[4]
                else:
                    ok = reds == numbers[4]
                found += p * ok
        assert found == Fraction(answer), text


def test_conditions_agree_with_counting_equally_likely_cases() -> None:
    for text, answer, kind, numbers in problems("conditional_probability", 0):
        if kind == "TwoMachines":
            made = re.findall(r"machine ([ABC]) made (\d+), (\d+) faulty", text)
            asked = text.split("from ")[1][0]
            faulty = [name for name, _, bad in made for _ in range(int(bad))]
            found = Fraction(faulty.count(asked), len(faulty))
        elif kind == "TwoUrns":
            m = re.match(
                r"Bag 1 has (\d+) red and (\d+) blue balls, bag 2 has (\d+) red and (\d+) blue\. "
                r"Bag 1 is chosen with probability (\d+)/(\d+)",
                text,
            )
            assert m
            a, b, c, d, chosen_, sides = map(int, m.groups())
            # Every case (side of the spinner, ball) is equally likely within bags of equal size.
            first = chosen_ * a * (c + d)
            second = (sides - chosen_) * c * (a + b)
            part = first if "from bag 1" in text else second
            found = Fraction(part, first + second)
        elif kind == "GivenSum":
            f, s, v = integers(text)
            low = "at least" in text
            pairs = [
                (x, y)
                for x in range(1, f + 1)
                for y in range(1, f + 1)
                if (x + y >= s if low else x + y <= s)
            ]
            found = Fraction(sum(x == v for x, _ in pairs), len(pairs))
        elif kind == "Table":
            _, a, b, _, c, d = integers(text)
            column = (b, d) if "does not" in text else (a, c)
            found = Fraction(column["child?" in text], sum(column))
        else:
            n, h, f, _ = numbers
            people = 20 * n
            ill = people // n
            hit, alarm = ill * h // 20, (people - ill) * f // 20
            if "negative" in text:
                hit, alarm = ill - hit, people - ill - alarm
            found = Fraction(hit, hit + alarm)
        assert found == Fraction(answer), text


def test_expected_values_agree_with_averages_over_all_cases() -> None:
    for text, answer, kind, numbers in problems("expected_value", 1):
        if kind == "Payout":
            cards = [
                int(v)
                for w, v in re.findall(r"(\d+) cards? worth (-?\d+)", text)
                for _ in range(int(w))
            ]
            found = Fraction(sum(cards), len(cards))
        elif kind == "DiceMean":
            m = re.search(
                r"an? (\d+)-sided die \(X\) and an? (\d+)-sided die \(Y\) and score (.*)\. F", text
            )
            assert m
            f, g = int(m[1]), int(m[2])
            scores = [
                eval(m[3], {"X": x, "Y": y}) for x in range(1, f + 1) for y in range(1, g + 1)
            ]
            found = Fraction(sum(scores), len(scores))
        elif kind == "MaxMean":
            f, g, ask = numbers
            value = (max, min, lambda x, y: abs(x - y))[ask]
            scores = [value(x, y) for x in range(1, f + 1) for y in range(1, g + 1)]
            found = Fraction(sum(scores), len(scores))
        else:
            n, num, den, win, lose = numbers
            p = Fraction(num, den)
            chance = [Fraction(1)]
            for _ in range(n):
                chance = [
                    (chance[i] if i < len(chance) else 0) * (1 - p)
                    + (chance[i - 1] if i else 0) * p
                    for i in range(len(chance) + 1)
                ]
            found = sum(c * (i * win - (n - i) * lose) for i, c in enumerate(chance))
        assert found == Fraction(answer), text
