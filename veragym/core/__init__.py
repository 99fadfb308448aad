"""The contracts everything else is written against.

task        Task, Draft, Solution
verdict     Verdict, Outcome
generator   Generator, TaskStream, splits
verifier    Verifier
env         TaskEnv, Move
capabilities  optional protocols: snapshot, oracle, hint, …
spaces      UnicodeText
seeding     TaskRng and the words behind it
cost        ledger and budgets
trajectory  Trajectory, Turn, recording, replay
errors      what can go wrong
"""

from veragym.core.capabilities import CAPABILITIES, capabilities_of, has
from veragym.core.env import Move, TaskEnv
from veragym.core.errors import (
    EpisodeOrderError,
    MissingExtra,
    OptionError,
    RegistryError,
    ReplayMismatch,
    SourceError,
    TaskMismatch,
    VeragymError,
)
from veragym.core.generator import Generator, TaskStream
from veragym.core.seeding import TaskRng
from veragym.core.spaces import UnicodeText
from veragym.core.task import SPLITS, Draft, Solution, Task
from veragym.core.trajectory import Recorder, Trajectory, Turn, read_trajectories, replay
from veragym.core.verdict import Outcome, Verdict
from veragym.core.verifier import Verifier

__all__ = [
    "CAPABILITIES",
    "SPLITS",
    "Draft",
    "EpisodeOrderError",
    "Generator",
    "MissingExtra",
    "Move",
    "OptionError",
    "Outcome",
    "Recorder",
    "RegistryError",
    "ReplayMismatch",
    "Solution",
    "SourceError",
    "Task",
    "TaskEnv",
    "TaskMismatch",
    "TaskRng",
    "TaskStream",
    "Trajectory",
    "Turn",
    "UnicodeText",
    "VeragymError",
    "Verdict",
    "Verifier",
    "capabilities_of",
    "has",
    "read_trajectories",
    "replay",
]
