"""A training run as one piece of data: what `veragym train` does, from YAML or from options.

    env: MathRLVR-v0
    options: {topics: [countdown], difficulty: [0.15, 0.33], instruction: none}
    preset: grpo
    warm: {cpu_seconds: 60}
    rl: {steps: 200}

A run has a warm start (which may be skipped) and a reinforcement stage, each in a folder of its
own, and can be stopped and resumed at any point of either.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from veragym.agents.extras import require
from veragym.agents.objective.parts import nearest
from veragym.core.errors import OptionError

if TYPE_CHECKING:
    from veragym.agents.learner import Learner
    from veragym.agents.loop import Watch
    from veragym.agents.policy.tokenizer import Tokenizer
    from veragym.agents.rollout.groups import EnvPool


def _require_number(
    name: str, value: object, *, least: float = 0, above: float | None = None, whole: bool = False
) -> None:
    """Passes if a setting is a number of its range.

    Raises:
        OptionError: it is not.
    """
    if (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and (isinstance(value, int) or not whole)
        and math.isfinite(value)
        and (value >= least if above is None else value > above)
    ):
        return
    bound = f"of at least {least:g}" if above is None else f"above {above:g}"
    raise OptionError(f"{name} must be a {'whole ' * whole}number {bound}, got {value!r}")


_LEAST = {
    "seed": 0, "batch": 1, "demonstrations": 0, "prompts": 1, "samples": 1, "updates": 1,
    "max_new_tokens": 1, "merges": 0, "digits": 1, "held_out": 0, "evaluations": 1,
    "checkpoint_every": 1, "threads": 0,
}  # fmt: skip
"""The recipe's whole numbers and the least each may be."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage's budget and optimiser.

    Attributes:
        steps, cpu_seconds: the budget; whichever is spent first. Neither: the stage is skipped.
        learning_rate, warmup, final, weight_decay: see `veragym.agents.learner.AdamConfig`.
    """

    steps: int | None = None
    cpu_seconds: float | None = None
    learning_rate: float = 1e-4
    warmup: int = 10
    final: float = 1.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        for name in ("steps", "cpu_seconds"):
            if getattr(self, name) is not None:
                _require_number(name, getattr(self, name), above=0, whole=name == "steps")
        _require_number("learning_rate", self.learning_rate, above=0)
        _require_number("warmup", self.warmup, least=0, whole=True)
        _require_number("final", self.final, least=0)
        _require_number("weight_decay", self.weight_decay, least=0)

    @property
    def skipped(self) -> bool:
        """Whether there is nothing to do."""
        return self.steps is None and self.cpu_seconds is None


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything a run depends on.

    Attributes:
        env, options: what to pass to `gym.make`; `split` is `train` for training.
        seed: of weights, tasks and sampling.
        preset: the estimator's name, or a mapping as in `presets.yaml`.
        warm, rl: the two stages.
        bare: imitate final answers instead of worked solutions.
        batch: demonstrations per imitation step.
        demonstrations: how many there are; 0 for fresh ones at every step.
        prompts, samples, updates, temperature, max_new_tokens: see
            `veragym.agents.trainer.PolicyGradient`.
        merges, digits: the tokenizer, learned from training prompts and solutions.
        model: fields of `TransformerConfig` (the vocabulary follows from the tokenizer).
        compute_dtype: float32 or bfloat16.
        device: cpu, cuda, … ; auto takes cuda if there is one.
        held_out: number of test problems; 0 to skip evaluation.
        evaluations: points of each stage's held-out curve.
        checkpoint_every: steps.
        threads: processor threads; 0 leaves torch's default.
    """

    env: str = "MathRLVR-v0"
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    preset: str | Mapping[str, Any] = "grpo"
    warm: Stage = field(default_factory=lambda: Stage(learning_rate=2e-3, warmup=20, final=0.2))
    rl: Stage = field(default_factory=Stage)
    bare: bool = False
    batch: int = 64
    demonstrations: int = 0
    prompts: int = 64
    samples: int = 8
    updates: int = 1
    temperature: float = 1.0
    max_new_tokens: int = 64
    merges: int = 800
    digits: int = 3
    model: Mapping[str, Any] = field(default_factory=dict)
    compute_dtype: str = "float32"
    device: str = "auto"
    held_out: int = 500
    evaluations: int = 5
    checkpoint_every: int = 25
    threads: int = 0

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            _require_number(name, getattr(self, name), least=least, whole=True)
        _require_number("temperature", self.temperature, above=0)
        for name in ("options", "model"):
            if not isinstance(getattr(self, name), Mapping):
                raise OptionError(f"{name} must be a mapping, got {getattr(self, name)!r:.80}")
        if not isinstance(self.preset, (str, Mapping)):
            raise OptionError(f"preset must be a name or a mapping, got {self.preset!r:.80}")

    def to_json(self) -> dict[str, Any]:
        """All fields as JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Recipe:
        """A recipe from a mapping, e.g. a YAML file's content.

        Raises:
            OptionError: an unknown setting; the nearest names are suggested.
        """
        return cls().changed(data)

    def changed(self, data: Mapping[str, Any]) -> Recipe:
        """This recipe with some settings replaced; within `warm` and `rl`, only those named.

        Raises:
            OptionError: an unknown setting; the nearest names are suggested.
        """
        values = dict(data)
        _check(values, [f.name for f in fields(self)], "setting")
        for name in ("warm", "rl"):
            if name in values:
                part = values[name]
                if not isinstance(part, Mapping):
                    raise OptionError(f"{name} must be a mapping such as {{steps: 100}}")
                _check(part, [f.name for f in fields(Stage)], f"setting of {name}")
                values[name] = replace(getattr(self, name), **part)
        return replace(self, **values)

    @classmethod
    def from_yaml(cls, path: Path) -> Recipe:
        """A recipe from a YAML file.

        Raises:
            OptionError: the file is missing, no mapping, or has an unknown setting.
        """
        try:
            data = yaml.safe_load(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise OptionError(f"the recipe {path} cannot be read: {error}") from error
        if not isinstance(data, Mapping):
            raise OptionError(f"the recipe {path} must be a mapping of settings")
        return cls.from_json(data)


def _check(values: Mapping[str, Any], known: list[str], what: str) -> None:
    for name in values:
        if name not in known:
            raise OptionError(
                f"no {what} is called {name!r}.{nearest(str(name), known)} "
                f"Known: {', '.join(known)}."
            )


def train(
    recipe: Recipe,
    out: Path,
    *,
    resume: bool = False,
    watch: Callable[[str], Watch] | None = None,
) -> dict[str, Any]:
    """Runs a recipe in the folder `out`.

    Args:
        recipe: what to do.
        out: gets `recipe.json`, `result.json` and a folder per stage with `checkpoint.pt` and
            `metrics.jsonl`.
        resume: go on with what is in `out`, which must come from the same recipe.
        watch: called with a stage's name, gives the progress display.

    Returns:
        What `result.json` holds: the held-out curve of each stage.

    Raises:
        OptionError: the recipe cannot work, or `out` holds another run.
        Interrupted: the run was asked to stop, and saved.
    """
    torch = require("torch", "train", "training")
    from veragym.agents.objective.estimator import Estimator
    from veragym.agents.objective.presets import parse_preset
    from veragym.agents.rollout.groups import EnvPool
    from veragym.agents.sft import Imitation
    from veragym.agents.trainer import PolicyGradient

    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    preset = recipe.preset
    estimator = Estimator(preset if isinstance(preset, str) else parse_preset("custom", preset))
    if recipe.warm.skipped and recipe.rl.skipped:
        raise OptionError("nothing to do: give warm or rl a budget in steps or cpu_seconds")
    size = max(recipe.batch, recipe.prompts * recipe.samples)
    options = {"split": "train", **recipe.options}
    pool = EnvPool(recipe.env, size, seed=recipe.seed, options=options)
    updates = {
        "warm": Imitation(pool, recipe.batch, recipe.bare, recipe.demonstrations),
        "rl": PolicyGradient(
            pool,
            estimator,
            prompts=recipe.prompts,
            samples=recipe.samples,
            max_new_tokens=recipe.max_new_tokens,
            max_turns=int(getattr(pool.envs[0].unwrapped, "max_turns", 1)),
            temperature=recipe.temperature,
            updates=recipe.updates,
        ),
    }
    _claim(out, recipe, resume)
    evaluate = _evaluator(recipe)
    result: dict[str, Any] = {"recipe": recipe.to_json(), "curves": {}}
    start: Path | None = None
    for name, update in updates.items():
        stage: Stage = getattr(recipe, name)
        if not stage.skipped:
            result["curves"][name] = _run_stage(
                recipe, name, update, pool, start, out, resume, evaluate, watch
            )
            start = out / name / "checkpoint.pt"
    result["checkpoint"] = str(start)
    (out / "result.json").write_text(json.dumps(result, indent=1), "utf-8")
    return result


def _run_stage(
    recipe: Recipe,
    name: str,
    update: Any,
    pool: EnvPool,
    start: Path | None,
    out: Path,
    resume: bool,
    evaluate: Callable[[Learner], Mapping[str, Any]] | None,
    watch: Callable[[str], Watch] | None,
) -> list[dict[str, Any]]:
    from veragym.agents.loop import Budget, run

    stage: Stage = getattr(recipe, name)
    return run(
        build_learner(recipe, stage, pool, start),
        update,
        Budget(stage.steps, stage.cpu_seconds),
        out / name,
        stage=name,
        evaluate=evaluate,
        evaluations=recipe.evaluations,
        checkpoint_every=recipe.checkpoint_every,
        watch=watch(name) if watch is not None else None,
        resume=resume,
    )


def _claim(out: Path, recipe: Recipe, resume: bool) -> None:
    """Makes `out` this run's folder, or checks that it already is."""
    text = json.dumps(recipe.to_json(), indent=1, sort_keys=True)
    marker = out / "recipe.json"
    if marker.exists() and resume:
        if marker.read_text("utf-8") != text:
            raise OptionError(
                f"{out} holds a run with other settings (see {marker}); "
                "resume with the same ones, or choose another folder"
            )
        return
    if marker.exists():
        raise OptionError(f"{out} already holds a run; resume it, or choose another folder")
    for name in ("warm", "rl"):
        shutil.rmtree(out / name, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    # In one move: a run killed right here must not leave half a marker that blocks its resumption.
    temporary = marker.with_suffix(".tmp")
    temporary.write_text(text, "utf-8")
    temporary.replace(marker)


def build_learner(recipe: Recipe, stage: Stage, pool: EnvPool, start: Path | None) -> Learner:
    """A learner with fresh weights, or with those of the checkpoint `start`; a fresh optimiser.

    Raises:
        OptionError: model settings that cannot work.
    """
    torch = require("torch", "train", "training")
    from veragym.agents.learner import DTYPES, AdamConfig, Learner, load_model, read_checkpoint
    from veragym.agents.policy.transformer import Transformer, TransformerConfig

    if recipe.compute_dtype not in DTYPES:
        raise OptionError(
            f"compute_dtype must be one of {', '.join(DTYPES)}, got {recipe.compute_dtype!r}"
        )
    device = recipe.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise OptionError(f"device {device!r} cannot be used here: {reason}") from None
    adam = AdamConfig(
        stage.learning_rate, stage.warmup, stage.final, weight_decay=stage.weight_decay
    )
    if start is not None:
        model, tokenizer = load_model(start, device)
        learner = Learner(model, tokenizer, adam, seed=recipe.seed + 1)
        learner.drawn = read_checkpoint(start)["drawn"]
        return learner
    tokenizer = learn_tokenizer(pool, recipe.merges, recipe.digits)
    known = [f.name for f in fields(TransformerConfig) if f.name != "vocabulary"]
    _check(recipe.model, known, "setting of model")
    shape = TransformerConfig(**{"tied": False, **recipe.model, "vocabulary": tokenizer.vocabulary})
    model = Transformer(shape, seed=recipe.seed, compute_dtype=DTYPES[recipe.compute_dtype])
    return Learner(model.to(device), tokenizer, adam, seed=recipe.seed)


def learn_tokenizer(pool: EnvPool, merges: int, digits: int) -> Tokenizer:
    """Merges learned from what is said in the oracle's first training episodes, five per merge."""
    from veragym.agents.policy.scripted import OraclePolicy
    from veragym.agents.policy.tokenizer import Tokenizer
    from veragym.agents.rollout.groups import collect

    if merges == 0:
        return Tokenizer(digits=digits)
    said: list[str] = []
    texts = max(256, 5 * merges)
    size = len(pool.envs)
    for start in range(0, texts, size):
        count = min(size, texts - start)
        for episode in collect(pool, OraclePolicy(), list(range(start, start + count)), 1):
            said += [message.text for message in episode.messages]
    return Tokenizer.train(said, merges, digits=digits)


def _evaluator(recipe: Recipe) -> Callable[[Learner], Mapping[str, Any]] | None:
    """Greedy and sampled held-out accuracy, or None if not wanted."""
    if recipe.held_out == 0:
        return None
    from veragym.agents.evaluate import HeldOut, greedy_and_sampled

    options = {k: v for k, v in recipe.options.items() if k != "split"}
    held_out = HeldOut(recipe.env, options, count=recipe.held_out)
    return lambda learner: greedy_and_sampled(
        held_out,
        learner.model,
        learner.tokenizer,
        max_new_tokens=recipe.max_new_tokens,
        seed=recipe.seed,
    )
