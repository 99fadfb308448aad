"""What the registry declares is what the environment offers, and each capability keeps its word."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Environment, Plan, Subject, draws, is_task_env
from veragym.check.transcript import play
from veragym.core.capabilities import capabilities_of, has
from veragym.core.env import HINT_LEVELS


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """The declaration first, then every capability that has a check here."""
    env = subject.make()
    offered = capabilities_of(env)
    if subject.entry is None:
        yield not_applicable("declared", "it has no registry entry")
    elif set(offered) == set(subject.entry.capabilities):
        yield ok("declared", f"declared and offered: {', '.join(offered) or 'none'}")
    else:
        declared = set(subject.entry.capabilities)
        yield bad(
            "declared",
            f"declared but not offered: {sorted(declared - set(offered))}; offered but not "
            f"declared: {sorted(set(offered) - declared)}",
            "bring the registry entry's `capabilities` in line with the environment's methods",
        )
    for name, examiner in EXAMINERS.items():
        if name == "hint" and not _hints(env) and not subject.as_published:
            yield not_applicable(name, "made with these arguments, its tasks have no hints")
        elif name in offered and is_task_env(env):
            problem = examiner(env, min(plan.seeds, 40))
            if problem is None:
                yield ok(name, f"{name} does what it says")
            else:
                verdict, fix, evidence = problem
                yield bad(name, verdict, fix, **evidence)


def _hints(env: Environment) -> bool:
    """Whether there is anything to hint at."""
    env.reset(seed=0)
    return bool(has(env, "hint") and env.unwrapped.hint(HINT_LEVELS))  # type: ignore[attr-defined]


Problem = tuple[str, str, dict[str, Any]] | None


def _hint(env: Environment, count: int) -> Problem:
    helped = False
    for split, seed, task in draws(env, count):
        where = {"seed": seed, "options": {"split": split}}
        base: Any = env.unwrapped
        texts = [base.hint(level) for level in range(HINT_LEVELS + 1)]
        if texts[0] != "" or not all(isinstance(text, str) for text in texts):
            return (
                f"hint levels give {texts!r:.200}",
                "hint(0) is empty, all levels are text",
                where,
            )
        plain_start, _ = env.reset(options={"task": task})
        hinted_start, info = env.reset(options={"task": task, "hint": HINT_LEVELS})
        if info["task"].get("hint_level") != HINT_LEVELS:
            return (
                "a hinted episode is not flagged in info['task']['hint_level']",
                "flag it: guided episodes may not count in evaluation",
                where,
            )
        helped = helped or plain_start != hinted_start
    if not helped:
        return "no hint ever changes the observation", "show hint() in the first observation", {}
    return None


def _state_key(env: Environment, count: int) -> Problem:
    keys = set()
    for split, seed, _ in draws(env, count):
        base: Any = env.unwrapped
        where = {"seed": seed, "options": {"split": split}}
        if base.state_key() != base.state_key() or not isinstance(base.state_key(), str):
            return "two readings of state_key() differ", "compute it from the state alone", where
        if base.history_key(1) != base.history_key(1) or not isinstance(base.history_key(1), str):
            return "two readings of history_key(1) differ", "compute it from the history", where
        keys.add(base.state_key())
    if len(keys) == 1 and count > 10:
        return f"{count} different tasks share one state key", "make it depend on the task", {}
    return None


def _answer_forms(env: Environment, count: int) -> Problem:
    for split, seed, task in draws(env, count):
        base: Any = env.unwrapped
        forms = list(base.answer_forms())
        if not forms:
            return "answer_forms() is empty", "name the right answer", {"seed": seed}
        for form in forms:
            episode = play(env, policies.constant(form), options={"task": task}, max_steps=50)
            if episode.score != 1.0:
                return (
                    f"the answer form {form!r} scores {episode.score:g}",
                    "list only spellings that the verifier takes as right",
                    {"seed": seed, "options": {"split": split}, "actions": [form]},
                )
    return None


def _paraphrases(env: Environment, count: int) -> Problem:
    for split, seed, _ in draws(env, count):
        base: Any = env.unwrapped
        where = {"seed": seed, "options": {"split": split}}
        start = play(env, policies.constant(""), seed=seed, options={"split": split})
        for n in (0, 1, 8):
            texts = list(base.paraphrases(n))
            if len(texts) > n:
                return f"paraphrases({n}) gave {len(texts)}", "give at most n", where
            if len(set(texts)) < len(texts) or start.observations[0] in texts:
                return "paraphrases repeat each other or the prompt", "give other wordings", where
    return None


def _progress(env: Environment, count: int) -> Problem:
    for split, seed, _ in draws(env, count):
        base: Any = env.unwrapped
        value, goals = base.progress()
        if not (0.0 <= value <= 1.0 and all(isinstance(done, bool) for done in goals.values())):
            return (
                f"progress() gave {value!r}, {goals!r}",
                "a number in [0, 1] and named booleans",
                {"seed": seed, "options": {"split": split}},
            )
    return None


def _tools(env: Environment, count: int) -> Problem:
    env.reset(seed=0)
    base: Any = env.unwrapped
    tools = list(base.tools)
    try:
        json.dumps(tools)
    except (TypeError, ValueError) as error:
        return f"the tool list is not JSON: {error}", "describe tools by JSON schema", {}
    names = [tool.get("name") or tool.get("function", {}).get("name") for tool in tools]
    if None in names or len(set(names)) < len(names):
        return f"tool names are missing or double: {names}", "give each tool one name", {}
    return None


EXAMINERS: dict[str, Callable[[Environment, int], Problem]] = {
    "hint": _hint,
    "state_key": _state_key,
    "answer_forms": _answer_forms,
    "paraphrases": _paraphrases,
    "progress": _progress,
    "tools": _tools,
}
"""Capabilities examined here; `oracle`, `snapshot` and `action_mask` have their own witnesses."""
