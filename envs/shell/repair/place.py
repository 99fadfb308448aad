"""A place that files can be written to from outside, beside what commands do in it."""

from __future__ import annotations

from veragym.envs.shell.task.place import Place
from veragym.sandbox.session import Snapshot
from veragym.sandbox.tree import Tree, file


class WritablePlace(Place):
    """See `Place`. Before the first command, writing needs no process either."""

    def put(self, path: str, content: bytes) -> None:
        """Writes a file below home that is a plain file, or not there yet; its mode stays.

        Raises:
            OptionError: the path leads through a link by now.
            OSError: it cannot be written.
        """
        files = self.tree()
        mode = files[path].mode if path in files else 0o644
        if self._due is not None:
            self._due = Snapshot(Tree({**files, path: file(content, mode)}), self._due.shell)
            self._tree = self._due.files
            return
        self._tree = None
        self._ready().put(path, content, mode)
