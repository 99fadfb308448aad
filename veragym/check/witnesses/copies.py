"""Copies: an environment's play alike and are independent; a task's records survive storing."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Environment, Subject, base_of, draw, splits_of
from veragym.check.transcript import first_difference, plain, play
from veragym.core.task import Task
from veragym.core.verdict import Verdict

STEPS = 30
"""Steps of the episode that is played with a copy."""


def copies(subject: Subject) -> Finding:
    """A copy plays like its original, and playing with it leaves the original alone."""
    env = subject.make().unwrapped
    reference = play(env, policies.sampled(3), seed=3, max_steps=STEPS).lines
    half = len(reference) // 2
    how: dict[str, Any] = {
        "pickled": lambda original: pickle.loads(pickle.dumps(original)),
        "deep": copy.deepcopy,
    }
    made = []
    for kind, copied in how.items():
        env.reset(seed=3)
        act = policies.sampled(3)
        steps = [env.step(act(env, None, turn)) for turn in range(half)]
        try:
            other = copied(env)
        except Exception:  # noqa: BLE001 - Gymnasium does not promise that it can be copied
            continue
        made.append(kind)
        twin = play(other, policies.sampled(3), seed=3, max_steps=STEPS).lines
        difference = first_difference(reference, twin)
        for turn in range(half, len(reference) - 1):
            steps.append(env.step(act(env, None, turn)))
        rest = [json.loads(text) for text in reference[1:]]
        own = [json.loads(json.dumps(plain(step[0]))) for step in steps]
        if difference is not None or own != [text["observation"] for text in rest]:
            return bad(
                "copies",
                f"a {kind} copy plays another episode"
                if difference
                else f"playing with a {kind} copy changed the original's episode",
                "keep all state in the instance; share nothing that changes",
                seed=3,
                difference=difference,
            )
    if not made:
        return not_applicable("copies", "it cannot be copied, which Gymnasium does not promise")
    return ok("copies", f"{' and '.join(made)} copies play alike and leave the original alone")


def storable(env: Environment) -> Finding:
    """Tasks, verdicts and the verifier, through pickling and JSON."""
    task = draw(env, splits_of(env)[0], 0)
    verdict = play(env, policies.constant(policies.GIBBERISH), seed=0).verdict
    try:
        assert pickle.loads(pickle.dumps(task)) == task
        assert Task.loads(task.dumps()).dumps() == task.dumps()
        assert verdict is not None
        assert pickle.loads(pickle.dumps(verdict)) == verdict
        Verdict.from_json(verdict.to_json())
        pickle.loads(pickle.dumps(base_of(env).verifier))
    except Exception as error:  # noqa: BLE001 - pickling runs anybody's code
        return bad(
            "storable",
            f"task, verdict or verifier does not survive pickling or JSON: "
            f"{type(error).__name__}: {error}"[:300],
            "keep them to plain data; a verifier must not hold open resources when pickled",
            seed=0,
        )
    return ok("storable", "tasks, verdicts and the verifier survive pickling and JSON")
