"""What is being trained, and how it survives: weights, optimiser, randomness, counters.

A checkpoint holds everything the next step depends on, and is written to a temporary file that
then takes the old one's place: a run that is killed at any moment goes on from its last checkpoint
and, on the CPU, computes bit for bit what an unbroken run would have.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from veragym.agents.policy.sampling import TransformerPolicy
from veragym.agents.policy.tokenizer import Tokenizer
from veragym.agents.policy.transformer import Transformer, TransformerConfig
from veragym.agents.stopping import Diverged
from veragym.core.errors import OptionError

FORMAT = 1
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class AdamConfig:
    """The optimiser.

    Attributes:
        learning_rate: of the first step after the warm-up.
        warmup: steps over which the rate rises linearly from 0.
        final: share of the rate left at the end of the budget; it falls linearly. 1: constant.
        beta1, beta2: decay of the moment averages.
        weight_decay: decoupled, on matrices only.
        clip_norm: largest gradient norm.
    """

    learning_rate: float = 1e-4
    warmup: int = 10
    final: float = 1.0
    beta1: float = 0.9
    beta2: float = 0.95
    weight_decay: float = 0.0
    clip_norm: float = 1.0

    def rate(self, step: int, progress: float) -> float:
        """Learning rate of update number `step` (from 0) at `progress` in [0, 1]."""
        rise = min(1.0, (step + 1) / max(1, self.warmup))
        return self.learning_rate * rise * (1.0 - (1.0 - self.final) * min(1.0, progress))


class Learner:
    """A policy under training.

    Attributes:
        model, tokenizer: the policy.
        optimiser: AdamW over all weights.
        generator: randomness of the sampling.
        step: updates made in this stage.
        drawn: tasks drawn from the training stream so far, over all stages.
        cpu_seconds: processor time spent on the updates of this stage.
        reference: frozen weights for regularisers, if the stage uses them.
    """

    def __init__(
        self, model: Transformer, tokenizer: Tokenizer, adam: AdamConfig, *, seed: int
    ) -> None:
        if model.config.vocabulary != tokenizer.vocabulary:
            raise OptionError(
                f"the model has {model.config.vocabulary} token ids, the tokenizer "
                f"{tokenizer.vocabulary}; build the model with vocabulary=tokenizer.vocabulary"
            )
        self.model = model
        self.tokenizer = tokenizer
        self.adam = adam
        matrices = [w for w in model.parameters() if w.dim() >= 2]
        others = [w for w in model.parameters() if w.dim() < 2]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": adam.weight_decay},
                {"params": others, "weight_decay": 0.0},
            ],
            lr=adam.learning_rate,
            betas=(adam.beta1, adam.beta2),
        )
        self.generator = torch.Generator(device=model.device).manual_seed(seed)
        self.step = 0
        self.drawn = 0
        self.cpu_seconds = 0.0
        self.reference: Transformer | None = None

    def policy(self, *, max_new_tokens: int, temperature: float = 1.0) -> TransformerPolicy:
        """The current weights as a policy, drawing from the learner's own randomness."""
        return TransformerPolicy(
            self.model,
            self.tokenizer,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            generator=self.generator,
        )

    def freeze_reference(self) -> None:
        """Keeps a copy of the current weights as the reference policy."""
        self.reference = Transformer(self.model.config, compute_dtype=self.model.compute_dtype).to(
            self.model.device
        )
        self.reference.load_state_dict(self.model.state_dict())
        self.reference.requires_grad_(False)

    def descend(self, loss_is_finite: bool, progress: float) -> float:
        """One optimiser step on the accumulated gradients; returns their norm before clipping.

        Raises:
            Diverged: loss or gradient is not finite. The weights are as they were.
        """
        rate = self.adam.rate(self.step, progress)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.adam.clip_norm))
        if not loss_is_finite or not norm < float("inf"):
            self.optimiser.zero_grad()
            raise Diverged(
                f"the {'gradient' if loss_is_finite else 'loss'} is not finite at step "
                f"{self.step + 1}; the last checkpoint is intact. "
                f"Lower the learning rate (now {rate:g}) and resume from it"
            )
        self.optimiser.step()
        self.optimiser.zero_grad()
        return norm

    # -- checkpoints -----------------------------------------------------------------------------

    def save(self, path: Path, extra: Mapping[str, Any] | None = None) -> None:
        """Writes a checkpoint; an older one at `path` is replaced in one move."""
        state = {
            "format": FORMAT,
            "model_config": self.model.config.to_json(),
            "compute_dtype": str(self.model.compute_dtype).removeprefix("torch."),
            "merges": [list(pair) for pair in self.tokenizer.merges],
            "digits": self.tokenizer.digits,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "step": self.step,
            "drawn": self.drawn,
            "cpu_seconds": self.cpu_seconds,
            "reference": None if self.reference is None else self.reference.state_dict(),
            "extra": dict(extra or {}),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    def load(self, path: Path) -> dict[str, Any]:
        """Continues from a checkpoint of the same model; returns what `save` got as `extra`.

        Raises:
            OptionError: the file is not a checkpoint of this model.
        """
        state = read_checkpoint(path)
        if state["model_config"] != self.model.config.to_json():
            raise OptionError(
                f"{path} holds a model of another shape ({state['model_config']}); "
                "resume with the configuration it was trained with"
            )
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"].cpu())
        self.step, self.drawn = state["step"], state["drawn"]
        self.cpu_seconds = state["cpu_seconds"]
        if state["reference"] is not None:
            self.freeze_reference()
            assert self.reference is not None
            self.reference.load_state_dict(state["reference"])
        extra: dict[str, Any] = state["extra"]
        return extra


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a checkpoint file. Loads tensors and plain data only, never code.

    Raises:
        OptionError: there is no such file, or it is not a checkpoint of this format.
    """
    if not path.is_file():
        raise OptionError(f"there is no checkpoint at {path}")
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise OptionError(f"{path} cannot be read as a checkpoint: {error}") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise OptionError(f"{path} is not a checkpoint of format {FORMAT}")
    return state


def load_model(path: Path, device: str = "cpu") -> tuple[Transformer, Tokenizer]:
    """Model and tokenizer of a checkpoint, to act or to train further.

    Raises:
        OptionError: the file cannot be used.
    """
    state = read_checkpoint(path)
    tokenizer = Tokenizer(state["merges"], digits=state["digits"])
    model = Transformer(
        TransformerConfig(**state["model_config"]), compute_dtype=DTYPES[state["compute_dtype"]]
    )
    model.load_state_dict(state["model"])
    return model.to(device), tokenizer
