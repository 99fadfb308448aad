"""Speed of the built-in transformer: tokens sampled and tokens trained per second.

Run `python benchmarks/agent.py [--device cuda] [--widths 128 512] [--quick]`. The work is that of
the demonstration: prompts and worked solutions of countdown, eight answers to a prompt. Wall
seconds, because a GPU works while the process waits; on a CPU run it on an idle machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import torch
from measure import record

from veragym.agents.policy.sampling import sample
from veragym.agents.policy.scoring import Branches, pack, score
from veragym.agents.policy.tokenizer import BOS, Tokenizer
from veragym.agents.policy.transformer import Transformer, TransformerConfig
from veragym.core import TaskStream
from veragym.envs.text.maths import MathTasks

SAMPLES = 8
ANSWER_TOKENS = 32


def problems(count: int) -> list[tuple[str, str]]:
    """Prompts with worked solutions."""
    generator = MathTasks(["countdown"])
    stream = TaskStream(generator, "MathRLVR-v0", "train", 0, (0.15, 0.33))
    tasks = [stream.task(i) for i in range(count)]
    return [(task.prompt, generator.solve(task).response) for task in tasks]


def seconds(work: Callable[[], int], repeats: int, device: str) -> tuple[int, float]:
    """Tokens of one call, and the best time of several."""
    best = float("inf")
    tokens = work()
    for _ in range(repeats):
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        tokens = work()
        if device == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return tokens, best


def measure(width: int, prompts: int, device: str, repeats: int) -> dict[str, Any]:
    """Sampling and training speed of one model size."""
    data = problems(prompts)
    tokenizer = Tokenizer.train([text for pair in data for text in pair], 300, digits=3)
    config = TransformerConfig(
        width=width, heads=max(2, width // 32), context=256, vocabulary=tokenizer.vocabulary
    )
    model = Transformer(config, seed=0, compute_dtype=torch.bfloat16).to(device)
    questions = [[BOS, *tokenizer.observation(prompt)] for prompt, _ in data]
    rows = [i for i in range(prompts) for _ in range(SAMPLES)]
    generator = torch.Generator(device=device).manual_seed(0)

    def sampling() -> int:
        drawn = sample(
            model, questions, rows, max_new_tokens=ANSWER_TOKENS, temperature=1.0,
            generator=generator,
        )  # fmt: skip
        return int(drawn.lengths.sum())

    answers = [tokenizer.answer(solution) for _, solution in data]
    groups = [
        Branches(question, [answer] * SAMPLES, [[True] * len(answer)] * SAMPLES)
        for question, answer in zip(questions, answers)
    ]
    packed = pack(groups, device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def training() -> int:
        log_probs, _ = score(model, packed)
        optimiser.zero_grad()
        (-log_probs.mean()).backward()
        optimiser.step()
        return len(log_probs)

    sampled, sampling_time = seconds(sampling, repeats, device)
    trained, training_time = seconds(training, repeats, device)
    return {
        "width": width,
        "parameters": sum(p.numel() for p in model.parameters()),
        "batch": len(rows),
        "sampled_tokens_per_second": sampled / sampling_time,
        "trained_tokens_per_second": trained / training_time,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--widths", type=int, nargs="+", default=[128])
    parser.add_argument("--prompts", type=int, default=64)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    found = [
        measure(width, options.prompts, options.device, 1 if options.quick else 5)
        for width in options.widths
    ]
    name = torch.cuda.get_device_name() if options.device == "cuda" else "CPU"
    table = (
        f"Device: {name}; {torch.get_num_threads()} CPU threads; bfloat16 products.\n\n"
        "| width | parameters | batch | sampled tokens/s | trained tokens/s |\n"
        "|--:|--:|--:|--:|--:|\n"
    ) + "\n".join(
        f"| {r['width']} | {r['parameters']:,} | {r['batch']} | "
        f"{r['sampled_tokens_per_second']:,.0f} | {r['trained_tokens_per_second']:,.0f} |"
        for r in found
    )
    record(
        f"agent_{options.device}",
        "Speed of the built-in transformer",
        {"device": name, "runs": found},
        table,
    )


if __name__ == "__main__":
    main()
