"""ShIOEnv-v0 with discrete actions: the productions of a leftmost derivation, and a mask (A03).

An action rewrites the leftmost symbol of the command. Arguments that no later production can change
are added to the command at once, and executed if `intermediate`; when no symbol is left the command
is executed and the episode ends. `info["action_mask"]` and `action_mask()` say which productions
fit, as Stable-Baselines3's MaskablePPO asks for them (`action_masks()`).

Rewards are the published ones (`redundancy`): the intermediate ones if `intermediate`, and at the
end (m / L) rho, at most rho, less `penalty` if the command failed. L, the number of arguments the
task asks for, stands in the place of the published horizon; the verdict in `info` is that of the
other view. `restricted=False` gives the unrestricted arm of the published experiment: any
production may be put in any place, whether it fits or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from veragym.core.errors import EpisodeOrderError, OptionError
from veragym.core.verdict import Verdict, infra_error, wrong
from veragym.envs.shell.shio.env import ShIOEnv
from veragym.envs.shell.shio.grammar import (
    SLOTS,
    Form,
    at_least,
    fewest_arguments,
    finished,
    leftmost,
    load,
    rewrite,
    slot_productions,
)
from veragym.envs.shell.shio.lab import Lab
from veragym.envs.shell.shio.oracle import rest_of_derivation
from veragym.envs.shell.shio.place import Place, place
from veragym.envs.shell.shio.redundancy import Assessment
from veragym.envs.shell.shio.verifier import MOST_ARGUMENTS
from veragym.sandbox import RunnerUnavailable

MOST_STEPS = 64
"""Productions after which an episode is truncated."""
FEEDBACK = 6
"""Numbers at the end of an observation: see `ShIOGrammarEnv`."""
Observation = NDArray[np.float32]


class ShIOGrammarEnv(gym.Env[Observation, np.int64]):
    """The view for agents with discrete actions.

    Actions: the fillings of all slots first, then the productions of each utility, in order
    (`productions`). Observation, float32 in [0, 1]: which symbol is leftmost (one-hot), how often
    each production was used (a quarter each time), which utility is asked for (one-hot), and six
    numbers: arguments so far / 12, arguments asked for / 12, whether the command so far succeeds,
    its R_out, R_ctx and rho (0 unless `intermediate`).

    Args:
        utilities: utilities the tasks are drawn from; all that were surveyed if None.
        intermediate: execute after every argument and pay the published intermediate reward.
        restricted: only productions that fit; otherwise any.
        penalty: taken from the reward if the command fails.
        max_steps: productions after which an episode is truncated.
        render_mode: None or "ansi".
        **options: see `ShIOEnv`: trees, sandbox, unsafe, cache, split, difficulty, env_id.
    Raises:
        OptionError: an option that can never work.
    """

    metadata = {"render_modes": ["ansi"], "family": "shell"}

    def __init__(
        self,
        *,
        utilities: Sequence[str] | None = None,
        intermediate: bool = True,
        restricted: bool = True,
        penalty: float = 1.0,
        max_steps: int = MOST_STEPS,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        if type(max_steps) is not int or max_steps < 1:
            raise OptionError(f"max_steps must be an integer of at least 1, got {max_steps!r}")
        self.text = ShIOEnv(
            utilities=utilities, intermediate=intermediate, render_mode=render_mode, **options
        )
        self.render_mode = render_mode
        self.restricted = restricted
        self.penalty = float(penalty)
        self.max_steps = max_steps
        self.utilities = self.text.generator.utilities  # type: ignore[attr-defined]
        self.productions = [p for slot in SLOTS for p in slot_productions(slot)]
        self._numbers: dict[str, dict[int, int]] = {}
        slots = {(p.symbol, p.slot): i for i, p in enumerate(self.productions)}
        for utility in self.utilities:
            numbers = {}
            for own, production in enumerate(load(utility).productions):
                if production.slot >= 0:
                    numbers[own] = slots[production.symbol, production.slot]
                else:
                    numbers[own] = len(self.productions)
                    self.productions.append(production)
            self._numbers[utility] = numbers
        self._fewest = fewest_arguments(self.productions)
        symbols = dict.fromkeys(p.symbol for p in self.productions)
        self._symbols = {symbol: i for i, symbol in enumerate(symbols)}
        self._of_symbol: dict[str, list[int]] = {symbol: [] for symbol in symbols}
        for i, production in enumerate(self.productions):
            self._of_symbol[production.symbol].append(i)
        size = len(self._symbols) + len(self.productions) + len(self.utilities) + FEEDBACK
        self._size = size
        self.action_space = gym.spaces.Discrete(len(self.productions))
        self.observation_space = gym.spaces.Box(0.0, 1.0, (size,), np.float32)
        self._form: Form = ()
        self._done: list[int] = []
        self._steps = 0
        self._ended = True
        self._feedback: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    # -- the episode -----------------------------------------------------------------------------

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Draws the next task; `seed` and `options` as in `TaskEnv.reset`."""
        super().reset(seed=seed)
        _, info = self.text.reset(seed=seed, options=options)
        self._form = load(self._utility).start
        self._done = []
        self._steps = 0
        self._ended = False
        self._feedback = (0.0, 0.0, 0.0, 0.0)
        return self._observation(), self._with_mask(info)

    def step(self, action: np.int64 | int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Rewrites the leftmost symbol by a production; one that does not fit is refused.

        Raises:
            EpisodeOrderError: before `reset`, or after the end of the episode.
            OptionError: there is no such action.
        """
        if self._ended:
            raise EpisodeOrderError("step() outside of an episode: call reset() first")
        if not self.action_space.contains(action):
            raise OptionError(f"action must be in {self.action_space}, got {action!r}")
        self._steps += 1
        cost = self.text._cost
        cost.turns += 1
        valid = bool(self.action_mask()[int(action)])
        reward, verdict, error = 0.0, None, None
        if valid:
            try:
                reward, verdict = self._apply(int(action))
            except RunnerUnavailable as failure:
                error = f"{type(failure).__name__}: {failure}"
                verdict = infra_error("the command could not be run; see info['error']")
        if verdict is not None and not verdict.scored:
            error = error or verdict.reason
        truncated = error is not None
        if verdict is None and self._steps >= self.max_steps:
            verdict = wrong(f"the command was not finished within {self.max_steps} productions")
            truncated = True
        self._ended = verdict is not None
        self.text._ended = self._ended
        parts = verdict.parts if verdict is not None else None
        info = self._with_mask(self.text._info(valid, error, verdict, parts))
        return self._observation(), reward, self._ended and not truncated, truncated, info

    def _apply(self, action: int) -> tuple[float, Verdict | None]:
        """Rewrites, adds the arguments that are finished, and executes what is complete."""
        self._form = rewrite(self._form, self.productions[action], self._place.fill)
        self._done.append(action)
        reward = 0.0
        ready = finished(self._form)
        for argument in ready[len(self.text.arguments) :]:
            if len(self.text.arguments) >= MOST_ARGUMENTS:
                return reward - self.penalty, wrong(f"more than {MOST_ARGUMENTS} arguments")
            step, found = self.text.append(argument)
            reward += step
            if found is not None:
                self._feedback = _feedback(found)
        if leftmost(self._form) is not None:
            return reward, None
        verdict = self.text.execute().verdict
        assert verdict is not None
        failed = bool(verdict.parts.get("failed", 0.0))
        return reward + verdict.score - self.penalty * failed, verdict

    def action_mask(self) -> NDArray[np.int8]:
        """(actions,) int8: productions of the leftmost symbol that leave room for its end.

        All of them, if the view is not restricted.
        """
        mask = np.zeros(len(self.productions), np.int8)
        symbol = leftmost(self._form)
        if symbol is None:
            return mask
        if not self.restricted:
            return np.ones_like(mask)
        now = at_least(self._form, self._fewest) - self._fewest[symbol]
        for number in self._of_symbol[symbol]:
            production = self.productions[number]
            own = 1 if production.slot >= 0 else at_least(production.form, self._fewest)
            mask[number] = now + own <= MOST_ARGUMENTS
        return mask

    def action_masks(self) -> NDArray[np.bool_]:
        """The mask under the name and type that MaskablePPO asks for."""
        return self.action_mask().astype(np.bool_)

    def render(self) -> str | None:
        """The command so far with its symbols, in render mode "ansi"."""
        if self.render_mode != "ansi":
            return None
        words = ["".join(p if isinstance(p, str) else f"<{p[0]}>" for p in a) for a in self._form]
        return " ".join((self._utility, *words))

    def close(self) -> None:
        """See `ShIOEnv.close`."""
        self.text.close()

    @property
    def lab(self) -> Lab:
        """Where commands are run."""
        return self.text.lab

    @property
    def _utility(self) -> str:
        utility: str = self.text.task.public["utility"]
        return utility

    @property
    def _place(self) -> Place:
        return place(self.text.task.public["tree"])

    def _with_mask(self, info: dict[str, Any]) -> dict[str, Any]:
        return {**info, "action_mask": self.action_mask()}

    def _observation(self) -> Observation:
        seen = np.zeros(self._size, np.float32)
        symbol = leftmost(self._form)
        if symbol is not None:
            seen[self._symbols[symbol]] = 1.0
        at = len(self._symbols)
        for number in self._done:
            seen[at + number] = min(1.0, seen[at + number] + 0.25)
        at += len(self.productions)
        seen[at + self.utilities.index(self._utility)] = 1.0
        wanted = self.text.task.public["arguments"]
        seen[-FEEDBACK:] = (
            len(self.text.arguments) / MOST_ARGUMENTS,
            wanted / MOST_ARGUMENTS,
            *self._feedback,
        )
        return seen

    # -- capabilities ----------------------------------------------------------------------------

    def oracle(self) -> Iterator[np.int64]:
        """Productions that lead to a right command, from the current form if any are known."""
        numbers = self._numbers[self._utility]
        back = {theirs: own for own, theirs in numbers.items()}
        done = [back.get(number, -1) for number in self._done]
        for own in rest_of_derivation(self.text.judge, self.text.task, done, self._form):
            yield np.int64(numbers[own])

    def hint(self, level: int) -> str:
        """See `ShIOEnv.hint`."""
        return self.text.hint(level)

    def progress(self) -> tuple[float, Mapping[str, bool]]:
        """See `ShIOEnv.progress`."""
        return self.text.progress()

    def facts(self) -> Sequence[str]:
        """See `ShIOEnv.facts`."""
        return self.text.facts()

    def state_key(self) -> str:
        """The other view's, and the form."""
        what = f"{self.text.state_key()}{self._form!r}{self._ended}"
        return blake2b(what.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def history_key(self, k: int) -> str:
        """See `ShIOEnv.history_key`."""
        return self.text.history_key(k)

    def snapshot(self) -> dict[str, Any]:
        """The state: argument tuple, form, and what was done."""
        return {
            "text": self.text.snapshot(),
            "form": self._form,
            "done": list(self._done),
            "steps": self._steps,
            "ended": self._ended,
            "feedback": self._feedback,
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Inverse of `snapshot`."""
        self.text.restore(snapshot["text"])
        self._form = snapshot["form"]
        self._done = list(snapshot["done"])
        self._steps = snapshot["steps"]
        self._ended = snapshot["ended"]
        self._feedback = snapshot["feedback"]


def _feedback(found: Assessment) -> tuple[float, float, float, float]:
    return (
        float(found.execution.succeeded),
        found.by_output,
        found.by_context,
        found.irredundancy,
    )
