"""What holds of sessions behind bubblewrap beyond the contract of all sessions."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from veragym.core import OptionError
from veragym.sandbox import Limits, Promise, RunnerUnavailable, SandboxSpec, Tree
from veragym.sandbox.bubblewrap import BubblewrapSandbox, launch, templates
from veragym.sandbox.bubblewrap.supervisor import EPOCH
from veragym.sandbox.tree import Node, file, folder, link

REQUIRED = "bubblewrap" in os.environ.get("VERAGYM_REQUIRE_BACKENDS", "").split(",")
WAYS = {
    "as root": {},
    "in a user namespace": {"privileged": False},
    "without control groups": {"groups": False},
}
LIMITS = Limits(wall_seconds=20.0, memory_bytes=96 << 20, processes=24)


def opened(options, spec=None):
    sandbox = BubblewrapSandbox(**options)
    try:
        sandbox.capabilities()
    except RunnerUnavailable as error:
        if REQUIRED:
            raise
        pytest.skip(f"bubblewrap does not work here: {error}")
    return sandbox.open(spec or SandboxSpec(limits=LIMITS))


@pytest.fixture(params=WAYS)
def options(request):
    if request.param == "as root" and os.geteuid() != 0:
        pytest.skip("needs root")
    return WAYS[request.param]


@pytest.fixture
def session(options):
    with opened(options) as one:
        yield one


def test_every_way_keeps_the_basics(session):
    result = session.shell("id -u; id -un; pwd; echo x > f; cat f; hostname")
    assert result.stdout == b"1000\nagent\n/home/agent\nx\nsandbox\n"
    assert [str(change) for change in session.diff()] == ["added f"]
    session.reset()
    assert session.diff() == ()


def test_commands_have_no_rights_and_a_filter(session):
    text = session.exec("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status").stdout.decode()
    found = dict(line.split(":\t") for line in text.splitlines())
    assert {found[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {
        "0000000000000000"
    }
    assert (found["NoNewPrivs"], found["Seccomp"]) == ("1", "2")


def test_root_does_not_exist_for_commands(session):
    # A set-user-id program of root's would need a root to become.
    assert session.exec("cat /proc/self/uid_map").stdout.split()[0] == b"1000"
    assert session.exec("wc -l < /proc/self/uid_map").stdout == b"1\n"
    assert session.exec("unshare -U true || unshare -m true || mount -t tmpfs x /tmp").exit_status


def test_the_system_is_read_only_and_ours_is_out_of_sight(session):
    for place in ("/x", "/usr/x", "/etc/x", "/dev/x", "/run/x", "/opt/x"):
        assert session.exec(f"echo x > {place}").exit_status != 0, place
    for place in ("/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/self/comm"):
        assert session.exec(f"echo x > {place}").exit_status != 0, place
    for place in ("/root", "/boot", "/etc/shadow", "/var/lib", "/sys", "/.sandbox/lower"):
        assert session.exec(["ls", place]).exit_status != 0, place
    assert session.exec("ls /.sandbox /opt/python 2>/dev/null | grep -v :").stdout.strip() == b""


def test_only_its_own_processes_are_seen(session):
    assert session.exec("ls /proc > x; grep -cE '^[0-9]+$' x").stdout == b"3\n"
    for name in ("environ", "mem", "maps", "fd/1003", "root", "cwd"):
        assert session.exec(f"cat /proc/1/{name}; ls /proc/1/{name}/").stdout == b"", name
    # The first process of a session cannot be ended from within.
    assert session.exec("kill -9 1; kill -STOP 1; sleep 0.1; echo alive").stdout == b"alive\n"


def test_there_is_no_network(session):
    probe = (
        "import socket\n"
        "print([line.split()[0] for line in open('/proc/net/dev') if ':' in line])\n"
        "for place in (('1.1.1.1', 53), ('127.0.0.1', 22)):\n"
        "    try: socket.create_connection(place, 1)\n"
        "    except OSError as error: print(type(error).__name__)\n"
    )
    lines = session.exec(["/usr/bin/python3", "-c", probe]).stdout.decode().splitlines()
    assert lines[0] == "['lo:']"
    assert len(lines) == 3


def test_the_disk_is_bounded_and_a_full_one_is_survived(options):
    spec = SandboxSpec(limits=Limits(file_bytes=64 << 20), disk_bytes=8 << 20, inodes=200)
    with opened(options, spec) as session:
        result = session.shell("head -c 30000000 /dev/zero > big; echo $?; stat -c %s big")
        assert b"No space left" in result.stderr
        assert int(result.stdout.split()[-1]) <= 8 << 20
        assert session.shell("echo still here; exit 3").stdout == b"still here\n"
        assert session.shell("echo again").stdout == b"again\n"
        assert session.exec("cat big | wc -c").exit_status == 0
        with pytest.raises(OSError, match="No space"):
            session.put("more", b"x" * 10_000)
        session.reset()
        result = session.shell("for i in {1..400}; do : > $i || break; done; ls | wc -l")
        assert int(result.stdout) < 300
        assert session.shell("exit 1").replaced
        assert session.shell("rm 1; echo well").stdout == b"well\n"
        assert 100 < len(session.tree()) < 300
        session.reset()
        assert session.diff() == ()


def test_a_bomb_of_processes_goes_off_inside(session):
    # Ten doublings: enough to be stopped, and no more than a machine can bear if it is not.
    bomb = "bomb() { [ $1 -gt 9 ] || { bomb $(($1+1)) | bomb $(($1+1)) & }; }"
    result = session.shell(f"{bomb}; bomb 0 2>/dev/null; sleep 0.5; echo", timeout=3)
    assert result is not None
    session.reset()
    assert session.exec("echo well", timeout=20).stdout == b"well\n"
    assert session.shell("echo well").stdout == b"well\n"


def test_memory_is_bounded(session):
    hog = "x = bytearray(400 << 20); x[::4096] = b'x' * len(x[::4096]); print('got it')"
    result = session.exec(["/usr/bin/python3", "-c", hog])
    assert b"got it" not in result.stdout
    if session.spec and BubblewrapSandbox().found().support.usable and session._group:
        assert result.out_of_memory
        assert session._group.usage()[2] > 0
    assert session.shell("echo well").stdout == b"well\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_memory_is_bounded_for_all_together():
    with opened({}) as session:
        if not BubblewrapSandbox().found().support.memory:
            pytest.skip("no control groups here")
        hog = "import time; x = bytearray(b'x') * (60 << 20); time.sleep(5); print('kept')"
        command = f'for i in 1 2 3 4 5; do /usr/bin/python3 -c "{hog}" & done; wait'
        result = session.exec(command, timeout=15)
        assert result.out_of_memory
        assert result.stdout.count(b"kept") < 3


def test_processor_time_is_bounded(options):
    spec = SandboxSpec(limits=Limits(cpu_seconds=1.0, wall_seconds=30.0))
    with opened(options, spec) as session:
        started = time.monotonic()
        result = session.exec("while :; do :; done")
        assert result.timed_out
        assert result.cpu_seconds < 4
        assert time.monotonic() - started < 25


def test_a_gigabyte_of_output_costs_little_memory(session):
    before = int(Path("/proc/self/statm").read_text().split()[1])
    result = session.exec("head -c 1000000000 /dev/zero", timeout=20)
    assert result.truncated or result.timed_out
    assert len(result.stdout) == session.spec.limits.output_bytes
    grown = int(Path("/proc/self/statm").read_text().split()[1]) - before
    assert grown * 4096 < 32 << 20


def test_everything_is_of_one_time_at_the_start(options):
    spec = SandboxSpec(files=Tree({"a/b": "x", "c": link("a/b"), "d": folder(0o700)}))
    with opened(options, spec) as session:
        stamps = set(session.exec("stat -c %Y . a a/b c d").stdout.split())
        assert stamps == {str(EPOCH).encode()}
        session.shell("echo y > a/b; rm c; mkdir e; ln a/b a/z")
        kept = session.snapshot()
        session.restore(kept)
        assert session.tree() == kept.files
        stamps = set(session.exec("stat -c %Y . a a/b a/z d e").stdout.split())
        assert stamps == {str(EPOCH).encode()}


def test_the_template_is_never_changed(options):
    tree = Tree({"a": file("one", 0o640), "b/c": "two"})
    with opened(options, SandboxSpec(files=tree)) as first:
        first.shell("echo changed > a; chmod 777 a b; rm -r b; touch -d 1999-01-01 .")
        with opened(options, SandboxSpec(files=tree)) as second:
            assert second.diff() == ()
            assert second.tree() == tree


def test_files_that_change_while_they_are_read_do_not_lead_out(session):
    # A race of links against reading: what is read is of the session, or the name is refused.
    session.shell(
        "mkdir real; echo mine > real/passwd; "
        "(while :; do ln -sfn /etc d; ln -sfn real d; done) >/dev/null 2>&1 &"
    )
    seen = set()
    for _ in range(100):
        with contextlib.suppress(OptionError, OSError):
            seen.add(session.get("d/passwd"))
        for change in session.diff():
            assert change.after is None or b"root:" not in change.after.content
    assert seen <= {b"mine\n"}


def test_holes_are_not_read_for_minutes(options):
    spec = SandboxSpec(limits=Limits(file_bytes=1 << 30), disk_bytes=1 << 20)
    with opened(options, spec) as session:
        session.exec("for i in {1..50}; do truncate -s 1000000000 $i; done")
        started = time.monotonic()
        tree = session.tree()
        assert time.monotonic() - started < 10
        assert tree["7"].size == 1_000_000_000
        assert not tree["7"].whole


def test_a_tower_of_folders_ends_in_a_special_file(session):
    session.exec("for i in {1..300}; do mkdir d && cd d || break; done")
    tree = session.tree()
    assert tree["/".join(["d"] * 256)].kind == "folder"
    assert tree["/".join(["d"] * 257)].kind == "special"


def test_files_with_two_names_stay_one_in_both_ways(options):
    both = Node("file", 0o644, b"shared", inode=9)
    spec = SandboxSpec(files=Tree({"a": both, "b/c": both, "alone": "x"}))
    with opened(options, spec) as session:
        session.shell("echo more >> a")
        assert sorted(str(change) for change in session.diff()) == [
            "changed a (content)",
            "changed b/c (content)",
        ]
        session.reset()
        session.shell("rm a")
        assert [str(change) for change in session.diff()] == ["removed a", "changed b/c (inode)"]
        kept = session.snapshot()
        session.reset()
        session.restore(kept)
        assert [str(change) for change in session.diff()] == ["removed a", "changed b/c (inode)"]


def test_a_tree_that_cannot_be_written_is_refused():
    cut = Node("file", 0o644, b"x", size=10, digest="0" * 32)
    for node in (cut, Node("special", 0o644)):
        with pytest.raises(OptionError, match="'a/b'"):
            opened({}, SandboxSpec(files=Tree({"a/b": node})))


def test_folders_that_are_not_there_are_refused():
    with pytest.raises(OptionError, match="/no/such"):
        opened({}, SandboxSpec(folders={"/opt/x": "/no/such"}))


def mounts():
    return len(Path("/proc/self/mountinfo").read_text().splitlines())


def ours():
    """Processes of this machine that are supervisors of this process's sessions."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                words = (place / "cmdline").read_bytes()
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == os.getpid() and b"bwrap" in words:
                    found.append(int(place.name))
    return found


def test_sixty_four_sessions_live_in_one_process():
    with opened({}):
        pass
    before = ours()  # runners that other tests share keep theirs
    sandbox = BubblewrapSandbox()
    files = Tree({"x": "start"})
    sessions, failures = [], []
    lock = threading.Lock()

    def work(number):
        try:
            for turn in range(8):
                session = sandbox.open(
                    SandboxSpec(files=files, limits=Limits(memory_bytes=32 << 20))
                )
                with lock:
                    sessions.append(session)
                mark = f"{number}-{turn}"
                assert session.shell(f"echo {mark} > x; cat x").stdout == f"{mark}\n".encode()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert not failures
        assert len(sessions) == 64
        assert len({session.get("x") for session in sessions}) == 64
    finally:
        for session in sessions:
            session.close()
    assert set(ours()) <= set(before)


def test_a_session_outlives_the_thread_that_opened_it():
    made = []
    thread = threading.Thread(target=lambda: made.append(opened({})))
    thread.start()
    thread.join()
    with made[0] as session:
        assert session.shell("echo well").stdout == b"well\n"


def test_a_forked_child_neither_ends_nor_keeps_a_session():
    before = ours()
    with opened({}) as session:
        child = os.fork()
        if child == 0:
            status = 0
            try:
                session.close()
                del session
            except BaseException:
                status = 1
            time.sleep(30)
            os._exit(status)
        try:
            assert session.shell("echo well").stdout == b"well\n"
            session.close()
            assert set(ours()) <= set(before)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def test_what_a_killed_process_left_on_disk_goes_with_the_next_start(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    code = (
        "from veragym.sandbox.bubblewrap import BubblewrapSandbox as B; import os, signal\n"
        "s = B().open(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    with opened({}):
        pass
    subprocess.run([sys.executable, "-c", code], check=False)
    left = list(tmp_path.iterdir())
    assert [path.name.startswith(templates.PREFIX) for path in left] == [True]
    assert stat.S_IMODE(left[0].stat().st_mode) == 0o700
    code = "from veragym.sandbox.bubblewrap import BubblewrapSandbox as B; B().open().close()"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_bwrap_is_named_with_its_remedy(monkeypatch):
    monkeypatch.setattr(launch.shutil, "which", lambda *_, **__: None)
    with pytest.raises(RunnerUnavailable, match="apt-get install bubblewrap"):
        launch.bwrap()


def test_a_bwrap_that_fails_is_quoted(tmp_path, monkeypatch):
    with opened({}):
        pass
    fake = tmp_path / "bwrap"
    fake.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2; exit 1\n"
    )
    fake.chmod(0o755)
    monkeypatch.setattr(launch, "bwrap", lambda: str(fake))
    with pytest.raises(RunnerUnavailable, match="user namespaces are blocked here"):
        BubblewrapSandbox().open()


def test_what_falls_short_is_said():
    opened({}).close()
    said = BubblewrapSandbox(groups=False).capabilities()
    assert said.memory is Promise.DEGRADED
    assert any("not for a session" in note for note in said.notes)
    if os.geteuid() == 0:
        said = BubblewrapSandbox(privileged=False).capabilities()
        assert said.files is Promise.DEGRADED
        assert not said.privileged


def test_going_back_is_quick_whatever_the_template_is(options):
    tree = Tree({f"d{n % 50}/{n}": b"x" * 1000 for n in range(1000)})
    with opened(options, SandboxSpec(files=tree)) as session:
        times = []
        for _ in range(10):
            session.shell("rm -r d1; echo y > d2/new")
            started = time.perf_counter()
            session.reset()
            times.append(time.perf_counter() - started)
        assert session.diff() == ()
        # Bounds of the benchmark are 5 and 60 ms; this one only tells copying from mounting.
        assert min(times) < 0.06
