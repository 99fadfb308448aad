"""CodeRepair-v0: a small repository with bugs, worked on with a shell and file tools.

The shell, its session and the end of an episode are ShellTask-v0's; file tools (`tools`) are added.
What is judged is the package's code, by tests that are run elsewhere, and that nothing else changed
(`verifier`). What the repository's own tests say has no part in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from veragym.core.env import Move
from veragym.core.errors import OptionError
from veragym.core.generator import Difficulty
from veragym.core.task import Task
from veragym.core.verdict import Verdict
from veragym.envs.shell.repair.place import WritablePlace
from veragym.envs.shell.repair.tasks import RepairTasks, read_secret
from veragym.envs.shell.repair.tools import TOOLS, Call, Done, carried_out, read_call, unfenced
from veragym.envs.shell.repair.verifier import RepairVerifier, sources_of
from veragym.envs.shell.task.env import ShellTaskEnv
from veragym.envs.shell.task.rewind import rewind
from veragym.envs.shell.task.screen import turns_line
from veragym.sandbox.interface import Runner
from veragym.sandbox.session import Sandbox, SandboxSpec
from veragym.sandbox.tree import Tree
from veragym.verifiers.state import FinalState, read_check

ENV_ID = "CodeRepair-v0"
QUIET = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
"""What runs in the session leaves no compiled files, and prints sets in the same order."""
HOW_TOOLS = (
    'Beside commands there are tools, called as JSON: {"name": "read_file", "arguments": {"path": '
    '"README.md"}}; likewise list_files (path), write_file (path, content) and replace_in_file '
    "(path, old, new)."
)


class CodeRepairEnv(ShellTaskEnv):
    """A repository to be repaired.

    Offers snapshot, state_key, oracle, hint, progress, facts, tools and paraphrases.

    Args:
        families: names of families of programs to draw from; None for all.
        sandbox, backend, unsafe, command_seconds, cpu_seconds, count_cpu: see `ShellTaskEnv`.
        runner: where the repaired code is tried; None for what `choose_runner` finds.
        split, difficulty, max_turns, budget, max_action_chars, render_mode, env_id: see `TaskEnv`.

    Raises:
        OptionError: an argument that can never work.
    """

    discoverable = ("files", "check", "sources", "package")  # type: ignore[assignment]

    def __init__(
        self,
        *,
        families: str | Iterable[str] | None = None,
        sandbox: Sandbox | None = None,
        backend: str = "auto",
        unsafe: bool = False,
        runner: Runner | None = None,
        command_seconds: float = 10.0,
        cpu_seconds: float = 1.0,
        count_cpu: bool = False,
        split: str = "train",
        difficulty: float | Difficulty = (0.0, 1.0),
        max_turns: int = 30,
        budget: Mapping[str, float] | None = None,
        max_action_chars: int = 65536,
        render_mode: str | None = None,
        env_id: str = ENV_ID,
    ) -> None:
        super().__init__(
            sandbox=sandbox,
            backend=backend,
            unsafe=unsafe,
            command_seconds=command_seconds,
            cpu_seconds=cpu_seconds,
            count_cpu=count_cpu,
            split=split,
            difficulty=difficulty,
            max_turns=max_turns,
            budget=budget,
            max_action_chars=max_action_chars,
            render_mode=render_mode,
            env_id=env_id,
        )
        self.generator = RepairTasks(families)
        self.verifier = RepairVerifier(runner)
        self._tried: tuple[object, Verdict] | None = None

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """JSON schemas of what can be called."""
        return TOOLS

    # -- the episode -------------------------------------------------------------------------------

    def _begin(self, task: Task) -> str:
        read_secret(task)
        self._tried = None
        self._prepare()
        text, _, rest = super()._begin(task).rpartition("\n")
        return f"{text}\n{HOW_TOOLS}\n{rest}"

    def _prepare(self) -> None:
        if self._place is None:
            self._place = WritablePlace(self._chosen(), SandboxSpec(env=QUIET, limits=self._limits))

    def _act(self, action: str) -> Move:
        action = unfenced(action)
        call = read_call(action)
        if call is None:
            return super()._act(action)
        return self._called(action, call)

    def _called(self, action: str, call: Call) -> Move:
        left = turns_line(self.max_turns - self._cost.turns)
        fault = call.fault
        files = None if fault else self._now()
        if files is None:
            fault = fault or "the files are more than can be read"
            move = Move(f"[{fault}; nothing was done{left}]", valid=False)
            return self._patient(move, (action, fault))
        self._cost.tool_calls += 1
        # What was stopped for its time may end, now that files have changed.
        self._stopped = ""
        done = carried_out(call, files)
        if done.content is not None:
            assert isinstance(self._place, WritablePlace)
            try:
                self._place.put(done.path, done.content)
            except (OptionError, OSError):
                done = Done("it cannot be written there", failed=True)
        if done.failed:
            move = Move(f"[{done.text}; nothing was done{left}]")
        else:
            move = Move(f"{done.text}\n[{call.name}: done{left}]")
        self._keys.append(self.state_key())
        return self._patient(move, (action, done.text, self._keys[-1]))

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Returns to `snapshot`, of this or another instance."""
        self._prepare()
        super().restore(snapshot)

    # -- capabilities ------------------------------------------------------------------------------

    def oracle(self) -> Iterator[str]:
        """Calls that repair the code from the files as they are now, then the end."""
        if self._keys[1:]:
            undo = rewind(self._start, self._now() or Tree())
            if undo:
                yield "cd"
                yield from undo
        for fix in read_secret(self.task)["fixes"]:
            arguments = {"path": fix["path"], "old": fix["old"], "new": fix["new"]}
            yield json.dumps({"name": "replace_in_file", "arguments": arguments})
        yield "submit"

    def progress(self) -> tuple[float, Mapping[str, bool]]:
        """The share of bugs that are mended, by the hidden tests, and whether the frame is kept.

        Runs them, unless the code is as it was when they last were.
        """
        secret = read_secret(self.task)
        files = self._now()
        if files is None:
            return 0.0, {}
        code = sources_of(secret, files)
        if self._tried is None or self._tried[0] != code:
            self._tried = (code, self.verifier(self.task, FinalState(files)))
        goals = {name: value == 1.0 for name, value in self._tried[1].parts.items()}
        goals["frame"] = not read_check(secret["check"])(self._start, files).breaches
        bugs = [held for name, held in goals.items() if name.startswith("bug ")]
        return sum(bugs) / max(1, len(bugs)), goals
