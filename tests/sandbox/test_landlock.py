"""The walls of Landlock sessions, tried from inside and judged from outside.

The same tests run for the ways a session can be had: with a user of its own and a control group,
and without either, as in a pod.
"""

import importlib
import os
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from veragym.sandbox import Limits, Promise, RunnerUnavailable, SandboxSpec, Tree, cgroup, landlock
from veragym.sandbox.cgroup import CgroupSupport
from veragym.sandbox.landlock import LandlockSandbox

choosing = importlib.import_module("veragym.sandbox.choose")
REQUIRED = set(filter(None, os.environ.get("VERAGYM_REQUIRE_BACKENDS", "").split(",")))
LIMITS = Limits(wall_seconds=20.0, memory_bytes=128 << 20, processes=24, file_bytes=64 << 20)
SPEC = SandboxSpec(files=Tree({"a.txt": "home\n"}), limits=LIMITS, disk_bytes=8 << 20, inodes=500)
NO_GROUPS = CgroupSupport("none", reason="taken away for this test")


@pytest.fixture(scope="module", params=["own user", "same user", "no group"])
def way(request):
    if reason := choosing.why_not("landlock"):
        if "landlock" in REQUIRED or "refused" in reason:
            pytest.fail(reason)
        pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "own user" and not landlock.can_change_user():
            pytest.skip("only root can give a session a user of its own")
        if request.param == "same user":
            if os.geteuid() == 0 and not cgroup.available().usable:
                pytest.skip("root is bounded neither by user nor by group here")
            patch.setattr(landlock, "can_change_user", lambda: False)
        if request.param == "no group":
            if os.geteuid() == 0 and not landlock.can_change_user():
                pytest.skip("root is bounded neither by user nor by group here")
            patch.setattr(cgroup, "available", lambda: NO_GROUPS)
        yield request.param


@pytest.fixture
def session(way):
    with LandlockSandbox().open(SPEC) as opened:
        yield opened


def python(session, code, **more):
    session.put("code.py", textwrap.dedent(code).encode())
    return session.exec(["python3", "-I", "-S", "code.py"], **more)


def outcome(session, code):
    """Last line of what Python code says in the session."""
    result = python(session, code)
    assert result.exit_status == 0, result.stderr.decode()
    return result.stdout.decode().splitlines()[-1]


TRY = """
import os, socket, ctypes
def attempt(step):
    try: step()
    except OSError as error: return "refused"
    return "done"
"""


def test_no_file_of_ours_or_of_the_system_is_read(session, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("4711")
    secret.chmod(0o644)
    for folder in (tmp_path, *tmp_path.parents):
        if (
            folder.stat().st_uid == secret.stat().st_uid
            and folder != Path("/")
            and len(folder.parts) > 2
        ):
            folder.chmod(0o755)
    assert Path(secret).read_text() == "4711"
    for path in (secret, "/etc/shadow", "/proc/1/environ", f"/proc/{os.getpid()}/environ"):
        result = session.exec(["cat", str(path)])
        assert (result.stdout, result.exit_status) == (b"", 1), path
    session.exec(f"ln -s {secret} link; ln {secret} hard")
    assert session.exec("cat link; cat hard").stdout == b""
    for folder in ("/", "/tmp", str(tmp_path), "/proc", "/root", "/home"):
        assert session.exec(["ls", folder]).stdout == b"", folder


def test_nothing_is_written_beside_home_and_temporary_files(session, tmp_path):
    tmp_path.chmod(0o777)
    (tmp_path / "open").write_text("as it was")
    (tmp_path / "open").chmod(0o666)
    there = tmp_path
    for text in (
        f"echo x > {there}/new", f"echo x > {there}/open", f"echo x >> {there}/open",
        f"mkdir {there}/d", f"rm {there}/open", f"mv {there}/open ~/", f"ln -s x {there}/l",
        f"mv ~/a.txt {there}/a", f"mkfifo {there}/p", f"truncate -s 0 {there}/open",
        "echo x > /dev/shm/x", "echo x > /tmp/x", f"echo x > {session.home}/../beside",
        f"echo x > {session.home}/../shell/made",
    ):  # fmt: skip
        assert session.exec(text).exit_status != 0, text
    assert [path.name for path in tmp_path.iterdir()] == ["open"]
    assert (tmp_path / "open").read_text() == "as it was"
    assert session.exec("cat a.txt; echo x > $TMPDIR/t && cat $TMPDIR/t").stdout == b"home\nx\n"


def test_no_socket_is_opened_and_nobody_is_reached(session, tmp_path):
    place = str(tmp_path / "s")
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as named,
        socket.socket(socket.AF_UNIX) as unnamed,
    ):
        named.bind(place)
        unnamed.bind("\0veragym-test-abstract")
        for listener in (named, unnamed):
            listener.listen()
        for listener in (tcp, named, unnamed):
            listener.setblocking(False)
        port = tcp.getsockname()[1]
        code = TRY + textwrap.dedent(
            f"""
            print(*{{
                attempt(lambda: socket.create_connection(("127.0.0.1", {port}), 2)),
                attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
                attempt(lambda: socket.socket(socket.AF_INET6)),
                attempt(lambda: socket.socket(socket.AF_UNIX).connect({place!r})),
                attempt(lambda: socket.socket(socket.AF_UNIX).connect("\\0veragym-test-abstract")),
                attempt(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
            }})
            """
        )
        assert outcome(session, code) == "refused"
        for listener in (tcp, named, unnamed):
            with pytest.raises(BlockingIOError):
                listener.accept()


def test_no_process_outside_is_signalled_or_read(session):
    victim = subprocess.Popen(["sleep", "100"])
    try:
        pids = (victim.pid, os.getpid(), session._launcher.pid)
        for pid in pids:
            code = (
                f"print({{attempt(lambda: os.kill({pid}, 9)), attempt(lambda: os.kill({pid}, 0))}})"
            )
            assert outcome(session, TRY + code) == "{'refused'}", pid
        session.exec("kill -9 -1")
        assert victim.poll() is None
        assert session._launcher.poll() is None
        assert session.exec("echo well").stdout == b"well\n"
        for name in ("environ", "mem", "maps", "cmdline", "fd/0", "root/etc/hostname"):
            assert session.exec(["cat", f"/proc/{victim.pid}/{name}"]).stdout == b"", name
    finally:
        victim.kill()
        victim.wait()


def test_calls_of_the_kernel_that_lead_out_are_refused(session):
    libc = "libc = ctypes.CDLL(None, use_errno=True)\n"
    names = {
        "a namespace of users": "libc.unshare(0x10000000)",
        "a trace of its parent": "libc.ptrace(16, os.getppid(), 0, 0)",
        "a mount": "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        "memory shared with the machine": "libc.shmget(0x4711, 4096, 0o1666)",
        "a key": "libc.syscall(ctypes.c_long(248), b'user', b'k', b'v', 1, -3)",
        "a chroot": "libc.chroot(b'.')",
        "another user": "libc.setuid(0 if os.getuid() else 1)",
    }
    for name, call in names.items():
        if name == "another user" and session._user is None and os.geteuid() == 0:
            continue  # root that cannot be left; its rights are Landlock's to bound
        assert outcome(session, TRY + libc + f"print({call})") == "-1", name


def test_only_standard_descriptors_are_handed_on(session):
    code = """
    import os
    found = []
    for number in range(4096):
        try: os.fstat(number); found.append(number)
        except OSError: pass
    print(found)
    """
    # The third is Python's own script.
    assert outcome(session, code) in ("[0, 1, 2]", "[0, 1, 2, 3]")
    assert session.exec("for n in {3..255}; do (: >&$n) 2>/dev/null && echo $n; done").stdout == b""


def test_standard_input_cannot_be_written_to(session):
    result = session.exec("echo more >&0; cat", stdin=b"given\n")
    assert result.stdout == b"given\n"


def test_daemons_of_every_kind_are_ended_with_their_command(session):
    mark = f"71{os.getpid()}"
    session.exec(
        f"setsid sleep {mark} & (setsid sleep {mark} &) & nohup sleep {mark} >/dev/null 2>&1 & "
        f"bash -c 'trap \"\" TERM HUP INT; sleep {mark} & disown -a' & sleep 0.1"
    )
    assert choosing.survivors(mark) == []


def test_no_more_processes_live_at_once_than_allowed(session):
    # It gives up by itself, in case nothing stops it.
    code = """
    import os, time
    born = 0
    for _ in range(200):
        try:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            born += 1
        except OSError:
            pass
    print(born)
    """
    assert 1 <= int(outcome(session, code)) <= LIMITS.processes
    assert session.exec("echo well").stdout == b"well\n"


def test_a_shell_that_uses_up_all_processes_is_no_failure_of_ours(session):
    session.shell("for i in {1..60}; do sleep 60 & done 2>/dev/null; true", timeout=2)
    result = session.exec(["echo", "well"])
    assert (result.stdout, result.exit_status) in [(b"well\n", 0), (b"", 126)], result
    session.shell("echo more")
    session.reset()
    assert session.exec(["echo", "well"]).stdout == b"well\n"
    assert session.shell("echo well").stdout == b"well\n"


def test_a_root_that_nothing_bounds_gets_no_session(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(landlock, "can_change_user", lambda: False)
    monkeypatch.setattr(cgroup, "available", lambda: NO_GROUPS)
    with pytest.raises(RunnerUnavailable, match="processes cannot be bounded.*ordinary user"):
        LandlockSandbox().open()


def test_memory_is_bounded_for_all_processes_together(session):
    hog = 'python3 -c "x = bytearray(60 << 20); import time; time.sleep(3)"'
    one = session.exec(hog.replace("sleep(3)", "sleep(0)"))
    assert one.exit_status == 0
    result = session.exec(f"{hog} & {hog} & {hog} & {hog} & wait %1 %2 %3 %4; exit 9")
    assert result.out_of_memory, result
    assert session.exec("echo well").stdout == b"well\n"


def test_a_full_disk_ends_the_command_and_says_so(session):
    started = time.monotonic()
    result = session.exec("for i in {1..40}; do head -c 4000000 /dev/zero > f$i; sleep 0.05; done")
    assert time.monotonic() - started < 15
    assert b"the disk bound was passed" in result.stderr
    assert result.signal == 9
    # What is there may be removed again, though it is still too much.
    assert session.exec("sleep 0.4; rm f*; ls").stdout == b"a.txt\n"
    names = session.exec("mkdir d; for i in {1..200}; do touch d/$i-{1..50}; sleep 0.02; done")
    assert b"the disk bound was passed" in names.stderr


def test_a_file_is_no_larger_than_its_bound(session):
    result = session.exec("head -c 100000000 /dev/zero > big")
    assert result.exit_status != 0 or result.signal
    assert session.tree()["big"].size <= LIMITS.file_bytes


def test_the_processor_time_of_all_processes_is_bounded(way):
    limits = Limits(cpu_seconds=1.0, wall_seconds=60.0)
    with LandlockSandbox().open(SandboxSpec(limits=limits)) as session:
        spin = "while :; do :; done"
        result = session.exec(f"({spin}) & ({spin}) & ({spin}) & wait")
        assert result.timed_out
        assert result.cpu_seconds < 5.0
        shell = session.shell(f"({spin}) & ({spin}) & wait")
        assert shell.timed_out


def test_the_shell_cannot_make_us_read_or_write_elsewhere(session, tmp_path):
    """Links in place of the files between the shell and us, which we write as another user."""
    target = tmp_path / "target"
    target.write_text("ours")
    session.shell(f"cd ~/../shell 2>/dev/null; rm -f *; ln -sf {target} state; ln -sf {target} 0o")
    kept = session.snapshot()
    session.restore(kept)
    assert session.shell("echo well").stdout == b"well\n"
    assert target.read_text() == "ours"


def test_folders_of_this_machine_are_lent_to_read_where_they_are(way):
    place = Path("/var/tmp") / f"veragym-lent-{os.getpid()}"
    place.mkdir(mode=0o755)
    try:
        (place / "word").write_text("shared")
        with LandlockSandbox().open(SandboxSpec(folders={str(place): str(place)})) as session:
            assert session.exec(["cat", f"{place}/word"]).stdout == b"shared"
            session.exec(f"echo x > {place}/word; rm {place}/word; touch {place}/other")
        assert [path.name for path in place.iterdir()] == ["word"]
        assert (place / "word").read_text() == "shared"
        with pytest.raises(RunnerUnavailable, match="only where it is"):
            LandlockSandbox().open(SandboxSpec(folders={"/opt/lent": str(place)}))
    finally:
        (place / "word").unlink()
        place.rmdir()


def test_processes_can_be_shown_when_asked_for(way):
    with LandlockSandbox(processes_visible=True).open() as session:
        assert b"sleep 7.25" in session.exec("sleep 7.25 & ps -eo args").stdout
        assert session.exec(f"cat /proc/{os.getpid()}/environ").stdout == b""


def test_what_falls_short_is_said(way):
    said = LandlockSandbox().capabilities()
    assert said.disk is said.files is Promise.DEGRADED
    assert said.network is said.kernel is Promise.CONTAINED
    bounded = cgroup.available().usable
    assert said.memory is (Promise.CONTAINED if bounded else Promise.DEGRADED)
    notes = " ".join(said.notes)
    assert "/home/agent" in notes
    own = landlock.can_change_user()
    assert ("change modes and times" in notes) == (not own)
    assert ("taken away for this test" in notes) == (way == "no group")


def test_a_launcher_that_is_killed_is_no_commands_fault(way):
    session = LandlockSandbox().open()
    session._launcher.kill()
    session._launcher.wait()
    with pytest.raises(RunnerUnavailable):
        session.exec("true")
    folder = session._root
    session.close()
    assert not folder.exists()


def test_folders_of_the_dead_are_swept_and_those_of_the_living_kept(way):
    from veragym.sandbox.landlock_session import sweep

    code = (
        "import os, signal\n"
        "from veragym.sandbox.landlock import LandlockSandbox\n"
        "session = LandlockSandbox().open()\n"
        "print(session._root, flush=True)\n"
        "session._launcher.kill(); session._launcher.wait()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with LandlockSandbox().open() as living:
        died = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        left = Path(died.stdout.strip())
        assert left.is_dir(), died.stderr
        sweep()
        assert not left.exists()
        assert living.exec("echo well").stdout == b"well\n"


def test_many_sessions_have_users_of_their_own_and_close_cleanly(way):
    sandbox = LandlockSandbox()
    sessions = [sandbox.open() for _ in range(8)]
    users = {session.exec(["id", "-u"]).stdout for session in sessions}
    assert len(users) == (8 if landlock.can_change_user() else 1)
    roots = [session._root for session in sessions]
    for session in sessions:
        session.close()
    assert not any(root.exists() for root in roots)


def test_a_kernel_without_landlock_is_told_by_name(monkeypatch):
    class Libc:
        def syscall(self, *arguments):
            return -1

    monkeypatch.setattr(landlock.ctypes, "CDLL", lambda *a, **k: Libc())
    with pytest.raises(RunnerUnavailable, match=r"no Landlock.*Linux 5\.13.*lsm"):
        LandlockSandbox().capabilities()


@pytest.mark.parametrize(
    ("abi", "files", "network", "scopes"),
    [(1, 13, 0, 0), (2, 14, 0, 0), (3, 15, 0, 0), (4, 15, 2, 0), (5, 16, 2, 0), (6, 16, 2, 2)],
)
def test_older_kernels_are_asked_only_for_what_they_know(abi, files, network, scopes):
    # Counts of rights from the kernel's documentation, by version of the interface.
    assert tuple(bits.bit_count() for bits in landlock.handled(abi)) == (files, network, scopes)
    known = landlock.handled(abi)[0]
    for _, access in landlock.rules(abi, ("/opt/x",), ("/w",), "/b", proc=True):
        assert access & ~known == 0
