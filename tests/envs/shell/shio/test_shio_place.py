"""Working trees: the same everywhere, and such that options matter."""

import gzip
import io
import subprocess
import sys
import tarfile
from itertools import pairwise

import pytest

from veragym.envs.shell.shio.grammar import SLOTS
from veragym.envs.shell.shio.place import TIMES, place


@pytest.mark.parametrize("number", range(0, 240, 40))
def test_every_slot_is_filled_with_different_values_that_are_what_they_should_be(number):
    where = place(number)
    assert {slot: len(values) for slot, values in where.fill.items()} == SLOTS
    for slot, values in where.fill.items():
        assert len(set(values)) == len(values), slot
    for slot in ("text", "table", "numbers", "sorted", "script", "tarball", "zipped"):
        for name in where.fill[slot]:
            assert where.tree[f"{where.cwd}/{name}"].kind == "file"
    for name in (*where.fill["new"], *where.fill["newfolder"]):
        assert f"{where.cwd}/{name}" not in where.tree
    for word in where.fill["word"]:
        assert any(word.encode() in where.content(name) for name in where.fill["text"][:2])


@pytest.mark.parametrize("number", range(0, 240, 60))
def test_contents_have_what_options_of_text_tools_look_at(number):
    where = place(number)
    for name in where.fill["text"]:
        lines = where.content(name).decode().split("\n")
        assert any(a == b and a for a, b in pairwise(lines)), "neighbours that repeat"
        assert any(a == b == "" for a, b in pairwise(lines)), "two blank lines"
        assert any("\t" in line for line in lines)
        assert any(len(line) > 40 for line in lines)
        assert any(c.isupper() for line in lines for c in line)
    for name in where.fill["sorted"]:
        lines = where.content(name).splitlines()
        assert lines == sorted(lines)
    one, two = (set(where.content(n).splitlines()) for n in where.fill["sorted"])
    assert one & two and one - two and two - one
    values = [int(line) for line in where.content(where.fill["numbers"][0]).split()]
    assert sorted(values) != sorted(values, key=str)


def test_archives_can_be_read_and_bear_fixed_times():
    where = place(7)
    with tarfile.open(fileobj=io.BytesIO(where.content(where.fill["tarball"][0]))) as archive:
        assert [m.mtime for m in archive.getmembers()] == list(TIMES)
    assert gzip.decompress(where.content(where.fill["zipped"][0])).endswith(b"\n")


def test_a_number_gives_the_same_tree_in_another_process_and_under_another_hash_seed():
    code = "from veragym.envs.shell.shio.place import place; print(place(11).tree.digest)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "77", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == place(11).tree.digest != place(12).tree.digest


def test_every_name_has_one_time_and_folders_come_after_what_they_hold():
    where = place(3)
    dated = [name for names in where.times.values() for name in names]
    assert sorted(dated) == sorted(where.tree)
    last = where.times[TIMES[-1]]
    folders = [n for n in last if where.tree[n].kind == "folder"]
    assert list(last[-len(folders) :]) == folders
    for i, name in enumerate(folders):
        assert not any(other.startswith(f"{name}/") for other in folders[i:])
