"""Commands are run once, seen whole, and fail where they run out of time."""

from __future__ import annotations

import os

import pytest

from veragym.core.errors import OptionError
from veragym.envs.shell.shio.lab import LIMITS, Lab, chosen, lab_for
from veragym.envs.shell.shio.place import TIMES, place
from veragym.sandbox import Limits, RunnerUnavailable
from veragym.sandbox.unsafe_session import SubprocessSandbox


@pytest.fixture
def lab():
    made = Lab(SubprocessSandbox(unsafe=True))
    yield made
    made.close()


def walled():
    """A lab with walls, or a skip with the reason."""
    try:
        sandbox = chosen("bubblewrap", False)
        sandbox.capabilities()
    except RunnerUnavailable as error:
        if "bubblewrap" in os.environ.get("VERAGYM_REQUIRE_BACKENDS", ""):
            raise
        pytest.skip(f"bubblewrap does not work here: {error}")
    return Lab(sandbox)


HERE = place(5)
TEXT = HERE.fill["text"][0]


def test_a_command_is_run_once_however_often_it_is_asked_for(lab):
    first = lab.run(HERE, ("head", "-n", "1", TEXT))
    before = lab.count.run
    assert lab.run(HERE, ("head", "-n", "1", TEXT)) is first
    assert lab.count.run == before
    assert first.stdout == HERE.content(TEXT).decode().splitlines(keepends=True)[0]
    lab.run(HERE, ("head", "-n", "1", TEXT), repeat=1)
    assert lab.count.run == before + 1


def test_what_was_run_is_found_on_disk_by_another_lab(tmp_path):
    counts = []
    for _ in range(2):
        lab = Lab(SubprocessSandbox(unsafe=True), LIMITS, tmp_path)
        did = lab.run(HERE, ("cp", "-v", TEXT, "copied"))
        counts.append((lab.count.run, lab.count.from_disk, did))
        lab.close()
    assert counts[0][:2] == (2, 0)  # the version, and the command
    assert counts[1][:2] == (1, 1)
    assert counts[0][2] == counts[1][2]


def test_a_torn_file_in_the_cache_is_run_again(tmp_path):
    lab = Lab(SubprocessSandbox(unsafe=True), LIMITS, tmp_path)
    did = lab.run(HERE, ("wc", "-l", TEXT))
    for path in tmp_path.rglob("*.json"):
        path.write_text('{"did": ')
    again = Lab(SubprocessSandbox(unsafe=True), LIMITS, tmp_path)
    assert again.run(HERE, ("wc", "-l", TEXT)) == did
    assert again.count.from_disk == 0
    lab.close()
    again.close()


def test_effects_are_seen_beside_the_working_folder_and_do_not_reach_the_next_command(lab):
    did = lab.run(HERE, ("cp", TEXT, "../beside"))
    assert [e.split(":")[0] for e in did.effects] == ["added beside"]
    assert not lab.run(HERE, ("cat", "../beside")).succeeded
    did = lab.run(HERE, ("ln", TEXT, "twin"))
    assert any("one with" in e for e in did.effects)
    did = lab.run(HERE, ("chmod", "600", HERE.fill["script"][0]))
    assert [e.split(" ")[0] for e in did.effects] == ["changed"]
    did = lab.run(HERE, ("rm", TEXT))
    assert did.effects == (f"removed {HERE.cwd}/{TEXT}",)


def test_running_out_of_time_is_a_failure():
    lab = Lab(SubprocessSandbox(unsafe=True), Limits(wall_seconds=0.3))
    did = lab.run(HERE, ("tail", "-f", TEXT))
    lab.close()
    assert (did.status, did.succeeded) == (-1, False)


def test_files_have_times_of_their_own_and_home_has_one_name(lab):
    said = lab.run(HERE, ("stat", "-c", "%Y", TEXT, ".")).stdout.split()
    assert {int(time) for time in said} <= set(TIMES)
    assert lab.run(HERE, ("realpath", TEXT)).stdout == f"/home/agent/{HERE.cwd}/{TEXT}\n"


def test_the_program_is_run_and_not_the_shells_own(lab):
    assert lab.run(HERE, ("echo", "-e", "a\\tb")).stdout == "a\tb\n"
    assert "GNU" in lab.run(HERE, ("printf", "--version")).stdout


def test_arguments_reach_the_program_as_they_are(lab):
    words = ("a b", "*", "$HOME", "`id`", "'", '"', "\\", "", "é", "-", "a\nb")
    said = lab.run(HERE, ("printf", "%s|", *words)).stdout
    assert said.encode("latin-1").decode() == "".join(f"{w}|" for w in words)
    assert lab.run(HERE, ("printf", "a\0b")).status == 126


def test_statuses_that_are_answers_are_no_failures(lab):
    one, two = HERE.fill["sorted"]
    did = lab.run(HERE, ("diff", one, two))
    assert (did.status, did.succeeded) == (1, True)
    assert not lab.run(HERE, ("diff", one, "/no/such/file")).succeeded
    assert not lab.run(HERE, ("grep", "nowhere-at-all", one)).succeeded


def test_a_missing_utility_is_no_answer(lab):
    with pytest.raises(RunnerUnavailable, match="not installed"):
        lab.run(HERE, ("no-such-program", "x"))


def test_standard_input_is_the_file_the_grammar_names(lab):
    assert lab.run(HERE, ("tr", "a-z", "A-Z")).stdout == HERE.content(TEXT).decode().upper()


def test_what_is_left_in_tmp_is_seen_and_gone_for_the_next_command():
    lab = walled()
    try:
        did = lab.run(HERE, ("cp", TEXT, "/tmp/left"))
        assert [e.split(":")[0] for e in did.effects] == ["added /tmp/left"]
        assert not lab.run(HERE, ("cat", "/tmp/left")).succeeded
        assert lab.run(HERE, ("cat", TEXT)).effects == ()
    finally:
        lab.close()


def test_both_sandboxes_say_the_same(lab):
    other = walled()
    try:
        for argv in (
            ("sort", "-r", TEXT),
            ("cp", "-v", TEXT, "new"),
            ("ls", "-R"),
            ("wc", "-l", TEXT),
        ):
            assert lab.run(HERE, argv) == other.run(HERE, argv)
    finally:
        other.close()


def test_names_of_sandboxes():
    with pytest.raises(OptionError, match="unsafe"):
        lab_for("subprocess")
    with pytest.raises(OptionError, match="name or a Sandbox"):
        chosen(3, False)
    assert lab_for("subprocess", unsafe=True) is lab_for("subprocess", unsafe=True)
