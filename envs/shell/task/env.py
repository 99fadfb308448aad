"""ShellTask-v0: bash in a sandbox over many turns, judged by the files it leaves (C12).

An action is one command for a bash that lasts the whole episode (`actions` says how it may be
written); `submit` or `answer …` ends the episode. What was done is then read from outside the
sandbox and judged by a predicate over the files, a frame (nothing else may have changed) and, where
the task asks a question, the answer. Nothing a command prints has a say in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from veragym.core.env import Move, TaskEnv
from veragym.core.errors import EpisodeOrderError, OptionError, TaskMismatch
from veragym.core.generator import Difficulty, Generator
from veragym.core.task import Task
from veragym.core.verdict import Verdict, wrong
from veragym.envs.shell.task.actions import Action, read_action
from veragym.envs.shell.task.place import Place
from veragym.envs.shell.task.rewind import rewind
from veragym.envs.shell.task.screen import place as folder_name
from veragym.envs.shell.task.screen import shown, turns_line
from veragym.envs.shell.task.tasks import ShellTasks, first_answer
from veragym.sandbox.interface import Limits
from veragym.sandbox.session import HOME, Sandbox, SandboxSpec, ShellResult
from veragym.sandbox.tree import Tree, changes
from veragym.verifiers.state import (
    CheckFault,
    FinalState,
    StateVerifier,
    read_check,
    tree_from_json,
)

ENV_ID = "ShellTask-v0"
PATIENCE = 3
"""So often may one action in a row lead to the same observation and the same files."""
HOW = (
    "You work in bash, in your home folder (~), where all of this takes place. Each message is one "
    "command; folder and variables last."
)
HOW_TO_END = "Send `submit` when you are done."
HOW_TO_ANSWER = "Send `answer TEXT` with your answer when you are done."


class ShellTaskEnv(TaskEnv):
    """A task for a shell.

    Offers snapshot, state_key, oracle, hint, progress, facts and paraphrases. The oracle works from
    whatever the files have become; it takes the shell's variables and functions to be unspoilt.

    Args:
        themes: names of themes (`text`, `histories`, …) or of single templates to draw from; None
            for all. Not together with `tasks`.
        tasks: a folder of tasks of your own; see `veragym.envs.shell.task.folder`.
        needs: programs to be assumed in the sandbox; see `ShellTasks`.
        sandbox: where commands run; None to let `backend` decide.
        backend: `auto`, or the name of one; see `veragym.sandbox.choose`.
        unsafe: allows `backend="subprocess"`, which contains nothing.
        command_seconds: wall time of one command.
        cpu_seconds: processor time of one command.
        count_cpu: enter processor time into the ledger. It differs from run to run, so that
            episodes are then no longer equal byte for byte.
        split, difficulty, max_turns, budget, max_action_chars, render_mode, env_id: see `TaskEnv`.

    Raises:
        OptionError: an argument that can never work.
    """

    discoverable = ("files",)
    """What of the secret an agent may find out by acting."""

    def __init__(
        self,
        *,
        themes: str | Iterable[str] | None = None,
        tasks: str | Path | None = None,
        needs: Iterable[str] | None = None,
        sandbox: Sandbox | None = None,
        backend: str = "auto",
        unsafe: bool = False,
        command_seconds: float = 10.0,
        cpu_seconds: float = 0.5,
        count_cpu: bool = False,
        split: str | None = None,
        difficulty: float | Difficulty = (0.0, 1.0),
        max_turns: int = 20,
        budget: Mapping[str, float] | None = None,
        max_action_chars: int = 65536,
        render_mode: str | None = None,
        env_id: str = ENV_ID,
    ) -> None:
        if sandbox is not None and not isinstance(sandbox, Sandbox):
            raise OptionError(f"sandbox must be a Sandbox, got {sandbox!r:.80}")
        self._limits = Limits(wall_seconds=command_seconds, cpu_seconds=cpu_seconds)
        self._sandbox, self._backend, self._unsafe = sandbox, backend, unsafe
        self._count_cpu = count_cpu
        self._place: Place | None = None
        self._cwd = HOME
        self._keys: list[str] = []
        self._same = 0
        self._last: tuple[Any, ...] = ()
        self._stopped = ""
        self._verdict: Verdict | None = None
        generator: Generator
        if tasks is None:
            generator = ShellTasks(themes, needs)
        else:
            from veragym.envs.shell.task.folder import FolderTasks

            if themes is not None:
                raise OptionError("tasks= and themes= exclude each other")
            generator = FolderTasks(tasks, self._chosen)
        super().__init__(
            generator=generator,
            verifier=StateVerifier(),
            env_id=env_id,
            split=generator.splits[0] if split is None else split,
            difficulty=difficulty,
            max_turns=max_turns,
            budget=budget,
            max_action_chars=max_action_chars,
            render_mode=render_mode,
        )

    # -- the episode -------------------------------------------------------------------------------

    def _begin(self, task: Task) -> str:
        try:
            self._start = tree_from_json(task.secret["files"])
            read_check(task.secret["check"])
        except (KeyError, CheckFault) as fault:
            raise TaskMismatch(
                f"task {task.id!r} does not hold files and a check in its secret part ({fault}); "
                "hand over the whole Task, or the dict that Task.to_json() gave"
            ) from fault
        if self._place is None:
            self._place = Place(self._chosen(), SandboxSpec(limits=self._limits))
        self._place.begin(self._start)
        self._cwd, self._same, self._last, self._verdict = HOME, 0, (), None
        self._stopped = ""
        self._keys = [self.state_key()]
        ending = HOW_TO_ANSWER if task.public.get("answer_form") else HOW_TO_END
        hint = self.generator.hint(task, self._hint_level) if self._hint_level else ""
        parts = [task.prompt, hint and f"Hint: {hint}", f"{HOW} {ending}"]
        return "\n\n".join(part for part in parts if part) + f"\n[in ~{turns_line(self.max_turns)}]"

    def _act(self, action: str) -> Move:
        request = read_action(action)
        left = self.max_turns - self._cost.turns
        if request.fault:
            move = Move(f"[{request.fault}; nothing was done{turns_line(left)}]", valid=False)
            return self._patient(move, (action, request.fault))
        if request.command is not None and request.command == self._stopped:
            said = "this very command was stopped for its time just now; it is not run again"
            return self._patient(Move(f"[{said}{turns_line(left)}]", valid=False), (action, said))
        seen: tuple[Any, ...] = (action,)
        move = Move()
        self._stopped = ""
        if request.command is not None:
            result = self._begun().shell(request.command)
            self._cost.tool_calls += 1
            if self._count_cpu:
                self._cost.cpu_seconds += result.cpu_seconds
            self._cwd = result.cwd or HOME
            self._stopped = request.command if result.timed_out else ""
            move.observation = shown(result, left)
            seen = (action, result.stdout, result.stderr, _ended(result), result.cwd)
        self._keys.append(self.state_key())
        if request.ends:
            move.verdict = self._verdict = self._judged(request)
            return move
        return self._patient(move, (*seen, self._keys[-1]))

    def _patient(self, move: Move, seen: tuple[Any, ...]) -> Move:
        """Ends an episode that has come to a standstill: the rest of it would be the same."""
        self._same = self._same + 1 if seen == self._last else 0
        self._last = seen
        if self._same >= PATIENCE:
            move.verdict = self._verdict = wrong(
                f"the same action had the same effect {PATIENCE + 1} times in a row; nothing was "
                "submitted"
            )
        return move

    def _judged(self, request: Action) -> Verdict:
        files = self._now()
        if files is None:
            return wrong("the home folder holds more, or is deeper, than can be read")
        checked = None
        if self.task.secret.get("script"):
            from veragym.envs.shell.task.outside import run_check

            checked = run_check(self._chosen(), self.task.secret["script"], files)
        return self.verifier(self.task, FinalState(files, request.answer, checked))

    def _expired(self) -> Verdict:
        return wrong(f"nothing was submitted within {self.max_turns} turns")

    def _now(self) -> Tree | None:
        """The files now; None if they cannot be read, which is the agent's doing."""
        place = self._begun()
        try:
            return place.tree()
        except (OSError, RecursionError):
            return None

    def _begun(self) -> Place:
        """The place of this episode.

        Raises:
            EpisodeOrderError: before the first `reset`.
        """
        if self._place is None:
            raise EpisodeOrderError("there are no files before the first reset(); call reset()")
        return self._place

    def _chosen(self) -> Sandbox:
        """The sandbox; chosen on first use.

        Raises:
            RunnerUnavailable: none works here; the message names the remedy.
        """
        if self._sandbox is None:
            from veragym.sandbox.choose import choose

            self._sandbox = choose(self._backend, unsafe=self._unsafe)
        return self._sandbox

    def close(self) -> None:
        """Ends the session and everything in it; a later reset opens another."""
        if self._place is not None:
            self._place.close()
        super().close()

    # -- capabilities ------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Files, shell and episode; processes in the background are not kept.

        Raises:
            OSError: the files are more than can be kept.
        """
        place = self._begun()
        return {
            "episode": self._save_episode(),
            "place": place.snapshot(),
            "cwd": self._cwd,
            "keys": list(self._keys),
            "standstill": (self._same, self._last, self._stopped),
            "verdict": self._verdict,
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Returns to `snapshot`, of this or another instance."""
        self._load_episode(snapshot["episode"])
        if self._place is None:
            self._place = Place(self._chosen(), SandboxSpec(limits=self._limits))
        self._start = tree_from_json(self.task.secret["files"])
        self._place.go_back(snapshot["place"])
        self._cwd, self._keys = snapshot["cwd"], list(snapshot["keys"])
        self._same, self._last, self._stopped = snapshot["standstill"]
        self._verdict = snapshot["verdict"]

    def state_key(self) -> str:
        """Task, files and folder of the shell; its variables are not part of it."""
        files = self._now()
        state = (self.task.content_hash, files.digest if files is not None else "", self._cwd)
        return blake2b(repr(state).encode(), digest_size=16).hexdigest()

    def history_key(self, k: int) -> str:
        """Digest of the last `k` state keys."""
        last = self._keys[-k:] if k > 0 else []
        return blake2b("".join(last).encode(), digest_size=16).hexdigest()

    def oracle(self) -> Iterator[str]:
        """Commands that solve the task from the files as they are now, then the end."""
        secret = self.task.secret
        if self._keys[1:]:
            yield "cd"
            yield from rewind(self._start, self._now() or Tree())
        yield from secret["oracle"]
        answer = first_answer(secret)
        yield "submit" if answer is None else f"answer {answer}"

    def hint(self, level: int) -> str:
        """Guidance: 0 nothing, 1 the method, 2 half of a solution, 3 a solution."""
        return self.generator.hint(self.task, level)

    def progress(self) -> tuple[float, Mapping[str, bool]]:
        """The share of what was not yet so at the start, and whether the frame is kept."""
        secret = self.task.secret
        check = read_check(secret["check"])
        begun = check(self._start, self._start).conditions
        report = check(self._start, self._now() or Tree())
        goals = {f"files.{name}": held for name, held in report.conditions.items()}
        due = [goals[f"files.{name}"] for name, held in begun.items() if not held]
        if "answer_form" in self.task.public:
            parts = self._verdict.parts if self._verdict is not None else {}
            goals["answer"] = parts.get("answer") == 1.0
            due.append(goals["answer"])
        goals["frame"] = not report.breaches
        return sum(due) / max(1, len(due)), goals

    def facts(self) -> Sequence[str]:
        """What has changed since the start, where the shell is, and the answer. For trainers."""
        now = self._now() or Tree()
        found = [f"the shell is in {folder_name(self._cwd)}"]
        found += [str(change) for change in changes(self._start, now)]
        answer = first_answer(self.task.secret)
        return found if answer is None else [*found, f"the answer is {answer}"]

    def paraphrases(self, n: int) -> Sequence[str]:
        """Up to `n` other wordings of the current prompt."""
        return self.generator.paraphrases(self.task, n)


def _ended(result: ShellResult) -> tuple[Any, ...]:
    return result.exit_status, result.signal, result.timed_out, result.replaced
