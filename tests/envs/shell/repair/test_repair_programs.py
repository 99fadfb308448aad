"""The families of programs: every place can be proven to be a bug, and the references are right.

References are what tasks are judged by, so they are held against independent sources: Python's
library, numpy, a brute force, values worked out by hand.
"""

import ast
import csv
import datetime
import itertools
import statistics
import textwrap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core.seeding import TaskRng
from veragym.envs.shell.repair.program import FAMILIES, KINDS, Program, places, written
from veragym.envs.shell.repair.tasks import FEWEST, _tested
from veragym.envs.shell.repair.trusted import Package, outcomes
from veragym.envs.shell.repair.visible import test_file as written_tests
from veragym.envs.shell.task.template import Draw

NAMES = sorted(FAMILIES)


def drawn(name: str, seed: int) -> tuple[Draw, Program]:
    d = Draw(TaskRng.from_seed("programs", name, seed), 0.5)
    return d, FAMILIES[name](d)


class First:
    """Draws that always take the first option, so that names are known."""

    def __init__(self):
        self.rng, self.level = TaskRng.from_seed("first"), 0.5

    def pick(self, options):
        return options[0]


def reference(name: str) -> Package:
    program = FAMILIES[name](First())
    return Package({module: written(module, text) for module, text in program.modules.items()})


def test_there_are_enough_families_places_and_kinds_of_bugs():
    kinds = [place.kind for name in NAMES for place in places(drawn(name, 0)[1].modules)]
    assert len(NAMES) >= 12
    assert len(kinds) >= 150
    assert set(kinds) == set(KINDS)
    assert len(KINDS) >= 14


@pytest.mark.parametrize("name", NAMES)
def test_right_and_wrong_texts_are_python_and_differ(name):
    _, program = drawn(name, 1)
    assert 2 <= len(program.modules) <= 3
    right = {module: written(module, text) for module, text in program.modules.items()}
    for module, text in right.items():
        ast.parse(text)
        assert not set(text) & set("⟦⟧¦") and "<<" not in text.replace(" << ", "")
        assert module in " ".join(program.rules)
    for place in places(program.modules):
        broken = written(place.module, program.modules[place.module], [place])
        ast.parse(broken)
        assert broken != right[place.module]


@pytest.mark.parametrize("name", NAMES)
def test_every_place_can_be_proven_to_be_a_bug(name):
    left = None
    for seed in range(30):
        d, program = drawn(name, seed)
        tested = _tested(d, name, program, {})
        numbers = range(len(places(program.modules)))
        left = set(numbers) if left is None else left
        for number in sorted(left):
            if len(tested.broken([places(program.modules)[number]])) > FEWEST:
                left.discard(number)
        if not left:
            break
    assert left == set()


@pytest.mark.parametrize("name", NAMES)
def test_uses_of_a_reference_end_well_and_say_so_twice(name):
    d, program = drawn(name, 2)
    tested = _tested(d, name, program, {})
    assert tested.broken([]) == frozenset()
    assert len(tested.uses) >= 60
    said = [row[0] for use in tested.right for row in use]
    assert said.count("raised") < 0.5 * len(said)
    ast.parse(written_tests("kit", tested.uses, tested.right))


def test_a_package_of_ours_stays_out_of_this_process():
    import sys

    before = set(sys.modules)
    package = Package({"a": "from .b import two\n", "b": "two = 2\n"})
    assert package.load("a").two == 2
    assert set(sys.modules) == before


def test_what_a_step_gave_is_not_changed_by_the_next():
    text = textwrap.dedent("""
        class Box:
            def __init__(self):
                self.items = []
            def put(self, item):
                self.items.append(item)
                return self.items
    """)
    use = [["make", "b", "box", "Box", []], ["do", "b", "put", [1]], ["do", "b", "put", [2]]]
    assert outcomes({"box": text}, [use]) == [[["made"], ["value", [1]], ["value", [1, 2]]]]
    assert outcomes({"box": text}, [[["call", "box", "none", []]]]) == [
        [["raised", "AttributeError"]]
    ]


# -- references against independent sources --------------------------------------------------------

spans = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 8)).map(lambda p: [p[0], p[0] + p[1]]), max_size=6
)


@given(spans)
@settings(max_examples=60, deadline=None)
def test_spans_cover_what_their_numbers_do(some):
    package = reference("intervals")
    numbers = {n for start, end in some for n in range(start, end)}
    merged = package.load("spans").merge(some)
    assert {n for start, end in merged for n in range(start, end)} == numbers
    assert all(one[1] < other[0] for one, other in itertools.pairwise(merged))
    assert package.load("cover").length(some) == len(numbers)
    gaps = package.load("cover").gaps(some, 3, 25)
    assert {n for start, end in gaps for n in range(start, end)} == set(range(3, 25)) - numbers


days = st.dates(datetime.date(1890, 1, 1), datetime.date(2110, 12, 31))


@given(days, days, st.integers(0, 900))
@settings(max_examples=60, deadline=None)
def test_dates_are_those_of_the_library(one, other, more):
    package = reference("calendars")
    first, second = ([d.year, d.month, d.day] for d in (one, other))
    spans = package.load("spans")
    assert spans.between(first, second) == (other - one).days
    later = one + datetime.timedelta(more)
    assert spans.later(first, more) == [later.year, later.month, later.day]
    assert package.load("days").number_of(first) == one.timetuple().tm_yday
    assert package.load("days").parsed(one.isoformat()) == first


@given(st.lists(st.integers(-5, 9), min_size=1, max_size=9))
@settings(max_examples=60, deadline=None)
def test_figures_are_those_of_the_library(numbers):
    figures = reference("figures").load("figures")
    assert figures.mean(numbers) == pytest.approx(statistics.fmean(numbers))
    assert figures.median(numbers) == statistics.median(numbers)
    assert figures.commonest(numbers) == min(statistics.multimode(numbers))
    edges = [-5, 0, 4, 9]
    assert figures.bins(numbers, edges) == np.histogram(numbers, edges)[0].tolist()


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_matrices_are_those_of_numpy(height, depth, width, seed):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(-5, 9, (height, depth)), rng.integers(-5, 9, (depth, width))
    package = reference("matrices")
    product = package.load("sums").product(one.tolist(), other.tolist())
    assert product == (one @ other).tolist()
    for times in (-3, -1, 0, 1, 2, 5):
        turned = package.load("grid").turn(one.tolist(), times)
        assert turned == np.rot90(one, -times).tolist()


@given(st.lists(st.text('ab," ', max_size=5), min_size=1, max_size=4))
@settings(max_examples=80, deadline=None)
def test_fields_are_those_of_the_csv_module(fields):
    import io

    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="").writerow(fields)
    assert reference("texts").load("fields").fields_of(out.getvalue()) == fields


sums = st.recursive(
    st.integers(0, 30).map(str),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/%"), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-{text}"),
    ),
    max_leaves=8,
)


def exact(node):
    """The value of a parsed sum by Python's grammar."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp):
        return -exact(node.operand)
    one, other = exact(node.left), exact(node.right)
    kind = type(node.op)
    if kind is ast.Add:
        return one + other
    if kind is ast.Sub:
        return one - other
    if kind is ast.Mult:
        return one * other
    return one // other if kind is ast.Div else one % other


@given(sums)
@settings(max_examples=80, deadline=None)
def test_sums_have_the_value_python_gives_them(text):
    evaluate = reference("sums").load("value").evaluate
    try:
        value = exact(ast.parse(text, mode="eval").body)
    except ZeroDivisionError:
        with pytest.raises(ValueError, match="division"):
            evaluate(text)
    else:
        assert evaluate(text) == value


@given(
    st.lists(
        st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), st.integers(1, 9))
        .filter(lambda row: row[0] != row[1])
        .map(list),
        min_size=1,
        max_size=7,
    )
)
@settings(max_examples=40, deadline=None)
def test_ways_are_those_a_brute_force_finds(roads):
    ways = reference("graphs").load("ways")
    length = {}
    for one, other, far in roads:
        for pair in ((one, other), (other, one)):
            length[pair] = min(far, length.get(pair, far))
    start, goal = roads[0][0], roads[-1][1]
    found = []
    for count in range(5):
        for middle in itertools.permutations(set("abcde") - {start, goal}, count):
            path = [start, *middle, goal] if start != goal else [start]
            if all(pair in length for pair in itertools.pairwise(path)):
                found.append([sum(length[pair] for pair in itertools.pairwise(path)), path])
    assert ways.shortest(roads, start, goal) == (min(found) if found else None)
    hops = min((len(path) - 1 for _, path in found), default=None)
    assert ways.fewest(roads, start, goal) == hops


def test_values_worked_out_by_hand():
    codes = reference("codes")
    assert codes.load("digits").check_digit("7992739871") == 3  # the usual example of Luhn's
    assert codes.load("digits").in_base(-255, 16) == "-ff"
    assert codes.load("digits").cut("aé€", 3) == "aé"
    assert codes.load("digits").total("é") == "6c"  # 0xc3 + 0xa9 = 0x16c
    assert codes.load("runs").moved("Zebra, z!", 1) == "Afcsb, a!"
    money = reference("ledger").load("money")
    assert [money.shown(1234), money.shown(-5)] == ["12.34", "-0.05"]
    assert [money.parsed(text) for text in ("7", "7.5", "-0.05")] == [700, 750, -5]
    assert money.share(10, 3) == [4, 3, 3]
    jobs = reference("schedule")
    assert jobs.load("jobs").ordered({"a": ["c"], "b": [], "c": ["b"]}) == ["b", "c", "a"]
    assert jobs.load("jobs").length({"a": ["c"], "b": [], "c": []}, {"a": 2, "b": 4, "c": 3}) == 5
    assert jobs.load("clock").next_run(100, [100]) == 1440
    assert jobs.load("clock").free_slot([[10, 30], [0, 5]], 5, 0, 60) == 5
    rules = reference("prices").load("rules")
    assert rules.reduced(5, 3) == 13  # 5 + 5 + 2.5, rounded up
    assert rules.reduced(99, 10) == 891
    assert [rules.delivery(4999, 3), rules.delivery(5000, 3)] == [490, 0]
    recent = reference("caches").load("recent").Recent(2)
    assert [recent.put("a", 1), recent.put("b", 2), recent.get("a"), recent.put("c", 3)] == [
        [], [], 1, ["b"],
    ]  # fmt: skip
    roles = {"staff": {"allows": ["all"]}, "guest": {"denies": ["erase"], "within": ["staff"]}}
    may = reference("roles").load("roles").may
    assert [may(roles, "guest", "erase"), may(roles, "guest", "read")] == [False, True]
    reader = reference("configs").load("reader")
    assert reader.read("A = 1\n; x\n[s]\nb=c=d") == {"": {"a": "1"}, "s": {"b": "c=d"}}
    assert reference("configs").load("values").amount("2M") == 2097152
    machine = reference("states").load("machine").Machine("a", [["a", "x", "b"], ["*", "x", "c"]])
    assert [machine.fire("x"), machine.fire("x"), machine.back(2)] == ["b", "c", "a"]
    orders = reference("inventory").load("orders")
    assert [orders.boxes(7, 3), orders.boxes(6, 3)] == [3, 2]
    assert orders.missing({"a": 2}, {"a": 2, "b": 1}) == {"b": 1}
