"""Many single-turn environments at once, equal to stepping each alone.

`QuestionVectorEnv` draws tasks for a whole batch from columns of random words and judges a batch of
answers in one call. Everything it cannot do by columns (odd options, odd actions, topics without a
batch sampler) it hands to one scalar `QuestionEnv`, so that a rule is written once. Tests hold it
to `SyncVectorEnv` over the scalar environment: same observations, rewards, ends and infos.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from veragym.core.cost import Cost
from veragym.core.env import Info, check_mapping, plain_text
from veragym.core.errors import EpisodeOrderError, OptionError
from veragym.core.generator import Difficulty, check_seed, stamp, task_id
from veragym.core.seeding import BLOCK, WORDS, TaskRng, block_words, columns
from veragym.core.task import Draft, DraftColumns, Task, content_digest, plain_copy
from veragym.core.verdict import Outcome
from veragym.core.verifier import ask
from veragym.envs.text.question import QuestionEnv, compose

Rows = NDArray[np.int64]
_Origin = tuple[str, int, int, float]
"""Split, seed, index and difficulty of a draft."""
IDENTITY = ("id", "env_id", "split", "difficulty", "group")
"""The leading keys of `Task.public_view`."""


class QuestionVectorEnv(gym.vector.VectorEnv[tuple[str, ...], Sequence[str], Any]):
    """A batch of `QuestionEnv`s.

    Args:
        scalar: the environment to be batched; it is used for everything unusual.
        num_envs: batch size.
        autoreset_mode: Gymnasium's `AutoresetMode`; SAME_STEP by default, because an episode here
            is one step and NEXT_STEP would waste every other one. In SAME_STEP the final
            observation and info are in `infos["final_obs"]` and `infos["final_info"]`.

    Observations and actions are sequences of `num_envs` strings; rewards (num_envs,) float64.
    """

    def __init__(
        self,
        scalar: QuestionEnv,
        num_envs: int,
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
    ) -> None:
        if isinstance(num_envs, bool) or not isinstance(num_envs, int) or num_envs < 1:
            raise OptionError(f"num_envs must be a positive integer, got {num_envs!r}")
        try:
            self.autoreset_mode = AutoresetMode(autoreset_mode)
        except ValueError:
            names = ", ".join(mode.value for mode in AutoresetMode)
            raise OptionError(
                f"autoreset_mode must be one of {names}; got {autoreset_mode!r}"
            ) from None
        self._scalar = scalar
        self.num_envs = num_envs
        self.metadata = {**scalar.metadata, "autoreset_mode": self.autoreset_mode}
        self.render_mode = scalar.render_mode
        self.single_observation_space = scalar.observation_space
        self.single_action_space = scalar.action_space
        self.observation_space = batch_space(scalar.observation_space, num_envs)
        self.action_space = batch_space(scalar.action_space, num_envs)
        self._seeds: list[int] | None = None
        self._next_index = np.zeros(num_envs, dtype=np.int64)
        self._words: dict[str, tuple[Rows, NDArray[np.uint64]]] = {}
        self._drawn: list[Draft | Task | None] = [None] * num_envs
        self._columns: list[DraftColumns | None] = [None] * num_envs
        self._places: list[int] = [0] * num_envs  # rows of `_columns`
        self._origins: list[_Origin] = [("", 0, 0, 0.0)] * num_envs
        self._observations: list[str] = [""] * num_envs
        self._hints = np.zeros(num_envs, dtype=np.int64)
        self._budgets: list[Mapping[str, float]] = [scalar.budget] * num_envs
        self._ended = np.ones(num_envs, dtype=bool)
        self._task_columns: Info = {}
        self._all = np.arange(num_envs)
        self._begin_costs = Cost().as_dict()

    # -- the Gymnasium interface -----------------------------------------------------------------

    @property
    def tasks(self) -> list[Task]:
        """The current tasks, secrets included: for trainers and tests, never for agents.

        Raises:
            EpisodeOrderError: before the first `reset`.
        """
        return [self._task(i) for i in range(self.num_envs)]

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> tuple[tuple[str, ...], Info]:
        """Starts the next episode everywhere, or where `options["reset_mask"]` is true.

        Args:
            seed: an integer s gives environment i the seed s + i; or one seed each.
            options: as for the scalar `reset`, alike for all; and `reset_mask`, (num_envs,) bool.

        Raises:
            OptionError: a wrong option; nothing has changed then.
        """
        options = check_mapping(options)
        mask = options.pop("reset_mask", None)
        rows = self._all if mask is None else self._masked(mask)
        chosen = self._scalar.check_options(options)
        self._seed(seed, rows)
        observations, infos = self._start(rows, chosen)
        return observations, infos

    def step(
        self, actions: Sequence[str]
    ) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], Info]:
        """One answer for every environment.

        Raises:
            OptionError: not one action per environment.
            EpisodeOrderError: before `reset`; or, without autoreset, after the end of an episode.
        """
        actions = _one_each(actions, "action", self.num_envs)
        if set(map(type, actions)) != {str}:
            actions = [plain_text(action) for action in actions]
        if self._seeds is None:
            raise EpisodeOrderError("step() before reset(): call reset() first")
        waiting = self._ended
        if waiting.any():
            if self.autoreset_mode is not AutoresetMode.NEXT_STEP:
                late = np.flatnonzero(waiting).tolist()
                raise EpisodeOrderError(
                    f"environments {late[:8]} have ended: reset them with "
                    "options={'reset_mask': mask} before the next step()"
                )
            return self._step_some(actions, waiting.copy())
        rewards, terminated, truncated, infos = self._answer(self._all, actions)
        if self.autoreset_mode is AutoresetMode.SAME_STEP:
            final_obs = np.full(self.num_envs, "", dtype=object)
            everywhere = np.ones(self.num_envs, dtype=bool)
            final: Info = {"final_obs": final_obs, "_final_obs": everywhere}
            final |= {"final_info": infos, "_final_info": everywhere.copy()}
            observations, fresh = self._start(self._all, {})
            return observations, rewards, terminated, truncated, {**final, **fresh}
        self._observations = [""] * self.num_envs
        return tuple(self._observations), rewards, terminated, truncated, infos

    def close_extras(self, **kwargs: Any) -> None:
        """Closes the scalar environment."""
        self._scalar.close()

    # -- beginning episodes ---------------------------------------------------------------------

    def _masked(self, mask: Any) -> Rows:
        if (
            not isinstance(mask, np.ndarray)
            or mask.dtype != np.bool_
            or mask.shape != (self.num_envs,)
            or not mask.any()
        ):
            raise OptionError(
                f"options['reset_mask'] must be a ({self.num_envs},) bool array with at least one "
                f"True, got {mask!r}"
            )
        return np.flatnonzero(mask)

    def _seed(self, seed: int | Sequence[int | None] | None, rows: Rows) -> None:
        if seed is None:
            given: list[int | None] = [None] * self.num_envs
        elif isinstance(seed, (int, np.integer)):
            base = check_seed(seed)
            given = [base + i for i in range(self.num_envs)]
        else:
            seeds = _one_each(seed, "seed", self.num_envs)
            given = [None if s is None else check_seed(s) for s in seeds]
        if self._seeds is None:
            fresh = np.random.SeedSequence().generate_state(self.num_envs, np.uint64).tolist()
            self._seeds = fresh
        for i in rows.tolist():
            value = given[i]
            if value is not None:
                self._seeds[i] = value
                self._next_index[i] = 0
                for blocks, _ in self._words.values():
                    blocks[i] = -1

    def _start(self, rows: Rows, chosen: Mapping[str, Any]) -> tuple[tuple[str, ...], Info]:
        """New episodes in `rows`; returns all observations and the infos of `rows`."""
        scalar = self._scalar
        listed = rows.tolist()
        if "task" in chosen:
            task: Task = chosen["task"]
            view = task.public_view()
            identity = {name: [view[name]] * len(rows) for name in IDENTITY}
            prompts, public = [task.prompt] * len(rows), [task.public] * len(rows)
            for i in listed:
                self._drawn[i], self._columns[i] = task, None
        else:
            split = chosen.get("split", scalar.split)
            if "index" in chosen:
                self._next_index[rows] = chosen["index"]
            prompts, public, identity = self._draw(
                rows, split, chosen.get("difficulty", scalar.difficulty)
            )
            self._next_index[rows] += 1
        hint = chosen.get("hint", 0)
        budget = chosen.get("budget", scalar.budget)
        closing = scalar.closing
        if closing:
            prompts = [compose(prompt, "", closing) for prompt in prompts]
        _put(self._observations, listed, prompts)
        _put(self._budgets, listed, [budget] * len(listed))
        if hint:
            for i in listed:
                stamped = self._task(i)
                text = scalar.generator.hint(stamped, hint)
                self._observations[i] = compose(stamped.prompt, text, closing)
        self._hints[rows] = hint
        self._ended[rows] = False
        mask = self._mask(rows)
        columns_ = {name: _column(values, rows, self.num_envs) for name, values in identity.items()}
        columns_["hint_level"] = _column([hint] * len(rows), rows, self.num_envs)
        task_columns = {}
        for name, column in columns_.items():
            task_columns[name], task_columns[f"_{name}"] = column, mask.copy()
        task_columns |= column_infos(public, rows, self.num_envs)
        if len(rows) == self.num_envs:
            self._task_columns = task_columns
        else:
            self._task_columns = merge_infos(masked_infos(self._task_columns, ~mask), task_columns)
        nothing = np.full(self.num_envs, None, object)
        infos: Info = {"task": task_columns, "parts": {}, "cost": self._costs(rows, mask, 0, None)}
        infos |= {"valid": mask.copy(), "error": nothing, "verdict": nothing.copy()}
        for name in list(infos):
            infos[f"_{name}"] = mask.copy()
        return tuple(self._observations), infos

    def _draw(
        self, rows: Rows, split: str, difficulty: Difficulty
    ) -> tuple[list[str], list[Mapping[str, Any]], dict[str, list[Any]]]:
        """The next drafts of `rows`: prompts, public facts, and their identity as columns."""
        assert self._seeds is not None
        scalar, generator = self._scalar, self._scalar.generator
        words = self._task_words(rows, split)
        low, high = difficulty
        if generator.levelled:
            values = low + (high - low) * columns.random(words[:, 0])
        else:
            values = np.zeros(len(rows))
        listed, levels = rows.tolist(), values.tolist()
        seeds = [self._seeds[i] for i in listed]
        indices = self._next_index[rows].tolist()
        draw_many = getattr(generator, "draw_many", None)
        drawn = None if draw_many is None else draw_many(words, 1, split, values)
        if isinstance(drawn, DraftColumns):
            prompts, groups = drawn.prompts, [digest.hex() for digest in drawn.digests]
            public = [drawn.public] * len(rows)
            _put(self._drawn, listed, [None] * len(rows))
            _put(self._columns, listed, [drawn] * len(rows))
            _put(self._places, listed, list(range(len(rows))))
        else:
            prompts, public, groups = [], [], []
            for k, i in enumerate(listed):
                rng = TaskRng(words[k].tolist())
                if generator.levelled:
                    rng.random()  # the difficulty's word
                draft = generator.draw(rng, split, levels[k], seeds[k], indices[k])
                if draft.digest is None:
                    draft.digest = content_digest(draft.content)
                self._drawn[i], self._columns[i] = draft, None
                prompts.append(draft.prompt)
                public.append(draft.public)
                groups.append(draft.digest.hex())
        n = len(rows)
        _put(self._origins, listed, list(zip([split] * n, seeds, indices, levels)))
        ids = [
            task_id(scalar.env_id, split, seed, index, group)
            for seed, index, group in zip(seeds, indices, groups)
        ]
        identity: dict[str, list[Any]] = {"id": ids, "env_id": [scalar.env_id] * n}
        identity |= {"split": [split] * n, "difficulty": levels, "group": groups}
        return prompts, public, identity

    def _judgeable(self, i: int) -> Draft | Task:
        """What a verifier may read of environment `i`'s task."""
        drawn, made = self._drawn[i], self._columns[i]
        if drawn is None and made is not None:
            drawn = self._drawn[i] = made.draft(self._places[i])
        if drawn is None:
            raise EpisodeOrderError("there is no task before the first reset(); call reset()")
        return drawn

    def _task(self, i: int) -> Task:
        """The current task of environment `i`, made when first asked for."""
        drawn = self._judgeable(i)
        if isinstance(drawn, Draft):
            split, seed, index, difficulty = self._origins[i]
            drawn = stamp(drawn, self._scalar.env_id, split, seed, index, difficulty)
            self._drawn[i] = drawn
        return drawn

    def _task_words(self, rows: Rows, split: str) -> NDArray[np.uint64]:
        """The words of each row's next task: (rows, WORDS)."""
        assert self._seeds is not None
        if split not in self._words:
            self._words[split] = (
                np.full(self.num_envs, -1, dtype=np.int64),
                np.zeros((self.num_envs, BLOCK, WORDS), dtype=np.uint64),
            )
        blocks, words = self._words[split]
        block, offset = np.divmod(self._next_index[rows], BLOCK)
        for k in np.flatnonzero(blocks[rows] != block).tolist():
            i = int(rows[k])
            words[i] = block_words(self._scalar.env_id, split, self._seeds[i], int(block[k]))
            blocks[i] = block[k]
        picked: NDArray[np.uint64] = words[rows, offset]
        return picked

    # -- answering ---------------------------------------------------------------------------

    def _answer(
        self, rows: Rows, actions: Sequence[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], Info]:
        """Answers in `rows`; arrays over all environments, zero elsewhere."""
        scalar = self._scalar
        listed = rows.tolist()
        limit = scalar.max_action_chars
        errors: list[str | None] = [None] * len(listed)
        parts: list[Mapping[str, float]] = [{}] * len(listed)
        truncated = np.zeros(self.num_envs, dtype=bool)
        verdicts = self._settled(listed, actions)
        valid = np.zeros(self.num_envs, dtype=bool)
        valid[rows] = True
        characters = [0 if v is None else len(a) for v, a in zip(verdicts, actions)]
        plain: list[int] = []
        for k in [k for k, verdict in enumerate(verdicts) if verdict is None]:
            i, action = listed[k], actions[k]
            if isinstance(action, str) and len(action) <= limit and not self._budgets[i]:
                plain.append(k)
                characters[k] = len(action)
                continue
            # Anything unusual goes through the scalar environment itself.
            scalar.reset(
                options={
                    "task": self._task(i),
                    "hint": int(self._hints[i]),
                    "budget": self._budgets[i],
                }
            )
            _, _, _, truncated[i], info = scalar.step(action)
            verdicts[k], errors[k], parts[k] = info["verdict"], info["error"], info["parts"]
            characters[k], valid[i] = info["cost"]["characters"], info["valid"]
        if plain:
            drawn = [self._judgeable(listed[k]) for k in plain]
            judged = ask(scalar.verifier, drawn, [actions[k] for k in plain])
            for k, verdict in zip(plain, judged):
                verdicts[k] = verdict
                valid[listed[k]] = verdict.outcome is not Outcome.UNPARSABLE
                if verdict.parts:
                    parts[k] = dict(verdict.parts)
                if not verdict.scored:
                    truncated[listed[k]], errors[k] = True, verdict.reason
        self._ended[rows] = True
        rewards = np.zeros(self.num_envs)
        rewards[rows] = [verdict.score for verdict in verdicts]
        mask = self._mask(rows)
        terminated = mask & ~truncated
        infos: Info = {"task": self._task_columns, "_task": mask}
        if len(rows) != self.num_envs:
            infos["task"] = masked_infos(self._task_columns, mask)
        infos["parts"], infos["_parts"] = column_infos(parts, rows, self.num_envs), mask.copy()
        infos["cost"] = self._costs(rows, mask, 1, characters)
        infos["_cost"] = mask.copy()
        infos["valid"], infos["_valid"] = valid, mask.copy()
        infos["error"], infos["_error"] = _objects(errors, rows, self.num_envs), mask.copy()
        infos["verdict"], infos["_verdict"] = _objects(verdicts, rows, self.num_envs), mask.copy()
        return rewards, terminated, truncated, infos

    def _settled(self, listed: list[int], actions: Sequence[Any]) -> list[Any]:
        """Verdicts the verifier can give from gold answers alone; None where it has to read on."""
        nothing: list[Any] = [None] * len(listed)
        drawn = self._columns[listed[0]]
        settle = getattr(self._scalar.verifier, "settle", None)
        if drawn is None or settle is None:
            return nothing
        if len(listed) != self.num_envs or any(made is not drawn for made in self._columns):
            return nothing
        if any(self._budgets):
            return nothing
        limit = self._scalar.max_action_chars
        if set(map(type, actions)) != {str} or max(map(len, actions)) > limit:
            return nothing
        settled: list[Any] = settle(drawn.answers, drawn.public, actions)
        return settled

    def _step_some(
        self, actions: Sequence[Any], waiting: NDArray[np.bool_]
    ) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], Info]:
        """NEXT_STEP: environments that ended are reset, the others answer."""
        resetting, answering = np.flatnonzero(waiting), np.flatnonzero(~waiting)
        rewards = np.zeros(self.num_envs)
        terminated = truncated = np.zeros(self.num_envs, dtype=bool)
        infos: Info = {}
        if len(answering):
            chosen = [actions[i] for i in answering.tolist()]
            rewards, terminated, truncated, infos = self._answer(answering, chosen)
            for i in answering.tolist():
                self._observations[i] = ""
        observations, fresh = self._start(resetting, {})
        infos = merge_infos(infos, fresh) if infos else fresh
        return observations, rewards, terminated, truncated, infos

    # -- columns ---------------------------------------------------------------------------

    def _mask(self, rows: Rows) -> NDArray[np.bool_]:
        mask = np.zeros(self.num_envs, dtype=bool)
        mask[rows] = True
        return mask

    def _costs(
        self, rows: Rows, mask: NDArray[np.bool_], turns: int, characters: list[int] | None
    ) -> Info:
        out: Info = {}
        for name, value in self._begin_costs.items():
            column = np.zeros(self.num_envs, dtype=type(value))
            if name == "turns":
                column[rows] = turns
            elif name == "characters" and characters is not None:
                column[rows] = characters
            out[name], out[f"_{name}"] = column, mask.copy()
        return out


def _one_each(values: Any, what: str, n: int) -> list[Any]:
    """The values as a list, if there is one for each environment.

    Raises:
        OptionError: there is not. A single text is refused, though it could be taken apart.
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise OptionError(f"{n} {what}s are needed, one per environment, got {values!r:.80}")
    listed = list(values)
    if len(listed) != n:
        raise OptionError(f"{n} {what}s are needed, got {len(listed)}")
    return listed


def _put(target: list[Any], rows: list[int], values: Sequence[Any]) -> None:
    """`target[row] = value` for each; at once where the rows are all of them."""
    if len(rows) == len(target):
        target[:] = values
    else:
        for row, value in zip(rows, values):
            target[row] = value


def _objects(values: Sequence[Any], rows: Rows, n: int) -> NDArray[Any]:
    if not {list, tuple}.isdisjoint(map(type, values)):
        column = np.full(n, None, dtype=object)
        for i, value in zip(rows.tolist(), values):
            column[i] = plain_copy(value)
        return column
    if len(rows) == n:
        return np.array(values, dtype=object)
    column = np.full(n, None, dtype=object)
    column[rows] = values
    return column


def _column(values: Sequence[Any], rows: Rows, n: int) -> NDArray[Any]:
    """Values as an array over all environments; numbers keep their type, as in Gymnasium."""
    kind = type(values[0])
    if kind in (int, float, bool):
        column = np.zeros(n, dtype=kind)
        column[rows] = values
        return column
    return _objects(values, rows, n)


def column_infos(dicts: Sequence[Mapping[str, Any]], rows: Rows, n: int) -> Info:
    """Infos of single environments as columns with masks, the way Gymnasium lays them out."""
    if not dicts:
        return {}
    first = dicts[0]
    keys: Iterable[str] = first
    same = shared = True
    for entry in dicts:
        if entry is first:
            continue
        shared = False
        if entry.keys() != first.keys():
            keys = dict.fromkeys(key for d in dicts for key in d)
            same = False
            break
    if not first and same:
        return {}
    out: Info = {}
    for key in keys:
        if shared:
            having, values = rows, [first[key]] * len(dicts)
        elif same:
            having, values = rows, [d[key] for d in dicts]
        else:
            picked = [(i, d[key]) for i, d in zip(rows.tolist(), dicts) if key in d]
            having = np.array([i for i, _ in picked])
            values = [value for _, value in picked]
        if isinstance(values[0], dict):
            out[key] = column_infos(values, having, n)
        else:
            out[key] = _column(values, having, n)
        mask = np.zeros(n, dtype=bool)
        mask[having] = True
        out[f"_{key}"] = mask
    return out


def masked_infos(infos: Info, mask: NDArray[np.bool_]) -> Info:
    """The columns restricted to `mask`; keys nobody there has are dropped."""
    out: Info = {}
    for key, value in infos.items():
        if key.startswith("_"):
            continue
        own = infos[f"_{key}"] & mask
        if not own.any():
            continue
        if isinstance(value, dict):
            out[key] = masked_infos(value, own)
        else:
            column = np.zeros_like(value) if value.dtype != object else np.full_like(value, None)
            column[own] = value[own]
            out[key] = column
        out[f"_{key}"] = own
    return out


def merge_infos(old: Info, new: Info) -> Info:
    """Columns of `old` overwritten where `new` has values."""
    out: Info = {}
    for key in dict.fromkeys([*old, *new]):
        if key.startswith("_"):
            continue
        if key not in new or key not in old:
            source = new if key in new else old
            out[key], out[f"_{key}"] = source[key], source[f"_{key}"]
            continue
        mask = new[f"_{key}"]
        if isinstance(new[key], dict):
            out[key] = merge_infos(old[key], new[key])
        else:
            column = old[key].copy()
            column[mask] = new[key][mask]
            out[key] = column
        out[f"_{key}"] = old[f"_{key}"] | mask
    return out
