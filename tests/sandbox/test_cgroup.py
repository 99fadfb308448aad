"""Control groups: real ones where they can be made, and the layouts of other machines as text."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from veragym.core import OptionError
from veragym.sandbox import RunnerUnavailable, cgroup
from veragym.sandbox.cgroup import Cgroup, CgroupSupport, available, sweep

MIB = 1 << 20


@pytest.fixture(scope="module")
def support():
    found = available()
    if not found.usable:
        pytest.skip(found.reason)
    return found


@pytest.fixture
def group(support):
    made = Cgroup.create("test", memory_bytes=64 * MIB, processes=20, support=support)
    yield made
    made.close()


def member(group, command):
    """A shell that starts the command once it is in the group."""
    process = subprocess.Popen(["sh", "-c", f"read go; {command}"], stdin=subprocess.PIPE)
    group.add(process.pid)
    process.stdin.write(b"\n")
    process.stdin.close()
    return process


def soon(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def test_everything_started_by_a_member_is_ended_with_it(group):
    daemon = "setsid sh -c 'sleep 100 & sleep 100 & wait' & sleep 100"
    process = member(group, daemon)
    soon(lambda: len(group.members()) >= 4)
    pids = group.members()
    assert process.pid in pids
    assert group.kill()
    assert process.wait(10) == -signal.SIGKILL
    assert group.members() == frozenset()
    soon(lambda: not any(alive(pid) for pid in pids))


def alive(pid):
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_a_fork_bomb_stays_within_its_number_and_is_ended(group):
    bomb = "n=0; while [ $n -lt 300 ]; do n=$((n+1)); sleep 100 & done 2>/dev/null; wait"
    process = member(group, bomb)
    soon(lambda: len(group.members()) >= 19)
    assert len(group.members()) <= 20
    assert group.kill()
    # The shell may have given up before, when it could not fork.
    assert process.wait(10) in (2, 254, -signal.SIGKILL)
    assert group.members() == frozenset()


def test_memory_of_all_members_together_is_bounded_and_counted(group):
    hog = f'{sys.executable} -S -c "x = bytearray(200 << 20)"'
    process = member(group, f"{hog}; sleep 0")
    process.wait(30)
    _, peak, kills = group.usage()
    assert kills >= 1
    assert peak is None or 32 * MIB < peak <= 64 * MIB


def test_processor_time_is_counted_also_of_the_dead(group):
    count = f"{sys.executable} -S -c 'x = 0\nwhile x < 6_000_000: x += 1'"
    member(group, count).wait(60)
    assert group.members() == frozenset()
    assert 0.05 < group.usage()[0] < 60


def test_frozen_members_stand_still(group):
    process = member(group, "while :; do :; done")
    with group.frozen() as still:
        if not still:
            pytest.skip("members cannot be frozen here")
        before = group.usage()[0]
        time.sleep(0.05)
        assert group.usage()[0] == before
    soon(lambda: group.usage()[0] > before)
    assert process.poll() is None


def test_a_closed_group_leaves_no_folder(support):
    group = Cgroup.create("gone", memory_bytes=8 * MIB, processes=5, support=support)
    process = member(group, "sleep 100")
    assert all(folder.is_dir() for folder in group.folders.values())
    group.close()
    group.close()
    assert process.wait(10) == -signal.SIGKILL
    assert not any(folder.exists() for folder in group.folders.values())


def test_what_a_killed_process_left_is_swept_and_the_living_ones_kept(support, group):
    code = (
        "import os, signal, subprocess\n"
        "from veragym.sandbox.cgroup import Cgroup\n"
        "group = Cgroup.create('left', memory_bytes=8 << 20, processes=5)\n"
        "quiet = subprocess.DEVNULL\n"
        "child = subprocess.Popen(['sleep', '100'], stdout=quiet, stderr=quiet)\n"
        "group.add(child.pid)\n"
        "print(*group.folders.values(), sep='\\n', flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    died = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    folders = [Path(line) for line in died.stdout.split()]
    assert folders and all(folder.is_dir() for folder in folders), died.stderr
    assert sweep(support) >= 1
    assert not any(folder.exists() for folder in folders)
    assert all(folder.is_dir() for folder in group.folders.values())


def test_a_group_of_a_process_whose_number_was_given_again_is_abandoned():
    space = Path("/proc/self/ns/pid").stat().st_ino
    own = cgroup.name_of_ours("x")
    _, pid, start, *_ = own.removeprefix("veragym-").split("-")
    assert not cgroup.abandoned(own)
    assert cgroup.abandoned(f"veragym-{space}-{pid}-{int(start) + 1}-0-x")
    # Another namespace's numbers mean other processes; and other people's folders are not ours.
    assert not cgroup.abandoned(f"veragym-{space + 1}-{pid}-{int(start) + 1}-0-x")
    for name in ("user.slice", "veragym-", "veragym-1-2-x", "docker-1-2-3-4"):
        assert not cgroup.abandoned(name)


V2_SESSION = (
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
    "0::/user.slice/user-1000.slice/session-3.scope\n",
)
V1_DOCKER = (
    "40 39 0:30 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
    "41 39 0:31 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n",
    "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc/inner\n",
)


def test_groups_are_looked_for_beside_and_above_our_own():
    version, found = cgroup._candidates(*V2_SESSION)
    assert version == "v2"
    top = Path("/sys/fs/cgroup")
    assert found == {
        "unified": [
            top / "user.slice/user-1000.slice/session-3.scope",
            top / "user.slice/user-1000.slice",
            top / "user.slice",
            top,
        ]
    }


def test_a_containers_mount_shows_only_a_part_of_the_hierarchy():
    version, found = cgroup._candidates(*V1_DOCKER)
    assert version == "v1"
    assert found == {
        "memory": [Path("/sys/fs/cgroup/memory")],
        "cpu": [Path("/sys/fs/cgroup/cpu,cpuacct/inner")],
        "cpuacct": [Path("/sys/fs/cgroup/cpu,cpuacct/inner")],
    }


def test_where_no_group_can_be_made_the_reason_and_remedy_are_told(tmp_path):
    (tmp_path / "mountinfo").write_text(V1_DOCKER[0].replace("/sys/fs/cgroup", str(tmp_path)))
    (tmp_path / "cgroup").write_text(V1_DOCKER[1])
    found = available(tmp_path)
    assert (found.version, found.usable) == ("v1", False)
    assert "No such file" in found.reason and "Delegate=yes" in found.reason
    with pytest.raises(RunnerUnavailable, match="Delegate=yes"):
        Cgroup.create("x", memory_bytes=MIB, support=found)
    (tmp_path / "mountinfo").write_text("")
    assert "no control groups are mounted" in available(tmp_path).reason
    assert "cannot be looked up" in available(tmp_path / "missing").reason


def test_version_two_is_written_and_read_by_its_own_names(tmp_path):
    place = tmp_path / "cgroup"
    place.mkdir()
    support = CgroupSupport("v2", {"unified": place}, True, True, True)
    group = Cgroup.create("x", memory_bytes=5 * MIB, processes=7, support=support)
    (folder,) = place.iterdir()
    assert (folder / "memory.max").read_text() == str(5 * MIB)
    assert (folder / "memory.swap.max").read_text() == "0"
    assert (folder / "pids.max").read_text() == "7"
    (folder / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
    (folder / "memory.peak").write_text("4096\n")
    (folder / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    assert group.usage() == (2.5, 4096, 2)
    group.add(os.getpid())
    assert group.members() == {os.getpid()}


def test_a_name_that_could_leave_the_folder_is_refused():
    for name in ("../x", "a/b", "", "a b"):
        with pytest.raises(OptionError, match="letters, digits and dashes"):
            Cgroup.create(name)
