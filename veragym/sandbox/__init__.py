"""Where commands that nobody vouches for are run.

choose      choose, choose_runner                                   what works on this machine
interface   Runner, RunSpec, RunResult, Limits, RunnerUnavailable   one command in a fresh place
session     Sandbox, Session, SandboxSpec, ShellResult, Snapshot    a place to work in
languages   prepare, compile_and_run                            Python, C and JavaScript
bubblewrap  BubblewrapSandbox                                       Linux namespaces, an overlay
pool        SessionPool                                             sessions kept and shared
python      PythonExecutor                                          a warm interpreter, forked
runner      SandboxRunner                                       a Runner over any Sandbox
closing     Closing                                                a context manager
tree        Tree, Node, Change, changes, read_folder                files as a value
unsafe      SubprocessRunner(unsafe=True)                           no walls at all
unsafe_session  SubprocessSandbox(unsafe=True)                      no walls at all
"""

from veragym.sandbox.choose import choose, choose_runner
from veragym.sandbox.interface import Limits, Runner, RunnerUnavailable, RunResult, RunSpec
from veragym.sandbox.session import (
    HOME,
    Capabilities,
    Promise,
    Sandbox,
    SandboxSpec,
    Session,
    SessionClosed,
    ShellResult,
    Snapshot,
)
from veragym.sandbox.tree import Change, Node, Tree, changes, read_folder
from veragym.sandbox.unsafe_session import SubprocessSandbox

__all__ = [
    "HOME",
    "Capabilities",
    "Change",
    "Limits",
    "Node",
    "Promise",
    "RunResult",
    "RunSpec",
    "Runner",
    "RunnerUnavailable",
    "Sandbox",
    "SandboxSpec",
    "Session",
    "SessionClosed",
    "ShellResult",
    "Snapshot",
    "SubprocessSandbox",
    "Tree",
    "changes",
    "choose",
    "choose_runner",
    "read_folder",
]
