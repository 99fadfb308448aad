"""Predicates over trees: what each accepts and refuses, by hand and by property."""

import io
import json
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.sandbox.tree import Change, Node, Tree, file, folder, link
from veragym.verifiers.state import (
    CheckFault,
    Frame,
    matches,
    members_of,
    read_check,
    tree_from_json,
    tree_to_json,
)

START = Tree({"in.txt": "b\na\n", "old/x.tmp": "1", "old/y.tmp": "2", "run.sh": "echo hi\n"})


def holds(condition, after, before=START):
    """One condition alone, whatever else changed."""
    return read_check({"all": [condition], "frame": ["**"]})(before, after).holds


def tar(mode, files, name="a"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for path, content in files.items():
            row = tarfile.TarInfo(path)
            row.size = len(content)
            archive.addfile(row, io.BytesIO(content))
    return out.getvalue()


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return out.getvalue()


ACCEPTED = [
    ({"file": "o", "equals": "a\nb\n"}, "a\nb"),
    ({"file": "o", "equals": "a\nb"}, "a\nb\n\n"),
    ({"file": "o", "lines": ["a", "b"]}, "a  \nb\n"),
    ({"file": "o", "same_lines": ["a", "b", "a"]}, "b\na\na\n"),
    ({"file": "o", "columns": ["2 x", "1 y"]}, "      2 x\n      1 y\n"),
    ({"file": "o", "json": {"n": 1, "l": [True, None]}}, '{"l":[true, null],\n "n":1.0}'),
    ({"file": "o", "json_lines": [1, {"a": 2}]}, '1\n{"a": 2}\n'),
    ({"file": "o", "csv": {"rows": [["h", "k"], ["1", "2"]]}}, 'h,k\n"1",2\n'),
    ({"file": "o", "csv": {"rows": [["h"], ["1"], ["2"]], "ordered": False}}, "h\n2\n1\n"),
    ({"file": "o", "csv": {"rows": [["h"], ["1.5"]], "numbers": True}}, "h\n1.50\n"),
    ({"file": "o", "ini": {"s": {"a": "1"}}}, "# note\n[s]\na = 1\n"),
    ({"file": "o", "number": 3}, " 3.0\n"),
    ({"file": "o", "number": [2.5, 0.01]}, "2.505"),
    ({"file": "o", "contains": ["x", "y"], "lacks": "z"}, "yx"),
    ({"file": "o", "as": "in.txt"}, "b\na\n"),
    ({"file": "o", "base64": "AP8="}, b"\x00\xff"),
    ({"compressed": "o", "as": "in.txt", "format": "gz"}, __import__("gzip").compress(b"b\na\n")),
    ({"archive": "o", "holds": {"in.txt": {"as": "in.txt"}}}, tar("w:gz", {"./in.txt": b"b\na\n"})),
    ({"archive": "o", "holds": {"p": "1"}, "format": "zip"}, zipped({"p": b"1"})),
    ({"archive": "o", "holds": {"p": "1"}, "more": True}, zipped({"p": b"1", "q": b"2"})),
    ({"archive": "o", "holds": {"p": "1"}, "below": ["", "d"]}, zipped({"d/p": b"1"})),
]
REFUSED = [
    ({"file": "o", "equals": "a\nb\n"}, "b\na\n"),
    ({"file": "o", "exactly": "a\n"}, "a"),
    ({"file": "o", "same_lines": ["a", "b", "a"]}, "b\na\n"),
    ({"file": "o", "lines": ["a", "b"]}, "a\n\nb\n"),
    ({"file": "o", "json": 1}, "true"),
    ({"file": "o", "json": {"n": 1}}, '{"n": 2, "n": 1}'),
    ({"file": "o", "json": [1]}, "[1]]"),
    ({"file": "o", "json": []}, "[" * 100_000),
    ({"file": "o", "json": 1}, "1" * 100_000),
    ({"file": "o", "json": {"n": 1}}, '{"n": NaN}'),
    ({"file": "o", "csv": {"rows": [["h"], ["1"]]}}, 'h\n"1\n'),
    ({"file": "o", "csv": {"rows": [["h"], ["1"], ["2"]], "ordered": False}}, "1\nh\n2\n"),
    ({"file": "o", "ini": {"s": {"a": "1"}}}, "[s]\na = 1\na = 1\n"),
    ({"file": "o", "ini": {"s": {"a": "1"}}}, "a = 1\n"),
    ({"file": "o", "number": 3}, "3 4"),
    ({"file": "o", "number": 3}, "nan"),
    ({"file": "o", "number": 3}, "3" * 5000),
    ({"file": "o", "number": 3}, "٣"),
    ({"file": "o", "as": "in.txt"}, "b\na"),
    ({"file": "o", "as": "missing"}, ""),
    ({"file": "o", "equals": ""}, b"\xff"),
    ({"compressed": "o", "as": "in.txt"}, "b\na\n"),
    ({"compressed": "o", "as": "in.txt"}, b"\x1f\x8bbroken"),
    ({"archive": "o", "holds": {"p": "1"}}, zipped({"p": b"1", "q": b"2"})),
    ({"archive": "o", "holds": {"p": "1"}}, zipped({"../p": b"1"})),
    ({"archive": "o", "holds": {"p": "1"}}, b"PK broken"),
    ({"archive": "o", "holds": {"p": "1"}, "format": "tar.gz"}, tar("w", {"p": b"1"})),
]


def shown(value):
    """A test's name; archives hold the time they were made at, which a name must not."""
    return f"{len(value)} bytes" if isinstance(value, bytes) else repr(value)[:60]


@pytest.mark.parametrize(("condition", "content"), ACCEPTED, ids=shown)
def test_accepts(condition, content):
    assert holds(condition, Tree({**START, "o": content}))


@pytest.mark.parametrize(("condition", "content"), REFUSED, ids=shown)
def test_refuses(condition, content):
    assert not holds(condition, Tree({**START, "o": content}))


@pytest.mark.parametrize("condition", [row[0] for row in ACCEPTED], ids=shown)
@pytest.mark.parametrize(
    "node",
    [None, folder(), link("in.txt"), Node("special", 0o644), Node("file", 0o644, b"", 9, "x")],
    ids=["missing", "folder", "link", "pipe", "cut short"],
)
def test_only_a_whole_regular_file_has_a_content(condition, node):
    after = Tree(START if node is None else {**START, "o": node})
    assert not holds(condition, after)


def test_a_link_may_be_written_in_any_way_that_leads_there():
    goal = {"link": "d/l", "to": "in.txt"}
    for target in ("../in.txt", "/home/agent/in.txt", "./../in.txt", "../old/../in.txt"):
        assert holds(goal, Tree({**START, "d/l": link(target)})), target
    for target in ("in.txt", "/in.txt", "../../in.txt", "/etc/passwd"):
        assert not holds(goal, Tree({**START, "d/l": link(target)})), target
    assert not holds(goal, Tree({**START, "d/l": "b\na\n"}))


def test_names_modes_and_shared_files():
    assert holds({"absent": "old/*.tmp"}, Tree({"in.txt": "x", "old": folder()}))
    assert not holds({"absent": "old/*.tmp"}, START)
    assert holds({"unchanged": "old/**"}, Tree({"old/x.tmp": "1", "old/y.tmp": "2"}))
    assert not holds({"unchanged": "old/**"}, Tree({"old/x.tmp": "1"}))
    script = Tree({"run.sh": file("echo hi\n", 0o750)})
    assert holds({"mode": "run.sh", "is": "0750"}, script)
    assert holds({"mode": "*.sh", "set": "0100", "clear": "0007"}, script)
    assert not holds({"mode": "*.sh", "set": "0001"}, script)
    assert not holds({"mode": "*.py", "set": "0100"}, script)
    assert holds({"folder": "old", "holds": ["x.tmp", "y.tmp"]}, START)
    assert not holds({"folder": "old", "holds": ["x.tmp"]}, START)
    shared = Tree(
        {"a": Node("file", 0o644, b"1", inode=7), "b": Node("file", 0o644, b"1", inode=7)}
    )
    assert holds({"same_file": ["a", "b"]}, shared)
    assert not holds({"same_file": ["a", "b"]}, Tree({"a": "1", "b": "1"}))


def test_a_git_reference_is_read_loose_or_packed():
    sha = "0123456789abcdef0123456789abcdef01234567"
    goal = {"ref": "refs/tags/v1", "in": "repo", "is": sha}
    assert holds(goal, Tree({"repo/.git/refs/tags/v1": sha + "\n"}))
    assert holds(goal, Tree({"repo/.git/packed-refs": f"# pack-refs\n{sha} refs/tags/v1\n"}))
    assert not holds(goal, Tree({"repo/.git/packed-refs": f"{sha} refs/tags/v10\n"}))
    assert not holds(goal, START)


def test_conditions_combine():
    yes, no = {"file": "in.txt"}, {"file": "missing"}
    assert holds({"any": [no, yes]}, START)
    assert not holds({"all": [no, yes]}, START)
    assert holds({"not": no}, START)


MALFORMED = [
    {"all": [{}]},
    {"all": [{"fil": "x"}]},
    {"all": [{"file": "/etc/passwd"}]},
    {"all": [{"file": "../x"}]},
    {"all": [{"file": "x", "equal": "y"}]},
    {"all": [{"file": "x", "mode": "99"}]},
    {"all": [{"file": "x", "absent": "x"}]},
    {"all": [{"mode": "x"}]},
    {"all": [{"absent": "**/*/a*b*"}]},
    {"all": [{"link": "x"}]},
    {"all": [{"ref": "HEAD", "in": "r", "is": "main"}]},
    {"all": [{"archive": "x"}]},
    {"all": [{"file": "x", "csv": {"rows": []}}]},
    {"all": [{"file": "x", "name": "n"}, {"file": "y", "name": "n"}]},
    {"all": "x"},
    {"frame": "x"},
    {"frame": [{"moved": "x"}]},
    {"any": []},
    {"all": [{"file": "x", "number": True}]},
    [],
]


@pytest.mark.parametrize("data", MALFORMED, ids=repr)
def test_a_malformed_check_is_refused_when_read(data):
    with pytest.raises(CheckFault):
        read_check(data)


def test_the_frame_names_what_may_change_and_how():
    check = read_check(
        {"frame": ["out/**", "out", {"removed": "old/*.tmp"}, {"changed": "in.txt"}]}
    )
    after = Tree({"in.txt": "c", "old": folder(), "out/a": "1", "run.sh": "echo hi\n"})
    assert check(START, after).holds
    assert not check(START, Tree({**START, "old/x.tmp": "changed"})).holds
    assert not check(START, Tree({**START, "extra": ""})).holds
    report = check(START, Tree({**START, "run.sh": file("echo hi\n", 0o755)}))
    assert report.told() == "beside what was asked for: changed 'run.sh'"
    assert check(START, Tree({**START, ".bash_history": "x"})).holds


@pytest.mark.parametrize(
    ("pattern", "path", "same"),
    [
        ("a/*", "a/b", True),
        ("a/*", "a/b/c", False),
        ("a/**", "a/b/c", True),
        ("a/**", "a", False),
        ("**/c", "c", True),
        ("**/c", "a/b/c", True),
        ("**/c", "a/bc", False),
        ("?.txt", "a.txt", True),
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
        ("a.c", "abc", False),
        ("*", "a\nb", True),
    ],
)
def test_patterns(pattern, path, same):
    assert matches(pattern, path) is same


def test_a_pattern_takes_a_bounded_time_on_the_worst_name():
    assert not matches("**a**a**b", "a" * 5000)
    assert not matches("**a**a**b", "a" * 400)


NAMES = st.text("ab.*? é\n", min_size=1, max_size=4).filter(lambda n: n not in (".", ".."))
NODES = st.one_of(
    st.builds(file, st.binary(max_size=20), st.sampled_from([0o644, 0o755, 0o600])),
    st.builds(folder, st.sampled_from([0o755, 0o700])),
    st.builds(link, st.text("ab/.", min_size=1, max_size=5)),
)
TREES = st.dictionaries(NAMES, NODES, max_size=5).map(Tree)


@given(TREES)
def test_a_tree_survives_being_written_down(tree):
    assert tree_from_json(json.loads(json.dumps(tree_to_json(tree)))).digest == tree.digest


@given(TREES, TREES)
def test_an_empty_frame_allows_no_change_and_a_full_one_every_change(before, after):
    same = before.digest == after.digest
    assert read_check({"frame": []})(before, after).holds is same
    assert read_check({"frame": ["**", "*"]})(before, after).holds


@given(st.binary(max_size=200), st.sampled_from([row[0] for row in ACCEPTED + REFUSED]))
def test_no_content_makes_a_condition_raise(content, condition):
    assert holds(condition, Tree({**START, "o": content})) in (True, False)


ARCHIVES = [tar("w", {"a": b"1"}), tar("w:gz", {"a": b"1"}), tar("w:bz2", {"a": b"1"}),
            tar("w:xz", {"a": b"1"}), zipped({"a": b"1"})]  # fmt: skip


@given(st.sampled_from(ARCHIVES), st.data())
def test_a_damaged_archive_is_unreadable_or_another_and_never_raises(content, data):
    at = data.draw(st.integers(0, len(content) - 1))
    damaged = (
        content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
    )
    found = members_of(damaged)
    assert found is None or isinstance(found, dict)


def test_an_archive_that_claims_too_much_is_unreadable():
    assert members_of(__import__("gzip").compress(bytes(20 << 20))) is None
    assert members_of(zipped({"a": bytes(20 << 20)})) is None
    twice = io.BytesIO()
    with tarfile.open(fileobj=twice, mode="w") as archive:
        for content in (b"1", b"2"):
            row = tarfile.TarInfo("a")
            row.size = 1
            archive.addfile(row, io.BytesIO(content))
    assert members_of(twice.getvalue()) is None
    linked = io.BytesIO()
    with tarfile.open(fileobj=linked, mode="w") as archive:
        row = tarfile.TarInfo("a")
        row.type, row.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(row)
    assert members_of(linked.getvalue()) is None


def test_a_frame_counts_who_shares_a_file():
    before = Tree({"a": "1", "b": "1"})
    after = Tree({"a": Node("file", 0o644, b"1", inode=3), "b": Node("file", 0o644, b"1", inode=3)})
    assert [c.path for c in read_check({})(before, after).breaches] == ["a", "b"]
    assert Frame.read(["a", "b"]).breaches([Change("a", before["a"], None)]) == []
