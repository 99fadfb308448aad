"""What is hidden changes nothing that can be seen.

The secret of a task is exchanged for another task's, and the episode has to look the same byte for
byte, at the start and after a wrong answer; `acting` goes on to what else an agent can do. A secret
that was already copied into the public part when the task was made escapes that test, so `info` is
also searched for the gold answer, and for keys that only a secret would have. `surroundings` looks
at what the agent's code can reach: variables, command lines, files, attributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import (
    Environment,
    Plan,
    Subject,
    draws,
    gold_of,
    spelling_of,
)
from veragym.check.transcript import Episode, first_difference, plain, play
from veragym.check.witnesses import acting, surroundings
from veragym.check.witnesses.acting import donor_of, exchanged
from veragym.check.witnesses.sightings import discoverable_of
from veragym.core.task import Task

GIVEAWAY_KEYS = ("secret", "gold", "answer", "solution", "ground_truth")
SHORTEST_FOUND = 6
"""Characters below which an answer is found in other text by chance."""
OWN_SHARE = 0.9
OTHER_SHARE = 0.5


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Exchanges secrets, then searches what is shown and what can be reached."""
    env = subject.make()
    drawn = list(draws(env, 2 * plan.seeds))
    start = _permuted(env, drawn, plan)
    yield start
    if start.passed is False:
        yield not_applicable("acting", "what is seen changes with the secret without acting")
    else:
        yield from acting.examine(subject, drawn, plan)
    yield _keys(env, plan)
    yield _values(env, plan)
    yield from surroundings.examine(subject, drawn, plan)


def _permuted(env: Environment, drawn: list[tuple[str, int, Task]], plan: Plan) -> Finding:
    wrong = [policies.GIBBERISH, spelling_of(env)("-987654321.5"), spelling_of(env)("zqxj")]
    discoverable = discoverable_of(env)
    compared = 0
    for i, (split, seed, task) in enumerate(drawn):
        donor = donor_of(task, drawn, discoverable)
        if donor is None:
            continue
        action = wrong[i % len(wrong)]
        masked = exchanged(task, donor, discoverable)
        one, other = (_once(env, action, t, plan) for t in (task, masked))
        if one.score > 0 or other.score > 0 or _failed(other):
            continue  # right by accident, or a secret that this kind of task cannot have
        difference = first_difference(_seen(one), _seen(other))
        compared += 1
        if difference and first_difference(_seen(one), _seen(_once(env, action, task, plan))):
            return not_applicable(
                "secret-permuted", "no episode repeats; see the determinism witness"
            )
        if difference is not None:
            return bad(
                "secret-permuted",
                f"seed {seed}: what can be seen changes with the secret, "
                + ("at the start" if difference["line"] == 0 else f"step {difference['line']}"),
                "build observation, info and the verdict's reason from prompt and public alone",
                seed=seed,
                options={"split": split},
                actions=[action],
                difference=difference,
            )
    if not compared:
        return not_applicable("secret-permuted", "no two tasks with different secrets were found")
    return ok(
        "secret-permuted",
        f"{compared} episodes look the same, byte for byte, under another task's secret",
    )


def _once(env: Environment, action: str, task: Task, plan: Plan) -> Episode:
    policy = policies.constant(action)
    return play(env, policy, options={"task": task}, max_steps=plan.max_steps)


def _seen(episode: Episode) -> list[str]:
    # The transcript's first line also records the task itself, secret included.
    start = plain((episode.observations[0], episode.infos[0]))
    return [str(start), *episode.lines[1:]]


def _failed(episode: Episode) -> bool:
    return episode.verdict is not None and not episode.verdict.scored


def _walk(value: Any, path: str = "info") -> Iterator[tuple[str, Any]]:
    """Every (path, value) inside nested mappings and lists."""
    yield path, value
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(item, f"{path}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _walk(item, f"{path}[{number}]")


def _keys(env: Environment, plan: Plan) -> Finding:
    for split, seed, task in draws(env, min(plan.seeds, 50)):
        episode = play(
            env,
            policies.constant(policies.GIBBERISH),
            options={"task": task},
            max_steps=plan.max_steps,
        )
        for turn, info in enumerate(episode.infos):
            for path, _ in _walk(plain(info)):
                # A verdict may repeat, as evidence, what the agent itself answered.
                own = "['verdict']" in path
                for key in GIVEAWAY_KEYS[:2] if own else GIVEAWAY_KEYS:
                    if path.endswith(f"[{key!r}]"):
                        return bad(
                            "no-giveaway-key",
                            f"{path} stands in info after {turn} steps",
                            "leave it out of `public`, `parts` and the verdict",
                            seed=seed,
                            options={"split": split},
                            actions=episode.actions[:turn],
                        )
    return ok("no-giveaway-key", f"no key of info is named {', '.join(GIVEAWAY_KEYS)}")


def _values(env: Environment, plan: Plan) -> Finding:
    """The gold answer does not stand in `info` more often than another task's does."""
    golds: list[str] = []
    infos: list[list[tuple[str, str]]] = []
    for *_, task in draws(env, plan.seeds):
        gold = gold_of(env)
        if gold is None:
            return not_applicable("gold-not-in-info", "no answer_forms: the answer is not known")
        episode = play(
            env,
            policies.constant(policies.GIBBERISH),
            options={"task": task},
            max_steps=plan.max_steps,
        )
        golds.append(gold)
        leaves = [pair for info in episode.infos for pair in _walk(plain(info))]
        infos.append([(path, str(v)) for path, v in leaves if not isinstance(v, (dict, list))])
    paths = {path for leaves in infos for path, _ in leaves}
    for path in sorted(paths):
        texts = [[text for p, text in leaves if p == path] for leaves in infos]
        own = _share(golds, texts)
        other = _share(golds[1:] + golds[:1], texts)
        if own >= OWN_SHARE and other <= OTHER_SHARE:
            return bad(
                "gold-not-in-info",
                f"{path} holds the right answer in {own:.0%} of {len(golds)} tasks",
                "leave it out of `public`, `parts` and the verdict",
                path=path,
                example=texts[0][:1],
                gold=golds[0],
            )
    return ok(
        "gold-not-in-info",
        f"none of {len(paths)} places in info holds the right answer in {OWN_SHARE:.0%} of "
        f"{len(golds)} tasks",
    )


def _share(golds: list[str], texts: list[list[str]]) -> float:
    """Share of tasks one of whose texts is, or if long enough contains, the answer."""
    return sum(
        any(gold == t or (len(gold) >= SHORTEST_FOUND and gold in t) for t in texts[i])
        for i, gold in enumerate(golds)
    ) / len(golds)
