"""Typed values between processes: exact round trips, strict reading, comparison by type."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core import OptionError
from veragym.verifiers.program import Sameness, decode, encode, same_output
from veragym.verifiers.program import child as inside
from veragym.verifiers.program.values import Claim, Malformed, plain, read_claim

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**5_000, max_value=10**5_001),
    st.floats(),
    st.complex_numbers(allow_nan=False),
    st.text(),
    st.binary(max_size=20),
)
KEYS = st.one_of(st.text(max_size=5), st.integers(), st.floats(allow_nan=False), st.none(),
                 st.tuples(st.integers(), st.text(max_size=2)))  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
        st.sets(KEYS, max_size=4),
        st.frozensets(KEYS, max_size=4),
    ),
    max_leaves=12,
)
STRICT = Sameness(relative=0.0)


def sent(value):
    """A value's tagged form after the journey as text."""
    return json.loads(json.dumps(encode(value)))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(VALUES)
def test_a_value_survives_the_journey_and_equals_itself(value):
    assert STRICT.same(value, decode(sent(value)))
    assert STRICT.same(value, inside.decode(sent(value)))
    assert Sameness().same(value, decode(sent(value)))
    assert sent(decode(sent(value))) == sent(value)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(VALUES, VALUES)
def test_sameness_is_symmetric_where_nothing_is_tolerated(one, two):
    assert STRICT.same(one, two) == STRICT.same(two, one)
    if STRICT.same(one, two):
        assert type(one) is type(two)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(-(10**30), 10**30), st.integers(-3, 3).filter(bool))
def test_integers_are_never_approximate(value, step):
    loose = Sameness(relative=1e-3, absolute=10.0, numbers="alike")
    assert not loose.same(value, value + step)


DIFFERENT = [
    (1, True), (0, False), (1, 1.0), (1, "1"), (1.0, "1.0"), (None, False), (None, "None"),
    ("", None), ([], None), ([], ()), ([1], (1,)), ([], {}), ([], ""), (set(), frozenset()),
    ({1}, {True}), ({1}, {1.0}), ({1: 2}, {True: 2}), ({1: 2}, {1.0: 2}), ({"a": 1}, {"a": True}),
    ([1, 2], [2, 1]), ([1], [1, 1]), ([1, 1], [1]), ((1, 2), (1, 2, 3)), ({1, 2}, {1}),
    ({"a": 1}, {"a": 1, "b": 2}), ("a", b"a"), (1, 1 + 0j), (math.nan, 0.0), (math.nan, None),
    (math.inf, -math.inf), (math.inf, 1e308), (1.0, math.nan), ("\u0410", "A"), ("a", "a\u200b"),
    ("é", "e\u0301"), ([[1]], [1]), (2**53 + 1, float(2**53)), (10**400, math.inf), ("1", "１"),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "got"), DIFFERENT)
def test_values_of_different_kinds_are_different(expected, got):
    assert not Sameness().same(expected, got)
    assert not Sameness().same(got, expected)


def test_nan_is_the_answer_nan_only():
    assert Sameness().same(math.nan, math.nan)
    assert Sameness().same([math.nan], [math.nan])
    assert not Sameness(absolute=1e300).same(1.0, math.nan)
    assert not Sameness(absolute=1e300).same(math.nan, 1.0)
    assert not Sameness(absolute=1e300).same(math.inf, 1.0)


def test_tolerance_is_what_it_says():
    assert Sameness().same(0.3, 0.1 + 0.2)
    assert not Sameness(relative=0.0).same(0.3, 0.1 + 0.2)
    assert Sameness(relative=0.01).same(100.0, 101.0)
    assert not Sameness(relative=0.01).same(100.0, 101.1)
    assert Sameness(relative=0.0, absolute=0.5).same([0.0, {"x": 1.0}], [0.5, {"x": 0.5}])
    assert not Sameness().same(0.0, 1e-300)
    assert not Sameness(relative=0.01).same({1.0}, {1.001})


def test_alike_widens_what_it_names_and_nothing_else():
    numbers = Sameness(numbers="alike")
    assert numbers.same(1, 1.0)
    assert numbers.same([2.0], [2])
    assert not numbers.same(1, True)
    assert not numbers.same(2**53 + 1, float(2**53))
    assert not numbers.same(1, math.nan)
    assert not numbers.same([1], (1,))
    sequences = Sameness(sequences="alike")
    assert sequences.same([1, [2]], (1, (2,)))
    assert not sequences.same([1], (1.0,))
    assert not sequences.same([1], {1})
    assert not sequences.same([1], [1, 2])


@pytest.mark.parametrize(
    "options",
    [{"relative": -1}, {"relative": math.nan}, {"absolute": math.inf}, {"relative": True},
     {"numbers": "loose"}, {"sequences": None}],
    ids=str,
)  # fmt: skip
def test_a_tolerance_that_can_never_work_is_refused(options):
    with pytest.raises(OptionError):
        Sameness(**options)


MALFORMED = [
    None, 3, "i", [], [3], ["?"], ["i"], ["i", 3], ["i", "1", "2"], ["i", "01"], ["i", "-0"],
    ["i", "0x1"], ["i", "1_0"], ["i", " 1"], ["i", "G"], ["i", "A"], ["i", "١"], ["b", True],
    ["b", "2"], ["b", "True"], ["n", "x"], ["f", 1.0], ["f", "1.0"], ["f", "0x1.0"], ["f", "NaN"],
    ["f", "infinity"], ["f", "0x1p99999"], ["c", "0x0.0p+0"], ["s", 3], ["s"], ["y", "0"],
    ["y", "AB"], ["y", "a b"], ["l", 3], ["l", ["i", "x"]], ["d", ["i", "1"]],
    ["d", [["i", "1"]]], ["d", [["l"], ["n"]]], ["S", ["l"]], ["S", ["i", "1"], ["i", "1"]],
    ["S", ["i", "1"], ["b", "1"]], ["d", [["s", "a"], ["n"]], [["s", "a"], ["n"]]],
    ["d", [["i", "1"], ["n"]], [["f", "0x1.0000000000000p+0"], ["n"]]], {"i": "1"}, ["i", None],
    ["l", ["__class__"]], ["value", ["n"]],
]  # fmt: skip


@pytest.mark.parametrize("data", MALFORMED, ids=repr)
def test_what_is_no_tagged_value_is_malformed(data):
    with pytest.raises(Malformed):
        decode(data)


@pytest.mark.parametrize(
    "output",
    [
        b"", b"\n", b"passed\n", b'["value", ["n"]]', b'["value", ["n"]]\n\n',
        b'["value", ["n"]]\n["value", ["n"]]\n', b'noise\n["value", ["n"]]\n', b'["value"]\n',
        b'["value", ["n"], ["n"]]\n', b'["error", "raised"]\n', b'["error", "made up", "X"]\n',
        b'["error", 3, "X"]\n', b'["error", "raised", 3]\n', b'{"value": ["n"]}\n',
        b'["value", ["f", NaN]]\n', b"[" * 100_000 + b"\n", b'["value", ' * 50_000 + b"\n",
        b'["value", ["s", "\xff"]]\n', b'["correct", ["n"]]\n', b"1" * 100_000 + b"\n",
        b'["value", ' + b'["l", ' * 200 + b'["n"]' + b"]" * 201 + b"\n",
    ],
    ids=lambda output: output[:30].decode("latin-1"),
)  # fmt: skip
def test_what_is_no_claim_is_malformed(output):
    with pytest.raises(Malformed):
        read_claim(output)


def test_a_claim_is_read():
    assert read_claim(b'["value", ["i", "-ff"]]\n') == Claim(True, -255)
    assert read_claim(b'["error", "raised", "KeyError"]\n') == Claim(
        False, None, "raised", "KeyError"
    )


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.recursive(st.one_of(st.text(max_size=3), st.integers(), st.booleans(), st.none(),
                              st.sampled_from(list("nbifcsyltSFd"))),
                    lambda inner: st.lists(inner, max_size=4), max_leaves=15))  # fmt: skip
def test_reading_never_raises_anything_else_and_gives_one_spelling(data):
    try:
        value = decode(data)
    except Malformed:
        return
    assert Sameness(relative=0.0).same(value, decode(encode(value)))


class Always(int):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1

    def __format__(self, spec):
        return "3"

    def __index__(self):
        return 3

    def __str__(self):
        return "3"


def test_a_subclass_is_sent_as_what_it_holds_and_not_as_what_it_says():
    from collections import Counter, OrderedDict, defaultdict, namedtuple
    from enum import IntEnum

    class Says(str):
        def __str__(self):
            return "expected"

    class Lists(list):
        def __iter__(self):
            return iter([1, 2, 3])

    class Color(IntEnum):
        RED = 5

    point = namedtuple("point", "x y")
    assert decode(sent(Always(9))) == 9
    assert type(decode(sent(Always(9)))) is int
    assert decode(sent(Says("other"))) == "other"
    assert decode(sent(Lists([7]))) == [7]
    assert decode(sent(Color.RED)) == 5
    assert decode(sent(point(1, 2))) == (1, 2)
    assert decode(sent(Counter("aab"))) == {"a": 2, "b": 1}
    assert decode(sent(defaultdict(list, a=[1]))) == {"a": [1]}
    assert decode(sent(OrderedDict(a=1))) == {"a": 1}


def test_what_has_no_tag_cannot_be_sent():
    endless = []
    endless.append(endless)
    deep = None
    for _ in range(200):
        deep = [deep]
    for value in (
        object(),
        len,
        range(3),
        (n for n in "ab"),
        Ellipsis,
        endless,
        deep,
        {"a": object()},
    ):
        with pytest.raises(OptionError):
            encode(value)


def test_only_values_of_json_types_are_plain():
    assert plain({"a": [1, 2.5, None, True, "x"]}) == {"a": [1, 2.5, None, True, "x"]}
    for value in ({1: 2}, {1, 2}, b"x", object(), [object()], Always(3)):
        with pytest.raises(OptionError):
            plain(value)


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("3\n", "3", "lines tokens numbers"),
        ("3", "3\n\n\n", "lines tokens numbers"),
        ("3", "3", "lines tokens numbers exact"),
        ("1 2\n3\n", "1 2  \r\n3\r\n", "lines tokens numbers"),
        ("1 2", "1\n2", "tokens numbers"),
        ("a", " a", "tokens numbers"),
        ("a\nb", "a\n\nb", "tokens numbers"),
        ("0.5", "0.50", "numbers"),
        ("0.3333333333", "0.33333333334", "numbers"),
        ("1e3", "1000", "numbers"),
        ("2.0", "2", "numbers"),
        ("0.5", "0.6", ""),
        ("1000000000000", "1000000000001", ""),
        ("1000000000000", "1e12", ""),
        ("3", "3.0", ""),
        ("3", "3 3", ""),
        ("3", "2\n3", ""),
        ("3", "33", ""),
        ("3", "", ""),
        ("", "3", ""),
        ("", "", "lines tokens numbers exact"),
        ("", "\n\n", "lines tokens numbers"),
        ("1.0", "nan", ""),
        ("nan", "nan", "lines tokens numbers exact"),
        ("nan", "0.0", ""),
        ("1.5", "inf", ""),
        ("1.5", "１.5", ""),
        ("1.5", "1_0.5", ""),
        ("1.5", "0x1.8p0", ""),
        ("YES", "yes", ""),
        ("YES", "YES\u200b", ""),
        ("YES", "YES NO", ""),
    ],
)
def test_printed_output_counts_as_documented(expected, printed, same):
    sameness = Sameness(relative=1e-6)
    for mode in ("lines", "exact", "tokens", "numbers"):
        found = same_output(expected, printed.encode(), mode, sameness)
        assert found == (mode in same.split()), mode


def test_output_that_is_no_text_is_no_answer():
    for mode in ("lines", "exact", "tokens", "numbers"):
        assert not same_output("\ufffd", b"\xff", mode, Sameness())
