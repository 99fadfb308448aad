"""Repositories written without git: git itself finds nothing wrong with them."""

import shutil
import subprocess

import pytest

from veragym.envs.shell.task.repository import Repository
from veragym.sandbox import Tree


def made():
    one = Repository()
    one.commit({"a.txt": "1\n", "d/b.txt": "2\n", "d-e.txt": "3\n"}, "ada", "First")
    one.commit({"a.txt": "4\n", "d/b.txt": "2\n"}, "boris", "Second")
    return one


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_reads_the_history_and_the_folder_is_clean(tmp_path):
    Tree(made().files("repo")).write(tmp_path)

    def git(*words):
        command = ["git", "-c", "safe.directory=*", "-C", str(tmp_path / "repo"), *words]
        done = subprocess.run(command, capture_output=True, text=True, env={"HOME": str(tmp_path)})
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert git("fsck", "--full", "--strict") == ""
    assert git("log", "--format=%an %s").split("\n") == ["boris Second", "ada First", ""]
    assert git("status", "--porcelain") == ""
    assert git("show", "HEAD^:d-e.txt") == "3\n"
    assert git("ls-tree", "--name-only", "HEAD^").split() == ["a.txt", "d-e.txt", "d"]


def test_ids_are_those_git_gives():
    # `printf '1\n' | git hash-object --stdin`, and git's well-known id of the empty tree.
    one = Repository()
    assert one._keep("blob", b"1\n") == "d00491fd7e5bb6fa28c517a0bb32b8b506539d4d"
    assert one._tree({}) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_the_same_calls_write_the_same_bytes():
    assert Tree(made().files("r")).digest == Tree(made().files("r")).digest
