"""Files as a value: what is written is what is read, and nothing outside is ever followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from veragym.core.errors import OptionError
from veragym.sandbox.tree import Tree, changes, file, folder, link, read_folder


def test_a_written_tree_reads_back_equal(tmp_path: Path) -> None:
    tree = Tree(
        {
            "a/b.txt": "x",
            "bin/run": file(b"#!/bin/sh\n", 0o750),
            "shut": folder(0o700),
            "away": link("/etc/passwd"),
            "dangling": link("nowhere"),
        }
    )
    tree.write(tmp_path)
    back = read_folder(tmp_path)
    assert dict(back) == dict(tree)
    assert back.digest == tree.digest


def test_a_link_is_read_as_a_link_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret").write_text("s")
    (tmp_path / "in" / "door").symlink_to(tmp_path / "out")
    tree = read_folder(tmp_path / "in")
    assert list(tree) == ["door"]
    assert tree["door"].kind == "link"
    with pytest.raises(OSError):
        read_folder(tmp_path / "in" / "door")


def test_changes_name_content_mode_kind_and_shared_inodes(tmp_path: Path) -> None:
    before = Tree({"a": "1", "b": "1", "c": "1", "d": "1", "e": "1"})
    before.write(tmp_path)
    (tmp_path / "a").write_text("2")
    (tmp_path / "b").chmod(0o600)
    (tmp_path / "c").unlink()
    (tmp_path / "c").symlink_to("a")
    (tmp_path / "d").unlink()
    os.link(tmp_path / "e", tmp_path / "f")
    found = [str(change) for change in changes(before, read_folder(tmp_path))]
    assert found == [
        "changed a (content)",
        "changed b (mode)",
        "changed c (kind, mode, content)",
        "removed d",
        "changed e (inode)",
        "added f",
    ]


def test_a_long_file_is_cut_but_its_size_and_digest_are_whole(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"ab" * 5000)
    cut = read_folder(tmp_path, limit=10)["long"]
    assert (cut.content, cut.size, cut.whole) == (b"ababababab", 10_000, False)
    assert cut.digest == file(b"ab" * 5000).digest
    assert Tree({"long": cut}).text("long") is None


def test_pipes_are_named_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read_folder(tmp_path)["pipe"].kind == "special"


def test_names_that_are_not_utf8_survive(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff\xfe")).write_text("x")
    tree = read_folder(tmp_path)
    assert [os.fsencode(name) for name in tree] == [b"\xff\xfe"]
    assert tree.digest != Tree({"x": "x"}).digest


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../b", "", ".", "a\0b", "a//b"])
def test_paths_that_are_not_plain_are_refused(path: str) -> None:
    with pytest.raises(OptionError):
        Tree({path: "x"})


def test_nothing_stands_below_a_file() -> None:
    with pytest.raises(OptionError, match="no folder"):
        Tree({"a": "1", "a/b": "2"})


def test_too_many_names_are_an_error_not_a_wait(tmp_path: Path) -> None:
    Tree({str(n): "" for n in range(11)}).write(tmp_path)
    with pytest.raises(OSError, match="more than 10"):
        read_folder(tmp_path, names=10)
