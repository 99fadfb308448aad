"""The Docker backend: archives as trees, streams, and, with an engine, what a container is."""

import os
import pickle
import socket
import subprocess
import sys
import time

import pytest
from engine import engine, missing
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core.errors import MissingExtra
from veragym.sandbox import Limits, Promise, RunnerUnavailable, SandboxSpec, Tree
from veragym.sandbox.docker_image import import_image
from veragym.sandbox.docker_session import (
    HOME,
    DockerSandbox,
    _packed,
    _sendable,
    _unpacked,
    connect,
)
from veragym.sandbox.docker_stream import ExecStream
from veragym.sandbox.tree import Node, file, folder, link

# Without an engine

names = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1
).filter(lambda name: name not in (".", ".."))
nodes = st.one_of(
    st.binary(max_size=2000).map(file),
    st.sampled_from([0o755, 0o700, 0o1777]).map(folder),
    st.text("abc/.", min_size=1).map(link),
    st.sampled_from([0o644, 0o4755]).map(lambda mode: file(b"x", mode)),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(names, nodes, max_size=6))
def test_a_tree_survives_the_engines_archives(found):
    tree = Tree({f"d/{name}": node for name, node in found.items()})
    assert _unpacked(iter([_packed(tree)]), 1 << 20) == tree


def test_names_that_are_no_text_and_files_with_two_names_survive():
    both = Node("file", 0o600, b"shared", inode=7)
    tree = Tree({"\udcff\udcfe": "raw", "a": both, "z/b": both, "to": link("\udcff")})
    again = _unpacked(iter([_packed(tree)]), 1 << 20)
    assert again == tree
    assert again["a"].inode == again["z/b"].inode > 0


def test_a_long_file_is_cut_and_known_by_its_digest():
    tree = Tree({"big": b"0123456789" * 1000})
    block = _packed(tree)
    pieces = iter([block[at : at + 77] for at in range(0, len(block), 77)])
    cut = _unpacked(pieces, 10)["big"]
    assert (cut.content, cut.size, cut.digest) == (b"0123456789", 10_000, tree["big"].digest)


@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda word: b"\0" not in word)))
@settings(max_examples=30, deadline=None)
def test_words_reach_a_program_as_they_are(words):
    given_words = [os.fsdecode(word) for word in words]
    show = "import os, sys; print([os.fsencode(word) for word in sys.argv[1:]])"
    sent = _sendable([sys.executable, "-c", show, *given_words])
    assert all(word.isascii() or word.isprintable() for word in sent)
    out = subprocess.run(sent, capture_output=True, check=True, env={"PATH": "/usr/bin:/bin"})
    assert out.stdout.decode() == f"{words}\n"


class Engine:
    """The other end of one exec's connection."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.running = True

    def exec_start(self, number, socket):
        return self.theirs

    def exec_inspect(self, number):
        return {"Running": self.running, "ExitCode": None if self.running else 5, "Pid": 42}

    def say(self, stream, data):
        self.ours.sendall(bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data)


def test_streams_come_apart_bounded_and_whole():
    api = Engine()
    stream = ExecStream(api, "x", b"input")
    api.say(1, b"out" * 10)
    api.say(2, b"err")
    api.say(1, b"more")
    api.running = False
    api.ours.shutdown(socket.SHUT_WR)
    assert stream.read(time.monotonic() + 5, 20)
    assert (stream.stdout, stream.stderr, stream.truncated) == ((b"out" * 10)[:20], b"err", True)
    assert api.ours.recv(100) == b"input"
    assert stream.exit_status() == 5
    stream.close()
    api.ours.close()


def test_a_frame_that_comes_in_pieces_is_put_together():
    api = Engine()
    stream = ExecStream(api, "x", None)
    frame = bytes([1, 0, 0, 0]) + (6).to_bytes(4, "big") + b"ab\0cd\0"
    api.ours.sendall(frame[:5])
    assert stream.until(b"\0", time.monotonic() + 0.05) is None
    api.ours.sendall(frame[5:])
    assert stream.until(b"\0", time.monotonic() + 5) == b"ab\0"
    assert stream.until(b"\0", time.monotonic() + 5) == b"cd\0"
    stream.close()
    api.ours.close()


def test_a_stream_that_somebody_holds_open_ends_with_its_command():
    api = Engine()
    stream = ExecStream(api, "x", b"")
    api.say(1, b"done")
    api.running = False
    assert stream.read(time.monotonic() + 5, 100)
    assert stream.stdout == b"done"
    stream.close()
    api.ours.close()


def test_without_an_engine_or_its_package_the_message_says_what_to_do(tmp_path, monkeypatch):
    pytest.importorskip("docker", reason="needs the package docker")
    with pytest.raises(RunnerUnavailable, match="no Docker engine answers at .*DOCKER_HOST"):
        connect(f"unix://{tmp_path}/none")
    monkeypatch.setitem(sys.modules, "docker", None)
    with pytest.raises(MissingExtra, match=r"veragym\[docker\]"):
        connect()


def test_graphics_cards_are_asked_for_only_where_they_are_wanted(monkeypatch):
    pytest.importorskip("docker", reason="needs the package docker")
    asked = {}

    class Stops(Exception):
        pass

    class Api:
        def create_host_config(self, **options):
            asked.update(options)
            raise Stops

        def __getattr__(self, name):
            raise AssertionError(name)

    from veragym.sandbox.docker_session import DockerSession

    for count in (0, 2):
        with pytest.raises(Stops):
            DockerSession(DockerSandbox(gpus=count), Api(), "image", SandboxSpec())
        cards = asked["device_requests"]
        assert cards is None if not count else cards[0]["Count"] == 2
    assert asked["cap_drop"] == ["ALL"]
    assert asked["network_mode"] == "none"
    assert asked["read_only"] and asked["auto_remove"]


# With one


@pytest.fixture(scope="module")
def address():
    if missing():
        if "docker" in os.environ.get("VERAGYM_REQUIRE_BACKENDS", "").split(","):
            pytest.fail(missing())
        pytest.skip(missing())
    with engine() as found:
        yield found


@pytest.fixture(scope="module")
def sandbox(address):
    return DockerSandbox(base_url=address)


@pytest.mark.slow
def test_a_container_is_hardened(sandbox, address):
    api = connect(address)
    with sandbox.open() as session:
        status = session.exec("cat /proc/self/status").stdout.decode()
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert fields["Uid"].split() == ["65534"] * 4
        assert fields["Groups"].split() in ([], ["65534"])
        assert {fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {
            "0" * 16
        }
        assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
        assert session.exec("touch /x /usr/x /etc/x /root/x").exit_status != 0
        assert session.exec("ls /sys/class/net").stdout == b"lo\n"
        assert session.exec("ls -l /proc/self/fd | grep -c socket").stdout == b"0\n"
        host = api.inspect_container(session._container)["HostConfig"]
        assert host["ReadonlyRootfs"] and host["AutoRemove"] and not host["Privileged"]
        assert host["NetworkMode"] == "none" and host["Memory"] == session.spec.limits.memory_bytes


@pytest.mark.slow
def test_what_is_promised_is_what_was_found(sandbox, address):
    said = sandbox.capabilities()
    assert said.backend == "docker"
    version = connect(address).version()["Version"]
    old = int(version.split(".")[0]) < 25
    assert said.kernel is (Promise.DEGRADED if old else Promise.CONTAINED)
    assert any("io_uring" in note for note in said.notes) == old


@pytest.mark.slow
def test_memory_disk_and_names_are_bounded_for_the_session(sandbox):
    limits = Limits(memory_bytes=64 << 20, file_bytes=8 << 20)
    spec = SandboxSpec(limits=limits, disk_bytes=8 << 20, inodes=200)
    with sandbox.open(spec) as session:
        greedy = session.exec(["python3", "-c", "x = bytearray(200 << 20)"])
        assert greedy.out_of_memory
        assert greedy.signal == 9
        full = session.exec("head -c 7000000 /dev/zero > big; touch small && echo made")
        assert b"No space left" in full.stderr
        with pytest.raises(OSError, match="space"):
            session.put("more", bytes(6 << 20))
        session.reset()
        many = session.exec("for i in {1..400}; do : > n$i || break; done; ls | wc -l")
        assert 150 <= int(many.stdout) <= 210


@pytest.mark.slow
def test_a_bomb_of_processes_is_ended_and_the_session_goes_on(sandbox):
    with sandbox.open(SandboxSpec(limits=Limits(processes=40))) as session:
        session.put("kept", b"1\n")
        result = session.exec("f() { f | f & }; f; sleep 60", timeout=2)
        assert result.timed_out or result.exit_status is not None
        assert session.exec("cat kept; ls /proc | grep -c '^[0-9]'").stdout.split()[0] == b"1"
        assert len(session._strays()) == 0


@pytest.mark.slow
def test_a_session_leaves_nothing_in_the_engine(sandbox, address):
    api = connect(address)
    with sandbox.open(SandboxSpec(files=Tree({"a": "b"}))) as session:
        session.shell("sleep 100 &")
        assert len(api.containers(all=True)) == 1
        session.reset()
        assert len(api.containers(all=True)) == 1
    assert api.containers(all=True) == []
    assert not api.volumes()["Volumes"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [9, 15])
def test_the_engine_removes_the_session_of_a_process_that_dies(sandbox, address, number):
    api = connect(address)
    code = (
        "import pickle, sys, time\n"
        "session = pickle.loads(bytes.fromhex(sys.argv[1])).open()\n"
        "session.shell('sleep 100 &')\nprint('ready', flush=True)\ntime.sleep(100)\n"
    )
    words = [sys.executable, "-c", code, pickle.dumps(sandbox).hex()]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n"
        assert len(api.containers(all=True)) == 1
        process.send_signal(number)
        process.wait()
        for _ in range(200):
            if not api.containers(all=True) and not api.volumes()["Volumes"]:
                break
            time.sleep(0.05)
        assert api.containers(all=True) == []
        assert not api.volumes()["Volumes"]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.slow
def test_what_the_engine_did_not_see_end_is_swept_by_the_next_session(sandbox, address):
    from veragym.sandbox.docker_session import _OWNER, _machine, sweep

    api = connect(address)
    with sandbox.open() as alive:
        image = api.inspect_container(alive._container)["Config"]["Image"]
        dead = api.create_container(
            image, ["true"], labels={_OWNER: f"{_machine()}/{os.getpid()}/1"}
        )
        other = api.create_container(image, ["true"], labels={_OWNER: "elsewhere/1/1"})
        assert sweep(api) == 1
        left = {found["Id"] for found in api.containers(all=True)}
        assert left == {alive._container, other["Id"]}
        assert dead["Id"] not in left
        api.remove_container(other["Id"])


@pytest.mark.slow
def test_an_image_is_made_once_and_holds_what_was_asked_for(address, tmp_path):
    api = connect(address)
    name = import_image(api, ["bash", "cat", "not-installed"])
    before = api.inspect_image(name)["Id"]
    assert import_image(api, ["bash", "cat"]) == name
    assert api.inspect_image(name)["Id"] == before
    small = DockerSandbox(image=name, base_url=address)
    with small.open() as session:
        assert session.exec("cat <<< hello").stdout == b"hello\n"
        assert session.exec(["python3", "-c", ""]).exit_status == 127
        assert session.shell("pwd").stdout == f"{HOME}\n".encode()
    with pytest.raises(RunnerUnavailable, match="bash is not installed"):
        import_image(api, ["cat"])


def test_the_engine_of_the_tests_says_what_it_lacks(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    if os.geteuid() == 0:
        assert "dockerd is not installed" in missing()
    else:
        assert "root" in missing()
