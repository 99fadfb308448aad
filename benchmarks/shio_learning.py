"""Four ways to synthesise commands, as in the ShIOEnv paper (A03): random and PPO, masked and not.

    python benchmarks/shio_learning.py [--steps 5000] [--seeds 2] [--sandbox bubblewrap]

Masked agents choose among the productions that fit the leftmost symbol; unrestricted ones may put
any production in any place. PPO is MaskablePPO of sb3-contrib for both, so that nothing but the
mask differs. The score of an episode is its verdict's. Trained on one working tree of the split
`train`, evaluated on one of the split `test`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from veragym.envs.shell.shio.grammar_view import ShIOGrammarEnv

RESULTS = Path(__file__).parent / "results"
UTILITIES = ("cut", "head")
MOST_STEPS = 32
WINDOW = 500


def make(sandbox: str, unsafe: bool, restricted: bool, split: str, trees: int) -> ShIOGrammarEnv:
    return ShIOGrammarEnv(
        utilities=UTILITIES,
        trees=trees,
        difficulty=1.0,
        sandbox=sandbox,
        unsafe=unsafe,
        restricted=restricted,
        split=split,
        max_steps=MOST_STEPS,
    )


class Scores:
    """Verdicts by the step they were given at."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, float]] = []

    def curve(self, steps: int) -> list[float]:
        """Mean score of the episodes that ended in each window of steps."""
        found = []
        for start in range(0, steps, WINDOW):
            inside = [score for step, score in self.rows if start <= step < start + WINDOW]
            found.append(round(float(np.mean(inside)), 4) if inside else float("nan"))
        return found


def random_arm(env: ShIOGrammarEnv, steps: int, seed: int) -> Scores:
    rng, scores = np.random.default_rng(seed), Scores()
    _, info = env.reset(seed=seed)
    for step in range(steps):
        action = rng.choice(np.flatnonzero(info["action_mask"]))
        _, _, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            scores.rows.append((step, info["verdict"].score))
            _, info = env.reset()
    return scores


def ppo_arm(env: ShIOGrammarEnv, steps: int, seed: int) -> tuple[Scores, Any]:
    from sb3_contrib import MaskablePPO
    from stable_baselines3.common.callbacks import BaseCallback

    scores = Scores()

    class Note(BaseCallback):
        def _on_step(self) -> bool:
            for info in self.locals["infos"]:
                if info["verdict"] is not None:
                    scores.rows.append((self.num_timesteps - 1, info["verdict"].score))
            return True

    env.reset(seed=seed)
    model = MaskablePPO(
        "MlpPolicy",
        env,
        n_steps=256,
        batch_size=128,
        n_epochs=6,
        learning_rate=1e-3,
        gamma=0.99,
        ent_coef=0.01,
        seed=seed,
        policy_kwargs={"net_arch": [64, 64]},
    )
    model.learn(steps, callback=Note())
    return scores, model


def evaluate(env: ShIOGrammarEnv, model: Any, episodes: int, seed: int) -> float:
    """Mean score of the policy's own draws on tasks it was not trained on."""
    from stable_baselines3.common.utils import set_random_seed

    set_random_seed(seed)
    rng, scores = np.random.default_rng(seed), []
    for episode in range(episodes):
        seen, info = env.reset(seed=10_000 + seed if episode == 0 else None)
        ended = False
        while not ended:
            if model is None:
                action = rng.choice(np.flatnonzero(info["action_mask"]))
            else:
                action, _ = model.predict(seen, action_masks=env.action_masks())
            seen, _, terminated, truncated, info = env.step(np.int64(action))
            ended = terminated or truncated
        scores.append(info["verdict"].score)
    return round(float(np.mean(scores)), 4)


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2), dpi=120)
    for arm in dict.fromkeys(row["arm"] for row in rows):
        curves = np.array([row["curve"] for row in rows if row["arm"] == arm])
        x = WINDOW * (np.arange(curves.shape[1]) + 0.5)
        mean = np.nanmean(curves, axis=0)
        (line,) = axes.plot(x, mean, label=arm)
        low, high = np.nanmin(curves, axis=0), np.nanmax(curves, axis=0)
        axes.fill_between(x, low, high, alpha=0.15, color=line.get_color())
    axes.set_xlabel("productions chosen")
    axes.set_ylabel("mean score of episodes")
    axes.set_ylim(0, 1)
    axes.set_title(f"ShIOEnv-v0: {', '.join(UTILITIES)}; range over seeds shaded", fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=5_000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--episodes", type=int, default=30)
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("--unsafe", action="store_true")
    chosen = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    start, rows = time.process_time(), []
    for seed in range(chosen.seeds):
        for arm in ("random", "random, masked", "PPO", "PPO, masked"):
            masked = arm.endswith("masked")
            env = make(chosen.sandbox, chosen.unsafe, masked, "train", 1)
            model = None
            asked, run = env.lab.count.asked, env.lab.count.run
            began = time.perf_counter()
            if arm.startswith("PPO"):
                scores, model = ppo_arm(env, chosen.steps, seed)
            else:
                scores = random_arm(env, chosen.steps, seed)
            spent = time.perf_counter() - began
            asked, run = env.lab.count.asked - asked, env.lab.count.run - run
            other = make(chosen.sandbox, chosen.unsafe, masked, "test", 1)
            row = {
                "arm": arm,
                "seed": seed,
                "curve": scores.curve(chosen.steps),
                "test": evaluate(other, model, chosen.episodes, seed),
                "run": run,
                "asked": asked,
                "seconds": round(spent, 1),
            }
            rows.append(row)
            print(json.dumps(row), flush=True)
            env.close()
            other.close()
    RESULTS.mkdir(exist_ok=True)
    summary = {
        arm: {
            "last_windows": round(
                float(np.nanmean([row["curve"][-3:] for row in rows if row["arm"] == arm])), 4
            ),
            "test": round(float(np.mean([row["test"] for row in rows if row["arm"] == arm])), 4),
        }
        for arm in dict.fromkeys(row["arm"] for row in rows)
    }
    print(json.dumps(summary))
    result = {
        "utilities": UTILITIES,
        "steps": chosen.steps,
        "cpu_seconds": round(time.process_time() - start, 1),
        "summary": summary,
        "rows": rows,
    }
    (RESULTS / "shio_learning.json").write_text(json.dumps(result, indent=1) + "\n")
    draw(rows, RESULTS / "shio_learning.png")


if __name__ == "__main__":
    main()
