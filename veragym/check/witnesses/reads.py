"""Looking changes nothing: neither render() nor any question an environment answers.

Two instances play the same episode; one of them is looked at before every step. Then everything a
caller was given is written to: what it owns is its own, so the next episode must not notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from io import StringIO
from itertools import islice
from typing import Any

import gymnasium as gym
import numpy as np

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.second_process import Scene, agent_of, scenes
from veragym.check.subject import Environment, Plan, Subject
from veragym.check.transcript import Policy, first_difference, play
from veragym.core.capabilities import has

SCENES = 4
STEPS = 40
CHEAP_MODES = ("ansi", "rgb_array")
"""Ways of drawing that open no window, the cheaper first."""
DRAWN_TYPES: dict[str, tuple[type, ...]] = {"ansi": (str, StringIO), "rgb_array": (np.ndarray,)}
DRAWN = 3
DRAWN_STEPS = 12
"""Episodes that are drawn, and their steps."""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Questions, drawings, and writing into what was returned."""
    env = subject.make()
    script = scenes(env, min(plan.seeds, SCENES))
    yield _compared(
        "questions", subject.make, lambda env: _ask(env), script, plan, "capabilities were asked"
    )
    modes = [mode for mode in CHEAP_MODES if mode in env.metadata.get("render_modes", [])]
    yield _drawn(subject, modes, script[:DRAWN], plan)
    yield _written(subject, script, plan)


def _ask(env: Environment) -> None:
    """Puts every question that is not a move."""
    base: Any = env.unwrapped
    str(env), repr(env)
    asked: dict[str, Callable[[], Any]] = {
        "snapshot": lambda: base.snapshot(),
        "state_key": lambda: (base.state_key(), base.history_key(1)),
        "oracle": lambda: list(islice(base.oracle(), 3)),
        "hint": lambda: base.hint(1),
        "progress": lambda: base.progress(),
        "facts": lambda: base.facts(),
        "action_mask": lambda: base.action_mask(),
        "tools": lambda: base.tools,
        "stratum": lambda: base.stratum(),
        "answer_forms": lambda: base.answer_forms(),
        "paraphrases": lambda: base.paraphrases(2),
    }
    for capability, question in asked.items():
        if has(env, capability):
            # Whether it may be asked now is looked at elsewhere; here, what asking does.
            with suppress(Exception):
                question()


def _looking(policy: Policy, look: Callable[[Environment], None]) -> Policy:
    def act(env: gym.Env[Any, Any], observation: Any, turn: int) -> Any:
        action = policy(env, observation, turn)
        look(env)
        return action

    return act


def _compared(
    name: str,
    make: Callable[[], Environment],
    look: Callable[[Environment], None],
    script: list[Scene],
    plan: Plan,
    what: str,
    steps: int = STEPS,
) -> Finding:
    steps = min(steps, plan.max_steps)
    for scene in script:
        options = None if scene.split is None else {"split": scene.split}
        lines = []
        try:
            for policy in (agent_of(scene), _looking(agent_of(scene), look)):
                env = make()
                episode = play(env, policy, seed=scene.seed, options=options, max_steps=steps)
                look(env)
                following = play(env, policies.sampled(scene.seed), max_steps=2)
                env.close()
                lines.append(episode.lines + following.lines)
        except policies.OracleRanDry:
            continue  # the oracle witness reports it
        difference = first_difference(*lines)
        if difference is not None:
            return bad(
                name,
                f"seed {scene.seed}: the episode goes on differently when {what}",
                "let reading only read: no draw, no counter, no cache that a step looks at",
                **episode.recipe(),
                difference=difference,
            )
    return ok(name, f"{len(script)} episodes go on alike when {what}")


def _drawn(subject: Subject, modes: list[str], script: list[Scene], plan: Plan) -> Finding:
    for mode in modes:
        try:
            env = subject.make(render_mode=mode)
            env.reset(seed=0)
            drawn = env.render()
            env.close()
        except Exception:  # noqa: BLE001 - what drawing needs may not be installed
            continue
        wanted = DRAWN_TYPES[mode]
        if not isinstance(drawn, wanted):
            return bad(
                "render",
                f"render() in mode {mode!r} gave {drawn!r:.80}",
                f"return {' or '.join(kind.__name__ for kind in wanted)}",
                seed=0,
                actions=[],
            )
        wrong = _pixels(subject, drawn) if mode == "rgb_array" else None
        if wrong is not None:
            return wrong
        return _compared(
            "render",
            lambda mode=mode: subject.make(render_mode=mode),  # type: ignore[misc]
            lambda env: _render(env),
            script,
            plan,
            f"render() was called ({mode})",
            DRAWN_STEPS,
        )
    return not_applicable("render", "it cannot be drawn here as text or pixels")


def _pixels(subject: Subject, drawn: Any) -> Finding | None:
    """A picture is rows of columns of colours, and stays what it was."""
    fix = "return a new array of shape (height, width, 3) and dtype uint8 at every call"
    if drawn.dtype != np.uint8 or drawn.ndim != 3 or drawn.shape[2] not in (3, 4):
        return bad(
            "render",
            f"render() in mode 'rgb_array' gave {drawn.dtype} of shape {drawn.shape}",
            fix,
            seed=0,
            actions=[],
        )
    env = subject.make(render_mode="rgb_array")
    act = policies.sampled(0)
    observation, _ = env.reset(seed=0)
    first: Any = env.render()
    kept, actions = first.copy(), []
    for turn in range(DRAWN):
        actions.append(act(env, observation, turn))
        observation, _, terminated, truncated, _ = env.step(actions[-1])
        env.render()
        if terminated or truncated:
            break
    env.close()
    if np.array_equal(first, kept):
        return None
    return bad("render", "a picture was changed by a later one", fix, seed=0, actions=actions)


def _render(env: Environment) -> None:
    env.render()


def _written(subject: Subject, script: list[Scene], plan: Plan) -> Finding:
    """Spoils what the caller was given, then plays again, here and in a new instance."""
    steps = min(STEPS, plan.max_steps)
    within: dict[str, Any] | None = None
    for scene in script:
        options = None if scene.split is None else {"split": scene.split}
        try:
            reference = play(
                subject.make(), agent_of(scene), seed=scene.seed, options=options, max_steps=steps
            )
        except policies.OracleRanDry:
            continue  # the oracle witness reports it
        env = subject.make()
        try:
            observation, info = env.reset(
                seed=scene.seed, options=None if options is None else dict(options)
            )
            _spoil((observation, info))
            for turn, action in enumerate(reference.actions):
                observation, *_, info = env.step(action)
                text = repr(observation)
                if within is None and text != repr(reference.observations[turn + 1]):
                    within = {"seed": scene.seed, "turn": turn + 1}
                _spoil((observation, info))
        except Exception as error:  # noqa: BLE001 - it stumbled over what the caller wrote
            within = within or {"seed": scene.seed, "error": f"{type(error).__name__}: {error}"}
        for name, again in (("the same environment", env), ("a new one", subject.make())):
            other = play(again, agent_of(scene), seed=scene.seed, options=options, max_steps=steps)
            difference = first_difference(reference.lines, other.lines)
            if difference is not None:
                return bad(
                    "owned",
                    f"seed {scene.seed}: after writing into the observations and infos of an "
                    f"episode, the next one in {name} is another",
                    "return copies: no array or dict of the environment or its class",
                    **reference.recipe(),
                    difference=difference,
                )
    note = {} if within is None else {"changes_the_running_episode": within}
    return ok(
        "owned",
        "writing into observations and infos does not outlive the episode"
        + (", though it changes the running one: copy before writing" if within else ""),
        **note,
    )


def _spoil(value: Any) -> None:
    """Overwrites what can be overwritten."""
    if isinstance(value, np.ndarray):
        with suppress(ValueError, TypeError):
            value[...] = 0
    elif isinstance(value, dict):
        for item in list(value.values()):
            _spoil(item)
        with suppress(TypeError):
            value["spoiled by the caller"] = 1
    elif isinstance(value, list):
        for item in value:
            _spoil(item)
        value.append("spoiled by the caller")
    elif isinstance(value, tuple):
        for item in value:
            _spoil(item)
