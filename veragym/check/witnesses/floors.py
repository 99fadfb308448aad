"""What an agent that solves nothing scores: the measured floor.

Null agents, constants (fixed ones and the commonest gold answers) and answers copied from the
prompt are each played on the same tasks, every turn the same. Where episodes have several turns,
there are also an empty call of each tool, the oracle's commonest actions, and whole episodes of the
oracle's on other tasks. Where actions are no texts, agents that look at nothing take their place:
each action for ever, two in turn, random ones. The best of all is the floor. Constants are chosen
on other seeds than they are measured on, so that the floor is not flattered.
"""

from __future__ import annotations

import copy
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from veragym.check import policies
from veragym.check.exploits.playing import takes_text
from veragym.check.exploits.slots import tools_of
from veragym.check.finding import Finding, bad, ok
from veragym.check.modes import mode_of
from veragym.check.subject import (
    Environment,
    Plan,
    Spelling,
    Subject,
    base_of,
    draws,
    gold_of,
    spelling_of,
)
from veragym.check.transcript import Policy, play
from veragym.check.witnesses.returns import blind, cycle
from veragym.core.capabilities import has
from veragym.core.task import Task

Answer = Callable[[str], str]
Agent = Callable[[], Policy]
"""Makes the agent for one episode."""

NULLS = ("", " ", "\n", "I don't know.", "I cannot answer that.", "None", policies.GIBBERISH)
CONSTANTS = (
    "0", "1", "-1", "2", "3", "10", "100", "1/2", "0.5", "x", "yes", "no", "Yes", "No", "true",
    "false", "True", "False", "A", "B", "C", "D", "a", "nan", "inf", "none", "all", "[]", "{}",
    "()", "\\emptyset", "answer", "?", "*", ".*",
)  # fmt: skip
FRAMES = ("\\boxed{}", "<answer></answer>", "Answer:", "####", "```\n```")
COMMONEST = 8
"""How many of the commonest gold answers are tried as constants."""
SCOUTING = 48
"""Tasks the promising agents play at least, however few seeds are asked for."""
DECISIVE = 200
"""Tasks they play before an environment is said to have a high floor."""
FEWEST, DEARER = 3, 4
"""Where an episode needs a sandbox, so many times fewer tasks are scouted, and at least so many."""
PROMISING = 8
"""Agents that play on after the scouting of the mode."""
FEWEST_GOLDS = 100
"""Gold answers that are counted at least, to find the commonest."""
FIRST_SEED = 5000
"""Where the seeds begin on which constants are chosen."""
LOOPS = 20
"""Pairs of actions tried in turn, where actions are no texts."""
DRAWN = 12
"""Actions drawn from a space that cannot be listed, such as a dict's."""

_NUMBER = re.compile(r"-?\d+(?:[./]\d+)?")
_QUOTED = re.compile(r"[\"'“‘`]([^\"'”’`]+)[\"'”’`]")


def numbers(prompt: str) -> list[str]:
    """Numbers as they stand in a text."""
    return _NUMBER.findall(prompt)


def agents(golds: Sequence[str], spelt: Spelling) -> dict[str, Answer]:
    """All the agents that solve nothing, by name."""
    found: dict[str, Answer] = {}

    def always(text: str) -> None:
        found[f"always {text!r}"] = lambda prompt: text

    def copied(name: str, pick: Callable[[str], str]) -> None:
        found[f"{name} of the prompt"] = lambda prompt: spelt(pick(prompt))

    # The commonest answers first: among agents that scout equally well, the first play on.
    for text in golds:
        always(spelt(text))
    for text in (*NULLS, *FRAMES):
        always(text)
    for text in CONSTANTS:
        always(spelt(text))
    for text in golds:
        always(text)
    if golds:
        always(spelt(", ".join(golds)))
        always(" ".join(spelt(gold) for gold in golds))
    found["the prompt itself"] = lambda prompt: prompt
    copied("the whole", lambda prompt: prompt)
    copied("the last line", lambda prompt: (prompt.strip().splitlines() or [""])[-1])
    copied("the last word", lambda prompt: (prompt.split() or [""])[-1].strip(".?!:"))
    for i, name in enumerate(("first", "second", "third")):
        copied(f"the {name} number", lambda prompt, i=i: _at(numbers(prompt), i))  # type: ignore[misc]
        copied(f"the {name} quotation", lambda prompt, i=i: _at(_QUOTED.findall(prompt), i))  # type: ignore[misc]
    copied("the last number", lambda prompt: _at(numbers(prompt), -1))
    copied("the largest number", lambda prompt: _extreme(numbers(prompt), max))
    copied("the smallest number", lambda prompt: _extreme(numbers(prompt), min))
    copied("the list of numbers", lambda prompt: ", ".join(numbers(prompt)))
    return found


def _at(items: Sequence[str], i: int) -> str:
    return items[i] if -len(items) <= i < len(items) else ""


def _extreme(items: Sequence[str], pick: Callable[..., str]) -> str:
    whole = [item for item in items if item.lstrip("-").isdigit() and len(item) < 300]
    return pick(whole, key=int) if whole else ""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Measures the floor and holds it to the plan's bound."""
    env = subject.make()
    tried = _played(env, plan)
    first = mode_of(plan.mode).scouting
    wanted = max(SCOUTING, first, 2 * plan.seeds)
    if subject.dear:
        first, wanted = max(FEWEST, first // DEARER), max(wanted // DEARER, 2 * plan.seeds)
    tasks = list(draws(env, wanted))
    scores = {name: _scores(env, agent, tasks[:first], plan) for name, agent in tried.items()}
    promising = sorted(scores, key=lambda name: -sum(scores[name]))[:PROMISING]
    for name in promising:
        scores[name] += _scores(env, tried[name], tasks[first:], plan)
    most = max(sum(scores[name]) for name in promising)
    if most > plan.floor * len(tasks) and len(tasks) < DECISIVE:
        # The best of many on few tasks is flattered: more tasks decide.
        tasks = list(draws(env, DECISIVE))
        for name in promising:
            scores[name] += _scores(env, tried[name], tasks[len(scores[name]) :], plan)
    means = {name: sum(scores[name]) / len(scores[name]) for name in promising}
    best = max(means, key=lambda name: means[name])
    evidence = {
        "floor": round(means[best], 4),
        "agent": best,
        "tasks": len(tasks),
        "agents": len(tried),
        "best": {name: round(mean, 4) for name, mean in sorted(means.items(), key=_by_mean)},
        "worst_groups": _worst_groups(tasks, {name: scores[name] for name in promising}),
    }
    said = f"the best of {len(tried)} agents that solve nothing ({best}) scores {means[best]:.3f}"
    if means[best] <= plan.floor:
        yield ok("bounded", f"{said}; the bound is {plan.floor:g}", **evidence)
    else:
        won = next(i for i, score in enumerate(scores[best]) if score > 0)
        split, seed, task = tasks[won]
        episode = play(env, tried[best](), options={"task": task}, max_steps=plan.max_steps)
        yield bad(
            "bounded",
            f"{said}, above the bound of {plan.floor:g}",
            "widen the range of answers, weigh the commonest ones down, or reject this response",
            seed=seed,
            options={"split": split},
            actions=episode.actions[:20],
            **evidence,
        )


def _played(env: Environment, plan: Plan) -> dict[str, Agent]:
    """The agents for this environment."""
    if not takes_text(env):
        return _looking_at_nothing(env) | _of_several_turns(env, plan)
    golds: Counter[str] = Counter()
    for _ in draws(env, max(FEWEST_GOLDS, 2 * plan.seeds), FIRST_SEED):
        golds[gold_of(env) or ""] += 1
    spelt = spelling_of(env)
    answers = agents([gold for gold, _ in golds.most_common(COMMONEST)], spelt)
    found: dict[str, Agent] = {
        name: lambda answer=answer: policies.computed(answer)  # type: ignore[misc]
        for name, answer in answers.items()
    }
    return found | _of_several_turns(env, plan)


def _looking_at_nothing(env: Environment) -> dict[str, Agent]:
    """Actions that are no texts: the same for ever, two in turn, random ones."""
    found = {name: agent for name, agent in blind(env, LOOPS).items() if "oracle" not in name}
    if len(found) > 1:
        return found
    # Dicts, tuples and so on: some actions of the space stand for all.
    space = copy.deepcopy(env.action_space)
    space.seed(0)
    actions = [space.sample() for _ in range(DRAWN)]
    for number, action in enumerate(actions, 1):
        found[f"always the same, {number}: {action!s:.60}"] = partial(policies.constant, action)
    for number, pair in enumerate(itertools.pairwise(actions), 1):
        found[f"two in turn, {number}"] = partial(cycle, pair)
    return found


def _of_several_turns(env: Environment, plan: Plan) -> dict[str, Agent]:
    """Empty calls, and what the oracle does on other tasks."""
    found: dict[str, Agent] = {}

    def script(name: str, actions: Sequence[Any]) -> None:
        found[name] = lambda: policies.scripted(actions)

    for tool in tools_of(env):
        for call in (f'{{"name": "{tool}", "arguments": {{}}}}', f"{tool}()", tool):
            script(f"always {call!r}", [call])
    if base_of(env).max_turns > 1 and has(env, "oracle"):
        common: Counter[str] = Counter()
        ways: dict[str, list[Any]] = {}
        actions: dict[str, Any] = {}
        for _, _, task in draws(env, COMMONEST, FIRST_SEED):
            try:
                way = play(env, policies.oracle(), options={"task": task}, max_steps=plan.max_steps)
            except policies.OracleRanDry:
                continue  # the witness `oracle` says so
            ways[repr(way.actions)] = way.actions
            # Once per episode: an action that is repeated in one is not common to all.
            own = {repr(action): action for action in way.actions}
            common.update(own.keys())
            actions |= own
        for name, _ in common.most_common(COMMONEST):
            script(f"always the oracle's {name:.60}", [actions[name]])
        for number, way_taken in enumerate(ways.values(), 1):
            script(f"the oracle's way on another task, {number}", way_taken)
    return found


def _by_mean(item: tuple[str, float]) -> float:
    return -item[1]


def _scores(
    env: Environment, agent: Agent, tasks: Sequence[tuple[str, int, Task]], plan: Plan
) -> list[float]:
    return [
        play(env, agent(), options={"task": task}, max_steps=plan.max_steps, written=False).score
        for *_, task in tasks
    ]


def _worst_groups(
    tasks: Sequence[tuple[str, int, Task]], scores: Mapping[str, Sequence[float]]
) -> list[dict[str, Any]]:
    """Where the floor is highest, by the tasks' own public `topic`: information for the author."""
    groups: dict[str, list[int]] = {}
    for i, (*_, task) in enumerate(tasks):
        if "topic" in task.public:
            groups.setdefault(str(task.public["topic"]), []).append(i)
    found: list[dict[str, Any]] = []
    for topic, where in groups.items():
        name, mean = max(
            ((name, sum(s[i] for i in where) / len(where)) for name, s in scores.items()),
            key=lambda pair: pair[1],
        )
        if mean > 0 and len(where) >= 4:
            found.append(
                {"topic": topic, "tasks": len(where), "floor": round(mean, 3), "agent": name}
            )
    return sorted(found, key=lambda item: -item["floor"])[:5]
