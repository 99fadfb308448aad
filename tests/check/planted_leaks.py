"""Vaults, and the ways in which one can betray its code.

The code is the product of two numbers in the prompt. `calc` multiplies, `open` tries a code, `wait`
does nothing. `FAULTS` says which finding has to reject which; the sound ones show what an
environment may do: compute what is asked, answer whether it was right, let something be found out.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gymnasium as gym

from veragym.core import Draft, Generator, Move, Solution, Task, TaskEnv, TaskRng, Verdict, Verifier
from veragym.core.verdict import correct, wrong

# -- the sound environments ------------------------------------------------------------------------


class VaultTasks(Generator):
    """Two factors in the prompt; the code is their product, and in a drawer lies a number."""

    def sample(self, rng: TaskRng, level: float) -> Draft:
        top = 300 + int(700 * level)
        a, b, note = rng.integers(101, top), rng.integers(101, top), rng.integers(1000, 10**6)
        return Draft(
            f"vault:{a},{b},{note}",
            f"The code is {a} times {b}. Tools: calc A B, open CODE, wait.",
            {"kind": "vault"},
            {"code": str(a * b), "factors": [a, b], "drawer": note},
        )

    def solve(self, task: Task) -> Solution:
        a, b = task.secret["factors"]
        return Solution(task.secret["code"], (f"calc {a} {b}",))

    def decoys(self, task: Task) -> list[str]:
        return [f"open {int(task.secret['code']) + n}" for n in (-1, 1, 10)]


class Lock(Verifier):
    """The code that was tried last."""

    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if response == task.secret["code"] else wrong("it stays shut")


class Vault(TaskEnv):
    """The sound one. Its calculator shows the code to whoever asks for the right product."""

    generator_class: type[Generator] = VaultTasks

    def __init__(self, **options: Any) -> None:
        super().__init__(
            generator=self.generator_class(),
            verifier=Lock(),
            env_id="Vault-v0",
            max_turns=8,
            **options,
        )
        self._right = 0

    def _begin(self, task: Task) -> str:
        self._right = 0
        return task.prompt

    def _act(self, action: str) -> Move:
        words = action.split()
        if len(words) == 2 and words[0] == "open":
            return Move("", self.verifier(self.task, words[1]))
        if re.fullmatch(r"calc [0-9]{1,6} [0-9]{1,6}", action):
            self._right += [int(word) for word in words[1:]] == self.task.secret["factors"]
            return Move(str(int(words[1]) * int(words[2])))
        if words == ["wait"]:
            return Move("You wait.")
        return self.refused(action)

    def refused(self, action: str) -> Move:
        return Move("No such call.", valid=False)

    def oracle(self) -> Iterator[str]:
        a, b = self.task.secret["factors"]
        yield from ("wait", "wait", "wait", f"calc {a} {b}")
        yield f"open {self.task.secret['code']}"

    def snapshot(self) -> dict[str, Any]:
        return {**self._save_episode(), "right": self._right}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self._load_episode(snapshot)
        self._right = snapshot["right"]


class Drawer(Vault):
    """What lies in the drawer may be found by looking; it says so."""

    discoverable = ("drawer",)

    def _act(self, action: str) -> Move:
        if action == "look":
            return Move(f"In the drawer lies a slip: {self.task.secret['drawer']}.")
        return super()._act(action)


class PrivateNotes(Vault):
    """Keeps the code under a name that is nobody's business."""

    def _begin(self, task: Task) -> str:
        self._code = task.secret["code"]
        return super()._begin(task)


class Typed(Vault):
    """Runs a child process with what the agent said, and keeps its log in a file."""

    def _act(self, action: str) -> Move:
        if re.fullmatch(r"calc [0-9]{1,6} [0-9]{1,6}", action):
            subprocess.run(["true", action], check=True)
            with tempfile.NamedTemporaryFile("w", prefix="vault-") as log:
                log.write(action)
        return super()._act(action)


SOUND: tuple[type[gym.Env[Any, Any]], ...] = (Vault, Drawer, PrivateNotes, Typed)

# -- faults: through acting ------------------------------------------------------------------------


class LookTells(Vault):
    """A call that nothing mentions prints the code."""

    def _act(self, action: str) -> Move:
        if action == "look":
            return Move(f"On a slip you read {self.task.secret['code']}.")
        return super()._act(action)


class UndeclaredDrawer(Drawer):
    """What can be found out is not declared."""

    discoverable = ()


class ThirdWaitTells(Vault):
    """Patience is rewarded: whoever has done three steps of the right way reads the code."""

    def _act(self, action: str) -> Move:
        move = super()._act(action)
        if self._cost.turns == 4 and self._right:
            move.observation += f" The lock shows {self.task.secret['code']}."
        return move


class ErrorTells(Vault):
    """A product of something else than numbers is compared with what was wanted."""

    def refused(self, action: str) -> Move:
        if not action.startswith("calc "):
            return super().refused(action)
        return Move(f"{action[:20]!r} does not give {self.task.secret['code']}.", valid=False)


class TraceTells(Vault):
    """A missing case ends in an exception whose text holds the whole secret."""

    def refused(self, action: str) -> Move:
        raise KeyError(f"{action[:20]!r} not in {dict(self.task.secret)}")


class SecretInRender(Vault):
    """Drawn as text, it shows the state of the world, code included."""

    def render(self) -> str | None:
        shown = super().render()
        return None if shown is None else f"[code {self.task.secret['code']}]\n{shown}"


class WarmerColder(Vault):
    """A wrong code is answered with how far it is off, by the length of the message."""

    def refused(self, action: str) -> Move:
        return Move("No" + "o" * (int(self.task.secret["code"]) % 50), valid=False)


class _Noted(VaultTasks):
    def sample(self, rng: TaskRng, level: float) -> Draft:
        draft = super().sample(rng, level)
        draft.public["note"] = f"made from {draft.secret['code']}"
        return draft


class CodeInNote(Vault):
    """The code was copied when the task was made; exchanging the secret exchanges no copy."""

    generator_class = _Noted


class NamesNoKey(Vault):
    discoverable = ("draw",)


# -- faults: what code can reach -------------------------------------------------------------------


class PublicAttribute(Vault):
    def _begin(self, task: Task) -> str:
        self.target = {"code": task.secret["code"]}
        return super()._begin(task)


class _Remembers(gym.Wrapper[str, str, str, str]):
    """A wrapper that copies what it should not."""

    def reset(self, **options: Any) -> Any:
        result = self.env.reset(**options)
        self.expected = self.env.unwrapped.task.secret["code"]  # type: ignore[attr-defined]
        return result


def WrapperAttribute(**options: Any) -> gym.Env[Any, Any]:
    return _Remembers(Vault(**options))


class CodeOnCommandLine(Vault):
    def _begin(self, task: Task) -> str:
        subprocess.run(["true", f"--code={task.secret['code']}"], check=True)
        return super()._begin(task)


class CodeInChildVariables(Vault):
    def _begin(self, task: Task) -> str:
        variables = {**os.environ, "VAULT_CODE": task.secret["code"]}
        subprocess.run(["true"], env=variables, check=True)
        return super()._begin(task)


class CodeInFile(Vault):
    """The judge's file lies there while the agent has its turn."""

    def _begin(self, task: Task) -> str:
        self._folder = tempfile.TemporaryDirectory(prefix="vault-")
        (Path(self._folder.name) / "expected.txt").write_text(task.secret["code"] + "\n")
        return super()._begin(task)


FAULTS: dict[Any, str] = {
    LookTells: "leak.acting",
    UndeclaredDrawer: "leak.acting",
    ThirdWaitTells: "leak.acting",
    ErrorTells: "leak.acting",
    TraceTells: "leak.acting",
    SecretInRender: "leak.acting",
    WarmerColder: "leak.secret-permuted",
    CodeInNote: "leak.literal",
    NamesNoKey: "leak.discoverable",
    PublicAttribute: "leak.attributes",
    WrapperAttribute: "leak.attributes",
    CodeOnCommandLine: "leak.surroundings",
    CodeInChildVariables: "leak.surroundings",
    CodeInFile: "leak.surroundings",
}
