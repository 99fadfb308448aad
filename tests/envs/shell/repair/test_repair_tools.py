"""File tools: how calls are read, and that they reach nothing but plain files below home."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.envs.shell.repair.tools import (
    LARGEST,
    LINES,
    TOOLS,
    carried_out,
    place_of,
    read_call,
    unfenced,
)
from veragym.sandbox.tree import Tree, link

FILES = Tree({"kit/a.py": "one\ntwo\nthree\n", "kit/b.bin": b"\0\1\2" * 40, "way": link("kit")})


def done(name, **arguments):
    call = read_call(json.dumps({"name": name, "arguments": arguments}))
    assert call is not None
    assert call.fault == ""
    return carried_out(call, FILES)


def test_calls_are_read_with_their_arguments_as_object_or_text():
    plain = read_call('{"name": "read_file", "arguments": {"path": "a"}}')
    assert (plain.name, plain.arguments, plain.fault) == ("read_file", {"path": "a"}, "")
    assert read_call('{"name": "read_file", "arguments": "{\\"path\\": \\"a\\"}"}') == plain
    assert read_call(unfenced('```json\n{"name": "read_file", "arguments": {"path": "a"}}\n```'))
    for other in ("ls", "{ ls; }", '{"command": "ls"}', '{"name": "run", "arguments": {}}', "[]"):
        assert read_call(other) is None


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({}, "needs path"),
        ({"path": 3}, "must be a text"),
        ({"path": "a", "lines": "2"}, "whole number"),
        ({"path": "a", "lines": True}, "whole number"),
        ({"path": "a", "mode": "x"}, "does not take 'mode'"),
        ({"path": "\ud800"}, "half a character"),
        ("[", "JSON object"),
    ],
)
def test_calls_that_cannot_be_carried_out_say_why(arguments, fault):
    call = read_call(json.dumps({"name": "read_file", "arguments": arguments}))
    assert fault in call.fault


@given(st.text())
def test_reading_a_text_never_raises(text):
    read_call(text)
    read_call('{"name": "write_file", "arguments": ' + text + "}")
    unfenced(text)


@given(st.text(alphabet="./~ab\0-", max_size=12))
def test_no_path_leaves_home(text):
    path = place_of(text)
    if path is not None:
        assert not path.startswith("/")
        assert ".." not in path.split("/")
        assert "\0" not in path


@pytest.mark.parametrize("path", ["..", "../x", "/etc/passwd", "a/../../x", "/home/agent/../x", ""])
def test_paths_elsewhere_are_refused(path):
    assert done("write_file", path=path, content="x").failed


def test_paths_may_be_written_in_several_ways():
    assert {place_of(p) for p in ("a/b", "./a/b", "~/a/b", "/home/agent/a/b", "a//x/../b")} == {
        "a/b"
    }


def test_files_are_read_in_parts():
    assert done("read_file", path="kit/a.py").text == "one\ntwo\nthree"
    part = done("read_file", path="kit/a.py", start=2, lines=1)
    assert part.text == "two\n[lines 2 to 2 of 3]"
    assert done("read_file", path="kit/a.py", start=4).failed
    assert done("read_file", path="kit/a.py", start=0).failed
    assert done("read_file", path="kit/b.bin").failed
    assert done("read_file", path="kit").failed
    assert done("read_file", path="way/a.py").failed
    long = Tree({"x": "y\n" * (LINES + 5)})
    call = read_call('{"name": "read_file", "arguments": {"path": "x", "lines": 9999}}')
    assert carried_out(call, long).text.endswith(f"[lines 1 to {LINES} of {LINES + 5}]")


def test_a_text_is_replaced_where_it_is_there_once():
    one = done("replace_in_file", path="kit/a.py", old="two", new="2")
    assert (one.path, one.content) == ("kit/a.py", b"one\n2\nthree\n")
    for old in ("o", "four", ""):
        assert done("replace_in_file", path="kit/a.py", old=old, new="2").failed


def test_files_are_written_where_there_is_room_for_them():
    assert done("write_file", path="new/c.py", content="é").content == "é".encode()
    for path in ("kit", "way", "way/x", "kit/a.py/x", ".", "x" * 300):
        assert done("write_file", path=path, content="x").failed
    assert done("write_file", path="x", content="x" * (LARGEST + 1)).failed


def test_folders_are_listed_with_sizes_and_kinds():
    assert done("list_files").text.splitlines() == [
        "kit  (folder)",
        "kit/a.py  (14 bytes)",
        "kit/b.bin  (120 bytes)",
        "way  (link)",
    ]
    assert done("list_files", path="kit").text.count("\n") == 1
    assert done("list_files", path="way").failed


def test_what_is_shown_of_a_file_cannot_act_on_a_terminal():
    call = read_call('{"name": "read_file", "arguments": {"path": "x"}}')
    assert carried_out(call, Tree({"x": "a\x1b[2Jb\n"})).text == "a\\x1b[2Jb"


def test_every_tool_has_a_schema():
    names = [tool["function"]["name"] for tool in TOOLS]
    assert names == ["list_files", "read_file", "write_file", "replace_in_file", "run", "submit"]
    for tool in TOOLS:
        schema = tool["function"]["parameters"]
        assert set(schema["required"]) <= set(schema["properties"])
