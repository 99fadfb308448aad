"""The view with discrete actions: a mask that says what is executed, and the published rewards."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from veragym.check import check
from veragym.core.errors import EpisodeOrderError, OptionError
from veragym.envs.shell.shio.export import export, pairs
from veragym.envs.shell.shio.grammar_view import ShIOGrammarEnv
from veragym.envs.shell.shio.verifier import MOST_ARGUMENTS

OPEN = {"sandbox": "subprocess", "unsafe": True, "trees": 1}


@pytest.fixture(scope="module")
def env():
    made = ShIOGrammarEnv(utilities=["sort", "head"], **OPEN)
    yield made
    made.close()


def play(env, seed, rng):
    """A whole episode of actions drawn evenly under the mask."""
    _, info = env.reset(seed=seed)
    total, ended = 0.0, False
    while not ended:
        action = rng.choice(np.flatnonzero(info["action_mask"]))
        seen, reward, terminated, truncated, info = env.step(action)
        assert env.observation_space.contains(seen)
        total += reward
        ended = terminated or truncated
    return total, terminated, info


def test_every_masked_episode_ends_by_executing_a_command_of_bounded_length(env):
    rng = np.random.default_rng(0)
    for seed in range(12):
        total, terminated, info = play(env, seed, rng)
        verdict = info["verdict"]
        assert terminated
        assert verdict.parts["arguments"] <= MOST_ARGUMENTS
        assert total <= 2.0
        assert (total < 0) <= bool(verdict.parts["failed"])


def test_the_mask_stops_an_agent_that_always_wants_more(env):
    for seed in range(3):
        _, info = env.reset(seed=seed)
        ended = False
        while not ended:
            legal = np.flatnonzero(info["action_mask"])
            action = max(legal, key=lambda a: (len(env.productions[a].form), -a))
            _, _, terminated, truncated, info = env.step(action)
            ended = terminated or truncated
        assert terminated
        assert info["verdict"].parts["arguments"] == len(env.text.arguments) == MOST_ARGUMENTS


def test_the_oracles_productions_make_a_right_command(env):
    for seed in range(4):
        env.reset(seed=seed)
        rewards = [env.step(action)[1] for action in env.oracle()]
        count = len(env.text.arguments)
        assert rewards[-1] >= 1.0  # the verdict's score, and what the last argument pays
        assert sum(rewards) <= 1.0 + count / MOST_ARGUMENTS + 1e-9


def test_what_does_not_fit_is_refused(env):
    seen, info = env.reset(seed=0)
    illegal = int(np.flatnonzero(info["action_mask"] == 0)[0])
    again, reward, terminated, truncated, info = env.step(illegal)
    assert (reward, terminated, truncated, info["valid"]) == (0.0, False, False, False)
    assert np.array_equal(seen, again)
    with pytest.raises(OptionError, match="action"):
        env.step(10_000)


def test_without_a_mask_anything_can_be_put_anywhere():
    env = ShIOGrammarEnv(utilities=["sort"], restricted=False, max_steps=12, **OPEN)
    rng = np.random.default_rng(1)
    scores = []
    for seed in range(20):
        _, info = env.reset(seed=seed)
        assert info["action_mask"].all()
        ended = False
        while not ended:
            _, _, terminated, truncated, info = env.step(env.action_space.sample())
            ended = terminated or truncated
        scores.append(info["verdict"].score)
    assert np.mean(scores) < 0.5
    env.close()
    del rng


def test_a_command_that_fails_costs_the_penalty():
    env = ShIOGrammarEnv(utilities=["sort"], **OPEN)
    env.reset(seed=0)
    texts = [p.text for p in env.productions]
    rewards = []
    for text in ("<options> <file>", "<option> <options>", "-c", "", "<text>", "text[0]"):
        _, reward, terminated, _, info = env.step(np.int64(texts.index(text)))
        rewards.append(reward)
    assert terminated
    assert info["verdict"].evidence["status"] == 1
    assert rewards[-1] == -1.0
    with pytest.raises(EpisodeOrderError):
        env.step(np.int64(0))
    env.close()


def test_going_back_to_a_snapshot_gives_the_same_future(env):
    env.reset(seed=2)
    actions = list(env.oracle())
    env.step(actions[0])
    env.step(actions[1])
    kept = pickle.loads(pickle.dumps(env.snapshot()))

    def rest():
        out = []
        for action in actions[2:]:
            seen, *others, info = env.step(action)
            out.append((seen.tolist(), *others, info["verdict"], env.state_key()))
        return out

    first = rest()
    env.restore(kept)
    assert rest() == first


def test_stable_baselines_takes_it():
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    env = ShIOGrammarEnv(utilities=["head"], **OPEN)
    checker.check_env(env)
    env.close()


def test_maskable_ppo_takes_it():
    contrib = pytest.importorskip("sb3_contrib")
    env = ShIOGrammarEnv(utilities=["head"], intermediate=False, **OPEN)
    model = contrib.MaskablePPO("MlpPolicy", env, n_steps=32, batch_size=32, n_epochs=1, seed=0)
    model.learn(64)
    seen, info = env.reset(seed=0)
    action, _ = model.predict(seen, action_masks=env.action_masks(), deterministic=True)
    assert info["action_mask"][int(action)] == 1
    env.close()


def grammar_env(**options):
    """What `check` makes: few utilities and one working tree, so that it is quick."""
    return ShIOGrammarEnv(utilities=["head", "basename"], **{**OPEN, **options})


def test_it_conforms():
    report = check(
        grammar_env, mode="quick", witnesses=["api", "masks", "snapshot", "returns", "seeding"]
    )
    assert report.passed, report.failures


def test_pairs_are_written_once_each_and_can_be_read(env, tmp_path):
    rows = list(pairs(env, 12, seed=3))
    keys = [(row["tree"], tuple(row["argv"])) for row in rows]
    assert len(set(keys)) == len(rows) == 12
    assert rows == list(pairs(env, 12, seed=3))
    path = tmp_path / "pairs.jsonl"
    assert export(path, iter(rows)) == 12
    assert [json.loads(line) for line in path.read_text().splitlines()] == rows
    best = list(pairs(env, 3, by="oracle"))
    assert all(row["score"] == 1.0 and row["status"] == 0 for row in best)
    with pytest.raises(ValueError, match="random"):
        next(pairs(env, 1, by="chance"))
