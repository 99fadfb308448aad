"""The protocol of the one bash, spoken with a plain bash of this machine: no sandbox is needed."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from veragym.sandbox.bash import CONTROL, WORDS, Bash, Desynchronised

# What a backend does before bash: the socket is 3, and the numbers below CONTROL are taken.
HOLD = (
    "import os, sys\n"
    "socket = int(sys.argv[1])\n"
    "os.dup2(socket, 3, inheritable=True)\n"
    "if socket != 3: os.close(socket)\n"
    f"for n in range(10, {CONTROL}): os.dup2(0, n, inheritable=True)\n"
    "os.execvp(sys.argv[2], sys.argv[2:])\n"
)
RETURN_WORD = f"read -r -d '' -u {CONTROL} w; printf '0 hB %s\\0' \"$w\" >&{CONTROL}"


class Plain:
    """A bash that is started as a backend would, with nothing around it."""

    def __init__(self, folder):
        own, theirs = socket.socketpair()
        held = [sys.executable, "-I", "-S", "-c", HOLD, str(theirs.fileno()), *WORDS]
        self.process = subprocess.Popen(
            held,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"},
            cwd=folder,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
        theirs.close()
        talk = folder / "talk"
        talk.mkdir()
        handle = os.open(talk, os.O_RDONLY | os.O_DIRECTORY)
        self.bash = Bash(own, handle, str(talk), owner=None, output_bytes=100_000)
        self.bash.begin(20, over=self.over)

    def over(self):
        return self.process.poll() is not None

    def interrupt(self, strike):
        if strike >= 3:
            return False
        children = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], capture_output=True, check=False
        ).stdout.split()
        for child in map(int, children):
            os.kill(child, signal.SIGINT)
        return True

    def run(self, command, timeout=20.0):
        return self.bash.run(command, timeout, interrupt=self.interrupt, over=self.over)

    def close(self):
        self.bash.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def shell(tmp_path):
    plain = Plain(tmp_path)
    yield plain
    plain.close()


def test_what_a_command_did_comes_back(shell):
    said = shell.run(b"echo out; echo err >&2; (exit 7)")
    assert (said.stdout, said.stderr, said.status) == (b"out\n", b"err\n", 7)
    assert not (said.late or said.truncated)


def test_the_status_of_the_last_command_is_there_for_the_next(shell):
    for number in (0, 1, 7, 255):
        shell.run(f"(exit {number})".encode())
        assert shell.run(b'echo "$?"').stdout == f"{number}\n".encode()


def test_programs_do_not_have_the_socket(shell):
    listed = shell.run(b"ls /proc/self/fd; bash -c 'ls /proc/self/fd'").stdout.split()
    assert {int(number) for number in listed} <= {0, 1, 2, 3, 255}


def test_words_written_by_others_are_not_heard(shell):
    # A subshell has the socket; the kernel says that it is another process.
    stolen = f"(printf '0 hB %s\\0' x >&{CONTROL}); sleep 0.2; echo mine; (exit 3)".encode()
    said = shell.run(stolen)
    assert (said.stdout, said.status) == (b"mine\n", 3)
    # Even with the word: it is not the shell who returns it.
    started = time.monotonic()
    said = shell.run(f"( {RETURN_WORD} ); sleep 5".encode(), timeout=0.5)
    assert said.late
    assert time.monotonic() - started < 4


def test_a_shell_that_answers_for_itself_misleads_about_nobody_else(shell):
    early = f"{RETURN_WORD}; sleep 0.3; echo late".encode()
    assert shell.run(early).stdout == b""
    said = shell.run(b"echo next", timeout=1.0)
    assert said.stdout in (b"next\n", b"")
    assert b"late" not in said.stdout


def test_junk_on_the_socket_is_no_answer(shell):
    for junk in ("'0 hB 0123\\0'", "'\\0\\0\\0'", "'x%.0s' {1..9000}; printf '\\0'"):
        said = shell.run(
            f"{{ printf {junk}; }} >&{CONTROL}; sleep 0.1; echo mine; (exit 4)".encode()
        )
        assert said.stdout == b"mine\n"
        assert said.status in (4, None)


def test_a_break_outside_a_loop_does_not_end_the_shell(shell):
    for command in (b"break", b"break 99", b"continue 5", b"return 3 2>/dev/null; true"):
        assert shell.run(command + b"; echo x").status is not None
        assert shell.run(b"echo well").stdout == b"well\n"


@pytest.mark.parametrize(
    "trouble",
    [
        f"exec {CONTROL}>&-",
        "builtin() { :; }",
        "set -n",
        "kill -STOP $$",
        "exec sleep 60",
        "trap '' INT; while :; do :; done",
    ],
)
def test_a_shell_that_falls_silent_costs_its_time_and_no_more(shell, trouble):
    started = time.monotonic()
    said = shell.run(trouble.encode(), timeout=0.5)
    if said.status is not None:
        said = shell.run(b"echo well", timeout=0.5)
    assert time.monotonic() - started < 5
    assert said.status is None


def test_a_shell_that_does_not_begin_is_told(tmp_path):
    own, theirs = socket.socketpair()
    theirs.close()
    handle = os.open(tmp_path, os.O_RDONLY)
    bash = Bash(own, handle, str(tmp_path), owner=None, output_bytes=10)
    with pytest.raises(Desynchronised):
        bash.begin(0.2, over=lambda: True)
    bash.close()


def test_late_output_is_dropped_and_does_not_stop_its_job(shell, tmp_path):
    shell.run(
        b"(for i in {1..3000}; do echo 'a line that goes on in the background'; done; :> done) &"
    )
    for _ in range(200):
        assert shell.run(b"sleep 0.01; echo mine").stdout == b"mine\n"
        if (tmp_path / "done").exists():
            break
    else:
        pytest.fail("the job was stopped by its output")


def test_pipes_are_used_again_and_do_not_pile_up(shell, tmp_path):
    for _ in range(20):
        shell.run(b"echo x")
    assert len(list((tmp_path / "talk").iterdir())) <= 4
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        shell.run(b"sleep 0.01 & wait")
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2


def test_broken_pipes_are_seen_before_a_command_is_sent(shell, tmp_path):
    shell.run(b"echo x")
    assert shell.bash.ready()
    shell.run(b"rm -rf talk; mkdir talk")
    # The folder we hold is not the one that can be reached by name any more.
    assert not shell.bash.ready()


@pytest.mark.parametrize(
    "command",
    [
        b"echo 'a'\\''b' \"$(echo c)\" `echo d` \\e",
        b"cat <<'E'\n$x `y` \\z\nE",
        b"printf '%s' $'\\x01\\xff'",
        "echo 'é ☃ \U0001f600'".encode(),
        b"echo \xff\xfe",
        b"case x in x) echo esac;; esac # comment",
        b"x='\n\n'; echo \"$x\"",
        b"-n",
        b"",
        b"\n\n",
        b" " * 1000,
        b"echo $((1<<3)); ((0)) || echo z",
        b"if true; then",
        b"'",
        b"echo hi)",
    ],
)
def test_a_command_means_what_it_means_to_bash(shell, command, tmp_path):
    alone = subprocess.run(
        [b"bash", b"-c", command],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(tmp_path)},
    )
    said = shell.run(command)
    assert said.stdout == alone.stdout
    assert (said.status == 0) == (alone.returncode == 0)


def test_output_beyond_the_bound_is_dropped(shell):
    said = shell.run(b"head -c 5000000 /dev/zero")
    assert len(said.stdout) == 100_000
    assert said.truncated
    exact = shell.run(b"head -c 100000 /dev/zero")
    assert (len(exact.stdout), exact.truncated) == (100_000, False)


def test_another_bound_than_time_is_told_apart(shell):
    asked = []

    def spent():
        asked.append(1)
        return len(asked) > 2

    said = shell.bash.run(
        b"sleep 20", 10.0, interrupt=shell.interrupt, over=shell.over, spent=spent
    )
    assert said.spent
    assert not said.late
