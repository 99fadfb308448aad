"""One session for a whole environment: begun late, made anew for each episode.

An episode that never runs a command never starts a process, and its files at the end are those at
the start. The first command of an episode brings the session to that episode's files.
"""

from __future__ import annotations

from veragym.sandbox.session import Sandbox, SandboxSpec, Session, ShellResult, Snapshot
from veragym.sandbox.tree import Tree


class Place:
    """Where an environment's commands run.

    Args:
        sandbox: opens the session.
        spec: what the session is; its files are those of the episode.
    """

    def __init__(self, sandbox: Sandbox, spec: SandboxSpec) -> None:
        self._sandbox = sandbox
        self._spec = spec
        self._session: Session | None = None
        self._due: Snapshot | None = Snapshot(Tree())
        self._tree: Tree | None = None

    def begin(self, files: Tree) -> None:
        """From now on, the place has these files and a new shell."""
        self.go_back(Snapshot(files))

    def go_back(self, snapshot: Snapshot) -> None:
        """From now on, the place is as it was."""
        self._due = snapshot
        self._tree = snapshot.files

    def shell(self, command: str) -> ShellResult:
        """Runs a command in the session's shell."""
        session = self._ready()
        self._tree = None
        return session.shell(command)

    def tree(self) -> Tree:
        """The files now.

        Raises:
            OSError: there is more than can be read.
        """
        if self._tree is None:
            self._tree = self._ready().tree()
        return self._tree

    def snapshot(self) -> Snapshot:
        """See `Session.snapshot`."""
        return self._due if self._due is not None else self._ready().snapshot()

    def close(self) -> None:
        """Ends everything; the place can be begun again."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _ready(self) -> Session:
        if self._session is None:
            self._session = self._sandbox.open(self._spec)
            self._due = self._due or Snapshot(Tree())
        if self._due is not None:
            due, self._due = self._due, None
            try:
                self._session.restore(due)
            except Exception:
                # Whatever was half done: the next use begins with a session of its own.
                self._due = due
                self.close()
                raise
        return self._session
