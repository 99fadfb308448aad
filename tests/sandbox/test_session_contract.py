"""Every sentence of the `Session` protocol, for every backend that works on this machine."""

import contextlib
import importlib
import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from engine import engine

from veragym.core import OptionError
from veragym.sandbox import (
    HOME,
    Limits,
    Promise,
    RunnerUnavailable,
    Sandbox,
    SandboxSpec,
    Session,
    SessionClosed,
    Tree,
)
from veragym.sandbox.docker_session import DockerSandbox
from veragym.sandbox.tree import Node, file, folder, link

# One line per backend: where its class is, and how it is made.
BACKENDS = {
    "subprocess": ("veragym.sandbox.unsafe_session", "SubprocessSandbox", {"unsafe": True}),
    "bubblewrap": ("veragym.sandbox.bubblewrap", "BubblewrapSandbox", {}),
    "landlock": ("veragym.sandbox.landlock", "LandlockSandbox", {}),
}
WITHOUT_WALLS = {"subprocess"}
REQUIRED = set(filter(None, os.environ.get("VERAGYM_REQUIRE_BACKENDS", "").split(",")))

FILES = Tree(
    {
        "notes.txt": "one\ntwo\n",
        "data/a.csv": "x,y\n1,2\n",
        "data/deep/b.bin": bytes(range(256)),
        "tools/run.sh": file("#!/bin/sh\necho ran\n", 0o755),
        "private": file("key", 0o600),
        "to-notes": link("notes.txt"),
        "empty": folder(0o700),
    }
)
LIMITS = Limits(wall_seconds=20.0, output_bytes=100_000)


@pytest.fixture(scope="module", params=[*BACKENDS, pytest.param("docker", marks=pytest.mark.slow)])
def sandbox(request):
    with contextlib.ExitStack() as stack:
        try:
            if request.param == "docker":
                made = stack.enter_context(docker())
                made.capabilities()
                yield made
                return
            module, name, options = BACKENDS[request.param]
            made = getattr(importlib.import_module(module), name)(**options)
            made.capabilities()
        except (RunnerUnavailable, ImportError) as error:
            if request.param in REQUIRED:
                raise
            pytest.skip(f"{request.param} does not work here: {error}")
        yield made


@contextlib.contextmanager
def docker():
    with engine() as address:
        yield DockerSandbox(base_url=address)


@pytest.fixture
def session(sandbox):
    with sandbox.open(SandboxSpec(files=FILES, limits=LIMITS)) as opened:
        yield opened


def changed(session):
    return [str(change) for change in session.diff()]


def test_a_backend_is_a_sandbox_that_can_be_sent_elsewhere(sandbox):
    assert isinstance(sandbox, Sandbox)
    again = pickle.loads(pickle.dumps(sandbox))
    with again.open() as session:
        assert isinstance(session, Session)
        assert session.spec == SandboxSpec()
        assert session.exec(["echo", "hello"]).stdout == b"hello\n"


def test_what_a_backend_promises_is_said(sandbox):
    said = sandbox.capabilities()
    assert said.backend == sandbox.name
    weak = [
        name
        for name in ("files", "processes", "memory", "disk", "network", "kernel")
        if getattr(said, name) is not Promise.CONTAINED
    ]
    assert not weak or said.notes, f"{weak} fall short and no note says why"


# Commands


def test_words_are_not_read_by_a_shell(session):
    result = session.exec(["printf", "%s|", "a b", "$HOME", "*", ""])
    assert (result.stdout, result.exit_status) == (b"a b|$HOME|*||", 0)


def test_text_is_read_by_bash_in_the_home_folder(session):
    result = session.exec("[[ -f notes.txt ]] && cat <(tail -n 1 notes.txt); exit 5")
    assert (result.stdout, result.exit_status, result.signal) == (b"two\n", 5, None)


def test_input_and_variables_reach_a_command(sandbox):
    spec = SandboxSpec(env={"COLOUR": "red", "SHAPE": "round"})
    with sandbox.open(spec) as session:
        result = session.exec('cat; echo "$COLOUR $SHAPE"', stdin=b"in\0\xff", env={"SHAPE": "odd"})
        assert result.stdout == b"in\0\xffred odd\n"
        assert session.exec("cat").stdout == b""
        assert session.shell('echo "$COLOUR $SHAPE"').stdout == b"red round\n"


def test_our_environment_is_not_theirs(session, monkeypatch):
    monkeypatch.setenv("A_SECRET", "4711")
    for result in (session.exec("env"), session.shell("env")):
        names = {line.partition(b"=")[0] for line in result.stdout.splitlines()}
        assert {b"PATH", b"HOME", b"LANG", b"TERM"} <= names
        assert b"A_SECRET" not in names
        assert b"PYTHONPATH" not in names


def test_output_comes_as_bytes_and_apart(session):
    result = session.exec("printf 'a\\0\\xff\\xfe'; printf '\\x1b[2Jred' >&2")
    assert (result.stdout, result.stderr) == (b"a\0\xff\xfe", b"\x1b[2Jred")
    result = session.shell("printf 'a\\0\\xff\\xfe'; printf '\\x1b[2Jred' >&2")
    assert (result.stdout, result.stderr) == (b"a\0\xff\xfe", b"\x1b[2Jred")


def test_a_command_that_is_not_there_is_its_own_failure(session):
    assert session.exec(["not-installed-anywhere"]).exit_status == 127
    assert session.exec("not-installed-anywhere").exit_status == 127
    assert session.shell("not-installed-anywhere").exit_status == 127


def test_a_signal_is_told_from_a_status(session):
    result = session.exec(["bash", "-c", "kill -TERM $$"])
    assert (result.exit_status, result.signal) in {(None, 15), (143, None)}
    assert not result.timed_out


def test_a_command_is_ended_at_its_time_and_the_next_one_runs(session):
    started = time.monotonic()
    result = session.exec("echo before; sleep 60; echo after", timeout=0.5)
    assert time.monotonic() - started < 10
    assert result.timed_out
    assert result.stdout == b"before\n"
    assert session.exec("echo well").stdout == b"well\n"


def test_what_a_command_left_running_is_ended(session):
    session.exec("(while :; do echo alive >> pulse; sleep 0.05; done) >/dev/null 2>&1 &")
    first = session.tree().get("pulse")
    time.sleep(0.3)
    assert session.tree().get("pulse") == first


def test_output_is_cut_and_said_to_be(session):
    for result in (session.exec("head -c 300000 /dev/zero"), session.shell("seq 100000")):
        assert len(result.stdout) == LIMITS.output_bytes
        assert result.truncated
    exact = session.exec(f"head -c {LIMITS.output_bytes} /dev/zero")
    assert len(exact.stdout) == LIMITS.output_bytes
    assert not exact.truncated


def test_a_flood_ends_in_bounded_time_and_space(session):
    started = time.monotonic()
    result = session.shell("yes | head -c 1000000000", timeout=15)
    assert time.monotonic() - started < 20
    assert len(result.stdout) == LIMITS.output_bytes
    assert result.truncated
    assert session.shell("echo well").stdout == b"well\n"


def test_processor_time_is_counted(session):
    spin = "i=0; while ((i < 100000)); do ((i += 1)); done"
    assert 0.02 < session.exec(spin).cpu_seconds < 10
    assert 0.02 < session.shell(spin).cpu_seconds < 10
    assert session.exec(["sleep", "0.3"]).cpu_seconds < 0.3


def test_text_that_is_no_unicode_is_no_accident(session):
    for text in ("echo \ud800", "echo \udcff", "echo a\0b"):
        assert session.exec(text).exit_status is not None
        assert not session.shell(text).replaced
    assert session.exec("printf %s '\udcff'").stdout == b"\xff"
    assert session.shell("echo well").stdout == b"well\n"


# The one shell


def test_the_shell_keeps_folder_variables_functions_and_jobs(session):
    assert session.shell('cd data; x=5; export y=6; f() { echo "f $1 $x"; }').cwd == f"{HOME}/data"
    result = session.shell('echo "$x"; f 7; bash -c \'echo "$y"\'; ls')
    assert result.stdout == b"5\nf 7 5\n6\na.csv\ndeep\n"
    assert (result.exit_status, result.cwd, result.replaced) == (0, f"{HOME}/data", False)
    session.shell("sleep 30 & job=$!")
    assert session.shell("kill -0 $job && kill $job; wait $job").exit_status == 143


def test_a_command_runs_in_the_home_folder_whatever_the_shell_does(session):
    session.shell("cd /; x=1; umask 077")
    result = session.exec('ls notes.txt; echo "[$x]"; umask')
    assert result.stdout == b"notes.txt\n[]\n0022\n"


def test_the_shell_gives_statuses(session):
    assert session.shell("false").exit_status == 1
    assert session.shell("(exit 42)").exit_status == 42
    assert session.shell("true").exit_status == 0


def test_programs_that_wait_for_input_meet_its_end(session):
    started = time.monotonic()
    assert session.shell('cat; read line; echo "$? [$line]"').stdout == b"1 []\n"
    assert session.shell("python3 -c 'input()'").exit_status == 1
    assert session.shell("echo well").stdout == b"well\n"
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "broken",
    ["echo 'unclosed", 'echo "unclosed', "echo $(", "if true; then", "cat <<END\nno end", ")", "}"],
)
def test_half_a_command_ends_with_itself(session, broken):
    session.shell("kept=yes")
    result = session.shell(broken, timeout=5)
    assert not result.timed_out
    after = session.shell('echo "[$kept]"')
    assert after.stdout == (b"[]\n" if result.replaced else b"[yes]\n")
    # Bash itself gives up on an unclosed $( that is not typed at a terminal.
    assert not result.replaced or "$(" in broken


def test_documents_and_several_lines_are_one_command(session):
    result = session.shell(
        "cat <<END\none $((1 + 1))\nEND\nfor i in 1 2; do\n  echo $i\ndone # end"
    )
    assert result.stdout == b"one 2\n1\n2\n"
    assert session.shell("# nothing").exit_status == 0
    assert session.shell("").exit_status == 0
    assert session.shell("-x").exit_status == 127


def test_a_long_command_is_taken(session):
    result = session.shell("echo " + "x" * 50_000 + " | wc -c; : " + "y" * 900_000)
    assert result.stdout == b"50001\n"


@pytest.mark.parametrize("last", ["exit 7", "exec bash -c 'exit 7'", "set -e; (exit 7)"])
def test_a_shell_that_ends_is_replaced(session, last):
    session.shell("cd data; x=1; echo new > made")
    result = session.shell(f"echo said; {last}")
    assert (result.stdout, result.exit_status, result.cwd) == (b"said\n", 7, "")
    assert result.replaced
    result = session.shell('echo "[$x]"; cat data/made')
    assert (result.stdout, result.cwd, result.replaced) == (b"[]\nnew\n", HOME, False)


def test_a_shell_that_is_killed_is_replaced(session):
    result = session.shell("kill -9 $$")
    assert result.replaced
    assert session.shell("echo well").stdout == b"well\n"


def test_a_command_that_never_ends_costs_its_time(session):
    for command in ("sleep 60", "while :; do :; done", "trap '' INT TERM HUP; while :; do :; done"):
        started = time.monotonic()
        result = session.shell(f"echo before; {command}", timeout=0.5)
        assert time.monotonic() - started < 10
        assert result.timed_out
        assert result.stdout == b"before\n"
        assert session.shell("echo well").stdout == b"well\n"


def test_late_output_of_a_job_is_nobody_elses(session):
    session.shell("(sleep 0.3; echo late; echo done > flag) &")
    for _ in range(100):
        result = session.shell("sleep 0.02; echo mine")
        assert result.stdout == b"mine\n"
        if "flag" in session.tree():
            break
    else:
        pytest.fail("the job did not go on")


def test_nothing_printed_ends_a_command_early(session):
    # Whatever the protocol's words are: they are made of what the shell can see of itself.
    probe = session.shell(
        'set; tr "\\0" "\\n" < /proc/$$/cmdline; ls /proc/$$/fd; cat /proc/$$/environ'
    ).stdout
    for words in (probe, b"0\0", b"\n__END__0\n$ ", b"bash-5.2$ \n"):
        session.put("words", words)
        for target in ("1", "2"):
            result = session.shell(f"cat words >&{target}; sleep 0.1; echo last; (exit 9)")
            assert result.stdout.endswith(b"last\n")
            assert result.exit_status == 9
    for number in range(3, 30):
        session.shell(f"(printf '0\\0' >&{number}) 2>/dev/null; (echo 0 >&{number}) 2>/dev/null")
        result = session.shell("sleep 0.02; echo true; (exit 3)")
        assert result.replaced or (result.stdout, result.exit_status) == (b"true\n", 3)


def test_prompts_and_traps_do_not_put_the_shell_out_of_step(session):
    session.shell(
        "PS1='> '; PS2='$(echo x)'; PROMPT_COMMAND='echo prompt'; set -x; trap 'echo t' DEBUG"
    )
    result = session.shell("echo one")
    assert b"one\n" in result.stdout
    session.shell("trap - DEBUG; set +x")
    assert session.shell("echo two").stdout == b"two\n"


# Files


def test_files_go_in_and_come_out(session):
    content = bytes(range(256)) * 40
    session.put("new/place/x.bin", content, 0o640)
    assert session.get("new/place/x.bin") == content
    assert session.get(f"{HOME}/new/place/x.bin", limit=7) == content[:7]
    assert (
        session.exec("wc -c < new/place/x.bin; stat -c %a new/place/x.bin").stdout
        == b"10240\n640\n"
    )
    session.put("notes.txt", b"other")
    assert session.exec(["cat", "to-notes"]).stdout == b"other"
    assert session.get("to-notes") == b"other"
    session.put("empty/x", b"")
    assert session.get("empty/x") == b""


def test_what_we_put_there_belongs_to_them(session):
    session.put("mine/file", b"1")
    assert (
        session.exec(
            "echo 2 > mine/file && mkdir mine/more && chmod 700 mine && rm -r mine"
        ).exit_status
        == 0
    )
    assert session.exec("echo x >> private && rm -r tools && chmod 755 empty").exit_status == 0


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "data/../../x", "/home/agent2/x", "/home/agent/../x", "nul\0"]
)
def test_a_path_that_leaves_is_refused(session, path):
    with pytest.raises(OptionError):
        session.get(path)
    with pytest.raises(OptionError):
        session.put(path, b"x")


def test_a_link_that_leaves_is_refused(session):
    session.exec("ln -s /etc out; ln -s ../.. up; ln -s /etc/passwd file; ln -s loop loop")
    for path in ("out/passwd", "up/etc/passwd", "file", "out/new"):
        with pytest.raises(OptionError):
            session.get(path)
        with pytest.raises(OptionError):
            session.put(path, b"x")
    for path in ("loop", "loop/x"):
        with pytest.raises((OptionError, OSError)):
            session.get(path)


def test_what_is_no_regular_file_is_not_read(session):
    session.exec("mkfifo pipe")
    for path in ("pipe", "data", "missing", "notes.txt/x", "", "."):
        with pytest.raises(OSError):
            session.get(path)
    for path in ("pipe", "data", "notes.txt/x"):
        with pytest.raises(OSError):
            session.put(path, b"x")


def test_the_tree_is_what_is_there(session):
    tree = session.tree()
    assert tree == FILES
    session.exec(
        "mkdir -p 'odd name/\u00e9'; printf x > 'odd name/\u00e9/\n'; ln -s /nowhere dangling"
    )
    tree = session.tree()
    assert tree["odd name/\u00e9/\n"] == file(b"x")
    assert tree["dangling"] == link("/nowhere")


def test_names_that_are_no_unicode_are_kept(session):
    session.exec(b"printf x > \xff.txt".decode("utf-8", "surrogateescape"))
    assert session.tree()["\udcff.txt"].content == b"x"
    assert session.get("\udcff.txt") == b"x"


def test_what_changed_is_told_apart(session):
    assert session.diff() == ()
    session.exec(
        "echo three >> notes.txt; chmod 600 data/a.csv; rm data/deep/b.bin; rmdir data/deep; "
        "ln -sf private to-notes; echo new > added; chmod 755 empty; mkdir made; mkfifo pipe"
    )
    assert changed(session) == [
        "added added",
        "changed data/a.csv (mode)",
        "removed data/deep",
        "removed data/deep/b.bin",
        "changed empty (mode)",
        "added made",
        "changed notes.txt (content)",
        "added pipe",
        "changed to-notes (content)",
    ]
    found = {change.path: change for change in session.diff()}
    assert found["notes.txt"].after.text == "one\ntwo\nthree\n"
    assert found["notes.txt"].before.text == "one\ntwo\n"
    assert found["pipe"].after.kind == "special"


def test_a_file_put_back_as_it_was_is_no_change(session):
    session.exec(
        "cp notes.txt x; rm notes.txt; mv x notes.txt; touch data/a.csv; chmod 644 notes.txt"
    )
    session.exec("rm -r data/deep; mkdir data/deep")
    assert changed(session) == ["removed data/deep/b.bin"]
    session.put("data/deep/b.bin", bytes(range(256)))
    assert session.diff() == ()


def test_a_kind_that_changed_is_seen(session):
    session.exec(
        "rm notes.txt; mkdir notes.txt; rm -r data; echo x > data; rm to-notes; cp private to-notes"
    )
    found = {change.path: change for change in session.diff()}
    assert (found["notes.txt"].before.kind, found["notes.txt"].after.kind) == ("file", "folder")
    assert (found["data"].before.kind, found["data"].after.kind) == ("folder", "file")
    assert found["data/a.csv"].after is None
    assert found["to-notes"].after.kind == "file"


def test_a_second_name_for_a_file_is_a_change(session):
    session.exec("cp private twin; ln notes.txt also")
    tree = session.tree()
    assert tree["notes.txt"].inode == tree["also"].inode > 0
    assert {"added also", "changed notes.txt (inode)"} <= set(changed(session))
    # A copy beside it is the same to look at and not the same file.
    session.exec("rm also; cp notes.txt also")
    assert changed(session) == ["added also", "added twin"]


def test_a_file_with_two_names_starts_as_one(sandbox):
    both = Node("file", 0o644, b"shared", inode=9)
    with sandbox.open(SandboxSpec(files=Tree({"a": both, "b/c": both}))) as session:
        assert session.exec("echo more >> a; cat b/c").stdout == b"sharedmore\n"
        session.reset()
        assert session.diff() == ()


def test_a_large_file_is_known_by_its_digest(sandbox):
    content = os.urandom(1 << 20) * 3
    with sandbox.open(SandboxSpec(files=Tree({"big": content}))) as session:
        assert session.diff() == ()
        session.exec("printf x | dd of=big bs=1 seek=3000000 conv=notrunc status=none")
        changes = session.diff()
        assert [change.path for change in changes] == ["big"]
        assert changes[0].after.size == len(content)


def test_what_hides_from_reading_is_read(session):
    session.exec("mkdir shut; echo x > shut/in; chmod 000 shut private; chmod 111 data")
    tree = session.tree()
    assert tree["shut/in"].text == "x\n"
    assert (tree["shut"].mode, tree["private"].mode, tree["private"].text) == (0, 0, "key")
    session.reset()
    assert session.diff() == ()


def test_processes_do_not_move_while_the_tree_is_read(session):
    session.shell("(i=0; while :; do echo $i > a; cp a b; i=$((i+1)); done) >/dev/null 2>&1 &")
    for _ in range(10):
        time.sleep(0.01)
        session.tree()
    assert session.shell("kill $!").exit_status == 0


def test_a_tower_of_folders_does_not_bring_us_down(session):
    session.shell(
        "for i in {1..600}; do mkdir d 2>/dev/null && cd d || break; done; cd ~", timeout=20
    )
    try:
        tree = session.tree()
    except OSError:
        pass
    else:
        assert "d/d/d" in tree
    session.reset()
    assert session.diff() == ()


# Going back


def test_a_reset_brings_back_the_start(session):
    session.shell("cd data; x=1; sleep 60 & rm -rf ~/data ~/notes.txt; chmod 700 ~; echo y > ~/new")
    session.reset()
    assert session.diff() == ()
    result = session.shell('echo "[$x]"; jobs; ls | wc -l')
    assert (result.stdout, result.cwd) == (b"[]\n6\n", HOME)


def test_a_snapshot_brings_back_files_and_shell(session):
    session.shell(
        "cd data; x='a \"quoted\"\nvalue'; export y=2; list=(1 'two words'); declare -A m=([k]=v); "
        'f() { echo "$x"; }; umask 027; set -o pipefail; shopt -s nullglob; '
        "ln a.csv same; ln -s a.csv soft; chmod 4750 deep; echo keep > kept; mkfifo pipe"
    )
    before = session.tree()
    kept = pickle.loads(pickle.dumps(session.snapshot()))
    assert kept.files == before
    session.shell("rm -r *; cd ..; rm -r *; x=other; unset -f f; umask 0; set +o pipefail")
    session.restore(kept)
    assert session.tree() == before
    result = session.shell(
        'f; echo "${list[1]}" "${m[k]}"; bash -c \'echo $y\'; umask; '
        "shopt -q nullglob; echo $?; false | true; echo $?"
    )
    assert result.stdout == b'a "quoted"\nvalue\ntwo words v\n2\n0027\n0\n1\n'
    assert result.cwd == f"{HOME}/data"


def test_a_snapshot_holds_what_an_equal_session_needs(sandbox, session):
    session.shell("cd data/deep; echo x > made")
    kept = session.snapshot()
    with sandbox.open(session.spec) as other:
        other.restore(kept)
        assert other.shell("cat made").cwd == f"{HOME}/data/deep"
        assert changed(other) == ["added data/deep/made"]
        other.reset()
        assert other.diff() == ()
    assert changed(session) == ["added data/deep/made"]


def test_a_snapshot_can_be_returned_to_many_times(session):
    session.shell("echo 1 > n")
    kept = session.snapshot()
    for turn in range(3):
        session.shell(f"echo {turn} >> n; rm -f notes.txt; echo y > extra{turn}")
        session.restore(kept)
        assert changed(session) == ["added n"]
        assert session.get("n") == b"1\n"


def test_going_back_ends_what_runs(session):
    kept = session.snapshot()
    for back in (session.reset, lambda: session.restore(kept)):
        session.shell(
            "(while :; do echo x >> ~/pulse; sleep 0.02; done) >/dev/null 2>&1 & sleep 0.1"
        )
        back()
        time.sleep(0.2)
        assert session.diff() == ()


# Side by side, and the end


def test_sessions_do_not_see_each_other(sandbox, session):
    with sandbox.open(SandboxSpec(limits=LIMITS)) as other:
        session.shell("echo mine > secret; x=1")
        assert other.exec("ls -A | wc -l").stdout == b"0\n"
        assert other.shell('echo "[$x]"').stdout == b"[]\n"
        other.shell("echo theirs > secret")
        assert session.get("secret") == b"mine\n"
        other.reset()
        assert session.get("secret") == b"mine\n"
    assert session.get("secret") == b"mine\n"


def test_a_closed_session_says_so(sandbox):
    session = sandbox.open()
    kept = session.snapshot()
    session.close()
    session.close()
    for use in (
        lambda: session.exec("true"),
        lambda: session.shell("true"),
        lambda: session.put("x", b""),
        lambda: session.get("x"),
        session.tree,
        session.diff,
        session.snapshot,
        lambda: session.restore(kept),
        session.reset,
    ):
        with pytest.raises(SessionClosed):
            use()


def commands_with(words):
    """The processes of this machine whose command line holds these words."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError):
                if words.encode() in place.joinpath("cmdline").read_bytes().replace(b"\0", b" "):
                    found.append(int(place.name))
    return found


def soon(true, seconds=10.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("how", ["close", "exception"])
def test_nothing_runs_on_after_the_end(sandbox, how):
    nap = f"sleep 7{os.getpid()}"
    with contextlib.suppress(ZeroDivisionError), sandbox.open() as session:
        session.shell(f"{nap} & setsid {nap} & (setsid {nap} &) & sleep 0.2")
        assert commands_with(nap)
        if how == "exception":
            _ = 1 / 0
    assert soon(lambda: not commands_with(nap))


@pytest.mark.parametrize("number", [15, 9])
def test_nothing_is_left_when_we_are_killed(sandbox, number, tmp_path):
    nap = f"sleep 8{os.getpid()}{number}"
    child = (
        "import pickle, sys, time\n"
        "sandbox = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
        "session = sandbox.open()\n"
        f"session.shell('{nap} & setsid {nap} & echo x > big')\n"
        "print('ready', flush=True)\n"
        "time.sleep(100)\n"
    )
    argument = pickle.dumps(sandbox).hex()
    mounts = Path("/proc/self/mountinfo").read_text()
    process = subprocess.Popen(
        [sys.executable, "-c", child, argument],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    try:
        assert process.stdout.readline() == b"ready\n"
        assert commands_with(nap)
        process.send_signal(number)
        process.wait(10)
        assert soon(lambda: not commands_with(nap))
        assert soon(lambda: not list(tmp_path.glob("*/home"))), list(tmp_path.iterdir())
        assert soon(lambda: Path("/proc/self/mountinfo").read_text() == mounts)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def lent():
    """A folder that everybody on this machine may read, by a path that everybody may walk."""
    with tempfile.TemporaryDirectory(prefix="lent-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_folders_of_this_machine_can_be_read_inside(sandbox, lent):
    if sandbox.name == "landlock":
        pytest.skip("Landlock shows folders only where they are; see test_landlock")
    (lent / "word").write_text("shared")
    place = str(lent) if sandbox.name in WITHOUT_WALLS else "/opt/lent"
    with sandbox.open(SandboxSpec(folders={place: str(lent)})) as session:
        assert session.exec(["cat", f"{place}/word"]).stdout == b"shared"
        if sandbox.name not in WITHOUT_WALLS:
            session.exec(f"echo x > {place}/word; rm {place}/word; touch {place}/other")
            assert [path.name for path in lent.iterdir()] == ["word"]
            assert (lent / "word").read_text() == "shared"
