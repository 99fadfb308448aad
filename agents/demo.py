"""The demonstration: a policy learns from scratch, and reinforcement lifts it past imitation.

    python -m veragym.agents.demo --out runs/demo --seed 0

The task is to give a multiple of a number that lies in a range. It has several right answers, and
the oracle shows each as often as the others.

1. Warm start: a transformer with random weights imitates the oracle's answers.
2. From there, two arms with the same processor time: reinforcement (the verifier's reward alone,
   no answers shown), and as a control more of the same imitation, of fresh problems.
3. Held-out accuracy along the way, on problems that neither arm can have met, with 95 % intervals.

The headline is the accuracy of the policy as it acts in training, sampled at temperature 1, which
is what reinforcement maximises. Imitation has to spread as widely as the oracle does, and goes on
giving answers it is not sure of; reward teaches the policy to keep to those it knows. Greedy
accuracy is reported beside it: there, where nothing is sampled, the control gains as much, because
the oracle's supply of answers never ends.

The warm start uses two processors, and the arms run side by side where there are two. An
interrupted run goes on where it stopped when the same command is given again. The run's folder gets
`result.json`, `learning_curve.png` and `report.html`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from veragym.agents.extras import require
from veragym.agents.stopping import Interrupted
from veragym.core.errors import OptionError

ARMS = ("rl", "control")


@dataclass(frozen=True, slots=True)
class DemoConfig:
    """Everything the demonstration depends on, besides the seed and the machine's speed.

    Attributes:
        env, options: what to pass to `gym.make`.
        merges, digits: the tokenizer, learned from training prompts and solutions.
        width, layers, heads, context: the model.
        compute_dtype: precision of matrix products.
        max_new_tokens: longest answer.
        warm_steps, warm_cpu_seconds: budget of the warm start, whichever ends first.
        arm_cpu_seconds: budget of either arm, in processor seconds.
        demonstrations: solved problems to imitate, in both supervised stages; 0: ever fresh ones.
        bare: imitate final answers alone instead of worked solutions.
        warm_batch, warm_rate, warm_final: imitation: batch, learning rate, share left at the end.
        control_rate, control_final: the same for the control arm.
        preset, entropy_bonus: the estimator, and a regulariser added to it.
        prompts, samples, rl_rate, rl_final: reinforcement: groups, episodes per group, learning
            rate, share of it left at the end.
        held_out: number of test problems, drawn as the environment draws them.
        evaluations: points of each curve.
    """

    env: str = "MathRLVR-v0"
    options: Mapping[str, Any] = field(
        default_factory=lambda: {
            "topics": ["multiple_in_range"],
            "difficulty": [0.15, 0.25],
            "instruction": "none",
        }
    )
    merges: int = 300
    digits: int = 1
    width: int = 128
    layers: int = 4
    heads: int = 4
    context: int = 64
    compute_dtype: str = "bfloat16"
    max_new_tokens: int = 8
    warm_steps: int = 3600
    warm_cpu_seconds: float = 420.0
    arm_cpu_seconds: float = 80.0
    demonstrations: int = 0
    bare: bool = True
    warm_batch: int = 64
    warm_rate: float = 3e-3
    warm_final: float = 0.2
    control_rate: float = 1e-3
    control_final: float = 0.2
    preset: str = "grpo"
    entropy_bonus: float = 0.0
    prompts: int = 32
    samples: int = 8
    rl_rate: float = 4e-4
    rl_final: float = 1.0
    held_out: int = 1000
    evaluations: int = 6

    def to_json(self) -> dict[str, Any]:
        """All fields as JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DemoConfig:
        """Inverse of `to_json`.

        Raises:
            OptionError: an unknown field.
        """
        unknown = set(data) - set(cls.__dataclass_fields__)
        if unknown:
            raise OptionError(
                f"unknown demo settings {sorted(unknown)}; known: {', '.join(cls.__slots__)}"
            )
        return cls(**data)


class Demo:
    """One run, in one folder.

    Args:
        config: what to do.
        seed: of weights, training tasks and sampling; the held-out problems are always the same.
        out: the folder.
    """

    def __init__(self, config: DemoConfig, seed: int, out: Path) -> None:
        require("torch", "train", "the demonstration")
        from veragym.agents.evaluate import HeldOut
        from veragym.agents.rollout.groups import EnvPool

        self.config, self.seed, self.out = config, seed, out
        size = max(config.warm_batch, config.prompts * config.samples)
        self.pool = EnvPool(config.env, size, seed=seed, options=config.options)
        self.held_out = HeldOut(config.env, config.options, count=config.held_out)

    # -- building --------------------------------------------------------------------------------

    def _learner(self, start: Path | None, stage: str) -> Any:
        """A learner with fresh weights, or with those of a checkpoint, and a fresh optimiser."""
        from veragym.agents.recipe import Recipe, Stage, build_learner

        c = self.config
        recipe = Recipe(
            env=c.env,
            seed=self.seed,
            merges=c.merges,
            digits=c.digits,
            model={
                "width": c.width,
                "layers": c.layers,
                "heads": c.heads,
                "context": c.context,
            },
            compute_dtype=c.compute_dtype,
            device="cpu",
        )
        schedule = {
            "warm": Stage(learning_rate=c.warm_rate, warmup=20, final=c.warm_final),
            "control": Stage(learning_rate=c.control_rate, warmup=20, final=c.control_final),
            "rl": Stage(learning_rate=c.rl_rate, warmup=10, final=c.rl_final),
        }
        return build_learner(recipe, schedule[stage], self.pool, start)

    def _update(self, stage: str) -> Any:
        from veragym.agents.objective.estimator import Estimator
        from veragym.agents.objective.presets import Choice, load_preset
        from veragym.agents.sft import Imitation
        from veragym.agents.trainer import PolicyGradient

        c = self.config
        if stage != "rl":
            return Imitation(self.pool, c.warm_batch, c.bare, c.demonstrations)
        import dataclasses

        preset = load_preset(c.preset)
        if c.entropy_bonus:
            bonus = Choice("entropy_bonus", {"coefficient": c.entropy_bonus})
            preset = dataclasses.replace(preset, regulariser=(*preset.regulariser, bonus))
        return PolicyGradient(
            self.pool,
            Estimator(preset),
            prompts=c.prompts,
            samples=c.samples,
            max_new_tokens=c.max_new_tokens,
        )

    def _measure(self, learner: Any) -> dict[str, Any]:
        """Held-out results: greedy, and sampled as in training."""
        from veragym.agents.evaluate import greedy_and_sampled

        return greedy_and_sampled(
            self.held_out,
            learner.model,
            learner.tokenizer,
            max_new_tokens=self.config.max_new_tokens,
            seed=self.seed,
        )

    # -- running ---------------------------------------------------------------------------------

    def stage(self, stage: str) -> list[dict[str, Any]]:
        """Runs one stage, or what is left of it; returns its held-out curve."""
        import torch

        from veragym.agents.loop import Budget, run
        from veragym.agents.progress import Progress

        # The arms run side by side, one processor each; the warm start has both to itself.
        torch.set_num_threads(min(2, processors()) if stage == "warm" else 1)
        folder, done = self.out / stage, self.out / stage / "curve.json"
        if done.exists():
            curve: list[dict[str, Any]] = json.loads(done.read_text("utf-8"))
            return curve
        start = None if stage == "warm" else self.out / "warm" / "checkpoint.pt"
        c = self.config
        budget = (
            Budget(steps=c.warm_steps, cpu_seconds=c.warm_cpu_seconds)
            if stage == "warm"
            else Budget(cpu_seconds=c.arm_cpu_seconds)
        )
        with Progress(stage) as watch:
            curve = run(
                self._learner(start, stage),
                self._update(stage),
                budget,
                folder,
                stage=stage,
                evaluate=self._measure,
                evaluations=self.config.evaluations,
                watch=watch,
                resume=True,
            )
        _write(done, json.dumps(curve, indent=1))
        return curve

    def transcripts(self, count: int = 8) -> list[dict[str, str]]:
        """The same held-out problems as answered after each stage."""
        from veragym.agents.learner import load_model
        from veragym.agents.policy.sampling import TransformerPolicy
        from veragym.agents.rollout.groups import collect

        rows: list[dict[str, str]] = [{} for _ in range(count)]
        for stage in ("warm", *ARMS):
            model, tokenizer = load_model(self.out / stage / "checkpoint.pt")
            policy = TransformerPolicy(
                model, tokenizer, max_new_tokens=self.config.max_new_tokens, temperature=0.0
            )
            played = collect(self.held_out.pool, policy, self.held_out.tasks[:count], 1)
            for row, episode in zip(rows, played, strict=True):
                row["prompt"] = episode.messages[0].text
                row[stage] = episode.messages[1].text
                verdict = episode.verdict
                row[f"{stage}_verdict"] = str(verdict.outcome) if verdict else "none"
        return rows


def run_demo(config: DemoConfig, seed: int, out: Path, *, serial: bool = False) -> dict[str, Any]:
    """The whole demonstration; returns what `result.json` holds.

    Args:
        config: what to do.
        seed: see `Demo`.
        out: the run's folder. An unfinished run with the same settings is continued, anything
            else there from an earlier run is replaced.
        serial: run the arms one after the other even if there are two processors.
    """
    require("matplotlib", "train", "the demonstration's report")
    from veragym.agents.report import write_report

    settings = json.dumps({"seed": seed, "config": config.to_json()}, indent=1)
    marker = out / "settings.json"
    same = marker.exists() and marker.read_text("utf-8") == settings
    if not same or (out / "result.json").exists():
        for name in ("warm", *ARMS):
            shutil.rmtree(out / name, ignore_errors=True)
        (out / "result.json").unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    _write(marker, settings)

    demo = Demo(config, seed, out)
    curves = {"warm": demo.stage("warm")}
    aside = None
    if not serial and processors() > 1:
        aside = _start_control(out)
    try:
        curves["rl"] = demo.stage("rl")
        if aside is not None and aside.wait() != 0:
            sys.stderr.write("the control arm stopped early; finishing it here\n")
        curves["control"] = demo.stage("control")
    finally:
        if aside is not None and aside.poll() is None:
            aside.terminate()
            aside.wait()

    result = summary(config, seed, curves)
    _write(out / "result.json", json.dumps(result, indent=1))
    write_report(out, result, curves, demo.transcripts())
    return result


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def _start_control(out: Path) -> subprocess.Popen[bytes]:
    """The control arm in a process of its own; its progress goes to a file."""
    log = (out / "control.log").open("ab")
    command = [sys.executable, "-m", "veragym.agents.demo", "--out", str(out), "--arm", "control"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with log:
        # A session of its own: Ctrl-C reaches the parent alone, which then ends the arm in order.
        return subprocess.Popen(
            command, stdout=log, stderr=log, env=environment, start_new_session=True
        )


def summary(
    config: DemoConfig, seed: int, curves: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, Any]:
    """The figures of merit from the three curves.

    Gains are in the accuracy of the policy as it acts in training, one sample at temperature 1 per
    problem: the expected reward that reinforcement raises. Greedy accuracy is given beside it.
    """
    before, after, control = (curves[name][-1] for name in ("warm", "rl", "control"))
    gain = after["sampled_accuracy"] - before["sampled_accuracy"]
    apart = after["sampled_low"] > before["sampled_high"]
    ahead = after["sampled_accuracy"] > control["sampled_accuracy"]
    return {
        "seed": seed,
        "before": dict(before),
        "after": dict(after),
        "control": dict(control),
        "gain": gain,
        "control_gain": control["sampled_accuracy"] - before["sampled_accuracy"],
        "greedy_gain": after["accuracy"] - before["accuracy"],
        "greedy_control_gain": control["accuracy"] - before["accuracy"],
        "intervals_apart": apart,
        "beats_control": ahead,
        "passed": gain >= 0.10 and apart and ahead,
        "config": config.to_json(),
    }


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)


def _say(result: Mapping[str, Any], out: Path) -> str:
    lines = [f"held-out accuracy on {result['before']['episodes']} problems, one sample each:"]
    for label, key in (
        ("after the warm start", "before"),
        ("after reinforcement", "after"),
        ("after more imitation", "control"),
    ):
        r = result[key]
        lines.append(
            f"  {label:22} {r['sampled_accuracy']:6.1%}"
            f"  [{r['sampled_low']:.1%}, {r['sampled_high']:.1%}]   greedy {r['accuracy']:.1%}"
        )
    lines.append(
        f"gain through reinforcement {100 * result['gain']:+.1f} points, "
        f"through more imitation {100 * result['control_gain']:+.1f}"
    )
    lines.append(f"report: {out / 'report.html'}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status (0 done, 130 interrupted and saved, 2 bad usage)."""
    # A thread that waits for another one sleeps soon: where the machine is busy, spinning would eat
    # the budget of processor time. Measured to cost nothing where it is idle.
    os.environ.setdefault("GOMP_SPINCOUNT", "30000")
    parser = argparse.ArgumentParser(prog="python -m veragym.agents.demo", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/demo"), help="folder of the run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the result as one JSON document")
    parser.add_argument("--serial", action="store_true", help="never run the arms side by side")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="change a setting, e.g. --set arm_cpu_seconds=60",
    )
    parser.add_argument("--arm", choices=ARMS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        if options.arm:
            settings = json.loads((options.out / "settings.json").read_text("utf-8"))
            config = DemoConfig.from_json(settings["config"])
            Demo(config, settings["seed"], options.out).stage(options.arm)
            return 0
        changes = dict(item.split("=", 1) for item in options.set)
        config = DemoConfig.from_json({k: json.loads(v) for k, v in changes.items()})
        result = run_demo(config, options.seed, options.out, serial=options.serial)
    except Interrupted as stop:
        sys.stderr.write(f"{stop}\nGive the same command again to go on.\n")
        return 130
    except (OptionError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write((json.dumps(result) if options.json else _say(result, options.out)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
