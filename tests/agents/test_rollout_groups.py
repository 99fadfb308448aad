"""Episodes through reset and step: same task per group, aligned tokens, failures left out."""

from __future__ import annotations

import gymnasium as gym
import pytest
import torch

from veragym.agents.policy.protocol import Action
from veragym.agents.policy.sampling import TransformerPolicy
from veragym.agents.policy.scoring import pack, score
from veragym.agents.policy.scripted import ConstantPolicy
from veragym.agents.policy.tokenizer import EOS, Tokenizer
from veragym.agents.policy.transformer import Transformer, TransformerConfig
from veragym.agents.rollout.batches import on_grid, to_batch, to_branches
from veragym.agents.rollout.groups import EnvPool, collect

TOKENS = Tokenizer()


@pytest.fixture
def pool(make_sum_env, monkeypatch: pytest.MonkeyPatch) -> EnvPool:
    monkeypatch.setattr(gym, "make", lambda _id, disable_env_checker, **o: make_sum_env(**o))
    return EnvPool("Sum-v0", 12, seed=5)


@pytest.fixture(scope="module")
def model() -> Transformer:
    torch.set_num_threads(1)
    return Transformer(TransformerConfig(width=32, layers=2, heads=2, context=128), seed=1)


def sampled(model: Transformer) -> TransformerPolicy:
    return TransformerPolicy(
        model, TOKENS, max_new_tokens=7, generator=torch.Generator().manual_seed(0)
    )


class Scripted:
    """Says given lines, one per turn."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def act(self, conversations):
        turn = [sum(m.role == "agent" for m in c) for c in conversations]
        ids = [tuple(TOKENS.answer(self.lines[t])) for t in turn]
        return [
            Action(self.lines[t], i, (-0.5,) * len(i), (0.1,) * len(i)) for t, i in zip(turn, ids)
        ]


def test_a_group_shares_its_task_and_groups_do_not(pool: EnvPool, model: Transformer) -> None:
    episodes = collect(pool, sampled(model), [0, 1, 2], 4, tokenizer=TOKENS)
    assert [e.group for e in episodes] == [0] * 4 + [1] * 4 + [2] * 4
    ids = [e.task.id for e in episodes]
    assert len(set(ids)) == 3 and ids[::4] == [pool.task(i).id for i in range(3)]


def test_recomputed_log_probs_match_the_sampled_ones_over_several_turns(
    pool: EnvPool, model: Transformer
) -> None:
    episodes = collect(pool, sampled(model), [0, 1, 2], 4, tokenizer=TOKENS)
    assert any(len(e.messages) > 3 for e in episodes), "no episode had a second turn"
    batch = to_batch(episodes, 21)
    packed = pack(to_branches(episodes))
    log_probs, entropy = score(model, packed)
    assert batch.behaviour_log_probs is not None and batch.behaviour_entropy is not None
    again = on_grid(log_probs, packed, batch.mask)
    assert torch.allclose(again, batch.behaviour_log_probs, atol=1e-4)
    assert torch.allclose(on_grid(entropy, packed, batch.mask), batch.behaviour_entropy, atol=1e-4)
    assert batch.mask.sum() == sum(len(e.log_probs) - e.log_probs.count(0.0) for e in episodes)


def test_the_record_of_several_turns_is_what_the_policy_would_read(pool: EnvPool) -> None:
    (episode,) = collect(pool, Scripted("x", "1", "2"), [0], 1, tokenizer=TOKENS)
    expected = [*TOKENS.answer("x"), *TOKENS.observation("try again"), *TOKENS.answer("1")]
    assert episode.continuation[: len(expected)] == expected
    assert episode.own[:2] == [True, True] and not any(episode.own[2 : 2 + len("try again") + 1])
    assert (
        episode.prompt + episode.continuation
        == [*TOKENS.prompt(episode.messages[:-1]), *TOKENS.answer("2")][
            : len(episode.prompt) + len(episode.continuation)
        ]
    )
    assert episode.continuation.count(EOS) == 3 and not episode.valid


def test_failures_of_the_machinery_are_not_scored(pool: EnvPool) -> None:
    for line in ("explode", "crash"):
        (episode,) = collect(pool, Scripted(line, line, line), [0], 1, tokenizer=TOKENS)
        assert not episode.scored
    (judged,) = collect(pool, ConstantPolicy("-1"), [0], 1)
    assert judged.scored and judged.reward == 0.0


def test_an_episode_that_outgrows_the_context_is_cut_and_keeps_its_reward(pool: EnvPool) -> None:
    (episode,) = collect(pool, Scripted("x", "y", "z"), [0], 1, tokenizer=TOKENS, context=20)
    assert episode.verdict is None and episode.scored
    assert sum(m.role == "agent" for m in episode.messages) == 1


def test_too_small_a_pool_is_refused(pool: EnvPool) -> None:
    with pytest.raises(ValueError, match="12 envs"):
        collect(pool, ConstantPolicy("1"), [0, 1], 7)
