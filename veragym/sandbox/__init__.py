"""Where commands that nobody vouches for are run.

interface   Runner, RunSpec, RunResult, Limits, RunnerUnavailable   what every backend keeps
unsafe      SubprocessRunner(unsafe=True)                           no walls at all
"""

from veragym.sandbox.interface import Limits, Runner, RunnerUnavailable, RunResult, RunSpec

__all__ = ["Limits", "RunResult", "RunSpec", "Runner", "RunnerUnavailable"]
