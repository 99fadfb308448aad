"""What a text asks for, and what is shown of a command: total, bounded, unambiguous."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.envs.shell.task.actions import Action, read_action
from veragym.envs.shell.task.screen import bounded, harmless, is_binary, place, shown
from veragym.sandbox import ShellResult

READ = {
    "ls -l": Action("ls -l"),
    "  ls\n": Action("ls"),
    "for i in 1 2; do\n echo $i\ndone": Action("for i in 1 2; do\n echo $i\ndone"),
    "I look.\n```bash\nls\n```\nThen more.": Action("ls"),
    "```\nls\npwd\n```": Action("ls\npwd"),
    "{ ls; }": Action("{ ls; }"),
    '{"command": "ls"}': Action("ls"),
    '{"name": "bash", "arguments": {"command": "ls"}}': Action("ls"),
    '{"name": "bash", "arguments": "{\\"command\\": \\"ls\\"}"}': Action("ls"),
    '{"name": "submit", "arguments": {}}': Action(ends=True),
    '{"name": "submit", "arguments": {"answer": 4}}': Action(ends=True, answer="4"),
    '{"submit": true}': Action(ends=True),
    '{"answer": "4 b"}': Action(ends=True, answer="4 b"),
    '{"command": "ls", "submit": true}': Action("ls", True),
    "submit": Action(ends=True),
    "Submit": Action(ends=True),
    "exit": Action(ends=True),
    "exit 3": Action(ends=True),
    "```\nsubmit\n```": Action(ends=True),
    "answer 42": Action(ends=True, answer="42"),
    "answer: a b ": Action(ends=True, answer="a b"),
    "submit answer 7": Action(ends=True, answer="7"),
    "submit.sh": Action("submit.sh"),
    "exit 3; ls": Action("exit 3; ls"),
    "answer": Action("answer"),
    "echo submit": Action("echo submit"),
    "answer 4\nls": Action("answer 4\nls"),
}
REFUSED = [
    "", " \n", "ls\0", "\ud800", "```\n\n```", "```bash\nls\n```\n```\npwd\n```",
    "```python\n1\n```",
    '{"command": ""}', '{"command": 1}', '{"comand": "ls"}', '{"submit": false}', '{"submit": 1}',
    "{}", '{"name": "rm", "arguments": {"command": "ls"}}', '{"name": "bash", "arguments": 3}',
    '{"command": "a\\u0000"}', '{"answer": ["1"]}', '{"command": "\\ud800"}',
]  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_a_request_is_read(text):
    assert read_action(text) == READ[text]


@pytest.mark.parametrize("text", REFUSED, ids=repr)
def test_what_asks_for_nothing_is_refused_with_a_reason(text):
    action = read_action(text)
    assert action.fault and action == Action(fault=action.fault)


@given(st.text(st.characters(), max_size=60))
def test_reading_is_total_and_says_one_thing(text):
    action = read_action(text)
    assert bool(action.fault) != (action.command is not None or action.ends)
    for part in (action.command, action.answer):
        assert part is None or ("\0" not in part and part.encode() and part.strip())


KEYS = st.sampled_from(["command", "submit", "answer", "name", "arguments"])
VALUES = st.one_of(st.booleans(), st.text(max_size=5), st.integers(), st.none())


@given(st.dictionaries(KEYS, VALUES))
def test_any_object_is_read_or_refused(data):
    action = read_action(json.dumps(data))
    assert bool(action.fault) != (action.command is not None or action.ends)


@given(st.binary(max_size=300))
def test_what_is_shown_acts_on_no_terminal(content):
    text = harmless(content)
    assert all(c in "\n\t" or c.isprintable() or ord(c) > 0x9F for c in text)
    text.encode()  # no half characters


def result(out=b"", err=b"", **more):
    given = {"exit_status": 0, "cwd": "/home/agent", **more}
    return ShellResult(stdout=out, stderr=err, **given)


def test_the_screen_says_how_a_command_ended():
    assert shown(result(b"a\n"), 3) == "a\n[exit 0 | in ~ | 3 turns left]"
    assert shown(result(b"", b"no\n", exit_status=2, cwd="/home/agent/d"), 1) == (
        "[stderr]\nno\n[exit 2 | in ~/d | 1 turn left]"
    )
    late = shown(result(exit_status=None, timed_out=True, replaced=True, cwd=""), 5)
    assert "took too long" in late and "replaced by a new one" in late
    assert "too much memory" in shown(result(exit_status=None, out_of_memory=True), 1)
    assert "SIGKILL" in shown(result(exit_status=None, signal=9), 1)
    assert "signal 99" in shown(result(exit_status=None, signal=99), 1)
    assert "more was printed" in shown(result(b"x", truncated=True), 1)


def test_escape_sequences_null_bytes_and_binary_output_are_spelt_out():
    assert shown(result(b"\x1b[2Jred\r\nx\rhid"), 1).startswith("\\x1b[2Jred\nx\\x0dhid\n")
    assert shown(result("a\u202eb".encode()), 1).startswith("a\\u202eb\n")
    assert shown(result(b"\xffabcd"), 1).startswith("\\xffabcd\n")
    assert is_binary(b"\x00" * 9) and is_binary(bytes(range(128, 256))) and not is_binary(b"")
    assert shown(result(b"\x7fELF\x00\x01" * 50), 1).startswith("[300 bytes of binary output")
    assert not is_binary("здравствуй, мир".encode())


@given(st.integers(0, 3_000_000), st.integers(100, 9000))
def test_long_output_is_cut_in_the_middle_and_counted(size, limit):
    text = shown(result(b"ab\n" * (size // 3), b"e" * (size // 2)), 1, limit)
    assert len(text) <= 2 * limit + 400
    assert text.endswith("[exit 0 | in ~ | 1 turn left]")


def test_cutting_keeps_both_ends():
    text = bounded("a" * 900 + "b" * 900, 300)
    assert text.startswith("a" * 200) and text.endswith("b" * 100) and "1,500 characters" in text
    assert bounded("abc", 3) == "abc"


def test_folders_are_named_from_home_and_cannot_write_lines():
    assert place("/home/agent") == "~" and place("/home/agent/a b") == "~/a b"
    assert place("/tmp") == "/tmp" and place("") == "~"
    assert "\n" not in place("/home/agent/a\nb") and len(place("/x" * 900)) < 300
